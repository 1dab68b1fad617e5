/* SPDX-License-Identifier: MIT
 *
 * tasks_run.c - tasks as their runner sees them: claimed, carried out item by item, ended.
 */
#include <stdlib.h>
#include <string.h>

#include "core/base/text.h"
#include "core/store/sealed.h"
#include "core/store/tasks.h"
#include "core/store/tasks_int.h"

struct claim_args {
	int64_t only, id;
	bool changes; /* tasks that change a tenant may be taken too */
};

/* Whoever asks for one task by its number gets it, and is told why it ends at once; and those that it has to wait for,
 * which somebody has left there. */
#define FITTING                                                                                                        \
	" AND (?1 = 0 OR q.id = ?1 OR (?2 AND q.verb = 'change' AND EXISTS (SELECT 1 FROM task w WHERE w.id = ?1"      \
	" AND w.state = 0 AND w.verb = 'change' AND w.tenant = q.tenant)))"                                            \
	" AND (?2 OR ?1 <> 0 OR q.verb <> 'change') "
#define FIRST                                                                                                          \
	"(q.verb <> 'change' OR NOT EXISTS (SELECT 1 FROM task o WHERE o.state < 2 AND o.tenant = q.tenant"            \
	" AND o.verb = 'change' AND o.id <> q.id AND (o.state = 1 OR o.id < q.id)))"

static bool runner_lost(sqlite3_stmt *st, const struct process *self) {
	struct process p = { .pid = (int)db_i64(st, 1), .start = db_u64(st, 2), .pid_ns = db_u64(st, 4) };
	db_text(p.boot, sizeof p.boot, st, 3);
	return process_lost(&p, self, db_i64(st, 5));
}

/* A task that was running when its runner died comes first: half done work is the worst to leave. */
static bool find_lost(struct db *db, struct claim_args *a, const struct process *self, struct err *e) {
	sqlite3_stmt *st = db_query(
		db, e, "SELECT id, pid, start, boot, pid_ns, beat FROM task q WHERE q.state = 1" FITTING "ORDER BY id",
		INT(a->only), INT(a->changes));
	int more = st ? 1 : -1;
	while (more > 0 && (more = db_next(db, st, e)) > 0) {
		if (runner_lost(st, self)) {
			a->id = db_i64(st, 0);
			db_done(st);
			return true;
		}
	}
	return more == 0;
}

bool task_runner_gone(struct store *s, int64_t id, bool *gone, struct err *e) {
	struct process self;
	*gone = false;
	struct db *db = process_self(&self, e) ? store_read(s, e) : NULL;
	if (!db)
		return false;
	sqlite3_stmt *st = db_query(
		db, e, "SELECT id, pid, start, boot, pid_ns, beat FROM task WHERE state = 1 AND id = ?", INT(id));
	int more = st ? db_next(db, st, e) : -1;
	if (more > 0) {
		*gone = runner_lost(st, &self);
		db_done(st);
	}
	store_read_end(s, db);
	return more >= 0;
}

static bool claim_op(struct store *s, struct db *db, void *arg, struct err *e) {
	struct claim_args *a = arg;
	struct process self;
	(void)s;
	a->id = 0;
	if (!process_self(&self, e) || !find_lost(db, a, &self, e))
		return false;
	if (!a->id &&
	    !db_int(db,
		    db_query(db, e,
			     "SELECT id FROM task q WHERE q.state = 0" FITTING "AND " FIRST " ORDER BY id LIMIT 1",
			     INT(a->only), INT(a->changes)),
		    0, &a->id, e))
		return false;
	return !a->id ||
	       db_run(db, e,
		      "UPDATE task SET state = 1, pid = ?, start = ?, boot = ?, pid_ns = ?, beat = ?, error = '',"
		      " started = CASE WHEN started THEN started ELSE ? END WHERE id = ?",
		      INT(self.pid), INT(self.start), TEXT(self.boot), INT(self.pid_ns), INT(wall_ms()), INT(wall_ms()),
		      INT(a->id));
}

bool task_claim(struct store *s, int64_t only, int64_t *id, struct err *e) {
	struct err why;
	struct claim_args a = { .only = only, .changes = tasks_may_change(s, &why) };
	bool ok = write_wait(s->writer, WRITE_FULL, claim_op, &a, e);
	*id = ok ? a.id : 0;
	return ok;
}

bool task_waits(struct store *s, int64_t only, bool *waits, struct err *e) {
	struct err why;
	int64_t found = 0;
	bool changes = tasks_may_change(s, &why);
	struct db *db = store_read(s, e);
	bool ok = db &&
		  db_int(db,
			 db_query(db, e,
				  "SELECT EXISTS (SELECT 1 FROM task q WHERE q.state = 0" FITTING "AND NOT " FIRST ")",
				  INT(only), INT(changes)),
			 0, &found, e);
	store_read_end(s, db);
	*waits = found != 0;
	return ok;
}

void item_clear(struct item_row *i) {
	free(i->args);
	free(i->before);
	free(i->undone_before);
	free(i->undone_after);
	secret_clear(&i->secret);
	*i = (struct item_row){ 0 };
}

#define UNDONE(column)                                                                                                 \
	"(SELECT u." column " FROM task t JOIN task_item u ON u.task = t.undoes AND u.n = i.takes_back"                \
	" WHERE t.id = i.task AND NOT t.anyway)"
#define ITEM_COLUMNS                                                                                                   \
	"i.n, i.state, i.verb, i.target, i.args, coalesce(i.before, ''), i.id, i.text, i.after IS NOT NULL, " UNDONE(  \
		"before") ", " UNDONE("after") ", " TAKEN_BACK("i") " "

/* NULL stays NULL. */
static bool read_optional(sqlite3_stmt *st, int column, char **out) {
	const char *text = (const char *)sqlite3_column_text(st, column);
	*out = text ? strdup(text) : NULL;
	return !text || *out;
}

static bool read_item(sqlite3_stmt *st, int64_t task, struct item_row *out, struct err *e) {
	const char *args = (const char *)sqlite3_column_text(st, 4), *before = (const char *)sqlite3_column_text(st, 5);
	*out = (struct item_row){ .task = task, .n = db_u64(st, 0), .state = (enum item_state)db_i64(st, 1) };
	out->touched = db_i64(st, 8) != 0;
	out->taken_back = db_i64(st, 11) != 0;
	db_text(out->verb, sizeof out->verb, st, 2);
	db_text(out->target, sizeof out->target, st, 3);
	out->args = strdup(args ? args : "{}");
	out->before = strdup(before ? before : "");
	bool ok = read_optional(st, 9, &out->undone_before) && read_optional(st, 10, &out->undone_after);
	return (ok && out->args && out->before) || err_nomem(e);
}

bool task_items_next(struct store *s, int64_t task, struct item_row *out, size_t max, size_t *n, struct err *e) {
	*n = 0;
	struct db *db = store_read(s, e);
	if (!db)
		return false;
	sqlite3_stmt *st = db_query(
		db, e, "SELECT " ITEM_COLUMNS "FROM task_item i WHERE i.task = ? AND i.state < 2 ORDER BY i.n LIMIT ?",
		INT(task), INT(max));
	int more = st ? 1 : -1;
	while (more > 0 && *n < max && (more = db_next(db, st, e)) > 0) {
		struct item_row *i = &out[*n];
		if (!read_item(st, task, i, e) || !sealed_get(s, db, VAULT_TASK_SECRET, db_i64(st, 6), &i->secret, e)) {
			item_clear(i);
			more = -1;
		} else if (*n > 0 && strcmp(i->verb, out[0].verb) != 0) {
			item_clear(i);
			break;
		} else {
			(*n)++;
		}
	}
	if (st && more != 0)
		db_done(st);
	store_read_end(s, db);
	if (more < 0)
		for (; *n > 0; (*n)--)
			item_clear(&out[*n - 1]);
	return more >= 0;
}

bool item_again(const struct item_row *i) {
	return i->state == ITEM_SENT || i->touched;
}

struct sent_args {
	int64_t task;
	const struct item_row *items;
	size_t n;
};

static bool sent_op(struct store *s, struct db *db, void *arg, struct err *e) {
	const struct sent_args *a = arg;
	(void)s;
	for (size_t i = 0; i < a->n; i++)
		if (!db_run(db, e,
			    "UPDATE task_item SET state = 1, before = CASE WHEN state = 1 OR after IS NOT NULL THEN "
			    "before ELSE nullif(?, '') END WHERE task = ? AND n = ?",
			    TEXT(a->items[i].before), INT(a->task), INT(a->items[i].n)))
			return false;
	return true;
}

bool task_items_sent(struct store *s, int64_t task, const struct item_row *items, size_t n, struct err *e) {
	struct sent_args a = { task, items, n };
	return write_wait(s->writer, WRITE_FULL, sent_op, &a, e);
}

struct result_args {
	int64_t task;
	const struct item_result *r;
	size_t n;
};

static bool result_audit(struct db *db, int64_t task, const struct item_result *r, const char *text, struct err *e) {
	sqlite3_stmt *st = db_query(
		db, e,
		"SELECT i.verb, i.target, i.args, i.before, t.who FROM task_item i JOIN task t ON t.id = i.task"
		" WHERE i.task = ? AND i.n = ?",
		INT(task), INT(r->n));
	int more = st ? db_next(db, st, e) : -1;
	if (more <= 0)
		return more == 0;
	bool ok = task_audit(db,
			     &(struct audit_line){ .task = task,
						   .action = (const char *)sqlite3_column_text(st, 0),
						   .target = (const char *)sqlite3_column_text(st, 1),
						   .args = (const char *)sqlite3_column_text(st, 2),
						   .before = (const char *)sqlite3_column_text(st, 3),
						   .who = (const char *)sqlite3_column_text(st, 4),
						   .outcome = item_state_name(r->state),
						   .text = text,
						   .after = r->after,
						   .request_id = r->request_id ? r->request_id : "" },
			     e);
	db_done(st);
	return ok;
}

static bool result_one(struct db *db, int64_t task, const struct item_result *r, struct err *e) {
	char text[1024];
	text_sanitise(text, sizeof text, r->text ? r->text : "", r->text ? strlen(r->text) : 0);
	if (r->state == ITEM_SENT || r->state == ITEM_PENDING)
		return db_run(db, e,
			      "UPDATE task_item SET state = ?, after = coalesce(?, after) WHERE task = ? AND n = ?",
			      INT(r->state), TEXT(r->after), INT(task), INT(r->n));
	return db_run(db, e,
		      "UPDATE task_item SET state = ?1, text = ?2, after = CASE WHEN ?1 = 4 THEN coalesce(?3, after) "
		      "ELSE ?3 END, request_id = ?4, at = ?5 WHERE task = ?6 AND n = ?7",
		      INT(r->state), TEXT(text), TEXT(r->after), TEXT(r->request_id ? r->request_id : ""),
		      INT(wall_ms()), INT(task), INT(r->n)) &&
	       result_audit(db, task, r, text, e) &&
	       /* A failed one keeps its password for RETRY; it goes when the task does, or when it is done. */
	       (r->state == ITEM_FAILED || db_run(db, e,
						  "DELETE FROM secret WHERE purpose = ? AND row = (SELECT id FROM "
						  "task_item WHERE task = ? AND n = ?)",
						  INT(VAULT_TASK_SECRET), INT(task), INT(r->n))) &&
	       db_run(db, e, "UPDATE task SET done = done + ?, failed = failed + ?, beat = ? WHERE id = ?",
		      INT(r->state != ITEM_FAILED), INT(r->state == ITEM_FAILED), INT(wall_ms()), INT(task));
}

static bool result_op(struct store *s, struct db *db, void *arg, struct err *e) {
	const struct result_args *a = arg;
	(void)s;
	for (size_t i = 0; i < a->n; i++)
		if (!result_one(db, a->task, &a->r[i], e))
			return false;
	return true;
}

bool task_items_result(struct store *s, int64_t task, const struct item_result *r, size_t n, struct err *e) {
	struct result_args a = { task, r, n };
	return write_wait(s->writer, WRITE_FULL, result_op, &a, e);
}

struct progress_args {
	int64_t task;
	uint64_t done, items;
	wall_ms_t until;
	bool pause, stop;
};

static bool progress_op(struct store *s, struct db *db, void *arg, struct err *e) {
	struct progress_args *a = arg;
	(void)s;
	/* Of a task with items the counts are the results'; of a refresh they are the rows read. */
	if (!db_run(db, e,
		    "UPDATE task SET done = CASE WHEN verb = 'change' THEN done ELSE ? END,"
		    " items = CASE WHEN verb = 'change' THEN items ELSE ? END, throttled_until = ?, beat = ?"
		    " WHERE id = ?",
		    INT(a->done), INT(a->items), INT(a->until), INT(wall_ms()), INT(a->task)))
		return false;
	sqlite3_stmt *st = db_query(db, e, "SELECT pause, stop FROM task WHERE id = ?", INT(a->task));
	int more = st ? db_next(db, st, e) : -1;
	if (more > 0) {
		a->pause = db_i64(st, 0) != 0;
		a->stop = db_i64(st, 1) != 0;
		db_done(st);
	}
	return more >= 0;
}

bool task_progress(struct store *s, int64_t task, uint64_t done, uint64_t items, wall_ms_t until, bool *pause,
		   bool *stop, struct err *e) {
	struct progress_args a = { task, done, items, until, false, false };
	bool ok = write_wait(s->writer, WRITE_NORMAL, progress_op, &a, e);
	*pause = a.pause;
	*stop = a.stop;
	return ok;
}

struct end_args {
	int64_t task;
	enum task_state state;
	const char *error;
};

static bool end_op(struct store *s, struct db *db, void *arg, struct err *e) {
	const struct end_args *a = arg;
	(void)s;
	return db_run(db, e,
		      "UPDATE task SET state = ?, error = ?, pause = 0, stop = 0, throttled_until = 0, pid = 0,"
		      " finished = CASE WHEN ?1 IN (3, 4) THEN ? ELSE finished END WHERE id = ?",
		      INT(a->state), TEXT(a->error), INT(wall_ms()), INT(a->task));
}

bool task_end(struct store *s, int64_t task, enum task_state state, const char *error, struct err *e) {
	struct end_args a = { task, state, error ? error : "" };
	return write_wait(s->writer, WRITE_FULL, end_op, &a, e);
}

bool task_items_each(struct store *s, int64_t task, item_fn *fn, void *arg, struct err *e) {
	struct db *db = store_read(s, e);
	if (!db)
		return false;
	sqlite3_stmt *st =
		db_query(db, e, "SELECT " ITEM_COLUMNS "FROM task_item i WHERE i.task = ? ORDER BY i.n", INT(task));
	int more = st ? 1 : -1;
	while (more > 0 && (more = db_next(db, st, e)) > 0) {
		struct item_row i = { 0 };
		const char *text = (const char *)sqlite3_column_text(st, 7);
		bool ok = read_item(st, task, &i, e), go = ok && fn(arg, &i, text ? text : "");
		item_clear(&i);
		if (!go) {
			db_done(st);
			more = ok ? 0 : -1;
		}
	}
	store_read_end(s, db);
	return more == 0;
}
