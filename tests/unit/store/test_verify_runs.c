/* SPDX-License-Identifier: MIT
 *
 * test_verify_runs.c - verifications that were asked for: claimed once, gone on with where they were left, stopped, and
 * replaced when they have ended.
 */
#include "core/store/commands.h"
#include "core/store/verify_runs.h"
#include "tests/unit/store/open_project.h"

static int setup(void **state) {
	project_setup(state);
	add_many(s, 5);
	return 0;
}

static int64_t add(const struct mailbox_filter *f) {
	struct verify_run how = { .level = 3, .bodies = 300, .seed = 77, .refill = true };
	struct err e;
	int64_t id;
	MUST(verify_run_add(s, &how, f, "operator", &id, &e));
	assert_true(id > 0);
	return id;
}

static struct verify_run last(void) {
	struct verify_run r;
	struct err e;
	bool found;
	MUST(verify_run_last(s, &r, &found, &e));
	assert_true(found);
	return r;
}

static size_t left(int64_t id) {
	struct err e;
	int64_t *ids;
	size_t n;
	MUST(verify_run_left(s, id, &ids, &n, &e));
	free(ids);
	return n;
}

static void asked_for_and_carried_out(void **state) {
	(void)state;
	const int64_t some[] = { 2, 4 };
	struct mailbox_filter f = { .ids = some, .id_count = 2 };
	struct verify_outcome good = { .clean = true }, bad = { .gaps = 7, .refilled = 3 };
	struct verify_run r;
	struct err e;
	int64_t id, again;
	bool stop, found;
	MUST(verify_run_last(s, &r, &found, &e));
	assert_false(found);
	id = add(&f);
	r = last();
	assert_true(verify_run_open(&r) && r.state == VERIFY_RUN_QUEUED && r.mailboxes == 2 && r.done == 0);
	assert_true(r.level == 3 && r.bodies == 300 && r.seed == 77 && r.refill);
	assert_string_equal(r.who, "operator");
	MUST(verify_run_claim(s, 0, &again, &e));
	assert_int_equal(again, id);
	MUST(verify_run_claim(s, 0, &again, &e)); /* this process has it */
	assert_int_equal(again, 0);
	MUST(verify_run_progress(s, id, 41, &stop, &e));
	assert_false(stop);
	MUST(verify_run_mailbox(s, id, 2, &good, &e));
	assert_int_equal(left(id), 1);
	MUST(verify_run_mailbox(s, id, 4, &bad, &e));
	MUST(verify_run_end(s, id, VERIFY_RUN_DONE, NULL, &e));
	r = last();
	assert_false(verify_run_open(&r));
	assert_true(r.done == 2 && r.clean == 1 && r.gaps == 7 && r.refilled == 3 && r.rows_done == 41);
	MUST(verify_run_claim(s, 0, &again, &e));
	assert_int_equal(again, 0);
}

static void stopped_and_gone_on_with(void **state) {
	(void)state;
	struct mailbox_filter all = { .ids = NULL };
	struct verify_outcome good = { .clean = true };
	struct command_result gone;
	struct verify_run r;
	struct err e;
	bool stop;
	int64_t id = add(&all), again, one = 5;
	struct mailbox_filter only = { .ids = &one, .id_count = 1 };
	MUST(verify_run_claim(s, id, &again, &e));
	MUST(verify_run_mailbox(s, id, 1, &good, &e));
	MUST(verify_run_stop(s, id, &e));
	r = last();
	assert_true(verify_run_open(&r) && r.wants_stop);
	MUST(verify_run_progress(s, id, 0, &stop, &e));
	assert_true(stop);
	MUST(verify_run_end(s, id, VERIFY_RUN_STOPPED, NULL, &e));
	MUST(command_issue(s, CMD_REMOVE, &only, "test", &gone, &e));
	r = last();
	assert_true(verify_run_rest(&r));
	MUST(verify_run_go_on(s, id, &e));
	r = last();
	assert_true(r.state == VERIFY_RUN_QUEUED && verify_run_open(&r));
	assert_false(verify_run_go_on(s, id, &e)); /* it waits already */
	MUST(verify_run_claim(s, 0, &again, &e));
	assert_int_equal(again, id);
	assert_int_equal(left(id), 3); /* of five one is done and one is no longer there */
	MUST(verify_run_progress(s, id, 0, &stop, &e));
	assert_false(stop);
}

static void a_dead_process_has_nothing(void **state) {
	(void)state;
	struct mailbox_filter all = { .ids = NULL };
	struct err e;
	int64_t id = add(&all), again;
	MUST(verify_run_claim(s, id, &again, &e));
	run_sql(s, "UPDATE verify_run SET start = start + 1"); /* that pid is somebody else's now */
	struct verify_run r = last();
	assert_true(r.lost && !verify_run_open(&r));
	MUST(verify_run_claim(s, 0, &again, &e));
	assert_int_equal(again, id);
	assert_false(last().lost);
}

/* A console could not start anything, and the operator asks again. */
static void one_that_never_came_makes_room(void **state) {
	(void)state;
	struct mailbox_filter all = { .ids = NULL };
	struct err e;
	bool stop;
	int64_t id = add(&all), again;
	run_sql(s, "UPDATE verify_run SET added = added - 60000");
	assert_true(last().lost);
	assert_int_equal(add(&all), id + 1);
	assert_int_equal(left(id), 0);
	/* Whoever comes after all finds that nobody wants it. */
	MUST(verify_run_claim(s, id, &again, &e));
	assert_int_equal(again, 0);
	MUST(verify_run_progress(s, id, 1, &stop, &e));
	assert_true(stop);
}

static void two_at_once_do_not_touch_each_other(void **state) {
	(void)state;
	struct mailbox_filter all = { .ids = NULL };
	struct err e;
	int64_t first = add(&all), second, again;
	MUST(verify_run_claim(s, first, &again, &e));
	second = add(&all);
	MUST(verify_run_claim(s, second, &again, &e));
	assert_int_equal(again, second);
	assert_int_equal(left(first), 5);
}

int main(void) {
#define TEST(f) cmocka_unit_test_setup_teardown(f, setup, project_teardown)
	const struct CMUnitTest tests[] = {
		TEST(asked_for_and_carried_out),	   TEST(stopped_and_gone_on_with),
		TEST(a_dead_process_has_nothing),	   TEST(one_that_never_came_makes_room),
		TEST(two_at_once_do_not_touch_each_other),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
