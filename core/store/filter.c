/* SPDX-License-Identifier: MIT
 *
 * filter.c - conditions as SQL text; every value is bound, never written into the text.
 */
#include "core/store/filter.h"

#include <stdio.h>
#include <string.h>

#include "core/base/text.h"

#define SQL_MAX 8192
#define IDS_MAX (16U * 1024 * 1024)

void filter_begin(struct filter_query *q) {
	*q = (struct filter_query){ 0 };
	buf_init(&q->sql, SQL_MAX);
	buf_init(&q->ids, IDS_MAX);
	buf_init(&q->states, SQL_MAX);
	buf_init(&q->text, SQL_MAX);
}

void filter_end(struct filter_query *q) {
	buf_free(&q->sql);
	buf_free(&q->ids);
	buf_free(&q->states);
	buf_free(&q->text);
}

void filter_bind(struct filter_query *q, struct bind b) {
	if (q->bind_count < FILTER_BINDS)
		q->binds[q->bind_count++] = b;
	else
		q->sql.failed = true;
}

/* Lists go in as JSON arrays: one text of the statement for any number of values. */
static void where_ids(struct filter_query *q, const struct mailbox_filter *f) {
	buf_putc(&q->ids, '[');
	for (size_t i = 0; i < f->id_count; i++)
		buf_printf(&q->ids, "%s%lld", i ? "," : "", (long long)f->ids[i]);
	buf_putc(&q->ids, ']');
	buf_puts(&q->sql, " AND m.id IN (SELECT value FROM json_each(?))");
	filter_bind(q, TEXT(q->ids.data));
}

static void where_states(struct filter_query *q, const struct mailbox_filter *f) {
	const char *comma = "";
	buf_putc(&q->states, '[');
	for (unsigned i = 0; i < MBOX_STATE_COUNT; i++) {
		if (f->states & 1U << i) {
			buf_printf(&q->states, "%s%u", comma, i);
			comma = ",";
		}
	}
	buf_putc(&q->states, ']');
	buf_puts(&q->sql, " AND m.state IN (SELECT value FROM json_each(?))");
	filter_bind(q, TEXT(q->states.data));
}

/* LIKE folds ASCII case as lower() does, and takes a third of its time. */
static void where_text(struct filter_query *q, const struct mailbox_filter *f) {
	buf_putc(&q->text, '%');
	for (const char *s = f->text; *s; s++) {
		if (strchr("%_\\", *s))
			buf_putc(&q->text, '\\');
		buf_putc(&q->text, *s);
	}
	buf_putc(&q->text, '%');
	buf_puts(&q->sql, " AND (m.source LIKE ? ESCAPE '\\' OR m.target LIKE ? ESCAPE '\\')");
	filter_bind(q, TEXT(q->text.data));
	filter_bind(q, TEXT(q->text.data));
}

bool filter_where(struct filter_query *q, const struct mailbox_filter *f, struct err *e) {
	buf_puts(&q->sql, "1");
	if (f && f->ids)
		where_ids(q, f);
	if (f && f->states)
		where_states(q, f);
	if (f && f->batch) {
		buf_puts(&q->sql, " AND m.batch = ?");
		filter_bind(q, INT(f->batch));
	}
	if (f && f->text && f->text[0])
		where_text(q, f);
	return !(q->sql.failed || q->ids.failed || q->states.failed || q->text.failed) || err_nomem(e);
}

sqlite3_stmt *filter_run(struct filter_query *q, struct db *db, struct err *e) {
	if (q->sql.failed || q->ids.failed || q->states.failed || q->text.failed) {
		err_nomem(e);
		return NULL;
	}
	return db_query_bound(db, e, q->sql.data, false, q->binds, q->bind_count);
}

void filter_words(char *dst, size_t size, const struct mailbox_filter *f) {
	struct buf b;
	buf_init(&b, 1024);
	if (f && f->ids)
		buf_printf(&b, "%zu chosen (first %lld)", f->id_count, f->id_count ? (long long)f->ids[0] : 0);
	else
		buf_puts(&b, "all");
	if (f && f->batch)
		buf_printf(&b, ", batch %lld", (long long)f->batch);
	for (unsigned i = 0; f && i < MBOX_STATE_COUNT; i++)
		if (f->states & 1U << i)
			buf_printf(&b, ", %s", mailbox_state_name((enum mailbox_state)i));
	if (f && f->text && f->text[0])
		buf_printf(&b, ", with \"%s\"", f->text);
	text_sanitise(dst, size, b.data ? b.data : "", b.len);
	buf_free(&b);
}
