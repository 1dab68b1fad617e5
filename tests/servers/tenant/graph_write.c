/* SPDX-License-Identifier: MIT
 *
 * graph_write.c - users are made, changed, deleted and restored (D.2, D.3), with the refusals that D documents.
 */
#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "tests/servers/tenant/tenant.h"

static const char *text(const json_t *o, const char *name) {
	const char *v = json_string_value(json_object_get(o, name));
	return v ? v : "";
}

void user_store(struct world *w, json_t *row) {
	json_t *doc = json_object_get(row, "doc");
	db_do(w, "UPDATE counter SET value = value + 1 WHERE name = 'change'", "");
	db_do(w,
	      "UPDATE user SET doc = ?, upn = ?, changed = (SELECT value FROM counter WHERE name = 'change') WHERE n = "
	      "?",
	      "jsi", doc, text(doc, "userPrincipalName"), (int64_t)json_integer_value(json_object_get(row, "n")));
}

static bool body_fits(struct ask *q, struct answer *a) {
	char why[400];
	if (strncasecmp(ask_header(q, "content-type"), "application/json", 16) != 0 || !json_is_object(q->body))
		graph_error(
			a, 400, "Request_BadRequest", NULL,
			"Unable to read JSON request payload. Please ensure Content-Type header is set and payload is "
			"of valid JSON format.");
	else if (q->w->csdl && !csdl_fits(q->w->csdl, "graph.user", q->body, why, sizeof why))
		graph_error(a, 400, "Request_BadRequest", NULL, "%s", why);
	else
		return true;
	return false;
}

/* Eight characters of three of four classes; nothing of the user's name. */
static bool password_fits(const char *p, const char *upn) {
	bool lower = false, upper = false, digit = false, other = false;
	size_t n = strlen(p), name = strcspn(upn, "@");
	for (size_t i = 0; i < n; i++) {
		lower |= islower((unsigned char)p[i]) != 0;
		upper |= isupper((unsigned char)p[i]) != 0;
		digit |= isdigit((unsigned char)p[i]) != 0;
		other |= !isalnum((unsigned char)p[i]);
		if (name > 3 && strncasecmp(p + i, upn, name) == 0)
			return false;
	}
	return n >= 8 && n <= 256 && lower + upper + digit + other >= 3;
}

static bool domain_verified(const char *upn) {
	const char *at = strrchr(upn, '@');
	return at && at != upn &&
	       (strcasecmp(at + 1, TENANT_DOMAIN) == 0 || strcasecmp(at + 1, "contoso.onmicrosoft.test") == 0);
}

/* What POST and PATCH refuse alike; n: the user itself, or 0. */
static bool values_fit(struct ask *q, struct answer *a, const char *upn, int64_t n) {
	const json_t *profile = json_object_get(q->body, "passwordProfile");
	const char *location = json_string_value(json_object_get(q->body, "usageLocation"));
	const char *password = json_string_value(json_object_get(profile, "password"));
	bool upn_given = json_object_get(q->body, "userPrincipalName") != NULL;
	if (upn_given && !domain_verified(upn))
		graph_error(a, 400, "Request_BadRequest", "InvalidValue|userPrincipalName",
			    "The domain portion of the userPrincipalName property is invalid. You must use one of the "
			    "verified domain names in your organization.");
	else if (upn_given &&
		 db_int(q->w, "SELECT 1 FROM user WHERE upn = ? AND deleted = 0 AND n != ?", "si", upn, n) == 1)
		graph_error(a, 400, "Request_BadRequest", "ObjectConflict|userPrincipalName",
			    "Another object with the same value for property userPrincipalName already exists.");
	else if (password && !password_fits(password, upn))
		graph_error(a, 400, "Request_BadRequest", "PasswordNotMeetingPolicy|passwordProfile",
			    "The specified password does not comply with password complexity requirements. Please "
			    "provide a "
			    "different password.");
	else if (location && *location &&
		 (strlen(location) != 2 || !isupper((unsigned char)location[0]) ||
		  !isupper((unsigned char)location[1])))
		graph_error(a, 400, "Request_BadRequest", "InvalidValue|usageLocation",
			    "Invalid value specified for property 'usageLocation' of resource 'User'.");
	else
		return true;
	return false;
}

/* passwordProfile is never shown again: its password is kept for tests to look at. */
static void take_over(json_t *doc, const json_t *body) {
	json_t *copy = json_deep_copy(body), *profile = json_object_get(copy, "passwordProfile");
	if (json_is_object(profile)) {
		if (json_object_get(profile, "password"))
			json_object_set(doc, "password", json_object_get(profile, "password"));
		json_object_set(doc, "forceChange", json_object_get(profile, "forceChangePasswordNextSignIn"));
		json_object_del(copy, "passwordProfile");
	}
	json_object_update(doc, copy);
	json_decref(copy);
}

void user_create(struct ask *q, struct answer *a) {
	static const char *const required[] = { "accountEnabled", "displayName", "mailNickname", "userPrincipalName",
						"passwordProfile" };
	static const char *const read_only[] = { "id", "createdDateTime", "onPremisesSyncEnabled", "assignedLicenses" };
	char guid[37], now[40], context[100];
	if (!body_fits(q, a))
		return;
	for (size_t i = 0; i < sizeof required / sizeof *required; i++)
		if (!json_object_get(q->body, required[i])) {
			graph_error(a, 400, "Request_BadRequest", NULL,
				    "A value is required for property '%s' of resource 'User'.", required[i]);
			return;
		}
	for (size_t i = 0; i < sizeof read_only / sizeof *read_only; i++)
		if (json_object_get(q->body, read_only[i])) {
			graph_error(a, 400, "Request_BadRequest", NULL, "Property '%s' is read-only and cannot be set.",
				    read_only[i]);
			return;
		}
	if (!values_fit(q, a, text(q->body, "userPrincipalName"), 0))
		return;
	new_guid(guid);
	iso_time(now_ms(), now);
	json_t *doc = json_pack("{s:s, s:s, s:s, s:[], s:[], s:[], s:n, s:n, s:n}", "id", guid, "createdDateTime", now,
				"userType", "Member", "assignedLicenses", "businessPhones", "proxyAddresses", "mail",
				"usageLocation", "onPremisesSyncEnabled");
	take_over(doc, q->body);
	/* One in the recycle bin of the same name makes way. */
	db_do(q->w, "UPDATE user SET upn = guid || upn WHERE upn = ? AND deleted != 0", "s",
	      text(doc, "userPrincipalName"));
	db_do(q->w, "INSERT INTO user(guid, upn, doc) VALUES(?, ?, '{}')", "ss", guid, text(doc, "userPrincipalName"));
	json_t *row = json_pack("{s:I, s:o}", "n", (json_int_t)sqlite3_last_insert_rowid(q->w->db), "doc", doc);
	user_store(q->w, row);
	json_t *view = user_view(doc, NULL);
	snprintf(context, sizeof context, "https://graph.microsoft.com/v1.0/$metadata#users/$entity");
	json_object_set_new(view, "@odata.context", json_string(context));
	answer_json(a, 201, view);
	json_decref(row);
}

/* D.2: most of a synced user is read-only; here all but what activation needs. */
static const char *locked_property(const json_t *doc, const json_t *body) {
	const char *name;
	json_t *v;
	if (!json_is_true(json_object_get(doc, "onPremisesSyncEnabled")))
		return NULL;
	json_object_foreach((json_t *)(uintptr_t)body, name, v) {
		if (strcmp(name, "accountEnabled") != 0 && strcmp(name, "usageLocation") != 0)
			return name;
	}
	return NULL;
}

/* D.2, D.3: what the narrow roles allow. */
static const char *forbidden_property(const struct ask *q) {
	const char *name;
	json_t *v;
	if (holds_role(q->claims, "User.ReadWrite.All Directory.ReadWrite.All"))
		return NULL;
	json_object_foreach(q->body, name, v) {
		const char *role = strcmp(name, "accountEnabled") == 0	  ? "User.EnableDisableAccount.All"
				   : strcmp(name, "passwordProfile") == 0 ? "User-PasswordProfile.ReadWrite.All"
									  : NULL;
		if (!role || !holds_role(q->claims, role))
			return name;
	}
	return NULL;
}

void user_change(struct ask *q, struct answer *a) {
	static const char *const read_only[] = { "id", "createdDateTime", "onPremisesSyncEnabled", "assignedLicenses",
						 "proxyAddresses" };
	json_t *row = user_find(q, a, q->arg[0]), *doc = json_object_get(row, "doc");
	const char *locked, *upn;
	if (!row)
		return;
	if (!body_fits(q, a)) {
		json_decref(row);
		return;
	}
	locked = locked_property(doc, q->body);
	for (size_t i = 0; i < sizeof read_only / sizeof *read_only; i++)
		if (json_object_get(q->body, read_only[i]) && !locked)
			locked = read_only[i];
	upn = json_object_get(q->body, "userPrincipalName") ? text(q->body, "userPrincipalName")
							    : text(doc, "userPrincipalName");
	if (forbidden_property(q))
		graph_error(a, 403, "Authorization_RequestDenied", NULL,
			    "Insufficient privileges to complete the operation.");
	else if (locked && json_is_true(json_object_get(doc, "onPremisesSyncEnabled")))
		graph_error(
			a, 400, "Request_BadRequest", NULL,
			"Unable to update the specified properties for on-premises mastered Directory Sync objects or "
			"objects currently undergoing migration.");
	else if (locked)
		graph_error(a, 400, "Request_BadRequest", NULL, "Property '%s' is read-only and cannot be set.",
			    locked);
	else if (values_fit(q, a, upn, json_integer_value(json_object_get(row, "n")))) {
		take_over(doc, q->body);
		user_store(q->w, row);
		answer_text(a, 204, NULL, "", 0);
	}
	json_decref(row);
}

void user_delete(struct ask *q, struct answer *a) {
	json_t *row = user_find(q, a, q->arg[0]), *license;
	size_t i;
	if (!row)
		return;
	json_array_foreach(json_object_get(json_object_get(row, "doc"), "assignedLicenses"), i, license) {
		db_do(q->w, "UPDATE sku SET consumed = consumed - 1 WHERE guid = ?", "s", text(license, "skuId"));
	}
	user_store(q->w, row);
	db_do(q->w, "UPDATE user SET deleted = ? WHERE n = ?", "ii", now_ms(),
	      (int64_t)json_integer_value(json_object_get(row, "n")));
	answer_text(a, 204, NULL, "", 0);
	json_decref(row);
}

void deleted_list(struct ask *q, struct answer *a) {
	json_t *rows = db_rows(q->w, "SELECT doc AS \"doc:j\" FROM user WHERE deleted != 0 ORDER BY n LIMIT 999", ""),
	       *row;
	json_t *value = json_array();
	size_t i;
	json_array_foreach(rows, i, row) {
		json_array_append_new(value, user_view(json_object_get(row, "doc"), ask_query(q, "$select")));
	}
	answer_json(a, 200, json_pack("{s:o}", "value", value));
	json_decref(rows);
}

void deleted_restore(struct ask *q, struct answer *a) {
	json_t *row =
		db_row(q->w, "SELECT n, doc AS \"doc:j\" FROM user WHERE guid = ? AND deleted != 0", "s", q->arg[0]);
	if (!row) {
		graph_error(a, 404, "Request_ResourceNotFound", NULL, "Resource '%s' does not exist.", q->arg[0]);
		return;
	}
	json_t *doc = json_object_get(row, "doc");
	if (db_int(q->w, "SELECT 1 FROM user WHERE upn = ? AND deleted = 0", "s", text(doc, "userPrincipalName")) == 1)
		graph_error(a, 400, "Request_BadRequest", "ObjectConflict|userPrincipalName",
			    "Another object with the same value for property userPrincipalName already exists.");
	else {
		json_object_set_new(doc, "assignedLicenses", json_array());
		db_do(q->w, "UPDATE user SET deleted = 0 WHERE guid = ?", "s", q->arg[0]);
		user_store(q->w, row);
		answer_json(a, 200, user_view(doc, NULL));
	}
	json_decref(row);
}

void user_revoke(struct ask *q, struct answer *a) {
	json_t *row = user_find(q, a, q->arg[0]);
	if (!row)
		return;
	json_t *doc = json_object_get(row, "doc");
	json_object_set_new(doc, "revoked", json_integer(json_integer_value(json_object_get(doc, "revoked")) + 1));
	user_store(q->w, row);
	answer_json(a, 200, json_pack("{s:b}", "value", 1));
	json_decref(row);
}
