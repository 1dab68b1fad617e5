/* SPDX-License-Identifier: MIT
 *
 * test_writers_turns.c - several connections to the target count as one, and when one more is worth a login.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "core/work/writers.h"

struct busy {
	struct target target; /* first: it is cast back */
	size_t unacked;
};

static size_t unacked(const struct target *t) {
	return ((const struct busy *)t)->unacked;
}

static const struct target_ops ops = { .append_unacked = unacked };

static void each_connection_counts(void **state) {
	struct busy own = { { .ops = &ops }, 3 }, one = { { .ops = &ops }, 2 }, two = { { .ops = &ops }, 0 };
	struct writer first = { .dst = &one.target }, second = { .dst = &two.target };
	struct writers w = { .own = &own.target, .now = &own.target, .more = { &first, &second } };
	(void)state;
	assert_int_equal(writers_unacked(&w), 3);
	w.count = 2;
	assert_int_equal(writers_unacked(&w), 5);
	/* What is only on its way over a further one is on its way. */
	own.unacked = one.unacked = 0;
	two.unacked = 7;
	assert_int_equal(writers_unacked(&w), 7);
}

static void the_least_busy_is_next(void **state) {
	struct busy own = { { .ops = &ops }, 3 }, one = { { .ops = &ops }, 2 }, two = { { .ops = &ops }, 1 };
	struct writer first = { .dst = &one.target }, second = { .dst = &two.target };
	struct writers w = { .own = &own.target, .now = &own.target, .more = { &first, &second }, .count = 2 };
	(void)state;
	writers_next(&w);
	assert_ptr_equal(w.now, &two.target);
	two.unacked = 4;
	writers_next(&w);
	assert_ptr_equal(w.now, &one.target);
	one.unacked = 3;
	writers_next(&w);
	assert_ptr_equal(w.now, &own.target); /* among equals the first */
}

/* Each of these differs from one that is worth it by a single condition. */
static void one_more_is_worth_it(void **state) {
	static const struct {
		mono_ms_t elapsed, waited;
		double before, rate;
		uint64_t rows;
		bool worth;
	} when[] = {
		{ 100, 50, 0, 100, 31, true },
		{ 99, 50, 0, 100, 31, false },	/* too early to tell */
		{ 100, 49, 0, 100, 31, false }, /* less than half the time in waiting */
		{ 100, 50, 0, 100, 30, false }, /* 300 ms are left: less than a login costs */
		{ 100, 50, 86, 100, 31, true },
		{ 100, 50, 88, 100, 31, false }, /* the last one did not make it a seventh faster */
		{ 301, 301, 0, 0, 2, true },	 /* nothing has come back at all */
		{ 300, 300, 0, 0, 2, false },
		{ 301, 301, 0, 0, 1, false }, /* nobody to share it with */
		{ 301, 150, 0, 0, 2, false },
		{ 301, 301, 1, 0, 2, false },
	};
	(void)state;
	for (size_t i = 0; i < sizeof when / sizeof *when; i++) {
		struct writers w = { .waited = when[i].waited, .before = when[i].before };
		assert_int_equal(writers_worth_one(&w, when[i].rows, when[i].rate, when[i].elapsed), when[i].worth);
	}
}

int main(void) {
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_connection_counts),
		cmocka_unit_test(the_least_busy_is_next),
		cmocka_unit_test(one_more_is_worth_it),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
