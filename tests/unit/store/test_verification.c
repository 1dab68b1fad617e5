/* SPDX-License-Identifier: MIT
 *
 * test_verification.c - results of verify are kept and go with their mailbox; refill only where nobody works, and only
 * rows that are copied; when a copy ceases to be known as one; how long runs and throttling took.
 */
#include "core/store/commands.h"
#include "core/store/verification.h"
#include "tests/unit/store/open_project.h"

static int setup(void **state) {
	project_setup(state);
	add_many(s, 2);
	return 0;
}

static bool count_one(void *arg, const struct difference_row *row) {
	assert_string_equal(row->kind, "Missing");
	assert_true(row->size == (row->uid == 1 ? UINT64_MAX : 77));
	(*(unsigned *)arg)++;
	return true;
}

static void kept_replaced_and_gone_with_the_mailbox(void **state) {
	(void)state;
	struct difference_row *rows = calloc(DIFFERENCES_KEPT + 5, sizeof *rows);
	struct verification v = { .level = 4, .at = 5, .checked = 9, .gaps = DIFFERENCES_KEPT + 5 }, out;
	struct command_result r;
	struct err e;
	unsigned n = 0;
	bool found;
	int64_t id = 1;
	for (uint32_t i = 0; i < DIFFERENCES_KEPT + 5; i++) {
		rows[i] = (struct difference_row){ .uid = i + 1, .size = i ? 77 : UINT64_MAX };
		text_copy(rows[i].kind, sizeof rows[i].kind, "Missing");
	}
	MUST(verification_get(s, 1, &out, &found, &e));
	assert_false(found);
	MUST(verification_save(s, 1, &v, rows, DIFFERENCES_KEPT + 5, &e));
	MUST(verification_get(s, 1, &out, &found, &e));
	assert_true(found && out.level == 4 && out.at == 5 && out.checked == 9 && out.gaps == v.gaps);
	MUST(verification_differences(s, 1, count_one, &n, &e));
	assert_int_equal(n, DIFFERENCES_KEPT);
	n = 0;
	MUST(verification_save(s, 1, &v, rows, 1, &e));
	MUST(verification_differences(s, 1, count_one, &n, &e));
	assert_int_equal(n, 1);
	MUST(verification_save(s, 99, &v, rows, 1, &e)); /* no such mailbox */
	MUST(command_issue(s, CMD_REMOVE, &(struct mailbox_filter){ .ids = &id, .id_count = 1 }, "test", &r, &e));
	assert_int_equal(query_int(dir, "SELECT count(*) FROM verification"), 0);
	assert_int_equal(query_int(dir, "SELECT count(*) FROM difference"), 0);
	free(rows);
}

static void refill_only_what_is_copied_and_nobody_works_on(void **state) {
	(void)state;
	struct scan_item items[3] = { 0 };
	struct ledger_change done[2] = { { .uid = 1, .state = MSG_DONE, .dst_uid = 11, .size = 10 },
					 { .uid = 2, .state = MSG_DONE, .dst_uid = 12, .size = 10 } };
	const uint32_t uids[] = { 1, 3, 9 };
	struct ledger_folder f;
	struct mailbox_row row;
	struct lease l;
	struct err e;
	uint64_t queued;
	lease_one(s, 1, &l);
	MUST(ledger_folder_open(s, &l, "INBOX", "INBOX", &f, &e));
	for (uint32_t i = 0; i < 3; i++)
		items[i] = (struct scan_item){ .uid = i + 1, .keywords = "", .size = 10 };
	MUST(ledger_enumerate(s, &l, f.id, items, 3, NULL, &e));
	MUST(ledger_change(s, &l, f.id, done, 2, &e));
	MUST(store_flush(s, &e));
	MUST(mailbox_get(s, 1, &row, &e));
	assert_true(row.uncopied == 0);
	REFUSED(ledger_refill(s, 1, f.id, uids, 3, &queued, &e), ERR_INPUT);
	MUST(lease_release(s, &l, &e));
	REFUSED(ledger_refill(s, 2, f.id, uids, 3, &queued, &e), ERR_INPUT); /* another mailbox's folder */
	MUST(ledger_refill(s, 1, f.id, uids, 3, &queued, &e));
	assert_int_equal(queued, 1); /* 3 is pending, 9 is nothing */
	MUST(mailbox_get(s, 1, &row, &e));
	assert_true(counts_hold(&row.counts));
	assert_int_equal(row.counts.copied, 1);
	assert_int_equal(row.counts.pending, 2);
	assert_true(row.uncopied > 0);
	/* In doubt, never simply to be sent: and the whole folder must be matched first. */
	assert_int_equal(query_int(dir, "SELECT state FROM msg WHERE uid = 1"), MSG_INTENT);
	assert_int_equal(query_int(dir, "SELECT must_match FROM folder"), 1);
	assert_int_equal(query_int(dir, "SELECT open FROM intent WHERE uidnext = 1"), 1);
}

static void report_state(enum mailbox_state state, bool started, bool finished) {
	struct err e;
	MUST(mailboxes_progress(
		s,
		&(struct mailbox_progress){
			.id = 1, .state = state, .eta_s = -1, .started = started, .finished = finished },
		1, &e));
	MUST(store_flush(s, &e));
}

static void pass(int64_t ms) {
	for (mono_ms_t until = mono_ms() + ms; mono_ms() < until;)
		usleep(1000);
}

static void times_of_runs_and_throttling_add_up(void **state) {
	(void)state;
	struct mailbox_row row;
	struct err e;
	report_state(MBOX_CONNECTING, true, false);
	pass(30);
	report_state(MBOX_THROTTLED, false, false);
	pass(40);
	report_state(MBOX_COPYING, false, false);
	report_state(MBOX_SYNCED, false, true);
	MUST(mailbox_get(s, 1, &row, &e));
	assert_true(row.throttled_ms >= 38 && row.run_ms >= 68 && row.run_ms < 60000);
	assert_true(row.throttled_ms < row.run_ms);
	/* What lies between two runs is nobody's work. */
	uint64_t before = row.run_ms;
	pass(400);
	report_state(MBOX_CONNECTING, true, false);
	report_state(MBOX_SYNCED, false, true);
	MUST(mailbox_get(s, 1, &row, &e));
	assert_true(row.run_ms - before < 400);
}

int main(void) {
#define TEST(f) cmocka_unit_test_setup_teardown(f, setup, project_teardown)
	const struct CMUnitTest tests[] = {
		TEST(kept_replaced_and_gone_with_the_mailbox),
		TEST(refill_only_what_is_copied_and_nobody_works_on),
		TEST(times_of_runs_and_throttling_add_up),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
