/* SPDX-License-Identifier: MIT
 *
 * test_verify_console.c - verify and report by keys: what then lies in the store, what the screen says, what is
 * written.
 */
#include "tests/unit/tui/open_console.h"

static mono_ms_t later;

static int setup(void **state) {
	project_setup(state);
	seed_project(s);
	c = console_on(s, 132, 43);
	c->exe = "/bin/true"; /* nobody carries it out */
	return 0;
}

static struct verify_run last(void) {
	struct verify_run r;
	struct err e;
	bool found;
	MUST(verify_run_last(s, &r, &found, &e));
	assert_true(found);
	return r;
}

static int64_t only_left(void) {
	struct err e;
	int64_t *ids, id;
	size_t n;
	MUST(verify_run_left(s, last().id, &ids, &n, &e));
	assert_int_equal(n, 1);
	id = ids[0];
	free(ids);
	return id;
}

/* Past the next look at the store, and at whose process it is. */
static void look_again(void) {
	later += 60000;
	console_tick(c, mono_ms() + later);
}

static void ask_for(void) {
	press(c, "v");
	press(c, "F2");
	finish_job(c);
}

static void the_form_says_how_deep(void **state) {
	(void)state;
	press(c, "v");
	assert_true(on_screen(c, "< 2: header, date and flags of each >"));
	assert_true(on_screen(c, "Verify anna@contoso.com"));
	press(c, "Right");
	press(c, "Down");
	press(c, "Ctrl+U");
	type(c, "0");
	press(c, "F2");
	assert_true(on_screen(c, "Say how many bodies of each mailbox"));
	press(c, "Ctrl+U");
	type(c, "12");
	press(c, "Down");
	press(c, "Space");
	press(c, "F2");
	finish_job(c);
	assert_null(c->dialogs);
	struct verify_run r = last();
	assert_true(r.level == VERIFY_SAMPLE && r.bodies == 12 && r.refill && r.mailboxes == 1 && r.rows == 9450);
	assert_int_equal(only_left(), 1); /* what the cursor is on */
	assert_true(on_screen(c, "anna@contoso.com: is being verified in the background"));
	assert_true(on_screen(c, "Verify 0/1 0%"));
}

static void level_0_cannot_fill_gaps(void **state) {
	(void)state;
	press(c, "v");
	press(c, "Left");
	press(c, "Left");
	assert_true(on_screen(c, "< 0: "));
	press(c, "Down");
	press(c, "Down");
	press(c, "Space");
	press(c, "F2");
	assert_true(on_screen(c, "Level 0 does not know which copies are missing"));
	press(c, "Esc");
	assert_null(c->dialogs);
}

static void marked_ones_and_all(void **state) {
	struct err e;
	(void)state;
	press(c, "Space");
	press(c, "Space");
	ask_for();
	assert_int_equal(last().mailboxes, 2);
	MUST(verify_run_end(s, last().id, VERIFY_RUN_DONE, NULL, &e));
	press(c, "U");
	press(c, "Left");
	press(c, "Home");
	look_again();
	assert_true(on_screen(c, "Verification"));
	ask_for();
	assert_int_equal(last().mailboxes, SEEDS);
}

static void it_is_seen_going_on_and_ending(void **state) {
	struct verify_outcome o = { .gaps = 2 };
	struct err e;
	int64_t id;
	bool stop;
	(void)state;
	ask_for();
	MUST(verify_run_claim(s, 0, &id, &e));
	MUST(verify_run_progress(s, id, 4725, &stop, &e));
	look_again();
	assert_true(on_screen(c, "Verify 0/1 50%"));
	MUST(verify_run_mailbox(s, id, 1, &o, &e));
	MUST(verify_run_end(s, id, VERIFY_RUN_DONE, NULL, &e));
	look_again();
	assert_true(on_screen(c, "Verify: 0 of 1 mailbox without a gap at level 2, 2 gaps"));
	assert_true(c->note_bad);
	assert_false(on_screen(c, "Verify 0/1"));
}

static void it_is_stopped_and_goes_on(void **state) {
	struct err e;
	int64_t id;
	(void)state;
	ask_for();
	MUST(verify_run_claim(s, 0, &id, &e));
	look_again();
	press(c, "v");
	assert_true(on_screen(c, "is going on."));
	press(c, "Enter"); /* Let it go on has the focus */
	finish_job(c);
	assert_false(last().wants_stop);
	press(c, "v");
	press(c, "y");
	finish_job(c);
	assert_true(last().wants_stop);
	MUST(verify_run_end(s, id, VERIFY_RUN_STOPPED, NULL, &e));
	look_again();
	assert_true(on_screen(c, "Verify: stopped after 0 of 1 mailboxes: v goes on"));
	press(c, "v");
	assert_true(on_screen(c, "Go on with the last one: 1 mailbox left"));
	press(c, "1");
	finish_job(c);
	assert_true(on_screen(c, "The verification goes on in the background"));
	assert_true(last().id == id && last().state == VERIFY_RUN_QUEUED);
	MUST(verify_run_end(s, id, VERIFY_RUN_STOPPED, NULL, &e));
	look_again();
	press(c, "v");
	press(c, "2");
	assert_true(on_screen(c, "How deep"));
}

static void a_process_that_dies_is_noticed(void **state) {
	struct err e;
	int64_t id;
	(void)state;
	ask_for();
	MUST(verify_run_claim(s, 0, &id, &e));
	look_again();
	assert_true(on_screen(c, "Verify 0/1"));
	run_sql(s, "UPDATE verify_run SET start = start + 1");
	look_again();
	assert_true(on_screen(c, "its process is gone after 0 of 1 mailboxes"));
}

static void nothing_could_be_started(void **state) {
	(void)state;
	c->exe = "/nowhere/mailvan";
	ask_for();
	assert_true(c->note_bad);
	assert_true(on_screen(c, "Cannot start /nowhere/mailvan"));
	assert_int_equal(last().state, VERIFY_RUN_FAILED);
	assert_false(on_screen(c, "Verify 0/1"));
}

static void write_report(const char *keys, const char *path) {
	press(c, "R");
	for (; *keys; keys++)
		press(c, "Right");
	press(c, "Down");
	type(c, path);
	press(c, "F2");
	finish_job(c);
}

static void expect_file(const char *path, const char *text) {
	char have[65536];
	FILE *f = fopen(path, "r");
	assert_non_null(f);
	size_t n = fread(have, 1, sizeof have - 1, f);
	fclose(f);
	have[n] = '\0';
	if (!strstr(have, text))
		fail_msg("%s has no \"%s\"", path, text);
}

static void reports_are_written_in_every_format(void **state) {
	static const struct {
		const char *keys, *file, *has;
	} kinds[] = { { "", "r.html", "<html" },
		      { "1", "r.txt", "anna@contoso.com" },
		      { "11", "r.csv", "\xef\xbb\xbf" },
		      { "111", "r.json", "\"mailboxes\"" } };
	char path[120];
	(void)state;
	for (size_t i = 0; i < 4; i++) {
		snprintf(path, sizeof path, "%s/%s", dir, kinds[i].file);
		write_report(kinds[i].keys, path);
		if (!on_screen(c, "The report of anna@contoso.com is in"))
			fail_msg("%s: %s", path, c->note);
		expect_file(path, kinds[i].has);
		unlink(path);
	}
}

static void a_report_replaces_nothing(void **state) {
	char path[120];
	(void)state;
	snprintf(path, sizeof path, "%s/there.html", dir);
	FILE *f = fopen(path, "w");
	fputs("mine", f);
	fclose(f);
	write_report("", path);
	assert_true(on_screen(c, "is there already: name another file"));
	press(c, "Esc");
	expect_file(path, "mine");
	unlink(path);
}

static void the_sheet_names_differences(void **state) {
	struct verification v = { .level = 2, .at = 1580738710000, .checked = 9, .gaps = 1, .notes = 1, .missing = 1 };
	struct difference_row rows[2] = { { .kind = "Missing", .uid = 7, .size = 4 },
					  { .kind = "SourceGone", .uid = 9 } };
	struct err e;
	(void)state;
	press(c, "Down");
	press(c, "Down"); /* Carla is done */
	press(c, "i");
	assert_true(on_screen(c, "not verified"));
	press(c, "4");
	assert_true(on_screen(c, "Not verified yet"));
	text_copy(rows[0].folder, sizeof rows[0].folder, "INBOX");
	text_copy(rows[0].subject, sizeof rows[0].subject, "Wedding \x1b[2J list");
	text_copy(rows[0].text, sizeof rows[0].text, "It is not at the target any more");
	MUST(verification_save(s, 3, &v, rows, 2, &e));
	look_again();
	assert_true(on_screen(c, "Differences 2"));
	assert_true(on_screen(c, "INBOX, UID 7"));
	assert_true(on_screen(c, "It is not at the target any more"));
	assert_true(on_screen(c, "SourceGone"));
	press(c, "1");
	assert_true(on_screen(c, "level 2, 2020-02-03 14:05 UTC"));
	for (int w = 1; w < 210; w += 17) {
		struct buf b;
		buf_init(&b, 1 << 20);
		press(c, "4");
		console_resize(c, w, w / 3 + 1);
		screen_text(c, false, &b);
		buf_free(&b);
	}
}

int main(void) {
	setlocale(LC_ALL, "C.UTF-8");
	setenv("TZ", "UTC", 1);
	tzset();
	const struct CMUnitTest tests[] = {
		TEST(the_form_says_how_deep),	 TEST(level_0_cannot_fill_gaps),
		TEST(marked_ones_and_all),	 TEST(it_is_seen_going_on_and_ending),
		TEST(it_is_stopped_and_goes_on), TEST(a_process_that_dies_is_noticed),
		TEST(nothing_could_be_started),	 TEST(reports_are_written_in_every_format),
		TEST(a_report_replaces_nothing), TEST(the_sheet_names_differences),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
