/* SPDX-License-Identifier: MIT
 *
 * limits.h - why nothing is starting: hosts and accounts that take fewer mailboxes at once than wished for.
 */
#ifndef MAILVAN_CLI_LIMITS_H
#define MAILVAN_CLI_LIMITS_H

#include "tui/cli/cli.h"

/* One line for each place below its wish, and for each host at the operator's own limit that mailboxes wait for; of
 * accounts so many at most, and how many more there are. */
bool limits_print(FILE *to, struct store *s, unsigned accounts, struct err *e);
/* [{place, at_once, wish, since, held_until, why}]; NULL with e. */
json_t *limits_json(struct store *s, struct err *e);

#endif
