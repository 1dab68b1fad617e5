/* SPDX-License-Identifier: MIT
 *
 * test_governor_reach.c - hosts that do not answer, and what outlives the worker that heard it.
 */
#include "tests/unit/work/governor_fixture.h"

/* Nobody answers there; or nobody knows the name. */
static void fail_to_connect(const struct lease *l, enum err_side side) {
	struct err e;
	err_set(&e, ERR_NET, "connection refused");
	e.side = side;
	e.reach = ERR_UNREACHABLE;
	governor_refused(g, l, &e);
}

static void nobody_asks_a_host_that_is_away(void **state) {
	struct lease l = numbered("a", "t", 1);
	wall_ms_t until = 0;
	(void)state;
	for (int i = 0; i < 4; i++)
		fail_to_connect(&l, ERR_SIDE_SOURCE);
	assert_int_equal(room("a", "t"), 8);
	assert_int_equal(governor_hope(g, &l, ERR_SIDE_SOURCE, &until), HOPE_OPEN);
	fail_to_connect(&l, ERR_SIDE_SOURCE);
	assert_int_equal(governor_hope(g, &l, ERR_SIDE_SOURCE, &until), HOPE_HELD);
	assert_int_equal(until, today + 15000);
	assert_int_equal(governor_hope(g, &l, ERR_SIDE_TARGET, &until), HOPE_OPEN);
	assert_int_equal(room("a", "t"), 0);
	assert_int_equal(room("b", "t"), 8);
	/* Those that were on their way do not make it longer. */
	for (int i = 0; i < 5; i++)
		fail_to_connect(&l, ERR_SIDE_SOURCE);
	pass(14999);
	assert_int_equal(room("a", "t"), 0);
	/* Then one tries, and all wait for what it finds. */
	pass(1);
	assert_true(governor_try_enter(g, &l));
	assert_int_equal(room("a", "t"), 0);
	fail_to_connect(&l, ERR_SIDE_SOURCE);
	governor_leave(g, &l);
	pass(29999);
	assert_int_equal(room("a", "t"), 0);
	pass(1);
	assert_true(governor_try_enter(g, &l));
	governor_reached(g, &l, ERR_SIDE_SOURCE);
	governor_leave(g, &l);
	assert_int_equal(room("a", "t"), 8);
	/* All forgotten: five more before it is left alone again, and for 15 s only. */
	for (int i = 0; i < 5; i++)
		fail_to_connect(&l, ERR_SIDE_SOURCE);
	pass(15000);
	assert_true(governor_try_enter(g, &l));
	governor_leave(g, &l);
	/* One that says nothing of it is not waited for for ever. */
	pass(60000);
	assert_true(governor_try_enter(g, &l));
	governor_leave(g, &l);
}

static void after_an_hour_nobody_waits_for_it(void **state) {
	struct lease l = numbered("a", "t", 1);
	wall_ms_t until = 0, began = today;
	unsigned tries = 0;
	(void)state;
	for (int i = 0; i < 5; i++)
		fail_to_connect(&l, ERR_SIDE_TARGET);
	while (governor_hope(g, &l, ERR_SIDE_TARGET, &until) != HOPE_NONE) {
		pass(until > today ? until - today : 1000);
		if (!governor_try_enter(g, &l))
			continue;
		tries++;
		fail_to_connect(&l, ERR_SIDE_TARGET);
		governor_leave(g, &l);
	}
	assert_in_range(today - began, HOUR, HOUR + 5 * MINUTE);
	assert_in_range(tries, 12, 20);
	assert_int_equal(room("a", "t"), 8); /* those that wait may fail */
	/* Much later it is tried as if nothing had been. */
	pass(11 * MINUTE);
	fail_to_connect(&l, ERR_SIDE_TARGET);
	assert_int_equal(governor_hope(g, &l, ERR_SIDE_TARGET, &until), HOPE_OPEN);
}

/* A time that a server named outlives the run, the pause and the worker that heard it. */
static void an_account_that_was_told_to_wait_waits(void **state) {
	struct lease one = numbered("a", "t", 1), other = numbered("a", "t", 2);
	wall_ms_t until = 0;
	struct err why;
	(void)state;
	refuse(&one, ERR_THROTTLED, ERR_SCOPE_MAILBOX, ERR_SIDE_TARGET, 300000);
	assert_int_equal(asked(&one, &until, &why), LEASE_LATER);
	assert_int_equal(until, today + 300000);
	assert_int_equal(why.cat, ERR_THROTTLED);
	assert_string_equal(why.text, "the server said so");
	assert_int_equal(asked(&other, &until, &why), LEASE_YES);
	governor_tick(g);
	restart(8);
	assert_int_equal(asked(&one, &until, &why), LEASE_LATER);
	assert_int_equal(why.cat, ERR_THROTTLED);
	pass(300000);
	assert_int_equal(asked(&one, &until, &why), LEASE_YES);
}

static void a_connection_limit_survives_with_its_ten_minutes(void **state) {
	struct lease l = numbered("a", "t", 1);
	(void)state;
	enter("a", "t", 1, 6);
	refuse(&l, ERR_CONN_LIMIT, ERR_SCOPE_SERVER, ERR_SIDE_TARGET, 0);
	leave("a", "t", 1, 6);
	pass(4 * MINUTE);
	restart(8);
	pass(6 * MINUTE - 1);
	assert_int_equal(room("a", "t"), 5);
	pass(1);
	assert_int_equal(room("a", "t"), 6);
}

int main(void) {
#define T(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
	const struct CMUnitTest tests[] = {
		T(nobody_asks_a_host_that_is_away),
		T(after_an_hour_nobody_waits_for_it),
		T(an_account_that_was_told_to_wait_waits),
		T(a_connection_limit_survives_with_its_ten_minutes),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
