/* SPDX-License-Identifier: MIT
 *
 * sealed.h - secrets in the database: sealed by the vault on their way in, opened on their way out.
 */
#ifndef MAILVAN_STORE_SEALED_H
#define MAILVAN_STORE_SEALED_H

#include "core/store/store_int.h"

/* Replaces what is there. */
bool sealed_put(struct store *s, struct db *db, enum vault_purpose purpose, int64_t row, const struct secret *plain,
		struct err *e);
/* Leaves out alone when there is none. VAULT_LOCKED without the key. */
bool sealed_get(struct store *s, struct db *db, enum vault_purpose purpose, int64_t row, struct secret *out,
		struct err *e);
/* Is what is there this secret? Not so when there is none, or it cannot be opened. */
bool sealed_same(struct store *s, struct db *db, enum vault_purpose purpose, int64_t row, const struct secret *plain,
		 bool *same, struct err *e);
bool sealed_drop(struct db *db, enum vault_purpose purpose, int64_t row, struct err *e);

#endif
