/* SPDX-License-Identifier: MIT
 *
 * test_writers.c - one stream of messages over several connections to the target (writers.h), here from a POP3
 * maildrop, which has one connection only: whatever happens to one of them, nothing is lost and nothing comes twice.
 *
 * run.sh: timeout=300
 */
#include "tests/engine/sharing.h"

#include "core/work/tuning.h"

#define CAPS_SYNC QUIRK_CAPS_PLAIN " UIDPLUS"

static const struct quirks maildrop = { .pop3 = true };

/* rows: further connections are opened at once; 0: when they pay. */
static void begin_writers(struct quirk_world *w, const struct quirks *target, unsigned rows) {
	w->share_rows = rows;
	world_servers(w, &maildrop, target);
	quirk_fill(w->source, "INBOX", 1, COUNT);
}

static void several_take_turns(void **state) {
	struct quirk_world *w = *state;
	int64_t id;
	begin_writers(w, w->profile, 40); /* more than a group */
	struct mailbox_row row = world_move(w, &id);
	assert_shared(w);
	assert_int_equal(quirk_count(w->source, "PASS", NULL), 1);
	assert_int_equal(quirk_count(w->target, "AUTHENTICATE", NULL), LANES_DEFAULT);
	assert_copied(w, row, COUNT);
}

/* Nobody asked for it: the target is slow, and what is left takes long. */
static void a_slow_target_gets_more(void **state) {
	static const struct quirks slower = { .caps = CAPS_SYNC, .append_ms = 20 };
	struct quirk_world *w = *state;
	int64_t id;
	begin_writers(w, &slower, 0);
	struct mailbox_row row = world_move(w, &id);
	assert_shared(w);
	assert_copied(w, row, COUNT);
}

static void a_quick_one_does_not(void **state) {
	static const struct quirks quick = { .caps = CAPS_SINGLE };
	struct quirk_world *w = *state;
	int64_t id;
	begin_writers(w, &quick, 0);
	struct mailbox_row row = world_move(w, &id);
	assert_int_equal(quirk_overlaps(w->target), 0);
	assert_copied(w, row, COUNT);
}

/* They count as its lanes do. */
static void no_more_than_its_lanes(void **state) {
	struct quirk_world *w = *state;
	struct err e;
	int64_t id;
	assert_true(setting_set(w->store, "lanes", "2", &e));
	begin_writers(w, &slow, 40);
	struct mailbox_row row = world_move(w, &id);
	assert_int_equal(quirk_count(w->target, "AUTHENTICATE", NULL), 2);
	assert_copied(w, row, COUNT);
}

static void one_job_is_one_connection(void **state) {
	struct quirk_world *w = *state;
	int64_t id;
	w->jobs = 1;
	begin_writers(w, &slow, 8);
	struct mailbox_row row = world_move(w, &id);
	assert_int_equal(quirk_overlaps(w->target), 0);
	assert_copied(w, row, COUNT);
}

/* Nobody hears of it, and nobody asks again for each folder. */
static void a_second_login_is_refused(void **state) {
	static const struct quirks narrow = { .caps = CAPS_SINGLE, .append_ms = SLOW_MS, .sessions_max = 1 };
	struct quirk_world *w = *state;
	int64_t id;
	begin_writers(w, &narrow, 8);
	struct mailbox_row row = world_move(w, &id);
	assert_int_equal(quirk_overlaps(w->target), 0);
	assert_int_equal(quirk_count(w->target, "AUTHENTICATE", NULL), 2);
	assert_copied(w, row, COUNT);
}

/* Let in and thrown out again: that is noticed in the middle, and goes on at once with the first. */
static void a_second_one_is_thrown_out(void **state) {
	static const struct quirks narrow = { .caps = CAPS_SINGLE, .append_ms = SLOW_MS, .appenders_max = 1 };
	struct quirk_world *w = *state;
	int64_t id;
	begin_writers(w, &narrow, 8);
	struct mailbox_row row = world_move(w, &id);
	assert_shared(w);
	assert_false(w->states & 1u << MBOX_THROTTLED);
	assert_copied(w, row, COUNT);
}

/* After the first further one that broke there is one connection. */
static void cut_lines(void **state) {
	struct quirk_world *w = *state;
	int64_t id;
	begin_writers(w, &cuts, 5);
	struct mailbox_row row = world_move(w, &id);
	assert_all_cut(w);
	assert_shared(w);
	assert_copied(w, row, COUNT);
}

static void refused_ones_are_named(void **state) {
	static const struct quirk_rule poison[] = {
		{ .verb = "APPEND", .in = "<number-30@", .text = "NO [CANNOT] This message has a fault" }, { 0 }
	};
	static const struct quirks picky = { .append_ms = 200, .rules = poison };
	struct quirk_world *w = *state;
	int64_t id;
	begin_writers(w, &picky, 40);
	struct mailbox_row row = world_move(w, &id);
	assert_shared(w);
	assert_int_equal(row.counts.copied, COUNT - 1);
	assert_int_equal(row.counts.failed, 1);
	assert_int_equal(w->message_count, 1);
	assert_int_equal(quirk_messages(w->target, NULL, NULL), COUNT - 1);
}

static void stopped_in_the_middle(void **state) {
	static const struct quirks slower = { .caps = CAPS_SINGLE, .append_ms = 15 * SLOW_MS };
	struct quirk_world *w = *state;
	begin_writers(w, &slower, 4);
	stop_and_go_on(w);
}

int main(void) {
	const struct CMUnitTest tests[] = {
		WORLD_TEST_AS("one APPEND each", several_take_turns, .caps = CAPS_SINGLE, .append_ms = SLOW_MS),
		WORLD_TEST_AS("groups, no UIDPLUS", several_take_turns, .caps = CAPS_NO_UIDPLUS, .append_ms = 20),
		WORLD_TEST_AS("each literal announced", several_take_turns, .caps = CAPS_SYNC, .append_ms = SLOW_MS),
		WORLD_TEST(a_slow_target_gets_more),
		WORLD_TEST(a_quick_one_does_not),
		WORLD_TEST(no_more_than_its_lanes),
		WORLD_TEST(one_job_is_one_connection),
		WORLD_TEST(a_second_login_is_refused),
		WORLD_TEST(a_second_one_is_thrown_out),
		WORLD_TEST(cut_lines),
		WORLD_TEST(refused_ones_are_named),
		WORLD_TEST(stopped_in_the_middle),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
