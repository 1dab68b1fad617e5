/* SPDX-License-Identifier: MIT
 *
 * fuzz_words.c - encoded words (RFC 2047): the result keeps to its maximum, and a text without any stays as it is.
 */
#include "core/mail/mime/words.h"
#include "tests/fuzz/fuzz.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
	struct buf out;
	unsigned choice = fuzz_choice(&data, &size);
	size_t max = choice & 1 ? choice : 65536;
	char *text = fuzz_copy(data, size);
	buf_init(&out, max);
	words_decode(&out, text, size);
	FUZZ_HOLDS(out.len <= max);
	FUZZ_HOLDS(out.failed || out.len <= 4 * size);
	if (!memmem(text, size, "=?", 2))
		FUZZ_HOLDS(out.failed || (out.len == size && (!size || memcmp(out.data, text, size) == 0)));
	buf_free(&out);
	free(text);
	return 0;
}
