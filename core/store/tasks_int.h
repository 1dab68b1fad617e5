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

/* SQL: has the item of that alias been taken back by another that stands? */
#define TAKEN_BACK(item)                                                                                               \
	"EXISTS (SELECT 1 FROM task tu JOIN task_item ui ON ui.task = tu.id WHERE tu.undoes > 0 AND tu.undoes = " item \
	".task AND ui.takes_back = " item ".n AND ui.state IN (2, 3) AND NOT EXISTS (SELECT 1 FROM task tv"            \
	" JOIN task_item vi ON vi.task = tv.id WHERE tv.undoes > 0 AND tv.undoes = ui.task AND vi.takes_back = ui.n"   \
	" AND vi.state IN (2, 3)))"

#endif
