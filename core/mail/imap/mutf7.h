/* SPDX-License-Identifier: MIT
 *
 * mutf7.h - modified UTF-7 of mailbox names (RFC 3501 5.1.3), strictly.
 */
#ifndef MAILVAN_MAIL_IMAP_MUTF7_H
#define MAILVAN_MAIL_IMAP_MUTF7_H

#include <stdbool.h>
#include <stddef.h>

/* false when the text is not valid or would not re-encode to the same bytes (then it
 * must stay opaque: design 5.10), or does not fit. dst is UTF-8, NUL-terminated, not sanitised. */
bool mutf7_decode(char *dst, size_t size, const char *src, size_t n);
/* false when src is not valid UTF-8 or the result does not fit. */
bool mutf7_encode(char *dst, size_t size, const char *src, size_t n);

#endif
