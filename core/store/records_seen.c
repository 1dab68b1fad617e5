/* SPDX-License-Identifier: MIT
 *
 * records_seen.c - what an operator has read, for lists that are read like mail.
 */
#include <stdio.h>

#include "core/base/buf.h"
#include "core/store/records.h"
#include "core/store/store_int.h"

#define IDS_MAX (16U << 20)

struct seen_args {
	const struct record_list *list;
	const char *ids; /* JSON array */
	bool seen;
};

static bool seen_op(struct store *s, struct db *db, void *arg, struct err *e) {
	const struct seen_args *a = arg;
	char sql[160];
	struct bind binds[] = { INT(a->seen), TEXT(a->ids) };
	(void)s;
	snprintf(sql, sizeof sql, "UPDATE %s SET seen = ? WHERE id IN (SELECT value FROM json_each(?))", a->list->seen);
	return db_finish(db, db_query_bound(db, e, sql, false, binds, 2), e);
}

bool records_seen(struct store *s, const struct record_list *l, const int64_t *ids, size_t n, bool seen,
		  struct err *e) {
	struct buf json;
	if (!l->seen)
		return err_set(e, ERR_INPUT, "The list \"%s\" is not one that is marked as read", l->title);
	buf_init(&json, IDS_MAX);
	for (size_t i = 0; i < n; i++)
		buf_printf(&json, "%s%lld", i ? "," : "[", (long long)ids[i]);
	buf_puts(&json, n ? "]" : "[]");
	struct seen_args a = { l, json.data, seen };
	bool ok = json.failed ? err_nomem(e) : write_wait(s->writer, WRITE_NORMAL, seen_op, &a, e);
	buf_free(&json);
	return ok;
}
