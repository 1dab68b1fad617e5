/* SPDX-License-Identifier: MIT
 *
 * test_target_folders.c - what the new owner does with folders at the target between two runs: deleted ones are missed
 * and made again when asked for, renamed and moved ones are followed.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdlib.h>
#include <string.h>

#include "tests/servers/delta_world_lib.h"

#define CAPS_NEITHER QUIRK_CAPS_PLAIN " LITERAL+"

static struct quirks good = { 0 };
static struct quirks no_uids = { .caps = CAPS_NEITHER };
static const struct quirk_rule bare_select[] = {
	{ .verb = "SELECT", .in = "Gone", .text = "NO Mailbox does not exist" },
	{ 0 },
};
static struct quirks bare_no = { .rules = bare_select };

#define GONE_VALIDITY 77
#define GONE_UIDNEXT 5 /* where the test does not say another */

static uint32_t gone_uidnext = GONE_UIDNEXT;

/* INBOX 1 to 3, Work 4 to 40, Gone 41 to 60. */
static int64_t move_folders(struct quirk_world *w, const struct quirks *target) {
	int64_t id;
	world_servers(w, &good, &good);
	quirk_fill(w->source, "INBOX", 1, 3);
	quirk_folder(w->source, "Work", NULL);
	quirk_fill(w->source, "Work", 4, 40);
	quirk_folder(w->source, "Gone", NULL);
	quirk_fill(w->source, "Gone", 41, 60);
	quirk_folder(w->target, "Gone", NULL);
	quirk_set_uidvalidity(w->target, "Gone", GONE_VALIDITY);
	quirk_set_uidnext(w->target, "Gone", gone_uidnext);
	quirk_become(w->target, target->rules ? &good : target);
	assert_int_equal(world_move(w, &id).counts.copied, 60);
	quirk_become(w->target, target);
	quirk_forget(w->source);
	quirk_forget(w->target);
	return id;
}

struct seen {
	unsigned kinds[VERIFY_KIND_COUNT];
	struct verification result;
	uint64_t refilled;
};

static void on_difference(void *arg, const struct verify_difference *d) {
	struct seen *seen = arg;
	seen->kinds[d->kind]++;
}

static struct seen look(struct quirk_world *w, int64_t id, int level, bool refill) {
	struct seen seen = { 0 };
	struct stop stop;
	struct verify_sink sink = { .arg = &seen, .difference = on_difference };
	struct verify_options how = { .level = level, .bodies = VERIFY_SAMPLE_DEFAULT, .refill = refill };
	struct err e;
	assert_true(stop_init(&stop, NULL));
	struct mail_context ctx = { .net = w->net, .stop = &stop };
	if (!verify_mailbox(w->store, id, &ctx, NULL, &how, &sink, &seen.result, &seen.refilled, &e))
		fail_msg("level %d: %s", level, e.text);
	stop_free(&stop);
	return seen;
}

/* --- deleted ---------------------------------------------------------------------------------------------------- */

/* w->profile says how the server answers when it is asked for a folder that is not there. */
static void a_deleted_folder_is_missed_and_restored(void **state) {
	struct quirk_world *w = *state;
	int64_t id = move_folders(w, w->profile);
	quirk_remove(w->target, "Gone");
	struct seen seen = look(w, id, VERIFY_COUNTS, true);
	assert_int_equal(seen.kinds[VERIFY_COUNT], 1);
	assert_int_equal(seen.result.missing, 20); /* what the report takes away from "all" */
	for (int level = VERIFY_EXISTS; level <= VERIFY_LEVEL_MAX; level++) {
		seen = look(w, id, level, false);
		assert_int_equal(seen.kinds[VERIFY_MISSING], 20);
		assert_int_equal(seen.result.gaps, 20);
		assert_int_equal(seen.result.missing, 20);
		assert_int_equal(seen.result.checked, 40);
	}
	/* Nobody has asked for it yet. */
	world_migrate(w, id);
	assert_false(quirk_has_folder(w->target, "Gone"));
	assert_int_equal(look(w, id, VERIFY_HEADERS, true).refilled, 20);
	quirk_become(w->target, &good);
	assert_int_equal(world_migrate(w, id).state, MBOX_SYNCED);
	assert_false(delta_alarm(w, id, NULL, NULL));
	assert_int_equal(look(w, id, VERIFY_HEADERS, false).result.gaps, 0);
	world_assert_done(w, id, QUIRK_SAME_ALL);
}

/* Deleted, and another one made in its place: the UIDs are those of other messages. */
static void a_folder_made_anew_is_missed_and_restored(void **state) {
	struct quirk_world *w = *state;
	int64_t id = move_folders(w, &good);
	quirk_remove(w->target, "Gone");
	quirk_folder(w->target, "Gone", NULL);
	quirk_set_uidvalidity(w->target, "Gone", 4711);
	quirk_fill(w->target, "Gone", 1, 30);
	for (int level = VERIFY_EXISTS; level <= VERIFY_LEVEL_MAX; level++)
		assert_int_equal(look(w, id, level, false).kinds[VERIFY_MISSING], 20);
	assert_int_equal(look(w, id, VERIFY_EXISTS, true).refilled, 20);
	assert_int_equal(world_migrate(w, id).state, MBOX_SYNCED);
	assert_int_equal(quirk_messages(w->target, "Gone", NULL), 50);
	assert_int_equal(look(w, id, VERIFY_HEADERS, false).kinds[VERIFY_MISSING], 0);
}

/* A pass that lists the target for another folder says it, and later ones that do not list it say it still. */
static void a_pass_that_lists_the_target_names_it(void **state) {
	struct quirk_world *w = *state;
	int64_t id = move_folders(w, w->profile);
	quirk_remove(w->target, "Gone");
	quirk_fill(w->source, "Work", 61, 65);
	assert_int_equal(world_migrate(w, id).state, MBOX_SYNCED);
	assert_true(delta_alarm(w, id, "target-folder-gone", "its 20 copies"));
	assert_false(quirk_has_folder(w->target, "Gone"));
	quirk_forget(w->target);
	world_migrate(w, id);
	assert_int_equal(quirk_count(w->target, NULL, NULL), 0);
	assert_true(delta_alarm(w, id, "target-folder-gone", "its 20 copies"));
	look(w, id, VERIFY_HEADERS, true);
	quirk_become(w->target, &good);
	world_migrate(w, id);
	assert_false(delta_alarm(w, id, NULL, NULL));
	world_assert_done(w, id, QUIRK_SAME_ALL);
}

/* New mail for a folder that is gone: all of it is made again, and that is told. */
static void new_mail_restores_it(void **state) {
	struct quirk_world *w = *state;
	int64_t id = move_folders(w, &good);
	quirk_set_uidvalidity(w->target, "Gone", 99); /* the folder that will be made has another */
	world_migrate(w, id);
	quirk_remove(w->target, "Gone");
	quirk_fill(w->source, "Gone", 61, 65);
	assert_int_equal(world_migrate(w, id).state, MBOX_SYNCED);
	assert_true(delta_alarm(w, id, "target-folder-gone", "20 copies"));
	world_assert_done(w, id, QUIRK_SAME_ALL);
}

/* --- renamed ---------------------------------------------------------------------------------------------------- */

static void followed(struct quirk_world *w, int64_t id, const char *to, size_t copies) {
	assert_true(delta_alarm(w, id, "target-folder-renamed", to));
	assert_false(delta_alarm(w, id, "target-folder-gone", NULL));
	assert_false(quirk_has_folder(w->target, "Gone"));
	assert_int_equal(quirk_messages(w->target, to, NULL), copies);
	assert_int_equal(quirk_messages(w->target, NULL, NULL), quirk_messages(w->source, NULL, NULL));
	world_assert_done(w, id, QUIRK_SAME_CONTENT);
}

static void a_renamed_folder_is_followed(void **state) {
	struct quirk_world *w = *state;
	int64_t id = move_folders(w, w->profile);
	quirk_rename(w->target, "Gone", "Projekte");
	/* Others of the same UIDVALIDITY, with other mail under the same UIDs. */
	quirk_folder(w->target, "Aaa", NULL);
	quirk_set_uidvalidity(w->target, "Aaa", GONE_VALIDITY);
	quirk_fill(w->target, "Aaa", 200, 230);
	quirk_fill(w->source, "Gone", 61, 65);
	assert_int_equal(world_migrate(w, id).counts.copied, 65);
	assert_int_equal(quirk_count(w->target, "CREATE", NULL), 0);
	assert_int_equal(delta_bodies(w), 1);
	quirk_remove(w->target, "Aaa");
	followed(w, id, "Projekte", 25);
	assert_int_equal(look(w, id, VERIFY_HEADERS, false).result.gaps, 0);
}

static void one_moved_into_the_trash_is_followed(void **state) {
	struct quirk_world *w = *state;
	int64_t id = move_folders(w, w->profile);
	quirk_folder(w->target, "Trash", "\\Trash");
	quirk_rename(w->target, "Gone", "Trash/Gone");
	quirk_expunge(w->target, "Trash/Gone", "number-41@");
	quirk_expunge(w->source, "Gone", "number-41@");
	quirk_fill(w->source, "Gone", 61, 61);
	world_migrate(w, id);
	followed(w, id, "Trash/Gone", 20);
}

/* Verify comes first, and calls them missing; the pass after it finds them, and sends nothing. */
static void verify_does_not_hinder_it(void **state) {
	struct quirk_world *w = *state;
	gone_uidnext = 1000; /* a folder that was in use before */
	int64_t id = move_folders(w, &good);
	gone_uidnext = GONE_UIDNEXT;
	quirk_rename(w->target, "Gone", "Projekte");
	struct seen seen = look(w, id, VERIFY_HEADERS, true);
	assert_int_equal(seen.kinds[VERIFY_MOVED], 20);
	assert_int_equal(seen.result.gaps, 0);
	assert_int_equal(seen.refilled, 0);
	/* Where it does not find them they are put in doubt, and that is forgotten when their folder is seen. */
	quirk_set_attrs(w->target, "Projekte", QUIRK_UNLISTED);
	assert_int_equal(look(w, id, VERIFY_HEADERS, true).refilled, 20);
	quirk_set_attrs(w->target, "Projekte", "");
	assert_int_equal(world_migrate(w, id).state, MBOX_SYNCED);
	assert_int_equal(quirk_count(w->target, "APPEND", NULL), 0);
	followed(w, id, "Projekte", 20);
}

/* The same name is at the source: the two never share a folder. */
static void its_new_name_is_a_new_folders_name(void **state) {
	struct quirk_world *w = *state;
	int64_t id = move_folders(w, &good);
	quirk_rename(w->target, "Gone", "Projekte");
	quirk_folder(w->source, "Projekte", NULL);
	quirk_fill(w->source, "Projekte", 61, 70);
	world_migrate(w, id);
	followed(w, id, "Projekte", 20);
	assert_int_equal(quirk_messages(w->target, "Projekte", "number-61@"), 0);
}

/* Both sides have renamed it. */
static void renamed_on_both_sides(void **state) {
	struct quirk_world *w = *state;
	int64_t id = move_folders(w, &good);
	quirk_rename(w->target, "Gone", "Mine");
	quirk_rename(w->source, "Gone", "New");
	quirk_fill(w->source, "New", 61, 65);
	assert_int_equal(world_migrate(w, id).counts.copied, 65);
	assert_int_equal(quirk_messages(w->target, NULL, NULL), 65);
	assert_int_equal(delta_bodies(w), 1);
	world_assert_done(w, id, QUIRK_SAME_CONTENT);
}

/* The owner has a folder with the same UIDVALIDITY and other mail: that is not it. */
static void another_folder_is_not_it(void **state) {
	struct quirk_world *w = *state;
	int64_t id = move_folders(w, w->profile);
	quirk_remove(w->target, "Gone");
	quirk_folder(w->target, "Own", NULL);
	quirk_set_uidvalidity(w->target, "Own", GONE_VALIDITY);
	quirk_fill(w->target, "Own", 141, 160);
	quirk_fill(w->source, "Work", 61, 65);
	world_migrate(w, id);
	assert_true(delta_alarm(w, id, "target-folder-gone", NULL));
	assert_int_equal(quirk_messages(w->target, "Own", NULL), 20);
}

static const struct CMUnitTest tests[] = {
	WORLD_TEST_WITH("deleted: missed and restored", a_deleted_folder_is_missed_and_restored, &good),
	WORLD_TEST_WITH("deleted: missed and restored, bare NO", a_deleted_folder_is_missed_and_restored, &bare_no),
	WORLD_TEST_WITH("deleted: missed and restored, no UIDs", a_deleted_folder_is_missed_and_restored, &no_uids),
	WORLD_TEST(a_folder_made_anew_is_missed_and_restored),
	WORLD_TEST_WITH("deleted: named by a pass", a_pass_that_lists_the_target_names_it, &good),
	WORLD_TEST_WITH("deleted: named by a pass, bare NO", a_pass_that_lists_the_target_names_it, &bare_no),
	WORLD_TEST(new_mail_restores_it),
	WORLD_TEST_WITH("renamed: followed", a_renamed_folder_is_followed, &good),
	WORLD_TEST_WITH("renamed: followed, no UIDs", a_renamed_folder_is_followed, &no_uids),
	WORLD_TEST_WITH("moved into the trash", one_moved_into_the_trash_is_followed, &good),
	WORLD_TEST_WITH("moved into the trash, no UIDs", one_moved_into_the_trash_is_followed, &no_uids),
	WORLD_TEST(verify_does_not_hinder_it),
	WORLD_TEST(its_new_name_is_a_new_folders_name),
	WORLD_TEST(renamed_on_both_sides),
	WORLD_TEST_WITH("another folder is not it", another_folder_is_not_it, &good),
	WORLD_TEST_WITH("another folder is not it, no UIDs", another_folder_is_not_it, &no_uids),
};

int main(void) {
	cmocka_set_test_filter(getenv("MAILVAN_TEST_ONLY"));
	return cmocka_run_group_tests(tests, NULL, NULL);
}
