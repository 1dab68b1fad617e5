/* SPDX-License-Identifier: MIT
 *
 * task_run.h - carries out tasks: claims, reads items, asks the directory, writes results.
 */
#ifndef MAILVAN_ADMIN_TASK_RUN_H
#define MAILVAN_ADMIN_TASK_RUN_H

#include "core/admin/directory.h"
#include "core/store/tasks.h"

struct task_runner {
	struct store *store;
	struct net *net;
	const struct stop *stop;
	struct log *log;
};
/* Runs that task (0: whatever is queued, until nothing is) in this thread. True also when tasks failed: their rows say
 * so. False: the store cannot be used. */
bool task_run(const struct task_runner *r, int64_t only, struct err *e);
/* Adds a task that takes back what a done task did. *count: items; 0 = nothing to take back (no task is added). */
bool task_undo(struct store *s, int64_t task, const char *who, int64_t *id, uint64_t *count, struct err *e);
/* Starts `EXE --project DIR task run` detached when tasks are open and nobody runs them. */
bool task_start_detached(struct store *s, const char *exe, struct err *e);

#endif
