/* SPDX-License-Identifier: MIT
 *
 * users_cache.c - see users_cache.h. A round is one save: rows that a full one has not seen are those that are gone.
 */
#include "core/store/users_cache.h"

#include <string.h>

#include "core/base/text.h"
#include "core/store/list_state.h"
#include "core/store/store_int.h"

#define LIST "refresh-users" /* both lists come by it */

static struct bind number(int64_t n, int64_t same) {
	return n == same ? NONE : INT(n);
}

static bool put_user(struct db *db, int64_t tenant, int64_t round, const struct user_row *u, struct err *e) {
	if (u->removed)
		return db_run(db, e, "DELETE FROM directory_user WHERE tenant = ? AND guid = ?", INT(tenant),
			      TEXT(u->guid));
	return db_run(
		db, e,
		"INSERT INTO directory_user(tenant, guid, upn, name, mail, kind, location, licenses, company, "
		"department, addresses, enabled, synced, created, round, given, surname, job)"
		" VALUES(?1, ?2, ifnull(?3, ''), ifnull(?4, ''), ifnull(?5, ''), ifnull(?6, ''), ifnull(?7, ''), "
		"ifnull(?8, ''), ifnull(?9, ''), ifnull(?10, ''), ifnull(?11, ''), ifnull(?12, 0), ifnull(?13, 0), "
		"ifnull(?14, 0), ?15, ifnull(?16, ''), ifnull(?17, ''), ifnull(?18, ''))"
		" ON CONFLICT(tenant, guid) DO UPDATE SET upn = ifnull(?3, upn), name = ifnull(?4, name),"
		" mail = ifnull(?5, mail),"
		/* What the mailbox is known to be stands until the directory says something else than "user". */
		" kind = CASE WHEN ?6 IS NULL OR (?6 = 'user' AND kind IN ('shared', 'room', 'equipment')) THEN kind "
		"ELSE ?6 END,"
		" location = ifnull(?7, location), licenses = ifnull(?8, licenses), company = ifnull(?9, company),"
		" department = ifnull(?10, department), addresses = ifnull(?11, addresses),"
		" enabled = ifnull(?12, enabled), synced = ifnull(?13, synced), created = ifnull(?14, created),"
		" round = ?15, given = ifnull(?16, given), surname = ifnull(?17, surname), job = ifnull(?18, job)",
		INT(tenant), TEXT(u->guid), TEXT(u->upn), TEXT(u->name), TEXT(u->mail), TEXT(u->kind),
		TEXT(u->location), TEXT(u->licenses), TEXT(u->company), TEXT(u->department), TEXT(u->addresses),
		number(u->enabled, -1), number(u->synced, -1), number(u->created, -1), INT(round), TEXT(u->given),
		TEXT(u->surname), TEXT(u->job));
}

static bool put_subscription(struct db *db, int64_t tenant, int64_t round, const struct subscription_row *r,
			     struct err *e) {
	return db_run(db, e,
		      "INSERT INTO subscription(tenant, sku, part, status, enabled, warning, suspended, consumed, "
		      "mailbox, plans, round) VALUES(?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11)"
		      " ON CONFLICT(tenant, sku) DO UPDATE SET part = ?3, status = ?4, enabled = ?5, warning = ?6,"
		      " suspended = ?7, consumed = ?8, mailbox = ?9, plans = ?10, round = ?11",
		      INT(tenant), TEXT(r->sku), TEXT(r->part), TEXT(r->status), INT(r->enabled), INT(r->warning),
		      INT(r->suspended), INT(r->consumed), INT(r->mailbox), TEXT(r->plans), INT(round));
}

struct save {
	int64_t tenant;
	const struct users_update *u;
};

static bool next_round(struct db *db, int64_t tenant, int64_t *round, struct err *e) {
	return db_int(db,
		      db_query(db, e,
			       "SELECT 1 + max(ifnull((SELECT max(round) FROM directory_user WHERE tenant = ?1), 0),"
			       " ifnull((SELECT max(round) FROM subscription WHERE tenant = ?1), 0))",
			       INT(tenant)),
		      1, round, e);
}

static bool put_state(struct db *db, int64_t tenant, const char *delta, struct err *e) {
	struct list_state state = { .refreshed = wall_ms() };
	int64_t rows;
	if (!delta)
		return true;
	/* A mark that does not fit is none: the next refresh reads everything. */
	if (!text_copy(state.delta, sizeof state.delta, delta))
		state.delta[0] = '\0';
	if (!db_int(db, db_query(db, e, "SELECT count(*) FROM directory_user WHERE tenant = ?", INT(tenant)), 0, &rows,
		    e))
		return false;
	state.rows = (uint64_t)rows;
	return list_state_write(db, tenant, LIST, &state, e);
}

static bool put_subscriptions(struct db *db, int64_t tenant, int64_t round, const struct users_update *u,
			      struct err *e) {
	if (!u->subscriptions)
		return true;
	for (size_t i = 0; i < u->subscription_count; i++)
		if (!put_subscription(db, tenant, round, &u->subscriptions[i], e))
			return false;
	return db_run(db, e, "DELETE FROM subscription WHERE tenant = ? AND round < ?", INT(tenant), INT(round));
}

static bool save_op(struct store *s, struct db *db, void *arg, struct err *e) {
	const struct save *a = arg;
	const struct users_update *u = a->u;
	int64_t round;
	(void)s;
	if (!next_round(db, a->tenant, &round, e))
		return false;
	for (size_t i = 0; i < u->user_count; i++)
		if (!put_user(db, a->tenant, round, &u->users[i], e))
			return false;
	return (!u->full || db_run(db, e, "DELETE FROM directory_user WHERE tenant = ? AND round < ?", INT(a->tenant),
				   INT(round))) &&
	       put_subscriptions(db, a->tenant, round, u, e) && put_state(db, a->tenant, u->delta, e);
}

bool users_cache_save(struct store *s, int64_t tenant, const struct users_update *u, struct err *e) {
	struct save a = { tenant, u };
	return write_wait(s->writer, WRITE_NORMAL, save_op, &a, e);
}

struct figures {
	int64_t tenant;
	const char *list, *note;
	const struct user_size *sizes;
	const struct user_sign_in *sign_ins;
	size_t n;
	wall_ms_t measured;
};

static bool put_note(struct db *db, const struct figures *f, struct err *e) {
	struct list_state state = { .refreshed = wall_ms(), .rows = f->n };
	text_copy(state.delta, sizeof state.delta, f->note);
	return list_state_write(db, f->tenant, f->list, &state, e);
}

static bool sizes_op(struct store *s, struct db *db, void *arg, struct err *e) {
	const struct figures *f = arg;
	(void)s;
	/* The kinds name only what is no user's mailbox. */
	if (strcmp(f->list, "mailbox-kinds") == 0 && !f->note[0] &&
	    !db_run(db, e,
		    "UPDATE directory_user SET kind = 'user' WHERE tenant = ? AND kind IN ('shared', 'room', "
		    "'equipment')",
		    INT(f->tenant)))
		return false;
	for (size_t i = 0; i < f->n; i++) {
		const struct user_size *r = &f->sizes[i];
		if (!db_run(db, e,
			    "UPDATE directory_user SET kind = ifnull(?3, kind), messages = ifnull(?4, messages),"
			    " bytes = ifnull(?5, bytes), quota = ifnull(?6, quota),"
			    " measured = CASE WHEN ?7 > 0 THEN ?7 ELSE measured END WHERE tenant = ?1 AND upn = ?2",
			    INT(f->tenant), TEXT(r->upn), TEXT(r->kind), number(r->messages, USER_SIZE_SAME),
			    number(r->bytes, USER_SIZE_SAME), number(r->quota, USER_SIZE_SAME), INT(f->measured)))
			return false;
	}
	return put_note(db, f, e);
}

bool users_cache_sizes(struct store *s, int64_t tenant, const char *list, const struct user_size *rows, size_t n,
		       wall_ms_t measured, const char *note, struct err *e) {
	struct figures f = {
		.tenant = tenant, .list = list, .note = note, .sizes = rows, .n = n, .measured = measured
	};
	return write_wait(s->writer, WRITE_NORMAL, sizes_op, &f, e);
}

static bool sign_ins_op(struct store *s, struct db *db, void *arg, struct err *e) {
	const struct figures *f = arg;
	(void)s;
	for (size_t i = 0; i < f->n; i++)
		if (!db_run(db, e, "UPDATE directory_user SET last_sign_in = ? WHERE tenant = ? AND guid = ?",
			    INT(f->sign_ins[i].last), INT(f->tenant), TEXT(f->sign_ins[i].guid)))
			return false;
	return put_note(db, f, e);
}

bool users_cache_sign_ins(struct store *s, int64_t tenant, const struct user_sign_in *rows, size_t n, const char *note,
			  struct err *e) {
	struct figures f = { .tenant = tenant, .list = "sign-ins", .note = note, .sign_ins = rows, .n = n };
	return write_wait(s->writer, WRITE_NORMAL, sign_ins_op, &f, e);
}
