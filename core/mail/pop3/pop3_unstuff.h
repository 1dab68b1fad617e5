/* SPDX-License-Identifier: MIT
 *
 * pop3_unstuff.h - the body of a multi-line reply, byte-exact and streaming (RFC 1939 section 3).
 *
 * A pure function of the bytes: any chunking gives the same output. A line that starts with a dot
 * loses it; a line that is only a dot ends the body. Lines end in CRLF, so "LF dot" inside a
 * message is content. Only where the server itself ends its lines in a bare LF (lf_only) does LF count.
 * The CRLF before the final dot belongs to the message, also where the server added it.
 */
#ifndef MAILVAN_MAIL_POP3_UNSTUFF_H
#define MAILVAN_MAIL_POP3_UNSTUFF_H

#include <stdbool.h>
#include <stddef.h>

#include "core/base/err.h"

struct pop3_unstuff {
	enum { UNSTUFF_LINE_START, UNSTUFF_TEXT, UNSTUFF_CR, UNSTUFF_DOT, UNSTUFF_DOT_CR } state;
	bool lf_only;
};

typedef bool pop3_data_fn(void *arg, const char *p, size_t n, struct err *e);

void pop3_unstuff_begin(struct pop3_unstuff *u, bool lf_only);
/* Takes up to n bytes; *used tells how many, *done that the end was among them (what follows is
 * the next reply). False only when fn returned false. */
bool pop3_unstuff_add(struct pop3_unstuff *u, const char *p, size_t n, size_t *used, bool *done, pop3_data_fn *fn,
		      void *arg, struct err *e);

#endif
