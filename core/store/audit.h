/* SPDX-License-Identifier: MIT
 *
 * audit.h - a line of the audit list for what is not an item of a task: a secret of the tenant that somebody looked at.
 */
#ifndef MAILVAN_STORE_AUDIT_H
#define MAILVAN_STORE_AUDIT_H

#include "core/store/store.h"

/* action: "device-recovery-password"; outcome: "Done" or "Failed"; text: what happened, never the secret. FULL. */
bool audit_note(struct store *s, int64_t tenant, const char *who, const char *action, const char *target,
		const char *outcome, const char *text, struct err *e);

#endif
