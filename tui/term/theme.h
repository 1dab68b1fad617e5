/* SPDX-License-Identifier: MIT
 *
 * theme.h - what a style role looks like on terminals of four kinds.
 *
 * Only here do roles meet colours. On every kind each role that says something (cursor,
 * mark, bad) differs by more than colour, or the text beside it has a sign or a word.
 */
#ifndef MAILVAN_TUI_THEME_H
#define MAILVAN_TUI_THEME_H

#include "tui/term/grid.h"

enum theme_depth { DEPTH_MONO, DEPTH_8, DEPTH_16, DEPTH_256, DEPTH_COUNT };

enum { INK_BOLD = 1, INK_REVERSE = 2, INK_UNDERLINE = 4, INK_DIM = 8 };

struct ink {
	int16_t fg, bg; /* colour number, -1 = the terminal's own */
	uint8_t attr;	/* INK_ bits */
};

const struct ink *theme_ink(enum theme_depth depth, enum style st);
/* colours: what terminfo says; no_color: the operator's NO_COLOR. */
enum theme_depth theme_depth_for(int colours, bool no_color);

#endif
