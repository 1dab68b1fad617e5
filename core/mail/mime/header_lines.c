/* SPDX-License-Identifier: MIT
 *
 * header_lines.c - the lines of a header that may be broken, for those who must write it anew.
 *
 * header.h reads what is good and leaves out the rest; here nothing may be left out.
 */
#include <string.h>
#include <strings.h>

#include "core/mail/mime/repair_int.h"

#define FOLD_BEFORE 900

static bool is_blank(char c) { return c == ' ' || c == '\t'; }

/* A field begins: name, blanks, colon. */
static void read_name(struct header_line *l) {
	size_t n = 0;
	while (n < l->len && (unsigned char)l->text[n] > ' ' && (unsigned char)l->text[n] < 127 && l->text[n] != ':')
		n++;
	size_t colon = n;
	while (colon < l->len && is_blank(l->text[colon]))
		colon++;
	if (n == 0 || colon == l->len || l->text[colon] != ':')
		return;
	l->name_len = n;
	l->value = l->text + colon + 1;
	l->value_len = l->len - colon - 1;
}

bool header_line_next(const char **p, const char *end, struct header_line *l) {
	if (*p >= end)
		return false;
	const char *lf = memchr(*p, '\n', (size_t)(end - *p)), *stop = lf ? lf : end;
	while (stop > *p && stop[-1] == '\r')
		stop--;
	*l = (struct header_line){ .text = *p, .len = (size_t)(stop - *p) };
	l->fold = l->len && is_blank(l->text[0]);
	if (!l->fold)
		read_name(l);
	*p = lf ? lf + 1 : end;
	return true;
}

bool header_line_named(const struct header_line *l, const char *name) {
	return l->name_len == strlen(name) && strncasecmp(l->text, name, l->name_len) == 0;
}

void fold_lines(struct buf *out, const char *p, size_t n) {
	size_t column = 0, from = 0, blank = 0; /* blank: where the line may be broken; 0 = nowhere */
	for (size_t i = 0; i < n; i++) {
		if (p[i] == '\n') {
			column = blank = 0;
			continue;
		}
		if (++column > FOLD_BEFORE && blank) {
			buf_put(out, p + from, blank - from);
			buf_puts(out, "\r\n");
			from = blank;
			column = i - blank + 1;
			blank = 0;
		}
		/* Not at the first blank of a folded line, nor where nothing would stand in front. */
		if (is_blank(p[i]) && column > 1 && i > from && !is_blank(p[i - 1]))
			blank = i;
	}
	buf_put(out, p + from, n - from);
}

void date_field(struct buf *out, const struct mail_date *d) {
	char text[DATE_IMAP_MAX];
	date_format_imap(text, d);
	for (char *dash = strchr(text, '-'); dash && dash < text + 8; dash = strchr(dash, '-'))
		*dash = ' ';
	buf_puts(out, text[0] == ' ' ? text + 1 : text);
}
