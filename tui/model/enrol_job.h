/* SPDX-License-Identifier: MIT
 *
 * enrol_job.h - something done to batches of enrolments, in a job's thread: it is all local, so it needs no task, and
 * read-only mode does not concern it.
 */
#ifndef MAILVAN_TUI_ENROL_JOB_H
#define MAILVAN_TUI_ENROL_JOB_H

#include "tui/cli/enrol_steps.h"
#include "tui/model/state.h"
#include "tui/view/edit.h"

#define ENROL_NAME_MAX (sizeof((struct enrolment *)0)->name)

struct enrol_job;
/* What is done to one batch; ch: those of the chosen rows that are in it, none when it is about the batch as a whole.
 * Fills j->result, or false with j->e. */
typedef bool enrol_step_fn(struct enrol_job *j, struct enrol *x, const struct enrol_choice *ch);

struct enrol_job {
	struct store *store;
	struct tenant tenant;
	enrol_step_fn *step;
	bool (*before)(struct enrol_job *j); /* makes the batch; NULL: it is there */
	char batch[ENROL_NAME_MAX];	     /* "": the batches of the chosen rows */
	int64_t *ids;			     /* of the chosen rows, ascending */
	size_t id_count;
	bool (*fits)(const struct enrol_job *j, const struct enrolment_row *r); /* NULL: each row */
	const char *unfit;							/* said when none of them fits */
	struct stop stop;

	/* What the steps take. */
	bool plan, removed, ready_only;
	enum enrolment_state to;
	char path[EDIT_MAX * 2];
	void *data; /* NULL, or given to release */
	void (*release)(void *data);

	size_t done, left;     /* rows; left: chosen, but not fit */
	char result[NOTE_MAX]; /* a sentence without its end; for rows what was done to them: "confirmed" */
	const char *title;     /* when set, result is shown in a dialog that stays */
	bool ok;
	struct err e;
};

/* For the batch of this name; NULL with e. */
struct enrol_job *enrol_job_batch(struct console *c, const char *batch, enrol_step_fn *step, struct err *e);
/* For the rows that are chosen; NULL after a complaint. */
struct enrol_job *enrol_job_rows(struct console *c, enrol_step_fn *step);
void enrol_job_free(void *job);
/* Takes the job over; ends with a note and the list read again. */
void enrol_job_start(struct console *c, struct enrol_job *j, const char *label);
/* The same for a whole batch, when there is nothing to ask before. */
void enrol_job_run(struct console *c, const char *batch, enrol_step_fn *step, const char *label);

/* "Missing in the contract: SRP id, Licence (CAL) ids", with these words in front. False, and "", when nothing is. */
bool enrol_missing(const struct enrolment *b, const char *words, char *dst, size_t size);

/* Calls use with a batch's name: the one that is typed (arg), the only one, or the one that is picked from all; the
 * picker begins at the batch of the row under the cursor. Complains when there is none. */
void enrol_with_batch(struct console *c, const char *arg, const char *title,
		      void (*use)(struct console *c, const char *batch));

#endif
