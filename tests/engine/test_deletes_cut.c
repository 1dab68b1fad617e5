/* SPDX-License-Identifier: MIT
 *
 * test_deletes_cut.c - --sync-deletes when the line breaks, or the target refuses, in the middle of a removal: what the
 * source lacks goes once, everything else stays, and no mark is left behind.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdlib.h>

#include "tests/servers/delta_world_lib.h"

#define CAPS_MOVE QUIRK_CAPS " MOVE"

static const struct quirks good = { 0 };

static void broken_at(struct quirk_world *w, const struct quirks *target, enum sync_deletes how) {
	int64_t id = delta_begin(w, &good, target, 40, how);
	quirk_expunge(w->source, "INBOX", "special-");
	delta_again(w, id);
	struct mailbox_row row = delta_again(w, id);
	assert_int_equal(row.state, MBOX_SYNCED);
	row = delta_again(w, id);
	assert_int_equal(quirk_messages(w->target, "INBOX", NULL), 37);
	assert_int_equal(quirk_messages(w->target, "INBOX", "special-"), 0);
	assert_int_equal(quirk_flagged(w->target, "INBOX", "\\Deleted"), 0);
	assert_int_equal(quirk_messages(w->target, "Trash", NULL), how == SYNC_DELETES_TRASH ? 3 : 0);
	assert_int_equal(row.counts.vanished, 3);
	assert_int_equal(row.counts.copied, 37);
}

#define BREAKS(test, on, what, how)                                                                                    \
	static void test(void **state) {                                                                               \
		static const struct quirk_rule rules[] = { { .verb = on, .act = what, .times = 1 }, { 0 } };           \
		static const struct quirks q = { .caps = CAPS_MOVE, .rules = rules };                                  \
		broken_at(*state, &q, how);                                                                            \
	}
BREAKS(cut_before_the_mark, "UID STORE", QUIRK_CLOSE, SYNC_DELETES_EXPUNGE)
BREAKS(cut_after_the_mark, "UID STORE", QUIRK_DO_CLOSE, SYNC_DELETES_EXPUNGE)
BREAKS(cut_before_the_expunge, "UID EXPUNGE", QUIRK_CLOSE, SYNC_DELETES_EXPUNGE)
BREAKS(cut_after_the_expunge, "UID EXPUNGE", QUIRK_DO_CLOSE, SYNC_DELETES_EXPUNGE)
BREAKS(cut_before_the_move, "UID MOVE", QUIRK_CLOSE, SYNC_DELETES_TRASH)
BREAKS(cut_after_the_move, "UID MOVE", QUIRK_DO_CLOSE, SYNC_DELETES_TRASH)

/* Cut, and then the option is taken back: what was not removed stays, without a mark on it. */
static void the_option_taken_back(void **state) {
	static const struct quirk_rule rules[] = {
		{ .verb = "UID EXPUNGE", .act = QUIRK_ANSWER, .text = "NO [NOPERM] you may not" }, { 0 }
	};
	static const struct quirks q = { .rules = rules };
	struct quirk_world *w = *state;
	int64_t id = delta_begin(w, &good, &q, 40, SYNC_DELETES_EXPUNGE);
	quirk_expunge(w->source, "INBOX", "special-");
	delta_again(w, id);
	struct mailbox_row row = delta_again(w, id);
	assert_int_equal(row.state, MBOX_SYNCED);
	assert_int_equal(row.counts.copied, 40);
	assert_int_equal(quirk_messages(w->target, "INBOX", NULL), 40);
	assert_int_equal(quirk_flagged(w->target, "INBOX", "\\Deleted"), 0);
	assert_true(delta_alarm(w, id, "sync-deletes", "you may not"));
}

int main(void) {
	const struct CMUnitTest tests[] = {
		WORLD_TEST(cut_before_the_mark),
		WORLD_TEST(cut_after_the_mark),
		WORLD_TEST(cut_before_the_expunge),
		WORLD_TEST(cut_after_the_expunge),
		WORLD_TEST(cut_before_the_move),
		WORLD_TEST(cut_after_the_move),
		WORLD_TEST(the_option_taken_back),
	};
	cmocka_set_test_filter(getenv("MAILVAN_TEST_ONLY"));
	return cmocka_run_group_tests(tests, NULL, NULL);
}
