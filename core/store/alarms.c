/* SPDX-License-Identifier: MIT
 *
 * alarms.c - see alarms.h.
 */
#include "core/store/alarms.h"

#include <string.h>

#include "core/store/leases_int.h"

static bool list_alarms(struct db *db, int64_t mailbox, alarm_row_fn *fn, void *arg, struct err *e) {
	struct alarm_row row;
	int more = -1;
	sqlite3_stmt *st = db_query(db, e,
				    "SELECT a.name, coalesce(f.src_display, ''), a.text, a.at FROM alarm a "
				    "LEFT JOIN folder f ON f.id = a.folder WHERE a.mailbox = ? "
				    "ORDER BY a.folder, a.name",
				    INT(mailbox));
	while (st && (more = db_next(db, st, e)) > 0) {
		row = (struct alarm_row){ .at = db_i64(st, 3) };
		db_shown(row.name, sizeof row.name, st, 0);
		db_shown(row.folder, sizeof row.folder, st, 1);
		db_shown(row.text, sizeof row.text, st, 2);
		if (!fn(arg, &row)) {
			db_done(st);
			return true;
		}
	}
	return more == 0;
}

bool mailbox_alarms(struct store *s, int64_t mailbox, alarm_row_fn *fn, void *arg, struct err *e) {
	struct db *db = store_read(s, e);
	bool ok = db && list_alarms(db, mailbox, fn, arg, e);
	store_read_end(s, db);
	return ok;
}

static bool list_alarmed(struct db *db, alarmed_fn *fn, void *arg, struct err *e) {
	int more = -1;
	sqlite3_stmt *st = db_query(db, e, "SELECT DISTINCT mailbox FROM alarm ORDER BY mailbox");
	while (st && (more = db_next(db, st, e)) > 0)
		if (!fn(arg, db_i64(st, 0))) {
			db_done(st);
			return true;
		}
	return more == 0;
}

bool alarmed_mailboxes(struct store *s, alarmed_fn *fn, void *arg, struct err *e) {
	struct db *db = store_read(s, e);
	bool ok = db && list_alarmed(db, fn, arg, e);
	store_read_end(s, db);
	return ok;
}

bool alarms_count(struct store *s, uint64_t *mailboxes, struct err *e) {
	int64_t n = 0;
	struct db *db = store_read(s, e);
	bool ok = db && db_int(db, db_query(db, e, "SELECT count(DISTINCT mailbox) FROM alarm"), 0, &n, e);
	store_read_end(s, db);
	*mailboxes = (uint64_t)n;
	return ok;
}

static bool begins_like(const char *text, const char *const *beginnings) {
	for (size_t i = 0; beginnings[i]; i++)
		if (strncmp(text, beginnings[i], strlen(beginnings[i])) == 0)
			return true;
	return false;
}

/* Many messages share a reason, so there are few groups. */
static bool count_reasons(struct db *db, struct folder_facts *f, const char *const *const begins[FACT_REASONS],
			  struct err *e) {
	int more = -1;
	sqlite3_stmt *st = db_query(db, e,
				    "SELECT r.text, count(*) FROM failure x JOIN reason r ON r.id = x.reason "
				    "WHERE x.folder = ? GROUP BY x.reason",
				    INT(f->id));
	while (st && (more = db_next(db, st, e)) > 0) {
		char text[ERR_TEXT_MAX];
		db_text(text, sizeof text, st, 0);
		for (size_t i = 0; i < FACT_REASONS; i++)
			if (begins_like(text, begins[i]))
				f->reasons[i] += db_u64(st, 1);
	}
	return more == 0;
}

static void read_facts(sqlite3_stmt *st, struct folder_facts *f) {
	*f = (struct folder_facts){ .id = db_i64(st, 0), .source = db_u64(st, 2) };
	db_shown(f->display, sizeof f->display, st, 1);
	f->known = sqlite3_column_type(st, 3) != SQLITE_NULL;
	f->listing = (struct delta_listing){ .exists = db_u32(st, 3),
					     .listed = db_u32(st, 4),
					     .uidnext = db_u32(st, 5),
					     .max_uid = db_u32(st, 6),
					     .whole = db_i64(st, 7) == 0,
					     .status_known = sqlite3_column_type(st, 8) != SQLITE_NULL,
					     .status_messages = db_u32(st, 8),
					     .status_uidnext = db_u32(st, 9) };
}

bool mailbox_facts(struct store *s, int64_t mailbox, const char *const *const begins[FACT_REASONS], folder_facts_fn *fn,
		   void *arg, struct err *e) {
	struct folder_facts f;
	int64_t last = 0;
	writer_drain(s->writer);
	struct db *db = store_read(s, e);
	bool ok = db != NULL;
	while (ok) {
		sqlite3_stmt *st = db_query(db, e,
					    "SELECT f.id, f.src_display, f.n_source, d.src_exists, d.listed, d.uidnext,"
					    " d.max_uid, d.partial, d.status_messages, d.status_uidnext "
					    "FROM folder f LEFT JOIN folder_delta d ON d.folder = f.id "
					    "WHERE f.mailbox = ? AND f.skipped = 0 AND f.id > ? ORDER BY f.id LIMIT 1",
					    INT(mailbox), INT(last));
		int more = st ? db_next(db, st, e) : -1;
		if (more <= 0) {
			ok = more == 0;
			break;
		}
		read_facts(st, &f);
		db_done(st);
		last = f.id;
		ok = count_reasons(db, &f, begins, e) && fn(arg, &f, e);
	}
	store_read_end(s, db);
	return ok;
}

struct replace_args {
	const struct lease *l;
	const struct alarm *at;
	size_t n;
	const char *unseen;
};

static bool replace_op(struct store *s, struct db *db, void *arg, struct err *e) {
	const struct replace_args *a = arg;
	wall_ms_t now = wall_ms();
	(void)s;
	if (!lease_check(db, a->l, e) ||
	    !db_run(db, e, "UPDATE alarm SET stays = name = ? WHERE mailbox = ?", TEXT(a->unseen ? a->unseen : ""),
		    INT(a->l->mailbox)))
		return false;
	for (size_t i = 0; i < a->n; i++)
		if (!db_run(db, e,
			    "INSERT INTO alarm(mailbox, folder, name, text, at, stays) VALUES(?1, ?2, ?3, ?4, ?5, 1) "
			    "ON CONFLICT DO UPDATE SET text = ?4, stays = 1",
			    INT(a->l->mailbox), INT(a->at[i].folder), TEXT(a->at[i].name), TEXT(a->at[i].text),
			    INT(now)))
			return false;
	return db_run(db, e, "DELETE FROM alarm WHERE mailbox = ? AND stays = 0", INT(a->l->mailbox));
}

bool alarms_replace(struct store *s, const struct lease *l, const struct alarm *at, size_t n, const char *unseen,
		    struct err *e) {
	struct replace_args a = { l, at, n, unseen };
	return write_check(s->writer, l->generation, e) && write_wait(s->writer, WRITE_NORMAL, replace_op, &a, e);
}
