/* SPDX-License-Identifier: MIT
 *
 * rows.h - UTF-8 text -> rows of fields, with the physical line where each starts. libcsv parses,
 * strictly and without trimming; rows.c is the only file that knows it.
 *
 * A physical line ends at LF (CRs before it belong to the end), or at CR where the text has no LF
 * at all. A quoted field may span lines. A row that cannot be parsed is reported and parsing
 * starts again on the line after the one where the row began.
 */
#ifndef MAILVAN_IMPORT_ROWS_H
#define MAILVAN_IMPORT_ROWS_H

#include <stdbool.h>
#include <stddef.h>

#include "core/base/err.h"

#define ROW_FIELDS_MAX 256	       /* more are counted, not kept */
#define ROW_BYTES_MAX ((size_t)4 << 20) /* of all fields together */

struct field {
	const char *text; /* NUL-terminated; a NUL inside shows as strlen < len */
	size_t len;
};

enum row_fault {
	ROW_QUOTE_INSIDE, /* a quote in a value that does not start with one */
	ROW_QUOTE_AFTER,  /* something between a closing quote and the delimiter */
	ROW_QUOTE_OPEN,	  /* no closing quote in the rest of the file */
	ROW_TOO_LARGE,	  /* IMPORT_FIELD_MAX or ROW_BYTES_MAX */
};

struct rows_sink {
	void *arg;
	/* total counts all fields, n those that were kept. The fields live until the function
	 * returns. False ends the parse quietly. */
	bool (*row)(void *arg, unsigned line, const struct field *fields, size_t n, size_t total);
	/* field: index of the one where it happened. False ends the parse quietly. */
	bool (*fault)(void *arg, unsigned line, size_t field, enum row_fault why);
};

/* text starts with line number first_line. false: no memory. */
bool rows_parse(const char *text, size_t len, unsigned first_line, char delimiter, const struct rows_sink *sink,
		struct err *e);

#endif
