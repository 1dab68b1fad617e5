/* SPDX-License-Identifier: MIT
 *
 * device_sheets.h - the verbs of `mailvan device` that have files of their own: hand-outs and enrolments.
 */
#ifndef MAILVAN_CLI_DEVICE_SHEETS_H
#define MAILVAN_CLI_DEVICE_SHEETS_H

#include "tui/cli/cli.h"

/* `device handout USER...`: options tenant, policy, out, web. */
int cli_device_handout(struct cli *c);
/* `device enrol VERB BATCH ...`: see device_enrol.c. */
int cli_device_enrol(struct cli *c);

#endif
