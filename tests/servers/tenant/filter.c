/* SPDX-License-Identifier: MIT
 *
 * filter.c - the part of OData's $filter that the server understands: and, or, not, eq ne lt le gt ge, in, startsWith,
 * endsWith, assignedLicenses/$count, assignedLicenses/any(x:x/skuId eq GUID).
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "tests/servers/tenant/tenant.h"

struct reader {
	const char *at;
	const json_t *doc;
	bool bad, advanced;
};

static bool any_of(struct reader *r);

static void blanks(struct reader *r) {
	r->at += strspn(r->at, " ");
}

static bool eat(struct reader *r, const char *what) {
	size_t n = strlen(what);
	blanks(r);
	if (strncasecmp(r->at, what, n) != 0)
		return false;
	if (what[n - 1] >= 'a' && what[n - 1] <= 'z' && strchr(" (", r->at[n]) == NULL)
		return false;
	r->at += n;
	return true;
}

static bool need(struct reader *r, const char *what) {
	blanks(r);
	size_t n = strlen(what);
	if (strncmp(r->at, what, n) == 0) {
		r->at += n;
		return true;
	}
	r->bad = true;
	return false;
}

/* New reference; a bare word (GUID, time) is a string. */
static json_t *literal(struct reader *r) {
	char text[500];
	size_t n = 0;
	blanks(r);
	if (*r->at == '\'') {
		for (r->at++; *r->at && n + 1 < sizeof text; text[n++] = *r->at++)
			if (*r->at == '\'' && *++r->at != '\'')
				break;
		return json_stringn(text, n);
	}
	n = strcspn(r->at, " (),");
	if (!n || n >= sizeof text) {
		r->bad = true;
		return json_null();
	}
	snprintf(text, sizeof text, "%.*s", (int)n, r->at);
	r->at += n;
	if (strcmp(text, "true") == 0 || strcmp(text, "false") == 0)
		return json_boolean(*text == 't');
	if (strcmp(text, "null") == 0)
		return json_null();
	char *end;
	long number = strtol(text, &end, 10);
	return *end ? json_string(text) : json_integer(number);
}

/* New reference. */
static json_t *property(struct reader *r) {
	char name[100];
	blanks(r);
	size_t n = strcspn(r->at, " (),/");
	snprintf(name, sizeof name, "%.*s", (int)(n < 99 ? n : 99), r->at);
	r->at += n;
	const json_t *v = json_object_get(r->doc, name);
	while (*r->at == '/' && r->at[1] != '$' && strncmp(r->at, "/any(", 5) != 0) {
		n = strcspn(++r->at, " (),/");
		snprintf(name, sizeof name, "%.*s", (int)(n < 99 ? n : 99), r->at);
		r->at += n;
		v = json_object_get(v, name);
	}
	if (strncmp(r->at, "/$count", 7) == 0) {
		r->at += 7;
		r->advanced = true;
		return json_integer((json_int_t)json_array_size(v));
	}
	return v ? json_deep_copy(v) : json_null();
}

/* -1, 0, 1; 2 = cannot be compared. */
static int order(const json_t *a, const json_t *b) {
	if (json_is_string(a) && json_is_string(b)) {
		int c = strcasecmp(json_string_value(a), json_string_value(b));
		return c < 0 ? -1 : c > 0;
	}
	if (json_is_integer(a) && json_is_integer(b))
		return json_integer_value(a) < json_integer_value(b)   ? -1
		       : json_integer_value(a) > json_integer_value(b) ? 1
								       : 0;
	if (json_is_boolean(a) && json_is_boolean(b))
		return json_is_true(a) == json_is_true(b) ? 0 : 1;
	return json_is_null(a) && json_is_null(b) ? 0 : 2;
}

static bool part_of(struct reader *r, bool at_end) {
	need(r, "(");
	json_t *v = property(r);
	need(r, ",");
	json_t *w = literal(r);
	need(r, ")");
	const char *text = json_string_value(v), *want = json_string_value(w);
	size_t n = text ? strlen(text) : 0, m = want ? strlen(want) : 0;
	bool fits = text && want && m <= n && strncasecmp(at_end ? text + n - m : text, want, m) == 0;
	json_decref(v);
	json_decref(w);
	return fits;
}

/* assignedLicenses/any(x:x/skuId eq GUID) */
static bool any_member(struct reader *r, const json_t *list) {
	char *slash;
	bool fits = false;
	size_t i;
	json_t *member;
	r->at += 5;
	slash = strchr(r->at, '/');
	if (!slash) {
		r->bad = true;
		return false;
	}
	r->at = slash + 1;
	char name[100];
	size_t n = strcspn(r->at, " )");
	snprintf(name, sizeof name, "%.*s", (int)(n < 99 ? n : 99), r->at);
	r->at += n;
	if (!eat(r, "eq"))
		r->bad = true;
	json_t *want = literal(r);
	need(r, ")");
	json_array_foreach(list, i, member) {
		fits |= order(json_object_get(member, name), want) == 0;
	}
	json_decref(want);
	return fits;
}

static bool in_list(struct reader *r, const json_t *v) {
	bool fits = false;
	need(r, "(");
	do {
		json_t *w = literal(r);
		fits |= order(v, w) == 0;
		json_decref(w);
		blanks(r);
	} while (!r->bad && *r->at == ',' && r->at++);
	need(r, ")");
	return fits;
}

static bool comparison(struct reader *r) {
	static const struct {
		const char *word;
		bool less, same, more;
	} ops[] = { { "eq", 0, 1, 0 }, { "ne", 1, 0, 1 }, { "lt", 1, 0, 0 },
		    { "le", 1, 1, 0 }, { "gt", 0, 0, 1 }, { "ge", 0, 1, 1 } };
	json_t *v = property(r);
	bool fits = false, known = true;
	if (strncmp(r->at, "/any(", 5) == 0)
		fits = any_member(r, v);
	else if (eat(r, "in"))
		fits = in_list(r, v);
	else {
		known = false;
		for (size_t i = 0; i < sizeof ops / sizeof *ops && !known; i++) {
			if (!eat(r, ops[i].word))
				continue;
			known = true;
			json_t *w = literal(r);
			int c = order(v, w);
			r->advanced |= strcmp(ops[i].word, "ne") == 0;
			fits = c == 2  ? ops[i].less && ops[i].more
			       : c < 0 ? ops[i].less
			       : c > 0 ? ops[i].more
				       : ops[i].same;
			json_decref(w);
		}
	}
	r->bad |= !known;
	json_decref(v);
	return fits;
}

static bool primary(struct reader *r) {
	bool fits;
	blanks(r);
	if (r->bad || !*r->at) {
		r->bad = true;
		return false;
	}
	if (eat(r, "not")) {
		r->advanced = true;
		return !primary(r);
	}
	if (*r->at == '(') {
		r->at++;
		fits = any_of(r);
		need(r, ")");
		return fits;
	}
	if (eat(r, "startswith"))
		return part_of(r, false);
	if (eat(r, "endswith")) {
		r->advanced = true;
		return part_of(r, true);
	}
	return comparison(r);
}

static bool all_of(struct reader *r) {
	bool fits = primary(r);
	while (!r->bad && eat(r, "and"))
		fits &= primary(r);
	return fits;
}

static bool any_of(struct reader *r) {
	bool fits = all_of(r);
	while (!r->bad && eat(r, "or"))
		fits |= all_of(r);
	return fits;
}

int filter_fits(const char *filter, const json_t *doc, bool *advanced) {
	struct reader r = { .at = filter, .doc = doc };
	bool fits = any_of(&r);
	blanks(&r);
	*advanced = r.advanced;
	return r.bad || *r.at ? -1 : fits;
}
