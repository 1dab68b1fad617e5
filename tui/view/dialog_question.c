/* SPDX-License-Identifier: MIT
 *
 * dialog_question.c - a question with two or three buttons, or a message with one.
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
	size_t on; /* enum button */
};

/* From the right. */
enum button { BUTTON_NO, BUTTON_YES, BUTTON_OTHER, BUTTONS };

static void labels_of(const struct ask *a, const char *labels[BUTTONS]) {
	labels[BUTTON_NO] = a->q.no;
	labels[BUTTON_YES] = a->q.yes;
	labels[BUTTON_OTHER] = a->q.third;
}

static const struct ask *const_ask(const struct dialog *d) { return (const struct ask *)d; }

static int width_for(const struct grid *g) {
	int w = g->w - 4 < 68 ? g->w - 4 : 68;
	return w < 10 ? g->w : w;
}

static struct rect frame_of(const struct ask *a, struct grid *g) {
	int w = width_for(g), lines = frame_wrap(NULL, 0, 0, w - 4, 40, ST_DIALOG, a->text);
	return frame_dialog(g, w, lines + 4 + (*a->typed ? 2 : 0), a->title);
}

static void ask_draw(const struct dialog *d, const struct console *c, struct grid *g) {
	const struct ask *a = const_ask(d);
	const char *labels[BUTTONS];
	bool typed = *a->typed != '\0';
	(void)c;
	struct rect in = frame_of(a, g);
	int room = in.h - 2 - (typed ? 2 : 0);
	frame_wrap(g, in.x, in.y, in.w, room > 0 ? room : 1, ST_DIALOG, a->text);
	if (typed) {
		int y = in.y + in.h - 3;
		int used = grid_text(g, in.x, y, in.w - 12, ST_DIALOG_STRONG, "Type ");
		used += grid_text(g, in.x + used, y, in.w - used, ST_DIALOG_BAD, a->typed);
		used += grid_text(g, in.x + used, y, in.w - used, ST_DIALOG_STRONG, " to go on: ");
		edit_draw(&a->edit, g, in.x + used, y, in.w - used, ST_FIELD_FOCUS, true);
	}
	labels_of(a, labels);
	frame_buttons(g, in, labels, BUTTONS, a->on);
}

static void hand_over(struct ask *a, struct console *c, void (*to)(struct console *, void *)) {
	void *data = a->q.data;
	a->q.release = NULL;
	dialog_close(c, &a->base);
	to(c, data);
}

static void answer(struct ask *a, struct console *c, bool yes) {
	if (yes && *a->typed && strcmp(a->edit.text, a->typed) != 0) {
		console_note(c, "Type %s to go on, or Esc to leave it", a->typed);
		return;
	}
	if (yes && a->q.accept)
		hand_over(a, c, a->q.accept);
	else
		dialog_close(c, &a->base);
}

static void press(struct ask *a, struct console *c, size_t button) {
	if (button == BUTTON_OTHER)
		hand_over(a, c, a->q.other);
	else
		answer(a, c, button == BUTTON_YES);
}

static int button_at(const struct ask *a, const struct console *c, int x, int y) {
	struct grid *probe = grid_new(c->layout.w, c->layout.h, false);
	const char *labels[BUTTONS];
	if (!probe)
		return -1;
	labels_of(a, labels);
	int hit = frame_button_at(probe, frame_of(a, probe), labels, BUTTONS, x, y);
	grid_free(probe);
	return hit;
}

/* To the next button that there is. */
static void step(struct ask *a, size_t by) {
	const char *labels[BUTTONS];
	labels_of(a, labels);
	do
		a->on = (a->on + by) % BUTTONS;
	while (!labels[a->on]);
}

static void ask_key(struct dialog *d, struct console *c, const struct key *k) {
	struct ask *a = (struct ask *)d;
	if (k->code == K_MOUSE) {
		int hit = button_at(a, c, k->x, k->y);
		if (hit >= 0 && k->button != MOUSE_WHEEL_UP && k->button != MOUSE_WHEEL_DOWN)
			press(a, c, (size_t)hit);
	} else if (k->code == K_ESC || k->code == K_CTRL('C') || (!*a->typed && (k->code == 'n' || k->code == 'q'))) {
		answer(a, c, false);
	} else if (k->code == K_ENTER) {
		press(a, c, a->on);
	} else if (!*a->typed && k->code == 'y') {
		answer(a, c, true);
	} else if (!*a->typed && k->code == '$' && a->q.third) {
		hand_over(a, c, a->q.other);
	} else if (k->code == K_TAB || (!*a->typed && k->code == K_LEFT)) {
		step(a, 1);
	} else if (k->code == K_BACKTAB || (!*a->typed && k->code == K_RIGHT)) {
		step(a, BUTTONS - 1);
	} else if (*a->typed && edit_key(&a->edit, k)) {
		a->on = BUTTON_YES;
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
	a->on = !q->no || q->harmless ? BUTTON_YES : BUTTON_NO;
	a->q.title = a->q.text = a->q.typed = NULL;
	dialog_push(c, &a->base);
}

void dialog_tell(struct console *c, const char *title, const char *text) {
	dialog_ask(c, &(struct question){ .title = title, .text = text, .yes = "Close" });
}
