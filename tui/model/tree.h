/* SPDX-License-Identifier: MIT
 *
 * tree.h - the console tree. Nodes are known by id, so that a refresh keeps the place.
 */
#ifndef MAILVAN_TUI_TREE_H
#define MAILVAN_TUI_TREE_H

#include "core/store/mailboxes.h"
#include "tui/model/tenant_view.h"
#include "tui/tables/nodes.h"

#define TREE_BATCHES_MAX 10000

struct tree_node {
	enum node_kind kind;
	int64_t batch; /* NODE_BATCH */
	char label[BATCH_NAME_MAX];
	uint64_t count;
	bool has_count;
	bool alert; /* some of them want to be looked at */
};

struct tree {
	struct tree_node *nodes; /* the visible ones, top down */
	size_t count, cap;
	size_t cursor, top;
	bool closed[NODE_KIND_COUNT];
};

void tree_free(struct tree *t);
/* Rebuilds the visible nodes; the cursor stays on its node, or goes to the one above when that is gone. */
bool tree_build(struct tree *t, const char *project, const struct node_count counts[NODE_KIND_COUNT],
		const struct batch_row *batches, size_t n, struct err *e);
const struct tree_node *tree_current(const struct tree *t);
/* Moves within the visible nodes and keeps the cursor within `height` rows. */
void tree_move(struct tree *t, long by, int height);
bool tree_select(struct tree *t, enum node_kind kind, int64_t batch);
/* Opens or closes a node that has children; false when it has none. The caller rebuilds. */
bool tree_set_open(struct tree *t, bool open);
bool tree_is_open(const struct tree *t, size_t index);

#endif
