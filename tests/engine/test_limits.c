/* SPDX-License-Identifier: MIT
 *
 * test_limits.c - what servers say of too much, seen from outside: the sentence, the host's number, the day's end.
 */
#include <stdlib.h>

#include "tests/engine/engine_thread.h"

#define STATE_MS 20000 /* a state is waited for, at most */

static const struct quirks good = { 0 };

static void a_named_wait_is_said_in_full(void **state) {
	static const struct quirk_rule rules[] = {
		{ .verb = "UID FETCH",
		  .in = "BODY.PEEK[]",
		  .text = "NO Request is throttled. Suggested Backoff Time: 2500 milliseconds",
		  .times = 1 },
		{ 0 },
	};
	static const struct quirks source = { .rules = rules };
	struct quirk_world *w = *state;
	struct engine_thread t;
	world_servers(w, &source, &good);
	quirk_fill(w->source, "INBOX", 1, 20);
	int64_t id = world_add(w, w->source, w->target, "anna", "anna");
	command(w, CMD_MIGRATE);
	begin(&t, w, 4);
	struct mailbox_row row = row_in_state(w, id, MBOX_THROTTLED, NULL, STATE_MS);
	wall_ms_t left = row.throttled_until - wall_ms();
	assert_true(left > 0 && left <= 2500);
	if (strncmp(row.error, "Exchange asked for 0:03: ", 25) != 0)
		fail_msg("%s", row.error);
	mono_ms_t began = mono_ms();
	row_in_state(w, id, MBOX_SYNCED, NULL, STATE_MS);
	assert_true(mono_ms() - began >= left - 100);
	end(&t);
	world_assert_same(w, QUIRK_SAME_ALL);
}

struct seen {
	struct place_limit p;
	unsigned count;
};

static bool see(void *arg, const struct place_limit *p) {
	struct seen *s = arg;
	s->p = *p;
	s->count++;
	return true;
}

/* Two of four are turned away: from then on the server gets two at once, and all the same all four arrive. */
static void too_many_connections_lowers_the_number(void **state) {
	static const struct quirk_rule rules[] = {
		{ .verb = "GREETING",
		  .act = QUIRK_BYE,
		  .text = "* BYE Too many connections from your address",
		  .times = 2 },
		{ 0 },
	};
	static const struct quirks target = { .rules = rules };
	struct quirk_world *w = *state;
	struct seen seen = { .count = 0 };
	struct engine_thread t;
	struct err e;
	int64_t id[4];
	char user[16];
	world_servers(w, &good, &target);
	quirk_fill(w->source, "INBOX", 1, 20);
	for (int i = 0; i < 4; i++) {
		snprintf(user, sizeof user, "user%d", i);
		id[i] = world_add(w, w->source, w->target, user, user);
	}
	command(w, CMD_MIGRATE);
	begin(&t, w, 4);
	for (int i = 0; i < 4; i++)
		row_in_state(w, id[i], MBOX_SYNCED, NULL, STATE_MS);
	end(&t);
	assert_true(store_flush(w->store, &e) && place_limits_list(w->store, see, &seen, &e));
	assert_int_equal(seen.count, 1);
	char place[64];
	snprintf(place, sizeof place, "127.0.0.1:%u", quirk_port(w->target));
	assert_string_equal(seen.p.place, place);
	assert_int_equal(seen.p.wish, 4);
	assert_true(seen.p.at_once < 4 && seen.p.at_once >= 1);
	assert_non_null(strstr(seen.p.why, "Too many connections"));
}

/* The provider's word on the day: this account waits for an hour, Queued, in nobody's hands; the other one goes on. */
static void a_day_that_is_over_waits_without_a_worker(void **state) {
	static const struct quirk_rule rules[] = {
		{ .verb = "UID FETCH",
		  .in = "BODY.PEEK[]",
		  .text = "NO [OVERQUOTA] Account exceeded command or bandwidth limits. (Failure)" },
		{ 0 },
	};
	static const struct quirks spent = { .rules = rules };
	struct quirk_world *w = *state;
	struct engine_thread t;
	struct quirk_server *other = quirk_start(&good);
	world_servers(w, &spent, &good);
	quirk_fill(w->source, "INBOX", 1, 20);
	quirk_fill(other, "INBOX", 101, 120);
	int64_t anna = world_add(w, w->source, w->target, "anna", "anna");
	int64_t bob = world_add(w, other, w->target, "bob", "bob");
	command(w, CMD_MIGRATE);
	begin(&t, w, 1);
	row_in_state(w, bob, MBOX_SYNCED, NULL, STATE_MS);
	struct mailbox_row row = row_in_state(w, anna, MBOX_QUEUED, "command or bandwidth limits", STATE_MS);
	assert_int_equal(row.error_cat, ERR_DAILY_BUDGET);
	assert_int_equal(row.counts.pending, 20);
	wall_ms_t left = row.throttled_until - wall_ms();
	assert_in_range(left, 3500000, 3600000);
	end(&t);
	/* The next worker leaves it alone, too, while it does what else there is. */
	wall_ms_t finished = world_row(w, bob).finished;
	quirk_forget(w->source);
	command(w, CMD_MIGRATE);
	begin(&t, w, 1);
	for (mono_ms_t limit = mono_ms() + 10000; world_row(w, bob).finished <= finished && mono_ms() < limit;)
		poll(NULL, 0, 5);
	end(&t);
	assert_true(world_row(w, bob).finished > finished);
	assert_int_equal(quirk_count(w->source, NULL, NULL), 0);
	quirk_stop(other);
}

static void *lift(void *arg) {
	struct quirk_world *w = arg;
	struct err e;
	if (quirk_wait(w->source, "UID FETCH", "BODY.PEEK[]", 1, 10000))
		setting_set(w->store, "jobs", "3", &e);
	return NULL;
}

/* One by one, until somebody says three. */
static void more_at_once_while_it_runs(void **state) {
	static const struct quirks slow = { .append_ms = 10, .caps = QUIRK_CAPS_PLAIN " LITERAL+ UIDPLUS" };
	struct quirk_world *w = *state;
	struct engine_thread t;
	pthread_t lifter;
	int64_t id[3];
	char user[16];
	unsigned most = 0;
	world_servers(w, &good, &slow);
	quirk_fill(w->source, "INBOX", 1, 150);
	for (int i = 0; i < 3; i++) {
		snprintf(user, sizeof user, "user%d", i);
		id[i] = world_add(w, w->source, w->target, user, user);
	}
	command(w, CMD_MIGRATE);
	begin(&t, w, 1);
	assert_int_equal(pthread_create(&lifter, NULL, lift, w), 0);
	for (mono_ms_t limit = mono_ms() + 10000; most < 3 && mono_ms() < limit; poll(NULL, 0, 5)) {
		unsigned n = 0;
		for (int i = 0; i < 3; i++)
			n += mailbox_state_active(world_row(w, id[i]).state);
		most = n > most ? n : most;
	}
	pthread_join(lifter, NULL);
	end(&t);
	assert_int_equal(most, 3);
}

int main(void) {
	const struct CMUnitTest tests[] = {
		WORLD_TEST(a_named_wait_is_said_in_full),
		WORLD_TEST(too_many_connections_lowers_the_number),
		WORLD_TEST(a_day_that_is_over_waits_without_a_worker),
		WORLD_TEST(more_at_once_while_it_runs),
	};
	cmocka_set_test_filter(getenv("MAILVAN_TEST_ONLY"));
	return cmocka_run_group_tests(tests, NULL, NULL);
}
