/* SPDX-License-Identifier: MIT
 *
 * task_follow.h - a task seen through to its end in the foreground.
 */
#ifndef MAILVAN_CLI_TASK_FOLLOW_H
#define MAILVAN_CLI_TASK_FOLLOW_H

#include "tui/cli/cli.h"

/* Inside with_signals. Carries the task out here, or waits while another process does; says on c->err how it ended
 * unless that was well, and fills *t. Returns the exit code. */
int task_wait(struct cli *c, struct store *s, int64_t task, struct task_row *t);
/* The same, and prints what became of its items, or of the list that it read. */
int task_see_through(struct cli *c, struct store *s, int64_t task);
/* Runs that task (0: all that are queued) in this process until it ends or c->stop. False: the store cannot be used. */
bool task_run_here(struct cli *c, struct store *s, int64_t task, struct err *e);

#endif
