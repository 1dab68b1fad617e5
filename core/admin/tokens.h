/* SPDX-License-Identifier: MIT
 *
 * tokens.h - a valid access token of a tenant: from the vault while it lasts, else a new one.
 *
 * Thread-safe and safe between processes: a refresh token is used by one at a time (a lock on a file in the project's
 * directory), because each use may replace it.
 */
#ifndef MAILVAN_ADMIN_TOKENS_H
#define MAILVAN_ADMIN_TOKENS_H

#include "core/net/oauth.h"
#include "core/store/tenants.h"

/* Renewed when it has less than this left. */
#define TOKEN_MARGIN_MS (5 * 60 * 1000)

/* not_this: a token that was just refused (NULL = none): another one is fetched unless somebody else did meanwhile. */
bool token_obtain(struct store *s, struct net *net, int64_t tenant, enum token_resource r,
		  const struct secret *not_this, const struct stop *stop, struct secret *out, struct err *e);

/* What to do about a certificate of a tenant's services that is not trusted: http_options.ca_remedy. */
#define TENANT_CA_REMEDY "give the CA file of the tenant: mailvan tenant change NAME --ca FILE"

/* After token_obtain, where a whole directory needs the token: unless it may pass by itself, nothing else would fare
 * better than the user or mailbox that was asked for, and the scope of e says so. Always false. */
bool token_missing(struct err *e);

/* Device code: signs in and keeps the refresh token. show is called once with what to tell the operator. */
typedef void device_show_fn(void *arg, const struct oauth_device *d);
bool token_sign_in_device(struct store *s, struct net *net, int64_t tenant, const struct stop *stop,
			  device_show_fn *show, void *arg, struct err *e);

/* Adds the tenant (t->id 0) and signs in; when that fails, nothing of it stays. show is only asked of a device code.
 * May take as long as the code is valid: for a thread of its own, stop ends it within a second. */
bool tenant_connect(struct store *s, struct net *net, struct tenant *t, const struct secret *secret,
		    const struct secret *certificate, const struct stop *stop, device_show_fn *show, void *arg,
		    struct err *e);
/* The same way in again, whatever token there is. */
bool tenant_sign_in(struct store *s, struct net *net, int64_t tenant, const struct stop *stop, device_show_fn *show,
		    void *arg, struct err *e);

#endif
