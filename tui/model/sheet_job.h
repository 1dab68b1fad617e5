/* SPDX-License-Identifier: MIT
 *
 * sheet_job.h - a list of users on its way into the tenant: read in a job's thread, held against what is there, shown,
 * and then made one task (handlers_user_import.c).
 */
#ifndef MAILVAN_TUI_SHEET_JOB_H
#define MAILVAN_TUI_SHEET_JOB_H

#include "import/users.h"
#include "tui/model/state.h"
#include "tui/view/edit.h"

struct sheet_job {
	struct store *store;
	int64_t tenant;
	char path[EDIT_MAX * 2], location[8], licenses[400], sheet[EDIT_MAX * 2], company[256];
	bool update, enable, change_at_once; /* enable: with update, those who are blocked too */

	/* Instead of a file: fills list and summary, in the job's thread. False: e. */
	bool (*people)(struct sheet_job *j, const struct users_options *o);
	void *source; /* people's own; forget frees it */
	void (*forget)(void *source);
	char summary[300];

	struct user_list list;
	struct user_plan plan;
	struct import_problem *problems; /* of the file, and a note for each row that changes something */
	size_t problem_count;
	bool ok;
	struct err e;
};

/* For the tenant that is shown. NULL with e. */
struct sheet_job *sheet_job_new(struct console *c, struct err *e);
void sheet_job_free(void *job);
/* For users whose row says neither; as typed, "" = none. False: e. */
bool sheet_job_place(struct sheet_job *j, const char *location, const char *licenses, struct err *e);
/* Takes the job over. False: nothing was started, and the console has complained. */
bool sheet_job_start(struct console *c, struct sheet_job *j, const char *label);

#endif
