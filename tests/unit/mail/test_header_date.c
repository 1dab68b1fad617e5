/* SPDX-License-Identifier: MIT
 *
 * test_header_date.c - the arrival date of a message without INTERNALDATE, and fields shown to people.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <cmocka.h>

#include "core/mail/mime/ident.h"

#define NOW INT64_C(1735689600)	 /* 2025-01-01 00:00:00 UTC */
#define D2024 INT64_C(1704103200) /* 2024-01-01 10:00:00 UTC */

static const struct {
	const char *what, *header;
	int64_t unix_s; /* -1: none */
	int zone_min;
} dates[] = {
	{ "topmost Received wins over Date",
	  "Received: from a by b; Mon, 1 Jan 2024 11:00:00 +0100\r\nReceived: from c; Sun, 31 Dec 2023 00:00:00 "
	  "+0000\r\n"
	  "Date: Sat, 30 Dec 2023 00:00:00 +0000\r\n\r\n",
	  D2024, 60 },
	{ "order in the header does not matter for Date",
	  "Date: Sat, 30 Dec 2023 00:00:00 +0000\nReceived: by b; Mon, 1 Jan 2024 10:00:00 +0000\n\n", D2024, 0 },
	{ "folded", "Received: from a\r\n\tby b with ESMTP id x;\r\n\tMon, 1 Jan 2024\r\n 10:00:00 +0000\r\n\r\n",
	  D2024, 0 },
	{ "a comment with a semicolon behind the date",
	  "Received: by b; Mon, 1 Jan 2024 10:00:00 +0000 (UTC; by clock)\r\n\r\n", D2024, 0 },
	{ "a semicolon before the last", "Received: from a (x;y) by b; Mon, 1 Jan 2024 10:00:00 +0000\r\n", D2024, 0 },
	{ "an implausible Received is passed over",
	  "Received: by b; Mon, 1 Jan 1980 10:00:00 +0000\r\nReceived: by c; Mon, 1 Jan 2024 10:00:00 +0000\r\n\r\n",
	  D2024, 0 },
	{ "a Received from the future too",
	  "Received: by b; Thu, 1 Jan 2026 10:00:00 +0000\r\nDate: Mon, 1 Jan 2024 10:00:00 +0000\r\n\r\n", D2024, 0 },
	{ "a Received without a date", "Received: by b\r\nDate: Mon, 1 Jan 2024 10:00:00 +0000\r\n\r\n", D2024, 0 },
	{ "only Date", "Subject: x\r\nDate: Mon, 1 Jan 2024 05:00:00 -0500\r\n\r\n", D2024, -300 },
	{ "the first good Date of two", "Date: rubbish\nDate: Mon, 1 Jan 2024 10:00:00 +0000\n\n", D2024, 0 },
	{ "an implausible Date", "Date: Mon, 1 Jan 2029 10:00:00 +0000\r\n\r\n", -1, 0 },
	{ "a Date in the body", "Subject: x\r\n\r\nDate: Mon, 1 Jan 2024 10:00:00 +0000\r\n", -1, 0 },
	{ "nothing", "", -1, 0 },
};

static void arrival_dates(void **state) {
	(void)state;
	for (size_t i = 0; i < sizeof dates / sizeof dates[0]; i++) {
		struct mail_date d;
		bool ok = header_arrival_date(dates[i].header, strlen(dates[i].header), NOW, &d);
		if (ok != (dates[i].unix_s != -1) || d.valid != ok)
			fail_msg("%s: found %d", dates[i].what, ok);
		if (ok && (d.unix_s != dates[i].unix_s || d.zone_min != dates[i].zone_min))
			fail_msg("%s: %lld %d", dates[i].what, (long long)d.unix_s, d.zone_min);
	}
}

static const struct {
	const char *value, *shown;
} texts[] = {
	{ "Hello", "Hello" },
	{ " folded\r\n\tand  more \r\n", "folded and  more" },
	{ "=?utf-8?Q?Gr=C3=BC=C3=9Fe_an_alle?=", "Gr\xC3\xBC\xC3\x9F" "e an alle" },
	{ "=?UTF-8?B?R3LDvMOfZQ==?= =?UTF-8?B?IGFuIGFsbGU=?=", "Gr\xC3\xBC\xC3\x9F" "e an alle" },
	{ "=?utf-8?B?R3LDvMOfZQ?=", "Gr\xC3\xBC\xC3\x9F" "e" },			 /* no padding */
	{ "=?utf-8?Q?=C3?= =?utf-8?Q?=BC?=", "\xC3\xBC" },				 /* a character cut in two */
	{ "=?iso-8859-1?q?Gr=FC=DFe?= x =?iso-8859-15?Q?=A4?=", "Gr\xC3\xBC\xC3\x9F" "e x \xE2\x82\xAC" },
	{ "=?windows-1252?Q?=80?=\r\n =?windows-1251?Q?=DF?=", "\xE2\x82\xAC\xD0\xAF" },
	{ "=?utf-8*de?Q?x?= y", "x y" },
	{ "a =?x-unknown?Q?=41?= b", "a =?x-unknown?Q?=41?= b" },
	{ "=?../../evil?Q?=41?=", "=?../../evil?Q?=41?=" },
	{ "=?utf-8?X?abc?=", "=?utf-8?X?abc?=" },
	{ "=?utf-8?Q?broken", "=?utf-8?Q?broken" },
	{ "1=?2=?=3", "1=?2=?=3" },
	{ "raw \xC3\xBC", "raw \xC3\xBC" },
	{ "=?utf-8?Q?esc=1B[2J?=", "esc\\x1b[2J" },					 /* never reaches a terminal */
	{ "=?utf-8?Q?a=?=", "a=" },
};

static void fields_for_people(void **state) {
	(void)state;
	for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
		char header[512], dst[256];
		int n = snprintf(header, sizeof header, "From: x\r\nSUBJECT : %s\r\nSubject: second\r\n\r\n",
				 texts[i].value);
		header_field_text(header, (size_t)n, "subject", dst, sizeof dst);
		if (strcmp(dst, texts[i].shown) != 0)
			fail_msg("'%s' shown as '%s', not '%s'", texts[i].value, dst, texts[i].shown);
	}
	char small[5];
	header_field_text("Subject: abc\xC3\xBCz\n", 15, "subject", small, sizeof small);
	assert_string_equal(small, "abc"); /* never cut inside a character */
	header_field_text("Subject: x\n", 11, "from", small, sizeof small);
	assert_string_equal(small, "");
}

int main(void) {
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(arrival_dates),
		cmocka_unit_test(fields_for_people),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
