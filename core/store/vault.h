/* SPDX-License-Identifier: MIT
 *
 * vault.h - secrets at rest: XChaCha20-Poly1305 with the key file of the project.
 *
 * What a secret is for and whose it is (purpose, row) is bound into the seal, so that a
 * sealed blob that is moved to another row does not open there.
 */
#ifndef MAILVAN_STORE_VAULT_H
#define MAILVAN_STORE_VAULT_H

#include <stdint.h>

#include "core/base/err.h"
#include "core/base/secret.h"

#define VAULT_FILE "vault.key"
/* format byte, nonce, tag */
#define VAULT_OVERHEAD (1 + 24 + 16)

/* Stored: never renumber. */
enum vault_purpose {
	VAULT_SOURCE_PASSWORD = 1,
	VAULT_TARGET_PASSWORD = 2,
	VAULT_SOURCE_BEARER = 3,
	VAULT_TARGET_BEARER = 4,
	VAULT_TENANT_SECRET = 5, /* row: the tenant (tenants.h) */
	VAULT_TENANT_CERTIFICATE = 6,
	VAULT_TENANT_REFRESH = 7,
	VAULT_TOKEN_GRAPH = 8,
	VAULT_TOKEN_EXCHANGE = 9,
	VAULT_TASK_SECRET = 10, /* row: the task's item (tasks.h) */
	VAULT_ENROLMENT_SECRET = 11, /* row: the user's in the batch (enrolments.h) */
	VAULT_ENROLMENT_KEY = 12     /* row: the batch */
};

struct vault {
	unsigned char *key; /* sodium_malloc; NULL: locked */
};

/* Reads DIR/vault.key; makes it (0600) when it is missing and make says so; missing otherwise is a locked vault,
 * not an error. INPUT when others can read it or it is damaged. */
bool vault_open(struct vault *v, const char *dir, bool make, struct err *e);
void vault_close(struct vault *v);

/* *out is malloc'ed, plain->len + VAULT_OVERHEAD long. VAULT_LOCKED without a key. */
bool vault_seal(const struct vault *v, enum vault_purpose purpose, int64_t row, const struct secret *plain,
		unsigned char **out, size_t *out_len, struct err *e);
bool vault_unseal(const struct vault *v, enum vault_purpose purpose, int64_t row, const void *sealed, size_t n,
		  struct secret *plain, struct err *e);
/* Is this what is sealed there? Without guarded memory, because an import asks it per row. */
bool vault_holds(const struct vault *v, enum vault_purpose purpose, int64_t row, const void *sealed, size_t n,
		 const struct secret *plain);

#endif
