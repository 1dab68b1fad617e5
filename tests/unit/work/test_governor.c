/* SPDX-License-Identifier: MIT
 *
 * test_governor.c - what hosts and accounts take, and how refusals, calm minutes and days change it. The clocks are
 * ours.
 */
#include "tests/unit/work/governor_fixture.h"

#include "core/work/provider.h"

static void it_starts_at_the_jobs(void **state) {
	(void)state;
	assert_int_equal(room("a", "t"), 8);
	governor_wish(g, 12, 0);
	assert_int_equal(room("a", "t"), 12);
	enter("a", "t", 1, 5);
	assert_int_equal(room("b", "t"), 7);
	assert_int_equal(room("b", "u"), 12);
	governor_wish(g, 3, 0);
	assert_int_equal(room("b", "t"), 0);
	assert_int_equal(room("b", "u"), 3);
	leave("a", "t", 1, 5);
	assert_int_equal(room("b", "t"), 3);
}

static void a_server_that_throttles_gets_half(void **state) {
	struct lease l = numbered("a", "t", 1);
	(void)state;
	enter("a", "t", 1, 8);
	refuse(&l, ERR_THROTTLED, ERR_SCOPE_SERVER, ERR_SIDE_TARGET, 0);
	/* The seven others that were in flight report the same. */
	for (unsigned i = 2; i <= 8; i++) {
		struct lease other = numbered("a", "t", i);
		refuse(&other, ERR_THROTTLED, ERR_SCOPE_SERVER, ERR_SIDE_TARGET, 0);
	}
	leave("a", "t", 1, 8);
	assert_int_equal(room("a", "t"), 4);
	assert_int_equal(room("a", "u"), 8);
	pass(CUT_WAIT);
	refuse(&l, ERR_THROTTLED, ERR_SCOPE_SERVER, ERR_SIDE_TARGET, 0);
	assert_int_equal(room("a", "t"), 2);
	pass(CUT_WAIT);
	refuse(&l, ERR_THROTTLED, ERR_SCOPE_SERVER, ERR_SIDE_TARGET, 0);
	pass(CUT_WAIT);
	refuse(&l, ERR_THROTTLED, ERR_SCOPE_SERVER, ERR_SIDE_TARGET, 0);
	assert_int_equal(room("a", "t"), 1);
	/* One more after each calm minute. */
	pass(MINUTE - 1);
	assert_int_equal(room("a", "t"), 1);
	pass(1);
	assert_int_equal(room("a", "t"), 2);
	pass(3 * MINUTE);
	assert_int_equal(room("a", "t"), 5);
	pass(10 * MINUTE);
	assert_int_equal(room("a", "t"), 8);
}

static void a_server_that_names_a_time_is_left_alone(void **state) {
	struct lease l = numbered("a", "t", 1);
	(void)state;
	refuse(&l, ERR_THROTTLED, ERR_SCOPE_SERVER, ERR_SIDE_SOURCE, 30000);
	assert_int_equal(room("a", "t"), 0);
	assert_int_equal(room("b", "t"), 8);
	assert_false(governor_try_enter(g, &l));
	pass(29999);
	assert_int_equal(room("a", "t"), 0);
	pass(1);
	assert_int_equal(room("a", "t"), 4);
}

/* Exchange throttles by mailbox: one of many says nothing of the server, a quarter does. */
static void one_account_is_not_the_server(void **state) {
	struct lease one = numbered("a", "t", 1);
	wall_ms_t until;
	struct err why;
	(void)state;
	enter("a", "t", 1, 8);
	for (int i = 0; i < 5; i++) {
		refuse(&one, ERR_THROTTLED, ERR_SCOPE_MAILBOX, ERR_SIDE_SOURCE, 1000);
		pass(5000);
	}
	leave("a", "t", 2, 8);
	assert_int_equal(room("a", "t"), 7); /* one still runs */
	enter("a", "t", 2, 8);
	struct lease other = numbered("a", "t", 2);
	refuse(&other, ERR_THROTTLED, ERR_SCOPE_MAILBOX, ERR_SIDE_SOURCE, 1000);
	leave("a", "t", 1, 8);
	assert_int_equal(room("a", "t"), 4);
	/* The account itself takes one: more were never tried at once. */
	struct lease same = lease_of(one.source_key, "t:993/x");
	governor_enter(g, &same);
	assert_int_equal(asked(&same, &until, &why), LEASE_SOURCE_ACCOUNT);
	governor_leave(g, &same);
	assert_int_equal(asked(&same, &until, &why), LEASE_YES);
}

static void too_many_connections_is_one_fewer(void **state) {
	struct lease l = numbered("a", "t", 1);
	(void)state;
	enter("a", "t", 1, 6);
	refuse(&l, ERR_CONN_LIMIT, ERR_SCOPE_SERVER, ERR_SIDE_TARGET, 0);
	leave("a", "t", 1, 1);
	struct lease m = numbered("a", "t", 2);
	refuse(&m, ERR_CONN_LIMIT, ERR_SCOPE_SERVER, ERR_SIDE_TARGET, 0);
	leave("a", "t", 2, 6);
	assert_int_equal(room("a", "t"), 4);
	pass(10 * MINUTE - 1);
	assert_int_equal(room("a", "t"), 4);
	pass(1);
	assert_int_equal(room("a", "t"), 5);
	/* A limit of an account is not the host's. */
	refuse(&l, ERR_CONN_LIMIT, ERR_SCOPE_MAILBOX, ERR_SIDE_SOURCE, 0);
	assert_int_equal(room("a", "u"), 8);
	/* Never below one. */
	for (int i = 0; i < 20; i++)
		refuse(&l, ERR_CONN_LIMIT, ERR_SCOPE_SERVER, ERR_SIDE_TARGET, 0);
	assert_int_equal(room("a", "t"), 1);
}

static void what_was_learned_survives(void **state) {
	struct lease l = numbered("a", "t", 1);
	(void)state;
	refuse(&l, ERR_THROTTLED, ERR_SCOPE_SERVER, ERR_SIDE_TARGET, 90000);
	governor_tick(g);
	restart(8);
	assert_int_equal(room("a", "t"), 0);
	pass(90000);
	assert_int_equal(room("a", "t"), 5); /* held for a minute and a half, calm for one */
	pass(3 * MINUTE);
	assert_int_equal(room("a", "t"), 8);
	governor_tick(g);
	restart(8);
	assert_int_equal(room("a", "t"), 8);
}

/* A hold that was written while the clock was wrong is not obeyed for a month. */
static void a_hold_from_a_wrong_clock_is_cut(void **state) {
	struct lease l = numbered("a", "t", 1);
	struct place_limit row = { .place = "t:993", .at_once = 4, .wish = 8, .cat = ERR_THROTTLED };
	struct err e;
	(void)state;
	today += 30 * 24 * HOUR;
	refuse(&l, ERR_THROTTLED, ERR_SCOPE_SERVER, ERR_SIDE_TARGET, 90000);
	governor_tick(g);
	today -= 30 * 24 * HOUR; /* set right */
	restart(8);
	assert_int_equal(room("a", "t"), 0);
	pass(89999);
	assert_int_equal(room("a", "t"), 0);
	pass(1);
	assert_true(room("a", "t") > 0);
	/* Whatever it says of itself. */
	row.changed = today;
	row.held_until = today + 30 * 24 * HOUR;
	governor_tick(g);
	MUST(place_limit_save(s, &row, &e));
	restart(8);
	assert_int_equal(room("a", "t"), 0);
	pass(25 * HOUR - 1);
	assert_int_equal(room("a", "t"), 0);
	pass(1);
	assert_true(room("a", "t") > 0);
}

static void the_operators_rule_counts(void **state) {
	struct host_rule rule = { .host = "A", .at_once = 2 }, port = { .host = "a:993", .at_once = 3 };
	struct err e;
	(void)state;
	MUST(host_rule_set(s, &rule, &e));
	MUST(governor_read_rules(g, &e));
	assert_int_equal(room("a", "t"), 2);
	MUST(host_rule_set(s, &port, &e));
	MUST(governor_read_rules(g, &e));
	assert_int_equal(room("a", "t"), 3);
	port.at_once = 0;
	MUST(host_rule_set(s, &port, &e));
	rule.at_once = 20; /* more than the jobs: the scheduler holds those */
	MUST(host_rule_set(s, &rule, &e));
	MUST(governor_read_rules(g, &e));
	assert_int_equal(room("a", "tt"), 8); /* the target's */
	rule.host[0] = '\0';
	REFUSED(host_rule_set(s, &rule, &e), ERR_INPUT);
}

static void providers_are_known(void **state) {
	struct lease l = lease_of("imap.gmail.com:993/anna", "t:993/x");
	wall_ms_t until;
	struct err why;
	(void)state;
	assert_string_equal(provider_of("IMAP.gmail.com:993")->name, "Gmail");
	assert_string_equal(provider_of("outlook.office365.com")->name, "Exchange");
	assert_null(provider_of("imap.gmail.com.example.com:993"));
	for (int i = 0; i < 6; i++) {
		assert_int_equal(asked(&l, &until, &why), LEASE_YES);
		governor_enter(g, &l);
	}
	assert_int_equal(asked(&l, &until, &why), LEASE_SOURCE_ACCOUNT);
	for (int i = 0; i < 6; i++)
		governor_leave(g, &l);
}

static void a_day_is_used_up_and_comes_again(void **state) {
	struct lease l = lease_of("imap.gmail.com:993/anna", "t:993/x");
	struct lease bert = lease_of("imap.gmail.com:993/bert", "t:993/x");
	wall_ms_t until;
	struct err e;
	(void)state;
	today = today / HOUR * HOUR + HOUR / 2;
	governor_enter(g, &l);
	assert_true(governor_check_day(g, &l, &e));
	governor_moved(g, &l, 2000000000, 5);
	pass(2 * HOUR);
	assert_true(governor_check_day(g, &l, &e));
	governor_moved(g, &l, 500000000, 5);
	assert_false(governor_check_day(g, &l, &e));
	assert_int_equal(e.cat, ERR_DAILY_BUDGET);
	assert_int_equal(e.side, ERR_SIDE_NONE);
	assert_non_null(strstr(e.text, "has read all of the 2.5 GB"));
	/* The first bytes count until the end of their hour tomorrow. */
	assert_int_equal(e.wait_ms, 21 * HOUR + HOUR / 2);
	assert_int_equal(asked(&l, &until, &e), LEASE_LATER);
	assert_int_equal(until, today + 21 * HOUR + HOUR / 2);
	assert_int_equal(asked(&bert, &until, &e), LEASE_YES);
	governor_leave(g, &l);
	/* Another worker knows it. */
	restart(8);
	assert_int_equal(asked(&l, &until, &e), LEASE_LATER);
	pass(21 * HOUR + HOUR / 2);
	assert_int_equal(asked(&l, &until, &e), LEASE_YES);
	governor_moved(g, &l, 1999999999, 0);
	assert_true(governor_check_day(g, &l, &e));
	governor_moved(g, &l, 1, 0);
	assert_false(governor_check_day(g, &l, &e));
	/* The run that ends of it says so, which must not outlast the rule. The operator knows better. */
	governor_refused(g, &l, &e);
	struct host_rule rule = { .host = "imap.gmail.com", .down = RULE_NO_LIMIT };
	MUST(host_rule_set(s, &rule, &e));
	MUST(governor_read_rules(g, &e));
	assert_true(governor_check_day(g, &l, &e));
	rule = (struct host_rule){ .host = "t", .up = 1000 };
	MUST(host_rule_set(s, &rule, &e));
	MUST(governor_read_rules(g, &e));
	governor_moved(g, &l, 0, 1000);
	assert_false(governor_check_day(g, &l, &e));
	assert_non_null(strstr(e.text, "has taken all of the 1.0 kB"));
}

/* What the provider itself says of the day ("command or bandwidth limits") ends the account's work as well. */
static void the_servers_word_on_the_day(void **state) {
	struct lease l = lease_of("imap.gmail.com:993/anna", "t:993/x"), other = lease_of("a:993/u", "t:993/y");
	wall_ms_t until;
	struct err e;
	(void)state;
	refuse(&l, ERR_DAILY_BUDGET, ERR_SCOPE_MAILBOX, ERR_SIDE_SOURCE, HOUR);
	assert_int_equal(asked(&l, &until, &e), LEASE_LATER);
	assert_int_equal(until, today + HOUR);
	assert_string_equal(e.text, "the server said so");
	assert_int_equal(asked(&other, &until, &e), LEASE_YES);
	pass(HOUR);
	assert_int_equal(asked(&l, &until, &e), LEASE_YES);
}

/* Reads as fast as it may, 64 kB at a time, until the time has passed. */
static uint64_t read_for(struct governor *one, struct governor *other, int64_t ms, uint64_t *by_other) {
	struct lease l = lease_of("a:993/u", "t:993/x");
	mono_ms_t until = now + ms;
	uint64_t read = 0;
	*by_other = 0;
	while (now < until) {
		if (!governor_read_pause_ms(one)) {
			governor_moved(one, &l, 65536, 0);
			read += 65536;
		}
		if (other && !governor_read_pause_ms(other)) {
			struct err e;
			MUST(governor_looked(other, &l, 32768, 32768, &e));
			*by_other += 65536;
		}
		now++;
		today++;
	}
	return read;
}

static void the_cap_is_exact(void **state) {
	struct lease l = lease_of("a:993/u", "t:993/x");
	uint64_t none, read;
	(void)state;
	governor_moved(g, &l, 1 << 30, 0);
	assert_int_equal(governor_read_pause_ms(g), 0);
	governor_wish(g, 8, 2000000);
	assert_int_equal(governor_read_pause_ms(g), 0);
	pass(100000); /* long idle: no more than a quarter of a second is saved up */
	read = read_for(g, NULL, 5000, &none);
	assert_in_range(read, 9700000, 10700000);
	/* What is owed stays owed at another rate. */
	while (governor_read_pause_ms(g))
		pass(1);
	governor_moved(g, &l, 2000000, 0);
	governor_wish(g, 8, 4000000);
	/* A slice ahead is paid too, and one may still be on the line. */
	assert_in_range(governor_read_pause_ms(g), 250, 760);
	governor_wish(g, 8, 0);
	assert_int_equal(governor_read_pause_ms(g), 0);
}

/* A worker and a verification, each with its own connection to the store: together they read what one alone may. */
static void two_processes_share_the_cap(void **state) {
	struct store *second = open_store(dir, 0);
	struct governor_config c = { .store = second, .clock = clock_now, .calendar = calendar_now };
	struct err e;
	struct governor *other = governor_new(&c, &e);
	uint64_t theirs, ours;
	(void)state;
	assert_non_null(other);
	governor_wish(g, 8, 2000000);
	governor_wish(other, 8, 2000000);
	ours = read_for(g, other, 10000, &theirs);
	assert_in_range(ours + theirs, 19400000, 21200000);
	assert_in_range(ours, 8000000, 12000000);
	assert_in_range(theirs, 8000000, 12000000);
	/* Who is alone has all of it again. */
	ours = read_for(g, NULL, 5000, &theirs);
	assert_in_range(ours, 9500000, 10700000);
	/* A clock that was set back is waited for no longer than a minute. */
	today -= HOUR;
	ours = read_for(g, NULL, 70000, &theirs);
	assert_in_range(ours, 15000000, 30000000);
	governor_free(other);
	store_close(second);
}

int main(void) {
#define T(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
	const struct CMUnitTest tests[] = {
		T(it_starts_at_the_jobs),
		T(a_server_that_throttles_gets_half),
		T(a_server_that_names_a_time_is_left_alone),
		T(one_account_is_not_the_server),
		T(too_many_connections_is_one_fewer),
		T(what_was_learned_survives),
		T(a_hold_from_a_wrong_clock_is_cut),
		T(the_operators_rule_counts),
		T(providers_are_known),
		T(a_day_is_used_up_and_comes_again),
		T(the_servers_word_on_the_day),
		T(the_cap_is_exact),
		T(two_processes_share_the_cap),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
