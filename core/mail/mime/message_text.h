/* SPDX-License-Identifier: MIT
 *
 * message_text.h - a whole message that is read in pieces, in memory or in a file, and where a changed one goes.
 *
 * Nobody who uses this holds a message: what it takes does not depend on the message's size.
 */
#ifndef MAILVAN_MAIL_MIME_MESSAGE_TEXT_H
#define MAILVAN_MAIL_MIME_MESSAGE_TEXT_H

#include <stdint.h>

#include "core/base/err.h"

#include <stddef.h>

struct message_text {
	const char *data; /* NULL: it is in fd, from 0 on */
	int fd;
	uint64_t size;
};

/* Takes a piece; false (e) ends it all. */
typedef bool message_piece_fn(void *arg, const char *p, size_t n, struct err *e);

struct message_sink {
	message_piece_fn *put;
	void *arg;
};

/* Exactly n bytes; false (LOCAL_DISK) also when they are not there. */
bool message_text_read(const struct message_text *t, uint64_t at, char *to, size_t n, struct err *e);
/* The bytes from..to in pieces of at most MESSAGE_PIECE. With a sink's put and arg this copies. */
#define MESSAGE_PIECE (64u * 1024)
bool message_text_each(const struct message_text *t, uint64_t from, uint64_t to, message_piece_fn *fn, void *arg,
		       struct err *e);
bool message_sink_puts(const struct message_sink *to, const char *s, struct err *e);

#endif
