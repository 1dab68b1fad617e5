/* SPDX-License-Identifier: MIT
 *
 * test_deletes.c - --sync-deletes: what it removes, and one test for each limit that keeps it from removing.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdlib.h>
#include <string.h>

#include "core/work/sync.h"
#include "tests/servers/delta_world_lib.h"

#define CAPS_MOVE QUIRK_CAPS " MOVE"

static const struct quirks good = { 0 };
static const struct quirks movable = { .caps = CAPS_MOVE };

static void nothing_was_removed(struct quirk_world *w, size_t messages) {
	assert_int_equal(quirk_messages(w->target, "INBOX", NULL), messages);
	assert_int_equal(quirk_count(w->target, "UID EXPUNGE", NULL), 0);
	assert_int_equal(quirk_count(w->target, "UID MOVE", NULL), 0);
	assert_int_equal(quirk_flagged(w->target, "INBOX", "\\Deleted"), 0);
}

/* Three runs after the deletion: the copies are all there, and the mailbox says why. */
static void stays(struct quirk_world *w, int64_t id, size_t messages, const char *why) {
	for (int i = 0; i < 3; i++) {
		delta_again(w, id);
		nothing_was_removed(w, messages);
	}
	if (why && !delta_alarm(w, id, "sync-deletes", why))
		fail_msg("no alarm says: %s", why);
}

struct named {
	unsigned vanished;
	bool special, asked;
};

static bool on_failure(void *arg, const struct failure_row *row) {
	struct named *n = arg;
	n->vanished += row->state == MSG_VANISHED;
	n->special |= strcmp(row->subject, "special 2") == 0;
	n->asked |= strstr(row->text, "asked for by vera@test") && strstr(row->text, "--sync-deletes");
	return true;
}

static void three_are_removed(struct quirk_world *w, int64_t id) {
	struct named named = { 0 };
	struct err e;
	quirk_expunge(w->source, "INBOX", "special-");
	/* The first look only takes note. */
	delta_again(w, id);
	nothing_was_removed(w, 40);
	assert_true(delta_alarm(w, id, "sync-deletes", "3 copied messages are gone"));
	struct mailbox_row row = delta_again(w, id);
	assert_int_equal(quirk_messages(w->target, "INBOX", NULL), 37);
	assert_int_equal(quirk_messages(w->target, "INBOX", "special-"), 0);
	assert_int_equal(row.state, MBOX_SYNCED);
	assert_int_equal(row.counts.copied, 37);
	assert_int_equal(row.counts.vanished, 3);
	assert_int_equal(row.counts.source, 40);
	assert_true(mailbox_failures(w->store, id, on_failure, &named, &e));
	assert_int_equal(named.vanished, 3);
	assert_true(named.special && named.asked);
	assert_false(delta_alarm(w, id, NULL, NULL));
	/* And that was that. */
	row = delta_again(w, id);
	assert_int_equal(row.counts.vanished, 3);
	assert_int_equal(quirk_count(w->target, "UID", NULL), 0);
	assert_int_equal(delta_bodies(w), 0);
}

static uint64_t removed_of(struct quirk_world *w, const int64_t *id) {
	struct mailbox_filter only = { .ids = id, .id_count = id ? 1 : 0 };
	uint64_t n;
	struct err e;
	if (!removals_total(w->store, &only, &n, &e))
		fail_msg("%s", e.text);
	return n;
}

/* Of all mailboxes, of some, and not those of others. */
static void removed_ones_are_counted(void **state) {
	struct quirk_world *w = *state;
	int64_t id = delta_begin(w, &good, &good, 40, SYNC_DELETES_EXPUNGE);
	int64_t other = world_add(w, w->source, w->target, "bob", "bob");
	assert_int_equal(removed_of(w, NULL), 0);
	three_are_removed(w, id);
	assert_int_equal(removed_of(w, NULL), 3);
	assert_int_equal(removed_of(w, &id), 3);
	assert_int_equal(removed_of(w, &other), 0);
}

static void copies_are_expunged(void **state) {
	struct quirk_world *w = *state;
	int64_t id = delta_begin(w, &good, &good, 40, SYNC_DELETES_EXPUNGE);
	quirk_set_flags(w->target, "INBOX", "number-9@", "\\Deleted"); /* the owner's business */
	quirk_expunge(w->source, "INBOX", "special-");
	delta_again(w, id);
	delta_again(w, id);
	assert_int_equal(quirk_messages(w->target, "INBOX", "number-9@"), 1);
	assert_int_equal(quirk_count(w->target, "UID EXPUNGE", "1:3"), 1);
}

static void copies_are_accounted_for(void **state) {
	struct quirk_world *w = *state;
	three_are_removed(w, delta_begin(w, &good, &good, 40, SYNC_DELETES_EXPUNGE));
}

static void copies_are_moved_to_trash(void **state) {
	struct quirk_world *w = *state;
	three_are_removed(w, delta_begin(w, &good, &movable, 40, SYNC_DELETES_TRASH));
	assert_int_equal(quirk_messages(w->target, "Trash", "special-"), 3);
	assert_int_equal(quirk_messages(w->target, "Trash", NULL), 3);
}

/* What was removed and is shown again is copied again: it was not deleted after all. */
static void a_message_that_is_back_is_copied_again(void **state) {
	struct quirk_world *w = *state;
	int64_t id = delta_begin(w, &good, &good, 40, SYNC_DELETES_EXPUNGE);
	quirk_hide(w->source, "INBOX", "special-1.", true);
	delta_again(w, id);
	delta_again(w, id);
	assert_int_equal(quirk_messages(w->target, "INBOX", "special-1."), 0);
	quirk_hide(w->source, "INBOX", "special-1.", false);
	struct mailbox_row row = world_migrate(w, id);
	assert_int_equal(row.counts.copied, 40);
	assert_int_equal(row.counts.vanished, 0);
	world_assert_same(w, QUIRK_SAME_CONTENT);
}

/* --- limits ----------------------------------------------------------------------------------------------------- */

static void off_unless_asked_for(void **state) {
	struct quirk_world *w = *state;
	int64_t id = delta_begin(w, &good, &good, 40, SYNC_DELETES_OFF);
	quirk_expunge(w->source, "INBOX", "special-");
	stays(w, id, 40, NULL);
	assert_false(delta_alarm(w, id, NULL, NULL));
}

static void preview_only_says(void **state) {
	struct quirk_world *w = *state;
	int64_t id = delta_begin(w, &good, &good, 40, SYNC_DELETES_PREVIEW);
	quirk_expunge(w->source, "INBOX", "special-");
	stays(w, id, 40, "would remove their copies");
}

static void a_minute_must_pass(void **state) {
	struct quirk_world *w = *state;
	struct err e;
	int64_t id = delta_begin(w, &good, &good, 40, SYNC_DELETES_EXPUNGE);
	assert_true(setting_set(w->store, "sync_deletes_wait_s", "60", &e));
	quirk_expunge(w->source, "INBOX", "special-");
	stays(w, id, 40, "if the messages are still missing then");
}

static void missing_once_is_not_enough(void **state) {
	struct quirk_world *w = *state;
	int64_t id = delta_begin(w, &good, &good, 40, SYNC_DELETES_EXPUNGE);
	for (int i = 0; i < 3; i++) {
		quirk_hide(w->source, "INBOX", "special-1.", true);
		delta_again(w, id);
		nothing_was_removed(w, 40);
		quirk_hide(w->source, "INBOX", "special-1.", false);
		delta_again(w, id);
		nothing_was_removed(w, 40);
	}
}

/* Those numbered 100..199, by one text. */
static int64_t begin_many(struct quirk_world *w, unsigned n, unsigned gone) {
	int64_t id = delta_begin(w, &good, &good, n, SYNC_DELETES_EXPUNGE);
	for (unsigned i = 0; i < gone; i++) {
		char text[40];
		snprintf(text, sizeof text, "number-%u@", 100 + i);
		quirk_expunge(w->source, "INBOX", text);
	}
	return id;
}

static void fifty_may_go(void **state) {
	struct quirk_world *w = *state;
	int64_t id = begin_many(w, 200, 50);
	delta_again(w, id);
	delta_again(w, id);
	assert_int_equal(quirk_messages(w->target, "INBOX", NULL), 150);
}

static void more_than_fifty_may_not(void **state) {
	struct quirk_world *w = *state;
	stays(w, begin_many(w, 200, 51), 200,
	      "51 of 200 copied messages are gone from the source at once, more than 50");
}

static void five_percent_of_many_may_go(void **state) {
	(void)state;
	assert_int_equal(sync_deletes_limit(999), 50);
	assert_int_equal(sync_deletes_limit(1019), 50);
	assert_int_equal(sync_deletes_limit(2000), 100);
	assert_int_equal(sync_deletes_limit(0), 50);
}

static void many_folders_count_together(void **state) {
	struct quirk_world *w = *state;
	int64_t id;
	world_servers(w, &good, &good);
	for (unsigned f = 0; f < 3; f++) {
		char name[16];
		snprintf(name, sizeof name, "Folder%u", f);
		quirk_folder(w->source, name, NULL);
		quirk_fill(w->source, name, 100 * f, 100 * f + 39);
	}
	world_move(w, &id);
	delta_options(w, false, SYNC_DELETES_EXPUNGE);
	for (unsigned f = 0; f < 3; f++) {
		char name[16];
		snprintf(name, sizeof name, "Folder%u", f);
		for (unsigned i = 0; i < 20; i++) {
			char text[40];
			snprintf(text, sizeof text, "number-%u@", 100 * f + i);
			quirk_expunge(w->source, name, text);
		}
	}
	for (int i = 0; i < 3; i++)
		delta_again(w, id);
	assert_int_equal(quirk_messages(w->target, NULL, NULL), 120);
	assert_true(delta_alarm(w, id, "sync-deletes", "60 of 120 copied messages of this mailbox"));
}

static void an_empty_folder_is_suspicious(void **state) {
	struct quirk_world *w = *state;
	int64_t id = delta_begin(w, &good, &good, 40, SYNC_DELETES_EXPUNGE);
	quirk_expunge(w->source, "INBOX", "");
	stays(w, id, 40, "the folder is empty at the source");
}

/* It counts 39 messages, and lists none. */
static void an_incomplete_listing_proves_nothing(void **state) {
	static const struct quirk_rule rules[] = { { .verb = "UID FETCH", .in = "(UID FLAGS)", .text = "OK" }, { 0 } };
	static const struct quirks lies = { .rules = rules };
	struct quirk_world *w = *state;
	int64_t id = delta_begin(w, &good, &good, 40, SYNC_DELETES_EXPUNGE);
	quirk_become(w->source, &lies);
	quirk_expunge(w->source, "INBOX", "special-1.");
	stays(w, id, 40, "did not list all messages");
}

static void a_round_number_is_suspicious(void **state) {
	struct quirk_world *w = *state;
	int64_t id = delta_begin(w, &good, &good, 1001, SYNC_DELETES_EXPUNGE);
	quirk_expunge(w->source, "INBOX", "special-1.");
	stays(w, id, 1001, "so round");
}

static void another_uidvalidity_is_another_folder(void **state) {
	struct quirk_world *w = *state;
	int64_t id = delta_begin(w, &good, &good, 40, SYNC_DELETES_EXPUNGE);
	quirk_set_uidvalidity(w->source, "INBOX", 4711);
	quirk_expunge(w->source, "INBOX", "special-1.");
	stays(w, id, 40, NULL);
}

/* Adopted by their bodies, so that the ledger knows as much of them as of a copy of ours. */
static void copies_of_others_stay(void **state) {
	struct quirk_world *w = *state;
	int64_t id;
	world_servers(w, &good, &good);
	for (unsigned i = 1; i <= 3; i++) {
		char text[160];
		snprintf(text, sizeof text, "Message-ID: <d@quirk.example>\r\nSubject: draft\r\n\r\nversion %u\r\n", i);
		quirk_add(w->source, "INBOX", &(struct quirk_message){ .text = text });
		quirk_add(w->target, "INBOX", &(struct quirk_message){ .text = text });
	}
	quirk_fill(w->source, "INBOX", 4, 40);
	assert_int_equal(world_move(w, &id).counts.adopted, 3);
	delta_options(w, false, SYNC_DELETES_EXPUNGE);
	quirk_expunge(w->source, "INBOX", "version 1");
	stays(w, id, 40, NULL);
}

/* special-1 was answered at the target, special-2 flagged; special-3 got what the server sets by itself. */
static void what_its_owner_uses_stays(void **state) {
	struct quirk_world *w = *state;
	int64_t id = delta_begin(w, &good, &good, 40, SYNC_DELETES_EXPUNGE);
	quirk_set_flags(w->target, "INBOX", "special-1.", "\\Answered");
	quirk_set_flags(w->target, "INBOX", "special-2.", "\\Seen \\Flagged");
	quirk_set_flags(w->target, "INBOX", "special-3.", "\\Seen \\Recent $HasNoAttachment");
	quirk_expunge(w->source, "INBOX", "special-");
	delta_again(w, id);
	delta_again(w, id);
	assert_true(delta_alarm(w, id, "sync-deletes", "2 copies of messages deleted at the source stay: read"));
	delta_again(w, id);
	assert_int_equal(quirk_messages(w->target, "INBOX", "special-1."), 1);
	assert_int_equal(quirk_messages(w->target, "INBOX", "special-2."), 1);
	assert_int_equal(quirk_messages(w->target, "INBOX", NULL), 39);
}

/* A keyword of the source is no sign of the owner, one of his own is, and that he has read it. */
static void a_keyword_of_its_owner(void **state) {
	struct quirk_world *w = *state;
	int64_t id;
	world_servers(w, &good, &good);
	quirk_fill(w->source, "INBOX", 1, 40);
	delta_special(w->source, "INBOX", 1, "\\Seen $Work");
	delta_special(w->source, "INBOX", 2, "\\Seen $Work");
	delta_special(w->source, "INBOX", 3, NULL);
	world_move(w, &id);
	delta_options(w, false, SYNC_DELETES_EXPUNGE);
	quirk_set_flags(w->target, "INBOX", "special-1.", "\\Seen $Work $Own");
	quirk_set_flags(w->target, "INBOX", "special-3.", "\\Seen");
	quirk_expunge(w->source, "INBOX", "special-");
	delta_again(w, id);
	delta_again(w, id);
	assert_int_equal(quirk_messages(w->target, "INBOX", "special-1."), 1);
	assert_int_equal(quirk_messages(w->target, "INBOX", "special-3."), 1);
	assert_int_equal(quirk_messages(w->target, "INBOX", NULL), 42);
}

static void while_something_is_not_copied(void **state) {
	struct quirk_world *w = *state;
	int64_t id = delta_begin(w, &good, &good, 40, SYNC_DELETES_EXPUNGE);
	quirk_add(w->source, "INBOX",
		  &(struct quirk_message){ .text = "Subject: x\r\n\r\nx\r\n", .body = BODY_EMPTY, .stays = true });
	quirk_expunge(w->source, "INBOX", "special-1.");
	stays(w, id, 40, "some of this mailbox is not copied yet");
}

#define CAPS_SINGLE QUIRK_CAPS_PLAIN " LITERAL+ UIDPLUS MOVE"

/* The UID in the ledger leads to another message, or two rows to one. */
static void a_wrong_uid(struct quirk_world *w, const struct quirks *target) {
	int64_t id = delta_begin(w, &good, target, 40, SYNC_DELETES_EXPUNGE);
	quirk_expunge(w->source, "INBOX", "special-2.");
	delta_again(w, id);
	delta_again(w, id);
	/* Only a message that is gone from the source may be gone from the target. */
	assert_int_equal(quirk_messages(w->target, "INBOX", "number-"), 37);
	assert_int_equal(quirk_messages(w->target, "INBOX", "special-1."), 1);
	assert_int_equal(quirk_messages(w->target, "INBOX", "special-3."), 1);
	assert_int_equal(quirk_flagged(w->target, "INBOX", "\\Deleted"), 0);
}

static void a_neighbours_uid(void **state) {
	static const struct quirks q = { .appenduid = APPENDUID_NEIGHBOUR, .caps = CAPS_SINGLE };
	a_wrong_uid(*state, &q);
}

static void one_uid_for_all(void **state) {
	static const struct quirks q = { .appenduid = APPENDUID_DUPLICATE, .caps = CAPS_SINGLE };
	a_wrong_uid(*state, &q);
}

static void no_uid_at_all(void **state) {
	static const struct quirks q = { .appenduid = APPENDUID_NONE, .caps = CAPS_SINGLE };
	a_wrong_uid(*state, &q);
}

/* Drafts with one header and different bodies, each row one draft off: only the body tells. */
static void the_body_is_compared(void **state) {
	static const struct quirks q = { .appenduid = APPENDUID_NEIGHBOUR, .caps = CAPS_SINGLE };
	struct quirk_world *w = *state;
	int64_t id;
	world_servers(w, &good, &q);
	quirk_fill(w->source, "INBOX", 1, 20);
	for (unsigned i = 1; i <= 9; i++) {
		char text[160];
		snprintf(text, sizeof text,
			 "Message-ID: <draft@quirk.example>\r\nSubject: draft\r\n\r\nversion %u of the draft\r\n", i);
		quirk_add(w->source, "INBOX", &(struct quirk_message){ .text = text });
	}
	world_move(w, &id);
	delta_options(w, false, SYNC_DELETES_EXPUNGE);
	quirk_expunge(w->source, "INBOX", "version 5 ");
	delta_again(w, id);
	delta_again(w, id);
	for (unsigned i = 1; i <= 9; i++) {
		char text[40];
		snprintf(text, sizeof text, "version %u ", i);
		if (i != 5)
			assert_int_equal(quirk_messages(w->target, "INBOX", text), 1);
	}
	assert_true(delta_alarm(w, id, "sync-deletes", "not certainly, what was copied"));
}

/* Equal messages, and a server that gives them all one UID: the one copy that both rows claim must stay. */
static void a_shared_copy_stays(void **state) {
	static const struct quirks q = { .appenduid = APPENDUID_DUPLICATE, .caps = CAPS_SINGLE };
	struct quirk_world *w = *state;
	int64_t id;
	world_servers(w, &good, &q);
	for (unsigned i = 0; i < 3; i++)
		delta_special(w->source, "INBOX", 1, i ? "\\Seen" : "$First");
	quirk_fill(w->source, "INBOX", 4, 20);
	world_move(w, &id);
	delta_options(w, false, SYNC_DELETES_EXPUNGE);
	quirk_hide(w->source, "INBOX", "special-1.", true);
	delta_again(w, id);
	delta_again(w, id);
	assert_int_equal(quirk_messages(w->target, "INBOX", "special-1."), 3);
}

static void cannot(struct quirk_world *w, const struct quirks *source, const struct quirks *target,
		   enum sync_deletes how, const char *why) {
	int64_t id = delta_begin(w, source, target, 40, how);
	quirk_expunge(w->source, "INBOX", "special-1.");
	stays(w, id, 40, why);
}

static void uids_that_do_not_last(void **state) {
	static const struct quirks q = { .not_sticky = true };
	cannot(*state, &q, &good, SYNC_DELETES_EXPUNGE, "the source gives its messages other UIDs");
}

static void uids_that_do_not_last_at_the_target(void **state) {
	static const struct quirks q = { .not_sticky = true };
	cannot(*state, &good, &q, SYNC_DELETES_EXPUNGE, "the target gives its messages other UIDs");
}

static void no_uidplus_no_expunge(void **state) {
	static const struct quirks q = { .caps = CAPS_MOVE };
	static const struct quirks later = { .caps = QUIRK_CAPS_PLAIN " LITERAL+ MOVE" };
	struct quirk_world *w = *state;
	int64_t id = delta_begin(w, &good, &q, 40, SYNC_DELETES_EXPUNGE);
	quirk_become(w->target, &later);
	quirk_expunge(w->source, "INBOX", "special-1.");
	stays(w, id, 40, "no UID EXPUNGE");
}

static void no_move_no_trash(void **state) {
	cannot(*state, &good, &good, SYNC_DELETES_TRASH, "no MOVE");
}

static void no_trash_folder(void **state) {
	struct quirk_world *w = *state;
	int64_t id = delta_begin(w, &good, &movable, 40, SYNC_DELETES_TRASH);
	quirk_remove(w->target, "Trash");
	quirk_expunge(w->source, "INBOX", "special-1.");
	stays(w, id, 40, "no Trash folder");
}

static void gmail_keeps_one_for_many(void **state) {
	static const struct quirks q = { .caps = CAPS_MOVE " X-GM-EXT-1" };
	cannot(*state, &good, &q, SYNC_DELETES_EXPUNGE, "Gmail keeps one message");
}

static void a_label_taken_off_is_no_deletion(void **state) {
	static const struct quirks q = { .caps = QUIRK_CAPS " X-GM-EXT-1" };
	cannot(*state, &q, &good, SYNC_DELETES_EXPUNGE, "loses a label");
}

int main(void) {
	const struct CMUnitTest tests[] = {
		WORLD_TEST(removed_ones_are_counted),
		WORLD_TEST(copies_are_expunged),
		WORLD_TEST(copies_are_accounted_for),
		WORLD_TEST(copies_are_moved_to_trash),
		WORLD_TEST(a_message_that_is_back_is_copied_again),
		WORLD_TEST(off_unless_asked_for),
		WORLD_TEST(preview_only_says),
		WORLD_TEST(a_minute_must_pass),
		WORLD_TEST(missing_once_is_not_enough),
		WORLD_TEST(fifty_may_go),
		WORLD_TEST(more_than_fifty_may_not),
		cmocka_unit_test(five_percent_of_many_may_go),
		WORLD_TEST(many_folders_count_together),
		WORLD_TEST(an_empty_folder_is_suspicious),
		WORLD_TEST(an_incomplete_listing_proves_nothing),
		WORLD_TEST(a_round_number_is_suspicious),
		WORLD_TEST(another_uidvalidity_is_another_folder),
		WORLD_TEST(copies_of_others_stay),
		WORLD_TEST(what_its_owner_uses_stays),
		WORLD_TEST(a_keyword_of_its_owner),
		WORLD_TEST(while_something_is_not_copied),
		WORLD_TEST(a_neighbours_uid),
		WORLD_TEST(one_uid_for_all),
		WORLD_TEST(no_uid_at_all),
		WORLD_TEST(the_body_is_compared),
		WORLD_TEST(a_shared_copy_stays),
		WORLD_TEST(uids_that_do_not_last),
		WORLD_TEST(uids_that_do_not_last_at_the_target),
		WORLD_TEST(no_uidplus_no_expunge),
		WORLD_TEST(no_move_no_trash),
		WORLD_TEST(no_trash_folder),
		WORLD_TEST(gmail_keeps_one_for_many),
		WORLD_TEST(a_label_taken_off_is_no_deletion),
	};
	cmocka_set_test_filter(getenv("MAILVAN_TEST_ONLY"));
	return cmocka_run_group_tests(tests, NULL, NULL);
}
