/* SPDX-License-Identifier: MIT
 *
 * json_read.c - see json_read.h.
 */
#include "core/admin/json_read.h"

#include <string.h>
#include <time.h>

#include "core/base/text.h"

/* Looked at before jansson's recursion starts. Brackets inside of texts do not count. */
static bool too_deep(const char *p, size_t n) {
	unsigned depth = 0;
	bool text = false;
	for (size_t i = 0; i < n; i++) {
		if (text && p[i] == '\\')
			i++;
		else if (p[i] == '"')
			text = !text;
		else if (!text && (p[i] == '{' || p[i] == '[') && ++depth > JSON_DEPTH_MAX)
			return true;
		else if (!text && (p[i] == '}' || p[i] == ']') && depth)
			depth--;
	}
	return false;
}

json_t *json_read(const struct buf *body, const char *what, struct err *e) {
	json_error_t why;
	const char *p = body->data ? body->data : "";
	size_t n = body->len;
	if (n >= 3 && memcmp(p, "\xEF\xBB\xBF", 3) == 0) /* a byte order mark */
		p += 3, n -= 3;
	if (too_deep(p, n)) {
		err_set(e, ERR_SERVER_BUG, "%s: the answer is nested deeper than %d", what, JSON_DEPTH_MAX);
		return NULL;
	}
	/* A NUL in a text must not cost the whole answer: the text ends there. */
	json_t *root = json_loadb(p, n, JSON_ALLOW_NUL, &why);
	if (!root)
		err_set(e, ERR_SERVER_BUG, "%s: the answer is not JSON (%.100s, byte %d)", what, why.text,
			why.position);
	return root;
}

const char *json_str(const json_t *object, const char *member) {
	const char *s = json_string_value(json_object_get(object, member));
	return s ? s : "";
}

const json_t *json_at(const json_t *object, const char *path) {
	char name[128];
	while (object && *path) {
		size_t n = strcspn(path, "/");
		if (n >= sizeof name)
			return NULL;
		memcpy(name, path, n);
		name[n] = '\0';
		object = json_object_get(object, name);
		path += n + (path[n] == '/');
	}
	return object;
}

int64_t json_int(const json_t *object, const char *member, int64_t fallback) {
	const json_t *v = json_object_get(object, member);
	return json_is_integer(v) ? json_integer_value(v) : fallback;
}

bool json_yes(const json_t *object, const char *member) {
	return json_is_true(json_object_get(object, member));
}

/* n digits of *p as a number within [min, max]; -1 when they are not. */
static int digits(const char **p, unsigned n, int min, int max) {
	int v = 0;
	for (; n; n--, (*p)++) {
		if (**p < '0' || **p > '9')
			return -1;
		v = 10 * v + (**p - '0');
	}
	return v >= min && v <= max ? v : -1;
}

static bool skip(const char **p, char c) {
	return **p == c && (*p)++;
}

/* Minutes east of UTC; false when neither Z nor an offset ends the text. */
static bool zone(const char *p, int *minutes) {
	*minutes = 0;
	if (skip(&p, 'Z') || skip(&p, 'z'))
		return !*p;
	int sign = *p == '-' ? -1 : 1;
	if (!skip(&p, '+') && !skip(&p, '-'))
		return false;
	int h = digits(&p, 2, 0, 23);
	skip(&p, ':');
	int m = h < 0 ? -1 : digits(&p, 2, 0, 59);
	*minutes = sign * (60 * h + m);
	return m >= 0 && !*p;
}

static int fraction_ms(const char **p) {
	int ms = 0, weight = 100;
	if (!skip(p, '.'))
		return 0;
	for (; **p >= '0' && **p <= '9'; (*p)++, weight /= 10)
		ms += weight * (**p - '0');
	return ms;
}

wall_ms_t json_instant(const char *text) {
	const char *p = text;
	struct tm t = { 0 };
	int minutes;
	if ((t.tm_year = digits(&p, 4, 1, 9999)) < 0 || !skip(&p, '-') || (t.tm_mon = digits(&p, 2, 1, 12)) < 0 ||
	    !skip(&p, '-') || (t.tm_mday = digits(&p, 2, 1, 31)) < 0 || (!skip(&p, 'T') && !skip(&p, 't')) ||
	    (t.tm_hour = digits(&p, 2, 0, 23)) < 0 || !skip(&p, ':') || (t.tm_min = digits(&p, 2, 0, 59)) < 0 ||
	    !skip(&p, ':') || (t.tm_sec = digits(&p, 2, 0, 60)) < 0)
		return 0;
	int ms = fraction_ms(&p);
	if (!zone(p, &minutes))
		return 0;
	t.tm_year -= 1900;
	t.tm_mon -= 1;
	/* "0001-01-01T00:00:00Z" is how .NET says "never". */
	wall_ms_t at = ((wall_ms_t)timegm(&t) - 60 * minutes) * 1000 + ms;
	return at > 0 ? at : 0;
}

int64_t json_quota(const char *text) {
	const char *p = strrchr(text, '(');
	char number[24];
	size_t n = 0;
	uint64_t bytes;
	if (!p)
		return text_u64(text, 0, INT64_MAX, &bytes) ? (int64_t)bytes : -1;
	for (p++; *p && *p != ' '; p++)
		if (*p != ',' && n + 1 < sizeof number)
			number[n++] = *p;
	number[n] = '\0';
	return strncmp(p, " bytes)", 7) == 0 && text_u64(number, 0, INT64_MAX, &bytes) ? (int64_t)bytes : -1;
}
