/* SPDX-License-Identifier: MIT
 *
 * directory.c - opens the directory that a tenant has.
 */
#include "core/admin/directory.h"

#include "core/admin/acl/acl.h"
#include "core/admin/exchange_online.h"

struct directory *directory_open(const struct directory_context *ctx, int64_t tenant, struct err *e) {
	struct tenant t;
	if (tenant == TENANT_TARGET)
		return acl_open(ctx, e);
	if (!tenant_get(ctx->store, tenant, &t, e))
		return NULL;
	return exo_open(ctx, &t, e);
}

bool directory_unreachable(struct err *e) {
	bool down = e->cat == ERR_NET || e->cat == ERR_TLS || e->cat == ERR_THROTTLED || e->cat == ERR_CANCELLED;
	if (down && e->scope < ERR_SCOPE_SERVER)
		e->scope = ERR_SCOPE_SERVER;
	return false;
}

void directory_close(struct directory *d) {
	if (d)
		d->ops->close(d);
}
