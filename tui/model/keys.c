/* SPDX-License-Identifier: MIT
 *
 * keys.c - which part of the console a key goes to.
 *
 * The top dialog gets everything. Else the pane with the focus may use it to move, else it is an action.
 */
#include "tui/model/state.h"
#include "tui/tables/actions.h"
#include "tui/view/dialog.h"
#include "tui/view/mouse.h"

#define ESCAPE_MS 600 /* a digit within this time after Esc is an F-key, typed by hand */

static bool step_of(int32_t code, int height, int64_t *by) {
	const int64_t far = 1LL << 40;
	switch (code) {
	case K_UP:
	case 'k':
		*by = -1;
		return true;
	case K_DOWN:
	case 'j':
		*by = 1;
		return true;
	case K_PGUP:
		*by = height > 2 ? 1 - height : -1;
		return true;
	case K_PGDN:
		*by = height > 2 ? height - 1 : 1;
		return true;
	case K_HOME:
		*by = -far;
		return true;
	case K_END:
		*by = far;
		return true;
	default:
		return false;
	}
}

static bool tree_key(struct console *c, int32_t code) {
	int64_t by;
	if (step_of(code, c->layout.inside[PANE_TREE].h, &by)) {
		tree_move(&c->tree, (long)by, c->layout.inside[PANE_TREE].h);
		console_show_node(c);
		console_rechoose(c);
		return true;
	}
	enum node_kind kind = tree_current(&c->tree)->kind;
	bool open = tree_is_open(&c->tree, c->tree.cursor) && node_has_children(kind);
	if (code == K_ENTER || ((code == K_RIGHT || code == 'l') && (open || !node_has_children(kind)))) {
		console_focus(c, PANE_LIST);
	} else if (code == K_RIGHT || code == 'l' || code == '+') {
		tree_set_open(&c->tree, true);
		console_refresh(c);
	} else if (((code == K_LEFT || code == 'h') && open) || code == '-') {
		tree_set_open(&c->tree, false);
		console_refresh(c);
	} else if (code == K_LEFT || code == 'h') {
		action_run(c, action_by_id("up"), "");
	} else {
		return false;
	}
	return true;
}

static void open_row(struct console *c) {
	const struct batch_row *b = console_current_batch(c);
	if (c->list.kind == LIST_MAILBOXES) {
		action_run(c, action_by_id("properties"), "");
	} else if (console_node(c) == NODE_TASKS && !c->list.parent) {
		action_run(c, action_by_id("task-items"), "");
	} else if (c->list.kind == LIST_RECORDS) {
		action_run(c, action_by_id("record"), "");
	} else if (c->list.kind == LIST_OVERVIEW) {
		tree_select(&c->tree, NODE_MAILBOXES, 0);
		console_show_node(c);
	} else if (b) {
		c->tree.closed[NODE_BATCHES] = false;
		console_refresh(c);
		tree_select(&c->tree, NODE_BATCH, b->id);
		console_show_node(c);
	}
}

static void mark_and_move(struct console *c, int64_t by) {
	int64_t id = list_current_id(&c->list);
	if (id)
		marks_set(&c->list.marks, id, true);
	console_list_key(c, by);
	id = list_current_id(&c->list);
	if (id)
		marks_set(&c->list.marks, id, true);
	console_rechoose(c);
}

static bool list_key(struct console *c, int32_t code) {
	int64_t by;
	if (step_of(code, c->list.height, &by))
		console_list_key(c, by);
	else if (code == K_SHIFT_UP || code == K_SHIFT_DOWN)
		mark_and_move(c, code == K_SHIFT_UP ? -1 : 1);
	else if (code == K_ENTER)
		open_row(c);
	else if (code == K_LEFT || code == 'h')
		console_focus(c, PANE_TREE);
	else if ((code == K_RIGHT || code == 'l') && (c->layout.single || c->layout.panes[PANE_ACTIONS].w > 0))
		console_focus(c, PANE_ACTIONS);
	else
		return false;
	return true;
}

static bool actions_key(struct console *c, int32_t code) {
	struct action_line lines[ACTION_LINES_MAX];
	size_t n = action_lines(c, lines);
	int64_t by, at = (int64_t)(c->action_cursor < n ? c->action_cursor : n - 1);
	if (step_of(code, c->layout.inside[PANE_ACTIONS].h, &by)) {
		int64_t dir = by < 0 ? -1 : 1;
		at = at + by < 0 ? 0 : at + by >= (int64_t)n ? (int64_t)n - 1 : at + by;
		while (at >= 0 && at < (int64_t)n && !lines[at].action)
			at += dir;
		if (at >= 0 && at < (int64_t)n)
			c->action_cursor = (size_t)at;
	} else if ((code == K_ENTER || code == K_SPACE) && lines[at].action) {
		if (c->layout.single)
			console_focus(c, PANE_LIST);
		action_run(c, lines[at].action, "");
	} else if (code == K_LEFT || code == 'h') {
		console_focus(c, PANE_LIST);
	} else {
		return false;
	}
	return true;
}

/* Esc on the main screen: the note goes, then marks, then the filter, then the inside of a task. */
static void escape(struct console *c) {
	struct err e;
	if (c->list.marks.count) {
		marks_clear(&c->list.marks);
	} else if (list_filtered(&c->list)) {
		list_unfilter(&c->list);
		if (!list_reload(&c->list, c->store, &e))
			console_complain(c, &e);
	} else if (c->focus != PANE_LIST) {
		console_focus(c, PANE_LIST);
	} else if (c->list.parent) {
		action_run(c, action_by_id("up"), "");
	}
	console_rechoose(c);
}

static void main_key(struct console *c, const struct key *k) {
	static bool (*const panes[PANE_COUNT])(struct console *, int32_t) = {
		[PANE_TREE] = tree_key, [PANE_LIST] = list_key, [PANE_ACTIONS] = actions_key
	};
	const struct action *a;
	if (k->code == K_MOUSE)
		mouse_event(c, k);
	else if (!panes[c->focus](c, k->code) && (a = action_by_key(console_node(c), k->code)) != NULL)
		action_run(c, a, "");
}

/* Esc waits for a digit; the tick carries it out when none comes. */
static bool escape_sequence(struct console *c, struct key *k) {
	if (k->code == K_ESC && !c->dialogs) {
		bool had_note = c->note_until != 0 && *c->note;
		c->note[0] = '\0';
		c->escaped = had_note ? 0 : c->now;
		return true;
	}
	bool pending = c->escaped != 0;
	c->escaped = 0;
	if (!pending)
		return false;
	if (k->code >= '0' && k->code <= '9')
		k->code = K_F(k->code == '0' ? 10 : k->code - '0');
	else
		escape(c);
	return false;
}

void console_key(struct console *c, const struct key *pressed, mono_ms_t now) {
	struct key k = *pressed;
	c->now = now;
	c->dirty = true;
	if (k.code == K_PASTE_BEGIN || k.code == K_PASTE_END) {
		c->pasting = k.code == K_PASTE_BEGIN;
		return;
	}
	if (c->pasting && (!c->dialogs || k.code < K_SPACE || k.code == K_BACKSPACE))
		return; /* pasted text is never a command */
	if (escape_sequence(c, &k))
		return;
	c->note[0] = '\0';
	if (c->dialogs)
		c->dialogs->ops->key(c->dialogs, c, &k);
	else
		main_key(c, &k);
}

void console_escape_later(struct console *c) {
	if (c->escaped && c->now - c->escaped >= ESCAPE_MS) {
		c->escaped = 0;
		c->dirty = true;
		escape(c);
	}
}
