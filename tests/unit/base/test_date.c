/* SPDX-License-Identifier: MIT
 *
 * test_date.c - mail dates, as the standard has them and as mailers write them.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <cmocka.h>

#include "core/base/date.h"

struct row {
	const char *text;
	int64_t unix_s;
	int zone_min;
};

static void imap_dates_are_read(void **state) {
	static const struct row rows[] = {
		{ "17-Jul-1996 02:44:25 -0700", 837596665, -420 },
		{ " 1-Jan-1970 00:00:00 +0000", 0, 0 },
		{ "1-jan-1970 01:00:00 +0100", 0, 60 },
		{ "29-Feb-2000 23:59:59 +0545", 951848099, 345 },
		{ "31-Dec-9999 23:59:59 +0000", 253402300799, 0 },
		{ "01-Jan-1960 00:00:00 -2359", -315619200 + 86340, -1439 },
	};
	struct mail_date d;
	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		if (!date_parse_imap(rows[i].text, strlen(rows[i].text), &d))
			fail_msg("refused: %s", rows[i].text);
		assert_true(d.valid);
		assert_true(d.unix_s == rows[i].unix_s);
		assert_int_equal(d.zone_min, rows[i].zone_min);
	}
}

static void impossible_imap_dates_are_refused(void **state) {
	static const char *const rows[] = {
		"", "17-Jul-1996", "17-Jul-1996 02:44:25", "17-Jul-1996 02:44:25 -070", "17-Jul-1996 02:44:25 0700",
		"30-Feb-2000 00:00:00 +0000", "29-Feb-1900 00:00:00 +0000", "31-Apr-2000 00:00:00 +0000",
		"00-Jan-2000 00:00:00 +0000", "32-Jan-2000 00:00:00 +0000", "01-Foo-2000 00:00:00 +0000",
		"01-Jan-0000 00:00:00 +0000", "01-Jan-20000 00:00:00 +0000", "01-Jan-2000 24:00:00 +0000",
		"01-Jan-2000 00:60:00 +0000", "01-Jan-2000 00:00:61 +0000", "01-Jan-2000 00:00:00 +2400",
		"01-Jan-2000 00:00:00 +0060", "01-Jan-2000 00:00:00 +0000 ", "01-Jan-2000 00:00:00 +0000x",
		"  1-Jan-2000 00:00:00 +0000", "\"1-Jan-2000 00:00:00 +0000\"",
	};
	struct mail_date d;
	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		if (date_parse_imap(rows[i], strlen(rows[i]), &d))
			fail_msg("accepted: %s", rows[i]);
		assert_false(d.valid);
	}
}

/* Against the C library, over every day of four centuries. */
static void days_agree_with_the_c_library(void **state) {
	(void)state;
	for (int64_t t = 0; t < (int64_t)400 * 366 * 86400; t += 86400 + 3671) {
		struct mail_date d = { .unix_s = t, .valid = true }, back;
		char text[DATE_IMAP_MAX], expected[DATE_IMAP_MAX];
		time_t c = (time_t)t;
		struct tm tm;
		gmtime_r(&c, &tm);
		strftime(expected, sizeof expected, "%e-%b-%Y %H:%M:%S +0000", &tm);
		date_format_imap(text, &d);
		assert_string_equal(text, expected);
		assert_true(date_parse_imap(text, strlen(text), &back));
		assert_true(back.unix_s == t);
	}
}

static void format_stays_in_range(void **state) {
	static const struct {
		int64_t unix_s;
		int zone;
		const char *text;
	} rows[] = {
		{ INT64_MIN, -1439, " 1-Jan-1970 00:00:00 -2359" },
		{ INT64_MAX, 1439, "31-Dec-9999 23:59:59 +2359" },
		{ 0, -60, " 1-Jan-1970 00:00:00 -0100" },
		{ 253402300799, 60, "31-Dec-9999 23:59:59 +0100" },
		{ 837596665, -420, "17-Jul-1996 02:44:25 -0700" },
		{ 0, 32767, " 1-Jan-1970 00:00:00 +0000" },
		{ -3600, 60, " 1-Jan-1970 00:00:00 +0100" },
	};
	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		struct mail_date d = { .unix_s = rows[i].unix_s, .zone_min = (int16_t)rows[i].zone, .valid = true };
		char text[DATE_IMAP_MAX];
		date_format_imap(text, &d);
		assert_string_equal(text, rows[i].text);
	}
}

static void header_dates_are_read(void **state) {
	static const struct row rows[] = {
		{ "Fri, 21 Nov 1997 09:55:06 -0600", 880127706, -360 },
		{ "21 Nov 97 09:55:06 GMT", 880106106, 0 },			      /* RFC 5322 A.6.2 */
		{ "Fri, 21 Nov 1997 09(comment):   55  :  06 -0600", 880127706, -360 }, /* A.6.3 */
		{ "Thu,\r\n    13\r\n     Feb\r\n       1969\r\n   23:32\r\n     -0330 (Newfoundland Time)",
		  -27723480, -210 },						      /* A.5 */
		{ "21 Nov 1997 09:55 EST", 880124100, -300 },
		{ "21 Nov 1997 09:55:06 pdt", 880131306, -420 },
		{ "21 Nov 1997 09:55:06 Z", 880106106, 0 },
		{ "21 Nov 1997 09:55:06", 880106106, 0 },
		{ "21 Nov 1997 09:55:06 XYZ", 880106106, 0 },
		{ "Fri 21 November 1997 09:55:06 +0100 (CET)", 880102506, 60 },
		{ "21-Nov-1997 09:55:06 GMT+0100", 880102506, 60 },
		{ "1 Jan 49 00:00:00 +0000", 2493072000, 0 },
		{ "1 Jan 50 00:00:00 +0000", -631152000, 0 },
		{ "1 Jan 104 00:00:00 +0000", 1072915200, 0 }, /* a year since 1900 */
		{ "(a (nested \\) one) here) 21 Nov 1997 9:55:6 +0000", 880106106, 0 },
		{ "30 Jun 2015 23:59:60 +0000", 1435708800, 0 }, /* a leap second */
	};
	struct mail_date d;
	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		if (!date_parse_rfc5322(rows[i].text, strlen(rows[i].text), &d))
			fail_msg("refused: %s", rows[i].text);
		if (d.unix_s != rows[i].unix_s || d.zone_min != rows[i].zone_min)
			fail_msg("%s: %lld zone %d", rows[i].text, (long long)d.unix_s, d.zone_min);
	}
}

static void impossible_header_dates_are_refused(void **state) {
	static const char *const rows[] = {
		"", "Fri,", "yesterday", "31 Feb 2000 00:00:00 +0000", "1 Jan 2000", "1 Jan 2000 25:00:00 +0000",
		"1 Jan 2000 12:61 +0000", "1 Jan 2000 12:00:00 +9900", "1 Jan 2000 12:00:00 +01", "1 Jan 20000 12:00",
		"1 Jan 2 12:00:00", "(unclosed 1 Jan 2000 12:00:00 +0000", "1 Jan 2000 12:", "Mon, , 1 Jan 2000 12:00",
		"2000-01-01T12:00:00Z", "0 Jan 2000 12:00", "1 Jan 0000 12:00",
	};
	struct mail_date d;
	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		if (date_parse_rfc5322(rows[i], strlen(rows[i]), &d))
			fail_msg("accepted: %s", rows[i]);
		assert_false(d.valid);
	}
}

/* Cut at every byte, in memory of exactly that size: a sanitizer sees a read beyond the end. */
static void cut_dates_are_safe(void **state) {
	static const char imap[] = " 1-Jan-2000 00:00:00 +0000";
	static const char header[] = "Fri, (c\\)) 21 Nov 1997 09 : 55:06 GMT+0100 (x)";
	struct mail_date d;
	(void)state;
	for (size_t n = 0; n < sizeof header; n++) {
		char *copy = malloc(n + !n);
		assert_non_null(copy);
		memcpy(copy, header, n);
		date_parse_rfc5322(copy, n, &d);
		if (n < sizeof imap) {
			memcpy(copy, imap, n);
			assert_int_equal(date_parse_imap(copy, n, &d), n == sizeof imap - 1);
		}
		free(copy);
	}
}

static void plausible_is_bounded(void **state) {
	struct mail_date d = { .unix_s = 631152000, .valid = true };
	(void)state;
	assert_true(date_plausible(&d, 1700000000));
	d.unix_s--;
	assert_false(date_plausible(&d, 1700000000));
	d.unix_s = 1700000000 + 86400;
	assert_true(date_plausible(&d, 1700000000));
	d.unix_s++;
	assert_false(date_plausible(&d, 1700000000));
	d = (struct mail_date){ .unix_s = 1600000000 };
	assert_false(date_plausible(&d, 1700000000));
}

int main(void) {
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(imap_dates_are_read),
		cmocka_unit_test(impossible_imap_dates_are_refused),
		cmocka_unit_test(days_agree_with_the_c_library),
		cmocka_unit_test(format_stays_in_range),
		cmocka_unit_test(header_dates_are_read),
		cmocka_unit_test(impossible_header_dates_are_refused),
		cmocka_unit_test(cut_dates_are_safe),
		cmocka_unit_test(plausible_is_bounded),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
