/* SPDX-License-Identifier: MIT
 *
 * layout.c - which panes a terminal of some size shows, and where. Pure arithmetic.
 */
#include "tui/model/layout.h"

#include <string.h>

#define WIDE 120
#define NARROW 80
#define BORDERLESS_W 60
#define BORDERLESS_H 15

bool rect_has(struct rect r, int x, int y) { return x >= r.x && x < r.x + r.w && y >= r.y && y < r.y + r.h; }

static struct rect shrink(struct rect r, bool borders) {
	if (!borders || r.w < 3 || r.h < 3)
		return r;
	return (struct rect){ r.x + 1, r.y + 1, r.w - 2, r.h - 2 };
}

void layout_compute(struct layout *l, int w, int h, enum pane focus) {
	memset(l, 0, sizeof *l);
	l->w = w;
	l->h = h;
	l->single = w < NARROW;
	l->borders = w >= BORDERLESS_W && h >= BORDERLESS_H;
	int top = h >= 3 ? 1 : 0, status = h >= 10 ? 1 : 0, keys = h >= 13 ? 1 : 0;
	l->title = (struct rect){ 0, 0, w, top };
	l->status = (struct rect){ 0, h - keys - status, w, status };
	l->keys = (struct rect){ 0, h - keys, w, keys };
	int rows = h - top - status - keys;
	if (l->single) {
		l->panes[focus] = (struct rect){ 0, top, w, rows };
	} else {
		/* As wide as the longest node with its count, where the list can spare it. */
		int tree = w >= 160 ? 30 : w >= WIDE ? 27 : w >= 100 ? 26 : 22;
		int actions = w >= WIDE ? 31 : 0;
		l->panes[PANE_TREE] = (struct rect){ 0, top, tree, rows };
		l->panes[PANE_LIST] = (struct rect){ tree, top, w - tree - actions, rows };
		l->panes[PANE_ACTIONS] = (struct rect){ w - actions, top, actions, rows };
	}
	for (int p = 0; p < PANE_COUNT; p++)
		l->inside[p] = shrink(l->panes[p], l->borders);
}
