/* SPDX-License-Identifier: MIT
 *
 * leases.c - what a lease is worth, giving it back, and what front ends want of leased mailboxes.
 */
#include "core/store/leases.h"

#include <string.h>

#include "core/base/text.h"
#include "core/store/ledger_int.h"

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
		      " WHEN state IN (?2, ?3, ?4) OR (state = ?9 AND wish IN (?5, ?7)) THEN CASE wish WHEN ?5 THEN ?6 "
		      "WHEN ?7 THEN ?8 ELSE ?9 END"
		      " WHEN wish = ?10 AND state <> ?9 THEN ?9 ELSE state END,"
		      " rate_bytes = 0, rate_messages = 0, eta_s = -1, wish = 0,"
		      " throttled_until = CASE WHEN state = ?9 AND wish NOT IN (?5, ?7) THEN throttled_until ELSE 0 END"
		      " WHERE id = ?1",
		      INT(mailbox), INT(MBOX_CONNECTING), INT(MBOX_COPYING), INT(MBOX_THROTTLED), INT(WISHED_PAUSE),
		      INT(MBOX_PAUSED), INT(WISHED_STOP), INT(MBOX_STOPPED), INT(MBOX_QUEUED), INT(WISHED_GO_ON));
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

bool mailbox_accounts(struct store *s, int64_t mailbox, struct lease *out, struct err *e) {
	struct db *db = store_read(s, e);
	sqlite3_stmt *st = db ? db_query(db, e, "SELECT coalesce(target_key, ''), source_key FROM mailbox WHERE id = ?",
					 INT(mailbox))
			      : NULL;
	int more = st ? db_next(db, st, e) : -1;
	*out = (struct lease){ .mailbox = mailbox };
	if (more > 0) {
		db_text(out->key, sizeof out->key, st, 0);
		db_text(out->source_key, sizeof out->source_key, st, 1);
		db_done(st);
	}
	store_read_end(s, db);
	return more >= 0;
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
	return db_int(db, db_query(db, e, "SELECT min(id) FROM mailbox WHERE " TEST_INDEXED " AND test = 1"), 0,
		      &a->mailbox, e) &&
	       (!a->mailbox || db_run(db, e, "UPDATE mailbox SET test = ?, test_worker = ? WHERE id = ?",
				      INT(TEST_RUNNING), INT(a->worker), INT(a->mailbox)));
}

bool test_next(struct store *s, int64_t worker, int64_t *mailbox, bool *found, struct err *e) {
	struct test_args a = { .worker = worker };
	int64_t any = 0;
	*found = false;
	struct db *db = store_read(s, e);
	bool ok = db && db_int(db,
			       db_query(db, e, "SELECT 1 FROM mailbox WHERE " TEST_INDEXED " AND test = 1 LIMIT 1"), 0,
			       &any, e);
	store_read_end(s, db);
	if (!ok || !any)
		return ok;
	if (!write_wait(s->writer, WRITE_FULL, test_op, &a, e))
		return false;
	*mailbox = a.mailbox;
	*found = a.mailbox != 0;
	return true;
}
