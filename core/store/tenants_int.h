/* SPDX-License-Identifier: MIT
 *
 * tenants_int.h - between the files of tenants.h.
 */
#ifndef MAILVAN_STORE_TENANTS_INT_H
#define MAILVAN_STORE_TENANTS_INT_H

#include "core/store/db.h"
#include "core/store/tenants.h"

/* INPUT when it is not connected any more. */
bool tenant_must_get(struct db *db, int64_t id, struct tenant *out, struct err *e);
/* What signing in has given, and what it is done with. */
bool tenant_tokens_drop(struct db *db, int64_t id, struct err *e);
bool tenant_secrets_drop(struct db *db, int64_t id, struct err *e);

#endif
