/* SPDX-License-Identifier: MIT
 *
 * test_tenant_screen.c - every list of a tenant, its sheets and dialogs, against tests/screen/golden. UPDATE=1 writes
 * them anew.
 */
#include "tests/unit/tui/golden.h"
#include "tests/unit/tui/tenant_fixture.h"
#include "tests/unit/store/open_project.h"

static char bare[64];
static struct store *none;

static int setup(void **state) {
	project_setup(state);
	seed_tenant(s);
	seed_tasks(s);
	dir_make(bare);
	none = open_store(bare, STORE_CREATE);
	return 0;
}

static int teardown(void **state) {
	store_close(none);
	dir_remove(bare);
	return project_teardown(state);
}

static const struct {
	enum node_kind node;
	const char *name;
} lists[] = { { NODE_USERS, "users" },
	      { NODE_SUBSCRIPTIONS, "subscriptions" },
	      { NODE_PERMISSIONS, "permissions" },
	      { NODE_DEVICES, "devices" },
	      { NODE_POLICIES, "policies" },
	      { NODE_ENROLMENTS, "enrolments" },
	      { NODE_SERVICE, "service" },
	      { NODE_HEALTH, "health" },
	      { NODE_ANNOUNCEMENTS, "announcements" },
	      { NODE_FEEDS, "feeds" },
	      { NODE_TASKS, "tasks" },
	      { NODE_AUDIT, "audit" } };

static void every_list_filled(void **state) {
	(void)state;
	for (size_t i = 0; i < sizeof lists / sizeof *lists; i++) {
		if (lists[i].node == NODE_ENROLMENTS)
			continue;
		struct console *c = console_on(s, 80, 24);
		go_to_node(c, lists[i].node);
		golden(c, lists[i].name, false, false);
		console_resize(c, 132, 43);
		golden(c, lists[i].name, false, false);
		console_free(c);
	}
}

static void every_list_empty(void **state) {
	(void)state;
	for (size_t i = 0; i < sizeof lists / sizeof *lists; i++) {
		char name[60];
		struct console *c = console_on(none, 80, 24);
		go_to_node(c, lists[i].node);
		snprintf(name, sizeof name, "no-%s", lists[i].name);
		golden(c, name, false, false);
		console_free(c);
	}
}

static void users_at_every_size(void **state) {
	static const struct { int w, h; } sizes[] = { { 200, 60 }, { 64, 20 }, { 40, 12 }, { 40, 10 } };
	(void)state;
	for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++) {
		struct console *c = console_on(s, sizes[i].w, sizes[i].h);
		go_to_node(c, NODE_USERS);
		golden(c, "users", false, false);
		golden(c, "users", true, false);
		console_free(c);
	}
}

static void styles_without_colour_alone(void **state) {
	(void)state;
	struct console *c = console_on(s, 132, 43);
	go_to_node(c, NODE_DEVICES);
	press(c, "Space");
	golden(c, "devices-marked", false, true);
	console_free(c);
}

static void items_and_tree(void **state) {
	(void)state;
	struct console *c = console_on(s, 80, 24);
	go_to_node(c, NODE_TASKS);
	press(c, "End"); /* the oldest */
	press(c, "Enter");
	golden(c, "task-items", false, false);
	console_free(c);
	c = console_on(s, 80, 24);
	go_to_node(c, NODE_USERS);
	press(c, "Left");
	golden(c, "users-tree", false, false);
	console_free(c);
}

static const struct {
	const char *name;
	enum node_kind node;
	const char *keys[4];
} dialogs[] = {
	{ "user-sheet", NODE_USERS, { "i" } },
	{ "announcement-sheet", NODE_ANNOUNCEMENTS, { "Enter" } },
	{ "task-sheet", NODE_TASKS, { "End", "i" } },
	{ "policy-sheet", NODE_POLICIES, { "i" } },
	{ "user-create", NODE_USERS, { "a" } },
	{ "user-import", NODE_USERS, { "c" } },
	{ "user-licenses", NODE_USERS, { "L" } },
	{ "user-password", NODE_USERS, { "w" } },
	{ "user-disable", NODE_USERS, { "b" } },
	{ "users-show", NODE_USERS, { "f" } },
	{ "users-menu", NODE_USERS, { "." } },
	{ "users-help", NODE_USERS, { "?" } },
	{ "users-export", NODE_USERS, { "x" } },
	{ "protocols", NODE_USERS, { "Space", "Space", "O" } },
	{ "grant", NODE_PERMISSIONS, { "g" } },
	{ "revoke", NODE_PERMISSIONS, { "d" } },
	{ "wipe", NODE_DEVICES, { "w" } },
	{ "wipe-account", NODE_DEVICES, { "w", "1" } },
	{ "wipe-full", NODE_DEVICES, { "w", "2" } },
	{ "assign-policy", NODE_DEVICES, { "P" } },
	{ "policy-create", NODE_POLICIES, { "a" } },
	{ "policy-set", NODE_POLICIES, { "e" } },
	{ "undo", NODE_PERMISSIONS, { "u" } },
	{ "connect", NODE_SERVICE, { "N" } },
	{ "sign-in", NODE_SERVICE, { "S" } },
};

static void every_dialog(void **state) {
	(void)state;
	for (size_t i = 0; i < sizeof dialogs / sizeof *dialogs; i++) {
		struct console *c = console_on(s, 80, 24);
		go_to_node(c, dialogs[i].node);
		for (size_t k = 0; k < 4 && dialogs[i].keys[k]; k++)
			press(c, dialogs[i].keys[k]);
		finish_job(c); /* what is asked may have to be looked up first */
		if (!c->dialogs)
			fail_msg("%s: no dialog has opened: %s", dialogs[i].name, c->note);
		golden(c, dialogs[i].name, false, false);
		for (int w = 1; w < 210; w += w < 40 ? 3 : 23) {
			struct buf b;
			buf_init(&b, 1 << 20);
			console_resize(c, w, w / 3 + 1);
			screen_text(c, w % 2, &b);
			buf_free(&b);
		}
		console_resize(c, 40, 12);
		golden(c, dialogs[i].name, false, false);
		console_free(c);
	}
	run_sql(s, "UPDATE announcement SET seen = 0 WHERE code = 'MC100001'");
}

int main(void) {
	setlocale(LC_ALL, "C.UTF-8");
	setenv("TZ", "UTC", 1);
	tzset();
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_list_filled),   cmocka_unit_test(every_list_empty),
		cmocka_unit_test(users_at_every_size), cmocka_unit_test(styles_without_colour_alone),
		cmocka_unit_test(items_and_tree),      cmocka_unit_test(every_dialog),
	};
	return cmocka_run_group_tests(tests, setup, teardown);
}
