/* SPDX-License-Identifier: MIT
 *
 * test_numset.c - a set of numbers, in whatever order they come.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "core/base/numset.h"

static void add(struct numset *s, uint32_t number, bool expected) {
	struct err e;
	bool fresh;
	assert_true(numset_add(s, number, &fresh, &e));
	assert_int_equal(fresh, expected);
}

static void holds(const struct numset *s, const uint32_t *numbers, size_t n) {
	uint64_t from = 0;
	uint32_t number;
	for (size_t i = 0; i < n; i++) {
		assert_true(numset_next(s, &from, &number));
		assert_int_equal(number, numbers[i]);
	}
	assert_false(numset_next(s, &from, &number));
}

static void in_any_order_and_once(void **state) {
	static const uint32_t sorted[] = { 1, 63, 64, 65, 200, 4096, UINT32_MAX - 64, UINT32_MAX };
	struct numset s = { 0 };
	(void)state;
	holds(&s, sorted, 0);
	add(&s, 4096, true);
	add(&s, 64, true);
	add(&s, UINT32_MAX, true);
	add(&s, 1, true);
	add(&s, 65, true);
	add(&s, 64, false);
	add(&s, 200, true);
	add(&s, 63, true);
	add(&s, UINT32_MAX - 64, true);
	add(&s, UINT32_MAX, false);
	add(&s, 1, false);
	holds(&s, sorted, sizeof sorted / sizeof sorted[0]);
	numset_free(&s);
}

static void what_is_taken_is_gone(void **state) {
	static const uint32_t left[] = { 5, 130 };
	struct numset s = { 0 };
	(void)state;
	assert_false(numset_take(&s, 5));
	add(&s, 5, true);
	add(&s, 70, true);
	add(&s, 130, true);
	assert_true(numset_take(&s, 70));
	assert_false(numset_take(&s, 70));
	assert_false(numset_take(&s, 6));
	assert_false(numset_take(&s, 1000));
	holds(&s, left, 2);
	add(&s, 70, true);
	numset_clear(&s);
	holds(&s, left, 0);
	assert_false(numset_take(&s, 5));
	numset_free(&s);
}

static void neighbours_cost_a_bit(void **state) {
	struct numset s = { 0 };
	(void)state;
	for (uint32_t n = 1; n <= 100000; n++)
		add(&s, n, true);
	assert_int_equal(s.count, 100000 / 64 + 1);
	numset_free(&s);
}

int main(void) {
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(in_any_order_and_once),
		cmocka_unit_test(what_is_taken_is_gone),
		cmocka_unit_test(neighbours_cost_a_bit),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
