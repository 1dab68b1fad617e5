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

static void reload(struct console *c) {
	struct err e;
	if (!list_reload(&c->list, c->store, &e))
		console_complain(c, &e);
	console_rechoose(c);
	c->dirty = true;
}

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
	reload(c);
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
	reload(c);
	console_note(c, c->list.errors_only ? "Only mailboxes that failed or have gaps. Press ! again for all"
					    : "All mailboxes");
}

static void sort_by(struct console *c, const struct column *col) {
	if (c->list.sort == (enum mailbox_sort)col->sort)
		c->list.descending = !c->list.descending;
	else
		c->list.descending = col->right; /* numbers: the largest first */
	c->list.sort = (enum mailbox_sort)col->sort;
	reload(c);
	console_note(c, "Sorted by %s, %s", col->title, c->list.descending ? "descending" : "ascending");
}

static void sort_named(struct console *c, const char *name) {
	const struct column *cols = columns_of(LIST_MAILBOXES);
	struct err e;
	for (size_t i = 0; cols[i].title; i++) {
		if (cols[i].sort != NO_SORT && text_ieq(cols[i].name, name)) {
			sort_by(c, &cols[i]);
			return;
		}
	}
	err_set(&e, ERR_INPUT,
		"There is no column \"%.40s\" to sort by: mailbox, target, state, done, bytes, rate, error", name);
	console_complain(c, &e);
}

/* The next sortable column that is shown, round about. */
static void sort_step(struct console *c, int by) {
	struct column_place places[COLUMNS_MAX];
	int n = (int)columns_place(LIST_MAILBOXES, c->layout.inside[PANE_LIST].w, places), at = 0;
	for (int i = 0; i < n; i++)
		if (places[i].column->sort == (int)c->list.sort)
			at = i;
	if (n == 0)
		return;
	do
		at = (at + by + n) % n;
	while (places[at].column->sort == NO_SORT);
	if (places[at].column->sort != (int)c->list.sort)
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
	reload(c);
}

void do_mark(struct console *c, const char *arg) {
	const struct mailbox_row *row = list_current(&c->list);
	struct err e;
	(void)arg;
	if (!marks_set(&c->list.marks, row->id, !marks_has(&c->list.marks, row->id))) {
		err_nomem(&e);
		console_complain(c, &e);
	}
	console_list_key(c, 1);
	console_rechoose(c);
}

/* 30,000 rows are read in a thread: the key is answered at once. */
struct marking {
	struct store *store;
	struct mailbox_query query;
	char text[LIST_TEXT_MAX];
	struct marks old, fresh; /* old: what is not to be marked */
	bool ok;
	struct err e;
};

static bool mark_row(void *arg, const struct mailbox_row *row) {
	struct marking *m = arg;
	return marks_has(&m->old, row->id) || marks_append(&m->fresh, row->id);
}

static void marking_work(void *data) {
	struct marking *m = data;
	m->ok = mailboxes_list(m->store, &m->query, mark_row, m, &m->e);
	marks_sort(&m->fresh);
}

static void marking_finish(struct console *c, void *data) {
	struct marking *m = data;
	char count[32];
	bool same = c && c->list.kind == LIST_MAILBOXES && c->list.batch == m->query.filter.batch;
	if (same && m->ok) {
		struct marks fresh = m->fresh;
		m->fresh = c->list.marks;
		c->list.marks = fresh;
		console_rechoose(c);
		text_count(count, sizeof count, fresh.count);
		console_note(c, "%s marked", count);
	} else if (same) {
		console_complain(c, &m->e);
	}
	marks_free(&m->old);
	marks_free(&m->fresh);
	free(m);
}

static void mark_many(struct console *c, bool invert) {
	struct err e;
	struct marking *m = calloc(1, sizeof *m);
	bool ok = m != NULL;
	for (size_t i = 0; ok && invert && i < c->list.marks.count; i++)
		ok = marks_append(&m->old, c->list.marks.ids[i]);
	if (!ok) {
		if (m)
			marks_free(&m->old);
		free(m);
		err_nomem(&e);
		console_complain(c, &e);
		return;
	}
	m->store = c->store;
	text_copy(m->text, sizeof m->text, c->list.text);
	m->query = list_query(&c->list);
	m->query.filter.text = m->text;
	m->query.sort = SORT_ID;
	m->query.limit = c->list.total;
	job_start(c, "Marking", marking_work, marking_finish, m);
}

void do_mark_all(struct console *c, const char *arg) {
	(void)arg;
	mark_many(c, false);
}

void do_mark_invert(struct console *c, const char *arg) {
	(void)arg;
	mark_many(c, true);
}

void do_unmark(struct console *c, const char *arg) {
	(void)arg;
	marks_clear(&c->list.marks);
	console_rechoose(c);
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
	const struct action *a = action_by_verb(text, verb);
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

void do_quit(struct console *c, const char *arg) {
	char text[240];
	uint64_t active = 0;
	(void)arg;
	for (int s = 0; s < MBOX_STATE_COUNT; s++)
		active += mailbox_state_active((enum mailbox_state)s) ? c->totals.by_state[s] : 0;
	active += c->totals.by_state[MBOX_QUEUED];
	if (!c->worker_live || active == 0) {
		c->leave = true;
		return;
	}
	snprintf(text, sizeof text,
		 "The migration goes on: worker %d has %llu mailbox%s to do. Start mailvan again to watch it, or to "
		 "stop it "
		 "with s.",
		 c->worker.pid, (unsigned long long)active, active == 1 ? "" : "es");
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
	if (tree_select(&c->tree, up, 0))
		console_show_node(c);
	console_rechoose(c);
}
