/* SPDX-License-Identifier: MIT
 *
 * test_quirks_bare.c - targets that say NO to a message and nothing else, for a while or for ever: what was only the
 * target's bad day alters and fails nothing, what is the message's does not hold up the others. QUIRKS.md has the
 * table.
 */
#include "tests/engine/test_repair.h"

#define CAPS_SINGLE QUIRK_CAPS_PLAIN " LITERAL+ UIDPLUS LIST-EXTENDED LIST-STATUS SPECIAL-USE"
#define NO "NO APPEND failed"

/* The body rung would encode it anew. */
static const char eight_bit[] = NAME FROM DATE "MIME-Version: 1.0\r\nContent-Type: text/plain; charset=utf-8\r\n"
					       "Content-Transfer-Encoding: 8bit\r\n\r\nGr\xc3\xbc\xc3\x9f"
					       "e\r\n";

static void all_as_they_are(struct quirk_world *w, int64_t id, const struct mailbox_row *row) {
	assert_int_equal(row->state, MBOX_SYNCED);
	assert_int_equal(row->counts.copied, row->counts.source);
	assert_int_equal(totals(w).all, 0);
	assert_int_equal(w->message_count, 0);
	assert_false(dead_letters_any(w->store, id));
	world_assert_done(w, id, QUIRK_SAME_ALL);
}

/* Nothing else in the mailbox says whose fault it is. */
static void a_single_message(void **state) {
	struct quirk_world *w = *state;
	int64_t id;
	world_servers(w, &good, w->profile);
	quirk_add(w->source, "INBOX", &(struct quirk_message){ .text = eight_bit });
	struct mailbox_row row = world_move(w, &id);
	assert_int_equal(quirk_fired(w->target, 0), w->profile->rules[0].times);
	all_as_they_are(w, id, &row);
}

/* Mail was copied before; the outage begins with the first new message, or in the middle of them. */
static void in_a_delta(void **state) {
	struct quirk_world *w = *state;
	int64_t id;
	world_servers(w, &good, &good);
	quirk_fill(w->source, "INBOX", 1, 20);
	assert_int_equal(world_move(w, &id).counts.copied, 20);
	quirk_become(w->target, w->profile);
	quirk_fill(w->source, "INBOX", 21, 40);
	quirk_add(w->source, "INBOX", &(struct quirk_message){ .text = eight_bit });
	quirk_fill(w->source, "INBOX", 41, 59);
	struct mailbox_row row = world_migrate(w, id);
	assert_int_equal(quirk_fired(w->target, 0), w->profile->rules[0].times);
	all_as_they_are(w, id, &row);
}

/* The message with a fault is repaired when the target is well again, and it alone. */
static void an_outage_and_a_bad_message(void **state) {
	struct quirk_world *w = *state;
	int64_t id;
	world_servers(w, &good, w->profile);
	quirk_add(w->source, "INBOX", &(struct quirk_message){ .text = eight_bit });
	fill(w, &bare_lf, 1);
	struct mailbox_row row = world_move(w, &id);
	assert_int_equal(row.state, MBOX_SYNCED);
	assert_int_equal(row.counts.copied, 41);
	assert_int_equal(totals(w).all, 1);
	assert_int_equal(totals(w).by_rung[REPAIR_LINES], 1);
	world_assert_done(w, id, QUIRK_SAME_ALL);
}

/* One of many: its neighbours say that it is the message, and nobody waits. The next migration tries it once more. */
static void one_of_many(void **state) {
	struct quirk_world *w = *state;
	mono_ms_t began = mono_ms();
	int64_t id;
	world_servers(w, &good, w->profile);
	quirk_fill(w->source, "INBOX", 1, 100);
	quirk_add(w->source, "INBOX", &(struct quirk_message){ .text = NAME "\r\nspecial@\r\n", .stays = true });
	quirk_fill(w->source, "INBOX", 101, 199);
	struct mailbox_row row = world_move(w, &id);
	assert_in_range(mono_ms() - began, 0, 4000);
	assert_int_equal(row.counts.copied, 199);
	assert_int_equal(row.counts.failed, 1);
	assert_string_equal(row.error, "1 of 200 messages were not copied; Properties and report name them");
	began = mono_ms();
	world_assert_tried_again(w, id);
	assert_in_range(mono_ms() - began, 0, 4000); /* without waiting */
	world_assert_done(w, id, QUIRK_SAME_ALL);
	/* It is there for whoever asks. */
	quirk_become(w->target, &good);
	assert_int_equal(world_command(w, CMD_RETRY, id).counts.copied, 200);
}

/* Each the last of its folder: no neighbour is taken after it. That is waited for once in a mailbox, and to the end. */
static void last_in_two_folders(void **state) {
	struct quirk_world *w = *state;
	int64_t id;
	world_servers(w, &good, w->profile);
	quirk_folder(w->source, "Second", NULL);
	quirk_fill(w->source, "INBOX", 1, 20);
	quirk_add(w->source, "INBOX", &(struct quirk_message){ .text = eight_bit });
	quirk_fill(w->source, "Second", 31, 50);
	quirk_add(w->source, "Second", &(struct quirk_message){ .text = "Subject: y\r\n\r\nsecond@\r\n" });
	struct mailbox_row row = world_move(w, &id);
	assert_int_equal(row.counts.copied, 41);
	assert_int_equal(row.counts.failed, 1);
	assert_int_equal(totals(w).all, 0);
	/* Streamed, alone and after three of four waits; streamed, alone, and with a Date and a From. */
	assert_int_equal(quirk_fired(w->target, 0), 2 + 3);
	assert_int_equal(quirk_fired(w->target, 1), 2 + 1);
	/* It may have been the target: it is tried again, and has learnt. */
	quirk_become(w->target, &good);
	row = world_migrate(w, id);
	assert_int_equal(row.state, MBOX_SYNCED);
	assert_int_equal(row.counts.copied, 42);
	world_assert_done(w, id, QUIRK_SAME_ALL);
}

/* A code, a text that is known and BAD are believed at once. */
static void not_bare(void **state) {
	struct quirk_world *w = *state;
	mono_ms_t began = mono_ms();
	int64_t id;
	world_servers(w, &good, w->profile);
	quirk_add(w->source, "INBOX", &(struct quirk_message){ .text = NAME "\r\nspecial@\r\n" });
	assert_int_equal(world_move(w, &id).counts.failed, 1);
	assert_in_range(mono_ms() - began, 0, 900);
	quirk_become(w->target, &good);
	assert_int_equal(world_migrate(w, id).counts.failed, 1);
}

#define RULES(...)                                                                                                     \
	.rules = (const struct quirk_rule[]) {                                                                         \
		__VA_ARGS__, {                                                                                         \
			0                                                                                              \
		}                                                                                                      \
	}
#define ANY .verb = "APPEND", .text = NO
static const struct CMUnitTest tests[] = {
	WORLD_TEST_AS("a single message: once", a_single_message, RULES({ ANY, .times = 1 })),
	WORLD_TEST_AS("a single message: twice", a_single_message, RULES({ ANY, .times = 2 })),
	WORLD_TEST_AS("a single message: three times, an alert", a_single_message,
		      RULES({ .verb = "APPEND", .text = "NO [ALERT] Sorry", .times = 3 })),
	WORLD_TEST_AS("in a delta", in_a_delta, .caps = CAPS_SINGLE, RULES({ ANY, .times = 51 })),
	WORLD_TEST_AS("in a delta: groups", in_a_delta, RULES({ ANY, .times = 10 })),
	WORLD_TEST_AS("in a delta: from the middle on", in_a_delta, .caps = CAPS_SINGLE,
		      RULES({ ANY, .after = 33, .times = 17 })),
	WORLD_TEST_AS("an outage and a bad message", an_outage_and_a_bad_message, .caps = CAPS_SINGLE,
		      RULES({ ANY, .times = 51 }, { ANY, .defects = DEFECT_BARE_LINE })),
	WORLD_TEST_AS("one of many", one_of_many, .caps = CAPS_SINGLE, RULES({ ANY, .in = "special@" })),
	WORLD_TEST_AS("one of many: groups", one_of_many, RULES({ ANY, .in = "special@" })),
	WORLD_TEST_AS("last in two folders: five times, for ever", last_in_two_folders, .caps = CAPS_SINGLE,
		      RULES({ ANY, .in = "special@", .times = 5 }, { ANY, .in = "second@" })),
	WORLD_TEST_AS("not bare: a code", not_bare, RULES({ .verb = "APPEND", .text = "NO [CANNOT] This one never" })),
	WORLD_TEST_AS("not bare: a text", not_bare,
		      RULES({ .verb = "APPEND", .text = "NO Too many identical emails" })),
	WORLD_TEST_AS("not bare: BAD", not_bare, .caps = QUIRK_CAPS_PLAIN,
		      RULES({ .verb = "APPEND", .text = "BAD this one" })),
};

int main(void) {
	cmocka_set_test_filter(getenv("MAILVAN_TEST_ONLY"));
	return cmocka_run_group_tests(tests, NULL, NULL);
}
