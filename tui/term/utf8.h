/* SPDX-License-Identifier: MIT
 *
 * utf8.h - code points and their width in cells.
 */
#ifndef MAILVAN_TUI_UTF8_H
#define MAILVAN_TUI_UTF8_H

#include <stddef.h>
#include <stdint.h>

/* Decodes one code point of a NUL-terminated string and moves *p behind it. Bytes that are not
 * UTF-8 (and surrogates, overlong forms) give U+FFFD and consume one byte. 0 at the end. */
uint32_t utf8_next(const char **p);
/* Writes 1 to 4 bytes, no NUL. */
size_t utf8_put(char dst[4], uint32_t cp);
/* Start of the code point before `at`; s <= result < at, unless at == s. */
const char *utf8_prev(const char *s, const char *at);
/* 0 (combining), 1 or 2; -1 for what must not reach a terminal: controls, bidi controls, unknown. */
int utf8_width(uint32_t cp);
/* Cells of a whole string, refused characters counted as one. */
int utf8_cells(const char *s);

#endif
