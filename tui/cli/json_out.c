/* SPDX-License-Identifier: MIT
 *
 * json_out.c - see json_out.h.
 */
#include "tui/cli/json_out.h"

#include <string.h>
#include <time.h>

#define TEXT_MAX 4096
#define BLOCK (256u * 1024)

/* Comma and key, with room for a value of at most n bytes: where it goes, or NULL. */
static char *member(struct json_out *o, const char *key, size_t n) {
	size_t length = key ? strlen(key) : 0;
	char *start = buf_room(&o->text, length + sizeof ",\"\":" + n), *to = start;
	if (!start)
		return NULL;
	if (o->more)
		*to++ = ',';
	if (key) {
		*to++ = '"';
		memcpy(to, key, length);
		to += length;
		*to++ = '"';
		*to++ = ':';
	}
	o->more = true;
	buf_added(&o->text, (size_t)(to - start));
	return to;
}

static void put(struct json_out *o, const char *key, const char *value, size_t n) {
	char *to = member(o, key, n);
	if (!to)
		return;
	memcpy(to, value, n);
	buf_added(&o->text, n);
}

void json_out_open(struct json_out *o, const char *key, char bracket) {
	put(o, key, &bracket, 1);
	o->more = false;
}

void json_out_close(struct json_out *o, char bracket) {
	buf_putc(&o->text, bracket);
	o->more = true;
}

/* How much of it is printable ASCII that no string of JSON has to escape, copied on the way. */
static size_t copy_plain(char *to, const char *s) {
	size_t n = 0;
	for (; (unsigned char)(s[n] - 0x20) < 0x5F && s[n] != '"' && s[n] != '\\'; n++)
		to[n] = s[n];
	return n;
}

/* Sanitised text has no control bytes left and is valid UTF-8: two characters remain to be escaped. */
static void put_escaped(struct json_out *o, const char *key, const char *s, size_t n) {
	char clean[TEXT_MAX];
	size_t length = text_sanitise(clean, sizeof clean, s, n);
	char *start = member(o, key, 2 * length + 2), *to = start;
	if (!start)
		return;
	*to++ = '"';
	for (size_t i = 0; i < length; i++) {
		if (clean[i] == '"' || clean[i] == '\\')
			*to++ = '\\';
		*to++ = clean[i];
	}
	*to++ = '"';
	buf_added(&o->text, (size_t)(to - start));
}

void json_out_text(struct json_out *o, const char *key, const char *s) {
	char *to;
	size_t n = strlen(s);
	if (n >= TEXT_MAX) {
		put_escaped(o, key, s, n);
		return;
	}
	struct json_out before = *o;
	to = member(o, key, n + 2);
	if (!to)
		return;
	to[0] = '"';
	if (copy_plain(to + 1, s) != n) {
		o->text.len = before.text.len;
		o->more = before.more;
		put_escaped(o, key, s, n);
		return;
	}
	to[n + 1] = '"';
	buf_added(&o->text, n + 2);
}

void json_out_text_or_null(struct json_out *o, const char *key, const char *s) {
	if (*s)
		json_out_text(o, key, s);
	else
		json_out_null(o, key);
}

void json_out_number(struct json_out *o, const char *key, int64_t n) {
	char digits[24];
	size_t at = sizeof digits;
	uint64_t rest = n < 0 ? 0 - (uint64_t)n : (uint64_t)n;
	do
		digits[--at] = (char)('0' + rest % 10);
	while (rest /= 10);
	if (n < 0)
		digits[--at] = '-';
	put(o, key, digits + at, sizeof digits - at);
}

void json_out_bool(struct json_out *o, const char *key, bool yes) {
	if (yes)
		put(o, key, "true", 4);
	else
		put(o, key, "false", 5);
}

void json_out_null(struct json_out *o, const char *key) {
	put(o, key, "null", 4);
}

static char *two_digits(char *to, int n) {
	to[0] = (char)('0' + n / 10 % 10);
	to[1] = (char)('0' + n % 10);
	return to + 2;
}

/* Thousands of them are written at once: strftime takes several times as long. */
bool time_text(char *dst, size_t size, wall_ms_t t) {
	struct tm tm;
	time_t seconds = (time_t)(t / 1000);
	char text[] = "2000-01-01T00:00:00Z", *to = text;
	if (t <= 0 || !gmtime_r(&seconds, &tm) || tm.tm_year > 9999 - 1900)
		return false;
	to = two_digits(to, (tm.tm_year + 1900) / 100);
	to = two_digits(to, (tm.tm_year + 1900) % 100) + 1;
	to = two_digits(to, tm.tm_mon + 1) + 1;
	to = two_digits(to, tm.tm_mday) + 1;
	to = two_digits(to, tm.tm_hour) + 1;
	to = two_digits(to, tm.tm_min) + 1;
	two_digits(to, tm.tm_sec);
	return text_copy(dst, size, text);
}

void json_out_time(struct json_out *o, const char *key, wall_ms_t t) {
	char text[32];
	if (time_text(text, sizeof text, t))
		json_out_text(o, key, text);
	else
		json_out_null(o, key);
}

void json_out_value(struct json_out *o, const char *key, json_t *value) {
	size_t n = value ? json_dumpb(value, NULL, 0, JSON_COMPACT | JSON_ENCODE_ANY) : 0;
	char *to = n ? member(o, key, n) : NULL;
	if (to)
		buf_added(&o->text, json_dumpb(value, to, n, JSON_COMPACT | JSON_ENCODE_ANY));
	o->text.failed |= n == 0;
	json_decref(value);
}

bool json_out_write(struct json_out *o, FILE *to) {
	if (o->text.failed)
		return false;
	if (o->text.len)
		fwrite(o->text.data, 1, o->text.len, to);
	buf_reset(&o->text);
	return true;
}

bool json_out_blocks(struct json_out *o, FILE *to) {
	return o->text.len < BLOCK ? !o->text.failed : json_out_write(o, to);
}

void json_out_free(struct json_out *o) {
	buf_free(&o->text);
}
