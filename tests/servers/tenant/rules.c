/* SPDX-License-Identifier: MIT
 *
 * rules.c - misbehaviour on demand. `tenant.sh play` adds a rule to the state, the server looks at them each time.
 *
 * {"match":"POST /v1.0/users*", "cmdlet":"Add-MailboxPermission", "contains":"text of the body",
 *  "email":"a@b",  what the query says under Email
 *  "part":3,      the third request of a $batch only; without it a part is met by what matches it
 *  "after":10,    let so many go by first
 *  "every":50,    then be used each 50th time
 *  "times":2,     so often (1; 0 = for ever)
 *  "status":429, "headers":{...}, "body":{...}, "nul_403":true, "expire_tokens":true, "drop":"before"|"after"|true,
 *  "late":true,   the answer of "status" comes after it was carried out
 *  "delay_ms":500}
 * Settings, of which the newest counts: {"roles":[...]} of new tokens, {"claims":{...}} beside the usual ones,
 * {"device_code":"approve|decline|expire","after":N polls}, {"refresh":"revoked"}, {"rotate":true} (a refresh token is
 * good for one use), {"concealed":true} (names in reports), {"write_limit":N,"window_s":S} (H: Graph takes N writes in
 * S seconds, then 429 with Retry-After; 3,000 in 150 there).
 */
#include <fnmatch.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/servers/tenant/tenant.h"

json_t *setting_get(struct world *w, const char *name) {
	char path[60];
	snprintf(path, sizeof path, "$.%s", name);
	json_t *row = db_row(
		w, "SELECT json AS \"json:j\" FROM rule WHERE json_type(json, ?) IS NOT NULL ORDER BY n DESC LIMIT 1",
		"s", path);
	json_t *setting = json_incref(json_object_get(row, "json"));
	json_decref(row);
	return setting;
}

static const char *text(const json_t *rule, const char *name) {
	return json_string_value(json_object_get(rule, name));
}

static const char *const SETTINGS[] = { "roles",  "claims",    "device_code", "refresh",
					"rotate", "concealed", "write_limit" };

static bool fits(const json_t *rule, const struct ask *q, int position) {
	char line[2000];
	const char *match = text(rule, "match"), *cmdlet = text(rule, "cmdlet"), *contains = text(rule, "contains");
	json_int_t part = json_integer_value(json_object_get(rule, "part"));
	const char *says = json_string_value(json_object_get(json_object_get(q->body, "CmdletInput"), "CmdletName"));
	for (size_t i = 0; i < sizeof SETTINGS / sizeof *SETTINGS; i++)
		if (json_object_get(rule, SETTINGS[i]))
			return false;
	if (part && part != position)
		return false;
	snprintf(line, sizeof line, "%s %s", q->method, q->path);
	/* With "part" the rule names the $batch, or nothing; the part itself is met by its place. */
	if (match && !(part && strstr(match, "$batch")) && fnmatch(match, line, FNM_NOESCAPE) != 0)
		return false;
	const char *email = text(rule, "email"), *asked = email ? ask_query(q, "Email") : NULL;
	if (email && (!asked || strcmp(email, asked) != 0))
		return false;
	if (cmdlet && (!says || strcmp(cmdlet, says) != 0))
		return false;
	if (contains) {
		char *body = q->body ? json_dumps(q->body, JSON_COMPACT | JSON_ENCODE_ANY) : NULL;
		bool found = body && strstr(body, contains);
		free(body);
		return found;
	}
	return true;
}

json_t *rule_take(struct world *w, const struct ask *q, int position) {
	json_t *all = db_rows(w, "SELECT n, json AS \"json:j\", seen, fired FROM rule ORDER BY n", ""), *row,
	       *taken = NULL;
	size_t i;
	json_array_foreach(all, i, row) {
		json_t *rule = json_object_get(row, "json"), *times = json_object_get(rule, "times");
		int64_t n = json_integer_value(json_object_get(row, "n"));
		json_int_t most = times ? json_integer_value(times) : 1;
		if (!json_is_object(rule) || (most && json_integer_value(json_object_get(row, "fired")) >= most) ||
		    !fits(rule, q, position))
			continue;
		db_do(w, "UPDATE rule SET seen = seen + 1 WHERE n = ?", "i", n);
		json_int_t every = json_integer_value(json_object_get(rule, "every"));
		json_int_t beyond = json_integer_value(json_object_get(row, "seen")) -
				    json_integer_value(json_object_get(rule, "after"));
		if (beyond < 0 || (every > 1 && beyond % every != every - 1))
			continue;
		db_do(w, "UPDATE rule SET fired = fired + 1 WHERE n = ?", "i", n);
		taken = json_incref(rule);
		break;
	}
	json_decref(all);
	return taken;
}

bool rule_apply(struct world *w, json_t *rule, struct answer *a) {
	json_t *drop = json_object_get(rule, "drop"), *headers = json_object_get(rule, "headers"), *v;
	const char *when = json_string_value(drop), *name;
	json_int_t status = json_integer_value(json_object_get(rule, "status"));
	a->delay_ms = (unsigned)json_integer_value(json_object_get(rule, "delay_ms"));
	if (json_is_true(json_object_get(rule, "expire_tokens")))
		db_do(w,
		      "UPDATE counter SET value = (SELECT value FROM counter WHERE name = 'token') WHERE name = "
		      "'tokens_from'",
		      "");
	if (json_is_true(drop) || when)
		a->drop = when && strcmp(when, "after") == 0 ? DROP_AFTER : DROP_BEFORE;
	if (json_is_true(json_object_get(rule, "nul_403"))) {
		/* E.1: a body of NUL bytes that is declared as gzip. */
		answer_text(a, 403, "application/json", "\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0", 16);
		answer_header(a, "Content-Encoding", "gzip");
		return true;
	}
	if (!status)
		return a->drop == DROP_BEFORE;
	if (json_object_get(rule, "body"))
		answer_json(a, (int)status, json_incref(json_object_get(rule, "body")));
	else
		graph_error(a, (int)status,
			    status == 429   ? "TooManyRequests"
			    : status == 503 ? "serviceNotAvailable"
					    : "UnknownError",
			    NULL, "The tenant server was told to answer %d.", (int)status);
	json_object_foreach(headers, name, v) {
		if (json_is_string(v))
			answer_header(a, name, json_string_value(v));
	}
	return true;
}

bool write_allowed(struct ask *q, struct answer *a) {
	json_t *setting = setting_get(q->w, "write_limit");
	int64_t limit = json_integer_value(json_object_get(setting, "write_limit"));
	int64_t window = json_integer_value(json_object_get(setting, "window_s")) * 1000, now = now_ms();
	char wait[40];
	json_decref(setting);
	if (!limit || strcmp(q->method, "GET") == 0 || strstr(q->path, "$batch"))
		return true;
	int64_t start = db_int(q->w, "SELECT value FROM counter WHERE name = 'window'", "");
	int64_t writes = db_int(q->w, "SELECT value FROM counter WHERE name = 'writes'", "");
	if (start < 0 || now - start >= window) {
		start = now;
		writes = 0;
	}
	if (writes < limit) {
		db_do(q->w, "INSERT OR REPLACE INTO counter VALUES('window', ?), ('writes', ?)", "ii", start,
		      writes + 1);
		return true;
	}
	graph_error(a, 429, "TooManyRequests", NULL, "Too many requests.");
	snprintf(wait, sizeof wait, "%lld", (long long)((start + window - now + 999) / 1000));
	answer_header(a, "Retry-After", wait);
	return false;
}
