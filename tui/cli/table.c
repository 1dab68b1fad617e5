/* SPDX-License-Identifier: MIT
 *
 * table.c - measures all rows, then prints them aligned.
 */
#include "tui/cli/table.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <wchar.h>

#include "tui/term/utf8.h"

#define COLUMNS_MAX 16
#define CELL_MAX 2048

/* Small, and all text in one place: a project can have 30,000 rows of ten. */
struct slot {
	uint32_t text; /* where it begins */
	uint16_t width;
	uint8_t tone;
};

struct table {
	const struct table_column *columns;
	size_t column_count, count, cap;
	size_t widths[COLUMNS_MAX];
	size_t cut; /* 0: nothing is */
	struct slot *cells; /* count * column_count */
	struct buf text;
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
	for (; *s >= 0x20 && *s < 0x7F; s++, left--) /* plain text needs no locale */
		columns++;
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
	buf_init(&t->text, UINT32_MAX);
	while (t->column_count < COLUMNS_MAX && columns[t->column_count].title) {
		t->widths[t->column_count] = text_columns(columns[t->column_count].title);
		t->column_count++;
	}
	return t;
}

static bool grow(struct table *t) {
	size_t cap = t->cap ? t->cap * 2 : 64;
	struct slot *cells = reallocarray(t->cells, cap * t->column_count, sizeof *cells);
	if (!cells)
		return false;
	t->cells = cells;
	t->cap = cap;
	return true;
}

void table_cut(struct table *t, size_t columns) { t->cut = columns; }

/* What of s is behind its first columns; a character across that line is behind it. */
static const char *behind(const char *s, size_t columns) {
	for (const char *next = s; *s; s = next) {
		int width = utf8_width(utf8_next(&next));
		if (width > 0 && (size_t)width > columns)
			break;
		columns -= width > 0 ? (size_t)width : 0;
	}
	return s;
}

/* "its beginning...its end". A text that the locale cannot measure stays as it is. */
static void cut_middle(char *s, size_t columns, size_t most) {
	static const char dots[] = "...";
	const size_t n = sizeof dots - 1;
	if (columns <= most || most < 2 * n)
		return;
	size_t last = (most - n) / 2;
	char *to = s + (behind(s, most - n - last) - s);
	const char *from = behind(s, columns - last);
	if (text_columns(from) > last)
		utf8_next(&from);
	if (from < to + n)
		return;
	memcpy(to, dots, n);
	memmove(to + n, from, strlen(from) + 1);
}

static bool put_cell(struct table *t, struct slot *cell, const struct table_cell *given, size_t most, size_t *width) {
	size_t at = t->text.len;
	char *clean = buf_room(&t->text, CELL_MAX);
	if (!clean)
		return false;
	text_sanitise(clean, CELL_MAX, given->text, strlen(given->text));
	if (most)
		cut_middle(clean, text_columns(clean), most);
	buf_added(&t->text, strlen(clean) + 1);
	size_t columns = text_columns(clean);
	*cell = (struct slot){ .text = (uint32_t)at, .width = (uint16_t)columns, .tone = (uint8_t)given->tone };
	if (columns > *width)
		*width = columns;
	return true;
}

bool table_add(struct table *t, const struct table_cell *cells) {
	if (t->count == t->cap && !grow(t))
		return false;
	struct slot *row = t->cells + t->count * t->column_count;
	for (size_t i = 0; i < t->column_count; i++)
		if (!put_cell(t, &row[i], &cells[i], i + 1 < t->column_count ? t->cut : 0, &t->widths[i]))
			return false;
	t->count++;
	return true;
}

static void print_blanks(FILE *to, size_t n) {
	static const char blanks[] = "                                                                ";
	for (size_t k; n; n -= k) {
		k = n < sizeof blanks - 1 ? n : sizeof blanks - 1;
		fwrite_unlocked(blanks, 1, k, to);
	}
}

static void print_cell(FILE *to, const char *text, size_t width, size_t room, bool right, bool last) {
	if (right)
		print_blanks(to, room - width);
	fputs_unlocked(text, to);
	if (!last)
		print_blanks(to, (right ? 0 : room - width) + 2);
}

static void print_row(const struct table *t, const struct slot *row, FILE *to, bool colour) {
	for (size_t i = 0; i < t->column_count; i++) {
		fputs_unlocked(tone_on(row[i].tone, colour), to);
		print_cell(to, t->text.data + row[i].text, row[i].width, t->widths[i], t->columns[i].right,
			   i + 1 == t->column_count);
		fputs_unlocked(tone_off(row[i].tone, colour), to);
	}
	putc_unlocked('\n', to);
}

void table_print(const struct table *t, FILE *to, bool colour) {
	flockfile(to);
	fputs(tone_on(TONE_DIM, colour), to);
	for (size_t i = 0; i < t->column_count; i++)
		print_cell(to, t->columns[i].title, text_columns(t->columns[i].title), t->widths[i],
			   t->columns[i].right, i + 1 == t->column_count);
	fprintf(to, "%s\n", tone_off(TONE_DIM, colour));
	for (size_t r = 0; r < t->count; r++)
		print_row(t, t->cells + r * t->column_count, to, colour);
	funlockfile(to);
}

void table_free(struct table *t) {
	if (!t)
		return;
	buf_free(&t->text);
	free(t->cells);
	free(t);
}
