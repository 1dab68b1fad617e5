/* SPDX-License-Identifier: MIT
 *
 * test_imap_session.c - listing, scanning and fetching from servers that behave oddly.
 */
#include "core/base/buf.h"
#include "core/base/clock.h"
#include "tests/unit/mail/test_imap_script.h"

#define SELECTED(exists, next)                                                                                         \
	S_EXPECT("^([^ ]+) EXAMINE \"INBOX\"$"),                                                                       \
		S_SEND("* " exists " EXISTS\r\n* OK [UIDVALIDITY 7] x\r\n* OK [UIDNEXT " next                          \
		       "] x\r\n$1 OK [READ-ONLY] done\r\n")

static void open_inbox(struct source *s, struct imap_test *t) {
	struct folder_status st;
	if (!s->ops->select(s, "INBOX", &st, &t->e))
		fail_msg("%s", t->e.text);
	assert_int_equal(st.uidvalidity, 7);
}

/* everything that a sink hears, as text */
struct heard {
	struct buf text;
};

static bool on_begin(void *arg, uint32_t uid, uint64_t size, struct err *e) {
	struct heard *h = arg;
	(void)e;
	return buf_printf(&h->text, "begin %u %llu\n", uid, (unsigned long long)size);
}

static bool on_data(void *arg, const char *p, size_t n, struct err *e) {
	struct heard *h = arg;
	(void)e;
	return buf_put(&h->text, p, n);
}

static bool on_end(void *arg, uint32_t uid, struct err *e) {
	struct heard *h = arg;
	(void)e;
	return buf_printf(&h->text, "\nend %u\n", uid);
}

static bool on_missing(void *arg, uint32_t uid, const struct err *why, struct err *e) {
	struct heard *h = arg;
	(void)e;
	assert_int_equal(why->scope, ERR_SCOPE_MESSAGE);
	return buf_printf(&h->text, "missing %u %s\n", uid, err_cat_name(why->cat));
}

/* Until nothing is in flight (true) or step fails (false). */
static bool stream(struct source *s, struct heard *h, struct err *e) {
	struct source_sink sink = { h, on_begin, on_data, on_end, on_missing };
	mono_ms_t deadline = mono_ms() + DEADLINE_MS;
	while (s->ops->in_flight(s)) {
		bool moved;
		assert_true(mono_ms() < deadline);
		if (!s->ops->step(s, &sink, &moved, e))
			return false;
		if (!moved)
			wait_fd(s->ops->fd(s), s->ops->events(s));
	}
	return true;
}

static void check_stream(const struct script_step *steps, const uint32_t *uids, size_t n, const char *want) {
	struct imap_test t;
	struct heard h;
	struct source *s = play_source(&t, steps);
	open_inbox(s, &t);
	buf_init(&h.text, 1 << 20);
	assert_true(s->ops->fetch(s, uids, n, &t.e));
	assert_int_equal(s->ops->in_flight(s), n);
	if (!stream(s, &h, &t.e))
		fail_msg("%s", t.e.text);
	assert_string_equal(h.text.data, want);
	buf_free(&h.text);
	s->ops->close(s, true);
	played(&t);
}

static void accounts_for_every_message(void **state) {
	(void)state;
	static const struct script_step steps[] = {
		LOGGED_IN("IMAP4rev1"), SELECTED("9", "10"),
		S_EXPECT("^([^ ]+) UID FETCH 1:6,9 \\(UID BODY\\.PEEK\\[\\]\\)$"),
		S_DRIP("* 1 FETCH (UID 1 BODY[] {3}\r\none)\r\n"		     /* plain */
		       "* 2 FETCH (BODY[] {5}\r\na)\r\nb FLAGS (\\Seen) UID 2)\r\n"   /* the name behind the body */
		       "* 3 FETCH (UID 3 BODY[] NIL)\r\n"			     /* no body */
		       "* 4 FETCH (FLAGS (\\Seen))\r\n* 4 EXPUNGE\r\n"		     /* about nothing that was asked */
		       "* 77 FETCH (UID 77 BODY[] {4}\r\nxxxx)\r\n"		     /* nobody asked */
		       "* 1 FETCH (UID 1 BODY[] {3}\r\nONE)\r\n"		     /* twice */
		       "* 5 FETCH (BODY[] \"quoted\" UID 5)\r\n"		     /* a string is a body too */
		       "* 6 FETCH (UID 6 FLAGS () BODY[] {0}\r\n)\r\n"		     /* empty is empty */
		       "* XYZZY (what {3}\r\n?()) \"ever\r\n* OK still here\r\n* 12 RECENT\r\n"
		       "$1 OK done\r\n"),
		FAREWELL };
	static const uint32_t uids[] = { 1, 2, 3, 4, 5, 6, 9 };
	check_stream(steps, uids, 7,
		     "begin 1 3\none\nend 1\nbegin 0 5\na)\r\nb\nend 2\nbegin 5 6\nquoted\nend 5\nbegin 6 0\n\nend 6\n"
		     "missing 3 ServerBug\nmissing 4 Vanished\nmissing 9 Vanished\n");
}

static void a_refused_command_is_tried_one_by_one(void **state) {
	(void)state;
	static const struct script_step steps[] = {
		LOGGED_IN("IMAP4rev1"), SELECTED("3", "4"),
		S_EXPECT("^([^ ]+) UID FETCH 1:3 .*$"),
		S_SEND("* 1 FETCH (UID 1 BODY[] {1}\r\na)\r\n$1 NO Some messages could not be FETCHed (Failure)\r\n"),
		S_EXPECT("^([^ ]+) UID FETCH 2 .*$"), S_SEND("$1 BAD invalid argument: unable to parse message\r\n"),
		S_EXPECT("^([^ ]+) UID FETCH 3 .*$"), S_SEND("* 3 FETCH (UID 3 BODY[] {1}\r\nc)\r\n$1 OK done\r\n"),
		FAREWELL };
	static const uint32_t uids[] = { 1, 2, 3 };
	check_stream(steps, uids, 3, "begin 1 1\na\nend 1\nmissing 2 ServerBug\nbegin 3 1\nc\nend 3\n");
}

static void step_fails(const struct script_step *steps, enum err_cat cat, enum err_retry retry, unsigned idle_ms) {
	struct imap_test t;
	struct heard h;
	play(&t, steps);
	t.ctx.timeouts.idle_ms = idle_ms;
	struct source *s = source_open(&t.ctx, &t.ep, &t.e);
	assert_non_null(s);
	open_inbox(s, &t);
	buf_init(&h.text, 1 << 20);
	static const uint32_t uids[] = { 1, 2 };
	assert_true(s->ops->fetch(s, uids, 2, &t.e));
	assert_false(stream(s, &h, &t.e));
	if (t.e.cat != cat || t.e.retry != retry || t.e.scope < ERR_SCOPE_MAILBOX)
		fail_msg("%s/%d/%d: %s", err_cat_name(t.e.cat), t.e.retry, t.e.scope, t.e.text);
	assert_int_equal(s->ops->fd(s), -1); /* closed at once */
	buf_free(&h.text);
	s->ops->close(s, true);
	played(&t);
}

#define FETCHING(answer)                                                                                               \
	(const struct script_step[]) {                                                                                 \
		LOGGED_IN("IMAP4rev1"), SELECTED("2", "3"), S_EXPECT("^([^ ]+) UID FETCH 1:2 .*$"), S_SEND(answer),    \
			S_HANGUP, S_END                                                                                \
	}

static void trouble_ends_the_connection(void **state) {
	(void)state;
	step_fails(FETCHING("$1 NO Request is throttled. Suggested Backoff Time: 2999 milliseconds\r\n"), ERR_THROTTLED,
		   ERR_RETRY_LATER, 0);
	step_fails(FETCHING("$1 NO [UNAVAILABLE] UID FETCH Server error\r\n"), ERR_NET, ERR_RETRY_LATER, 0);
	step_fails(FETCHING("* BYE Session expired, please login again\r\n"), ERR_TOKEN_EXPIRED, ERR_RETRY_NOW, 0);
	step_fails(FETCHING("* BYE [TOOBIG] one message was too big for this server\r\n"), ERR_TOO_LARGE,
		   ERR_RETRY_NEVER, 0);
	step_fails(FETCHING("A1 OK who am I\r\n"), ERR_SERVER_BUG, ERR_RETRY_NOW, 0);
	step_fails(FETCHING("+ go ahead\r\n"), ERR_SERVER_BUG, ERR_RETRY_NOW, 0);
	step_fails(FETCHING("* 1 FETCH (BODY[] {1}\r\na)\r\n$1 OK\r\n"), ERR_SERVER_BUG, ERR_RETRY_NOW, 0);
	step_fails(FETCHING("* 1 FETCH (UID 1 BODY[] {99999999999999999999}\r\n"), ERR_SERVER_BUG, ERR_RETRY_LATER, 0);
	step_fails(FETCHING("* 1 FETCH (UID 1 BODY[] {100}\r\nnot all"), ERR_NET, ERR_RETRY_LATER, 200);
	step_fails(FETCHING(""), ERR_NET, ERR_RETRY_LATER, 200);
}

static bool add_item(void *arg, const struct scan_item *item, struct err *e) {
	struct heard *h = arg;
	(void)e;
	return buf_printf(&h->text, "%u %x [%s] %lld ", item->uid, item->flags, item->keywords,
			  item->size == UINT64_MAX ? -1LL : (long long)item->size);
}

#define LIST_ALL "^([^ ]+) UID FETCH 1:5 \\(UID FLAGS INTERNALDATE RFC822.SIZE\\)$"

static void scan_sorts_and_tells_once(void **state) {
	(void)state;
	static const struct script_step steps[] = {
		LOGGED_IN("IMAP4rev1"), SELECTED("3", "6"), S_EXPECT(LIST_ALL),
		S_SEND("* 3 FETCH (UID 5 FLAGS () RFC822.SIZE 50)\r\n"
		       "* 1 FETCH (RFC822.SIZE 9.3e+06 FLAGS (zz \\Seen \\Recent aa zz) UID 2 INTERNALDATE \" "
		       "1-Jan-2020 00:00:00 +0000\")\r\n"
		       "* 2 FETCH (UID 4 FLAGS (\\Deleted) RFC822.SIZE 40 )\r\n"
		       "* 2 FETCH (UID 4 FLAGS (\\Flagged))\r\n"		/* a change by somebody else */
		       "* 2 FETCH (UID 4 FLAGS (\\Deleted) RFC822.SIZE 40)\r\n" /* said twice */
		       "$1 OK done\r\n"),
		FAREWELL
	};
	struct imap_test t;
	struct heard h;
	struct source *s = play_source(&t, steps);
	open_inbox(s, &t);
	buf_init(&h.text, 4096);
	assert_true(s->ops->scan(s, 1, add_item, &h, &t.e));
	assert_string_equal(h.text.data, "2 1 [aa zz] -1 4 8 [] 40 5 0 [] 50 ");
	buf_free(&h.text);
	s->ops->close(s, true);
	played(&t);
}

static void scan_notices_hidden_messages(void **state) {
	(void)state;
	static const struct script_step steps[] = {
		LOGGED_IN("IMAP4rev1"), SELECTED("3", "6"), S_EXPECT(LIST_ALL),
		S_SEND("* 1 FETCH (UID 2 FLAGS () RFC822.SIZE 1)\r\n$1 OK done\r\n"),
		/* UIDNEXT may have been too low */
		S_EXPECT("^([^ ]+) UID FETCH 6:[*] .*$"),
		S_SEND("* 3 FETCH (UID 9 FLAGS () RFC822.SIZE 1)\r\n$1 OK done\r\n"), FAREWELL
	};
	struct imap_test t;
	struct heard h;
	struct source *s = play_source(&t, steps);
	open_inbox(s, &t);
	buf_init(&h.text, 4096);
	assert_false(s->ops->scan(s, 1, add_item, &h, &t.e));
	assert_string_equal(h.text.data, "2 0 [] 1 9 0 [] 1 ");
	assert_int_equal(t.e.cat, ERR_SERVER_BUG);
	assert_int_equal(t.e.scope, ERR_SCOPE_FOLDER);
	assert_non_null(strstr(t.e.text, "counts 3 messages in the folder but lists only 2"));
	buf_free(&h.text);
	s->ops->close(s, true);
	played(&t);
}

static bool add_header(void *arg, const struct scan_item *item, const char *header, size_t n, struct err *e) {
	struct heard *h = arg;
	(void)e;
	return buf_printf(&h->text, "%u:%.*s ", item->uid, (int)n, header);
}

/* A message seen too often would make another one count as copied. */
static void headers_are_counted_once(void **state) {
	(void)state;
#define FIELDS "BODY[HEADER.FIELDS (MESSAGE-ID DATE FROM SUBJECT RECEIVED)]"
	static const struct script_step steps[] = {
		LOGGED_IN("IMAP4rev1"),
		SELECTED("3", "9"),
		S_EXPECT("^([^ ]+) UID FETCH 3:[*] \\(UID FLAGS INTERNALDATE RFC822.SIZE BODY.PEEK\\[HEADER.FIELDS "
			 "[(]MESSAGE-ID DATE "
			 "FROM SUBJECT RECEIVED[)]\\]\\)$"),
		S_SEND("* 3 FETCH (UID 8 " FIELDS " {1}\r\nc)\r\n* 1 FETCH (" FIELDS " \"a\" UID 3)\r\n"
		       "* 3 FETCH (UID 8 " FIELDS " {1}\r\nc)\r\n* 1 FETCH (UID 3 FLAGS ())\r\n"
		       "* 2 FETCH (UID 2 " FIELDS " {1}\r\nx)\r\n* 2 FETCH (UID 5 " FIELDS " NIL)\r\n$1 OK done\r\n"),
		S_EXPECT("^([^ ]+) UID FETCH 3,8 .*$"),
		S_SEND("* 3 FETCH (UID 8 " FIELDS " {1}\r\nc)\r\n* 3 FETCH (UID 8 " FIELDS " {1}\r\nc)\r\n"
		       "* 2 FETCH (UID 5 " FIELDS " {1}\r\nb)\r\n$1 OK done\r\n"),
		FAREWELL
	};
	static const uint32_t uids[] = { 3, 8 };
	struct imap_test t;
	struct heard h;
	struct source *s = play_source(&t, steps);
	open_inbox(s, &t);
	buf_init(&h.text, 4096);
	assert_true(s->ops->headers(s, NULL, 3, add_header, &h, &t.e));
	assert_string_equal(h.text.data, "8:c 3:a 5: ");
	buf_reset(&h.text);
	assert_true(s->ops->headers(s, uids, 2, add_header, &h, &t.e));
	assert_string_equal(h.text.data, "8:c ");
	buf_free(&h.text);
	s->ops->close(s, true);
	played(&t);
}

static bool add_folder(void *arg, const struct folder_info *f, struct err *e) {
	struct heard *h = arg;
	(void)e;
	return buf_printf(&h->text, "%s|%s|%x|%d:%u;", f->wire, f->display, f->attrs, f->status_known, f->messages);
}

static void list_falls_back(void **state) {
	(void)state;
	static const struct script_step steps[] = {
		LOGGED_IN("IMAP4rev1 LIST-EXTENDED LIST-STATUS SPECIAL-USE"),
		S_EXPECT("^([^ ]+) LIST \"\" \"\\*\" RETURN \\(SUBSCRIBED SPECIAL-USE STATUS \\(MESSAGES UIDNEXT "
			 "UIDVALIDITY\\)\\)$"),
		S_SEND("* LIST () \"/\" half\r\n$1 BAD no such thing\r\n"),
		S_EXPECT("^([^ ]+) LIST \"\" \"\\*\"$"),
		S_SEND("* LIST (\\Noselect) \"/\" a\r\n* LIST (\\Sent) \"/\" {3}\r\na/b\r\n* LIST () \"/\" inbox\r\n"
		       "* LIST () \"/\" \"bad&AGE-\x1b[1m\"\r\n* LIST () NIL NIL\r\n* LIST () \"/\" \"\"\r\n$1 OK "
		       "done\r\n"),
		S_EXPECT("^([^ ]+) LSUB \"\" \"\\*\"$"),
		S_SEND("* LSUB () \"/\" \"INBOX\"\r\n$1 OK done\r\n"),
		S_EXPECT("^([^ ]+) STATUS \"a/b\" \\(MESSAGES UIDNEXT UIDVALIDITY\\)$"),
		S_SEND("* STATUS \"a/b\" (MESSAGES 4 UIDNEXT 9 UIDVALIDITY 1 )\r\n$1 OK done\r\n"),
		S_EXPECT("^([^ ]+) STATUS \"INBOX\" .*$"),
		S_SEND("* STATUS inbox (MESSAGES -1 UIDNEXT 9.3e+06 UIDVALIDITY 1)\r\n$1 OK done\r\n"),
		S_EXPECT("^([^ ]+) STATUS [{]12[}]$"),
		S_SEND("$1 NO never\r\n"),
		S_EXPECT("^([^ ]+) STATUS \"NIL\" .*$"),
		S_SEND("$1 NO never\r\n"),
		FAREWELL
	};
	struct imap_test t;
	struct heard h;
	struct source *s = play_source(&t, steps);
	buf_init(&h.text, 4096);
	if (!s->ops->list(s, true, add_folder, &h, &t.e))
		fail_msg("%s", t.e.text);
	assert_string_equal(h.text.data, "INBOX|INBOX|200|0:0;NIL|NIL|0|0:0;a|a|1|0:0;a/b|a/b|40|1:4;"
					 "bad&AGE-\x1b[1m|bad&AGE-\\x1b[1m|0|0:0;");
	assert_int_equal(s->ops->caps(s) & SOURCE_STATUS_CHEAP, 0);
	buf_free(&h.text);
	s->ops->close(s, true);
	played(&t);
}

static void gmail_ids_and_attributes(void **state) {
	(void)state;
	static const struct script_step steps[] = {
		LOGGED_IN("IMAP4rev1 X-GM-EXT-1 LIST-EXTENDED SPECIAL-USE"),
		S_EXPECT("^([^ ]+) LIST .*$"),
		S_SEND("* LIST (\\All \\HasNoChildren) \"/\" \"[Gmail]/All Mail\"\r\n"
		       "* LIST (\\HasNoChildren \\Important) \"/\" \"[Gmail]/Important\"\r\n"
		       "* LIST (\\Flagged \\Subscribed) \"/\" \"[Gmail]/Starred\"\r\n"
		       "* LIST (\\NonExistent \\HasChildren) \"/\" \"[Gmail]\"\r\n$1 OK Success\r\n"),
		SELECTED("1", "6"),
		S_EXPECT("^([^ ]+) UID FETCH 1:5 \\(UID FLAGS INTERNALDATE RFC822.SIZE X-GM-MSGID\\)$"),
		S_SEND("* 1 FETCH (X-GM-MSGID 18446744073709551615 UID 2 FLAGS () RFC822.SIZE 1)\r\n$1 OK done\r\n"),
		FAREWELL };
	struct imap_test t;
	struct heard h;
	struct source *s = play_source(&t, steps);
	buf_init(&h.text, 4096);
	assert_true(s->ops->caps(s) & SOURCE_GMAIL);
	assert_true(s->ops->list(s, false, add_folder, &h, &t.e));
	assert_string_equal(h.text.data, "[Gmail]|[Gmail]|401|0:0;[Gmail]/All Mail|[Gmail]/All Mail|2|0:0;"
					 "[Gmail]/Important|[Gmail]/Important|100|0:0;"
					 "[Gmail]/Starred|[Gmail]/Starred|210|0:0;");
	buf_reset(&h.text);
	open_inbox(s, &t);
	assert_true(s->ops->scan(s, 1, add_item, &h, &t.e));
	buf_free(&h.text);
	s->ops->close(s, true);
	played(&t);
}

/* Courier makes up UIDVALIDITY under EXAMINE. */
static void courier_is_selected(void **state) {
	(void)state;
	static const struct script_step steps[] = {
		S_SEND("* OK [CAPABILITY IMAP4rev1] Courier-IMAP ready. Copyright\r\n"),
		CAPS(BASIC),
		LOGIN_OK,
		CAPS("IMAP4rev1"),
		DELIMITER,
		S_EXPECT("^([^ ]+) SELECT \"INBOX\"$"),
		S_SEND("* FLAGS (\\Draft $Junk x)\r\n* 0 EXISTS\r\n* OK [UIDVALIDITY 7] Ok\r\n"
		       "* OK [HIGHESTMODSEQ -1]\r\n* OK [UIDNOTSTICKY] x\r\n$1 OK [READ-WRITE] Ok\r\n"),
		S_EXPECT("^([^ ]+) SELECT \"gone\"$"),
		S_SEND("$1 NO [NONEXISTENT] no such folder\r\n"),
		S_EXPECT("^([^ ]+) SELECT [{]3[}]$"),
		S_SEND("+ ok\r\n"),
		S_EXPECT("^\"\\\\\xc3$"),
		S_SEND("* OK hm\r\n"),
		S_CLOSE,
		S_END
	};
	struct imap_test t;
	struct folder_status st;
	struct source *s = play_source(&t, steps);
	assert_true(s->ops->select(s, "INBOX", &st, &t.e));
	/* without PERMANENTFLAGS all FLAGS count */
	assert_int_equal(st.permanent_flags, FLAG_DRAFT);
	assert_string_equal(st.keywords, "$Junk x");
	assert_false(st.keywords_any);
	assert_false(st.read_only);
	assert_true(st.uid_not_sticky);
	assert_int_equal(st.highestmodseq, 0);
	assert_false(s->ops->select(s, "gone", &st, &t.e));
	assert_int_equal(t.e.cat, ERR_VANISHED);
	assert_int_equal(t.e.scope, ERR_SCOPE_FOLDER);
	assert_false(s->ops->select(s, "\"\\\xc3", &st, &t.e));
	assert_int_equal(t.e.cat, ERR_NET);
	s->ops->close(s, true);
	played(&t);
}

static void stop_ends_a_wait(void **state) {
	(void)state;
	static const struct script_step steps[] = { LOGGED_IN("IMAP4rev1"), S_EXPECT("^([^ ]+) EXAMINE .*$"), S_HANGUP,
						    S_END };
	struct imap_test t;
	struct folder_status st;
	struct source *s = play_source(&t, steps);
	stop_request(&t.stop, 1);
	mono_ms_t from = mono_ms();
	assert_false(s->ops->select(s, "INBOX", &st, &t.e));
	assert_int_equal(t.e.cat, ERR_CANCELLED);
	assert_true(mono_ms() - from < 1000);
	s->ops->close(s, true);
	script_abort(t.server);
	endpoint_clear(&t.ep);
	stop_free(&t.stop);
	net_free(t.net);
}

int main(void) {
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(accounts_for_every_message),
		cmocka_unit_test(a_refused_command_is_tried_one_by_one),
		cmocka_unit_test(trouble_ends_the_connection),
		cmocka_unit_test(scan_sorts_and_tells_once),
		cmocka_unit_test(scan_notices_hidden_messages),
		cmocka_unit_test(headers_are_counted_once),
		cmocka_unit_test(list_falls_back),
		cmocka_unit_test(gmail_ids_and_attributes),
		cmocka_unit_test(courier_is_selected),
		cmocka_unit_test(stop_ends_a_wait),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
