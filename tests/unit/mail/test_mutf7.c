/* SPDX-License-Identifier: MIT
 *
 * test_mutf7.c - modified UTF-7 round trips, and spellings that must stay opaque.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>

#include "core/mail/imap/mutf7.h"

static const struct {
	const char *wire, *utf8;
} pairs[] = {
	{ "", "" },
	{ "INBOX", "INBOX" },
	{ "a&-b", "a&b" },
	{ "&-", "&" },
	{ "Entw&APw-rfe", "Entw\xC3\xBCrfe" },
	{ "~peter/mail/&U,BTFw-/&ZeVnLIqe-",
	  "~peter/mail/\xE5\x8F\xB0\xE5\x8C\x97/\xE6\x97\xA5\xE6\x9C\xAC\xE8\xAA\x9E" },
	{ "&2D3eAA-", "\xF0\x9F\x98\x80" }, /* a surrogate pair */
	{ "x&2D3eAABh-", NULL },	    /* printable 'a' inside base64 */
	{ "&AGE-", NULL },		    /* 'a' in base64 */
	{ "a&b", NULL },		    /* no end */
	{ "&APw", NULL },		    /* no end */
	{ "&APx-", NULL },		    /* padding bits are not zero */
	{ "&APw-&APw-", NULL },		    /* two runs where one belongs */
	{ "&2D0-", NULL },		    /* high surrogate alone */
	{ "&3gA-", NULL },		    /* low surrogate alone */
	{ "&2D0AYQ-", NULL },		    /* high surrogate, then something else */
	{ "&AAA-", NULL },		    /* NUL */
	{ "&ACY-", NULL },		    /* '&' spelt in base64 */
	{ "&A-", NULL },		    /* less than one unit */
	{ "&AP w-", NULL },
	{ "&AP/w-", NULL },	 /* not in the alphabet */
	{ "caf\xC3\xA9", NULL }, /* raw UTF-8 */
	{ "tab\there", NULL },
};

static void decodes_only_the_canonical_spelling(void **state) {
	(void)state;
	for (size_t i = 0; i < sizeof pairs / sizeof *pairs; i++) {
		char out[256];
		bool ok = mutf7_decode(out, sizeof out, pairs[i].wire, strlen(pairs[i].wire));
		if (ok != (pairs[i].utf8 != NULL))
			fail_msg("%s: decoded is %d", pairs[i].wire, ok);
		if (ok)
			assert_string_equal(out, pairs[i].utf8);
	}
}

static void encodes(void **state) {
	(void)state;
	for (size_t i = 0; i < sizeof pairs / sizeof *pairs; i++) {
		if (!pairs[i].utf8)
			continue;
		char out[256];
		assert_true(mutf7_encode(out, sizeof out, pairs[i].utf8, strlen(pairs[i].utf8)));
		assert_string_equal(out, pairs[i].wire);
	}
	char out[64];
	assert_true(mutf7_encode(out, sizeof out, "a\tb", 3));
	assert_string_equal(out, "a&AAk-b");
	assert_false(mutf7_encode(out, sizeof out, "\xC3", 1));
	assert_false(mutf7_encode(out, sizeof out, "\xED\xA0\x80", 3));
	assert_false(mutf7_encode(out, sizeof out, "\xC0\x80", 2));
	assert_false(mutf7_encode(out, sizeof out, "a\0b", 3));
}

static void respects_the_size(void **state) {
	(void)state;
	static const char utf8[] = "\xC3\xBC\xF0\x9F\x98\x80&x";
	char full[64];
	assert_true(mutf7_encode(full, sizeof full, utf8, sizeof utf8 - 1));
	size_t wire_len = strlen(full);
	for (size_t size = 0; size <= wire_len + 1; size++) {
		char out[64];
		memset(out, 'Z', sizeof out);
		assert_int_equal(mutf7_encode(out, size, utf8, sizeof utf8 - 1), size > wire_len);
		assert_int_equal(out[size], 'Z');
	}
	for (size_t size = 0; size <= sizeof utf8; size++) {
		char out[64];
		memset(out, 'Z', sizeof out);
		assert_int_equal(mutf7_decode(out, size, full, wire_len), size >= sizeof utf8);
		assert_int_equal(out[size], 'Z');
	}
}

/* Every code point that UTF-8 can carry comes back. */
static void every_code_point_survives(void **state) {
	(void)state;
	for (uint32_t cp = 1; cp <= 0x10FFFF; cp += cp < 0x3000 ? 1 : 97) {
		char in[5], wire[32], back[32];
		size_t n = 0;
		if (cp >= 0xD800 && cp <= 0xDFFF)
			continue;
		if (cp < 0x80) {
			in[n++] = (char)cp;
		} else if (cp < 0x800) {
			in[n++] = (char)(0xC0 | cp >> 6);
			in[n++] = (char)(0x80 | (cp & 0x3F));
		} else if (cp < 0x10000) {
			in[n++] = (char)(0xE0 | cp >> 12);
			in[n++] = (char)(0x80 | (cp >> 6 & 0x3F));
			in[n++] = (char)(0x80 | (cp & 0x3F));
		} else {
			in[n++] = (char)(0xF0 | cp >> 18);
			in[n++] = (char)(0x80 | (cp >> 12 & 0x3F));
			in[n++] = (char)(0x80 | (cp >> 6 & 0x3F));
			in[n++] = (char)(0x80 | (cp & 0x3F));
		}
		assert_true(mutf7_encode(wire, sizeof wire, in, n));
		assert_true(mutf7_decode(back, sizeof back, wire, strlen(wire)));
		assert_int_equal(strlen(back), n);
		assert_memory_equal(back, in, n);
	}
}

int main(void) {
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(decodes_only_the_canonical_spelling),
		cmocka_unit_test(encodes),
		cmocka_unit_test(respects_the_size),
		cmocka_unit_test(every_code_point_survives),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
