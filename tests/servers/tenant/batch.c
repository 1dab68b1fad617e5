/* SPDX-License-Identifier: MIT
 *
 * batch.c - $batch of Graph (B.3.4: at most 20, dependsOn, 424) and of Exchange (E.1: at most 10, whole addresses).
 *
 * Parts go the way of every request, so rules, refusals and the log are the same; answers come back in another order.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/servers/tenant/tenant.h"

/* In place: cuts url at '?', and returns what follows as names and values. */
static json_t *split_query(char *url) {
	char *mark = strchr(url, '?');
	if (mark)
		*mark++ = '\0';
	url_unescape(url, false);
	return url_fields(mark);
}

/* The outer request's bearer, and the part's own headers. Exchange: what else a part does not say (E.1 shows no part in
 * full, so nothing is demanded of it). */
static json_t *part_headers(const struct ask *outer, const json_t *given, bool exchange) {
	json_t *headers = exchange ? json_deep_copy(outer->headers) : json_object(), *v;
	const char *name;
	json_object_foreach((json_t *)(uintptr_t)given, name, v) {
		char lower[100];
		size_t i;
		for (i = 0; name[i] && i + 1 < sizeof lower; i++)
			lower[i] = (char)(name[i] >= 'A' && name[i] <= 'Z' ? name[i] + 32 : name[i]);
		lower[i] = '\0';
		json_object_set(headers, lower, v);
	}
	json_object_set_new(headers, "authorization", json_string(ask_header(outer, "authorization")));
	return headers;
}

static json_t *response(const json_t *id, struct answer *a) {
	json_t *r = json_pack("{s:O, s:i, s:o}", "id", id, "status", a->status, "headers",
			      a->headers ? json_incref(a->headers) : json_object());
	if (a->body)
		json_object_set(r, "body", a->body);
	return r;
}

static json_t *run_part(struct ask *outer, const json_t *part, const char *path, json_t *query, int position) {
	struct ask q = { .w = outer->w, .path = path, .query = query, .raw = "", .part = true };
	struct answer a = { 0 };
	q.method = json_string_value(json_object_get(part, "method"));
	q.headers = part_headers(outer, json_object_get(part, "headers"), strncmp(path, "/adminapi/", 10) == 0);
	q.body = json_incref(json_object_get(part, "body"));
	serve(&q, &a, position);
	json_t *r = response(json_object_get(part, "id"), &a);
	answer_clear(&a);
	json_decref(q.headers);
	json_decref(q.body);
	return r;
}

/* 0: ready; 1: not yet; -1: one of them failed. */
static int dependencies(const json_t *part, const json_t *done) {
	size_t i;
	json_t *id;
	int state = 0;
	json_array_foreach(json_object_get(part, "dependsOn"), i, id) {
		const json_t *status = json_object_get(done, json_string_value(id));
		if (!status)
			state = state ? state : 1;
		else if (json_integer_value(status) >= 400)
			state = -1;
	}
	return state;
}

static json_t *failed_dependency(const json_t *id) {
	struct answer a = { 0 };
	graph_error(&a, 424, "FailedDependency", NULL,
		    "The request was not carried out, because one it depends on failed.");
	json_t *r = response(id, &a);
	answer_clear(&a);
	return r;
}

typedef json_t *part_fn(struct ask *outer, const json_t *part, int position);

static void run_all(struct ask *q, struct answer *a, part_fn *run) {
	json_t *requests = json_object_get(q->body, "requests"), *part, *done = json_object(),
	       *responses = json_array();
	bool more = true;
	while (more) {
		size_t i;
		more = false;
		json_array_foreach(requests, i, part) {
			const char *id = json_string_value(json_object_get(part, "id"));
			int ready = json_object_get(done, id) ? 1 : dependencies(part, done);
			if (ready == 1)
				continue;
			json_t *r =
				ready < 0 ? failed_dependency(json_object_get(part, "id")) : run(q, part, (int)i + 1);
			json_object_set(done, id, json_object_get(r, "status"));
			json_array_insert_new(responses, 0, r);
			more = true;
		}
	}
	json_decref(done);
	answer_json(a, 200, json_pack("{s:o}", "responses", responses));
}

/* ids are there, differ, and what dependsOn names is among them. */
static bool well_formed(struct ask *q, struct answer *a, size_t max) {
	json_t *requests = json_object_get(q->body, "requests"), *part, *id, *ids = json_object();
	size_t i, k, n = json_array_size(requests);
	const char *wrong = n ? NULL : "Invalid batch payload format.";
	json_array_foreach(requests, i, part) {
		const char *name = json_string_value(json_object_get(part, "id"));
		if (!name || !json_string_value(json_object_get(part, "method")) ||
		    !json_string_value(json_object_get(part, "url")))
			wrong = "Every request of a batch needs id, method and url.";
		else if (json_object_get(ids, name))
			wrong = "Request ids of a batch must be unique.";
		else
			json_object_set_new(ids, name, json_true());
	}
	json_array_foreach(requests, i, part) {
		json_array_foreach(json_object_get(part, "dependsOn"), k, id) {
			if (!json_is_string(id) || !json_object_get(ids, json_string_value(id)))
				wrong = "dependsOn names a request that is not in the batch.";
		}
	}
	json_decref(ids);
	if (n > max)
		graph_error(a, 400, "MaximumValueExceeded", NULL,
			    "Number of batch request steps exceeds the maximum value of %zu.", max);
	else if (wrong)
		graph_error(a, 400, "BadRequest", NULL, "%s", wrong);
	return n && n <= max && !wrong;
}

static json_t *graph_part(struct ask *outer, const json_t *part, int position) {
	char url[8192];
	const char *given = json_string_value(json_object_get(part, "url"));
	snprintf(url, sizeof url, "/v1.0%s%s", *given == '/' ? "" : "/", given);
	json_t *query = split_query(url);
	json_t *r = run_part(outer, part, url, query, position);
	json_decref(query);
	return r;
}

void graph_batch(struct ask *q, struct answer *a) {
	if (well_formed(q, a, 20))
		run_all(q, a, graph_part);
}

static json_t *exchange_part(struct ask *outer, const json_t *part, int position) {
	char url[8192];
	const char *given = json_string_value(json_object_get(part, "url")), *host = strstr(given, "://");
	snprintf(url, sizeof url, "%s", host && strchr(host + 3, '/') ? strchr(host + 3, '/') : given);
	json_t *query = split_query(url);
	json_t *r = run_part(outer, part, url, query, position);
	json_decref(query);
	return r;
}

void invoke_batch(struct ask *q, struct answer *a) {
	if (well_formed(q, a, 10))
		run_all(q, a, exchange_part);
}
