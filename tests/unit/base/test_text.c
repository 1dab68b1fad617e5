/* SPDX-License-Identifier: MIT
 *
 * test_text.c - foreign text, numbers, secrets, fingerprints.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <cmocka.h>

#include "core/base/err.h"
#include "core/base/hash.h"
#include "core/base/secret.h"
#include "core/base/text.h"

#define BAD "\xEF\xBF\xBD"

static void clean(const char *src, size_t n, const char *expected) {
	char dst[256];
	size_t len = text_sanitise(dst, sizeof dst, src, n);
	assert_string_equal(dst, expected);
	assert_int_equal(len, strlen(expected));
}

static void sanitise_shows_what_is_hidden(void **state) {
	(void)state;
	clean("plain \xC3\xA4 \xE2\x82\xAC \xF0\x9F\x98\x80", 17, "plain \xC3\xA4 \xE2\x82\xAC \xF0\x9F\x98\x80");
	clean("\033[2J\a\r\n\t", 8, "\\x1b[2J\\x07\\x0d\\x0a\\x09");
	clean("a\0b\x7F", 4, "a\\x00b\\x7f");
	clean("\xC2\x9B" "31m", 5, "\\x9b31m"); /* CSI as a C1 code point */
	clean("\x9B" "31m", 4, BAD "31m");	/* and as a raw byte: invalid */
	clean("\xE2\x80\xAE" "exe.txt", 10, BAD "exe.txt");
	clean("\xE2\x81\xA6\xE2\x80\x8B\xEF\xBB\xBF\xD8\x9C", 11, BAD BAD BAD BAD);
	clean("", 0, "");
}

static void sanitise_refuses_malformed_utf8(void **state) {
	(void)state;
	clean("\xC0\xAF", 2, BAD BAD);		  /* overlong '/' */
	clean("\xE0\x80\xAF", 3, BAD BAD BAD);	  /* overlong, three bytes */
	clean("\xED\xA0\x80", 3, BAD BAD BAD);	  /* a surrogate */
	clean("\xF4\x90\x80\x80", 4, BAD BAD BAD BAD); /* beyond U+10FFFF */
	clean("\xF8\x88\x80\x80\x80", 5, BAD BAD BAD BAD BAD);
	clean("x\xE2\x82", 3, "x" BAD BAD); /* cut off: nothing behind the end is read */
	clean("\xFF\xFE", 2, BAD BAD);
}

/* Every size: terminated, never longer, never cut inside a character or an escape. */
static void sanitise_never_cuts_inside(void **state) {
	static const char src[] = "a\xC3\xA4\xE2\x82\xAC\x1B\xF0\x9F\x98\x80z";
	static const size_t whole[] = { 0, 1, 3, 6, 10, 14, 15 };
	char dst[32];
	(void)state;
	for (size_t size = 1; size <= 20; size++) {
		size_t best = 0;
		for (size_t i = 0; i < sizeof whole / sizeof *whole; i++)
			if (whole[i] < size)
				best = whole[i];
		memset(dst, 'X', sizeof dst);
		assert_int_equal(text_sanitise(dst, size, src, sizeof src - 1), best);
		assert_int_equal(strlen(dst), best);
		assert_int_equal(dst[size], 'X');
	}
	dst[0] = 'X';
	assert_int_equal(text_sanitise(dst, 0, "a", 1), 0);
	assert_int_equal(dst[0], 'X');
}

static void copy_says_when_it_did_not_fit(void **state) {
	char dst[5];
	(void)state;
	assert_true(text_copy(dst, sizeof dst, "abcd"));
	assert_string_equal(dst, "abcd");
	assert_false(text_copy(dst, sizeof dst, "abcde"));
	assert_string_equal(dst, "abcd");
	assert_false(text_copy(dst, sizeof dst, "abc\xC3\xA4"));
	assert_string_equal(dst, "abc");
	assert_false(text_copy(dst, 0, "a"));
}

static void numbers_are_read_whole(void **state) {
	uint64_t n = 42;
	static const char *const wrong[] = { "", " 1", "1 ", "+1", "-1", "0x1", "1e3", "18446744073709551616",
					     "99999999999999999999999", "1\n" };
	(void)state;
	for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++)
		assert_false(text_u64(wrong[i], 0, UINT64_MAX, &n));
	assert_false(text_u64(NULL, 0, 9, &n));
	assert_false(text_u64("0", 1, 9, &n));
	assert_false(text_u64("10", 1, 9, &n));
	assert_int_equal(n, 42);
	assert_true(text_u64("18446744073709551615", 0, UINT64_MAX, &n) && n == UINT64_MAX);
	assert_true(text_u64("0009", 1, 9, &n) && n == 9);
}

static void case_is_ascii_only(void **state) {
	char s[] = "AbZ[\xC3\x84";
	(void)state;
	text_lower(s);
	assert_string_equal(s, "abz[\xC3\x84");
	assert_true(text_ieq("iMaP", "ImAp"));
	assert_false(text_ieq("imap", "imaps"));
	assert_false(text_ieq("imaps", "imap"));
	assert_true(text_ieq("", ""));
	assert_false(text_ieq("[", "{"));
}

static void a_time_of_day_has_seconds(void **state) {
	char dst[16];
	(void)state;
	assert_int_equal(setenv("TZ", "UTC-2", 1), 0);
	tzset();
	text_time_of_day(dst, sizeof dst, (12 * 3600 + 5 * 60 + 9) * 1000 + 999);
	assert_string_equal(dst, "14:05:09");
	text_time_of_day(dst, sizeof "14:05", 0);
	assert_string_equal(dst, "?");
}

static void sizes_are_never_rounded_up(void **state) {
	static const struct {
		uint64_t n;
		const char *text;
	} rows[] = { { 0, "0 B" }, { 999, "999 B" }, { 1000, "1.0 kB" }, { 999999, "999.9 kB" }, { 1000000, "1.0 MB" },
		     { 1234567, "1.2 MB" }, { 1990000000, "1.9 GB" }, { UINT64_MAX, "18.4 EB" } };
	static const struct {
		uint64_t n;
		const char *text;
	} binary[] = { { 1023, "1023 B" }, { 1024, "1.0 kB" }, { 1048575, "1023.9 kB" }, { 107374182400, "100.0 GB" },
		       { UINT64_MAX, "16383.9 PB" } };
	static const struct {
		uint64_t n;
		const char *text;
	} counts[] = { { 0, "0" }, { 999, "999" }, { 8112, "8,112" }, { 1000000, "1,000,000" },
		       { UINT64_MAX, "18,446,744,073,709,551,615" } };
	char dst[40];
	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		text_bytes(dst, sizeof dst, rows[i].n);
		assert_string_equal(dst, rows[i].text);
	}
	for (size_t i = 0; i < sizeof binary / sizeof *binary; i++) {
		text_bytes_binary(dst, sizeof dst, binary[i].n);
		assert_string_equal(dst, binary[i].text);
	}
	for (size_t i = 0; i < sizeof counts / sizeof *counts; i++) {
		text_count(dst, sizeof dst, counts[i].n);
		assert_string_equal(dst, counts[i].text);
	}
}

static void errors_are_clean_and_complete(void **state) {
	struct err e;
	(void)state;
	assert_false(err_set(&e, ERR_OVER_QUOTA, "server said \033[31m%s", "full\r\n"));
	assert_string_equal(e.text, "server said \\x1b[31mfull\\x0d\\x0a");
	assert_int_equal(e.scope, ERR_SCOPE_MAILBOX);
	assert_int_equal(e.retry, ERR_RETRY_NEVER);
	assert_false(err_prefix(&e, "INBOX"));
	assert_string_equal(e.text, "INBOX: server said \\x1b[31mfull\\x0d\\x0a");
	for (int i = 0; i < ERR_CAT_COUNT; i++)
		assert_int_equal(err_cat_parse(err_cat_name((enum err_cat)i)), i);
	assert_int_equal(err_cat_parse("nonsense"), ERR_NONE);
}

static void secrets_are_copied_and_cleared(void **state) {
	struct secret a = { 0 }, b = { 0 };
	static char big[SECRET_MAX + 1];
	(void)state;
	assert_false(secret_present(&a));
	assert_true(secret_set(&a, "p\0w", 3));
	assert_true(secret_copy(&b, &a));
	assert_ptr_not_equal(a.data, b.data);
	assert_int_equal(b.len, 3);
	assert_memory_equal(b.data, "p\0w", 4);
	assert_true(secret_set(&a, a.data + 2, 1)); /* from its own memory */
	assert_string_equal(a.data, "w");
	assert_false(secret_set(&a, big, sizeof big));
	assert_string_equal(a.data, "w"); /* a refused value leaves the old one */
	secret_clear(&a);
	assert_null(a.data);
	assert_true(secret_copy(&b, &a));
	assert_false(secret_present(&b));
	assert_true(secret_set(&b, "", 0));
	assert_true(secret_present(&b)); /* an empty password is one */
	secret_clear(&b);
}

/* BLAKE2b-128 of "abc" as `b2sum -l 128` gives it. */
static void hashes_are_blake2b(void **state) {
	struct hasher h;
	struct hash one, two;
	(void)state;
	hash_begin(&h);
	hash_add(&h, "abc", 3);
	hash_end(&h, &one);
	assert_memory_equal(one.bytes, "\xcf\x4a\xb7\x91\xc6\x2b\x8d\x2b\x21\x09\xc9\x02\x75\x28\x78\x16", HASH_LEN);
	assert_true(hash_u64(&one) == 0xcf4ab791c62b8d2b);
	hash_begin(&h);
	hash_add(&h, "a", 1);
	hash_add(&h, NULL, 0);
	hash_add(&h, "bc", 2);
	hash_end(&h, &two);
	assert_memory_equal(one.bytes, two.bytes, HASH_LEN);
}

static void sizes_are_read_as_people_write_them(void **state) {
	static const struct {
		const char *text;
		uint64_t bytes;
	} good[] = { { "20M", 20000000 }, { "2500 MB", 2500000000 }, { "500k", 500000 }, { "1G", 1000000000 },
		     { "4096", 4096 },	  { "7b", 7 },			{ "18446744073709551615", UINT64_MAX } };
	static const char *const bad[] = {
		"", "0", "M", "-1", "1.5M", "20Q", "20MBs", " 20", "20M ", "99999999999999T"
	};
	uint64_t n;
	(void)state;
	for (size_t i = 0; i < sizeof good / sizeof *good; i++)
		if (!text_parse_bytes(good[i].text, &n) || n != good[i].bytes)
			fail_msg("%s", good[i].text);
	for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
		if (text_parse_bytes(bad[i], &n))
			fail_msg("\"%s\" is %llu", bad[i], (unsigned long long)n);
}

int main(void) {
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(sanitise_shows_what_is_hidden),
		cmocka_unit_test(sanitise_refuses_malformed_utf8),
		cmocka_unit_test(sanitise_never_cuts_inside),
		cmocka_unit_test(copy_says_when_it_did_not_fit),
		cmocka_unit_test(numbers_are_read_whole),
		cmocka_unit_test(case_is_ascii_only),
		cmocka_unit_test(sizes_are_never_rounded_up),
		cmocka_unit_test(a_time_of_day_has_seconds),
		cmocka_unit_test(sizes_are_read_as_people_write_them),
		cmocka_unit_test(errors_are_clean_and_complete),
		cmocka_unit_test(secrets_are_copied_and_cleared),
		cmocka_unit_test(hashes_are_blake2b),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
