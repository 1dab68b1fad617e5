/* SPDX-License-Identifier: MIT
 *
 * table.h - any CSV with named columns -> checked rows and every problem of the file at once.
 *
 * What import.h is for mailboxes, for lists of users, permissions, devices and enrolments: the same decoding,
 * delimiter, row and problem rules (decode.h, rows.h, problems.h), with a table of columns given by the caller. Stores
 * nothing.
 */
#ifndef MAILVAN_IMPORT_TABLE_H
#define MAILVAN_IMPORT_TABLE_H

#include "import/import.h"

#define TABLE_COLUMNS_MAX 40
#define TABLE_ROW SIZE_MAX

struct table_rule {
	const char *name; /* as in the header; case, blanks, '_', '-' and '.' make no difference */
	const char *also; /* other names, '|' between; NULL = none */
	size_t max;	  /* bytes of a value */
	bool required;	  /* the column must be there, and no value may be empty */
	bool keep;	  /* blanks at the ends are part of the value (passwords) */
	bool secret;	  /* never shown, wiped when freed */
	/* Checks and normalises in place (size bytes: no longer than it was); false: text says what is wrong, fix what
	 * to do (may stay ""). NULL = anything. */
	bool (*check)(char *value, size_t size, char text[300], char fix[200]);
};

struct import_table;
struct import_table_result {
	struct import_table *rows; /* in file order: the good ones, or all that have the right number of cells */
	size_t count;
	struct import_problem *problems;
	size_t problem_count, notes, errors, seen;
	char encoding[32];
	char delimiter;
};
/* rules: static storage. False only when the file cannot be read at all. Free always. */
bool import_table(const char *path, const struct table_rule *rules, size_t n, struct import_table_result *out,
		  struct err *e);
bool import_table_fd(int fd, const char *name, const struct table_rule *rules, size_t n,
		     struct import_table_result *out, struct err *e);
/* The same, but a row with a cell that is wrong is kept too: bad (import_table_bad), and that cell is "". For lists
 * whose rows are held against something else, where one mistake must not hide the others. */
bool import_table_all_fd(int fd, const char *name, const struct table_rule *rules, size_t n,
			 struct import_table_result *out, struct err *e);
int import_table_open(const char *path, char shown[200], struct err *e); /* for the above; -1: e */
void import_table_free(struct import_table_result *r);
/* "" when the file has no such column. Borrowed until free. A file with a FATAL problem has count 0. */
const char *import_table_cell(const struct import_table_result *r, size_t row, size_t rule);
unsigned import_table_line(const struct import_table_result *r, size_t row);
/* For checks over several columns or rows: a problem of a good row; with ERROR the row is marked bad
 * (import_table_bad). rule: TABLE_ROW = the row as a whole. After the last one import_table_sort puts the problems in
 * the order of lines. */
void import_table_problem(struct import_table_result *r, size_t row, enum problem_level level, size_t rule,
			  const char *fix, const char *fmt, ...) __attribute__((format(printf, 6, 7)));
bool import_table_bad(const struct import_table_result *r, size_t row);
void import_table_sort(struct import_table_result *r);

#endif
