/* SPDX-License-Identifier: MIT
 *
 * key.h - one key press or mouse event, free of any terminal library.
 *
 * A code is a Unicode code point (control keys as their C0 code), or one of
 * the numbers below, which lie outside Unicode.
 */
#ifndef MAILVAN_TUI_KEY_H
#define MAILVAN_TUI_KEY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
	K_NONE = 0,
	K_TAB = 9,
	K_ENTER = 13,
	K_ESC = 27,
	K_SPACE = 32,
	K_BACKSPACE = 127,
	K_UP = 0x200000,
	K_DOWN,
	K_LEFT,
	K_RIGHT,
	K_HOME,
	K_END,
	K_PGUP,
	K_PGDN,
	K_INSERT,
	K_DELETE,
	K_BACKTAB,
	K_SHIFT_UP,
	K_SHIFT_DOWN,
	K_MOUSE,
	K_PASTE_BEGIN, /* bracketed paste: what follows is text, never commands */
	K_PASTE_END,
	K_F0 /* K_F0 + n is F n, 1 to 12 */
};

#define K_F(n) (K_F0 + (n))
#define K_CTRL(c) ((c) & 0x1f)
#define K_ALT(code) ((code) | 0x400000)

enum mouse_button { MOUSE_CLICK, MOUSE_DOUBLE, MOUSE_RIGHT, MOUSE_WHEEL_UP, MOUSE_WHEEL_DOWN };

struct key {
	int32_t code;
	int x, y; /* K_MOUSE: cell */
	enum mouse_button button;
};

#define KEY_NAME_MAX 16

/* "F7", "Ctrl+A", "Enter", "Space", "g": for help, key bar, documents and scripts. */
void key_label(char dst[KEY_NAME_MAX], int32_t code);
/* The inverse; K_NONE when unknown. */
int32_t key_from_label(const char *name);

#endif
