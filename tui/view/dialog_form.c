/* SPDX-License-Identifier: MIT
 *
 * dialog_form.c - a form made from a table of fields.
 */
#include <stdlib.h>
#include <string.h>

#include "tui/view/dialogs.h"
#include "tui/view/frame.h"

struct form {
	struct dialog base;
	const struct form_spec *spec;
	struct edit edits[FORM_FIELDS_MAX];
	unsigned choices[FORM_FIELDS_MAX];
	size_t focus; /* spec->count is the OK button, one more is Cancel */
	char error[ERR_TEXT_MAX];
	void *data;
};

#define LABEL_W 16

static int fields_top(const struct form *f, int w) {
	int lines = *f->spec->intro ? frame_wrap(NULL, 0, 0, w, 6, ST_DIALOG, f->spec->intro) + 1 : 0;
	return lines;
}

static void draw_field(const struct form *f, struct grid *g, struct rect in, int y, size_t i) {
	const struct field *field = &f->spec->fields[i];
	bool focus = i == f->focus;
	enum style st = focus ? ST_FIELD_FOCUS : ST_FIELD;
	int usual = f->spec->label_width ? f->spec->label_width : LABEL_W;
	int label = in.w < 40 ? 13 : usual > in.w - 12 ? in.w - 12 : usual, x = in.x + label, w = in.w - label;
	grid_text(g, in.x, y, label - 1, focus ? ST_DIALOG_STRONG : ST_DIALOG, field->label);
	if (field->kind == FIELD_CHECK) {
		grid_text(g, x, y, w, focus ? ST_FIELD_FOCUS : ST_DIALOG, f->choices[i] ? "[x]" : "[ ]");
		if (focus) {
			g->cursor_x = x + 1;
			g->cursor_y = y;
		}
		return;
	}
	if (field->kind != FIELD_CHOICE) {
		edit_draw(&f->edits[i], g, x, y, w, st, focus);
		return;
	}
	grid_fill(g, (struct rect){ x, y, w, 1 }, st);
	grid_textf(g, x, y, w, st, "< %s >", field->choices[f->choices[i]]);
	if (focus) {
		g->cursor_x = x;
		g->cursor_y = y;
	}
}

static void draw_buttons(const struct form *f, struct grid *g, struct rect in, int y) {
	const char *labels[] = { "Cancel", f->spec->ok };
	int x = in.x + in.w;
	for (int i = 0; i < 2; i++) {
		int w = grid_cells(g, labels[i]) + 4;
		bool focus = f->focus == f->spec->count + (i == 0 ? 1u : 0u);
		enum style st = focus ? ST_BUTTON_FOCUS : ST_BUTTON;
		x -= w + 1;
		grid_fill(g, (struct rect){ x, y, w, 1 }, st);
		grid_textf(g, x, y, w, st, focus ? "[ %s ]" : "  %s", labels[i]);
	}
}

static void form_draw(const struct dialog *d, const struct console *c, struct grid *g) {
	const struct form *f = (const struct form *)d;
	int n = (int)f->spec->count, w = g->w - 4 < 76 ? g->w - 4 : 76;
	int intro = fields_top(f, w - 4);
	if (g->h < intro + n + 6)
		intro = 0; /* the fields matter more */
	(void)c;
	struct rect in = frame_dialog(g, w, intro + n + 6, f->spec->title);
	if (intro)
		frame_wrap(g, in.x, in.y, in.w, 6, ST_DIALOG_DIM, f->spec->intro);
	int hints = in.h >= 12 ? 3 : 0; /* a long form scrolls above what its fields mean */
	int room = in.h - intro - 1 - hints, top = 0;
	if (room < n && (int)f->focus >= room)
		top = (int)f->focus < n ? (int)f->focus - room + 1 : n - room;
	for (int i = top; i < n && i - top < room; i++)
		draw_field(f, g, in, in.y + intro + i - top, (size_t)i);
	int y = in.y + in.h - 3;
	if (hints || y >= in.y + intro + n) {
		bool on_field = f->focus < f->spec->count;
		const char *hint = on_field && f->spec->fields[f->focus].hint ? f->spec->fields[f->focus].hint : "";
		frame_wrap(g, in.x, y, in.w, 2, *f->error ? ST_DIALOG_BAD : ST_DIALOG_DIM, *f->error ? f->error : hint);
	}
	draw_buttons(f, g, in, in.y + in.h - 1);
	if (!hints && y < in.y + intro + n && *f->error)
		grid_text(g, in.x, in.y + in.h - 1, in.w, ST_DIALOG_BAD, f->error);
}

static void submit(struct form *f, struct console *c) {
	struct err e;
	err_clear(&e);
	if (f->spec->accept(c, f, &e))
		dialog_close(c, &f->base);
	else
		text_copy(f->error, sizeof f->error, e.text);
}

static void choose(struct form *f, int by) {
	const char *const *choices = f->spec->fields[f->focus].choices;
	unsigned n = choices ? 0 : 2; /* a check is one of two */
	while (choices && choices[n])
		n++;
	f->choices[f->focus] = (f->choices[f->focus] + n + (unsigned)by) % n;
}

static void form_key(struct dialog *d, struct console *c, const struct key *k) {
	struct form *f = (struct form *)d;
	size_t n = f->spec->count;
	bool on_field = f->focus < n, toggles = false;
	enum field_kind kind = on_field ? f->spec->fields[f->focus].kind : FIELD_TEXT;
	toggles = on_field && (kind == FIELD_CHOICE || kind == FIELD_CHECK);
	f->error[0] = '\0';
	if (k->code == K_ESC || k->code == K_CTRL('C') || (k->code == K_ENTER && f->focus == n + 1))
		dialog_close(c, d);
	else if (k->code == K_F(2) || (k->code == K_ENTER && f->focus >= n - 1))
		submit(f, c);
	else if (k->code == K_TAB && kind == FIELD_PATH && *f->edits[f->focus].text &&
		 f->edits[f->focus].at == strlen(f->edits[f->focus].text)) {
		char was[EDIT_MAX];
		text_copy(was, sizeof was, f->edits[f->focus].text);
		if (!edit_complete_path(&f->edits[f->focus]) || strcmp(was, f->edits[f->focus].text) == 0)
			f->focus++;
	} else if (k->code == K_DOWN || k->code == K_TAB || k->code == K_ENTER)
		f->focus = f->focus == n + 1 ? 0 : f->focus + 1;
	else if (k->code == K_UP || k->code == K_BACKTAB)
		f->focus = f->focus == 0 ? n + 1 : f->focus - 1;
	else if (toggles && (k->code == K_LEFT || k->code == K_RIGHT || k->code == K_SPACE))
		choose(f, k->code == K_LEFT ? -1 : 1);
	else if (!on_field && (k->code == K_LEFT || k->code == K_RIGHT))
		f->focus = f->focus == n ? n + 1 : n;
	else if (on_field && !toggles)
		edit_key(&f->edits[f->focus], k);
}

static void form_free(struct dialog *d) {
	struct form *f = (struct form *)d;
	for (size_t i = 0; i < FORM_FIELDS_MAX; i++)
		edit_clear(&f->edits[i]);
	if (f->data && f->spec->release)
		f->spec->release(f->data);
	free(f);
}

static const struct dialog_ops form_ops = {
	.draw = form_draw, .key = form_key, .free = form_free,
	.keys = "Enter next / OK   Tab complete a path   Left Right choose   F2 OK   Esc cancel"
};

struct form *dialog_form(struct console *c, const struct form_spec *spec, void *data) {
	struct form *f = calloc(1, sizeof *f);
	struct err e;
	if (!f) {
		err_nomem(&e);
		console_complain(c, &e);
		if (data && spec->release)
			spec->release(data);
		return NULL;
	}
	f->base.ops = &form_ops;
	f->spec = spec;
	f->data = data;
	for (size_t i = 0; i < spec->count && i < FORM_FIELDS_MAX; i++)
		f->edits[i].hidden = spec->fields[i].kind == FIELD_SECRET;
	dialog_push(c, &f->base);
	return f;
}

void form_set(struct form *f, size_t field, const char *text) { edit_set(&f->edits[field], text); }
void form_choose(struct form *f, size_t field, unsigned choice) { f->choices[field] = choice; }
const char *form_text(const struct form *f, size_t field) { return f->edits[field].text; }
unsigned form_choice(const struct form *f, size_t field) { return f->choices[field]; }
const struct secret *form_secret(const struct form *f, size_t field) { return &f->edits[field].secret; }
void *form_data(struct form *f) { return f->data; }
void form_take_data(struct form *f) { f->data = NULL; }
