/* SPDX-License-Identifier: MIT
 *
 * action.c - when an action may run, and which ones the actions pane lists.
 */
#include <stdio.h>

#include "tui/tables/actions.h"

/* A worker that died leaves mailboxes queued or half copied: for them migrate starts the next one. */
static bool lacks_worker(const struct console *c, enum command command, enum mailbox_state st) {
	return command == CMD_MIGRATE && !c->worker_live && (st == MBOX_QUEUED || mailbox_state_active(st));
}

/* The command must do something to at least one state among the chosen; else the reason of the first. */
static const char *command_blocked(const struct console *c, enum command command) {
	const char *reason = "Nothing is selected";
	bool first = true;
	for (int st = 0; st < MBOX_STATE_COUNT; st++) {
		if (c->chosen[st] == 0)
			continue;
		const char *why = command_refusal(command, (enum mailbox_state)st);
		if (!why || lacks_worker(c, command, (enum mailbox_state)st))
			return NULL;
		reason = first ? why : reason;
		first = false;
	}
	return reason;
}

const char *action_blocked(const struct console *c, const struct action *a) {
	struct choice choice;
	struct record_choice records;
	if (!action_here(a, console_node(c)))
		return "Not in this list";
	if ((a->flags & ACT_CHANGES) && c->tenant.read_only)
		return c->tenant.read_only_why;
	if ((a->flags & ACT_NO_SCRIPT) && c->powershell)
		return "The next change is to be shown as PowerShell, and this has none: press $ to leave that";
	switch (a->need) {
	case NEED_NOTHING:
		return NULL;
	case NEED_TENANT:
		return c->tenant.is.id ? NULL : "No tenant is connected: press N";
	case NEED_RECORDS:
	case NEED_RECORD:
		if (c->list.parent)
			return "This is the inside of a task: Backspace goes back to the list";
		console_record_choice(c, &records);
		if (a->need == NEED_RECORD && !list_current_line(&c->list))
			return "The cursor is not on a row";
		return records.count ? NULL : "Nothing is selected";
	case NEED_COMMAND:
		return command_blocked(c, a->command);
	case NEED_CHOICE:
		console_choice(c, &choice);
		return choice.scope == SCOPE_NONE ? "Nothing is selected" : NULL;
	case NEED_ROW:
		return list_current_id(&c->list) ? NULL : "The cursor is not on a row";
	case NEED_LIST:
		return c->list.kind == LIST_MAILBOXES || c->list.kind == LIST_RECORDS ?
			       NULL :
			       "Only in a list of mailboxes or records";
	}
	return NULL;
}

void action_run(struct console *c, const struct action *a, const char *arg) {
	struct err e;
	const char *why = action_blocked(c, a);
	c->dirty = true;
	if (!why) {
		a->run(c, arg);
		return;
	}
	err_set(&e, ERR_INPUT, "%s: %s", a->label, why);
	console_complain(c, &e);
}

/* A group without any action here has no title either. */
static size_t add_group(struct action_line out[ACTION_LINES_MAX], size_t n, enum node_kind at, enum action_group g,
			const char *title) {
	size_t first = n;
	const struct action *a;
	for (size_t i = 0; (a = action_at(i)) != NULL; i++) {
		if (a->group != g || !(a->flags & ACT_PANE) || !action_here(a, at) || n + 2 > ACTION_LINES_MAX)
			continue;
		if (n == first) {
			out[n].action = NULL;
			text_copy(out[n++].title, sizeof out->title, title);
		}
		out[n].action = a;
		out[n++].title[0] = '\0';
	}
	return n;
}

size_t action_lines(const struct console *c, struct action_line out[ACTION_LINES_MAX]) {
	struct choice choice;
	struct record_choice records;
	enum node_kind at = console_node(c);
	console_choice(c, &choice);
	console_record_choice(c, &records);
	size_t n = add_group(out, 0, at, GROUP_NODE, console_node_title(c));
	if (choice.scope != SCOPE_NONE || records.count)
		n = add_group(out, n, at, GROUP_SELECTION, records.count ? records.name : choice.name);
	if (c->list.kind == LIST_MAILBOXES || c->list.kind == LIST_RECORDS)
		n = add_group(out, n, at, GROUP_LIST, action_group_title(GROUP_LIST));
	n = add_group(out, n, at, GROUP_TENANT, action_group_title(GROUP_TENANT));
	return add_group(out, n, at, GROUP_PROGRAM, action_group_title(GROUP_PROGRAM));
}
