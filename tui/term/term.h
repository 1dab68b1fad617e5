/* SPDX-License-Identifier: MIT
 *
 * term.h - the terminal: shows a grid, gives keys, and is left as it was found.
 *
 * Implemented by term_curses.c, the only file that knows ncurses (and not part of libtui.a).
 * One per process: signals and a terminal's modes are per process too.
 */
#ifndef MAILVAN_TUI_TERM_H
#define MAILVAN_TUI_TERM_H

#include "core/base/err.h"
#include "tui/term/grid.h"
#include "tui/term/key.h"

struct term_options {
	bool no_color, no_mouse;
	bool ascii; /* asked for; a locale that is not UTF-8 makes it true as well */
};

enum term_event {
	TERM_NOTHING, /* the time is over */
	TERM_KEY,
	TERM_RESIZE, /* ask for the size again; also after the program was suspended */
	TERM_GONE    /* SIGHUP, SIGTERM, or the terminal is not there any more: leave */
};

/* Takes the terminal over, with handlers for SIGHUP, SIGTERM, SIGINT, SIGTSTP, SIGWINCH and for crashes (which restore
 * the terminal and go on to what was installed before). INPUT when TERM is not usable. */
bool term_open(const struct term_options *o, struct err *e);
/* Restores the terminal and the signal handlers. Safe to call when not open. */
void term_close(void);
bool term_ascii(void);
void term_size(int *w, int *h);
void term_show(const struct grid *g);
/* Waits at most timeout_ms. SIGINT arrives as Ctrl+C; SIGTSTP and Ctrl+Z suspend inside. */
enum term_event term_wait(int timeout_ms, struct key *k);

#endif
