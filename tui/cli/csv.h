/* SPDX-License-Identifier: MIT
 *
 * csv.h - CSV that a spreadsheet cannot be tricked by (CWE-1236). Lossless output is --json.
 */
#ifndef MAILVAN_CLI_CSV_H
#define MAILVAN_CLI_CSV_H

#include <stdint.h>
#include <stdio.h>

/* A field with text from elsewhere: sanitised, always quoted; what a spreadsheet would take for a formula
 * (= + - @ TAB CR or their full-width forms, also behind blanks or a BOM) gets a leading '. */
void csv_text(FILE *to, const char *text);
void csv_number(FILE *to, uint64_t n);
/* csv_text of each, comma between, CRLF at the end (RFC 4180 2.1). */
void csv_header(FILE *to, const char *const *names); /* ends with NULL */
void csv_comma(FILE *to);
void csv_end(FILE *to);

#endif
