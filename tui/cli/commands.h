/* SPDX-License-Identifier: MIT
 *
 * commands.h - one const row per subcommand; each is defined in its cmd_NAME.c.
 */
#ifndef MAILVAN_CLI_COMMANDS_H
#define MAILVAN_CLI_COMMANDS_H

#include "tui/cli/cli.h"

extern const struct cli_command cmd_add;     /* cmd_add.c */
extern const struct cli_command cmd_target;  /* cmd_target.c */
extern const struct cli_command cmd_test;    /* cmd_test.c */
extern const struct cli_command cmd_move;    /* cmd_move.c */
extern const struct cli_command cmd_migrate; /* cmd_migrate.c */
extern const struct cli_command cmd_status;  /* cmd_status.c */
extern const struct cli_command cmd_pause;   /* cmd_control.c, with the next three and cmd_remove */
extern const struct cli_command cmd_resume;
extern const struct cli_command cmd_stop;
extern const struct cli_command cmd_retry;
extern const struct cli_command cmd_remove;
extern const struct cli_command cmd_verify;	/* cmd_verify.c */
extern const struct cli_command cmd_report;	/* cmd_report.c */
extern const struct cli_command cmd_dead_letters; /* cmd_dead_letters.c */
extern const struct cli_command cmd_permission; /* cmd_permission.c */
extern const struct cli_command cmd_device; /* cmd_device.c */
extern const struct cli_command cmd_tenant;  /* cmd_tenant.c */
extern const struct cli_command cmd_service; /* cmd_service.c */
extern const struct cli_command cmd_task;	/* cmd_task.c, with cmd_audit */
extern const struct cli_command cmd_audit;
extern const struct cli_command cmd_worker;	/* cmd_worker.c */
extern const struct cli_command cmd_set;	/* cmd_set.c */
extern const struct cli_command cmd_completion; /* cmd_help.c */
extern const struct cli_command cmd_user; /* cmd_user.c */
extern const struct cli_command cmd_help;

#endif
