/* SPDX-License-Identifier: MIT
 *
 * dialog_record.c - the property sheet of any record: each column of its list, long texts in full.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tui/model/job.h"
#include "tui/tables/record_looks.h"
#include "tui/view/dialogs.h"
#include "tui/view/frame.h"

#define ITEMS_SHOWN 200
#define VALUE_MAX (256U << 10)

struct field_line {
	char label[40];
	char *value;
	enum style style;
};

struct sheet {
	struct dialog base;
	const struct record_list *list;
	int64_t id;
	bool gone;
	char title[200];
	struct field_line *lines;
	size_t count, cap;
	size_t top;
	struct marks read; /* rows that were shown, of a list that is read like mail */
};

#define SHEET_W 104
#define SHEET_H 36
#define LABEL_W 17

static void forget(struct sheet *s) {
	for (size_t i = 0; i < s->count; i++)
		free(s->lines[i].value);
	s->count = 0;
}

/* One member to a line. */
static void lay_out_json(char *text) {
	bool quoted = false;
	for (char *p = text; *p; p++) {
		if (*p == '"' && (p == text || p[-1] != '\\'))
			quoted = !quoted;
		if (*p == ',' && !quoted && p[1] == ' ')
			p[1] = '\n';
	}
}

static bool add(struct sheet *s, const char *label, const char *value, enum style st) {
	if (s->count == s->cap) {
		size_t cap = s->cap ? s->cap * 2 : 32;
		struct field_line *bigger = realloc(s->lines, cap * sizeof *bigger);
		if (!bigger)
			return false;
		s->lines = bigger;
		s->cap = cap;
	}
	struct field_line *l = &s->lines[s->count];
	l->value = strndup(value, VALUE_MAX);
	l->style = st;
	if (!l->value)
		return false;
	if (*value == '{')
		lay_out_json(l->value);
	text_copy(l->label, sizeof l->label, label);
	s->count++;
	return true;
}

/* Styles of the list say how a word looks on the panes; in a dialog two of them are enough. */
static enum style dialog_style(enum style st) {
	return st == ST_BAD || st == ST_WARN ? ST_DIALOG_BAD : ST_DIALOG;
}

static bool take(void *arg, const struct record *r) {
	struct sheet *s = arg;
	const struct record_list *l = s->list;
	s->gone = false;
	text_sanitise(s->title, sizeof s->title, r->cells[0].text, strlen(r->cells[0].text));
	if (!*s->title)
		snprintf(s->title, sizeof s->title, "%.40s %.150s", l->object, r->label);
	for (size_t i = 0; i < l->column_count; i++) {
		const struct record_column *c = &l->columns[i];
		char text[80];
		const char *value = text;
		if (cell_is_text(c->type) && !r->cells[i].null)
			value = r->cells[i].text;
		else
			cell_text(text, sizeof text, c, &r->cells[i]);
		if (!add(s, c->title, *value ? value : "-", dialog_style(record_style(l, c->name, value))))
			return false;
	}
	return false;
}

static bool take_item(void *arg, const struct record *r) {
	struct sheet *s = arg;
	char *value;
	const char *target = r->cells[1].text, *state = r->cells[3].text, *text = r->cells[4].text;
	size_t size = strlen(target) + strlen(text) + 8;
	value = malloc(size);
	if (!value)
		return false;
	snprintf(value, size, "%s%s%s", target, *text ? ": " : "", text);
	bool ok = add(s, state, value, dialog_style(record_style(&record_task_items, "state", state)));
	free(value);
	return ok;
}

static bool read_sheet(struct sheet *s, struct store *store, struct err *e) {
	struct record_query q = { .list = s->list, .ids = &s->id, .id_count = 1 };
	forget(s);
	s->gone = true;
	if (!records_each(store, &q, take, s, e))
		return false;
	if (s->list != &record_tasks)
		return true;
	struct record_query items = { .list = &record_task_items, .parent = s->id, .limit = ITEMS_SHOWN };
	uint64_t n;
	if (!records_count(store, &items, &n, e) || n == 0)
		return n == 0;
	add(s, "", "", ST_DIALOG);
	add(s, "Items",
	    n > ITEMS_SHOWN ? "the first 200; Enter on the task lists all of them" : "and what became of them",
	    ST_DIALOG_STRONG);
	return records_each(store, &items, take_item, s, e);
}

/* The cells of the longest label decide nothing: a label that is too long is cut. */
static int lines_of(const struct field_line *l, int w) {
	int n = frame_lines(NULL, 0, 0, w - LABEL_W, 0, 100000, ST_DIALOG, l->value);
	return n > 0 ? n : 1;
}

static int inner_width(int screen) {
	int w = SHEET_W > screen - 6 ? screen : SHEET_W;
	return w < 12 ? w : w - 4;
}

static size_t all_lines(const struct sheet *s, int w) {
	size_t n = 0;
	for (size_t i = 0; i < s->count; i++)
		n += (size_t)lines_of(&s->lines[i], w);
	return n;
}

static void sheet_draw(const struct dialog *d, const struct console *c, struct grid *g) {
	const struct sheet *s = (const struct sheet *)d;
	int want = (int)all_lines(s, inner_width(g->w)) + 2;
	struct rect in = frame_dialog(g, SHEET_W, want < SHEET_H ? (want < 8 ? 8 : want) : SHEET_H, s->title);
	size_t at = 0;
	(void)c;
	if (s->gone)
		grid_text(g, in.x, in.y, in.w, ST_DIALOG_BAD, "This row is not there any more.");
	for (size_t i = 0; i < s->count; i++) {
		const struct field_line *l = &s->lines[i];
		size_t n = (size_t)lines_of(l, in.w), skip = at < s->top ? s->top - at : 0;
		long y = (long)at - (long)s->top;
		at += n;
		if (skip >= n || y >= in.h)
			continue;
		if (skip == 0)
			grid_text(g, in.x, in.y + (int)y, LABEL_W - 1, ST_DIALOG_DIM, l->label);
		else
			y = 0;
		frame_lines(g, in.x + LABEL_W, in.y + (int)y, in.w - LABEL_W, (int)skip, in.h - (int)y, l->style,
			    l->value);
	}
	struct rect box = { in.x - 2, in.y - 1, in.w + 4, in.h + 2 };
	frame_scroll(g, box, ST_DIALOG_DIM, s->top, (uint64_t)in.h, at);
}

struct seeing {
	struct store *store;
	const struct record_list *list;
	struct marks ids;
	bool ok;
	struct err e;
};

static void seen_work(void *data) {
	struct seeing *w = data;
	w->ok = records_seen(w->store, w->list, w->ids.ids, w->ids.count, true, &w->e);
}

static void seen_finish(struct console *c, void *data) {
	struct seeing *w = data;
	if (c && !w->ok)
		console_complain(c, &w->e);
	marks_free(&w->ids);
	free(w);
}

/* When the sheet closes, not while it is open: what was read moves behind what was not, and "next" would jump. */
static void mark_seen(struct sheet *s, struct console *c) {
	struct seeing *w = s->read.count ? calloc(1, sizeof *w) : NULL;
	if (!w)
		return;
	w->store = c->store;
	w->list = s->list;
	w->ids = s->read;
	memset(&s->read, 0, sizeof s->read);
	if (job_label(c)) { /* no thread to be had: it is one small write */
		seen_work(w);
		seen_finish(c, w);
	} else {
		job_start(c, "Marking as read", seen_work, seen_finish, w);
	}
}

static void show(struct sheet *s, struct console *c) {
	const struct record_line *line = list_current_line(&c->list);
	struct err e;
	if (!line)
		return;
	s->id = line->id;
	s->top = 0;
	if (!read_sheet(s, c->store, &e))
		console_complain(c, &e);
	if (s->list->seen)
		marks_set(&s->read, s->id, true);
}

static void leave(struct sheet *s, struct console *c) {
	mark_seen(s, c);
	dialog_close(c, &s->base);
}

static void scroll(struct sheet *s, const struct console *c, int32_t code) {
	int h = (c->layout.h - 2 < SHEET_H ? c->layout.h - 2 : SHEET_H) - 2;
	size_t page = h > 2 ? (size_t)h : 2, lines = all_lines(s, inner_width(c->layout.w));
	size_t last = lines > page ? lines - page : 0;
	if (code == K_DOWN || code == 'j')
		s->top++;
	else if ((code == K_UP || code == 'k') && s->top > 0)
		s->top--;
	else if (code == K_PGDN || code == K_SPACE)
		s->top += page;
	else if (code == K_PGUP)
		s->top = s->top > page ? s->top - page : 0;
	else if (code == K_HOME)
		s->top = 0;
	else if (code == K_END)
		s->top = last;
	s->top = s->top > last ? last : s->top;
}

static void sheet_key(struct dialog *d, struct console *c, const struct key *k) {
	struct sheet *s = (struct sheet *)d;
	if (k->code == K_ESC || k->code == K_ENTER || k->code == 'q' || k->code == 'i' || k->code == K_CTRL('C')) {
		leave(s, c);
	} else if (k->code == K_RIGHT || k->code == 'l' || k->code == 'n') {
		console_list_key(c, 1);
		show(s, c);
	} else if (k->code == K_LEFT || k->code == 'h' || k->code == 'p') {
		console_list_key(c, -1);
		show(s, c);
	} else if (k->code == K_MOUSE && (k->button == MOUSE_WHEEL_UP || k->button == MOUSE_WHEEL_DOWN)) {
		scroll(s, c, k->button == MOUSE_WHEEL_UP ? K_UP : K_DOWN);
	} else if (k->code == K_MOUSE) {
		leave(s, c);
	} else {
		scroll(s, c, k->code);
	}
}

static void sheet_refresh(struct dialog *d, struct console *c) {
	struct sheet *s = (struct sheet *)d;
	struct err e;
	if (!read_sheet(s, c->store, &e))
		console_complain(c, &e);
}

static void sheet_free(struct dialog *d) {
	struct sheet *s = (struct sheet *)d;
	forget(s);
	marks_free(&s->read);
	free(s->lines);
	free(s);
}

static const struct dialog_ops sheet_ops = { .draw = sheet_draw,
					     .key = sheet_key,
					     .refresh = sheet_refresh,
					     .free = sheet_free,
					     .keys = "Left Right other row   Up Down PgUp PgDn scroll   Esc close" };

void dialog_record(struct console *c) {
	struct sheet *s = calloc(1, sizeof *s);
	struct err e;
	if (!s) {
		err_nomem(&e);
		console_complain(c, &e);
		return;
	}
	s->base.ops = &sheet_ops;
	s->list = c->list.records;
	show(s, c);
	dialog_push(c, &s->base);
}
