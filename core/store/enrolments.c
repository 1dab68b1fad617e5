/* SPDX-License-Identifier: MIT
 *
 * enrolments.c - batches; see enrolments.h. Their rows are in enrolment_rows.c.
 */
#include "core/store/enrolments.h"

#include <stdio.h>
#include <string.h>

#include "core/base/text.h"
#include "core/store/audit_int.h"
#include "core/store/sealed.h"
#include "core/store/store_int.h"

static const char *const state_names[ENROLMENT_STATE_COUNT] = {
	[ENROLMENT_NEW] = "New",   [ENROLMENT_PROBLEM] = "Problem", [ENROLMENT_READY] = "Ready",
	[ENROLMENT_SENT] = "Sent", [ENROLMENT_ACTIVE] = "Active",   [ENROLMENT_FAILED] = "Failed",
};

const char *enrolment_state_name(enum enrolment_state s) {
	return state_names[s];
}

enum enrolment_state enrolment_state_parse(const char *name) {
	unsigned i = 0;
	while (i < ENROLMENT_STATE_COUNT && !text_ieq(state_names[i], name))
		i++;
	return (enum enrolment_state)i;
}

const char *enrolment_policy(const char *name) {
	return text_ieq(name, ENROLMENT_POLICY_OFF)  ? ENROLMENT_POLICY_OFF
	       : text_ieq(name, ENROLMENT_POLICY_ON) ? ENROLMENT_POLICY_ON
						     : NULL;
}

static const char *const columns[ENROLMENT_FIELD_COUNT] = {
#define FIELD(symbol, column) [ENROLMENT_##symbol] = column,
	ENROLMENT_FIELDS(FIELD)
#undef FIELD
};

struct add_args {
	int64_t tenant, *id;
	const char *name, *server, *company, *who;
};

static bool add_op(struct store *s, struct db *db, void *arg, struct err *e) {
	const struct add_args *a = arg;
	(void)s;
	if (!db_run(db, e, "INSERT OR IGNORE INTO enrolment(tenant, name, made, server, company) VALUES(?, ?, ?, ?, ?)",
		    INT(a->tenant), TEXT(a->name), INT(wall_ms()), TEXT(a->server), TEXT(a->company)))
		return false;
	if (db_changes(db) == 0)
		return err_set(e, ERR_INPUT, "There is a batch of that name already; 'device enrol list' shows them");
	*a->id = sqlite3_last_insert_rowid(db->h);
	return audit_note_put(
		db, &(struct audit_entry){ a->tenant, a->who, "enrolment-new", a->name, "Done", a->server }, e);
}

bool enrolment_add(struct store *s, int64_t tenant, const char *name, const char *server, const char *company,
		   const char *who, int64_t *id, struct err *e) {
	struct add_args a = { tenant, id, name, server, company, who };
	struct enrolment *none = NULL;
	char clean[sizeof none->name];
	text_sanitise(clean, sizeof clean, name, strlen(name));
	if (strcmp(clean, name) != 0 && strlen(name) < sizeof clean)
		return err_set(e, ERR_INPUT, "The name of the batch has characters that cannot be shown: %s", clean);
	if (!*name || strlen(name) >= sizeof none->name || !*server || strlen(server) >= ENROLMENT_TEXT_MAX ||
	    strlen(company) >= ENROLMENT_TEXT_MAX)
		return err_set(e, ERR_INPUT, "A batch needs a name below %zu bytes and a server below %d",
			       sizeof none->name, ENROLMENT_TEXT_MAX);
	return write_wait(s->writer, WRITE_FULL, add_op, &a, e);
}

static bool read_counts(struct db *db, struct enrolment *out, struct err *e) {
	char name[16];
	int more = -1;
	sqlite3_stmt *st = db_query(db, e, "SELECT state, count(*) FROM enrolment_row WHERE batch = ? GROUP BY state",
				    INT(out->id));
	while (st && (more = db_next(db, st, e)) > 0) {
		db_text(name, sizeof name, st, 0);
		enum enrolment_state state = enrolment_state_parse(name);
		if (state < ENROLMENT_STATE_COUNT)
			out->rows[state] = db_u64(st, 1);
	}
	return more == 0;
}

#define OF_BATCH(symbol, column) ", b." column

static bool read_batch(struct db *db, int64_t tenant, const char *name, struct enrolment *out, bool *found,
		       struct err *e) {
	sqlite3_stmt *st =
		db_query(db, e,
			 "SELECT b.id, b.tenant, b.name, b.made, EXISTS(SELECT 1 FROM secret x WHERE x.purpose"
			 " = ? AND x.row = b.id)" ENROLMENT_FIELDS(
				 OF_BATCH) " FROM enrolment b WHERE b.tenant = ? AND b.name = ?",
			 INT(VAULT_ENROLMENT_KEY), INT(tenant), TEXT(name));
	int more = st ? db_next(db, st, e) : -1;
	*found = more > 0;
	if (more <= 0)
		return more == 0;
	*out = (struct enrolment){ .id = db_i64(st, 0), .tenant = db_i64(st, 1) };
	db_text(out->name, sizeof out->name, st, 2);
	out->made = db_i64(st, 3);
	out->has_key = db_i64(st, 4) != 0;
	for (int i = 0; i < ENROLMENT_FIELD_COUNT; i++)
		db_text(out->text[i], sizeof out->text[i], st, 5 + i);
	db_done(st);
	return read_counts(db, out, e);
}

bool enrolment_find(struct store *s, int64_t tenant, const char *name, struct enrolment *out, struct err *e) {
	bool found = false;
	char clean[200];
	struct db *db = store_read(s, e);
	bool ok = db && read_batch(db, tenant, name, out, &found, e);
	store_read_end(s, db);
	text_sanitise(clean, sizeof clean, name, strlen(name));
	if (ok && !found)
		return err_set(e, ERR_INPUT, "There is no batch \"%s\"; 'mailvan device enrol list' shows them", clean);
	return ok;
}

struct set_args {
	const struct enrolment *b;
	enum enrolment_field field;
	const char *value, *who;
	const struct secret *key;
};

static bool set_op(struct store *s, struct db *db, void *arg, struct err *e) {
	const struct set_args *a = arg;
	char sql[128], text[400];
	(void)s;
	snprintf(sql, sizeof sql, "UPDATE enrolment SET %s = ? WHERE id = ?", columns[a->field]);
	snprintf(text, sizeof text, "%s: %.300s", columns[a->field], a->value);
	return db_finish(db, db_query_bound(db, e, sql, false, (struct bind[]){ TEXT(a->value), INT(a->b->id) }, 2),
			 e) &&
	       audit_note_put(
		       db,
		       &(struct audit_entry){ a->b->tenant, a->who, "enrolment-contract", a->b->name, "Done", text },
		       e);
}

bool enrolment_set(struct store *s, const struct enrolment *b, enum enrolment_field f, const char *value,
		   const char *who, struct err *e) {
	struct set_args a = { b, f, value, who, NULL };
	size_t max = f < ENROLMENT_ROW_FIELD_COUNT ? ENROLMENT_TEXT_MAX : ENROLMENT_FIELD_MAX;
	if (strlen(value) >= max)
		return err_set(e, ERR_INPUT, "The value is longer than %zu bytes", max - 1);
	return write_wait(s->writer, WRITE_FULL, set_op, &a, e);
}

static bool key_op(struct store *s, struct db *db, void *arg, struct err *e) {
	const struct set_args *a = arg;
	return sealed_put(s, db, VAULT_ENROLMENT_KEY, a->b->id, a->key, e) &&
	       audit_note_put(db,
			      &(struct audit_entry){ a->b->tenant, a->who, "enrolment-contract", a->b->name, "Done",
						     "authentication key" },
			      e);
}

bool enrolment_set_key(struct store *s, const struct enrolment *b, const struct secret *key, const char *who,
		       struct err *e) {
	struct set_args a = { .b = b, .who = who, .key = key };
	return write_wait(s->writer, WRITE_FULL, key_op, &a, e);
}

static bool remove_op(struct store *s, struct db *db, void *arg, struct err *e) {
	const struct set_args *a = arg;
	(void)s;
	return db_run(db, e,
		      "DELETE FROM secret WHERE purpose = ? AND row IN (SELECT id FROM enrolment_row WHERE batch = ?)",
		      INT(VAULT_ENROLMENT_SECRET), INT(a->b->id)) &&
	       sealed_drop(db, VAULT_ENROLMENT_KEY, a->b->id, e) &&
	       db_run(db, e, "DELETE FROM enrolment_row WHERE batch = ?", INT(a->b->id)) &&
	       db_run(db, e, "DELETE FROM enrolment WHERE id = ?", INT(a->b->id)) &&
	       audit_note_put(db,
			      &(struct audit_entry){ a->b->tenant, a->who, "enrolment-remove", a->b->name, "Done",
						     "the whole batch" },
			      e);
}

bool enrolment_remove(struct store *s, const struct enrolment *b, const char *who, struct err *e) {
	struct set_args a = { .b = b, .who = who };
	return write_wait(s->writer, WRITE_FULL, remove_op, &a, e);
}
