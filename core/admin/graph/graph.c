/* SPDX-License-Identifier: MIT
 *
 * graph.c - one request of Microsoft Graph, and the pages of a collection. graph_batch.c sends twenty at once,
 * graph_errors.c reads refusals.
 */
#include "core/admin/graph/graph_int.h"

#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/base/text.h"

#define PAGES_MAX 5000U
#define BODY_MAX (4U << 20)

static bool give_token(void *arg, bool renew, struct secret *out, struct err *e) {
	struct graph *g = arg;
	if (!token_obtain(g->ctx.store, g->ctx.net, g->tenant.id, TOKEN_GRAPH, renew ? &g->used : NULL, g->ctx.stop,
			  out, e))
		return token_missing(e);
	secret_clear(&g->used);
	return secret_copy(&g->used, out) || err_nomem(e);
}

/* Rows mean nothing while it waits. */
static bool tell(struct graph *g, wall_ms_t until) {
	return !g->ctx.progress || g->ctx.progress(g->ctx.progress_arg, 0, 0, until);
}

static bool waiting(void *arg, const char *why, wall_ms_t until) {
	(void)why;
	return tell(arg, until);
}

struct graph *graph_open(const struct directory_context *ctx, const struct tenant *t, struct err *e) {
	struct graph *g = calloc(1, sizeof *g);
	if (!g) {
		err_nomem(e);
		return NULL;
	}
	g->ctx = *ctx;
	g->tenant = *t;
	/* The setting names the host; whoever needs another version writes it behind. */
	size_t n = strlen(t->graph);
	bool versioned = n > 5 && (strcmp(t->graph + n - 5, "/v1.0") == 0 || strcmp(t->graph + n - 5, "/beta") == 0);
	snprintf(g->base, sizeof g->base, "%s%s", t->graph, versioned ? "" : "/v1.0");
	struct http_options o = { .ca_file = t->ca_file,
				  .ca_remedy = TENANT_CA_REMEDY,
				  .proxy = t->proxy,
				  .stop = ctx->stop,
				  .on_wait = waiting,
				  .wait_arg = g };
	g->http = http_new(ctx->net, &o, e);
	if (g->http)
		return g;
	graph_close(g);
	return NULL;
}

void graph_close(struct graph *g) {
	if (!g)
		return;
	http_free(g->http);
	secret_clear(&g->used);
	json_decref(g->skus);
	free(g);
}

bool graph_wait(struct graph *g, unsigned ms, struct err *e) {
	mono_ms_t end = mono_ms() + ms;
	wall_ms_t until = wall_ms() + ms;
	bool go = true;
	while (go && mono_ms() < end && !stop_requested(g->ctx.stop)) {
		mono_ms_t left = end - mono_ms();
		struct pollfd p = { .fd = stop_fd(g->ctx.stop), .events = POLLIN };
		go = tell(g, until);
		poll(&p, 1, left > 250 ? 250 : left > 0 ? (int)left : 0);
	}
	return (go && !stop_requested(g->ctx.stop)) || err_set(e, ERR_CANCELLED, "Stopped while Graph was busy");
}

/* A whole URL is followed only where the token may go. */
static bool address(const struct graph *g, const char *path, char *url, size_t size, struct err *e) {
	size_t n = strlen(g->base);
	bool whole = strncmp(path, "https://", 8) == 0 || strncmp(path, "http://", 7) == 0;
	if (whole && (strncmp(path, g->base, n) != 0 || path[n] != '/'))
		return err_set(e, ERR_SERVER_BUG, "Graph names a next page on another host");
	int len = snprintf(url, size, "%s%s", whole ? "" : g->base, path);
	return (len > 0 && (size_t)len < size) || err_set(e, ERR_SERVER_BUG, "The address of a Graph page is too long");
}

bool graph_repeatable(const char *method, const char *path) {
	static const char *const harmless[] = { "/assignLicense", "/revokeSignInSessions" };
	size_t n = strlen(path);
	if (strcmp(method, "POST") != 0)
		return true;
	for (size_t i = 0; i < sizeof harmless / sizeof *harmless; i++) {
		size_t m = strlen(harmless[i]);
		if (n > m && strcmp(path + n - m, harmless[i]) == 0)
			return true;
	}
	return false;
}

/* The parts of a $batch decide for the whole. */
static bool body_repeatable(const char *method, const char *path, const json_t *body) {
	const json_t *parts = json_object_get(body, "requests");
	if (strcmp(path, "/$batch") != 0)
		return graph_repeatable(method, path);
	for (size_t i = 0; i < json_array_size(parts); i++) {
		const json_t *p = json_array_get(parts, i);
		if (!graph_repeatable(json_str(p, "method"), json_str(p, "url")))
			return false;
	}
	return true;
}

bool graph_send(struct graph *g, const char *method, const char *path, const char *const *headers, const json_t *body,
		struct http_response *r, json_t **doc, struct err *e) {
	char url[HTTP_URL_MAX];
	*doc = NULL;
	if (!address(g, path, url, sizeof url, e))
		return false;
	char *text = body ? json_dumps(body, JSON_COMPACT) : NULL;
	size_t len = text ? strlen(text) : 0;
	if (body && (!text || len > BODY_MAX)) {
		free(text);
		return text ? err_set(e, ERR_INPUT, "A request to Graph is too large") : err_nomem(e);
	}
	struct http_request q = { .method = method,
				  .url = url,
				  .headers = headers,
				  .body = text,
				  .body_len = len,
				  .content_type = body ? "application/json" : NULL,
				  .token = give_token,
				  .token_arg = g,
				  .repeatable = body_repeatable(method, path, body) };
	bool ok = http_send(g->http, &q, r, e);
	if (text) {
		/* It may hold a password. */
		explicit_bzero(text, len);
		free(text);
	}
	if (!ok)
		return directory_unreachable(e);
	if (!r->body.len)
		return true;
	struct err unread;
	*doc = json_read(&r->body, "Microsoft Graph", &unread);
	if (*doc || r->status < 200 || r->status >= 300)
		return true;
	*e = unread;
	return false;
}

bool graph_call(struct graph *g, const char *method, const char *path, const char *const *headers, const json_t *body,
		json_t **out, char request_id[80], struct err *e) {
	struct http_response r = { 0 };
	json_t *doc = NULL;
	bool ok = graph_send(g, method, path, headers, body, &r, &doc, e);
	if (request_id)
		text_copy(request_id, 80, r.request_id);
	if (ok && (r.status < 200 || r.status >= 300))
		ok = graph_refused(method, path, (int)r.status, doc, r.request_id, e);
	if (ok && out)
		*out = json_incref(doc);
	else if (out)
		*out = NULL;
	json_decref(doc);
	http_response_clear(&r);
	return ok;
}

/* False ends the walk: *quiet when nothing is wrong. */
static bool give_rows(const json_t *page, graph_row_fn *fn, void *arg, bool *quiet, struct err *e) {
	const json_t *rows = json_object_get(page, "value");
	for (size_t i = 0; i < json_array_size(rows); i++) {
		err_clear(e);
		if (json_is_object(json_array_get(rows, i)) && !fn(arg, json_array_get(rows, i), e)) {
			*quiet = e->cat == ERR_NONE;
			return false;
		}
	}
	return true;
}

bool graph_pages(struct graph *g, const char *path, const char *const *headers, graph_row_fn *fn, void *arg,
		 char *delta, size_t delta_size, struct err *e) {
	char *next = strdup(path);
	bool ok = next || err_nomem(e), quiet = false;
	if (delta)
		delta[0] = '\0';
	for (unsigned n = 0; ok && next; n++) {
		json_t *page = NULL;
		ok = (n < PAGES_MAX ||
		      err_set(e, ERR_SERVER_BUG, "Graph has more than %u pages for one list", PAGES_MAX)) &&
		     graph_call(g, "GET", next, headers, NULL, &page, NULL, e) && give_rows(page, fn, arg, &quiet, e);
		const char *more = json_str(page, "@odata.nextLink");
		char *then = ok && *more ? strdup(more) : NULL;
		if (ok && *more && !then)
			ok = err_nomem(e);
		else if (then && strcmp(then, next) == 0)
			ok = err_set(e, ERR_SERVER_BUG, "Graph names the same page as the next one");
		/* A mark that does not fit is none: the next refresh reads everything. */
		if (ok && !then && delta && !text_copy(delta, delta_size, json_str(page, "@odata.deltaLink")))
			delta[0] = '\0';
		free(next);
		next = then;
		json_decref(page);
	}
	free(next);
	return ok || quiet;
}

bool graph_download(struct graph *g, const char *path, struct buf *out, struct err *e) {
	struct http_response r = { 0 };
	json_t *doc = NULL;
	char url[HTTP_HEADER_MAX];
	bool ok = graph_send(g, "GET", path, NULL, NULL, &r, &doc, e);
	if (ok && r.status == 302 && http_header(&r, "location", url, sizeof url)) {
		http_response_clear(&r);
		r = (struct http_response){ 0 };
		/* Preauthenticated: whoever has the address may read, and a token there is refused. */
		struct http_request q = { .method = "GET", .url = url, .accept = "*/*" };
		ok = http_send(g->http, &q, &r, e) &&
		     (r.status == 200 ||
		      err_set(e, ERR_SERVER_BUG, "Graph's report could not be fetched (%ld)", r.status));
	} else if (ok && r.status != 200) {
		ok = graph_refused("GET", path, (int)r.status, doc, r.request_id, e);
	}
	if (ok && !buf_put(out, r.body.data, r.body.len))
		ok = err_set(e, ERR_SERVER_BUG, "Graph's report is larger than %zu bytes", out->max);
	json_decref(doc);
	http_response_clear(&r);
	return ok;
}
