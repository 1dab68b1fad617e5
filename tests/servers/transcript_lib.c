/* SPDX-License-Identifier: MIT
 *
 * transcript_lib.c - transcripts as files, and the reading of what clients say. See transcript_lib.h.
 */
#include "tests/servers/transcript_lib.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/base/text.h"

bool transcript_add(struct transcript *t, enum transcript_kind kind, unsigned tag, const char *bytes, size_t n) {
	if (t->count == t->cap) {
		size_t cap = t->cap ? t->cap * 2 : 64;
		struct transcript_entry *p = realloc(t->entries, cap * sizeof *p);
		if (!p)
			return false;
		t->entries = p;
		t->cap = cap;
	}
	struct transcript_entry *entry = &t->entries[t->count];
	*entry = (struct transcript_entry){ .kind = kind, .tag = tag, .repeated = 1, .n = n, .bytes = malloc(n + 1) };
	if (!entry->bytes || n > TRANSCRIPT_BYTES_MAX) {
		free(entry->bytes);
		return false;
	}
	if (n)
		memcpy(entry->bytes, bytes, n);
	entry->bytes[n] = '\0';
	t->count++;
	return true;
}

void transcript_free(struct transcript *t) {
	for (size_t i = 0; i < t->count; i++)
		free(t->entries[i].bytes);
	free(t->entries);
	*t = (struct transcript){ 0 };
}

static int hex_digit(char c) {
	const char *digits = "0123456789abcdef", *at = c ? strchr(digits, c) : NULL;
	return at ? (int)(at - digits) : -1;
}

/* Escapes undone in place; SIZE_MAX when there is one that means nothing. */
static size_t unescape(char *s) {
	char *to = s;
	for (char *p = s; *p; p++) {
		if (*p != '\\') {
			*to++ = *p;
			continue;
		}
		switch (*++p) {
		case 'r': *to++ = '\r'; break;
		case 'n': *to++ = '\n'; break;
		case '\\': *to++ = '\\'; break;
		case 'x':
			if (hex_digit(p[1]) < 0 || hex_digit(p[2]) < 0)
				return SIZE_MAX;
			*to++ = (char)(hex_digit(p[1]) << 4 | hex_digit(p[2]));
			p += 2;
			break;
		default: return SIZE_MAX;
		}
	}
	return (size_t)(to - s);
}

static bool add_text(struct transcript *t, char *line) {
	char *text = line + 2, *end;
	unsigned tag = 0;
	if (line[0] == '#' || !line[0])
		return true;
	if (line[1] != ' ' || !strchr("CcSX", line[0]))
		return false;
	if (line[0] != 'S') {
		bool ok = transcript_add(t, line[0] == 'X' ? SAYS_END : SAYS_CLIENT, 0, text, strlen(text));
		if (ok)
			t->entries[t->count - 1].untagged = line[0] == 'c';
		return ok;
	}
	if (*text == '$') {
		tag = (unsigned)strtoul(text + 1, &end, 10);
		text = end;
	}
	size_t n = unescape(text);
	return n != SIZE_MAX && transcript_add(t, SAYS_SERVER, tag, text, n);
}

bool transcript_load(struct transcript *t, const char *path) {
	FILE *f = fopen(path, "re");
	char *line = NULL;
	size_t cap = 0;
	ssize_t n;
	bool ok = f != NULL;
	*t = (struct transcript){ 0 };
	while (ok && (n = getline(&line, &cap, f)) > 0) {
		if (line[n - 1] == '\n')
			line[n - 1] = '\0';
		ok = add_text(t, line);
	}
	free(line);
	if (f)
		fclose(f);
	return ok && t->count;
}

void transcript_describe(const struct transcript *t, size_t entry, char *dst, size_t size) {
	const struct transcript_entry *x = &t->entries[entry];
	size_t n = (size_t)snprintf(dst, size, "%zu %c ", entry, "CSX"[x->kind]);
	if (n < size)
		text_sanitise(dst + n, size - n, x->bytes, x->n < 100 ? x->n : 100);
}

/* "{12}" or "{12+}" at its end: so many bytes are no line. */
static uint64_t announced(const char *line, size_t n) {
	const char *open = n && line[n - 1] == '}' ? memrchr(line, '{', n) : NULL;
	return open ? strtoull(open + 1, NULL, 10) : 0;
}

const char *transcript_said(const struct transcript_client *c) {
	const char *blank = strchr(c->line, ' ');
	return blank && blank - c->line > 8 ? blank + 1 : c->line; /* tags of ours are longer than any verb */
}

static void end_line(struct transcript_client *c, transcript_line_fn *fn, void *arg) {
	while (c->len && c->line[c->len - 1] == '\r')
		c->len--;
	c->line[c->len] = '\0';
	c->lines++;
	c->after_literal = c->continued;
	if (!c->continued && c->tags < sizeof c->tag / sizeof *c->tag) {
		size_t n = strcspn(c->line, " ");
		text_sanitise(c->tag[c->tags++], sizeof c->tag[0], c->line, n);
	}
	c->literal = announced(c->line, c->len);
	c->continued = c->literal > 0;
	if (fn)
		fn(arg, c);
	c->len = 0;
}

void transcript_client_read(struct transcript_client *c, const char *p, size_t n, transcript_line_fn *fn, void *arg) {
	for (; n; p++, n--) {
		if (c->literal) {
			size_t skip = n < c->literal ? n : (size_t)c->literal;
			c->literal -= skip;
			p += skip - 1;
			n -= skip - 1;
			continue;
		}
		if (*p == '\n')
			end_line(c, fn, arg);
		else if (c->len < sizeof c->line - 1)
			c->line[c->len++] = *p;
		else /* the end tells whether a literal follows */
			memmove(c->line + 64, c->line + 65, sizeof c->line - 66), c->line[sizeof c->line - 2] = *p;
	}
}
