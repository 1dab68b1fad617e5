/* SPDX-License-Identifier: MIT
 *
 * fuzz_mutf7.c - folder names in modified UTF-7: one spelling for each name. What decodes encodes to the same bytes,
 * what encodes decodes to the same name, and a wire name is printable ASCII.
 */
#include "core/mail/imap/mutf7.h"
#include "tests/fuzz/fuzz.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
	char name[8192], again[8192], small[16];
	char *text = fuzz_copy(data, size);
	if (mutf7_decode(name, sizeof name, text, size)) {
		FUZZ_HOLDS(strlen(name) <= 3 * size);
		FUZZ_HOLDS(mutf7_encode(again, sizeof again, name, strlen(name)));
		FUZZ_HOLDS(strlen(again) == size && memcmp(again, text, size) == 0);
	}
	if (mutf7_encode(again, 4096, text, size)) {
		for (const char *p = again; *p; p++)
			FUZZ_HOLDS(*p >= 0x20 && *p < 0x7F);
		FUZZ_HOLDS(mutf7_decode(name, sizeof name, again, strlen(again)));
		FUZZ_HOLDS(strlen(name) == size && memcmp(name, text, size) == 0);
	}
	if (mutf7_decode(small, sizeof small, text, size))
		FUZZ_HOLDS(strnlen(small, sizeof small) < sizeof small);
	if (mutf7_encode(small, sizeof small, text, size))
		FUZZ_HOLDS(strnlen(small, sizeof small) < sizeof small);
	free(text);
	return 0;
}
