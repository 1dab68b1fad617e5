/* SPDX-License-Identifier: MIT
 *
 * removals.c - messages that the source has no more, and the copies that were removed for it: intended durably
 * before the target hears of it, and closed in the transaction that changes the row (delta.h).
 */
#include <stdio.h>
#include <string.h>

#include "core/base/text.h"
#include "core/store/delta.h"
#include "core/store/filter.h"
#include "core/store/ledger_int.h"

struct absent_args {
	const struct lease *l;
	int64_t folder;
	const uint32_t *uids;
	size_t n;
	wall_ms_t now;
	int64_t open;
};

static bool absent_op(struct store *s, struct db *db, void *arg, struct err *e) {
	struct absent_args *a = arg;
	(void)s;
	if (!ledger_guard(db, a->l, a->folder, e) ||
	    !db_run(db, e, "UPDATE absent SET stays = 0 WHERE folder = ?", INT(a->folder)))
		return false;
	for (size_t i = 0; i < a->n; i++)
		if (!db_run(db, e,
			    "INSERT INTO absent(folder, uid, since, generation, kept, stays) VALUES(?, ?, ?, ?, 0, 1) "
			    "ON CONFLICT DO UPDATE SET stays = 1",
			    INT(a->folder), INT(a->uids[i]), INT(a->now), INT(a->l->generation)))
			return false;
	return db_run(db, e, "DELETE FROM absent WHERE folder = ? AND stays = 0", INT(a->folder)) &&
	       db_int(db, db_query(db, e, "SELECT count(*) FROM absent WHERE folder = ? AND kept = 0", INT(a->folder)),
		      0, &a->open, e);
}

bool delta_absent(struct store *s, const struct lease *l, int64_t folder, const uint32_t *uids, size_t n, wall_ms_t now,
		  uint64_t *open, struct err *e) {
	struct absent_args a = { .l = l, .folder = folder, .uids = uids, .n = n, .now = now };
	bool ok = write_check(s->writer, l->generation, e) && write_wait(s->writer, WRITE_NORMAL, absent_op, &a, e);
	*open = (uint64_t)a.open;
	return ok;
}

static bool forget_op(struct store *s, struct db *db, void *arg, struct err *e) {
	const struct absent_args *a = arg;
	(void)s;
	return ledger_guard(db, a->l, a->folder, e) &&
	       db_run(db, e, "DELETE FROM absent WHERE folder = ? AND kept = 0", INT(a->folder));
}

bool delta_absent_forget(struct store *s, const struct lease *l, int64_t folder, struct err *e) {
	struct absent_args a = { .l = l, .folder = folder };
	return write_check(s->writer, l->generation, e) && write_wait(s->writer, WRITE_NORMAL, forget_op, &a, e);
}

static bool keep_op(struct store *s, struct db *db, void *arg, struct err *e) {
	const struct absent_args *a = arg;
	(void)s;
	if (!ledger_guard(db, a->l, a->folder, e))
		return false;
	for (size_t i = 0; i < a->n; i++)
		if (!db_run(db, e, "UPDATE absent SET kept = 1 WHERE folder = ? AND uid = ?", INT(a->folder),
			    INT(a->uids[i])))
			return false;
	return true;
}

bool delta_absent_keep(struct store *s, const struct lease *l, int64_t folder, const uint32_t *uids, size_t n,
		       struct err *e) {
	struct absent_args a = { .l = l, .folder = folder, .uids = uids, .n = n };
	return write_check(s->writer, l->generation, e) && write_wait(s->writer, WRITE_NORMAL, keep_op, &a, e);
}

bool delta_ripe(struct store *s, const struct lease *l, int64_t folder, wall_ms_t before, uint32_t after, uint32_t *out,
		size_t cap, size_t *n, struct err *e) {
	int more = -1;
	*n = 0;
	writer_drain(s->writer);
	struct db *db = store_read(s, e);
	sqlite3_stmt *st = db ? db_query(db, e,
					 "SELECT uid FROM absent WHERE folder = ? AND uid > ? AND since <= ? AND "
					 "generation <> ? AND kept = 0 "
					 "ORDER BY uid LIMIT ?",
					 INT(folder), INT(after), INT(before), INT(l->generation), INT(cap))
			      : NULL;
	while (st && (more = db_next(db, st, e)) > 0)
		out[(*n)++] = db_u32(st, 0);
	store_read_end(s, db);
	return more == 0;
}

struct removal_args {
	const struct lease *l;
	int64_t folder;
	const struct removal *at;
	size_t n;
	const char *how, *who;
	bool done;
};

static bool intend_op(struct store *s, struct db *db, void *arg, struct err *e) {
	const struct removal_args *a = arg;
	(void)s;
	if (!ledger_guard(db, a->l, a->folder, e))
		return false;
	for (size_t i = 0; i < a->n; i++)
		if (!db_run(db, e,
			    "INSERT OR REPLACE INTO removal(folder, uid, dst_uid, done, at, how, who, subject, sender, "
			    "date, message_id) VALUES(?, ?, ?, 0, ?, ?, ?, ?, ?, ?, ?)",
			    INT(a->folder), INT(a->at[i].uid), INT(a->at[i].dst_uid), INT(wall_ms()), TEXT(a->how),
			    TEXT(a->who), TEXT(a->at[i].subject), TEXT(a->at[i].from), TEXT(a->at[i].date),
			    TEXT(a->at[i].message_id)))
			return false;
	return true;
}

bool removals_intend(struct store *s, const struct lease *l, int64_t folder, const struct removal *at, size_t n,
		     const char *how, const char *who, struct err *e) {
	struct removal_args a = { l, folder, at, n, how, who, false };
	return write_check(s->writer, l->generation, e) && write_wait(s->writer, WRITE_FULL, intend_op, &a, e);
}

bool removals_open(struct store *s, int64_t folder, uint32_t after, struct removal *out, size_t cap, size_t *n,
		   struct err *e) {
	int more = -1;
	*n = 0;
	writer_drain(s->writer);
	struct db *db = store_read(s, e);
	sqlite3_stmt *st =
		db ? db_query(db, e,
			      "SELECT uid, dst_uid FROM removal WHERE done = 0 AND folder = ? AND uid > ? ORDER BY uid "
			      "LIMIT ?",
			      INT(folder), INT(after), INT(cap))
		   : NULL;
	while (st && (more = db_next(db, st, e)) > 0)
		out[(*n)++] = (struct removal){ .uid = db_u32(st, 0), .dst_uid = db_u32(st, 1) };
	store_read_end(s, db);
	return more == 0;
}

bool removals_any(struct store *s, int64_t mailbox, bool *any, struct err *e) {
	int64_t found = 0;
	writer_drain(s->writer);
	struct db *db = store_read(s, e);
	bool ok = db && db_int(db,
			       db_query(db, e,
					"SELECT EXISTS(SELECT 1 FROM removal r JOIN folder f ON f.id = r.folder "
					"WHERE r.done = 0 AND f.mailbox = ?)",
					INT(mailbox)),
			       0, &found, e);
	store_read_end(s, db);
	*any = found != 0;
	return ok;
}

/* What the intent says of the message, as the reason of a vanished row. */
struct removed {
	char text[ERR_TEXT_MAX], subject[200], from[200], date[64], message_id[200];
};

static bool read_removed(struct db *db, int64_t folder, const struct removal *r, struct removed *out, struct err *e) {
	char how[16] = "", who[SYNC_WHO_MAX] = "";
	*out = (struct removed){ 0 };
	sqlite3_stmt *st = db_query(db, e,
				    "SELECT how, who, subject, sender, date, message_id FROM removal "
				    "WHERE folder = ? AND uid = ? AND dst_uid = ?",
				    INT(folder), INT(r->uid), INT(r->dst_uid));
	int more = st ? db_next(db, st, e) : -1;
	if (more > 0) {
		db_text(how, sizeof how, st, 0);
		db_shown(who, sizeof who, st, 1);
		db_text(out->subject, sizeof out->subject, st, 2);
		db_text(out->from, sizeof out->from, st, 3);
		db_text(out->date, sizeof out->date, st, 4);
		db_text(out->message_id, sizeof out->message_id, st, 5);
		db_done(st);
	}
	snprintf(out->text, sizeof out->text, REMOVED_REASON "; its copy was %s (--sync-deletes, asked for by %s)",
		 strcmp(how, "trash") == 0 ? "moved to the target's Trash" : "removed from the target",
		 *who ? who : "nobody known");
	return more >= 0;
}

static bool close_one(struct db *db, const struct removal_args *a, const struct removal *r, struct err *e) {
	struct removed was;
	if (!a->done)
		return db_run(db, e, "DELETE FROM removal WHERE folder = ? AND uid = ? AND dst_uid = ? AND done = 0",
			      INT(a->folder), INT(r->uid), INT(r->dst_uid));
	if (!read_removed(db, a->folder, r, &was, e))
		return false;
	const struct ledger_change c = { .uid = r->uid,
					 .state = MSG_VANISHED,
					 .cat = ERR_VANISHED,
					 .text = was.text,
					 .subject = was.subject,
					 .from = was.from,
					 .date = was.date,
					 .message_id = was.message_id };
	return db_run(db, e, "UPDATE removal SET done = 1, at = ? WHERE folder = ? AND uid = ? AND dst_uid = ?",
		      INT(wall_ms()), INT(a->folder), INT(r->uid), INT(r->dst_uid)) &&
	       db_run(db, e, "DELETE FROM absent WHERE folder = ? AND uid = ?", INT(a->folder), INT(r->uid)) &&
	       ledger_change_now(db, a->folder, &c, e);
}

static bool close_op(struct store *s, struct db *db, void *arg, struct err *e) {
	const struct removal_args *a = arg;
	(void)s;
	if (!ledger_guard(db, a->l, a->folder, e))
		return false;
	for (size_t i = 0; i < a->n; i++)
		if (!close_one(db, a, &a->at[i], e))
			return false;
	return true;
}

bool removals_close(struct store *s, const struct lease *l, int64_t folder, const struct removal *at, size_t n,
		    bool done, struct err *e) {
	struct removal_args a = { .l = l, .folder = folder, .at = at, .n = n, .done = done };
	return write_check(s->writer, l->generation, e) && write_wait(s->writer, WRITE_FULL, close_op, &a, e);
}

static bool read_number(struct store *s, sqlite3_stmt *query(struct db *, int64_t, uint32_t, struct err *), int64_t id,
			uint32_t uid, int64_t *n, struct err *e) {
	struct db *db = store_read(s, e);
	bool ok = db && db_int(db, query(db, id, uid, e), 0, n, e);
	store_read_end(s, db);
	return ok;
}

static sqlite3_stmt *ask_one(struct db *db, int64_t folder, uint32_t uid, struct err *e) {
	return db_query(db, e,
			"SELECT 1 FROM removal r JOIN msg g ON g.folder = r.folder AND g.uid = r.uid "
			"WHERE r.folder = ? AND r.uid = ? AND r.done = 1 AND g.state = ?",
			INT(folder), INT(uid), INT(MSG_VANISHED));
}

/* A message that came back may have been copied, and its copy removed, more than once. */
static sqlite3_stmt *ask_all(struct db *db, int64_t mailbox, uint32_t uid, struct err *e) {
	(void)uid;
	return db_query(db, e,
			"SELECT count(*) FROM (SELECT DISTINCT r.folder, r.uid FROM folder f "
			"CROSS JOIN removal r ON r.folder = f.id "
			"CROSS JOIN msg g ON g.folder = r.folder AND g.uid = r.uid "
			"WHERE f.mailbox = ? AND r.done = 1 AND g.state = ?)",
			INT(mailbox), INT(MSG_VANISHED));
}

bool removal_done(struct store *s, int64_t folder, uint32_t uid, bool *done, struct err *e) {
	int64_t n = 0;
	bool ok = read_number(s, ask_one, folder, uid, &n, e);
	*done = n > 0;
	return ok;
}

bool removals_count(struct store *s, int64_t mailbox, uint64_t *n, struct err *e) {
	int64_t found = 0;
	bool ok = read_number(s, ask_all, mailbox, 0, &found, e);
	*n = (uint64_t)found;
	return ok;
}

/* From the removals, which are few, to their mailboxes: from each mailbox to its removals would be as many searches as
 * there are folders. */
bool removals_total(struct store *s, const struct mailbox_filter *f, uint64_t *n, struct err *e) {
	struct filter_query q;
	struct db *db = store_read(s, e);
	int64_t found = 0;
	if (!db)
		return false;
	filter_begin(&q);
	buf_printf(&q.sql,
		   "SELECT count(*) FROM (SELECT DISTINCT r.folder, r.uid FROM removal r "
		   "CROSS JOIN msg g ON g.folder = r.folder AND g.uid = r.uid "
		   "CROSS JOIN folder f ON f.id = r.folder CROSS JOIN mailbox m ON m.id = f.mailbox "
		   "WHERE r.done = 1 AND g.state = %d AND ",
		   MSG_VANISHED);
	bool ok = filter_where(&q, f, e);
	buf_puts(&q.sql, ")");
	ok = ok && db_int(db, filter_run(&q, db, e), 0, &found, e);
	store_read_end(s, db);
	filter_end(&q);
	*n = (uint64_t)found;
	return ok;
}

/* Two rows of one folder by a wrong APPENDUID; two mailboxes of the project that lead into one account. One pass over
 * the folder for many copies: dst_uid has no index. */
static bool find_shared(struct db *db, int64_t folder, const struct removal *at, size_t n, bool *shared,
			struct err *e) {
	int more = -1;
	sqlite3_stmt *st =
		db_query(db, e,
			 "SELECT m.folder, m.uid, m.dst_uid FROM folder f JOIN mailbox b ON b.id = f.mailbox "
			 "JOIN mailbox o ON o.id = b.id OR o.target_key = b.target_key "
			 "JOIN folder g ON g.mailbox = o.id AND g.dst_wire = f.dst_wire "
			 "JOIN msg m ON m.folder = g.id AND m.dst_uid BETWEEN ?2 AND ?3 WHERE f.id = ?1",
			 INT(folder), INT(at[0].dst_uid), INT(at[n - 1].dst_uid));
	while (st && (more = db_next(db, st, e)) > 0) {
		uint32_t uid = db_u32(st, 1), dst_uid = db_u32(st, 2);
		for (size_t i = 0; i < n; i++)
			if (at[i].dst_uid == dst_uid && (db_i64(st, 0) != folder || at[i].uid != uid))
				shared[i] = true;
	}
	return more == 0;
}

bool removals_shared(struct store *s, int64_t folder, const struct removal *at, size_t n, bool *shared, struct err *e) {
	memset(shared, 0, n * sizeof *shared);
	if (n == 0)
		return true;
	writer_drain(s->writer);
	struct db *db = store_read(s, e);
	bool ok = db && find_shared(db, folder, at, n, shared, e);
	store_read_end(s, db);
	return ok;
}
