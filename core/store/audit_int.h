/* SPDX-License-Identifier: MIT
 *
 * audit_int.h - the same as audit.h for an operation of the store: the line goes in the transaction of what it tells.
 */
#ifndef MAILVAN_STORE_AUDIT_INT_H
#define MAILVAN_STORE_AUDIT_INT_H

#include "core/store/db.h"

struct audit_entry {
	int64_t tenant;
	const char *who, *action, *target, *outcome, *text;
};
bool audit_note_put(struct db *db, const struct audit_entry *n, struct err *e);

#endif
