/* SPDX-License-Identifier: MIT
 *
 * verbs.h - commands that have verbs: `mailvan user list`, `mailvan task stop 7`. One const row per verb.
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

/* verbs ends with name NULL. The command's row has args "VERB ..." and its details from CLI_VERBS_HELP. */
int cli_run_verb(struct cli *c, const struct cli_verb *verbs);
/* The verb that was typed, or NULL: for errors of a verb's own. */
void cli_print_verbs(FILE *to, const char *command, const struct cli_verb *verbs);

#endif
