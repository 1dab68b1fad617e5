/* SPDX-License-Identifier: MIT
 *
 * repairs.c - see repairs.h.
 */
#include "core/store/repairs.h"

#include <string.h>

#include "core/base/crash_point.h"
#include "core/base/text.h"
#include "core/store/filter.h"
#include "core/store/ledger_int.h"

static void fp_write(unsigned char fp[FP_LEN], uint64_t ident, const struct hash *body) {
	for (unsigned i = 0; i < 8; i++)
		fp[i] = (unsigned char)(ident >> (8 * i));
	memcpy(fp + 8, body->bytes, HASH_LEN);
}

static void fp_read(sqlite3_stmt *st, int column, uint64_t *ident, struct hash *body) {
	const unsigned char *fp = sqlite3_column_blob(st, column);
	*ident = 0;
	*body = (struct hash){ 0 };
	if (!fp || sqlite3_column_bytes(st, column) != FP_LEN)
		return;
	for (unsigned i = 8; i-- > 0;)
		*ident = *ident << 8 | fp[i];
	memcpy(body->bytes, fp + 8, HASH_LEN);
}

struct repair_args {
	const struct lease *l;
	int64_t folder;
	const struct repair_record *r;
};

static bool repair_op(struct store *s, struct db *db, void *arg, struct err *e) {
	const struct repair_args *a = arg;
	const struct repair_record *r = a->r;
	unsigned char sent[FP_LEN], source[FP_LEN];
	(void)s;
	fp_write(sent, r->ident, &r->body);
	fp_write(source, r->source_ident, &r->source_body);
	if (!ledger_guard(db, a->l, a->folder, e) ||
	    !db_run(db, e, "UPDATE msg SET fp = ? WHERE folder = ? AND uid = ? AND state = ?", BLOB(sent, FP_LEN),
		    INT(a->folder), INT(r->uid), INT(MSG_INTENT)))
		return false;
	if (db_changes(db) == 0)
		return err_set(e, ERR_INPUT, "A message is sent only after it was recorded as an intent");
	CRASH_POINT("ledger: a repair, not committed");
	return db_run(db, e,
		      "INSERT OR REPLACE INTO repair(folder, uid, rung, source, subject, sender, date) "
		      "VALUES(?, ?, ?, ?, ?, ?, ?)",
		      INT(a->folder), INT(r->uid), TEXT(repair_name(r->rung)), BLOB(source, FP_LEN), TEXT(r->subject),
		      TEXT(r->from), TEXT(r->date));
}

bool ledger_repair(struct store *s, const struct lease *l, int64_t folder, const struct repair_record *r,
		   struct err *e) {
	struct repair_args a = { l, folder, r };
	return write_check(s->writer, l->generation, e) && write_wait(s->writer, WRITE_FULL, repair_op, &a, e);
}

bool repair_forget(struct db *db, int64_t folder, uint32_t uid, bool *had, struct err *e) {
	if (!db_run(db, e, "DELETE FROM repair WHERE folder = ? AND uid = ?", INT(folder), INT(uid)))
		return false;
	*had = db_changes(db) > 0;
	return true;
}

#define AT_TARGET "(2, 3, 4, 5)" /* ACKED, DONE, ADOPTED, MERGED */
_Static_assert(MSG_ACKED == 2 && MSG_DONE == 3 && MSG_ADOPTED == 4 && MSG_MERGED == 5, "as in the SQL below");

bool ledger_copies_like(struct store *s, int64_t folder, uint64_t ident, const struct hash *body, uint64_t *n,
			struct err *e) {
	unsigned char fp[FP_LEN];
	int64_t count = 0;
	fp_write(fp, ident, body);
	writer_drain(s->writer);
	struct db *db = store_read(s, e);
	bool ok = db && db_int(db,
			       db_query(db, e,
					"SELECT count(*) FROM msg WHERE folder = ? AND state IN " AT_TARGET
					" AND fp = ?",
					INT(folder), BLOB(fp, FP_LEN)),
			       0, &count, e);
	store_read_end(s, db);
	*n = (uint64_t)count;
	return ok;
}

static bool list_repairs(struct db *db, int64_t mailbox, repaired_row_fn *fn, void *arg, struct err *e) {
	struct repaired_row row;
	char rung[32];
	int more = -1;
	sqlite3_stmt *st = db_query(db, e,
				    "SELECT f.src_display, x.uid, u.uidl, x.rung, x.subject, x.sender, x.date, g.size,"
				    " x.source FROM folder f CROSS JOIN repair x ON x.folder = f.id "
				    "CROSS JOIN msg g ON g.folder = x.folder AND g.uid = x.uid "
				    "LEFT JOIN uidl u ON u.folder = x.folder AND u.uid = x.uid "
				    "WHERE f.mailbox = ? AND g.state IN " AT_TARGET " ORDER BY f.id, x.uid",
				    INT(mailbox));
	while (st && (more = db_next(db, st, e)) > 0) {
		row = (struct repaired_row){ .uid = db_u32(st, 1), .size = db_u64(st, 7) };
		db_shown(row.folder, sizeof row.folder, st, 0);
		db_shown(row.uidl, sizeof row.uidl, st, 2);
		db_text(rung, sizeof rung, st, 3);
		row.rung = repair_parse(rung);
		db_shown(row.subject, sizeof row.subject, st, 4);
		db_shown(row.from, sizeof row.from, st, 5);
		db_shown(row.date, sizeof row.date, st, 6);
		fp_read(st, 8, &row.source_ident, &row.source_body);
		if (!fn(arg, &row)) {
			db_done(st);
			return true;
		}
	}
	return more == 0;
}

bool mailbox_repairs(struct store *s, int64_t mailbox, repaired_row_fn *fn, void *arg, struct err *e) {
	struct db *db = store_read(s, e);
	bool ok = db && list_repairs(db, mailbox, fn, arg, e);
	store_read_end(s, db);
	return ok;
}

static bool sum_repairs(struct db *db, sqlite3_stmt *st, struct repair_totals *out, struct err *e) {
	char rung[32];
	int more = -1;
	while (st && (more = db_next(db, st, e)) > 0) {
		db_text(rung, sizeof rung, st, 0);
		out->by_rung[repair_parse(rung)] += db_u64(st, 1);
		out->all += db_u64(st, 1);
	}
	return more == 0;
}

bool repairs_totals(struct store *s, const struct mailbox_filter *f, struct repair_totals *out, struct err *e) {
	struct filter_query q;
	*out = (struct repair_totals){ 0 };
	struct db *db = store_read(s, e);
	if (!db)
		return false;
	filter_begin(&q);
	/* From the few to the many: what was repaired is little beside 30,000 mailboxes. */
	buf_puts(&q.sql,
		 "SELECT x.rung, count(*) FROM repair x CROSS JOIN msg g ON g.folder = x.folder AND g.uid = x.uid "
		 "CROSS JOIN folder f ON f.id = x.folder CROSS JOIN mailbox m ON m.id = f.mailbox "
		 "WHERE g.state IN " AT_TARGET " AND ");
	bool ok = filter_where(&q, f, e) && (buf_puts(&q.sql, " GROUP BY x.rung") || err_nomem(e));
	ok = ok && sum_repairs(db, filter_run(&q, db, e), out, e);
	store_read_end(s, db);
	filter_end(&q);
	return ok;
}
