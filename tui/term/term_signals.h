/* SPDX-License-Identifier: MIT
 *
 * term_signals.h - signals as flags and a descriptor, and a terminal that survives a crash.
 */
#ifndef MAILVAN_TUI_TERM_SIGNALS_H
#define MAILVAN_TUI_TERM_SIGNALS_H

#include <stdbool.h>

#include "core/base/err.h"

enum term_signal { SEEN_HANGUP = 1, SEEN_TERM = 2, SEEN_INT = 4, SEEN_STOP = 8, SEEN_WINCH = 16 };

/* Keeps the modes of fd (a terminal) for a crash. */
bool term_signals_open(int fd, struct err *e);
/* What a crash handler writes to the terminal before it dies. Cut at 256 bytes. */
void term_signals_reset_text(const char *text);
void term_signals_close(void);
/* Becomes readable with each signal; term_signals_take empties it and returns the SEEN_ bits. */
int term_signals_fd(void);
unsigned term_signals_take(void);
/* Stops the process group as Ctrl+Z does and returns when it goes on. */
void term_signals_stop(void);

#endif
