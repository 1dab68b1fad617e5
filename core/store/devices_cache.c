/* SPDX-License-Identifier: MIT
 *
 * devices_cache.c - see devices_cache.h: devices. Policies are in policies_cache.c.
 */
#include "core/store/devices_cache.h"

#include <stdlib.h>
#include <string.h>

#include "core/store/list_state.h"
#include "core/store/store_int.h"

struct put_args {
	int64_t tenant;
	wall_ms_t round;
	const struct device_facts *facts;
	size_t n;
};

static bool put_op(struct store *s, struct db *db, void *arg, struct err *e) {
	const struct put_args *a = arg;
	(void)s;
	for (size_t i = 0; i < a->n; i++) {
		const struct device_facts *f = &a->facts[i];
		if (!db_run(db, e,
			    "INSERT INTO device(tenant, identity, mailbox, device_id, name, type, model, os, client,"
			    " version, state, reason, phone, imei, first_sync, round, status, policy, policy_status,"
			    " wipe, last_sync, last_attempt, measured) VALUES(?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10,"
			    " ?11, ?12, ?13, ?14, ?15, ?16, '', '', '', '', 0, 0, 0) ON CONFLICT(tenant, identity) DO"
			    " UPDATE SET mailbox = ?3, device_id = ?4, name = ?5, type = ?6, model = ?7, os = ?8,"
			    " client = ?9, version = ?10, state = ?11, reason = ?12, phone = CASE WHEN ?13 = '' THEN"
			    " phone ELSE ?13 END, imei = ?14, first_sync = ?15, round = ?16",
			    INT(a->tenant), TEXT(f->identity), TEXT(f->mailbox), TEXT(f->device_id), TEXT(f->name),
			    TEXT(f->type), TEXT(f->model), TEXT(f->os), TEXT(f->client), TEXT(f->version),
			    TEXT(f->state), TEXT(f->reason), TEXT(f->phone), TEXT(f->imei), INT(f->first_sync),
			    INT(a->round)))
			return false;
	}
	return true;
}

bool devices_put(struct store *s, int64_t tenant, wall_ms_t round, const struct device_facts *facts, size_t n,
		 struct err *e) {
	struct put_args a = { tenant, round, facts, n };
	return write_wait(s->writer, WRITE_NORMAL, put_op, &a, e);
}

struct end_args {
	int64_t tenant;
	wall_ms_t round;
	const char *mailbox;
};

static bool end_op(struct store *s, struct db *db, void *arg, struct err *e) {
	const struct end_args *a = arg;
	struct list_state state = { .refreshed = wall_ms() };
	int64_t rows = 0;
	(void)s;
	if (!db_run(db, e, "DELETE FROM device WHERE tenant = ?1 AND round < ?2 AND (?3 IS NULL OR mailbox = ?3)",
		    INT(a->tenant), INT(a->round), TEXT(a->mailbox)))
		return false;
	if (a->mailbox)
		return true;
	if (!db_int(db, db_query(db, e, "SELECT count(*) FROM device WHERE tenant = ?", INT(a->tenant)), 0, &rows, e))
		return false;
	state.rows = (uint64_t)rows;
	return list_state_write(db, a->tenant, "refresh-devices", &state, e);
}

bool devices_end(struct store *s, int64_t tenant, wall_ms_t round, const char *mailbox, struct err *e) {
	struct end_args a = { tenant, round, mailbox };
	return write_wait(s->writer, WRITE_NORMAL, end_op, &a, e);
}

struct measured_args {
	int64_t tenant;
	const char *mailbox;
	const struct device_statistics *at;
	size_t n;
};

static bool measured_op(struct store *s, struct db *db, void *arg, struct err *e) {
	const struct measured_args *a = arg;
	wall_ms_t now = wall_ms();
	(void)s;
	for (size_t i = 0; i < a->n; i++) {
		const struct device_statistics *m = &a->at[i];
		if (!db_run(db, e,
			    "UPDATE device SET status = ?, policy = ?, policy_status = ?, wipe = ?, last_sync = ?,"
			    " last_attempt = ?, phone = CASE WHEN phone = '' THEN ? ELSE phone END WHERE tenant = ?"
			    " AND mailbox = ? AND (identity = ? OR device_id = ?)",
			    TEXT(m->status), TEXT(m->policy), TEXT(m->policy_status), TEXT(m->wipe), INT(m->last_sync),
			    INT(m->last_attempt), TEXT(m->phone), INT(a->tenant), TEXT(a->mailbox), TEXT(m->identity),
			    TEXT(m->device_id)))
			return false;
	}
	return db_run(db, e, "UPDATE device SET measured = ? WHERE tenant = ? AND mailbox = ?", INT(now),
		      INT(a->tenant), TEXT(a->mailbox));
}

bool devices_measured(struct store *s, int64_t tenant, const char *mailbox, const struct device_statistics *at,
		      size_t n, struct err *e) {
	struct measured_args a = { tenant, mailbox, at, n };
	return write_wait(s->writer, WRITE_NORMAL, measured_op, &a, e);
}

#define MAILBOXES_MAX 1000000U

static bool add_name(char ***out, size_t *n, size_t *cap, const char *name) {
	if (*n == *cap) {
		size_t more = *cap ? *cap * 2 : 64;
		char **p = more <= MAILBOXES_MAX * 2 ? realloc(*out, more * sizeof *p) : NULL;
		if (!p)
			return false;
		*out = p;
		*cap = more;
	}
	(*out)[*n] = strdup(name);
	return (*out)[*n] && ++*n;
}

static bool read_unmeasured(struct db *db, int64_t tenant, wall_ms_t since, char ***out, size_t *n, struct err *e) {
	char mailbox[1024];
	size_t cap = 0;
	int more = -1;
	sqlite3_stmt *st = db_query(
		db, e, "SELECT DISTINCT mailbox FROM device WHERE tenant = ? AND measured < ? ORDER BY mailbox",
		INT(tenant), INT(since));
	while (st && (more = db_next(db, st, e)) > 0) {
		db_text(mailbox, sizeof mailbox, st, 0);
		if (!add_name(out, n, &cap, mailbox)) {
			db_done(st);
			return err_nomem(e);
		}
	}
	return more == 0;
}

bool devices_unmeasured(struct store *s, int64_t tenant, wall_ms_t since, char ***out, size_t *n, struct err *e) {
	*out = NULL;
	*n = 0;
	struct db *db = store_read(s, e);
	bool ok = db && read_unmeasured(db, tenant, since, out, n, e);
	store_read_end(s, db);
	return ok;
}

static void read_row(sqlite3_stmt *st, struct device_row *out) {
	db_text(out->identity, sizeof out->identity, st, 0);
	db_text(out->mailbox, sizeof out->mailbox, st, 1);
	db_text(out->device_id, sizeof out->device_id, st, 2);
	db_text(out->name, sizeof out->name, st, 3);
	db_text(out->client, sizeof out->client, st, 4);
	db_text(out->version, sizeof out->version, st, 5);
	db_text(out->state, sizeof out->state, st, 6);
	db_text(out->status, sizeof out->status, st, 7);
	db_text(out->wipe, sizeof out->wipe, st, 8);
}

static bool find(struct db *db, int64_t tenant, const char *key, struct device_row *out, unsigned *n, struct err *e) {
	int more = -1;
	/* The identity is unique and wins; a name need not be. */
	sqlite3_stmt *st =
		db_query(db, e,
			 "SELECT identity, mailbox, device_id, name, client, version, state, status, wipe FROM"
			 " device WHERE tenant = ?1 AND (identity = ?2 OR device_id = ?2 COLLATE NOCASE OR"
			 " name = ?2 COLLATE NOCASE) ORDER BY identity = ?2 DESC, device_id = ?2 COLLATE NOCASE"
			 " DESC LIMIT 2",
			 INT(tenant), TEXT(key));
	while (st && (more = db_next(db, st, e)) > 0) {
		if ((*n)++ == 0)
			read_row(st, out);
		if (strcmp(out->identity, key) == 0) {
			db_done(st);
			return true;
		}
	}
	return more == 0;
}

bool device_find(struct store *s, int64_t tenant, const char *key, struct device_row *out, bool *found, struct err *e) {
	unsigned n = 0;
	*out = (struct device_row){ 0 };
	struct db *db = store_read(s, e);
	bool ok = db && find(db, tenant, key, out, &n, e);
	store_read_end(s, db);
	*found = n > 0;
	if (ok && n > 1)
		return err_set(
			e, ERR_INPUT,
			"Several devices are called so: give the identity ('mailvan device list --json' has it)");
	return ok;
}

struct changed_args {
	int64_t tenant;
	const char *identity, *mailbox, *device_id, *state, *reason, *status, *wipe;
};

static bool changed_op(struct store *s, struct db *db, void *arg, struct err *e) {
	const struct changed_args *a = arg;
	(void)s;
	return db_run(db, e,
		      "UPDATE device SET state = coalesce(?, state), reason = coalesce(?, reason), status = coalesce(?,"
		      " status), wipe = coalesce(?, wipe) WHERE tenant = ? AND identity = ?",
		      TEXT(a->state), TEXT(a->reason), TEXT(a->status), TEXT(a->wipe), INT(a->tenant),
		      TEXT(a->identity));
}

bool device_changed(struct store *s, int64_t tenant, const char *identity, const char *state, const char *reason,
		    const char *status, const char *wipe, struct err *e) {
	struct changed_args a = {
		.tenant = tenant, .identity = identity, .state = state, .reason = reason, .status = status, .wipe = wipe
	};
	return write_wait(s->writer, WRITE_NORMAL, changed_op, &a, e);
}

static bool access_op(struct store *s, struct db *db, void *arg, struct err *e) {
	const struct changed_args *a = arg;
	(void)s;
	return db_run(db, e,
		      "UPDATE device SET state = ?, reason = 'Individual' WHERE tenant = ? AND mailbox = ? AND"
		      " device_id = ?",
		      TEXT(a->state), INT(a->tenant), TEXT(a->mailbox), TEXT(a->device_id));
}

bool device_access_changed(struct store *s, int64_t tenant, const char *mailbox, const char *device_id,
			   const char *state, struct err *e) {
	struct changed_args a = { .tenant = tenant, .mailbox = mailbox, .device_id = device_id, .state = state };
	return write_wait(s->writer, WRITE_NORMAL, access_op, &a, e);
}

static bool forget_op(struct store *s, struct db *db, void *arg, struct err *e) {
	const struct changed_args *a = arg;
	(void)s;
	return db_run(db, e, "DELETE FROM device WHERE tenant = ? AND identity = ?", INT(a->tenant), TEXT(a->identity));
}

bool device_forget(struct store *s, int64_t tenant, const char *identity, struct err *e) {
	struct changed_args a = { .tenant = tenant, .identity = identity };
	return write_wait(s->writer, WRITE_NORMAL, forget_op, &a, e);
}
