/* SPDX-License-Identifier: MIT
 *
 * sharing.h - one folder over several connections to the target: what test_share.c (lanes) and test_writers.c (writers)
 * have in common.
 */
#ifndef TESTS_ENGINE_SHARING_H
#define TESTS_ENGINE_SHARING_H

#include "tests/engine/engine_thread.h"

#define CAPS_SINGLE QUIRK_CAPS_PLAIN " LITERAL+ UIDPLUS LIST-EXTENDED LIST-STATUS SPECIAL-USE"
#define CAPS_NO_UIDPLUS QUIRK_CAPS_PLAIN " LITERAL+ MULTIAPPEND"
#define COUNT 120
#define SLOW_MS 4

static const struct quirks slow = { .caps = CAPS_SINGLE, .append_ms = SLOW_MS };

/* One line after the other is cut, whichever has that message; with it stored, or not. */
static const struct quirk_rule cut_rules[] = {
	{ .verb = "APPEND", .in = "<number-20@", .act = QUIRK_CLOSE, .times = 1 },
	{ .verb = "APPEND", .in = "<number-45@", .act = QUIRK_DO_CLOSE, .times = 1 },
	{ .verb = "APPEND", .in = "<number-70@", .act = QUIRK_DO_CLOSE, .times = 1 },
	{ .verb = "APPEND", .in = "<number-95@", .act = QUIRK_CLOSE, .times = 1 },
	{ 0 }
};
static const struct quirks cuts = { .caps = CAPS_SINGLE, .append_ms = SLOW_MS, .rules = cut_rules };

static void assert_all_cut(struct quirk_world *w) {
	for (size_t i = 0; cut_rules[i].verb; i++)
		assert_int_equal(quirk_fired(w->target, i), 1);
}

/* Did more than one connection append? */
static void assert_shared(struct quirk_world *w) {
	assert_true(quirk_overlaps(w->target) > 0);
}

static void assert_copied(struct quirk_world *w, struct mailbox_row row, unsigned count) {
	if (row.state != MBOX_SYNCED)
		fail_msg("%s: %s", mailbox_state_name(row.state), row.error);
	assert_int_equal(row.counts.copied + row.counts.adopted, count);
	world_assert_done(w, row.id, quirk_speaks_pop3(w->source) ? QUIRK_SAME_FOLDER : QUIRK_SAME_ALL);
}

/* The mailbox is stopped when a quarter has come: all connections let go at once, with everything answered that was
 * sent. The next run has nothing to look for at the target, and copies the rest. */
static void stop_and_go_on(struct quirk_world *w) {
	struct engine_thread t;
	int64_t id = world_add(w, w->source, w->target, "anna", "anna");
	command(w, CMD_MIGRATE);
	begin(&t, w, 4);
	assert_true(quirk_wait(w->target, "APPEND", NULL, COUNT / 4, 20000));
	command(w, CMD_STOP);
	row_in_state(w, id, MBOX_STOPPED, NULL, 8000);
	end(&t);
	assert_shared(w);
	assert_true(quirk_messages(w->target, NULL, NULL) < COUNT);
	quirk_forget(w->target);
	struct mailbox_row row = world_migrate(w, id);
	assert_int_equal(quirk_count(w->target, "UID FETCH", NULL), 0);
	assert_copied(w, row, COUNT);
}

#endif
