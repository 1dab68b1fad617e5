/* SPDX-License-Identifier: MIT
 *
 * device_verbs.h - internal to cmd_device*.c: verbs that have files of their own, and what they share.
 */
#ifndef MAILVAN_CLI_DEVICE_VERBS_H
#define MAILVAN_CLI_DEVICE_VERBS_H

#include "tui/cli/change_items.h"
#include "tui/cli/verbs.h"

/* Asks the tenant something that is not kept. New reference; NULL with e. */
json_t *device_ask(struct cli *c, struct store *s, const struct tenant *t, const char *question, const char *target,
		   struct err *e);

extern const struct cli_verb device_policy_verbs[]; /* cmd_device_policy.c */
extern const struct cli_verb device_enrol_verbs[];  /* device_enrol.c */

int device_protocols(struct cli *c);   /* `device protocols MAILBOX [NAME=on|off...]` */
int device_import(struct cli *c);      /* `device import FILE` */
int cli_device_handout(struct cli *c); /* `device handout USER...` */

#endif
