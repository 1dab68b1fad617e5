/* SPDX-License-Identifier: MIT
 *
 * test_pop3_login.c - the allow-list, the choice of a login, and what a refused one means.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "core/mail/pop3/pop3_wire.h"
#include "tests/unit/mail/test_pop3_fixture.h"

static void only_reading_commands(void **state) {
	(void)state;
	static const struct script_step steps[] = { GREET, S_EXPECT("^NOOP$"), S_HANGUP, S_END };
	static const char *const refused[] = { "DELE 1", "dele 1", "DELE",  "RSET", "rset",    "APOP a b", "XTND XMIT",
					       "STLS",	 "DEL",	   "QUITX", "",	    " DELE 1", "LAST",	   "AUTHX" };
	static const char *const smuggled[] = { "RETR 1\r\nDELE 1", "USER a\nDELE 1", "USER a\rDELE 1" };
	static const char *const allowed[] = { "CAPA", "AUTH PLAIN", "USER x", "PASS x", "STAT", "LIST",
					       "UIDL", "TOP 1 0",    "RETR 1", "NOOP",	 "QUIT", "retr 1" };
	struct fixture f;
	struct pop3_wire w;
	begin(&f, steps);
	struct channel *channel = channel_open(f.net, &f.ep, &f.ctx.timeouts, &f.stop, &f.e);
	assert_non_null(channel);
	assert_true(pop3_wire_init(&w, &f.ctx, channel, &f.e));
	for (size_t i = 0; i < sizeof refused / sizeof refused[0]; i++) {
		assert_false(pop3_command(&w, refused[i], &f.e));
		assert_int_equal(f.e.cat, ERR_READ_ONLY);
		assert_int_equal(f.e.scope, ERR_SCOPE_PROGRAM);
	}
	for (size_t i = 0; i < sizeof smuggled / sizeof smuggled[0]; i++) {
		assert_false(pop3_command(&w, smuggled[i], &f.e));
		assert_int_equal(f.e.cat, ERR_INPUT);
	}
	assert_false(pop3_sasl_answer(&w, "DELE 1", &f.e));
	assert_false(pop3_sasl_answer(&w, "AA\r\nDELE 1", &f.e));
	assert_true(secret_set(&f.ep.password, "a\r\nDELE 1", 9));
	assert_false(pop3_command_pass(&w, &f.ep.password, &f.e));
	assert_int_equal(w.out.len, 0);
	for (size_t i = 0; i < sizeof allowed / sizeof allowed[0]; i++)
		assert_true(pop3_command(&w, allowed[i], &f.e));
	w.out.len = 0; /* those were only queued; now something really leaves */
	assert_true(pop3_command(&w, "NOOP", &f.e));
	assert_true(pop3_flush(&w, &f.e));
	/* The script is waiting for NOOP as the very first thing. */
	pop3_wire_free(&w);
	end(&f, false);
}

static void plain_with_authzid_beside_other_mechanisms(void **state) {
	(void)state;
	static const struct script_step steps[] = {
		GREET, CAPA("USER\r\nSASL CRAM-MD5 GSSAPI plain\r\nUIDL\r\n"),
		S_EXPECT("^AUTH PLAIN$"), S_SEND("+ \r\n"),
		S_EXPECT("^Ym9iQGV4YW1wbGUub3JnAGFubmEAczNjcmV0$"), /* bob@example.org NUL anna NUL s3cret */
		S_SEND("+OK\r\n"), CAPA(""), QUITS
	};
	struct fixture f;
	begin(&f, steps);
	text_copy(f.ep.authzid, sizeof f.ep.authzid, "bob@example.org");
	must_open(&f);
	end(&f, true);
}

static void no_login_as_the_admin(void **state) {
	(void)state;
	static const struct script_step steps[] = { GREET, CAPA("USER\r\nSASL CRAM-MD5\r\n"), QUITS };
	struct fixture f;
	begin(&f, steps);
	text_copy(f.ep.authzid, sizeof f.ep.authzid, "bob@example.org");
	assert_false(open_source(&f));
	assert_int_equal(f.e.cat, ERR_AUTH_POLICY);
	end(&f, true);
}

static void no_login_that_we_make(void **state) {
	(void)state;
	static const struct script_step steps[] = { GREET, CAPA("SASL CRAM-MD5 GSSAPI\r\n"), QUITS };
	struct fixture f;
	begin(&f, steps);
	assert_false(open_source(&f));
	assert_int_equal(f.e.cat, ERR_AUTH_POLICY);
	end(&f, true);
}

static void a_server_without_capa(void **state) {
	(void)state;
	static const struct script_step steps[] = { GREET,  S_EXPECT("^CAPA$"), S_SEND("-ERR what?\r\n"),
						    LOGIN, /* and no CAPA behind it */
						    QUITS };
	struct fixture f;
	begin(&f, steps);
	must_open(&f);
	end(&f, true);
}

static void xoauth2(void **state) {
	(void)state;
	/* user=anna ^A auth=Bearer tok ^A^A */
	static const char answer[] = "^dXNlcj1hbm5hAWF1dGg9QmVhcmVyIHRvawEB$";
	static const struct script_step good[] = { GREET,
						   CAPA("SASL PLAIN XOAUTH2\r\n"),
						   S_EXPECT("^AUTH XOAUTH2$"),
						   S_SEND("+ \r\n"),
						   S_EXPECT(answer),
						   S_SEND("+OK\r\n"),
						   CAPA(""),
						   QUITS };
	static const struct script_step bad[] = { GREET, CAPA("SASL PLAIN XOAUTH2\r\n"), S_EXPECT("^AUTH XOAUTH2$"),
						  S_SEND("+ \r\n"), S_EXPECT(answer),
						  S_SEND("+ eyJzdGF0dXMiOiI0MDAifQ==\r\n"), S_EXPECT("^$"),
						  S_SEND("-ERR [AUTH] expired\r\n"), QUITS };
	static const struct script_step endless[] = { GREET,
						      CAPA("SASL XOAUTH2\r\n"),
						      S_EXPECT("^AUTH XOAUTH2$"),
						      S_SEND("+ \r\n"),
						      S_EXPECT(answer),
						      S_SEND("+ \r\n"),
						      S_EXPECT("^$"),
						      S_SEND("+ \r\n"),
						      QUITS };
	static const struct script_step none[] = { GREET, CAPA("SASL PLAIN\r\nUSER\r\n"), QUITS };
	static const struct {
		const struct script_step *steps;
		enum err_cat cat;
	} runs[] = {
		{ good, ERR_NONE }, { bad, ERR_AUTH_BAD }, { endless, ERR_SERVER_BUG }, { none, ERR_AUTH_POLICY }
	};
	for (size_t i = 0; i < sizeof runs / sizeof runs[0]; i++) {
		struct fixture f;
		begin(&f, runs[i].steps);
		assert_true(secret_set(&f.ep.bearer, "tok", 3));
		assert_int_equal(open_source(&f), runs[i].cat == ERR_NONE);
		if (runs[i].cat != ERR_NONE)
			assert_int_equal(f.e.cat, runs[i].cat);
		end(&f, true);
	}
}

static void refused_logins(void **state) {
	(void)state;
	static const struct {
		const char *reply, *shown;
		enum err_cat cat;
		enum err_retry retry;
	} runs[] = {
		{ "-ERR [AUTH] wrong password\r\n", "[AUTH] wrong password", ERR_AUTH_BAD, ERR_RETRY_NEVER },
		{ "-ERR\r\n", "no reason", ERR_AUTH_BAD, ERR_RETRY_NEVER },
		{ "-ERR [IN-USE] locked\r\n", "locked", ERR_CONN_LIMIT, ERR_RETRY_LATER },
		{ "-ERR [LOGIN-DELAY] minimum time between mail checks\r\n", "minimum", ERR_THROTTLED,
		  ERR_RETRY_LATER },
		{ "-ERR [SYS/TEMP] try later\r\n", "try later", ERR_NET, ERR_RETRY_LATER },
		{ "-ERR bad command PASS s3cret\r\n", "not shown", ERR_AUTH_BAD, ERR_RETRY_NEVER },
		{ "-ERR \x1b[2Jno\r\n", "\\x1b[2Jno", ERR_AUTH_BAD, ERR_RETRY_NEVER },
	};
	for (size_t i = 0; i < sizeof runs / sizeof runs[0]; i++) {
		const struct script_step steps[] = { GREET,
						     CAPA("USER\r\n"),
						     S_EXPECT("^USER anna$"),
						     S_SEND("+OK\r\n"),
						     S_EXPECT("^PASS s3cret$"),
						     S_SEND(runs[i].reply),
						     QUITS }; /* one attempt, then QUIT */
		struct fixture f;
		begin(&f, steps);
		assert_false(open_source(&f));
		if (f.e.cat != runs[i].cat || f.e.retry != runs[i].retry || !strstr(f.e.text, runs[i].shown))
			fail_msg("%s became %s %d: %s", runs[i].reply, err_cat_name(f.e.cat), f.e.retry, f.e.text);
		assert_null(strstr(f.e.text, "s3cret"));
		end(&f, true);
	}
}

int main(void) {
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(only_reading_commands),
		cmocka_unit_test(plain_with_authzid_beside_other_mechanisms),
		cmocka_unit_test(no_login_as_the_admin),
		cmocka_unit_test(no_login_that_we_make),
		cmocka_unit_test(a_server_without_capa),
		cmocka_unit_test(xoauth2),
		cmocka_unit_test(refused_logins),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
