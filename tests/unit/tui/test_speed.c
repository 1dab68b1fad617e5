/* SPDX-License-Identifier: MIT
 *
 * test_speed.c - 30,000 mailboxes, users and permissions: every key is answered and drawn within 50 ms.
 * run.sh: timeout=300 alone
 */
#include "tests/unit/tui/tenant_fixture.h"
#include "tests/unit/store/open_project.h"

#define MAILBOXES 30000
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#define LIMIT_MS 500.0 /* a sanitizer costs about that much; the promise is for the real program */
#elif defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer)
#define LIMIT_MS 500.0
#endif
#endif
#ifndef LIMIT_MS
#define LIMIT_MS 50.0
#endif

static int setup(void **state) {
	struct err e;
	project_setup(state);
	add_many(s, MAILBOXES);
	for (int64_t id = 1; id <= MAILBOXES; id += 7) {
		struct mailbox_progress p = { .id = id, .state = MBOX_COPYING, .rate_bytes = (double)id, .eta_s = id };
		MUST(mailboxes_progress(s, &p, 1, &e));
	}
	MUST(store_flush(s, &e));
	return 0;
}

static double now_ms(void) {
	struct timespec t;
	clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec * 1e3 + (double)t.tv_nsec / 1e6;
}

/* The key and the drawing: what the operator waits for. The worst of all counts. */
static void timed(struct console *c, struct grid *g, const char *key, int times) {
	double worst = 0;
	for (int i = 0; i < times; i++) {
		double start = now_ms();
		press(c, key);
		console_draw(c, g);
		double took = now_ms() - start;
		worst = took > worst ? took : worst;
	}
	printf("  %-10s %6.1f ms\n", key, worst);
	if (worst > LIMIT_MS)
		fail_msg("\"%s\" was answered after %.1f ms", key, worst);
}

static void keys_are_answered_in_time(void **state) {
	static const char *const sorts[] = { ":sort mailbox", ":sort state", ":sort done", ":sort rate", ":sort bytes",
					     ":sort error" };
	(void)state;
	struct console *c = console_on(s, 200, 60);
	struct grid *g = grid_new(200, 60, false);
	assert_int_equal(c->list.total, MAILBOXES);
	for (size_t i = 0; i < sizeof sorts / sizeof *sorts; i++) {
		printf("%s\n", sorts[i]);
		type(c, sorts[i]);
		timed(c, g, "Enter", 1);
		timed(c, g, "Down", 100);
		timed(c, g, "PgDn", 30);
		timed(c, g, "End", 1);
		assert_int_equal(c->list.cursor, MAILBOXES - 1);
		assert_non_null(list_current(&c->list));
		timed(c, g, "PgUp", 30);
		timed(c, g, "Up", 100);
		timed(c, g, "Home", 1);
		timed(c, g, "Space", 5);
		timed(c, g, "o", 2);
		press(c, "U");
	}
	timed(c, g, "Ctrl+A", 1);
	finish_job(c);
	assert_int_equal(c->list.marks.count, MAILBOXES);
	timed(c, g, "Down", 50);
	timed(c, g, "Space", 3);
	timed(c, g, "U", 1);
	timed(c, g, "/", 1);
	timed(c, g, "9", 3);
	timed(c, g, "Esc", 1);
	timed(c, g, "i", 1);
	timed(c, g, "Esc", 1);
	grid_free(g);
	console_free(c);
}

/* What the loop does between keys must not keep one waiting either. */
static void a_tick_is_short(void **state) {
	struct err e;
	(void)state;
	struct console *c = console_on(s, 200, 60);
	press(c, "End");
	for (int i = 0; i < 5; i++) {
		struct mailbox_progress p = { .id = 29000 + i, .state = MBOX_COPYING, .rate_bytes = 5, .eta_s = 9 };
		MUST(mailboxes_progress(s, &p, 1, &e));
		MUST(store_flush(s, &e));
		double start = now_ms();
		console_tick(c, mono_ms() + 100000 * (i + 1));
		double took = now_ms() - start;
		printf("  tick       %6.1f ms\n", took);
		if (took > LIMIT_MS)
			fail_msg("a tick took %.1f ms", took);
	}
	console_free(c);
}

#define MANY "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 30000) "

static void fill_tenant(void) {
	connect_tenant(s, "contoso.com");
	run_sql(s, MANY
		"INSERT INTO directory_user(tenant, guid, upn, name, mail, enabled, kind, location, licenses, synced,"
		" company, department, created, last_sign_in, addresses, bytes, quota) SELECT 1, 'g' || i,"
		" printf('user%05d@c.example', i * 7919 % 30000), 'User ' || i, '', i % 3, 'user', 'DE', 'SPE_E3', 0,"
		" '', '', 0, i, '', i * 1000, 0 FROM n");
	run_sql(s, MANY
		"INSERT INTO permission(tenant, mailbox, trustee, full_access, send_as, on_behalf, orphan, rights)"
		" SELECT 1, printf('user%05d@c.example', i), printf('user%05d@c.example', i * 7919 % 30000), 1, i % 2,"
		" 0, 0, '' FROM n");
}

/* As fast as the list of mailboxes, and the node opens as fast as a key is answered. */
static void lists_of_a_tenant_too(void **state) {
	static const char *const sorts[] = { ":sort displayName", ":sort mailboxBytes", ":sort userPrincipalName" };
	(void)state;
	fill_tenant();
	struct console *c = console_on(s, 200, 60);
	struct grid *g = grid_new(200, 60, false);
	assert_true(tree_select(&c->tree, NODE_MAILBOXES, 0));
	console_show_node(c);
	console_focus(c, PANE_TREE);
	while (tree_current(&c->tree)->kind != NODE_PERMISSIONS)
		timed(c, g, "Down", 1);
	assert_int_equal(c->list.total, 30000);
	while (tree_current(&c->tree)->kind != NODE_USERS)
		timed(c, g, "Up", 1);
	press(c, "Enter");
	for (size_t i = 0; i < sizeof sorts / sizeof *sorts; i++) {
		printf("%s\n", sorts[i]);
		type(c, sorts[i]);
		timed(c, g, "Enter", 1);
		timed(c, g, "Down", 100);
		timed(c, g, "PgDn", 30);
		timed(c, g, "End", 1);
		assert_int_equal(c->list.cursor, c->list.total - 1);
		timed(c, g, "PgUp", 30);
		timed(c, g, "o", 2);
		timed(c, g, "Home", 1);
	}
	timed(c, g, "Ctrl+A", 1);
	finish_job(c);
	assert_int_equal(c->list.marks.count, c->list.total);
	timed(c, g, "/", 1);
	timed(c, g, "9", 3);
	timed(c, g, "Esc", 1);
	timed(c, g, "i", 1);
	timed(c, g, "Right", 3);
	timed(c, g, "Esc", 1);
	double start = now_ms();
	console_refresh(c);
	printf("  refresh    %6.1f ms\n", now_ms() - start);
	grid_free(g);
	console_free(c);
}

int main(void) {
	setlocale(LC_ALL, "C.UTF-8");
	const struct CMUnitTest tests[] = { cmocka_unit_test(keys_are_answered_in_time),
					    cmocka_unit_test(a_tick_is_short),
					    cmocka_unit_test(lists_of_a_tenant_too) };
	return cmocka_run_group_tests(tests, setup, project_teardown);
}
