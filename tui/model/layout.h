/* SPDX-License-Identifier: MIT
 *
 * layout.h - which panes a terminal of some size shows, and where. Pure arithmetic.
 *
 *   width >= 120   tree | list | actions
 *   80 .. 119      tree | list              (actions by the "." menu)
 *   < 80           the pane that has the focus, with its place in the title
 *   height < 13    no key bar; < 10 no description bar either
 *   narrow or low  no borders (below 60 columns or 15 rows)
 *
 * There is no size at which the console refuses to draw.
 */
#ifndef MAILVAN_TUI_LAYOUT_H
#define MAILVAN_TUI_LAYOUT_H

#include <stdbool.h>

#include "tui/term/grid.h"

enum pane { PANE_TREE, PANE_LIST, PANE_ACTIONS, PANE_COUNT };

struct layout {
	int w, h;
	bool borders;
	bool single; /* one pane at a time */
	/* A pane that is not shown has w == 0. Bars that are not shown have h == 0. */
	struct rect title, panes[PANE_COUNT], status, keys;
	struct rect inside[PANE_COUNT]; /* without the border */
};

void layout_compute(struct layout *l, int w, int h, enum pane focus);
bool rect_has(struct rect r, int x, int y);

#endif
