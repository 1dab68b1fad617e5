/* SPDX-License-Identifier: MIT
 *
 * test_quirks_source.c - sources that leave messages out, give something else in their place, or show one
 * message in many folders (Gmail): each message is a copy or has a named reason, and its neighbours arrive.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdlib.h>
#include <string.h>

#include "tests/servers/quirk_world_lib.h"

#define SPECIAL "Message-ID: <special@quirk.example>\r\nSubject: the special one\r\n\r\nspecial body\r\n"

static const struct quirks good = { 0 };

/* The 20th of 40 is the one that is different. */
static struct mailbox_row move_with(struct quirk_world *w, const struct quirks *source, const struct quirk_message *m,
				    int64_t *id) {
	world_servers(w, source, &good);
	quirk_fill(w->source, "INBOX", 1, 19);
	quirk_add(w->source, "INBOX", m);
	quirk_fill(w->source, "INBOX", 21, 40);
	return world_move(w, id);
}

static void is_the_only_one(struct quirk_world *w, enum msg_state state, enum err_cat cat, const char *said) {
	const struct world_message *m = world_only_message(w);
	assert_int_equal(m->uid, 20);
	assert_int_equal(m->state, state);
	assert_int_equal(m->cat, cat);
	if (!strstr(m->text, said))
		fail_msg("\"%s\" does not say: %s", m->text, said);
}

static void one_fails(struct quirk_world *w, const struct quirks *source, const struct quirk_message *m,
		      enum err_cat cat, const char *said) {
	int64_t id;
	struct mailbox_row row = move_with(w, source, m, &id);
	assert_int_equal(row.state, MBOX_SYNCED_WITH_GAPS);
	assert_int_equal(row.counts.copied, 39);
	assert_int_equal(row.counts.failed, 1);
	is_the_only_one(w, MSG_FAILED, cat, said);
	world_assert_done(w, id, QUIRK_SAME_ALL);
}

static void gone_is_vanished(void **state) {
	struct quirk_world *w = *state;
	const struct quirk_message m = { .text = SPECIAL, .body = BODY_GONE, .stays = true };
	int64_t id;
	struct mailbox_row row = move_with(w, &good, &m, &id);
	assert_int_equal(row.state, MBOX_SYNCED);
	assert_int_equal(row.counts.copied, 39);
	assert_int_equal(row.counts.vanished, 1);
	is_the_only_one(w, MSG_VANISHED, ERR_VANISHED, "Gone from the source");
	world_assert_done(w, id, QUIRK_SAME_ALL);
}

static void listed_but_not_delivered_is_a_failure(void **state) {
	const struct quirk_message m = { .text = SPECIAL, .body = BODY_HIDDEN, .stays = true };
	one_fails(*state, &good, &m, ERR_SERVER_BUG, "does not deliver it");
}

static void nil_is_a_failure(void **state) {
	const struct quirk_message m = { .text = SPECIAL, .body = BODY_NIL, .stays = true };
	one_fails(*state, &good, &m, ERR_SERVER_BUG, "no body");
}

/* Nothing of the first pass was sent, so nobody had waited for its intent: its rows hid those of the second pass. */
static void nil_alone_is_a_failure(void **state) {
	struct quirk_world *w = *state;
	const struct quirk_message m = { .text = SPECIAL, .body = BODY_NIL, .stays = true };
	int64_t id;
	world_servers(w, &good, &good);
	quirk_add(w->source, "INBOX", &m);
	struct mailbox_row row = world_move(w, &id);
	assert_int_equal(row.state, MBOX_SYNCED_WITH_GAPS);
	assert_int_equal(row.counts.source, 1);
	assert_int_equal(row.counts.failed, 1);
}

static void an_empty_body_of_a_message_that_has_a_size_is_a_failure(void **state) {
	const struct quirk_message m = { .text = SPECIAL, .body = BODY_EMPTY, .stays = true };
	one_fails(*state, &good, &m, ERR_SERVER_BUG, "empty text");
}

static void an_exchange_placeholder_is_a_failure(void **state) {
	static const char placeholder[] =
		"From: System <s@x>\r\nSubject: Retrieval using the IMAP4 protocol failed for the following message: "
		"20\r\n\r\n"
		"The server couldn't retrieve the following message:\r\nRetrieval using the IMAP4 protocol failed\r\n";
	const struct quirk_message m = { .text = SPECIAL, .served = placeholder, .claimed_size = 45000, .stays = true };
	one_fails(*state, &good, &m, ERR_SERVER_BUG, "error text in place of the message");
}

static void an_empty_message_is_skipped(void **state) {
	struct quirk_world *w = *state;
	const struct quirk_message m = { .text = "", .stays = true };
	int64_t id;
	struct mailbox_row row = move_with(w, &good, &m, &id);
	assert_int_equal(row.state, MBOX_SYNCED);
	assert_int_equal(row.counts.copied, 39);
	assert_int_equal(row.counts.skipped, 1);
	is_the_only_one(w, MSG_SKIPPED, ERR_BAD_CONTENT, "empty");
	world_assert_done(w, id, QUIRK_SAME_ALL);
}

static void a_refused_fetch_costs_only_its_message(void **state) {
	const struct quirk_message m = { .text = SPECIAL, .body = BODY_REFUSED, .stays = true };
	one_fails(*state, &good, &m, ERR_SERVER_BUG, "Some messages could not be FETCHed");
}

/* The whole command is refused, and only the retry of single messages brings them. */
static void a_refused_command_is_taken_apart(void **state) {
	static const struct quirk_rule rules[] = {
		{ .verb = "UID FETCH",
		  .in = ":40 (UID BODY.PEEK[])",
		  .text = "NO Some messages could not be FETCHed (Failure)" },
		{ .verb = "UID FETCH", .in = "20 (UID BODY.PEEK[])", .text = "NO not this one" },
		{ 0 },
	};
	static const struct quirks source = { .rules = rules };
	const struct quirk_message m = { .text = SPECIAL, .stays = true };
	one_fails(*state, &source, &m, ERR_SERVER_BUG, "not this one");
}

static void every_message_arrives(struct quirk_world *w, const struct quirks *source, const struct quirk_message *m) {
	int64_t id;
	struct mailbox_row row = move_with(w, source, m, &id);
	assert_int_equal(row.state, MBOX_SYNCED);
	assert_int_equal(row.counts.copied, 40);
	assert_int_equal(w->message_count, 0);
	world_assert_done(w, id, QUIRK_SAME_ALL);
}

static void a_wrong_size_does_not_matter(void **state) {
	const struct quirk_message small = { .text = SPECIAL, .claimed_size = 3 };
	every_message_arrives(*state, &good, &small);
}

static void a_far_too_large_size_does_not_matter(void **state) {
	const struct quirk_message large = { .text = SPECIAL, .claimed_size = 4000000000u };
	every_message_arrives(*state, &good, &large);
}

static void the_uid_may_come_last(void **state) {
	static const struct quirks source = { .uid_last = true };
	every_message_arrives(*state, &source, &(struct quirk_message){ .text = SPECIAL });
}

static void answers_may_come_in_any_order(void **state) {
	static const struct quirks source = { .unordered = true };
	every_message_arrives(*state, &source, &(struct quirk_message){ .text = SPECIAL });
}

static void a_message_said_twice_arrives_once(void **state) {
	static const struct quirks source = { .twice = true };
	every_message_arrives(*state, &source, &(struct quirk_message){ .text = SPECIAL });
}

static void a_stale_uidnext_hides_nothing(void **state) {
	static const struct quirks source = { .uidnext = UIDNEXT_STALE };
	every_message_arrives(*state, &source, &(struct quirk_message){ .text = SPECIAL });
}

static void noise_is_read_past(void **state) {
	static const struct quirks source = { .noise = true };
	every_message_arrives(*state, &source, &(struct quirk_message){ .text = SPECIAL, .flags = "\\Answered" });
}

static void everything_at_once(void **state) {
	static const struct quirk_rule rules[] = {
		{ .verb = "LIST", .in = "RETURN", .text = "BAD what is RETURN?" },
		{ 0 },
	};
	static const struct quirks source = {
		.noise = true, .uid_last = true, .unordered = true, .uidnext = UIDNEXT_MISSING, .rules = rules
	};
	every_message_arrives(*state, &source, &(struct quirk_message){ .text = SPECIAL });
}

static void a_plain_server_is_enough(void **state) {
	static const struct quirks source = { .caps = "IMAP4rev1", .uidnext = UIDNEXT_ZERO };
	every_message_arrives(*state, &source, &(struct quirk_message){ .text = SPECIAL });
}

/* The connection dies after some of the bodies: what had arrived is not asked for again, the rest comes. */
static void a_source_that_hangs_up_is_opened_again(void **state) {
	static const struct quirk_rule rules[] = {
		{ .verb = "UID FETCH", .in = "BODY.PEEK[]", .act = QUIRK_CLOSE, .times = 3 },
		{ 0 },
	};
	static const struct quirks source = { .rules = rules };
	every_message_arrives(*state, &source, &(struct quirk_message){ .text = SPECIAL });
}

/* --- Gmail ------------------------------------------------------------------------------------------------------ */

static void gmail_add(struct quirk_server *s, const char *folder, unsigned n, bool stays) {
	char text[256];
	snprintf(text, sizeof text, "Message-ID: <gm-%u@quirk.example>\r\nSubject: %u\r\n\r\nGmail keeps %u once\r\n",
		 n, n, n);
	quirk_add(s, folder,
		  &(struct quirk_message){ .text = text, .gm_msgid = 1500000000000000000u + n, .stays = stays });
}

static const struct quirks gmail = { .caps = QUIRK_CAPS " X-GM-EXT-1" };

static void fill_gmail(struct quirk_world *w) {
	world_servers(w, &gmail, &good);
	quirk_folder(w->source, "Work", NULL);
	quirk_folder(w->source, "[Gmail]/All Mail", "\\All");
	quirk_folder(w->source, "[Gmail]/Important", "\\Important");
	quirk_folder(w->source, "[Gmail]/Starred", "\\Flagged");
	/* 1..10 in the inbox, 11..15 labelled Work, 16..20 archived; All Mail shows every one of them. */
	for (unsigned i = 1; i <= 20; i++) {
		if (i <= 15)
			gmail_add(w->source, i <= 10 ? "INBOX" : "Work", i, false);
		gmail_add(w->source, "[Gmail]/All Mail", i, i <= 15);
		if (i % 3 == 0)
			gmail_add(w->source, "[Gmail]/Important", i, true);
		if (i % 4 == 0)
			gmail_add(w->source, "[Gmail]/Starred", i, true);
	}
}

struct seen_folders {
	unsigned views, all_skipped;
};

static bool on_folder_row(void *arg, const struct folder_row *row) {
	struct seen_folders *seen = arg;
	if (strstr(row->source, "Important") || strstr(row->source, "Starred")) {
		assert_true(row->skipped);
		assert_non_null(strstr(row->note, "view of Gmail"));
		seen->views++;
	}
	if (strstr(row->source, "All Mail"))
		seen->all_skipped = (unsigned)row->counts.skipped;
	return true;
}

static void gmail_brings_each_message_once(void **state) {
	struct quirk_world *w = *state;
	struct seen_folders seen = { 0 };
	struct err e;
	int64_t id;
	fill_gmail(w);
	struct mailbox_row row = world_move(w, &id);
	assert_int_equal(row.state, MBOX_SYNCED);
	assert_int_equal(row.counts.copied, 20);
	assert_true(mailbox_folders(w->store, id, on_folder_row, &seen, &e));
	assert_int_equal(seen.views, 2);
	assert_int_equal(seen.all_skipped, 15);
	world_assert_done(w, id, QUIRK_SAME_CONTENT);
	assert_int_equal(quirk_messages(w->target, "INBOX", NULL), 10);
	assert_int_equal(quirk_messages(w->target, "Work", NULL), 5);
}

/* New mail appears in the inbox and in All Mail at once. */
static void gmail_again_brings_only_what_is_new(void **state) {
	struct quirk_world *w = *state;
	int64_t id;
	fill_gmail(w);
	assert_int_equal(world_move(w, &id).counts.copied, 20);
	gmail_add(w->source, "INBOX", 21, false);
	gmail_add(w->source, "[Gmail]/All Mail", 21, true);
	struct mailbox_row row = world_migrate(w, id);
	assert_int_equal(row.state, MBOX_SYNCED);
	assert_int_equal(row.counts.copied, 21);
	world_assert_done(w, id, QUIRK_SAME_CONTENT);
}

/* --- messages that a server dies of ------------------------------------------------------------------------------ */

static void add_deadly(struct quirk_world *w, unsigned n) {
	char text[200];
	snprintf(text, sizeof text, "Message-ID: <deadly-%u@quirk.example>\r\nSubject: bad\r\n\r\nbody\r\n", n);
	quirk_add(w->source, "INBOX", &(struct quirk_message){ .text = text, .body = BODY_DEADLY, .stays = true });
}

/* Everything else comes, and they are named. */
static void deadly_ones_are_left_for_the_end(void **state) {
	struct quirk_world *w = *state;
	int64_t id;
	world_servers(w, w->profile, &good);
	quirk_fill(w->source, "INBOX", 1, 19);
	add_deadly(w, 1);
	quirk_fill(w->source, "INBOX", 21, 40);
	add_deadly(w, 2);
	add_deadly(w, 3);
	quirk_fill(w->source, "INBOX", 43, 60);
	struct mailbox_row row = world_move(w, &id);
	if (row.state != MBOX_SYNCED_WITH_GAPS)
		fail_msg("%s: %s", mailbox_state_name(row.state), row.error);
	assert_int_equal(row.counts.copied, 57);
	assert_int_equal(row.counts.failed, 3);
	assert_int_equal(w->message_count, 3);
	for (size_t k = 0; k < 3; k++)
		assert_non_null(strstr(w->messages[k].text, "closes the connection whenever"));
	assert_true(quirk_count(w->target, "CAPABILITY", NULL) < 60); /* bounded tries */
	world_assert_same(w, w->profile->pop3 ? QUIRK_SAME_CONTENT : QUIRK_SAME_ALL);
}

int main(void) {
	const struct CMUnitTest tests[] = {
		WORLD_TEST(gone_is_vanished),
		WORLD_TEST(listed_but_not_delivered_is_a_failure),
		WORLD_TEST(nil_is_a_failure),
		WORLD_TEST(nil_alone_is_a_failure),
		WORLD_TEST(an_empty_body_of_a_message_that_has_a_size_is_a_failure),
		WORLD_TEST(an_exchange_placeholder_is_a_failure),
		WORLD_TEST(an_empty_message_is_skipped),
		WORLD_TEST(a_refused_fetch_costs_only_its_message),
		WORLD_TEST(a_refused_command_is_taken_apart),
		WORLD_TEST(a_wrong_size_does_not_matter),
		WORLD_TEST(a_far_too_large_size_does_not_matter),
		WORLD_TEST(the_uid_may_come_last),
		WORLD_TEST(answers_may_come_in_any_order),
		WORLD_TEST(a_message_said_twice_arrives_once),
		WORLD_TEST(a_stale_uidnext_hides_nothing),
		WORLD_TEST(noise_is_read_past),
		WORLD_TEST(everything_at_once),
		WORLD_TEST(a_plain_server_is_enough),
		WORLD_TEST(a_source_that_hangs_up_is_opened_again),
		WORLD_TEST_AS("deadly ones are left for the end", deadly_ones_are_left_for_the_end, .pop3 = false),
		WORLD_TEST_AS("deadly ones are left for the end, POP3", deadly_ones_are_left_for_the_end, .pop3 = true),
		WORLD_TEST(gmail_brings_each_message_once),
		WORLD_TEST(gmail_again_brings_only_what_is_new),
	};
	cmocka_set_test_filter(getenv("MAILVAN_TEST_ONLY"));
	return cmocka_run_group_tests(tests, NULL, NULL);
}
