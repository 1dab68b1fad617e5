/* SPDX-License-Identifier: MIT
 *
 * sheet.c - the parts of reading a list that know nothing of its columns.
 */
#include "import/sheet.h"

#include <stdio.h>
#include <string.h>

#include "import/values.h"

void sheet_name(char dst[SHEET_NAME_MAX], const char *src) {
	size_t n = 0;
	for (; *src && n + 1 < SHEET_NAME_MAX; src++)
		if (!strchr(" \t_-.", *src))
			dst[n++] = *src;
	dst[n] = '\0';
	text_lower(dst);
}

/* Edits (insert, delete, replace, swap neighbours) between two short names. */
static unsigned distance(const char *a, const char *b) {
	unsigned row[3][SHEET_NAME_MAX + 1];
	size_t n = strlen(a), m = strlen(b);
	for (size_t j = 0; j <= m; j++)
		row[0][j] = (unsigned)j;
	for (size_t i = 1; i <= n; i++) {
		unsigned *now = row[i % 3], *up = row[(i - 1) % 3], *up2 = row[(i + 1) % 3];
		now[0] = (unsigned)i;
		for (size_t j = 1; j <= m; j++) {
			unsigned best = up[j - 1] + (a[i - 1] != b[j - 1]);
			if (up[j] + 1 < best)
				best = up[j] + 1;
			if (now[j - 1] + 1 < best)
				best = now[j - 1] + 1;
			if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1] && up2[j - 2] + 1 < best)
				best = up2[j - 2] + 1;
			now[j] = best;
		}
	}
	return row[n % 3][m];
}

bool sheet_nearer(const char *typed, const char *known, unsigned *best) {
	char a[SHEET_NAME_MAX], b[SHEET_NAME_MAX];
	sheet_name(a, typed);
	sheet_name(b, known);
	unsigned d = distance(a, b);
	if (d >= *best || d * 3 > strlen(b))
		return false;
	*best = d;
	return true;
}

bool sheet_row_empty(const struct field *fields, size_t n) {
	for (size_t i = 0; i < n; i++)
		if (!value_blank(&fields[i]))
			return false;
	return true;
}

bool sheet_row_width(struct problems *p, unsigned line, const struct field *fields, size_t n, size_t total, size_t want,
		     size_t named, char delimiter) {
	bool spare = total > named && total == n && sheet_row_empty(fields + named, n - named);
	if (total == named || (spare && total <= want))
		return true;
	if (spare) {
		problem_add(p, PROBLEM_NOTE, line, NULL, NULL,
			    "The row has %zu empty values more than the header has columns", total - want);
		return true;
	}
	char fix[120] = "Fill in what is missing, or leave it empty between delimiters";
	if (total > named && delimiter == '\t')
		text_copy(fix, sizeof fix, "Put values that contain a tab in quotes");
	else if (total > named)
		snprintf(fix, sizeof fix, "Put values that contain \"%c\" in quotes", delimiter);
	problem_add(p, PROBLEM_ERROR, line, NULL, fix, "The row has %zu %s, the header has %zu columns", total,
		    total == 1 ? "value" : "values", named);
	return false;
}

void sheet_fault(struct problems *p, unsigned line, const char *column, enum row_fault why, bool header) {
	static const struct {
		const char *text, *fix;
	} faults[] = {
		[ROW_QUOTE_INSIDE] = { "A quote stands inside a value that does not begin with one",
				       "Put the whole value in quotes and write each quote inside it twice" },
		[ROW_QUOTE_AFTER] = { "Something follows the quote that closes a value",
				      "Write each quote inside a quoted value twice" },
		[ROW_QUOTE_OPEN] = { "A quote is opened and never closed", "Close it, or remove it" },
		[ROW_TOO_LARGE] = { "The row is too large", "Close the quote, or mend the line ends" },
	};
	problem_add(p, header ? PROBLEM_FATAL : PROBLEM_ERROR, line, column, faults[why].fix, "%s", faults[why].text);
}

bool sheet_separator(const char *text, size_t len, char *delimiter, size_t *skip) {
	if (len < 5 || strncasecmp(text, "sep=", 4) != 0 || !strchr(",;\t", text[4]) || !text[4])
		return false;
	size_t i = 5;
	while (i < len && text[i] == '\r')
		i++;
	if (i < len && text[i] == '\n')
		i++;
	else if (i < len && i == 5)
		return false;
	*delimiter = text[4];
	*skip = i;
	return true;
}

struct trial {
	sheet_known_fn *ask;
	void *arg;
	size_t known, fields;
};

static bool trial_row(void *arg, unsigned line, const struct field *fields, size_t n, size_t total) {
	struct trial *t = arg;
	(void)line;
	t->known = t->ask(t->arg, fields, n);
	t->fields = total;
	return false;
}

static bool trial_fault(void *arg, unsigned line, size_t field, enum row_fault why) {
	(void)arg;
	(void)line;
	(void)field;
	(void)why;
	return false;
}

bool sheet_delimiter(const char *text, size_t len, sheet_known_fn *known, void *arg, char *delimiter, struct err *e) {
	static const char candidates[] = ",;\t";
	struct trial best = { 0 };
	*delimiter = ',';
	for (const char *d = candidates; *d; d++) {
		struct trial t = { .ask = known, .arg = arg };
		struct rows_sink sink = { &t, trial_row, trial_fault };
		if (!rows_parse(text, len, 1, *d, &sink, e))
			return false;
		if (t.known > best.known || (t.known == best.known && t.fields > best.fields)) {
			best = t;
			*delimiter = *d;
		}
	}
	return true;
}

void sheet_encoding(struct problems *p, const struct decoded *d, char encoding[32]) {
	text_copy(encoding, 32, d->encoding);
	if (d->unsupported)
		problem_add(p, PROBLEM_FATAL, 0, NULL, "Save it as UTF-8", "The file is %s", d->encoding);
	if (d->guessed)
		problem_add(p, PROBLEM_NOTE, 0, NULL, "If special characters turn out wrong, save it as UTF-8",
			    "The file is not UTF-8 and is read as %s", d->encoding);
	if (d->bad)
		problem_add(p, PROBLEM_NOTE, 0, NULL, "Save it as UTF-8 from where it comes from",
			    "%zu bytes or characters of the file cannot be read as %s", d->bad, d->encoding);
}
