/* SPDX-License-Identifier: MIT
 *
 * acl.h - the other directory: permissions of an ordinary IMAP server by RFC 4314.
 *
 * Its mailboxes are those of the project at their targets, opened with the logins that the project has for them. Full
 * Access is a set of rights on every folder; there is no Send As and no Send on Behalf. What was there before is kept
 * folder by folder, so that undo puts exactly that back.
 */
#ifndef MAILVAN_ADMIN_ACL_H
#define MAILVAN_ADMIN_ACL_H

#include "core/admin/directory.h"

/* What Full Access means: everything but handing the access on (exchange-wire.md E.4, RFC 4314 section 4). */
#define ACL_FULL "lrswipkxte"

/* Connects when the first mailbox is asked for. NULL with e. */
struct directory *acl_open(const struct directory_context *ctx, struct err *e);

/* Is this what the look of this directory has noted? */
bool acl_has_seen(const json_t *before);
/* As change_inverse. */
int acl_inverse(const struct change *c, const json_t *before, struct change_inverse *out, struct err *e);

#endif
