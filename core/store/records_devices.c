/* SPDX-License-Identifier: MIT
 *
 * records_devices.c - the lists of mobile devices and their policies, column by column.
 */
#include "core/store/records.h"

#define LEGACY "(r.client = 'EAS' AND r.version <> '' AND CAST(r.version AS REAL) < 16.1)"

static const struct record_column devices_columns[] = {
	{ "mailbox", "User", "r.mailbox", CELL_TEXT, 20, 3, 0 },
	{ "friendlyName", "Device", "r.name", CELL_TEXT, 14, 2, 1 },
	{ "model", "Model", "r.model", CELL_TEXT, 12, 1, 4 },
	{ "os", "System", "r.os", CELL_TEXT, 12, 1, 5 },
	{ "accessState", "State", "r.state", CELL_TEXT, 11, 0, 0 },
	{ "lastSuccessSync", "Last sync", "r.last_sync", CELL_TIME, 16, 0, 3 },
	{ "status", "Status", "r.status", CELL_TEXT, 14, 1, 2 }, /* a wipe that waits must not be missed */
	{ "policy", "Policy", "r.policy", CELL_TEXT, 12, 0, 6 },
	{ "deviceId", "Device id", "r.device_id", CELL_TEXT, 20, 0, RANK_DETAIL },
	{ "deviceType", "Type", "r.type", CELL_TEXT, 10, 0, RANK_DETAIL },
	{ "clientType", "Client", "r.client", CELL_TEXT, 8, 0, RANK_DETAIL },
	{ "clientVersion", "Protocol", "r.version", CELL_TEXT, 8, 0, RANK_DETAIL },
	{ "accessStateReason", "Why", "r.reason", CELL_TEXT, 12, 0, RANK_DETAIL },
	{ "policyStatus", "Policy applied", "r.policy_status", CELL_TEXT, 12, 0, RANK_DETAIL },
	{ "phoneNumber", "Phone", "r.phone", CELL_TEXT, 12, 0, RANK_DETAIL },
	{ "imei", "IMEI", "r.imei", CELL_TEXT, 16, 0, RANK_DETAIL },
	{ "wipe", "Wipe", "r.wipe", CELL_TEXT, 20, 0, RANK_DETAIL },
	{ "firstSync", "First sync", "r.first_sync", CELL_TIME, 16, 0, RANK_DETAIL },
	{ "lastAttempt", "Last attempt", "r.last_attempt", CELL_TIME, 16, 0, RANK_DETAIL },
	{ "identity", "Identity", "r.identity", CELL_TEXT, 30, 0, RANK_DETAIL },
	{ "measured", "Looked at", "r.measured", CELL_TIME, 16, 0, RANK_DETAIL },
	/* Exchange Online refuses what speaks less since 2026-03-01 (exchange-wire.md F.1, MC1197103). */
	{ "warning", "Warning",
	  "CASE WHEN " LEGACY " THEN 'speaks ActiveSync ' || r.version || ': Exchange Online refuses less than 16.1' "
	  "ELSE '' END",
	  CELL_TEXT, 20, 0, RANK_DETAIL },
};
static const struct record_filter devices_filters[] = {
	{ "quarantined", "Quarantined", "r.state = 'Quarantined'" },
	{ "blocked", "Blocked", "r.state = 'Blocked'" },
	{ "wiping", "Wipe pending", "r.status LIKE '%WipePending'" },
	{ "stale", "No sync for 30 days", "r.last_sync < (unixepoch() - 2592000) * 1000" },
	{ "legacy", "Protocol below 16.1", LEGACY },
};
const struct record_list record_devices = {
	.name = "devices",
	.title = "Mobile devices",
	.object = "device",
	.from = "device r",
	.label = "r.identity",
	.search = "r.mailbox || ' ' || r.name || ' ' || r.model || ' ' || r.os || ' ' || r.device_id",
	.refresh = "refresh-devices",
	.empty = "No devices yet.",
	.columns = devices_columns,
	.column_count = sizeof devices_columns / sizeof devices_columns[0],
	.filters = devices_filters,
	.filter_count = sizeof devices_filters / sizeof devices_filters[0],
	.sort = 0,
};

static const struct record_column policies_columns[] = {
	{ "name", "Policy", "r.name", CELL_TEXT, 20, 3, 0 },
	{ "isDefault", "Default", "r.is_default", CELL_YES, 7, 0, 1 },
	{ "devices", "Devices", "(SELECT count(*) FROM device d WHERE d.tenant = r.tenant AND d.policy = r.name)",
	  CELL_NUMBER, 7, 0, 2 },
	{ "settings", "Settings", "r.settings", CELL_TEXT, 30, 0, RANK_DETAIL },
};
const struct record_list record_policies = {
	.name = "policies",
	.title = "Device policies",
	.object = "policy",
	.from = "device_policy r",
	.label = "r.name",
	.search = "r.name",
	.refresh = "refresh-policies",
	.empty = "No policies yet.",
	.columns = policies_columns,
	.column_count = sizeof policies_columns / sizeof policies_columns[0],
	.sort = 0,
};
