/* SPDX-License-Identifier: MIT
 *
 * decode.c - reading a file within its limit, telling its encoding, converting to UTF-8.
 */
#include "import/decode.h"

#include <errno.h>
#include <stdint.h>
#include <string.h>
#include <unistd.h>

#include "core/base/text.h"
#include "import/import.h"
#include "import/wiped.h"

bool input_read(int fd, const char *name, unsigned char **bytes, size_t *n, struct err *e) {
	unsigned char *data = NULL;
	size_t len = 0, cap = 64 << 10;
	for (;;) {
		unsigned char *more = wiped_realloc(data, cap);
		if (!more) {
			wiped_free(data);
			return err_nomem(e);
		}
		data = more;
		ssize_t got = read(fd, data + len, cap - len);
		if (got < 0 && errno == EINTR)
			continue;
		if (got < 0) {
			err_errno(e, ERR_INPUT, "Cannot read %s", name);
			wiped_free(data);
			return false;
		}
		if (got == 0)
			break;
		len += (size_t)got;
		if (len > IMPORT_FILE_MAX) {
			wiped_free(data);
			return err_set(e, ERR_INPUT, "%s is larger than %u MB; split the list", name,
				       IMPORT_FILE_MAX >> 20);
		}
		if (len == cap)
			cap *= 2;
	}
	*bytes = data;
	*n = len;
	return true;
}

/* Length of the well-formed UTF-8 sequence at s (RFC 3629 section 4), 0 when there is none. */
static size_t utf8_sequence(const unsigned char *s, size_t n) {
	unsigned char low = 0x80, high = 0xBF;
	size_t len;
	if (s[0] < 0x80)
		return 1;
	if (s[0] >= 0xC2 && s[0] <= 0xDF)
		len = 2;
	else if (s[0] >= 0xE0 && s[0] <= 0xEF)
		len = 3;
	else if (s[0] >= 0xF0 && s[0] <= 0xF4)
		len = 4;
	else
		return 0;
	if (s[0] == 0xE0)
		low = 0xA0;
	else if (s[0] == 0xED)
		high = 0x9F;
	else if (s[0] == 0xF0)
		low = 0x90;
	else if (s[0] == 0xF4)
		high = 0x8F;
	if (n < len || s[1] < low || s[1] > high)
		return 0;
	for (size_t i = 2; i < len; i++)
		if ((s[i] & 0xC0) != 0x80)
			return 0;
	return len;
}

/* Bytes that are no UTF-8, and sequences of two and more that are. */
static void utf8_weigh(const unsigned char *s, size_t n, size_t *bad, size_t *good) {
	*bad = *good = 0;
	for (size_t i = 0; i < n;) {
		size_t len = utf8_sequence(s + i, n - i);
		*bad += len == 0;
		*good += len > 1;
		i += len ? len : 1;
	}
}

static size_t put_utf8(char *to, uint32_t cp) {
	if (cp < 0x80) {
		to[0] = (char)cp;
		return 1;
	}
	if (cp < 0x800) {
		to[0] = (char)(0xC0 | cp >> 6);
		to[1] = (char)(0x80 | (cp & 0x3F));
		return 2;
	}
	if (cp < 0x10000) {
		to[0] = (char)(0xE0 | cp >> 12);
		to[1] = (char)(0x80 | (cp >> 6 & 0x3F));
		to[2] = (char)(0x80 | (cp & 0x3F));
		return 3;
	}
	to[0] = (char)(0xF0 | cp >> 18);
	to[1] = (char)(0x80 | (cp >> 12 & 0x3F));
	to[2] = (char)(0x80 | (cp >> 6 & 0x3F));
	to[3] = (char)(0x80 | (cp & 0x3F));
	return 4;
}

#define NOTHING 0xFFFDU /* REPLACEMENT CHARACTER */

static size_t from_utf8(const unsigned char *s, size_t n, char *to, size_t *bad) {
	size_t len = 0;
	for (size_t i = 0; i < n;) {
		size_t used = utf8_sequence(s + i, n - i);
		if (used)
			memcpy(to + len, s + i, used);
		else
			++*bad;
		len += used ? used : put_utf8(to + len, NOTHING);
		i += used ? used : 1;
	}
	return len;
}

static size_t from_windows_1252(const unsigned char *s, size_t n, char *to, size_t *bad) {
	static const uint16_t high[32] = {
		0x20AC, NOTHING, 0x201A, 0x0192, 0x201E, 0x2026, 0x2020, 0x2021, 0x02C6, 0x2030, 0x0160, 0x2039,
		0x0152, NOTHING, 0x017D, NOTHING, NOTHING, 0x2018, 0x2019, 0x201C, 0x201D, 0x2022, 0x2013, 0x2014,
		0x02DC, 0x2122, 0x0161, 0x203A, 0x0153, NOTHING, 0x017E, 0x0178,
	};
	size_t len = 0;
	for (size_t i = 0; i < n; i++) {
		uint32_t cp = s[i] >= 0x80 && s[i] < 0xA0 ? high[s[i] - 0x80] : s[i];
		*bad += cp == NOTHING;
		len += put_utf8(to + len, cp);
	}
	return len;
}

static size_t from_utf16(const unsigned char *s, size_t n, bool big, char *to, size_t *bad) {
	size_t len = 0, i = 0;
#define UNIT(at) ((uint32_t)(big ? s[at] << 8 | s[(at) + 1] : s[(at) + 1] << 8 | s[at]))
	while (i + 1 < n) {
		uint32_t cp = UNIT(i);
		i += 2;
		if (cp >= 0xD800 && cp <= 0xDBFF && i + 1 < n && UNIT(i) >= 0xDC00 && UNIT(i) <= 0xDFFF) {
			cp = 0x10000 + ((cp - 0xD800) << 10) + (UNIT(i) - 0xDC00);
			i += 2;
		} else if (cp >= 0xD800 && cp <= 0xDFFF) {
			cp = NOTHING;
			++*bad;
		}
		len += put_utf8(to + len, cp);
	}
#undef UNIT
	if (i < n) { /* half a character at the end: the file was cut */
		len += put_utf8(to + len, NOTHING);
		++*bad;
	}
	return len;
}

enum encoding { UTF8, UTF8_BOM, UTF16LE, UTF16BE, UTF32, WINDOWS_1252, ENCODINGS };

static const char *const encoding_names[ENCODINGS] = { "UTF-8",	   "UTF-8 with BOM", "UTF-16LE",
						       "UTF-16BE", "UTF-32",	     "Windows-1252" };

/* *skip: length of the byte order mark. */
static enum encoding detect(const unsigned char *s, size_t n, size_t *skip) {
	size_t bad, good;
	*skip = 0;
	if (n >= 4 && (memcmp(s, "\xFF\xFE\0\0", 4) == 0 || memcmp(s, "\0\0\xFE\xFF", 4) == 0))
		return UTF32;
	if (n >= 3 && memcmp(s, "\xEF\xBB\xBF", 3) == 0) {
		*skip = 3;
		return UTF8_BOM;
	}
	if (n >= 2 && (memcmp(s, "\xFF\xFE", 2) == 0 || memcmp(s, "\xFE\xFF", 2) == 0)) {
		*skip = 2;
		return s[0] == 0xFF ? UTF16LE : UTF16BE;
	}
	if (n >= 4 && s[0] && !s[1] && s[2] && !s[3])
		return UTF16LE;
	if (n >= 4 && !s[0] && s[1] && !s[2] && s[3])
		return UTF16BE;
	utf8_weigh(s, n, &bad, &good);
	/* A damaged UTF-8 file read as Windows-1252 would have wrong passwords and no word about it. */
	return bad > good ? WINDOWS_1252 : UTF8;
}

bool decode_text(unsigned char *bytes, size_t n, struct decoded *out, struct err *e) {
	size_t skip;
	enum encoding enc = detect(bytes, n, &skip);
	const unsigned char *s = bytes + skip;
	*out = (struct decoded){ .unsupported = enc == UTF32, .guessed = enc == WINDOWS_1252 };
	text_copy(out->encoding, sizeof out->encoding, encoding_names[enc]);
	if (enc == UTF32)
		n = skip = 0;
	n -= skip;
	if (enc == UTF8 || enc == UTF8_BOM) {
		size_t good;
		utf8_weigh(s, n, &out->bad, &good);
		if (!out->bad) {
			out->owner = bytes;
			out->text = (char *)bytes + skip;
			out->len = n;
			return true;
		}
		out->bad = 0;
	}
	/* The worst growth: one byte of Windows-1252, or one bad byte, becomes three; UTF-16 is below that. */
	out->text = out->owner = wiped_realloc(NULL, n * 3 + 4);
	if (!out->text) {
		wiped_free(bytes);
		return err_nomem(e);
	}
	if (enc == UTF16LE || enc == UTF16BE)
		out->len = from_utf16(s, n, enc == UTF16BE, out->text, &out->bad);
	else if (enc == WINDOWS_1252)
		out->len = from_windows_1252(s, n, out->text, &out->bad);
	else
		out->len = from_utf8(s, n, out->text, &out->bad);
	wiped_free(bytes);
	return true;
}

void decode_free(struct decoded *d) {
	wiped_free(d->owner);
	*d = (struct decoded){ 0 };
}
