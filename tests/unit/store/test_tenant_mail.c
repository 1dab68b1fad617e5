/* SPDX-License-Identifier: MIT
 *
 * test_tenant_mail.c - mailboxes that a tenant's token opens: what their endpoints are made of, and whose password or
 * token counts.
 */
#include "core/store/commands.h"
#include "core/store/tenant_mail.h"
#include "tests/unit/store/open_project.h"

static int64_t contoso;

static int setup(void **state) {
	struct err e;
	struct secret secret = { 0 };
	struct tenant t = { .sign_in = SIGN_IN_SECRET, .name = "contoso.test", .imap = "imap.contoso.test:1993",
			    .client_id = "aaaaaaaa-bbbb-cccc-dddd-eeeeeeeeeeee", .ca_file = "/contoso.pem" };
	project_setup(state);
	assert_true(secret_set(&secret, "s3cret", 6));
	MUST(tenant_save(s, &t, &secret, NULL, &e));
	secret_clear(&secret);
	contoso = t.id;
	return 0;
}

static void the_list_finds_by_name(void **state) {
	struct err e;
	struct tenant_list l, copy;
	(void)state;
	MUST(tenant_list_load(s, &l, &e));
	assert_int_equal(l.count, 1);
	assert_true(tenant_list_copy(&copy, &l));
	assert_int_equal(tenant_list_find(&copy, "CONTOSO.test", &e)->id, contoso);
	assert_null(tenant_list_find(&copy, "fabrikam.test", &e));
	assert_int_equal(e.cat, ERR_INPUT);
	assert_non_null(strstr(e.text, "mailvan tenant add fabrikam.test"));
	assert_null(tenant_list_find(NULL, "contoso.test", &e));
	tenant_list_free(&copy);
	tenant_list_free(&l);
}

static struct endpoint by_tenant(enum proto proto, const char *server) {
	struct err e;
	struct tenant t;
	struct endpoint ep;
	endpoint_init(&ep);
	ep.proto = proto;
	if (server)
		MUST(endpoint_parse_server(&ep, server, &e));
	MUST(tenant_get(s, contoso, &t, &e));
	MUST(tenant_endpoint(&t, &ep, &e));
	assert_int_equal(ep.tenant, contoso);
	assert_string_equal(ep.ca_file, "/contoso.pem");
	return ep;
}

static void an_endpoint_takes_what_it_lacks(void **state) {
	char url[300];
	struct endpoint ep = by_tenant(PROTO_IMAP, NULL);
	(void)state;
	endpoint_url(url, sizeof url, &ep);
	assert_string_equal(url, "imaps://imap.contoso.test:1993");
	ep = by_tenant(PROTO_POP3, NULL);
	endpoint_url(url, sizeof url, &ep);
	assert_string_equal(url, "pop3s://imap.contoso.test:995");
	ep = by_tenant(PROTO_IMAP, "pop3s://other.example:9995");
	endpoint_url(url, sizeof url, &ep);
	assert_string_equal(url, "pop3s://other.example:9995");
}

/* The endpoint that the row runs against. password: of the row's target; NULL = none. */
static struct endpoint target_of(const char *identity, const char *server, const char *password) {
	struct err e;
	struct mailbox_spec *spec = calloc(1, sizeof *spec);
	struct endpoint source, target;
	struct add_result added;
	uint64_t n;
	assert_non_null(spec);
	endpoint_init(&spec->source);
	endpoint_init(&spec->target);
	text_copy(spec->source_identity, sizeof spec->source_identity, identity);
	text_copy(spec->target_identity, sizeof spec->target_identity, identity);
	text_copy(spec->source.host, sizeof spec->source.host, "old.example");
	text_copy(spec->source.login, sizeof spec->source.login, identity);
	if (server)
		MUST(endpoint_parse_server(&spec->target, server, &e));
	if (password)
		assert_true(secret_set(&spec->target.password, password, strlen(password)));
	MUST(mailboxes_add(s, spec, 1, &added, &e));
	assert_int_equal(added.added, 1);
	MUST(mailboxes_count(s, &(struct mailbox_filter){ 0 }, &n, &e));
	MUST(mailbox_endpoints(s, (int64_t)n, &source, &target, &e));
	endpoint_clear(&spec->source);
	endpoint_clear(&spec->target);
	endpoint_clear(&source);
	free(spec);
	return target;
}

static void the_projects_tenant_opens_rows_without_a_password(void **state) {
	struct err e;
	struct target_settings t = { .server = by_tenant(PROTO_IMAP, NULL) };
	(void)state;
	MUST(target_settings_set(s, &t, NULL, &e));
	struct endpoint ep = target_of("anna@contoso.test", NULL, NULL);
	assert_int_equal(ep.tenant, contoso);
	assert_string_equal(ep.host, "imap.contoso.test");
	assert_int_equal(ep.port, 1993);
	assert_string_equal(ep.login, "anna@contoso.test");
	assert_string_equal(ep.authzid, "");
	assert_false(secret_present(&ep.password) || secret_present(&ep.bearer));
	endpoint_clear(&ep);
	ep = target_of("bob@contoso.test", NULL, "own"); /* what a row says counts more */
	assert_int_equal(ep.tenant, 0);
	assert_string_equal(ep.password.data, "own");
	endpoint_clear(&ep);
	ep = target_of("carla@contoso.test", "other.example", NULL);
	assert_int_equal(ep.tenant, 0);
	assert_string_equal(ep.host, "other.example");
	endpoint_clear(&ep);
}

static void a_tenant_and_an_admin_exclude_each_other(void **state) {
	struct err e;
	struct target_settings t = { .server = by_tenant(PROTO_IMAP, NULL), .admin = ADMIN_AUTHZID };
	(void)state;
	text_copy(t.server.login, sizeof t.server.login, "root");
	REFUSED(target_settings_set(s, &t, NULL, &e), ERR_INPUT);
}

/* Secrets of mailboxes and of tenants are told apart by their purpose: both have a row 1. */
static void a_removed_mailbox_leaves_the_tenants_secret(void **state) {
	struct err e;
	struct command_result result;
	struct secret secret = { 0 }, none = { 0 };
	(void)state;
	struct endpoint ep = target_of("anna@contoso.test", "other.example", "own");
	endpoint_clear(&ep);
	assert_int_equal(contoso, 1);
	MUST(command_issue(s, CMD_REMOVE, &(struct mailbox_filter){ 0 }, "test", &result, &e));
	assert_int_equal(result.affected, 1);
	MUST(tenant_secrets(s, contoso, &secret, &none, &e));
	assert_string_equal(secret.data, "s3cret");
	secret_clear(&secret);
	secret_clear(&none);
}

int main(void) {
#define T(name) cmocka_unit_test_setup_teardown(name, setup, project_teardown)
	const struct CMUnitTest tests[] = {
		T(the_list_finds_by_name),
		T(an_endpoint_takes_what_it_lacks),
		T(the_projects_tenant_opens_rows_without_a_password),
		T(a_tenant_and_an_admin_exclude_each_other),
		T(a_removed_mailbox_leaves_the_tenants_secret),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
