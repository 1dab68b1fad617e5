/* SPDX-License-Identifier: MIT
 *
 * acl.h - who may do what in a folder: RFC 4314, blocking commands of a target's session.
 */
#ifndef MAILVAN_MAIL_IMAP_ACL_H
#define MAILVAN_MAIL_IMAP_ACL_H

#include "core/mail/imap/session.h"

#define ACL_RIGHTS_MAX 64 /* letters; the standard has 11, servers add digits */

/* identifier: a user's name; with a leading '-' what is denied to him. rights: letters. Both NUL-terminated. */
typedef bool acl_fn(void *arg, const char *identifier, const char *rights, struct err *e);

/* INPUT when the server has no ACL extension. */
bool imap_acl_there(const struct imap_session *s, struct err *e);
bool imap_acl_get(struct imap_session *s, const char *wire, acl_fn *fn, void *arg, struct err *e);
/* rights "" takes the entry away (DELETEACL). */
bool imap_acl_set(struct imap_session *s, const char *wire, const char *identifier, const char *rights, struct err *e);

#endif
