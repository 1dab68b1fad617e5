/* SPDX-License-Identifier: MIT
 *
 * actions.c - the tables of everything the console can do, as one.
 */
#include "tui/tables/actions.h"

#include <stdio.h>
#include <string.h>

#include "tui/console.h"

/* In the order of the help page, the actions pane and the key bar. */
static const struct action_table *const tables[] = {
	&actions_migrations, &actions_users, &actions_permissions, &actions_devices, &actions_enrolments,
	&actions_service,    &actions_tasks, &actions_records,	   &actions_tenant,  &actions_view,
};
#define TABLES (sizeof tables / sizeof *tables)

size_t actions_count(void) {
	size_t n = 0;
	for (size_t t = 0; t < TABLES; t++)
		n += tables[t]->count;
	return n;
}

const struct action *action_at(size_t index) {
	for (size_t t = 0; t < TABLES; t++) {
		if (index < tables[t]->count)
			return &tables[t]->rows[index];
		index -= tables[t]->count;
	}
	return NULL;
}

const struct action *action_by_id(const char *id) {
	const struct action *a;
	for (size_t i = 0; (a = action_at(i)) != NULL; i++)
		if (strcmp(a->id, id) == 0)
			return a;
	return NULL;
}

bool action_here(const struct action *a, enum node_kind at) {
	return !a->where || (a->where >> at & 1);
}

const struct action *action_by_key(enum node_kind at, int32_t code) {
	const struct action *a;
	for (size_t i = 0; (a = action_at(i)) != NULL; i++)
		for (size_t k = 0; action_here(a, at) && k < ACTION_KEYS_MAX && a->keys[k]; k++)
			if (a->keys[k] == code)
				return a;
	return NULL;
}

const struct action *action_by_verb(enum node_kind at, const char *verb, size_t len) {
	const struct action *found = NULL, *a;
	for (size_t i = 0; (a = action_at(i)) != NULL; i++) {
		if (!a->verb || !action_here(a, at) || len == 0 || strncmp(a->verb, verb, len) != 0)
			continue;
		if (a->verb[len] == '\0')
			return a;
		if (found)
			return NULL;
		found = a;
	}
	return found;
}

const char *action_group_title(enum action_group g) {
	static const char *const titles[GROUP_COUNT] = { "List", "Selection", "List", "Tenant", "View", "Program" };
	return titles[g];
}

/* The list that an action is for, as documents name it. */
static const char *context_of(const struct action *a) {
	static const char *const needs[] = {
		[NEED_NOTHING] = "any",	      [NEED_COMMAND] = "selection", [NEED_CHOICE] = "selection",
		[NEED_ROW] = "row",	      [NEED_LIST] = "list",	    [NEED_TENANT] = "tenant",
		[NEED_RECORDS] = "selection", [NEED_RECORD] = "row"
	};
	for (int k = 0; k < NODE_KIND_COUNT; k++)
		if (a->where == 1u << k && *node_row((enum node_kind)k)->label)
			return node_row((enum node_kind)k)->label;
	return needs[a->need];
}

void actions_dump(action_text_fn *fn, void *arg) {
	const struct action *a;
	for (size_t i = 0; (a = action_at(i)) != NULL; i++) {
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
					    .context = context_of(a),
					    .help = a->help,
					    .dangerous = a->flags & ACT_DANGEROUS };
		fn(arg, &text);
	}
}
