/* SPDX-License-Identifier: MIT
 *
 * nodes.c - the table of console tree nodes.
 */
#include "tui/tables/nodes.h"

static const struct node_row rows[NODE_KIND_COUNT] = {
#define NODE(sym, up, text, kind, nothing, about) \
	[NODE_##sym] = { .parent = NODE_##up, .label = text, .list = LIST_##kind, .empty = nothing, .help = about },
	CONSOLE_NODES(NODE)
#undef NODE
};

const struct node_row *node_row(enum node_kind kind) { return &rows[kind]; }

int node_depth(enum node_kind kind) {
	int depth = 0;
	for (; kind != NODE_PROJECT; kind = rows[kind].parent)
		depth++;
	return depth;
}

bool node_has_children(enum node_kind kind) {
	for (int i = 0; i < NODE_KIND_COUNT; i++)
		if (i != NODE_PROJECT && rows[i].parent == kind)
			return true;
	return false;
}
