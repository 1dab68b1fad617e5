/* SPDX-License-Identifier: MIT
 *
 * cmd_help.c - `mailvan help [COMMAND]` and `mailvan completion bash`.
 */
#include "tui/cli/cli.h"

#include <string.h>

static int run_help(struct cli *c) {
	if (!c->arg_count) {
		cli_print_help(c->out, NULL);
		return CLI_OK;
	}
	for (size_t i = 0; cli_commands[i]; i++) {
		if (strcmp(cli_commands[i]->name, c->args[0]) == 0) {
			cli_print_help(c->out, cli_commands[i]);
			return CLI_OK;
		}
	}
	return cli_usage_error(c, "There is no command '%s'; 'mailvan help' lists them", c->args[0]);
}

const struct cli_command cmd_help = {
	.name = "help",
	.args = "[COMMAND]",
	.summary = "explain a command, or list them all",
	.max_args = 2, /* the verb may be named too: its command's help has it */
	.run = run_help,
};

static int run_completion(struct cli *c) {
	if (strcmp(c->args[0], "bash") != 0)
		return cli_usage_error(c, "Completion is there for bash, not for '%s'", c->args[0]);
	cli_print_completion(c->out);
	return CLI_OK;
}

const struct cli_command cmd_completion = {
	.name = "completion",
	.args = "bash",
	.summary = "print the shell's completion script",
	.min_args = 1,
	.max_args = 1,
	.run = run_completion,
};
