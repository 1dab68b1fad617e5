/* SPDX-License-Identifier: MIT
 *
 * invoke.c - see invoke.h: one cmdlet per request, and its pages. invoke_batch.c sends ten at once, invoke_errors.c
 * reads refusals.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/admin/exchange/invoke_int.h"
#include "core/base/text.h"

#define PAGES_MAX 20000U
#define BODY_MAX (8U << 20)

/* The mailbox that routes an app's requests to a server of the tenant (E.1). */
#define APP_ANCHOR "APP:SystemMailbox{bb558c35-97f1-4cb9-8ff7-d53741dc928c}@"

static bool give_token(void *arg, bool renew, struct secret *out, struct err *e) {
	struct invoke *v = arg;
	if (!token_obtain(v->ctx.store, v->ctx.net, v->tenant.id, TOKEN_EXCHANGE, renew ? &v->used : NULL, v->ctx.stop,
			  out, e))
		return token_missing(e);
	return secret_copy(&v->used, out) || err_nomem(e);
}

static bool waiting(void *arg, const char *why, wall_ms_t until) {
	struct invoke *v = arg;
	(void)why;
	return !v->ctx.progress || v->ctx.progress(v->ctx.progress_arg, 0, 0, until);
}

/* The tenant's GUID comes with the first token. */
static bool know_tenant(struct invoke *v, struct err *e) {
	struct secret token = { 0 };
	if (*v->tenant.guid)
		return true;
	bool ok = give_token(v, false, &token, e);
	secret_clear(&token);
	if (!ok || !tenant_get(v->ctx.store, v->tenant.id, &v->tenant, e))
		return false;
	if (!*v->tenant.guid) /* an opaque token: the domain works as well */
		text_copy(v->tenant.guid, sizeof v->tenant.guid, v->tenant.name);
	return true;
}

static bool name_anchor(struct invoke *v, struct err *e) {
	bool delegated = v->tenant.sign_in == SIGN_IN_DEVICE_CODE;
	int n = delegated ? snprintf(v->anchor, sizeof v->anchor, "X-AnchorMailbox: UPN:%s", v->tenant.who)
			  : snprintf(v->anchor, sizeof v->anchor, "X-AnchorMailbox: " APP_ANCHOR "%s", v->tenant.guid);
	int b = snprintf(v->base, sizeof v->base, "%s/adminapi/beta/%s", v->tenant.exchange, v->tenant.guid);
	bool fits = n > 0 && (size_t)n < sizeof v->anchor && b > 0 && (size_t)b < sizeof v->base;
	/* Who signed in is what a token says of itself: it must not become a header of its own. */
	return (fits && !strpbrk(v->anchor, "\r\n") && !strpbrk(v->base, "\r\n ?#")) ||
	       err_set(e, ERR_INPUT,
		       "The address of Exchange, or who is signed in to it, cannot be sent: connect the tenant anew");
}

struct invoke *invoke_open(const struct directory_context *ctx, const struct tenant *t, struct err *e) {
	struct invoke *v = calloc(1, sizeof *v);
	if (!v) {
		err_nomem(e);
		return NULL;
	}
	v->ctx = *ctx;
	v->tenant = *t;
	struct http_options o = { .ca_file = t->ca_file,
				  .ca_remedy = TENANT_CA_REMEDY,
				  .proxy = t->proxy,
				  .stop = ctx->stop,
				  .on_wait = waiting,
				  .wait_arg = v };
	v->http = http_new(ctx->net, &o, e);
	if (v->http && know_tenant(v, e) && name_anchor(v, e))
		return v;
	invoke_close(v);
	return NULL;
}

void invoke_close(struct invoke *v) {
	if (!v)
		return;
	http_free(v->http);
	secret_clear(&v->used);
	free(v);
}

bool invoke_repeatable(const char *cmdlet) {
	return strncmp(cmdlet, "New-", 4) != 0 && strcmp(cmdlet, "Clear-MobileDevice") != 0;
}

json_t *invoke_body(const char *cmdlet, json_t *parameters) {
	return json_pack("{s:{s:s, s:o}}", "CmdletInput", "CmdletName", cmdlet, "Parameters",
			 parameters ? parameters : json_object());
}

/* A 403 whose body is NULs, and a 401 without one, are answers too (E.1). */
static bool has_text(const struct buf *b) {
	for (size_t i = 0; i < b->len; i++)
		if (b->data[i] != '\0' && b->data[i] != ' ' && b->data[i] != '\r' && b->data[i] != '\n')
			return true;
	return false;
}

bool invoke_post(struct invoke *v, const char *url, const char *cmdlet, const json_t *body, bool repeatable,
		 struct http_response *r, json_t **doc, struct err *e) {
	char named[160];
	snprintf(named, sizeof named, "X-CmdletName: %s", cmdlet);
	const char *headers[] = { v->anchor, "X-ResponseFormat: json", "Prefer: odata.maxpagesize=1000",
				  *cmdlet ? named : NULL, NULL };
	char *text = json_dumps(body, JSON_COMPACT);
	size_t len = text ? strlen(text) : 0;
	*doc = NULL;
	if (!text || len > BODY_MAX) {
		free(text);
		return text ? err_set(e, ERR_INPUT, "%s: the request is too large", cmdlet) : err_nomem(e);
	}
	struct http_request q = { .method = "POST",
				  .url = url,
				  .headers = headers,
				  .body = text,
				  .body_len = len,
				  .content_type = "application/json; charset=utf-8",
				  .token = give_token,
				  .token_arg = v,
				  .repeatable = repeatable,
				  .redirects = true };
	bool ok = http_send(v->http, &q, r, e);
	free(text);
	if (!ok)
		return directory_unreachable(e);
	if (!has_text(&r->body))
		return true;
	struct err unread;
	*doc = json_read(&r->body, "Exchange Online", &unread);
	if (*doc || r->status < 200 || r->status >= 300)
		return true;
	*e = unread;
	return false;
}

static bool answered(struct invoke *v, const char *cmdlet, const struct http_response *r, const json_t *doc, char *type,
		     size_t type_size, struct err *e) {
	char exception[200] = "";
	(void)v;
	if (r->status >= 200 && r->status < 300)
		return true;
	http_header(r, "x-exceptiontype", exception, sizeof exception);
	struct invoke_answer a = { (int)r->status, doc, exception, r->request_id };
	return invoke_refused(cmdlet, &a, type, type_size, e);
}

static bool give_rows(const json_t *doc, invoke_row_fn *fn, void *arg, struct err *e) {
	const json_t *rows = json_object_get(doc, "value");
	for (size_t i = 0; fn && i < json_array_size(rows); i++)
		if (json_is_object(json_array_get(rows, i)) && !fn(arg, json_array_get(rows, i), e))
			return false;
	return true;
}

/* A nextLink is followed only where the token may go. */
static bool link_is_ours(const struct invoke *v, const char *next, struct err *e) {
	size_t n = strlen(v->tenant.exchange);
	return (strncmp(next, v->tenant.exchange, n) == 0 && next[n] == '/') ||
	       err_set(e, ERR_SERVER_BUG, "Exchange Online names a next page on another host");
}

bool invoke_pages(struct invoke *v, const char *next, const char *cmdlet, const json_t *body, invoke_row_fn *fn,
		  void *arg, struct err *e) {
	char *url = strdup(next);
	bool ok = url || err_nomem(e);
	for (unsigned page = 0; ok && url; page++) {
		struct http_response r = { 0 };
		json_t *doc = NULL;
		ok = (page < PAGES_MAX || err_set(e, ERR_SERVER_BUG, "%s: more than %u pages", cmdlet, PAGES_MAX)) &&
		     link_is_ours(v, url, e) && invoke_post(v, url, cmdlet, body, true, &r, &doc, e) &&
		     answered(v, cmdlet, &r, doc, NULL, 0, e) && give_rows(doc, fn, arg, e);
		const char *more = json_str(doc, "@odata.nextLink");
		char *then = ok && *more ? strdup(more) : NULL;
		if (ok && *more && (!then || strcmp(then, url) == 0))
			ok = then ? err_set(e, ERR_SERVER_BUG, "%s: the next page is this page", cmdlet) : err_nomem(e);
		free(url);
		url = then;
		json_decref(doc);
		http_response_clear(&r);
	}
	free(url);
	return ok;
}

static bool run_body(struct invoke *v, const char *cmdlet, const json_t *body, const char *select, invoke_row_fn *fn,
		     void *arg, char *warnings, size_t warnings_size, char *type, size_t type_size, char request_id[80],
		     struct err *e) {
	struct http_response r = { 0 };
	json_t *doc = NULL;
	char url[sizeof v->base + 600];
	int n = snprintf(url, sizeof url, "%s/InvokeCommand%s%s", v->base, select ? "?$select=" : "",
			 select ? select : "");
	bool ok = ((n > 0 && (size_t)n < sizeof url) || err_set(e, ERR_INPUT, "%s: too many columns", cmdlet)) &&
		  invoke_post(v, url, cmdlet, body, invoke_repeatable(cmdlet), &r, &doc, e);
	if (request_id)
		text_copy(request_id, 80, r.request_id);
	ok = ok && answered(v, cmdlet, &r, doc, type, type_size, e);
	if (ok && warnings)
		invoke_warnings(doc, warnings, warnings_size);
	ok = ok && give_rows(doc, fn, arg, e);
	const char *next = json_str(doc, "@odata.nextLink");
	if (ok && *next)
		ok = invoke_pages(v, next, cmdlet, body, fn, arg, e);
	json_decref(doc);
	http_response_clear(&r);
	return ok;
}

bool invoke_run(struct invoke *v, const char *cmdlet, json_t *parameters, const char *select, invoke_row_fn *fn,
		void *arg, char *warnings, size_t warnings_size, char *type, size_t type_size, char request_id[80],
		struct err *e) {
	json_t *body = invoke_body(cmdlet, parameters);
	if (warnings)
		*warnings = '\0';
	if (type)
		*type = '\0';
	if (request_id)
		*request_id = '\0';
	bool ok = body ? run_body(v, cmdlet, body, select, fn, arg, warnings, warnings_size, type, type_size,
				  request_id, e)
		       : err_nomem(e);
	json_decref(body);
	return ok;
}
