/* SPDX-License-Identifier: MIT
 *
 * verbs.h - commands that have verbs: `mailvan user list`, `mailvan device policy show NAME`. One const row per verb.
 */
#ifndef MAILVAN_CLI_VERBS_H
#define MAILVAN_CLI_VERBS_H

#include "tui/cli/cli.h"

struct cli_verb {
	const char *name;
	const char *args;	     /* operands, as they stand in the usage line; "" = none */
	const char *summary;	     /* one line, no full stop */
	unsigned min_args, max_args; /* operands after the verb */
	const char *options;	   /* long names that it understands, blank separated; "" = none. Others are refused */
	int (*run)(struct cli *c); /* c->args begins behind the verb */
};
/* A word before verbs of its own: the "policy" of `device policy list`. */
struct cli_verb_group {
	const char *name;
	const struct cli_verb *verbs;
};
/* Tables end with name NULL; the command's row has them in .verbs and .verb_groups and args "VERB ...". Help lists the
 * verbs behind its details. */

/* Carries out the verb that was typed. */
int cli_run_verb(struct cli *c);
/* A usage line and a summary for each verb of the command. */
void cli_print_verbs(FILE *to, const struct cli_command *command);
/* For --dump-commands: "verb", words before it, verb, operands, summary, tab separated. */
void cli_dump_verbs(FILE *to, const struct cli_command *command);

#endif
