/* SPDX-License-Identifier: MIT
 *
 * service_cache.c - health and announcements; see service_cache.h.
 */
#include "core/store/service_cache.h"

#include "core/store/list_state.h"
#include "core/store/store_int.h"

struct announcements_args {
	int64_t tenant;
	const struct announcement_row *rows;
	size_t n;
};

static bool state_now(struct db *db, int64_t tenant, const char *list, uint64_t rows, struct err *e) {
	struct list_state state = { .refreshed = wall_ms(), .rows = rows };
	return list_state_write(db, tenant, list, &state, e);
}

static bool announcements_op(struct store *s, struct db *db, void *arg, struct err *e) {
	const struct announcements_args *a = arg;
	(void)s;
	if (!db_run(db, e, "UPDATE announcement SET stays = 0 WHERE tenant = ?", INT(a->tenant)))
		return false;
	for (size_t i = 0; i < a->n; i++) {
		const struct announcement_row *r = &a->rows[i];
		if (!db_run(db, e,
			    "INSERT INTO announcement(tenant, code, title, category, severity, services, major, "
			    "act_by, started,"
			    " ended, modified, body) VALUES(?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12)"
			    " ON CONFLICT(tenant, code) DO UPDATE SET title = ?3, category = ?4, severity = ?5, "
			    "services = ?6,"
			    " major = ?7, act_by = ?8, started = ?9, ended = ?10, body = ?12, stays = 1,"
			    " seen = CASE WHEN modified = ?11 THEN seen ELSE 0 END, modified = ?11",
			    INT(a->tenant), TEXT(r->code), TEXT(r->title), TEXT(r->category), TEXT(r->severity),
			    TEXT(r->services), INT(r->major), INT(r->act_by), INT(r->started), INT(r->ended),
			    INT(r->modified), TEXT(r->body)))
			return false;
	}
	return db_run(db, e, "DELETE FROM announcement WHERE tenant = ? AND stays = 0", INT(a->tenant)) &&
	       state_now(db, a->tenant, "refresh-announcements", a->n, e);
}

bool announcements_save(struct store *s, int64_t tenant, const struct announcement_row *rows, size_t n, struct err *e) {
	struct announcements_args a = { tenant, rows, n };
	return write_wait(s->writer, WRITE_NORMAL, announcements_op, &a, e);
}

struct issues_args {
	int64_t tenant;
	const struct issue_row *rows;
	size_t n;
	const struct health_row *health;
	size_t health_n;
};

static bool put_issue(struct db *db, int64_t tenant, const struct issue_row *r, struct err *e) {
	return db_run(
		db, e,
		"INSERT INTO issue(tenant, code, title, service, status, classification, feature, resolved, started, "
		"ended,"
		" modified, body) VALUES(?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12)"
		" ON CONFLICT(tenant, code) DO UPDATE SET title = ?3, service = ?4, status = ?5, classification = ?6,"
		" feature = ?7, resolved = ?8, started = ?9, ended = ?10, body = ?12, stays = 1,"
		" seen = CASE WHEN modified = ?11 THEN seen ELSE 0 END, modified = ?11",
		INT(tenant), TEXT(r->code), TEXT(r->title), TEXT(r->service), TEXT(r->status), TEXT(r->classification),
		TEXT(r->feature), INT(r->resolved), INT(r->started), INT(r->ended), INT(r->modified), TEXT(r->body));
}

static bool issues_op(struct store *s, struct db *db, void *arg, struct err *e) {
	const struct issues_args *a = arg;
	(void)s;
	if (!db_run(db, e, "UPDATE issue SET stays = 0 WHERE tenant = ?", INT(a->tenant)) ||
	    !db_run(db, e, "DELETE FROM service_health WHERE tenant = ?", INT(a->tenant)))
		return false;
	for (size_t i = 0; i < a->n; i++)
		if (!put_issue(db, a->tenant, &a->rows[i], e))
			return false;
	for (size_t i = 0; i < a->health_n; i++)
		if (!db_run(db, e, "INSERT OR REPLACE INTO service_health(tenant, service, status) VALUES(?, ?, ?)",
			    INT(a->tenant), TEXT(a->health[i].service), TEXT(a->health[i].status)))
			return false;
	return db_run(db, e, "DELETE FROM issue WHERE tenant = ? AND stays = 0", INT(a->tenant)) &&
	       state_now(db, a->tenant, "refresh-health", a->n, e);
}

bool issues_save(struct store *s, int64_t tenant, const struct issue_row *rows, size_t n,
		 const struct health_row *health, size_t health_n, struct err *e) {
	struct issues_args a = { tenant, rows, n, health, health_n };
	return write_wait(s->writer, WRITE_NORMAL, issues_op, &a, e);
}

bool health_each(struct store *s, int64_t tenant, health_fn *fn, void *arg, struct err *e) {
	char service[200], status[100];
	struct db *db = store_read(s, e);
	if (!db)
		return false;
	sqlite3_stmt *st = db_query(
		db, e, "SELECT service, status FROM service_health WHERE tenant = ? ORDER BY service", INT(tenant));
	int more = st ? 1 : -1;
	while (more > 0 && (more = db_next(db, st, e)) > 0) {
		db_shown(service, sizeof service, st, 0);
		db_shown(status, sizeof status, st, 1);
		if (!fn(arg, service, status)) {
			db_done(st);
			more = 0;
		}
	}
	store_read_end(s, db);
	return more == 0;
}

bool issues_oldest(struct store *s, int64_t tenant, wall_ms_t *oldest, struct err *e) {
	struct db *db = store_read(s, e);
	*oldest = 0;
	if (!db)
		return false;
	sqlite3_stmt *st = db_query(
		db, e, "SELECT coalesce(min(started), 0) FROM issue WHERE tenant = ? AND started > 0", INT(tenant));
	int more = st ? db_next(db, st, e) : -1;
	if (more > 0) {
		*oldest = db_i64(st, 0);
		db_done(st);
	}
	store_read_end(s, db);
	return more >= 0;
}

bool incidents_each(struct store *s, int64_t tenant, const char *service, incident_fn *fn, void *arg, struct err *e) {
	char code[64];
	struct db *db = store_read(s, e);
	if (!db)
		return false;
	sqlite3_stmt *st = db_query(db, e,
				    "SELECT code, started, ended FROM issue WHERE tenant = ? AND service = ?"
				    " AND lower(classification) = 'incident' ORDER BY started, id",
				    INT(tenant), TEXT(service));
	int more = st ? 1 : -1;
	while (more > 0 && (more = db_next(db, st, e)) > 0) {
		db_shown(code, sizeof code, st, 0);
		if (!fn(arg, code, db_i64(st, 1), db_i64(st, 2))) {
			db_done(st);
			more = 0;
		}
	}
	store_read_end(s, db);
	return more == 0;
}
