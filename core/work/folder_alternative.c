/* SPDX-License-Identifier: MIT
 *
 * folder_alternative.c - second choices for a folder name that the target refused.
 *
 * Servers do not say what they dislike: a character, the length, the depth, or a name that
 * they keep for themselves (Exchange: "Folder name is reserved"). So each idea is plainer than
 * the one before. All carry a hash of the refused name: two refused folders never become one.
 */
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "core/base/hash.h"
#include "core/base/text.h"
#include "core/mail/imap/mutf7.h"
#include "core/work/folder_map.h"
#include "core/work/folder_name.h"

enum idea { IDEA_SAFE_CHARACTERS, IDEA_SHORT_ASCII, IDEA_TWO_LEVELS, IDEA_PLAIN_NAME, IDEA_COUNT };

#define SHORT_LEVEL 60

static bool is_safe(unsigned char c, enum idea idea) {
	if ((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9'))
		return true;
	if (c >= 0x80)
		return idea == IDEA_SAFE_CHARACTERS;
	return c && strchr(" -_()", c);
}

/* One level, plainer. Runs of what is not safe become one '_'. */
static void put_level(struct buf *out, const char *wire, size_t n, enum idea idea) {
	char text[2 * FOLDER_NAME_MAX];
	if (!mutf7_decode(text, sizeof text, wire, n))
		snprintf(text, sizeof text, "%.*s", (int)n, wire);
	size_t start = out->len, max = idea == IDEA_SAFE_CHARACTERS ? sizeof text : SHORT_LEVEL;
	for (const char *p = text; *p && out->len - start < max; p++) {
		if (is_safe((unsigned char)*p, idea))
			buf_putc(out, *p);
		else if (out->len == start || out->data[out->len - 1] != '_')
			buf_putc(out, '_');
	}
	if (out->len > start && out->data[out->len - 1] == ' ')
		out->data[out->len - 1] = '_'; /* cut behind a blank */
}

/* The candidate as modified UTF-7 into out. */
static bool make(struct buf *out, const char *refused, char delimiter, enum idea idea) {
	struct hasher h;
	struct hash hash;
	hash_begin(&h);
	hash_add(&h, refused, strlen(refused));
	hash_end(&h, &hash);
	struct buf utf8;
	buf_init(&utf8, 4 * FOLDER_NAME_MAX);
	for (const char *s = refused;; s++) {
		const char *stop = delimiter ? strchr(s, delimiter) : NULL;
		size_t n = stop ? (size_t)(stop - s) : strlen(s);
		if (s == refused && stop && n == 5 && strncasecmp(s, "INBOX", 5) == 0)
			buf_puts(&utf8, "INBOX"); /* a namespace prefix, or the INBOX itself: not ours to change */
		else if (idea == IDEA_PLAIN_NAME)
			buf_puts(&utf8, "Migrated");
		else
			put_level(&utf8, s, n, idea);
		bool inbox = s == refused && utf8.len == 5 && memcmp(utf8.data, "INBOX", 5) == 0;
		if (!stop || (idea == IDEA_PLAIN_NAME && !inbox))
			break;
		buf_putc(&utf8, idea == IDEA_TWO_LEVELS && s != refused ? '_' : delimiter);
		s = stop;
	}
	buf_printf(&utf8, " (%04x)", (unsigned)(hash_u64(&hash) & 0xFFFF));
	char wire[8 * FOLDER_NAME_MAX];
	bool ok = !utf8.failed && mutf7_encode(wire, sizeof wire, utf8.data, utf8.len) && buf_puts(out, wire);
	buf_free(&utf8);
	return ok;
}

static bool same_as_before(const char *refused, char delimiter, unsigned idea, const char *wire) {
	struct buf earlier;
	bool same = false;
	buf_init(&earlier, FOLDER_NAME_MAX - 1);
	for (unsigned k = 0; k < idea && !same; k++) {
		buf_reset(&earlier);
		same = make(&earlier, refused, delimiter, (enum idea)k) && strcmp(earlier.data, wire) == 0;
	}
	buf_free(&earlier);
	return same;
}

bool folder_map_alternative(const struct folder_mapping *refused, unsigned attempt, char target_delimiter,
			    struct folder_mapping *out) {
	struct buf wire;
	bool found = false;
	if (!refused->wire[0] || strcasecmp(refused->wire, "INBOX") == 0)
		return false;
	buf_init(&wire, FOLDER_NAME_MAX - 1);
	for (unsigned idea = 0; idea < IDEA_COUNT && attempt && !found; idea++) {
		buf_reset(&wire);
		if (!make(&wire, refused->wire, target_delimiter, (enum idea)idea) ||
		    same_as_before(refused->wire, target_delimiter, idea, wire.data))
			continue;
		found = --attempt == 0;
	}
	if (found) {
		*out = *refused;
		text_copy(out->wire, sizeof out->wire, wire.data);
		folder_display(out->display, out->wire, target_delimiter);
		text_copy(out->note, sizeof out->note, "the target refused the first name");
		out->renamed = true;
		out->exists = false;
	}
	buf_free(&wire);
	return found;
}
