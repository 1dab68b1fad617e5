/* SPDX-License-Identifier: MIT
 *
 * selection.h - which mailboxes a command acts on: --all, --batch NAME, or operands.
 *
 * An operand is a row's id, its source identity or its target identity (without case). An
 * identity that several rows carry means all of them.
 */
#ifndef MAILVAN_CLI_SELECTION_H
#define MAILVAN_CLI_SELECTION_H

#include "tui/cli/cli.h"

enum selection_rule {
	SELECTION_REQUIRED, /* nothing named is an error: the command changes things */
	SELECTION_DEFAULT_ALL,
};

struct selection {
	struct mailbox_filter filter; /* ids points to the member below */
	int64_t *ids;		      /* ascending, no duplicates */
};

/* False (INPUT) when an operand or batch is unknown (all unknown ones are named) or nothing is selected. */
bool selection_read(const struct cli *c, struct store *s, enum selection_rule rule, struct selection *out,
		    struct err *e);
/* Replace the filter by the ids it selects now (possibly none: id_count 0), so that changes of state do not move it. */
bool selection_freeze(struct store *s, struct selection *sel, struct err *e);
void selection_free(struct selection *sel);

/* The frame of a command on mailboxes: open the project, read the selection, run body, tidy up. Returns its code. */
typedef int selection_body(struct cli *c, struct store *s, struct selection *sel);
int with_selection(struct cli *c, enum store_mode mode, enum selection_rule rule, selection_body *body);

#endif
