/* SPDX-License-Identifier: MIT
 *
 * test_tenant_progress.c - what is seen of a task that goes on, of one whose runner died, and of many marked rows.
 */
#include "tests/unit/tui/tenant_console.h"

/* A task of this label and state, and its number. Running ones are this process', which lives. */
static int64_t add_running(const char *verb, const char *label, enum task_state state, const char *more) {
	char sql[600];
	struct process self;
	struct err e;
	MUST(process_self(&self, &e));
	snprintf(sql, sizeof sql,
		 "INSERT INTO task(tenant, verb, label, undoes, who, state, items, done, added, started, error, pid, "
		 "start, boot, pid_ns) VALUES(1, '%s', '%s', 0, 'operator', %d, 500, 20, 1, 1, '', %d, %llu, '%s', "
		 "%llu)",
		 verb, label, (int)state, self.pid, (unsigned long long)self.start, self.boot,
		 (unsigned long long)self.pid_ns);
	run_sql(s, sql);
	if (*more)
		run_sql(s, more);
	return number(s, "SELECT max(id) FROM task");
}

static void an_empty_list_that_is_read_says_so(void **state) {
	(void)state;
	run_sql(s, "DELETE FROM device");
	go_to_node(c, NODE_DEVICES);
	assert_true(on_screen(c, "Press F5"));
	add_running("refresh-devices", "Read devices", TASK_RUNNING, "");
	console_refresh(c);
	assert_true(on_screen(c, "Being read from the tenant"));
	run_sql(s, "UPDATE task SET state = 3");
	console_refresh(c);
	assert_true(on_screen(c, "Press F5"));
}

static void what_is_being_read_is_not_asked_for_again(void **state) {
	(void)state;
	add_running("refresh-permissions", "Read permissions", TASK_RUNNING, ""); /* 20 of 500 mailboxes */
	go_to_node(c, NODE_PERMISSIONS);
	press(c, "F5");
	finish_job(c);
	assert_int_equal(number(s, "SELECT count(*) FROM task"), 1);
	run_sql(s, "UPDATE task SET state = 3");
	press(c, "F5");
	finish_job(c);
	assert_int_equal(number(s, "SELECT count(*) FROM task"), 2);
}

static void a_dead_runner_is_told(void **state) {
	(void)state;
	add_running("change", "Enable 500 users", TASK_RUNNING, "");
	console_refresh(c);
	assert_true(on_screen(c, "Enable 500 users 20/500"));
	run_sql(s, "UPDATE task SET start = start + 1"); /* the number is another process' by now */
	console_refresh(c);
	assert_true(on_screen(c, "Enable 500 users: runner died, resume it in Tasks"));
	run_sql(s, "UPDATE task SET start = start - 1");
	/* without any change of the store: as when somebody ends the process */
	c->tenant.task_stuck = true;
	c->next_poll = c->next_totals = INT64_MAX;
	console_tick(c, mono_ms() + WORKER_MS);
	assert_true(on_screen(c, "Enable 500 users 20/500"));
}

static void the_operators_own_task_is_shown(void **state) {
	(void)state;
	add_running("refresh-permissions", "Read permissions", TASK_RUNNING, "");
	console_refresh(c);
	assert_true(on_screen(c, "Read permissions 20/500"));
	c->followed = add_running("change", "Enable bob@contoso.com", TASK_RUNNING, "");
	console_refresh(c);
	assert_true(on_screen(c, "Enable bob@contoso.com 20/500 +1"));
	run_sql(s, "UPDATE task SET state = 3 WHERE id = 2");
	console_refresh(c);
	assert_true(on_screen(c, "Enable bob@contoso.com: 20 done"));
	assert_true(on_screen(c, "Read permissions 20/500"));
	assert_false(on_screen(c, "+1"));
}

static void a_long_label_leaves_room_for_the_figures(void **state) {
	(void)state;
	add_running("change", "Grant sales-and-marketing@contoso.com to somebody-with-a-long-name@contoso.com",
		    TASK_RUNNING, "");
	console_refresh(c);
	assert_true(on_screen(c, "Grant sales-and-marketing@contoso.com to somebody-w"));
	assert_true(on_screen(c, "… 20/500"));
}

static void how_many_are_marked_stays_to_be_seen(void **state) {
	(void)state;
	go_to_node(c, NODE_USERS);
	assert_false(on_screen(c, "marked"));
	press(c, "Ctrl+A");
	finish_job(c);
	press(c, "Down"); /* the note goes */
	assert_true(on_screen(c, "└─ 4 marked ─"));
	press(c, "/");
	type(c, "bob");
	press(c, "Enter");
	assert_int_equal(c->list.total, 1);
	assert_true(on_screen(c, "└─ 4 marked ─")); /* out of sight, and still meant */
	press(c, "U");
	assert_false(on_screen(c, "marked"));
}

static void leaving_says_what_goes_on(void **state) {
	(void)state;
	add_running("change", "Enable 500 users", TASK_RUNNING, "");
	console_refresh(c);
	press(c, "q");
	assert_true(on_screen(c, "The task goes on: Enable 500 users 20/500."));
	assert_false(c->leave);
	press(c, "Esc");
	run_sql(s, "UPDATE task SET state = 2"); /* held: nothing goes on */
	console_refresh(c);
	press(c, "q");
	assert_true(c->leave);
}

static void escape_leaves_the_inside_of_a_task(void **state) {
	(void)state;
	seed_tasks(s);
	console_refresh(c);
	go_to_node(c, NODE_TASKS);
	press(c, "v");
	assert_true(c->list.records == &record_task_items);
	press(c, "Down"); /* the note goes */
	press(c, "Esc");
	console_tick(c, mono_ms() + 2000);
	assert_true(c->list.records == &record_tasks);
}

int main(void) {
	setlocale(LC_ALL, "C.UTF-8");
	setenv("TZ", "UTC", 1);
	tzset();
	const struct CMUnitTest tests[] = {
		TEST(what_is_being_read_is_not_asked_for_again),
		TEST(an_empty_list_that_is_read_says_so),
		TEST(a_dead_runner_is_told),
		TEST(the_operators_own_task_is_shown),
		TEST(a_long_label_leaves_room_for_the_figures),
		TEST(leaving_says_what_goes_on),
		TEST(how_many_are_marked_stays_to_be_seen),
		TEST(escape_leaves_the_inside_of_a_task),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
