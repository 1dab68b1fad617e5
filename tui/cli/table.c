/* SPDX-License-Identifier: MIT
 *
 * table.c - measures all rows, then prints them aligned.
 */
#include "tui/cli/table.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <wchar.h>

#define COLUMNS_MAX 16
#define CELL_MAX 2048

struct cell {
	char *text;
	size_t width;
	enum tone tone;
};

struct table {
	const struct table_column *columns;
	size_t column_count, count, cap;
	size_t widths[COLUMNS_MAX];
	struct cell *cells; /* count * column_count */
};

bool colour_wanted(const struct cli *c, FILE *to) {
	const char *no = getenv("NO_COLOR"), *term = getenv("TERM");
	if (c->no_color || (no && *no) || !term || strcmp(term, "dumb") == 0)
		return false;
	int fd = fileno(to);
	return fd >= 0 && isatty(fd);
}

const char *tone_on(enum tone tone, bool colour) {
	static const char *const codes[] = { "", "\033[32m", "\033[36m", "\033[33m", "\033[1;31m", "\033[2m" };
	return colour ? codes[tone] : "";
}

const char *tone_off(enum tone tone, bool colour) { return colour && tone != TONE_PLAIN ? "\033[0m" : ""; }

size_t text_columns(const char *s) {
	size_t columns = 0, left = strlen(s), bytes = left;
	mbstate_t state;
	memset(&state, 0, sizeof state);
	while (left) {
		wchar_t wc;
		size_t n = mbrtowc(&wc, s, left, &state);
		if (n == 0 || n > left)
			return bytes;
		int w = wcwidth(wc);
		columns += w > 0 ? (size_t)w : 0;
		s += n;
		left -= n;
	}
	return columns;
}

struct table *table_new(const struct table_column *columns) {
	struct table *t = calloc(1, sizeof *t);
	if (!t)
		return NULL;
	t->columns = columns;
	while (t->column_count < COLUMNS_MAX && columns[t->column_count].title) {
		t->widths[t->column_count] = text_columns(columns[t->column_count].title);
		t->column_count++;
	}
	return t;
}

static bool grow(struct table *t) {
	size_t cap = t->cap ? t->cap * 2 : 64;
	struct cell *cells = reallocarray(t->cells, cap * t->column_count, sizeof *cells);
	if (!cells)
		return false;
	t->cells = cells;
	t->cap = cap;
	return true;
}

bool table_add(struct table *t, const struct table_cell *cells) {
	char clean[CELL_MAX];
	if (t->count == t->cap && !grow(t))
		return false;
	struct cell *row = t->cells + t->count * t->column_count;
	memset(row, 0, t->column_count * sizeof *row);
	t->count++;
	for (size_t i = 0; i < t->column_count; i++) {
		text_sanitise(clean, sizeof clean, cells[i].text, strlen(cells[i].text));
		row[i].text = strdup(clean);
		if (!row[i].text)
			return false;
		row[i].width = text_columns(clean);
		row[i].tone = cells[i].tone;
		if (row[i].width > t->widths[i])
			t->widths[i] = row[i].width;
	}
	return true;
}

static void print_cell(FILE *to, const char *text, size_t width, size_t room, bool right, bool last) {
	int pad = (int)(room - width);
	if (right)
		fprintf(to, "%*s%s", pad, "", text);
	else
		fprintf(to, "%s%*s", text, last ? 0 : pad, "");
	if (!last)
		fputs("  ", to);
}

void table_print(const struct table *t, FILE *to, bool colour) {
	size_t last = t->column_count - 1;
	fputs(tone_on(TONE_DIM, colour), to);
	for (size_t i = 0; i <= last; i++)
		print_cell(to, t->columns[i].title, text_columns(t->columns[i].title), t->widths[i],
			   t->columns[i].right, i == last);
	fprintf(to, "%s\n", tone_off(TONE_DIM, colour));
	for (size_t r = 0; r < t->count; r++) {
		const struct cell *row = t->cells + r * t->column_count;
		for (size_t i = 0; i <= last; i++) {
			const struct cell *cell = &row[i];
			if (!cell->text)
				continue;
			fputs(tone_on(cell->tone, colour), to);
			print_cell(to, cell->text, cell->width, t->widths[i], t->columns[i].right, i == last);
			fputs(tone_off(cell->tone, colour), to);
		}
		fputc('\n', to);
	}
}

void table_free(struct table *t) {
	if (!t)
		return;
	for (size_t i = 0; i < t->count * t->column_count; i++)
		free(t->cells[i].text);
	free(t->cells);
	free(t);
}
