/* SPDX-License-Identifier: MIT
 *
 * ident.h - the fingerprints by which a message is known again.
 *
 * ident_header: Message-ID, Date, From, Subject and the first (topmost) Received, in that
 * order whatever their order in the text, normalised as reference/correctness.md 1.3
 * (dsync v4) says: unfolded, runs of control or 8-bit bytes (or X, for Cyrus) become one '?', blanks and tabs
 * dropped, and the domain of the Message-ID too, so that Dovecot, Zimbra, Yahoo, Cyrus and Domino give equal values for
 * equal messages.
 * Gives the same value for a whole message, its header, or the HEADER.FIELDS subset of it, whichever of them is cut at
 * HEADER_KEEP_MAX: of these fields alone no more than that counts.
 *
 * ident_body: the whole message with CRLF, LF and lone CR as one kind of line end, trailing
 * line ends dropped and NUL as 0x80 (Dovecot's rewrite), streaming.
 */
#ifndef MAILVAN_MAIL_MIME_IDENT_H
#define MAILVAN_MAIL_MIME_IDENT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/base/date.h"
#include "core/base/hash.h"

struct header_ident {
	uint64_t hash;
	bool has_message_id; /* a non-empty Message-ID was there */
};

/* text may be a whole message or a part of its header; n bytes; headers end at the first empty line. */
void ident_header(const char *text, size_t n, struct header_ident *out);

struct body_hasher {
	struct digest d;
	unsigned newlines; /* held back: they count only when something follows */
	bool cr;
};
/* As digest_begin: all zero before the first, dropped after the last. */
void ident_body_begin(struct body_hasher *b, const struct digest_key *key);
void ident_body_add(struct body_hasher *b, const char *p, size_t n);
void ident_body_end(struct body_hasher *b, struct hash *out);
void ident_body_drop(struct body_hasher *b);

/* So many bytes of a header are kept at least, wherever one is read: everything that ident_header, the report (subject,
 * from, date) and header_arrival_date need. More than servers take (Postfix 100 KiB, Exchange 256): where one way to
 * read a message ends before a field that another way still sees, it has two fingerprints. */
#define HEADER_KEEP_MAX (512 * 1024)

/* When a message without INTERNALDATE arrived (POP3): topmost plausible Received, else Date. */
bool header_arrival_date(const char *header, size_t n, int64_t now_unix_s, struct mail_date *out);
/* Decoded (RFC 2047), sanitised, cut to size; "" when absent. For naming failures to people. */
void header_field_text(const char *header, size_t n, const char *field, char *dst, size_t size);

#endif
