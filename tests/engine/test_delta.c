/* SPDX-License-Identifier: MIT
 *
 * test_delta.c - later passes: what is new arrives once, wherever its UID lies; flags are followed on request and
 * nobody's own are touched; a source that hides mail is named.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdlib.h>
#include <string.h>

#include "tests/servers/delta_world_lib.h"

static const struct quirks good = { 0 };
static const struct quirks condstore = { .caps = QUIRK_CAPS " CONDSTORE" };

static void again(struct quirk_world *w) {
	quirk_forget(w->source);
	quirk_forget(w->target);
}

/* --- what is new ------------------------------------------------------------------------------------------------ */

static int64_t move_with_hidden(struct quirk_world *w) {
	int64_t id;
	world_servers(w, &good, &good);
	quirk_fill(w->source, "INBOX", 1, 9);
	delta_special(w->source, "INBOX", 1, NULL);
	delta_special(w->source, "INBOX", 2, NULL);
	quirk_fill(w->source, "INBOX", 12, 20);
	quirk_hide(w->source, "INBOX", "special-", true);
	struct mailbox_row row = world_move(w, &id);
	assert_int_equal(row.state, MBOX_SYNCED);
	assert_int_equal(row.counts.copied, 18);
	again(w);
	return id;
}

/* The server shows two messages that it had not shown before, below the last UID. */
static void a_low_uid_is_new_too(void **state) {
	struct quirk_world *w = *state;
	int64_t id = move_with_hidden(w);
	quirk_hide(w->source, "INBOX", NULL, false);
	quirk_fill(w->source, "INBOX", 21, 21);
	struct mailbox_row row = world_migrate(w, id);
	assert_int_equal(row.counts.copied, 21);
	assert_int_equal(quirk_count(w->source, "UID FETCH", "10:11,21 (UID BODY.PEEK[])"), 1);
	assert_int_equal(delta_bodies(w), 1); /* nothing else */
	world_assert_done(w, id, QUIRK_SAME_ALL);
}

static void a_low_uid_is_new_without_a_higher_one(void **state) {
	struct quirk_world *w = *state;
	int64_t id = move_with_hidden(w);
	quirk_hide(w->source, "INBOX", NULL, false);
	assert_int_equal(world_migrate(w, id).counts.copied, 20);
	assert_int_equal(delta_bodies(w), 1);
	world_assert_done(w, id, QUIRK_SAME_ALL);
}

static void only_new_mail_is_listed_and_fetched(void **state) {
	struct quirk_world *w = *state;
	int64_t id = move_with_hidden(w);
	quirk_fill(w->source, "INBOX", 21, 25);
	assert_int_equal(world_migrate(w, id).counts.copied, 23);
	assert_int_equal(quirk_count(w->source, "UID FETCH", "21:25 (UID FLAGS"), 1);
	assert_int_equal(quirk_count(w->source, "UID FETCH", "FETCH 1:"), 0);
	assert_int_equal(quirk_count(w->target, "APPEND", NULL), 1);
}

static void mail_deleted_at_the_source_costs_one_listing(void **state) {
	struct quirk_world *w = *state;
	int64_t id = move_with_hidden(w);
	quirk_expunge(w->source, "INBOX", "number-3@");
	assert_int_equal(world_migrate(w, id).counts.copied, 18);
	assert_int_equal(delta_bodies(w), 0);
	assert_int_equal(quirk_count(w->target, NULL, NULL), 0);
	again(w);
	world_migrate(w, id);
	assert_int_equal(quirk_count(w->source, "UID FETCH", NULL), 0);
}

/* A folder that is away for a while, while some of it is still to be copied. */
static void a_folder_that_comes_back_is_copied(void **state) {
	static const struct quirk_rule full[] = { { .verb = "APPEND", .text = "NO [OVERQUOTA] full", .after = 70 },
						  { 0 } };
	static const struct quirks small = { .rules = full };
	struct quirk_world *w = *state;
	int64_t id;
	world_servers(w, &good, &small);
	quirk_fill(w->source, "INBOX", 1, 3);
	quirk_folder(w->source, "Work", NULL);
	quirk_fill(w->source, "Work", 4, 153);
	quirk_set_uidvalidity(w->source, "Work", 4711);
	assert_int_equal(world_move(w, &id).state, MBOX_FAILED);
	quirk_become(w->target, &good);
	quirk_rename(w->source, "Work", "Elsewhere");
	quirk_set_uidvalidity(w->source, "Elsewhere", 4712); /* so that it is not known again */
	struct mailbox_row row = world_migrate(w, id);
	assert_true(row.counts.vanished > 0);
	quirk_rename(w->source, "Elsewhere", "Work");
	quirk_set_uidvalidity(w->source, "Work", 4711);
	row = world_migrate(w, id);
	assert_int_equal(row.counts.vanished, 0);
	assert_int_equal(row.counts.pending, 0);
	assert_true(quirk_messages(w->target, "Work", NULL) == 150);
}

/* --- folders that were renamed ----------------------------------------------------------------------------------- */

static int64_t move_for_renames(struct quirk_world *w, const struct quirks *target) {
	int64_t id;
	world_servers(w, &good, target);
	quirk_fill(w->source, "INBOX", 1, 3);
	quirk_folder(w->source, "Arch", NULL);
	quirk_fill(w->source, "Arch", 4, 40);
	quirk_folder(w->source, "Arch/2020", NULL);
	quirk_fill(w->source, "Arch/2020", 41, 60);
	assert_int_equal(world_move(w, &id).counts.copied, 60);
	return id;
}

static void a_renamed_folder_keeps_its_copies(void **state) {
	struct quirk_world *w = *state;
	int64_t id = move_for_renames(w, &good);
	quirk_rename(w->source, "Arch", "Archive2");
	quirk_fill(w->source, "Archive2", 61, 65);
	again(w);
	struct mailbox_row row = world_migrate(w, id);
	assert_int_equal(row.state, MBOX_SYNCED);
	assert_int_equal(row.counts.copied, 65);
	assert_int_equal(quirk_count(w->target, "RENAME", NULL), 1); /* the inferior came along */
	assert_false(quirk_has_folder(w->target, "Arch"));
	assert_false(delta_alarm(w, id, "folder-gone", NULL));
	world_assert_done(w, id, QUIRK_SAME_ALL);
}

/* A new folder has taken its name. */
static void a_renamed_folder_and_another_of_its_name(void **state) {
	struct quirk_world *w = *state;
	int64_t id = move_for_renames(w, &good);
	quirk_rename(w->source, "Arch", "Archive2");
	quirk_folder(w->source, "Arch", NULL);
	quirk_fill(w->source, "Arch", 61, 65);
	quirk_set_uidvalidity(w->source, "Arch", 4711);
	assert_int_equal(world_migrate(w, id).state, MBOX_SYNCED);
	world_assert_done(w, id, QUIRK_SAME_ALL);
}

/* The target does not rename it: its copies stay where they are, and are not made again. */
static void a_target_that_does_not_rename(void **state) {
	static const struct quirk_rule never[] = { { .verb = "RENAME", .text = "NO [CANNOT] not here" }, { 0 } };
	static const struct quirks stiff = { .rules = never };
	struct quirk_world *w = *state;
	int64_t id = move_for_renames(w, &stiff);
	quirk_rename(w->source, "Arch", "Archive2");
	quirk_fill(w->source, "Archive2", 61, 65);
	assert_int_equal(world_migrate(w, id).state, MBOX_SYNCED);
	assert_true(delta_alarm(w, id, "folder-renamed", "keeps its name at the target"));
	assert_int_equal(quirk_messages(w->target, "Arch", NULL), 42);
	assert_false(quirk_has_folder(w->target, "Archive2"));
	world_assert_done(w, id, QUIRK_SAME_CONTENT);
}

/* The owner at the target has a folder below it, and one of the new name. */
static void nothing_of_others_is_renamed(void **state) {
	struct quirk_world *w = *state;
	int64_t id = move_for_renames(w, &good);
	quirk_folder(w->target, "Arch/Own", NULL);
	quirk_folder(w->target, "Archive2/2020", NULL);
	quirk_rename(w->source, "Arch", "Archive2");
	again(w);
	assert_int_equal(world_migrate(w, id).state, MBOX_SYNCED);
	assert_int_equal(quirk_count(w->target, "RENAME", NULL), 0);
	assert_true(quirk_has_folder(w->target, "Arch/Own"));
	world_assert_done(w, id, QUIRK_SAME_CONTENT);
}

/* Equal UIDVALIDITYs prove nothing alone; without them it is another folder, and its old copies are named. */
static void another_folder_is_not_a_renamed_one(void **state) {
	struct quirk_world *w = *state;
	int64_t id = move_for_renames(w, &good);
	quirk_set_uidvalidity(w->source, "Arch", 4711);
	world_migrate(w, id);
	quirk_remove(w->source, "Arch");
	quirk_folder(w->source, "New", NULL);
	quirk_fill(w->source, "New", 104, 140);
	quirk_set_uidvalidity(w->source, "New", 4711);
	again(w);
	struct mailbox_row row = world_migrate(w, id);
	assert_int_equal(row.counts.copied + row.counts.adopted, 60 + 37);
	assert_int_equal(quirk_count(w->target, "RENAME", NULL), 0);
	assert_int_equal(quirk_messages(w->target, "Arch", NULL), 37);
	assert_int_equal(quirk_messages(w->target, "New", NULL), 37);
	assert_true(delta_alarm(w, id, "folder-gone", "its 37 copies stay at the target"));
}

/* --- subscriptions ---------------------------------------------------------------------------------------------- */

static int64_t move_for_subscriptions(struct quirk_world *w) {
	int64_t id;
	world_servers(w, &good, &good);
	quirk_fill(w->source, "INBOX", 1, 3);
	quirk_folder(w->source, "Work", NULL);
	quirk_fill(w->source, "Work", 4, 9);
	quirk_folder(w->source, "Other", NULL);
	quirk_subscribe(w->source, "Work", true);
	world_move(w, &id);
	assert_true(quirk_is_subscribed(w->target, "Work"));
	assert_false(quirk_is_subscribed(w->target, "Other"));
	again(w);
	return id;
}

static void changed_subscriptions_are_followed(void **state) {
	struct quirk_world *w = *state;
	int64_t id = move_for_subscriptions(w);
	world_migrate(w, id);
	assert_int_equal(quirk_count(w->target, NULL, NULL), 0);
	quirk_subscribe(w->source, "Work", false);
	quirk_subscribe(w->source, "Other", true);
	world_migrate(w, id);
	assert_false(quirk_is_subscribed(w->target, "Work"));
	assert_true(quirk_is_subscribed(w->target, "Other"));
	/* Once: what its owner decides afterwards stands. */
	quirk_subscribe(w->target, "Work", true);
	again(w);
	world_migrate(w, id);
	assert_int_equal(quirk_count(w->target, NULL, NULL), 0);
	assert_true(quirk_is_subscribed(w->target, "Work"));
}

static void the_owners_subscriptions_stay(void **state) {
	struct quirk_world *w = *state;
	int64_t id = move_for_subscriptions(w);
	quirk_subscribe(w->target, "Work", false);
	w->jobs = 4; /* several lanes make the folders ahead */
	quirk_fill(w->source, "Work", 10, 160);
	quirk_fill(w->source, "Other", 161, 310);
	assert_int_equal(world_migrate(w, id).counts.copied, 310);
	assert_false(quirk_is_subscribed(w->target, "Work"));
	assert_int_equal(quirk_count(w->target, "SUBSCRIBE", NULL), 0);
	/* One that has to be made again is as the source has it. */
	quirk_remove(w->target, "Work");
	quirk_fill(w->source, "Work", 311, 312);
	world_migrate(w, id);
	assert_true(quirk_is_subscribed(w->target, "Work"));
}

/* --- flags ------------------------------------------------------------------------------------------------------ */

static int64_t move_for_flags(struct quirk_world *w, const struct quirks *source, const struct quirks *target) {
	int64_t id;
	world_servers(w, source, target);
	for (unsigned i = 1; i <= 6; i++)
		delta_special(w->source, "INBOX", i, i % 2 ? "\\Seen" : "$Work");
	quirk_fill(w->source, "INBOX", 7, 60);
	assert_int_equal(world_move(w, &id).counts.copied, 60);
	again(w);
	return id;
}

/* Both sides change; what the source changed is followed, what the target's owner did stays. */
static void flags_are_merged(struct quirk_world *w, const struct quirks *source) {
	int64_t id = move_for_flags(w, source, &good);
	delta_options(w, true, SYNC_DELETES_OFF);
	world_migrate(w, id); /* nothing has changed yet */
	assert_int_equal(quirk_count(w->target, "UID STORE", NULL), 0);
	quirk_set_flags(w->source, "INBOX", "special-1.", "\\Seen \\Flagged $New");
	quirk_set_flags(w->source, "INBOX", "special-2.", "\\Answered"); /* and $Work taken off */
	quirk_set_flags(w->source, "INBOX", "special-3.", "");		 /* unseen again */
	quirk_set_flags(w->source, "INBOX", "special-4.", "$Work \\Deleted");
	quirk_set_flags(w->source, "INBOX", "special-5.", "\\Seen \\Flagged $New");
	quirk_set_flags(w->target, "INBOX", "special-1.", "\\Answered $Mine"); /* unread, answered */
	quirk_set_flags(w->target, "INBOX", "special-2.", "$Work \\Answered $Mine");
	quirk_set_flags(w->target, "INBOX", "special-6.", "\\Draft"); /* untouched at the source */
	world_migrate(w, id);
	assert_int_equal(quirk_flagged(w->target, "INBOX", "$New"), 2);
	assert_true(quirk_is_flagged(w->target, "INBOX", "special-1.", "$Mine $New \\Answered \\Flagged"));
	assert_true(quirk_is_flagged(w->target, "INBOX", "special-2.", "$Mine \\Answered"));
	assert_true(quirk_is_flagged(w->target, "INBOX", "special-3.", ""));
	assert_true(quirk_is_flagged(w->target, "INBOX", "special-4.", "$Work"));
	assert_true(quirk_is_flagged(w->target, "INBOX", "special-5.", "$New \\Flagged \\Seen"));
	assert_true(quirk_is_flagged(w->target, "INBOX", "special-6.", "\\Draft"));
	/* Two messages share the first command; -\Seen and -$Work are one each. Only the difference went out. */
	assert_int_equal(quirk_count(w->target, "UID STORE", NULL), 3);
	assert_int_equal(quirk_count(w->target, "UID STORE", "1,5 +FLAGS.SILENT (\\Flagged $New)"), 1);
	assert_int_equal(quirk_count(w->target, "UID STORE", "2 -FLAGS.SILENT ($Work)"), 1);
	assert_int_equal(quirk_count(w->target, "UID STORE", "3 -FLAGS.SILENT (\\Seen)"), 1);
	assert_int_equal(quirk_count(w->target, NULL, "Deleted"), 0);
	assert_int_equal(delta_bodies(w), 0);
	/* The owner's word stands from now on. */
	quirk_set_flags(w->target, "INBOX", "special-5.", "\\Seen");
	again(w);
	world_migrate(w, id);
	assert_int_equal(quirk_count(w->target, "UID STORE", NULL), 0);
	assert_true(quirk_is_flagged(w->target, "INBOX", "special-5.", "\\Seen"));
	assert_false(delta_alarm(w, id, NULL, NULL));
}

static void flags_are_merged_without_condstore(void **state) {
	flags_are_merged(*state, &good);
}

static void flags_are_merged_with_condstore(void **state) {
	struct quirk_world *w = *state;
	flags_are_merged(w, &condstore);
	/* After the first look only what has changed is asked for, and nothing while nothing has. */
	assert_int_equal(quirk_count(w->source, "UID FETCH", NULL), 0);
	assert_int_equal(quirk_count(w->source, "EXAMINE", NULL), 0);
	quirk_set_flags(w->source, "INBOX", "special-6.", "\\Seen");
	world_migrate(w, 1);
	assert_int_equal(quirk_count(w->source, "UID FETCH", "(CHANGEDSINCE "), 1);
	assert_int_equal(quirk_count(w->source, "UID FETCH", NULL), 1);
	assert_true(quirk_is_flagged(w->target, "INBOX", "special-6.", "\\Draft \\Seen"));
}

static void flags_stay_unless_asked_for(void **state) {
	struct quirk_world *w = *state;
	int64_t id = move_for_flags(w, &condstore, &good);
	quirk_set_flags(w->source, "INBOX", NULL, "\\Flagged");
	quirk_fill(w->source, "INBOX", 61, 61);
	world_migrate(w, id);
	assert_int_equal(quirk_count(w->target, "UID STORE", NULL), 0);
	assert_int_equal(quirk_flagged(w->target, "INBOX", "\\Answered"), 0);
}

static void only_flags_that_the_target_keeps(void **state) {
	static const struct quirks strict = { .permanent_flags = "\\Seen \\Flagged" };
	struct quirk_world *w = *state;
	int64_t id = move_for_flags(w, &good, &strict);
	delta_options(w, true, SYNC_DELETES_OFF);
	quirk_set_flags(w->source, "INBOX", "special-1.", "\\Answered $New");
	world_migrate(w, id);
	assert_int_equal(quirk_count(w->target, "UID STORE", NULL), 1);
	assert_int_equal(quirk_count(w->target, "UID STORE", "1 -FLAGS.SILENT (\\Seen)"), 1);
}

/* The connection dies in the middle of it: the next look finds out what is left to do. */
static void flags_after_a_broken_connection(void **state) {
	static const struct quirk_rule rules[] = {
		{ .verb = "UID STORE", .in = "-FLAGS", .act = QUIRK_DO_CLOSE, .times = 1 }, { 0 }
	};
	static const struct quirks shaky = { .rules = rules };
	struct quirk_world *w = *state;
	int64_t id = move_for_flags(w, &condstore, &shaky);
	delta_options(w, true, SYNC_DELETES_OFF);
	quirk_set_flags(w->source, "INBOX", "special-1.", "\\Flagged");
	assert_int_equal(world_migrate(w, id).state, MBOX_SYNCED);
	assert_true(quirk_is_flagged(w->target, "INBOX", "special-1.", "\\Flagged"));
	assert_int_equal(quirk_count(w->target, "UID STORE", "+FLAGS"), 1);
	assert_int_equal(quirk_count(w->target, "UID STORE", "-FLAGS"), 1);
}

/* The ledger's UID belongs to another message: that one is not touched, and it is said. */
static void a_wrong_uid_changes_nobodys_flags(void **state) {
	static const struct quirks wrong = { .appenduid = APPENDUID_NEIGHBOUR,
					     .caps = QUIRK_CAPS_PLAIN " LITERAL+ UIDPLUS" };
	struct quirk_world *w = *state;
	int64_t id = move_for_flags(w, &good, &wrong);
	delta_options(w, true, SYNC_DELETES_OFF);
	quirk_set_flags(w->source, "INBOX", "special-5.", "\\Seen \\Draft");
	world_migrate(w, id);
	assert_int_equal(quirk_flagged(w->target, "INBOX", "\\Draft"), 0);
	assert_true(delta_alarm(w, id, "sync-flags", "not certain"));
}

int main(void) {
	const struct CMUnitTest tests[] = {
		WORLD_TEST(a_low_uid_is_new_too),
		WORLD_TEST(a_low_uid_is_new_without_a_higher_one),
		WORLD_TEST(only_new_mail_is_listed_and_fetched),
		WORLD_TEST(mail_deleted_at_the_source_costs_one_listing),
		WORLD_TEST(a_folder_that_comes_back_is_copied),
		WORLD_TEST(a_renamed_folder_keeps_its_copies),
		WORLD_TEST(a_renamed_folder_and_another_of_its_name),
		WORLD_TEST(a_target_that_does_not_rename),
		WORLD_TEST(nothing_of_others_is_renamed),
		WORLD_TEST(another_folder_is_not_a_renamed_one),
		WORLD_TEST(changed_subscriptions_are_followed),
		WORLD_TEST(the_owners_subscriptions_stay),
		WORLD_TEST(flags_are_merged_without_condstore),
		WORLD_TEST(flags_are_merged_with_condstore),
		WORLD_TEST(flags_stay_unless_asked_for),
		WORLD_TEST(only_flags_that_the_target_keeps),
		WORLD_TEST(flags_after_a_broken_connection),
		WORLD_TEST(a_wrong_uid_changes_nobodys_flags),
	};
	cmocka_set_test_filter(getenv("MAILVAN_TEST_ONLY"));
	return cmocka_run_group_tests(tests, NULL, NULL);
}
