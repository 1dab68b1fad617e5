/* SPDX-License-Identifier: MIT
 *
 * columns.h - the table of columns of each list.
 *
 * A column gives text and a style for a row; widths, alignment, sorting, headers and mouse targets are
 * done once, for all. When the list is narrow the columns with the highest `rank` go first.
 */
#ifndef MAILVAN_TUI_COLUMNS_H
#define MAILVAN_TUI_COLUMNS_H

#include "core/store/mailboxes.h"
#include "core/store/records.h"
#include "tui/term/grid.h"
#include "tui/tables/nodes.h"

#define COLUMN_TEXT_MAX 480
#define COLUMNS_MAX 12
#define NO_SORT (-1)

/* One row of a list of records as the console keeps it: texts only. Those of RANK_DETAIL are "". */
struct record_line {
	int64_t id, tenant;
	const char *label; /* as stored: sanitise before showing */
	const char *cells[RECORD_COLUMNS_MAX];
	char *block; /* where all of them lie */
};

/* One row of any list: exactly one is not NULL. */
struct list_row {
	const struct mailbox_row *mailbox;
	const struct batch_row *batch;
	const struct record_line *record;
};

struct column {
	const char *title;
	const char *name; /* for ":sort name" */
	int width;	  /* cells at least */
	int grow;	  /* share of what is left, 0 = none */
	bool right;	  /* numbers */
	int rank;	  /* 0 always shown */
	int min_list;	  /* list width from which it is shown at all */
	int sort;	  /* enum mailbox_sort, or NO_SORT; of records: the column's place in their table */
	void (*text)(const struct list_row *row, char dst[COLUMN_TEXT_MAX]);
	enum style (*style)(const struct list_row *row); /* NULL: plain */
	const struct record_list *records;		 /* columns_of_records */
	bool bar;	  /* draws a progress bar before the text when it is wider than `width` */
};

/* Of mailboxes and batches. Ends with title NULL. */
const struct column *columns_of(enum list_kind kind);
/* Of records: made from their own table, without what is for the property sheet. Ends with title NULL. */
void columns_of_records(const struct record_list *l, struct column out[COLUMNS_MAX + 1]);
/* A cell of any row. */
void column_text(const struct column *col, const struct list_row *row, char dst[COLUMN_TEXT_MAX]);
enum style column_style(const struct column *col, const struct list_row *row);

struct column_place {
	const struct column *column;
	int x, w;
};
/* Places from x = 0 for a list of w cells; returns how many are shown. They point into all. */
size_t columns_place(const struct column *all, int w, struct column_place out[COLUMNS_MAX]);

#endif
