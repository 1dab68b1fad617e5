/* SPDX-License-Identifier: MIT
 *
 * password_plan.h - passwords that are made here: in a plan, and on a sheet that is written once.
 */
#ifndef MAILVAN_TUI_PASSWORD_PLAN_H
#define MAILVAN_TUI_PASSWORD_PLAN_H

#include "tui/model/task_plan.h"

/* Before the task is added, every item without a secret gets a password of its own, and all of these are written to a
 * new file that only the operator can read (path; "~/" is understood): user, password. Without the sheet there is no
 * task. */
bool password_plan_generate(struct task_plan *p, const char *path, struct err *e);
/* The second half of it, for a plan that makes its items itself when it is ready. */
bool password_plan_write(struct task_plan *p, const char *path, struct err *e);

#endif
