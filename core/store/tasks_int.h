/* SPDX-License-Identifier: MIT
 *
 * tasks_int.h - what the files of tasks.h share.
 */
#ifndef MAILVAN_STORE_TASKS_INT_H
#define MAILVAN_STORE_TASKS_INT_H

#include "core/store/db.h"
#include "core/store/tasks.h"

/* before and after may be NULL. The tenant is the task's. */
struct audit_line {
	int64_t task;
	const char *who, *action, *target, *args, *outcome, *text, *before, *after, *request_id;
};
bool task_audit(struct db *db, const struct audit_line *l, struct err *e);

#endif
