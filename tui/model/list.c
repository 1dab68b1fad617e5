/* SPDX-License-Identifier: MIT
 *
 * list.c - the result list: a window of a query on the store, a cursor and marks.
 */
#include "tui/model/list.h"

#include <stdlib.h>
#include <string.h>

#define ERROR_STATES (1u << MBOX_FAILED | 1u << MBOX_SYNCED_WITH_GAPS)

void list_free(struct list *l) {
	list_records_forget(l);
	free(l->lines);
	free(l->rows);
	marks_free(&l->marks);
	memset(l, 0, sizeof *l);
}

void list_show(struct list *l, enum list_kind kind, int64_t batch) {
	l->kind = kind;
	l->batch = batch;
	list_unfilter(l);
	l->total = l->top = l->cursor = 0;
	l->cursor_id = 0;
	l->row_count = 0;
	l->records = NULL;
	l->parent = 0;
	list_records_forget(l);
	marks_clear(&l->marks);
}

void list_show_records(struct list *l, const struct record_list *records, int64_t tenant, int64_t parent) {
	list_show(l, LIST_RECORDS, 0);
	l->records = records;
	l->tenant = tenant;
	l->parent = parent;
	l->order = records->sort;
	l->descending = records->descending;
}

struct mailbox_query list_query(const struct list *l) {
	struct mailbox_query q = { .sort = l->sort, .descending = l->descending };
	q.filter.batch = l->batch;
	q.filter.text = l->text;
	q.filter.states = l->errors_only ? ERROR_STATES : 0;
	return q;
}

bool list_filtered(const struct list *l) { return *l->text || *l->who || l->errors_only || l->named; }

void list_unfilter(struct list *l) {
	l->text[0] = l->who[0] = '\0';
	l->errors_only = false;
	l->named = NULL;
}

/* Rows that are read window by window. */
static bool windowed(const struct list *l) { return l->kind == LIST_MAILBOXES || l->kind == LIST_RECORDS; }

static size_t loaded(const struct list *l) { return l->kind == LIST_RECORDS ? l->line_count : l->row_count; }

static void clamp(struct list *l) {
	uint64_t height = l->height > 0 ? (uint64_t)l->height : 1;
	if (l->cursor >= l->total)
		l->cursor = l->total ? l->total - 1 : 0;
	if (l->top + height > l->total)
		l->top = l->total > height ? l->total - height : 0;
	if (l->cursor < l->top)
		l->top = l->cursor;
	if (l->cursor >= l->top + height)
		l->top = l->cursor - height + 1;
}

static bool take_row(void *arg, const struct mailbox_row *row) {
	struct list *l = arg;
	if (l->row_count == l->row_cap)
		return false;
	l->rows[l->row_count] = *row;
	if (l->idle)
		mailbox_row_idle(&l->rows[l->row_count]);
	l->row_count++;
	return true;
}

/* The shown rows and as many before and behind, so that most keys need no query. */
static bool load_window(struct list *l, struct store *s, struct err *e) {
	size_t height = l->height > 0 ? (size_t)l->height : 1;
	if (l->kind == LIST_RECORDS) {
		l->first = l->top > height ? l->top - height : 0;
		return list_records_load(l, s, l->first, height * 3, e);
	}
	if (l->row_cap < height * 3) {
		struct mailbox_row *bigger = realloc(l->rows, height * 3 * sizeof *bigger);
		if (!bigger)
			return err_nomem(e);
		l->rows = bigger;
		l->row_cap = height * 3;
	}
	struct mailbox_query q = list_query(l);
	q.offset = l->top > height ? l->top - height : 0;
	q.limit = l->row_cap;
	l->first = q.offset;
	l->row_count = 0;
	return mailboxes_list(s, &q, take_row, l, e);
}

static bool in_window(const struct list *l) {
	uint64_t end = l->top + (uint64_t)(l->height > 0 ? l->height : 1);
	end = end > l->total ? l->total : end;
	return l->top >= l->first && end <= l->first + loaded(l);
}

static void note_cursor(struct list *l) {
	int64_t id = list_current_id(l);
	if (id)
		l->cursor_id = id;
}

/* Where the cursor's mailbox is now; it stays on its line of the screen. */
static bool follow(struct list *l, struct store *s, struct err *e) {
	struct mailbox_query q = list_query(l);
	uint64_t at, line = l->cursor - l->top;
	struct err gone;
	if (l->kind == LIST_RECORDS ? !list_records_position(l, s, l->cursor_id, &at, &gone) :
				      !mailbox_position(s, &q, l->cursor_id, &at, &gone))
		return true; /* not in the list any more: the line stays where it is */
	l->cursor = at;
	l->top = at > line ? at - line : 0;
	clamp(l);
	return load_window(l, s, e);
}

bool list_reload(struct list *l, struct store *s, struct err *e) {
	if (!windowed(l))
		return true;
	struct mailbox_query q = list_query(l);
	if (l->kind == LIST_RECORDS ? !list_records_count(l, s, e) : !mailboxes_count(s, &q.filter, &l->total, e))
		return false;
	clamp(l);
	if (!load_window(l, s, e))
		return false;
	if (l->cursor_id && list_current_id(l) != l->cursor_id && !follow(l, s, e))
		return false;
	note_cursor(l);
	return true;
}

/* Where the cursor's record is now is asked first, so that the rows are sorted once and not twice. */
bool list_reordered(struct list *l, struct store *s, struct err *e) {
	uint64_t at, line = l->cursor - l->top;
	struct err gone;
	if (l->kind == LIST_RECORDS && l->cursor_id && list_records_position(l, s, l->cursor_id, &at, &gone)) {
		l->cursor = at;
		l->top = at > line ? at - line : 0;
	}
	return list_reload(l, s, e);
}

bool list_go(struct list *l, struct store *s, uint64_t to, struct err *e) {
	l->cursor = to;
	clamp(l);
	if (!windowed(l))
		return true;
	if (!in_window(l) && !load_window(l, s, e))
		return false;
	l->cursor_id = 0;
	note_cursor(l);
	return true;
}

bool list_move(struct list *l, struct store *s, int64_t by, struct err *e) {
	uint64_t to = by < 0 && (uint64_t)-by > l->cursor ? 0 : l->cursor + (uint64_t)by;
	return list_go(l, s, to, e);
}

bool list_set_height(struct list *l, struct store *s, int height, struct err *e) {
	l->height = height > 0 ? height : 1;
	clamp(l);
	return !windowed(l) || in_window(l) || load_window(l, s, e);
}

void list_set_total(struct list *l, uint64_t total) {
	l->total = total;
	clamp(l);
}

const struct mailbox_row *list_row(const struct list *l, uint64_t index) {
	if (l->kind != LIST_MAILBOXES || index < l->first || index >= l->first + l->row_count)
		return NULL;
	return &l->rows[index - l->first];
}

const struct mailbox_row *list_current(const struct list *l) { return list_row(l, l->cursor); }

const struct record_line *list_line(const struct list *l, uint64_t index) {
	if (l->kind != LIST_RECORDS || index < l->first || index >= l->first + l->line_count)
		return NULL;
	return &l->lines[index - l->first];
}

const struct record_line *list_current_line(const struct list *l) { return list_line(l, l->cursor); }

int64_t list_current_id(const struct list *l) {
	const struct mailbox_row *row = list_current(l);
	const struct record_line *line = list_current_line(l);
	return row ? row->id : line ? line->id : 0;
}

const struct column *list_columns(const struct list *l, struct column made[COLUMNS_MAX + 1]) {
	if (l->kind != LIST_RECORDS)
		return columns_of(l->kind);
	columns_of_records(l->records, made);
	return made;
}

bool list_sorted_by(const struct list *l, const struct column *col) {
	if (col->sort == NO_SORT)
		return false;
	if (l->kind == LIST_RECORDS)
		return col->sort == (int)l->order;
	return l->kind == LIST_MAILBOXES && col->sort == (int)l->sort;
}
