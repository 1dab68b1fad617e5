/* SPDX-License-Identifier: MIT
 *
 * task_since.h - internal to core/admin: has somebody decided otherwise since a change was made? What changes compare
 * is what they have looked at, before and after, so the same rule holds for all of them.
 */
#ifndef MAILVAN_ADMIN_TASK_SINCE_H
#define MAILVAN_ADMIN_TASK_SINCE_H

#include <jansson.h>

#include "core/store/tasks.h"

/* For each item of a task the latest other task that has changed the same since. */
struct since {
	struct {
		uint64_t n;
		int64_t task;
	} * list;
	size_t count, cap;
};
bool since_read(struct store *s, int64_t task, struct since *out, struct err *e);
int64_t since_task(const struct since *x, uint64_t n); /* 0 = none */
void since_free(struct since *x);

/* Of a change that found `before` and made `after` (JSON texts): is what is there now a third thing? name: of what
 * differs, borrowed from now. What is not known does not count. */
bool since_changed(const char *before, const char *after, const json_t *now, const char **name);

#endif
