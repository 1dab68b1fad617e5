/* SPDX-License-Identifier: MIT
 *
 * wiped.c - each block carries its capacity in front, so that it can be zeroed.
 */
#include "import/wiped.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sodium/utils.h>

/* As large as the strictest alignment, so that what follows is aligned too. */
union header {
	size_t cap;
	max_align_t align;
};

void wiped_free(void *p) {
	if (!p)
		return;
	union header *h = (union header *)p - 1;
	sodium_memzero(p, h->cap);
	free(h);
}

void *wiped_realloc(void *p, size_t size) {
	size_t old = p ? ((union header *)p - 1)->cap : 0;
	if (p && size <= old)
		return p;
	if (size > SIZE_MAX / 4)
		return NULL;
	size_t cap = size > old + old / 2 ? size : old + old / 2;
	union header *h = malloc(sizeof *h + cap);
	if (!h)
		return NULL;
	h->cap = cap;
	if (p)
		memcpy(h + 1, p, old);
	wiped_free(p);
	return h + 1;
}

#define ARENA_BLOCK ((size_t)256 << 10)

struct arena_block {
	struct arena_block *previous;
	size_t size;
	char data[];
};

char *arena_put(struct arena *a, const char *data, size_t n) {
	if (!a->last || a->last->size - a->used <= n) {
		size_t size = n + 1 > ARENA_BLOCK ? n + 1 : ARENA_BLOCK;
		struct arena_block *b = wiped_realloc(NULL, sizeof *b + size);
		if (!b)
			return NULL;
		b->previous = a->last;
		b->size = size;
		a->last = b;
		a->used = 0;
	}
	char *to = a->last->data + a->used;
	if (n)
		memcpy(to, data, n);
	to[n] = '\0';
	a->used += n + 1;
	return to;
}

void arena_free(struct arena *a) {
	for (struct arena_block *b = a->last; b;) {
		struct arena_block *previous = b->previous;
		wiped_free(b);
		b = previous;
	}
	*a = (struct arena){ 0 };
}
