/* SPDX-License-Identifier: MIT
 *
 * problems.h - everything that is wrong with a file, collected.
 */
#ifndef MAILVAN_IMPORT_PROBLEMS_H
#define MAILVAN_IMPORT_PROBLEMS_H

#include "import/import.h"

struct problems {
	struct import_problem *list;
	size_t count, cap;
	size_t notes, errors, dropped; /* dropped: counted above, but not listed */
	bool no_memory;
	bool no_target; /* some row names no target server, and the project has none */
};

/* column and fix may be NULL. The text is sanitised. Never fails: see no_memory. */
void problem_add(struct problems *p, enum problem_level level, unsigned line, const char *column, const char *fix,
		 const char *fmt, ...) __attribute__((format(printf, 6, 7)));
/* Sort by line and say what was left out. */
void problems_finish(struct problems *p);

#endif
