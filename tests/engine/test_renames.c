/* SPDX-License-Identifier: MIT
 *
 * test_renames.c - folders of the source that swap names, take over others' or are made anew between two runs: nothing
 * is copied twice, nothing is taken for copied that is not, and what keeps its name at the target is told.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdlib.h>
#include <string.h>

#include "tests/servers/delta_world_lib.h"

static struct quirks good = { 0 };
static struct quirks no_uids = { .caps = QUIRK_CAPS_PLAIN " LITERAL+" };
static const struct quirk_rule never[] = { { .verb = "RENAME", .text = "NO [CANNOT] not here" }, { 0 } };
static struct quirks stiff = { .rules = never };
/* For the source: has each folder a UIDVALIDITY of its own? */
static bool own_validity;

/* INBOX 1 to 3, A 4 to 12, B 13 to 40, C 41 to 60. */
static int64_t move_folders(struct quirk_world *w, const struct quirks *target) {
	static const struct {
		const char *name;
		unsigned from, to;
	} folders[] = { { "A", 4, 12 }, { "B", 13, 40 }, { "C", 41, 60 } };
	int64_t id;
	world_servers(w, &good, target);
	quirk_fill(w->source, "INBOX", 1, 3);
	for (size_t i = 0; i < 3; i++) {
		quirk_folder(w->source, folders[i].name, NULL);
		quirk_set_uidvalidity(w->source, folders[i].name, own_validity ? (uint32_t)(101 + i) : 100);
		quirk_fill(w->source, folders[i].name, folders[i].from, folders[i].to);
	}
	assert_int_equal(world_move(w, &id).counts.copied, 60);
	quirk_forget(w->source);
	quirk_forget(w->target);
	return id;
}

static void swap(struct quirk_server *s, const char *a, const char *b) {
	quirk_rename(s, a, "tmp");
	quirk_rename(s, b, a);
	quirk_rename(s, "tmp", b);
}

/* New mail for both, beside that of a new folder, and all is where the source has it. */
static void all_is_in_its_place(struct quirk_world *w, int64_t id, unsigned renames, unsigned others) {
	quirk_fill(w->source, "A", 61, 62);
	quirk_fill(w->source, "B", 63, 65);
	struct mailbox_row row = world_migrate(w, id);
	assert_int_equal(row.state, MBOX_SYNCED);
	assert_int_equal(row.counts.source, 65 + others);
	assert_int_equal(row.counts.copied, 65 + others);
	assert_int_equal(delta_bodies(w), others ? 3 : 2); /* one FETCH for each */
	assert_int_equal(quirk_count(w->target, "RENAME", NULL), renames);
	assert_false(delta_alarm(w, id, NULL, NULL));
	assert_int_equal(quirk_messages(w->target, NULL, NULL), 65 + others);
	world_assert_done(w, id, QUIRK_SAME_ALL);
}

static void two_swap_names(void **state) {
	struct quirk_world *w = *state;
	own_validity = true;
	int64_t id = move_folders(w, w->profile);
	swap(w->source, "A", "B");
	all_is_in_its_place(w, id, 3, 0);
}

static void two_of_one_validity_swap_names(void **state) {
	struct quirk_world *w = *state;
	own_validity = false;
	int64_t id = move_folders(w, w->profile);
	swap(w->source, "A", "B");
	all_is_in_its_place(w, id, 3, 0);
}

static void names_go_round(void **state) {
	struct quirk_world *w = *state;
	own_validity = true;
	int64_t id = move_folders(w, w->profile);
	swap(w->source, "A", "B");
	swap(w->source, "B", "C");
	all_is_in_its_place(w, id, 4, 0);
}

/* A chain: what was C is D, and what was B is C. */
static void each_takes_the_next_ones_name(void **state) {
	struct quirk_world *w = *state;
	own_validity = true;
	int64_t id = move_folders(w, &good);
	quirk_rename(w->source, "C", "D");
	quirk_rename(w->source, "B", "C");
	quirk_folder(w->source, "B", NULL);
	quirk_set_uidvalidity(w->source, "B", 200);
	all_is_in_its_place(w, id, 2, 0);
}

/* A target that renames nothing: the copies stay where they are, and that is told. */
static void a_target_that_does_not_rename(void **state) {
	struct quirk_world *w = *state;
	own_validity = true;
	int64_t id = move_folders(w, &stiff);
	swap(w->source, "A", "B");
	quirk_fill(w->source, "A", 61, 65);
	struct mailbox_row row = world_migrate(w, id);
	assert_int_equal(row.counts.copied, 65);
	assert_int_equal(quirk_messages(w->target, "B", NULL), 33);
	assert_int_equal(quirk_messages(w->target, "A", NULL), 9);
	assert_true(delta_alarm(w, id, "folder-renamed", "has renamed A"));
	assert_true(delta_alarm(w, id, "folder-renamed", "has renamed B"));
	world_assert_done(w, id, QUIRK_SAME_CONTENT);
}

/* Its owner has folders below both: those must not travel. */
static void nothing_of_others_travels(void **state) {
	struct quirk_world *w = *state;
	own_validity = true;
	int64_t id = move_folders(w, &good);
	quirk_folder(w->target, "A/Own", NULL);
	quirk_folder(w->target, "B/Own", NULL);
	swap(w->source, "A", "B");
	assert_int_equal(world_migrate(w, id).counts.copied, 60);
	assert_int_equal(quirk_count(w->target, "RENAME", NULL), 0);
	assert_true(delta_alarm(w, id, "folder-renamed", "has renamed A"));
	world_assert_done(w, id, QUIRK_SAME_CONTENT);
}

/* A was deleted, and B has its name: both keep their copies, and A is told as gone, in later runs too. */
static void one_takes_the_name_of_a_deleted_one(void **state) {
	struct quirk_world *w = *state;
	own_validity = true;
	int64_t id = move_folders(w, &good);
	quirk_remove(w->source, "A");
	quirk_rename(w->source, "B", "A");
	for (unsigned run = 0; run < 2; run++) {
		quirk_fill(w->source, "A", 61 + run, 61 + run);
		struct mailbox_row row = world_migrate(w, id);
		assert_int_equal(row.state, MBOX_SYNCED);
		assert_int_equal(row.counts.source, 61 + run);
		assert_int_equal(row.counts.copied, 61 + run);
		assert_int_equal(quirk_messages(w->target, "A", NULL), 9);
		assert_int_equal(quirk_messages(w->target, "B", NULL), 29 + run);
		assert_true(delta_alarm(w, id, "folder-gone", "its 9 copies stay at the target"));
		if (run == 0)
			assert_true(delta_alarm(w, id, "folder-renamed", "has renamed B"));
	}
	assert_int_equal(quirk_messages(w->target, NULL, NULL), 62);
}

static void a_folder_made_anew_is_told(void **state) {
	struct quirk_world *w = *state;
	own_validity = true;
	int64_t id = move_folders(w, &good);
	quirk_expunge(w->source, "B", "number-13@");
	quirk_set_uidvalidity(w->source, "B", 4711);
	struct mailbox_row row = world_migrate(w, id);
	assert_int_equal(row.counts.adopted, 27);
	assert_true(delta_alarm(w, id, "folder-anew", "28 earlier copies"));
	assert_int_equal(quirk_messages(w->target, NULL, NULL), 60);
}

/* Under the same UIDVALIDITY, as a server does that was restored from a backup: UIDs that are known hold other mail. */
static void other_mail_under_known_uids_is_copied(void **state) {
	struct quirk_world *w = *state;
	own_validity = false;
	int64_t id = move_folders(w, &good);
	quirk_remove(w->source, "B");
	quirk_folder(w->source, "B", NULL);
	quirk_set_uidvalidity(w->source, "B", 100);
	quirk_fill(w->source, "B", 101, 110);
	assert_int_equal(world_migrate(w, id).state, MBOX_SYNCED);
	assert_true(delta_alarm(w, id, "folder-anew", "28 earlier copies"));
	assert_int_equal(quirk_messages(w->target, "B", NULL), 38);
	assert_int_equal(quirk_messages(w->target, "B", "number-110@"), 1);
}

/* Nothing has moved: all folders of one UIDVALIDITY, one new, mail in all. Each is looked at once, and nothing more. */
static void a_new_folder_of_the_same_validity(void **state) {
	struct quirk_world *w = *state;
	own_validity = false;
	int64_t id = move_folders(w, &good);
	quirk_folder(w->source, "New", NULL);
	quirk_set_uidvalidity(w->source, "New", 100);
	quirk_fill(w->source, "New", 66, 70);
	all_is_in_its_place(w, id, 0, 5);
}

static const struct CMUnitTest tests[] = {
	WORLD_TEST_WITH("two swap names", two_swap_names, &good),
	WORLD_TEST_WITH("two swap names, no UIDs at the target", two_swap_names, &no_uids),
	WORLD_TEST_WITH("two of one UIDVALIDITY swap names", two_of_one_validity_swap_names, &good),
	WORLD_TEST_WITH("two of one UIDVALIDITY swap names, no UIDs at the target", two_of_one_validity_swap_names,
			&no_uids),
	WORLD_TEST_WITH("names go round", names_go_round, &good),
	WORLD_TEST(each_takes_the_next_ones_name),
	WORLD_TEST(a_target_that_does_not_rename),
	WORLD_TEST(nothing_of_others_travels),
	WORLD_TEST(one_takes_the_name_of_a_deleted_one),
	WORLD_TEST(a_folder_made_anew_is_told),
	WORLD_TEST(other_mail_under_known_uids_is_copied),
	WORLD_TEST(a_new_folder_of_the_same_validity),
};

int main(void) {
	cmocka_set_test_filter(getenv("MAILVAN_TEST_ONLY"));
	return cmocka_run_group_tests(tests, NULL, NULL);
}
