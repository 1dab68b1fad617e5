/* SPDX-License-Identifier: MIT
 *
 * graph_users.c - reading users: list with $select, $top, $filter and pages, delta, one user (D.1).
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/servers/tenant/tenant.h"

#define CONTEXT "https://graph.microsoft.com/v1.0/$metadata#users"

static const char DEFAULTS[] = "businessPhones,displayName,givenName,jobTitle,mail,mobilePhone,officeLocation,"
			       "preferredLanguage,surname,userPrincipalName,id";

json_t *user_view(const json_t *doc, const char *select) {
	char words[2000];
	json_t *view = json_object();
	snprintf(words, sizeof words, "%s", select ? select : DEFAULTS);
	for (char *save, *w = strtok_r(words, ", ", &save); w; w = strtok_r(NULL, ", ", &save)) {
		json_t *v = json_object_get(doc, w);
		if (strcmp(w, "password") != 0 && strcmp(w, "revoked") != 0)
			json_object_set(view, w, v ? v : json_null());
	}
	json_object_set(view, "id", json_object_get(doc, "id"));
	return view;
}

/* D.1: unknown names are refused when the CSDL is there. When somebody signed in is for AuditLog.Read.All only (Graph's
 * page of the resource user). */
static bool select_known(struct ask *q, struct answer *a) {
	char words[2000];
	const char *select = ask_query(q, "$select");
	snprintf(words, sizeof words, "%s", select ? select : "");
	if (strstr(words, "signInActivity") && !holds_role(q->claims, "AuditLog.Read.All")) {
		graph_error(a, 403, "Authorization_RequestDenied", NULL,
			    "Insufficient privileges to complete the operation.");
		return false;
	}
	for (char *save, *w = strtok_r(words, ", ", &save); w && q->w->csdl; w = strtok_r(NULL, ", ", &save))
		if (!csdl_has(q->w->csdl, "graph.user", w)) {
			graph_error(
				a, 400, "Request_BadRequest", NULL,
				"Parsing OData Select and Expand failed: Could not find a property named '%s' on type "
				"'microsoft.graph.user'.",
				w);
			return false;
		}
	return true;
}

/* The rest of the query as it was, with another place to go on. */
static void link_on(struct ask *q, json_t *body, const char *annotation, const char *path, const char *token,
		    int64_t place) {
	char link[6000], escaped[3000];
	const char *name;
	json_t *v;
	size_t n = (size_t)snprintf(link, sizeof link, "%s%s?", q->w->base, path);
	json_object_foreach(q->query, name, v) {
		size_t k = 0;
		if (strcmp(name, "$skiptoken") == 0 || strcmp(name, "$deltatoken") == 0 || strcmp(name, "seen") == 0)
			continue;
		for (const unsigned char *s = (const unsigned char *)json_string_value(v); *s && k + 4 < sizeof escaped;
		     s++)
			k += (size_t)snprintf(escaped + k, sizeof escaped - k,
					      strchr("&+%# '/\"", *s) || *s > 126 ? "%%%02X" : "%c", *s);
		escaped[k] = '\0';
		n += (size_t)snprintf(link + n, sizeof link - n, "%s=%s&", name, escaped);
	}
	snprintf(link + n, sizeof link - n, "%s=%lld", token, (long long)place);
	json_object_set_new(body, annotation, json_string(link));
}

/* $top and what makes a query an advanced one. Page size, or 0. */
static long page_size(struct ask *q, struct answer *a, bool advanced) {
	const char *top = ask_query(q, "$top"), *count = ask_query(q, "$count");
	char *end = NULL;
	long n = top ? strtol(top, &end, 10) : 100, most = 999;
	const char *select = ask_query(q, "$select");
	if (select && strstr(select, "signInActivity"))
		most = 500; /* D.1 */
	advanced |= ask_query(q, "$search") || (count && strcmp(count, "true") == 0) ||
		    (ask_query(q, "$filter") && ask_query(q, "$orderby"));
	if (top && (*end || n < 1 || n > most)) {
		graph_error(a, 400, "Request_UnsupportedQuery", NULL,
			    "Invalid page size specified: '%s'. Must be between 1 and %ld inclusive.", top, most);
		return 0;
	}
	if (advanced &&
	    (strcmp(ask_header(q, "consistencylevel"), "eventual") != 0 || !count || strcmp(count, "true") != 0)) {
		graph_error(a, 400, "Request_UnsupportedQuery", NULL,
			    "Unsupported Query. It needs the header ConsistencyLevel: eventual and $count=true.");
		return 0;
	}
	if (ask_query(q, "$search") || ask_query(q, "$skip")) {
		graph_error(a, 400, "Request_UnsupportedQuery", NULL,
			    "The tenant server knows neither $search nor $skip.");
		return 0;
	}
	return n;
}

static int64_t place_of(struct ask *q, const char *name) {
	const char *at = ask_query(q, name);
	return at ? strtoll(at, NULL, 10) : 0;
}

void users_list(struct ask *q, struct answer *a) {
	const char *filter = ask_query(q, "$filter");
	bool advanced = false, more = false;
	int64_t place = place_of(q, "$skiptoken"), scanned = place;
	json_t *empty = json_object(), *value, *body;
	int understood = filter ? filter_fits(filter, empty, &advanced) : 1;
	json_decref(empty);
	if (understood < 0) {
		graph_error(a, 400, "Request_UnsupportedQuery", NULL, "Invalid filter clause: %.200s", filter);
		return;
	}
	long size = page_size(q, a, advanced);
	if (!size || !select_known(q, a))
		return;
	value = json_array();
	bool counts = ask_query(q, "$count") && !ask_query(q, "$skiptoken");
	json_int_t total = 0;
	for (size_t got = 1000; got == 1000 && (counts || !more);) {
		json_t *rows = db_rows(
			       q->w,
			       "SELECT n, doc AS \"doc:j\" FROM user WHERE n > ? AND deleted = 0 ORDER BY n LIMIT 1000",
			       "i", scanned),
		       *row;
		size_t i;
		got = json_array_size(rows);
		json_array_foreach(rows, i, row) {
			const json_t *doc = json_object_get(row, "doc");
			scanned = json_integer_value(json_object_get(row, "n"));
			if (filter && filter_fits(filter, doc, &advanced) != 1)
				continue;
			total++;
			more |= (long)json_array_size(value) == size;
			if (more && !counts)
				break;
			if (more)
				continue;
			json_array_append_new(value, user_view(doc, ask_query(q, "$select")));
			place = scanned;
		}
		json_decref(rows);
	}
	body = json_pack("{s:s}", "@odata.context", CONTEXT);
	if (counts)
		json_object_set_new(body, "@odata.count", json_integer(total));
	if (more)
		link_on(q, body, "@odata.nextLink", "/v1.0/users", "$skiptoken", place);
	json_object_set_new(body, "value", value);
	answer_json(a, 200, body);
}

/* $deltatoken: changes after it. $skiptoken: the first round goes on, "seen" is where its changes begin. */
void users_delta(struct ask *q, struct answer *a) {
	int64_t after = place_of(q, "$deltatoken"), place = place_of(q, "$skiptoken"), seen = place_of(q, "seen");
	int64_t newest = db_int(q->w, "SELECT value FROM counter WHERE name = 'change'", "");
	long size = ask_page_size(q, 200, 999);
	bool first = !ask_query(q, "$deltatoken");
	if (ask_query(q, "$top") || ask_query(q, "$orderby")) {
		graph_error(a, 400, "Request_UnsupportedQuery", NULL, "$top and $orderby are not supported by delta.");
		return;
	}
	if (!select_known(q, a))
		return;
	json_t *rows = first ? db_rows(q->w,
				       "SELECT n, guid, deleted, doc AS \"doc:j\" FROM user WHERE n > ? AND deleted = "
				       "0 "
				       "ORDER BY n LIMIT ?",
				       "ii", place, (int64_t)size + 1)
			     : db_rows(q->w,
				       "SELECT changed AS n, guid, deleted, doc AS \"doc:j\" FROM user WHERE changed > "
				       "? "
				       "ORDER BY changed LIMIT ?",
				       "ii", place ? place : after, (int64_t)size + 1),
	       *row;
	json_t *value = json_array(), *body = json_pack("{s:s}", "@odata.context", CONTEXT "/$delta");
	size_t i;
	json_array_foreach(rows, i, row) {
		if ((long)i == size)
			break;
		place = json_integer_value(json_object_get(row, "n"));
		if (json_integer_value(json_object_get(row, "deleted")))
			json_array_append_new(value, json_pack("{s:O, s:{s:s}}", "id", json_object_get(row, "guid"),
							       "@removed", "reason", "changed"));
		else
			json_array_append_new(value, user_view(json_object_get(row, "doc"), ask_query(q, "$select")));
	}
	if ((long)json_array_size(rows) > size) {
		if (!first)
			link_on(q, body, "@odata.nextLink", "/v1.0/users/delta", "$deltatoken", place);
		else {
			char path[100];
			snprintf(path, sizeof path, "seen=%lld&$skiptoken",
				 (long long)(ask_query(q, "seen") ? seen : newest));
			link_on(q, body, "@odata.nextLink", "/v1.0/users/delta", path, place);
		}
	} else
		link_on(q, body, "@odata.deltaLink", "/v1.0/users/delta", "$deltatoken",
			!first		       ? newest
			: ask_query(q, "seen") ? seen
					       : newest);
	json_decref(rows);
	json_object_set_new(body, "value", value);
	answer_json(a, 200, body);
}

json_t *user_find(struct ask *q, struct answer *a, const char *key) {
	json_t *row = db_row(
		q->w, "SELECT n, guid, upn, doc AS \"doc:j\" FROM user WHERE (guid = ? OR upn = ?) AND deleted = 0",
		"ss", key, key);
	if (!row)
		graph_error(a, 404, "Request_ResourceNotFound", NULL,
			    "Resource '%s' does not exist or one of its queried reference-property objects are not "
			    "present.",
			    key);
	return row;
}

void user_get(struct ask *q, struct answer *a) {
	json_t *row;
	if (!select_known(q, a) || !(row = user_find(q, a, q->arg[0])))
		return;
	json_t *view = user_view(json_object_get(row, "doc"), ask_query(q, "$select"));
	json_object_set_new(view, "@odata.context", json_string(CONTEXT "/$entity"));
	answer_json(a, 200, view);
	json_decref(row);
}

void purpose_get(struct ask *q, struct answer *a) {
	static const char *const purposes[][2] = { { "UserMailbox", "user" },
						   { "SharedMailbox", "shared" },
						   { "RoomMailbox", "room" },
						   { "EquipmentMailbox", "equipment" } };
	json_t *row = user_find(q, a, q->arg[0]), *box;
	if (!row)
		return;
	box = db_row(q->w, "SELECT type FROM mailbox WHERE guid = ?", "s",
		     json_string_value(json_object_get(row, "guid")));
	const char *type = json_string_value(json_object_get(box, "type"));
	if (!box)
		graph_error(a, 404, "MailboxNotEnabledForRESTAPI", NULL,
			    "The mailbox is either inactive, soft-deleted, or is hosted on-premise.");
	for (size_t i = 0; box && i < sizeof purposes / sizeof *purposes; i++)
		if (strcmp(type, purposes[i][0]) == 0)
			answer_json(a, 200, json_pack("{s:s}", "value", purposes[i][1]));
	json_decref(row);
	json_decref(box);
}
