/* SPDX-License-Identifier: MIT
 *
 * dialog_menu.c - the actions pane as a menu, for terminals that have no room for the pane.
 */
#include <stdlib.h>

#include "tui/tables/actions.h"
#include "tui/view/dialogs.h"
#include "tui/view/frame.h"

struct menu {
	struct dialog base;
	size_t cursor;
};

struct menu_view {
	struct action_line lines[ACTION_LINES_MAX];
	size_t n, top;
	struct rect in;
};

static void view_of(const struct menu *m, const struct console *c, struct grid *g, struct menu_view *v) {
	v->n = action_lines(c, v->lines);
	v->in = frame_dialog(g, 62, (int)v->n + 4, "Actions");
	size_t rows = (size_t)(v->in.h > 3 ? v->in.h - 2 : 1);
	v->top = m->cursor >= rows ? m->cursor - rows + 1 : 0;
}

static void menu_draw(const struct dialog *d, const struct console *c, struct grid *g) {
	const struct menu *m = (const struct menu *)d;
	struct menu_view v;
	view_of(m, c, g, &v);
	int rows = v.in.h - 2;
	for (int row = 0; row < rows && v.top + (size_t)row < v.n; row++) {
		const struct action_line *l = &v.lines[v.top + (size_t)row];
		int y = v.in.y + row;
		char key[KEY_NAME_MAX];
		if (!l->action) {
			grid_text(g, v.in.x, y, v.in.w, ST_DIALOG_STRONG, l->title);
			continue;
		}
		const char *why = action_blocked(c, l->action);
		enum style st = v.top + (size_t)row == m->cursor ? ST_BUTTON_FOCUS : why ? ST_DIALOG_DIM : ST_DIALOG;
		grid_fill(g, (struct rect){ v.in.x, y, v.in.w, 1 }, st);
		key_label(key, l->action->keys[0]);
		grid_text(g, v.in.x + 2, y, 6, st, key);
		int used = grid_text(g, v.in.x + 8, y, v.in.w - 8, st, l->action->label);
		if (why)
			grid_textf(g, v.in.x + 8 + used, y, v.in.w - 8 - used, st, " (%s)", why);
	}
	const struct action *a = m->cursor < v.n ? v.lines[m->cursor].action : NULL;
	if (a && v.in.h > 3)
		frame_wrap(g, v.in.x, v.in.y + v.in.h - 1, v.in.w, 1, ST_DIALOG_DIM, a->help);
}

static void step(struct menu *m, const struct action_line *lines, size_t n, int by) {
	long at = (long)m->cursor;
	do
		at += by;
	while (at >= 0 && at < (long)n && !lines[at].action);
	if (at >= 0 && at < (long)n)
		m->cursor = (size_t)at;
}

static void menu_run(struct menu *m, struct console *c, const struct action *a) {
	dialog_close(c, &m->base);
	if (a)
		action_run(c, a, "");
}

static void menu_click(struct menu *m, struct console *c, const struct key *k) {
	struct grid *probe = grid_new(c->layout.w, c->layout.h, false);
	struct menu_view v;
	if (!probe)
		return;
	view_of(m, c, probe, &v);
	grid_free(probe);
	size_t index = v.top + (size_t)(k->y - v.in.y);
	if (rect_has(v.in, k->x, k->y) && index < v.n && v.lines[index].action)
		menu_run(m, c, v.lines[index].action);
	else if (!rect_has(v.in, k->x, k->y))
		dialog_close(c, &m->base);
}

static void menu_key(struct dialog *d, struct console *c, const struct key *k) {
	struct menu *m = (struct menu *)d;
	struct action_line lines[ACTION_LINES_MAX];
	size_t n = action_lines(c, lines);
	if (k->code == K_MOUSE && (k->button == MOUSE_CLICK || k->button == MOUSE_DOUBLE))
		menu_click(m, c, k);
	else if (k->code == K_DOWN || k->code == 'j' || (k->code == K_MOUSE && k->button == MOUSE_WHEEL_DOWN))
		step(m, lines, n, 1);
	else if (k->code == K_UP || k->code == 'k' || (k->code == K_MOUSE && k->button == MOUSE_WHEEL_UP))
		step(m, lines, n, -1);
	else if (k->code == K_ENTER || k->code == K_SPACE)
		menu_run(m, c, m->cursor < n ? lines[m->cursor].action : NULL);
	else if (k->code == K_ESC || k->code == K_CTRL('C') || k->code == '.' || k->code == 'm' || k->code == K_F(9))
		dialog_close(c, d);
	else if (action_by_key(console_node(c), k->code))
		menu_run(m, c, action_by_key(console_node(c), k->code));
}

static void menu_free(struct dialog *d) { free(d); }

static const struct dialog_ops menu_ops = { .draw = menu_draw, .key = menu_key, .free = menu_free,
					    .keys = "Up Down choose   Enter do it   its key does it too   Esc close" };

void dialog_menu(struct console *c) {
	struct menu *m = calloc(1, sizeof *m);
	struct action_line lines[ACTION_LINES_MAX];
	if (!m)
		return;
	m->base.ops = &menu_ops;
	size_t n = action_lines(c, lines);
	m->cursor = 1;
	for (size_t i = 0; i < n; i++) { /* begin at what fits the selection */
		if (lines[i].action && lines[i].action->group == GROUP_SELECTION) {
			m->cursor = i;
			break;
		}
	}
	dialog_push(c, &m->base);
}
