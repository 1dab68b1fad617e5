/* SPDX-License-Identifier: MIT
 *
 * test_quirks_folders.c - folders that cannot be made, opened or written, flags that cannot be kept, and UIDVALIDITY
 * that changes: the other folders arrive, and nothing comes twice.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdlib.h>
#include <string.h>

#include "tests/servers/quirk_world_lib.h"

static const struct quirks good = { 0 };

static void add_some(struct quirk_server *s, const char *folder, unsigned n, bool stays) {
	for (unsigned i = 1; i <= n; i++) {
		char text[256];
		snprintf(text, sizeof text, "Message-ID: <%u.%zu@quirk.example>\r\nSubject: %u\r\n\r\n%u in %s\r\n", i,
			 strlen(folder), i, i, folder);
		quirk_add(s, folder, &(struct quirk_message){ .text = text, .flags = "\\Seen", .stays = stays });
	}
}

struct wanted_folder {
	const char *source;
	struct folder_row found;
};

static bool on_folder_row(void *arg, const struct folder_row *row) {
	struct wanted_folder *f = arg;
	if (strcmp(row->source, f->source) == 0)
		f->found = *row;
	return true;
}

static struct folder_row folder_row(struct quirk_world *w, int64_t id, const char *source) {
	struct wanted_folder f = { .source = source };
	struct err e;
	assert_true(mailbox_folders(w->store, id, on_folder_row, &f, &e));
	assert_true(f.found.id > 0);
	return f.found;
}

/* --- names ------------------------------------------------------------------------------------------------------ */

static const struct world_folder *told(struct quirk_world *w, const char *source) {
	for (size_t i = 0; i < w->folder_count; i++)
		if (strcmp(w->folders[i].source, source) == 0)
			return &w->folders[i];
	fail_msg("no callback told of folder %s", source);
	return NULL;
}

static void renamed(struct quirk_world *w, const struct quirks *target, const char *name) {
	int64_t id;
	world_servers(w, &good, target);
	quirk_fill(w->source, "INBOX", 1, 5);
	add_some(w->source, name, 7, false);
	add_some(w->source, "Plain", 3, false);
	struct mailbox_row row = world_move(w, &id);
	assert_int_equal(row.state, MBOX_SYNCED);
	assert_int_equal(row.counts.copied, 15);
	assert_int_equal(row.renamed_folders, 1);
	assert_true(told(w, name)->renamed);
	assert_false(told(w, "Plain")->renamed);
	struct folder_row f = folder_row(w, id, name);
	assert_true(f.renamed);
	assert_string_equal(f.target, told(w, name)->target);
	assert_string_not_equal(f.target, name);
	assert_non_null(strstr(f.note, "refused"));
	assert_int_equal(quirk_messages(w->target, f.target, NULL), 7);
	world_assert_done(w, id, QUIRK_SAME_CONTENT | QUIRK_SAME_FLAGS | QUIRK_SAME_DATE);
	/* What comes later goes to the same place. */
	quirk_fill(w->source, name, 50, 52);
	assert_int_equal(world_migrate(w, id).counts.copied, 18);
	assert_int_equal(quirk_messages(w->target, f.target, NULL), 10);
	world_assert_done(w, id, QUIRK_SAME_CONTENT | QUIRK_SAME_FLAGS | QUIRK_SAME_DATE);
}

static void a_refused_character_is_replaced(void **state) {
	static const struct quirk_rule rules[] = { { .verb = "CREATE", .in = ":", .text = "NO [CANNOT] no colons" },
						   { 0 } };
	static const struct quirks target = { .rules = rules };
	renamed(*state, &target, "Reise: 2020");
}

static void a_reserved_name_becomes_another_one(void **state) {
	static const struct quirk_rule rules[] = { { .verb = "CREATE", .in = "Hidden", .text = "NO [CANNOT] reserved" },
						   { 0 } };
	static const struct quirks target = { .rules = rules };
	renamed(*state, &target, "Hidden");
}

static void refused_without_a_code(void **state) {
	static const struct quirk_rule rules[] = { { .verb = "CREATE", .in = "?", .text = "NO Invalid mailbox name" },
						   { 0 } };
	static const struct quirks target = { .rules = rules };
	renamed(*state, &target, "what?");
}

static void a_folder_that_is_there_unlisted_is_used(void **state) {
	struct quirk_world *w = *state;
	int64_t id;
	world_servers(w, &good, &good);
	quirk_folder(w->target, "Work", QUIRK_UNLISTED);
	add_some(w->source, "Work", 6, false);
	struct mailbox_row row = world_move(w, &id);
	assert_int_equal(quirk_count(w->target, "CREATE", "Work"), 1); /* answered ALREADYEXISTS */
	assert_int_equal(row.state, MBOX_SYNCED);
	assert_int_equal(row.counts.copied, 6);
	assert_int_equal(row.renamed_folders, 0);
	world_assert_done(w, id, QUIRK_SAME_ALL);
}

/* --- folders that cannot be opened or written ------------------------------------------------------------------- */

static int64_t one_folder_stays(struct quirk_world *w, const struct quirks *source, const struct quirks *target,
			     const char *said) {
	int64_t id;
	world_servers(w, source, target);
	quirk_fill(w->source, "INBOX", 1, 5);
	add_some(w->source, "Broken", 7, true);
	add_some(w->source, "Zuletzt", 3, false);
	struct mailbox_row row = world_move(w, &id);
	assert_int_equal(row.state, MBOX_SYNCED_WITH_GAPS);
	assert_int_equal(row.counts.copied, 8);
	struct folder_row f = folder_row(w, id, "Broken");
	if (!strstr(f.note, said))
		fail_msg("\"%s\" does not say: %s", f.note, said);
	assert_false(f.skipped);
	world_assert_done(w, id, QUIRK_SAME_ALL);
	return id;
}

static void mended(struct quirk_world *w, int64_t id) {
	char why[256];
	quirk_become(w->source, &good);
	quirk_become(w->target, &good);
	world_migrate(w, 0);
	assert_string_equal(folder_row(w, id, "Broken").note, "");
	/* Now "Broken" is there too: one message too many for those that were to stay, which are all of it. */
	assert_false(quirk_same(w->source, w->target, QUIRK_SAME_ALL, why, sizeof why));
	assert_int_equal(quirk_messages(w->target, "Broken", NULL), 7);
	assert_int_equal(quirk_messages(w->target, NULL, NULL), 15);
}

static void a_target_folder_that_cannot_be_opened(void **state) {
	static const struct quirk_rule rules[] = {
		{ .verb = "SELECT", .in = "Broken", .text = "NO Mailbox is damaged" }, { 0 }
	};
	static const struct quirks target = { .rules = rules };
	mended(*state, one_folder_stays(*state, &good, &target, "Mailbox is damaged"));
}

static void a_source_folder_that_cannot_be_opened(void **state) {
	static const struct quirk_rule rules[] = {
		{ .verb = "EXAMINE", .in = "Broken", .text = "NO Mailbox is damaged" }, { 0 }
	};
	static const struct quirks source = { .rules = rules };
	mended(*state, one_folder_stays(*state, &source, &good, "Mailbox is damaged"));
}

static void a_source_folder_that_cannot_be_listed(void **state) {
	static const struct quirk_rule rules[] = {
		{ .verb = "UID FETCH", .in = "1:7 (UID FLAGS", .text = "NO Message index is damaged" },
		{ 0 },
	};
	static const struct quirks source = { .rules = rules };
	mended(*state, one_folder_stays(*state, &source, &good, "Message index is damaged"));
}

static void a_read_only_target_gets_nothing(void **state) {
	static const struct quirks target = { .read_only = true };
	struct quirk_world *w = *state;
	int64_t id;
	world_servers(w, &good, &target);
	add_some(w->source, "INBOX", 5, true);
	struct mailbox_row row = world_move(w, &id);
	assert_int_equal(row.state, MBOX_SYNCED_WITH_GAPS);
	assert_int_equal(row.counts.pending, 5);
	assert_non_null(strstr(folder_row(w, id, "INBOX").note, "read-only"));
	assert_int_equal(quirk_count(w->target, "APPEND", NULL), 0);
	world_assert_done(w, id, QUIRK_SAME_ALL);
}

/* --- flags ------------------------------------------------------------------------------------------------------ */

/* quirk_fill: odd messages are \Seen, even ones \Flagged and $Even. */
static struct mailbox_row move_flags(struct quirk_world *w, const struct quirks *target, int64_t *id) {
	world_servers(w, &good, target);
	quirk_fill(w->source, "INBOX", 1, 40);
	quirk_add(w->source, "INBOX",
		  &(struct quirk_message){ .text = "Subject: x\r\n\r\nx\r\n", .flags = "\\Answered $One $Two" });
	struct mailbox_row row = world_move(w, id);
	assert_int_equal(row.state, MBOX_SYNCED);
	assert_int_equal(row.counts.copied, 41);
	return row;
}

static void keywords_that_the_target_does_not_keep(void **state) {
	static const struct quirks target = { .permanent_flags = "\\Answered \\Flagged \\Deleted \\Seen \\Draft" };
	struct quirk_world *w = *state;
	int64_t id;
	struct mailbox_row row = move_flags(w, &target, &id);
	assert_int_equal(row.dropped_keywords, 22);
	assert_int_equal(quirk_flagged(w->target, "INBOX", "$"), 0);
	assert_int_equal(quirk_flagged(w->target, "INBOX", "\\Seen"), 20);
	assert_int_equal(quirk_flagged(w->target, "INBOX", "\\Flagged"), 20);
	assert_int_equal(quirk_flagged(w->target, "INBOX", "\\Answered"), 1);
	world_assert_done(w, id, QUIRK_SAME_FOLDER | QUIRK_SAME_DATE);
	assert_int_equal(world_row(w, id).dropped_keywords, 22);
}

static void only_named_keywords_and_flags(void **state) {
	static const struct quirks target = { .permanent_flags = "\\Seen $even $Two" };
	struct quirk_world *w = *state;
	int64_t id;
	struct mailbox_row row = move_flags(w, &target, &id);
	/* 20 times \Flagged, \Answered, $One. */
	assert_int_equal(row.dropped_keywords, 22);
	assert_int_equal(quirk_flagged(w->target, "INBOX", "$Even"), 20);
	assert_int_equal(quirk_flagged(w->target, "INBOX", "$Two"), 1);
	assert_int_equal(quirk_flagged(w->target, "INBOX", "\\Seen"), 20);
	assert_int_equal(quirk_flagged(w->target, "INBOX", "\\Flagged"), 0);
	assert_int_equal(quirk_flagged(w->target, "INBOX", "\\Answered"), 0);
	world_assert_done(w, id, QUIRK_SAME_FOLDER | QUIRK_SAME_DATE);
}

/* --- UIDVALIDITY ------------------------------------------------------------------------------------------------ */

static int64_t moved_forty(struct quirk_world *w, const struct quirks *target) {
	int64_t id;
	world_servers(w, &good, target);
	quirk_fill(w->source, "INBOX", 1, 40);
	assert_int_equal(world_move(w, &id).counts.copied, 40);
	return id;
}

static void a_new_uidvalidity_at_the_source_is_not_all_new(void **state) {
	struct quirk_world *w = *state;
	int64_t id = moved_forty(w, &good);
	quirk_set_uidvalidity(w->source, "INBOX", 4711);
	quirk_fill(w->source, "INBOX", 41, 45);
	struct mailbox_row row = world_migrate(w, id);
	assert_int_equal(row.state, MBOX_SYNCED);
	assert_int_equal(row.counts.source, 45);
	assert_int_equal(row.counts.adopted, 40);
	assert_int_equal(row.counts.copied, 5);
	world_assert_done(w, id, QUIRK_SAME_ALL);
}

static void a_new_uidvalidity_at_the_target_is_not_all_new(void **state) {
	struct quirk_world *w = *state;
	int64_t id = moved_forty(w, &good);
	quirk_set_uidvalidity(w->target, "INBOX", 4711);
	quirk_expunge(w->target, "INBOX", "body 7 ");
	quirk_expunge(w->target, "INBOX", "body 33 ");
	quirk_fill(w->source, "INBOX", 41, 45);
	struct mailbox_row row = world_migrate(w, id);
	assert_int_equal(row.state, MBOX_SYNCED);
	assert_int_equal(row.counts.copied + row.counts.adopted, 45);
	world_assert_done(w, id, QUIRK_SAME_ALL);
}

static void both_change_and_part_is_gone(void **state) {
	static const struct quirks target = { .caps = QUIRK_CAPS_PLAIN " LITERAL+", .uidnext = UIDNEXT_MISSING };
	struct quirk_world *w = *state;
	int64_t id = moved_forty(w, &target);
	quirk_set_uidvalidity(w->source, "INBOX", 4711);
	quirk_set_uidvalidity(w->target, "INBOX", 4712);
	quirk_expunge(w->target, "INBOX", "body 7 ");
	quirk_fill(w->source, "INBOX", 41, 41);
	struct mailbox_row row = world_migrate(w, id);
	assert_int_equal(row.state, MBOX_SYNCED);
	assert_int_equal(row.counts.source, 41);
	assert_int_equal(row.counts.adopted, 39);
	assert_int_equal(row.counts.copied, 2);
	world_assert_done(w, id, QUIRK_SAME_ALL);
}

/* The ledger says that all is done, and nothing is new: a changed target is not looked at without a reason. When
 * something comes, only that is added. */
static void a_target_emptied_by_its_user_stays_empty(void **state) {
	struct quirk_world *w = *state;
	int64_t id = moved_forty(w, &good);
	quirk_expunge(w->target, "INBOX", "body");
	quirk_forget(w->target);
	struct mailbox_row row = world_migrate(w, id);
	assert_int_equal(row.state, MBOX_SYNCED);
	assert_int_equal(quirk_count(w->target, "APPEND", NULL), 0);
	quirk_fill(w->source, "INBOX", 41, 41);
	assert_int_equal(world_migrate(w, id).counts.copied, 41);
	assert_int_equal(quirk_messages(w->target, NULL, NULL), 1);
}

/* One folder takes no message, whatever is tried: it is named, and the others arrive, in this run. */
static void refuses_into(struct quirk_world *w, const char *answer) {
	const struct quirk_rule rules[] = { { .verb = "APPEND", .in = "Aktuell", .text = answer }, { 0 } };
	const struct quirks target = { .rules = rules };
	int64_t id;
	world_servers(w, &good, &target);
	quirk_folder(w->source, "Aktuell", NULL);
	quirk_folder(w->source, "Zuletzt", NULL);
	quirk_fill(w->source, "INBOX", 1, 5);
	quirk_fill(w->source, "Aktuell", 11, 15);
	quirk_fill(w->source, "Zuletzt", 21, 25);
	struct mailbox_row row = world_move(w, &id);
	assert_int_equal(row.state, MBOX_SYNCED_WITH_GAPS);
	assert_int_equal(row.counts.source, 15);
	assert_int_equal(row.counts.copied, 10);
	assert_int_equal(row.counts.pending, 5);
	assert_int_equal(quirk_messages(w->target, "Zuletzt", NULL), 5);
}

static void a_folder_that_refuses_for_ever(void **state) {
	refuses_into(*state, "NO [TRYCREATE] Mailbox doesn't exist: Aktuell");
}

static void a_folder_without_the_right_to_insert(void **state) {
	refuses_into(*state, "NO [NOPERM] Permission denied");
}

int main(void) {
	const struct CMUnitTest tests[] = {
		WORLD_TEST(a_refused_character_is_replaced),
		WORLD_TEST(a_reserved_name_becomes_another_one),
		WORLD_TEST(refused_without_a_code),
		WORLD_TEST(a_folder_that_is_there_unlisted_is_used),
		WORLD_TEST(a_target_folder_that_cannot_be_opened),
		WORLD_TEST(a_source_folder_that_cannot_be_opened),
		WORLD_TEST(a_source_folder_that_cannot_be_listed),
		WORLD_TEST(a_read_only_target_gets_nothing),
		WORLD_TEST(keywords_that_the_target_does_not_keep),
		WORLD_TEST(only_named_keywords_and_flags),
		WORLD_TEST(a_new_uidvalidity_at_the_source_is_not_all_new),
		WORLD_TEST(a_new_uidvalidity_at_the_target_is_not_all_new),
		WORLD_TEST(both_change_and_part_is_gone),
		WORLD_TEST(a_target_emptied_by_its_user_stays_empty),
		WORLD_TEST(a_folder_that_refuses_for_ever),
		WORLD_TEST(a_folder_without_the_right_to_insert),
	};
	cmocka_set_test_filter(getenv("MAILVAN_TEST_ONLY"));
	return cmocka_run_group_tests(tests, NULL, NULL);
}
