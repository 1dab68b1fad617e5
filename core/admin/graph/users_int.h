/* SPDX-License-Identifier: MIT
 *
 * users_int.h - a user as Graph describes one, and as the store keeps it.
 */
#ifndef MAILVAN_ADMIN_GRAPH_USERS_INT_H
#define MAILVAN_ADMIN_GRAPH_USERS_INT_H

#include "core/admin/graph/graph_int.h"
#include "core/store/users_cache.h"

#define SUBSCRIPTIONS_MAX 2000U
#define USERS_MAX 2000000U

/* What the cached list is made of (D.1). */
#define USER_SELECT                                                                                                    \
	"$select=id,displayName,userPrincipalName,mail,mailNickname,proxyAddresses,accountEnabled,usageLocation,"      \
	"userType,assignedLicenses,onPremisesSyncEnabled,createdDateTime,companyName,department,"                      \
	"givenName,surname,jobTitle"

/* Rows borrow from the document they were read from. */
struct subscriptions {
	struct subscription_row *rows;
	size_t n;
	bool known; /* false: they could not be read, and are called by their ids */
};
bool subscriptions_read(const json_t *list, struct subscriptions *out, struct err *e);
void subscriptions_free(struct subscriptions *s);
/* The name people use; the id itself when the tenant does not list it. */
const char *subscriptions_part(const struct subscriptions *s, const char *sku);

/* user_rows.c: users collected from pages. */
struct user_rows {
	const struct subscriptions *subscriptions;
	struct user_row *list; /* texts in blocks of their own */
	size_t n, cap;
};
/* false: no memory, or too many. A row without an id is left out. */
bool user_rows_add(struct user_rows *r, const json_t *user, struct err *e);
void user_rows_free(struct user_rows *r);

#endif
