/* SPDX-License-Identifier: MIT
 *
 * task_group.h - internal to core/admin: some items of a task on their way together, from what the store has of them to
 * their results.
 */
#ifndef MAILVAN_ADMIN_TASK_GROUP_H
#define MAILVAN_ADMIN_TASK_GROUP_H

#include "core/admin/directory.h"
#include "core/store/tasks.h"

#define TASK_GROUP_MAX 20

struct task_group {
	struct store *store;
	int64_t task;
	enum change_verb verb;
	struct item_row items[TASK_GROUP_MAX];
	json_t *args[TASK_GROUP_MAX], *before[TASK_GROUP_MAX], *now[TASK_GROUP_MAX];
	struct change changes[TASK_GROUP_MAX];
	struct change_result results[TASK_GROUP_MAX];
	size_t n;
};

/* DONE: every item has a result, or goes back to the queue and may be sent at once. LOST: it is not known what became
 * of some, which are Sent; another try looks at them first. END: no other item would fare better now; why says so.
 * BROKEN: the store could not be used (why). */
enum group_end { GROUP_DONE, GROUP_LOST, GROUP_END, GROUP_BROKEN };

/* Takes the next items of the task; n = 0: there are none left. False: the store could not be used. */
bool task_group_next(struct task_group *g, struct directory *d, struct err *e);
/* Looks at them, marks them as sent, has them carried out and writes what became of them. */
enum group_end task_group_run(struct task_group *g, struct directory *d, struct err *why);
/* Everything but store and task. */
void task_group_clear(struct task_group *g);

#endif
