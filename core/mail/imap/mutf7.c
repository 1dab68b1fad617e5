/* SPDX-License-Identifier: MIT
 *
 * mutf7.c - modified UTF-7, without iconv: glibc's converter accepts several spellings
 * of one name (`a&b` and `&AGE-` both give `a`), which would make two folders one.
 */
#include "core/mail/imap/mutf7.h"

#include <stdint.h>
#include <string.h>

#define FOLDER_BYTES_MAX 4096 /* no mailbox name comes near; bounds the re-encoding below */

static const char alphabet[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+,";

struct out {
	char *dst;
	size_t len, size; /* size includes the NUL */
};

static bool put(struct out *o, char c) {
	if (o->len + 1 >= o->size)
		return false;
	o->dst[o->len++] = c;
	return true;
}

static bool put_utf8(struct out *o, uint32_t cp) {
	if (cp < 0x80)
		return put(o, (char)cp);
	if (cp < 0x800)
		return put(o, (char)(0xC0 | cp >> 6)) && put(o, (char)(0x80 | (cp & 0x3F)));
	if (cp < 0x10000)
		return put(o, (char)(0xE0 | cp >> 12)) && put(o, (char)(0x80 | (cp >> 6 & 0x3F))) &&
		       put(o, (char)(0x80 | (cp & 0x3F)));
	return put(o, (char)(0xF0 | cp >> 18)) && put(o, (char)(0x80 | (cp >> 12 & 0x3F))) &&
	       put(o, (char)(0x80 | (cp >> 6 & 0x3F))) && put(o, (char)(0x80 | (cp & 0x3F)));
}

/* One code point from n > 0 bytes of UTF-8; 0 when malformed (RFC 3629) or a NUL. */
static size_t utf8_next(const char *text, size_t n, uint32_t *cp) {
	const unsigned char *s = (const unsigned char *)text;
	size_t len = s[0] < 0x80 ? 1 : s[0] < 0xC2 ? 0 : s[0] < 0xE0 ? 2 : s[0] < 0xF0 ? 3 : s[0] < 0xF5 ? 4 : 0;
	if (!len || len > n || !s[0])
		return 0;
	*cp = len == 1 ? s[0] : s[0] & (0x7FU >> len);
	for (size_t i = 1; i < len; i++) {
		if ((s[i] & 0xC0) != 0x80)
			return 0;
		*cp = *cp << 6 | (s[i] & 0x3FU);
	}
	bool overlong = (len == 3 && *cp < 0x800) || (len == 4 && *cp < 0x10000);
	return overlong || *cp > 0x10FFFF || (*cp >= 0xD800 && *cp <= 0xDFFF) ? 0 : len;
}

/* The base64 run of UTF-16 code units that is being written or read. */
struct run {
	uint32_t bits;
	unsigned count; /* bits held */
	bool open;
};

static bool run_add(struct run *r, struct out *o, uint32_t unit) {
	if (!r->open && !put(o, '&'))
		return false;
	r->open = true;
	r->bits = r->bits << 16 | unit;
	r->count += 16;
	while (r->count >= 6) {
		r->count -= 6;
		if (!put(o, alphabet[r->bits >> r->count & 0x3F]))
			return false;
	}
	r->bits &= 0x3F; /* fewer than 6 bits are left over */
	return true;
}

static bool run_close(struct run *r, struct out *o) {
	if (!r->open)
		return true;
	bool ok = (r->count == 0 || put(o, alphabet[r->bits << (6 - r->count) & 0x3F])) && put(o, '-');
	*r = (struct run){ 0 };
	return ok;
}

bool mutf7_encode(char *dst, size_t size, const char *src, size_t n) {
	struct out o = { dst, 0, size };
	struct run r = { 0 };
	if (!size)
		return false;
	for (size_t i = 0; i < n;) {
		uint32_t cp = 0;
		size_t used = utf8_next(src + i, n - i, &cp);
		if (!used)
			return false;
		i += used;
		bool ok;
		if (cp >= 0x20 && cp <= 0x7E)
			ok = run_close(&r, &o) && put(&o, (char)cp) && (cp != '&' || put(&o, '-'));
		else if (cp < 0x10000)
			ok = run_add(&r, &o, cp);
		else
			ok = run_add(&r, &o, 0xD800 | (cp - 0x10000) >> 10) &&
			     run_add(&r, &o, 0xDC00 | ((cp - 0x10000) & 0x3FF));
		if (!ok)
			return false;
	}
	if (!run_close(&r, &o))
		return false;
	dst[o.len] = '\0';
	return true;
}

/* Decode "&...-" whose base64 is src[0..n); surrogates must come in pairs. Padding bits
 * are not looked at here: a wrong spelling fails the comparison in mutf7_decode. */
static bool decode_run(struct out *o, const char *src, size_t n) {
	struct run r = { 0 };
	uint32_t high = 0;
	for (size_t i = 0; i < n; i++) {
		const char *digit = src[i] ? strchr(alphabet, src[i]) : NULL;
		if (!digit)
			return false;
		r.bits = (r.bits << 6 | (uint32_t)(digit - alphabet)) & 0x3FFFFF;
		r.count += 6;
		if (r.count < 16)
			continue;
		r.count -= 16;
		uint32_t unit = r.bits >> r.count & 0xFFFF;
		if (unit >= 0xDC00 && unit <= 0xDFFF) {
			if (!high || !put_utf8(o, 0x10000 + ((high & 0x3FF) << 10 | (unit & 0x3FF))))
				return false;
			high = 0;
		} else if (high || !unit) {
			return false;
		} else if (unit >= 0xD800 && unit <= 0xDBFF) {
			high = unit;
		} else if (!put_utf8(o, unit)) {
			return false;
		}
	}
	return !high;
}

bool mutf7_decode(char *dst, size_t size, const char *src, size_t n) {
	struct out o = { dst, 0, size };
	if (!size || n > FOLDER_BYTES_MAX)
		return false;
	for (size_t i = 0; i < n; i++) {
		if (src[i] != '&') {
			if (src[i] < 0x20 || src[i] > 0x7E || !put(&o, src[i]))
				return false;
			continue;
		}
		const char *end = memchr(src + i, '-', n - i);
		if (!end)
			return false;
		size_t run = (size_t)(end - (src + i)) - 1;
		if (run == 0 ? !put(&o, '&') : !decode_run(&o, src + i + 1, run))
			return false;
		i += run + 1;
	}
	dst[o.len] = '\0';
	char again[FOLDER_BYTES_MAX + 1];
	return mutf7_encode(again, sizeof again, dst, o.len) && strlen(again) == n && memcmp(again, src, n) == 0;
}
