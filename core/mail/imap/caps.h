/* SPDX-License-Identifier: MIT
 *
 * caps.h - the capabilities that mailvan makes use of, as bits.
 */
#ifndef MAILVAN_MAIL_IMAP_CAPS_H
#define MAILVAN_MAIL_IMAP_CAPS_H

#include "core/mail/imap/line.h"

/* CAP(symbol, "name as announced") */
#define IMAP_CAPS(CAP) \
	CAP(LITERAL_PLUS, "LITERAL+") \
	CAP(LITERAL_MINUS, "LITERAL-") \
	CAP(MULTIAPPEND, "MULTIAPPEND") \
	CAP(UIDPLUS, "UIDPLUS") \
	CAP(MOVE, "MOVE") \
	CAP(LIST_EXTENDED, "LIST-EXTENDED") \
	CAP(LIST_STATUS, "LIST-STATUS") \
	CAP(SPECIAL_USE, "SPECIAL-USE") \
	CAP(NAMESPACE, "NAMESPACE") \
	CAP(ID, "ID") \
	CAP(CONDSTORE, "CONDSTORE") \
	CAP(GMAIL, "X-GM-EXT-1") \
	CAP(SASL_IR, "SASL-IR") \
	CAP(AUTH_PLAIN, "AUTH=PLAIN") \
	CAP(AUTH_XOAUTH2, "AUTH=XOAUTH2") \
	CAP(AUTH_OAUTHBEARER, "AUTH=OAUTHBEARER") \
	CAP(LOGINDISABLED, "LOGINDISABLED") \
	CAP(ACL, "ACL") \
	CAP(QUOTA, "QUOTA")

enum imap_cap_index {
#define CAP(sym, name) IMAP_CAP_INDEX_##sym,
	IMAP_CAPS(CAP)
#undef CAP
};

enum imap_cap {
#define CAP(sym, name) IMAP_##sym = 1 << IMAP_CAP_INDEX_##sym,
	IMAP_CAPS(CAP)
#undef CAP
};

struct caps {
	uint32_t bits;	       /* enum imap_cap */
	uint64_t append_limit; /* APPENDLIMIT=n (RFC 7889), 0 = not said */
};

/* Read the words of line l from token i up to end (of a CAPABILITY response or code). */
void caps_read(struct caps *c, const struct line *l, uint32_t i, uint32_t end);

#endif
