/* SPDX-License-Identifier: MIT
 *
 * folder_name.c - cleaning, showing and case-folding of folder names.
 */
#include "core/work/folder_name.h"

#include <string.h>

#include "core/base/hash.h"
#include "core/base/text.h"
#include "core/mail/imap/mutf7.h"

static bool put_escaped(struct buf *out, const char *p, size_t n) {
	for (size_t i = 0; i < n; i++)
		buf_printf(out, "%%%02X", (unsigned char)p[i]);
	return !out->failed;
}

/* The level's text: decoded, else its own bytes where those are UTF-8, else with 8-bit bytes as %XX. */
static bool level_text(struct buf *text, const char *wire, size_t n, unsigned *changes) {
	char decoded[2 * FOLDER_NAME_MAX], probe[4 * FOLDER_NAME_MAX];
	if (n < FOLDER_NAME_MAX && mutf7_decode(decoded, sizeof decoded, wire, n))
		return buf_puts(text, decoded);
	*changes |= LEVEL_OPAQUE;
	if (mutf7_encode(probe, sizeof probe, wire, n))
		return buf_put(text, wire, n);
	for (size_t i = 0; i < n; i++) {
		if ((unsigned char)wire[i] >= 0x80)
			put_escaped(text, wire + i, 1);
		else
			buf_putc(text, wire[i]);
	}
	return !text->failed;
}

/* Length of the control character at p (C0, DEL, or C1 in UTF-8), 0 when it is none. */
static size_t control_at(const char *p, const char *end) {
	unsigned char c = (unsigned char)p[0];
	if (c < ' ' || c == 127)
		return 1;
	return c == 0xC2 && p + 1 < end && (unsigned char)p[1] < 0xA0 ? 2 : 0;
}

static bool put_clean(struct buf *out, const char *p, size_t n, char delimiter, unsigned *changes) {
	const char *end = p + n, *text = p, *last = end;
	while (text < end && *text == ' ')
		text++;
	while (last > text && last[-1] == ' ')
		last--;
	if (text > p || last < end)
		*changes |= LEVEL_BLANKS;
	for (; p < end; p++) {
		size_t control = control_at(p, end);
		if (control) {
			*changes |= LEVEL_CONTROL;
			put_escaped(out, p, control);
			p += control - 1;
		} else if (delimiter && *p == delimiter) {
			*changes |= LEVEL_DELIMITER;
			buf_putc(out, delimiter == '_' ? '-' : '_');
		} else if (p < text || p >= last) {
			put_escaped(out, p, 1);
		} else {
			buf_putc(out, *p);
		}
	}
	return !out->failed;
}

bool folder_level_clean(struct buf *out, const char *wire, size_t n, char delimiter, unsigned *changes) {
	if (n == 0) {
		*changes |= LEVEL_EMPTY;
		return buf_putc(out, delimiter == '_' ? '-' : '_');
	}
	if (wire[0] == '.' && (n == 1 || (n == 2 && wire[1] == '.'))) {
		*changes |= LEVEL_DOTS;
		return put_escaped(out, wire, n);
	}
	struct buf text;
	buf_init(&text, 4 * FOLDER_NAME_MAX);
	bool ok = level_text(&text, wire, n, changes) && put_clean(out, text.data, text.len, delimiter, changes);
	buf_free(&text);
	return ok;
}

bool folder_level_encode(struct buf *out, const char *utf8, size_t n) {
	char wire[8 * FOLDER_NAME_MAX];
	return mutf7_encode(wire, sizeof wire, utf8, n) && buf_puts(out, wire);
}

void folder_display(char dst[FOLDER_NAME_MAX], const char *wire, char delimiter) {
	char decoded[2 * FOLDER_NAME_MAX];
	size_t len = 0;
	for (;;) {
		const char *stop = delimiter ? strchr(wire, delimiter) : NULL;
		size_t n = stop ? (size_t)(stop - wire) : strlen(wire);
		bool text = mutf7_decode(decoded, sizeof decoded, wire, n);
		len += text_sanitise(dst + len, FOLDER_NAME_MAX - len, text ? decoded : wire,
				     text ? strlen(decoded) : n);
		if (!stop || len + 1 >= FOLDER_NAME_MAX)
			return;
		dst[len++] = '/';
		dst[len] = '\0';
		wire = stop + 1;
	}
}

/* Simple case folding of the two-byte characters of UTF-8 that have case and occur in folder names. */
static unsigned fold_char(unsigned cp) {
	if (cp >= 0xC0 && cp <= 0xDE && cp != 0xD7)
		return cp + 0x20;
	if ((cp >= 0x139 && cp <= 0x148) || (cp >= 0x179 && cp <= 0x17E))
		return cp + (cp & 1); /* Latin Extended-A, where capitals are odd */
	if (cp >= 0x100 && cp <= 0x177 && cp != 0x130 && cp != 0x131 && cp != 0x138 && cp != 0x149)
		return cp | 1;
	if (cp >= 0x391 && cp <= 0x3AB)
		return cp + 0x20;
	if (cp >= 0x410 && cp <= 0x42F)
		return cp + 0x20;
	if (cp >= 0x400 && cp <= 0x40F)
		return cp + 0x50;
	return cp;
}

uint64_t folder_fold(const char *utf8) {
	struct hasher h;
	struct hash hash;
	hash_begin(&h);
	for (const unsigned char *p = (const unsigned char *)utf8; *p; p++) {
		unsigned cp = *p;
		if (cp >= 'A' && cp <= 'Z') {
			cp += 'a' - 'A';
		} else if (cp >= 0xC3 && cp <= 0xDF && (p[1] & 0xC0) == 0x80) {
			cp = fold_char((cp & 0x1F) << 6 | (p[1] & 0x3F));
			p++;
		}
		hash_add(&h, &cp, sizeof cp);
	}
	hash_end(&h, &hash);
	return hash_u64(&hash);
}
