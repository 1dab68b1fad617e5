/* SPDX-License-Identifier: MIT
 *
 * test_sign_in.c - mailboxes opened with a tenant's token that is in the vault: what is sent, when another token is
 * asked for, and what a refusal says. e2e_xoauth.sh does it with real tokens.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <sodium.h>
#include <stdlib.h>
#include <string.h>

#include "core/store/tenant_mail.h"
#include "tests/servers/quirk_world_lib.h"

static const struct quirks good = { 0 };
#define EXCHANGE_ROLES "\"IMAP.AccessAsApp\",\"Exchange.ManageAsApp\""

/* Nothing listens at its authority: whoever asks for another token is told so. */
static int64_t a_tenant(struct quirk_world *w) {
	struct tenant t = { .sign_in = SIGN_IN_SECRET, .name = "contoso.test", .authority = "http://127.0.0.1:1",
			    .client_id = "aaaaaaaa-bbbb-cccc-dddd-eeeeeeeeeeee" };
	struct secret secret = { 0 };
	struct err e;
	assert_true(secret_set(&secret, "s3cret", 6));
	if (!tenant_save(w->store, &t, &secret, NULL, &e))
		fail_msg("%s", e.text);
	secret_clear(&secret);
	return t.id;
}

/* Valid for an hour, obtained so long ago. */
static void give_token(struct quirk_world *w, int64_t tenant, const char *roles, int64_t age_ms) {
	char claims[300], middle[500], token[600];
	struct token_row row = { .obtained = wall_ms() - age_ms, .expires = wall_ms() + 3600000 };
	struct err e;
	snprintf(claims, sizeof claims, "{\"aud\":\"https://outlook.office365.com\",\"idtyp\":\"app\",\"roles\":[%s]}",
		 roles);
	sodium_bin2base64(middle, sizeof middle, (unsigned char *)claims, strlen(claims),
			  sodium_base64_VARIANT_URLSAFE_NO_PADDING);
	snprintf(token, sizeof token, "eyJhbGciOiJSUzI1NiJ9.%s.c2lnbmF0dXJl", middle);
	assert_true(secret_set(&row.access, token, strlen(token)));
	if (!token_put(w->store, tenant, TOKEN_EXCHANGE, &row, &e))
		fail_msg("%s", e.text);
	secret_clear(&row.access);
}

static int64_t a_row(struct quirk_world *w, int64_t tenant) {
	struct mailbox_spec *spec = calloc(1, sizeof *spec);
	struct add_result added;
	struct err e;
	assert_non_null(spec);
	snprintf(spec->source_identity, sizeof spec->source_identity, "anna@old.example");
	snprintf(spec->target_identity, sizeof spec->target_identity, "anna@contoso.test");
	world_endpoint(&spec->source, w->source, "anna");
	world_endpoint(&spec->target, w->target, "");
	secret_clear(&spec->target.password);
	spec->target.tenant = tenant;
	if (!mailboxes_add(w->store, spec, 1, &added, &e))
		fail_msg("%s", e.text);
	endpoint_clear(&spec->source);
	endpoint_clear(&spec->target);
	free(spec);
	return 1;
}

static bool opens(struct quirk_world *w, const char *roles, int64_t age_ms, struct err *e) {
	struct mail_context ctx = { .net = w->net, .log = w->log, .stop = &w->stop };
	int64_t tenant = a_tenant(w);
	give_token(w, tenant, roles, age_ms);
	assert_true(stop_init(&w->stop, NULL));
	bool ok = engine_test(w->store, a_row(w, tenant), &ctx, NULL, e);
	stop_free(&w->stop);
	assert_null(strstr(e->text, "eyJ"));
	return ok;
}

static void refused(struct quirk_world *w, const char *said, const char *roles, int64_t age_ms, struct err *e) {
	static struct quirk_rule rules[2];
	static struct quirks target; /* the server outlives this function */
	rules[0] = (struct quirk_rule){ .verb = "AUTHENTICATE", .text = said };
	target = quirk_exchange_online;
	target.rules = rules;
	world_servers(w, &good, &target);
	assert_false(opens(w, roles, age_ms, e));
	quirk_become(w->target, &good);
}

static bool says(const struct err *e, const char *text) {
	if (!strstr(e->text, text))
		print_error("%s: %s\n", err_cat_name(e->cat), e->text);
	return strstr(e->text, text) != NULL;
}

/* user= is the mailbox, and nothing else is sent. */
static void the_mailbox_is_named_in_the_response(void **state) {
	struct quirk_world *w = *state;
	struct err e = { 0 };
	char user[64];
	world_servers(w, &good, &quirk_exchange_online);
	assert_true(opens(w, EXCHANGE_ROLES, 0, &e));
	sodium_bin2base64(user, sizeof user, (const unsigned char *)"user=anna@contoso.test\1auth=Bearer ", 33,
			  sodium_base64_VARIANT_ORIGINAL);
	assert_int_equal(quirk_count(w->target, "AUTHENTICATE", "XOAUTH2 "), 1);
	assert_int_equal(quirk_count(w->target, "AUTHENTICATE", user), 1);
	assert_int_equal(quirk_count(w->target, "AUTHENTICATE", NULL), 1);
	assert_int_equal(quirk_count(w->target, "LOGIN", NULL), 0);
}

/* A token of just now was not refused for its age. */
static void a_new_token_is_tried_once(void **state) {
	struct quirk_world *w = *state;
	struct err e;
	refused(w, "NO AUTHENTICATE failed.", EXCHANGE_ROLES, 0, &e);
	assert_int_equal(quirk_count(w->target, "AUTHENTICATE", NULL), 1);
	assert_int_equal(e.cat, ERR_NO_PERMISSION);
	assert_int_equal(e.scope, ERR_SCOPE_MAILBOX);
	assert_int_equal(e.retry, ERR_RETRY_NEVER);
	assert_true(says(&e, "NO AUTHENTICATE failed"));
	assert_true(says(&e, "give FullAccess to the app's service principal"));
}

static void an_old_token_is_replaced_first(void **state) {
	struct quirk_world *w = *state;
	struct err e;
	refused(w, "NO AUTHENTICATE failed.", EXCHANGE_ROLES, 600000, &e);
	assert_int_equal(quirk_count(w->target, "AUTHENTICATE", NULL), 1);
	assert_int_equal(e.cat, ERR_NET); /* the authority was asked, and is not there */
}

static void a_missing_role_is_named(void **state) {
	struct quirk_world *w = *state;
	struct err e;
	refused(w, "NO AUTHENTICATE failed.", "\"IMAP.AccessAsApp.Not\",\"Exchange.ManageAsApp\"", 0, &e);
	assert_int_equal(e.cat, ERR_NO_PERMISSION);
	assert_int_equal(e.retry, ERR_RETRY_NEVER);
	assert_true(says(&e, "lacks the permission IMAP.AccessAsApp:"));
	assert_true(says(&e, "Exchange.ManageAsApp"));
}

/* Other troubles stay what they are. */
static void a_throttled_login_is_no_missing_right(void **state) {
	struct quirk_world *w = *state;
	struct err e;
	refused(w, "NO Request is throttled. Suggested Backoff Time: 300 milliseconds", EXCHANGE_ROLES, 0, &e);
	assert_int_equal(e.cat, ERR_THROTTLED);
	assert_int_equal(e.wait_ms, 300);
}

static void not_connected_says_what_to_grant(void **state) {
	static const struct quirk_rule rules[] = {
		{ .verb = "NAMESPACE", .text = "BAD User is authenticated but not connected." }, { 0 }
	};
	struct quirk_world *w = *state;
	static struct quirks target; /* the server outlives this function */
	struct err e;
	target = quirk_exchange_online;
	target.rules = rules;
	world_servers(w, &good, &target);
	assert_false(opens(w, EXCHANGE_ROLES, 0, &e));
	quirk_become(w->target, &good);
	assert_int_equal(e.cat, ERR_NO_PERMISSION);
	assert_int_equal(e.retry, ERR_RETRY_LATER);
	assert_true(says(&e, "takes the token of contoso.test, but does not open anna@contoso.test"));
	assert_true(says(&e, "IMAP is on"));
}

int main(void) {
	const struct CMUnitTest tests[] = {
		WORLD_TEST(the_mailbox_is_named_in_the_response),
		WORLD_TEST(a_new_token_is_tried_once),
		WORLD_TEST(an_old_token_is_replaced_first),
		WORLD_TEST(a_missing_role_is_named),
		WORLD_TEST(a_throttled_login_is_no_missing_right),
		WORLD_TEST(not_connected_says_what_to_grant),
	};
	cmocka_set_test_filter(getenv("MAILVAN_TEST_ONLY"));
	return cmocka_run_group_tests(tests, NULL, NULL);
}
