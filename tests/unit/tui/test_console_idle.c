/* SPDX-License-Identifier: MIT
 *
 * test_console_idle.c - a project whose worker has died: what the console shows, and how the work goes on.
 */
#include "tests/unit/tui/open_console.h"
#include "tui/view/dialogs.h"

static int setup(void **state) {
	project_setup(state);
	seed_project(s);
	c = console_on(s, 120, 30);
	return 0;
}

static void choose(const char *source) {
	press(c, "Home");
	for (size_t i = 0; i < SEEDS && strcmp(list_current(&c->list)->source, source) != 0; i++)
		press(c, "Down");
	assert_string_equal(list_current(&c->list)->source, source);
}

/* Its process number is somebody else's by now. */
static void kill_worker(void) {
	run_sql(s, "UPDATE worker SET start = start + 1");
}

static void its_rates_go_and_what_waits_is_counted(void **state) {
	(void)state;
	assert_true(on_screen(c, "3 running"));
	assert_true(on_screen(c, "31.2 MB/s"));
	kill_worker();
	console_refresh(c);
	assert_true(on_screen(c, "4 waiting")); /* frank is queued */
	assert_true(on_screen(c, "worker: none"));
	assert_false(on_screen(c, "31.2 MB/s"));
	choose("anna@contoso.com");
	press(c, "i");
	assert_true(on_screen(c, "Copying"));
	assert_false(on_screen(c, "31.2 MB/s"));
	press(c, "Esc");
}

static void that_is_seen_although_nobody_writes(void **state) {
	(void)state;
	kill_worker();
	c->version = store_version(s);
	for (unsigned i = 1; i <= 3; i++)
		console_tick(c, mono_ms() + 60000 * (mono_ms_t)i);
	assert_true(on_screen(c, "4 waiting"));
	assert_false(on_screen(c, "31.2 MB/s"));
}

static void migrate_starts_the_next_one(void **state) {
	static const char *const waiting[] = { "anna@contoso.com", "frank@contoso.com" }; /* half copied, queued */
	const struct action *migrate = action_by_id("migrate");
	(void)state;
	for (size_t i = 0; i < 2; i++) {
		choose(waiting[i]);
		assert_non_null(action_blocked(c, migrate)); /* its worker lives */
	}
	kill_worker();
	console_refresh(c);
	for (size_t i = 0; i < 2; i++) {
		choose(waiting[i]);
		assert_null(action_blocked(c, migrate));
		press(c, "g");
		finish_job(c);
		assert_true(on_screen(c, "no worker could be started")); /* /nowhere/mailvan is no program */
	}
}

/* A target that was changed leaves a sentence that is no error: no category stands before it. */
static void a_note_without_a_category_has_none(void **state) {
	(void)state;
	run_sql(s, "UPDATE mailbox SET error_cat = '', error = 'It was copied elsewhere' WHERE id = 1");
	console_refresh(c);
	choose("anna@contoso.com");
	assert_true(on_screen(c, "It was copied elsewhere"));
	assert_false(on_screen(c, "None: "));
	press(c, "i");
	assert_true(on_screen(c, "It was copied elsewhere"));
	assert_false(on_screen(c, "None: "));
}

static unsigned changes;

static void count_change(struct console *console, const char *text) {
	(void)console;
	(void)text;
	changes++;
}

static void take_nothing(struct console *console, const char *text) {
	(void)console;
	(void)text;
}

/* Each change of the filter is a query: 10 KB pasted into it once kept the console from its keys for 17 seconds. */
static void a_full_field_asks_nothing_of_the_store(void **state) {
	const struct prompt_spec spec = { .label = "Find:", .changed = count_change, .accept = take_nothing };
	(void)state;
	changes = 0;
	dialog_prompt(c, &spec, "");
	for (unsigned i = 0; i < 2 * EDIT_MAX; i++)
		type(c, "x");
	press(c, "Left");
	assert_in_range(changes, 1, EDIT_MAX - 1);
	press(c, "Enter");
}

int main(void) {
	setlocale(LC_ALL, "C.UTF-8");
	setenv("TZ", "UTC", 1);
	tzset();
	const struct CMUnitTest tests[] = {
		TEST(its_rates_go_and_what_waits_is_counted),
		TEST(that_is_seen_although_nobody_writes),
		TEST(migrate_starts_the_next_one),
		TEST(a_note_without_a_category_has_none),
		TEST(a_full_field_asks_nothing_of_the_store),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
