/* SPDX-License-Identifier: MIT
 *
 * flags.h - flag lists between the wire and struct scan_item.
 */
#ifndef MAILVAN_MAIL_IMAP_FLAGS_H
#define MAILVAN_MAIL_IMAP_FLAGS_H

#include "core/base/buf.h"
#include "core/mail/imap/line.h"
#include "core/model/message.h"

struct flag_list {
	uint32_t system;	     /* enum msg_flag */
	bool any;		     /* \* was in it */
	char keywords[KEYWORDS_MAX]; /* sorted, joined by one blank; what does not fit is left out */
};

/* The list at token i of l; keywords that are no atoms and \Recent are left out. */
void flags_read(struct flag_list *out, const struct line *l, uint32_t i);
/* " (\Seen keyword ...)"; false when a keyword is not an atom or the buffer is full. */
bool flags_write(struct buf *b, uint32_t system, const char *keywords);

#endif
