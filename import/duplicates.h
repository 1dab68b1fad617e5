/* SPDX-License-Identifier: MIT
 *
 * duplicates.h - which line said this first.
 */
#ifndef MAILVAN_IMPORT_DUPLICATES_H
#define MAILVAN_IMPORT_DUPLICATES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* A set of 128-bit keyed hashes with a value each; the zero struct is empty. The key is random, so
 * that no file can be written that makes it slow. */
struct duplicates {
	struct duplicate *slots;
	size_t cap, count;
	unsigned char key[16];
};

/* The value under which text is known, after adding it with this one when it is new. false: no memory. */
bool duplicates_first(struct duplicates *d, const char *text, size_t n, size_t value, size_t *first);
void duplicates_free(struct duplicates *d);

#endif
