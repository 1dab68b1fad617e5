/* SPDX-License-Identifier: MIT
 *
 * test_retry.c - which failed messages the commands "migrate" and "retry" try again, and how often.
 */
#include "core/store/commands.h"
#include "core/store/ledger_int.h"
#include "tests/unit/store/open_project.h"

#define ROWS 4

static struct lease lease;
static int64_t folder;

static void fail_row(uint32_t uid, unsigned again) {
	struct err e;
	struct ledger_change c = {
		.uid = uid, .state = MSG_FAILED, .cat = ERR_BAD_CONTENT, .text = "refused", .again = again
	};
	MUST(ledger_change(s, &lease, folder, &c, 1, &e));
}

static enum msg_state row_state(uint32_t uid) {
	struct err e;
	struct ledger_row row;
	bool found;
	MUST(ledger_row_get(s, folder, uid, &row, &found, &e));
	assert_true(found);
	return row.state;
}

static bool is_last(uint32_t uid) {
	struct err e;
	bool last;
	MUST(ledger_tried_again(s, folder, uid, &last, &e));
	return last;
}

/* As far as the ledger is concerned: the worker keeps its lease. */
static bool command_op(struct store *store, struct db *db, void *arg, struct err *e) {
	(void)store;
	return ledger_retry_mailbox(db, 1, *(const enum command *)arg == CMD_RETRY, e);
}

static void command(enum command c, uint64_t failed) {
	struct err e;
	struct mailbox_row row;
	MUST(ledger_flush(s, &lease, &e) && write_wait(s->writer, WRITE_NORMAL, command_op, &c, &e));
	MUST(mailbox_get(s, 1, &row, &e));
	assert_true(counts_hold(&row.counts));
	assert_int_equal(row.counts.failed, failed);
	assert_int_equal(row.counts.pending, ROWS - failed);
}

/* Row 1 is tried again by no migration, 2 by one, 3 by two. What fails again for another reason is done with; who asks
 * for a retry has them all, and from the start. */
static void each_so_often(void **state) {
	struct err e;
	struct ledger_folder f;
	struct scan_item items[ROWS];
	(void)state;
	add_many(s, 1);
	lease_one(s, 1, &lease);
	MUST(ledger_folder_open(s, &lease, "INBOX", "INBOX", &f, &e));
	folder = f.id;
	for (uint32_t i = 0; i < ROWS; i++)
		items[i] = (struct scan_item){ .uid = i + 1, .keywords = "", .size = 100 };
	MUST(ledger_enumerate(s, &lease, folder, items, ROWS, NULL, &e));
	for (unsigned round = 0; round < 2; round++) {
		for (uint32_t uid = 1; uid <= ROWS; uid++)
			fail_row(uid, uid - 1);
		for (unsigned migration = 1; migration <= 3; migration++) {
			command(CMD_MIGRATE, ROWS - (migration == 1 ? 3 : migration == 2 ? 1 : 0));
			for (uint32_t uid = 1; uid <= 3; uid++) {
				bool tried = migration < uid;
				assert_int_equal(row_state(uid), tried ? MSG_PENDING : MSG_FAILED);
				assert_int_equal(is_last(uid), uid > 1 && migration >= uid - 1);
				if (tried)
					fail_row(uid, 7); /* what was left counts */
			}
			if (migration == 1)
				fail_row(4, 0);
		}
		command(CMD_RETRY, 0);
		for (uint32_t uid = 1; uid <= ROWS; uid++) {
			assert_int_equal(row_state(uid), MSG_PENDING);
			assert_false(is_last(uid));
		}
	}
}

int main(void) {
	const struct CMUnitTest tests[] = { IN_PROJECT(each_so_often) };
	return cmocka_run_group_tests(tests, NULL, NULL);
}
