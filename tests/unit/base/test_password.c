/* SPDX-License-Identifier: MIT
 *
 * test_password.c - made passwords: long, mixed, readable, and no two alike.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "core/base/password.h"

#define MANY 4000

static int by_text(const void *a, const void *b) {
	return memcmp(a, b, PASSWORD_MADE);
}

static void each_is_good(void **state) {
	char(*made)[PASSWORD_MADE + 1] = calloc(MANY, sizeof *made);
	(void)state;
	assert_non_null(made);
	for (size_t i = 0; i < MANY; i++) {
		bool lower = false, upper = false, digit = false, other = false;
		assert_true(password_make(made[i], sizeof made[i], PASSWORD_MADE));
		assert_int_equal(strlen(made[i]), PASSWORD_MADE);
		assert_true(isalpha((unsigned char)made[i][0]));
		assert_null(strpbrk(made[i], "0O1lI5S8B2Z\"',; \t\\"));
		for (const char *p = made[i]; *p; p++) {
			lower |= islower((unsigned char)*p) != 0;
			upper |= isupper((unsigned char)*p) != 0;
			digit |= isdigit((unsigned char)*p) != 0;
			other |= !isalnum((unsigned char)*p);
		}
		assert_true(lower && upper && digit && other);
		assert_true(password_fits(made[i], PASSWORD_MADE));
	}
	qsort(made, MANY, sizeof *made, by_text);
	for (size_t i = 1; i < MANY; i++)
		assert_string_not_equal(made[i - 1], made[i]);
	free(made);
}

static void lengths(void **state) {
	char s[9];
	(void)state;
	assert_true(password_make(s, sizeof s, 8));
	assert_int_equal(strlen(s), 8);
	assert_true(password_make(s, sizeof s, 4));
	assert_false(password_make(s, sizeof s, 9));
	assert_false(password_make(s, sizeof s, 3));
}

static void the_rule(void **state) {
	static const struct {
		const char *s;
		bool fits;
	} rows[] = {
		{ "Abcdefg1", true },	 { "abcdef-1", true },	       { "ABCDEF-1", true },
		{ "Abcdef1", false },	 { "abcdefg1", false },	       { "abcdefgh", false },
		{ "Abcdefg1\n", false }, { "Abcd\xc3\xa4g1x", false }, { "", false },
	};
	char longest[PASSWORD_RULE_MAX + 2];
	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
		assert_int_equal(password_fits(rows[i].s, strlen(rows[i].s)), rows[i].fits);
	memset(longest, 'a', sizeof longest);
	memcpy(longest, "A1", 2);
	assert_true(password_fits(longest, PASSWORD_RULE_MAX));
	assert_false(password_fits(longest, PASSWORD_RULE_MAX + 1));
}

int main(void) {
	const struct CMUnitTest tests[] = { cmocka_unit_test(each_is_good), cmocka_unit_test(lengths),
					    cmocka_unit_test(the_rule) };
	return cmocka_run_group_tests(tests, NULL, NULL);
}
