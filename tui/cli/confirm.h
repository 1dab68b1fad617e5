/* SPDX-License-Identifier: MIT
 *
 * confirm.h - the question before what is hard to take back.
 */
#ifndef MAILVAN_CLI_CONFIRM_H
#define MAILVAN_CLI_CONFIRM_H

#include "tui/cli/cli.h"

/* For the option tables of commands that ask. */
#define CLI_YES_OPTION                                                                                                 \
	{ 'y', "yes", NULL, "do not ask" }

/* True with --yes, or when the terminal's answer to the question (one line or more, sanitised) begins with y. Otherwise
 * INPUT where there is no terminal to ask on, with the question's first line; or CANCELLED with `refused`, a sentence
 * such as "Nothing was removed". */
bool cli_confirmed(struct cli *c, const char *question, const char *refused, struct err *e);

#endif
