/* SPDX-License-Identifier: MIT
 *
 * action.c - when an action may run, and which ones the actions pane lists.
 */
#include <stdio.h>

#include "tui/tables/actions.h"

/* The command must do something to at least one state among the chosen; else the reason of the first. */
static const char *command_blocked(const struct console *c, enum command command) {
	const char *reason = "Nothing is selected";
	bool first = true;
	for (int st = 0; st < MBOX_STATE_COUNT; st++) {
		if (c->chosen[st] == 0)
			continue;
		const char *why = command_refusal(command, (enum mailbox_state)st);
		if (!why)
			return NULL;
		reason = first ? why : reason;
		first = false;
	}
	return reason;
}

const char *action_blocked(const struct console *c, const struct action *a) {
	struct choice choice;
	switch (a->need) {
	case NEED_NOTHING:
		return NULL;
	case NEED_COMMAND:
		return command_blocked(c, a->command);
	case NEED_CHOICE:
		console_choice(c, &choice);
		return choice.scope == SCOPE_NONE ? "Nothing is selected" : NULL;
	case NEED_MAILBOX:
		return list_current(&c->list) ? NULL : "The cursor is not on a mailbox";
	case NEED_LIST:
		return c->list.kind == LIST_MAILBOXES ? NULL : "Only in a list of mailboxes: open POP/IMAP or a batch";
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

static size_t add_group(struct action_line out[ACTION_LINES_MAX], size_t n, enum action_group g, const char *title) {
	if (n < ACTION_LINES_MAX) {
		out[n].action = NULL;
		text_copy(out[n++].title, sizeof out->title, title);
	}
	for (size_t i = 0; i < actions_count(); i++) {
		const struct action *a = action_at(i);
		if (a->group == g && (a->flags & ACT_PANE) && n < ACTION_LINES_MAX) {
			out[n].action = a;
			out[n++].title[0] = '\0';
		}
	}
	return n;
}

size_t action_lines(const struct console *c, struct action_line out[ACTION_LINES_MAX]) {
	struct choice choice;
	console_choice(c, &choice);
	const struct tree_node *node = tree_current(&c->tree);
	size_t n =
		add_group(out, 0, GROUP_MAILBOXES, node->kind == NODE_MAILBOXES ? "POP/IMAP migrations" : node->label);
	if (choice.scope != SCOPE_NONE)
		n = add_group(out, n, GROUP_SELECTION, choice.name);
	if (c->list.kind == LIST_MAILBOXES)
		n = add_group(out, n, GROUP_LIST, action_group_title(GROUP_LIST));
	return add_group(out, n, GROUP_PROGRAM, action_group_title(GROUP_PROGRAM));
}
