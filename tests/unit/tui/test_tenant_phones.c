/* SPDX-License-Identifier: MIT
 *
 * test_tenant_phones.c - by keys: hand-outs, which feeds are followed, and what the forms of these and of enrolments
 * look like.
 */
#include "tests/unit/tui/golden.h" /* before the fixture, whose c it would hide */
#include "tests/unit/tui/enrol_fixture.h"

static void a_hand_out_asks_where_and_for_what(void **state) {
	char path[120];
	(void)state;
	/* Nothing may leave this machine; a directory that can't be made ends it before anything is asked. */
	run_sql(s, "UPDATE tenant SET exchange = 'https://127.0.0.1:9', graph = 'https://127.0.0.1:9', authority = "
		   "'https://127.0.0.1:9'");
	console_refresh(c);
	snprintf(path, sizeof path, "%s/project.db/hand-outs", dir);
	go_to_node(c, NODE_DEVICES);
	cursor_on(c, "Quarantined");
	press(c, "H");
	assert_true(on_screen(c, "For bob@contoso.com, Bob's old phone"));
	assert_true(on_screen(c, "hand-outs"));
	assert_true(on_screen(c, "set up a phone"));
	press(c, "Ctrl+U");
	press(c, "F2");
	assert_true(on_screen(c, "Name a directory"));
	type(c, path);
	submit();
	expect_note("Cannot make the directory");
	assert_true(c->note_bad);
	go_to_node(c, NODE_USERS);
	press(c, "Ctrl+A");
	finish_job(c);
	press(c, "H");
	assert_true(on_screen(c, "For 4 selected"));
	press(c, "Esc");
	assert_int_equal(c->list.marks.count, 4);
}

static void feeds_are_followed_and_given_up(void **state) {
	(void)state;
	go_to_node(c, NODE_FEEDS);
	press(c, "a");
	fill("http://feed.example/other");
	press(c, "F2");
	assert_true(on_screen(c, "by https only"));
	press(c, "Up");
	fill("https://feed.example/rss");
	press(c, "F2");
	assert_true(on_screen(c, "followed already"));
	press(c, "Up");
	fill("https://feed.example/other");
	submit();
	assert_int_equal(number(s, "SELECT count(*) FROM feed"), 2);
	/* Read at once; feeds are no tenant's. */
	assert_int_equal(number(s, "SELECT count(*) FROM task WHERE verb = 'refresh-feeds' AND tenant = 0"), 1);
	run_sql(s, "DELETE FROM task");
	press(c, "F5");
	finish_job(c);
	assert_int_equal(number(s, "SELECT count(*) FROM task WHERE verb = 'refresh-feeds' AND tenant = 0"), 1);
	run_sql(s, "UPDATE feed SET error = 'It answers with a page' WHERE id = 2");
	press(c, "d");
	assert_true(on_screen(c, "Service news, not read yet"));
	assert_true(on_screen(c, "https://feed.example/other: It answers with a page"));
	press(c, "2");
	assert_true(on_screen(c, "It cannot be read: It answers with a page"));
	press(c, "Enter"); /* Keep has the focus */
	assert_int_equal(number(s, "SELECT count(*) FROM feed"), 2);
	press(c, "d");
	press(c, "1");
	press(c, "y");
	expect_note("not followed any more");
	assert_int_equal(number(s, "SELECT count(*) FROM feed WHERE url = 'https://feed.example/rss'"), 0);
	assert_int_equal(number(s, "SELECT count(*) FROM feed_item"), 0);
}

/* Forms at the smallest usual size, and the list at all. */
static void what_is_shown(void **state) {
	static const struct {
		const char *name;
		enum node_kind node;
		const char *keys[3];
	} dialogs[] = {
		{ "enrol-new", NODE_ENROLMENTS, { "a" } },    { "enrol-add", NODE_ENROLMENTS, { "u" } },
		{ "enrol-import", NODE_ENROLMENTS, { "c" } }, { "enrol-contract", NODE_ENROLMENTS, { "e" } },
		{ "enrol-sheet", NODE_ENROLMENTS, { "s" } },  { "enrol-refused", NODE_ENROLMENTS, { "s", "F2" } },
		{ "enrol-remove", NODE_ENROLMENTS, { "D" } }, { "enrol-confirm", NODE_ENROLMENTS, { "y" } },
		{ "enrol-mark", NODE_ENROLMENTS, { "t" } },   { "enrol-take-out", NODE_ENROLMENTS, { "d" } },
		{ "handout", NODE_DEVICES, { "H" } },	      { "feed-add", NODE_FEEDS, { "a" } },
		{ "feeds-followed", NODE_FEEDS, { "d" } },    { "feed-remove", NODE_FEEDS, { "d", "1" } },
	};
	static const struct { int w, h; } sizes[] = { { 80, 24 }, { 132, 43 }, { 200, 60 }, { 40, 12 } };
	(void)state;
	make_ready();
	press(c, "Home");
	for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++) {
		console_resize(c, sizes[i].w, sizes[i].h);
		golden(c, "enrolments", false, false);
	}
	for (size_t i = 0; i < sizeof dialogs / sizeof *dialogs; i++) {
		console_resize(c, 80, 24);
		go_to_node(c, dialogs[i].node);
		for (size_t k = 0; k < 3 && dialogs[i].keys[k]; k++)
			press(c, dialogs[i].keys[k]);
		finish_job(c);
		if (!c->dialogs)
			fail_msg("%s: no dialog has opened: %s", dialogs[i].name, c->note);
		golden(c, dialogs[i].name, false, false);
		console_resize(c, 40, 12);
		golden(c, dialogs[i].name, false, false);
		while (c->dialogs)
			press(c, "Esc");
	}
}

int main(void) {
	setlocale(LC_ALL, "C.UTF-8");
	setenv("TZ", "UTC", 1);
	tzset();
	const struct CMUnitTest tests[] = {
		TEST(a_hand_out_asks_where_and_for_what),
		TEST(feeds_are_followed_and_given_up),
		TEST(what_is_shown),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
