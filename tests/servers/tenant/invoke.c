/* SPDX-License-Identifier: MIT
 *
 * invoke.c - InvokeCommand of Exchange Online (E.1), the transport: headers, pages, errors in pipes, warnings.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "tests/servers/tenant/tenant.h"

#define PAGE_DEFAULT 100
#define PAGE_MOST 1000

static void fail_answer(struct answer *a, const struct cmdlet_run *r) {
	char detail[800];
	bool missing = strstr(r->type, "NotFoundException") != NULL, transient = strstr(r->type, "Transient") != NULL;
	snprintf(detail, sizeof detail, "Ex6F9304|%s|%s", r->type, r->text);
	answer_json(a,
		    missing	? 404
		    : transient ? 500
				: 400,
		    json_pack("{s:{s:s, s:s, s:[{s:s, s:s, s:s}], s:{s:s, s:s}}, s:O}", "error", "code",
			      missing	  ? "NotFound"
			      : transient ? "InternalServerError"
					  : "BadRequest",
			      "message", "Error executing cmdlet", "details", "code", transient ? "Server" : "Client",
			      "target", "", "message", detail, "innererror", "message", "Error executing cmdlet",
			      "type", "Microsoft.Exchange.Admin.OData.Core.ODataServiceException", "@adminapi.warnings",
			      r->warnings));
	answer_header(a, "X-ExceptionType", strrchr(r->type, '.') ? strrchr(r->type, '.') + 1 : r->type);
}

/* $select, and the annotations that clients have to step over (E.1). */
static json_t *dressed(json_t *row, const char *select) {
	json_t *out = json_object(), *v;
	const char *name;
	json_object_foreach(row, name, v) {
		char key[200];
		size_t n = strlen(name);
		const char *at = select;
		while (at && (at = strstr(at, name)) && !((at == select || at[-1] == ',') && (!at[n] || at[n] == ',')))
			at += n;
		if (select && !at)
			continue;
		snprintf(key, sizeof key, "%s@odata.type", name);
		if (json_is_array(v))
			json_object_set_new(out, key, json_string("#Collection(String)"));
		else if (strcmp(name, "Guid") == 0)
			json_object_set_new(out, key, json_string("#Guid"));
		json_object_set(out, name, v);
	}
	return out;
}

static void next_link(struct ask *q, json_t *body, long start) {
	char token[37], link[400];
	new_guid(token);
	db_do(q->w, "INSERT INTO page VALUES(?, ?, ?)", "sji", token, q->body, (int64_t)start);
	snprintf(link, sizeof link, "%s%s?$skiptoken=%s", q->w->base, q->path, token);
	json_object_set_new(body, "@odata.nextLink", json_string(link));
}

static void good_answer(struct ask *q, struct answer *a, struct cmdlet_run *r, long limit) {
	json_t *value = json_array(), *row;
	long n = 0, most = limit >= 0 && limit - r->from < r->size ? limit - r->from : r->size;
	size_t i, first = r->sliced ? 0 : (size_t)r->from;
	for (i = first; i < json_array_size(r->value) && n < most; i++, n++) {
		row = json_array_get(r->value, i);
		json_array_append_new(value, dressed(row, ask_query(q, "$select")));
	}
	json_t *body = json_pack("{s:s, s:s, s:O, s:o}", "@odata.context",
				 "https://outlook.office365.com/adminapi/beta/" TENANT_GUID
				 "/$metadata#Collection(Exchange.GenericHashTable)",
				 "adminapi.warnings@odata.type", "#Collection(String)", "@adminapi.warnings",
				 r->warnings, "value", value);
	if (i < json_array_size(r->value) && (limit < 0 || r->from + n < limit)) {
		next_link(q, body, r->from + n);
		if (r->size == 1)
			cmdlet_warn(r, "By default, only the first row is returned. Use ResultSize Unlimited.");
	}
	answer_json(a, 200, body);
}

static bool headers_fit(struct ask *q, struct answer *a) {
	const char *anchor = ask_header(q, "x-anchormailbox"), *wrong = NULL;
	bool app = json_object_get(q->claims, "roles") != NULL;
	const char *want = app ? "APP:" EXCHANGE_SYSTEM_MAILBOX "@" TENANT_GUID : "UPN:" TENANT_ADMIN;
	if (strncasecmp(ask_header(q, "content-type"), "application/json", 16) != 0)
		wrong = "Content-Type is not application/json.";
	else if (strcasecmp(anchor, want) != 0)
		wrong = "X-AnchorMailbox is missing, or not of the caller's tenant.";
	else if (strcmp(q->arg[0], TENANT_GUID) != 0 && strcmp(q->arg[0], TENANT_DOMAIN) != 0)
		wrong = "The tenant of the address is not the caller's.";
	if (wrong)
		answer_json(a, 400, json_pack("{s:{s:s, s:s}}", "error", "code", "BadRequest", "message", wrong));
	return !wrong;
}

/* -1: a page of another request. */
static long page_start(struct ask *q, struct answer *a) {
	const char *token = ask_query(q, "$skiptoken");
	json_t *row =
		token ? db_row(q->w, "SELECT body AS \"body:j\", start FROM page WHERE token = ?", "s", token) : NULL;
	long start = token ? -1 : 0;
	if (row && json_equal(json_object_get(row, "body"), q->body))
		start = (long)json_integer_value(json_object_get(row, "start"));
	json_decref(row);
	if (start < 0)
		answer_json(a, 400,
			    json_pack("{s:{s:s, s:s}}", "error", "code", "BadRequest", "message",
				      "The next page has to be asked for with the same body."));
	return start;
}

/* E.1 (a): without ResultSize the first page has one row and a warning. -1: no limit. */
static long limit_of(struct cmdlet_run *r, const struct cmdlet *c) {
	const json_t *size = json_object_get(r->p, "ResultSize");
	if (!cmdlet_takes(c, "ResultSize"))
		return -1;
	if (!size && r->from == 0)
		r->size = 1;
	return json_is_integer(size) ? (long)json_integer_value(size) : -1;
}

void invoke_post(struct ask *q, struct answer *a) {
	const json_t *input = json_object_get(q->body, "CmdletInput");
	json_t *p = json_object_get(input, "Parameters");
	const char *name = json_string_value(json_object_get(input, "CmdletName"));
	struct cmdlet_run r = { .q = q, .cmdlet = name, .size = ask_page_size(q, PAGE_DEFAULT, PAGE_MOST) };
	const struct cmdlet *c = cmdlets;
	if (!headers_fit(q, a))
		return;
	if (!name || (p && !json_is_object(p))) {
		answer_json(a, 400,
			    json_pack("{s:{s:s, s:s}}", "error", "code", "BadRequest", "message",
				      "The body is not a CmdletInput."));
		return;
	}
	while (c->name && strcasecmp(c->name, name) != 0)
		c++;
	if (!c->name) { /* E.1: unknown, or not visible to the role */
		answer_text(a, 403, "application/json", "\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0", 16);
		answer_header(a, "Content-Encoding", "gzip");
		return;
	}
	if ((r.from = page_start(q, a)) < 0)
		return;
	r.p = p = p ? json_incref(p) : json_object();
	r.value = json_array();
	r.warnings = json_array();
	long limit = limit_of(&r, c);
	if (cmdlet_parameters_fit(&r, c))
		c->run(&r);
	if (*r.type)
		fail_answer(a, &r);
	else
		good_answer(q, a, &r, limit);
	const char *warning = json_string_value(json_array_get(r.warnings, 0));
	if (warning)
		answer_header(a, "X-Warnings", warning);
	json_decref(r.value);
	json_decref(r.warnings);
	json_decref(p);
}
