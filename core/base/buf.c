/* SPDX-License-Identifier: MIT
 *
 * buf.c - growth by doubling up to the maximum.
 */
#include "core/base/buf.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void buf_init(struct buf *b, size_t max) { *b = (struct buf){ .max = max }; }

void buf_free(struct buf *b) {
	free(b->data);
	*b = (struct buf){ .max = b->max };
}

void buf_reset(struct buf *b) {
	b->len = 0;
	b->failed = false;
	if (b->data)
		b->data[0] = '\0';
}

char *buf_room(struct buf *b, size_t n) {
	if (b->failed || n > b->max || b->len > b->max - n) {
		b->failed = true;
		return NULL;
	}
	size_t need = b->len + n + 1;
	if (need > b->cap) {
		size_t cap = b->cap ? b->cap : 256;
		while (cap < need)
			cap *= 2;
		if (cap > b->max + 1)
			cap = b->max + 1;
		char *p = realloc(b->data, cap);
		if (!p) {
			b->failed = true;
			return NULL;
		}
		b->data = p;
		b->cap = cap;
	}
	return b->data + b->len;
}

void buf_added(struct buf *b, size_t n) {
	b->len += n;
	b->data[b->len] = '\0';
}

bool buf_put(struct buf *b, const void *data, size_t n) {
	char *to = buf_room(b, n);
	if (!to)
		return false;
	if (n)
		memcpy(to, data, n);
	buf_added(b, n);
	return true;
}

bool buf_puts(struct buf *b, const char *s) { return buf_put(b, s, strlen(s)); }

bool buf_putc(struct buf *b, char c) { return buf_put(b, &c, 1); }

bool buf_printf(struct buf *b, const char *fmt, ...) {
	va_list ap;
	va_start(ap, fmt);
	int n = vsnprintf(NULL, 0, fmt, ap);
	va_end(ap);
	if (n < 0) {
		b->failed = true;
		return false;
	}
	char *to = buf_room(b, (size_t)n);
	if (!to)
		return false;
	va_start(ap, fmt);
	vsnprintf(to, (size_t)n + 1, fmt, ap);
	va_end(ap);
	buf_added(b, (size_t)n);
	return true;
}

void buf_drop(struct buf *b, size_t n) {
	if (n >= b->len) {
		b->len = 0;
	} else {
		memmove(b->data, b->data + n, b->len - n);
		b->len -= n;
	}
	if (b->data)
		b->data[b->len] = '\0';
}
