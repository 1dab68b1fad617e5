/* SPDX-License-Identifier: MIT
 *
 * permission_plan.h - one right of one trustee on one mailbox, as an item of a plan.
 */
#ifndef MAILVAN_TUI_PERMISSION_PLAN_H
#define MAILVAN_TUI_PERMISSION_PLAN_H

#include "tui/model/task_plan.h"

/* right: index in permission_rights (cli/permission_import.h). auto_mapping counts for a Full Access that is granted.
 */
bool permission_plan_add(struct task_plan *p, size_t right, bool grant, const char *mailbox, const char *trustee,
			 bool auto_mapping, struct err *e);

#endif
