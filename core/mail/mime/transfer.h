/* SPDX-License-Identifier: MIT
 *
 * transfer.h - writes a body in a transfer encoding (RFC 2045 section 6), piece by piece.
 *
 * REFOLD_*: it is in that encoding already, but its lines are too long or hold bytes that do not belong there.
 */
#ifndef MAILVAN_MAIL_MIME_TRANSFER_H
#define MAILVAN_MAIL_MIME_TRANSFER_H

#include "core/mail/mime/message_text.h"

enum transfer_kind { TRANSFER_BASE64, TRANSFER_QP, TRANSFER_REFOLD_BASE64, TRANSFER_REFOLD_QP };

struct transfer {
	const struct message_sink *to;
	enum transfer_kind kind;
	unsigned char held[3]; /* BASE64: bytes that do not make a group yet; QP: the one before this */
	unsigned held_count;
	unsigned column;
	char out[1024];
	size_t used;
};

void transfer_begin(struct transfer *t, enum transfer_kind kind, const struct message_sink *to);
bool transfer_add(struct transfer *t, const char *p, size_t n, struct err *e);
/* The last line has no line end unless the body ended with one (QP). */
bool transfer_end(struct transfer *t, struct err *e);

#endif
