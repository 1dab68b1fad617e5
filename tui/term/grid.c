/* SPDX-License-Identifier: MIT
 *
 * grid.c - a screen as a value: cells of text with a style role, never a colour.
 */
#include "tui/term/grid.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tui/term/utf8.h"

#define TEXT_MAX 2048

static const struct {
	uint32_t cp;
	const char *ascii;
} look_alikes[] = {
	{ 0x2026, "..." }, { 0x2500, "-" }, { 0x2502, "|" }, { 0x250c, "+" }, { 0x2510, "+" }, { 0x2514, "+" },
	{ 0x2518, "+" },   { 0x251c, "+" }, { 0x2524, "+" }, { 0x256d, "+" }, { 0x256e, "+" }, { 0x2570, "+" },
	{ 0x256f, "+" },   { 0x2501, "=" }, { 0x2578, "-" }, { 0x25a0, "*" }, { 0x25a1, "o" },
	{ 0x25b2, "^" },   { 0x25bc, "v" }, { 0x25be, "-" }, { 0x25b8, "+" }, { 0x25ba, ">" }, { 0x25cb, "." },
	{ 0x25cf, "*" },   { 0x2192, "->" }, { 0x2013, "-" }, { 0x2014, "-" }, { 0x2713, "+" }, { 0x00d7, "x" },
	{ 0x2248, "~" },   { 0x2016, "=" }, { 0x00b1, "!" }, { 0x00b7, "." }, { 0x2503, "#" },
};

struct grid *grid_new(int w, int h, bool ascii) {
	struct grid *g = calloc(1, sizeof *g);
	if (!g)
		return NULL;
	g->w = w < 1 ? 1 : w > GRID_MAX_W ? GRID_MAX_W : w;
	g->h = h < 1 ? 1 : h > GRID_MAX_H ? GRID_MAX_H : h;
	g->ascii = ascii;
	g->cells = calloc((size_t)g->w * (size_t)g->h, sizeof *g->cells);
	if (!g->cells) {
		free(g);
		return NULL;
	}
	grid_clear(g);
	return g;
}

void grid_free(struct grid *g) {
	if (g)
		free(g->cells);
	free(g);
}

static struct glyph *cell(struct grid *g, int x, int y) { return &g->cells[(size_t)y * (size_t)g->w + (size_t)x]; }

static void put(struct grid *g, int x, int y, uint32_t cp, int width, enum style st) {
	struct glyph *c = cell(g, x, y);
	memset(c, 0, sizeof *c);
	c->utf8[utf8_put(c->utf8, cp)] = '\0';
	c->width = (uint8_t)width;
	c->style = (uint8_t)st;
	if (width == 2) {
		struct glyph *right = cell(g, x + 1, y);
		memset(right, 0, sizeof *right);
		right->style = (uint8_t)st;
	}
}

/* Overwriting one half of a wide character leaves a blank for the other half. */
static void unpair(struct grid *g, int x, int y) {
	if (cell(g, x, y)->width == 0 && x > 0)
		put(g, x - 1, y, ' ', 1, (enum style)cell(g, x - 1, y)->style);
	if (cell(g, x, y)->width == 2 && x + 1 < g->w)
		put(g, x + 1, y, ' ', 1, (enum style)cell(g, x + 1, y)->style);
}

void grid_clear(struct grid *g) {
	for (int y = 0; y < g->h; y++)
		for (int x = 0; x < g->w; x++)
			put(g, x, y, ' ', 1, ST_TEXT);
	g->cursor_shown = false;
	g->cursor_x = g->cursor_y = 0;
}

static void combine(struct grid *g, int x, int y, uint32_t cp) {
	struct glyph *c = cell(g, x, y);
	size_t have = strlen(c->utf8);
	char bytes[4];
	size_t n = utf8_put(bytes, cp);
	if (have && have + n < sizeof c->utf8) {
		memcpy(c->utf8 + have, bytes, n);
		c->utf8[have + n] = '\0';
	}
}

static const char *look_alike(uint32_t cp) {
	for (size_t i = 0; i < sizeof look_alikes / sizeof *look_alikes; i++)
		if (look_alikes[i].cp == cp)
			return look_alikes[i].ascii;
	return "?";
}

/* What ASCII terminals get; wide characters keep their two cells so that nothing shifts. */
static void to_ascii(char dst[TEXT_MAX], const char *s) {
	size_t n = 0;
	for (uint32_t cp; n + 4 < TEXT_MAX && (cp = utf8_next(&s)) != 0;) {
		if (cp < 0x80) {
			dst[n++] = (char)cp;
			continue;
		}
		for (const char *a = look_alike(cp); *a; a++)
			dst[n++] = *a;
	}
	dst[n] = '\0';
}

int grid_cells(const struct grid *g, const char *text) {
	char ascii[TEXT_MAX];
	if (g->ascii) {
		to_ascii(ascii, text);
		text = ascii;
	}
	return utf8_cells(text);
}

/* Draws cells [0, w) of text at x, clipped to the grid; returns the cells used. */
static int draw(struct grid *g, int x, int y, int w, enum style st, const char *text) {
	int used = 0, base = -1;
	for (uint32_t cp; (cp = utf8_next(&text)) != 0;) {
		int cw = utf8_width(cp);
		if (cw < 0) {
			cp = g->ascii ? '?' : 0xfffd;
			cw = 1;
		}
		if (cw == 0) {
			if (base >= 0)
				combine(g, base, y, cp);
			continue;
		}
		if (used + cw > w)
			break;
		int at = x + used;
		if (at >= 0 && at + cw <= g->w) {
			unpair(g, at, y);
			if (cw == 2)
				unpair(g, at + 1, y);
			put(g, at, y, cp, cw, st);
			base = at;
		}
		used += cw;
	}
	return used;
}

int grid_text(struct grid *g, int x, int y, int w, enum style st, const char *text) {
	char ascii[TEXT_MAX];
	if (y < 0 || y >= g->h || w <= 0 || x >= g->w)
		return 0;
	if (x + w > g->w)
		w = g->w - x;
	if (g->ascii) {
		to_ascii(ascii, text);
		text = ascii;
	}
	if (utf8_cells(text) <= w)
		return draw(g, x, y, w, st, text);
	int used = draw(g, x, y, w - 1, st, text);
	return used + draw(g, x + used, y, 1, st, g->ascii ? "~" : "…");
}

int grid_textf(struct grid *g, int x, int y, int w, enum style st, const char *fmt, ...) {
	char text[TEXT_MAX];
	va_list ap;
	va_start(ap, fmt);
	vsnprintf(text, sizeof text, fmt, ap);
	va_end(ap);
	return grid_text(g, x, y, w, st, text);
}

void grid_text_right(struct grid *g, int x, int y, int w, enum style st, const char *text) {
	int cells = grid_cells(g, text);
	int gap = cells < w ? w - cells : 0;
	grid_text(g, x + gap, y, w - gap, st, text);
}

static struct rect clip(const struct grid *g, struct rect r) {
	int x1 = r.x + r.w > g->w ? g->w : r.x + r.w, y1 = r.y + r.h > g->h ? g->h : r.y + r.h;
	r.x = r.x < 0 ? 0 : r.x;
	r.y = r.y < 0 ? 0 : r.y;
	r.w = x1 - r.x;
	r.h = y1 - r.y;
	return r;
}

void grid_fill(struct grid *g, struct rect r, enum style st) {
	r = clip(g, r);
	for (int y = r.y; y < r.y + r.h; y++) {
		for (int x = r.x; x < r.x + r.w; x++) {
			unpair(g, x, y);
			put(g, x, y, ' ', 1, st);
		}
	}
}

void grid_restyle(struct grid *g, struct rect r, enum style st) {
	r = clip(g, r);
	for (int y = r.y; y < r.y + r.h; y++)
		for (int x = r.x; x < r.x + r.w; x++)
			cell(g, x, y)->style = (uint8_t)st;
}

const struct glyph *grid_at(const struct grid *g, int x, int y) {
	return &g->cells[(size_t)y * (size_t)g->w + (size_t)x];
}

bool grid_dump(const struct grid *g, struct buf *out) {
	for (int y = 0; y < g->h; y++) {
		int last = g->w;
		while (last > 0 && strcmp(grid_at(g, last - 1, y)->utf8, " ") == 0)
			last--;
		for (int x = 0; x < last; x++)
			buf_puts(out, grid_at(g, x, y)->utf8);
		buf_putc(out, '\n');
	}
	return !out->failed;
}

bool grid_dump_styles(const struct grid *g, struct buf *out) {
	static const char letters[ST_COUNT] = {
#define STYLE(sym, letter) [ST_##sym] = letter,
		GRID_STYLES(STYLE)
#undef STYLE
	};
	for (int y = 0; y < g->h; y++) {
		for (int x = 0; x < g->w; x++)
			buf_putc(out, letters[grid_at(g, x, y)->style]);
		buf_putc(out, '\n');
	}
	return !out->failed;
}
