/* SPDX-License-Identifier: MIT
 *
 * test_tenant_console.c - the lists of a tenant by keys: filters, reading, tasks, read-only mode, tenants.
 */
#include "tests/unit/tui/tenant_console.h"

static void later(void) {
	console_tick(c, mono_ms() + 60000);
}

/* Groups of bob that are newer than the permissions, so that nobody is asked; anna is in none. */
static void seed_groups(void) {
	run_sql(s, "INSERT INTO membership(tenant, user, at, groups) VALUES(1, 'bob@contoso.com', " READ_AT
		   " + 1, '{\"groups\": [{\"name\": \"Helpers\", \"mail\": \"helpers@contoso.com\"},"
		   " {\"name\": \"Old crew\", \"mail\": null}], \"unnamed\": 1}'), (1, 'anna@contoso.com', " READ_AT
		   " + 1, '{\"groups\": [], \"unnamed\": 0}');");
	run_sql(s, PERMISSION("lobby@contoso.com", "helpers@contoso.com", "1", "0", "0", "0")
			   PERMISSION("jürgen@contoso.com", "Old crew", "0", "1", "0", "0")
				   PERMISSION("anna@contoso.com", "notbob@contoso.com", "1", "0", "0", "0")
					   PERMISSION("lobby@contoso.com", "joanna@contoso.com", "1", "0", "0", "0"));
}

static bool lists_trustee(const char *who) {
	for (uint64_t i = 0; i < c->list.total; i++)
		if (strcmp(list_line(&c->list, i)->cells[1], who) == 0)
			return true;
	return false;
}

static void the_reverse_view_is_a_key_away(void **state) {
	(void)state;
	seed_groups();
	go_to_node(c, NODE_PERMISSIONS);
	console_reload(c);
	assert_int_equal(c->list.total, 8);
	cursor_on(c, "bob@contoso.com");
	press(c, "v");
	assert_int_equal(c->list.total, 4); /* two of his own and one through each group; not those of notbob */
	assert_true(lists_trustee("helpers@contoso.com") && lists_trustee("Old crew"));
	assert_false(lists_trustee("notbob@contoso.com"));
	assert_true(on_screen(c, "through 2 groups too") && on_screen(c, "1 more may not be read"));
	assert_true(on_screen(c, "Permissions · bob@contoso.com"));
	press(c, "/");
	type(c, "lobby"); /* a filter within it */
	press(c, "Enter");
	assert_int_equal(c->list.total, 2);
	press(c, "Esc"); /* the note */
	press(c, "Esc");
	later();
	assert_int_equal(c->list.total, 8);
	type(c, ":opens ANNA@contoso.com");
	press(c, "Enter");
	assert_int_equal(c->list.total, 4); /* one is hers, three are of her mailbox; joanna is somebody else */
	assert_true(on_screen(c, "through 0 groups too"));
	press(c, "Ctrl+A");
	finish_job(c);
	assert_int_equal(c->list.marks.count, 4); /* all that is shown, and no more */
	press(c, "U");
	go_to_node(c, NODE_USERS);
	cursor_on(c, "bob@contoso.com");
	press(c, "v");
	assert_int_equal(tree_current(&c->tree)->kind, NODE_PERMISSIONS);
	assert_int_equal(c->list.total, 4);
}

static void what_is_opened_counts_as_read(void **state) {
	(void)state;
	go_to_node(c, NODE_ANNOUNCEMENTS);
	assert_int_equal(c->tenant.counts[NODE_ANNOUNCEMENTS].rows, 1);
	press(c, "Enter");
	assert_true(on_screen(c, "Applications have to use OAuth."));
	press(c, "Right"); /* the next one, without the list jumping */
	assert_true(on_screen(c, "They are round."));
	press(c, "Esc");
	finish_job(c);
	later();
	assert_int_equal(number(s, "SELECT count(*) FROM announcement WHERE seen = 0"), 0);
	assert_int_equal(c->tenant.counts[NODE_ANNOUNCEMENTS].rows, 0);
	press(c, "Home");
	press(c, "R");
	finish_job(c);
	assert_int_equal(number(s, "SELECT count(*) FROM announcement WHERE seen = 0"), 1);
	press(c, "u");
	assert_int_equal(c->list.total, 1);
	press(c, "r");
	finish_job(c);
	assert_int_equal(c->list.total, 0);
}

static void a_list_is_read_by_a_task(void **state) {
	(void)state;
	go_to_node(c, NODE_DEVICES);
	press(c, "F5");
	finish_job(c);
	assert_int_equal(number(s, "SELECT count(*) FROM task WHERE verb = 'refresh-devices' AND items = 0"), 1);
	press(c, "F5"); /* not twice */
	finish_job(c);
	assert_int_equal(number(s, "SELECT count(*) FROM task"), 1);
	go_to_node(c, NODE_SERVICE);
	press(c, "F5");
	finish_job(c);
	assert_int_equal(number(s, "SELECT count(DISTINCT verb) FROM task"), 6);
	assert_int_equal(number(s, "SELECT count(*) FROM task"), 6);
}

static void progress_and_the_end_are_told(void **state) {
	(void)state;
	seed_tasks(s);
	run_sql(s,
		"UPDATE task SET state = 1, beat = unixepoch() * 1000, items = 2000, done = 810, failed = 2, label = "
		"'Enable users' WHERE id = 3");
	later();
	assert_true(on_screen(c, "Enable users 812/2,000"));
	run_sql(s, "UPDATE task SET state = 3, done = 1997, failed = 3 WHERE id = 3");
	console_tick(c, mono_ms() + 120000);
	assert_true(c->note_bad && on_screen(c, "Enable users: 1,997 done, 3 failed: see Tasks"));
	assert_false(on_screen(c, "812/2,000"));
}

static void tasks_are_steered(void **state) {
	(void)state;
	seed_tasks(s);
	console_refresh(c);
	go_to_node(c, NODE_TASKS);
	cursor_on(c, "Paused");
	press(c, "e");
	finish_job(c);
	assert_int_equal(number(s, "SELECT state FROM task WHERE id = 3"), TASK_QUEUED);
	press(c, "z");
	finish_job(c);
	assert_int_equal(number(s, "SELECT state FROM task WHERE id = 3"), TASK_PAUSED);
	press(c, "End");
	press(c, "r");
	finish_job(c);
	assert_int_equal(number(s, "SELECT count(*) FROM task_item WHERE task = 1 AND state = 0"), 1);
	press(c, "Enter"); /* its inside */
	assert_int_equal(c->list.records == &record_task_items, true);
	assert_int_equal(c->list.total, 2);
	press(c, "u");
	assert_true(c->note_bad && on_screen(c, "Backspace goes back"));
	press(c, "Backspace");
	assert_true(c->list.records == &record_tasks);
}

static void read_only_dims_every_change(void **state) {
	struct err e;
	(void)state;
	MUST(setting_set(s, "read-only", "on", &e));
	console_refresh(c);
	assert_true(on_screen(c, "read-only"));
	const struct action *a;
	for (size_t i = 0; (a = action_at(i)) != NULL; i++) {
		for (int k = 0; k < NODE_KIND_COUNT; k++) {
			if (!(a->flags & ACT_CHANGES) || !action_here(a, (enum node_kind)k))
				continue;
			go_to_node(c, (enum node_kind)k);
			assert_non_null(action_blocked(c, a));
			assert_non_null(strstr(action_blocked(c, a), "read-only"));
		}
	}
	go_to_node(c, NODE_USERS);
	press(c, "e");
	assert_true(c->note_bad && !job_label(c));
	assert_int_equal(number(s, "SELECT count(*) FROM task"), 0);
	go_to_node(c, NODE_DEVICES);
	press(c, "F5"); /* reading is allowed */
	finish_job(c);
	assert_int_equal(number(s, "SELECT count(*) FROM task"), 1);
}

static void filters_sort_and_marks(void **state) {
	(void)state;
	go_to_node(c, NODE_USERS);
	type(c, ":show disabled");
	press(c, "Enter");
	assert_int_equal(c->list.total, 2);
	assert_true(on_screen(c, "Sign-in blocked"));
	press(c, "f");
	press(c, "1"); /* All */
	assert_int_equal(c->list.total, 4);
	press(c, "/");
	type(c, "becker");
	assert_int_equal(c->list.total, 1);
	press(c, "Esc");
	type(c, ":sort mailboxBytes");
	press(c, "Enter");
	assert_true(c->list.descending);
	assert_string_equal(list_line(&c->list, 0)->label, "jürgen@contoso.com");
	cursor_on(c, "bob@contoso.com");
	int64_t id = c->list.cursor_id;
	press(c, "o");
	assert_int_equal(list_current_id(&c->list), id); /* the cursor stays on its user */
	type(c, ":sort nonsense");
	press(c, "Enter");
	assert_true(c->note_bad && on_screen(c, "userPrincipalName"));
	press(c, "Space");
	assert_int_equal(c->list.marks.count, 1);
	press(c, "*");
	finish_job(c);
	assert_int_equal(c->list.marks.count, 3);
}

static void the_list_is_exported(void **state) {
	char path[120], text[4000];
	(void)state;
	snprintf(path, sizeof path, "%s/users.json", dir);
	go_to_node(c, NODE_USERS);
	type(c, ":show disabled");
	press(c, "Enter");
	type(c, ":export json ");
	type(c, path);
	press(c, "Enter");
	finish_job(c);
	assert_true(on_screen(c, "2 rows written"));
	FILE *f = fopen(path, "r");
	assert_non_null(f);
	text[fread(text, 1, sizeof text - 1, f)] = '\0';
	fclose(f);
	assert_non_null(strstr(text, "\"userPrincipalName\":\"bob@contoso.com\""));
	assert_null(strstr(text, "anna@contoso.com"));
}

static void without_a_tenant_it_says_so(void **state) {
	char bare[64];
	(void)state;
	dir_make(bare);
	struct store *empty = open_store(bare, STORE_CREATE);
	struct console *b = console_on(empty, 120, 40);
	go_to_node(b, NODE_USERS);
	assert_true(on_screen(b, "No tenant is connected. Press N"));
	press(b, "e");
	assert_true(b->note_bad);
	press(b, "F5");
	assert_true(b->note_bad && on_screen(b, "press N"));
	press(b, "N");
	assert_true(on_screen(b, "Connect a tenant"));
	press(b, "F2");
	assert_true(on_screen(b, "Name the tenant's domain"));
	press(b, "Esc");
	console_free(b);
	store_close(empty);
	dir_remove(bare);
}

static void one_of_several_tenants_is_chosen(void **state) {
	(void)state;
	assert_int_equal(connect_tenant(s, "fabrikam.com"), 2);
	console_refresh(c);
	go_to_node(c, NODE_USERS);
	assert_int_equal(c->list.total, 4);
	press(c, "C");
	press(c, "2");
	assert_true(on_screen(c, "The lists are those of fabrikam.com"));
	assert_int_equal(c->list.total, 0);
	assert_int_equal(c->tenant.is.id, 2);
	type(c, ":tenant contoso.com");
	press(c, "Enter");
	assert_int_equal(c->list.total, 4);
}

/* `mailvan tenant use` in another window: what is done next is done in that tenant, so its rows have to be shown. */
static void another_tenant_chosen_elsewhere_is_shown(void **state) {
	struct err e;
	(void)state;
	assert_int_equal(connect_tenant(s, "fabrikam.com"), 2);
	MUST(setting_set(s, "tenant", "contoso.com", &e));
	console_refresh(c);
	go_to_node(c, NODE_USERS);
	press(c, "Space");
	assert_int_equal(c->list.total, 4);
	MUST(setting_set(s, "tenant", "fabrikam.com", &e));
	console_refresh(c);
	assert_int_equal(c->tenant.is.id, 2);
	assert_int_equal(c->list.tenant, 2);
	assert_int_equal(c->list.total, 0);
	assert_int_equal(c->list.marks.count, 0);
}

/* An address that nobody answers on: the form leads to a job, Esc ends it, and no tenant is left behind. */
static void signing_in_can_be_given_up(void **state) {
	(void)state;
	go_to_node(c, NODE_SERVICE);
	press(c, "N");
	type(c, "fabrikam.com");
	press(c, "Down");
	type(c, "11111111-2222-3333-4444-555555555555");
	press(c, "Down");
	for (int i = 0; i < 3; i++)
		press(c, "Down");
	type(c, "https://127.0.0.1:1");
	press(c, "F2");
	finish_job(c);
	assert_null(c->dialogs);
	assert_true(c->note_bad);
	assert_int_equal(number(s, "SELECT count(*) FROM tenant"), 1);
}

int main(void) {
	setlocale(LC_ALL, "C.UTF-8");
	setenv("TZ", "UTC", 1);
	tzset();
	const struct CMUnitTest tests[] = {
		TEST(the_reverse_view_is_a_key_away),
		TEST(what_is_opened_counts_as_read),
		TEST(a_list_is_read_by_a_task),
		TEST(progress_and_the_end_are_told),
		TEST(tasks_are_steered),
		TEST(read_only_dims_every_change),
		TEST(filters_sort_and_marks),
		TEST(the_list_is_exported),
		TEST(without_a_tenant_it_says_so),
		TEST(one_of_several_tenants_is_chosen),
		TEST(another_tenant_chosen_elsewhere_is_shown),
		TEST(signing_in_can_be_given_up),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
