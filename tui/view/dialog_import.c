/* SPDX-License-Identifier: MIT
 *
 * dialog_import.c - what a file says: every problem with line, column and fix, before anything is done.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tui/view/dialogs.h"
#include "tui/view/frame.h"

struct page {
	struct dialog base;
	struct findings f; /* texts are copied below */
	char title[80], ok[80], path[300], summary[1200];
	size_t top;
	bool on_ok;
};

#define LINES_EACH 2 /* about: what is wrong, and what to do */
#define ROWS_MOST 8  /* of one problem */
#define SUMMARY_LINES 8

static int draw_summary(const struct page *p, struct grid *g, struct rect in) {
	grid_text(g, in.x, in.y, in.w, ST_DIALOG_STRONG, p->path);
	int n = frame_wrap(g, in.x, in.y + 1, in.w, SUMMARY_LINES, ST_DIALOG, p->summary);
	if (p->f.bad)
		grid_restyle(g, (struct rect){ in.x, in.y + n, in.w, 1 }, ST_DIALOG_BAD);
	return n + 2;
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

static void draw_buttons(const struct page *p, struct grid *g, struct rect in) {
	int y = in.y + in.h - 1, x = in.x + in.w;
	for (int i = 0; i < 2; i++) {
		const char *label = i == 0 ? "Cancel" : p->ok;
		if (i == 1 && !p->f.can)
			break;
		int w = grid_cells(g, label) + 4;
		enum style st = (i == 1) == p->on_ok ? ST_BUTTON_FOCUS : ST_BUTTON;
		x -= w + 1;
		grid_fill(g, (struct rect){ x, y, w, 1 }, st);
		grid_textf(g, x, y, w, st, st == ST_BUTTON_FOCUS ? "[ %s ]" : "  %s", label);
	}
}

static struct rect draw_frame(const struct page *p, struct grid *g) {
	size_t n = p->f.problem_count;
	int want = 7 + (int)(n < 200 ? n : 200) * LINES_EACH + 2;
	return frame_dialog(g, 110, want < 12 ? 12 : want, p->title);
}

/* The first problem of the last page: how many fit depends on their texts. */
static size_t last_page(const struct page *p, const struct console *c) {
	size_t top = p->f.problem_count ? p->f.problem_count - 1 : 0;
	struct grid *probe = grid_new(c->layout.w, c->layout.h, false);
	if (!probe)
		return top;
	struct rect in = draw_frame(p, probe);
	int room = in.h - 2 - draw_summary(p, probe, in);
	for (size_t i = top + 1; i > 0 && i <= p->f.problem_count; i--) {
		room -= draw_problem(probe, in, in.y, in.y + ROWS_MOST, &p->f.problems[i - 1]);
		if (room < 0)
			break;
		top = i - 1;
	}
	grid_free(probe);
	return top;
}

static void page_draw(const struct dialog *d, const struct console *c, struct grid *g) {
	const struct page *p = (const struct page *)d;
	size_t n = p->f.problem_count;
	(void)c;
	struct rect in = draw_frame(p, g);
	int y = in.y + draw_summary(p, g, in), bottom = in.y + in.h - 2;
	if (n == 0)
		grid_text(g, in.x, y, in.w, ST_DIALOG, p->f.nothing);
	size_t i = p->top;
	for (; i < n && y < bottom; i++)
		y += draw_problem(g, in, y, bottom, &p->f.problems[i]);
	struct rect box = { in.x - 2, in.y - 1, in.w + 4, in.h + 2 };
	frame_scroll(g, box, ST_DIALOG_DIM, p->top, i - p->top, n);
	draw_buttons(p, g, in);
}

static void finish(struct page *p, struct console *c, bool yes) {
	void (*accept)(struct console *, void *) = p->f.accept;
	void *data = p->f.data;
	const char *declined = p->f.declined;
	if (yes && !p->f.can)
		return;
	if (yes)
		p->f.release = NULL; /* accept owns it now */
	dialog_close(c, &p->base);
	if (yes)
		accept(c, data);
	else
		console_note(c, "%s", declined);
}

static void page_key(struct dialog *d, struct console *c, const struct key *k) {
	struct page *p = (struct page *)d;
	size_t n = p->f.problem_count, screen = (size_t)(c->layout.h > 16 ? (c->layout.h - 10) / LINES_EACH : 3);
	bool wheel = k->code == K_MOUSE;
	if (k->code == K_ESC || k->code == K_CTRL('C') || k->code == 'n')
		finish(p, c, false);
	else if (k->code == K_ENTER)
		finish(p, c, p->on_ok);
	else if (k->code == K_TAB || k->code == K_BACKTAB || k->code == K_LEFT || k->code == K_RIGHT)
		p->on_ok = p->f.can && !p->on_ok;
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
		p->top = last_page(p, c);
}

static void page_free(struct dialog *d) {
	struct page *p = (struct page *)d;
	if (p->f.release)
		p->f.release(p->f.data);
	free(p);
}

static const struct dialog_ops page_ops = {
	.draw = page_draw,
	.key = page_key,
	.free = page_free,
	.keys = "Up Down PgUp PgDn problems   Tab other button   Enter do it   Esc do nothing"
};

void dialog_findings(struct console *c, const struct findings *f) {
	struct page *p = calloc(1, sizeof *p);
	struct err e;
	if (!p) {
		f->release(f->data);
		err_nomem(&e);
		console_complain(c, &e);
		return;
	}
	p->base.ops = &page_ops;
	p->f = *f;
	text_copy(p->title, sizeof p->title, f->title);
	text_copy(p->ok, sizeof p->ok, f->ok);
	text_copy(p->summary, sizeof p->summary, f->summary);
	text_sanitise(p->path, sizeof p->path, f->path, strlen(f->path));
	p->on_ok = f->can && !f->bad;
	dialog_push(c, &p->base);
}

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

void findings_summary(char *dst, size_t size, size_t rows, const char *encoding, char delimiter, size_t good,
		      size_t errors, size_t notes) {
	char name[16], all[48], fine[48], bad[48], remarks[48];
	delimiter_name(name, delimiter);
	plural(all, sizeof all, rows, "row");
	plural(fine, sizeof fine, good, "good row");
	plural(bad, sizeof bad, errors, "error");
	plural(remarks, sizeof remarks, notes, "note");
	snprintf(dst, size, "%s · %s · delimiter %s\n%s · %s · %s", all, encoding, name, fine, bad, remarks);
}

/* ---- mailboxes ---- */

struct import_findings {
	struct import_result *result;
	void (*accept)(struct console *c, struct import_result *r);
};

static void import_accept(struct console *c, void *data) {
	struct import_findings *i = data;
	i->accept(c, i->result);
	free(i);
}

static void import_release(void *data) {
	struct import_findings *i = data;
	import_free(i->result);
	free(i->result);
	free(i);
}

void dialog_import(struct console *c, const char *path, struct import_result *r,
		   void (*accept)(struct console *c, struct import_result *r)) {
	struct import_findings *i = malloc(sizeof *i);
	char summary[300], ok[80], rows[48];
	struct err e;
	if (!i) {
		import_free(r);
		free(r);
		err_nomem(&e);
		console_complain(c, &e);
		return;
	}
	*i = (struct import_findings){ r, accept };
	plural(rows, sizeof rows, r->spec_count, "good row");
	snprintf(ok, sizeof ok, "Store %s", rows);
	findings_summary(summary, sizeof summary, r->rows, r->encoding, r->delimiter, r->spec_count, r->errors,
			 r->notes);
	dialog_findings(c, &(struct findings){
				   .title = "Add mailboxes: what the file says",
				   .path = path,
				   .summary = summary,
				   .nothing = "Nothing is wrong with it. Adding the same list again changes nothing.",
				   .declined = "Nothing was stored",
				   .ok = ok,
				   .problems = r->problems,
				   .problem_count = r->problem_count,
				   .can = r->spec_count > 0,
				   .bad = r->errors > 0,
				   .accept = import_accept,
				   .release = import_release,
				   .data = i });
}
