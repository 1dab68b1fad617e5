/* SPDX-License-Identifier: MIT
 *
 * nodes.h - the table of console tree nodes: what each shows in the list.
 */
#ifndef MAILVAN_TUI_NODES_H
#define MAILVAN_TUI_NODES_H

#include <stdbool.h>

#include "core/store/records.h"

#define CONSOLE_NODES(NODE) \
	NODE(PROJECT) \
	NODE(MIGRATIONS) \
	NODE(MAILBOXES) \
	NODE(BATCHES) \
	NODE(BATCH) \
	NODE(USERS) \
	NODE(SUBSCRIPTIONS) \
	NODE(PERMISSIONS) \
	NODE(DEVICES) \
	NODE(POLICIES) \
	NODE(ENROLMENTS) \
	NODE(SERVICE) \
	NODE(HEALTH) \
	NODE(ANNOUNCEMENTS) \
	NODE(FEEDS) \
	NODE(TASKS) \
	NODE(AUDIT)

enum node_kind {
#define NODE(sym) NODE_##sym,
	CONSOLE_NODES(NODE)
#undef NODE
	NODE_KIND_COUNT
};

/* TENANT: who the tenant is, whose token there is, how old its lists are. RECORDS: rows of a record_list. */
enum list_kind { LIST_OVERVIEW, LIST_MAILBOXES, LIST_BATCHES, LIST_TENANT, LIST_RECORDS };

struct node_row {
	enum node_kind parent;
	const char *label; /* "" = the project's or the batch's name */
	enum list_kind list;
	const struct record_list *records; /* LIST_RECORDS */
	bool every_tenant;		   /* the rows of all tenants, and worth a look without any */
	const char *count; /* the tree shows how many rows this filter of the list leaves; "" = all, NULL = nothing */
	const char *alert; /* rows of this filter put a "!" before the number; NULL = never */
	const char *empty; /* what an empty list says; records say it themselves */
	const char *help;
};

const struct node_row *node_row(enum node_kind kind);
int node_depth(enum node_kind kind); /* the project is 0 */
bool node_has_children(enum node_kind kind);

#endif
