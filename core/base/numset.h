/* SPDX-License-Identifier: MIT
 *
 * numset.h - a set of 32-bit numbers that lie close together, as the UIDs of a folder do: 16 bytes for up to 64
 * neighbours.
 */
#ifndef MAILVAN_BASE_NUMSET_H
#define MAILVAN_BASE_NUMSET_H

#include "core/base/err.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct numset_word {
	uint64_t bits;
	uint32_t word; /* number / 64 */
};
struct numset {			/* all zero: empty */
	struct numset_word *at; /* ascending */
	size_t count, cap;
};

/* Cheap in ascending order; any other moves what lies above. *fresh: it was not in it. False: no memory, or more than
 * NUMSET_WORDS_MAX words. */
#define NUMSET_WORDS_MAX (16u << 20)
bool numset_add(struct numset *s, uint32_t number, bool *fresh, struct err *e);
bool numset_take(struct numset *s, uint32_t number); /* out of it; false: it is not in it */
/* The lowest one that is *from or above: *from goes behind it. False: there is none. Begin with 0. */
bool numset_next(const struct numset *s, uint64_t *from, uint32_t *number);
void numset_clear(struct numset *s); /* keeps the memory */
void numset_free(struct numset *s);

#endif
