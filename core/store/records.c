/* SPDX-License-Identifier: MIT
 *
 * records.c - one SELECT for any list of records.h. What is in the tables is const text of ours; whatever comes from
 * outside is bound.
 */
#include "core/store/records.h"

#include <stdio.h>
#include <string.h>
#include <time.h>

#include "core/base/buf.h"
#include "core/base/text.h"
#include "core/store/store_int.h"

#define SQL_MAX 16384
#define IDS_MAX (16U << 20)
#define BINDS_MAX 12
#define ROW_TEXT_MAX (4U << 20)

const struct record_list *const record_lists[] = {
	&record_users,
	&record_subscriptions,
	&record_permissions,
	&record_devices,
	&record_policies,
	&record_enrolments,
	&record_health,
	&record_announcements,
	&record_feed,
	&record_tasks,
	&record_task_items,
	&record_audit,
	NULL,
};

const struct record_column *record_column_find(const struct record_list *l, const char *name) {
	for (size_t i = 0; i < l->column_count; i++)
		if (text_ieq(l->columns[i].name, name))
			return &l->columns[i];
	return NULL;
}

const struct record_filter *record_filter_find(const struct record_list *l, const char *name) {
	for (size_t i = 0; i < l->filter_count; i++)
		if (text_ieq(l->filters[i].name, name))
			return &l->filters[i];
	return NULL;
}

const struct cell *record_cell(const struct record *r, const struct record_list *l, const char *column) {
	return &r->cells[record_column_find(l, column) - l->columns];
}

/* A statement being put together; pattern and ids are borrowed by the binds. */
struct select {
	struct buf sql, pattern, ids;
	struct bind binds[BINDS_MAX];
	size_t n;
};

static void select_begin(struct select *q) {
	*q = (struct select){ 0 };
	buf_init(&q->sql, SQL_MAX);
	buf_init(&q->pattern, SQL_MAX);
	buf_init(&q->ids, IDS_MAX);
}

static void select_end(struct select *q) {
	buf_free(&q->sql);
	buf_free(&q->pattern);
	buf_free(&q->ids);
}

static void where_text(struct select *q, const struct record_query *rq) {
	buf_putc(&q->pattern, '%');
	for (const char *s = rq->text; *s; s++) {
		if (strchr("%_\\", *s))
			buf_putc(&q->pattern, '\\');
		buf_putc(&q->pattern, *s);
	}
	buf_putc(&q->pattern, '%');
	buf_printf(&q->sql, " AND (%s) LIKE ? ESCAPE '\\'", rq->list->search);
	q->binds[q->n++] = TEXT(q->pattern.data);
}

static void where_ids(struct select *q, const struct record_query *rq) {
	buf_putc(&q->ids, '[');
	for (size_t i = 0; i < rq->id_count; i++)
		buf_printf(&q->ids, "%s%lld", i ? "," : "", (long long)rq->ids[i]);
	buf_putc(&q->ids, ']');
	buf_puts(&q->sql, " AND r.id IN (SELECT value FROM json_each(?))");
	q->binds[q->n++] = TEXT(q->ids.data);
}

static void add_conditions(struct select *q, const struct record_query *rq) {
	buf_printf(&q->sql, "%s WHERE 1", rq->list->from);
	if (rq->tenant) {
		buf_puts(&q->sql, rq->list->any_tenant ? " AND r.tenant IN (0, ?)" : " AND r.tenant = ?");
		q->binds[q->n++] = INT(rq->tenant);
	}
	if (rq->parent) {
		buf_puts(&q->sql, " AND r.parent = ?");
		q->binds[q->n++] = INT(rq->parent);
	}
	if (rq->filter)
		buf_printf(&q->sql, " AND (%s)", rq->filter->where);
	if (rq->ids)
		where_ids(q, rq);
	if (rq->equal) {
		buf_printf(&q->sql, " AND (%s) = ? COLLATE NOCASE", rq->equal->sql);
		q->binds[q->n++] = TEXT(rq->value);
	}
	if (rq->about && rq->about[0] && rq->list->about) {
		buf_printf(&q->sql, " AND (%s)", rq->list->about);
		q->binds[q->n++] = TEXT(rq->about);
		q->binds[q->n++] = INT(rq->tenant);
		q->binds[q->n++] = TEXT(rq->about);
	}
	if (rq->text && rq->text[0])
		where_text(q, rq);
}

static void add_where(struct select *q, const struct record_query *rq) {
	buf_puts(&q->sql, " FROM ");
	add_conditions(q, rq);
}

/* r.id last: rows that are equal otherwise keep their places from one window to the next. */
static void add_order_by(struct select *q, const struct record_query *rq) {
	const struct record_column *by = rq->sort ? rq->sort : &rq->list->columns[rq->list->sort];
	bool down = rq->sort ? rq->descending : rq->list->descending;
	if (!rq->sort && rq->list->order)
		buf_printf(&q->sql, " ORDER BY %s, r.id", rq->list->order);
	else
		buf_printf(&q->sql, " ORDER BY %s %s, r.id %s", by->sql, down ? "DESC" : "ASC", down ? "DESC" : "ASC");
}

static void add_order(struct select *q, const struct record_query *rq) {
	add_order_by(q, rq);
	if (!rq->limit && !rq->offset)
		return;
	buf_puts(&q->sql, " LIMIT ? OFFSET ?");
	q->binds[q->n++] = INT(rq->limit ? (int64_t)rq->limit : -1);
	q->binds[q->n++] = INT(rq->offset);
}

static sqlite3_stmt *select_run(struct select *q, struct db *db, struct err *e) {
	if (q->sql.failed || q->pattern.failed || q->ids.failed) {
		err_nomem(e);
		return NULL;
	}
	return db_query_bound(db, e, q->sql.data, false, q->binds, q->n);
}

bool records_count(struct store *s, const struct record_query *rq, uint64_t *out, struct err *e) {
	struct select q;
	int64_t n = 0;
	struct db *db = store_read(s, e);
	if (!db)
		return false;
	select_begin(&q);
	buf_puts(&q.sql, "SELECT count(*)");
	add_where(&q, rq);
	bool ok = db_int(db, select_run(&q, db, e), 0, &n, e);
	select_end(&q);
	store_read_end(s, db);
	*out = (uint64_t)n;
	return ok;
}

/* Line breaks of what the service announces stay: the property sheet shows them. */
static size_t sanitise_lines(char *to, size_t room, const char *text) {
	size_t used = 0;
	to[0] = '\0';
	for (;;) {
		size_t n = strcspn(text, "\n");
		used += text_sanitise(to + used, room - used, text, n);
		if (!text[n] || room - used < 2)
			return used;
		to[used++] = '\n';
		to[used] = '\0';
		text += n + 1;
	}
}

static size_t sanitised(enum cell_type type, char *to, size_t room, const char *text) {
	return type == CELL_LINES ? sanitise_lines(to, room, text) : text_sanitise(to, room, text, strlen(text));
}

bool cell_is_text(enum cell_type t) {
	return t == CELL_TEXT || t == CELL_LINES || t == CELL_JSON;
}

/* Texts of one row lie in `texts`, which may move while it grows: offsets first, pointers at the end. */
static bool read_row(const struct record_list *l, sqlite3_stmt *st, struct record *r, struct buf *texts,
		     struct err *e) {
	size_t at[RECORD_COLUMNS_MAX];
	buf_reset(texts);
	r->id = db_i64(st, 0);
	r->tenant = db_i64(st, 1);
	db_text(r->label, sizeof r->label, st, 2);
	for (size_t i = 0; i < l->column_count; i++) {
		int column = (int)i + 3;
		struct cell *c = &r->cells[i];
		*c = (struct cell){ .null = sqlite3_column_type(st, column) == SQLITE_NULL, .text = "" };
		at[i] = texts->len;
		if (!cell_is_text(l->columns[i].type)) {
			c->number = db_i64(st, column);
			continue;
		}
		const char *text = (const char *)sqlite3_column_text(st, column);
		size_t n = text ? strlen(text) : 0, room = n * 4 + 1;
		char *to = buf_room(texts, room);
		if (!to)
			return err_nomem(e);
		buf_added(texts, sanitised(l->columns[i].type, to, room, text ? text : "") + 1);
	}
	for (size_t i = 0; i < l->column_count; i++)
		if (cell_is_text(l->columns[i].type))
			r->cells[i].text = texts->data + at[i];
	return true;
}

static bool walk(const struct record_list *l, struct db *db, sqlite3_stmt *st, record_fn *fn, void *arg,
		 struct err *e) {
	struct record row;
	struct buf texts;
	int more = st ? 1 : -1;
	buf_init(&texts, ROW_TEXT_MAX);
	while (more > 0 && (more = db_next(db, st, e)) > 0) {
		if (!read_row(l, st, &row, &texts, e)) {
			db_done(st);
			more = -1;
		} else if (!fn(arg, &row)) {
			db_done(st);
			more = 0;
		}
	}
	buf_free(&texts);
	return more == 0;
}

bool records_each(struct store *s, const struct record_query *rq, record_fn *fn, void *arg, struct err *e) {
	struct select q;
	struct db *db = store_read(s, e);
	if (!db)
		return false;
	select_begin(&q);
	buf_printf(&q.sql, "SELECT r.id, r.tenant, %s", rq->list->label);
	for (size_t i = 0; i < rq->list->column_count; i++)
		buf_printf(&q.sql, ", %s", rq->list->columns[i].sql);
	if (rq->limit) { /* a window: sorting all rows with all their columns would take ten times as long */
		buf_printf(&q.sql, " FROM %s WHERE r.id IN (SELECT r.id", rq->list->from);
		add_where(&q, rq);
		add_order(&q, rq);
		buf_puts(&q.sql, ")");
		add_order_by(&q, rq);
	} else {
		add_where(&q, rq);
		add_order(&q, rq);
	}
	bool ok = walk(rq->list, db, select_run(&q, db, e), fn, arg, e);
	select_end(&q);
	store_read_end(s, db);
	return ok;
}

/* Rows that come before the row `me` in the order of add_order_by; NULL is less than anything. */
static void add_before(struct select *q, const struct record_query *rq) {
	const struct record_column *by = rq->sort ? rq->sort : &rq->list->columns[rq->list->sort];
	bool down = rq->sort ? rq->descending : rq->list->descending;
	if (down)
		buf_printf(&q->sql,
			   " AND (%s > me.k OR (%s IS NOT NULL AND me.k IS NULL) OR (%s IS me.k AND r.id > me.id))",
			   by->sql, by->sql, by->sql);
	else
		buf_printf(&q->sql,
			   " AND (%s < me.k OR (%s IS NULL AND me.k IS NOT NULL) OR (%s IS me.k AND r.id < me.id))",
			   by->sql, by->sql, by->sql);
}

bool record_position(struct store *s, const struct record_query *rq, int64_t id, uint64_t *index, bool *found,
		     struct err *e) {
	const struct record_column *by = rq->sort ? rq->sort : &rq->list->columns[rq->list->sort];
	struct record_query only = *rq;
	struct select q;
	uint64_t there = 0;
	int64_t at = 0;
	only.ids = &id;
	only.id_count = 1;
	*found = false;
	if (!records_count(s, &only, &there, e))
		return false;
	if (there == 0)
		return true;
	struct db *db = store_read(s, e);
	if (!db)
		return false;
	select_begin(&q);
	buf_printf(&q.sql, "SELECT count(*) FROM (SELECT %s AS k, r.id AS id FROM %s WHERE r.id = ?) me JOIN ", by->sql,
		   rq->list->from);
	q.binds[q.n++] = INT(id);
	add_conditions(&q, rq);
	add_before(&q, rq);
	bool ok = db_int(db, select_run(&q, db, e), 0, &at, e);
	select_end(&q);
	store_read_end(s, db);
	*found = ok;
	*index = (uint64_t)at;
	return ok;
}

bool record_find(struct store *s, const struct record_list *l, int64_t tenant, const char *label, int64_t *id,
		 struct err *e) {
	struct select q;
	char shown[RECORD_LABEL_MAX];
	struct db *db = store_read(s, e);
	*id = 0;
	if (!db)
		return false;
	select_begin(&q);
	buf_puts(&q.sql, "SELECT min(r.id), count(*)");
	add_where(&q, &(struct record_query){ .list = l, .tenant = tenant });
	buf_printf(&q.sql, " AND %s = ? COLLATE NOCASE", l->label);
	q.binds[q.n++] = TEXT(label);
	sqlite3_stmt *st = select_run(&q, db, e);
	int more = st ? db_next(db, st, e) : -1;
	int64_t n = more > 0 ? db_i64(st, 1) : 0;
	if (more > 0) {
		*id = n == 1 ? db_i64(st, 0) : 0;
		db_done(st);
	}
	select_end(&q);
	store_read_end(s, db);
	text_sanitise(shown, sizeof shown, label, strlen(label));
	if (n > 1)
		return err_set(e, ERR_INPUT, "%lld rows of the list \"%s\" are called %s", (long long)n, l->title,
			       shown);
	return more >= 0;
}

void cell_text(char *dst, size_t size, const struct record_column *c, const struct cell *cell) {
	struct tm tm;
	time_t t = (time_t)(cell->number / 1000);
	dst[0] = '\0';
	if (cell->null)
		return;
	switch (c->type) {
	case CELL_TEXT:
	case CELL_JSON:
		text_copy(dst, size, cell->text);
		return;
	case CELL_LINES:
		text_copy(dst, size, cell->text);
		for (char *p = dst; (p = strchr(p, '\n')) != NULL;)
			*p = ' ';
		return;
	case CELL_NUMBER:
		if (cell->number < 0)
			snprintf(dst, size, "%lld", (long long)cell->number);
		else
			text_count(dst, size, (uint64_t)cell->number);
		return;
	case CELL_BYTES:
		if (cell->number < 0)
			text_copy(dst, size, "unlimited");
		else /* as Exchange counts: a quota of 100 GB is 107,374,182,400 bytes */
			text_bytes_binary(dst, size, (uint64_t)cell->number);
		return;
	case CELL_TIME:
		if (cell->number > 0 && localtime_r(&t, &tm))
			strftime(dst, size, "%Y-%m-%d %H:%M", &tm);
		return;
	case CELL_YES:
		text_copy(dst, size, cell->number ? "yes" : "no");
		return;
	}
}
