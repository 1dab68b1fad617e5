/* SPDX-License-Identifier: MIT
 *
 * test_progress.c - what the row of a running mailbox says of its folders, and which of them count as done.
 */
#include "tests/unit/store/fixture.h"

#include "core/work/sync.h"

#define FOLDERS 60

static char dir[64];
static struct store *s;
static struct engine_config cfg;
static struct run r;

static int setup(void **state) {
	(void)state;
	dir_make(dir);
	s = open_store(dir, STORE_CREATE);
	add_many(s, 1);
	r = (struct run){ .store = s, .cfg = &cfg, .state = MBOX_COPYING };
	pthread_mutex_init(&r.voice, NULL);
	lease_one(s, 1, &r.lease);
	return 0;
}

static int teardown(void **state) {
	(void)state;
	pthread_mutex_destroy(&r.voice);
	store_close(s);
	dir_remove(dir);
	return 0;
}

/* What stands in the row; no error. */
static void says(const char *text) {
	struct mailbox_row row;
	struct err e;
	MUST(store_flush(s, &e));
	MUST(mailbox_get(s, 1, &row, &e));
	assert_string_equal(row.error, text);
	assert_int_equal(row.error_cat, ERR_NONE);
}

/* As if time had passed since the last one. */
static void report(void) {
	r.progress.last_report = 0;
	run_report(&r, false);
}

static void target_folders_being_made_are_counted(void **state) {
	(void)state;
	run_folders_begin(&r, FOLDERS);
	run_folders_made(&r, 0, FOLDERS);
	says("Making folders at the target: 0 of 60");
	r.progress.last_report = 0;
	run_folders_made(&r, 40, FOLDERS);
	says("Making folders at the target: 40 of 60");
	run_folders_made(&r, FOLDERS, 0);
	report();
	says("Folders: 0 of 60 done");
}

static void a_few_are_not_worth_a_word(void **state) {
	(void)state;
	run_folders_begin(&r, 10);
	run_folders_made(&r, 0, 10);
	says("");
	run_folders_made(&r, 10, 0);
	report();
	says("");
}

static enum err_cat trouble;

static bool select_fails(struct source *src, const char *wire, struct folder_status *status, struct err *e) {
	(void)src, (void)wire, (void)status;
	return err_set(e, trouble, "The folder does not open");
}

/* A lane that gives a folder back has not done it: another one will, and then it counts, once. */
static void only_what_is_through_is_done(void **state) {
	(void)state;
	static const struct source_ops ops = { .select = select_fails };
	struct source src = { &ops };
	struct folder_info info = { .wire = "INBOX", .display = "INBOX" };
	struct plan plan = { .src = &info, .src_count = 1 };
	struct err e;
	r.src = &src;
	run_folders_begin(&r, FOLDERS);
	trouble = ERR_NET;
	assert_false(folder_run(&r, &plan, 0, &e));
	report();
	says("Folders: 0 of 60 done");
	trouble = ERR_FOLDER_NAME; /* it is named, and the run goes on without it */
	MUST(folder_run(&r, &plan, 0, &e));
	report();
	says("Folders: 1 of 60 done");
}

int main(void) {
#define TEST(f) cmocka_unit_test_setup_teardown(f, setup, teardown)
	const struct CMUnitTest tests[] = {
		TEST(target_folders_being_made_are_counted),
		TEST(a_few_are_not_worth_a_word),
		TEST(only_what_is_through_is_done),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
