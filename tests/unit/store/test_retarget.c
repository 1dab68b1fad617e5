/* SPDX-License-Identifier: MIT
 *
 * test_retarget.c - a mailbox whose target becomes another one: its copies are in doubt, and nothing of the old target
 * is taken along.
 */
#include "tests/unit/store/open_project.h"
static struct lease lease;

static int setup(void **state) {
	project_setup(state);
	add_many(s, 2);
	lease_one(s, 1, &lease);
	return 0;
}

static struct ledger_folder inbox(void) {
	struct err e;
	struct ledger_folder f;
	bool found;
	MUST(ledger_folder_find(s, 1, "INBOX", &f, &found, &e));
	assert_true(found);
	return f;
}

/* Copied, found there, refused, and not tried yet. */
static int64_t four_rows(void) {
	struct err e;
	struct ledger_folder f;
	struct scan_item items[4];
	const struct ledger_change changes[] = {
		{ .uid = 1, .state = MSG_DONE, .dst_uid = 5 },
		{ .uid = 2, .state = MSG_ADOPTED, .dst_uid = 6 },
		{ .uid = 3, .state = MSG_FAILED, .cat = ERR_TOO_LARGE, .text = "The message is too large" },
	};
	MUST(ledger_folder_open(s, &lease, "INBOX", "INBOX", &f, &e));
	for (uint32_t i = 0; i < 4; i++)
		items[i] = (struct scan_item){ .uid = i + 1, .keywords = "", .size = 10 };
	MUST(ledger_enumerate(s, &lease, f.id, items, 4, NULL, &e));
	struct ticket *t = ledger_intent(s, &lease, f.id, 77, 1, (uint32_t[]){ 1, 2, 3 }, 3, &e);
	assert_non_null(t);
	MUST(ticket_wait(t, &e));
	MUST(ledger_change(s, &lease, f.id, changes, 3, &e));
	return f.id;
}

/* Another target: nothing while a worker has the mailbox, then everything is in doubt, and what had failed is tried. */
static void test_another_target(void **state) {
	struct err e;
	struct add_result r;
	struct mailbox_row row;
	struct mailbox_spec *m = calloc(1, sizeof *m);
	(void)state;
	assert_non_null(m);
	int64_t f = four_rows();
	MUST(ledger_folder_map(s, &lease, f, "INBOX", "INBOX", true, NULL, &e));
	MUST(ledger_folder_set_dst(s, &lease, f, 77, &e));
	MUST(store_flush(s, &e));
	fill_spec(m, 1);
	snprintf(m->target.host, sizeof m->target.host, "imap.other.example");
	REFUSED(mailboxes_add(s, m, 1, &r, &e), ERR_INPUT);
	assert_int_equal(inbox().counts.copied, 1);
	set_state(s, 1, MBOX_SYNCED);
	MUST(lease_release(s, &lease, &e));
	MUST(mailboxes_add(s, m, 1, &r, &e));
	assert_int_equal(r.updated, 1);
	assert_int_equal(r.moved, 1);
	struct ledger_folder lf = inbox();
	assert_int_equal(lf.counts.pending, 4);
	assert_int_equal(lf.dst_uidvalidity, 0);
	assert_true(lf.must_match);
	assert_string_equal(lf.dst_wire, "");
	MUST(mailbox_get(s, 1, &row, &e));
	assert_int_equal(row.state, MBOX_SYNCED_WITH_GAPS);
	assert_int_equal(row.renamed_folders, 0);
	MUST(mailboxes_add(s, m, 1, &r, &e));
	assert_int_equal(r.unchanged, 1);
	/* One that was never copied goes elsewhere without a word. */
	fill_spec(m, 2);
	snprintf(m->target.host, sizeof m->target.host, "imap.other.example");
	MUST(mailboxes_add(s, m, 1, &r, &e));
	assert_int_equal(r.updated, 1);
	assert_int_equal(r.moved, 0);
	free(m);
}

int main(void) {
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_another_target, setup, project_teardown),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
