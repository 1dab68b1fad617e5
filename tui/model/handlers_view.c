/* SPDX-License-Identifier: MIT
 *
 * handlers_view.c - looking around: order, filter, marks, panes, help, leaving.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tui/model/handlers.h"
#include "tui/model/job.h"
#include "tui/tables/actions.h"
#include "tui/tables/columns.h"
#include "tui/view/dialogs.h"

void do_properties(struct console *c, const char *arg) {
	(void)arg;
	dialog_properties(c, list_current(&c->list)->id);
}

void do_refresh(struct console *c, const char *arg) {
	(void)arg;
	console_refresh(c);
	console_note(c, "Read again");
}

static void filter_changed(struct console *c, const char *text) {
	text_copy(c->list.text, sizeof c->list.text, text);
	console_reload(c);
}

static void filter_cancel(struct console *c) {
	filter_changed(c, "");
}

void do_filter(struct console *c, const char *arg) {
	static const struct prompt_spec spec = {
		.label = "Find: ", .changed = filter_changed, .accept = filter_changed, .cancel = filter_cancel
	};
	if (*arg)
		filter_changed(c, arg);
	else
		dialog_prompt(c, &spec, c->list.text);
}

void do_errors_only(struct console *c, const char *arg) {
	(void)arg;
	c->list.errors_only = !c->list.errors_only;
	console_reload(c);
	console_note(c, c->list.errors_only ? "Only mailboxes that failed or have gaps. Press ! again for all"
					    : "All mailboxes");
}

static void reorder(struct console *c) {
	struct err e;
	if (!list_reordered(&c->list, c->store, &e))
		console_complain(c, &e);
	console_rechoose(c);
	c->dirty = true;
}

static void sort_by(struct console *c, const struct column *col) {
	if (list_sorted_by(&c->list, col))
		c->list.descending = !c->list.descending;
	else
		c->list.descending = col->right; /* numbers: the largest first */
	if (c->list.kind == LIST_RECORDS)
		c->list.order = (size_t)col->sort;
	else
		c->list.sort = (enum mailbox_sort)col->sort;
	reorder(c);
	console_note(c, "Sorted by %s, %s", col->title, c->list.descending ? "descending" : "ascending");
}

static void sort_named(struct console *c, const char *name) {
	struct column made[COLUMNS_MAX + 1];
	const struct column *cols = list_columns(&c->list, made);
	char names[300] = "";
	struct err e;
	for (size_t i = 0; cols[i].title; i++) {
		size_t have = strlen(names);
		if (cols[i].sort == NO_SORT)
			continue;
		if (text_ieq(cols[i].name, name)) {
			sort_by(c, &cols[i]);
			return;
		}
		snprintf(names + have, sizeof names - have, "%s%s", have ? ", " : "", cols[i].name);
	}
	err_set(&e, ERR_INPUT, "There is no column \"%.40s\" to sort by: %s", name, names);
	console_complain(c, &e);
}

/* The next sortable column that is shown, round about. */
static void sort_step(struct console *c, int by) {
	struct column_place places[COLUMNS_MAX];
	struct column made[COLUMNS_MAX + 1];
	int n = (int)columns_place(list_columns(&c->list, made), c->layout.inside[PANE_LIST].w, places), at = 0;
	for (int i = 0; i < n; i++)
		if (list_sorted_by(&c->list, places[i].column))
			at = i;
	if (n == 0)
		return;
	do
		at = (at + by + n) % n;
	while (places[at].column->sort == NO_SORT);
	if (!list_sorted_by(&c->list, places[at].column))
		sort_by(c, places[at].column);
}

void do_sort_next(struct console *c, const char *arg) {
	if (*arg)
		sort_named(c, arg);
	else
		sort_step(c, 1);
}

void do_sort_previous(struct console *c, const char *arg) {
	(void)arg;
	sort_step(c, -1);
}

void do_sort_reverse(struct console *c, const char *arg) {
	(void)arg;
	c->list.descending = !c->list.descending;
	reorder(c);
}

void do_menu(struct console *c, const char *arg) {
	(void)arg;
	dialog_menu(c);
}

static void command_line(struct console *c, const char *text) {
	struct err e;
	while (*text == ' ' || *text == ':')
		text++;
	size_t verb = strcspn(text, " ");
	const struct action *a = action_by_verb(console_node(c), text, verb);
	const char *arg = text + verb;
	while (*arg == ' ')
		arg++;
	if (a) {
		action_run(c, a, arg);
	} else if (*text) {
		err_set(&e, ERR_INPUT, "\"%.60s\" is not a command, or the beginning of several. ? lists them", text);
		console_complain(c, &e);
	}
}

void do_command_line(struct console *c, const char *arg) {
	static const struct prompt_spec spec = { .label = ":", .complete_verbs = true, .accept = command_line };
	(void)arg;
	dialog_prompt(c, &spec, "");
}

void do_help(struct console *c, const char *arg) {
	(void)arg;
	dialog_help(c);
}

static void leave(struct console *c, void *data) {
	(void)data;
	c->leave = true;
}

/* What goes on without the console; false: nothing does. */
static bool left_behind(const struct console *c, char *dst, size_t size) {
	char task[TASK_LABEL_MAX + 80];
	size_t used = 0;
	uint64_t active = 0;
	for (int s = 0; s < MBOX_STATE_COUNT; s++)
		active += mailbox_state_active((enum mailbox_state)s) ? c->totals.by_state[s] : 0;
	active += c->totals.by_state[MBOX_QUEUED];
	dst[0] = '\0';
	if (c->worker_live && active)
		used = (size_t)snprintf(dst, size,
					"The migration goes on: worker %d has %llu mailbox%s to do. Start mailvan "
					"again to watch it, or to stop it with s.",
					c->worker.pid, (unsigned long long)active, active == 1 ? "" : "es");
	if (tenant_moves(&c->tenant)) {
		tenant_task_text(task, sizeof task, &c->tenant);
		snprintf(dst + used, size - used,
			 "%sThe task goes on: %s. Start mailvan again to watch it, or to hold it in Tasks.",
			 used ? "\n\n" : "", task);
	}
	return *dst != '\0';
}

void do_quit(struct console *c, const char *arg) {
	char text[TASK_LABEL_MAX + 500];
	(void)arg;
	if (!left_behind(c, text, sizeof text)) {
		c->leave = true;
		return;
	}
	dialog_ask(c, &(struct question){ .title = "Leave the console",
					  .text = text,
					  .yes = "Leave",
					  .no = "Stay",
					  .harmless = true,
					  .accept = leave });
}

void do_detach(struct console *c, const char *arg) {
	(void)arg;
	c->leave = true;
}

/* Panes that can have the focus: those that are shown, or all when one is shown at a time. */
static void focus_step(struct console *c, int by) {
	int p = (int)c->focus;
	do
		p = (p + by + PANE_COUNT) % PANE_COUNT;
	while (!c->layout.single && c->layout.panes[p].w == 0);
	console_focus(c, (enum pane)p);
}

void do_pane_next(struct console *c, const char *arg) {
	(void)arg;
	focus_step(c, 1);
}

void do_pane_previous(struct console *c, const char *arg) {
	(void)arg;
	focus_step(c, -1);
}

void do_up(struct console *c, const char *arg) {
	enum node_kind up = node_row(tree_current(&c->tree)->kind)->parent;
	(void)arg;
	if (c->list.parent) { /* out of a task */
		c->list.records = NULL;
		console_show_node(c);
		return;
	}
	if (tree_select(&c->tree, up, 0))
		console_show_node(c);
	console_rechoose(c);
}

static void go(struct console *c, enum node_kind kind) {
	for (enum node_kind up = kind; up != NODE_PROJECT;) {
		up = node_row(up)->parent;
		c->tree.closed[up] = false;
	}
	console_refresh(c);
	if (!tree_select(&c->tree, kind, 0))
		return;
	console_show_node(c);
	console_focus(c, PANE_LIST);
}

/* Those with a name of their own, in the tree's order. */
static size_t named_nodes(enum node_kind out[NODE_KIND_COUNT], const char *labels[NODE_KIND_COUNT]) {
	size_t n = 0;
	for (int k = 0; k < NODE_KIND_COUNT; k++) {
		if (!*node_row((enum node_kind)k)->label)
			continue;
		out[n] = (enum node_kind)k;
		labels[n++] = node_row((enum node_kind)k)->label;
	}
	return n;
}

static void node_picked(struct console *c, size_t index) {
	enum node_kind kinds[NODE_KIND_COUNT];
	const char *labels[NODE_KIND_COUNT];
	if (index < named_nodes(kinds, labels))
		go(c, kinds[index]);
}

void do_go(struct console *c, const char *arg) {
	enum node_kind kinds[NODE_KIND_COUNT];
	const char *labels[NODE_KIND_COUNT];
	size_t n = named_nodes(kinds, labels), cursor = 0;
	struct err e;
	for (size_t i = 0; *arg && i < n; i++) {
		if (strncasecmp(labels[i], arg, strlen(arg)) == 0) {
			go(c, kinds[i]);
			return;
		}
	}
	if (*arg) {
		err_set(&e, ERR_INPUT, "The tree has no \"%.40s\": G lists what it has", arg);
		console_complain(c, &e);
		return;
	}
	for (size_t i = 0; i < n; i++)
		cursor = kinds[i] == console_node(c) ? i : cursor;
	struct pick pick = { .title = "Go to", .items = labels, .count = n, .cursor = cursor, .accept = node_picked };
	dialog_pick(c, &pick);
}
