/* SPDX-License-Identifier: MIT
 *
 * tree.c - the console tree. Nodes are known by id, so that a refresh keeps the place.
 */
#include "tui/model/tree.h"

#include <stdlib.h>
#include <string.h>

#include "core/base/text.h"

void tree_free(struct tree *t) {
	free(t->nodes);
	memset(t, 0, sizeof *t);
}

static bool hidden(const struct tree *t, enum node_kind kind) {
	while (kind != NODE_PROJECT) {
		kind = node_row(kind)->parent;
		if (t->closed[kind])
			return true;
	}
	return false;
}

static void add(struct tree *t, enum node_kind kind, const char *label, int64_t batch, const struct node_count *count) {
	struct tree_node *n = &t->nodes[t->count];
	if (hidden(t, kind))
		return;
	memset(n, 0, sizeof *n);
	n->kind = kind;
	n->batch = batch;
	text_sanitise(n->label, sizeof n->label, label, strlen(label));
	n->has_count = count->known;
	n->count = count->rows;
	n->alert = count->alert;
	t->count++;
}

static void keep_cursor(struct tree *t, const struct tree_node *was) {
	if (tree_select(t, was->kind, was->batch))
		return;
	for (enum node_kind up = was->kind; up != NODE_PROJECT;) {
		up = node_row(up)->parent;
		if (tree_select(t, up, 0))
			return;
	}
}

bool tree_build(struct tree *t, const char *project, const struct node_count counts[NODE_KIND_COUNT],
		const struct batch_row *batches, size_t n, struct err *e) {
	struct tree_node was = { .kind = NODE_MAILBOXES };
	if (t->count)
		was = t->nodes[t->cursor];
	if (n > TREE_BATCHES_MAX)
		n = TREE_BATCHES_MAX;
	if (t->cap < n + NODE_KIND_COUNT) {
		struct tree_node *bigger = realloc(t->nodes, (n + NODE_KIND_COUNT) * sizeof *bigger);
		if (!bigger)
			return err_nomem(e);
		t->nodes = bigger;
		t->cap = n + NODE_KIND_COUNT;
	}
	t->count = 0;
	for (int k = 0; k < NODE_KIND_COUNT; k++) {
		if (k != NODE_BATCH)
			add(t, (enum node_kind)k, k == NODE_PROJECT ? project : node_row((enum node_kind)k)->label, 0,
			    &counts[k]);
		for (size_t i = 0; k == NODE_BATCH && i < n; i++)
			add(t, NODE_BATCH, batches[i].name, batches[i].id,
			    &(struct node_count){ .known = true, .rows = batches[i].totals.mailboxes });
	}
	keep_cursor(t, &was);
	return true;
}

const struct tree_node *tree_current(const struct tree *t) { return &t->nodes[t->cursor]; }

void tree_move(struct tree *t, long by, int height) {
	long to = (long)t->cursor + by, last = (long)t->count - 1;
	t->cursor = (size_t)(to < 0 ? 0 : to > last ? last : to);
	if (t->cursor < t->top)
		t->top = t->cursor;
	if (height > 0 && t->cursor >= t->top + (size_t)height)
		t->top = t->cursor - (size_t)height + 1;
}

bool tree_select(struct tree *t, enum node_kind kind, int64_t batch) {
	for (size_t i = 0; i < t->count; i++) {
		if (t->nodes[i].kind == kind && t->nodes[i].batch == batch) {
			t->cursor = i;
			return true;
		}
	}
	if (t->count && t->cursor >= t->count)
		t->cursor = t->count - 1;
	return false;
}

bool tree_set_open(struct tree *t, bool open) {
	enum node_kind kind = tree_current(t)->kind;
	if (!node_has_children(kind))
		return false;
	t->closed[kind] = !open;
	return true;
}

bool tree_is_open(const struct tree *t, size_t index) { return !t->closed[t->nodes[index].kind]; }
