/* SPDX-License-Identifier: MIT
 *
 * test_exchange.c - a target that is as Exchange Online is, all of reference/exchange-wire.md B.1 at once: what can be
 * kept arrives, what cannot is counted or named, and \Flagged comes by STORE whatever happens in between.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdlib.h>
#include <string.h>

#include "tests/servers/quirk_world_lib.h"

static const struct quirks good = { 0 };

static void add(struct quirk_server *s, const char *folder, const char *mark, const char *flags) {
	char text[256];
	snprintf(text, sizeof text, "Message-ID: <%s@quirk.example>\r\nSubject: %s\r\n\r\nThis is %s.\r\n", mark, mark,
		 mark);
	quirk_add(s, folder, &(struct quirk_message){ .text = text, .flags = flags });
}

/* A message of one line after the header; line = 0: lines of 70. */
static void add_long(struct quirk_server *s, const char *mark, size_t size, bool one_line) {
	char *text = malloc(size + 256);
	assert_non_null(text);
	size_t n = (size_t)snprintf(text, 200,
				    "Message-ID: <%s@quirk.example>\r\nDate: Thu, 12 Mar 2020 10:00:00 +0000\r\n"
				    "From: a@quirk.example\r\nSubject: %s\r\n\r\n",
				    mark, mark);
	for (size_t i = 0; i < size; i++)
		text[n++] = one_line || i % 72 < 70 ? 'x' : i % 72 == 70 ? '\r' : '\n';
	memcpy(text + n, "\r\n", 3);
	quirk_add(s, "INBOX", &(struct quirk_message){ .text = text });
	free(text);
}

/* Each of the flagged messages is flagged, by STORE, and no APPEND said so. */
static void flags_by_store(struct quirk_world *w, size_t n) {
	assert_int_equal(quirk_flagged(w->target, "INBOX", "\\Flagged"), n);
	assert_int_equal(quirk_count(w->target, "APPEND", "\\Flagged"), 0);
	assert_true(quirk_count(w->target, "UID STORE", "+FLAGS") > 0);
}

static void add_flagged(struct quirk_world *w, unsigned n) {
	for (unsigned i = 1; i <= n; i++) {
		char mark[32];
		snprintf(mark, sizeof mark, "mail-%u", i);
		add(w->source, "INBOX", mark, i % 3 == 0 ? "\\Flagged \\Seen" : i % 3 == 1 ? "\\Answered" : NULL);
	}
}

static void flags_come_by_store(void **state) {
	struct quirk_world *w = *state;
	int64_t id;
	world_servers(w, &good, &quirk_exchange_online);
	add_flagged(w, 300);
	struct mailbox_row row = world_move(w, &id);
	assert_int_equal(row.state, MBOX_SYNCED);
	assert_int_equal(row.counts.copied, 300);
	assert_int_equal(row.dropped_keywords, 0);
	flags_by_store(w, 100);
	/* Hundred messages need no hundred commands. */
	assert_true(quirk_count(w->target, "UID STORE", NULL) <= 10);
	quirk_forget(w->target);
	world_assert_done(w, id, QUIRK_SAME_ALL);
	assert_int_equal(quirk_count(w->target, "UID STORE", NULL), 0);
}

/* The line breaks between copy and flag: whoever goes on owes it still. */
static void a_flag_that_was_cut_off_is_set_later(void **state) {
	static const struct quirk_rule cut[] = { { .verb = "UID STORE", .act = QUIRK_CLOSE, .times = 1 }, { 0 } };
	struct quirk_world *w = *state;
	static struct quirks target; /* the server outlives this function */
	int64_t id;
	target = quirk_exchange_online;
	target.rules = cut;
	world_servers(w, &good, &target);
	add_flagged(w, 30);
	struct mailbox_row row = world_move(w, &id);
	assert_int_equal(quirk_fired(w->target, 0), 1);
	assert_int_equal(row.state, MBOX_SYNCED);
	flags_by_store(w, 10);
	world_assert_done(w, id, QUIRK_SAME_ALL);
}

/* The same when nobody heard that the message had arrived. */
static void a_flag_of_a_copy_that_was_found_again(void **state) {
	static const struct quirk_rule lost[] = {
		{ .verb = "APPEND", .in = "mail-9@", .act = QUIRK_DO_CLOSE, .times = 1 }, { 0 }
	};
	struct quirk_world *w = *state;
	static struct quirks target; /* the server outlives this function */
	int64_t id;
	target = quirk_exchange_online;
	target.rules = lost;
	world_servers(w, &good, &target);
	add_flagged(w, 30);
	struct mailbox_row row = world_move(w, &id);
	assert_int_equal(quirk_fired(w->target, 0), 1);
	assert_int_equal(row.state, MBOX_SYNCED);
	flags_by_store(w, 10);
	world_assert_done(w, id, QUIRK_SAME_ALL);
}

/* A run that ends there: another one begins with nothing to copy, and pays. */
static void a_flag_that_an_earlier_run_owed(void **state) {
	static const struct quirk_rule refused[] = {
		{ .verb = "UID STORE", .text = "NO [OVERQUOTA] full" }, { 0 }
	};
	struct quirk_world *w = *state;
	static struct quirks target; /* the server outlives this function */
	int64_t id;
	target = quirk_exchange_online;
	target.rules = refused;
	world_servers(w, &good, &target);
	add_flagged(w, 30);
	struct mailbox_row row = world_move(w, &id);
	assert_int_equal(row.counts.copied, 30);
	assert_int_not_equal(row.state, MBOX_SYNCED);
	assert_int_equal(quirk_flagged(w->target, "INBOX", "\\Flagged"), 0);
	quirk_become(w->target, &quirk_exchange_online);
	row = world_migrate(w, id);
	assert_int_equal(row.state, MBOX_SYNCED);
	flags_by_store(w, 10);
	world_assert_done(w, id, QUIRK_SAME_ALL);
}

/* What Exchange keeps of no message is not sent, because it would be a BAD, and is counted. */
static void keywords_are_dropped_and_counted(void **state) {
	struct quirk_world *w = *state;
	int64_t id;
	world_servers(w, &good, &quirk_exchange_online);
	add(w->source, "INBOX", "labelled", "\\Seen $Label1 Work");
	add(w->source, "INBOX", "receipt", "$MDNSent \\Seen");
	add(w->source, "INBOX", "deleted", "\\Deleted \\Seen");
	struct mailbox_row row = world_move(w, &id);
	assert_int_equal(row.state, MBOX_SYNCED);
	assert_int_equal(row.counts.copied, 3);
	assert_int_equal(row.dropped_keywords, 4);
	assert_true(quirk_is_flagged(w->target, "INBOX", "quirk.example", "\\Seen"));
	world_assert_done(w, id, QUIRK_SAME_CONTENT | QUIRK_SAME_DATE);
}

static void reserved_names_and_names_without_case(void **state) {
	struct quirk_world *w = *state;
	int64_t id;
	world_servers(w, &good, &quirk_exchange_online);
	quirk_folder(w->target, "Projects", QUIRK_UNLISTED);
	add(w->source, "Files", "reserved", NULL);
	add(w->source, "projects", "lower", NULL);
	struct mailbox_row row = world_move(w, &id);
	assert_int_equal(row.state, MBOX_SYNCED);
	assert_int_equal(row.counts.copied, 2);
	assert_int_equal(row.renamed_folders, 1); /* the reserved one; "already exists" is no refusal */
	assert_int_equal(quirk_messages(w->target, "Projects", "lower@"), 1);
	world_assert_done(w, id, QUIRK_SAME_CONTENT | QUIRK_SAME_FLAGS | QUIRK_SAME_DATE);
}

/* Sizes, line lengths, ten errors and a throttle, in one mailbox: all that can arrive does. */
static void everything_at_once(void **state) {
	static const struct quirk_rule throttled[] = {
		{ .verb = "APPEND",
		  .text = "NO Request is throttled. Suggested Backoff Time: 400 milliseconds",
		  .times = 1,
		  .after = 20 },
		{ 0 },
	};
	struct quirk_world *w = *state;
	static struct quirks target; /* the server outlives this function */
	int64_t id;
	target = quirk_exchange_online;
	target.rules = throttled;
	world_servers(w, &good, &target);
	add_flagged(w, 60);
	add(w->source, "Old", "kept", "\\Seen");
	for (unsigned i = 0; i < 12; i++) { /* each is refused until it is encoded anew */
		char mark[32];
		snprintf(mark, sizeof mark, "long-%u", i);
		add_long(w->source, mark, 12000, true);
	}
	add_long(w->source, "huge", 70 * 1024, false);
	struct mailbox_row row = world_move(w, &id);
	assert_int_equal(quirk_fired(w->target, 0), 1);
	assert_true(w->states & 1u << MBOX_THROTTLED);
	assert_int_equal(row.state, MBOX_SYNCED_WITH_GAPS);
	assert_int_equal(row.counts.copied, 60 + 1 + 12);
	assert_int_equal(row.counts.failed, 1);
	const struct world_message *m = world_only_message(w);
	assert_int_equal(m->cat, ERR_TOO_LARGE);
	assert_non_null(strstr(m->text, "Maximum size"));
	flags_by_store(w, 20);
	for (unsigned i = 0; i < 12; i++) {
		char mark[32];
		snprintf(mark, sizeof mark, "<long-%u@", i);
		assert_int_equal(quirk_messages(w->target, "INBOX", mark), 1);
	}
	size_t there = quirk_messages(w->target, NULL, NULL);
	assert_int_equal(world_migrate(w, id).counts.copied, 73);
	assert_int_equal(quirk_messages(w->target, NULL, NULL), there);
}

/* The token is good, the mailbox does not open: said at the next command, and no reason to try the login again. */
static void authenticated_but_not_connected(void **state) {
	static const struct quirk_rule rules[] = {
		{ .verb = "NAMESPACE", .text = "BAD User is authenticated but not connected." }, { 0 }
	};
	struct quirk_world *w = *state;
	static struct quirks target; /* the server outlives this function */
	struct mail_context ctx = { .net = w->net, .log = w->log, .stop = &w->stop };
	struct err e;
	target = quirk_exchange_online;
	target.rules = rules;
	world_servers(w, &good, &target);
	int64_t id = world_add(w, w->source, w->target, "anna", "anna");
	assert_true(stop_init(&w->stop, NULL));
	assert_false(engine_test(w->store, id, &ctx, NULL, &e));
	stop_free(&w->stop);
	assert_int_equal(e.cat, ERR_NO_PERMISSION);
	assert_int_equal(e.scope, ERR_SCOPE_MAILBOX);
	assert_int_equal(e.retry, ERR_RETRY_LATER);
	assert_non_null(strstr(e.text, "not connected"));
	assert_int_equal(quirk_count(w->target, "AUTHENTICATE", NULL), 1);
}

int main(void) {
	const struct CMUnitTest tests[] = {
		WORLD_TEST(flags_come_by_store),
		WORLD_TEST(a_flag_that_was_cut_off_is_set_later),
		WORLD_TEST(a_flag_of_a_copy_that_was_found_again),
		WORLD_TEST(a_flag_that_an_earlier_run_owed),
		WORLD_TEST(keywords_are_dropped_and_counted),
		WORLD_TEST(reserved_names_and_names_without_case),
		WORLD_TEST(everything_at_once),
		WORLD_TEST(authenticated_but_not_connected),
	};
	cmocka_set_test_filter(getenv("MAILVAN_TEST_ONLY"));
	return cmocka_run_group_tests(tests, NULL, NULL);
}
