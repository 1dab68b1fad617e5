/* SPDX-License-Identifier: MIT
 *
 * grid.h - a screen as a value: cells of text with a style role, never a colour.
 *
 * Everything the console shows is drawn into a grid; a terminal, a test and a
 * screenshot show the same grid. grid_text is the only way in: it clips,
 * handles wide and combining characters, and shows what must not reach a
 * terminal (controls, bidi controls) as U+FFFD.
 */
#ifndef MAILVAN_TUI_GRID_H
#define MAILVAN_TUI_GRID_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/base/buf.h"

/* STYLE(role, letter): the letter stands for the role in a style dump. */
#define GRID_STYLES(STYLE) \
	STYLE(TEXT, '.') \
	STYLE(DIM, 'd') \
	STYLE(STRONG, 's') \
	STYLE(BORDER, 'b') \
	STYLE(BORDER_FOCUS, 'B') \
	STYLE(TITLE, 't') \
	STYLE(TITLE_STRONG, 'T') \
	STYLE(TITLE_BAD, 'X') \
	STYLE(HEADER, 'h') \
	STYLE(HEADER_SORT, 'H') \
	STYLE(CURSOR, 'C') \
	STYLE(CURSOR_IDLE, 'c') \
	STYLE(MARK, 'm') \
	STYLE(GOOD, 'g') \
	STYLE(BUSY, 'y') \
	STYLE(WARN, 'w') \
	STYLE(BAD, 'x') \
	STYLE(KEY, 'k') \
	STYLE(STATUS, 'u') \
	STYLE(STATUS_BAD, 'U') \
	STYLE(KEYBAR, 'l') \
	STYLE(KEYBAR_KEY, 'K') \
	STYLE(BAR, '#') \
	STYLE(BAR_REST, '-') \
	STYLE(DIALOG, 'a') \
	STYLE(DIALOG_DIM, 'e') \
	STYLE(DIALOG_STRONG, 'A') \
	STYLE(DIALOG_BAD, 'z') \
	STYLE(DIALOG_BAR, '=') \
	STYLE(DIALOG_BAR_REST, '_') \
	STYLE(FIELD, 'f') \
	STYLE(FIELD_FOCUS, 'F') \
	STYLE(BUTTON, 'n') \
	STYLE(BUTTON_FOCUS, 'N')

enum style {
#define STYLE(sym, letter) ST_##sym,
	GRID_STYLES(STYLE)
#undef STYLE
	ST_COUNT
};

struct glyph {
	char utf8[14]; /* NUL-terminated: a base character and what combines with it */
	uint8_t width; /* 1, 2, or 0 for the right half of a wide one */
	uint8_t style; /* enum style */
};

struct rect {
	int x, y, w, h;
};

struct grid {
	int w, h;
	bool ascii; /* the terminal shows ASCII only: signs are replaced by look-alikes */
	int cursor_x, cursor_y;
	bool cursor_shown; /* a text field has the focus */
	struct glyph *cells;
};

#define GRID_MAX_W 1000
#define GRID_MAX_H 400

/* w and h are clamped to 1..GRID_MAX. NULL when memory runs out. */
struct grid *grid_new(int w, int h, bool ascii);
void grid_free(struct grid *g);
void grid_clear(struct grid *g);

/* Draws at most w cells from (x, y) and returns the cells used. A text that is wider ends with an ellipsis. */
int grid_text(struct grid *g, int x, int y, int w, enum style st, const char *text);
int grid_textf(struct grid *g, int x, int y, int w, enum style st, const char *fmt, ...)
	__attribute__((format(printf, 6, 7)));
/* The same, set against the right edge of the w cells. */
void grid_text_right(struct grid *g, int x, int y, int w, enum style st, const char *text);
/* Blanks with a style; restyle keeps the text. Both clip. */
void grid_fill(struct grid *g, struct rect r, enum style st);
void grid_restyle(struct grid *g, struct rect r, enum style st);
/* The cells that a text takes in this grid (ASCII look-alikes may be longer). */
int grid_cells(const struct grid *g, const char *text);

const struct glyph *grid_at(const struct grid *g, int x, int y);
/* One line per row, trailing blanks cut; styles: letters instead of text. */
bool grid_dump(const struct grid *g, struct buf *out);
bool grid_dump_styles(const struct grid *g, struct buf *out);

#endif
