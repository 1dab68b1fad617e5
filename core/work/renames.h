/* SPDX-License-Identifier: MIT
 *
 * renames.h - internal to core/work: folders of the ledger whose names at the source tell nothing any more. renames.c
 * finds out where they are now, renames_target.c brings their copies' folders after them.
 */
#ifndef MAILVAN_WORK_RENAMES_H
#define MAILVAN_WORK_RENAMES_H

#include "core/work/sync.h"

#define NOWHERE SIZE_MAX

struct old_folder {
	char wire[FOLDER_NAME_MAX], display[FOLDER_NAME_MAX];
	size_t own; /* the source's folder that has its name, or NOWHERE */
	size_t now; /* the one that it is, or NOWHERE */
	struct ledger_folder lf;
	/* For renames_target.c. */
	bool settled; /* nothing is left to do at the target */
	bool kept;    /* its copies' folder keeps the name it has */
	bool lost;    /* the target has no such folder any more */
	bool aside;   /* it has had to make room */
};

/* The copies of those that are somewhere (now) go to the place that p->map has for it, where that is free and nothing
 * else is taken along. The ledger knows the places; names at the source are the caller's. */
bool renames_at_target(struct run *r, struct plan *p, struct old_folder *at, size_t n, struct err *e);

#endif
