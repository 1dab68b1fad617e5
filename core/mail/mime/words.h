/* SPDX-License-Identifier: MIT
 *
 * words.h - encoded words of RFC 2047, for showing a header field to a person.
 */
#ifndef MAILVAN_MAIL_MIME_WORDS_H
#define MAILVAN_MAIL_MIME_WORDS_H

#include "core/base/buf.h"

/* Appends the n bytes of an unfolded header value to out, encoded words turned into UTF-8.
 * What cannot be decoded (unknown charset or encoding) is appended as it stands. The result
 * is foreign text still: sanitise it. out's maximum bounds it. */
void words_decode(struct buf *out, const char *value, size_t n);

#endif
