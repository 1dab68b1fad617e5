/* SPDX-License-Identifier: MIT
 *
 * test_screen.c - whole screens of a real project against tests/screen/golden. UPDATE=1 writes them anew.
 */
#include "tests/unit/tui/golden.h"
#include "tests/unit/store/open_project.h"

static int setup(void **state) {
	struct err e;
	struct target_settings t;
	project_setup(state);
	seed_project(s);
	MUST(target_settings_get(s, &t, &e));
	MUST(endpoint_parse_server(&t.server, "imaps://new.example", &e));
	MUST(target_settings_set(s, &t, NULL, &e));
	endpoint_clear(&t.server);
	return 0;
}

static const struct {
	int w, h;
} sizes[] = { { 80, 24 }, { 132, 43 }, { 40, 12 }, { 200, 60 }, { 64, 20 }, { 40, 10 } };

static void list_at_every_size(void **state) {
	(void)state;
	for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++) {
		struct console *c = console_on(s, sizes[i].w, sizes[i].h);
		golden(c, "list", false, false);
		golden(c, "list", true, false);
		console_free(c);
	}
}

static void styles_of_the_list(void **state) {
	(void)state;
	struct console *c = console_on(s, 132, 43);
	press(c, "Space");
	press(c, "Space");
	golden(c, "list-marked", false, true);
	console_free(c);
}

static void panes_and_nodes(void **state) {
	(void)state;
	struct console *c = console_on(s, 80, 24);
	press(c, "Left");
	press(c, "Home");
	golden(c, "overview", false, false);
	press(c, "Down");
	press(c, "Down");
	press(c, "Down");
	golden(c, "batches", false, false);
	press(c, "Down");
	golden(c, "batch", false, false);
	console_resize(c, 132, 43);
	press(c, "Up");
	golden(c, "batches", false, false);
	console_free(c);
	c = console_on(s, 132, 43);
	press(c, "Tab");
	for (int i = 0; i < 5; i++)
		press(c, "Down");
	golden(c, "actions", false, true);
	console_free(c);
}

static void one_pane_at_a_time(void **state) {
	(void)state;
	struct console *c = console_on(s, 64, 20);
	press(c, "Tab");
	golden(c, "single-actions", false, false);
	press(c, "Tab");
	golden(c, "single-tree", false, false);
	console_free(c);
}

static void dialogs(void **state) {
	static const struct {
		const char *name, *key;
	} open[] = { { "help", "?" }, { "menu", "." }, { "export", "x" }, { "add", "a" }, { "target", "T" },
		     { "find", "/" }, { "command", ":" }, { "verify", "v" }, { "report", "R" } };
	(void)state;
	for (size_t i = 0; i < sizeof open / sizeof *open; i++) {
		for (size_t size = 0; size < 4; size++) {
			struct console *c = console_on(s, sizes[size].w, sizes[size].h);
			press(c, "Down");
			press(c, open[i].key);
			if (size == 0 || size == 2 || i < 1)
				golden(c, open[i].name, false, false);
			press(c, "Esc");
			assert_null(c->dialogs);
			console_free(c);
		}
	}
}

static void questions(void **state) {
	(void)state;
	struct console *c = console_on(s, 80, 24);
	press(c, "End"); /* a mailbox that can be removed */
	press(c, "d");
	golden(c, "remove", false, true);
	press(c, "Esc");
	press(c, "Left");
	press(c, "g");
	golden(c, "migrate-all", false, false);
	console_free(c);
}

/* Eva has failures; the times of the run are taken out, they are this run's. */
static void properties(void **state) {
	(void)state;
	struct console *c = console_on(s, 132, 43);
	for (int i = 0; i < 4; i++)
		press(c, "Down");
	press(c, "i");
	assert_true(on_screen(c, "eva@contoso.com  (imaps://old.example:993)"));
	assert_true(on_screen(c, "1,497"));
	assert_true(on_screen(c, "± Synced, gaps"));
	press(c, "2");
	golden(c, "folders", false, false);
	press(c, "3");
	golden(c, "failures", false, false);
	console_resize(c, 40, 12);
	golden(c, "failures", false, false);
	press(c, "Esc");
	console_free(c);
}

static void an_empty_project_says_how_to_begin(void **state) {
	char empty[64];
	(void)state;
	dir_make(empty);
	struct store *fresh = open_store(empty, STORE_CREATE);
	struct console *c = console_on(fresh, 80, 24);
	golden(c, "empty", false, false);
	assert_true(on_screen(c, "No mailboxes yet. Press a to add a CSV."));
	press(c, "Left");
	press(c, "Home");
	golden(c, "empty-overview", false, false);
	console_free(c);
	store_close(fresh);
	dir_remove(empty);
}

/* Drawing at absurd sizes neither fails nor writes outside of the grid (sanitizers watch). */
static void every_size_can_be_drawn(void **state) {
	static const char *const keys[] = { "", "?", ".", "i", "a", "T", "d", "/" };
	(void)state;
	for (size_t k = 0; k < sizeof keys / sizeof *keys; k++) {
		struct console *c = console_on(s, 80, 24);
		press(c, "End");
		if (*keys[k])
			press(c, keys[k]);
		for (int w = 1; w < 210; w += w < 30 ? 1 : 13) {
			for (int h = 1; h < 64; h += h < 12 ? 1 : 9) {
				struct buf b;
				buf_init(&b, 1 << 20);
				console_resize(c, w, h);
				screen_text(c, (w + h) % 2, &b);
				buf_free(&b);
			}
		}
		console_free(c);
	}
}

int main(void) {
	setlocale(LC_ALL, "C.UTF-8");
	setenv("TZ", "UTC", 1);
	tzset();
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(list_at_every_size),
		cmocka_unit_test(styles_of_the_list),
		cmocka_unit_test(panes_and_nodes),
		cmocka_unit_test(one_pane_at_a_time),
		cmocka_unit_test(dialogs),
		cmocka_unit_test(questions),
		cmocka_unit_test(properties),
		cmocka_unit_test(an_empty_project_says_how_to_begin),
		cmocka_unit_test(every_size_can_be_drawn),
	};
	return cmocka_run_group_tests(tests, setup, project_teardown);
}
