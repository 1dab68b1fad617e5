/* SPDX-License-Identifier: MIT
 *
 * cmdlet_device.c - mobile devices and their policies (F.1).
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "tests/servers/tenant/tenant.h"

#define BINDING "System.Management.Automation.ParameterBindingException"
#define NOT_FOUND "Microsoft.Exchange.Configuration.Tasks.ManagementObjectNotFoundException"
#define TASK "Microsoft.Exchange.Configuration.Tasks.RecipientTaskException"

static const char *text(const json_t *row, const char *name) {
	const char *v = json_string_value(json_object_get(row, name));
	return v ? v : "";
}

/* ---- devices ---- */

static const char *client_type(const struct cmdlet_run *r) {
	return cmdlet_flag(r, "ActiveSync", false)	   ? "EAS"
	       : cmdlet_flag(r, "OWAforDevices", false)	   ? "MOWA"
	       : cmdlet_flag(r, "RestApi", false)	   ? "REST"
	       : cmdlet_flag(r, "UniversalOutlook", false) ? "UniversalOutlook"
							   : "";
}

/* Of one mailbox, one device, or all of a state: {doc, stats}. NULL: failed. */
static json_t *devices(struct cmdlet_run *r) {
	char property[100], value[200], path[120];
	const char *identity = cmdlet_text(r, "Identity");
	int64_t mailbox = -1;
	if (json_object_get(r->p, "Mailbox")) {
		json_t *box = cmdlet_mailbox(r, "Mailbox");
		if (!box)
			return NULL;
		mailbox = json_integer_value(json_object_get(box, "n"));
		json_decref(box);
	}
	if (!cmdlet_filter(r, property, value, sizeof property))
		return NULL;
	snprintf(path, sizeof path, "$.%s", *property ? property : "x");
	r->sliced = true;
	json_t *rows = db_rows(r->q->w,
			       "SELECT n, doc AS \"doc:j\", stats AS \"stats:j\" FROM device WHERE (?1 < 0 OR mailbox "
			       "= ?1) AND (?2 = '' OR "
			       "?2 IN (identity, guid)) AND (?3 = '' OR doc->>?4 = ?3) AND (?5 = '' OR "
			       "doc->>'$.ClientType' = ?5) ORDER BY n "
			       "LIMIT ?6 OFFSET ?7",
			       "issssii", mailbox, identity, value, path, client_type(r), (int64_t)r->size + 1,
			       (int64_t)r->from);
	if (*identity && !json_array_size(rows) && r->from == 0) {
		cmdlet_fail(r, NOT_FOUND, "The mobile device '%.200s' cannot be found.", identity);
		json_decref(rows);
		return NULL;
	}
	return rows;
}

void get_mobile_device(struct cmdlet_run *r) {
	json_t *rows = devices(r), *row;
	size_t i;
	json_array_foreach(rows, i, row) {
		json_array_append(r->value, json_object_get(row, "doc"));
	}
	json_decref(rows);
}

void get_mobile_device_statistics(struct cmdlet_run *r) {
	if (!json_object_get(r->p, "Identity") && !json_object_get(r->p, "Mailbox")) {
		cmdlet_fail(r, BINDING, "Parameter set cannot be resolved using the specified named parameters.");
		return;
	}
	r->size = 10000; /* it has no ResultSize */
	json_t *rows = devices(r), *row;
	size_t i;
	json_array_foreach(rows, i, row) {
		json_t *all = json_deep_copy(json_object_get(row, "doc"));
		json_object_update(all, json_object_get(row, "stats"));
		if (!cmdlet_flag(r, "ShowRecoveryPassword", false) && *text(all, "RecoveryPassword"))
			json_object_set_new(all, "RecoveryPassword", json_string("********"));
		json_array_append_new(r->value, all);
	}
	json_decref(rows);
}

static void store_stats(struct cmdlet_run *r, const json_t *row, json_t *stats) {
	db_do(r->q->w, "UPDATE device SET stats = ? WHERE n = ?", "ji", stats,
	      (int64_t)json_integer_value(json_object_get(row, "n")));
}

static void cancel_wipe(struct cmdlet_run *r, const json_t *row, json_t *stats) {
	const char *status = text(stats, "Status");
	bool only = strcmp(status, "AccountOnlyDeviceWipePending") == 0;
	const char *kind = only ? "AccountOnlyDeviceWipe" : "DeviceWipe";
	char name[100];
	snprintf(name, sizeof name, "%sSentTime", kind);
	if (!only && strcmp(status, "DeviceWipePending") != 0)
		cmdlet_fail(r, TASK, "There is no pending wipe request for the device.");
	else if (*text(stats, name)) /* F.1: until it was sent */
		cmdlet_fail(r, TASK, "The wipe request was already sent to the device and can't be cancelled.");
	else {
		snprintf(name, sizeof name, "%sRequestTime", kind);
		json_object_set_new(stats, name, json_null());
		json_object_set_new(stats, "Status", json_string("DeviceOk"));
		store_stats(r, row, stats);
	}
}

void clear_mobile_device(struct cmdlet_run *r) {
	json_t *rows = devices(r), *row = json_array_get(rows, 0);
	json_t *stats = json_object_get(row, "stats"), *doc = json_object_get(row, "doc");
	bool only = cmdlet_flag(r, "AccountOnly", false) || strcmp(text(doc, "ClientType"), "Outlook") == 0;
	const char *kind = only ? "AccountOnlyDeviceWipe" : "DeviceWipe";
	char now[40], name[100];
	if (!row)
		return;
	iso_time(now_ms(), now);
	if (cmdlet_flag(r, "Cancel", false))
		cancel_wipe(r, row, stats);
	else if (only && strcmp(text(doc, "ClientType"), "EAS") == 0 && strtod(text(doc, "ClientVersion"), NULL) < 16.1)
		cmdlet_fail(r, TASK, "Account-only remote wipe needs a client that supports Exchange ActiveSync 16.1.");
	else {
		snprintf(name, sizeof name, "%sRequestTime", kind);
		json_object_set_new(stats, name, json_string(now));
		json_object_set_new(stats, only ? "LastAccountOnlyDeviceWipeRequestor" : "LastDeviceWipeRequestor",
				    json_string(TENANT_ADMIN));
		json_object_set_new(stats, "Status",
				    json_string(only ? "AccountOnlyDeviceWipePending" : "DeviceWipePending"));
		store_stats(r, row, stats);
	}
	json_decref(rows);
}

void remove_mobile_device(struct cmdlet_run *r) {
	json_t *rows = devices(r), *row = json_array_get(rows, 0);
	if (row)
		db_do(r->q->w, "DELETE FROM device WHERE n = ?", "i",
		      (int64_t)json_integer_value(json_object_get(row, "n")));
	json_decref(rows);
}

/* ---- policies ---- */

void get_device_policy(struct cmdlet_run *r) {
	const char *name = cmdlet_text(r, "Identity");
	json_t *rows = db_rows(
		       r->q->w,
		       "SELECT name, is_default, doc AS \"doc:j\" FROM policy WHERE ?1 = '' OR name = ?1 ORDER BY name",
		       "s", name),
	       *row;
	size_t i;
	if (*name && !json_array_size(rows))
		cmdlet_fail(r, NOT_FOUND, "The mobile device mailbox policy \"%.200s\" can't be found.", name);
	json_array_foreach(rows, i, row) {
		json_t *doc = json_incref(json_object_get(row, "doc"));
		json_object_set(doc, "Name", json_object_get(row, "name"));
		json_object_set(doc, "Identity", json_object_get(row, "name"));
		json_object_set_new(doc, "IsDefault",
				    json_boolean(json_integer_value(json_object_get(row, "is_default"))));
		json_array_append_new(r->value, doc);
	}
	json_decref(rows);
}

/* F.1's ranges. */
static bool settings_fit(struct cmdlet_run *r) {
	static const struct {
		const char *name;
		json_int_t least, most;
	} ranges[] = { { "MinPasswordLength", 1, 16 },
		       { "MinPasswordComplexCharacters", 1, 4 },
		       { "MaxPasswordFailedAttempts", 4, 16 },
		       { "PasswordHistory", 0, 50 } };
	for (size_t i = 0; i < sizeof ranges / sizeof *ranges; i++) {
		const json_t *v = json_object_get(r->p, ranges[i].name);
		const char *word = json_string_value(v);
		json_int_t n = word ? strtol(word, NULL, 10) : json_integer_value(v);
		if (v && !(word && strcasecmp(word, "Unlimited") == 0) && (n < ranges[i].least || n > ranges[i].most)) {
			cmdlet_fail(
				r, BINDING, "Cannot bind parameter '%s': the value %lld is not between %lld and %lld.",
				ranges[i].name, (long long)n, (long long)ranges[i].least, (long long)ranges[i].most);
			return false;
		}
	}
	const char *lock = cmdlet_text(r, "MaxInactivityTimeLock"), *bluetooth = cmdlet_text(r, "AllowBluetooth");
	if (*lock && strcasecmp(lock, "Unlimited") != 0 &&
	    (strlen(lock) != 8 || strcmp(lock, "00:01:00") < 0 || strcmp(lock, "01:00:00") > 0))
		cmdlet_fail(r, BINDING,
			    "Cannot bind parameter 'MaxInactivityTimeLock': \"%.60s\" is not between 00:01:00 and "
			    "01:00:00.",
			    lock);
	else if (*bluetooth && strcasecmp(bluetooth, "Allow") != 0 && strcasecmp(bluetooth, "HandsfreeOnly") != 0 &&
		 strcasecmp(bluetooth, "Disable") != 0)
		cmdlet_fail(r, BINDING, "Cannot bind parameter 'AllowBluetooth'. Cannot convert value \"%.60s\".",
			    bluetooth);
	return !*r->type;
}

static void store_policy(struct cmdlet_run *r, const char *name, json_t *doc) {
	const char *key;
	json_t *v;
	json_object_foreach((json_t *)(uintptr_t)r->p, key, v) {
		if (strcmp(key, "Identity") != 0 && strcmp(key, "Name") != 0 && strcmp(key, "IsDefault") != 0 &&
		    strcmp(key, "Confirm") != 0)
			json_object_set(doc, key, v);
	}
	if (cmdlet_flag(r, "IsDefault", false))
		db_do(r->q->w, "UPDATE policy SET is_default = name = ?", "s", name);
	db_do(r->q->w, "UPDATE policy SET doc = ? WHERE name = ?", "js", doc, name);
}

void new_device_policy(struct cmdlet_run *r) {
	const char *name = cmdlet_text(r, "Name");
	if (!settings_fit(r))
		return;
	if (db_do(r->q->w, "INSERT OR IGNORE INTO policy SELECT ?, 0, doc FROM policy ORDER BY is_default DESC LIMIT 1",
		  "s", name) == 0) {
		cmdlet_fail(r, "Microsoft.Exchange.Configuration.Tasks.ManagementObjectAlreadyExistsException",
			    "The mobile device mailbox policy \"%.200s\" already exists.", name);
		return;
	}
	json_t *row = db_row(r->q->w, "SELECT doc AS \"doc:j\" FROM policy WHERE name = ?", "s", name);
	store_policy(r, name, json_object_get(row, "doc"));
	json_array_append_new(r->value, json_pack("{s:s, s:s}", "Name", name, "Identity", name));
	json_decref(row);
}

void set_device_policy(struct cmdlet_run *r) {
	const char *name = cmdlet_text(r, "Identity"), *renamed = cmdlet_text(r, "Name");
	json_t *row = db_row(r->q->w, "SELECT doc AS \"doc:j\" FROM policy WHERE name = ?", "s", name);
	if (!row)
		cmdlet_fail(r, NOT_FOUND, "The mobile device mailbox policy \"%.200s\" can't be found.", name);
	else if (settings_fit(r)) {
		store_policy(r, name, json_object_get(row, "doc"));
		if (*renamed)
			db_do(r->q->w, "UPDATE OR IGNORE policy SET name = ? WHERE name = ?", "ss", renamed, name);
	}
	json_decref(row);
}

void remove_device_policy(struct cmdlet_run *r) {
	const char *name = cmdlet_text(r, "Identity");
	if (db_do(r->q->w, "DELETE FROM policy WHERE name = ? AND is_default = 0", "s", name) == 0)
		cmdlet_fail(r, NOT_FOUND,
			    "The mobile device mailbox policy \"%.200s\" can't be found, or is the default.", name);
}
