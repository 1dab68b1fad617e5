/* SPDX-License-Identifier: MIT
 *
 * actions.c - the table of everything the console can do.
 */
#include "tui/tables/actions.h"

#include <stdio.h>
#include <string.h>

#include "tui/console.h"
#include "tui/model/handlers.h"

static const struct action actions[] = {
	{ .id = "add",
	  .label = "Add mailboxes…",
	  .brief = "Add",
	  .verb = "add",
	  .keys = { 'a', K_F(7), K_INSERT },
	  .help = "Read a CSV, show what is wrong with it, and store its mailboxes.",
	  .group = GROUP_MAILBOXES,
	  .flags = ACT_PANE | ACT_BAR,
	  .run = do_add },
	{ .id = "target",
	  .label = "Target server…",
	  .verb = "target",
	  .keys = { 'T' },
	  .help = "Where mail goes when the CSV does not say it.",
	  .group = GROUP_MAILBOXES,
	  .flags = ACT_PANE,
	  .run = do_target },
	{ .id = "export",
	  .label = "Export list…",
	  .verb = "export",
	  .keys = { 'x' },
	  .help = "Write this list, as filtered and sorted, to a CSV or JSON file.",
	  .group = GROUP_MAILBOXES,
	  .need = NEED_LIST,
	  .flags = ACT_PANE,
	  .run = do_export },
	{ .id = "jobs",
	  .label = "Mailboxes at once…",
	  .verb = "jobs",
	  .keys = { 'J' },
	  .help = "How many mailboxes move at the same time; a running worker obeys.",
	  .group = GROUP_MAILBOXES,
	  .run = do_jobs },
	{ .id = "rate",
	  .label = "Bandwidth cap…",
	  .verb = "rate",
	  .keys = { 'B' },
	  .help = "Bytes per second read from all sources together, as 20M, or off.",
	  .group = GROUP_MAILBOXES,
	  .run = do_rate },
	{ .id = "refresh",
	  .label = "Refresh",
	  .verb = "refresh",
	  .keys = { K_F(5), K_CTRL('R') },
	  .help = "Read everything from the store again.",
	  .group = GROUP_MAILBOXES,
	  .flags = ACT_PANE,
	  .run = do_refresh },

	{ .id = "migrate",
	  .label = "Migrate selected mailboxes",
	  .brief = "Migrate",
	  .verb = "migrate",
	  .keys = { 'g' },
	  .help = "Copy what is not at the target yet; starts a worker when none runs.",
	  .group = GROUP_SELECTION,
	  .need = NEED_COMMAND,
	  .command = CMD_MIGRATE,
	  .flags = ACT_PANE | ACT_BAR,
	  .run = do_migrate },
	{ .id = "test",
	  .label = "Test connections",
	  .brief = "Test",
	  .verb = "test",
	  .keys = { 't' },
	  .help = "Log in once at each source and target, and say what is wrong.",
	  .group = GROUP_SELECTION,
	  .need = NEED_COMMAND,
	  .command = CMD_TEST,
	  .flags = ACT_PANE | ACT_BAR,
	  .run = do_test },
	{ .id = "pause",
	  .label = "Pause",
	  .brief = "Pause",
	  .verb = "pause",
	  .keys = { 'z' },
	  .help = "Stop copying for now; Resume goes on where it was.",
	  .group = GROUP_SELECTION,
	  .need = NEED_COMMAND,
	  .command = CMD_PAUSE,
	  .flags = ACT_PANE | ACT_BAR,
	  .run = do_pause },
	{ .id = "resume",
	  .label = "Resume",
	  .verb = "resume",
	  .keys = { 'u' },
	  .help = "Go on with mailboxes that are paused.",
	  .group = GROUP_SELECTION,
	  .need = NEED_COMMAND,
	  .command = CMD_RESUME,
	  .flags = ACT_PANE,
	  .run = do_resume },
	{ .id = "stop",
	  .label = "Stop",
	  .verb = "stop",
	  .keys = { 's' },
	  .help = "Stop copying. Nothing is lost: Migrate goes on from there.",
	  .group = GROUP_SELECTION,
	  .need = NEED_COMMAND,
	  .command = CMD_STOP,
	  .flags = ACT_PANE,
	  .run = do_stop },
	{ .id = "retry",
	  .label = "Retry failed",
	  .verb = "retry",
	  .keys = { 'r' },
	  .help = "Try failed mailboxes and failed messages again.",
	  .group = GROUP_SELECTION,
	  .need = NEED_COMMAND,
	  .command = CMD_RETRY,
	  .flags = ACT_PANE,
	  .run = do_retry },
	{ .id = "properties",
	  .label = "Properties",
	  .brief = "Properties",
	  .verb = "properties",
	  .keys = { 'i', K_ALT(K_ENTER), 'p' },
	  .help = "Figures, folders and every message that was not copied.",
	  .group = GROUP_SELECTION,
	  .need = NEED_MAILBOX,
	  .flags = ACT_PANE | ACT_BAR,
	  .run = do_properties },
	{ .id = "remove",
	  .label = "Remove…",
	  .verb = "remove",
	  .keys = { 'd', K_DELETE, K_F(8) },
	  .help = "Forget mailboxes, their history and passwords. No mail is touched.",
	  .group = GROUP_SELECTION,
	  .need = NEED_COMMAND,
	  .command = CMD_REMOVE,
	  .flags = ACT_PANE | ACT_DANGEROUS,
	  .run = do_remove },

	{ .id = "filter",
	  .label = "Find / filter…",
	  .brief = "Find",
	  .verb = "filter",
	  .keys = { '/', K_F(3), '\\', K_F(4) },
	  .help = "Show only mailboxes whose source or target contains a text.",
	  .group = GROUP_LIST,
	  .need = NEED_LIST,
	  .flags = ACT_PANE | ACT_BAR,
	  .run = do_filter },
	{ .id = "errors",
	  .label = "Errors only",
	  .verb = "errors",
	  .keys = { '!' },
	  .help = "Show only mailboxes that failed or have gaps; again shows all.",
	  .group = GROUP_LIST,
	  .need = NEED_LIST,
	  .flags = ACT_PANE,
	  .run = do_errors_only },
	{ .id = "mark",
	  .label = "Mark / unmark",
	  .verb = "mark",
	  .keys = { K_SPACE },
	  .help = "Mark this mailbox; actions then apply to all marked ones.",
	  .group = GROUP_LIST,
	  .need = NEED_MAILBOX,
	  .run = do_mark },
	{ .id = "mark-all",
	  .label = "Mark all",
	  .verb = "mark-all",
	  .keys = { K_CTRL('A') },
	  .help = "Mark every mailbox of this list, as filtered.",
	  .group = GROUP_LIST,
	  .need = NEED_LIST,
	  .run = do_mark_all },
	{ .id = "invert",
	  .label = "Invert marks",
	  .verb = "invert",
	  .keys = { '*' },
	  .help = "Mark what is not marked, and the other way round.",
	  .group = GROUP_LIST,
	  .need = NEED_LIST,
	  .run = do_mark_invert },
	{ .id = "unmark",
	  .label = "Unmark all",
	  .verb = "unmark",
	  .keys = { 'U' },
	  .help = "Remove every mark.",
	  .group = GROUP_LIST,
	  .need = NEED_LIST,
	  .run = do_unmark },
	{ .id = "sort",
	  .label = "Sort by next column",
	  .verb = "sort",
	  .keys = { '>' },
	  .help = "Sort by the next column, or with \":sort state\" by that one.",
	  .group = GROUP_LIST,
	  .need = NEED_LIST,
	  .run = do_sort_next },
	{ .id = "sort-previous",
	  .label = "Sort by previous column",
	  .verb = "sort-previous",
	  .keys = { '<' },
	  .help = "Sort by the previous column.",
	  .group = GROUP_LIST,
	  .need = NEED_LIST,
	  .run = do_sort_previous },
	{ .id = "reverse",
	  .label = "Reverse order",
	  .verb = "reverse",
	  .keys = { 'o' },
	  .help = "Turn the sort order around.",
	  .group = GROUP_LIST,
	  .need = NEED_LIST,
	  .run = do_sort_reverse },

	{ .id = "pane",
	  .label = "Next pane",
	  .verb = "pane",
	  .keys = { K_TAB, K_F(6) },
	  .help = "Move to the next pane: tree, list, actions.",
	  .group = GROUP_VIEW,
	  .run = do_pane_next },
	{ .id = "pane-previous",
	  .label = "Previous pane",
	  .verb = "pane-previous",
	  .keys = { K_BACKTAB },
	  .help = "Move to the previous pane.",
	  .group = GROUP_VIEW,
	  .run = do_pane_previous },
	{ .id = "up",
	  .label = "Up one level",
	  .verb = "up",
	  .keys = { K_BACKSPACE },
	  .help = "Go to the parent in the tree.",
	  .group = GROUP_VIEW,
	  .run = do_up },
	{ .id = "menu",
	  .label = "Actions menu…",
	  .brief = "Menu",
	  .verb = "menu",
	  .keys = { '.', 'm', K_F(9) },
	  .help = "Every action, also where the actions pane has no room.",
	  .group = GROUP_VIEW,
	  .flags = ACT_BAR,
	  .run = do_menu },
	{ .id = "command",
	  .label = "Command line…",
	  .verb = NULL,
	  .keys = { ':' },
	  .help = "Type an action by name, as \":sort state\". Tab completes.",
	  .group = GROUP_VIEW,
	  .run = do_command_line },

	{ .id = "help",
	  .label = "Help",
	  .brief = "Help",
	  .verb = "help",
	  .keys = { '?', K_F(1) },
	  .help = "The keys that work here.",
	  .group = GROUP_PROGRAM,
	  .flags = ACT_PANE | ACT_BAR,
	  .run = do_help },
	{ .id = "quit",
	  .label = "Quit",
	  .brief = "Quit",
	  .verb = "quit",
	  .keys = { 'q', K_F(10), K_CTRL('C') },
	  .help = "Leave the console. A migration goes on without it.",
	  .group = GROUP_PROGRAM,
	  .flags = ACT_PANE | ACT_BAR,
	  .run = do_quit },
	{ .id = "detach",
	  .label = "Detach at once",
	  .verb = "detach",
	  .keys = { K_CTRL('D') },
	  .help = "Leave without a question. A migration goes on.",
	  .group = GROUP_PROGRAM,
	  .run = do_detach },
};

#define COUNT (sizeof actions / sizeof *actions)

size_t actions_count(void) { return COUNT; }

const struct action *action_at(size_t index) { return index < COUNT ? &actions[index] : NULL; }

const struct action *action_by_id(const char *id) {
	for (size_t i = 0; i < COUNT; i++)
		if (strcmp(actions[i].id, id) == 0)
			return &actions[i];
	return NULL;
}

const struct action *action_by_key(int32_t code) {
	for (size_t i = 0; i < COUNT; i++)
		for (size_t k = 0; k < ACTION_KEYS_MAX && actions[i].keys[k]; k++)
			if (actions[i].keys[k] == code)
				return &actions[i];
	return NULL;
}

const struct action *action_by_verb(const char *verb, size_t len) {
	const struct action *found = NULL;
	for (size_t i = 0; i < COUNT; i++) {
		const char *v = actions[i].verb;
		if (!v || len == 0 || strncmp(v, verb, len) != 0)
			continue;
		if (v[len] == '\0')
			return &actions[i];
		if (found)
			return NULL;
		found = &actions[i];
	}
	return found;
}

const char *action_group_title(enum action_group g) {
	static const char *const titles[GROUP_COUNT] = { "Mailboxes", "Selection", "List", "View", "Program" };
	return titles[g];
}

void actions_dump(action_text_fn *fn, void *arg) {
	static const char *const contexts[] = { "any", "selection", "selection", "mailbox", "list" };
	for (size_t i = 0; i < COUNT; i++) {
		const struct action *a = &actions[i];
		char keys[ACTION_KEYS_MAX * (KEY_NAME_MAX + 1)] = "";
		for (size_t k = 0; k < ACTION_KEYS_MAX && a->keys[k]; k++) {
			char one[KEY_NAME_MAX];
			size_t have = strlen(keys);
			key_label(one, a->keys[k]);
			snprintf(keys + have, sizeof keys - have, "%s%s", k ? " " : "", one);
		}
		struct action_text text = { .id = a->id,
					    .keys = keys,
					    .verb = a->verb ? a->verb : "",
					    .label = a->label,
					    .context = contexts[a->need],
					    .help = a->help,
					    .dangerous = a->flags & ACT_DANGEROUS };
		fn(arg, &text);
	}
}
