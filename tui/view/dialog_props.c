/* SPDX-License-Identifier: MIT
 *
 * dialog_props.c - the property sheet of a mailbox: tabs over what props.c read.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tui/view/dialogs.h"
#include "tui/view/frame.h"
#include "tui/view/props.h"

static const struct props_tab *const tabs[] = { &props_general, &props_folders, &props_failures, &props_differences };
#define TABS (sizeof tabs / sizeof *tabs)

struct sheet {
	struct dialog base;
	struct props props;
	size_t tab, top[TABS];
};

#define SHEET_W 104
#define SHEET_H 34

/* Tab titles with what they hold: "Failures 3". */
static void tab_title(const struct sheet *s, size_t i, char *dst, size_t size) {
	const size_t held[TABS] = { 0, s->props.folder_count, s->props.failure_count, s->props.difference_count };
	size_t n = held[i];
	if (n)
		snprintf(dst, size, " %s %zu ", tabs[i]->title, n);
	else
		snprintf(dst, size, " %s ", tabs[i]->title);
}

static int tab_x(const struct sheet *s, const struct grid *g, size_t i) {
	char title[40];
	int x = 0;
	for (size_t k = 0; k < i; k++) {
		tab_title(s, k, title, sizeof title);
		x += grid_cells(g, title) + 1;
	}
	return x;
}

static struct rect sheet_inside(const struct sheet *s, struct grid *g) {
	char name[IDENTITY_MAX];
	text_sanitise(name, sizeof name, s->props.row.source, strlen(s->props.row.source));
	return frame_dialog(g, SHEET_W, SHEET_H, name);
}

static void sheet_draw(const struct dialog *d, const struct console *c, struct grid *g) {
	const struct sheet *s = (const struct sheet *)d;
	struct rect in = sheet_inside(s, g);
	(void)c;
	for (size_t i = 0; i < TABS; i++) {
		char title[40];
		bool bad = (i == 2 && s->props.row.counts.failed) || (i == 3 && s->props.stands && s->props.look.gaps);
		tab_title(s, i, title, sizeof title);
		grid_text(g, in.x + tab_x(s, g, i), in.y, in.w - tab_x(s, g, i),
			  i == s->tab ? ST_BUTTON_FOCUS : bad ? ST_DIALOG_BAD : ST_BUTTON, title);
	}
	struct rect body = { in.x, in.y + 2, in.w, in.h - 2 };
	if (s->props.gone) {
		grid_text(g, body.x, body.y, body.w, ST_DIALOG_BAD, "This mailbox was removed.");
		return;
	}
	tabs[s->tab]->draw(&s->props, g, body, s->top[s->tab]);
	struct rect box = { in.x - 2, in.y - 1, in.w + 4, in.h + 2 };
	frame_scroll(g, box, ST_DIALOG_DIM, s->top[s->tab], (uint64_t)body.h, tabs[s->tab]->lines(&s->props));
}

static void click(struct sheet *s, struct console *c, const struct key *k) {
	struct grid *probe = grid_new(c->layout.w, c->layout.h, false);
	if (!probe)
		return;
	struct rect in = sheet_inside(s, probe);
	for (size_t i = 0; k->y == in.y && i < TABS; i++)
		if (k->x >= in.x + tab_x(s, probe, i) && k->x < in.x + tab_x(s, probe, i + 1))
			s->tab = i;
	bool outside = k->x < in.x - 2 || k->x > in.x + in.w + 1 || k->y < in.y - 1 || k->y > in.y + in.h;
	grid_free(probe);
	if (outside)
		dialog_close(c, &s->base);
}

static void scroll(struct sheet *s, const struct console *c, int32_t code) {
	int h = c->layout.h - 2 < SHEET_H ? c->layout.h - 2 : SHEET_H;
	size_t page = h > 6 ? (size_t)h - 4 : 2, lines = tabs[s->tab]->lines(&s->props);
	size_t last = lines > page ? lines - page : 0, *top = &s->top[s->tab];
	if (code == K_DOWN || code == 'j')
		(*top)++;
	else if ((code == K_UP || code == 'k') && *top > 0)
		(*top)--;
	else if (code == K_PGDN || code == K_SPACE)
		*top += page;
	else if (code == K_PGUP)
		*top = *top > page ? *top - page : 0;
	else if (code == K_HOME)
		*top = 0;
	else if (code == K_END)
		*top = last;
	*top = *top > last ? last : *top;
}

static void sheet_key(struct dialog *d, struct console *c, const struct key *k) {
	struct sheet *s = (struct sheet *)d;
	if (k->code == K_ESC || k->code == K_ENTER || k->code == 'q' || k->code == 'i' || k->code == K_CTRL('C'))
		dialog_close(c, d);
	else if (k->code == K_TAB || k->code == K_RIGHT || k->code == 'l')
		s->tab = (s->tab + 1) % TABS;
	else if (k->code == K_BACKTAB || k->code == K_LEFT || k->code == 'h')
		s->tab = (s->tab + TABS - 1) % TABS;
	else if (k->code >= '1' && k->code < '1' + (int)TABS)
		s->tab = (size_t)(k->code - '1');
	else if (k->code == K_MOUSE && k->button == MOUSE_CLICK)
		click(s, c, k);
	else if (k->code == K_MOUSE)
		scroll(s, c, k->button == MOUSE_WHEEL_UP ? K_UP : K_DOWN);
	else
		scroll(s, c, k->code);
}

static bool read_sheet(struct sheet *s, const struct console *c, struct err *e) {
	if (!props_read(&s->props, c->store, e))
		return false;
	if (!c->worker_live)
		mailbox_row_idle(&s->props.row);
	return true;
}

static void sheet_refresh(struct dialog *d, struct console *c) {
	struct sheet *s = (struct sheet *)d;
	struct err e;
	s->props.gone = !read_sheet(s, c, &e);
}

static void sheet_free(struct dialog *d) {
	struct sheet *s = (struct sheet *)d;
	props_free(&s->props);
	free(s);
}

static const struct dialog_ops sheet_ops = {
	.draw = sheet_draw, .key = sheet_key, .refresh = sheet_refresh, .free = sheet_free,
	.keys = "Tab or 1 2 3 4 other tab   Up Down PgUp PgDn scroll   Esc close"
};

void dialog_properties(struct console *c, int64_t mailbox) {
	struct sheet *s = calloc(1, sizeof *s);
	struct err e;
	if (!s)
		err_nomem(&e);
	if (s) {
		s->base.ops = &sheet_ops;
		s->props.id = mailbox;
		if (read_sheet(s, c, &e)) {
			dialog_push(c, &s->base);
			return;
		}
		sheet_free(&s->base);
	}
	console_complain(c, &e);
}
