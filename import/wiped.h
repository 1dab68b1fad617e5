/* SPDX-License-Identifier: MIT
 *
 * wiped.h - memory for text that holds passwords: zeroed whenever it is freed or moved.
 */
#ifndef MAILVAN_IMPORT_WIPED_H
#define MAILVAN_IMPORT_WIPED_H

#include <stdbool.h>
#include <stddef.h>

/* As realloc and free. Capacity grows by half at least, because libcsv asks for 128 bytes more at
 * a time. NULL when memory runs out (p stays valid). */
void *wiped_realloc(void *p, size_t size);
void wiped_free(void *p);

/* Many small strings, freed together. The zero struct is empty. */
struct arena {
	struct arena_block *last;
	size_t used;
};

/* A NUL-terminated copy that lives as long as the arena; NULL when memory runs out. */
char *arena_put(struct arena *a, const char *data, size_t n);
void arena_free(struct arena *a);

#endif
