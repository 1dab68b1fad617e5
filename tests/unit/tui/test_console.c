/* SPDX-License-Identifier: MIT
 *
 * test_console.c - keys in, state and screen out, on a real project. What the store then holds is checked too.
 */
#include "tests/unit/tui/open_console.h"

static int64_t worker;

static int setup(void **state) {
	project_setup(state);
	worker = seed_project(s);
	c = console_on(s, 120, 30);
	return 0;
}

static void go_to(const char *source) {
	press(c, "Home");
	for (size_t i = 0; i < SEEDS && strcmp(list_current(&c->list)->source, source) != 0; i++)
		press(c, "Down");
	assert_string_equal(list_current(&c->list)->source, source);
}

/* Time passes: polls and totals happen at once. */
static void later(void) {
	console_tick(c, mono_ms() + 60000);
}

static void the_cursor_moves_and_stops_at_the_ends(void **state) {
	(void)state;
	press(c, "Up");
	assert_int_equal(c->list.cursor, 0);
	press(c, "Down");
	press(c, "j");
	press(c, "k");
	assert_int_equal(c->list.cursor, 1);
	press(c, "End");
	assert_int_equal(c->list.cursor, SEEDS - 1);
	press(c, "PgDn");
	assert_int_equal(c->list.cursor, SEEDS - 1);
	press(c, "Home");
	assert_int_equal(c->list.cursor, 0);
}

/* The cursor is on a mailbox, not on a line. */
static void the_cursor_stays_on_its_mailbox(void **state) {
	struct err e;
	struct add_result r;
	struct mailbox_spec m;
	(void)state;
	go_to("eva@contoso.com");
	int64_t id = c->list.cursor_id;
	uint64_t before = c->list.cursor;
	fill_spec(&m, 1);
	text_copy(m.source_identity, sizeof m.source_identity, "aaron@contoso.com");
	MUST(mailboxes_add(s, &m, 1, &r, &e));
	later();
	assert_int_equal(c->list.cursor, before + 1);
	assert_int_equal(list_current(&c->list)->id, id);
	press(c, "o"); /* reverse order */
	assert_int_equal(list_current(&c->list)->id, id);
	press(c, ">");
	assert_int_equal(list_current(&c->list)->id, id);
	console_resize(c, 40, 10);
	assert_int_equal(list_current(&c->list)->id, id);
	assert_true(c->list.cursor >= c->list.top && c->list.cursor < c->list.top + (uint64_t)c->list.height);
}

static void a_changed_row_is_shown_within_a_poll(void **state) {
	struct err e;
	(void)state;
	assert_true(on_screen(c, "85.8%"));
	MUST(mailboxes_progress(
		s, &(struct mailbox_progress){ .id = 1, .state = MBOX_COPYING, .rate_bytes = 12300000, .eta_s = 3700 },
		1, &e));
	MUST(store_flush(s, &e));
	console_tick(c, mono_ms() + POLL_MS + 1);
	assert_true(c->dirty);
	assert_true(on_screen(c, "12.3 MB/s"));
}

static void migrate_writes_the_request(void **state) {
	(void)state;
	go_to("carla@contoso.com");
	press(c, "g");
	finish_job(c);
	assert_int_equal(state_of(s, 3), MBOX_QUEUED);
	assert_true(on_screen(c, "migrate: 1 mailbox"));
	later();
	assert_true(on_screen(c, "○ Queued"));
}

static void marked_mailboxes_get_the_request(void **state) {
	(void)state;
	go_to("carla@contoso.com");
	press(c, "Space");
	press(c, "Space"); /* dirk */
	press(c, "Down");  /* past eva */
	assert_int_equal(c->list.marks.count, 2);
	assert_true(on_screen(c, "2 selected"));
	press(c, "g");
	finish_job(c);
	assert_int_equal(state_of(s, 3), MBOX_QUEUED);
	assert_int_equal(state_of(s, 4), MBOX_QUEUED);
	assert_int_equal(state_of(s, 5), MBOX_SYNCED_WITH_GAPS);
	assert_int_equal(state_of(s, 8), MBOX_STOPPED);
}

static void a_range_is_marked_with_shift(void **state) {
	(void)state;
	press(c, "Shift+Down");
	press(c, "Shift+Down");
	assert_int_equal(c->list.marks.count, 3);
	press(c, "*");
	finish_job(c);
	assert_int_equal(c->list.marks.count, SEEDS - 3);
	assert_false(marks_has(&c->list.marks, 1));
	press(c, "Ctrl+A");
	finish_job(c);
	assert_int_equal(c->list.marks.count, SEEDS);
	press(c, "U");
	assert_int_equal(c->list.marks.count, 0);
}

static void a_disabled_action_says_why(void **state) {
	(void)state;
	go_to("anna@contoso.com"); /* copying */
	press(c, "d");
	assert_null(c->dialogs);
	assert_true(c->note_bad);
	assert_true(on_screen(c, "Remove…: "));
	assert_non_null(action_blocked(c, action_by_id("resume")));
	assert_null(action_blocked(c, action_by_id("pause")));
	go_to("hans@contoso.com");
	press(c, "z");
	assert_true(c->note_bad);
	assert_int_equal(state_of(s, 8), MBOX_STOPPED);
}

static void removing_asks_first(void **state) {
	struct err e;
	struct mailbox_row row;
	(void)state;
	go_to("hans@contoso.com");
	press(c, "d");
	assert_non_null(c->dialogs);
	press(c, "Enter"); /* Cancel is what Enter means at first */
	assert_null(c->dialogs);
	MUST(mailbox_get(s, 8, &row, &e));
	press(c, "Del");
	press(c, "Tab");
	press(c, "Enter");
	finish_job(c);
	assert_false(mailbox_get(s, 8, &row, &e));
	assert_false(on_screen(c, "hans@contoso.com"));
}

static void removing_many_wants_the_number_typed(void **state) {
	struct err e;
	uint64_t n;
	(void)state;
	press(c, "Ctrl+A");
	finish_job(c);
	press(c, "d");
	assert_true(on_screen(c, "Type 10 to go on"));
	type(c, "9");
	press(c, "Enter");
	assert_non_null(c->dialogs);
	press(c, "Backspace");
	type(c, "10");
	press(c, "Enter");
	assert_null(c->dialogs);
	finish_job(c);
	MUST(mailboxes_count(s, &(struct mailbox_filter){ 0 }, &n, &e));
	assert_int_equal(n, 3); /* the three that a worker has in hand */
}

static void everything_at_once_asks_first(void **state) {
	(void)state;
	press(c, "Left"); /* the tree: POP/IMAP is all mailboxes */
	press(c, "g");
	assert_true(on_screen(c, "Migrate all 10 mailboxes?"));
	press(c, "Esc");
	assert_int_equal(state_of(s, 8), MBOX_STOPPED);
	press(c, "g");
	press(c, "y");
	finish_job(c);
	assert_int_equal(state_of(s, 8), MBOX_QUEUED);
}

static void a_batch_is_one_choice(void **state) {
	(void)state;
	press(c, "Left");
	press(c, "Down"); /* Batches */
	press(c, "Right");
	assert_int_equal(c->focus, PANE_LIST);
	assert_int_equal(c->list.kind, LIST_BATCHES);
	press(c, "Down");
	struct choice choice;
	console_choice(c, &choice);
	assert_int_equal(choice.scope, SCOPE_BATCH);
	assert_string_equal(choice.name, "batch wave-2");
	assert_int_equal(choice.count, 5);
	press(c, "Enter"); /* opens it */
	assert_int_equal(c->list.kind, LIST_MAILBOXES);
	assert_int_equal(c->list.total, 5);
	assert_int_equal(tree_current(&c->tree)->kind, NODE_BATCH);
}

static void the_filter_narrows_while_typing(void **state) {
	(void)state;
	press(c, "/");
	type(c, "AR");
	assert_int_equal(c->list.total, 1); /* carla */
	press(c, "Enter");
	assert_true(on_screen(c, "filter: AR"));
	assert_true(on_screen(c, "carla@contoso.com"));
	assert_false(on_screen(c, "anna@contoso.com"));
	press(c, "Esc");
	later(); /* no digit came: Esc is carried out */
	assert_int_equal(c->list.total, SEEDS);
	type(c, "/zzz");
	assert_true(on_screen(c, "Nothing matches. Esc shows all."));
	press(c, "Esc");
	assert_int_equal(c->list.total, SEEDS);
}

static void errors_only_is_a_switch(void **state) {
	(void)state;
	press(c, "!");
	assert_int_equal(c->list.total, 2);
	press(c, "!");
	assert_int_equal(c->list.total, SEEDS);
}

static void escape_and_a_digit_is_a_function_key(void **state) {
	(void)state;
	press(c, "Esc");
	press(c, "1");
	assert_true(on_screen(c, "Help: what you can do"));
	press(c, "Esc");
	assert_null(c->dialogs);
	press(c, "Esc");
	press(c, "g"); /* not a digit: Esc, then g */
	finish_job(c);
	assert_int_equal(state_of(s, 1), MBOX_COPYING);
}

static void pasted_text_is_not_a_command(void **state) {
	(void)state;
	go_to("hans@contoso.com");
	console_key(c, &(struct key){ .code = K_PASTE_BEGIN }, mono_ms());
	type(c, "gdq\ry");
	console_key(c, &(struct key){ .code = K_PASTE_END }, mono_ms());
	assert_false(c->leave);
	assert_null(c->dialogs);
	assert_null(job_label(c));
	assert_int_equal(state_of(s, 8), MBOX_STOPPED);
	press(c, "a");
	console_key(c, &(struct key){ .code = K_PASTE_BEGIN }, mono_ms());
	type(c, "/tmp/x.csv\r");
	console_key(c, &(struct key){ .code = K_PASTE_END }, mono_ms());
	assert_non_null(c->dialogs);
	assert_true(on_screen(c, "/tmp/x.csv"));
}

static void the_command_line_knows_the_verbs(void **state) {
	(void)state;
	type(c, ":sort state");
	press(c, "Enter");
	assert_int_equal(c->list.sort, SORT_STATE);
	type(c, ":fil");
	press(c, "Tab");
	type(c, " dirk");
	press(c, "Enter");
	assert_int_equal(c->list.total, 1);
	type(c, ":nonsense");
	press(c, "Enter");
	assert_true(c->note_bad && on_screen(c, "\"nonsense\" is not a command"));
	type(c, ":sort nonsense");
	press(c, "Enter");
	assert_true(c->note_bad && c->list.sort == SORT_STATE);
}

static void how_much_at_once_is_asked_and_stored(void **state) {
	char value[32];
	struct err e;
	(void)state;
	press(c, "J");
	assert_true(on_screen(c, "Mailboxes at once: 8"));
	press(c, "Ctrl+U");
	type(c, "12");
	press(c, "Enter");
	finish_job(c);
	assert_true(on_screen(c, "Mailboxes at once: 12"));
	assert_true(setting_get(s, "jobs", value, sizeof value, "", &e));
	assert_string_equal(value, "12");
	type(c, ":jobs 0");
	press(c, "Enter");
	finish_job(c);
	assert_true(c->note_bad && on_screen(c, "1 to 256"));
	type(c, ":rate 20M");
	press(c, "Enter");
	finish_job(c);
	assert_true(setting_get(s, "rate", value, sizeof value, "", &e));
	assert_string_equal(value, "20000000");
	press(c, "B");
	press(c, "Ctrl+U");
	press(c, "Enter");
	finish_job(c);
	assert_true(setting_get(s, "rate", value, sizeof value, "-", &e));
	assert_string_equal(value, "");
}

static void leaving_says_that_the_migration_goes_on(void **state) {
	(void)state;
	press(c, "q");
	assert_true(on_screen(c, "The migration goes on"));
	press(c, "Esc");
	assert_false(c->leave);
	press(c, "Ctrl+C");
	press(c, "Ctrl+C"); /* closes the question */
	assert_false(c->leave);
	press(c, "q");
	press(c, "Enter"); /* nothing is lost by leaving: one more key is enough */
	assert_true(c->leave);
	c->leave = false;
	press(c, "Ctrl+D");
	assert_true(c->leave);
}

static void quitting_without_work_asks_nothing(void **state) {
	(void)state;
	worker_unregister(s, worker);
	later();
	assert_true(on_screen(c, "worker: none"));
	press(c, "q");
	assert_true(c->leave);
}

static struct key click_at(const char *text, enum mouse_button button) {
	struct grid *g = grid_new(c->layout.w, c->layout.h, false);
	struct key k = { .code = K_MOUSE, .x = -1, .button = button };
	console_draw(c, g);
	for (int y = 0; y < g->h && k.x < 0; y++) {
		for (int x = 0; x < g->w && k.x < 0; x++) {
			size_t i = 0;
			while (text[i] && x + (int)i < g->w && grid_at(g, x + (int)i, y)->utf8[0] == text[i])
				i++;
			if (!text[i]) {
				k.x = x;
				k.y = y;
			}
		}
	}
	grid_free(g);
	if (k.x < 0)
		fail_msg("\"%s\" is not on the screen", text);
	return k;
}

static void click(const char *text, enum mouse_button button) {
	struct key k = click_at(text, button);
	console_key(c, &k, mono_ms());
}

static void the_mouse_reaches_everything(void **state) {
	(void)state;
	click("carla@", MOUSE_CLICK);
	assert_string_equal(list_current(&c->list)->source, "carla@contoso.com");
	click("Migrate selected", MOUSE_CLICK); /* the actions pane */
	finish_job(c);
	assert_int_equal(state_of(s, 3), MBOX_QUEUED);
	click("State", MOUSE_CLICK); /* a header sorts, again turns around */
	assert_true(c->list.sort == SORT_STATE && !c->list.descending);
	click("State", MOUSE_CLICK);
	assert_true(c->list.descending);
	click("wave-1", MOUSE_CLICK);
	assert_int_equal(c->list.total, 4);
	click("dirk@", MOUSE_DOUBLE);
	assert_true(on_screen(c, "General"));
	click("Failures", MOUSE_CLICK);
	assert_true(on_screen(c, "No message failed"));
	press(c, "Esc");
	click("? Help", MOUSE_CLICK); /* the key bar */
	assert_true(on_screen(c, "Help: what you can do"));
	press(c, "Esc");
	click("dirk@", MOUSE_RIGHT);
	assert_true(on_screen(c, "Esc close"));
	click("Find", MOUSE_CLICK); /* an entry of the menu */
	press(c, "Esc");
	click("dirk@", MOUSE_WHEEL_DOWN);
	click("dirk@", MOUSE_CLICK);
	press(c, "d");
	click("Cancel", MOUSE_CLICK);
	assert_null(c->dialogs);
}

/* Names that try to take over the terminal are shown, escaped. */
static void hostile_names_never_reach_the_grid(void **state) {
	static const char *const evil = "x\x1b]0;owned\x07\xc2\x9b"
					"31m\xe2\x80\xae@evil.example";
	struct err e;
	struct lease l;
	struct ledger_folder folder;
	bool found;
	(void)state;
	struct mailbox_filter only = { .ids = (int64_t[]){ 6 }, .id_count = 1 };
	MUST(lease_next(s, worker, &only, &l, &found, &e));
	assert_true(found);
	MUST(ledger_folder_open(s, &l, "evil", evil, &folder, &e));
	MUST(ledger_folder_map(s, &l, folder.id, "evil", evil, true, evil, &e));
	struct scan_item item = { .uid = 1, .keywords = "" };
	MUST(ledger_enumerate(s, &l, folder.id, &item, 1, NULL, &e));
	struct ledger_change failed = { .uid = 1,
					.state = MSG_FAILED,
					.cat = ERR_BAD_CONTENT,
					.text = evil,
					.subject = evil,
					.from = evil,
					.date = evil };
	MUST(ledger_change(s, &l, folder.id, &failed, 1, &e));
	MUST(mailboxes_progress(
		s,
		&(struct mailbox_progress){
			.id = 6, .state = MBOX_FAILED, .eta_s = -1, .error_cat = ERR_NET, .error = evil },
		1, &e));
	MUST(mailbox_set_test(s, 6, TEST_BAD, evil, &e));
	MUST(store_flush(s, &e));
	text_copy(c->list.text, sizeof c->list.text, "frank");
	console_refresh(c);
	for (const char *keys = "\0i23";; keys++) {
		struct buf b;
		buf_init(&b, 1 << 20);
		if (*keys)
			console_key(c, &(struct key){ .code = *keys }, mono_ms());
		screen_text(c, false, &b);
		assert_null(strchr(b.data, 0x1b));
		assert_null(strchr(b.data, 0x07));
		assert_null(strstr(b.data, "\xc2\x9b"));
		assert_null(strstr(b.data, "\xe2\x80\xae"));
		if ((*keys == '2' || *keys == '3') && !strstr(b.data, "x\\x1b]0;owned"))
			fail_msg("the name is not shown:\n%s", b.data);
		buf_free(&b);
		if (*keys == '3')
			break;
	}
}

int main(void) {
	setlocale(LC_ALL, "C.UTF-8");
	setenv("TZ", "UTC", 1);
	tzset();
	const struct CMUnitTest tests[] = {
		TEST(the_cursor_moves_and_stops_at_the_ends),
		TEST(the_cursor_stays_on_its_mailbox),
		TEST(a_changed_row_is_shown_within_a_poll),
		TEST(migrate_writes_the_request),
		TEST(marked_mailboxes_get_the_request),
		TEST(a_range_is_marked_with_shift),
		TEST(a_disabled_action_says_why),
		TEST(removing_asks_first),
		TEST(removing_many_wants_the_number_typed),
		TEST(everything_at_once_asks_first),
		TEST(a_batch_is_one_choice),
		TEST(the_filter_narrows_while_typing),
		TEST(errors_only_is_a_switch),
		TEST(escape_and_a_digit_is_a_function_key),
		TEST(pasted_text_is_not_a_command),
		TEST(the_command_line_knows_the_verbs),
		TEST(how_much_at_once_is_asked_and_stored),
		TEST(leaving_says_that_the_migration_goes_on),
		TEST(quitting_without_work_asks_nothing),
		TEST(the_mouse_reaches_everything),
		TEST(hostile_names_never_reach_the_grid),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
