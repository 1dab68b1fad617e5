/* SPDX-License-Identifier: MIT
 *
 * words.c - RFC 2047: "=?charset?B or Q?text?=" to UTF-8.
 *
 * Neighbouring words of one charset are joined as bytes before they are converted: many
 * mailers cut a word in the middle of a character.
 */
#include "core/mail/mime/words.h"

#include <errno.h>
#include <iconv.h>
#include <sodium/utils.h>
#include <string.h>
#include <strings.h>

#define CHARSET_MAX 32
#define WORD_MAX 8192 /* RFC 2047 says 75; mailers that do not care put a whole Subject into one */

struct word {
	char charset[CHARSET_MAX];
	char encoding; /* 'B' or 'Q' */
	const char *text;
	size_t text_len, total_len;
};

struct decoder {
	struct buf *out;
	struct buf pending; /* decoded bytes, in charset */
	char charset[CHARSET_MAX];
};

/* iconv loads a module by name: only names from this list ever reach it. */
static bool charset_known(const char *name) {
	static const char *const exact[] = { "utf-8",	  "us-ascii", "ascii",	"koi8-r", "koi8-u",	 "shift_jis",
					     "euc-jp",	  "euc-kr",   "gb2312", "gbk",	  "gb18030",	 "big5",
					     "macintosh", "tis-620",  "cp437",	"cp850",  "iso-2022-jp" };
	static const char *const numbered[] = { "iso-8859-", "windows-125", "windows-874", "cp125", "cp936", "cp932" };
	for (size_t i = 0; i < sizeof exact / sizeof exact[0]; i++)
		if (strcasecmp(name, exact[i]) == 0)
			return true;
	for (size_t i = 0; i < sizeof numbered / sizeof numbered[0]; i++) {
		size_t n = strlen(numbered[i]);
		if (strncasecmp(name, numbered[i], n) == 0)
			return strlen(name + n) <= 2 && strspn(name + n, "0123456789") == strlen(name + n);
	}
	return false;
}

/* RFC 2231 allows "charset*language". */
static bool copy_charset(char dst[CHARSET_MAX], const char *p, size_t n) {
	const char *star = memchr(p, '*', n);
	if (star)
		n = (size_t)(star - p);
	if (n == 0 || n >= CHARSET_MAX || memchr(p, '\0', n))
		return false;
	memcpy(dst, p, n);
	dst[n] = '\0';
	if (strcasecmp(dst, "utf8") == 0)
		memcpy(dst, "utf-8", sizeof "utf-8");
	return charset_known(dst);
}

static bool word_at(const char *p, size_t n, struct word *w) {
	if (n < 8 || p[0] != '=' || p[1] != '?')
		return false;
	if (n > WORD_MAX)
		n = WORD_MAX;
	const char *end = p + n, *charset = p + 2;
	const char *q1 = memchr(charset, '?', (size_t)(end - charset));
	if (!q1 || end - q1 < 5 || q1[2] != '?')
		return false;
	w->text = q1 + 3;
	const char *stop = memmem(w->text, (size_t)(end - w->text), "?=", 2);
	if (!stop || !copy_charset(w->charset, charset, (size_t)(q1 - charset)))
		return false;
	w->encoding = (char)(q1[1] & ~0x20); /* upper case */
	w->text_len = (size_t)(stop - w->text);
	w->total_len = (size_t)(stop + 2 - p);
	return w->encoding == 'B' || w->encoding == 'Q';
}

static int hex_digit(char c) {
	if (c >= '0' && c <= '9')
		return c - '0';
	if ((c >= 'A' && c <= 'F') || (c >= 'a' && c <= 'f'))
		return (c | 0x20) - 'a' + 10;
	return -1;
}

static void put_q(struct buf *to, const char *p, size_t n) {
	for (size_t i = 0; i < n; i++) {
		bool room = i + 2 < n; /* for two digits */
		int hi = room ? hex_digit(p[i + 1]) : -1, lo = room ? hex_digit(p[i + 2]) : -1;
		if (p[i] == '=' && hi >= 0 && lo >= 0) {
			buf_putc(to, (char)(hi << 4 | lo));
			i += 2;
		} else {
			buf_putc(to, p[i] == '_' ? ' ' : p[i]);
		}
	}
}

static void put_b(struct buf *to, const char *p, size_t n) {
	size_t len = 0;
	char *dst = buf_room(to, n);
	/* Padding is skipped, not wanted: some mailers leave it out, some join two padded pieces. */
	if (dst && n) {
		sodium_base642bin((unsigned char *)dst, n, p, n, " \t=", &len, NULL,
				  sodium_base64_VARIANT_ORIGINAL_NO_PADDING);
		buf_added(to, len);
	}
}

static void convert(struct buf *out, const char *charset, char *p, size_t n) {
	iconv_t cd = strcasecmp(charset, "utf-8") == 0 ? (iconv_t)-1 : iconv_open("UTF-8", charset);
	if (cd == (iconv_t)-1) {
		buf_put(out, p, n);
		return;
	}
	char chunk[512];
	while (n) {
		char *dst = chunk;
		size_t room = sizeof chunk;
		errno = 0;
		bool stuck = iconv(cd, &p, &n, &dst, &room) == (size_t)-1 && errno != E2BIG;
		buf_put(out, chunk, sizeof chunk - room);
		if (stuck && n) { /* an impossible or cut-off character */
			buf_puts(out, "\xEF\xBF\xBD");
			p++;
			n--;
		}
	}
	iconv_close(cd);
}

static void flush(struct decoder *d) {
	if (d->pending.len)
		convert(d->out, d->charset, d->pending.data, d->pending.len);
	buf_reset(&d->pending);
}

static void take_word(struct decoder *d, const struct word *w) {
	if (strcasecmp(d->charset, w->charset) != 0) {
		flush(d);
		memcpy(d->charset, w->charset, sizeof d->charset);
	}
	if (w->encoding == 'B')
		put_b(&d->pending, w->text, w->text_len);
	else
		put_q(&d->pending, w->text, w->text_len);
}

void words_decode(struct buf *out, const char *value, size_t n) {
	struct decoder d = { .out = out };
	struct word w;
	buf_init(&d.pending, out->max);
	const char *p = value, *end = value + n;
	bool after_word = false;
	while (p < end) {
		size_t blanks = 0;
		while (p + blanks < end && (p[blanks] == ' ' || p[blanks] == '\t'))
			blanks++;
		if (word_at(p + blanks, (size_t)(end - p) - blanks, &w)) {
			if (!after_word) /* blanks between two words are not part of the text */
				buf_put(out, p, blanks);
			take_word(&d, &w);
			p += blanks + w.total_len;
			after_word = true;
			continue;
		}
		flush(&d);
		after_word = false;
		const char *next = p + blanks + 1;
		while (next < end && *next != ' ' && *next != '\t' && *next != '=')
			next++;
		if (next > end)
			next = end;
		buf_put(out, p, (size_t)(next - p));
		p = next;
	}
	flush(&d);
	buf_free(&d.pending);
}
