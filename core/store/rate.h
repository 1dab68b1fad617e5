/* SPDX-License-Identifier: MIT
 *
 * rate.h - the project's bandwidth cap, shared by all processes that read for it (worker, verify, test).
 *
 * The store knows until when the line is taken by bytes that were granted; whoever is granted more takes it for as long
 * as they last at his rate. So two that read at once have half of the cap each, and one alone has all of it.
 */
#ifndef MAILVAN_STORE_RATE_H
#define MAILVAN_STORE_RATE_H

#include "core/store/store.h"

/* A debt beyond this, or a clock that was set back, is not waited out. */
#define RATE_WAIT_MAX_MS 60000

/* bytes at rate (bytes per second, > 0) from now on; *until: when the line is free again behind them. NORMAL. */
bool rate_take(struct store *s, uint64_t bytes, uint64_t rate, wall_ms_t now, wall_ms_t *until, struct err *e);

#endif
