/* SPDX-License-Identifier: MIT
 *
 * pane_actions.c - the actions that fit here, dimmed where they can't be done now.
 */
#include <stdio.h>
#include <string.h>

#include "tui/view/frame.h"
#include "tui/view/screen.h"

size_t actions_top(const struct console *c, size_t lines) {
	size_t height = (size_t)(c->layout.inside[PANE_ACTIONS].h > 0 ? c->layout.inside[PANE_ACTIONS].h : 1);
	size_t at = c->action_cursor < lines ? c->action_cursor : lines ? lines - 1 : 0;
	return c->focus == PANE_ACTIONS && at >= height ? at - height + 1 : 0;
}

static void draw_group_title(struct grid *g, struct rect in, int y, const char *title) {
	for (int x = 0; x < in.w; x++)
		grid_text(g, in.x + x, y, 1, ST_BORDER, "─");
	grid_text(g, in.x + 1, y, 1, ST_STRONG, " ");
	int used = grid_text(g, in.x + 2, y, in.w - 4, ST_STRONG, title);
	grid_text(g, in.x + 2 + used, y, 1, ST_STRONG, " ");
}

void draw_actions(const struct console *c, struct grid *g) {
	struct rect box = c->layout.panes[PANE_ACTIONS], in = c->layout.inside[PANE_ACTIONS];
	struct action_line lines[ACTION_LINES_MAX];
	bool focus = c->focus == PANE_ACTIONS;
	enum style edge = focus ? ST_BORDER_FOCUS : ST_BORDER;
	if (box.w == 0)
		return;
	if (c->layout.borders)
		frame_box(g, box, edge, focus ? ST_BORDER_FOCUS : ST_DIM, "Actions");
	size_t n = action_lines(c, lines), top = actions_top(c, n);
	for (int row = 0; row < in.h && top + (size_t)row < n; row++) {
		const struct action_line *line = &lines[top + (size_t)row];
		int y = in.y + row;
		if (!line->action) {
			draw_group_title(g, in, y, line->title);
			continue;
		}
		char key[KEY_NAME_MAX];
		bool blocked = action_blocked(c, line->action) != NULL;
		key_label(key, line->action->keys[0]);
		grid_text(g, in.x, y, 3, blocked ? ST_DIM : ST_KEY, key);
		grid_text(g, in.x + (strlen(key) > 2 ? 4 : 3), y, in.w - 3, blocked ? ST_DIM : ST_TEXT,
			  line->action->label);
		if (focus && top + (size_t)row == c->action_cursor) {
			grid_restyle(g, (struct rect){ in.x, y, in.w, 1 }, ST_CURSOR);
			g->cursor_x = in.x;
			g->cursor_y = y;
		}
	}
	if (top + (size_t)in.h < n)
		grid_text_right(g, in.x, box.y + box.h - 1, in.w, edge, " more… ");
}
