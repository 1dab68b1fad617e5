/* SPDX-License-Identifier: MIT
 *
 * stop.h - a stop flag that poll() can see: one per mailbox run, one per program.
 *
 * stop_request is async-signal-safe and thread-safe. Once set it stays set.
 * A child is set when its parent is set (checked by stop_requested); stop_fd of
 * a child becomes readable only for the child's own request, so whoever sets a
 * parent also sets the children it knows (the scheduler does).
 */
#ifndef MAILVAN_BASE_STOP_H
#define MAILVAN_BASE_STOP_H

#include <stdatomic.h>
#include <stdbool.h>

struct stop {
	atomic_int set; /* 0, or the reason given to stop_request (> 0) */
	int fd;		/* eventfd, readable once set */
	const struct stop *parent;
};

bool stop_init(struct stop *s, const struct stop *parent);
void stop_free(struct stop *s);
void stop_request(struct stop *s, int reason);
/* The reason, the parent's reason, or 0. s may be NULL (never stops). */
int stop_requested(const struct stop *s);
int stop_fd(const struct stop *s); /* -1 for NULL */

#endif
