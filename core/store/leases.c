/* SPDX-License-Identifier: MIT
 *
 * leases.c - handing out mailboxes one by one, and never one account twice.
 */
#include "core/store/leases.h"

#include <string.h>

#include "core/base/text.h"
#include "core/store/filter.h"
#include "core/store/ledger_int.h"

#define TARGET_UNKNOWN "The target is not known; set one with: mailvan target set, or give TargetServer in the list"

bool lease_check(struct db *db, const struct lease *l, struct err *e) {
	int64_t held;
	if (!db_int(db,
		    db_query(db, e, "SELECT 1 FROM lease WHERE generation = ? AND worker = ? AND mailbox = ?",
			     INT(l->generation), INT(l->worker), INT(l->mailbox)),
		    0, &held, e))
		return false;
	return held || err_set(e, ERR_LEASE_LOST, "Another worker has taken over this mailbox");
}

bool mailbox_let_go(struct db *db, int64_t mailbox, struct err *e) {
	return db_run(db, e,
		      "UPDATE mailbox SET state = CASE"
		      " WHEN state IN (?2, ?3, ?4) THEN CASE wish WHEN ?5 THEN ?6 WHEN ?7 THEN ?8 ELSE ?9 END"
		      " WHEN wish = ?10 AND state <> ?9 THEN ?9 ELSE state END,"
		      " rate_bytes = 0, rate_messages = 0, eta_s = -1, throttled_until = 0, wish = 0 WHERE id = ?1",
		      INT(mailbox), INT(MBOX_CONNECTING), INT(MBOX_COPYING), INT(MBOX_THROTTLED), INT(WISHED_PAUSE),
		      INT(MBOX_PAUSED), INT(WISHED_STOP), INT(MBOX_STOPPED), INT(MBOX_QUEUED), INT(WISHED_GO_ON));
}

struct next_args {
	int64_t worker;
	const struct mailbox_filter *only;
	struct lease *out;
	bool found;
};

/* The statement of "Queued, wanted, and ...": rest says which of them. */
static bool queued_int(struct db *db, const struct mailbox_filter *only, const char *select, const char *rest,
		       int64_t *out, struct err *e) {
	struct filter_query q;
	filter_begin(&q);
	buf_printf(&q.sql, "SELECT %s FROM mailbox m WHERE m.state = %d AND ", select, MBOX_QUEUED);
	bool ok = filter_where(&q, only, e);
	buf_puts(&q.sql, rest);
	ok = ok && db_int(db, filter_run(&q, db, e), 0, out, e);
	filter_end(&q);
	return ok;
}

/* Rows that can never start say so now. */
static bool fail_unknown(struct db *db, const struct mailbox_filter *only, struct err *e) {
	for (;;) {
		int64_t id;
		if (!queued_int(db, only, "m.id", " AND m.target_key IS NULL ORDER BY m.id LIMIT 1", &id, e))
			return false;
		if (!id)
			return true;
		if (!db_run(db, e, "UPDATE mailbox SET state = ?, error_cat = ?, error = ? WHERE id = ?",
			    INT(MBOX_FAILED), TEXT(err_cat_name(ERR_INPUT)), TEXT(TARGET_UNKNOWN), INT(id)))
			return false;
	}
}

static bool take(struct db *db, struct next_args *a, int64_t id, struct err *e) {
	struct lease *l = a->out;
	sqlite3_stmt *st = db_query(db, e, "SELECT target_key FROM mailbox WHERE id = ?", INT(id));
	int more = st ? db_next(db, st, e) : -1;
	if (more <= 0)
		return more == 0;
	*l = (struct lease){ .mailbox = id, .worker = a->worker };
	db_text(l->key, sizeof l->key, st, 0);
	db_done(st);
	if (!db_run(db, e, "INSERT INTO lease(key, mailbox, worker) VALUES(?, ?, ?)", TEXT(l->key), INT(id),
		    INT(a->worker)))
		return false;
	l->generation = (uint64_t)sqlite3_last_insert_rowid(db->h);
	a->found = true;
	return db_run(db, e,
		      "UPDATE mailbox SET state = ?, wish = 0, ever_run = 1, error_cat = '', error = '' WHERE id = ?",
		      INT(MBOX_CONNECTING), INT(id));
}

static bool next_op(struct store *s, struct db *db, void *arg, struct err *e) {
	struct next_args *a = arg;
	int64_t id;
	(void)s;
	if (!worker_check(db, a->worker, e))
		return false;
	if (!fail_unknown(db, a->only, e) ||
	    !queued_int(db, a->only, "m.id",
			" AND m.target_key IS NOT NULL AND NOT EXISTS(SELECT 1 FROM lease l WHERE "
			"l.key = m.target_key OR l.mailbox = m.id) ORDER BY m.id LIMIT 1",
			&id, e))
		return false;
	return !id || take(db, a, id, e);
}

/* Most polls find nothing; those must not take the write lock. */
static bool any_queued(struct store *s, const struct mailbox_filter *only, int64_t *any, struct err *e) {
	struct db *db = store_read(s, e);
	bool ok = db && queued_int(db, only, "1", " LIMIT 1", any, e);
	store_read_end(s, db);
	return ok;
}

bool lease_next(struct store *s, int64_t worker, const struct mailbox_filter *only, struct lease *out, bool *found,
		struct err *e) {
	struct next_args a = { .worker = worker, .only = only, .out = out };
	int64_t any;
	*found = false;
	if (!workers_reap(s, REAP_AND_KILL, e))
		return false;
	writer_drain(s->writer);
	if (!any_queued(s, only, &any, e))
		return false;
	if (any && !write_wait(s->writer, WRITE_FULL, next_op, &a, e))
		return false;
	*found = a.found;
	return true;
}

static bool release_op(struct store *s, struct db *db, void *arg, struct err *e) {
	const struct lease *l = arg;
	ordinals_end(s, l->generation, 0);
	return lease_check(db, l, e) && db_run(db, e, "DELETE FROM lease WHERE generation = ?", INT(l->generation)) &&
	       mailbox_let_go(db, l->mailbox, e);
}

bool lease_release(struct store *s, const struct lease *l, struct err *e) {
	struct lease copy = *l;
	bool ok = write_wait(s->writer, WRITE_FULL, release_op, &copy, e);
	write_forget(s->writer, l->generation);
	return ok;
}

static bool read_wishes(struct db *db, int64_t worker, struct wish *out, size_t cap, size_t *n, struct err *e) {
	int more = -1;
	sqlite3_stmt *st = db_query(db, e,
				    "SELECT l.mailbox, m.wish FROM lease l CROSS JOIN mailbox m ON m.id = l.mailbox "
				    "WHERE l.worker = ? AND m.wish IN (?, ?) ORDER BY l.mailbox LIMIT ?",
				    INT(worker), INT(WISHED_PAUSE), INT(WISHED_STOP), INT(cap));
	while (st && (more = db_next(db, st, e)) > 0) {
		out[*n].mailbox = db_i64(st, 0);
		out[*n].what = db_i64(st, 1) == WISHED_PAUSE ? WISH_PAUSE : WISH_STOP;
		++*n;
	}
	return more == 0;
}

bool wishes_read(struct store *s, int64_t worker, struct wish *out, size_t cap, size_t *n, struct err *e) {
	*n = 0;
	struct db *db = store_read(s, e);
	bool ok = db && read_wishes(db, worker, out, cap, n, e);
	store_read_end(s, db);
	return ok;
}

struct test_args {
	int64_t worker, mailbox;
};

static bool test_op(struct store *s, struct db *db, void *arg, struct err *e) {
	struct test_args *a = arg;
	(void)s;
	if (!worker_check(db, a->worker, e))
		return false;
	return db_int(db, db_query(db, e, "SELECT min(id) FROM mailbox WHERE test = 1"), 0, &a->mailbox, e) &&
	       (!a->mailbox || db_run(db, e, "UPDATE mailbox SET test = ?, test_worker = ? WHERE id = ?",
				      INT(TEST_RUNNING), INT(a->worker), INT(a->mailbox)));
}

bool test_next(struct store *s, int64_t worker, int64_t *mailbox, bool *found, struct err *e) {
	struct test_args a = { .worker = worker };
	int64_t any = 0;
	*found = false;
	struct db *db = store_read(s, e);
	bool ok = db && db_int(db, db_query(db, e, "SELECT 1 FROM mailbox WHERE test = 1 LIMIT 1"), 0, &any, e);
	store_read_end(s, db);
	if (!ok || !any)
		return ok;
	if (!write_wait(s->writer, WRITE_FULL, test_op, &a, e))
		return false;
	*mailbox = a.mailbox;
	*found = a.mailbox != 0;
	return true;
}
