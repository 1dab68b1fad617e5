/* SPDX-License-Identifier: MIT
 *
 * csv.c - quoting and the formula guard.
 */
#include "tui/cli/csv.h"

#include <inttypes.h>
#include <stdbool.h>
#include <string.h>

#include "core/base/text.h"

/* Spreadsheets skip blanks and a BOM before they look for a formula, and some fold full-width forms. */
static const char *skip_invisible(const char *s) {
	static const char *const blanks[] = { " ", "\xc2\xa0", "\xef\xbb\xbf", "\xe3\x80\x80", "\n" };
	for (size_t i = 0; i < sizeof blanks / sizeof *blanks; i++) {
		size_t n = strlen(blanks[i]);
		if (strncmp(s, blanks[i], n) == 0) {
			s += n;
			i = (size_t)-1;
		}
	}
	return s;
}

static bool is_formula(const char *text) {
	static const char *const starts[] = { "=", "+", "-", "@", "\t", "\r",
					      "\xef\xbc\x9d", "\xef\xbc\x8b", "\xef\xbc\x8d", "\xef\xbc\xa0" };
	text = skip_invisible(text);
	for (size_t i = 0; i < sizeof starts / sizeof *starts; i++)
		if (strncmp(text, starts[i], strlen(starts[i])) == 0)
			return true;
	return false;
}

void csv_text(FILE *to, const char *text) {
	char clean[4096];
	text_sanitise(clean, sizeof clean, text, strlen(text));
	fputs(is_formula(text) ? "\"'" : "\"", to);
	for (const char *p = clean; *p; p++) {
		if (*p == '"')
			fputc('"', to);
		fputc(*p, to);
	}
	fputc('"', to);
}

void csv_number(FILE *to, uint64_t n) { fprintf(to, "%" PRIu64, n); }

void csv_comma(FILE *to) { fputc(',', to); }

void csv_end(FILE *to) { fputs("\r\n", to); }

void csv_header(FILE *to, const char *const *names) {
	for (size_t i = 0; names[i]; i++) {
		if (i)
			csv_comma(to);
		csv_text(to, names[i]);
	}
	csv_end(to);
}
