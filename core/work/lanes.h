/* SPDX-License-Identifier: MIT
 *
 * lanes.h - internal to core/work: several folders of one mailbox at once.
 */
#ifndef MAILVAN_WORK_LANES_H
#define MAILVAN_WORK_LANES_H

#include "core/work/run.h"
#include "core/work/tuning.h"

/* Every source folder i with needs[i], over `lanes` pairs of connections at most, the first of which is r's own.
 * With more than one all target folders are made before the first is copied. False: as folder_run, for the whole
 * mailbox.
 */
bool lanes_run(struct run *r, struct plan *p, const bool *needs, unsigned lanes, struct err *e);

#endif
