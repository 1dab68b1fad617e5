/* SPDX-License-Identifier: MIT
 *
 * tasks.c - tasks as front ends see them: added, looked at, paused, stopped, tried again. The runner's half is
 * tasks_run.c.
 */
#include "core/store/tasks.h"

#include <stdlib.h>
#include <string.h>

#include "core/base/text.h"
#include "core/store/settings.h"
#include "core/store/store_int.h"
#include "core/store/tasks_int.h"

static const char *const task_names[TASK_STATE_COUNT] = { "Queued", "Running", "Paused", "Done", "Failed", "Stopped" };
static const char *const item_names[ITEM_STATE_COUNT] = {
	"Pending", "Sent", "Done", "Already so", "Failed", "Skipped"
};

const char *task_state_name(enum task_state s) {
	return (unsigned)s < TASK_STATE_COUNT ? task_names[s] : "Unknown";
}
const char *item_state_name(enum item_state s) {
	return (unsigned)s < ITEM_STATE_COUNT ? item_names[s] : "Unknown";
}

/* The one place that holds the operators' word that nothing may be changed. */
bool tasks_may_change(struct store *s, struct err *e) {
	char value[16];
	if (s->read_only)
		return err_set(e, ERR_NO_PERMISSION,
			       "This mailvan was started with --read-only: it changes nothing in a tenant");
	if (!setting_get(s, "read-only", value, sizeof value, "off", e))
		return false;
	return strcmp(value, "on") != 0 ||
	       err_set(e, ERR_NO_PERMISSION,
		       "The project is read-only: nothing is changed in a tenant until `mailvan set read-only off`");
}

struct add_args {
	const struct task_spec *t;
	const char *who;
	int64_t id;
};

static bool add_item(struct store *s, struct db *db, int64_t task, uint64_t n, const struct item_spec *i,
		     struct err *e) {
	unsigned char *sealed = NULL;
	size_t len = 0;
	char why[1024] = "";
	if (i->skip)
		text_sanitise(why, sizeof why, i->skip, strlen(i->skip));
	if (!db_run(db, e,
		    "INSERT INTO task_item(task, n, verb, target, args, state, text, takes_back) VALUES(?, ?, ?, ?, ?, "
		    "?, ?, ?)",
		    INT(task), INT(n), TEXT(i->verb), TEXT(i->target), TEXT(i->args ? i->args : "{}"),
		    INT(i->skip ? ITEM_SKIPPED : ITEM_PENDING), TEXT(why), INT(i->takes_back)))
		return false;
	if (!i->secret || !secret_present(i->secret))
		return true;
	int64_t row = sqlite3_last_insert_rowid(db->h);
	bool ok = vault_seal(&s->vault, VAULT_TASK_SECRET, row, i->secret, &sealed, &len, e) &&
		  db_run(db, e, "INSERT OR REPLACE INTO secret(purpose, row, sealed) VALUES(?, ?, ?)",
			 INT(VAULT_TASK_SECRET), INT(row), BLOB(sealed, len));
	free(sealed);
	return ok;
}

/* The list that is asked for is being read already, or will be. */
static bool same_refresh(struct db *db, struct add_args *a, struct err *e) {
	a->id = 0;
	return a->t->count > 0 || db_int(db,
					 db_query(db, e,
						  "SELECT id FROM task WHERE tenant = ? AND verb = ? AND label = ? AND "
						  "state < 2",
						  INT(a->t->tenant), TEXT(a->t->verb), TEXT(a->t->label)),
					 0, &a->id, e);
}

/* Those that are to be done. */
static size_t count_of(const struct task_spec *t) {
	size_t n = 0;
	for (size_t i = 0; i < t->count; i++)
		n += t->items[i].skip == NULL;
	return n;
}

static bool add_op(struct store *s, struct db *db, void *arg, struct err *e) {
	struct add_args *a = arg;
	if (!same_refresh(db, a, e))
		return false;
	if (a->id)
		return true;
	if (!db_run(db, e,
		    "INSERT INTO task(tenant, verb, label, undoes, anyway, who, items, added) VALUES(?, ?, ?, ?, ?, ?, "
		    "?, ?)",
		    INT(a->t->tenant), TEXT(a->t->verb), TEXT(a->t->label), INT(a->t->undoes), INT(a->t->anyway),
		    TEXT(a->who), INT(count_of(a->t)), INT(wall_ms())))
		return false;
	a->id = sqlite3_last_insert_rowid(db->h);
	for (size_t i = 0; i < a->t->count; i++)
		if (!add_item(s, db, a->id, i + 1, &a->t->items[i], e))
			return false;
	return true;
}

bool task_add(struct store *s, const struct task_spec *t, const char *who, int64_t *id, struct err *e) {
	struct add_args a = { .t = t, .who = who };
	*id = 0;
	if (count_of(t) > 0 && !tasks_may_change(s, e))
		return false;
	if (t->count > TASK_ITEMS_MAX)
		return err_set(e, ERR_INPUT, "A task has %u items at most", TASK_ITEMS_MAX);
	for (size_t i = 0; i < t->count; i++) {
		if (strlen(t->items[i].target) >= TASK_TARGET_MAX)
			return err_set(e, ERR_INPUT, "Item %zu: its target is longer than %d bytes", i + 1,
				       TASK_TARGET_MAX - 1);
		if (t->items[i].args && strlen(t->items[i].args) >= TASK_ARGS_MAX)
			return err_set(e, ERR_INPUT, "Item %zu: its arguments are longer than %u bytes", i + 1,
				       TASK_ARGS_MAX - 1);
	}
	if (!write_wait(s->writer, WRITE_FULL, add_op, &a, e))
		return false;
	*id = a.id;
	return true;
}

bool task_get(struct store *s, int64_t id, struct task_row *out, struct err *e) {
	*out = (struct task_row){ .id = id };
	struct db *db = store_read(s, e);
	if (!db)
		return false;
	sqlite3_stmt *st = db_query(
		db, e,
		"SELECT tenant, undoes, verb, label, who, state, items, done, failed, added, started, finished,"
		" throttled_until, error, pause, stop FROM task WHERE id = ?",
		INT(id));
	int more = st ? db_next(db, st, e) : -1;
	if (more > 0) {
		out->tenant = db_i64(st, 0);
		out->undoes = db_i64(st, 1);
		db_text(out->verb, sizeof out->verb, st, 2);
		db_shown(out->label, sizeof out->label, st, 3);
		db_shown(out->who, sizeof out->who, st, 4);
		out->state = (enum task_state)db_i64(st, 5);
		out->items = db_u64(st, 6);
		out->done = db_u64(st, 7);
		out->failed = db_u64(st, 8);
		out->added = db_i64(st, 9);
		out->started = db_i64(st, 10);
		out->finished = db_i64(st, 11);
		out->throttled_until = db_i64(st, 12);
		db_shown(out->error, sizeof out->error, st, 13);
		out->wants_pause = db_i64(st, 14) != 0;
		out->wants_stop = db_i64(st, 15) != 0;
		db_done(st);
	}
	store_read_end(s, db);
	return more > 0 || (more == 0 && err_set(e, ERR_INPUT, "There is no task %lld; `mailvan task list` shows them",
						 (long long)id));
}

bool task_undone_by(struct store *s, int64_t id, int64_t *by, struct err *e) {
	struct db *db = store_read(s, e);
	bool ok = db && db_int(db,
			       db_query(db, e,
					"SELECT max(t.id) FROM task t WHERE t.undoes = ? AND (t.done > 0 OR t.state IN "
					"(0, 1, 2))"
					" AND NOT EXISTS (SELECT 1 FROM task u WHERE u.undoes = t.id AND u.done > 0)",
					INT(id)),
			       0, by, e);
	store_read_end(s, db);
	return ok;
}

bool tasks_open(struct store *s, uint64_t *queued, uint64_t *running, struct err *e) {
	*queued = *running = 0;
	struct db *db = store_read(s, e);
	if (!db)
		return false;
	sqlite3_stmt *st = db_query(db, e, "SELECT sum(state = 0), sum(state = 1) FROM task WHERE state < 2");
	int more = st ? db_next(db, st, e) : -1;
	if (more > 0) {
		*queued = db_u64(st, 0);
		*running = db_u64(st, 1);
		db_done(st);
	}
	store_read_end(s, db);
	return more >= 0;
}

bool task_audit(struct db *db, const struct audit_line *l, struct err *e) {
	return db_run(
		db, e,
		"INSERT INTO tenant_audit(at, who, tenant, tenant_name, task, action, target, args, outcome, text,"
		" before, after, request_id) SELECT ?, ?, t.tenant, coalesce(n.name, ''), t.id, ?, ?, ?, ?, ?, ?, ?, ?"
		" FROM task t LEFT JOIN tenant n ON n.id = t.tenant WHERE t.id = ?",
		INT(wall_ms()), TEXT(l->who), TEXT(l->action), TEXT(l->target), TEXT(l->args), TEXT(l->outcome),
		TEXT(l->text), TEXT(l->before), TEXT(l->after), TEXT(l->request_id), INT(l->task));
}

#define IN(s) (1U << TASK_##s)

/* What each wish does: to a task that nobody runs in one update, to a running one by a mark that its runner obeys. */
static const struct wish_row {
	const char *name, *idle, *running, *why;
	unsigned states;
} wishes[] = {
	[TASK_WISH_PAUSE] = { "task-pause", "UPDATE task SET state = 2 WHERE id = ?",
			      "UPDATE task SET pause = 1 WHERE id = ?", "it is neither queued nor running",
			      IN(QUEUED) | IN(RUNNING) },
	[TASK_WISH_RESUME] = { "task-resume", "UPDATE task SET state = 0, pause = 0, stop = 0 WHERE id = ?",
			       "UPDATE task SET pause = 0, stop = 0 WHERE id = ?",
			       "it is neither paused, stopped nor failed",
			       IN(PAUSED) | IN(STOPPED) | IN(FAILED) | IN(RUNNING) },
	[TASK_WISH_STOP] = { "task-stop", "UPDATE task SET state = 5 WHERE id = ?",
			     "UPDATE task SET stop = 1 WHERE id = ?", "it has ended",
			     IN(QUEUED) | IN(RUNNING) | IN(PAUSED) },
	[TASK_WISH_RETRY] = { "task-retry",
			      "UPDATE task SET state = 0, pause = 0, stop = 0, failed = 0, error = '' WHERE id = ?",
			      NULL, "nothing in it has failed, or it still runs", IN(DONE) | IN(FAILED) | IN(STOPPED) },
};

struct wish_args {
	int64_t id;
	enum task_wish w;
	const char *who;
	const struct err *refused; /* why nothing may be changed; NULL: it may */
};

/* A task that failed as a whole has pending items; one that is done has failed ones. */
static bool retry_items(struct db *db, int64_t id, bool *any, struct err *e) {
	int64_t open;
	if (!db_run(db, e, "UPDATE task_item SET state = 0 WHERE task = ? AND state = 4", INT(id)))
		return false;
	return db_int(db,
		      db_query(db, e, "SELECT EXISTS(SELECT 1 FROM task_item WHERE task = ? AND state < 2)", INT(id)),
		      0, &open, e) &&
	       ((*any = open != 0), true);
}

static bool wish_op(struct store *s, struct db *db, void *arg, struct err *e) {
	const struct wish_args *a = arg;
	const struct wish_row *w = &wishes[a->w];
	int64_t state, changes;
	bool fits = true;
	(void)s;
	if (!db_int(db, db_query(db, e, "SELECT state FROM task WHERE id = ?", INT(a->id)), -1, &state, e) ||
	    !db_int(db, db_query(db, e, "SELECT verb = 'change' FROM task WHERE id = ?", INT(a->id)), 0, &changes, e))
		return false;
	if (state < 0)
		return err_set(e, ERR_INPUT, "There is no task %lld; `mailvan task list` shows them", (long long)a->id);
	if (changes && a->refused && (a->w == TASK_WISH_RETRY || a->w == TASK_WISH_RESUME)) {
		*e = *a->refused;
		return false;
	}
	if (a->w == TASK_WISH_RETRY && changes && !retry_items(db, a->id, &fits, e))
		return false;
	if (!fits || !(w->states & 1U << state))
		return err_set(e, ERR_INPUT, "Task %lld is %s: %s", (long long)a->id,
			       task_state_name((enum task_state)state), w->why);
	const char *sql = state == TASK_RUNNING ? w->running : w->idle;
	sqlite3_stmt *st = db_query_bound(db, e, sql, true, &INT(a->id), 1);
	return st && db_finish(db, st, e) &&
	       task_audit(db,
			  &(struct audit_line){ .task = a->id,
						.who = a->who,
						.action = w->name,
						.target = "",
						.args = "",
						.outcome = "Asked",
						.text = "",
						.request_id = "" },
			  e);
}

bool task_wish(struct store *s, int64_t id, enum task_wish w, const char *who, struct err *e) {
	struct err why;
	struct wish_args a = { id, w, who, tasks_may_change(s, &why) ? NULL : &why };
	return write_wait(s->writer, WRITE_FULL, wish_op, &a, e);
}
