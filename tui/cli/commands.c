/* SPDX-License-Identifier: MIT
 *
 * commands.c - the subcommands, in the order in which help lists them.
 */
#include "tui/cli/commands.h"

const struct cli_command *const cli_commands[] = {
	&cmd_add,    &cmd_target, &cmd_test,	   &cmd_move,	 &cmd_migrate, &cmd_status,	  &cmd_pause,
	&cmd_resume, &cmd_stop,	  &cmd_retry,	   &cmd_verify,	 &cmd_report,  &cmd_dead_letters, &cmd_permission,
	&cmd_device, &cmd_tenant, &cmd_user,	   &cmd_service, &cmd_task,    &cmd_audit,	  &cmd_worker,
	&cmd_set,    &cmd_remove, &cmd_completion, &cmd_help,	 NULL,
};
