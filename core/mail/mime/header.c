/* SPDX-License-Identifier: MIT
 *
 * header.c - the header scanner: one pass, memchr by line, no state but a position.
 */
#include "core/mail/mime/header.h"

#include <string.h>
#include <strings.h>

void header_scan_begin(struct header_scan *s, const char *text, size_t n) {
	s->p = text;
	s->end = n ? text + n : text;
}

/* The end of the line at p without its line end; *next is where the following line starts. */
static const char *line_stop(const char *p, const char *end, const char **next) {
	const char *lf = memchr(p, '\n', (size_t)(end - p));
	const char *stop = lf ? lf : end;
	*next = lf ? lf + 1 : end;
	while (stop > p && stop[-1] == '\r')
		stop--;
	return stop;
}

static bool is_blank(char c) { return c == ' ' || c == '\t'; }

/* Splits the field that starts at line, whose first line ends at first and last line at stop. */
static bool split_field(const char *line, const char *first, const char *stop, struct header_field *f) {
	const char *colon = memchr(line, ':', (size_t)(first - line));
	if (!colon)
		return false;
	const char *name_end = colon;
	while (name_end > line && is_blank(name_end[-1]))
		name_end--;
	if (name_end == line)
		return false;
	for (const char *p = line; p < name_end; p++)
		if ((unsigned char)*p <= ' ' || (unsigned char)*p >= 127)
			return false;
	*f = (struct header_field){ .name = line,
				    .name_len = (size_t)(name_end - line),
				    .value = colon + 1,
				    .value_len = (size_t)(stop - colon - 1) };
	return true;
}

bool header_scan_next(struct header_scan *s, struct header_field *f) {
	while (s->p < s->end) {
		const char *line = s->p, *next;
		const char *first = line_stop(line, s->end, &next), *stop = first;
		if (first == line)
			break;
		while (next < s->end && is_blank(*next))
			stop = line_stop(next, s->end, &next);
		s->p = next;
		if (split_field(line, first, stop, f))
			return true;
	}
	s->p = s->end;
	return false;
}

bool header_field_named(const struct header_field *f, const char *name) {
	return strlen(name) == f->name_len && strncasecmp(f->name, name, f->name_len) == 0;
}
