/* SPDX-License-Identifier: MIT
 *
 * tasks_since.c - what other tasks have asked of the objects of one, since it changed them: undo must not override it.
 */
#include "core/store/store_int.h"
#include "core/store/tasks.h"
#include "core/store/tasks_int.h"

/* One without a time has not ended: then the order of the tasks decides. */
#define LATER "((i.at > 0 AND j.at > i.at) OR ((i.at = 0 OR j.at = 0 OR j.at = i.at) AND j.task > i.task))"
#define SAME(arg)                                                                                                      \
	"coalesce(json_extract(i.args, '$." arg "'), '') = coalesce(json_extract(j.args, '$." arg "'), '') COLLATE "   \
	"NOCASE"

/* The join is by target first, for which SQLite makes an index of its own when there are many. */
/* An undo of a later one cancels out with that one. */
#define SINCE                                                                                                          \
	"SELECT i.n, coalesce(i.before, ''), coalesce(i.after, ''), j.task,"                                           \
	" coalesce(j.before, ''), coalesce(j.after, '')"                                                               \
	" FROM task_item i JOIN task_item j ON j.target = i.target COLLATE NOCASE"                                     \
	" JOIN task ti ON ti.id = i.task JOIN task tj ON tj.id = j.task"                                               \
	" WHERE i.task = ?1 AND j.task <> i.task AND tj.tenant = ti.tenant AND tj.verb = 'change' AND " LATER          \
	" AND (j.state IN (1, 2) OR j.after IS NOT NULL) AND " SAME("trustee") " AND " SAME(                           \
		"deviceId") " AND NOT (j.takes_back > 0 AND tj.undoes >= i.task) AND "                                 \
			    "NOT " TAKEN_BACK("j") " ORDER BY i.n, j.at DESC, j.task DESC"

static const char *words(sqlite3_stmt *st, int column) {
	const char *text = (const char *)sqlite3_column_text(st, column);
	return text ? text : "";
}

bool task_items_since(struct store *s, int64_t task, item_since_fn *fn, void *arg, struct err *e) {
	struct db *db = store_read(s, e);
	sqlite3_stmt *st = db ? db_query(db, e, SINCE, INT(task)) : NULL;
	int more = st ? 1 : -1;
	while (more > 0 && (more = db_next(db, st, e)) > 0) {
		struct item_since i = { .n = db_u64(st, 0),
					.before = words(st, 1),
					.after = words(st, 2),
					.task = db_i64(st, 3),
					.later_before = words(st, 4),
					.later_after = words(st, 5) };
		if (!fn(arg, &i)) {
			db_done(st);
			more = 0;
		}
	}
	store_read_end(s, db);
	return more == 0;
}
