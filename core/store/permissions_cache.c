/* SPDX-License-Identifier: MIT
 *
 * permissions_cache.c - see permissions_cache.h.
 */
#include "core/store/permissions_cache.h"

#include <stdlib.h>
#include <string.h>

#include "core/base/text.h"
#include "core/store/list_state.h"
#include "core/store/records.h"
#include "core/store/store_int.h"

struct put_args {
	int64_t tenant;
	const char *mailbox, *error;
	const struct permission_cell *cells;
	size_t n;
};

static bool put_op(struct store *s, struct db *db, void *arg, struct err *e) {
	const struct put_args *a = arg;
	(void)s;
	if (!db_run(db, e, "INSERT OR REPLACE INTO permission_crawl(tenant, mailbox, at, error) VALUES(?, ?, ?, ?)",
		    INT(a->tenant), TEXT(a->mailbox), INT(wall_ms()), TEXT(a->error)))
		return false;
	if (*a->error)
		return true;
	if (!db_run(db, e, "UPDATE permission SET stays = 0 WHERE tenant = ? AND mailbox = ?", INT(a->tenant),
		    TEXT(a->mailbox)))
		return false;
	for (size_t i = 0; i < a->n; i++) {
		const struct permission_cell *c = &a->cells[i];
		if (!db_run(db, e,
			    "INSERT INTO permission(tenant, mailbox, trustee, full_access, send_as, on_behalf, orphan,"
			    " rights, stays) VALUES(?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, 1) ON CONFLICT(tenant, mailbox,"
			    " trustee) DO UPDATE SET full_access = ?4, send_as = ?5, on_behalf = ?6, orphan = ?7,"
			    " rights = ?8, stays = 1",
			    INT(a->tenant), TEXT(a->mailbox), TEXT(c->trustee), INT(c->bits[RIGHT_FULL_ACCESS]),
			    INT(c->bits[RIGHT_SEND_AS]), INT(c->bits[RIGHT_ON_BEHALF]), INT(c->orphan),
			    TEXT(c->rights)))
			return false;
	}
	return db_run(db, e, "DELETE FROM permission WHERE tenant = ? AND mailbox = ? AND stays = 0", INT(a->tenant),
		      TEXT(a->mailbox));
}

bool permissions_put(struct store *s, int64_t tenant, const char *mailbox, const struct permission_cell *cells,
		     size_t n, const char *error, struct err *e) {
	struct put_args a = { tenant, mailbox, error, cells, n };
	return write_wait(s->writer, WRITE_NORMAL, put_op, &a, e);
}

struct set_args {
	int64_t tenant;
	const char *mailbox, *trustee;
	enum permission_right right;
	enum permission_bits bit;
	bool there;
};

static bool set_op(struct store *s, struct db *db, void *arg, struct err *e) {
	const struct set_args *a = arg;
	struct bind full = INT(a->right == RIGHT_FULL_ACCESS ? a->bit : 0),
		    as = INT(a->right == RIGHT_SEND_AS ? a->bit : 0),
		    behalf = INT(a->right == RIGHT_ON_BEHALF ? a->bit : 0);
	(void)s;
	if (a->there)
		return db_run(
			db, e,
			"INSERT INTO permission(tenant, mailbox, trustee, full_access, send_as, on_behalf, orphan,"
			" rights) VALUES(?1, ?2, ?3, ?4, ?5, ?6, 0, '') ON CONFLICT(tenant, mailbox, trustee)"
			" DO UPDATE SET full_access = full_access | ?4, send_as = send_as | ?5,"
			" on_behalf = on_behalf | ?6",
			INT(a->tenant), TEXT(a->mailbox), TEXT(a->trustee), full, as, behalf);
	return db_run(db, e,
		      "UPDATE permission SET full_access = full_access & ~?4, send_as = send_as & ~?5,"
		      " on_behalf = on_behalf & ~?6 WHERE tenant = ?1 AND mailbox = ?2 AND trustee = ?3",
		      INT(a->tenant), TEXT(a->mailbox), TEXT(a->trustee), full, as, behalf) &&
	       db_run(db, e,
		      "DELETE FROM permission WHERE tenant = ? AND mailbox = ? AND trustee = ?"
		      " AND (full_access | send_as | on_behalf) = 0 AND rights = ''",
		      INT(a->tenant), TEXT(a->mailbox), TEXT(a->trustee));
}

bool permission_set(struct store *s, int64_t tenant, const char *mailbox, const char *trustee,
		    enum permission_right right, enum permission_bits bit, bool there, struct err *e) {
	struct set_args a = { tenant, mailbox, trustee, right, bit, there };
	return write_wait(s->writer, WRITE_NORMAL, set_op, &a, e);
}

static bool read_crawled(struct db *db, int64_t tenant, wall_ms_t since, crawled_fn *fn, void *arg, struct err *e) {
	char mailbox[1024];
	int more = -1;
	sqlite3_stmt *st = db_query(db, e,
				    "SELECT mailbox FROM permission_crawl WHERE tenant = ? AND at >= ? AND error = ''"
				    " ORDER BY mailbox",
				    INT(tenant), INT(since));
	while (st && (more = db_next(db, st, e)) > 0) {
		db_text(mailbox, sizeof mailbox, st, 0);
		if (!fn(arg, mailbox)) {
			db_done(st);
			return true;
		}
	}
	return more == 0;
}

bool permissions_crawled(struct store *s, int64_t tenant, wall_ms_t since, crawled_fn *fn, void *arg, struct err *e) {
	struct db *db = store_read(s, e);
	bool ok = db && read_crawled(db, tenant, since, fn, arg, e);
	store_read_end(s, db);
	return ok;
}

struct end_args {
	int64_t tenant;
	wall_ms_t began;
};

static bool end_op(struct store *s, struct db *db, void *arg, struct err *e) {
	const struct end_args *a = arg;
	struct list_state state = { .refreshed = wall_ms() };
	int64_t rows = 0;
	(void)s;
	if (!db_run(db, e, "DELETE FROM permission_crawl WHERE tenant = ? AND at < ?", INT(a->tenant), INT(a->began)) ||
	    !db_run(db, e,
		    "DELETE FROM permission WHERE tenant = ?1 AND mailbox NOT IN (SELECT mailbox FROM permission_crawl"
		    " WHERE tenant = ?1)",
		    INT(a->tenant)) ||
	    !db_int(db, db_query(db, e, "SELECT count(*) FROM permission WHERE tenant = ?", INT(a->tenant)), 0, &rows,
		    e))
		return false;
	state.rows = (uint64_t)rows;
	return list_state_write(db, a->tenant, "refresh-permissions", &state, e);
}

bool permissions_end(struct store *s, int64_t tenant, wall_ms_t began, struct err *e) {
	struct end_args a = { tenant, began };
	return write_wait(s->writer, WRITE_NORMAL, end_op, &a, e);
}

static bool read_status(struct db *db, int64_t tenant, struct crawl_status *out, struct err *e) {
	sqlite3_stmt *st = db_query(db, e,
				    "SELECT count(*), count(CASE WHEN error <> '' THEN 1 END), coalesce(min(at), 0)"
				    " FROM permission_crawl WHERE tenant = ?",
				    INT(tenant));
	if (!st || db_next(db, st, e) <= 0)
		return false;
	out->mailboxes = db_u64(st, 0);
	out->failed = db_u64(st, 1);
	out->oldest = db_i64(st, 2);
	db_done(st);
	return true;
}

bool permissions_status(struct store *s, int64_t tenant, struct crawl_status *out, struct err *e) {
	struct list_state state;
	*out = (struct crawl_status){ 0 };
	struct db *db = store_read(s, e);
	bool ok = db && read_status(db, tenant, out, e);
	store_read_end(s, db);
	ok = ok && list_state_get(s, tenant, "refresh-permissions", &state, e);
	out->unfinished = ok && state.delta[0] != '\0';
	return ok;
}

/* ---- groups of a user ---- */

struct member_args {
	int64_t tenant;
	const char *user, *groups;
};

static bool member_op(struct store *s, struct db *db, void *arg, struct err *e) {
	const struct member_args *a = arg;
	(void)s;
	return db_run(db, e, "INSERT OR REPLACE INTO membership(tenant, user, at, groups) VALUES(?, ?, ?, ?)",
		      INT(a->tenant), TEXT(a->user), INT(wall_ms()), TEXT(a->groups));
}

bool memberships_put(struct store *s, int64_t tenant, const char *user, const char *groups, struct err *e) {
	struct member_args a = { tenant, user, groups };
	if (strlen(groups) >= MEMBERSHIPS_TEXT_MAX)
		return err_set(e, ERR_SERVER_BUG, "The list of the user's groups is larger than %zu bytes",
			       MEMBERSHIPS_TEXT_MAX);
	return write_wait(s->writer, WRITE_NORMAL, member_op, &a, e);
}

static bool member_get(struct db *db, int64_t tenant, const char *user, char **groups, wall_ms_t *at, struct err *e) {
	sqlite3_stmt *st = db_query(db, e,
				    "SELECT at, length(CAST(groups AS BLOB)), groups FROM membership"
				    " WHERE tenant = ? AND user = ?",
				    INT(tenant), TEXT(user));
	int more = st ? db_next(db, st, e) : -1;
	if (more <= 0)
		return more == 0;
	size_t size = (size_t)db_u64(st, 1) + 1;
	*at = db_i64(st, 0);
	*groups = size <= MEMBERSHIPS_TEXT_MAX ? malloc(size) : NULL;
	if (*groups)
		db_text(*groups, size, st, 2);
	db_done(st);
	return *groups || err_nomem(e);
}

bool memberships_get(struct store *s, int64_t tenant, const char *user, char **groups, wall_ms_t *at, struct err *e) {
	*groups = NULL;
	*at = 0;
	struct db *db = store_read(s, e);
	bool ok = db && member_get(db, tenant, user, groups, at, e);
	store_read_end(s, db);
	return ok;
}

bool memberships_current(struct store *s, int64_t tenant, const char *user, char **groups, wall_ms_t *at,
			 struct err *e) {
	struct list_state grid;
	*groups = NULL;
	if (!list_state_get(s, tenant, record_permissions.refresh, &grid, e) ||
	    !memberships_get(s, tenant, user, groups, at, e))
		return false;
	if (*groups && *at < grid.refreshed) {
		free(*groups);
		*groups = NULL;
	}
	return true;
}

struct name {
	char *to;
	size_t size;
};

static bool on_user(void *arg, const struct record *r) {
	struct name *n = arg;
	text_copy(n->to, n->size, r->label);
	return false;
}

bool memberships_user(struct store *s, int64_t tenant, const char *trustee, char *user, size_t size, struct err *e) {
	struct name n = { user, size };
	struct record_query q = { .list = &record_users,
				  .tenant = tenant,
				  .equal = record_column_find(&record_users, "mail"),
				  .value = trustee };
	int64_t id;
	text_copy(user, size, strchr(trustee, '@') ? trustee : "");
	return record_find(s, &record_users, tenant, trustee, &id, e) && (id || records_each(s, &q, on_user, &n, e));
}
