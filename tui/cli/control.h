/* SPDX-License-Identifier: MIT
 *
 * control.h - requests to the store and the worker that carries them out.
 */
#ifndef MAILVAN_CLI_CONTROL_H
#define MAILVAN_CLI_CONTROL_H

#include "tui/cli/cli.h"

/* command_issue with this operator's name. */
bool control_issue(struct store *s, enum command what, const struct mailbox_filter *filter,
		   struct command_result *out, struct err *e);
/* Start a detached worker unless one is live; prints its note. */
bool control_ensure_worker(struct cli *c, struct store *s, struct err *e);

#endif
