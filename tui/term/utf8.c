/* SPDX-License-Identifier: MIT
 *
 * utf8.c - code points and their width in cells.
 */
#include "tui/term/utf8.h"

#include <stdbool.h>
#include <wchar.h>

uint32_t utf8_next(const char **p) {
	static const uint32_t least[] = { 0, 0x80, 0x800, 0x10000 };
	const unsigned char *s = (const unsigned char *)*p;
	if (!*s)
		return 0;
	int more = *s < 0x80		     ? 0
		   : *s >= 0xc2 && *s < 0xe0 ? 1
		   : (*s & 0xf0) == 0xe0     ? 2
		   : *s >= 0xf0 && *s < 0xf5 ? 3
					     : -1;
	(*p)++;
	if (more < 0)
		return 0xfffd;
	uint32_t cp = more ? *s & (0x3fu >> more) : *s;
	for (int i = 1; i <= more; i++) {
		if ((s[i] & 0xc0) != 0x80)
			return 0xfffd;
		cp = cp << 6 | (s[i] & 0x3f);
	}
	if (cp < least[more] || cp > 0x10ffff || (cp >= 0xd800 && cp < 0xe000))
		return 0xfffd;
	*p += more;
	return cp;
}

size_t utf8_put(char dst[4], uint32_t cp) {
	if (cp < 0x80) {
		dst[0] = (char)cp;
		return 1;
	}
	int more = cp < 0x800 ? 1 : cp < 0x10000 ? 2 : 3;
	static const unsigned char lead[] = { 0, 0xc0, 0xe0, 0xf0 };
	for (int i = more; i > 0; i--) {
		dst[i] = (char)(0x80 | (cp & 0x3f));
		cp >>= 6;
	}
	dst[0] = (char)(lead[more] | cp);
	return (size_t)more + 1;
}

const char *utf8_prev(const char *s, const char *at) {
	if (at == s)
		return s;
	do
		at--;
	while (at > s && ((unsigned char)*at & 0xc0) == 0x80);
	return at;
}

static bool refused(uint32_t cp) {
	return cp < 0x20 || (cp >= 0x7f && cp < 0xa0) || (cp >= 0x200b && cp <= 0x200f) ||
	       (cp >= 0x2028 && cp <= 0x202e) || (cp >= 0x2060 && cp <= 0x206f) || cp == 0xfeff || cp == 0x061c ||
	       (cp >= 0xe0000 && cp < 0xe1000);
}

int utf8_width(uint32_t cp) {
	if (refused(cp))
		return -1;
	return cp < 0x7f ? 1 : wcwidth((wchar_t)cp);
}

int utf8_cells(const char *s) {
	int cells = 0;
	for (uint32_t cp; (cp = utf8_next(&s)) != 0;) {
		int w = utf8_width(cp);
		cells += w < 0 ? 1 : w;
	}
	return cells;
}
