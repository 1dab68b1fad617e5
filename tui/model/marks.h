/* SPDX-License-Identifier: MIT
 *
 * marks.h - a set of mailbox ids: what the operator marked.
 */
#ifndef MAILVAN_TUI_MARKS_H
#define MAILVAN_TUI_MARKS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct marks {
	int64_t *ids; /* ascending */
	size_t count, cap;
};

void marks_free(struct marks *m);
void marks_clear(struct marks *m); /* keeps memory */
bool marks_has(const struct marks *m, int64_t id);
/* false: no memory; the set is as it was. */
bool marks_set(struct marks *m, int64_t id, bool on);
/* For many at once: ids in any order, then marks_sort. */
bool marks_append(struct marks *m, int64_t id);
void marks_sort(struct marks *m);

#endif
