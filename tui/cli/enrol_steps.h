/* SPDX-License-Identifier: MIT
 *
 * enrol_steps.h - what `mailvan device enrol` and the console do to a batch: users put in, confirmed, marked, written
 * to the work sheet. All of it is local; nothing here asks the tenant.
 */
#ifndef MAILVAN_CLI_ENROL_STEPS_H
#define MAILVAN_CLI_ENROL_STEPS_H

#include <stdio.h>

#include "import/enrolments.h"

struct cli;

struct enrol {
	struct cli *c; /* the command whose verb it is; NULL in the console, and not looked at here */
	struct store *s;
	struct tenant t;
	struct enrolment b;
	char who[200];
};
/* Judges again what was judged before, and reads the batch again. */
bool enrol_judge(struct enrol *x, struct err *e);

/* ---- users put in ---- */

/* Told of each name that the tenant's list does not have; the check says so too. */
typedef void enrol_unlisted_fn(void *arg, const char *name);
/* Sign-in names or addresses; n == 0: all who are licensed and have a mailbox. unlisted may be NULL. INPUT when a name
 * is neither in the list nor an address, or when nobody is there. */
bool enrol_put(struct enrol *x, const char *const *names, size_t n, enrol_unlisted_fn *unlisted, void *arg,
	       size_t *added, struct err *e);
/* The rows of a CSV that are new or differ. */
bool enrol_put_list(struct enrol *x, const struct enrolment_list *l, struct err *e);

/* ---- rows that were chosen ---- */

struct enrol_choice {
	int64_t *ids;
	size_t n, cap, unnamed;
	char names[700]; /* for the audit list: "a@x, b@x and 40 more" */
};
bool enrol_choice_add(struct enrol_choice *ch, const struct enrolment_row *r, struct err *e);
void enrol_choice_end(struct enrol_choice *ch); /* after the last one */
void enrol_choice_free(struct enrol_choice *ch);

/* An enterprise data plan, the removal from any other server, or both. */
bool enrol_confirm_rows(struct enrol *x, const struct enrol_choice *ch, bool plan, bool removed, struct err *e);
/* What the service says, or New to begin again: may somebody mark a row so? Which rows: enrolment_may_mark. */
bool enrol_markable(enum enrolment_state to);
bool enrol_mark_rows(struct enrol *x, const struct enrol_choice *ch, enum enrolment_state to, struct err *e);
/* Is it still to be sent, and without a password that is valid? */
bool enrol_wants_password(const struct enrolment_row *r);

/* ---- the work sheet (enrol_sheet.c) ---- */

extern const char *const enrol_sheet_titles[]; /* ends with NULL */
/* The line of the sheet for a row: RFC 4180, formulas disarmed, the password as it is. */
void enrol_sheet_line(FILE *to, const struct enrolment_row *r, const struct secret *password);
/* After all rows were judged: nothing is missing of the contract, and rows are Ready; all of them, or ready_only. */
bool enrol_sheet_allowed(const struct enrol *x, bool ready_only);
/* The rows that are Ready, into a new file of mode 0600, noted in the audit list. No file is left behind an error. */
bool enrol_sheet_write(struct enrol *x, const char *path, size_t *written, struct err *e);

#endif
