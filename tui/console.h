/* SPDX-License-Identifier: MIT
 *
 * console.h - the three-pane console, for main.c.
 *
 * libtui.a links without ncurses as long as nothing in it but console_run.o is asked for the
 * terminal: so console_run is called from main.c only (which is linked with term_curses.o).
 */
#ifndef MAILVAN_TUI_CONSOLE_H
#define MAILVAN_TUI_CONSOLE_H

#include "core/mailvan.h"

/* Runs until the operator leaves or the terminal goes away. The terminal is restored on every way out.
 * stdin and stdout must be a terminal. exe: the path of this program, to start a worker with.
 * Environment: NO_COLOR, MAILVAN_ASCII=1 (borders and signs in ASCII), MAILVAN_NO_MOUSE=1.
 * Returns 0, or -1 after filling e. */
int console_run(struct store *s, const char *project_dir, const char *exe, struct err *e);

/* Every action of the console, in the order of the help page, for documents and completion. All strings are
 * borrowed for the call. keys: "g" or "a F7"; verb: the `:` command, "" = none; context: "list", ... */
struct action_text {
	const char *id, *keys, *verb, *label, *context, *help;
	bool dangerous;
};
typedef void action_text_fn(void *arg, const struct action_text *a);
void actions_dump(action_text_fn *fn, void *arg);

#endif
