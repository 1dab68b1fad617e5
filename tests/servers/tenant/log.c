/* SPDX-License-Identifier: MIT
 *
 * log.c - DIR/log: one JSON line per request, parts of a $batch too, without secrets.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "tests/servers/tenant/tenant.h"

static bool is_secret(const char *name) {
	static const char *const names[] = { "password",	 "newPassword",	  "currentPassword", "client_secret",
					     "client_assertion", "refresh_token", "device_code",     "access_token" };
	for (size_t i = 0; i < sizeof names / sizeof *names; i++)
		if (strcmp(name, names[i]) == 0)
			return true;
	return false;
}

/* Secrets become "***": that one was sent stays visible. */
static void redact(json_t *v) {
	const char *name;
	json_t *member;
	size_t i;
	void *next;
	json_object_foreach_safe(v, next, name, member) {
		if (is_secret(name) && json_is_string(member))
			json_object_set_new(v, name, json_string("***"));
		else
			redact(member);
	}
	json_array_foreach(v, i, member) {
		redact(member);
	}
}

static void write_line(struct world *w, json_t *line) {
	if (!line) /* not UTF-8 */
		line = json_pack("{s:s}", "note", "a request that cannot be written as JSON");
	json_object_set_new(line, "n", json_integer(++w->logged));
	char *text = json_dumps(line, JSON_COMPACT | JSON_PRESERVE_ORDER);
	size_t n = strlen(text);
	text[n] = '\n';
	if (write(w->log_fd, text, n + 1) < 0)
		perror("tenant: log");
	free(text);
	json_decref(line);
}

void log_note(struct world *w, const char *text) {
	write_line(w, json_pack("{s:s}", "note", text));
}

void log_request(struct world *w, const struct ask *q, const struct answer *a) {
	json_t *headers = json_deep_copy(q->headers), *body = q->body ? json_deep_copy(q->body) : json_null();
	const char *bearer = ask_header(q, "authorization");
	if (*bearer) {
		char kind[40];
		snprintf(kind, sizeof kind, "%.*s ***", (int)strcspn(bearer, " "), bearer);
		json_object_set_new(headers, "authorization", json_string(kind));
	}
	redact(body);
	if (!q->body && q->raw_len)
		json_object_set_new(headers, "x-unparsed-bytes", json_integer((json_int_t)q->raw_len));
	json_t *line = json_pack("{s:s, s:s, s:O?, s:i, s:b, s:o, s:o}", "method", q->method, "path", q->path, "query",
				 q->query, "status", a->status, "part", q->part, "headers", headers, "body", body);
	if (a->drop != DROP_NO)
		json_object_set_new(line, "dropped", json_string(a->drop == DROP_AFTER ? "after" : "before"));
	write_line(w, line);
}
