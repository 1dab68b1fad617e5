/* SPDX-License-Identifier: MIT
 *
 * oauth_errors.c - a refused sign-in in a sentence with a remedy.
 *
 * The service warns that its AADSTS numbers may change, so they only choose words and the category; what the program
 * does next (go on polling, sign in again) follows from OAuth's own error names.
 */
#include <stdio.h>
#include <string.h>

#include "core/base/text.h"
#include "core/net/oauth_int.h"

#define AGAIN "sign in again: mailvan tenant sign-in"

static const struct row {
	int code;
	enum err_cat cat;
	const char *say;
} rows[] = {
	{ 7000215, ERR_AUTH_BAD,
	  "The client secret is wrong: give its value, not its id (Entra: App registrations, Certificates & secrets)" },
	{ 7000222, ERR_AUTH_BAD,
	  "The client secret has expired: add a new one to the app registration and give it here" },
	{ 7000218, ERR_AUTH_POLICY,
	  "The app may not sign in without a secret: set \"Allow public client flows\" to Yes in its registration "
	  "(Authentication), or give a secret or certificate" },
	{ 7000216, ERR_AUTH_BAD, "A client secret or certificate is missing: give one" },
	{ 700016, ERR_INPUT,
	  "No app with this client id is in the tenant: correct --client-id, or consent to the app in this tenant" },
	{ 7000112, ERR_AUTH_POLICY, "The app is disabled: enable it under Entra, Enterprise applications" },
	{ 700027, ERR_AUTH_BAD,
	  "The certificate is not the app's: upload it under Certificates & secrets, or give the one that is there" },
	{ 7000214, ERR_AUTH_BAD,
	  "The certificate was revoked: upload a new one to the app registration and give it here" },
	{ 700024, ERR_AUTH_BAD, "The signed request is outside its time: set this machine's clock (NTP)" },
	{ 50012, ERR_AUTH_BAD,
	  "The certificate's signature was refused: is it the one in the app registration, and is this machine's clock "
	  "right?" },
	{ 700021, ERR_AUTH_BAD, "The certificate belongs to another app than --client-id says" },
	{ 700023, ERR_INPUT, "The signed request was for another address: correct --authority" },
	{ 90002, ERR_INPUT, "There is no such tenant: correct its name, or --authority for a national cloud" },
	{ 900023, ERR_INPUT, "There is no such tenant: give its domain or its GUID" },
	{ 50059, ERR_INPUT, "There is no such tenant: give its domain or its GUID" },
	{ 70011, ERR_INPUT, "The service does not know what was asked for: correct --graph and --exchange" },
	{ 500011, ERR_INPUT,
	  "The tenant does not have this service: correct --graph and --exchange, or its subscription" },
	{ 65001, ERR_AUTH_POLICY,
	  "Nobody has consented to the app yet: grant admin consent in its registration (API permissions)" },
	{ 90094, ERR_AUTH_POLICY, "An administrator has to consent: grant admin consent in the app's registration" },
	{ 50105, ERR_AUTH_POLICY,
	  "This user is not assigned to the app: assign them under Entra, Enterprise applications, Users and groups" },
	{ 53003, ERR_AUTH_POLICY,
	  "Conditional Access blocks this sign-in: exclude the app or the device code flow, or sign in with a "
	  "certificate" },
	{ 53000, ERR_AUTH_POLICY,
	  "Conditional Access wants a compliant device: exclude the app, or use a certificate" },
	{ 50076, ERR_AUTH_POLICY, "A second factor is asked for; " AGAIN },
	{ 50079, ERR_AUTH_POLICY,
	  "This user has to set up a second factor first (https://aka.ms/mfasetup); then " AGAIN },
	{ 50158, ERR_AUTH_POLICY, "Conditional Access asks for more than was given; " AGAIN },
	{ 50034, ERR_AUTH_BAD, "This tenant does not know the user: sign in as one of its administrators" },
	{ 50020, ERR_AUTH_BAD, "The user belongs to another tenant: sign in as one of this tenant's administrators" },
	{ 50053, ERR_AUTH_BAD,
	  "The account is locked after too many wrong passwords: wait, or unlock it; then " AGAIN },
	{ 50055, ERR_AUTH_BAD, "The user's password has expired: change it, then " AGAIN },
	{ 50057, ERR_AUTH_BAD, "The account is disabled: enable it, or " AGAIN " as another" },
	{ 50173, ERR_AUTH_BAD, "The sign-in was revoked, for example by a new password; " AGAIN },
	{ 50133, ERR_AUTH_BAD, "The session ended with a new password; " AGAIN },
	{ 70008, ERR_AUTH_BAD, "The sign-in has expired; " AGAIN },
	{ 70043, ERR_AUTH_BAD, "The sign-in has lasted as long as Conditional Access allows; " AGAIN },
	{ 700082, ERR_AUTH_BAD, "The sign-in was not used for too long; " AGAIN },
};

/* Of the flow itself (RFC 6749, 5.2 and RFC 8628, 3.5), for codes that the table does not know. "" = the service's own
 * words. */
static const struct name_row {
	const char *error;
	enum err_cat cat;
	const char *say;
} names[] = {
	{ "authorization_declined", ERR_AUTH_BAD, "The sign-in was declined" },
	{ "access_denied", ERR_AUTH_BAD, "The sign-in was declined" },
	{ "expired_token", ERR_AUTH_BAD, "The code was not entered in time; " AGAIN },
	{ "code_expired", ERR_AUTH_BAD, "The code was not entered in time; " AGAIN },
	{ "bad_verification_code", ERR_AUTH_BAD, "The code is not valid any more; " AGAIN },
	{ "invalid_grant", ERR_AUTH_BAD, "" },
	{ "invalid_client", ERR_AUTH_BAD, "" },
	{ "interaction_required", ERR_AUTH_POLICY, "" },
	{ "consent_required", ERR_AUTH_POLICY, "" },
	{ "unauthorized_client", ERR_AUTH_POLICY, "" },
	{ "temporarily_unavailable", ERR_NET, "" },
	{ "server_error", ERR_NET, "" },
};

static const char *member(const json_t *o, const char *name) {
	const char *s = json_string_value(json_object_get(o, name));
	return s ? s : "";
}

static const struct row *row_of(long long code) {
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
		if (rows[i].code == code)
			return &rows[i];
	return NULL;
}

static const struct name_row *name_of(const char *error) {
	for (size_t i = 0; i < sizeof names / sizeof *names; i++)
		if (strcmp(names[i].error, error) == 0)
			return &names[i];
	return NULL;
}

/* "AADSTS7000215: Invalid client secret provided. Ensure ..." -> "Invalid client secret provided". */
static void first_sentence(char *dst, size_t size, const char *text) {
	if (strncmp(text, "AADSTS", 6) == 0 && strchr(text, ':'))
		text = strchr(text, ':') + 1;
	text += strspn(text, " ");
	size_t n = 0;
	while (text[n] && text[n] != '\r' && text[n] != '\n' &&
	       !(text[n] == '.' && (!text[n + 1] || text[n + 1] == ' ')))
		n++;
	text_sanitise(dst, size, text, n);
}

static void reference(char *dst, size_t size, long long code, const char *trace) {
	char clean[64];
	text_sanitise(clean, sizeof clean, trace, strlen(trace));
	if (code && *clean)
		snprintf(dst, size, " (AADSTS%lld, trace %s)", code, clean);
	else if (code)
		snprintf(dst, size, " (AADSTS%lld)", code);
	else
		text_copy(dst, size, "");
}

bool oauth_refused(const struct http_response *r, const json_t *answer, const struct oauth_app *app, struct err *e) {
	char said[200], more[128];
	const char *error = member(answer, "error");
	long long code = json_integer_value(json_array_get(json_object_get(answer, "error_codes"), 0));
	const struct name_row *name = name_of(error);
	const struct row *row = row_of(code);
	if (!*error)
		return err_set(e, ERR_SERVER_BUG,
			       "%s answered %ld and nothing that a sign-in service says: is --authority right?",
			       app->authority, r->status);
	reference(more, sizeof more, code, member(answer, "trace_id"));
	/* How the flow itself went comes first: 70008 is also what a declined code says. */
	if (name && *name->say)
		return err_set(e, name->cat, "%s%s", name->say, more);
	if (row)
		return err_set(e, row->cat, "%s%s", row->say, more);
	first_sentence(said, sizeof said, member(answer, "error_description"));
	return err_set(e, name ? name->cat : ERR_AUTH_POLICY, "The sign-in was refused: %s%s", *said ? said : error,
		       more);
}
