/* SPDX-License-Identifier: MIT
 *
 * crew_lib.h - many cases at once: processes that each take the next case until none is left.
 *
 * A case mostly waits (for polls, time-outs and settle times), so there may be far more processes than processors.
 */
#ifndef MAILVAN_TESTS_CRASH_CREW_LIB_H
#define MAILVAN_TESTS_CRASH_CREW_LIB_H

#include <stddef.h>

#include "tests/crash/scene_lib.h"

/* Of one scenario. */
struct tally {
	_Atomic unsigned points; /* what the probe found */
	_Atomic unsigned injected, unreached, lost, twice, failed;
};

struct crew_case {
	unsigned scenario; /* of scenarios[] */
	unsigned number;   /* the caller's */
	unsigned kind;	   /* the caller's */
};

typedef void crew_fn(struct nursery *n, const struct crew_case *c, struct tally *of_scenario);

/* Memory that all processes of the crew share, zeroed; or the program ends. */
void *crew_shared(size_t n);
/* Shared memory for one tally per scenario. */
struct tally *crew_tallies(void);
/* Returns when all cases are done. False when a process died: its case is not counted. */
bool crew_run(unsigned processes, const struct crew_case *cases, size_t count, crew_fn *fn, struct tally *tallies);
/* The line of a failed case: tests/crash PROGRAM and how to do it again. */
void crew_report(const char *again, const struct scene *s);

#endif
