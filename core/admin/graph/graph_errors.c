/* SPDX-License-Identifier: MIT
 *
 * graph_errors.c - refusals of Graph in words, with what to do about them (exchange-wire.md D, graph errors.md).
 */
#include <stdio.h>
#include <string.h>

#include "core/admin/graph/graph_int.h"
#include "core/base/text.h"

/* What a request needs: the first row whose method and part of the path fit. A delegated sign-in needs the scope of the
 * same name. */
static const struct {
	const char *method, *path, *permission;
} needs[] = {
	{ "GET", "signInActivity", "AuditLog.Read.All" },
	{ "GET", "/reports/", "Reports.Read.All" },
	{ "GET", "/serviceAnnouncement/messages", "ServiceMessage.Read.All" },
	{ "GET", "/serviceAnnouncement/", "ServiceHealth.Read.All" },
	{ "GET", "/subscribedSkus", "LicenseAssignment.Read.All" },
	{ "GET", "/organization", "Organization.Read.All" },
	{ "GET", "/transitiveMemberOf", "GroupMember.Read.All" },
	{ "GET", "/users", "User.Read.All" },
	{ "POST", "/assignLicense", "LicenseAssignment.ReadWrite.All" },
	{ "POST", "/revokeSignInSessions", "User.RevokeSessions.All" },
	{ "POST", "/users", "User.ReadWrite.All" },
	{ "PATCH", "/users", "User.ReadWrite.All" },
};

/* What the service says, and what it means. status 0: any. The first row that fits. */
static const struct {
	int status;
	const char *code, *text; /* parts of it; NULL = any */
	enum err_cat cat;
	const char *say;
} refusals[] = {
	{ 0, NULL, "invalid usage location", ERR_INPUT,
	  "The user has no usage location, and a licence needs one: give --location (two letters, such as DE)" },
	{ 0, NULL, "does not have any available licenses", ERR_INPUT,
	  "No licence of that kind is free: buy more, or take one from somebody who has left" },
	{ 0, NULL, "does not have enough licenses", ERR_INPUT,
	  "No licence of that kind is free: buy more, or take one from somebody who has left" },
	{ 0, NULL, "conflicting service plans", ERR_INPUT,
	  "The licence holds a service that another licence of the user holds too: remove that one in the same step" },
	{ 0, NULL, "depends on the service plan", ERR_INPUT,
	  "The licence needs a service that the user does not have: assign the licence that holds it first" },
	{ 0, NULL, "password does not comply", ERR_INPUT,
	  "The tenant's password policy refused the password: 8 to 256 characters of three kinds at least, and no "
	  "common word; or leave it to mailvan to make one" },
	{ 0, NULL, "userPrincipalName already exists", ERR_INPUT, "A user of that name exists already" },
	{ 0, NULL, "proxyAddresses already exists", ERR_INPUT,
	  "Another object (a group, a contact or a deleted user) has this address already: free it first" },
	{ 0, NULL, "mailNickname already exists", ERR_INPUT, "Another object has this mail nickname already" },
	{ 0, "ObjectConflict", NULL, ERR_INPUT, "Another object has one of these values already" },
	{ 0, NULL, "verified domain", ERR_INPUT,
	  "The domain of the user's name is not verified in this tenant: add and verify it in the Microsoft 365 admin "
	  "center, or use one that is" },
	{ 0, NULL, "domain portion of the userPrincipalName", ERR_INPUT,
	  "The domain of the user's name is not verified in this tenant: add and verify it in the Microsoft 365 admin "
	  "center, or use one that is" },
	{ 0, NULL, "on-premises mastered", ERR_INPUT,
	  "The user is synced from Active Directory: change it there, then let the synchronisation run" },
	{ 0, NULL, "on-premises", ERR_INPUT,
	  "The user is synced from Active Directory: change it there, then let the synchronisation run" },
	{ 404, NULL, NULL, ERR_NO_MAILBOX, "It is not there: the name is wrong, or it was deleted" },
	{ 0, "Request_ResourceNotFound", NULL, ERR_NO_MAILBOX,
	  "It is not there: the name is wrong, or it was deleted" },
	{ 0, "QuotaExceeded", NULL, ERR_INPUT,
	  "The directory's quota of objects is used up: delete what is not needed, or ask Microsoft to raise it" },
	{ 413, NULL, NULL, ERR_INPUT, "The request is too large for Graph" },
	{ 507, NULL, NULL, ERR_OVER_QUOTA, "The tenant's storage is full" },
};

bool graph_is_throttle(int status) {
	return status == 429 || status == 503 || status == 504 || status == 408;
}

static const char *permission(const char *method, const char *path) {
	for (size_t i = 0; i < sizeof needs / sizeof *needs; i++)
		if (strcmp(needs[i].method, method) == 0 && strstr(path, needs[i].path))
			return needs[i].permission;
	return NULL;
}

static bool denied(const char *method, const char *path, const char *said, struct err *e) {
	const char *need = permission(method, path);
	bool user = strcmp(method, "GET") != 0 && strstr(path, "/users");
	if (need)
		err_set(e, ERR_NO_PERMISSION,
			"The sign-in lacks %s: grant it in Entra admin center > App registrations > API permissions, "
			"with admin consent%s",
			need,
			user ? " (users who hold an admin role need the role Privileged Authentication "
			       "Administrator as well)"
			     : "");
	else
		err_set(e, ERR_NO_PERMISSION, "Graph refused it for lack of a permission: %s", said);
	/* A refusal of a write may be about this one user; a list that may not be read is not. */
	e->scope = user ? ERR_SCOPE_MAILBOX : ERR_SCOPE_PROGRAM;
	return false;
}

static bool has(const char *text, const char *part) {
	return !part || strcasestr(text, part);
}

static bool refused(const char *method, const char *path, int status, const json_t *doc, const char *request_id,
		    struct err *e) {
	const json_t *error = json_object_get(doc, "error");
	const char *message = json_str(error, "message"), *code = json_str(error, "code");
	const char *detail = json_str(json_array_get(json_object_get(error, "details"), 0), "code");
	char said[240], what[80];
	text_sanitise(said, sizeof said, message, strlen(message));
	text_sanitise(what, sizeof what, code, strlen(code));
	if (graph_is_throttle(status))
		return err_set(e, ERR_THROTTLED, "Graph is busy (%d)", status);
	if (status == 401)
		return err_set(e, ERR_TOKEN_EXPIRED,
			       "Graph refused the access token: sign in again (mailvan tenant sign-in)%s%s",
			       said[0] ? "; it says: " : "", said);
	if (status == 424)
		return err_set(e, ERR_INPUT, "Not tried, because the step before it failed");
	for (size_t i = 0; i < sizeof refusals / sizeof *refusals; i++)
		if ((!refusals[i].status || refusals[i].status == status) &&
		    (has(code, refusals[i].code) || (refusals[i].code && has(detail, refusals[i].code))) &&
		    has(message, refusals[i].text))
			return err_set(e, refusals[i].cat, "%s", refusals[i].say);
	if (status == 403)
		return denied(method, path, said, e);
	err_set(e, status >= 500 ? ERR_SERVER_BUG : ERR_INPUT, "Graph says: %s (%s%s%d%s%s)",
		said[0] ? said : "nothing", what, what[0] ? ", " : "", status,
		request_id && request_id[0] ? ", request " : "", request_id ? request_id : "");
	if (status >= 500)
		e->retry = ERR_RETRY_LATER;
	return false;
}

bool graph_refused(const char *method, const char *path, int status, const json_t *doc, const char *request_id,
		   struct err *e) {
	refused(method, path, status, doc, request_id, e);
	/* What is wrong with one request says nothing of the next. */
	if (e->cat == ERR_INPUT)
		e->scope = ERR_SCOPE_MAILBOX;
	return false;
}

bool graph_says_exists(const struct err *e, int status, const json_t *answer) {
	const json_t *error = json_object_get(answer, "error");
	const char *message = json_str(error, "message");
	(void)e;
	return (status == 400 || status == 409) &&
	       (strcasestr(message, "already exists") ||
		strcmp(json_str(json_array_get(json_object_get(error, "details"), 0), "code"), "ObjectConflict") == 0);
}

bool graph_says_missing(int status, const json_t *answer) {
	return status == 404 ||
	       strcmp(json_str(json_object_get(answer, "error"), "code"), "Request_ResourceNotFound") == 0;
}
