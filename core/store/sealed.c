/* SPDX-License-Identifier: MIT
 *
 * sealed.c - see sealed.h.
 */
#include "core/store/sealed.h"

#include <stdlib.h>

bool sealed_put(struct store *s, struct db *db, enum vault_purpose purpose, int64_t row, const struct secret *plain,
		struct err *e) {
	unsigned char *blob;
	size_t n;
	if (!vault_seal(&s->vault, purpose, row, plain, &blob, &n, e))
		return false;
	bool ok = db_run(db, e, "INSERT OR REPLACE INTO secret(purpose, row, sealed) VALUES(?, ?, ?)", INT(purpose),
			 INT(row), BLOB(blob, n));
	free(blob);
	return ok;
}

static sqlite3_stmt *find(struct db *db, enum vault_purpose purpose, int64_t row, struct err *e) {
	return db_query(db, e, "SELECT sealed FROM secret WHERE purpose = ? AND row = ?", INT(purpose), INT(row));
}

bool sealed_same(struct store *s, struct db *db, enum vault_purpose purpose, int64_t row, const struct secret *plain,
		 bool *same, struct err *e) {
	sqlite3_stmt *st = find(db, purpose, row, e);
	int more = st ? db_next(db, st, e) : -1;
	*same = more > 0 && vault_holds(&s->vault, purpose, row, sqlite3_column_blob(st, 0),
					(size_t)sqlite3_column_bytes(st, 0), plain);
	if (more > 0)
		db_done(st);
	return more >= 0;
}

bool sealed_get(struct store *s, struct db *db, enum vault_purpose purpose, int64_t row, struct secret *out,
		struct err *e) {
	sqlite3_stmt *st = find(db, purpose, row, e);
	int more = st ? db_next(db, st, e) : -1;
	if (more <= 0)
		return more == 0;
	bool ok = vault_unseal(&s->vault, purpose, row, sqlite3_column_blob(st, 0), (size_t)sqlite3_column_bytes(st, 0),
			       out, e);
	db_done(st);
	return ok;
}

bool sealed_drop(struct db *db, enum vault_purpose purpose, int64_t row, struct err *e) {
	return db_run(db, e, "DELETE FROM secret WHERE purpose = ? AND row = ?", INT(purpose), INT(row));
}
