/* SPDX-License-Identifier: MIT
 *
 * quirk_defects_lib.c - what a strict server finds wrong with a message. Written for tests only, by the RFCs and not by
 * what mailvan does, so that the two can disagree.
 */
#include <string.h>
#include <strings.h>

#include "tests/servers/quirk_imap_priv.h"

static unsigned line_defects(const char *line, size_t n) {
	unsigned found = 0;
	if (n > 998)
		found |= DEFECT_LONG_LINE;
	for (size_t i = 0; i < n; i++)
		if ((unsigned char)line[i] >= 0x80)
			found |= DEFECT_8BIT_BODY;
	return found;
}

static bool is_field(const char *line, size_t n) {
	const char *colon = memchr(line, ':', n);
	for (const char *p = line; colon && p < colon; p++)
		if (*p <= ' ' || *p >= 127)
			return false;
	return colon && colon > line;
}

static bool holds_address(const char *line, size_t n) { return memchr(line, '@', n) != NULL; }

/* Weekday, day, month: enough to tell a date from something else. */
static bool holds_date(const char *line, size_t n) {
	static const char *const months[] = { " Jan ", " Feb ", " Mar ", " Apr ", " May ", " Jun ",
					      " Jul ", " Aug ", " Sep ", " Oct ", " Nov ", " Dec " };
	for (size_t i = 0; i < 12; i++)
		if (memmem(line, n, months[i], 5))
			return true;
	return false;
}

static unsigned header_defects(const char *line, size_t n, bool first, unsigned *missing) {
	unsigned found = line_defects(line, n);
	if (found & DEFECT_8BIT_BODY)
		found = (found & ~(unsigned)DEFECT_8BIT_BODY) | DEFECT_8BIT_HEADER;
	bool fold = *line == ' ' || *line == '\t';
	if (!is_field(line, n) && (!fold || first))
		found |= DEFECT_HEADER;
	if (n > 5 && strncasecmp(line, "date:", 5) == 0 && holds_date(line, n))
		*missing &= ~(unsigned)DEFECT_NO_DATE;
	if (n > 5 && strncasecmp(line, "from:", 5) == 0 && holds_address(line, n))
		*missing &= ~(unsigned)DEFECT_NO_FROM;
	return found;
}

unsigned quirk_defects(const char *text, size_t size) {
	unsigned found = 0, missing = DEFECT_NO_DATE | DEFECT_NO_FROM;
	bool header = true;
	if (memchr(text, '\0', size))
		found |= DEFECT_NUL;
	for (size_t i = 0; i < size; i++)
		if ((text[i] == '\n' && (i == 0 || text[i - 1] != '\r')) ||
		    (text[i] == '\r' && (i + 1 == size || text[i + 1] != '\n')))
			found |= DEFECT_BARE_LINE;
	for (size_t at = 0; at < size;) {
		const char *line = text + at, *lf = memchr(line, '\n', size - at);
		size_t n = lf ? (size_t)(lf - line) : size - at, next = at + n + (lf != NULL);
		if (n && line[n - 1] == '\r')
			n--;
		if (!header)
			found |= line_defects(line, n);
		else if (n)
			found |= header_defects(line, n, at == 0, &missing);
		if (n == 0)
			header = false;
		at = next;
	}
	return found | missing | (header ? DEFECT_HEADER : 0);
}
