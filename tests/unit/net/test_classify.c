/* SPDX-License-Identifier: MIT
 *
 * test_classify.c - what servers are known to say, and what it means.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>

#include "core/net/classify.h"

static const struct {
	const char *line;
	enum err_cat cat;
	enum err_retry retry;
	unsigned wait_ms;
} known[] = {
	{ "a NO Request is throttled. Suggested Backoff Time: 299961 milliseconds",
	  ERR_THROTTLED, ERR_RETRY_LATER, 299961 },
	{ "a BAD Request is throttled. Suggested Backoff Time: 0 milliseconds\r\n", ERR_THROTTLED, ERR_RETRY_LATER, 0 },
	{ "x NO Suggested Backoff Time: 99999999999999999999999 milliseconds", ERR_THROTTLED, ERR_RETRY_LATER,
	  NET_WAIT_MAX_MS },
	{ "x NO Suggested Backoff Time: soon", ERR_THROTTLED, ERR_RETRY_LATER, 60000 },
	{ "a NO Server Unavailable. 15", ERR_THROTTLED, ERR_RETRY_LATER, 60000 },
	{ "a BAD User is authenticated but not connected.", ERR_NO_PERMISSION, ERR_RETRY_LATER, 60000 },
	{ "a NO Maximum size of appendable message has been exceeded.", ERR_TOO_LARGE, ERR_RETRY_NEVER, 0 },
	{ "a NO Message size exceeds fixed maximum message size. Size: 9 KB, Max size: 8 KB", ERR_TOO_LARGE,
	  ERR_RETRY_NEVER, 0 },
	{ "a NO Message too large", ERR_TOO_LARGE, ERR_RETRY_NEVER, 0 },
	{ "a NO the message is too big for this server", ERR_TOO_LARGE, ERR_RETRY_NEVER, 0 },
	{ "a NO Too many user flags in mailbox", ERR_BAD_CONTENT, ERR_RETRY_NEVER, 0 },
	{ "a NO [LIMIT] Too many user flags in mailbox", ERR_BAD_CONTENT, ERR_RETRY_NEVER, 0 },
	{ "a NO Too many identical emails", ERR_OVER_QUOTA, ERR_RETRY_NEVER, 0 },
	{ "a BAD Command received in Invalid state.", ERR_NET, ERR_RETRY_NOW, 0 },
	{ "a NO [ALERT] Too many simultaneous connections. (Failure)", ERR_CONN_LIMIT, ERR_RETRY_LATER, 60000 },
	{ "a NO [OVERQUOTA] Account exceeded command or bandwidth limits. (Failure)", ERR_DAILY_BUDGET, ERR_RETRY_LATER,
	  3600000 },
	{ "a NO [OVERQUOTA] Quota exceeded (mailbox for user is full)", ERR_OVER_QUOTA, ERR_RETRY_NEVER, 0 },
	{ "a NO [UNAVAILABLE] Maximum number of connections from user+IP exceeded (mail_max_userip_connections=10)",
	  ERR_CONN_LIMIT, ERR_RETRY_LATER, 0 },
	{ "a NO [UNAVAILABLE] Temporary authentication failure. [host:2026]", ERR_NET, ERR_RETRY_LATER, 0 },
	{ "* BYE [LIMIT] UID FETCH Rate limit hit.", ERR_THROTTLED, ERR_RETRY_LATER, 0 },
	{ "a NO [INUSE] mailbox locked", ERR_CONN_LIMIT, ERR_RETRY_LATER, 0 },
	{ "a NO [AUTHENTICATIONFAILED] Authentication failed.", ERR_AUTH_BAD, ERR_RETRY_NEVER, 0 },
	{ "a no [authenticationfailed] nope", ERR_AUTH_BAD, ERR_RETRY_NEVER, 0 },
	{ "[AUTHENTICATIONFAILED] nope", ERR_AUTH_BAD, ERR_RETRY_NEVER, 0 },
	{ "a NO [PRIVACYREQUIRED] Plaintext authentication disallowed", ERR_AUTH_POLICY, ERR_RETRY_NEVER, 0 },
	{ "a NO LOGIN failed.", ERR_AUTH_BAD, ERR_RETRY_NEVER, 0 },
	{ "a NO [NOPERM] Permission denied", ERR_NO_PERMISSION, ERR_RETRY_NEVER, 0 },
	{ "a NO [TOOBIG] message too large", ERR_TOO_LARGE, ERR_RETRY_NEVER, 0 },
	{ "-ERR [IN-USE] Mailbox is locked", ERR_CONN_LIMIT, ERR_RETRY_LATER, 0 },
	{ "-ERR [LOGIN-DELAY] wait", ERR_THROTTLED, ERR_RETRY_LATER, 0 },
	{ "-ERR [SYS/TEMP] later", ERR_NET, ERR_RETRY_LATER, 0 },
	{ "-ERR [SYS/PERM] account disabled", ERR_AUTH_POLICY, ERR_RETRY_NEVER, 0 },
	{ "-ERR [AUTH] Authentication failed.", ERR_AUTH_BAD, ERR_RETRY_NEVER, 0 },
	{ "-ERR Logon failure: unknown user name or bad password.", ERR_AUTH_BAD, ERR_RETRY_NEVER, 0 },
};

static void known_lines(void **state) {
	(void)state;
	for (size_t i = 0; i < sizeof known / sizeof *known; i++) {
		struct err e;
		err_set(&e, ERR_SERVER_BUG, "before");
		e.wait_ms = 7;
		if (!net_classify_text(known[i].line, &e))
			fail_msg("not known: %s", known[i].line);
		if (e.cat != known[i].cat || e.retry != known[i].retry || e.wait_ms != known[i].wait_ms)
			fail_msg("%s: %s retry %d wait %u", known[i].line, err_cat_name(e.cat), e.retry, e.wait_ms);
		assert_string_equal(e.text, "before");
	}
}

static void unknown_lines_change_nothing(void **state) {
	static const char *const lines[] = {
		"", " ", "[", "a NO", "a NO [", "a NO []", "a NO [X-NEW] what", "a NO [AUTHENTICATION] close, but no",
		"a NO [LIMITED] not LIMIT", "* BYE goodbye", "-ERR no", "a NO the word [INUSE] too late in the line",
	};
	(void)state;
	for (size_t i = 0; i < sizeof lines / sizeof *lines; i++) {
		struct err e, before;
		err_set(&e, ERR_FOLDER_NAME, "before");
		e.wait_ms = 7;
		before = e;
		if (net_classify_text(lines[i], &e))
			fail_msg("\"%s\" became %s", lines[i], err_cat_name(e.cat));
		assert_memory_equal(&e, &before, sizeof e);
	}
}

static void the_scope_comes_from_the_row(void **state) {
	struct err e;
	(void)state;
	err_set(&e, ERR_NET, "x");
	assert_true(net_classify_text("a NO [AUTHORIZATIONFAILED] not yours", &e));
	assert_int_equal(e.cat, ERR_NO_PERMISSION);
	assert_int_equal(e.scope, ERR_SCOPE_MAILBOX);
	assert_true(net_classify_text("a NO [NOPERM] not this folder", &e));
	assert_int_equal(e.scope, ERR_SCOPE_FOLDER);
}

static void a_named_time_is_told_from_a_usual_one(void **state) {
	struct err e;
	(void)state;
	err_set(&e, ERR_NET, "x");
	assert_true(net_classify_text("a NO Request is throttled. Suggested Backoff Time: 299961 milliseconds", &e));
	assert_true(e.wait_named && e.wait_ms == 299961);
	assert_true(net_classify_text("a NO Server Unavailable. 15", &e));
	assert_false(e.wait_named);
	assert_int_equal(e.wait_ms, 60000);
	assert_true(net_classify_text("ErrorServerBusy <Value Name=\"BackOffMilliseconds\">297749</Value>", &e));
	assert_true(e.wait_named && e.wait_ms == 297749);
	assert_true(net_classify_text("429 TooManyRequests, Retry-After: 10", &e));
	assert_true(e.wait_named && e.wait_ms == 10000);
	assert_true(net_classify_text("429 TooManyRequests, Retry-After: 99999999", &e));
	assert_true(e.wait_named && e.wait_ms == NET_WAIT_MAX_MS);
}

/* Whose limit it is decides who is held back. */
static void the_server_or_the_account_is_meant(void **state) {
	static const struct {
		const char *line;
		enum err_scope scope;
	} lines[] = {
		{ "* BYE Too many connections from your address", ERR_SCOPE_SERVER },
		{ "* BYE Too many open connections", ERR_SCOPE_SERVER },
		{ "* BYE server too busy", ERR_SCOPE_SERVER },
		{ "a NO [ALERT] Too many simultaneous connections. (Failure)", ERR_SCOPE_MAILBOX },
		{ "a NO [UNAVAILABLE] Maximum number of connections from user+IP exceeded", ERR_SCOPE_MAILBOX },
		{ "a NO Request is throttled. Suggested Backoff Time: 1 milliseconds", ERR_SCOPE_MAILBOX },
		{ "a NO [INUSE] mailbox locked", ERR_SCOPE_MAILBOX },
	};
	(void)state;
	for (size_t i = 0; i < sizeof lines / sizeof *lines; i++) {
		struct err e;
		err_set(&e, ERR_NET, "x");
		if (!net_classify_text(lines[i].line, &e) || e.scope != lines[i].scope)
			fail_msg("%s: scope %d", lines[i].line, e.scope);
	}
}

int main(void) {
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(known_lines),
		cmocka_unit_test(unknown_lines_change_nothing),
		cmocka_unit_test(the_scope_comes_from_the_row),
		cmocka_unit_test(a_named_time_is_told_from_a_usual_one),
		cmocka_unit_test(the_server_or_the_account_is_meant),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
