/* SPDX-License-Identifier: MIT
 *
 * nodes.h - the table of console tree nodes: what each shows in the list.
 */
#ifndef MAILVAN_TUI_NODES_H
#define MAILVAN_TUI_NODES_H

#include <stdbool.h>

/* NODE(symbol, parent, label, list kind, what an empty list says, help) */
#define CONSOLE_NODES(NODE) \
	NODE(PROJECT, PROJECT, "", OVERVIEW, "", "The project at a glance.") \
	NODE(MIGRATIONS, PROJECT, "Migrations", OVERVIEW, "", "All migrations at a glance.") \
	NODE(MAILBOXES, MIGRATIONS, "POP/IMAP", MAILBOXES, "No mailboxes yet. Press a to add a CSV.", \
	     "Every mailbox of the project.") \
	NODE(BATCHES, MIGRATIONS, "Batches", BATCHES, \
	     "No batches yet. A Batch column in the CSV, or the batch field when you add it, makes one.", \
	     "The batches of the project and how far each is.") \
	NODE(BATCH, BATCHES, "", MAILBOXES, "No mailboxes in this batch.", "The mailboxes of one batch.")

enum node_kind {
#define NODE(sym, parent, label, list, empty, help) NODE_##sym,
	CONSOLE_NODES(NODE)
#undef NODE
	NODE_KIND_COUNT
};

enum list_kind { LIST_OVERVIEW, LIST_MAILBOXES, LIST_BATCHES };

struct node_row {
	enum node_kind parent;
	const char *label; /* "" = the project's or the batch's name */
	enum list_kind list;
	const char *empty, *help;
};

const struct node_row *node_row(enum node_kind kind);
int node_depth(enum node_kind kind); /* the project is 0 */
bool node_has_children(enum node_kind kind);

#endif
