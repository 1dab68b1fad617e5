/* SPDX-License-Identifier: MIT
 *
 * fetch_item.h - what one FETCH response says, whatever the order of its parts.
 */
#ifndef MAILVAN_MAIL_IMAP_FETCH_ITEM_H
#define MAILVAN_MAIL_IMAP_FETCH_ITEM_H

#include "core/mail/imap/flags.h"

struct fetch_item {
	uint32_t uid; /* 0 = not said */
	bool has_flags, has_date, has_size; /* the word was there, readable or not */
	struct flag_list flags;
	struct mail_date date;
	uint64_t size; /* UINT64_MAX when not said or not a number (Exchange: 9.3e+06) */
	uint64_t gm_msgid;
	const struct token *header; /* value of BODY[HEADER.FIELDS ...], NULL = not there */
	const struct token *body;   /* value of BODY[] */
};

/* Is l "* n FETCH ("? */
bool is_fetch(const struct line *l);
void fetch_item_read(struct fetch_item *out, const struct line *l);
/* The UID among the tokens so far, 0 when none. */
uint32_t fetch_uid(const struct line *l);
/* Is the whole of l names and values, with one UID at most, and closed? When it is not so behind a literal, the
 * literal had another length than was said, and its bytes are not the message. */
bool fetch_is_whole(const struct line *l);
/* Is the last token the name BODY[], so that a literal now is the message? */
bool at_body(const struct line *l);
/* item's strings stay borrowed from f. */
void fetch_item_as_scan(const struct fetch_item *f, struct scan_item *item);

#endif
