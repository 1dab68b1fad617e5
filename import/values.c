/* SPDX-License-Identifier: MIT
 *
 * values.c - blanks that spreadsheets leave behind, characters that conversions lost.
 */
#include "import/values.h"

#include <string.h>

/* Blanks by their UTF-8 form. The last ones are not even visible. */
static const struct blank {
	const char *bytes, *name;
} blanks[] = {
	{ " ", "a blank" },
	{ "\t", "a tab" },
	{ "\xC2\xA0", "a no-break space (U+00A0)" },
	{ "\xE2\x80\x87", "a figure space (U+2007)" },
	{ "\xE2\x80\x89", "a thin space (U+2009)" },
	{ "\xE2\x80\xAF", "a narrow no-break space (U+202F)" },
	{ "\xE3\x80\x80", "an ideographic space (U+3000)" },
	{ "\xE2\x80\x8B", "an invisible space (U+200B)" },
	{ "\xE2\x80\x8E", "an invisible direction mark (U+200E)" },
	{ "\xEF\xBB\xBF", "an invisible mark (U+FEFF)" },
};

static const struct blank *leading(const char *s, size_t n) {
	for (size_t i = 0; i < sizeof blanks / sizeof *blanks; i++) {
		size_t len = strlen(blanks[i].bytes);
		if (len <= n && memcmp(s, blanks[i].bytes, len) == 0)
			return &blanks[i];
	}
	return NULL;
}

static const struct blank *trailing(const char *s, size_t n) {
	for (size_t i = 0; i < sizeof blanks / sizeof *blanks; i++) {
		size_t len = strlen(blanks[i].bytes);
		if (len <= n && memcmp(s + n - len, blanks[i].bytes, len) == 0)
			return &blanks[i];
	}
	return NULL;
}

bool value_blank(const struct field *f) {
	const struct blank *b;
	for (size_t i = 0; i < f->len; i += strlen(b->bytes))
		if (!(b = leading(f->text + i, f->len - i)))
			return false;
	return true;
}

static bool has_control(const char *s, size_t n) {
	for (size_t i = 0; i < n; i++) {
		unsigned char c = (unsigned char)s[i];
		bool c1 = c == 0xC2 && i + 1 < n && (unsigned char)s[i + 1] < 0xA0;
		if (c < 0x20 || c == 0x7F || c1)
			return true;
	}
	return false;
}

static bool error(struct problems *p, unsigned line, const struct column_info *c, const char *fix, const char *text) {
	problem_add(p, PROBLEM_ERROR, line, c->name, fix, "%s", text);
	return false;
}

static bool check_ends(struct problems *p, unsigned line, const struct column_info *c, const struct field *f) {
	const struct {
		const char *what;
		const struct blank *blank;
	} ends[] = {
		{ "starts", leading(f->text, f->len) },
		{ "ends", trailing(f->text, f->len) },
	};
	bool keep = c->keep, ok = true;
	for (size_t i = 0; i < sizeof ends / sizeof *ends; i++) {
		if (!ends[i].blank)
			continue;
		problem_add(p, keep ? PROBLEM_NOTE : PROBLEM_ERROR, line, c->name,
			    keep ? "It is kept as it stands: remove it from the file if it is not meant"
				 : "Remove it from the file",
			    "The value %s with %s", ends[i].what, ends[i].blank->name);
		ok = keep;
	}
	return ok;
}

bool value_check(struct problems *p, unsigned line, const struct column_info *c, const struct field *f) {
	if (!f->len)
		return true;
	if (memchr(f->text, '\0', f->len))
		return error(p, line, c, "Type the value again", "The value holds a NUL byte");
	if (memchr(f->text, '\r', f->len) || memchr(f->text, '\n', f->len))
		return error(p, line, c, "Remove the line break, or close the quote before it",
			     "The value holds a line break");
	if (strstr(f->text, "\xEF\xBF\xBD"))
		return error(p, line, c, "Save the list as UTF-8 and type the value again",
			     "The value holds a character that cannot be read (it was lost in a conversion)");
	if (f->len > c->max) {
		problem_add(p, PROBLEM_ERROR, line, c->name,
			    "Shorten it; is a quote or a line end missing?",
			    "The value is %zu bytes long, at most %zu can be used", f->len, c->max);
		return false;
	}
	if (value_blank(f) && !c->keep)
		return error(p, line, c, "Fill it in, or leave it empty", "The value is nothing but blanks");
	bool ok = check_ends(p, line, c, f);
	/* A tab at an end was named above; ok is false there or it is kept. */
	if (has_control(f->text, f->len) && ok && !c->keep)
		return error(p, line, c, "Type the value again", "The value holds a control character");
	if (has_control(f->text, f->len) && c->keep)
		problem_add(p, PROBLEM_NOTE, line, c->name,
			    "It is kept as it stands: type the value again if it is not meant",
			    "The value holds a control character");
	return ok;
}

/* Characters that no address has without quoting (RFC 5322 3.4.1), and any blank. */
static bool plain_chars(const char *s, size_t n) {
	for (size_t i = 0; i < n; i++)
		if (strchr(" \t()<>[]:;,\\\"", s[i]) || leading(s + i, n - i))
			return false;
	return n > 0;
}

bool value_is_plain_name(const char *s) { return !strchr(s, '@') && plain_chars(s, strlen(s)); }

bool value_is_address(const char *s) {
	const char *at = strchr(s, '@');
	if (!at || strchr(at + 1, '@') || !plain_chars(s, (size_t)(at - s)))
		return false;
	const char *domain = at + 1;
	size_t n = strlen(domain);
	if (!plain_chars(domain, n) || strchr(".-", domain[0]) || strchr(".-", domain[n - 1]) || strstr(domain, ".."))
		return false;
	for (size_t i = 0; i < n; i++) {
		unsigned char c = (unsigned char)domain[i];
		if (c < 0x80 && !(c >= '0' && c <= '9') && !(c >= 'a' && c <= 'z') && !(c >= 'A' && c <= 'Z') &&
		    !strchr(".-_", c))
			return false;
	}
	return true;
}
