/* SPDX-License-Identifier: MIT
 *
 * records_users.c - the lists of users and subscriptions, column by column.
 */
#include "core/store/records.h"

static const struct record_column users_columns[] = {
	{ "userPrincipalName", "User", "r.upn", CELL_TEXT, 24, 3, 0 },
	{ "displayName", "Name", "r.name", CELL_TEXT, 16, 2, 2 },
	{ "accountEnabled", "Sign-in", "r.enabled", CELL_YES, 7, 0, 1 },
	{ "licenses", "Licences", "r.licenses", CELL_TEXT, 14, 2, 3 },
	{ "kind", "Kind", "r.kind", CELL_TEXT, 9, 0, 4 },
	{ "usageLocation", "Country", "r.location", CELL_TEXT, 7, 0, 6 },
	{ "mailboxBytes", "Size", "r.bytes", CELL_BYTES, 9, 0, 5 },
	{ "mailboxQuota", "Quota", "r.quota", CELL_BYTES, 9, 0, 7 },
	{ "lastSignIn", "Last sign-in", "r.last_sign_in", CELL_TIME, 16, 0, 8 },
	{ "mail", "Mail", "r.mail", CELL_TEXT, 20, 0, RANK_DETAIL },
	{ "company", "Company", "r.company", CELL_TEXT, 12, 0, RANK_DETAIL },
	{ "department", "Department", "r.department", CELL_TEXT, 12, 0, RANK_DETAIL },
	{ "givenName", "First name", "r.given", CELL_TEXT, 12, 0, RANK_DETAIL },
	{ "surname", "Last name", "r.surname", CELL_TEXT, 12, 0, RANK_DETAIL },
	{ "jobTitle", "Job title", "r.job", CELL_TEXT, 12, 0, RANK_DETAIL },
	{ "synced", "Synced from AD", "r.synced", CELL_YES, 6, 0, RANK_DETAIL },
	{ "created", "Created", "r.created", CELL_TIME, 16, 0, RANK_DETAIL },
	{ "messages", "Messages", "r.messages", CELL_NUMBER, 9, 0, RANK_DETAIL },
	{ "measured", "Size measured", "r.measured", CELL_TIME, 16, 0, RANK_DETAIL },
	{ "proxyAddresses", "Addresses", "r.addresses", CELL_TEXT, 20, 0, RANK_DETAIL },
	{ "id", "Object id", "r.guid", CELL_TEXT, 36, 0, RANK_DETAIL },
};
static const struct record_filter users_filters[] = {
	{ "disabled", "Sign-in blocked", "r.enabled = 0" },
	{ "enabled", "Sign-in enabled", "r.enabled = 1" },
	{ "unlicensed", "Unlicensed", "r.licenses = '' AND r.kind IN ('user', '')" },
	{ "never-signed-in", "Never signed in", "r.last_sign_in = 0 AND r.kind IN ('user', 'guest', '')" },
	{ "no-location", "Without a usage location", "r.location = '' AND r.kind IN ('user', '')" },
	{ "guests", "Guests", "r.kind = 'guest'" },
	{ "shared", "Shared, rooms, equipment", "r.kind IN ('shared', 'room', 'equipment')" },
	{ "synced", "Synced from Active Directory", "r.synced = 1" },
	{ "not-active", "Synced, but blocked or unlicensed",
	  "r.synced = 1 AND r.kind IN ('user', '') AND (r.enabled = 0 OR r.licenses = '')" },
	{ "full", "Over 90 % of quota", "r.quota > 0 AND r.bytes * 10 > r.quota * 9" },
};
const struct record_list record_users = {
	.name = "users",
	.title = "Users",
	.object = "user",
	.from = "directory_user r",
	.label = "r.upn",
	.search = "r.upn || ' ' || r.name || ' ' || r.mail",
	.refresh = "refresh-users",
	.empty = "No users yet.",
	.columns = users_columns,
	.column_count = sizeof users_columns / sizeof users_columns[0],
	.filters = users_filters,
	.filter_count = sizeof users_filters / sizeof users_filters[0],
	.sort = 0,
};

static const struct record_column subscriptions_columns[] = {
	{ "skuPartNumber", "Licence", "r.part", CELL_TEXT, 20, 2, 0 },
	{ "status", "Status", "r.status", CELL_TEXT, 10, 0, 2 },
	{ "enabled", "Bought", "r.enabled + r.warning", CELL_NUMBER, 8, 0, 1 },
	{ "consumed", "Used", "r.consumed", CELL_NUMBER, 8, 0, 1 },
	{ "free", "Free", "max(0, r.enabled + r.warning - r.consumed)", CELL_NUMBER, 8, 0, 0 },
	{ "mailbox", "Mailbox", "r.mailbox", CELL_YES, 7, 0, 3 },
	{ "suspended", "Suspended", "r.suspended", CELL_NUMBER, 8, 0, RANK_DETAIL },
	{ "servicePlans", "Service plans", "r.plans", CELL_TEXT, 20, 0, RANK_DETAIL },
	{ "skuId", "Id", "r.sku", CELL_TEXT, 36, 0, RANK_DETAIL },
};
const struct record_list record_subscriptions = {
	.name = "subscriptions",
	.title = "Subscriptions",
	.object = "subscription",
	.from = "subscription r",
	.label = "r.part",
	.search = "r.part",
	.refresh = "refresh-users",
	.empty = "No subscriptions yet.",
	.columns = subscriptions_columns,
	.column_count = sizeof subscriptions_columns / sizeof subscriptions_columns[0],
	.sort = 0,
};
