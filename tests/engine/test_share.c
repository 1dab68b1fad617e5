/* SPDX-License-Identifier: MIT
 *
 * test_share.c - several lanes copy one folder, each a few messages at a time (folder_share.h), and whatever happens to
 * one of them nothing is lost and nothing comes twice.
 *
 * run.sh: timeout=300
 */
#include "tests/engine/sharing.h"

#include <stdlib.h>

static const struct quirks good = { 0 };

static void begin_share(struct quirk_world *w, const struct quirks *target, unsigned rows) {
	w->share_rows = rows;
	world_servers(w, &good, target);
}

static void several_lanes_copy_it(void **state) {
	struct quirk_world *w = *state;
	int64_t id;
	begin_share(w, &slow, 8);
	quirk_fill(w->source, "INBOX", 1, COUNT);
	struct mailbox_row row = world_move(w, &id);
	assert_shared(w);
	assert_copied(w, row, COUNT);
}

static void one_job_is_one_lane(void **state) {
	struct quirk_world *w = *state;
	int64_t id;
	w->jobs = 1;
	begin_share(w, &slow, 8);
	quirk_fill(w->source, "INBOX", 1, COUNT);
	struct mailbox_row row = world_move(w, &id);
	assert_int_equal(quirk_overlaps(w->target), 0);
	assert_copied(w, row, COUNT);
}

/* Helpers wait for what the owner of the folder lists. */
static void listed_meanwhile(void **state) {
	static const struct quirks groups = { .append_ms = 20 };
	enum { MANY = 4600 };
	struct quirk_world *w = *state;
	int64_t id;
	begin_share(w, &groups, 64);
	quirk_fill(w->source, "INBOX", 1, MANY);
	struct mailbox_row row = world_move(w, &id);
	assert_shared(w);
	assert_copied(w, row, MANY);
}

static void equal_messages_without_uids(void **state) {
	static const struct quirks blind = { .caps = CAPS_NO_UIDPLUS, .append_ms = SLOW_MS };
	struct quirk_world *w = *state;
	int64_t id;
	begin_share(w, &blind, 4);
	for (unsigned i = 0; i < 3; i++) {
		quirk_fill(w->source, "INBOX", 1, 20);
		for (unsigned n = 0; n < 10; n++)
			quirk_add(w->source, "INBOX",
				  &(struct quirk_message){ .text = "Subject: nameless\r\n\r\nalways the same\r\n" });
	}
	struct mailbox_row row = world_move(w, &id);
	assert_shared(w);
	assert_copied(w, row, 90);
}

/* What other connections appended is seen by one that looks again, and the flags that come after the messages are
 * theirs too. */
static void flags_of_all_lanes(void **state) {
	struct quirk_world *w = *state;
	struct quirks stale = quirk_exchange_online;
	int64_t id;
	stale.append_ms = SLOW_MS;
	stale.stale = true;
	begin_share(w, &stale, 8);
	quirk_fill(w->source, "INBOX", 1, COUNT);
	struct mailbox_row row = world_move(w, &id);
	assert_shared(w);
	assert_int_equal(row.counts.copied, COUNT);
	assert_int_equal(quirk_flagged(w->target, "INBOX", "\\Flagged"), COUNT / 2);
}

static void cut_lines(void **state) {
	struct quirk_world *w = *state;
	int64_t id;
	begin_share(w, &cuts, 5);
	quirk_fill(w->source, "INBOX", 1, COUNT);
	struct mailbox_row row = world_move(w, &id);
	assert_all_cut(w);
	assert_copied(w, row, COUNT);
}

static const struct quirk_rule with_reason[] = {
	{ .verb = "APPEND", .in = "poison", .text = "NO [CANNOT] This message has a fault" }, { 0 }
};
static const struct quirk_rule bare[] = { { .verb = "APPEND", .in = "poison", .text = "NO APPEND failed" }, { 0 } };

/* What a helper cannot settle is the owner's: once by one, and named. Without a reason it is the message's too, where
 * the target takes its neighbours: nobody waits. */
static void refused_ones_are_named(void **state) {
	struct quirk_world *w = *state;
	int64_t id;
	begin_share(w, w->profile, 6);
	for (unsigned i = 0; i < 5; i++) {
		char text[200];
		snprintf(text, sizeof text,
			 "Message-ID: <poison-%u@quirk.example>\r\nSubject: p\r\n\r\nit is poison\r\n", i);
		quirk_fill(w->source, "INBOX", i * 20 + 1, i * 20 + 20);
		quirk_add(w->source, "INBOX", &(struct quirk_message){ .text = text, .stays = true });
	}
	quirk_fill(w->source, "INBOX", 101, 220); /* the target takes some after the last one */
	struct mailbox_row row = world_move(w, &id);
	assert_shared(w);
	assert_int_equal(row.counts.copied, 220);
	assert_int_equal(row.counts.failed, 5);
	assert_int_equal(w->message_count, 5);
	/* Streamed (two may go in one group), alone, repaired; and not once more. */
	assert_in_range(quirk_fired(w->target, 0), 1, 5 * 3);
	world_assert_same(w, QUIRK_SAME_ALL);
}

static void too_large_ones_are_named(void **state) {
	static const struct quirks small = { .caps = CAPS_SINGLE " APPENDLIMIT=2000", .append_ms = SLOW_MS };
	struct quirk_world *w = *state;
	int64_t id;
	char *text = malloc(6000);
	assert_non_null(text);
	int n = snprintf(text, 6000, "Message-ID: <large@quirk.example>\r\nSubject: large\r\n\r\n");
	memset(text + n, 'x', (size_t)(5000 - n));
	memcpy(text + 5000, "\r\n", 3);
	begin_share(w, &small, 4);
	for (unsigned i = 0; i < 4; i++) {
		quirk_fill(w->source, "INBOX", i * 20 + 1, i * 20 + 20);
		quirk_add(w->source, "INBOX", &(struct quirk_message){ .text = text, .stays = true });
	}
	free(text);
	struct mailbox_row row = world_move(w, &id);
	assert_shared(w);
	assert_int_equal(row.counts.copied, 80);
	assert_int_equal(row.counts.failed, 4);
	assert_int_equal(w->message_count, 4);
	for (size_t i = 0; i < 4; i++)
		assert_int_equal(w->messages[i].cat, ERR_TOO_LARGE);
	world_assert_same(w, QUIRK_SAME_ALL);
}

static void stopped_in_the_middle(void **state) {
	static const struct quirks slower = { .caps = CAPS_SINGLE, .append_ms = 15 * SLOW_MS };
	struct quirk_world *w = *state;
	begin_share(w, &slower, 4);
	quirk_fill(w->source, "INBOX", 1, COUNT);
	stop_and_go_on(w);
}

int main(void) {
	const struct CMUnitTest tests[] = {
		WORLD_TEST(several_lanes_copy_it),
		WORLD_TEST(one_job_is_one_lane),
		WORLD_TEST(listed_meanwhile),
		WORLD_TEST(equal_messages_without_uids),
		WORLD_TEST(flags_of_all_lanes),
		WORLD_TEST(cut_lines),
		WORLD_TEST_AS("refused with a reason", refused_ones_are_named, .append_ms = 20, .rules = with_reason),
		WORLD_TEST_AS("refused without a reason", refused_ones_are_named, .append_ms = 20, .rules = bare),
		WORLD_TEST(too_large_ones_are_named),
		WORLD_TEST(stopped_in_the_middle),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
