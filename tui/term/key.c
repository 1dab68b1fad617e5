/* SPDX-License-Identifier: MIT
 *
 * key.c - names of keys, both ways.
 */
#include "tui/term/key.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tui/term/utf8.h"

static const struct {
	int32_t code;
	const char *name;
} names[] = {
	{ K_TAB, "Tab" },	{ K_ENTER, "Enter" },	{ K_ESC, "Esc" },	    { K_SPACE, "Space" },
	{ K_BACKSPACE, "Backspace" }, { K_UP, "Up" },	{ K_DOWN, "Down" },	    { K_LEFT, "Left" },
	{ K_RIGHT, "Right" },	{ K_HOME, "Home" },	{ K_END, "End" },	    { K_PGUP, "PgUp" },
	{ K_PGDN, "PgDn" },	{ K_INSERT, "Ins" },	{ K_DELETE, "Del" },	    { K_BACKTAB, "Shift+Tab" },
	{ K_SHIFT_UP, "Shift+Up" }, { K_SHIFT_DOWN, "Shift+Down" }, { K_MOUSE, "Mouse" },
};

void key_label(char dst[KEY_NAME_MAX], int32_t code) {
	if (code & K_ALT(0)) {
		char plain[KEY_NAME_MAX];
		key_label(plain, code & ~K_ALT(0));
		snprintf(dst, KEY_NAME_MAX, "Alt+%.11s", plain);
		return;
	}
	for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
		if (names[i].code == code) {
			snprintf(dst, KEY_NAME_MAX, "%s", names[i].name);
			return;
		}
	}
	if (code > K_F0 && code <= K_F(12)) {
		snprintf(dst, KEY_NAME_MAX, "F%d", (int)(code - K_F0));
	} else if (code > 0 && code < 32) {
		snprintf(dst, KEY_NAME_MAX, "Ctrl+%c", (char)(code + '@'));
	} else {
		char bytes[5] = "";
		if (code > 0 && code < 0x110000)
			bytes[utf8_put(bytes, (uint32_t)code)] = '\0';
		snprintf(dst, KEY_NAME_MAX, "%s", bytes);
	}
}

int32_t key_from_label(const char *name) {
	if (strncmp(name, "Alt+", 4) == 0) {
		int32_t plain = key_from_label(name + 4);
		return plain == K_NONE ? K_NONE : K_ALT(plain);
	}
	for (size_t i = 0; i < sizeof names / sizeof *names; i++)
		if (strcmp(names[i].name, name) == 0)
			return names[i].code;
	if (strncmp(name, "Ctrl+", 5) == 0 && name[5] >= '@' && name[5] <= '_' && !name[6])
		return K_CTRL(name[5]);
	if (name[0] == 'F' && name[1] >= '1' && name[1] <= '9') {
		char *end = NULL;
		long n = strtol(name + 1, &end, 10);
		return *end || n > 12 ? K_NONE : K_F((int32_t)n);
	}
	const char *p = name;
	uint32_t cp = utf8_next(&p);
	return *p || cp == 0xfffd ? K_NONE : (int32_t)cp;
}
