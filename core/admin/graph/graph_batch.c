/* SPDX-License-Identifier: MIT
 *
 * graph_batch.c - up to twenty requests in one, each answered on its own (exchange-wire.md D.7): what is throttled is
 * sent again by its own Retry-After, together with what waited for it.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/admin/graph/graph_int.h"
#include "core/base/text.h"

#define BACKOFF_MS 3000U

static json_t *part_json(const struct graph_part *parts, size_t i) {
	const struct graph_part *p = &parts[i];
	char id[24], before[24];
	snprintf(id, sizeof id, "%zu", i + 1);
	json_t *j = json_pack("{s:s, s:s, s:s}", "id", id, "method", p->method, "url", p->path);
	if (j && p->body &&
	    (json_object_set(j, "body", p->body) ||
	     json_object_set_new(j, "headers", json_pack("{s:s}", "Content-Type", "application/json")))) {
		json_decref(j);
		return NULL;
	}
	/* What has succeeded already is not in this batch any more. */
	if (j && p->after >= 0 && parts[p->after].status == 0) {
		snprintf(before, sizeof before, "%d", p->after + 1);
		json_object_set_new(j, "dependsOn", json_pack("[s]", before));
	}
	return j;
}

/* Those that have no answer yet. */
static json_t *batch_json(const struct graph_part *parts, size_t n) {
	json_t *list = json_array(), *batch = NULL;
	bool ok = list != NULL;
	for (size_t i = 0; ok && i < n; i++)
		if (parts[i].status == 0)
			ok = json_array_append_new(list, part_json(parts, i)) == 0;
	if (ok)
		batch = json_pack("{s:O}", "requests", list);
	json_decref(list);
	return batch;
}

/* Milliseconds by its Retry-After, HTTP_WAIT_MAX_MS at the most; false: it names none. */
static bool named_wait(const json_t *answer, unsigned *ms) {
	const json_t *headers = json_object_get(answer, "headers"), *v;
	const char *key;
	uint64_t s;
	json_object_foreach((json_t *)(uintptr_t)headers, key, v) {
		const char *text = json_string_value(v);
		if (!text_ieq(key, "Retry-After"))
			continue;
		if (json_is_integer(v) && json_integer_value(v) >= 0)
			s = (uint64_t)json_integer_value(v);
		else if (!text || !text_u64(text, 0, UINT64_MAX, &s))
			continue;
		*ms = s > HTTP_WAIT_MAX_MS / 1000 ? HTTP_WAIT_MAX_MS : (unsigned)s * 1000;
		return true;
	}
	return false;
}

/* The same words as http.h has for a whole request. */
static bool may_be_done(const json_t *answer, int status) {
	unsigned ms;
	return status == 504 || (status == 503 && !named_wait(answer, &ms));
}

static void take_answer(struct graph_part *p, const json_t *answer, int status) {
	json_t *body = json_object_get(answer, "body");
	const json_t *headers = json_object_get(answer, "headers");
	const char *id = json_str(headers, "request-id");
	if (!*id)
		id = json_string_value(json_at(body, "error/innerError/request-id"));
	text_sanitise(p->request_id, sizeof p->request_id, id ? id : "", id ? strlen(id) : 0);
	p->status = status;
	p->unsure = status >= 500;
	p->answer = json_is_object(body) ? json_incref(body) : NULL;
	if (status < 200 || status >= 300)
		graph_refused(p->method, p->path, status, p->answer, p->request_id, &p->e);
}

/* Every answer to its part. What is throttled, or waited for such a one, stays without; *wait: until the longest of
 * them may be sent again, 0 = none is left. */
static void take_answers(struct graph_part *parts, size_t n, const json_t *doc, unsigned attempt, unsigned *wait) {
	const json_t *list = json_object_get(doc, "responses");
	bool held[GRAPH_BATCH_MAX] = { false };
	*wait = 0;
	for (size_t i = 0; i < json_array_size(list); i++) {
		const json_t *a = json_array_get(list, i);
		int status = (int)json_int(a, "status", 0);
		uint64_t id;
		if (!text_u64(json_str(a, "id"), 1, n, &id) || parts[id - 1].status || !graph_is_throttle(status))
			continue;
		struct graph_part *p = &parts[id - 1];
		bool perhaps = may_be_done(a, status);
		unsigned ms = BACKOFF_MS * attempt;
		if (perhaps && !graph_repeatable(p->method, p->path))
			continue; /* the answer that it is: whoever asked looks first */
		named_wait(a, &ms);
		p->unsure |= perhaps;
		held[id - 1] = true;
		*wait = ms > *wait ? ms : *wait ? *wait : 1;
	}
	/* A chain is in order: what a part waits for has a smaller index. */
	for (size_t i = 0; i < n; i++)
		held[i] |= parts[i].after >= 0 && held[parts[i].after];
	for (size_t i = 0; i < json_array_size(list); i++) {
		const json_t *a = json_array_get(list, i);
		int status = (int)json_int(a, "status", 0);
		uint64_t id;
		if (text_u64(json_str(a, "id"), 1, n, &id) && !parts[id - 1].status && !held[id - 1] && status > 0)
			take_answer(&parts[id - 1], a, status);
	}
}

static void give_up(struct graph_part *parts, size_t n, const struct err *why) {
	for (size_t i = 0; i < n; i++)
		if (parts[i].status == 0)
			parts[i].e = *why;
}

static bool any_answer(const struct graph_part *parts, size_t n) {
	for (size_t i = 0; i < n; i++)
		if (parts[i].status)
			return true;
	return false;
}

static void unanswered(struct graph_part *parts, size_t n) {
	for (size_t i = 0; i < n; i++)
		parts[i].unsure |= parts[i].status == 0;
}

/* Sends those that have no answer yet. */
static bool one_round(struct graph *g, struct graph_part *parts, size_t n, json_t **doc, struct err *e) {
	struct http_response r = { 0 };
	json_t *body = batch_json(parts, n);
	bool sent = body ? graph_send(g, "POST", "/$batch", NULL, body, &r, doc, e) : err_nomem(e);
	bool fine = r.status >= 200 && r.status < 300;
	if (sent ? r.status >= 500 : r.uncertain || fine) /* fine: it came, and could not be read */
		unanswered(parts, n);
	if (sent && !fine)
		sent = graph_refused("POST", "/$batch", (int)r.status, *doc, r.request_id, e);
	json_decref(body);
	http_response_clear(&r);
	return sent;
}

bool graph_batch(struct graph *g, struct graph_part *parts, size_t n, struct err *e) {
	unsigned wait = 1;
	bool ok = n <= GRAPH_BATCH_MAX || err_set(e, ERR_INPUT, "A batch has %d requests at most", GRAPH_BATCH_MAX);
	for (size_t i = 0; i < n; i++) {
		parts[i].status = 0;
		parts[i].unsure = false;
	}
	for (unsigned attempt = 1; ok && wait; attempt++) {
		json_t *doc = NULL;
		ok = one_round(g, parts, n, &doc, e);
		if (ok) {
			take_answers(parts, n, doc, attempt, &wait);
			if (wait && attempt == HTTP_ATTEMPTS) {
				ok = err_set(e, ERR_THROTTLED, "Graph is busy and stays so");
			} else if (wait) {
				ok = graph_wait(g, wait, e);
			} else {
				unanswered(parts, n);
				err_set(e, ERR_SERVER_BUG, "Graph did not answer this part of a batch");
			}
		}
		json_decref(doc);
	}
	give_up(parts, n, e);
	if (!ok && !any_answer(parts, n))
		return false;
	err_clear(e);
	return true;
}

void graph_wipe_password(json_t *body) {
	const json_t *v = json_at(body, "passwordProfile/password");
	/* jansson would free it as it is. */
	if (json_is_string(v))
		explicit_bzero((char *)(uintptr_t)json_string_value(v), json_string_length(v));
}

void graph_parts_clear(struct graph_part *parts, size_t n) {
	for (size_t i = 0; i < n; i++) {
		graph_wipe_password(parts[i].body);
		json_decref(parts[i].body);
		json_decref(parts[i].answer);
		parts[i].body = parts[i].answer = NULL;
	}
}
