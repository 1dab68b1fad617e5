/* SPDX-License-Identifier: MIT
 *
 * job.h - work that takes longer than a key may (an import, starting a worker), in a thread of its own.
 *
 * One at a time. work() runs in the thread and sees nothing of the console but its data; finish() runs
 * in the console's thread afterwards, exactly once, and owns data from then on.
 */
#ifndef MAILVAN_TUI_JOB_H
#define MAILVAN_TUI_JOB_H

#include "tui/model/state.h"

/* c is NULL when the console ended meanwhile: only free data then. */
typedef void job_finish_fn(struct console *c, void *data);

/* false (with a note, and data already given to finish(NULL, data)) when another job runs. */
bool job_start(struct console *c, const char *label, void (*work)(void *data), job_finish_fn *finish, void *data);
/* Of the job just started: when the console ends, this is requested, so that nobody waits for a service. Borrowed from
 * data. */
void job_stoppable(struct console *c, struct stop *stop);
/* Finishes the job if it is done. */
void job_poll(struct console *c);
/* "Reading users.csv", or NULL. */
const char *job_label(const struct console *c);
/* Waits for the thread and frees the job without telling the console. */
void job_abandon(struct console *c);

#endif
