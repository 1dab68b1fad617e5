/* SPDX-License-Identifier: MIT
 *
 * import.h - any CSV of mailboxes: bytes -> UTF-8 -> rows -> mapped columns -> checked
 * rows, with every problem of the file at once. import_csv stores nothing: the caller shows
 * the problems, decides, and calls import_store.
 *
 * Rows are kept small, because a struct mailbox_spec is 11 kB: a spec is built when it is asked for.
 */
#ifndef MAILVAN_IMPORT_IMPORT_H
#define MAILVAN_IMPORT_IMPORT_H

#include "core/mailvan.h"

/* NOTE: shown, does not block (a trailing blank in a password, a duplicate of an earlier row).
 * ERROR: the row cannot be used. FATAL: the file cannot be used (no header, a column is missing). */
enum problem_level { PROBLEM_NOTE, PROBLEM_ERROR, PROBLEM_FATAL };

/* Texts are sanitised, one sentence without its full stop, and never quote a value of a row: in a row
 * whose columns are shifted any value may be a password. */
struct import_problem {
	enum problem_level level;
	unsigned line;	      /* 1-based physical line where the row starts; 0 = the whole file */
	char column[64];      /* header name, "" = the row */
	char text[300];	      /* what is wrong */
	char fix[200];	      /* what to do; "" = nothing need be done */
};

#define IMPORT_FILE_MAX (200U << 20) /* bytes; larger files are refused */
#define IMPORT_FIELD_MAX (1U << 20)  /* bytes of one value */
#define IMPORT_ROWS_MAX 1000000U     /* good rows */
#define IMPORT_PROBLEMS_MAX 50000U   /* listed; the rest is counted, and the last one says so */

struct import_result {
	struct import_rows *checked; /* the good rows, in file order: import_spec, import_store */
	size_t spec_count;
	struct import_problem *problems; /* by line */
	size_t problem_count;
	size_t rows;		     /* data rows seen, good or bad; empty lines are not rows */
	size_t duplicates;	     /* rows dropped because an earlier one says the same */
	size_t notes, errors;	     /* counts by level; errors includes FATAL */
	bool lacks_target;	     /* among them: a row names no target server, and the options neither */
	char encoding[32];	     /* "UTF-8", "UTF-8 with BOM", "UTF-16LE", "UTF-16BE", "Windows-1252" */
	char delimiter;		     /* ',', ';' or tab; 0 = there was no header to tell */
};

struct import_options {
	/* Defaults for columns that the file lacks or leaves empty. Members with host "" / ca_file "" are unset.
	 * ca_file, pin, insecure and proxy hold for every row of that side. Logins and passwords are not used. */
	struct endpoint source, target;
	char batch[BATCH_NAME_MAX];
	struct endpoint project; /* where rows go that name no target server; host "" = not known */
	bool target_known; /* the project or the options say where to: TargetServer may be missing */
	bool target_admin; /* the project has an admin login or a tenant: TargetPassword may be missing */
	/* What SourceTenant and TargetTenant can name. source.tenant and target.tenant are defaults of these columns,
	 * for rows without a password; a tenant's row needs no login, no password, and no server either. NULL = none.
	 */
	const struct tenant_list *tenants;
};

/* false only when the file cannot be read at all (e) or memory runs out; problems with the contents
 * are in the result. Free with import_free (wipes passwords), also after false. */
bool import_csv(const char *path, const struct import_options *o, struct import_result *out, struct err *e);
/* The same from an open descriptor (a pipe will do), which stays open; name is for errors. */
bool import_csv_fd(int fd, const char *name, const struct import_options *o, struct import_result *out, struct err *e);
void import_free(struct import_result *r);

/* Build the i-th good row (i < spec_count) and, unless line is NULL, its line. The caller
 * frees it with import_spec_clear. */
bool import_spec(const struct import_result *r, size_t i, struct mailbox_spec *out, unsigned *line, struct err *e);
void import_spec_clear(struct mailbox_spec *spec);

/* mailboxes_add for all good rows, IMPORT_GROUP rows per transaction: a list up to that long is stored as a
 * whole or not at all. When a longer one fails half way, out counts what is in, and adding
 * it again completes it. */
#define IMPORT_GROUP 5000U
bool import_store(const struct import_result *r, struct store *s, struct add_result *out, struct err *e);

/* What was stored and may not be what was meant, a sentence each, as every front end shows it. Returns how many. */
#define IMPORT_WARNINGS 2
#define IMPORT_WARNING_MAX 1024
unsigned import_warnings(const struct add_result *added, char text[IMPORT_WARNINGS][IMPORT_WARNING_MAX]);

/* "line 7, SourcePort: error: text. fix." without newline, as every front end shows it. */
void import_problem_line(char *dst, size_t size, const struct import_problem *p);

#endif
