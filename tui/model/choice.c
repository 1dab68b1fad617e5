/* SPDX-License-Identifier: MIT
 *
 * choice.c - what actions apply to: the marked mailboxes, else what the cursor is on.
 *
 * In the list that is a mailbox or a batch; in the tree a batch, or every mailbox of the project.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tui/model/state.h"

const struct batch_row *console_current_batch(const struct console *c) {
	if (c->list.kind != LIST_BATCHES || c->list.cursor >= c->batch_count)
		return NULL;
	return &c->batches[c->list.cursor];
}

static const struct batch_row *batch_by_id(const struct console *c, int64_t id) {
	for (size_t i = 0; i < c->batch_count; i++)
		if (c->batches[i].id == id)
			return &c->batches[i];
	return NULL;
}

static void choose_batch(struct choice *out, const struct batch_row *b) {
	out->scope = SCOPE_BATCH;
	out->filter.batch = b->id;
	out->count = b->totals.mailboxes;
	size_t n = (size_t)snprintf(out->name, sizeof out->name, "batch ");
	text_sanitise(out->name + n, sizeof out->name - n, b->name, strlen(b->name));
}

static void choose_all(const struct console *c, struct choice *out) {
	char count[32];
	if (c->totals.mailboxes == 0)
		return;
	out->scope = SCOPE_ALL;
	out->count = c->totals.mailboxes;
	text_count(count, sizeof count, out->count);
	snprintf(out->name, sizeof out->name, "all %s mailbox%s", count, out->count == 1 ? "" : "es");
}

void console_choice(const struct console *c, struct choice *out) {
	memset(out, 0, sizeof *out);
	if (c->list.kind == LIST_RECORDS || c->list.kind == LIST_TENANT)
		return;
	const struct tree_node *node = tree_current(&c->tree);
	const struct mailbox_row *row = list_current(&c->list);
	const struct batch_row *batch = console_current_batch(c);
	if (c->list.marks.count) {
		char count[32];
		out->scope = SCOPE_MARKED;
		out->filter.ids = c->list.marks.ids;
		out->filter.id_count = out->count = c->list.marks.count;
		text_count(count, sizeof count, out->count);
		snprintf(out->name, sizeof out->name, "%s selected", count);
	} else if (c->focus == PANE_TREE && node->kind == NODE_BATCH) {
		const struct batch_row *b = batch_by_id(c, node->batch);
		if (b)
			choose_batch(out, b);
	} else if (c->list.kind == LIST_OVERVIEW || (c->focus == PANE_TREE && node->kind == NODE_MAILBOXES)) {
		choose_all(c, out);
	} else if (row) {
		out->scope = SCOPE_ROW;
		out->id = row->id;
		out->count = 1;
		text_sanitise(out->name, sizeof out->name, row->source, strlen(row->source));
	} else if (batch) {
		choose_batch(out, batch);
	}
}

bool choice_keep(const struct choice *choice, struct kept_choice *out, struct err *e) {
	size_t n = choice->scope == SCOPE_ROW ? 1 : choice->filter.id_count;
	*out = (struct kept_choice){ .filter = choice->filter };
	if (n && !(out->ids = calloc(n, sizeof *out->ids)))
		return err_nomem(e);
	if (n)
		memcpy(out->ids, choice->scope == SCOPE_ROW ? &choice->id : choice->filter.ids, n * sizeof *out->ids);
	out->filter.ids = out->ids;
	out->filter.id_count = n;
	text_copy(out->name, sizeof out->name, choice->name);
	return true;
}

void kept_choice_free(struct kept_choice *k) {
	free(k->ids);
	*k = (struct kept_choice){ .ids = NULL };
}

/* What the first column does not tell apart (a device of a user, a permission of a mailbox) takes the next text too. */
static void name_line(const struct record_list *l, const struct record_line *line, char *dst, size_t size) {
	size_t next = 1;
	while (next < l->column_count && l->columns[next].type != CELL_TEXT)
		next++;
	if (strcmp(line->label, line->cells[0]) == 0 || next == l->column_count)
		text_copy(dst, size, line->cells[0]);
	else
		snprintf(dst, size, "%s, %s", line->cells[0], line->cells[next]);
}

/* A single marked row is named like one under the cursor. NULL: it is too far off to be in the window. */
static const struct record_line *marked_line(const struct list *l) {
	for (size_t i = 0; i < l->line_count; i++)
		if (l->lines[i].id == l->marks.ids[0])
			return &l->lines[i];
	return NULL;
}

void console_record_choice(const struct console *c, struct record_choice *out) {
	const struct record_line *only = c->list.marks.count == 1 ? marked_line(&c->list) : NULL;
	const struct record_line *line = only ? only : list_current_line(&c->list);
	char count[32];
	memset(out, 0, sizeof *out);
	if (c->list.kind != LIST_RECORDS)
		return;
	if (c->list.marks.count && !only) {
		out->ids = c->list.marks.ids;
		out->count = c->list.marks.count;
		text_count(count, sizeof count, out->count);
		snprintf(out->name, sizeof out->name, "%s selected", count);
	} else if (line) {
		out->one = line->id;
		out->count = 1;
		name_line(c->list.records, line, out->name, sizeof out->name);
	}
}

enum node_kind console_node(const struct console *c) { return tree_current(&c->tree)->kind; }

const char *console_node_title(const struct console *c) {
	const struct tree_node *node = tree_current(&c->tree);
	return node->kind == NODE_MAILBOXES ? "POP/IMAP migrations" : node->label;
}

void console_rechoose(struct console *c) {
	struct choice choice;
	struct mailbox_totals t;
	struct err ignored;
	memset(c->chosen, 0, sizeof c->chosen);
	console_choice(c, &choice);
	switch (choice.scope) {
	case SCOPE_NONE:
		return;
	case SCOPE_ROW:
		c->chosen[list_current(&c->list)->state] = 1;
		return;
	case SCOPE_ALL:
		memcpy(c->chosen, c->totals.by_state, sizeof c->chosen);
		return;
	case SCOPE_BATCH:
		memcpy(c->chosen, batch_by_id(c, choice.filter.batch)->totals.by_state, sizeof c->chosen);
		return;
	case SCOPE_MARKED:
		if (mailboxes_totals(c->store, &choice.filter, &t, &ignored))
			memcpy(c->chosen, t.by_state, sizeof c->chosen);
		return;
	}
}
