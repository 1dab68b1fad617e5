/* SPDX-License-Identifier: MIT
 *
 * list_state.c - see records.h (struct list_state) and list_state.h.
 */
#include "core/store/list_state.h"

#include "core/store/store_int.h"

bool list_state_get(struct store *s, int64_t tenant, const char *list, struct list_state *out, struct err *e) {
	*out = (struct list_state){ 0 };
	struct db *db = store_read(s, e);
	if (!db)
		return false;
	sqlite3_stmt *st =
		db_query(db, e, "SELECT refreshed, rows, delta FROM list_state WHERE tenant = ? AND list = ?",
			 INT(tenant), TEXT(list));
	int more = st ? db_next(db, st, e) : -1;
	if (more > 0) {
		out->refreshed = db_i64(st, 0);
		out->rows = db_u64(st, 1);
		db_text(out->delta, sizeof out->delta, st, 2);
		db_done(st);
	}
	store_read_end(s, db);
	return more >= 0;
}

bool list_state_write(struct db *db, int64_t tenant, const char *list, const struct list_state *in, struct err *e) {
	return db_run(db, e,
		      "INSERT OR REPLACE INTO list_state(tenant, list, refreshed, rows, delta) VALUES(?, ?, ?, ?, ?)",
		      INT(tenant), TEXT(list), INT(in->refreshed), INT(in->rows), TEXT(in->delta));
}

struct state_args {
	int64_t tenant;
	const char *list;
	const struct list_state *in;
};

static bool state_op(struct store *s, struct db *db, void *arg, struct err *e) {
	const struct state_args *a = arg;
	(void)s;
	return list_state_write(db, a->tenant, a->list, a->in, e);
}

bool list_state_set(struct store *s, int64_t tenant, const char *list, const struct list_state *in, struct err *e) {
	struct state_args a = { tenant, list, in };
	return write_wait(s->writer, WRITE_NORMAL, state_op, &a, e);
}
