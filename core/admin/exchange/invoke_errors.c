/* SPDX-License-Identifier: MIT
 *
 * invoke_errors.c - refusals of InvokeCommand in words, with what to do about them (exchange-wire.md E.1).
 */
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "core/admin/exchange/invoke_int.h"
#include "core/base/text.h"

/* By the last word of the exception's type. */
static const struct {
	const char *type;
	enum err_cat cat;
	enum err_retry retry;
} exceptions[] = {
	{ "ManagementObjectNotFoundException", ERR_NO_MAILBOX, ERR_RETRY_NEVER },
	{ "ManagementObjectAmbiguousException", ERR_INPUT, ERR_RETRY_NEVER },
	{ "ParameterBindingException", ERR_INPUT, ERR_RETRY_NEVER },
	{ "RecipientTaskException", ERR_INPUT, ERR_RETRY_NEVER },
	{ "MapiExceptionNetworkError", ERR_NET, ERR_RETRY_LATER },
	{ "TransientException", ERR_NET, ERR_RETRY_LATER },
};

/* "Ex6F9304|Microsoft.Exchange....ManagementObjectNotFoundException|The operation couldn't ..." */
static void read_detail(const char *detail, char *type, size_t type_size, const char **text) {
	const char *last = strrchr(detail, '|');
	const char *begin = detail;
	*text = last ? last + 1 : detail;
	if (!last)
		return;
	for (const char *p = detail; p < last; p++)
		if (*p == '|' || *p == '.')
			begin = p + 1;
	if (begin == detail)
		return;
	text_sanitise(type, type_size, begin, (size_t)(last - begin));
}

static void last_word(char *type, size_t size, const char *exception) {
	const char *dot = strrchr(exception, '.');
	text_sanitise(type, size, dot ? dot + 1 : exception, strlen(dot ? dot + 1 : exception));
}

bool invoke_is_throttle(const struct invoke_answer *a) {
	static const char busy[] = "maximum number of concurrent requests";
	const json_t *details = json_at(a->doc, "error/details");
	const char *text = json_str(json_array_get(details, 0), "message");
	const char *message = json_str(json_object_get(a->doc, "error"), "message");
	return a->status == 429 || a->status == 503 || a->status == 504 || a->status == 408 ||
	       (a->status >= 400 && a->status < 500 && (strcasestr(text, busy) || strcasestr(message, busy)));
}

/* What the status alone says. */
static bool by_status(const char *cmdlet, const struct invoke_answer *a, const char *said, struct err *e) {
	if (invoke_is_throttle(a)) {
		err_set(e, ERR_THROTTLED, "%s: Exchange Online is busy (%d)", cmdlet, a->status);
		return true;
	}
	if (a->status == 401) {
		err_set(e, ERR_AUTH_POLICY,
			"%s: Exchange Online refused the access token: give the app the role Exchange.ManageAsApp of "
			"Office 365 Exchange Online (Entra admin center > App registrations > API permissions) and "
			"grant admin consent",
			cmdlet);
		e->scope = ERR_SCOPE_PROGRAM;
		return true;
	}
	if (a->status == 403) {
		err_set(e, ERR_NO_PERMISSION,
			"%s is not open to this sign-in: give it the Entra role Exchange Administrator (Exchange "
			"Recipient Administrator for mailboxes alone, Global Reader to look)%s%s",
			cmdlet, *said ? ": " : "", said);
		e->scope = ERR_SCOPE_PROGRAM;
		return true;
	}
	return false;
}

bool invoke_refused(const char *cmdlet, const struct invoke_answer *a, char *type, size_t type_size, struct err *e) {
	char kind[120] = "", clean[300];
	const char *text = "";
	const json_t *error = json_object_get(a->doc, "error");
	const char *detail = json_str(json_array_get(json_object_get(error, "details"), 0), "message");
	if (*detail)
		read_detail(detail, kind, sizeof kind, &text);
	if (!*text)
		text = json_str(json_at(error, "innererror/internalexception"), "message");
	if (!*text)
		text = json_str(error, "message");
	if (!*kind && a->exception)
		last_word(kind, sizeof kind, a->exception);
	if (type)
		text_copy(type, type_size, kind);
	text_sanitise(clean, sizeof clean, text, strlen(text));
	err_clear(e);
	if (by_status(cmdlet, a, clean, e))
		return false;
	enum err_cat cat = a->status >= 500 ? ERR_SERVER_BUG : ERR_INPUT;
	enum err_retry retry = a->status >= 500 ? ERR_RETRY_LATER : ERR_RETRY_NEVER;
	for (size_t i = 0; i < sizeof exceptions / sizeof *exceptions; i++)
		if (strcasecmp(kind, exceptions[i].type) == 0) {
			cat = exceptions[i].cat;
			retry = exceptions[i].retry;
		}
	if (*clean)
		err_set(e, cat, "%s: %s", cmdlet, clean);
	else
		err_set(e, cat, "%s: Exchange Online answered %d without a reason (request %s)", cmdlet, a->status,
			*a->request_id ? a->request_id : "unknown");
	e->retry = retry;
	e->scope = ERR_SCOPE_MAILBOX; /* of this target: the next one may be fine */
	return false;
}

void invoke_warnings(const json_t *doc, char *dst, size_t size) {
	const json_t *list = json_object_get(doc, "@adminapi.warnings");
	size_t used = 0;
	*dst = '\0';
	for (size_t i = 0; i < json_array_size(list) && used + 2 < size; i++) {
		const char *s = json_string_value(json_array_get(list, i));
		if (!s || !*s)
			continue;
		if (used)
			dst[used++] = ' ';
		used += text_sanitise(dst + used, size - used, s, strlen(s));
	}
}
