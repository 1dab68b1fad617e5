/* SPDX-License-Identifier: MIT
 *
 * ledger_read.c - rows of the ledger. A read first lets the writer finish, so that a worker sees its lazy writes.
 */
#include <string.h>

#include "core/base/text.h"
#include "core/store/ledger_int.h"

#define ROW_COLUMNS "m.uid, m.dst_uid, m.state, m.flags, m.date, m.zone, m.size, m.fp, k.words, u.uidl "
#define ROW_FROM                                                                                                       \
	"FROM msg m LEFT JOIN keyword_set k ON k.id = m.keywords "                                                     \
	"LEFT JOIN uidl u ON u.folder = m.folder AND u.uid = m.uid "

static void row_read(sqlite3_stmt *st, struct ledger_row *r) {
	const unsigned char *fp = sqlite3_column_blob(st, 7);
	*r = (struct ledger_row){ .uid = db_u32(st, 0),
				  .dst_uid = db_u32(st, 1),
				  .state = (enum msg_state)db_i64(st, 2),
				  .flags = db_u32(st, 3),
				  .size = UINT64_MAX };
	if (sqlite3_column_type(st, 6) != SQLITE_NULL)
		r->size = db_u64(st, 6);
	r->date.valid = sqlite3_column_type(st, 4) != SQLITE_NULL;
	r->date.unix_s = db_i64(st, 4);
	r->date.zone_min = (int16_t)db_i64(st, 5);
	if (fp && sqlite3_column_bytes(st, 7) == FP_LEN) {
		for (unsigned i = 8; i-- > 0;)
			r->ident = r->ident << 8 | fp[i];
		memcpy(r->body.bytes, fp + 8, HASH_LEN);
	}
	db_text(r->keywords, sizeof r->keywords, st, 8);
	db_text(r->uidl, sizeof r->uidl, st, 9);
}

static bool collect(struct db *db, sqlite3_stmt *st, struct ledger_row *out, size_t *n, struct err *e) {
	int more = -1;
	while (st && (more = db_next(db, st, e)) > 0)
		row_read(st, &out[(*n)++]);
	return more == 0;
}

/* Which states the folder has rows in, by its counts: a finished folder of a million is not searched for pending ones.
 */
static bool states_there(struct db *db, int64_t folder, unsigned *states, struct err *e) {
	static const unsigned masks[] = { 1U << MSG_DONE | 1U << MSG_ACKED,
					  1U << MSG_ADOPTED,
					  1U << MSG_MERGED,
					  1U << MSG_SKIPPED,
					  1U << MSG_FAILED,
					  1U << MSG_VANISHED,
					  1U << MSG_PENDING | 1U << MSG_INTENT };
	*states = 0;
	sqlite3_stmt *st = db_query(db, e,
				    "SELECT n_copied, n_adopted, n_merged, n_skipped, n_failed, n_vanished, n_pending "
				    "FROM folder WHERE id = ?",
				    INT(folder));
	int more = st ? db_next(db, st, e) : -1;
	if (more <= 0)
		return more == 0;
	for (int i = 0; i < (int)(sizeof masks / sizeof masks[0]); i++)
		if (db_i64(st, i) > 0)
			*states |= masks[i];
	db_done(st);
	return true;
}

bool ledger_rows_untouched(struct store *s, int64_t folder, uint32_t after, unsigned states, struct ledger_row *out,
			   size_t cap, size_t *n, struct err *e) {
	unsigned there;
	*n = 0;
	struct db *db = store_read(s, e);
	bool ok = db && states_there(db, folder, &there, e);
	if (ok && (there & states))
		ok = collect(db,
			     db_query(db, e,
				      "SELECT " ROW_COLUMNS ROW_FROM
				      "WHERE m.folder = ? AND m.uid > ? AND (1 << m.state) & ? ORDER BY m.uid LIMIT ?",
				      INT(folder), INT(after), INT(states & there), INT(cap)),
			     out, n, e);
	store_read_end(s, db);
	return ok;
}

bool ledger_rows(struct store *s, int64_t folder, uint32_t after, unsigned states, struct ledger_row *out, size_t cap,
		 size_t *n, struct err *e) {
	writer_drain(s->writer);
	return ledger_rows_untouched(s, folder, after, states, out, cap, n, e);
}

bool ledger_row_get(struct store *s, int64_t folder, uint32_t uid, struct ledger_row *out, bool *found, struct err *e) {
	size_t n = 0;
	writer_drain(s->writer);
	struct db *db = store_read(s, e);
	bool ok = db && collect(db,
				db_query(db, e, "SELECT " ROW_COLUMNS ROW_FROM "WHERE m.folder = ? AND m.uid = ?",
					 INT(folder), INT(uid)),
				out, &n, e);
	store_read_end(s, db);
	*found = ok && n > 0;
	return ok;
}

bool ledger_window_rows(struct store *s, int64_t folder, uint32_t uidnext, uint32_t after, struct ledger_row *out,
			size_t cap, size_t *n, struct err *e) {
	*n = 0;
	writer_drain(s->writer);
	struct db *db = store_read(s, e);
	bool ok =
		db &&
		collect(db,
			db_query(
				db, e,
				"SELECT " ROW_COLUMNS ROW_FROM "WHERE m.folder = ? AND m.uid > ? AND (m.state = ? OR"
				" (m.state IN (?, ?, ?) AND (m.dst_uid >= ? OR m.dst_uid = 0))) ORDER BY m.uid LIMIT ?",
				INT(folder), INT(after), INT(MSG_INTENT), INT(MSG_DONE), INT(MSG_ACKED),
				INT(MSG_ADOPTED), INT(uidnext), INT(cap)),
			out, n, e);
	store_read_end(s, db);
	return ok;
}

static bool read_intents(struct db *db, int64_t folder, uint64_t *rows, uint32_t *uidnext, uint32_t *dst_uidvalidity,
			 struct err *e) {
	sqlite3_stmt *st = db_query(db, e,
				    "SELECT coalesce(sum(open), 0), coalesce(min(uidnext), 0),"
				    " (SELECT dst_uidvalidity FROM intent WHERE folder = ?1 ORDER BY id DESC LIMIT 1) "
				    "FROM intent WHERE folder = ?1",
				    INT(folder));
	int more = st ? db_next(db, st, e) : -1;
	if (more <= 0)
		return more == 0;
	*rows = db_u64(st, 0);
	*uidnext = db_u32(st, 1);
	*dst_uidvalidity = db_u32(st, 2);
	db_done(st);
	return true;
}

bool ledger_open_intents(struct store *s, int64_t folder, uint64_t *rows, uint32_t *uidnext, uint32_t *dst_uidvalidity,
			 struct err *e) {
	*rows = 0;
	*uidnext = *dst_uidvalidity = 0;
	writer_drain(s->writer);
	struct db *db = store_read(s, e);
	bool ok = db && read_intents(db, folder, rows, uidnext, dst_uidvalidity, e);
	store_read_end(s, db);
	return ok;
}

static bool read_names(struct db *db, int64_t mailbox, ledger_name_fn *fn, void *arg, struct err *e) {
	char wire[FOLDER_NAME_MAX], display[FOLDER_NAME_MAX], target[FOLDER_NAME_MAX];
	int more = -1;
	sqlite3_stmt *st = db_query(db, e,
				    "SELECT id, src_wire, src_display, dst_wire, src_uidvalidity, src_uidnext, "
				    "n_source, coalesce(subscribed, -1) FROM folder WHERE mailbox = ? ORDER BY id",
				    INT(mailbox));
	while (st && (more = db_next(db, st, e)) > 0) {
		db_text(wire, sizeof wire, st, 1);
		db_shown(display, sizeof display, st, 2);
		db_text(target, sizeof target, st, 3);
		struct ledger_name f = { db_i64(st, 0), wire, display, target, db_u32(st, 4), db_u32(st, 5),
					 db_u64(st, 6), (int)db_i64(st, 7) };
		if (!fn(arg, &f, e)) {
			db_done(st);
			return false;
		}
	}
	return more == 0;
}

bool ledger_folder_names(struct store *s, int64_t mailbox, ledger_name_fn *fn, void *arg, struct err *e) {
	struct db *db = store_read(s, e);
	bool ok = db && read_names(db, mailbox, fn, arg, e);
	store_read_end(s, db);
	return ok;
}
