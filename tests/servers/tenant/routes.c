/* SPDX-License-Identifier: MIT
 *
 * routes.c - the table of what the server answers, and the way of every request: rule, route, sign-in, handler, log.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/servers/tenant/tenant.h"

enum realm { OPEN, GRAPH, EXCHANGE };

/* Least roles of sections D and G first, then those that include them. */
#define READS_USERS "User.Read.All User.ReadBasic.All User.ReadWrite.All Directory.Read.All"
#define WRITES_USERS "User.ReadWrite.All Directory.ReadWrite.All"
#define CHANGES_USERS WRITES_USERS " User.EnableDisableAccount.All User-PasswordProfile.ReadWrite.All"
#define READS_ORGANISATION "Organization.Read.All Directory.Read.All User.Read.All LicenseAssignment.Read.All"
#define READS_LICENSES                                                                                                 \
	"LicenseAssignment.Read.All LicenseAssignment.ReadWrite.All Organization.Read.All Directory.Read.All"
#define READS_GROUPS "User.Read.All GroupMember.Read.All Group.Read.All Directory.Read.All Directory.ReadWrite.All"
#define READS_HEALTH "ServiceHealth.Read.All"
#define READS_MESSAGES "ServiceMessage.Read.All"
#define ADMINISTERS "Exchange.ManageAsApp Exchange.Manage"
#define ANNOUNCEMENTS "/v1.0/admin/serviceAnnouncement/"

static const struct route {
	const char *method, *path; /* '*': one segment, or what is between two characters of the path */
	enum realm realm;
	const char *any_role; /* NULL: a token is enough */
	handler_fn *run;
} ROUTES[] = {
	{ "POST", "/*/oauth2/v2.0/token", OPEN, NULL, token_post },
	{ "POST", "/*/oauth2/v2.0/devicecode", OPEN, NULL, device_code_post },
	{ "GET", "/v1.0/users", GRAPH, READS_USERS, users_list },
	{ "POST", "/v1.0/users", GRAPH, WRITES_USERS, user_create },
	{ "GET", "/v1.0/users/delta", GRAPH, READS_USERS, users_delta },
	{ "GET", "/v1.0/users/delta()", GRAPH, READS_USERS, users_delta },
	{ "GET", "/v1.0/users/*", GRAPH, READS_USERS, user_get },
	{ "PATCH", "/v1.0/users/*", GRAPH, CHANGES_USERS, user_change },
	{ "DELETE", "/v1.0/users/*", GRAPH, WRITES_USERS, user_delete },
	{ "POST", "/v1.0/users/*/assignLicense", GRAPH,
	  "LicenseAssignment.ReadWrite.All User.ReadWrite.All Directory.ReadWrite.All", user_license },
	{ "POST", "/v1.0/users/*/revokeSignInSessions", GRAPH, "User.RevokeSessions.All " WRITES_USERS, user_revoke },
	{ "GET", "/v1.0/users/*/transitiveMemberOf", GRAPH, READS_GROUPS, user_groups },
	{ "GET", "/v1.0/users/*/mailboxSettings/userPurpose", GRAPH, "MailboxSettings.Read", purpose_get },
	{ "GET", "/v1.0/directory/deletedItems/microsoft.graph.user", GRAPH, READS_USERS, deleted_list },
	{ "POST", "/v1.0/directory/deletedItems/*/restore", GRAPH, WRITES_USERS, deleted_restore },
	{ "GET", "/v1.0/organization", GRAPH, READS_ORGANISATION, organization_get },
	{ "GET", "/v1.0/subscribedSkus", GRAPH, READS_LICENSES, skus_get },
	{ "GET", "/v1.0/reports/getMailboxUsageDetail(*)", GRAPH, "Reports.Read.All", report_redirect },
	{ "GET", "/report-data/*.csv", OPEN, NULL, report_data },
	{ "GET", ANNOUNCEMENTS "healthOverviews", GRAPH, READS_HEALTH, health_list },
	{ "GET", ANNOUNCEMENTS "healthOverviews/*", GRAPH, READS_HEALTH, health_list },
	{ "GET", ANNOUNCEMENTS "issues", GRAPH, READS_HEALTH, issues_list },
	{ "GET", ANNOUNCEMENTS "issues/*", GRAPH, READS_HEALTH, issue_get },
	{ "GET", ANNOUNCEMENTS "messages", GRAPH, READS_MESSAGES, messages_list },
	{ "GET", ANNOUNCEMENTS "messages/*", GRAPH, READS_MESSAGES, message_get },
	{ "POST", ANNOUNCEMENTS "messages/*", GRAPH, "ServiceMessageViewpoint.Write", messages_mark },
	{ "POST", "/v1.0/$batch", GRAPH, NULL, graph_batch },
	{ "POST", "/adminapi/beta/*/InvokeCommand", EXCHANGE, ADMINISTERS, invoke_post },
	{ "POST", "/adminapi/beta/*/$batch", EXCHANGE, ADMINISTERS, invoke_batch },
	{ "GET", "/autodiscover/autodiscover.json", OPEN, NULL, autodiscover_json },
	{ "GET", "/autodiscover/autodiscover.json/v1.0/*", OPEN, NULL, autodiscover_json },
	{ "POST", "/autodiscover/autodiscover.xml", EXCHANGE, NULL, autodiscover_pox },
	{ "POST", "/Autodiscover/Autodiscover.xml", EXCHANGE, NULL, autodiscover_pox },
	{ "OPTIONS", "/Microsoft-Server-ActiveSync", EXCHANGE, NULL, activesync_options },
	{ "GET", "/feeds/*", OPEN, NULL, feed_get },
};

/* '*' takes at least one byte and no '/', up to what follows it in the pattern. */
static bool path_fits(const char *pattern, const char *path, char arg[3][400]) {
	size_t n = 0;
	memset(arg, 0, 3 * sizeof *arg);
	for (; *pattern; pattern++) {
		if (*pattern != '*') {
			if (*pattern != *path++)
				return false;
			continue;
		}
		size_t len = strcspn(path, "/");
		if (pattern[1] && pattern[1] != '/') {
			size_t tail = strlen(pattern + 1);
			if (len <= tail)
				return false;
			len -= tail;
		}
		if (!len || n == 3)
			return false;
		snprintf(arg[n++], 400, "%.*s", (int)(len < 399 ? len : 399), path);
		path += len;
	}
	return !*path;
}

bool holds_role(const json_t *claims, const char *any_of) {
	char words[1000];
	const char *scp = json_string_value(json_object_get(claims, "scp"));
	snprintf(words, sizeof words, "%s", any_of);
	for (char *save, *w = strtok_r(words, " ", &save); w; w = strtok_r(NULL, " ", &save)) {
		size_t i, n = strlen(w);
		json_t *v;
		json_array_foreach(json_object_get(claims, "roles"), i, v) {
			if (strcmp(json_string_value(v), w) == 0)
				return true;
		}
		for (const char *p = scp; p && (p = strstr(p, w)); p += n)
			if ((p == scp || p[-1] == ' ') && (p[n] == ' ' || !p[n]))
				return true;
	}
	return false;
}

/* D for Graph; E.1: Exchange answers 401 without a body, for a missing role too. */
static bool signed_in(struct ask *q, struct answer *a, const struct route *r) {
	const char *bearer = ask_header(q, "authorization"), *why = "Access token is empty.", *aud;
	bool graph = r->realm == GRAPH;
	if (strncmp(bearer, "Bearer ", 7) == 0)
		q->claims = jwt_check(q->w, bearer + 7, &why);
	if (q->claims) {
		aud = json_string_value(json_object_get(q->claims, "aud"));
		why = NULL;
		if (strcmp(aud, graph ? AUD_GRAPH : AUD_EXCHANGE) != 0 && strcmp(aud, q->w->base) != 0)
			why = "Access token validation failure. Invalid audience.";
		else if (!r->any_role || holds_role(q->claims, r->any_role))
			return true;
	}
	if (!graph) {
		answer_text(a, 401, "text/plain", "", 0);
		answer_header(a, "WWW-Authenticate", "Bearer client_id=\"00000002-0000-0ff1-ce00-000000000000\"");
	} else if (why) {
		graph_error(a, 401, "InvalidAuthenticationToken", NULL, "%s", why);
		answer_header(a, "WWW-Authenticate", "Bearer realm=\"\"");
	} else
		graph_error(a, 403, "Authorization_RequestDenied", NULL,
			    "Insufficient privileges to complete the operation.");
	return false;
}

static void route(struct ask *q, struct answer *a) {
	bool known = false;
	for (size_t i = 0; i < sizeof ROUTES / sizeof *ROUTES; i++) {
		const struct route *r = &ROUTES[i];
		if (!path_fits(r->path, q->path, q->arg))
			continue;
		known = true;
		if (strcmp(r->method, q->method) != 0)
			continue;
		if (r->realm == OPEN || (signed_in(q, a, r) && (r->realm != GRAPH || write_allowed(q, a))))
			r->run(q, a);
		return;
	}
	/* E.1: v1.0 answers 405, and a GET of InvokeCommand is no call. */
	if (known || strstr(q->path, "/InvokeCommand"))
		graph_error(a, 405, "Request_BadRequest", NULL, "The method %s is not allowed here.", q->method);
	else
		graph_error(a, 404, "Request_ResourceNotFound", NULL, "Resource not found for the segment '%s'.",
			    q->path);
}

void serve(struct ask *q, struct answer *a, int position) {
	json_t *rule = rule_take(q->w, q, position);
	char id[37];
	if (json_is_true(json_object_get(rule, "late"))) {
		struct answer done = { 0 };
		route(q, &done); /* and nobody hears of it */
		answer_clear(&done);
	}
	if (!rule || !rule_apply(q->w, rule, a))
		route(q, a);
	json_decref(rule);
	if (!json_object_get(a->headers, "request-id")) {
		new_guid(id);
		answer_header(a, "request-id", id);
	}
	log_request(q->w, q, a);
	json_decref(q->claims);
	q->claims = NULL;
}
