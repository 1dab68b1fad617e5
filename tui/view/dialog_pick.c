/* SPDX-License-Identifier: MIT
 *
 * dialog_pick.c - one of several, by cursor or by its number.
 */
#include <stdlib.h>
#include <string.h>

#include "tui/view/dialogs.h"
#include "tui/view/frame.h"

#define PICK_MAX 64
#define PICK_TEXT 80

struct picker {
	struct dialog base;
	char title[80], items[PICK_MAX][PICK_TEXT];
	size_t count, cursor;
	char *values[PICK_MAX];
	void (*accept)(struct console *c, size_t index);
	void (*chosen)(struct console *c, const char *value);
};

static struct rect inside(const struct picker *p, struct grid *g) {
	int w = grid_cells(g, p->title) + 10;
	for (size_t i = 0; i < p->count; i++)
		w = grid_cells(g, p->items[i]) + 8 > w ? grid_cells(g, p->items[i]) + 8 : w;
	return frame_dialog(g, w < 40 ? 40 : w, (int)(p->count < 3 ? 3 : p->count) + 2, p->title);
}

static size_t top_of(const struct picker *p, struct rect in) {
	size_t rows = (size_t)(in.h > 0 ? in.h : 1);
	return p->cursor >= rows ? p->cursor - rows + 1 : 0;
}

static void pick_draw(const struct dialog *d, const struct console *c, struct grid *g) {
	const struct picker *p = (const struct picker *)d;
	struct rect in = inside(p, g);
	size_t top = top_of(p, in);
	(void)c;
	for (int row = 0; row < in.h && top + (size_t)row < p->count; row++) {
		size_t i = top + (size_t)row;
		enum style st = i == p->cursor ? ST_BUTTON_FOCUS : ST_DIALOG;
		grid_fill(g, (struct rect){ in.x, in.y + row, in.w, 1 }, st);
		if (i < 9)
			grid_textf(g, in.x, in.y + row, 2, st, "%zu", i + 1);
		grid_text(g, in.x + 3, in.y + row, in.w - 3, st, p->items[i]);
	}
	struct rect box = { in.x - 2, in.y - 1, in.w + 4, in.h + 2 };
	frame_scroll(g, box, ST_DIALOG_DIM, top, (uint64_t)in.h, p->count);
}

static void take(struct picker *p, struct console *c) {
	void (*accept)(struct console *, size_t) = p->accept;
	void (*chosen)(struct console *, const char *) = p->chosen;
	size_t index = p->cursor;
	char *value = p->values[index];
	p->values[index] = NULL;
	dialog_close(c, &p->base);
	if (chosen)
		chosen(c, value);
	else
		accept(c, index);
	free(value);
}

static void click(struct picker *p, struct console *c, const struct key *k) {
	struct grid *probe = grid_new(c->layout.w, c->layout.h, false);
	if (!probe)
		return;
	struct rect in = inside(p, probe);
	size_t index = top_of(p, in) + (size_t)(k->y - in.y);
	grid_free(probe);
	if (!rect_has(in, k->x, k->y)) {
		dialog_close(c, &p->base);
	} else if (index < p->count) {
		p->cursor = index;
		take(p, c);
	}
}

static void pick_key(struct dialog *d, struct console *c, const struct key *k) {
	struct picker *p = (struct picker *)d;
	bool wheel = k->code == K_MOUSE && (k->button == MOUSE_WHEEL_DOWN || k->button == MOUSE_WHEEL_UP);
	if (k->code == K_MOUSE && !wheel) {
		click(p, c, k);
	} else if (k->code == K_DOWN || k->code == 'j' || (wheel && k->button == MOUSE_WHEEL_DOWN)) {
		p->cursor += p->cursor + 1 < p->count;
	} else if (k->code == K_UP || k->code == 'k' || wheel) {
		p->cursor -= p->cursor > 0;
	} else if (k->code >= '1' && k->code <= '9' && (size_t)(k->code - '1') < p->count) {
		p->cursor = (size_t)(k->code - '1');
		take(p, c);
	} else if (k->code == K_ENTER || k->code == K_SPACE) {
		take(p, c);
	} else if (k->code == K_ESC || k->code == 'q' || k->code == K_CTRL('C')) {
		dialog_close(c, d);
	}
}

static void pick_free(struct dialog *d) {
	struct picker *p = (struct picker *)d;
	for (size_t i = 0; i < p->count; i++)
		free(p->values[i]);
	free(p);
}

static const struct dialog_ops pick_ops = { .draw = pick_draw,
					    .key = pick_key,
					    .free = pick_free,
					    .keys = "Up Down or its number   Enter take it   Esc leave it" };

void dialog_pick(struct console *c, const struct pick *spec) {
	struct picker *p = calloc(1, sizeof *p);
	struct err e;
	bool ok = p != NULL;
	for (; ok && p->count < spec->count && p->count < PICK_MAX; p->count++) {
		const char *item = spec->items[p->count];
		text_sanitise(p->items[p->count], PICK_TEXT, item, strlen(item));
		ok = !spec->values || (p->values[p->count] = strdup(spec->values[p->count])) != NULL;
	}
	if (!ok) {
		if (p)
			pick_free(&p->base);
		err_nomem(&e);
		console_complain(c, &e);
		return;
	}
	p->base.ops = &pick_ops;
	p->accept = spec->accept;
	p->chosen = spec->chosen;
	text_copy(p->title, sizeof p->title, spec->title);
	p->cursor = spec->cursor < p->count ? spec->cursor : 0;
	dialog_push(c, &p->base);
}
