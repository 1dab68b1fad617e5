/* SPDX-License-Identifier: MIT
 *
 * verify_watch.h - a thread that writes down how far a verification is, and hears when somebody wants it to end.
 */
#ifndef MAILVAN_CLI_VERIFY_WATCH_H
#define MAILVAN_CLI_VERIFY_WATCH_H

#include <stdatomic.h>

#include "core/mailvan.h"

struct verify_watch;

/* Twice a second: *rows goes into the run, and stop is requested (STOP_SHUTDOWN) when the run is to end. All are
 * borrowed until verify_watch_end. */
struct verify_watch *verify_watch_start(struct store *s, int64_t run, const atomic_uint_fast64_t *rows,
					struct stop *stop, struct err *e);
/* Writes the last progress; NULL is fine. */
void verify_watch_end(struct verify_watch *w);

#endif
