/* SPDX-License-Identifier: MIT
 *
 * policies_cache.c - mobile device mailbox policies: see devices_cache.h.
 */
#include <stdlib.h>
#include <string.h>

#include "core/store/devices_cache.h"
#include "core/store/list_state.h"
#include "core/store/store_int.h"

#define SETTINGS_MAX (64 * 1024)

struct replace_args {
	int64_t tenant;
	const struct policy_facts *at;
	size_t n;
};

static bool replace_op(struct store *s, struct db *db, void *arg, struct err *e) {
	const struct replace_args *a = arg;
	struct list_state state = { .refreshed = wall_ms(), .rows = a->n };
	(void)s;
	if (!db_run(db, e, "UPDATE device_policy SET stays = 0 WHERE tenant = ?", INT(a->tenant)))
		return false;
	for (size_t i = 0; i < a->n; i++)
		if (!db_run(db, e,
			    "INSERT INTO device_policy(tenant, name, is_default, settings, stays) VALUES(?1, ?2, ?3, "
			    "?4, 1)"
			    " ON CONFLICT(tenant, name) DO UPDATE SET is_default = ?3, settings = ?4, stays = 1",
			    INT(a->tenant), TEXT(a->at[i].name), INT(a->at[i].is_default), TEXT(a->at[i].settings)))
			return false;
	return db_run(db, e, "DELETE FROM device_policy WHERE tenant = ? AND stays = 0", INT(a->tenant)) &&
	       list_state_write(db, a->tenant, "refresh-policies", &state, e);
}

bool policies_replace(struct store *s, int64_t tenant, const struct policy_facts *at, size_t n, struct err *e) {
	struct replace_args a = { tenant, at, n };
	return write_wait(s->writer, WRITE_NORMAL, replace_op, &a, e);
}

struct put_args {
	int64_t tenant;
	const char *name, *settings;
};

static bool put_op(struct store *s, struct db *db, void *arg, struct err *e) {
	const struct put_args *a = arg;
	(void)s;
	return db_run(db, e,
		      "INSERT INTO device_policy(tenant, name, is_default, settings) VALUES(?1, ?2, 0, ?3)"
		      " ON CONFLICT(tenant, name) DO UPDATE SET settings = ?3",
		      INT(a->tenant), TEXT(a->name), TEXT(a->settings));
}

bool policy_put(struct store *s, int64_t tenant, const char *name, const char *settings, struct err *e) {
	struct put_args a = { tenant, name, settings };
	return write_wait(s->writer, WRITE_NORMAL, put_op, &a, e);
}

static bool get(struct db *db, int64_t tenant, const char *name, char **out, struct err *e) {
	sqlite3_stmt *st = db_query(db, e, "SELECT settings FROM device_policy WHERE tenant = ? AND name = ?",
				    INT(tenant), TEXT(name));
	int more = st ? db_next(db, st, e) : -1;
	if (more <= 0)
		return more == 0;
	*out = malloc(SETTINGS_MAX);
	if (*out)
		db_text(*out, SETTINGS_MAX, st, 0);
	db_done(st);
	return *out || err_nomem(e);
}

bool policy_settings_get(struct store *s, int64_t tenant, const char *name, char **out, struct err *e) {
	*out = NULL;
	struct db *db = store_read(s, e);
	bool ok = db && get(db, tenant, name, out, e);
	store_read_end(s, db);
	return ok;
}
