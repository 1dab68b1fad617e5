/* SPDX-License-Identifier: MIT
 *
 * verbs.c - see verbs.h.
 */
#include "tui/cli/verbs.h"

#include <string.h>

#define VERBS_MAX 40

static bool listed(const char *names, const char *name) {
	size_t n = strlen(name);
	for (const char *p = names; (p = strstr(p, name)) != NULL; p += n)
		if ((p == names || p[-1] == ' ') && (p[n] == ' ' || p[n] == '\0'))
			return true;
	return false;
}

/* One table of verbs, and the words that stand before its verbs. */
struct verb_table {
	char words[80];
	const struct cli_verb *verbs;
};

/* The command's own table for index 0, then its groups'; false behind the last. */
static bool table_at(const struct cli_command *command, size_t index, struct verb_table *t) {
	const struct cli_verb_group *g = command->verb_groups;
	*t = (struct verb_table){ .verbs = command->verbs };
	text_copy(t->words, sizeof t->words, command->name);
	if (index == 0)
		return true;
	if (!g || !g[index - 1].name)
		return false;
	t->verbs = g[index - 1].verbs;
	snprintf(t->words, sizeof t->words, "%s %s", command->name, g[index - 1].name);
	return true;
}

#define OPTIONS_WIDTH 78

/* Which options the verb takes: wrapped below it. */
static void print_verb_options(FILE *to, const char *names) {
	size_t column = 0;
	for (const char *p = names; *p; p += strcspn(p, " "), p += strspn(p, " ")) {
		size_t n = strcspn(p, " ");
		bool wraps = column == 0 || column + n + 3 > OPTIONS_WIDTH;
		fprintf(to, "%s--%.*s", !wraps ? " " : column ? "\n     " : "     ", (int)n, p);
		column = (wraps ? 5 : column + 1) + n + 2;
	}
	if (column)
		fputc('\n', to);
}

static void print_table(FILE *to, const struct verb_table *t, bool options) {
	for (const struct cli_verb *v = t->verbs; v->name; v++) {
		fprintf(to, "  mailvan %s %s%s%s\n      %s\n", t->words, v->name, v->args[0] ? " " : "", v->args,
			v->summary);
		if (options)
			print_verb_options(to, v->options);
	}
}

void cli_print_verbs(FILE *to, const struct cli_command *command) {
	struct verb_table t;
	for (size_t i = 0; table_at(command, i, &t); i++)
		print_table(to, &t, true);
}

void cli_dump_verbs(FILE *to, const struct cli_command *command) {
	struct verb_table t;
	for (size_t i = 0; table_at(command, i, &t); i++)
		for (const struct cli_verb *v = t.verbs; v->name; v++)
			fprintf(to, "verb\t%s\t%s\t%s\t%s\n", t.words, v->name, v->args, v->summary);
}

static int unknown_verb(struct cli *c, const struct verb_table *t) {
	const char *names[VERBS_MAX + 1];
	size_t n = 0;
	for (const struct cli_verb *v = t->verbs; v->name && n < VERBS_MAX; v++)
		names[n++] = v->name;
	const struct cli_verb_group *g = t->verbs == c->command->verbs ? c->command->verb_groups : NULL;
	for (; g && g->name && n < VERBS_MAX; g++)
		names[n++] = g->name;
	names[n] = NULL;
	const char *near = cli_nearest(c->args[0], names);
	if (near)
		return cli_usage_error(c, "there is no verb '%s'; did you mean '%s'?", c->args[0], near);
	return cli_usage_error(c, "there is no verb '%s'", c->args[0]);
}

static void next_word(struct cli *c) {
	c->args++;
	c->arg_count--;
}

/* The table that the first word means, which is then taken. */
static void choose_table(struct cli *c, struct verb_table *t) {
	const struct cli_verb_group *g = c->command->verb_groups;
	table_at(c->command, 0, t);
	for (size_t i = 0; g && g[i].name && c->arg_count; i++)
		if (strcmp(g[i].name, c->args[0]) == 0) {
			table_at(c->command, i + 1, t);
			next_word(c);
			return;
		}
}

int cli_run_verb(struct cli *c) {
	struct verb_table t;
	choose_table(c, &t);
	const struct cli_verb *v = t.verbs;
	if (c->arg_count == 0) {
		print_table(c->err, &t, false);
		return cli_usage_error(c, "which verb?");
	}
	while (v->name && strcmp(v->name, c->args[0]) != 0)
		v++;
	if (!v->name)
		return unknown_verb(c, &t);
	next_word(c);
	if (c->arg_count < v->min_args || c->arg_count > v->max_args)
		return cli_usage_error(c, "usage: mailvan %s %s %s", t.words, v->name, v->args);
	for (unsigned i = 0; i < c->given_count; i++) {
		const struct cli_option *o = c->given[i].option;
		if (!listed(v->options, o->name))
			return cli_usage_error(c, "'%s %s' has no option --%s", t.words, v->name, o->name);
	}
	return v->run(c);
}
