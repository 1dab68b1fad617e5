/* SPDX-License-Identifier: MIT
 *
 * test_imap_login.c - one login attempt, the right mechanism, and what refusals mean.
 */
#include "tests/unit/mail/test_imap_script.h"

/* Opens and expects success; the script says what had to be sent. */
static void opens(struct imap_test *t) {
	struct source *s = source_open(&t->ctx, &t->ep, &t->e);
	if (!s)
		fail_msg("%s (%s)", t->e.text, script_finish(t->server));
	s->ops->close(s, true);
	played(t);
}

static void fails(struct imap_test *t, enum err_cat cat, enum err_retry retry) {
	struct source *s = source_open(&t->ctx, &t->ep, &t->e);
	assert_null(s);
	if (t->e.cat != cat || t->e.retry != retry)
		fail_msg("%s/%d: %s", err_cat_name(t->e.cat), t->e.retry, t->e.text);
	assert_null(strstr(t->e.text, "geheim"));
	assert_null(strstr(t->e.text, "Z2VoZWlt"));
	if (t->e.scope < ERR_SCOPE_MAILBOX)
		fail_msg("scope of %s", t->e.text);
	played(t);
}

/* CRAM-MD5 or GSSAPI would open the admin's mailbox: design section 4. */
static void plain_with_authzid_beats_what_is_offered(void **state) {
	(void)state;
	static const struct script_step steps[] = {
		GREET("IMAP4rev1 SASL-IR AUTH=CRAM-MD5 AUTH=GSSAPI AUTH=NTLM AUTH=SCRAM-SHA-256 AUTH=PLAIN"),
		S_EXPECT("^([^ ]+) AUTHENTICATE PLAIN Ym9iAGFkbWluAGdlaGVpbQ==$"),
		S_SEND("$1 OK in\r\n"),
		CAPS("IMAP4rev1"), DELIMITER, FAREWELL };
	struct imap_test t;
	play(&t, steps);
	text_copy(t.ep.login, sizeof t.ep.login, "admin");
	text_copy(t.ep.authzid, sizeof t.ep.authzid, "bob");
	opens(&t);
}

static void plain_waits_without_sasl_ir(void **state) {
	(void)state;
	static const struct script_step steps[] = { GREET("IMAP4rev1 AUTH=CRAM-MD5 AUTH=PLAIN"),
						    S_EXPECT("^([^ ]+) AUTHENTICATE PLAIN$"),
						    S_SEND("+ \r\n"),
						    S_EXPECT("^(AGFubmEAZ2VoZWlt)$"),
						    S_SEND("* OK nearly\r\n"),
						    S_CLOSE,
						    S_END };
	struct imap_test t;
	play(&t, steps);
	fails(&t, ERR_NET, ERR_RETRY_LATER);
}

static void login_command_quotes_or_counts(void **state) {
	(void)state;
	static const struct script_step steps[] = { GREET("IMAP4rev1 AUTH=CRAM-MD5"),
						    S_EXPECT("^([^ ]+) LOGIN \"anna@example.org\" [{]8[}]$"),
						    S_SEND("+ go\r\n"),
						    S_EXPECT("^pa\"ss\\\\wd$"),
						    S_CLOSE,
						    S_END };
	struct imap_test t;
	play(&t, steps);
	text_copy(t.ep.login, sizeof t.ep.login, "anna@example.org");
	assert_true(secret_set(&t.ep.password, "pa\"ss\\wd", 8));
	fails(&t, ERR_NET, ERR_RETRY_LATER);
}

static void refuses_before_a_secret_leaves(void **state) {
	(void)state;
	static const struct script_step disabled[] = { GREET("IMAP4rev1 LOGINDISABLED AUTH=GSSAPI"), S_HANGUP, S_END };
	static const struct script_step no_plain[] = { GREET("IMAP4rev1 AUTH=CRAM-MD5 AUTH=LOGIN"), S_HANGUP, S_END };
	static const struct script_step preauth[] = {
		S_SEND("* PREAUTH welcome root\r\n"),
		S_EXPECT("^([^ ]+) CAPABILITY$"),
		S_SEND("* CAPABILITY IMAP4rev1 AUTH=PLAIN\r\n$1 OK done\r\n"),
		S_HANGUP,
		S_END };
	struct imap_test t;
	play(&t, disabled);
	fails(&t, ERR_AUTH_POLICY, ERR_RETRY_NEVER);
	play(&t, no_plain);
	text_copy(t.ep.authzid, sizeof t.ep.authzid, "bob");
	fails(&t, ERR_AUTH_POLICY, ERR_RETRY_NEVER);
	play(&t, no_plain);
	assert_true(secret_set(&t.ep.bearer, "token", 5));
	fails(&t, ERR_AUTH_POLICY, ERR_RETRY_NEVER);
	play(&t, preauth);
	fails(&t, ERR_AUTH_POLICY, ERR_RETRY_NEVER);
}

static void refusals_are_told_apart(void **state) {
	(void)state;
	static const struct {
		const char *answer;
		enum err_cat cat;
		enum err_retry retry;
	} rows[] = {
		{ "$1 NO [AUTHENTICATIONFAILED] Authentication failed.\r\n", ERR_AUTH_BAD, ERR_RETRY_NEVER },
		{ "$1 NO password 'geheim' is wrong for anna\r\n", ERR_AUTH_BAD, ERR_RETRY_NEVER },
		{ "$1 NO LOGIN failed.\r\n", ERR_AUTH_BAD, ERR_RETRY_NEVER },
		{ "$1 NO [EXPIRED] change it\r\n", ERR_AUTH_BAD, ERR_RETRY_NEVER },
		{ "$1 NO [UNAVAILABLE] Temporary authentication failure.\r\n", ERR_NET, ERR_RETRY_LATER },
		{ "$1 NO [LIMIT] later\r\n", ERR_THROTTLED, ERR_RETRY_LATER },
		{ "$1 NO [INUSE] locked\r\n", ERR_CONN_LIMIT, ERR_RETRY_LATER },
		{ "$1 NO [ALERT] Too many simultaneous connections. (Failure)\r\n", ERR_CONN_LIMIT, ERR_RETRY_LATER },
		{ "* BYE Too many connections from your address\r\n", ERR_CONN_LIMIT, ERR_RETRY_LATER },
		{ "$1 BAD what?\r\n", ERR_AUTH_POLICY, ERR_RETRY_NEVER },
		{ "+ more?\r\n", ERR_SERVER_BUG, ERR_RETRY_LATER },
	};
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		const struct script_step steps[] = { GREET(BASIC),
						     S_EXPECT("^([^ ]+) AUTHENTICATE PLAIN AGFubmEAZ2VoZWlt$"),
						     { SCRIPT_SEND, rows[i].answer, 0 },
						     S_HANGUP,
						     S_END };
		struct imap_test t;
		play(&t, steps);
		fails(&t, rows[i].cat, rows[i].retry);
	}
}

static void bearers(void **state) {
	(void)state;
	/* user=anna^Aauth=Bearer tok^A^A */
	static const struct script_step xoauth2[] = {
		GREET("IMAP4rev1 SASL-IR AUTH=PLAIN AUTH=OAUTHBEARER AUTH=XOAUTH2"),
		S_EXPECT("^([^ ]+) AUTHENTICATE XOAUTH2 dXNlcj1hbm5hAWF1dGg9QmVhcmVyIHRvawEB$"),
		S_SEND("$1 OK in\r\n"), CAPS("IMAP4rev1"), DELIMITER, FAREWELL };
	/* {"status":"401","schemes":"bearer"} */
	static const struct script_step expired[] = {
		GREET("IMAP4rev1 SASL-IR AUTH=XOAUTH2"), S_EXPECT("^([^ ]+) AUTHENTICATE XOAUTH2 .*$"),
		S_SEND("+ eyJzdGF0dXMiOiI0MDEiLCJzY2hlbWVzIjoiYmVhcmVyIn0=\r\n"), S_EXPECT("^()$"),
		S_SEND("* OK hm\r\n"), S_HANGUP, S_END };
	/* n,a=an=3Dna=2C,^Ahost=127.0.0.1^Aport=...; the answer to the error is ^A */
	static const struct script_step oauthbearer[] = {
		GREET("IMAP4rev1 AUTH=OAUTHBEARER"), S_EXPECT("^([^ ]+) AUTHENTICATE OAUTHBEARER$"), S_SEND("+ \r\n"),
		S_EXPECT("^bixhPWFuPTNEbmE9MkMsAWhvc3Q9MTI3LjAuMC4xAXBvcnQ9[A-Za-z0-9+/]+=*$"),
		S_SEND("+ eyJzdGF0dXMiOiJpbnZhbGlkX3Rva2VuIn0=\r\n"), S_EXPECT("^AQ==$"), S_HANGUP, S_END };
	struct imap_test t;
	play(&t, xoauth2);
	assert_true(secret_set(&t.ep.bearer, "tok", 3));
	opens(&t);
	/* The tag cannot be captured twice; a hang-up after the dummy answer proves that it was asked for once. */
	play(&t, expired);
	assert_true(secret_set(&t.ep.bearer, "tok", 3));
	t.ctx.timeouts.idle_ms = 300;
	fails(&t, ERR_NET, ERR_RETRY_LATER);
	play(&t, oauthbearer);
	text_copy(t.ep.login, sizeof t.ep.login, "an=na,");
	assert_true(secret_set(&t.ep.bearer, "tok", 3));
	t.ctx.timeouts.idle_ms = 300;
	fails(&t, ERR_NET, ERR_RETRY_LATER);
}

static void a_refused_token_is_final(void **state) {
	(void)state;
	static const struct script_step steps[] = { GREET("IMAP4rev1 SASL-IR AUTH=XOAUTH2"),
						    S_EXPECT("^([^ ]+) AUTHENTICATE XOAUTH2 .*$"),
						    S_SEND("+ eyJzdGF0dXMiOiI0MDEiLCJzY2hlbWVzIjoiYmVhcmVyIn0=\r\n"
							   "$1 NO tok is bad\r\n"),
						    S_HANGUP, S_END };
	struct imap_test t;
	play(&t, steps);
	assert_true(secret_set(&t.ep.bearer, "tok", 3));
	assert_null(source_open(&t.ctx, &t.ep, &t.e));
	assert_int_equal(t.e.cat, ERR_TOKEN_EXPIRED);
	assert_int_equal(t.e.retry, ERR_RETRY_NEVER);
	assert_non_null(strstr(t.e.text, "401"));
	assert_non_null(strstr(t.e.text, "*** is bad"));
	played(&t);
}

static bool add_name(void *arg, const struct folder_info *f, struct err *e) {
	char *names = arg;
	(void)e;
	snprintf(names + strlen(names), 256 - strlen(names), "%s%s ", f->display,
		 f->attrs & ATTR_SUBSCRIBED ? "*" : "");
	return true;
}

static void namespaces_and_id(void **state) {
	(void)state;
	/* Cyrus: personal "INBOX.", others "user.", shared "" */
	static const struct script_step steps[] = {
		GREET(BASIC),
		LOGIN_OK,
		CAPS("IMAP4rev1 ID NAMESPACE"),
		S_EXPECT("^([^ ]+) ID [(]\"name\" \"mailvan\"[)]$"),
		S_SEND("* ID NIL\r\n$1 OK done\r\n"),
		S_EXPECT("^([^ ]+) NAMESPACE$"),
		S_SEND("* NAMESPACE ((\"INBOX.\" \".\" \"X\" (\"y\"))) ((\"user.\" \".\")) ((\"\" \".\"))\r\n$1 OK "
		       "done\r\n"),
		S_EXPECT("^([^ ]+) LIST \"\" \"[*]\"$"),
		S_SEND("* LIST () \".\" INBOX\r\n* LIST () \".\" INBOX.Sent\r\n* LIST () \".\" user.bob\r\n"
		       "* LIST () \".\" user\r\n* LIST () \".\" news.comp\r\n$1 OK done\r\n"),
		S_EXPECT("^([^ ]+) LSUB \"\" \"[*]\"$"),
		S_SEND("* LSUB () \".\" INBOX.Sent\r\n* LSUB () \".\" INBOX.Gone\r\n$1 OK done\r\n"),
		FAREWELL
	};
	struct imap_test t;
	struct source *s = play_source(&t, steps);
	const char *prefix;
	char delimiter;
	s->ops->namespace(s, &prefix, &delimiter);
	assert_string_equal(prefix, "INBOX.");
	assert_int_equal(delimiter, '.');
	char names[256] = "";
	assert_true(s->ops->list(s, false, add_name, names, &t.e));
	assert_string_equal(names, "INBOX INBOX/Sent* ");
	s->ops->close(s, true);
	played(&t);
}

int main(void) {
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(plain_with_authzid_beats_what_is_offered),
		cmocka_unit_test(plain_waits_without_sasl_ir),
		cmocka_unit_test(login_command_quotes_or_counts),
		cmocka_unit_test(refuses_before_a_secret_leaves),
		cmocka_unit_test(refusals_are_told_apart),
		cmocka_unit_test(bearers),
		cmocka_unit_test(a_refused_token_is_final),
		cmocka_unit_test(namespaces_and_id),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
