/* SPDX-License-Identifier: MIT
 *
 * permissions.h - a CSV of permissions: who shall have which right on which mailbox.
 *
 * Columns: Mailbox, Trustee, FullAccess, SendAs, SendOnBehalf (yes: grant, no: revoke, empty or "-": leave it),
 * AutoMapping (of a Full Access that is granted; yes unless it says no). It is what `permission export` writes.
 */
#ifndef MAILVAN_IMPORT_PERMISSIONS_H
#define MAILVAN_IMPORT_PERMISSIONS_H

#include "import/table.h"

enum permission_wish { PERMISSION_LEAVE, PERMISSION_GRANT, PERMISSION_REVOKE };

struct permission_wishes {
	const char *mailbox, *trustee; /* borrowed from the result */
	enum permission_wish right[3]; /* Full Access, Send As, Send on Behalf: enum permission_right */
	bool auto_mapping;
	unsigned line;
};

/* As import_table: false only when the file cannot be read at all. Free with import_table_free, always. */
bool import_permissions(const char *path, struct import_table_result *out, struct err *e);
/* Row i < out->count; false for a bad one. */
bool import_permission(const struct import_table_result *r, size_t i, struct permission_wishes *out);

#endif
