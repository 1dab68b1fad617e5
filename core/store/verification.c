/* SPDX-License-Identifier: MIT
 *
 * verification.c - results of verify: one row for each mailbox, and the first of its differences.
 */
#include "core/store/verification.h"

#include "core/base/text.h"
#include "core/store/filter.h"
#include "core/store/store_int.h"

const char *verify_level_text(int level) {
	static const char *const texts[] = {
		[VERIFY_COUNTS] = "messages per folder counted, none read back",
		[VERIFY_EXISTS] = "every copy seen at the target, none read back",
		[VERIFY_HEADERS] = "header, date and flags of every copy read back",
		[VERIFY_SAMPLE] = "header, date and flags of every copy read back, and some bodies",
		[VERIFY_BODIES] = "header, date, flags and body of every copy read back",
	};
	return level >= 0 && level <= VERIFY_LEVEL_MAX ? texts[level] : "unknown";
}

struct save_args {
	int64_t mailbox;
	const struct verification *v;
	const struct difference_row *rows;
	size_t n;
};

bool verification_forget(struct db *db, int64_t mailbox, struct err *e) {
	return db_run(db, e, "DELETE FROM verification WHERE mailbox = ?", INT(mailbox)) &&
	       db_run(db, e, "DELETE FROM difference WHERE mailbox = ?", INT(mailbox));
}

static bool save_row(struct db *db, const struct save_args *a, size_t i, struct err *e) {
	const struct difference_row *r = &a->rows[i];
	return db_run(db, e, "INSERT INTO difference VALUES(?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)", INT(a->mailbox),
		      INT(i), TEXT(r->kind), TEXT(r->folder), INT(r->uid), INT(r->dst_uid), TEXT(r->date),
		      TEXT(r->from), TEXT(r->subject), TEXT(r->message_id),
		      r->size <= INT64_MAX ? INT(r->size) : NONE, TEXT(r->text));
}

static bool save_op(struct store *s, struct db *db, void *arg, struct err *e) {
	const struct save_args *a = arg;
	const struct verification *v = a->v;
	int64_t there;
	(void)s;
	if (!db_int(db, db_query(db, e, "SELECT 1 FROM mailbox WHERE id = ?", INT(a->mailbox)), 0, &there, e))
		return false;
	if (!there)
		return true;
	if (!verification_forget(db, a->mailbox, e) ||
	    !db_run(db, e,
		    "INSERT INTO verification(mailbox, level, at, seed, checked, bodies, gaps, notes, missing, "
		    "duplicates,"
		    " others, not_copied) VALUES(?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
		    INT(a->mailbox), INT(v->level), INT(v->at), INT(v->seed), INT(v->checked), INT(v->bodies),
		    INT(v->gaps), INT(v->notes), INT(v->missing), INT(v->duplicates), INT(v->others),
		    INT(v->not_copied)))
		return false;
	for (size_t i = 0; i < a->n; i++)
		if (!save_row(db, a, i, e))
			return false;
	return true;
}

bool verification_save(struct store *s, int64_t mailbox, const struct verification *v,
		       const struct difference_row *rows, size_t n, struct err *e) {
	struct save_args a = { mailbox, v, rows, n < DIFFERENCES_KEPT ? n : DIFFERENCES_KEPT };
	return write_wait(s->writer, WRITE_NORMAL, save_op, &a, e);
}

bool verification_get(struct store *s, int64_t mailbox, struct verification *out, bool *found, struct err *e) {
	struct db *db = store_read(s, e);
	*found = false;
	if (!db)
		return false;
	sqlite3_stmt *st =
		db_query(db, e,
			 "SELECT level, at, seed, checked, bodies, gaps, notes, missing, duplicates, others, "
			 "not_copied FROM verification WHERE mailbox = ?",
			 INT(mailbox));
	int more = st ? db_next(db, st, e) : -1;
	if (more > 0) {
		*found = true;
		*out = (struct verification){ .level = (int)db_i64(st, 0),
					      .at = db_i64(st, 1),
					      .seed = db_u64(st, 2),
					      .checked = db_u64(st, 3),
					      .bodies = db_u64(st, 4),
					      .gaps = db_u64(st, 5),
					      .notes = db_u64(st, 6),
					      .missing = db_u64(st, 7),
					      .duplicates = db_u64(st, 8),
					      .others = db_u64(st, 9),
					      .not_copied = db_u64(st, 10) };
		db_done(st);
	}
	store_read_end(s, db);
	return more >= 0;
}

static bool list_differences(struct db *db, int64_t mailbox, difference_row_fn *fn, void *arg, struct err *e) {
	struct difference_row row;
	int more = -1;
	sqlite3_stmt *st = db_query(db, e,
				    "SELECT kind, folder, uid, dst_uid, date, sender, subject, message_id, size, text "
				    "FROM difference WHERE mailbox = ? ORDER BY n",
				    INT(mailbox));
	while (st && (more = db_next(db, st, e)) > 0) {
		row = (struct difference_row){ .uid = db_u32(st, 2), .dst_uid = db_u32(st, 3), .size = UINT64_MAX };
		if (sqlite3_column_type(st, 8) != SQLITE_NULL)
			row.size = db_u64(st, 8);
		db_shown(row.kind, sizeof row.kind, st, 0);
		db_shown(row.folder, sizeof row.folder, st, 1);
		db_shown(row.date, sizeof row.date, st, 4);
		db_shown(row.from, sizeof row.from, st, 5);
		db_shown(row.subject, sizeof row.subject, st, 6);
		db_shown(row.message_id, sizeof row.message_id, st, 7);
		db_shown(row.text, sizeof row.text, st, 9);
		if (!fn(arg, &row)) {
			db_done(st);
			return true;
		}
	}
	return more == 0;
}

bool verification_differences(struct store *s, int64_t mailbox, difference_row_fn *fn, void *arg, struct err *e) {
	struct db *db = store_read(s, e);
	bool ok = db && list_differences(db, mailbox, fn, arg, e);
	store_read_end(s, db);
	return ok;
}

/* From the looks with gaps, which are few, to their mailboxes. */
bool verification_missing_total(struct store *s, const struct mailbox_filter *f, uint64_t *n, struct err *e) {
	struct filter_query q;
	struct db *db = store_read(s, e);
	int64_t found = 0;
	if (!db)
		return false;
	filter_begin(&q);
	buf_puts(&q.sql,
		 "SELECT coalesce(sum(min(v.missing, m.n_copied + m.n_adopted + m.n_merged)), 0) FROM verification v "
		 "CROSS JOIN mailbox m ON m.id = v.mailbox WHERE v.missing > 0 AND v.at > m.uncopied AND ");
	bool ok = filter_where(&q, f, e) && db_int(db, filter_run(&q, db, e), 0, &found, e);
	store_read_end(s, db);
	filter_end(&q);
	*n = (uint64_t)found;
	return ok;
}
