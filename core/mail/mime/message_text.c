/* SPDX-License-Identifier: MIT
 *
 * message_text.c - see message_text.h.
 */
#include "core/mail/mime/message_text.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

bool message_text_read(const struct message_text *t, uint64_t at, char *to, size_t n, struct err *e) {
	if (at > t->size || n > t->size - at)
		return err_set(e, ERR_LOCAL_DISK, "A message ends before its end");
	if (t->data) {
		if (n)
			memcpy(to, t->data + at, n);
		return true;
	}
	while (n > 0) {
		ssize_t got = pread(t->fd, to, n, (off_t)at);
		if (got < 0 && errno == EINTR)
			continue;
		if (got < 0)
			return err_errno(e, ERR_LOCAL_DISK,
					 "Cannot read back a large message from the project directory");
		if (got == 0)
			return err_set(e, ERR_LOCAL_DISK, "A file of the project directory was cut short");
		to += got;
		at += (uint64_t)got;
		n -= (size_t)got;
	}
	return true;
}

bool message_text_each(const struct message_text *t, uint64_t from, uint64_t to, message_piece_fn *fn, void *arg,
		       struct err *e) {
	char *piece = t->data ? NULL : malloc(MESSAGE_PIECE);
	bool ok = t->data || piece || err_nomem(e);
	while (ok && from < to) {
		size_t n = to - from < MESSAGE_PIECE ? (size_t)(to - from) : MESSAGE_PIECE;
		ok = t->data ? fn(arg, t->data + from, n, e)
			     : message_text_read(t, from, piece, n, e) && fn(arg, piece, n, e);
		from += n;
	}
	free(piece);
	return ok;
}

bool message_sink_puts(const struct message_sink *to, const char *s, struct err *e) {
	return to->put(to->arg, s, strlen(s), e);
}
