/* SPDX-License-Identifier: MIT
 *
 * acl_box.h - internal to core/admin/acl: one mailbox of the project, opened at its target, and its folders.
 */
#ifndef MAILVAN_ADMIN_ACL_BOX_H
#define MAILVAN_ADMIN_ACL_BOX_H

#include "core/admin/acl/acl.h"
#include "core/mail/imap/acl.h"

#define ACL_FOLDERS_MAX 20000

struct acl_box {
	struct endpoint ep;
	struct mail_context mail; /* the session borrows it */
	struct imap_session session;
	bool open;
	char **wires; /* folders that can be selected */
	size_t n;
};

/* name: the mailbox at its target or its source, as the project's list has it. Connects, logs in, lists folders. False:
 * e (NO_MAILBOX when the project has none of that name); close anyway. */
bool acl_box_open(struct acl_box *b, const struct directory_context *ctx, const char *name, struct err *e);
void acl_box_close(struct acl_box *b);
/* What identifier may in this folder; "" = it has no entry. Letters in their order in the standard. */
bool acl_box_rights(struct acl_box *b, size_t folder, const char *identifier, char rights[ACL_RIGHTS_MAX],
		    struct err *e);
/* Is that the mailbox' own user? */
bool acl_box_is_owner(const struct acl_box *b, const char *identifier);
/* Has it all the letters of ACL_FULL? */
bool acl_is_full(const char *rights);

#endif
