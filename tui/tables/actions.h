/* SPDX-License-Identifier: MIT
 *
 * actions.h - the tables of everything the console can do.
 *
 * Key dispatch, the actions pane, the "?" page, the key bar, the ":" line, mouse targets, documents and the
 * self-test read these rows. A new action is one row and one handler.
 */
#ifndef MAILVAN_TUI_ACTIONS_H
#define MAILVAN_TUI_ACTIONS_H

#include "tui/model/state.h"

enum action_group {
	GROUP_NODE, /* what the list as a whole is for */
	GROUP_SELECTION,
	GROUP_LIST,
	GROUP_TENANT,
	GROUP_VIEW,
	GROUP_PROGRAM,
	GROUP_COUNT
};

enum action_need {
	NEED_NOTHING,
	NEED_COMMAND, /* something is chosen, and `command` would do something to part of it */
	NEED_CHOICE,  /* something is chosen */
	NEED_ROW,     /* the cursor is on a mailbox or a record */
	NEED_LIST,    /* the list shows mailboxes or records */
	NEED_TENANT,  /* a tenant is connected */
	NEED_RECORDS, /* records are marked, or the cursor is on one */
	NEED_RECORD   /* the cursor is on one; marks do not matter */
};

enum {
	ACT_DANGEROUS = 1, /* asks before it does anything */
	ACT_PANE = 2,	   /* shown in the actions pane */
	ACT_BAR = 4,	   /* shown in the key bar, in the table's order, as far as there is room */
	ACT_CHANGES = 8,   /* changes the tenant: not in read-only mode */
	ACT_NO_SCRIPT = 16 /* ... and cannot be shown as PowerShell instead */
};

/* For `where`: the tree nodes at which an action is there. The same key and verb may mean another thing elsewhere. */
#define AT(node) (1u << NODE_##node)
#define AT_RECORDS                                                                                                     \
	(AT(USERS) | AT(SUBSCRIPTIONS) | AT(PERMISSIONS) | AT(DEVICES) | AT(POLICIES) | AT(ENROLMENTS) | AT(HEALTH) |  \
	 AT(ANNOUNCEMENTS) | AT(FEEDS) | AT(TASKS) | AT(AUDIT))

#define ACTION_KEYS_MAX 4

struct action {
	const char *id;		       /* stable, for scripts: "migrate" */
	const char *label;	       /* "Migrate selected mailboxes"; an ellipsis when it asks for more */
	const char *brief;	       /* one word for the key bar; NULL = not there */
	const char *verb;	       /* for ":", NULL = none. May be followed by an argument */
	const char *help;	       /* one sentence */
	int32_t keys[ACTION_KEYS_MAX]; /* the first is the one that is shown */
	unsigned where;		       /* AT() bits; 0 = everywhere */
	enum action_group group;
	enum action_need need;
	unsigned flags;
	enum command command;				 /* NEED_COMMAND */
	void (*run)(struct console *c, const char *arg); /* arg: what followed the verb, "" otherwise */
};

struct action_table {
	const struct action *rows;
	size_t count;
};
extern const struct action_table actions_migrations, actions_users, actions_permissions, actions_devices,
	actions_enrolments, actions_service, actions_tasks, actions_records, actions_tenant, actions_view;

/* Of all tables, in their order. */
size_t actions_count(void);
const struct action *action_at(size_t index);
const struct action *action_by_id(const char *id);
bool action_here(const struct action *a, enum node_kind at);
const struct action *action_by_key(enum node_kind at, int32_t code);
/* By verb or an unambiguous beginning of one; NULL when unknown or ambiguous. */
const struct action *action_by_verb(enum node_kind at, const char *verb, size_t len);
const char *action_group_title(enum action_group g);
/* Why it can't be done now, as a sentence in static storage, or NULL when it can. */
const char *action_blocked(const struct console *c, const struct action *a);
/* Does it, or says why not. */
void action_run(struct console *c, const struct action *a, const char *arg);

/* The rows of the actions pane: titles (action NULL) and actions, in order. */
struct action_line {
	const struct action *action;
	char title[IDENTITY_MAX + 32];
};
#define ACTION_LINES_MAX 64
size_t action_lines(const struct console *c, struct action_line out[ACTION_LINES_MAX]);

#endif
