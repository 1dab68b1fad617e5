/* SPDX-License-Identifier: MIT
 *
 * verify_runs.c - see verify_runs.h.
 */
#include "core/store/verify_runs.h"

#include <stdlib.h>
#include <string.h>

#include "core/base/text.h"
#include "core/store/filter.h"
#include "core/store/process.h"
#include "core/store/store_int.h"

bool verify_run_open(const struct verify_run *r) {
	return r->id && (r->state == VERIFY_RUN_QUEUED || r->state == VERIFY_RUN_RUNNING) && !r->lost;
}

bool verify_run_rest(const struct verify_run *r) {
	return r->id && !verify_run_open(r) && r->state != VERIFY_RUN_DONE && r->done < r->mailboxes;
}

#define RUN_COLUMNS                                                                                                    \
	"SELECT id, state, level, bodies, seed, refill, mailboxes, done, clean, unread, row_count, rows_done, gaps,"   \
	" refilled, added, finished, wants_stop, who, error, pid, start, boot, pid_ns, beat FROM verify_run "

static bool nobody_has_it(sqlite3_stmt *st, const struct verify_run *r, const struct process *self) {
	struct process p = { .pid = (int)db_i64(st, 19), .start = db_u64(st, 20), .pid_ns = db_u64(st, 22) };
	if (r->state == VERIFY_RUN_QUEUED)
		return r->added + VERIFY_RUN_START_MS < wall_ms();
	if (r->state != VERIFY_RUN_RUNNING)
		return false;
	db_text(p.boot, sizeof p.boot, st, 21);
	return process_lost(&p, self, db_i64(st, 23));
}

static void read_run(sqlite3_stmt *st, const struct process *self, struct verify_run *r) {
	*r = (struct verify_run){ .id = db_i64(st, 0),
				  .state = (enum verify_run_state)db_i64(st, 1),
				  .level = (int)db_i64(st, 2),
				  .bodies = db_u64(st, 3),
				  .seed = db_u64(st, 4),
				  .refill = db_i64(st, 5) != 0,
				  .mailboxes = db_u64(st, 6),
				  .done = db_u64(st, 7),
				  .clean = db_u64(st, 8),
				  .unread = db_u64(st, 9),
				  .rows = db_u64(st, 10),
				  .rows_done = db_u64(st, 11),
				  .gaps = db_u64(st, 12),
				  .refilled = db_u64(st, 13),
				  .added = db_i64(st, 14),
				  .finished = db_i64(st, 15),
				  .wants_stop = db_i64(st, 16) != 0 };
	db_shown(r->who, sizeof r->who, st, 17);
	db_shown(r->error, sizeof r->error, st, 18);
	r->lost = nobody_has_it(st, r, self);
}

/* The first row of a query of RUN_COLUMNS. */
static bool one_run(struct db *db, sqlite3_stmt *st, struct verify_run *out, bool *found, struct err *e) {
	struct process self;
	int more = -1;
	if (st && process_self(&self, e))
		more = db_next(db, st, e);
	else if (st)
		db_done(st);
	*found = more > 0;
	if (more > 0) {
		read_run(st, &self, out);
		db_done(st);
	}
	return more >= 0;
}

static bool run_by_id(struct db *db, int64_t id, struct verify_run *out, bool *found, struct err *e) {
	return one_run(db, db_query(db, e, RUN_COLUMNS "WHERE id = ?", INT(id)), out, found, e);
}

/* What has ended, or has lost its process, makes room. */
static bool forget_ended(struct db *db, struct err *e) {
	for (int64_t after = 0;;) {
		struct verify_run r;
		bool found;
		if (!one_run(db, db_query(db, e, RUN_COLUMNS "WHERE id > ? ORDER BY id LIMIT 1", INT(after)), &r,
			     &found, e))
			return false;
		if (!found)
			return true;
		after = r.id;
		if (!verify_run_open(&r) && !(db_run(db, e, "DELETE FROM verify_left WHERE run = ?", INT(r.id)) &&
					      db_run(db, e, "DELETE FROM verify_run WHERE id = ?", INT(r.id))))
			return false;
	}
}

struct add_args {
	const struct verify_run *how;
	const struct mailbox_filter *filter;
	const char *who;
	int64_t id;
};

static bool list_mailboxes(struct db *db, struct add_args *a, struct err *e) {
	struct filter_query q;
	filter_begin(&q);
	buf_puts(&q.sql, "INSERT INTO verify_left(run, mailbox) SELECT ?, m.id FROM mailbox m WHERE ");
	filter_bind(&q, INT(a->id));
	bool ok = filter_where(&q, a->filter, e) && db_finish(db, filter_run(&q, db, e), e);
	filter_end(&q);
	return ok;
}

static bool add_op(struct store *s, struct db *db, void *arg, struct err *e) {
	struct add_args *a = arg;
	(void)s;
	if (!forget_ended(db, e) ||
	    !db_run(db, e,
		    "INSERT INTO verify_run(state, who, level, bodies, seed, refill, mailboxes, row_count, added)"
		    " VALUES(0, ?, ?, ?, ?, ?, 0, 0, ?)",
		    TEXT(a->who), INT(a->how->level), INT(a->how->bodies), INT(a->how->seed), INT(a->how->refill),
		    INT(wall_ms())))
		return false;
	a->id = sqlite3_last_insert_rowid(db->h);
	return list_mailboxes(db, a, e) &&
	       db_run(db, e,
		      "UPDATE verify_run SET (mailboxes, row_count) = (SELECT count(*), coalesce(sum(m.n_source), 0)"
		      " FROM verify_left l JOIN mailbox m ON m.id = l.mailbox WHERE l.run = ?1) WHERE id = ?1",
		      INT(a->id));
}

bool verify_run_add(struct store *s, const struct verify_run *how, const struct mailbox_filter *f, const char *who,
		    int64_t *id, struct err *e) {
	struct add_args a = { how, f, who, 0 };
	bool ok = write_wait(s->writer, WRITE_FULL, add_op, &a, e);
	*id = ok ? a.id : 0;
	return ok;
}

struct claim {
	int64_t only, id;
};

static bool claim_run_op(struct store *s, struct db *db, void *arg, struct err *e) {
	struct claim *c = arg;
	struct verify_run r;
	struct process self;
	bool found;
	(void)s;
	c->id = 0;
	if (!process_self(&self, e) ||
	    !one_run(db, db_query(db, e, RUN_COLUMNS "WHERE ?1 = 0 OR id = ?1 ORDER BY id DESC LIMIT 1", INT(c->only)),
		     &r, &found, e))
		return false;
	if (!found || (r.state != VERIFY_RUN_QUEUED && !verify_run_rest(&r)))
		return true;
	c->id = r.id;
	return db_run(db, e,
		      "UPDATE verify_run SET state = 1, wants_stop = 0, error = '', finished = 0, pid = ?, start = ?,"
		      " boot = ?, pid_ns = ?, beat = ? WHERE id = ?",
		      INT(self.pid), INT(self.start), TEXT(self.boot), INT(self.pid_ns), INT(wall_ms()), INT(r.id));
}

bool verify_run_claim(struct store *s, int64_t only, int64_t *id, struct err *e) {
	struct claim c = { .only = only };
	bool ok = write_wait(s->writer, WRITE_FULL, claim_run_op, &c, e);
	*id = ok ? c.id : 0;
	return ok;
}

bool verify_run_get(struct store *s, int64_t id, struct verify_run *out, struct err *e) {
	bool found = false;
	struct db *db = store_read(s, e);
	bool ok = db && run_by_id(db, id, out, &found, e);
	store_read_end(s, db);
	return ok && (found || err_set(e, ERR_INPUT, "There is no verification %lld any more", (long long)id));
}

bool verify_run_last(struct store *s, struct verify_run *out, bool *found, struct err *e) {
	*found = false;
	struct db *db = store_read(s, e);
	bool ok = db && one_run(db, db_query(db, e, RUN_COLUMNS "ORDER BY id DESC LIMIT 1"), out, found, e);
	store_read_end(s, db);
	return ok;
}

/* A mailbox that was removed meanwhile is not left any more. */
static bool read_left(struct db *db, int64_t id, int64_t **ids, size_t *n, struct err *e) {
	int64_t count;
	int more = -1;
	if (!db_int(db, db_query(db, e, "SELECT count(*) FROM verify_left WHERE run = ?", INT(id)), 0, &count, e))
		return false;
	*ids = calloc(count > 0 ? (size_t)count : 1, sizeof **ids);
	if (!*ids)
		return err_nomem(e);
	sqlite3_stmt *st = db_query(
		db, e, "SELECT m.id FROM verify_left l JOIN mailbox m ON m.id = l.mailbox WHERE l.run = ? ORDER BY 1",
		INT(id));
	while (st && (more = db_next(db, st, e)) > 0)
		(*ids)[(*n)++] = db_i64(st, 0);
	return more == 0;
}

bool verify_run_left(struct store *s, int64_t id, int64_t **ids, size_t *n, struct err *e) {
	*ids = NULL;
	*n = 0;
	struct db *db = store_read(s, e);
	bool ok = db && read_left(db, id, ids, n, e);
	store_read_end(s, db);
	if (!ok) {
		free(*ids);
		*ids = NULL;
		*n = 0;
	}
	return ok;
}

struct run_step {
	int64_t id, mailbox;
	uint64_t rows_done;
	const struct verify_outcome *outcome;
	enum verify_run_state state;
	const char *error;
	bool stop;
};

static bool run_progress_op(struct store *s, struct db *db, void *arg, struct err *e) {
	struct run_step *a = arg;
	int64_t stop;
	(void)s;
	/* A run that is not there any more was replaced: then nobody wants it. */
	bool ok =
		db_run(db, e, "UPDATE verify_run SET rows_done = ?, beat = ? WHERE id = ?", INT(a->rows_done),
		       INT(wall_ms()), INT(a->id)) &&
		db_int(db, db_query(db, e, "SELECT wants_stop FROM verify_run WHERE id = ?", INT(a->id)), 1, &stop, e);
	a->stop = ok && stop;
	return ok;
}

bool verify_run_progress(struct store *s, int64_t id, uint64_t rows_done, bool *stop, struct err *e) {
	struct run_step a = { .id = id, .rows_done = rows_done };
	bool ok = write_wait(s->writer, WRITE_NORMAL, run_progress_op, &a, e);
	*stop = a.stop;
	return ok;
}

static bool run_mailbox_op(struct store *s, struct db *db, void *arg, struct err *e) {
	const struct run_step *a = arg;
	const struct verify_outcome *o = a->outcome;
	(void)s;
	return db_run(db, e, "DELETE FROM verify_left WHERE run = ? AND mailbox = ?", INT(a->id), INT(a->mailbox)) &&
	       db_run(db, e,
		      "UPDATE verify_run SET done = done + 1, clean = clean + ?, unread = unread + ?, gaps = gaps + ?,"
		      " refilled = refilled + ? WHERE id = ?",
		      INT(o->clean), INT(o->unread), INT(o->gaps), INT(o->refilled), INT(a->id));
}

bool verify_run_mailbox(struct store *s, int64_t id, int64_t mailbox, const struct verify_outcome *o, struct err *e) {
	struct run_step a = { .id = id, .mailbox = mailbox, .outcome = o };
	return write_wait(s->writer, WRITE_NORMAL, run_mailbox_op, &a, e);
}

static bool run_end_op(struct store *s, struct db *db, void *arg, struct err *e) {
	const struct run_step *a = arg;
	(void)s;
	return db_run(db, e, "UPDATE verify_run SET state = ?, error = ?, finished = ?, wants_stop = 0 WHERE id = ?",
		      INT(a->state), TEXT(a->error), INT(wall_ms()), INT(a->id));
}

bool verify_run_end(struct store *s, int64_t id, enum verify_run_state state, const char *error, struct err *e) {
	struct run_step a = { .id = id, .state = state, .error = error ? error : "" };
	return write_wait(s->writer, WRITE_FULL, run_end_op, &a, e);
}

static bool run_stop_op(struct store *s, struct db *db, void *arg, struct err *e) {
	const struct run_step *a = arg;
	struct verify_run r;
	bool found;
	(void)s;
	if (!run_by_id(db, a->id, &r, &found, e))
		return false;
	if (!found || r.state > VERIFY_RUN_RUNNING)
		return true;
	if (r.state == VERIFY_RUN_RUNNING && !r.lost)
		return db_run(db, e, "UPDATE verify_run SET wants_stop = 1 WHERE id = ?", INT(a->id));
	return db_run(db, e, "UPDATE verify_run SET state = ?, finished = ? WHERE id = ?", INT(VERIFY_RUN_STOPPED),
		      INT(wall_ms()), INT(a->id));
}

bool verify_run_stop(struct store *s, int64_t id, struct err *e) {
	struct run_step a = { .id = id };
	return write_wait(s->writer, WRITE_FULL, run_stop_op, &a, e);
}

static bool run_go_on_op(struct store *s, struct db *db, void *arg, struct err *e) {
	const struct run_step *a = arg;
	struct verify_run r;
	bool found;
	(void)s;
	if (!run_by_id(db, a->id, &r, &found, e))
		return false;
	if (!found || !verify_run_rest(&r))
		return err_set(e, ERR_INPUT, "This verification has nothing left to go on with");
	return db_run(db, e, "UPDATE verify_run SET state = 0, added = ?, wants_stop = 0 WHERE id = ?", INT(wall_ms()),
		      INT(a->id));
}

bool verify_run_go_on(struct store *s, int64_t id, struct err *e) {
	struct run_step a = { .id = id };
	return write_wait(s->writer, WRITE_FULL, run_go_on_op, &a, e);
}
