/* SPDX-License-Identifier: MIT
 *
 * fuzz.h - what the fuzz targets share. A target is one file fuzz_NAME.c with LLVMFuzzerTestOneInput and
 * seeds in corpus/NAME. `make fuzz` links it with libFuzzer; `make check` with replay.c.
 *
 * FUZZ_HOLDS states what must be true whatever the bytes are: not crashing is the least of it.
 */
#ifndef MAILVAN_TESTS_FUZZ_H
#define MAILVAN_TESTS_FUZZ_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/base/buf.h"
#include "core/base/err.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define FUZZ_HOLDS(condition)                                                                                          \
	do {                                                                                                           \
		if (!(condition)) {                                                                                    \
			fprintf(stderr, "%s:%d: does not hold: %s\n", __FILE__, __LINE__, #condition);                 \
			abort();                                                                                       \
		}                                                                                                      \
	} while (0)

/* The first byte is no input, it chooses; 0 when there is none. */
static inline unsigned fuzz_choice(const uint8_t **data, size_t *size) {
	if (!*size)
		return 0;
	++*data, --*size;
	return (*data)[-1];
}

#define FUZZ_SINGLE 255 /* a choice: byte by byte */

/* The length of the next piece when size bytes come in pieces by this choice: 0 = as one, else 1 to 16 of them. */
static inline size_t fuzz_piece(unsigned choice, unsigned *round, size_t left) {
	if (choice == FUZZ_SINGLE)
		return left > 0;
	size_t n = choice ? (choice * 7 + ++*round * 13) % 16 + 1 : left;
	return n < left ? n : left;
}

/* An allocation of just these bytes, so that ASan sees a read beyond them. */
static inline char *fuzz_copy(const void *data, size_t size) {
	char *copy = malloc(size ? size : 1);
	FUZZ_HOLDS(copy);
	if (size)
		memcpy(copy, data, size);
	return copy;
}

/* The same, NUL-terminated and without another NUL in it. */
static inline char *fuzz_string(const uint8_t *data, size_t size) {
	char *s = malloc(size + 1);
	FUZZ_HOLDS(s);
	for (size_t i = 0; i < size; i++)
		s[i] = data[i] ? (char)data[i] : '0';
	s[size] = '\0';
	return s;
}

/* What reaches a person: no control bytes, and it ends inside its array. */
static inline void fuzz_is_clean(const char *text, size_t size) {
	size_t n = strnlen(text, size);
	FUZZ_HOLDS(n < size);
	for (size_t i = 0; i < n; i++)
		FUZZ_HOLDS((unsigned char)text[i] >= ' ' && text[i] != 0x7F);
}

/* An error that was given says what it is. */
static inline void fuzz_is_error(const struct err *e) {
	FUZZ_HOLDS(e->cat > ERR_NONE && e->cat < ERR_CAT_COUNT);
	FUZZ_HOLDS(e->text[0]);
	fuzz_is_clean(e->text, sizeof e->text);
}

#endif
