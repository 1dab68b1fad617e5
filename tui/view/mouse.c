/* SPDX-License-Identifier: MIT
 *
 * mouse.c - what lies under the mouse: the same rows and tables that are drawn.
 */
#include "tui/view/mouse.h"

#include "tui/tables/columns.h"
#include "tui/view/screen.h"

#define GUTTER 2
#define WHEEL_ROWS 3

static void tree_click(struct console *c, int y, bool twice) {
	size_t index = c->tree.top + (size_t)(y - c->layout.inside[PANE_TREE].y);
	if (index >= c->tree.count)
		return;
	c->tree.cursor = index;
	if (twice && node_has_children(tree_current(&c->tree)->kind)) {
		tree_set_open(&c->tree, !tree_is_open(&c->tree, index));
		console_refresh(c);
	}
	console_show_node(c);
	console_rechoose(c);
}

static void header_click(struct console *c, int x) {
	struct column_place places[COLUMNS_MAX];
	struct column made[COLUMNS_MAX + 1];
	struct rect in = c->layout.inside[PANE_LIST];
	size_t n = columns_place(list_columns(&c->list, made), in.w - GUTTER, places);
	for (size_t i = 0; i < n; i++) {
		int from = in.x + GUTTER + places[i].x;
		if (x >= from && x <= from + places[i].w && places[i].column->sort != NO_SORT)
			action_run(c, action_by_id("sort"), places[i].column->name);
	}
}

static void list_click(struct console *c, const struct key *k) {
	struct rect in = c->layout.inside[PANE_LIST];
	struct key enter = { .code = K_ENTER };
	if (c->list.kind == LIST_OVERVIEW || c->list.kind == LIST_TENANT)
		return;
	if (k->y == in.y) {
		header_click(c, k->x);
		return;
	}
	uint64_t index = c->list.top + (uint64_t)(k->y - in.y - 1);
	if (index >= c->list.total)
		return;
	console_list_key(c, (int64_t)index - (int64_t)c->list.cursor);
	if (k->button == MOUSE_RIGHT)
		action_run(c, action_by_id("menu"), "");
	else if (k->button == MOUSE_DOUBLE)
		console_key(c, &enter, c->now);
	else if (k->x == in.x)
		action_run(c, action_by_id("mark"), "");
}

static void actions_click(struct console *c, int y) {
	struct action_line lines[ACTION_LINES_MAX];
	size_t n = action_lines(c, lines), index = actions_top(c, n) + (size_t)(y - c->layout.inside[PANE_ACTIONS].y);
	if (index < n && lines[index].action)
		action_run(c, lines[index].action, "");
}

static bool keybar_click(struct console *c, const struct key *k) {
	struct keybar_item items[KEYBAR_MAX];
	const struct grid size = { .w = c->layout.w, .h = c->layout.h };
	if (!rect_has(c->layout.keys, k->x, k->y))
		return false;
	size_t n = keybar_items(c, &size, items);
	for (size_t i = 0; i < n; i++)
		if (k->x >= items[i].x && k->x < items[i].x + items[i].w)
			action_run(c, items[i].action, "");
	return true;
}

void mouse_event(struct console *c, const struct key *k) {
	bool wheel = k->button == MOUSE_WHEEL_UP || k->button == MOUSE_WHEEL_DOWN;
	int64_t by = k->button == MOUSE_WHEEL_UP ? -WHEEL_ROWS : WHEEL_ROWS;
	if (keybar_click(c, k))
		return;
	for (int p = 0; p < PANE_COUNT; p++) {
		if (!rect_has(c->layout.inside[p], k->x, k->y))
			continue;
		if (p == PANE_LIST && wheel) {
			console_list_key(c, by);
		} else if (p == PANE_TREE && wheel) {
			tree_move(&c->tree, (long)by, c->layout.inside[PANE_TREE].h);
			console_show_node(c);
		} else if (p == PANE_LIST) {
			console_focus(c, PANE_LIST);
			list_click(c, k);
		} else if (p == PANE_TREE) {
			console_focus(c, PANE_TREE);
			tree_click(c, k->y, k->button == MOUSE_DOUBLE);
		} else if (!wheel) {
			actions_click(c, k->y); /* without the focus: what is chosen in the list stays chosen */
		}
		return;
	}
}
