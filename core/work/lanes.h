/* SPDX-License-Identifier: MIT
 *
 * lanes.h - internal to core/work: several folders of one mailbox at once.
 */
#ifndef MAILVAN_WORK_LANES_H
#define MAILVAN_WORK_LANES_H

#include "core/work/folder_share.h"
#include "core/work/tuning.h"

/* How many lanes the mailbox may have now: its setting, and as many as there are jobs that nobody uses. */
unsigned lanes_allowed(const struct run *r);

/* Every source folder i with needs[i], over `lanes` pairs of connections at most, the first of which is r's own.
 * ahead, and with more than one lane: all target folders are made before the first is copied. False: as folder_run, for
 * the whole mailbox.
 */
bool lanes_run(struct run *r, struct plan *p, const bool *needs, unsigned lanes, bool ahead, struct err *e);

/* A folder that others may take part in now, and not any more. */
void lanes_offer(struct run *r, struct folder_share *fs);
void lanes_withdraw(struct run *r, struct folder_share *fs);
/* Lane 0, from time to time while it is offered: more lanes are opened when that helps. */
void lanes_look(struct run *r);
/* A further connection to the target alone (writers.h): it counts like a lane. False: there is no room for one. */
bool lanes_writer_enter(struct run *r);
void lanes_writer_leave(struct run *r);

#endif
