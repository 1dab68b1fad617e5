/* SPDX-License-Identifier: MIT
 *
 * graph_license.c - subscriptions, licences of a user (D.4), the organisation.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "tests/servers/tenant/tenant.h"

void skus_get(struct ask *q, struct answer *a) {
	if (ask_query(q, "$filter") || ask_query(q, "$top")) { /* D.4: no paging, no $filter */
		graph_error(a, 400, "Request_UnsupportedQuery", NULL, "This query is not supported by subscribedSkus.");
		return;
	}
	json_t *rows = db_rows(
		q->w,
		"SELECT '" TENANT_GUID "_' || guid AS id, guid AS skuId, part AS skuPartNumber, status AS "
		"capabilityStatus, consumed AS consumedUnits, 'User' AS appliesTo, plans AS \"servicePlans:j\", "
		"json_object('enabled', enabled, 'suspended', 0, 'warning', warning, 'lockedOut', 0) AS "
		"\"prepaidUnits:j\", '[]' AS \"subscriptionIds:j\", 'contoso' AS accountName FROM sku ORDER BY part",
		"");
	answer_json(a, 200,
		    json_pack("{s:s, s:o}", "@odata.context",
			      "https://graph.microsoft.com/v1.0/$metadata#subscribedSkus", "value", rows));
}

void organization_get(struct ask *q, struct answer *a) {
	(void)q;
	answer_json(a, 200,
		    json_pack("{s:[{s:s, s:s, s:s, s:b, s:[{s:s, s:b, s:b, s:s}, {s:s, s:b, s:b, s:s}]}]}", "value",
			      "id", TENANT_GUID, "displayName", "Contoso GmbH & Söhne", "countryLetterCode", "DE",
			      "onPremisesSyncEnabled", 1, "verifiedDomains", "name", TENANT_DOMAIN, "isDefault", 1,
			      "isInitial", 0, "type", "Managed", "name", "contoso.onmicrosoft.test", "isDefault", 0,
			      "isInitial", 1, "type", "Managed"));
}

bool sku_has_mailbox(struct world *w, const char *sku) {
	return db_int(w, "SELECT mailbox FROM sku WHERE guid = ?", "s", sku) == 1;
}

void mailbox_for_user(struct world *w, const json_t *doc) {
	const char *guid = json_string_value(json_object_get(doc, "id"));
	const char *upn = json_string_value(json_object_get(doc, "userPrincipalName"));
	const char *name = json_string_value(json_object_get(doc, "displayName"));
	const char *alias = json_string_value(json_object_get(doc, "mailNickname"));
	if (db_int(w, "SELECT 1 FROM mailbox WHERE guid = ?", "s", guid) == 1)
		return;
	db_do(w,
	      "INSERT OR IGNORE INTO mailbox(guid, address, alias, name, type, items, bytes, quota) VALUES(?, ?, ?, ?, "
	      "'UserMailbox', 0, 0, 107374182400)",
	      "ssss", guid, upn, alias ? alias : upn, name ? name : upn);
	db_do(w,
	      "INSERT INTO permission(mailbox, trustee, rights) SELECT n, 'NT AUTHORITY\\SELF', "
	      "'[\"FullAccess\",\"ReadPermission\"]' FROM mailbox WHERE guid = ?",
	      "s", guid);
}

static size_t find(const json_t *licenses, const char *sku) {
	size_t i;
	json_t *v;
	json_array_foreach(licenses, i, v) {
		if (strcasecmp(json_string_value(json_object_get(v, "skuId")), sku) == 0)
			return i;
	}
	return SIZE_MAX;
}

static bool plan_of(const json_t *plans, const char *plan) {
	size_t i;
	json_t *v;
	json_array_foreach(plans, i, v) {
		if (strcasecmp(json_string_value(json_object_get(v, "servicePlanId")), plan) == 0)
			return true;
	}
	return false;
}

/* Refusals of one added licence. */
static bool may_add(struct ask *q, struct answer *a, const json_t *doc, const json_t *add) {
	const char *sku = json_string_value(json_object_get(add, "skuId"));
	const char *location = json_string_value(json_object_get(doc, "usageLocation"));
	json_t *row = sku ? db_row(q->w,
				   "SELECT status, enabled + warning - consumed AS free, plans AS \"plans:j\" FROM sku "
				   "WHERE guid = ?",
				   "s", sku)
			  : NULL,
	       *plan;
	size_t i;
	bool good = false, has = find(json_object_get(doc, "assignedLicenses"), sku ? sku : "") != SIZE_MAX;
	if (!row)
		graph_error(a, 400, "Request_BadRequest", NULL,
			    "License %s does not correspond to a valid company License.", sku ? sku : "");
	else if (!location || !*location)
		graph_error(a, 400, "Request_BadRequest", NULL,
			    "License assignment cannot be done for user with invalid usage location.");
	else if (!has && json_integer_value(json_object_get(row, "free")) < 1)
		graph_error(a, 400, "Request_BadRequest", NULL,
			    "Subscription with SKU %s does not have any available licenses.", sku);
	else
		good = true;
	json_array_foreach(json_object_get(add, "disabledPlans"), i, plan) {
		if (good && !plan_of(json_object_get(row, "plans"), json_string_value(plan))) {
			graph_error(a, 400, "Request_BadRequest", NULL,
				    "The service plan %s is not part of the license.", json_string_value(plan));
			good = false;
		}
	}
	json_decref(row);
	return good;
}

static void remove_licenses(struct world *w, json_t *licenses, const json_t *removals) {
	size_t i, at;
	json_t *v;
	json_array_foreach(removals, i, v) {
		if ((at = find(licenses, json_string_value(v))) == SIZE_MAX)
			continue;
		json_array_remove(licenses, at);
		db_do(w, "UPDATE sku SET consumed = consumed - 1 WHERE guid = ?", "s", json_string_value(v));
	}
}

static void add_licenses(struct world *w, json_t *doc, const json_t *additions) {
	json_t *licenses = json_object_get(doc, "assignedLicenses"), *v;
	size_t i, at;
	json_array_foreach(additions, i, v) {
		const char *sku = json_string_value(json_object_get(v, "skuId"));
		json_t *plans = json_object_get(v, "disabledPlans");
		json_t *entry = json_pack("{s:s, s:o}", "skuId", sku, "disabledPlans",
					  plans ? json_deep_copy(plans) : json_array());
		if ((at = find(licenses, sku)) != SIZE_MAX)
			json_array_set_new(licenses, at, entry);
		else {
			json_array_append_new(licenses, entry);
			db_do(w, "UPDATE sku SET consumed = consumed + 1 WHERE guid = ?", "s", sku);
		}
		if (sku_has_mailbox(w, sku)) {
			json_object_set(doc, "mail", json_object_get(doc, "userPrincipalName"));
			mailbox_for_user(w, doc);
		}
	}
}

/* All or nothing. */
void user_license(struct ask *q, struct answer *a) {
	char why[400];
	json_t *row = user_find(q, a, q->arg[0]), *v;
	size_t i;
	if (!row)
		return;
	const json_t *additions = json_object_get(q->body, "addLicenses"),
		     *removals = json_object_get(q->body, "removeLicenses");
	if (!json_is_object(q->body) || strncasecmp(ask_header(q, "content-type"), "application/json", 16) != 0)
		graph_error(a, 400, "Request_BadRequest", NULL, "Unable to read JSON request payload.");
	else if (!json_is_array(additions) || !json_is_array(removals)) /* D.4: both always present */
		graph_error(a, 400, "Request_BadRequest", NULL,
			    "One or more parameters of the operation 'assignLicense' are missing from the request "
			    "payload. The missing parameters are: %s.",
			    json_is_array(additions) ? "removeLicenses" : "addLicenses");
	else if (q->w->csdl && !csdl_fits_action(q->w->csdl, "graph.user", "assignLicense", q->body, why, sizeof why))
		graph_error(a, 400, "Request_BadRequest", NULL, "%s", why);
	else {
		json_t *doc = json_object_get(row, "doc");
		bool good = true;
		json_array_foreach(removals, i, v) {
			if (good && find(json_object_get(doc, "assignedLicenses"), json_string_value(v)) == SIZE_MAX) {
				graph_error(a, 400, "Request_BadRequest", NULL,
					    "User does not have a corresponding license.");
				good = false;
			}
		}
		json_array_foreach(additions, i, v) {
			good = good && may_add(q, a, doc, v);
		}
		if (good) {
			remove_licenses(q->w, json_object_get(doc, "assignedLicenses"), removals);
			add_licenses(q->w, doc, additions);
			user_store(q->w, row);
			answer_json(a, 200,
				    user_view(doc, "id,displayName,userPrincipalName,assignedLicenses,usageLocation"));
		}
	}
	json_decref(row);
}
