/* SPDX-License-Identifier: MIT
 *
 * enrolment_rows.c - the users in a batch; see enrolments.h.
 */
#include <string.h>

#include "core/base/text.h"
#include "core/store/audit_int.h"
#include "core/store/enrolments.h"
#include "core/store/sealed.h"
#include "core/store/store_int.h"

struct put_args {
	const struct enrolment *b;
	const struct enrolment_put *rows;
	size_t n;
	const char *who, *text;
};

static const char *or_empty(const char *s) {
	return s ? s : "";
}

static bool put_password(struct store *s, struct db *db, int64_t row, const struct secret *password, struct err *e) {
	return sealed_put(s, db, VAULT_ENROLMENT_SECRET, row, password, e) &&
	       db_run(db, e, "UPDATE enrolment_row SET expires = ? WHERE id = ?",
		      INT(wall_ms() + ENROLMENT_PASSWORD_MS), INT(row));
}

static bool put_typed(struct store *s, struct db *db, int64_t batch, const struct enrolment_put *r, struct err *e) {
	struct secret password = { 0 };
	int64_t row = 0;
	bool ok = db_int(db,
			 db_query(db, e, "SELECT id FROM enrolment_row WHERE batch = ? AND mail = ?", INT(batch),
				  TEXT(r->mail)),
			 0, &row, e) &&
		  (secret_set(&password, r->password, strlen(r->password)) || err_nomem(e)) &&
		  put_password(s, db, row, &password, e);
	secret_clear(&password);
	return ok;
}

/* What is empty keeps what was there; what was judged is to be judged again. */
#define KEEP(symbol, column) column " = coalesce(nullif(excluded." column ", ''), " column "),"
#define RENEW                                                                                                          \
	KEEP(UPN, "upn")                                                                                               \
	KEEP(USER, "user")                                                                                             \
	KEEP(LICENSE, "license")                                                                                       \
	ENROLMENT_ROW_FIELDS(KEEP)                                                                                     \
	" problem = CASE WHEN state IN ('Problem', 'Ready') THEN '' ELSE problem END,"                                 \
	" state = CASE WHEN state IN ('Problem', 'Ready') THEN 'New' ELSE state END"

static bool put_row(struct store *s, struct db *db, const struct enrolment *b, const struct enrolment_put *r,
		    struct err *e) {
	const char *const *t = r->text;
	return db_run(db, e,
		      "INSERT INTO enrolment_row(tenant, batch, mail, upn, user, license, server, company, contact,"
		      " contact_mail, requestor, request_number, policy) VALUES(?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"
		      " ON CONFLICT(batch, mail) DO UPDATE SET " RENEW,
		      INT(b->tenant), INT(b->id), TEXT(r->mail), TEXT(or_empty(r->upn)), TEXT(or_empty(r->user)),
		      TEXT(or_empty(r->license)), TEXT(or_empty(t[ENROLMENT_SERVER])),
		      TEXT(or_empty(t[ENROLMENT_COMPANY])), TEXT(or_empty(t[ENROLMENT_CONTACT])),
		      TEXT(or_empty(t[ENROLMENT_CONTACT_MAIL])), TEXT(or_empty(t[ENROLMENT_REQUESTOR])),
		      TEXT(or_empty(t[ENROLMENT_REQUEST_NUMBER])), TEXT(or_empty(t[ENROLMENT_POLICY]))) &&
	       (!r->password || !*r->password || put_typed(s, db, b->id, r, e));
}

static bool put_op(struct store *s, struct db *db, void *arg, struct err *e) {
	const struct put_args *a = arg;
	int64_t rows;
	for (size_t i = 0; i < a->n; i++)
		if (!put_row(s, db, a->b, &a->rows[i], e))
			return false;
	if (!db_int(db, db_query(db, e, "SELECT count(*) FROM enrolment_row WHERE batch = ?", INT(a->b->id)), 0, &rows,
		    e))
		return false;
	if (rows > ENROLMENT_ROWS_MAX)
		return err_set(e, ERR_INPUT, "A batch holds %u users at most; begin another", ENROLMENT_ROWS_MAX);
	return audit_note_put(
		db, &(struct audit_entry){ a->b->tenant, a->who, "enrolment-add", a->b->name, "Done", a->text }, e);
}

bool enrolment_put(struct store *s, const struct enrolment *b, const struct enrolment_put *rows, size_t n,
		   const char *who, const char *text, struct err *e) {
	struct put_args a = { b, rows, n, who, text };
	return write_wait(s->writer, WRITE_FULL, put_op, &a, e);
}

/* ---- reading ---- */

/* A mailbox: of a kind that is one, measured once, or licensed for one. */
#define HAS_MAILBOX                                                                                                    \
	"(u.kind IN ('shared', 'room', 'equipment') OR u.bytes IS NOT NULL OR EXISTS(SELECT 1 FROM subscription s"     \
	" WHERE s.tenant = u.tenant AND s.mailbox AND ' ' || u.licenses || ' ' LIKE '% ' || s.part || ' %'))"

static void read_row(sqlite3_stmt *st, struct enrolment_row *r) {
	char state[16];
	int c = 0;
	*r = (struct enrolment_row){ .id = db_i64(st, c++) };
	db_text(r->mail, sizeof r->mail, st, c++);
	db_text(r->upn, sizeof r->upn, st, c++);
	db_text(r->user, sizeof r->user, st, c++);
	db_text(r->license, sizeof r->license, st, c++);
	db_text(state, sizeof state, st, c++);
	r->state = enrolment_state_parse(state);
	db_text(r->problem, sizeof r->problem, st, c++);
	r->expires = db_i64(st, c++);
	r->reached = db_i64(st, c++);
	r->data_plan = db_i64(st, c++) != 0;
	r->removed = db_i64(st, c++) != 0;
	db_text(r->unreached, sizeof r->unreached, st, c++);
	r->listed = sqlite3_column_type(st, c) != SQLITE_NULL;
	db_text(r->listed_upn, sizeof r->listed_upn, st, c++);
	r->enabled = db_i64(st, c++) != 0;
	r->licensed = db_i64(st, c++) != 0;
	r->mailbox = db_i64(st, c++) != 0;
	db_text(r->listed_company, sizeof r->listed_company, st, c++);
	db_text(r->kind, sizeof r->kind, st, c++);
	db_text(r->other_mail, sizeof r->other_mail, st, c++);
	db_text(r->other_batch, sizeof r->other_batch, st, c++);
	db_text(r->other_server, sizeof r->other_server, st, c++);
	for (int i = 0; i < ENROLMENT_ROW_FIELD_COUNT; i++)
		db_text(r->text[i], sizeof r->text[i], st, c + i);
}

/* A row's own value, or the batch's. */
#define OF_ROW(symbol, column) ", coalesce(nullif(r." column ", ''), b." column ")"

static sqlite3_stmt *query_rows(struct db *db, int64_t batch, struct err *e) {
	return db_query(
		db, e,
		"SELECT r.id, r.mail, r.upn, r.user, r.license, r.state, r.problem, r.expires, r.reached, r.data_plan,"
		" r.removed, r.unreached, u.upn, u.enabled, u.licenses <> '', " HAS_MAILBOX ", u.company, u.kind,"
		" o.mail, ob.name, coalesce(nullif(o.server, ''), ob.server)" ENROLMENT_ROW_FIELDS(
			OF_ROW) " FROM enrolment_row r JOIN enrolment b ON b.id = r.batch LEFT JOIN directory_user u "
				"ON u.id = coalesce("
				"(SELECT id FROM directory_user d WHERE d.tenant = r.tenant AND d.upn = r.upn AND "
				"r.upn <> ''),"
				"(SELECT id FROM directory_user d WHERE d.tenant = r.tenant AND d.upn = r.mail),"
				"(SELECT id FROM directory_user d WHERE d.tenant = r.tenant AND d.mail = r.mail))"
				" LEFT JOIN enrolment_row o ON o.id = coalesce("
				"(SELECT x.id FROM enrolment_row x WHERE x.tenant = r.tenant AND x.mail = r.mail AND "
				"x.id <> r.id AND x.state <> 'Failed'),"
				"(SELECT x.id FROM enrolment_row x WHERE x.tenant = r.tenant AND x.upn = r.upn AND "
				"x.id <> r.id AND r.upn <> '' AND x.state <> 'Failed'))"
				" LEFT JOIN enrolment ob ON ob.id = o.batch"
				" WHERE r.batch = ? ORDER BY r.mail",
		INT(batch));
}

bool enrolment_rows(struct store *s, const struct enrolment *b, enrolment_row_fn *fn, void *arg, struct err *e) {
	struct enrolment_row r;
	struct db *db = store_read(s, e);
	sqlite3_stmt *st = db ? query_rows(db, b->id, e) : NULL;
	int more = st ? 1 : -1;
	while (more > 0 && (more = db_next(db, st, e)) > 0) {
		read_row(st, &r);
		if (!fn(arg, &r)) {
			db_done(st);
			more = 0;
		}
	}
	store_read_end(s, db);
	return more == 0;
}

/* ---- changes ---- */

struct change_args {
	const struct enrolment *b;
	const struct enrolment_change *list;
	const int64_t *rows;
	size_t n;
	const char *who, *action, *text;
};

static struct bind int_or_null(int64_t value, int64_t none) {
	return value == none ? NONE : INT(value);
}

static bool change_one(struct store *s, struct db *db, const struct enrolment_change *c, struct err *e) {
	return db_run(db, e,
		      "UPDATE enrolment_row SET state = coalesce(?, state), problem = coalesce(?, problem),"
		      " note = coalesce(?, note), unreached = coalesce(?, unreached), reached = coalesce(?, reached),"
		      " data_plan = coalesce(?, data_plan), removed = coalesce(?, removed) WHERE id = ?",
		      TEXT(c->state < 0 ? NULL : enrolment_state_name((enum enrolment_state)c->state)),
		      TEXT(c->problem), TEXT(c->note), TEXT(c->unreached), int_or_null(c->reached, 0),
		      int_or_null(c->data_plan, -1), int_or_null(c->removed, -1), INT(c->row)) &&
	       (!c->password || put_password(s, db, c->row, c->password, e));
}

static bool noted(struct db *db, const struct change_args *a, struct err *e) {
	return !a->action ||
	       audit_note_put(db, &(struct audit_entry){ a->b->tenant, a->who, a->action, a->b->name, "Done", a->text },
			      e);
}

static bool change_op(struct store *s, struct db *db, void *arg, struct err *e) {
	const struct change_args *a = arg;
	for (size_t i = 0; i < a->n; i++)
		if (!change_one(s, db, &a->list[i], e))
			return false;
	return noted(db, a, e);
}

bool enrolment_change(struct store *s, const struct enrolment *b, const struct enrolment_change *list, size_t n,
		      const char *who, const char *action, const char *text, struct err *e) {
	struct change_args a = { .b = b, .list = list, .n = n, .who = who, .action = action, .text = text };
	return n == 0 || write_wait(s->writer, action ? WRITE_FULL : WRITE_NORMAL, change_op, &a, e);
}

static bool remove_op(struct store *s, struct db *db, void *arg, struct err *e) {
	const struct change_args *a = arg;
	(void)s;
	for (size_t i = 0; i < a->n; i++)
		if (!sealed_drop(db, VAULT_ENROLMENT_SECRET, a->rows[i], e) ||
		    !db_run(db, e, "DELETE FROM enrolment_row WHERE id = ? AND batch = ?", INT(a->rows[i]),
			    INT(a->b->id)))
			return false;
	return noted(db, a, e);
}

bool enrolment_rows_remove(struct store *s, const struct enrolment *b, const int64_t *rows, size_t n, const char *who,
			   const char *text, struct err *e) {
	struct change_args a = { .b = b, .rows = rows, .n = n, .who = who, .action = "enrolment-remove", .text = text };
	return write_wait(s->writer, WRITE_FULL, remove_op, &a, e);
}

bool enrolment_password(struct store *s, int64_t row, struct secret *out, struct err *e) {
	struct db *db = store_read(s, e);
	bool ok = db && sealed_get(s, db, VAULT_ENROLMENT_SECRET, row, out, e);
	store_read_end(s, db);
	return ok;
}

/* ---- users ---- */

bool enrolment_users(struct store *s, int64_t tenant, const char *name, enrolment_user_fn *fn, void *arg,
		     struct err *e) {
	struct enrolment_user u;
	struct db *db = store_read(s, e);
	sqlite3_stmt *st = NULL;
	if (db && name)
		st = db_query(db, e,
			      "SELECT upn, name, mail FROM directory_user WHERE tenant = ?1 AND (upn = ?2 OR mail = ?2)"
			      " ORDER BY upn = ?2 DESC LIMIT 1",
			      INT(tenant), TEXT(name));
	else if (db)
		st = db_query(
			db, e,
			"SELECT u.upn, u.name, u.mail FROM directory_user u WHERE u.tenant = ? AND u.licenses <> ''"
			" AND u.enabled AND u.kind IN ('user', '') AND " HAS_MAILBOX " ORDER BY u.upn",
			INT(tenant));
	int more = st ? 1 : -1;
	while (more > 0 && (more = db_next(db, st, e)) > 0) {
		db_text(u.upn, sizeof u.upn, st, 0);
		db_text(u.name, sizeof u.name, st, 1);
		db_text(u.mail, sizeof u.mail, st, 2);
		if (!u.mail[0])
			text_copy(u.mail, sizeof u.mail, u.upn);
		if (!fn(arg, &u)) {
			db_done(st);
			more = 0;
		}
	}
	store_read_end(s, db);
	return more == 0;
}
