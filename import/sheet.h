/* SPDX-License-Identifier: MIT
 *
 * sheet.h - what every list has in common whatever its columns mean: encoding, separator, header names, widths, faults.
 */
#ifndef MAILVAN_IMPORT_SHEET_H
#define MAILVAN_IMPORT_SHEET_H

#include "import/decode.h"
#include "import/problems.h"
#include "import/rows.h"

#define SHEET_NAME_MAX 40 /* of a normalised header name; longer ones are not known anyway */

/* Case, blanks, '_', '-' and '.' make no difference. */
void sheet_name(char dst[SHEET_NAME_MAX], const char *src);
/* Is known nearer to what was typed than *best (start with SHEET_FAR), and near enough to be meant? Lowers *best. */
#define SHEET_FAR 4U
bool sheet_nearer(const char *typed, const char *known, unsigned *best);

/* No value in any of them. */
bool sheet_row_empty(const struct field *fields, size_t n);
/* Has the row as many values as the header has columns? named: without nameless ones at its end. Else says so. */
bool sheet_row_width(struct problems *p, unsigned line, const struct field *fields, size_t n, size_t total, size_t want,
		     size_t named, char delimiter);
/* column: the one where it happened, NULL = not known. header: it is the header that cannot be read. */
void sheet_fault(struct problems *p, unsigned line, const char *column, enum row_fault why, bool header);

/* Excel's own first line, "sep=;": true when it is there; *skip is its length. */
bool sheet_separator(const char *text, size_t len, char *delimiter, size_t *skip);
/* How many of the fields are known columns. */
typedef size_t sheet_known_fn(void *arg, const struct field *fields, size_t n);
/* The delimiter by which the header line has most known names (then most fields), ',' when none
 * has; false: no memory. */
bool sheet_delimiter(const char *text, size_t len, sheet_known_fn *known, void *arg, char *delimiter, struct err *e);
/* Its name, and what is to be said about it. */
void sheet_encoding(struct problems *p, const struct decoded *d, char encoding[32]);

#endif
