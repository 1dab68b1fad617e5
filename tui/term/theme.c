/* SPDX-License-Identifier: MIT
 *
 * theme.c - what a style role looks like on terminals of four kinds.
 */
#include "tui/term/theme.h"

#define B INK_BOLD
#define R INK_REVERSE
#define U INK_UNDERLINE
#define D INK_DIM

/* Eight colours: 0 black, 1 red, 2 green, 3 yellow, 4 blue, 5 magenta, 6 cyan, 7 white; 8-15 are the bright ones. */
static const struct ink inks[ST_COUNT][DEPTH_COUNT] = {
	/*                   mono               8 colours        16 colours       256 colours */
	[ST_TEXT] = { { -1, -1, 0 }, { -1, -1, 0 }, { -1, -1, 0 }, { -1, -1, 0 } },
	[ST_DIM] = { { -1, -1, D }, { -1, -1, D }, { 8, -1, 0 }, { 245, -1, 0 } },
	[ST_STRONG] = { { -1, -1, B }, { -1, -1, B }, { -1, -1, B }, { -1, -1, B } },
	[ST_BORDER] = { { -1, -1, 0 }, { -1, -1, D }, { 8, -1, 0 }, { 240, -1, 0 } },
	[ST_BORDER_FOCUS] = { { -1, -1, B }, { 6, -1, B }, { 14, -1, 0 }, { 39, -1, 0 } },
	[ST_TITLE] = { { -1, -1, R }, { 7, 4, 0 }, { 15, 4, 0 }, { 253, 24, 0 } },
	[ST_TITLE_STRONG] = { { -1, -1, R | B }, { 7, 4, B }, { 15, 4, B }, { 231, 24, B } },
	[ST_TITLE_BAD] = { { -1, -1, R | B }, { 7, 1, B }, { 15, 1, B }, { 231, 160, B } },
	[ST_HEADER] = { { -1, -1, U }, { 6, -1, U }, { 6, -1, U }, { 250, 236, 0 } },
	[ST_HEADER_SORT] = { { -1, -1, U | B }, { 6, -1, U | B }, { 14, -1, U | B }, { 231, 236, B } },
	[ST_CURSOR] = { { -1, -1, R }, { -1, -1, R }, { -1, -1, R }, { 231, 25, B } },
	[ST_CURSOR_IDLE] = { { -1, -1, U }, { -1, -1, U }, { 15, 8, 0 }, { 253, 238, 0 } },
	[ST_MARK] = { { -1, -1, B }, { 3, -1, B }, { 11, -1, B }, { 221, -1, B } },
	[ST_GOOD] = { { -1, -1, 0 }, { 2, -1, 0 }, { 10, -1, 0 }, { 78, -1, 0 } },
	[ST_BUSY] = { { -1, -1, B }, { 6, -1, B }, { 14, -1, 0 }, { 81, -1, 0 } },
	[ST_WARN] = { { -1, -1, B }, { 3, -1, 0 }, { 11, -1, 0 }, { 221, -1, 0 } },
	[ST_BAD] = { { -1, -1, B }, { 1, -1, B }, { 9, -1, B }, { 203, -1, B } },
	[ST_KEY] = { { -1, -1, B }, { 6, -1, B }, { 14, -1, B }, { 117, -1, B } },
	[ST_STATUS] = { { -1, -1, 0 }, { -1, -1, 0 }, { -1, -1, 0 }, { 252, -1, 0 } },
	[ST_STATUS_BAD] = { { -1, -1, B }, { 1, -1, B }, { 9, -1, B }, { 203, -1, B } },
	[ST_KEYBAR] = { { -1, -1, R }, { 0, 6, 0 }, { 0, 6, 0 }, { 250, 236, 0 } },
	[ST_KEYBAR_KEY] = { { -1, -1, B }, { 7, -1, B }, { 15, 0, B }, { 117, 236, B } },
	[ST_BAR] = { { -1, -1, B }, { 6, -1, 0 }, { 14, -1, 0 }, { 75, -1, 0 } },
	[ST_BAR_REST] = { { -1, -1, D }, { -1, -1, D }, { 8, -1, 0 }, { 238, -1, 0 } },
	[ST_DIALOG] = { { -1, -1, 0 }, { 7, 4, 0 }, { 15, 4, 0 }, { 252, 235, 0 } },
	[ST_DIALOG_DIM] = { { -1, -1, D }, { 6, 4, 0 }, { 7, 4, 0 }, { 246, 235, 0 } },
	[ST_DIALOG_STRONG] = { { -1, -1, B }, { 7, 4, B }, { 11, 4, B }, { 231, 235, B } },
	[ST_DIALOG_BAD] = { { -1, -1, B | U }, { 7, 1, B }, { 15, 1, B }, { 210, 235, B } },
	[ST_DIALOG_BAR] = { { -1, -1, B }, { 7, 4, B }, { 14, 4, 0 }, { 75, 235, 0 } },
	[ST_DIALOG_BAR_REST] = { { -1, -1, D }, { 6, 4, 0 }, { 7, 4, 0 }, { 240, 235, 0 } },
	[ST_FIELD] = { { -1, -1, U }, { 0, 7, 0 }, { 0, 7, 0 }, { 252, 238, 0 } },
	[ST_FIELD_FOCUS] = { { -1, -1, R }, { 0, 6, 0 }, { 0, 14, 0 }, { 231, 25, 0 } },
	[ST_BUTTON] = { { -1, -1, 0 }, { 0, 7, 0 }, { 0, 7, 0 }, { 252, 239, 0 } },
	[ST_BUTTON_FOCUS] = { { -1, -1, R | B }, { 0, 6, B }, { 0, 14, 0 }, { 16, 117, B } },
};

const struct ink *theme_ink(enum theme_depth depth, enum style st) {
	return &inks[(unsigned)st < ST_COUNT ? st : ST_TEXT][depth];
}

enum theme_depth theme_depth_for(int colours, bool no_color) {
	if (no_color || colours < 8)
		return DEPTH_MONO;
	return colours >= 256 ? DEPTH_256 : colours >= 16 ? DEPTH_16 : DEPTH_8;
}
