/* SPDX-License-Identifier: MIT
 *
 * test_tenants.c - tenants, their secrets and tokens in the store; what goes with one that is removed.
 */
#include "core/store/sealed.h"
#include "core/store/tenants.h"
#include "tests/unit/store/open_project.h"

#define CLIENT "aaaaaaaa-bbbb-cccc-dddd-eeeeeeeeeeee"

static struct secret secret_of(const char *text) {
	struct secret made = { 0 };
	assert_true(secret_set(&made, text, strlen(text)));
	return made;
}

static struct tenant a_tenant(const char *name) {
	struct tenant t = { .sign_in = SIGN_IN_SECRET };
	text_copy(t.name, sizeof t.name, name);
	text_copy(t.client_id, sizeof t.client_id, CLIENT);
	return t;
}

static int64_t add(const char *name) {
	struct err e;
	struct tenant t = a_tenant(name);
	struct secret secret = secret_of("s3cret");
	MUST(tenant_save(s, &t, &secret, NULL, &e));
	secret_clear(&secret);
	assert_true(t.id > 0);
	return t.id;
}

static void put_token(int64_t id, enum token_resource r, const char *text) {
	struct err e;
	struct token_row row = { .access = secret_of(text), .obtained = 1000, .expires = 2000 };
	text_copy(row.who, sizeof row.who, "an app");
	text_copy(row.roles, sizeof row.roles, "A B");
	MUST(token_put(s, id, r, &row, &e));
	token_row_clear(&row);
}

static void expect_token(int64_t id, enum token_resource r, const char *text) {
	struct err e;
	struct token_row row;
	bool found;
	MUST(token_get(s, id, r, true, &row, &found, &e));
	assert_int_equal(found, text != NULL);
	if (text) {
		assert_string_equal(row.access.data, text);
		assert_string_equal(row.roles, "A B");
	}
	token_row_clear(&row);
}

static void test_defaults_and_reading_back(void **state) {
	(void)state;
	struct err e;
	struct tenant t, back;
	struct secret secret = { 0 }, certificate = { 0 };
	int64_t id = add("Contoso.COM");
	MUST(tenant_get(s, id, &t, &e));
	assert_string_equal(t.name, "contoso.com");
	assert_string_equal(t.authority, TENANT_AUTHORITY);
	assert_string_equal(t.graph, TENANT_GRAPH);
	assert_string_equal(t.exchange, TENANT_EXCHANGE);
	assert_string_equal(t.imap, TENANT_IMAP);
	assert_true(t.added > 0);
	MUST(tenant_seen(s, id, "g-u-i-d", "", "van", &e));
	MUST(tenant_seen(s, id, "", "Contoso Ltd", "", &e));
	MUST(tenant_find(s, "CONTOSO.com", &back, &e));
	assert_string_equal(back.guid, "g-u-i-d");
	assert_string_equal(back.company, "Contoso Ltd");
	assert_string_equal(back.who, "van");
	MUST(tenant_secrets(s, id, &secret, &certificate, &e));
	assert_string_equal(secret.data, "s3cret");
	assert_false(secret_present(&certificate));
	secret_clear(&secret);
	/* The secret is nowhere in clear. */
	char command[256];
	MUST(store_flush(s, &e));
	snprintf(command, sizeof command, "grep -raqF s3cret %s", dir);
	assert_int_not_equal(system(command), 0);
}

static void test_what_is_refused(void **state) {
	(void)state;
	struct err e;
	static const char *const names[] = { "", "a b", "../etc", "contoso.com/x", "a@b", ".x", "b\xC3\xBC.de" };
	for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
		struct tenant t = a_tenant(names[i]);
		REFUSED(tenant_save(s, &t, NULL, NULL, &e), ERR_INPUT);
	}
	static const char *const urls[] = { "http://graph.microsoft.com",
					    "graph.microsoft.com",
					    "https://a b",
					    "https://u@h",
					    "https://h?x",
					    "https://h#x" };
	for (size_t i = 0; i < sizeof urls / sizeof *urls; i++) {
		struct tenant t = a_tenant("contoso.com");
		text_copy(t.graph, sizeof t.graph, urls[i]);
		REFUSED(tenant_save(s, &t, NULL, NULL, &e), ERR_INPUT);
	}
	struct tenant t = a_tenant("contoso.com");
	text_copy(t.imap, sizeof t.imap, "host");
	REFUSED(tenant_save(s, &t, NULL, NULL, &e), ERR_INPUT);
	t = a_tenant("contoso.com");
	text_copy(t.client_id, sizeof t.client_id, "my app");
	REFUSED(tenant_save(s, &t, NULL, NULL, &e), ERR_INPUT);
	t = a_tenant("contoso.com");
	t.sign_in = 0;
	REFUSED(tenant_save(s, &t, NULL, NULL, &e), ERR_INPUT);
	t = a_tenant("contoso.com");
	text_copy(t.graph, sizeof t.graph, "https://127.0.0.1:8443//");
	MUST(tenant_save(s, &t, NULL, NULL, &e));
	assert_string_equal(t.graph, "https://127.0.0.1:8443");
	struct tenant again = a_tenant("CONTOSO.com");
	REFUSED(tenant_save(s, &again, NULL, NULL, &e), ERR_INPUT);
	REFUSED(tenant_get(s, 99, &t, &e), ERR_INPUT);
}

static void test_which_one_is_meant(void **state) {
	(void)state;
	struct err e;
	struct tenant t;
	REFUSED(tenant_find(s, NULL, &t, &e), ERR_INPUT);
	assert_non_null(strstr(e.text, "tenant add"));
	add("one.example");
	MUST(tenant_find(s, "", &t, &e));
	assert_string_equal(t.name, "one.example");
	add("two.example");
	REFUSED(tenant_find(s, NULL, &t, &e), ERR_INPUT);
	assert_non_null(strstr(e.text, "--tenant"));
	MUST(setting_set(s, "tenant", "two.example", &e));
	MUST(tenant_find(s, NULL, &t, &e));
	assert_string_equal(t.name, "two.example");
	MUST(tenant_find(s, "one.example", &t, &e));
	assert_string_equal(t.name, "one.example");
	REFUSED(tenant_find(s, "three.example", &t, &e), ERR_INPUT);
	MUST(tenant_find(s, "two.example", &t, &e));
	MUST(tenant_remove(s, t.id, &e));
	add("three.example");
	REFUSED(tenant_find(s, NULL, &t, &e), ERR_INPUT);
	assert_non_null(strstr(e.text, "--tenant"));
}

static void test_tokens_go_with_the_sign_in(void **state) {
	(void)state;
	struct err e;
	struct tenant t;
	struct secret refresh = secret_of("refresh-1"), other = secret_of("other"), back = { 0 }, none = { 0 };
	int64_t id = add("contoso.com");
	put_token(id, TOKEN_GRAPH, "graph-token");
	put_token(id, TOKEN_EXCHANGE, "exchange-token");
	MUST(refresh_token_put(s, id, &refresh, &e));
	expect_token(id, TOKEN_GRAPH, "graph-token");
	expect_token(id, TOKEN_EXCHANGE, "exchange-token");
	MUST(tenant_get(s, id, &t, &e));
	text_copy(t.company, sizeof t.company, "Contoso");
	MUST(tenant_save(s, &t, NULL, NULL, &e)); /* nothing of the sign-in changes */
	expect_token(id, TOKEN_GRAPH, "graph-token");
	MUST(tenant_save(s, &t, &other, NULL, &e));
	expect_token(id, TOKEN_GRAPH, NULL);
	expect_token(id, TOKEN_EXCHANGE, NULL);
	MUST(refresh_token_get(s, id, &back, &e));
	assert_false(secret_present(&back));
	put_token(id, TOKEN_GRAPH, "graph-token");
	text_copy(t.graph, sizeof t.graph, "https://elsewhere.example"); /* which is not to see it */
	MUST(tenant_save(s, &t, NULL, NULL, &e));
	expect_token(id, TOKEN_GRAPH, NULL);
	t.sign_in = SIGN_IN_DEVICE_CODE;
	MUST(tenant_save(s, &t, NULL, NULL, &e));
	MUST(tenant_secrets(s, id, &back, &none, &e));
	assert_false(secret_present(&back));
	secret_clear(&refresh);
	secret_clear(&other);
}

static void test_removing(void **state) {
	(void)state;
	struct err e;
	int64_t id = add("contoso.com"), other = add("other.example");
	put_token(id, TOKEN_GRAPH, "t");
	put_token(other, TOKEN_GRAPH, "t");
	run_sql(s, "INSERT INTO task(tenant, verb, label, undoes, who, state, added) VALUES(1, 'change', 'x', 0, 'me', "
		   "1, 0);"
		   "INSERT INTO task_item(task, n, verb, target, args) VALUES(1, 1, 'v', 't', '{}');"
		   "INSERT INTO secret(purpose, row, sealed) VALUES(10, 1, x'00');"
		   "INSERT INTO list_state VALUES(1, 'users', 1, 1, ''), (2, 'users', 1, 1, '');"
		   "INSERT INTO service_health VALUES(1, 'Exchange', 'ok'), (2, 'Exchange', 'ok');"
		   "INSERT INTO tenant_audit(at, who, tenant, tenant_name, task, action, target, args, outcome, text, "
		   "request_id) VALUES(1, 'me', 1, 'contoso.com', 1, 'a', 't', '{}', 'done', '', '');");
	REFUSED(tenant_remove(s, id, &e), ERR_INPUT); /* its task is running */
	assert_non_null(strstr(e.text, "task stop 1"));
	run_sql(s, "UPDATE task SET state = 3;"
		   "INSERT INTO endpoint(mailbox, side, proto, security, insecure, port, host, login, authzid, pin, "
		   "ca_file, proxy, tenant) VALUES(5, 1, 0, 0, 0, 993, 'h', '', '', '', '', '', 1);");
	REFUSED(tenant_remove(s, id, &e), ERR_INPUT); /* a mailbox signs in by it */
	run_sql(s, "DELETE FROM endpoint;");
	MUST(tenant_remove(s, id, &e));
	expect_token(id, TOKEN_GRAPH, NULL);
	expect_token(other, TOKEN_GRAPH, "t");
	assert_int_equal(query_int(dir, "SELECT count(*) FROM list_state"), 1);
	assert_int_equal(query_int(dir, "SELECT count(*) FROM service_health"), 1);
	assert_int_equal(query_int(dir, "SELECT count(*) FROM task"), 0);
	assert_int_equal(query_int(dir, "SELECT count(*) FROM task_item"), 0);
	assert_int_equal(query_int(dir, "SELECT count(*) FROM tenant_audit"), 1);
	/* What is left is the other tenant's secret and token. */
	assert_int_equal(query_int(dir, "SELECT count(*) FROM secret"), 2);
	/* A token that was on its way for it leaves nothing. */
	struct token_row late = { .access = secret_of("late") };
	REFUSED(token_put(s, id, TOKEN_GRAPH, &late, &e), ERR_INPUT);
	assert_int_equal(query_int(dir, "SELECT count(*) FROM secret"), 2);
	token_row_clear(&late);
	REFUSED(tenant_remove(s, id, &e), ERR_INPUT);
}

int main(void) {
	const struct CMUnitTest tests[] = {
		IN_PROJECT(test_defaults_and_reading_back),
		IN_PROJECT(test_what_is_refused),
		IN_PROJECT(test_which_one_is_meant),
		IN_PROJECT(test_tokens_go_with_the_sign_in),
		IN_PROJECT(test_removing),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
