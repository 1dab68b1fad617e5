/* SPDX-License-Identifier: MIT
 *
 * records.h - lists of a tenant as data: one const table per list, one row per column and per filter.
 *
 * The console's lists, `mailvan ... list` with --json and --csv, filters, sorting and property sheets all come
 * from these tables. Lists are cached in the store; a task (tasks.h) brings them up to date, and
 * list_state says how old they are. A new list is a file records_NAME.c and a line in record_lists.
 */
#ifndef MAILVAN_STORE_RECORDS_H
#define MAILVAN_STORE_RECORDS_H

#include "core/base/clock.h"
#include "core/store/store.h"

#define RECORD_COLUMNS_MAX 40
#define RECORD_LABEL_MAX 512

enum cell_type {
	CELL_TEXT,
	CELL_NUMBER,
	CELL_BYTES, /* of mailboxes and quotas, -1 = unlimited: shown in units of 1024, as Exchange says them */
	CELL_TIME,  /* wall_ms_t; 0 = never */
	CELL_YES,   /* 0 or 1 */
	CELL_LINES, /* text that may hold line breaks: '\n' is the only control character in it */
	CELL_JSON   /* text that is a JSON value, or "" */
};

#define RANK_DETAIL 100 /* only on the property sheet, in --json and in CSV */

struct record_column {
	const char *name;  /* stable: JSON member, CSV header, --sort; camelCase */
	const char *title; /* over the column */
	const char *sql;   /* expression over the list's FROM; NULL values are empty cells */
	enum cell_type type;
	int width, grow, rank; /* for the console: see tui/tables/columns.h */
};

struct record_filter {
	const char *name;  /* "disabled": --filter */
	const char *title; /* "Disabled" */
	const char *where; /* SQL condition */
};

struct record_list {
	const char *name;   /* "users" */
	const char *title;  /* "Users" */
	const char *object; /* one of them: "user" */
	const char *from; /* FROM clause without the word; the rows' table has alias r with INTEGER r.id and r.tenant */
	const char *label; /* SQL: what a row is called, by operators and by --json "label"; unique in a tenant for
			      changes */
	/* SQL condition for record_query.about, with ? three times: the name, the tenant, the name. NULL: no such list
	 */
	const char *about;
	const char *search; /* SQL text expression that --match and the console's filter look into */
	const char
		*refresh;  /* name of the task that brings it up to date ("refresh-users"); NULL: it is mailvan's own */
	const char *empty; /* what an empty list says; how it is read is the front end's to say */
	const struct record_column *columns;
	size_t column_count;
	const struct record_filter *filters;
	size_t filter_count;
	size_t sort;	   /* index of the column that sorts when nobody says otherwise */
	const char *order; /* SQL instead of that column, for lists with a first order of their own; NULL = none */
	bool descending;
	bool any_tenant;  /* also rows with tenant 0 */
	const char *seen; /* the table that keeps `seen`, for lists that are read like mail; NULL = not one */
};

extern const struct record_list record_users, record_subscriptions; /* records_users.c */
extern const struct record_list record_permissions, record_policies, record_devices, record_announcements,
	record_health, record_enrolments, record_feed;
extern const struct record_list record_tasks, record_task_items, record_audit; /* records_tasks.c */
extern const struct record_list *const record_lists[];			       /* ends with NULL */
const struct record_column *record_column_find(const struct record_list *l, const char *name);
const struct record_filter *record_filter_find(const struct record_list *l, const char *name);

struct record_query {
	const struct record_list *list;
	int64_t tenant;			    /* 0 = every tenant */
	const char *text;		    /* NULL or "": any */
	const struct record_filter *filter; /* NULL: all */
	const struct record_column *sort;   /* NULL: the list's own */
	bool descending;		    /* with sort */
	int64_t parent;			    /* lists inside one row (task items): its id; 0 = any */
	const int64_t *ids;		    /* only these; NULL: any */
	size_t id_count;
	const struct record_column *equal; /* a column of texts that is value, ASCII case ignored; NULL: any */
	const char *value;
	const char *about;	/* rows that concern this user, see the list's; NULL or "": any */
	uint64_t offset, limit; /* limit 0 = no limit */
};

struct cell {
	bool null;
	int64_t number;	  /* NUMBER, BYTES, TIME, YES */
	const char *text; /* TEXT: sanitised, but line breaks stay; "" otherwise */
};
struct record {
	int64_t id, tenant;
	char label[RECORD_LABEL_MAX];	       /* as stored, for changes: sanitise before showing */
	struct cell cells[RECORD_COLUMNS_MAX]; /* in the order of the columns; texts live until the callback returns */
};

/* The list has that column. */
const struct cell *record_cell(const struct record *r, const struct record_list *l, const char *column);

/* false ends the walk quietly. */
typedef bool record_fn(void *arg, const struct record *r);
bool records_count(struct store *s, const struct record_query *q, uint64_t *out, struct err *e);
bool records_each(struct store *s, const struct record_query *q, record_fn *fn, void *arg, struct err *e);
/* The row of that label, ASCII case ignored; *id = 0 when there is none; INPUT when several are called so. */
bool record_find(struct store *s, const struct record_list *l, int64_t tenant, const char *label, int64_t *id,
		 struct err *e);
/* The place of row id among the rows of q (its offset and limit do not count). */
bool record_position(struct store *s, const struct record_query *q, int64_t id, uint64_t *index, bool *found,
		     struct err *e);
/* Read by an operator, or not. INPUT for a list without `seen`. NORMAL. */
bool records_seen(struct store *s, const struct record_list *l, const int64_t *ids, size_t n, bool seen, struct err *e);
/* Is the cell's value its text? */
bool cell_is_text(enum cell_type t);
/* A cell as people read it: "yes", "1.2 GB", "2026-11-23 02:25". */
void cell_text(char *dst, size_t size, const struct record_column *c, const struct cell *cell);

/* How old a cached list is. delta: the service's own mark for "changes since", "" = none. */
struct list_state {
	wall_ms_t refreshed; /* 0 = never */
	uint64_t rows;
	char delta[4096];
};
bool list_state_get(struct store *s, int64_t tenant, const char *list, struct list_state *out, struct err *e);
bool list_state_set(struct store *s, int64_t tenant, const char *list, const struct list_state *in, struct err *e);

#endif
