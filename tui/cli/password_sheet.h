/* SPDX-License-Identifier: MIT
 *
 * password_sheet.h - passwords that were made here, written once to a file that only its owner can read.
 *
 * It is there and synced before anything is sent; mailvan never shows or keeps them otherwise.
 */
#ifndef MAILVAN_CLI_PASSWORD_SHEET_H
#define MAILVAN_CLI_PASSWORD_SHEET_H

#include <stdio.h>

#include "core/mailvan.h"

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
/* Nothing was sent: the file goes. */
void password_sheet_discard(struct password_sheet *s);

#endif
