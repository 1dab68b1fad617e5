/* SPDX-License-Identifier: MIT
 *
 * pane_tree.c - the console tree.
 */
#include <stdio.h>

#include "tui/view/frame.h"
#include "tui/view/screen.h"

static void draw_node(const struct console *c, struct grid *g, struct rect in, size_t index, int y) {
	const struct tree_node *n = &c->tree.nodes[index];
	bool current = index == c->tree.cursor, focus = c->focus == PANE_TREE;
	int x = in.x + node_depth(n->kind) * 2, right = in.x + in.w;
	enum style st = n->kind == NODE_PROJECT ? ST_STRONG : ST_TEXT;
	char number[32], count[40] = "";
	text_count(number, sizeof number, n->count);
	if (n->has_count)
		snprintf(count, sizeof count, "%s%s", n->alert ? "! " : "", number);
	if (node_has_children(n->kind) && (n->kind != NODE_BATCHES || n->count > 0))
		grid_text(g, x, y, 1, ST_DIM, tree_is_open(&c->tree, index) ? "▾" : "▸");
	int count_w = grid_cells(g, count);
	grid_text(g, x + 2, y, right - x - 2 - (count_w ? count_w + 1 : 0), st, n->label);
	grid_text(g, right - count_w, y, count_w, n->alert ? ST_WARN : ST_DIM, count);
	if (!current)
		return;
	grid_restyle(g, (struct rect){ in.x, y, in.w, 1 }, focus ? ST_CURSOR : ST_CURSOR_IDLE);
	if (focus) {
		g->cursor_x = in.x;
		g->cursor_y = y;
	}
}

void draw_tree(const struct console *c, struct grid *g) {
	struct rect box = c->layout.panes[PANE_TREE], in = c->layout.inside[PANE_TREE];
	enum style edge = c->focus == PANE_TREE ? ST_BORDER_FOCUS : ST_BORDER;
	if (box.w == 0)
		return;
	if (c->layout.borders)
		frame_box(g, box, edge, edge == ST_BORDER ? ST_DIM : ST_BORDER_FOCUS, "Console");
	for (int row = 0; row < in.h && c->tree.top + (size_t)row < c->tree.count; row++)
		draw_node(c, g, in, c->tree.top + (size_t)row, in.y + row);
	frame_scroll(g, box, edge, c->tree.top, (uint64_t)in.h, c->tree.count);
}
