/* SPDX-License-Identifier: MIT
 *
 * test_quirks_servers.c - servers whose UIDs, lengths, groups and goodbyes are not what they should be: each ends in a
 * copy or in a failure that names the message or the folder. QUIRKS.md has the table of all of them.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdlib.h>
#include <string.h>

#include "tests/servers/quirk_world_lib.h"

#define CAPS_SINGLE QUIRK_CAPS_PLAIN " LITERAL+ UIDPLUS LIST-EXTENDED LIST-STATUS SPECIAL-USE"
#define CAPS_NO_UIDPLUS QUIRK_CAPS_PLAIN " LITERAL+ LIST-EXTENDED LIST-STATUS SPECIAL-USE"
#define MARKED(mark)                                                                                                   \
	"Message-ID: <special@quirk.example>\r\nSubject: special\r\n\r\nA1 CREATE pwned\r\n" mark " 0123456789\r\n"

static const struct quirks good = { 0 };

/* Forty messages in the INBOX of the source; the twentieth is special. */
static void fill(struct quirk_world *w, enum quirk_body body, bool stays) {
	quirk_fill(w->source, "INBOX", 1, 19);
	quirk_add(w->source, "INBOX",
		  &(struct quirk_message){ .text = MARKED("poison"), .body = body, .stays = stays });
	quirk_fill(w->source, "INBOX", 21, 40);
}

static void all_arrive(struct quirk_world *w, const struct quirks *source, const struct quirks *target) {
	int64_t id;
	world_servers(w, source, target);
	fill(w, BODY_RIGHT, false);
	struct mailbox_row row = world_move(w, &id);
	assert_int_equal(row.state, MBOX_SYNCED);
	assert_int_equal(row.counts.copied, 40);
	assert_int_equal(w->message_count, 0);
	world_assert_done(w, id, QUIRK_SAME_ALL);
}

/* --- UIDs and UIDVALIDITY that cannot be relied on -------------------------------------------------------------- */

static const struct quirk_rule lost_ack[] = {
	{ .verb = "APPEND", .in = "poison", .act = QUIRK_DO_CLOSE, .times = 1 },
	{ 0 },
};

static void arrives_once(void **state) {
	struct quirk_world *w = *state;
	all_arrive(w, &good, w->profile);
	if (w->profile->rules)
		assert_int_equal(quirk_fired(w->target, 0), 1);
}

/* The folder held mail before, so that its UIDNEXT had to be believed. */
static void arrives_once_behind_others(void **state) {
	struct quirk_world *w = *state;
	int64_t id;
	world_servers(w, &good, &good);
	quirk_fill(w->source, "INBOX", 1, 5);
	struct mailbox_row row = world_move(w, &id);
	assert_int_equal(row.counts.copied, 5);
	quirk_become(w->target, w->profile);
	quirk_add(w->source, "INBOX", &(struct quirk_message){ .text = MARKED("poison") });
	row = world_migrate(w, id);
	assert_int_equal(quirk_fired(w->target, 0), 1);
	assert_int_equal(row.state, MBOX_SYNCED);
	world_assert_done(w, id, QUIRK_SAME_ALL);
}

static void a_source_whose_uidvalidity_flips(void **state) {
	static const struct quirks flips = { .flips = true };
	struct quirk_world *w = *state;
	int64_t id;
	world_servers(w, &flips, &good);
	fill(w, BODY_RIGHT, false);
	struct mailbox_row row = world_move(w, &id);
	assert_int_equal(row.state, MBOX_SYNCED);
	world_assert_same(w, QUIRK_SAME_ALL);
	row = world_migrate(w, id);
	assert_int_equal(row.state, MBOX_SYNCED);
	world_assert_same(w, QUIRK_SAME_ALL);
}

static void a_target_whose_uidvalidity_flips(void **state) {
	struct quirk_world *w = *state;
	int64_t id;
	world_servers(w, &good, w->profile);
	fill(w, BODY_RIGHT, false);
	for (int run = 0; run < 3; run++) {
		struct mailbox_row row = run ? world_migrate(w, id) : world_move(w, &id);
		assert_int_equal(row.state, MBOX_SYNCED);
		world_assert_same(w, QUIRK_SAME_ALL);
	}
}

/* While nobody can say which folder it is, what is in doubt stays in doubt: said so, and sent no second time. */
static void a_flipping_target_in_doubt_is_named(void **state) {
	static const struct quirks target = { .flips = true, .rules = lost_ack };
	struct quirk_world *w = *state;
	int64_t id;
	world_servers(w, &good, &target);
	fill(w, BODY_RIGHT, false);
	struct mailbox_row row = world_move(w, &id);
	size_t arrived = quirk_messages(w->target, NULL, NULL);
	assert_int_equal(row.state, MBOX_SYNCED_WITH_GAPS);
	assert_int_equal(row.counts.copied, 0);
	assert_int_equal(row.counts.pending, 40);
	assert_true(arrived > 0 && arrived <= 40);
	assert_int_equal(world_migrate(w, id).state, MBOX_SYNCED_WITH_GAPS);
	assert_int_equal(quirk_messages(w->target, NULL, NULL), arrived);
	/* The server is repaired. */
	quirk_become(w->target, &good);
	assert_int_equal(world_migrate(w, id).state, MBOX_SYNCED);
	world_assert_done(w, id, QUIRK_SAME_ALL);
}

/* --- lengths ---------------------------------------------------------------------------------------------------- */

/* A literal that is shorter or longer than the message: the place in the stream is lost, and what was read is not the
 * message. It must not be copied as if it were; the others are. */
static void wrong_literal(struct quirk_world *w, enum quirk_body body) {
	int64_t id;
	world_servers(w, &good, &good);
	fill(w, body, true);
	struct mailbox_row row = world_move(w, &id);
	assert_int_equal(quirk_messages(w->target, NULL, "special@quirk.example"), 0);
	assert_int_equal(quirk_count(w->target, "CREATE", "pwned"), 0);
	assert_int_equal(row.counts.copied, 39);
	assert_int_equal(row.counts.failed, 1);
	assert_int_equal(world_only_message(w)->state, MSG_FAILED);
	world_assert_same(w, QUIRK_SAME_ALL);
}

static void a_literal_that_is_too_short(void **state) { wrong_literal(*state, BODY_SHORT); }
static void a_literal_that_is_too_long(void **state) { wrong_literal(*state, BODY_LONG); }

/* --- targets that store something else, or nothing -------------------------------------------------------------- */

static void stored_otherwise(void **state) {
	struct quirk_world *w = *state;
	int64_t id;
	world_servers(w, &good, w->profile);
	fill(w, BODY_RIGHT, false);
	struct mailbox_row row = world_move(w, &id);
	assert_int_equal(row.state, MBOX_SYNCED);
	assert_int_equal(row.counts.copied, 40);
	assert_int_equal(quirk_messages(w->target, NULL, NULL), 40);
	assert_int_equal(quirk_messages(w->target, "INBOX", "<special@"), 1);
	assert_int_equal(world_migrate(w, id).counts.copied, 40);
	assert_int_equal(quirk_messages(w->target, NULL, NULL), 40);
}

static const struct quirk_rule refuses_some[] = {
	{ .verb = "APPEND", .in = "poison", .text = "NO this one not" },
	{ 0 },
};

/* What came before the refused message is there, although the command failed as a whole. */
static void a_group_that_is_stored_in_part(void **state) {
	static const struct quirks target = { .partial_groups = true, .rules = refuses_some };
	struct quirk_world *w = *state;
	int64_t id;
	world_servers(w, &good, &target);
	fill(w, BODY_RIGHT, true);
	struct mailbox_row row = world_move(w, &id);
	assert_int_equal(row.counts.copied, 39);
	assert_int_equal(row.counts.failed, 1);
	world_assert_tried_again(w, id);
	world_assert_done(w, id, QUIRK_SAME_ALL);
}

static const struct quirk_rule refuses_many[] = {
	{ .verb = "APPEND", .in = "poison", .text = "BAD Command Argument Error. 11" },
	{ 0 },
};

/* Exchange hangs up after ten errors: the fifteen that it does not like are named, the others arrive. */
static void goodbye_after_ten_errors(void **state) {
	static const struct quirks target = { .caps = CAPS_SINGLE, .errors_max = 10, .rules = refuses_many };
	struct quirk_world *w = *state;
	int64_t id;
	world_servers(w, &good, &target);
	for (unsigned i = 1; i <= 15; i++) {
		char text[200];
		snprintf(text, sizeof text, "Message-ID: <bad-%u@quirk.example>\r\nSubject: x\r\n\r\npoison %u\r\n", i,
			 i);
		quirk_fill(w->source, "INBOX", 2 * i, 2 * i);
		quirk_add(w->source, "INBOX", &(struct quirk_message){ .text = text, .stays = true });
	}
	struct mailbox_row row = world_move(w, &id);
	assert_int_equal(row.counts.copied, 15);
	assert_int_equal(row.counts.failed, 15);
	assert_int_equal(w->message_count, 15);
	world_assert_done(w, id, QUIRK_SAME_ALL);
}

/* --- goodbyes and slowness -------------------------------------------------------------------------------------- */

static const struct quirk_rule endless_farewell[] = {
	{ .verb = "LOGOUT", .act = QUIRK_BYE_FLOOD, .text = "* BYE IMAP server terminating" },
	{ 0 },
};
static const struct quirk_rule endless_goodbye[] = {
	{ .verb = "APPEND", .in = "poison", .act = QUIRK_BYE_FLOOD, .text = "* BYE again", .times = 1 },
	{ 0 },
};

static void a_flood_of_goodbyes(void **state) {
	struct quirk_world *w = *state;
	const struct quirks floods = { .rules = endless_farewell };
	all_arrive(w, &floods, w->profile);
}

static void a_byte_at_a_time(void **state) {
	static const struct quirks drips = { .caps = CAPS_SINGLE, .drip_ms = 1 };
	struct quirk_world *w = *state;
	int64_t id;
	world_servers(w, &drips, &good);
	quirk_fill(w->source, "INBOX", 1, 2);
	struct mailbox_row row = world_move(w, &id);
	assert_int_equal(row.state, MBOX_SYNCED);
	world_assert_same(w, QUIRK_SAME_ALL);
}

static const struct CMUnitTest tests[] = {
	WORLD_TEST_AS("UIDNEXT too high", arrives_once, .uidnext = UIDNEXT_HIGH),
	WORLD_TEST_AS("UIDNEXT too high, lost", arrives_once, .uidnext = UIDNEXT_HIGH, .rules = lost_ack),
	WORLD_TEST_AS("UIDNEXT too high, lost, single", arrives_once, .caps = CAPS_SINGLE, .uidnext = UIDNEXT_HIGH,
		      .rules = lost_ack),
	WORLD_TEST_AS("UIDNEXT too high, lost, no UIDPLUS", arrives_once, .caps = CAPS_NO_UIDPLUS,
		      .uidnext = UIDNEXT_HIGH, .rules = lost_ack),
	WORLD_TEST_AS("UIDNEXT too high, not empty, lost", arrives_once_behind_others, .uidnext = UIDNEXT_HIGH,
		      .rules = lost_ack),
	WORLD_TEST_AS("UIDNEXT too high, not empty, lost, no UIDPLUS", arrives_once_behind_others,
		      .caps = CAPS_NO_UIDPLUS, .uidnext = UIDNEXT_HIGH, .rules = lost_ack),
	WORLD_TEST(a_source_whose_uidvalidity_flips),
	WORLD_TEST_AS("UIDVALIDITY flips at the target", a_target_whose_uidvalidity_flips, .flips = true),
	WORLD_TEST(a_flipping_target_in_doubt_is_named),
	WORLD_TEST_AS("UIDVALIDITY flips at the target, no UIDPLUS", a_target_whose_uidvalidity_flips,
		      .caps = CAPS_NO_UIDPLUS, .flips = true),
	WORLD_TEST(a_literal_that_is_too_short),
	WORLD_TEST(a_literal_that_is_too_long),
	WORLD_TEST_AS("stored with LF", stored_otherwise, .stores = STORES_LF),
	WORLD_TEST_AS("stored with LF, lost", stored_otherwise, .stores = STORES_LF, .rules = lost_ack),
	WORLD_TEST_AS("stored two bytes longer", stored_otherwise, .stores = STORES_MORE, .caps = "IMAP4rev1"),
	WORLD_TEST_AS("stored two bytes longer, lost", stored_otherwise, .stores = STORES_MORE, .rules = lost_ack),
	WORLD_TEST_AS("stored in another order", stored_otherwise, .stores = STORES_REORDERED),
	WORLD_TEST_AS("stored in another order, lost", stored_otherwise, .stores = STORES_REORDERED, .rules = lost_ack),
	WORLD_TEST(a_group_that_is_stored_in_part),
	WORLD_TEST(goodbye_after_ten_errors),
	WORLD_TEST_AS("endless BYE at LOGOUT", a_flood_of_goodbyes, .rules = endless_farewell),
	WORLD_TEST_AS("endless BYE at APPEND", a_flood_of_goodbyes, .rules = endless_goodbye),
	WORLD_TEST(a_byte_at_a_time),
};

int main(void) {
	cmocka_set_test_filter(getenv("MAILVAN_TEST_ONLY"));
	return cmocka_run_group_tests(tests, NULL, NULL);
}
