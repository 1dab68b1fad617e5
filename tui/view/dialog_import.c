/* SPDX-License-Identifier: MIT
 *
 * dialog_import.c - what an import found: every problem with line, column and fix, before anything is stored.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tui/view/dialogs.h"
#include "tui/view/frame.h"

struct page {
	struct dialog base;
	struct import_result *result;
	char path[300];
	size_t top;
	bool on_store;
	void (*accept)(struct console *c, struct import_result *r);
};

#define LINES_EACH 2 /* about: what is wrong, and what to do */

static void delimiter_name(char dst[16], char d) {
	if (d == '\0')
		text_copy(dst, 16, "unknown");
	else if (d == '\t')
		text_copy(dst, 16, "tab");
	else
		snprintf(dst, 16, "\"%c\"", d >= ' ' && d < 127 ? d : '?');
}

static void plural(char *dst, size_t size, size_t n, const char *one) {
	char count[32];
	text_count(count, sizeof count, n);
	snprintf(dst, size, "%s %s%s", count, one, n == 1 ? "" : "s");
}

static int draw_summary(const struct page *p, struct grid *g, struct rect in) {
	const struct import_result *r = p->result;
	char delimiter[16], rows[48], good[48], errors[48], notes[48];
	delimiter_name(delimiter, r->delimiter);
	plural(rows, sizeof rows, r->rows, "row");
	plural(good, sizeof good, r->spec_count, "good row");
	plural(errors, sizeof errors, r->errors, "error");
	plural(notes, sizeof notes, r->notes, "note");
	grid_text(g, in.x, in.y, in.w, ST_DIALOG_STRONG, p->path);
	grid_textf(g, in.x, in.y + 1, in.w, ST_DIALOG, "%s · %s · delimiter %s", rows, r->encoding, delimiter);
	int used = grid_text(g, in.x, in.y + 2, in.w, ST_DIALOG, good);
	used += grid_text(g, in.x + used, in.y + 2, in.w - used, ST_DIALOG, " · ");
	used += grid_text(g, in.x + used, in.y + 2, in.w - used, r->errors ? ST_DIALOG_BAD : ST_DIALOG, errors);
	grid_textf(g, in.x + used, in.y + 2, in.w - used, ST_DIALOG, " · %s", notes);
	return 4;
}

/* Draws one problem with its fix in at most the rows that are left; returns the rows used. */
static int draw_problem(struct grid *g, struct rect in, int y, int bottom, const struct import_problem *p) {
	static const char *const words[] = { "note ", "ERROR", "ERROR" };
	char text[sizeof p->text + 8], fix[sizeof p->fix + 8], place[sizeof p->column + 32];
	enum style st = p->level == PROBLEM_NOTE ? ST_DIALOG : ST_DIALOG_BAD;
	int used = grid_text(g, in.x, y, 6, st, words[p->level]) + 1, rows = 1;
	if (p->line)
		snprintf(place, sizeof place, "line %u%s%s", p->line, *p->column ? ", " : "", p->column);
	else
		snprintf(place, sizeof place, "%s", *p->column ? p->column : "the whole file");
	text_sanitise(text, sizeof text, place, strlen(place));
	used += grid_text(g, in.x + used, y, in.w - used, ST_DIALOG_STRONG, text) + 1;
	text_sanitise(text, sizeof text, p->text, strlen(p->text));
	text_sanitise(fix, sizeof fix, p->fix, strlen(p->fix));
	if (used + grid_cells(g, text) <= in.w)
		grid_text(g, in.x + used, y, in.w - used, ST_DIALOG, text);
	else if (y + 1 < bottom)
		rows += frame_wrap(g, in.x + 6, y + 1, in.w - 6, bottom - y - 1 < 4 ? bottom - y - 1 : 4, ST_DIALOG,
				   text);
	if (*fix && y + rows < bottom) {
		grid_text(g, in.x + 6, y + rows, 2, ST_DIALOG_DIM, "→");
		rows += frame_wrap(g, in.x + 8, y + rows, in.w - 8, bottom - y - rows < 3 ? bottom - y - rows : 3,
				   ST_DIALOG_DIM, fix);
	}
	return rows;
}

static void store_label(const struct page *p, char *dst, size_t size) {
	char rows[48];
	plural(rows, sizeof rows, p->result->spec_count, "good row");
	snprintf(dst, size, "Store %s", rows);
}

static void draw_buttons(const struct page *p, struct grid *g, struct rect in) {
	char store[80];
	int y = in.y + in.h - 1, x = in.x + in.w;
	store_label(p, store, sizeof store);
	for (int i = 0; i < 2; i++) {
		const char *label = i == 0 ? "Cancel" : store;
		if (i == 1 && p->result->spec_count == 0)
			break;
		int w = grid_cells(g, label) + 4;
		enum style st = (i == 1) == p->on_store ? ST_BUTTON_FOCUS : ST_BUTTON;
		x -= w + 1;
		grid_fill(g, (struct rect){ x, y, w, 1 }, st);
		grid_textf(g, x, y, w, st, st == ST_BUTTON_FOCUS ? "[ %s ]" : "  %s", label);
	}
}

static void page_draw(const struct dialog *d, const struct console *c, struct grid *g) {
	const struct page *p = (const struct page *)d;
	const struct import_result *r = p->result;
	int want = 7 + (int)(r->problem_count < 200 ? r->problem_count : 200) * LINES_EACH + 2;
	(void)c;
	struct rect in = frame_dialog(g, 110, want < 10 ? 10 : want, "Add mailboxes: what the file says");
	int y = in.y + draw_summary(p, g, in), bottom = in.y + in.h - 2;
	if (r->problem_count == 0)
		grid_text(g, in.x, y, in.w, ST_DIALOG,
			  "Nothing is wrong with it. Adding the same list again changes nothing.");
	size_t i = p->top;
	for (; i < r->problem_count && y < bottom; i++)
		y += draw_problem(g, in, y, bottom, &r->problems[i]);
	struct rect box = { in.x - 2, in.y - 1, in.w + 4, in.h + 2 };
	frame_scroll(g, box, ST_DIALOG_DIM, p->top, i - p->top, r->problem_count);
	draw_buttons(p, g, in);
}

static void finish(struct page *p, struct console *c, bool store) {
	struct import_result *r = p->result;
	void (*accept)(struct console *, struct import_result *) = p->accept;
	if (store && r->spec_count == 0)
		return;
	if (store)
		p->result = NULL; /* accept owns it now */
	dialog_close(c, &p->base);
	if (store)
		accept(c, r);
	else
		console_note(c, "Nothing was stored");
}

static void page_key(struct dialog *d, struct console *c, const struct key *k) {
	struct page *p = (struct page *)d;
	size_t n = p->result->problem_count, screen = (size_t)(c->layout.h > 16 ? (c->layout.h - 10) / LINES_EACH : 3);
	bool wheel = k->code == K_MOUSE;
	if (k->code == K_ESC || k->code == K_CTRL('C') || k->code == 'n')
		finish(p, c, false);
	else if (k->code == K_ENTER)
		finish(p, c, p->on_store);
	else if (k->code == K_TAB || k->code == K_BACKTAB || k->code == K_LEFT || k->code == K_RIGHT)
		p->on_store = p->result->spec_count > 0 && !p->on_store;
	else if ((k->code == K_DOWN || (wheel && k->button == MOUSE_WHEEL_DOWN)) && p->top + 1 < n)
		p->top++;
	else if ((k->code == K_UP || (wheel && k->button == MOUSE_WHEEL_UP)) && p->top > 0)
		p->top--;
	else if (k->code == K_PGDN)
		p->top = p->top + screen < n ? p->top + screen : n ? n - 1 : 0;
	else if (k->code == K_PGUP)
		p->top = p->top > screen ? p->top - screen : 0;
	else if (k->code == K_HOME)
		p->top = 0;
	else if (k->code == K_END)
		p->top = n > screen ? n - screen : 0;
}

static void page_free(struct dialog *d) {
	struct page *p = (struct page *)d;
	if (p->result) {
		import_free(p->result);
		free(p->result);
	}
	free(p);
}

static const struct dialog_ops page_ops = {
	.draw = page_draw, .key = page_key, .free = page_free,
	.keys = "Up Down PgUp PgDn problems   Tab other button   Enter do it   Esc store nothing"
};

void dialog_import(struct console *c, const char *path, struct import_result *r,
		   void (*accept)(struct console *c, struct import_result *r)) {
	struct page *p = calloc(1, sizeof *p);
	struct err e;
	if (!p) {
		import_free(r);
		free(r);
		err_nomem(&e);
		console_complain(c, &e);
		return;
	}
	p->base.ops = &page_ops;
	p->result = r;
	p->accept = accept;
	p->on_store = r->spec_count > 0 && r->errors == 0;
	text_sanitise(p->path, sizeof p->path, path, strlen(path));
	dialog_push(c, &p->base);
}
