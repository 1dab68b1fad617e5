/* SPDX-License-Identifier: MIT
 *
 * table.h - aligned columns for people, and when colours may be used.
 */
#ifndef MAILVAN_CLI_TABLE_H
#define MAILVAN_CLI_TABLE_H

#include "tui/cli/cli.h"

/* Never the only carrier of a meaning: every toned cell also says it in words. */
enum tone { TONE_PLAIN, TONE_GOOD, TONE_BUSY, TONE_WARN, TONE_BAD, TONE_DIM };

struct table_column {
	const char *title; /* NULL ends the list */
	bool right;
};

struct table_cell {
	const char *text; /* sanitised here, copied */
	enum tone tone;
};

/* What a name of a folder may take of a line: one of 240 characters would make all lines as long. JSON and CSV have it
 * whole. */
#define TABLE_NAME_MAX 60

struct table;

/* Holds every row until it is printed. NULL when memory runs out. */
struct table *table_new(const struct table_column *columns);
/* Rows that come from here on: what is longer is cut in its middle, but for the last column, which nothing follows. */
void table_cut(struct table *t, size_t columns);
bool table_add(struct table *t, const struct table_cell *cells); /* one per column; false: no memory */
void table_print(const struct table *t, FILE *to, bool colour);
void table_free(struct table *t);

/* A terminal that takes colours, --no-color and NO_COLOR absent. */
bool colour_wanted(const struct cli *c, FILE *to);
const char *tone_on(enum tone tone, bool colour); /* "" without colour */
const char *tone_off(enum tone tone, bool colour);
/* Columns on a terminal; bytes when the text is not valid in the locale. */
size_t text_columns(const char *s);

#endif
