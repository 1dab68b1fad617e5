/* SPDX-License-Identifier: MIT
 *
 * answers.c - building answers, and reading what a request says: headers, fields of a query or a form.
 */
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/servers/tenant/tenant.h"

void answer_json(struct answer *a, int status, json_t *body) {
	answer_clear(a);
	a->status = status;
	a->body = body;
}

void answer_text(struct answer *a, int status, const char *type, const char *text, size_t len) {
	answer_clear(a);
	a->status = status;
	a->type = type;
	a->text = malloc(len + 1);
	if (!a->text)
		abort();
	memcpy(a->text, text, len);
	a->text[len] = '\0';
	a->text_len = len;
}

void answer_header(struct answer *a, const char *name, const char *value) {
	if (!a->headers)
		a->headers = json_object();
	json_object_set_new(a->headers, name, json_string(value));
}

void answer_clear(struct answer *a) {
	json_decref(a->headers);
	json_decref(a->body);
	free(a->text);
	a->headers = a->body = NULL;
	a->text = NULL;
	a->text_len = 0;
	a->type = NULL;
}

void graph_error(struct answer *a, int status, const char *code, const char *details, const char *format, ...) {
	char text[1000], id[37], date[40];
	va_list ap;
	va_start(ap, format);
	vsnprintf(text, sizeof text, format, ap);
	va_end(ap);
	new_guid(id);
	iso_time(now_ms(), date);
	date[19] = '\0'; /* as Graph has it here: without a zone */
	json_t *error = json_pack("{s:s, s:s, s:{s:s, s:s, s:s}}", "code", code, "message", text, "innerError", "date",
				  date, "request-id", id, "client-request-id", id);
	if (details) {
		const char *bar = strchr(details, '|');
		json_object_set_new(error, "details",
				    json_pack("[{s:s%, s:s, s:s}]", "code", details,
					      bar ? (size_t)(bar - details) : strlen(details), "message", text,
					      "target", bar ? bar + 1 : ""));
	}
	answer_json(a, status, json_pack("{s:o}", "error", error));
	answer_header(a, "request-id", id);
}

const char *ask_header(const struct ask *q, const char *name) {
	const char *v = json_string_value(json_object_get(q->headers, name));
	return v ? v : "";
}

const char *ask_query(const struct ask *q, const char *name) {
	return json_string_value(json_object_get(q->query, name));
}

long ask_page_size(const struct ask *q, long otherwise, long max) {
	const char *p = strstr(ask_header(q, "prefer"), "odata.maxpagesize=");
	long n = p ? strtol(p + strlen("odata.maxpagesize="), NULL, 10) : otherwise;
	return n < 1 ? otherwise : n > max ? max : n;
}

void url_unescape(char *s, bool plus) {
	char *to = s;
	for (; *s; s++) {
		unsigned v;
		if (*s == '%' && s[1] && s[2] && sscanf(s + 1, "%2x", &v) == 1) {
			*to++ = (char)v;
			s += 2;
		} else
			*to++ = plus && *s == '+' ? ' ' : *s;
	}
	*to = '\0';
}

json_t *url_fields(char *text) {
	json_t *fields = json_object();
	char *save;
	for (char *pair = text ? strtok_r(text, "&", &save) : NULL; pair; pair = strtok_r(NULL, "&", &save)) {
		char *value = strchr(pair, '=');
		if (value)
			*value++ = '\0';
		url_unescape(pair, true);
		if (value)
			url_unescape(value, true);
		json_object_set_new(fields, pair, json_string(value ? value : ""));
	}
	return fields;
}
