/* SPDX-License-Identifier: MIT
 *
 * digest_key.c - the key under which this project's body fingerprints are made: random, made once, kept beside them.
 *
 * It is no secret from whoever can read the project, only from those who send mail (base/hash.h).
 */
#include <sodium.h>
#include <stdlib.h>

#include "core/store/store_int.h"

#define NAME "fingerprint_key"

static bool look(struct db *db, struct digest_key *key, bool *found, struct err *e) {
	sqlite3_stmt *st = db_query(db, e, "SELECT value FROM setting WHERE name = '" NAME "'");
	int more = st ? db_next(db, st, e) : -1;
	size_t n = 0;
	if (more < 0)
		return false;
	*found = more > 0;
	if (!*found)
		return true;
	const char *hex = (const char *)sqlite3_column_text(st, 0);
	bool ok = hex &&
		  sodium_hex2bin(key->bytes, sizeof key->bytes, hex, 2 * sizeof key->bytes, NULL, &n, NULL) == 0 &&
		  n == sizeof key->bytes;
	db_done(st);
	return ok || err_set(e, ERR_INPUT, "The project's setting " NAME " is damaged");
}

bool digest_key_open(struct db *db, struct digest_key *key, struct err *e) {
	char hex[2 * sizeof key->bytes + 1];
	bool found = false;
	if (!look(db, key, &found, e) || found)
		return found;
	if (sodium_init() < 0)
		return err_set(e, ERR_MEMORY, "The system gives no random numbers (libsodium)");
	randombytes_buf(key->bytes, sizeof key->bytes);
	sodium_bin2hex(hex, sizeof hex, key->bytes, sizeof key->bytes);
	return db_set_sync(db, true, e) &&
	       db_run(db, e, "INSERT INTO setting(name, value) VALUES('" NAME "', ?)", TEXT(hex));
}
