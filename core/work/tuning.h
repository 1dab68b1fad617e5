/* SPDX-License-Identifier: MIT
 *
 * tuning.h - the figures that can be changed while a worker runs: mailboxes at once, lanes of one mailbox, bytes per
 * second.
 *
 * What was said last counts: a worker's own figure (--jobs, --rate) holds until the project's setting is changed.
 */
#ifndef MAILVAN_WORK_TUNING_H
#define MAILVAN_WORK_TUNING_H

#include "core/store/settings.h"

#define JOBS_DEFAULT 8
#define JOBS_MAX 256
#define LANES_DEFAULT 4 /* pairs of connections of one mailbox, while nobody else wants the jobs: lanes.h */
#define LANES_MAX 8

struct tuning {
	unsigned jobs, lanes;
	unsigned jobs_wished; /* more than jobs where the system allows too few open files for that many */
	uint64_t rate; /* bytes per second, 0 = no cap */
	char jobs_said[32], lanes_said[32], rate_said[32]; /* the settings' texts when they were read */
};

/* jobs, rate: the worker's own; 0 = the project's. A setting that cannot be read is as if it were not there. */
void tuning_start(struct tuning *t, struct store *s, unsigned jobs, uint64_t rate);
/* Look at the settings again; true when something is different now. */
bool tuning_look(struct tuning *t, struct store *s);

#endif
