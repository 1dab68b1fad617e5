/* SPDX-License-Identifier: MIT
 *
 * test_quirks_room.c - targets that run out of room and do not say so: a bare NO over the quota (Zimbra), a folder that
 * keeps only so many keywords (Cyrus). QUIRKS.md has the table.
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
#define MESSAGES 40
#define BODY 4000

static const struct quirks good = { 0 };

/* Messages of a bit more than 4 kB; every third has a keyword of its own, and all have $Label. */
static void fill(struct quirk_world *w, const char *mark) {
	for (unsigned i = 1; i <= MESSAGES; i++) {
		char text[BODY + 300], flags[64], body[BODY + 1];
		memset(body, 'x', BODY);
		for (size_t k = 78; k < BODY; k += 80)
			memcpy(body + k, "\r\n", 2);
		body[BODY] = '\0';
		snprintf(text, sizeof text, "Message-ID: <%u@quirk.example>\r\nSubject: %s\r\n\r\n%s\r\n", i,
			 i == 2 && mark ? mark : "x", body);
		snprintf(flags, sizeof flags, i % 3 == 0 ? "\\Seen $Label $Key%u" : "\\Seen $Label", i);
		quirk_add(w->source, "INBOX", &(struct quirk_message){ .text = text, .flags = flags });
	}
}

/* --- a full mailbox ----------------------------------------------------------------------------------------------- */

static void is_called_full(const struct mailbox_row *row, const char *of) {
	assert_int_equal(row->state, MBOX_FAILED);
	assert_int_equal(row->error_cat, ERR_OVER_QUOTA);
	if (!strstr(row->error, "The mailbox is full: ") || !strstr(row->error, of) ||
	    !strstr(row->error, "NO APPEND failed"))
		fail_msg("not the mailbox and the numbers: %s", row->error);
}

/* As an [OVERQUOTA] would have it: no message is to blame, and it goes on when there is room. */
static void full_until_there_is_room(void **state) {
	struct quirk_world *w = *state;
	int64_t id;
	world_servers(w, &good, w->profile);
	fill(w, NULL);
	struct mailbox_row row = world_move(w, &id);
	is_called_full(&row, w->profile->quota ? " of 100.0 kB used" : " of 20 messages used");
	assert_int_equal(row.counts.failed, 0);
	assert_int_equal(row.counts.pending + row.counts.copied, MESSAGES);
	assert_int_equal(row.counts.copied, quirk_messages(w->target, NULL, NULL));
	assert_int_equal(w->message_count, 0);
	/* Once when all together are refused, and again when what was sent since may have filled it. */
	assert_in_range(quirk_count(w->target, "GETQUOTAROOT", NULL), 1, 2);
	quirk_become(w->target, &good);
	assert_int_equal(world_migrate(w, id).state, MBOX_SYNCED);
	world_assert_done(w, id, QUIRK_SAME_ALL);
}

static const struct quirk_rule poison[] = {
	{ .verb = "APPEND", .in = "poison", .text = "NO APPEND failed" },
	{ 0 },
};

static struct mailbox_row poison_is_named(struct quirk_world *w, int64_t *id, size_t asked) {
	world_servers(w, &good, w->profile);
	fill(w, "poison");
	struct mailbox_row row = world_move(w, id);
	assert_int_equal(row.state, MBOX_SYNCED_WITH_GAPS);
	assert_int_equal(row.counts.copied, MESSAGES - 1);
	assert_int_equal(row.counts.failed, 1);
	assert_int_equal(world_only_message(w)->cat, ERR_BAD_CONTENT);
	assert_int_equal(quirk_count(w->target, "GETQUOTAROOT", NULL), asked);
	return row;
}

/* There is room: it was the message. Nobody is asked twice. */
static void not_full(void **state) {
	int64_t id;
	poison_is_named(*state, &id, 1);
}

static const struct quirk_rule tells_nothing[] = {
	{ .verb = "APPEND", .in = "poison", .text = "NO APPEND failed" },
	{ .verb = "GETQUOTAROOT", .text = "NO Permission denied" },
	{ 0 },
};

static void does_not_ask(void **state) {
	int64_t id;
	poison_is_named(*state, &id, 0);
}

/* It had room when it was asked about one message, and what was sent since has used that up. */
static void full_later(void **state) {
	struct quirk_world *w = *state;
	int64_t id;
	world_servers(w, &good, w->profile);
	fill(w, "poison");
	struct mailbox_row row = world_move(w, &id);
	is_called_full(&row, " of 100.0 kB used");
	assert_in_range(quirk_count(w->target, "GETQUOTAROOT", NULL), 1, 2);
	assert_int_equal(row.counts.failed, 0);
}

/* --- no room for keywords ----------------------------------------------------------------------------------------- */

/* Every message arrives; the keywords beyond the folder's number are dropped, and counted. */
static void no_room_for_keywords(void **state) {
	struct quirk_world *w = *state;
	int64_t id;
	world_servers(w, &good, w->profile);
	fill(w, NULL);
	struct mailbox_row row = world_move(w, &id);
	assert_int_equal(row.state, MBOX_SYNCED);
	assert_int_equal(row.counts.copied, MESSAGES);
	assert_int_equal(w->message_count, 0);
	/* 13 keywords and $Label are wanted. */
	assert_int_equal(row.dropped_keywords, 14 - w->profile->keywords_max);
	assert_int_equal(quirk_flagged(w->target, "INBOX", "$Label"), MESSAGES);
	assert_int_equal(quirk_flagged(w->target, "INBOX", "$Key3"), 1);
	assert_int_equal(quirk_flagged(w->target, "INBOX", "\\Seen"), MESSAGES);
	world_assert_done(w, id, QUIRK_SAME_FOLDER | QUIRK_SAME_DATE);
}

/* The line breaks behind the first message whose keyword has no room: still once. */
static const struct quirk_rule lost_behind_it[] = {
	{ .verb = "APPEND", .in = "<31@", .act = QUIRK_DO_CLOSE, .times = 1 },
	{ 0 },
};

static const struct CMUnitTest tests[] = {
	WORLD_TEST_AS("Zimbra: quota", full_until_there_is_room, .caps = QUIRK_CAPS " QUOTA", .quota = 100 * 1024),
	WORLD_TEST_AS("Zimbra: quota, one by one", full_until_there_is_room, .caps = CAPS_SINGLE " QUOTA",
		      .quota = 100 * 1024),
	WORLD_TEST_AS("quota of messages", full_until_there_is_room, .caps = CAPS_SINGLE " QUOTA",
		      .quota_messages = 20),
	WORLD_TEST_AS("room, and a bare NO", not_full, .caps = CAPS_SINGLE " QUOTA", .quota = 1u << 20,
		      .rules = poison),
	WORLD_TEST_AS("room, and a bare NO to a group", not_full, .caps = QUIRK_CAPS " QUOTA", .quota = 1u << 20,
		      .rules = poison),
	WORLD_TEST_AS("QUOTA without a limit", not_full, .caps = CAPS_SINGLE " QUOTA", .rules = poison),
	WORLD_TEST_AS("QUOTA that tells nothing", not_full, .caps = CAPS_SINGLE " QUOTA", .rules = tells_nothing),
	WORLD_TEST_AS("no QUOTA", does_not_ask, .caps = CAPS_SINGLE, .rules = poison),
	WORLD_TEST_AS("full later", full_later, .caps = CAPS_SINGLE " QUOTA", .quota = 100 * 1024, .rules = poison),
	WORLD_TEST_AS("Cyrus: keywords", no_room_for_keywords, .keywords_max = 10),
	WORLD_TEST_AS("Cyrus: keywords, one by one", no_room_for_keywords, .caps = CAPS_SINGLE, .keywords_max = 10),
	WORLD_TEST_AS("Cyrus: keywords, a lost answer", no_room_for_keywords, .caps = CAPS_SINGLE, .keywords_max = 10,
		      .rules = lost_behind_it),
};

int main(void) {
	cmocka_set_test_filter(getenv("MAILVAN_TEST_ONLY"));
	return cmocka_run_group_tests(tests, NULL, NULL);
}
