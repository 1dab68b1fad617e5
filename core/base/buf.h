/* SPDX-License-Identifier: MIT
 *
 * buf.h - a growable byte buffer with a hard maximum. Low-level: knows nothing else.
 *
 * A buffer never grows past `max`. When it would, or when memory runs out, the
 * call returns false and `failed` stays set, so that a run of puts needs one
 * check at its end. data is NUL-terminated whenever len > 0 or data != NULL
 * (the NUL is not counted). The zero struct plus a max is a valid buffer.
 */
#ifndef MAILVAN_BASE_BUF_H
#define MAILVAN_BASE_BUF_H

#include <stdbool.h>
#include <stddef.h>

struct buf {
	char *data;
	size_t len, cap, max;
	bool failed;
};

void buf_init(struct buf *b, size_t max);
void buf_free(struct buf *b);  /* releases memory; keeps max */
void buf_reset(struct buf *b); /* len = 0, failed = false; keeps memory */
bool buf_put(struct buf *b, const void *data, size_t n);
bool buf_puts(struct buf *b, const char *s);
bool buf_putc(struct buf *b, char c);
bool buf_printf(struct buf *b, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
/* Make room for n more bytes and return where they go (NULL on failure); then buf_added(). */
char *buf_room(struct buf *b, size_t n);
void buf_added(struct buf *b, size_t n);
void buf_drop(struct buf *b, size_t n); /* forget the first n bytes */

#endif
