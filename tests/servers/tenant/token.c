/* SPDX-License-Identifier: MIT
 *
 * token.c - the token endpoint: client credentials, device code, refresh token (reference/exchange-wire.md A.1 to A.4).
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/servers/tenant/tenant.h"

/* A.5: what the registered app was granted, per resource; {"roles":[...]} played reduces it. */
static const char *const GRAPH_ROLES[] = { "User.Read.All",
					   "User.ReadWrite.All",
					   "User.EnableDisableAccount.All",
					   "User-PasswordProfile.ReadWrite.All",
					   "User.RevokeSessions.All",
					   "LicenseAssignment.Read.All",
					   "LicenseAssignment.ReadWrite.All",
					   "Organization.Read.All",
					   "Directory.Read.All",
					   "Reports.Read.All",
					   "AuditLog.Read.All",
					   "ServiceHealth.Read.All",
					   "ServiceMessage.Read.All",
					   "MailboxSettings.Read",
					   NULL };
static const char *const EXCHANGE_ROLES[] = { "Exchange.ManageAsApp", "IMAP.AccessAsApp", "POP.AccessAsApp", NULL };
static const char *const EXCHANGE_SCOPES[] = { "Exchange.Manage", "IMAP.AccessAsUser.All", "POP.AccessAsUser.All",
					       NULL };
static const char DELEGATED_ONLY[] = "ServiceMessageViewpoint.Write";

static void oauth_error(struct answer *a, const char *error, const char *text) {
	char date[40], trace[37], line[700];
	const char *digits = strncmp(text, "AADSTS", 6) == 0 ? text + 6 : "0";
	iso_time(now_ms(), date);
	date[10] = ' ';
	new_guid(trace);
	snprintf(line, sizeof line, "%s Trace ID: %s Correlation ID: %s Timestamp: %s", text, trace, trace, date);
	answer_json(a, strcmp(error, "invalid_client") == 0 ? 401 : 400,
		    json_pack("{s:s, s:s, s:[i], s:s, s:s, s:s}", "error", error, "error_description", line,
			      "error_codes", (int)strtol(digits, NULL, 10), "timestamp", date, "trace_id", trace,
			      "correlation_id", trace));
}

static const char *field(const struct ask *q, const char *name) {
	const char *v = json_string_value(json_object_get(q->body, name));
	return v ? v : "";
}

/* AADSTS codes and their texts are A.1's [K]. */
static bool tenant_and_client(struct ask *q, struct answer *a, bool may_be_public) {
	const char *t = q->arg[0], *type = ask_header(q, "content-type");
	bool any = may_be_public && (strcmp(t, "organizations") == 0 || strcmp(t, "common") == 0);
	if (strncmp(type, "application/x-www-form-urlencoded", 33) != 0 || !json_is_object(q->body))
		oauth_error(a, "invalid_request",
			    "AADSTS900144: The request body must contain the following parameter: 'grant_type'.");
	else if (!any && strcmp(t, TENANT_DOMAIN) != 0 && strcmp(t, TENANT_GUID) != 0)
		oauth_error(a, "invalid_request",
			    "AADSTS90002: Tenant not found. Check to make sure you have the correct tenant ID.");
	else if (strcmp(field(q, "client_id"), APP_CLIENT) != 0 &&
		 !(may_be_public && strcmp(field(q, "client_id"), PUBLIC_CLIENT) == 0))
		oauth_error(a, "unauthorized_client",
			    "AADSTS700016: Application with the given identifier was not found in the directory.");
	else
		return true;
	return false;
}

/* The resource of a scope: of exactly one; NULL otherwise. Words without a resource (offline_access) don't count. */
static const char *resource_of(struct ask *q, const char *scope, bool default_only, char *out, size_t size) {
	static const char *const aliases[][2] = { { "https://graph.microsoft.com/", AUD_GRAPH },
						  { "https://outlook.office365.com/", AUD_EXCHANGE },
						  { "https://outlook.office.com/", AUD_EXCHANGE } };
	char words[1000];
	*out = '\0';
	snprintf(words, sizeof words, "%s", scope);
	for (char *save, *s = strtok_r(words, " ", &save); s; s = strtok_r(NULL, " ", &save)) {
		const char *found = NULL, *slash = strrchr(s, '/');
		if (!slash)
			continue;
		if (default_only && strcmp(slash, "/.default") != 0)
			return NULL;
		for (size_t i = 0; i < sizeof aliases / sizeof *aliases; i++)
			if (strncmp(s, aliases[i][0], strlen(aliases[i][0])) == 0)
				found = aliases[i][1];
		/* A client that makes its scope from a base URL (national clouds) may use both services with it. */
		if (!found &&
		    (strncmp(s, q->w->base, strlen(q->w->base)) == 0 || strncmp(s, "https://localhost:", 18) == 0))
			found = q->w->base;
		if (!found || (*out && strcmp(out, found) != 0))
			return NULL;
		snprintf(out, size, "%s", found);
	}
	return *out ? out : NULL;
}

static bool granted(const json_t *only, const char *role) {
	if (!json_is_array(only))
		return true;
	size_t i;
	json_t *v;
	json_array_foreach(only, i, v) {
		if (json_is_string(v) && strcmp(json_string_value(v), role) == 0)
			return true;
	}
	return false;
}

static json_t *roles_for(struct ask *q, const char *aud, bool app) {
	json_t *played = setting_get(q->w, "roles"), *roles = json_array();
	const json_t *only = json_object_get(played, "roles");
	bool both = strcmp(aud, q->w->base) == 0;
	if (both || strcmp(aud, AUD_GRAPH) == 0)
		for (size_t i = 0; GRAPH_ROLES[i]; i++)
			if (granted(only, GRAPH_ROLES[i]))
				json_array_append_new(roles, json_string(GRAPH_ROLES[i]));
	if (both || strcmp(aud, AUD_EXCHANGE) == 0)
		for (size_t i = 0; (app ? EXCHANGE_ROLES : EXCHANGE_SCOPES)[i]; i++)
			if (granted(only, (app ? EXCHANGE_ROLES : EXCHANGE_SCOPES)[i]))
				json_array_append_new(roles, json_string((app ? EXCHANGE_ROLES : EXCHANGE_SCOPES)[i]));
	if (!app && granted(only, DELEGATED_ONLY))
		json_array_append_new(roles, json_string(DELEGATED_ONLY));
	json_decref(played);
	return roles;
}

static json_t *joined(json_t *roles) {
	char text[2000] = "";
	size_t i, n = 0;
	json_t *v;
	json_array_foreach(roles, i, v) {
		n += (size_t)snprintf(text + n, sizeof text - n, "%s%s", i ? " " : "", json_string_value(v));
	}
	json_decref(roles);
	return json_string(text);
}

static void grant(struct ask *q, struct answer *a, const char *aud, bool app) {
	json_t *claims =
		app ? json_pack("{s:s, s:s, s:s, s:s, s:s, s:o}", "aud", aud, "appid", APP_CLIENT, "azp", APP_CLIENT,
				"app_displayname", "mailvan test app", "idtyp", "app", "roles", roles_for(q, aud, true))
		    : json_pack("{s:s, s:s, s:s, s:s, s:s, s:o}", "aud", aud, "appid", PUBLIC_CLIENT, "azp",
				PUBLIC_CLIENT, "upn", TENANT_ADMIN, "idtyp", "user", "scp",
				joined(roles_for(q, aud, false)));
	json_t *more = setting_get(q->w, "claims");
	json_object_update(claims, json_object_get(more, "claims"));
	json_decref(more);
	json_t *scope = app ? NULL : json_incref(json_object_get(claims, "scp"));
	char *token = jwt_issue(q->w, claims, q->w->token_life);
	json_t *body = json_pack("{s:s, s:I, s:s}", "token_type", "Bearer", "expires_in", (json_int_t)q->w->token_life,
				 "access_token", token);
	free(token);
	if (app) {
		json_object_set_new(body, "ext_expires_in", json_integer(q->w->token_life));
	} else {
		char refresh[37];
		new_guid(refresh);
		db_do(q->w, "INSERT INTO refresh VALUES(?)", "s", refresh);
		json_object_set_new(body, "scope", scope);
		json_object_set_new(body, "refresh_token", json_string(refresh));
	}
	answer_json(a, 200, body);
	answer_header(a, "Cache-Control", "no-store, no-cache");
}

static void client_credentials(struct ask *q, struct answer *a) {
	const char *secret = field(q, "client_secret"), *assertion = field(q, "client_assertion"), *why, *aud;
	char audience[200], endpoint[600], error[300];
	snprintf(endpoint, sizeof endpoint, "%s%s", q->w->base, q->path);
	if (strcmp(field(q, "client_id"), APP_CLIENT) != 0)
		oauth_error(a, "unauthorized_client",
			    "AADSTS700016: Application with the given identifier was not found in the directory.");
	else if (*assertion && strcmp(field(q, "client_assertion_type"),
				      "urn:ietf:params:oauth:client-assertion-type:jwt-bearer") != 0)
		oauth_error(a, "invalid_request", "AADSTS70003: The app requested an unsupported assertion type.");
	else if (*assertion && !jwt_assertion(q->w, assertion, endpoint, &why))
		oauth_error(a, "invalid_client", why);
	else if (!*assertion && !*secret)
		oauth_error(a, "invalid_client",
			    "AADSTS7000218: The request body must contain the following parameter: 'client_assertion' "
			    "or 'client_secret'.");
	else if (!*assertion && strcmp(secret, APP_SECRET) != 0)
		oauth_error(a, "invalid_client", "AADSTS7000215: Invalid client secret provided.");
	else if (!(aud = resource_of(q, field(q, "scope"), true, audience, sizeof audience))) {
		snprintf(error, sizeof error,
			 "AADSTS70011: The provided value for the input parameter 'scope' is not valid. "
			 "The scope %.120s is not valid.",
			 field(q, "scope"));
		oauth_error(a, "invalid_scope", error);
	} else
		grant(q, a, aud, true);
}

void device_code_post(struct ask *q, struct answer *a) {
	char code[37], audience[200];
	if (!tenant_and_client(q, a, true))
		return;
	if (strcmp(field(q, "client_id"), PUBLIC_CLIENT) != 0) {
		oauth_error(a, "invalid_client",
			    "AADSTS7000218: The request body must contain the following parameter: 'client_assertion' "
			    "or 'client_secret'.");
		return;
	}
	if (!resource_of(q, field(q, "scope"), false, audience, sizeof audience)) {
		oauth_error(a, "invalid_scope",
			    "AADSTS70011: The provided value for the input parameter 'scope' is not valid.");
		return;
	}
	new_guid(code);
	db_do(q->w, "INSERT INTO device_code VALUES(?, ?, 0, 0)", "ss", code, audience);
	answer_json(a, 200,
		    json_pack("{s:s, s:s, s:s, s:i, s:i, s:s}", "user_code", "ABC12345", "device_code", code,
			      "verification_uri", "https://microsoft.com/devicelogin", "expires_in", 900, "interval", 1,
			      "message",
			      "To sign in, use a web browser to open the page https://microsoft.com/devicelogin and "
			      "enter the code ABC12345 to authenticate."));
}

/* A played {"device_code":"approve|decline|expire","after":N} says what the user does after N polls. */
static void device_code_poll(struct ask *q, struct answer *a) {
	const char *code = field(q, "device_code");
	json_t *row = db_row(q->w, "SELECT scope, polls, polled FROM device_code WHERE code = ?", "s", code);
	json_t *played = setting_get(q->w, "device_code"), *after = json_object_get(played, "after");
	const char *what = json_string_value(json_object_get(played, "device_code"));
	json_int_t polls = json_integer_value(json_object_get(row, "polls")),
		   wanted = after ? json_integer_value(after) : 1;
	int64_t since = now_ms() - json_integer_value(json_object_get(row, "polled"));
	db_do(q->w, "UPDATE device_code SET polls = polls + 1, polled = ? WHERE code = ?", "is", now_ms(), code);
	if (!row)
		oauth_error(a, "bad_verification_code", "AADSTS7000012: The verification code is not known.");
	else if (since < 700)
		oauth_error(a, "slow_down", "AADSTS50198: Polled faster than the interval allows.");
	else if (polls < wanted)
		oauth_error(a, "authorization_pending",
			    "AADSTS70016: OAuth 2.0 device flow error. Authorization is pending. Continue polling.");
	else if (what && strcmp(what, "decline") == 0)
		oauth_error(a, "authorization_declined", "AADSTS70008: End-user declined the authorization request.");
	else if (what && strcmp(what, "expire") == 0)
		oauth_error(a, "expired_token", "AADSTS70020: The provided device code has expired.");
	else {
		db_do(q->w, "DELETE FROM device_code WHERE code = ?", "s", code);
		grant(q, a, json_string_value(json_object_get(row, "scope")), false);
	}
	json_decref(played);
	json_decref(row);
}

/* Not bound to a resource: it may be redeemed for the other one (A.4.3). */
static void refresh_redeem(struct ask *q, struct answer *a) {
	char audience[200];
	const char *aud = resource_of(q, field(q, "scope"), false, audience, sizeof audience);
	json_t *played = setting_get(q->w, "refresh"), *rotate = setting_get(q->w, "rotate");
	if (played || db_int(q->w, "SELECT 1 FROM refresh WHERE token = ?", "s", field(q, "refresh_token")) != 1)
		oauth_error(a, "invalid_grant", "AADSTS700082: The refresh token has expired due to inactivity.");
	else if (!aud)
		oauth_error(a, "invalid_scope",
			    "AADSTS70011: The provided value for the input parameter 'scope' is not valid.");
	else {
		if (rotate)
			db_do(q->w, "DELETE FROM refresh WHERE token = ?", "s", field(q, "refresh_token"));
		grant(q, a, aud, false);
	}
	json_decref(played);
	json_decref(rotate);
}

void token_post(struct ask *q, struct answer *a) {
	const char *type = field(q, "grant_type");
	bool credentials = strcmp(type, "client_credentials") == 0;
	if (!tenant_and_client(q, a, !credentials))
		return;
	if (credentials)
		client_credentials(q, a);
	else if (strcmp(type, "urn:ietf:params:oauth:grant-type:device_code") == 0)
		device_code_poll(q, a);
	else if (strcmp(type, "refresh_token") == 0)
		refresh_redeem(q, a);
	else
		oauth_error(a, "unsupported_grant_type", "AADSTS70003: The app requested an unsupported grant type.");
}
