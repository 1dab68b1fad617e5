/* SPDX-License-Identifier: MIT
 *
 * test_imap_append.c - pipelined APPEND against scripted servers: hints, refusals, and when to hang up.
 */
#include "core/base/buf.h"
#include "core/base/clock.h"
#include "tests/unit/mail/test_imap_script.h"

#define SELECTED \
	S_EXPECT("^([^ ]+) SELECT \"Kopie\"$"), \
	S_SEND("* 0 EXISTS\r\n* OK [UIDVALIDITY 38505] x\r\n* OK [UIDNEXT 1] x\r\n$1 OK [READ-WRITE] done\r\n")
#define PLUS "IMAP4rev1 LITERAL+ UIDPLUS"
#define MULTI "IMAP4rev1 LITERAL+ MULTIAPPEND UIDPLUS"
#define SYNC "IMAP4rev1 UIDPLUS"
#define APPENDED(n) "^([^ ]+) APPEND \"Kopie\" \\(\\) \" 1-Jan-2020 01:02:03 \\+0100\" [{]" n "\\+[}]$"
#define APPENDED_SYNC(n) "^([^ ]+) APPEND \"Kopie\" \\(\\) \" 1-Jan-2020 01:02:03 \\+0100\" [{]" n "[}]$"

struct heard {
	struct buf text;
};

static bool on_appended(void *arg, uint64_t cookie, uint32_t uidvalidity, uint32_t uid, struct err *e) {
	struct heard *h = arg;
	(void)e;
	return buf_printf(&h->text, "%llu:%u/%u ", (unsigned long long)cookie, uidvalidity, uid);
}

static bool on_refused(void *arg, uint64_t cookie, const struct err *why, bool grouped, struct err *e) {
	struct heard *h = arg;
	(void)e;
	return buf_printf(&h->text, "%llu:%s%s%u ", (unsigned long long)cookie, err_cat_name(why->cat),
			  grouped ? "+" : "", why->wait_ms);
}

struct session {
	struct imap_test t;
	struct target *d;
	struct heard h;
};

static void begin_session(struct session *s, const struct script_step *steps) {
	struct folder_status st;
	memset(s, 0, sizeof *s);
	s->d = play_target(&s->t, steps);
	buf_init(&s->h.text, 1 << 16);
	assert_true(buf_puts(&s->h.text, ""));
	if (!s->d->ops->select(s->d, "Kopie", &st, &s->t.e))
		fail_msg("%s", s->t.e.text);
}

static void end_session(struct session *s) {
	s->d->ops->close(s->d, true);
	buf_free(&s->h.text);
	played(&s->t);
}

static struct append_message message(uint64_t cookie, size_t size) {
	return (struct append_message){
		.cookie = cookie, .keywords = "", .date = { 1577836923, 60, true }, .size = size
	};
}

static void append(struct session *s, uint64_t cookie, const char *body, bool more) {
	struct append_message m = message(cookie, strlen(body));
	assert_true(s->d->ops->append_room(s->d) > 0);
	if (!s->d->ops->append_begin(s->d, &m, &s->t.e) ||
	    !s->d->ops->append_data(s->d, body, strlen(body), &s->t.e) || !s->d->ops->append_end(s->d, more, &s->t.e))
		fail_msg("%s", s->t.e.text);
}

static bool step(struct session *s, bool *moved) {
	struct target_sink sink = { &s->h, on_appended, on_refused };
	return s->d->ops->step(s->d, &sink, moved, &s->t.e);
}

/* Until no more than `left` messages are unanswered (true) or step fails (false). */
static bool drain(struct session *s, size_t left) {
	mono_ms_t deadline = mono_ms() + DEADLINE_MS;
	while (s->d->ops->append_unacked(s->d) > left) {
		bool moved;
		assert_true(mono_ms() < deadline);
		if (!step(s, &moved))
			return false;
		if (!moved)
			wait_fd(s->d->ops->fd(s->d), s->d->ops->events(s->d));
	}
	return true;
}

static void heard(const struct session *s, const char *want) { assert_string_equal(s->h.text.data, want); }

static void hints_are_checked(void **state) {
	(void)state;
	static const struct {
		const char *answer, *heard;
	} rows[] = {
		{ "$1 OK [APPENDUID 38505 3955:3957] done\r\n", "1:38505/3955 2:38505/3956 3:38505/3957 " },
		{ "$1 OK [APPENDUID 38505 5,7,4294967295] done\r\n", "1:38505/5 2:38505/7 3:38505/4294967295 " },
		{ "$1 OK done\r\n", "1:0/0 2:0/0 3:0/0 " },
		{ "$1 OK [APPENDUID 3955 38505] swapped\r\n", "1:0/0 2:0/0 3:0/0 " },
		{ "$1 OK [APPENDUID 38505 3957:3955] reversed\r\n", "1:0/0 2:0/0 3:0/0 " },
		{ "$1 OK [APPENDUID 38505 7,7,8] twice\r\n", "1:0/0 2:0/0 3:0/0 " },
		{ "$1 OK [APPENDUID 38505 7,6,8] mixed\r\n", "1:0/0 2:0/0 3:0/0 " },
		{ "$1 OK [APPENDUID 38505 7:8] too few\r\n", "1:0/0 2:0/0 3:0/0 " },
		{ "$1 OK [APPENDUID 38505 7:10] too many\r\n", "1:0/0 2:0/0 3:0/0 " },
		{ "$1 OK [APPENDUID 38505 1:4294967295] far too many\r\n", "1:0/0 2:0/0 3:0/0 " },
		{ "$1 OK [APPENDUID 38505 0:2] zero\r\n", "1:0/0 2:0/0 3:0/0 " },
		{ "$1 OK [APPENDUID 38505 1:*] star\r\n", "1:0/0 2:0/0 3:0/0 " },
		{ "$1 OK [APPENDUID 38505 1,2,4294967296] overflow\r\n", "1:0/0 2:0/0 3:0/0 " },
		{ "$1 OK [APPENDUID 38505 1,2,] tail\r\n", "1:0/0 2:0/0 3:0/0 " },
		{ "$1 OK [APPENDUID 38505  ] empty\r\n", "1:0/0 2:0/0 3:0/0 " },
		{ "$1 OK [APPENDUID] nothing\r\n", "1:0/0 2:0/0 3:0/0 " },
		{ "$1 OK [APPENDUID (1 2) 3:5] list\r\n", "1:0/0 2:0/0 3:0/0 " },
		{ "$1 OK [COPYUID 38505 1:3 1:3] other\r\n", "1:0/0 2:0/0 3:0/0 " },
		{ "* OK [APPENDUID 38505 1:3] not ours\r\n$1 OK done\r\n", "1:0/0 2:0/0 3:0/0 " },
	};
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		const struct script_step steps[] = { LOGGED_IN(MULTI), SELECTED, S_EXPECT(APPENDED("3")),
						     S_READ(sizeof "one () \" 1-Jan-2020 01:02:03 +0100\" {3+}\r\ntwo"
							    " () \" 1-Jan-2020 01:02:03 +0100\" {5+}\r\nthree\r\n" - 1),
						     { SCRIPT_SEND, rows[i].answer, 0 }, FAREWELL };
		struct session s;
		begin_session(&s, steps);
		assert_int_equal(s.d->ops->caps(s.d), TARGET_UIDPLUS | TARGET_LITERAL_PLUS | TARGET_MULTIAPPEND);
		append(&s, 1, "one", true);
		append(&s, 2, "two", true);
		append(&s, 3, "three", false);
		assert_true(drain(&s, 0));
		heard(&s, rows[i].heard);
		end_session(&s);
	}
}

/* A group that is promised another message which never comes is ended by itself. */
static void a_group_does_not_wait_for_ever(void **state) {
	(void)state;
	static const struct script_step steps[] = {
		LOGGED_IN(MULTI), SELECTED, S_EXPECT(APPENDED("3")),
		S_READ(sizeof "one\r\n" - 1), S_SEND("$1 OK [APPENDUID 38505 9] done\r\n"),
		S_EXPECT(APPENDED("3")), S_READ(sizeof "two\r\n" - 1), S_SEND("$1 NO [OVERQUOTA] full\r\n"), FAREWELL };
	struct session s;
	begin_session(&s, steps);
	append(&s, 1, "one", true);
	assert_true(drain(&s, 0));
	append(&s, 2, "two", true);
	assert_true(drain(&s, 0));
	heard(&s, "1:38505/9 2:OverQuota0 ");
	end_session(&s);
}

static void refusals_name_their_messages(void **state) {
	(void)state;
	static const struct script_step steps[] = {
		LOGGED_IN(PLUS), SELECTED, S_EXPECT(APPENDED("3")), S_READ(5), S_SEND("$1 NO [TOOBIG] too big\r\n"),
		S_EXPECT(APPENDED("3")), S_READ(5),
		S_SEND("$1 NO Request is throttled. Suggested Backoff Time: 1500 milliseconds\r\n"),
		S_EXPECT(APPENDED("3")), S_READ(5), S_SEND("$1 NO [TRYCREATE] gone\r\n"), S_EXPECT(APPENDED("3")),
		S_READ(5), S_SEND("$1 NO Message contains NUL characters\r\n"),
		/* the hint of a server that swaps its numbers (DavMail once did) */
		S_EXPECT(APPENDED("3")), S_READ(5), S_SEND("$1 OK [APPENDUID 3955 38505] done\r\n"), FAREWELL
	};
	struct session s;
	begin_session(&s, steps);
	for (uint64_t i = 1; i <= 5; i++) /* without MULTIAPPEND more_follow means nothing */
		append(&s, i, "one", true);
	assert_true(drain(&s, 0));
	heard(&s, "1:TooLarge0 2:Throttled1500 3:Vanished0 4:BadContent0 5:0/0 ");
	end_session(&s);
}

/* Dovecot parses the body behind a BAD as commands: the connection must be gone, the rest in doubt. */
static void bad_hangs_up_while_literals_are_unsafe(void **state) {
	(void)state;
	static const struct script_step steps[] = { LOGGED_IN(PLUS), SELECTED, S_EXPECT(APPENDED("3")), S_READ(5),
						    S_SEND("$1 BAD Invalid date\r\n"), S_HANGUP, S_END };
	struct session s;
	begin_session(&s, steps);
	append(&s, 1, "one", false);
	append(&s, 2, "two", false);
	assert_false(drain(&s, 0));
	heard(&s, "1:BadContent0 ");
	assert_int_equal(s.t.e.scope, ERR_SCOPE_MAILBOX);
	assert_int_equal(s.t.e.retry, ERR_RETRY_NOW);
	assert_int_equal(s.d->ops->fd(s.d), -1);
	assert_int_equal(s.d->ops->append_unacked(s.d), 1);
	bool moved;
	assert_false(step(&s, &moved));
	end_session(&s);
}

static void hangs_up_with(const char *answer, enum err_cat cat) {
	const struct script_step steps[] = { LOGGED_IN(PLUS), SELECTED, S_EXPECT(APPENDED("3")), S_READ(5),
					     { SCRIPT_SEND, answer, 0 }, S_HANGUP, S_END };
	struct session s;
	begin_session(&s, steps);
	append(&s, 1, "one", false);
	append(&s, 2, "two", false);
	assert_false(drain(&s, 0));
	heard(&s, "");
	if (s.t.e.cat != cat || s.t.e.scope < ERR_SCOPE_MAILBOX)
		fail_msg("%s: %s", err_cat_name(s.t.e.cat), s.t.e.text);
	assert_int_equal(s.d->ops->fd(s.d), -1);
	end_session(&s);
}

static void hangs_up_on_confusion(void **state) {
	(void)state;
	hangs_up_with("* BAD Command Error. 10\r\n", ERR_SERVER_BUG);
	hangs_up_with("A99 OK CREATE completed\r\n", ERR_SERVER_BUG);
	hangs_up_with("$1x BAD\r\n", ERR_SERVER_BUG);
	hangs_up_with("+ OK\r\n", ERR_SERVER_BUG);
	hangs_up_with("* BYE Too many connections\r\n* BYE\r\n* BYE\r\n* BYE again\r\n", ERR_CONN_LIMIT);
	hangs_up_with("* BYE Connection closed. 14\r\n", ERR_NET);
}

/* OK for a message that has not been sent whole cannot be true. */
static void an_early_ok_is_not_believed(void **state) {
	(void)state;
	static const struct script_step steps[] = { LOGGED_IN(PLUS), SELECTED, S_EXPECT(APPENDED("6")), S_READ(3),
						    S_SEND("$1 OK [APPENDUID 38505 1] done\r\n"), S_HANGUP, S_END };
	struct session s;
	begin_session(&s, steps);
	struct append_message m = message(1, 6);
	assert_true(s.d->ops->append_begin(s.d, &m, &s.t.e) && s.d->ops->append_data(s.d, "abc", 3, &s.t.e));
	assert_false(drain(&s, 0));
	heard(&s, "");
	assert_int_equal(s.t.e.cat, ERR_SERVER_BUG);
	end_session(&s);
}

static void a_synchronizing_literal_waits(void **state) {
	(void)state;
	static const struct script_step steps[] = {
		LOGGED_IN(SYNC), SELECTED, S_EXPECT(APPENDED_SYNC("3")), S_SEND("+ OK\r\n"), S_READ(5),
		S_SEND("$1 OK [APPENDUID 38505 1] done\r\n"),
		/* refused instead of "+": its bytes never come, the next command does */
		S_EXPECT(APPENDED_SYNC("17")), S_SEND("$1 NO [OVERQUOTA] no\r\n"), S_EXPECT(APPENDED_SYNC("5")),
		S_SEND("+ OK\r\n"), S_READ(7), S_SEND("$1 BAD odd\r\n"), S_EXPECT(APPENDED_SYNC("18")),
		S_SEND("$1 BAD no\r\n"), S_EXPECT(APPENDED_SYNC("4")), S_SEND("+ OK\r\n"), S_READ(6),
		S_SEND("$1 OK done\r\n"), FAREWELL
	};
	struct session s;
	begin_session(&s, steps);
	append(&s, 1, "one", false);
	append(&s, 2, "A1 CREATE pwned\r\n", false);
	append(&s, 3, "three", false);
	append(&s, 4, "A2 CREATE pwned2\r\n", true);
	append(&s, 5, "four", false);
	assert_true(drain(&s, 0));
	heard(&s, "1:38505/1 2:OverQuota0 3:BadContent0 4:BadContent0 5:0/0 ");
	end_session(&s);
}

/* The refusal comes while the pump is still bringing the message: it is swallowed, and the next goes on. */
static void a_refused_open_message_is_swallowed(void **state) {
	(void)state;
	static const struct script_step steps[] = { LOGGED_IN(SYNC),
						    SELECTED,
						    S_EXPECT(APPENDED_SYNC("5000000")),
						    S_SEND("$1 NO [TOOBIG] 35 MB at most\r\n"),
						    S_EXPECT(APPENDED_SYNC("3")),
						    S_SEND("+ OK\r\n"),
						    S_READ(5),
						    S_SEND("$1 OK done\r\n"),
						    FAREWELL };
	struct session s;
	static char part[100000];
	begin_session(&s, steps);
	struct append_message m = message(1, 5000000);
	assert_true(s.d->ops->append_begin(s.d, &m, &s.t.e));
	assert_true(s.d->ops->append_data(s.d, part, sizeof part, &s.t.e));
	assert_true(drain(&s, 0));
	heard(&s, "1:TooLarge0 ");
	for (int i = 1; i < 50; i++) {
		assert_true(s.d->ops->append_room(s.d) >= sizeof part);
		assert_true(s.d->ops->append_data(s.d, part, sizeof part, &s.t.e));
	}
	assert_true(s.d->ops->append_end(s.d, false, &s.t.e));
	append(&s, 2, "two", false);
	assert_true(drain(&s, 0));
	heard(&s, "1:TooLarge0 2:0/0 ");
	end_session(&s);
}

/* LITERAL- : up to 4096 bytes at once, more only after "+". Forcing works under LITERAL+ too. */
static void literal_minus_and_force(void **state) {
	(void)state;
	static const struct script_step minus[] = { LOGGED_IN("IMAP4rev1 LITERAL-"),
						    SELECTED,
						    S_EXPECT(APPENDED("4096")),
						    S_READ(4098),
						    S_SEND("$1 OK done\r\n"),
						    S_EXPECT(APPENDED_SYNC("4097")),
						    S_SEND("+ OK\r\n"),
						    S_READ(4099),
						    S_SEND("$1 OK done\r\n"),
						    FAREWELL };
	static const struct script_step force[] = {
		LOGGED_IN(MULTI), SELECTED, S_EXPECT(APPENDED_SYNC("4")), S_SEND("+ OK\r\n"), S_READ(6),
		S_SEND("$1 OK done\r\n"), FAREWELL };
	struct session s;
	char body[4098];
	memset(body, 'x', sizeof body);
	begin_session(&s, minus);
	assert_int_equal(s.d->ops->caps(s.d), 0);
	body[4096] = '\0';
	append(&s, 1, body, false);
	body[4096] = 'x';
	body[4097] = '\0';
	append(&s, 2, body, false);
	assert_true(drain(&s, 0));
	heard(&s, "1:0/0 2:0/0 ");
	end_session(&s);
	begin_session(&s, force);
	struct append_message m = message(7, 4);
	m.synchronise = true;
	assert_true(s.d->ops->append_begin(s.d, &m, &s.t.e) && s.d->ops->append_data(s.d, "four", 4, &s.t.e) &&
		    s.d->ops->append_end(s.d, true, &s.t.e));
	assert_int_equal(s.d->ops->append_room(s.d), 0); /* nothing beside it */
	assert_true(drain(&s, 0));
	assert_true(s.d->ops->append_room(s.d) > 0);
	heard(&s, "7:0/0 ");
	end_session(&s);
}

/* Exchange announces LITERAL+ and runs the body of a refused APPEND. */
static void exchange_gets_synchronizing_literals(void **state) {
	(void)state;
	static const struct script_step steps[] = {
		S_SEND("* OK The Microsoft Exchange IMAP4 service is ready.\r\n"), CAPS(BASIC), LOGIN_OK,
		CAPS(PLUS " APPENDLIMIT=35651584"), DELIMITER, SELECTED, S_EXPECT(APPENDED_SYNC("3")),
		S_SEND("$1 NO Request is throttled. Suggested Backoff Time: 299961 milliseconds\r\n"), FAREWELL };
	struct session s;
	begin_session(&s, steps);
	assert_int_equal(s.d->ops->caps(s.d), TARGET_UIDPLUS | TARGET_EXCHANGE);
	assert_int_equal(s.d->ops->append_limit(s.d), 35651584);
	append(&s, 1, "one", false);
	assert_true(drain(&s, 0));
	heard(&s, "1:Throttled299961 ");
	end_session(&s);
}

static void refuses_what_it_cannot_send(void **state) {
	(void)state;
	static const struct script_step steps[] = { LOGGED_IN(PLUS), SELECTED, FAREWELL };
	struct session s;
	begin_session(&s, steps);
	const struct target_ops *ops = s.d->ops;
	struct append_message m = message(1, 3);
	m.keywords = "ok bad)keyword";
	assert_false(ops->append_begin(s.d, &m, &s.t.e));
	m.keywords = "a\r\nA1 CREATE pwned";
	assert_false(ops->append_begin(s.d, &m, &s.t.e));
	m = message(1, 0);
	assert_false(ops->append_begin(s.d, &m, &s.t.e));
	m = message(1, 1ULL << 40);
	assert_false(ops->append_begin(s.d, &m, &s.t.e));
	assert_false(ops->append_data(s.d, "x", 1, &s.t.e));
	assert_false(ops->append_end(s.d, false, &s.t.e));
	assert_int_equal(ops->append_unacked(s.d), 0);
	end_session(&s);
}

/* Answers to the one must not be taken for answers to the other. */
static void one_kind_at_a_time(void **state) {
	(void)state;
	static const struct script_step steps[] = { LOGGED_IN(PLUS), SELECTED, S_EXPECT(APPENDED("3")), S_READ(5),
						    S_SEND("$1 OK done\r\n"), FAREWELL };
	struct session s;
	struct folder_status st;
	uint32_t uid = 1;
	begin_session(&s, steps);
	append(&s, 1, "one", false);
	assert_false(s.d->ops->fetch(s.d, &uid, 1, &s.t.e));
	assert_false(s.d->ops->select(s.d, "Kopie", &st, &s.t.e));
	assert_int_equal(s.t.e.cat, ERR_INPUT);
	assert_true(drain(&s, 0));
	heard(&s, "1:0/0 ");
	end_session(&s);
}

static void never_more_nor_less_than_announced(void **state) {
	(void)state;
	static const struct script_step steps[] = { LOGGED_IN(PLUS), SELECTED, S_HANGUP, S_END };
	struct session s;
	begin_session(&s, steps);
	struct append_message m = message(1, 3);
	assert_true(s.d->ops->append_begin(s.d, &m, &s.t.e));
	assert_false(s.d->ops->append_begin(s.d, &m, &s.t.e));
	assert_true(s.d->ops->append_data(s.d, "ab", 2, &s.t.e));
	assert_false(s.d->ops->append_end(s.d, false, &s.t.e));
	assert_false(s.d->ops->append_data(s.d, "cd", 2, &s.t.e));
	end_session(&s);
}

int main(void) {
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(hints_are_checked),
		cmocka_unit_test(a_group_does_not_wait_for_ever),
		cmocka_unit_test(refusals_name_their_messages),
		cmocka_unit_test(bad_hangs_up_while_literals_are_unsafe),
		cmocka_unit_test(hangs_up_on_confusion),
		cmocka_unit_test(an_early_ok_is_not_believed),
		cmocka_unit_test(a_synchronizing_literal_waits),
		cmocka_unit_test(a_refused_open_message_is_swallowed),
		cmocka_unit_test(literal_minus_and_force),
		cmocka_unit_test(exchange_gets_synchronizing_literals),
		cmocka_unit_test(refuses_what_it_cannot_send),
		cmocka_unit_test(one_kind_at_a_time),
		cmocka_unit_test(never_more_nor_less_than_announced),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
