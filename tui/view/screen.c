/* SPDX-License-Identifier: MIT
 *
 * screen.c - the whole screen, from the panes up to the dialogs over them.
 */
#include "tui/view/screen.h"

#include "tui/view/dialog.h"

static void draw_dialogs(const struct dialog *d, const struct console *c, struct grid *g) {
	if (!d)
		return;
	draw_dialogs(d->below, c, g);
	g->cursor_shown = false;
	d->ops->draw(d, c, g);
}

void console_draw(const struct console *c, struct grid *g) {
	grid_clear(g);
	draw_title(c, g);
	draw_tree(c, g);
	draw_list(c, g);
	draw_actions(c, g);
	draw_status(c, g);
	draw_keybar(c, g);
	draw_dialogs(c->dialogs, c, g);
}
