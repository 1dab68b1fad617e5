/* SPDX-License-Identifier: MIT
 *
 * frame.h - borders, scroll marks and progress bars, drawn the same everywhere.
 */
#ifndef MAILVAN_TUI_FRAME_H
#define MAILVAN_TUI_FRAME_H

#include "tui/term/grid.h"

/* A box with a title in its upper edge ("" = none). */
void frame_box(struct grid *g, struct rect r, enum style st, enum style title_st, const char *title);
/* A shadowless panel of about w x h in the middle, filled, with a box; gives the inside. Shrinks to the grid. */
struct rect frame_dialog(struct grid *g, int w, int h, const char *title);
/* "12-34/300" in the lower right edge of a box, and a slider on its right edge, when not all is shown. */
void frame_scroll(struct grid *g, struct rect box, enum style st, uint64_t top, uint64_t shown, uint64_t total);
/* Buttons on the last row of a dialog's inside, the first label at the right; NULL = not there. */
void frame_buttons(struct grid *g, struct rect in, const char *const *labels, size_t n, size_t focus);
/* Which of them is there; -1 = none. */
int frame_button_at(const struct grid *g, struct rect in, const char *const *labels, size_t n, int x, int y);
/* permille of w cells: a heavy line, and a light one for the rest. */
void frame_bar(struct grid *g, int x, int y, int w, bool in_dialog, unsigned permille);
/* Text broken at blanks into at most max_lines lines of w cells; returns the lines used. g NULL only counts. */
/* The same from line `skip` on, for texts that are scrolled: no ellipsis where they are cut. */
int frame_lines(struct grid *g, int x, int y, int w, int skip, int max_lines, enum style st, const char *text);
int frame_wrap(struct grid *g, int x, int y, int w, int max_lines, enum style st, const char *text);

#endif
