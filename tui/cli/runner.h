/* SPDX-License-Identifier: MIT
 *
 * runner.h - sees mailboxes through to the end: in this process, or behind a live worker.
 */
#ifndef MAILVAN_CLI_RUNNER_H
#define MAILVAN_CLI_RUNNER_H

#include "tui/cli/cli.h"

/* Inside with_signals(STOP_STOPPED). Blocks until none of the mailboxes is queued or active; after c->stop, what is not
 * finished becomes Stopped, or stays Queued when that was SIGTERM (STOP_SHUTDOWN). When a worker that it follows dies,
 * it takes over. True also when it was stopped: the states say so. */
bool runner_wait(struct cli *c, struct store *s, const struct mailbox_filter *filter, unsigned jobs, struct err *e);

/* "DIR/worker.log". */
struct log *runner_log(struct store *s, struct err *e);

#endif
