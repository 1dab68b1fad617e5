/* SPDX-License-Identifier: MIT
 *
 * records_permissions.c - the permission grid, column by column.
 */
#include "core/store/records.h"

/* The bits of enum permission_bits in the order in which Exchange judges them: what is set on the mailbox itself goes
 * before what it inherits, and a deny before an allow. */
#define RIGHT_TEXT(column)                                                                                             \
	"CASE WHEN " column " & 5 = 5 THEN 'Yes, denied' WHEN " column " & 4 THEN 'Deny' WHEN " column                 \
	" & 3 = 3 THEN 'Yes, inherited' WHEN " column " & 1 THEN 'Yes' WHEN " column                                   \
	" & 8 THEN 'Deny, inherited' WHEN " column " & 2 THEN 'Inherited' ELSE '' END"

/* Whom a user is as a trustee: the name, and each group that the user is known to be in (memberships_put), by its
 * address or, where the crawl could not tell which recipient it is, by its name. */
#define TRUSTEES                                                                                                       \
	"WITH w(who, tenant) AS (SELECT ?, ?), g(one) AS (SELECT j.value FROM w JOIN membership m ON m.tenant = "      \
	"w.tenant, json_each(m.groups, '$.groups') j WHERE m.user = w.who COLLATE NOCASE OR m.user IN (SELECT u.upn "  \
	"FROM directory_user u WHERE u.tenant = w.tenant AND u.mail = w.who COLLATE NOCASE)) SELECT who FROM w UNION " \
	"SELECT one ->> 'mail' FROM g WHERE one ->> 'mail' <> '' UNION SELECT one ->> 'name' FROM g WHERE one ->> "    \
	"'name' <> ''"

static const struct record_column permissions_columns[] = {
	{ "mailbox", "Mailbox", "r.mailbox", CELL_TEXT, 12, 3, 0 },
	{ "trustee", "Trustee", "r.trustee", CELL_TEXT, 11, 3, 0 },
	{ "fullAccess", "Full Access", RIGHT_TEXT("r.full_access"), CELL_TEXT, 11, 1, 1 },
	{ "sendAs", "Send As", RIGHT_TEXT("r.send_as"), CELL_TEXT, 7, 1, 1 },
	{ "sendOnBehalf", "Send on Behalf", RIGHT_TEXT("r.on_behalf"), CELL_TEXT, 9, 2, 1 },
	{ "orphan", "Orphan", "r.orphan", CELL_YES, 6, 0, 4 },
	{ "otherRights", "Other rights", "r.rights", CELL_TEXT, 12, 0, RANK_DETAIL },
	{ "seen", "Seen", "(SELECT c.at FROM permission_crawl c WHERE c.tenant = r.tenant AND c.mailbox = r.mailbox)",
	  CELL_TIME, 16, 0, RANK_DETAIL },
};
static const struct record_filter permissions_filters[] = {
	{ "full-access", "Full Access", "r.full_access & 1" },
	{ "send-as", "Send As", "r.send_as & 1" },
	{ "send-on-behalf", "Send on Behalf", "r.on_behalf & 1" },
	{ "denied", "Deny entries", "(r.full_access | r.send_as) & 12" },
	{ "inherited", "Inherited entries", "(r.full_access | r.send_as) & 10" },
	{ "orphaned", "Orphaned entries", "r.orphan" },
};
const struct record_list record_permissions = {
	.name = "permissions",
	.title = "Permissions",
	.object = "permission",
	.from = "permission r",
	.label = "r.mailbox || ' ' || r.trustee",
	.about = "r.trustee IN (" TRUSTEES ") OR r.mailbox = ?",
	.search = "r.mailbox || ' ' || r.trustee",
	.refresh = "refresh-permissions",
	.empty = "No permissions yet: they are asked for mailbox by mailbox.",
	.columns = permissions_columns,
	.column_count = sizeof permissions_columns / sizeof permissions_columns[0],
	.filters = permissions_filters,
	.filter_count = sizeof permissions_filters / sizeof permissions_filters[0],
	.sort = 0,
};
