/* SPDX-License-Identifier: MIT
 *
 * list.h - the result list: a window of a query on the store, a cursor and marks.
 *
 * The store filters, sorts and pages; the list holds a few screens of rows around what
 * is shown. The cursor is on a mailbox or a record (by id), not on a line: when rows come, go or
 * change places, it goes along.
 */
#ifndef MAILVAN_TUI_LIST_H
#define MAILVAN_TUI_LIST_H

#include "core/store/mailboxes.h"
#include "tui/model/marks.h"
#include "tui/tables/columns.h"

#define LIST_TEXT_MAX 200

struct list {
	enum list_kind kind;
	int64_t batch; /* 0 = every mailbox */
	char text[LIST_TEXT_MAX];
	char who[LIST_TEXT_MAX]; /* record_query.about: only what concerns this user; "" = anybody */
	bool errors_only;
	bool idle; /* nobody is at work: rows have no rates */
	enum mailbox_sort sort;
	bool descending;

	/* LIST_RECORDS */
	const struct record_list *records;
	int64_t tenant, parent; /* as in struct record_query */
	const struct record_filter *named;
	size_t order; /* index of the column that sorts; descending as above */
	struct record_line *lines;
	size_t line_count, line_cap;

	uint64_t total; /* rows of the query */
	uint64_t top, cursor;
	int64_t cursor_id; /* 0 = none */
	int height;	   /* rows on the screen, at least 1 */

	struct mailbox_row *rows; /* LIST_MAILBOXES: rows [first, first + row_count); of records lie in lines */
	size_t row_count, row_cap;
	uint64_t first;

	struct marks marks;
};

void list_free(struct list *l);
/* Another node: cursor, filter and marks start anew; the order of mailboxes stays. */
void list_show(struct list *l, enum list_kind kind, int64_t batch);
/* The same for records. parent: the row whose inside is shown, 0 = none. */
void list_show_records(struct list *l, const struct record_list *records, int64_t tenant, int64_t parent);
/* The query without its window. Borrows l->text. */
struct mailbox_query list_query(const struct list *l);
struct record_query list_record_query(const struct list *l);
bool list_filtered(const struct list *l);
void list_unfilter(struct list *l); /* to be reloaded */

/* Reads count and rows again, the cursor staying on its mailbox and on its line of the screen. */
bool list_reload(struct list *l, struct store *s, struct err *e);
/* The same after the order was changed. */
bool list_reordered(struct list *l, struct store *s, struct err *e);
/* Moves the cursor (clamped) and reads rows only when the window does not have them. */
bool list_go(struct list *l, struct store *s, uint64_t to, struct err *e);
bool list_move(struct list *l, struct store *s, int64_t by, struct err *e);
/* Scrolls without leaving the cursor behind the edge. */
bool list_set_height(struct list *l, struct store *s, int height, struct err *e);
/* For lists whose rows are elsewhere (batches): the number of rows only. */
void list_set_total(struct list *l, uint64_t total);

/* NULL when that row is not in the window. */
const struct mailbox_row *list_row(const struct list *l, uint64_t index);
const struct mailbox_row *list_current(const struct list *l);
const struct record_line *list_line(const struct list *l, uint64_t index);
const struct record_line *list_current_line(const struct list *l);
int64_t list_current_id(const struct list *l); /* of the mailbox or record, 0 = none */

/* The columns of this list, made in `made` where they are not constant. Ends with title NULL. */
const struct column *list_columns(const struct list *l, struct column made[COLUMNS_MAX + 1]);
/* Is it sorted by that column? */
bool list_sorted_by(const struct list *l, const struct column *col);

/* list_records.c, for list.c: LIST_RECORDS only. */
bool list_records_count(struct list *l, struct store *s, struct err *e);
bool list_records_load(struct list *l, struct store *s, uint64_t offset, uint64_t limit, struct err *e);
bool list_records_position(const struct list *l, struct store *s, int64_t id, uint64_t *at, struct err *e);
void list_records_forget(struct list *l);

#endif
