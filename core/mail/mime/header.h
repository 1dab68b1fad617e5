/* SPDX-License-Identifier: MIT
 *
 * header.h - walks the fields of a message header without copying (RFC 5322 2.2, 3.6).
 *
 * Pointers in a field point into the caller's text. Lines end in LF with any number of CRs
 * before it: a message that was converted twice has CR CR LF everywhere, and Courier
 * ends a header at a line of just CR CR. A line that is no field (no colon, an mbox "From "
 * line, a name with blanks inside or 8-bit bytes) is left out with its continuations, as Yahoo does.
 */
#ifndef MAILVAN_MAIL_MIME_HEADER_H
#define MAILVAN_MAIL_MIME_HEADER_H

#include <stdbool.h>
#include <stddef.h>

struct header_field {
	const char *name; /* without the blanks that may stand before the colon */
	size_t name_len;
	const char *value; /* raw: still folded, without the last line end */
	size_t value_len;
};

struct header_scan {
	const char *p, *end;
};

/* text may be a whole message or a part of its header. */
void header_scan_begin(struct header_scan *s, const char *text, size_t n);
/* false at the first empty line or the end of the text; then it stays false. */
bool header_scan_next(struct header_scan *s, struct header_field *f);
/* name in lower case; compared without case. */
bool header_field_named(const struct header_field *f, const char *name);

#endif
