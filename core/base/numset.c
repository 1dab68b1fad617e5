/* SPDX-License-Identifier: MIT
 *
 * numset.c - words of 64 numbers, those without any left out.
 */
#include "core/base/numset.h"

#include <stdlib.h>
#include <string.h>

/* The first word that is not below. */
static size_t place_of(const struct numset *s, uint32_t word) {
	size_t low = 0, high = s->count;
	if (!high || s->at[high - 1].word < word)
		return high; /* ascending */
	while (low < high) {
		size_t middle = low + (high - low) / 2;
		if (s->at[middle].word < word)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

static uint64_t bit_of(uint32_t number) {
	return (uint64_t)1 << (number % 64);
}

static bool grow(struct numset *s, struct err *e) {
	if (s->count < s->cap)
		return true;
	size_t cap = s->cap ? s->cap * 2 : 64;
	struct numset_word *at = cap > NUMSET_WORDS_MAX ? NULL : realloc(s->at, cap * sizeof *at);
	if (!at)
		return err_nomem(e);
	s->at = at;
	s->cap = cap;
	return true;
}

bool numset_add(struct numset *s, uint32_t number, bool *fresh, struct err *e) {
	size_t i = place_of(s, number / 64);
	if (i == s->count || s->at[i].word != number / 64) {
		if (!grow(s, e))
			return false;
		memmove(s->at + i + 1, s->at + i, (s->count - i) * sizeof *s->at);
		s->at[i] = (struct numset_word){ .word = number / 64 };
		s->count++;
	}
	*fresh = !(s->at[i].bits & bit_of(number));
	s->at[i].bits |= bit_of(number);
	return true;
}

bool numset_take(struct numset *s, uint32_t number) {
	size_t i = place_of(s, number / 64);
	if (i == s->count || s->at[i].word != number / 64 || !(s->at[i].bits & bit_of(number)))
		return false;
	s->at[i].bits &= ~bit_of(number);
	return true;
}

bool numset_next(const struct numset *s, uint64_t *from, uint32_t *number) {
	if (*from > UINT32_MAX)
		return false;
	for (size_t i = place_of(s, (uint32_t)(*from / 64)); i < s->count; i++)
		for (uint32_t bit = 0; bit < 64; bit++) {
			uint32_t n = s->at[i].word * 64 + bit;
			if (n < *from || !(s->at[i].bits & bit_of(n)))
				continue;
			*number = n;
			*from = (uint64_t)n + 1;
			return true;
		}
	return false;
}

void numset_clear(struct numset *s) {
	s->count = 0;
}

void numset_free(struct numset *s) {
	free(s->at);
	*s = (struct numset){ 0 };
}
