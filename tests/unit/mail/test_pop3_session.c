/* SPDX-License-Identifier: MIT
 *
 * test_pop3_session.c - the POP3 source against scripted servers: odd lists, refusals, broken ends.
 */
#include <poll.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "core/mail/mime/ident.h"
#include "tests/unit/mail/test_pop3_fixture.h"

#define DEADLINE_MS 8000

/* What a scan or headers gave, one line per message. */
struct seen {
	char text[4096];
	size_t count;
	struct header_ident last_ident;
};

static bool on_scan(void *arg, const struct scan_item *item, struct err *e) {
	struct seen *s = arg;
	(void)e;
	assert_int_equal(item->uid, 0);
	assert_int_equal(item->flags, 0);
	assert_string_equal(item->keywords, "");
	assert_false(item->date.valid);
	size_t len = strlen(s->text);
	snprintf(s->text + len, sizeof s->text - len, "%u|%s|%lld\n", item->number, item->uidl, (long long)item->size);
	s->count++;
	return true;
}

static bool on_header(void *arg, const struct scan_item *item, const char *header, size_t n, struct err *e) {
	struct seen *s = arg;
	ident_header(header, n, &s->last_ident);
	return on_scan(arg, item, e);
}

static void select_inbox(struct fixture *f, uint32_t exists) {
	struct folder_status st;
	if (!f->source->ops->select(f->source, "INBOX", &st, &f->e))
		fail_msg("%s", f->e.text);
	assert_int_equal(st.exists, exists);
	assert_int_equal(st.uidvalidity, 1);
	assert_int_equal(st.uidnext, 0);
}

static void lists_of_odd_servers(void **state) {
	(void)state;
	static char long_uidl[8000], answer[16384];
	memset(long_uidl, 'L', sizeof long_uidl - 1000);
	snprintf(answer, sizeof answer,
		 "+OK\r\n1 a\r\n2 %070d\r\n3 with blanks  in it \r\n4 \r\n5\r\n6  <id@x>\r\n7 %s\r\n8 8\xfc\r\n.\r\n",
		 7, long_uidl);
	const struct script_step steps[] = {
		OPENED(ALL), S_EXPECT("^STAT$"), S_SEND("+OK 9 4711\r\n"), S_EXPECT("^LIST$"), S_EXPECT("^UIDL$"),
		S_SEND("+OK\r\n1 10\r\n2 20\r\n3 30\r\n4 40\r\n5 50 x\r\n6 60\r\n7 70\r\n8 rubbish\r\n.\r\n"),
		S_SEND(answer),
		/* 4 and 5 have blank UIDLs, 9 has none */
		S_EXPECT("^TOP 4 0$"), S_EXPECT("^TOP 5 0$"), S_EXPECT("^TOP 9 0$"),
		S_SEND("+OK\r\nSubject: four\r\n\r\n.\r\n-ERR no top\r\n-ERR no top\r\n"), S_EXPECT("^RETR 5$"),
		S_EXPECT("^RETR 9$"), S_SEND("+OK\r\nSubject: five\r\n\r\nbody\r\n.\r\n-ERR never\r\n"), QUITS
	};
	struct fixture f;
	struct seen seen = { 0 };
	struct header_ident four, five;
	char want[4096];
	begin(&f, steps);
	must_open(&f);
	select_inbox(&f, 9);
	if (!f.source->ops->scan(f.source, 1, on_scan, &seen, &f.e))
		fail_msg("%s", f.e.text);
	ident_header("Subject: four\r\n", 15, &four);
	ident_header("Subject: five\r\n", 15, &five);
	snprintf(want, sizeof want, "1|a|10\n2|%070d|20\n3|with blanks  in it|30\n6|<id@x>|60\n7|x:", 7);
	assert_memory_equal(seen.text, want, strlen(want));
	const char *rest = seen.text + strlen(want);
	assert_int_equal(strspn(rest, "0123456789abcdef"), 32);
	assert_memory_equal(rest + 32, "|70\n8|x:", 8);
	assert_int_equal(strspn(rest + 40, "0123456789abcdef"), 32);
	assert_memory_not_equal(rest, rest + 40, 32);
	snprintf(want, sizeof want, "|0\n4|h:%016llx:40|40\n5|h:%016llx:50|50\n9|n:9:0|-1\n",
		 (unsigned long long)four.hash, (unsigned long long)five.hash);
	assert_string_equal(rest + 72, want);
	end(&f, true);
}

static void without_uidl_and_top(void **state) {
	(void)state;
	/* No CAPA, no UIDL, no TOP, no pipelining: RETR names the messages. A bare-LF server, too. */
	static const struct script_step steps[] = { GREET,
						    S_EXPECT("^CAPA$"),
						    S_SEND("-ERR\n"),
						    S_EXPECT("^USER anna$"),
						    S_SEND("+OK\n"),
						    S_EXPECT("^PASS s3cret$"),
						    S_SEND("+OK\n"),
						    S_EXPECT("^STAT$"),
						    S_SEND("+OK 2 30\n"),
						    S_EXPECT("^LIST$"),
						    S_SEND("+OK\n1 10\n2 20\n.\n"),
						    S_EXPECT("^UIDL$"),
						    S_SEND("-ERR unknown\n"),
						    S_EXPECT("^TOP 1 0$"),
						    S_SEND("-ERR unknown\n"),
						    S_EXPECT("^RETR 1$"),
						    S_SEND("+OK\nSubject: one\n\n..\n.\n"),
						    S_EXPECT("^RETR 2$"),
						    S_SEND("+OK\nSubject: two\n\nx\n.\n"),
						    QUITS };
	struct fixture f;
	struct seen seen = { 0 };
	struct header_ident one, two;
	char want[256];
	begin(&f, steps);
	must_open(&f);
	select_inbox(&f, 2);
	if (!f.source->ops->scan(f.source, 1, on_scan, &seen, &f.e))
		fail_msg("%s", f.e.text);
	ident_header("Subject: one\n", 13, &one);
	ident_header("Subject: two\n", 13, &two);
	snprintf(want, sizeof want, "1|h:%016llx:10|10\n2|h:%016llx:20|20\n", (unsigned long long)one.hash,
		 (unsigned long long)two.hash);
	assert_string_equal(seen.text, want);
	end(&f, true);
}

static void lists_that_are_wrong(void **state) {
	(void)state;
	static const struct {
		const char *stat, *list, *uidl;
		enum err_cat cat;
	} runs[] = {
		{ "+OK 2 9\r\n", "+OK\r\n1 1\r\n3 1\r\n.\r\n", "", ERR_SERVER_BUG },	/* more than STAT says */
		{ "+OK 1 9\r\n", "+OK\r\n1 1\r\n.\r\n", "+OK\r\n2 b\r\n.\r\n", ERR_SERVER_BUG },
		{ "+OK 1 9\r\n", "+OK\r\n0 1\r\n.\r\n", "", ERR_SERVER_BUG },
		{ "+OK 1 9\r\n", "+OK\r\nhello\r\n.\r\n", "", ERR_SERVER_BUG },
		{ "+OK 99999999999999999999 1\r\n", "", "", ERR_SERVER_BUG },
		{ "+OK many\r\n", "", "", ERR_SERVER_BUG },
		{ "* OK\r\n", "", "", ERR_SERVER_BUG },
		{ "+OK 1 9\r\n", "-ERR [SYS/TEMP] disk\r\n", "", ERR_NET },
		/* UIDL is offered: a failure of it must not make every message look new */
		{ "+OK 1 9\r\n", "+OK\r\n1 1\r\n.\r\n", "-ERR internal\r\n", ERR_SERVER_BUG },
		{ "+OK 1 9\r\n", "+OK\r\n1 1\r\n.\r\n", "-ERR [IN-USE] x\r\n", ERR_CONN_LIMIT },
	};
	for (size_t i = 0; i < sizeof runs / sizeof runs[0]; i++) {
		const struct script_step steps[] = { OPENED("UIDL\r\nUSER\r\nPIPELINING\r\n"),
						     S_EXPECT("^STAT$"),
						     S_SEND(runs[i].stat),
						     { runs[i].list[0] ? SCRIPT_EXPECT : SCRIPT_HANGUP, "^LIST$", 0 },
						     S_SEND(runs[i].list),
						     S_EXPECT("^UIDL$"),
						     S_SEND(runs[i].uidl),
						     S_HANGUP,
						     S_END };
		struct fixture f;
		struct seen seen = { 0 };
		begin(&f, steps);
		must_open(&f);
		if (f.source->ops->scan(f.source, 1, on_scan, &seen, &f.e) || f.e.cat != runs[i].cat)
			fail_msg("run %zu: %s %s", i, err_cat_name(f.e.cat), f.e.text);
		end_early(&f);
	}
}

static void headers_in_a_pipeline(void **state) {
	(void)state;
	static const struct script_step steps[] = {
		OPENED(ALL),
		S_EXPECT("^STAT$"),
		S_SEND("+OK 4 100\r\n"),
		S_EXPECT("^LIST$"),
		S_SEND("+OK\r\n1 10\r\n2 20\r\n3 30\r\n4 40\r\n.\r\n"),
		S_EXPECT("^UIDL 2$"),
		S_EXPECT("^TOP 2 0$"),
		S_EXPECT("^UIDL 4$"),
		S_EXPECT("^TOP 4 0$"),
		S_DRIP("+OK 2 two\r\n+OK\r\nMessage-ID: <2@x>\r\n\r\n.\r\n+OK 4 four\r\n-ERR gone\r\n"),
		S_EXPECT("^UIDL 4$"),
		S_EXPECT("^RETR 4$"),
		S_SEND("-ERR no such message\r\n-ERR no such message\r\n"),
		QUITS
	};
	struct fixture f;
	struct seen seen = { 0 };
	const uint32_t numbers[] = { 2, 4 };
	begin(&f, steps);
	must_open(&f);
	if (!f.source->ops->headers(f.source, numbers, 2, on_header, &seen, &f.e))
		fail_msg("%s", f.e.text);
	assert_string_equal(seen.text, "2|two|20\n"); /* 4 is silently left out */
	assert_true(seen.last_ident.has_message_id);
	end(&f, true);
}

/* The sink of fetches: "[number:body]" or "(number missing category)". */
struct sink {
	char text[4096];
	bool open;
};

static void note(struct sink *s, const char *p, size_t n) {
	size_t len = strlen(s->text);
	assert_true(len + n < sizeof s->text);
	memcpy(s->text + len, p, n);
	s->text[len + n] = '\0';
}

static bool on_begin(void *arg, uint32_t uid, uint64_t size, struct err *e) {
	struct sink *s = arg;
	char text[32];
	(void)e;
	assert_true(size == UINT64_MAX);
	assert_false(s->open);
	s->open = true;
	note(s, text, (size_t)snprintf(text, sizeof text, "[%u:", uid));
	return true;
}

static bool on_data(void *arg, const char *p, size_t n, struct err *e) {
	(void)e;
	note(arg, p, n);
	return true;
}

static bool on_end(void *arg, uint32_t uid, struct err *e) {
	struct sink *s = arg;
	char text[32];
	(void)e;
	assert_true(s->open);
	s->open = false;
	note(s, text, (size_t)snprintf(text, sizeof text, ":%u]", uid));
	return true;
}

static bool on_missing(void *arg, uint32_t uid, const struct err *why, struct err *e) {
	char text[64];
	(void)e;
	assert_int_equal(why->scope, ERR_SCOPE_MESSAGE);
	note(arg, text, (size_t)snprintf(text, sizeof text, "(%u missing %s)", uid, err_cat_name(why->cat)));
	return true;
}

/* Steps until nothing is in flight; false when the connection fails. */
static bool fetch(struct fixture *f, struct sink *sink, const uint32_t *numbers, size_t n) {
	const struct source_sink s = { sink, on_begin, on_data, on_end, on_missing };
	const struct source_ops *ops = f->source->ops;
	mono_ms_t deadline = mono_ms() + DEADLINE_MS;
	assert_true(ops->fetch(f->source, numbers, n, &f->e));
	while (ops->in_flight(f->source)) {
		bool progress;
		assert_true(mono_ms() < deadline);
		if (!ops->step(f->source, &s, &progress, &f->e))
			return false;
		struct pollfd fd = { .fd = ops->fd(f->source), .events = ops->events(f->source) };
		if (!progress)
			poll(&fd, 1, 100);
	}
	return true;
}

static void bodies_and_refusals(void **state) {
	(void)state;
	static const struct script_step steps[] = {
		OPENED(ALL),
		S_EXPECT("^RETR 1$"),
		S_EXPECT("^RETR 2$"),
		S_EXPECT("^RETR 3$"),
		S_EXPECT("^RETR 4$"),
		S_EXPECT("^RETR 5$"),
		S_EXPECT("^RETR 6$"),
		S_DRIP("+OK 9 octets\r\n..a\r\n\n.\nb\r\n.\r\n-ERR no such message\r\n+OK\r\n.\r\n-ERR [SYS/PERM] "
		       "cannot read\r\n"
		       "+ok\r\n+OK\r\n-ERR x\r\n.\r\n-ERR [SYS/TEMP] mailbox file\r\n"),
		QUITS
	};
	struct fixture f;
	struct sink sink = { 0 };
	const uint32_t numbers[] = { 1, 2, 3, 4, 5, 6 };
	begin(&f, steps);
	must_open(&f);
	if (!fetch(&f, &sink, numbers, 6))
		fail_msg("%s", f.e.text);
	assert_string_equal(sink.text,
			    "[1:.a\r\n\n.\nb\r\n:1](2 missing Vanished)(3 missing ServerBug)(4 missing AuthPolicy)"
			    "[5:+OK\r\n-ERR x\r\n:5](6 missing Net)");
	end(&f, true);
}

static void one_at_a_time(void **state) {
	(void)state;
	static const struct script_step steps[] = { OPENED("UIDL\r\nUSER\r\n"),	 S_EXPECT("^RETR 7$"),
						    S_SEND("+OK\r\na\r\n.\r\n"), S_EXPECT("^RETR 8$"),
						    S_SEND("+OK\r\nb\r\n.\r\n"), QUITS };
	static const struct script_step held[] = { OPENED("UIDL\r\nUSER\r\n"), S_EXPECT("^RETR 7$"), S_HANGUP, S_END };
	struct fixture f;
	struct sink sink = { 0 };
	const uint32_t numbers[] = { 7, 8 };
	begin(&f, steps);
	must_open(&f);
	if (!fetch(&f, &sink, numbers, 2))
		fail_msg("%s", f.e.text);
	assert_string_equal(sink.text, "[7:a\r\n:7][8:b\r\n:8]");
	end(&f, true);
	/* The server does not answer: whatever the client wants to send has been sent when step makes no progress. */
	begin(&f, held);
	must_open(&f);
	const struct source_sink s = { &sink, on_begin, on_data, on_end, on_missing };
	uint64_t in, before, after;
	f.source->ops->bytes(f.source, &in, &before);
	assert_true(f.source->ops->fetch(f.source, numbers, 2, &f.e));
	for (bool progress = true; progress;)
		assert_true(f.source->ops->step(f.source, &s, &progress, &f.e));
	f.source->ops->bytes(f.source, &in, &after);
	assert_int_equal(after - before, strlen("RETR 7\r\n"));
	assert_int_equal(f.source->ops->events(f.source), POLLIN);
	end(&f, true); /* a fetch is under way: no QUIT */
}

static void connections_that_break(void **state) {
	(void)state;
	static const struct {
		const char *reply;
		enum err_cat cat;
		const char *text;
	} runs[] = {
		{ "+OK\r\nhalf a mess", ERR_NET, "[1:half a mess" },
		{ "+OK\r\na\r\n.\r", ERR_NET, "[1:a\r\n" },
		{ "-ERR Disconnected for inactivity.\r\n", ERR_NET, "" },
		{ "-ERR [LOGIN-DELAY] slow down\r\n", ERR_THROTTLED, "" },
		{ "hello\r\n", ERR_SERVER_BUG, "" },
		{ "+OK\r\na\r\n.\r\n-ERR too busy\r\n", ERR_THROTTLED, "[1:a\r\n:1]" },
	};
	const uint32_t numbers[] = { 1, 2 };
	for (size_t i = 0; i < sizeof runs / sizeof runs[0]; i++) {
		const struct script_step steps[] = {
			OPENED(ALL), S_EXPECT("^RETR 1$"), S_EXPECT("^RETR 2$"), S_SEND(runs[i].reply), S_CLOSE, S_END
		};
		struct fixture f;
		struct sink sink = { 0 };
		begin(&f, steps);
		must_open(&f);
		if (fetch(&f, &sink, numbers, 2) || f.e.cat != runs[i].cat || f.e.scope < ERR_SCOPE_MAILBOX)
			fail_msg("run %zu: %s %s", i, err_cat_name(f.e.cat), f.e.text);
		assert_string_equal(sink.text, runs[i].text);
		end(&f, true);
	}
}

/* The line is not closed, nothing comes any more: given up as soon as every other call would. */
static void silence_in_a_body(void **state) {
	(void)state;
	static const struct script_step steps[] = { OPENED(ALL), S_EXPECT("^RETR 1$"), S_SEND("+OK\r\nhalf a mess"),
						    S_HANGUP, S_END };
	const uint32_t number = 1;
	struct fixture f;
	struct sink sink = { 0 };
	begin(&f, steps);
	f.ctx.timeouts.idle_ms = 300;
	must_open(&f);
	assert_false(fetch(&f, &sink, &number, 1));
	assert_int_equal(f.e.cat, ERR_NET);
	assert_non_null(strstr(f.e.text, "has sent nothing"));
	end_early(&f);
}

static void a_line_without_end(void **state) {
	(void)state;
	static const struct script_step steps[] = { OPENED(ALL), S_EXPECT("^STAT$"), S_FILL("+", 20000), S_HANGUP,
						    S_END };
	struct fixture f;
	struct folder_status st;
	begin(&f, steps);
	must_open(&f);
	assert_false(f.source->ops->select(f.source, "INBOX", &st, &f.e));
	assert_int_equal(f.e.cat, ERR_SERVER_BUG);
	end_early(&f);
}

/* A server that goes silent, and one whose list never ends: a stop is obeyed in both. */
static bool stop_on_item(void *arg, const struct scan_item *item, struct err *e) {
	(void)item, (void)e;
	stop_request(arg, 1);
	return true;
}

static void stops(void **state) {
	(void)state;
	static const struct script_step silent[] = { OPENED(ALL), S_EXPECT("^STAT$"), S_HANGUP, S_END };
	static const struct script_step listing[] = { OPENED(ALL),	   S_EXPECT("^STAT$"), S_SEND("+OK 2 9\r\n"),
						      S_EXPECT("^LIST$"),  S_EXPECT("^UIDL$"),
						      S_SEND("+OK\r\n.\r\n+OK\r\n1 a\r\n"), S_HANGUP, S_END };
	struct fixture f;
	struct folder_status st;
	begin(&f, silent);
	must_open(&f);
	stop_request(&f.stop, 1);
	mono_ms_t start = mono_ms();
	assert_false(f.source->ops->select(f.source, "INBOX", &st, &f.e));
	assert_int_equal(f.e.cat, ERR_CANCELLED);
	assert_true(mono_ms() - start < 1000);
	end_early(&f);
	begin(&f, listing);
	must_open(&f);
	start = mono_ms();
	assert_false(f.source->ops->scan(f.source, 1, stop_on_item, &f.stop, &f.e));
	assert_int_equal(f.e.cat, ERR_CANCELLED);
	assert_true(mono_ms() - start < 1000);
	end_early(&f);
}

static bool on_folder(void *arg, const struct folder_info *info, struct err *e) {
	(void)e;
	assert_string_equal(info->wire, "INBOX");
	assert_string_equal(info->display, "INBOX");
	assert_int_equal(info->delimiter, 0);
	assert_true(info->status_known);
	assert_int_equal(info->messages, 0);
	++*(int *)arg;
	return true;
}

static void one_empty_folder(void **state) {
	(void)state;
	static const struct script_step steps[] = { OPENED(ALL), S_EXPECT("^STAT$"), S_SEND("+OK 0 0\r\n"), QUITS };
	struct fixture f;
	struct folder_status st;
	struct seen seen = { 0 };
	int folders = 0;
	begin(&f, steps);
	must_open(&f);
	assert_int_equal(f.source->ops->caps(f.source), 0);
	assert_true(f.source->ops->list(f.source, true, on_folder, &folders, &f.e));
	assert_int_equal(folders, 1);
	select_inbox(&f, 0);
	assert_true(f.source->ops->scan(f.source, 1, on_scan, &seen, &f.e));
	assert_true(f.source->ops->headers(f.source, NULL, 1, on_header, &seen, &f.e));
	assert_int_equal(seen.count, 0);
	assert_false(f.source->ops->select(f.source, "Sent", &st, &f.e));
	assert_int_equal(f.e.cat, ERR_NO_MAILBOX);
	assert_int_equal(f.e.scope, ERR_SCOPE_FOLDER);
	end(&f, true);
}

int main(void) {
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(lists_of_odd_servers),
		cmocka_unit_test(without_uidl_and_top),
		cmocka_unit_test(lists_that_are_wrong),
		cmocka_unit_test(headers_in_a_pipeline),
		cmocka_unit_test(bodies_and_refusals),
		cmocka_unit_test(one_at_a_time),
		cmocka_unit_test(connections_that_break),
		cmocka_unit_test(silence_in_a_body),
		cmocka_unit_test(a_line_without_end),
		cmocka_unit_test(one_empty_folder),
		cmocka_unit_test(stops),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
