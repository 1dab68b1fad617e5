/* SPDX-License-Identifier: MIT
 *
 * text.c - sanitising of foreign text, bounded copies, careful numbers.
 */
#include "core/base/text.h"

#include <stdio.h>
#include <string.h>
#include <time.h>

/* Length of the well-formed UTF-8 sequence at s (RFC 3629: no overlong forms, no
 * surrogates, nothing above U+10FFFF) and its code point; 0 when it is malformed. */
static size_t utf8_decode(const unsigned char *s, size_t n, uint32_t *cp) {
	size_t len = s[0] < 0x80 ? 1 : s[0] >= 0xC2 && s[0] <= 0xDF ? 2 : (s[0] & 0xF0) == 0xE0 ? 3
		   : s[0] >= 0xF0 && s[0] <= 0xF4			    ? 4
									    : 0;
	static const unsigned char lead_mask[] = { 0, 0x7F, 0x1F, 0x0F, 0x07 };
	static const uint32_t smallest[] = { 0, 0, 0x80, 0x800, 0x10000 };
	if (!len || len > n)
		return 0;
	*cp = s[0] & lead_mask[len];
	for (size_t i = 1; i < len; i++) {
		if ((s[i] & 0xC0) != 0x80)
			return 0;
		*cp = *cp << 6 | (s[i] & 0x3FU);
	}
	if (*cp < smallest[len] || *cp > 0x10FFFF || (*cp >= 0xD800 && *cp <= 0xDFFF))
		return 0;
	return len;
}

/* Code points that reorder, hide or break a line of text without being control bytes. */
static bool is_deceptive(uint32_t cp) {
	static const struct {
		uint32_t first, last;
	} ranges[] = {
		{ 0x061C, 0x061C }, { 0x200B, 0x200F }, { 0x2028, 0x202E }, { 0x2060, 0x2069 },
		{ 0xFEFF, 0xFEFF }, { 0xFFF9, 0xFFFB }, { 0xE0000, 0xE007F },
	};
	for (size_t i = 0; i < sizeof ranges / sizeof *ranges; i++)
		if (cp >= ranges[i].first && cp <= ranges[i].last)
			return true;
	return false;
}

size_t text_sanitise(char *dst, size_t size, const char *src, size_t n) {
	const unsigned char *s = (const unsigned char *)src;
	size_t len = 0;
	if (!size)
		return 0;
	for (size_t i = 0; i < n;) {
		char piece[8];
		uint32_t cp = 0;
		/* Plain text, which most of it is, needs no second look. */
		while (i < n && len + 1 < size && s[i] >= 0x20 && s[i] < 0x7F)
			dst[len++] = (char)s[i++];
		if (i == n)
			break;
		size_t used = utf8_decode(s + i, n - i, &cp), put;
		if (used && (cp < 0x20 || (cp >= 0x7F && cp <= 0x9F))) {
			put = (size_t)snprintf(piece, sizeof piece, "\\x%02x", (unsigned)cp & 0xFFU);
		} else if (!used || is_deceptive(cp)) {
			memcpy(piece, "\xEF\xBF\xBD", put = 3);
		} else {
			memcpy(piece, s + i, put = used);
		}
		if (len + put >= size)
			break;
		memcpy(dst + len, piece, put);
		len += put;
		i += used ? used : 1;
	}
	dst[len] = '\0';
	return len;
}

bool text_copy(char *dst, size_t size, const char *src) {
	size_t n = strlen(src);
	if (!size)
		return false;
	if (n < size) {
		memcpy(dst, src, n + 1);
		return true;
	}
	n = size - 1;
	while (n && ((unsigned char)src[n] & 0xC0) == 0x80)
		n--;
	memcpy(dst, src, n);
	dst[n] = '\0';
	return false;
}

bool text_u64(const char *s, uint64_t min, uint64_t max, uint64_t *out) {
	uint64_t v = 0;
	if (!s || !*s)
		return false;
	for (; *s; s++) {
		unsigned digit = (unsigned)(unsigned char)*s - '0';
		if (digit > 9 || v > (UINT64_MAX - digit) / 10)
			return false;
		v = v * 10 + digit;
	}
	if (v < min || v > max)
		return false;
	*out = v;
	return true;
}

static int ascii_lower(char c) {
	unsigned char u = (unsigned char)c;
	return u >= 'A' && u <= 'Z' ? u + ('a' - 'A') : u;
}

void text_lower(char *s) {
	for (; *s; s++)
		*s = (char)ascii_lower(*s);
}

bool text_ieq(const char *a, const char *b) {
	for (; *a && ascii_lower(*a) == ascii_lower(*b); a++)
		b++;
	return *a == *b;
}

bool text_parse_bytes(const char *s, uint64_t *out) {
	static const char units[] = "kmgt";
	char digits[24], unit[4] = "";
	uint64_t n, factor = 1;
	size_t len = strspn(s, "0123456789"), rest;
	if (len == 0 || len >= sizeof digits)
		return false;
	memcpy(digits, s, len);
	digits[len] = '\0';
	s += len;
	s += strspn(s, " ");
	rest = strlen(s);
	if (rest >= sizeof unit || !text_u64(digits, 1, UINT64_MAX, &n))
		return false;
	memcpy(unit, s, rest + 1);
	text_lower(unit);
	if (rest && unit[rest - 1] == 'b')
		unit[--rest] = '\0';
	if (rest) {
		const char *at = rest == 1 ? strchr(units, unit[0]) : NULL;
		if (!at)
			return false;
		for (const char *u = units; u <= at; u++)
			factor *= 1000;
	}
	if (n > UINT64_MAX / factor)
		return false;
	*out = n * factor;
	return true;
}

/* Cut, never rounded up: 999,999 bytes are "999.9 kB", not a megabyte that is not there. */
static void scaled_bytes(char *dst, size_t size, uint64_t bytes, uint64_t step, const char *prefixes) {
	uint64_t unit = 1;
	char prefix = '\0';
	for (; *prefixes && bytes / unit >= step; unit *= step)
		prefix = *prefixes++;
	if (!prefix)
		snprintf(dst, size, "%llu B", (unsigned long long)bytes);
	else
		snprintf(dst, size, "%llu.%u %cB", (unsigned long long)(bytes / unit),
			 (unsigned)(bytes % unit * 10 / unit), prefix);
}

void text_bytes(char *dst, size_t size, uint64_t bytes) {
	scaled_bytes(dst, size, bytes, 1000, "kMGTPE");
}

void text_bytes_binary(char *dst, size_t size, uint64_t bytes) {
	scaled_bytes(dst, size, bytes, 1024, "kMGTP");
}

void text_count(char *dst, size_t size, uint64_t n) {
	char digits[24], out[32];
	size_t len = (size_t)snprintf(digits, sizeof digits, "%llu", (unsigned long long)n), to = 0;
	for (size_t i = 0; i < len; i++) {
		if (i && (len - i) % 3 == 0)
			out[to++] = ',';
		out[to++] = digits[i];
	}
	out[to] = '\0';
	text_copy(dst, size, out);
}

void text_time_of_day(char *dst, size_t size, int64_t ms) {
	struct tm tm;
	time_t seconds = (time_t)(ms / 1000);
	if (!localtime_r(&seconds, &tm) || !strftime(dst, size, "%H:%M:%S", &tm))
		text_copy(dst, size, "?");
}
