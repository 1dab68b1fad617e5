/* SPDX-License-Identifier: MIT
 *
 * pool.h - the same job for many mailboxes, n at a time, with the network at hand.
 */
#ifndef MAILVAN_CLI_POOL_H
#define MAILVAN_CLI_POOL_H

#include "tui/cli/selection.h"

struct pool_item {
	const struct mailbox_row *row;
	const struct mail_context *ctx;
	const struct visits *visits;
	struct store *store;
};

/* Called in a thread, several at once. Returns what the job is handed to done with; NULL is fine. */
typedef void *pool_work_fn(void *arg, const struct pool_item *item);
/* Called one at a time, in the order in which they end; takes the result. */
typedef void pool_done_fn(void *arg, const struct mailbox_row *row, void *result);

struct pool_job {
	void *arg;
	pool_work_fn *work;
	pool_done_fn *done;
	bool impatient; /* visit.h */
	/* What a mailbox waits for; from its thread. */
	void (*waits)(void *arg, const char *sentence);
};

/* Inside with_signals. Freezes sel. jobs 0 = the project's setting. *stopped: c->stop was requested. */
bool pool_run(struct cli *c, struct store *s, struct selection *sel, unsigned jobs, const struct pool_job *job,
	      bool *stopped, struct err *e);

#endif
