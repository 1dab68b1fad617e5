/* SPDX-License-Identifier: MIT
 *
 * password_sheet.h - passwords that were made here, written once to a file that only its owner can read.
 *
 * It is there and synced before anything is sent; mailvan never shows or keeps them otherwise.
 */
#ifndef MAILVAN_CLI_PASSWORD_SHEET_H
#define MAILVAN_CLI_PASSWORD_SHEET_H

#include <stdio.h>

#include "tui/cli/cli.h"

struct password_sheet {
	char path[4300];
	FILE *file;
	size_t rows;
};
/* path: NULL = PROJECT/passwords-DATE-TIME.csv. Refuses a file that is there. */
bool password_sheet_open(struct password_sheet *s, const char *project, const char *path, struct err *e);
/* CSV as RFC 4180 has it, because a password must come out as it went in. */
bool password_sheet_add(struct password_sheet *s, const char *user, const char *password, struct err *e);
/* Makes one and writes it. The caller wipes it. */
bool password_sheet_make(struct password_sheet *s, const char *user, char made[PASSWORD_MADE + 1], struct err *e);
/* Synced. false: the file is taken away again. */
bool password_sheet_close(struct password_sheet *s, struct err *e);
/* For the command line: the same before the task, and where it is said on c->err. */
bool password_sheet_ready(struct cli *c, struct password_sheet *s, struct err *e);
/* And behind the task: whose password was not set, because what the sheet says of those opens nothing. task 0: there
 * was none, and the file goes. */
void password_sheet_tell(struct cli *c, struct store *s, struct password_sheet *sheet, int64_t task);
/* Nothing was sent: the file goes. */
void password_sheet_discard(struct password_sheet *s);

#endif
