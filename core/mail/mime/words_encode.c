/* SPDX-License-Identifier: MIT
 *
 * words_encode.c - raw bytes in header fields become encoded words (RFC 2047), always base64.
 */
#include <sodium/utils.h>
#include <string.h>

#include "core/mail/mime/repair_int.h"

#define WORD_MAX 75 /* RFC 2047 section 2 */

static bool foreign(char at) {
	unsigned char c = (unsigned char)at;
	return c >= 127 || (c < ' ' && c != '\t' && c != '\r' && c != '\n');
}

bool needs_encoding(const char *p, size_t n) {
	for (size_t i = 0; i < n; i++)
		if (foreign(p[i]))
			return true;
	return false;
}

/* How many bytes of the UTF-8 character at p; 0: it is none. */
static size_t utf8_length(const char *p, size_t n) {
	const unsigned char *u = (const unsigned char *)p;
	size_t len = u[0] < 0x80 ? 1 : u[0] >= 0xc2 && u[0] < 0xe0 ? 2 : (u[0] & 0xf0) == 0xe0 ? 3
		     : u[0] >= 0xf0 && u[0] < 0xf5 ? 4 : 0;
	if (len == 0 || len > n)
		return 0;
	for (size_t i = 1; i < len; i++)
		if ((u[i] & 0xc0) != 0x80)
			return 0;
	if ((u[0] == 0xe0 && u[1] < 0xa0) || (u[0] == 0xed && u[1] >= 0xa0) || (u[0] == 0xf0 && u[1] < 0x90) ||
	    (u[0] == 0xf4 && u[1] >= 0x90))
		return 0;
	return len;
}

static bool is_utf8(const char *p, size_t n) {
	for (size_t i = 0, k; i < n; i += k)
		if ((k = utf8_length(p + i, n - i)) == 0)
			return false;
	return true;
}

static void one_word(struct buf *out, const char *charset, const char *p, size_t n) {
	char text[WORD_MAX + 1];
	sodium_bin2base64(text, sizeof text, (const unsigned char *)p, n, sodium_base64_VARIANT_ORIGINAL);
	buf_printf(out, "=?%s?B?%s?=", charset, text);
}

void words_encode(struct buf *out, const char *charset, const char *p, size_t n) {
	bool utf8 = is_utf8(p, n);
	if (utf8)
		charset = "utf-8";
	size_t most = (WORD_MAX - 7 - strlen(charset)) / 4 * 3;
	while (n > 0) {
		size_t take = 0;
		while (take < n) {
			size_t k = utf8 ? utf8_length(p + take, n - take) : 1;
			if (take + k > most)
				break;
			take += k;
		}
		one_word(out, charset, p, take);
		p += take;
		n -= take;
		if (n)
			buf_puts(out, "\r\n ");
	}
}

/* Without line ends: what is encoded must not hold folds, which are not part of the text. */
static void unfold(struct buf *to, const char *p, size_t n) {
	for (size_t i = 0; i < n; i++)
		if (p[i] != '\r' && p[i] != '\n')
			buf_putc(to, p[i]);
}

static void encode_span(struct buf *out, const char *charset, const char *p, size_t n) {
	struct buf text;
	buf_init(&text, n + 1);
	unfold(&text, p, n);
	if (text.failed)
		out->failed = true;
	else if (text.len)
		words_encode(out, charset, text.data, text.len);
	buf_free(&text);
}

static bool is_space(char c) { return c == ' ' || c == '\t' || c == '\r' || c == '\n'; }

/* One span from the first word with foreign bytes to the last: blanks between two encoded words would be lost. */
void encode_unstructured(struct buf *out, const char *charset, const char *v, size_t n) {
	size_t from = 0, to = n;
	while (from < n && !foreign(v[from]))
		from++;
	while (from > 0 && !is_space(v[from - 1]))
		from--;
	while (to > from && !foreign(v[to - 1]))
		to--;
	while (to < n && !is_space(v[to]))
		to++;
	buf_put(out, v, from);
	if (from == 0)
		buf_putc(out, ' ');
	encode_span(out, charset, v + from, to - from);
	buf_put(out, v + to, n - to);
}

/* Where a quoted string, comment or run of words that starts at v ends; an address in <> is a piece of its own. */
static size_t piece_end(const char *v, size_t n) {
	char close = v[0] == '"' ? '"' : v[0] == '(' ? ')' : v[0] == '<' ? '>' : 0;
	size_t i = 1;
	if (close) {
		while (i < n && v[i] != close)
			i += v[i] == '\\' && i + 1 < n ? 2 : 1;
		return i < n ? i + 1 : n;
	}
	if (strchr(",;:>) \t\r\n", v[0]))
		return 1;
	while (i < n && !strchr("\"(<,;:>)", v[i]))
		i++;
	while (i > 1 && is_space(v[i - 1])) /* the blanks behind it stay outside */
		i--;
	return i;
}

static void copy_unquoted(struct buf *to, const char *v, size_t from, size_t last) {
	for (size_t i = from; i < last; i++) {
		if (v[i] == '\\' && i + 1 < last)
			i++;
		buf_putc(to, v[i]);
	}
}

/* A quoted string is encoded without its quotes: inside of them an encoded word means nothing (RFC 2047 5). In MIME
 * parameters everybody reads it there, and without quotes it would be no value. */
static void encode_piece(struct buf *out, const char *charset, const char *v, size_t n, bool parameters) {
	bool quoted = v[0] == '"', comment = v[0] == '(';
	struct buf inner;
	if (v[0] == '<') {
		buf_put(out, v, n); /* an address cannot be encoded */
		return;
	}
	buf_init(&inner, n + 1);
	if (quoted || comment)
		copy_unquoted(&inner, v, 1, n > 1 && v[n - 1] == (quoted ? '"' : ')') ? n - 1 : n);
	else
		buf_put(&inner, v, n);
	if (comment || parameters)
		buf_putc(out, comment ? '(' : '"');
	if (inner.failed)
		out->failed = true;
	else if (inner.len)
		encode_span(out, charset, inner.data, inner.len);
	if (comment || parameters)
		buf_putc(out, comment ? ')' : '"');
	buf_free(&inner);
}

void encode_structured(struct buf *out, const char *charset, const char *v, size_t n, bool parameters) {
	if (n && !is_space(v[0]) && needs_encoding(v, n))
		buf_putc(out, ' ');
	for (size_t i = 0, k; i < n; i += k) {
		k = piece_end(v + i, n - i);
		if (!needs_encoding(v + i, k)) {
			buf_put(out, v + i, k);
			continue;
		}
		encode_piece(out, charset, v + i, k, parameters);
		/* An encoded word ends at a blank. */
		if (v[i] != '<' && i + k < n && (v[i + k] == '<' || v[i + k] == '"' || v[i + k] == '('))
			buf_putc(out, ' ');
	}
}
