/* SPDX-License-Identifier: MIT
 *
 * pop3.h - a POP3 maildrop (RFC 1939, 2449, 2595, 5034) as a source of mail.
 *
 * One folder, INBOX; no flags, no dates, no UIDs: messages are known by UIDL, and within a
 * session by number. Reading changes nothing that POP3 has a command for: DELE and RSET cannot be
 * sent. What servers do on their own stays theirs: Dovecot sets \Seen on RETR, and Gmail takes
 * messages that were retrieved off its POP list when the session ends with QUIT.
 *
 * uidl of a scan_item is the server's, except
 *	"h:" ident_header in 16 hex digits ":" LIST size
 *			the server has no UIDL, or a blank one for this message
 *	"n:" number ":" LIST size
 *			the same, and neither TOP nor RETR gives its header; its fetch will name the reason
 *	"x:" 32 hex digits
 *			BLAKE2b of a UIDL that is longer than UIDL_MAX or holds other than printable ASCII
 */
#ifndef MAILVAN_MAIL_POP3_POP3_H
#define MAILVAN_MAIL_POP3_POP3_H

#include "core/mail/source.h"

/* Connect and log in, once: with a bearer AUTH XOAUTH2; else AUTH PLAIN where offered; else
 * USER and PASS (not when ep->authzid is set: they would open the admin's own mailbox).
 * Never APOP or CRAM-MD5. In clear text only when the endpoint says SEC_NONE. */
struct source *pop3_source_open(const struct mail_context *ctx, const struct endpoint *ep, struct err *e);

#endif
