/* SPDX-License-Identifier: MIT
 *
 * repair_int.h - what the files of the repair ladder share.
 */
#ifndef MAILVAN_MAIL_MIME_REPAIR_INT_H
#define MAILVAN_MAIL_MIME_REPAIR_INT_H

#include "core/base/buf.h"
#include "core/mail/mime/header.h"
#include "core/mail/mime/parts.h"
#include "core/mail/mime/repair.h"

struct repair {
	const struct message_text *in;
	struct parts parts; /* of in */
	struct mail_date arrived;
	const struct message_sink *out;
	bool *changed;
};

/* Each decides first whether it has anything to do. */
bool repair_lines(struct repair *r, struct err *e);
bool repair_headers(struct repair *r, struct err *e);
bool repair_fields(struct repair *r, struct err *e);
/* which: REPAIR_NUL encodes leaves that hold NUL, REPAIR_BODY every leaf that is not plain 7-bit. */
bool repair_bodies(struct repair *r, enum repair_rung which, struct err *e);
bool repair_wrap(struct repair *r, struct err *e);

/* The header of the message itself into b; *known false when it is too long to be held. */
bool repair_header(struct repair *r, struct buf *b, bool *known, struct err *e);
bool repair_put(struct repair *r, const struct buf *b, struct err *e);
/* The bytes from..to of the message as they are. */
bool repair_copy(struct repair *r, uint64_t from, uint64_t to, struct err *e);

/* words_encode.c */
bool needs_encoding(const char *p, size_t n); /* 8-bit or control bytes other than TAB, CR, LF */
/* The bytes as encoded words (RFC 2047), folded where they are several. charset: of bytes that are no UTF-8. */
void words_encode(struct buf *out, const char *charset, const char *p, size_t n);
/* A field value whose foreign bytes became encoded words. parameters: of a MIME field, where quotes must stay. */
void encode_unstructured(struct buf *out, const char *charset, const char *v, size_t n);
void encode_structured(struct buf *out, const char *charset, const char *v, size_t n, bool parameters);

/* header_lines.c */
/* The line at *p without its line end; *p moves behind it. */
struct header_line {
	const char *text;
	size_t len, name_len; /* name_len 0: not the first line of a field */
	const char *value;    /* behind the colon */
	size_t value_len;
	bool fold; /* begins with a blank */
};
bool header_line_next(const char **p, const char *end, struct header_line *l);
bool header_line_named(const struct header_line *l, const char *name);
/* Appends the text with its long lines folded at blanks. */
void fold_lines(struct buf *out, const char *p, size_t n);
/* "12 Mar 2020 10:00:00 +0000" (RFC 5322 3.3) */
void date_field(struct buf *out, const struct mail_date *d);
#define UNKNOWN_SENDER "Unknown sender <unknown@unknown.invalid>"

#endif
