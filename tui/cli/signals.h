/* SPDX-License-Identifier: MIT
 *
 * signals.h - Ctrl+C and SIGTERM as a graceful stop, the second one as the end.
 *
 * A thread waits for the signals (signalfd), so that there is no handler and no global. It starts
 * before the store is opened, because all threads must have the signals blocked and inherit that.
 */
#ifndef MAILVAN_CLI_SIGNALS_H
#define MAILVAN_CLI_SIGNALS_H

#include "tui/cli/cli.h"

/* Runs body with c->stop set: the first SIGINT requests it with this reason, the first SIGTERM with STOP_SHUTDOWN,
 * because that is the system or a service manager, and not somebody who wants less done; the second ends the process at
 * once with exit code 3, which is safe at any instant (design section 5). Returns body's code. */
int with_signals(struct cli *c, enum stop_reason reason, int (*body)(struct cli *c));

#endif
