/* SPDX-License-Identifier: MIT
 *
 * test_hash.c - the digest of a message is the same whichever library computes it.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "core/base/hash.h"

static const struct digest_key key = { { 3, 1, 4, 1, 5, 9, 2, 6 } };
static unsigned char text[70000];

static void fill_text(void) {
	uint32_t x = 1;
	for (size_t i = 0; i < sizeof text; i++)
		text[i] = (unsigned char)((x = x * 1103515245 + 12345) >> 16);
}

/* Ledgers hold what earlier versions computed by libsodium alone. */
static void test_same_as_libsodium(void **state) {
	static const size_t lengths[] = { 0, 1, 15, 16, 17, 63, 64, 255, 256, 4096, 16384, 65537, sizeof text };
	struct digest d = { 0 };
	(void)state;
	fill_text();
	for (size_t i = 0; i < sizeof lengths / sizeof *lengths; i++) {
		unsigned char want[HASH_LEN];
		struct hash got;
		crypto_onetimeauth(want, text, lengths[i], key.bytes);
		digest_begin(&d, &key);
		for (size_t at = 0, part = 1; at < lengths[i]; at += part, part = part * 3 + 1) {
			if (part > lengths[i] - at)
				part = lengths[i] - at;
			digest_add(&d, text + at, part);
		}
		digest_end(&d, &got);
		assert_memory_equal(got.bytes, want, HASH_LEN);
	}
	digest_drop(&d);
}

/* A message that broke off leaves nothing to the next one. */
static void test_begun_again(void **state) {
	struct digest d = { 0 };
	struct hash alone, after;
	(void)state;
	digest_begin(&d, &key);
	digest_add(&d, "text", 4);
	digest_end(&d, &alone);
	digest_begin(&d, &key);
	digest_add(&d, "broken", 6);
	digest_begin(&d, &key);
	digest_add(&d, "text", 4);
	digest_end(&d, &after);
	assert_memory_equal(&alone, &after, sizeof alone);
	digest_drop(&d);
}

int main(void) {
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_same_as_libsodium),
		cmocka_unit_test(test_begun_again),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
