/* SPDX-License-Identifier: MIT
 *
 * screen.h - the whole screen, drawn from a console that it cannot change.
 */
#ifndef MAILVAN_TUI_SCREEN_H
#define MAILVAN_TUI_SCREEN_H

#include "tui/model/state.h"
#include "tui/tables/actions.h"
#include "tui/term/grid.h"

/* The grid's size is the layout's (console_resize). */
void console_draw(const struct console *c, struct grid *g);

/* Parts, each in its own file. */
void draw_tree(const struct console *c, struct grid *g);
void draw_list(const struct console *c, struct grid *g);
void draw_tenant(const struct console *c, struct grid *g, struct rect in);
void draw_overview(const struct console *c, struct grid *g, struct rect in);
void draw_actions(const struct console *c, struct grid *g);
void draw_title(const struct console *c, struct grid *g);
void draw_status(const struct console *c, struct grid *g);
void draw_keybar(const struct console *c, struct grid *g);

/* Key bar: where each action of the table is drawn, for the mouse too. */
struct keybar_item {
	const struct action *action;
	int x, w;
};
#define KEYBAR_MAX 16
size_t keybar_items(const struct console *c, const struct grid *g, struct keybar_item out[KEYBAR_MAX]);
/* The first line of the actions pane that is shown. */
size_t actions_top(const struct console *c, size_t lines);

#endif
