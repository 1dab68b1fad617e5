/* SPDX-License-Identifier: MIT
 *
 * cmdlet_mailbox.c - mailboxes, recipients, protocols of a mailbox, domains, service principals (D.6, A.5, F.1).
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "tests/servers/tenant/tenant.h"

#define COLUMNS "n, guid, address, alias, name, type, items, bytes, quota, behalf AS \"behalf:j\", cas AS \"cas:j\""

static const char *text(const json_t *row, const char *name) {
	const char *v = json_string_value(json_object_get(row, name));
	return v ? v : "";
}

/* The rows of this page: one by Identity, or by type, or all. False: failed. */
static json_t *chosen(struct cmdlet_run *r) {
	char property[100], value[200];
	if (json_object_get(r->p, "Identity")) {
		json_t *one = cmdlet_mailbox(r, "Identity"), *rows = one ? json_array() : NULL;
		if (one)
			json_array_append_new(rows, one);
		return rows;
	}
	if (!cmdlet_filter(r, property, value, sizeof property))
		return NULL;
	json_t *types = cmdlet_strings(r, "RecipientTypeDetails");
	if (strcasecmp(property, "RecipientTypeDetails") == 0)
		json_array_append_new(types, json_string(value));
	r->sliced = true;
	json_t *rows =
		db_rows(r->q->w,
			"SELECT " COLUMNS " FROM mailbox WHERE (json_array_length(?1) = 0 OR type IN (SELECT value "
			"FROM json_each(?1))) ORDER BY n LIMIT ?2 OFFSET ?3",
			"jii", types, (int64_t)r->size + 1, (int64_t)r->from);
	json_decref(types);
	return rows;
}

/* GrantSendOnBehalfTo has names, not addresses (E.3). */
static json_t *names_of(struct world *w, const json_t *addresses) {
	json_t *names = json_array(), *v;
	size_t i;
	json_array_foreach(addresses, i, v) {
		json_t *row = db_row(w, "SELECT alias FROM mailbox WHERE address = ?", "s", json_string_value(v));
		json_array_append_new(names, json_string(row ? text(row, "alias") : json_string_value(v)));
		json_decref(row);
	}
	return names;
}

void get_mailbox(struct cmdlet_run *r) {
	json_t *rows = chosen(r), *row;
	char quota[100], warn[100];
	size_t i;
	json_array_foreach(rows, i, row) {
		int64_t most = json_integer_value(json_object_get(row, "quota"));
		size_text(most, quota, sizeof quota);
		size_text(most / 100 * 98, warn, sizeof warn);
		const json_t *cas = json_object_get(row, "cas");
		json_array_append_new(
			r->value,
			json_pack("{s:s, s:s, s:s, s:s, s:s, s:s, s:s, s:s, s:s, s:s, s:s, s:o, s:b, s:s}", "Identity",
				  text(row, "alias"), "Guid", text(row, "guid"), "ExternalDirectoryObjectId",
				  text(row, "guid"), "UserPrincipalName", text(row, "address"), "PrimarySmtpAddress",
				  text(row, "address"), "Alias", text(row, "alias"), "Name", text(row, "alias"),
				  "DisplayName", text(row, "name"), "RecipientTypeDetails", text(row, "type"),
				  "ProhibitSendReceiveQuota", quota, "IssueWarningQuota", warn, "GrantSendOnBehalfTo",
				  names_of(r->q->w, json_object_get(row, "behalf")), "HiddenFromAddressListsEnabled",
				  json_is_true(json_object_get(cas, "hidden")), "WhenCreated",
				  "2024-01-05T09:00:00.0000000+00:00"));
	}
	json_decref(rows);
}

static void store_behalf(struct cmdlet_run *r, json_t *row) {
	json_t *list = json_object_get(row, "behalf"), *v, *addresses = json_array();
	size_t i;
	if (cmdlet_list(r, "GrantSendOnBehalfTo", list)) {
		json_array_foreach(list, i, v) {
			json_t *who = db_row(
				r->q->w, "SELECT address FROM mailbox WHERE address = ?1 OR alias = ?1 OR guid = ?1",
				"s", json_string_value(v));
			if (who)
				json_array_append(addresses, json_object_get(who, "address"));
			else
				cmdlet_fail(r,
					    "Microsoft.Exchange.Configuration.Tasks.ManagementObjectNotFoundException",
					    "Couldn't find object \"%.200s\". Please make sure that it was spelled "
					    "correctly.",
					    json_string_value(v));
			json_decref(who);
		}
		if (!*r->type)
			db_do(r->q->w, "UPDATE mailbox SET behalf = ? WHERE n = ?", "ji", addresses,
			      (int64_t)json_integer_value(json_object_get(row, "n")));
	}
	json_decref(addresses);
}

void set_mailbox(struct cmdlet_run *r) {
	static const char *const types[][2] = { { "Regular", "UserMailbox" },
						{ "Room", "RoomMailbox" },
						{ "Equipment", "EquipmentMailbox" },
						{ "Shared", "SharedMailbox" } };
	const char *want = cmdlet_text(r, "Type"), *type = NULL;
	json_t *row = cmdlet_mailbox(r, "Identity");
	if (!row)
		return;
	int64_t n = json_integer_value(json_object_get(row, "n"));
	for (size_t i = 0; i < 4; i++)
		if (strcasecmp(want, types[i][0]) == 0)
			type = types[i][1];
	if (*want && !type)
		cmdlet_fail(r, "System.Management.Automation.ParameterBindingException",
			    "Cannot bind parameter 'Type'. Cannot convert value \"%.100s\".", want);
	else if (*want && strcmp(type, text(row, "type")) == 0)
		cmdlet_warn(r, "The mailbox '%s' is already of the type \"%s\".", text(row, "alias"), want);
	else if (*want)
		db_do(r->q->w, "UPDATE mailbox SET type = ? WHERE n = ?", "si", type, n);
	if (!*r->type && json_object_get(r->p, "GrantSendOnBehalfTo"))
		store_behalf(r, row);
	if (!*r->type && json_object_get(r->p, "DisplayName"))
		db_do(r->q->w, "UPDATE mailbox SET name = ? WHERE n = ?", "si", cmdlet_text(r, "DisplayName"), n);
	if (!*r->type && json_object_get(r->p, "HiddenFromAddressListsEnabled"))
		db_do(r->q->w, "UPDATE mailbox SET cas = json_set(cas, '$.hidden', json(?)) WHERE n = ?", "si",
		      cmdlet_flag(r, "HiddenFromAddressListsEnabled", false) ? "true" : "false", n);
	json_decref(row);
}

void new_mailbox(struct cmdlet_run *r) {
	const char *type = cmdlet_flag(r, "Room", false)	? "RoomMailbox"
			   : cmdlet_flag(r, "Equipment", false) ? "EquipmentMailbox"
			   : cmdlet_flag(r, "Shared", false)	? "SharedMailbox"
								: NULL;
	const char *name = cmdlet_text(r, "Name");
	const char *display = *cmdlet_text(r, "DisplayName") ? cmdlet_text(r, "DisplayName") : name;
	char address[400], guid[37], alias[100];
	size_t k = 0;
	for (const char *c = *cmdlet_text(r, "Alias") ? cmdlet_text(r, "Alias") : name; *c && k + 1 < sizeof alias; c++)
		if (*c != ' ')
			alias[k++] = *c;
	alias[k] = '\0';
	snprintf(address, sizeof address, "%s@" TENANT_DOMAIN, alias);
	if (*cmdlet_text(r, "PrimarySmtpAddress"))
		snprintf(address, sizeof address, "%s", cmdlet_text(r, "PrimarySmtpAddress"));
	if (!type) {
		cmdlet_fail(r, "System.Management.Automation.ParameterBindingException",
			    "Parameter set cannot be resolved using the specified named parameters.");
		return;
	}
	if (db_int(r->q->w, "SELECT 1 FROM mailbox WHERE address = ?", "s", address) == 1 ||
	    db_int(r->q->w, "SELECT 1 FROM user WHERE upn = ? AND deleted = 0", "s", address) == 1) {
		cmdlet_fail(r, "Microsoft.Exchange.Data.Directory.ProxyAddressExistsException",
			    "The proxy address \"SMTP:%s\" is already being used by the proxy addresses or "
			    "LegacyExchangeDN.",
			    address);
		return;
	}
	new_guid(guid);
	json_t *doc = json_pack("{s:s, s:s, s:s, s:s, s:s, s:b, s:s, s:[], s:n, s:n, s:[]}", "id", guid,
				"userPrincipalName", address, "displayName", display, "mailNickname", alias, "mail",
				address, "accountEnabled", 0, "userType", "Member", "assignedLicenses", "usageLocation",
				"onPremisesSyncEnabled", "proxyAddresses");
	db_do(r->q->w, "INSERT INTO user(guid, upn, doc) VALUES(?, ?, '{}')", "ss", guid, address);
	json_t *row = json_pack("{s:I, s:o}", "n", (json_int_t)sqlite3_last_insert_rowid(r->q->w->db), "doc", doc);
	user_store(r->q->w, row);
	mailbox_for_user(r->q->w, doc);
	db_do(r->q->w, "UPDATE mailbox SET type = ?, quota = 53687091200 WHERE guid = ?", "ss", type, guid);
	json_array_append_new(r->value, json_pack("{s:s, s:s, s:s, s:s, s:s}", "Identity", alias, "Guid", guid,
						  "PrimarySmtpAddress", address, "DisplayName", display,
						  "RecipientTypeDetails", type));
	json_decref(row);
}

void get_mailbox_statistics(struct cmdlet_run *r) {
	json_t *row = cmdlet_mailbox(r, "Identity");
	char size[100];
	if (!row)
		return;
	size_text(json_integer_value(json_object_get(row, "bytes")), size, sizeof size);
	json_array_append_new(r->value,
			      json_pack("{s:s, s:s, s:O, s:s, s:i, s:s, s:s}", "DisplayName", text(row, "name"),
					"MailboxGuid", text(row, "guid"), "ItemCount", json_object_get(row, "items"),
					"TotalItemSize", size, "DeletedItemCount", 3, "TotalDeletedItemSize",
					"4 KB (4,096 bytes)", "LastLogonTime", "2026-11-20T08:07:47.0000000+00:00"));
	json_decref(row);
}

void get_recipient(struct cmdlet_run *r) {
	json_t *rows = chosen(r), *row;
	size_t i;
	json_array_foreach(rows, i, row) {
		json_array_append_new(
			r->value,
			json_pack("{s:s, s:s, s:s, s:s, s:s, s:s, s:s, s:s}", "Identity", text(row, "alias"), "Name",
				  text(row, "alias"), "Alias", text(row, "alias"), "DisplayName", text(row, "name"),
				  "PrimarySmtpAddress", text(row, "address"), "RecipientTypeDetails", text(row, "type"),
				  "Guid", text(row, "guid"), "ExternalDirectoryObjectId", text(row, "guid")));
	}
	json_decref(rows);
}

void get_accepted_domain(struct cmdlet_run *r) {
	json_array_append_new(r->value, json_pack("{s:s, s:s, s:b, s:s}", "Name", TENANT_DOMAIN, "DomainName",
						  TENANT_DOMAIN, "Default", 1, "DomainType", "Authoritative"));
	json_array_append_new(r->value,
			      json_pack("{s:s, s:s, s:b, s:s}", "Name", "contoso.onmicrosoft.test", "DomainName",
					"contoso.onmicrosoft.test", "Default", 0, "DomainType", "Authoritative"));
}

void new_service_principal(struct cmdlet_run *r) {
	const char *object = cmdlet_text(r, "ObjectId"), *app = cmdlet_text(r, "AppId"),
		   *name = cmdlet_text(r, "DisplayName");
	if (db_do(r->q->w, "INSERT OR IGNORE INTO service_principal VALUES(?, ?, ?)", "sss", app, object,
		  *name ? name : app) == 0)
		cmdlet_fail(r, "Microsoft.Exchange.Configuration.Tasks.ManagementObjectAlreadyExistsException",
			    "The service principal '%s' already exists.", object);
	else
		json_array_append_new(r->value, json_pack("{s:s, s:s, s:s, s:s}", "Identity", object, "AppId", app,
							  "ObjectId", object, "DisplayName", *name ? name : app));
}

void get_service_principal(struct cmdlet_run *r) {
	const char *key = json_object_get(r->p, "Identity") ? cmdlet_text(r, "Identity") : "%";
	json_decref(r->value);
	r->value = db_rows(r->q->w,
			   "SELECT object AS Identity, app AS AppId, object AS ObjectId, name AS DisplayName FROM "
			   "service_principal WHERE ?1 IN ('%', object, app, name)",
			   "s", key);
}

/* ---- protocols of a mailbox ---- */

static json_t *protocols(const json_t *row) {
	static const char *const on[] = { "ActiveSyncEnabled", "OutlookMobileEnabled", "OWAforDevicesEnabled",
					  "OWAEnabled",	       "ImapEnabled",	       "PopEnabled",
					  "EwsEnabled",	       "MAPIEnabled" };
	json_t *all = json_pack("{s:s, s:s, s:s, s:s, s:[], s:[], s:n}", "Identity", text(row, "alias"), "Name",
				text(row, "alias"), "DisplayName", text(row, "name"), "PrimarySmtpAddress",
				text(row, "address"), "ActiveSyncAllowedDeviceIDs", "ActiveSyncBlockedDeviceIDs",
				"SmtpClientAuthenticationDisabled");
	for (size_t i = 0; i < sizeof on / sizeof *on; i++)
		json_object_set_new(all, on[i], json_true());
	json_object_set_new(all, "ActiveSyncMailboxPolicy", json_string("Default"));
	json_object_update(all, json_object_get(row, "cas"));
	json_object_del(all, "hidden");
	return all;
}

void get_cas_mailbox(struct cmdlet_run *r) {
	json_t *rows = chosen(r), *row;
	size_t i;
	json_array_foreach(rows, i, row) {
		json_array_append_new(r->value, protocols(row));
	}
	json_decref(rows);
}

/* What the lists of a mailbox say becomes the state of its devices. */
static void judge_devices(struct world *w, int64_t mailbox, const json_t *cas) {
	static const char change[] =
		"UPDATE device SET doc = json_set(doc, '$.DeviceAccessState', ?1, '$.DeviceAccessStateReason', "
		"'Individual') WHERE mailbox = ?2 AND doc->>'$.DeviceId' IN (SELECT value FROM json_each(?3))";
	db_do(w,
	      "UPDATE device SET doc = json_set(doc, '$.DeviceAccessState', 'Allowed', '$.DeviceAccessStateReason', "
	      "'Global') "
	      "WHERE mailbox = ? AND doc->>'$.DeviceAccessStateReason' = 'Individual'",
	      "i", mailbox);
	if (json_object_get(cas, "ActiveSyncAllowedDeviceIDs"))
		db_do(w, change, "sij", "Allowed", mailbox, json_object_get(cas, "ActiveSyncAllowedDeviceIDs"));
	if (json_object_get(cas, "ActiveSyncBlockedDeviceIDs"))
		db_do(w, change, "sij", "Blocked", mailbox, json_object_get(cas, "ActiveSyncBlockedDeviceIDs"));
}

void set_cas_mailbox(struct cmdlet_run *r) {
	static const char *const lists[] = { "ActiveSyncAllowedDeviceIDs", "ActiveSyncBlockedDeviceIDs" };
	const char *policy = cmdlet_text(r, "ActiveSyncMailboxPolicy"), *name;
	json_t *row = cmdlet_mailbox(r, "Identity"), *cas = json_object_get(row, "cas"), *v;
	if (!row)
		return;
	int64_t n = json_integer_value(json_object_get(row, "n"));
	if (*policy && db_int(r->q->w, "SELECT 1 FROM policy WHERE name = ?", "s", policy) != 1)
		cmdlet_fail(r, "Microsoft.Exchange.Configuration.Tasks.ManagementObjectNotFoundException",
			    "The mobile device mailbox policy \"%.200s\" can't be found.", policy);
	json_object_foreach((json_t *)(uintptr_t)r->p, name, v) {
		if (json_is_boolean(v) && strcmp(name, "Confirm") != 0)
			json_object_set(cas, name, v);
	}
	if (*policy)
		json_object_set_new(cas, "ActiveSyncMailboxPolicy", json_string(policy));
	for (size_t i = 0; i < 2 && !*r->type; i++) {
		if (!json_object_get(r->p, lists[i]))
			continue;
		if (!json_object_get(cas, lists[i]))
			json_object_set_new(cas, lists[i], json_array());
		cmdlet_list(r, lists[i], json_object_get(cas, lists[i]));
	}
	if (!*r->type) {
		db_do(r->q->w, "UPDATE mailbox SET cas = ? WHERE n = ?", "ji", cas, n);
		judge_devices(r->q->w, n, cas);
	}
	json_decref(row);
}
