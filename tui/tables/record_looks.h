/* SPDX-License-Identifier: MIT
 *
 * record_looks.h - which words of a record stand out, and how.
 */
#ifndef MAILVAN_TUI_RECORD_LOOKS_H
#define MAILVAN_TUI_RECORD_LOOKS_H

#include "core/store/records.h"
#include "tui/term/grid.h"

/* The word itself says it; the style only helps the eye. */
enum style record_style(const struct record_list *l, const char *column, const char *text);

#endif
