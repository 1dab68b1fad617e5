/* SPDX-License-Identifier: MIT
 *
 * seed_mail.c - mailboxes for licensed users, rooms and the like, permissions, devices and policies to start with.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/servers/tenant/tenant.h"

static void special(struct world *w, const char *alias, const char *name, const char *type) {
	char address[100], guid[37];
	snprintf(address, sizeof address, "%s@" TENANT_DOMAIN, alias);
	snprintf(guid, sizeof guid, "88888888-0000-4000-a000-%012zx",
		 strlen(alias) * 65536 + (size_t)(unsigned char)alias[0] * 256 +
			 (size_t)(unsigned char)alias[strlen(alias) - 1]);
	json_t *doc = json_pack("{s:s, s:s, s:s, s:s, s:s, s:b, s:s, s:[], s:[], s:[], s:n, s:n}", "id", guid,
				"userPrincipalName", address, "displayName", name, "mailNickname", alias, "mail",
				address, "accountEnabled", 0, "userType", "Member", "assignedLicenses",
				"businessPhones", "proxyAddresses", "usageLocation", "onPremisesSyncEnabled");
	db_do(w, "INSERT INTO user(guid, upn, doc) VALUES(?, ?, ?)", "ssj", guid, address, doc);
	db_do(w,
	      "INSERT INTO mailbox(guid, address, alias, name, type, items, bytes, quota) VALUES(?, ?, ?, ?, ?, 120, "
	      "52428800, "
	      "53687091200)",
	      "sssss", guid, address, alias, name, type);
	json_decref(doc);
}

/* E.3: inherited, deny, SELF and orphaned entries are among them. */
static void seed_permissions(struct world *w) {
	static const char *const sql[] = {
		"INSERT INTO permission(mailbox, trustee, rights) SELECT n, 'NT AUTHORITY\\SELF', "
		"'[\"FullAccess\",\"ReadPermission\"]' "
		"FROM mailbox",
		"INSERT INTO permission(mailbox, trustee, rights, inherited) SELECT n, 'EURPR01A001\\Organization "
		"Management', "
		"'[\"FullAccess\"]', 1 FROM mailbox WHERE n % 5 = 0",
		"INSERT INTO permission(mailbox, trustee, rights, inherited, deny) SELECT n, 'EURPR01A001\\Domain "
		"Admins', "
		"'[\"FullAccess\"]', 1, 1 FROM mailbox WHERE n % 5 = 0",
		"INSERT INTO permission(mailbox, trustee, rights) SELECT n, "
		"'S-1-5-21-1004336348-1177238915-682003330-' || (1000 + n), "
		"'[\"FullAccess\"]' FROM mailbox WHERE n % 9 = 4",
		"INSERT INTO permission(mailbox, trustee, rights) SELECT n, 'user00001@" TENANT_DOMAIN
		"', '[\"FullAccess\"]' FROM mailbox "
		"WHERE type != 'UserMailbox' OR n % 10 = 7",
		"INSERT INTO permission(mailbox, trustee, rights, deny) SELECT n, 'user00002@" TENANT_DOMAIN
		"', '[\"FullAccess\"]', 1 "
		"FROM mailbox WHERE n % 17 = 3",
		"INSERT INTO permission(mailbox, trustee, rights) SELECT n, 'user00002@" TENANT_DOMAIN
		"', '[\"ReadPermission\"]' "
		"FROM mailbox WHERE n % 17 = 5",
		"INSERT INTO recipient_permission(mailbox, trustee, rights) SELECT n, 'NT AUTHORITY\\SELF', "
		"'[\"SendAs\"]' FROM mailbox",
		"INSERT INTO recipient_permission(mailbox, trustee, rights) SELECT n, 'user00001@" TENANT_DOMAIN
		"', '[\"SendAs\"]' FROM "
		"mailbox WHERE type = 'SharedMailbox'",
		"UPDATE mailbox SET behalf = '[\"user00002@" TENANT_DOMAIN
		"\"]' WHERE type = 'SharedMailbox' OR n % 20 = 2",
	};
	for (size_t i = 0; i < sizeof sql / sizeof *sql; i++)
		db_do(w, sql[i], "");
}

void seed_mailboxes(struct world *w, unsigned number) {
	uint64_t state = number * 77 + 1;
	db_do(w,
	      "INSERT INTO mailbox(guid, address, alias, name, type, items, bytes, quota) SELECT guid, upn, "
	      "doc->>'$.mailNickname', "
	      "doc->>'$.displayName', 'UserMailbox', n * 7919 % 30000, n * 7919 % 30000 * 91234, CASE WHEN doc LIKE "
	      "'%4b9405b0%' THEN "
	      "53687091200 ELSE 107374182400 END FROM user WHERE json_array_length(doc, '$.assignedLicenses') > 0 "
	      "ORDER BY n",
	      "");
	/* Nearly full. */
	db_do(w, "UPDATE mailbox SET bytes = quota / 100 * 97 WHERE n % 40 = ?", "i", (int64_t)seed_next(&state, 40));
	special(w, "info", "Info (geteilt)", "SharedMailbox");
	special(w, "sales", "Sales", "SharedMailbox");
	special(w, "room-berlin", "Besprechungsraum Berlin", "RoomMailbox");
	special(w, "room-wien", "Raum Wien", "RoomMailbox");
	special(w, "beamer", "Beamer 1", "EquipmentMailbox");
	seed_permissions(w);
}

/* ---- devices ---- */

static const struct kind {
	const char *type, *model, *os, *client, *version, *state, *reason, *status;
} KINDS[] = {
	{ "iPhone", "iPhone14C5", "iOS 18.1 22B83", "EAS", "16.1", "Allowed", "Global", "DeviceOk" },
	{ "SamsungDevice", "SM-G991B", "Android 9", "EAS", "14.1", "Allowed", "Global", "DeviceOk" },
	{ "Outlook", "Outlook for iOS and Android", "iOS 18.1", "Outlook", "1.0", "Allowed", "DeviceRule", "DeviceOk" },
	{ "iPad", "iPad13C4", "iOS 17.7", "EAS", "16.1", "Quarantined", "Global", "DeviceOk" },
	{ "WP8", "NOKIA Lumia 920", "Windows Phone 8.10", "EAS", "14.1", "Blocked", "Individual", "DeviceBlocked" },
};

static void device(struct world *w, uint64_t *state, const json_t *box, unsigned number) {
	const struct kind *k = &KINDS[number % 5];
	char guid[37], id[40], identity[300], agent[80], secret[20];
	const char *alias = json_string_value(json_object_get(box, "alias")),
		   *name = json_string_value(json_object_get(box, "name"));
	snprintf(id, sizeof id, "%s%08X", number % 5 ? "androidc" : "ApplDN", seed_next(state, 0x7fffffff));
	snprintf(guid, sizeof guid, "77777777-%04x-4000-a000-%012x", number & 0xffff, number);
	snprintf(identity, sizeof identity, "%s\\ExchangeActiveSyncDevices\\%s\xC2\xA7%s", alias, k->type, id);
	snprintf(agent, sizeof agent, "%s/%s", k->type, k->version);
	snprintf(secret, sizeof secret, "%08u", seed_next(state, 100000000));
	json_t *doc = json_pack("{s:s, s:s, s:s, s:s, s:s, s:s, s:s, s:s, s:s, s:s, s:s, s:s, s:s, s:s, s:n, s:b, s:s}",
				"Identity", identity, "Guid", guid, "DeviceId", id, "DeviceType", k->type,
				"DeviceModel", k->model, "DeviceOS", k->os, "DeviceUserAgent", agent, "ClientType",
				k->client, "ClientVersion", k->version, "DeviceAccessState", k->state,
				"DeviceAccessStateReason", k->reason, "UserDisplayName", name, "FirstSyncTime",
				"2025-03-01T10:00:00.0000000+00:00", "WhenCreated", "2025-03-01T10:00:00.0000000+00:00",
				"DeviceAccessControlRule", "IsDisabled", 0, "DeviceOSLanguage", "de");
	json_object_set_new(doc, "FriendlyName", json_sprintf("%s of %s", k->model, name));
	json_object_set_new(doc, "DeviceImei", number % 2 ? json_string("356938035643809") : json_null());
	json_t *stats = json_pack(
		"{s:s, s:b, s:s, s:s, s:s, s:n, s:n, s:n, s:n, s:n, s:n, s:s, s:i}", "Status", k->status,
		"IsRemoteWipeSupported", 1, "DevicePolicyApplied", "Default", "DevicePolicyApplicationStatus",
		number % 5 == 1 ? "PartiallyApplied" : "AppliedInFull", "RecoveryPassword", secret,
		"DeviceWipeRequestTime", "DeviceWipeSentTime", "DeviceWipeAckTime", "AccountOnlyDeviceWipeRequestTime",
		"AccountOnlyDeviceWipeSentTime", "AccountOnlyDeviceWipeAckTime", "LastPolicyUpdateTime",
		"2025-03-01T10:00:00.0000000+00:00", "NumberOfFoldersSynced", 12);
	/* F.1: Outlook mobile does not say when it synchronised. */
	bool outlook = strcmp(k->client, "Outlook") == 0;
	json_object_set_new(stats, "LastSuccessSync",
			    outlook ? json_null()
				    : json_sprintf("2026-11-%02uT08:07:47.0000000+00:00", 1 + number % 21));
	json_object_set_new(stats, "LastSyncAttemptTime",
			    outlook ? json_null()
				    : json_sprintf("2026-11-%02uT08:09:00.0000000+00:00", 1 + number % 21));
	json_object_set_new(stats, "DevicePhoneNumber", json_string(number % 3 ? "" : "*****4711"));
	db_do(w, "INSERT OR IGNORE INTO device(guid, identity, mailbox, doc, stats) VALUES(?, ?, ?, ?, ?)", "ssijj",
	      guid, identity, (int64_t)json_integer_value(json_object_get(box, "n")), doc, stats);
	json_decref(doc);
	json_decref(stats);
}

static void policy(struct world *w, const char *name, bool is_default, bool password) {
	json_t *doc =
		json_pack("{s:b, s:b, s:b, s:i, s:i, s:o, s:s, s:i, s:b, s:s, s:b, s:b, s:b, s:b, s:s}",
			  "PasswordEnabled", password, "AlphanumericPasswordRequired", password, "AllowSimplePassword",
			  !password, "MinPasswordLength", password ? 6 : 1, "MinPasswordComplexCharacters", 1,
			  "MaxPasswordFailedAttempts", password ? json_string("8") : json_string("Unlimited"),
			  "PasswordExpiration", "Unlimited", "PasswordHistory", 0, "PasswordRecoveryEnabled", password,
			  "MaxInactivityTimeLock", password ? "00:15:00" : "Unlimited", "RequireDeviceEncryption",
			  password, "RequireStorageCardEncryption", 0, "AllowNonProvisionableDevices", !password,
			  "AttachmentsEnabled", 1, "AllowBluetooth", "Allow");
	static const char *const allowed[] = { "AllowCamera",	     "AllowWiFi",	  "AllowBrowser",
					       "AllowTextMessaging", "AllowPOPIMAPEmail", "AllowStorageCard",
					       "AllowHTMLEmail" };
	for (size_t i = 0; i < sizeof allowed / sizeof *allowed; i++)
		json_object_set_new(doc, allowed[i], json_true());
	json_object_set_new(doc, "DevicePolicyRefreshInterval", json_string("Unlimited"));
	db_do(w, "INSERT INTO policy VALUES(?, ?, ?)", "sij", name, (int64_t)is_default, doc);
	json_decref(doc);
}

/* One for every third mailbox, at most 3,000; the first has all kinds. */
void seed_devices(struct world *w, unsigned number) {
	uint64_t state = number * 99 + 5;
	json_t *boxes = db_rows(
		       w, "SELECT n, alias, name FROM mailbox WHERE type = 'UserMailbox' ORDER BY n LIMIT 9000", ""),
	       *box;
	size_t i;
	unsigned made = 0;
	json_array_foreach(boxes, i, box) {
		if (i == 1)
			for (unsigned k = 0; k < 5; k++)
				device(w, &state, box, made++);
		else if (i % 3 == 0)
			device(w, &state, box, made++);
	}
	json_decref(boxes);
	policy(w, "Default", true, false);
	policy(w, "Password required", false, true);
}
