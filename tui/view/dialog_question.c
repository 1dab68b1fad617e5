/* SPDX-License-Identifier: MIT
 *
 * dialog_question.c - a question with two buttons, or a message with one.
 */
#include <stdlib.h>
#include <string.h>

#include "tui/term/utf8.h"
#include "tui/view/dialogs.h"
#include "tui/view/frame.h"

struct ask {
	struct dialog base;
	struct question q;
	char title[120], text[1600], typed[32];
	struct edit edit;
	bool on_yes;
};

static const struct ask *const_ask(const struct dialog *d) { return (const struct ask *)d; }

static int width_for(const struct grid *g) {
	int w = g->w - 4 < 68 ? g->w - 4 : 68;
	return w < 10 ? g->w : w;
}

static void draw_buttons(const struct ask *a, struct grid *g, struct rect in) {
	int y = in.y + in.h - 1, x = in.x + in.w;
	const char *labels[2] = { a->q.no, a->q.yes };
	for (int i = 0; i < 2; i++) {
		if (!labels[i])
			continue;
		int w = grid_cells(g, labels[i]) + 4;
		bool focus = (i == 1) == a->on_yes;
		x -= w + 1;
		grid_fill(g, (struct rect){ x, y, w, 1 }, focus ? ST_BUTTON_FOCUS : ST_BUTTON);
		grid_text(g, x, y, w, focus ? ST_BUTTON_FOCUS : ST_BUTTON, focus ? "[ " : "  ");
		grid_text(g, x + 2, y, w - 2, focus ? ST_BUTTON_FOCUS : ST_BUTTON, labels[i]);
		grid_text(g, x + w - 2, y, 2, focus ? ST_BUTTON_FOCUS : ST_BUTTON, focus ? " ]" : "  ");
	}
}

static void ask_draw(const struct dialog *d, const struct console *c, struct grid *g) {
	const struct ask *a = const_ask(d);
	int w = width_for(g), lines = frame_wrap(NULL, 0, 0, w - 4, 40, ST_DIALOG, a->text);
	bool typed = *a->typed != '\0';
	(void)c;
	struct rect in = frame_dialog(g, w, lines + 4 + (typed ? 2 : 0), a->title);
	int room = in.h - 2 - (typed ? 2 : 0);
	frame_wrap(g, in.x, in.y, in.w, room > 0 ? room : 1, ST_DIALOG, a->text);
	if (typed) {
		int y = in.y + in.h - 3;
		int used = grid_text(g, in.x, y, in.w - 12, ST_DIALOG_STRONG, "Type ");
		used += grid_text(g, in.x + used, y, in.w - used, ST_DIALOG_BAD, a->typed);
		used += grid_text(g, in.x + used, y, in.w - used, ST_DIALOG_STRONG, " to go on: ");
		edit_draw(&a->edit, g, in.x + used, y, in.w - used, ST_FIELD_FOCUS, true);
	}
	draw_buttons(a, g, in);
}

static void answer(struct ask *a, struct console *c, bool yes) {
	if (yes && *a->typed && strcmp(a->edit.text, a->typed) != 0) {
		console_note(c, "Type %s to go on, or Esc to leave it", a->typed);
		return;
	}
	void (*accept)(struct console *, void *) = yes ? a->q.accept : NULL;
	void (*release)(void *) = a->q.release;
	void *data = a->q.data;
	a->q.release = NULL;
	dialog_close(c, &a->base);
	if (accept)
		accept(c, data);
	if (release)
		release(data);
}

/* Which button a click is on: the same places as draw_buttons. 1 yes, 0 no, -1 none. */
static int button_at(const struct ask *a, const struct console *c, int x, int y) {
	struct grid *probe = grid_new(c->layout.w, c->layout.h, false);
	int hit = -1;
	if (!probe)
		return -1;
	ask_draw(&a->base, c, probe);
	enum style st = (enum style)grid_at(probe, x, y)->style;
	if (st == ST_BUTTON_FOCUS)
		hit = a->on_yes;
	else if (st == ST_BUTTON)
		hit = !a->on_yes;
	grid_free(probe);
	return hit;
}

static void ask_key(struct dialog *d, struct console *c, const struct key *k) {
	struct ask *a = (struct ask *)d;
	if (k->code == K_MOUSE) {
		int hit = button_at(a, c, k->x, k->y);
		if (hit >= 0 && k->button != MOUSE_WHEEL_UP && k->button != MOUSE_WHEEL_DOWN)
			answer(a, c, hit == 1);
	} else if (k->code == K_ESC || k->code == K_CTRL('C') || (!*a->typed && (k->code == 'n' || k->code == 'q'))) {
		answer(a, c, false);
	} else if (k->code == K_ENTER) {
		answer(a, c, a->on_yes);
	} else if (!*a->typed && k->code == 'y') {
		answer(a, c, true);
	} else if (k->code == K_TAB || k->code == K_BACKTAB ||
		   (!*a->typed && (k->code == K_LEFT || k->code == K_RIGHT))) {
		a->on_yes = a->q.no ? !a->on_yes : true;
	} else if (*a->typed && edit_key(&a->edit, k)) {
		a->on_yes = true;
	}
}

static void ask_free(struct dialog *d) {
	struct ask *a = (struct ask *)d;
	if (a->q.release)
		a->q.release(a->q.data);
	explicit_bzero(a->text, sizeof a->text); /* it may have shown a recovery password */
	free(a);
}

static const struct dialog_ops ask_ops = { .draw = ask_draw, .key = ask_key, .free = ask_free,
					   .keys = "Enter do what is marked   Tab other button   Esc leave it" };

void dialog_ask(struct console *c, const struct question *q) {
	struct ask *a = calloc(1, sizeof *a);
	struct err e;
	if (!a) {
		err_nomem(&e);
		console_complain(c, &e);
		if (q->release)
			q->release(q->data);
		return;
	}
	a->base.ops = &ask_ops;
	a->q = *q;
	text_copy(a->title, sizeof a->title, q->title);
	text_copy(a->text, sizeof a->text, q->text);
	if (q->typed)
		text_copy(a->typed, sizeof a->typed, q->typed);
	a->on_yes = !q->no || q->harmless;
	a->q.title = a->q.text = a->q.typed = NULL;
	dialog_push(c, &a->base);
}

void dialog_tell(struct console *c, const char *title, const char *text) {
	dialog_ask(c, &(struct question){ .title = title, .text = text, .yes = "Close" });
}
