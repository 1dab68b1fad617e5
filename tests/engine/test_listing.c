/* SPDX-License-Identifier: MIT
 *
 * test_listing.c - a large new folder is copied while it is still being listed, and nothing is lost on the way.
 *
 * run.sh: timeout=300
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/servers/quirk_world_lib.h"

#define MANY 4600 /* more than are listed at once */
#define FIRST_PART "UID FETCH 1:500 (UID FLAGS"
#define LAST_PART "UID FETCH 4501:4600 (UID FLAGS"
#define FIRST_BODIES "UID FETCH 1:64 (UID BODY.PEEK[])"

static const struct quirks good = { 0 };
static const struct quirks slow = { .listing_ms = 30 }; /* so that steps grow always: 500, then 4000 */

/* Where the command is in the server's log; SIZE_MAX: nowhere. */
static size_t when_at(struct quirk_server *s, const char *command) {
	char *text = NULL;
	size_t size = 0;
	FILE *log = open_memstream(&text, &size);
	assert_non_null(log);
	quirk_print_log(s, log);
	assert_int_equal(fclose(log), 0);
	const char *at = strstr(text, command);
	size_t found = at ? (size_t)(at - text) : SIZE_MAX;
	free(text);
	return found;
}

static size_t when(struct quirk_world *w, const char *command) {
	return when_at(w->source, command);
}

/* Also with one pair of connections: two round trips for each folder would be minutes with a far server. */
static void folders_are_made_at_once(void **state) {
	struct quirk_world *w = *state;
	int64_t id;
	w->jobs = 1;
	world_servers(w, &good, &good);
	quirk_fill(w->source, "INBOX", 1, 3);
	for (unsigned i = 0; i < 20; i++) {
		char name[32];
		snprintf(name, sizeof name, "Work %02u", i);
		quirk_folder(w->source, name, NULL);
		quirk_fill(w->source, name, 10 * i, 10 * i + 2);
	}
	assert_int_equal(world_move(w, &id).state, MBOX_SYNCED);
	assert_int_not_equal(when_at(w->target, "CREATE \"Work 19\""), SIZE_MAX);
	assert_true(when_at(w->target, "CREATE \"Work 19\"") < when_at(w->target, "APPEND"));
	world_assert_done(w, id, QUIRK_SAME_ALL);
}

static void copied_while_it_is_listed(void **state) {
	struct quirk_world *w = *state;
	int64_t id;
	world_servers(w, &slow, &good);
	quirk_fill(w->source, "INBOX", 1, MANY);
	struct mailbox_row row = world_move(w, &id);
	assert_int_equal(row.state, MBOX_SYNCED);
	assert_int_equal(row.counts.copied, MANY);
	assert_int_not_equal(when(w, LAST_PART), SIZE_MAX);
	assert_true(when(w, FIRST_PART) < when(w, FIRST_BODIES));
	assert_true(when(w, FIRST_BODIES) < when(w, LAST_PART));
	/* Each message is listed once; 2,000 are asked for at most. */
	assert_int_equal(quirk_count(w->source, "UID FETCH", "(UID FLAGS"), 4);
	world_assert_done(w, id, QUIRK_SAME_ALL);
}

/* Here a step may stay as small as it was, or not: that is the machine's hour. */
static void a_quick_server_too(void **state) {
	struct quirk_world *w = *state;
	int64_t id;
	world_servers(w, &good, &good);
	quirk_fill(w->source, "INBOX", 1, MANY);
	assert_int_equal(world_move(w, &id).state, MBOX_SYNCED);
	assert_int_not_equal(when(w, FIRST_PART), SIZE_MAX);
	assert_true(when(w, FIRST_PART) < when(w, FIRST_BODIES));
	assert_true(when(w, FIRST_BODIES) < when(w, "UID FETCH 501:"));
	world_assert_done(w, id, QUIRK_SAME_ALL);
}

/* Copies that somebody else made are found only by who knows all that there is. */
static void a_filled_target_is_matched_with_all(void **state) {
	struct quirk_world *w = *state;
	int64_t id;
	world_servers(w, &good, &good);
	quirk_fill(w->source, "INBOX", 1, MANY);
	quirk_fill(w->target, "INBOX", 1, 3);
	quirk_fill(w->target, "INBOX", MANY - 1, MANY);
	struct mailbox_row row = world_move(w, &id);
	assert_int_equal(row.state, MBOX_SYNCED);
	assert_int_equal(row.counts.adopted, 5);
	assert_int_equal(row.counts.copied, MANY - 5);
	assert_true(when(w, ":4600 (UID FLAGS") < when(w, "BODY.PEEK[]"));
	world_assert_done(w, id, QUIRK_SAME_CONTENT);
}

static void a_server_that_hides_some_is_named(void **state) {
	static const struct quirks hides = { .exists_more = 3 };
	struct quirk_world *w = *state;
	int64_t id;
	world_servers(w, &hides, &good);
	quirk_fill(w->source, "INBOX", 1, MANY);
	quirk_set_uidnext(w->source, "INBOX", MANY + 400);
	struct mailbox_row row = world_move(w, &id);
	assert_int_equal(row.state, MBOX_SYNCED_WITH_GAPS);
	assert_int_equal(row.counts.copied, MANY);
	/* The whole is listed twice more before it is believed. */
	assert_true(quirk_count(w->source, "UID FETCH", "FETCH 1:2000 (UID FLAGS") >= 2);
	world_assert_same(w, QUIRK_SAME_ALL);
}

static const struct quirk_rule hangs_up[] = {
	{ .verb = "UID FETCH", .in = "4501:4600 (UID FLAGS", .act = QUIRK_CLOSE, .times = 1 }, { 0 }
};
static const struct quirk_rule refuses[] = {
	{ .verb = "UID FETCH", .in = "4501:4600 (UID FLAGS", .act = QUIRK_ANSWER, .text = "NO not now", .times = 1 },
	{ 0 }
};

/* In the middle of it. */
static void broken_off_and_taken_up_again(void **state) {
	struct quirk_world *w = *state;
	int64_t id;
	world_servers(w, w->profile, &good);
	quirk_fill(w->source, "INBOX", 1, MANY);
	struct mailbox_row row = world_move(w, &id);
	assert_int_equal(quirk_fired(w->source, 0), 1);
	assert_int_equal(row.state, MBOX_SYNCED);
	assert_int_equal(row.counts.copied + row.counts.adopted, MANY);
	world_assert_done(w, id, QUIRK_SAME_ALL);
}

int main(void) {
	const struct CMUnitTest tests[] = {
		WORLD_TEST(folders_are_made_at_once),
		WORLD_TEST(copied_while_it_is_listed),
		WORLD_TEST(a_quick_server_too),
		WORLD_TEST(a_filled_target_is_matched_with_all),
		WORLD_TEST(a_server_that_hides_some_is_named),
		WORLD_TEST_AS("the source hangs up", broken_off_and_taken_up_again, .listing_ms = 30,
			      .rules = hangs_up),
		WORLD_TEST_AS("the source refuses once", broken_off_and_taken_up_again, .listing_ms = 30,
			      .rules = refuses),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
