/* SPDX-License-Identifier: MIT
 *
 * status.h - what `mailvan status` prints, for the commands that end by showing it.
 */
#ifndef MAILVAN_CLI_STATUS_H
#define MAILVAN_CLI_STATUS_H

#include "tui/cli/cli.h"

/* The table, or with --json the document. code is handed through unless it fails. */
int status_print(struct cli *c, struct store *s, const struct mailbox_filter *filter, int code);
/* status_json.c. Each mailbox goes out as it is read: cut off by an error, the document is no JSON. */
int status_print_json(struct cli *c, struct store *s, const struct mailbox_filter *filter, int code);
/* What the counts call copied and is not there, and what they call vanished and was. */
struct not_there {
	uint64_t missing; /* copies that verify has looked for in vain */
	uint64_t removed; /* copies, on request */
};
bool not_there_total(struct store *s, const struct mailbox_filter *filter, struct not_there *out, struct err *e);
/* Two lines: mailboxes by state, and the accounting identity. */
void status_summary(FILE *to, const struct mailbox_totals *t, const struct not_there *gone, bool colour);
/* What a run over these mailboxes comes to: stopped before gaps before all Synced. */
int status_exit_code(const struct mailbox_totals *t);

#endif
