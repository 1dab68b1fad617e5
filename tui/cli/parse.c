/* SPDX-License-Identifier: MIT
 *
 * parse.c - argv into a struct cli, by the tables of options.
 *
 * getopt_long would do, but it keeps its place in globals and accepts abbreviations, which turn
 * a script's "--fail" into another option the day one is added.
 */
#include "tui/cli/cli.h"

#include <stdlib.h>
#include <string.h>

const struct cli_option cli_global_options[] = {
	{ 'p', "project", "DIR", "the project's directory (or $MAILVAN_PROJECT; ~/.local/share/mailvan/default)" },
	{ 0, "json", NULL, "print one JSON document" },
	{ 0, "no-color", NULL, "no colours (also $NO_COLOR)" },
	{ 0, "read-only", NULL, "change nothing in a tenant" },
	{ 'h', "help", NULL, "explain the command" },
	{ 'V', "version", NULL, "print the version" },
	CLI_OPTIONS_END,
};

/* For the man page, so they stay out of the help. */
static const struct cli_option dump_options[] = {
	{ 0, "dump-commands", NULL, "the table of commands, tab separated" },
	{ 0, "dump-actions", NULL, "the table of the console's actions, tab separated" },
	CLI_OPTIONS_END,
};

static const struct cli_option *find_in(const struct cli_option *table, const char *name, size_t n, char letter) {
	for (; table && table->name; table++) {
		if (letter ? table->letter == letter : strlen(table->name) == n && memcmp(table->name, name, n) == 0)
			return table;
	}
	return NULL;
}

static const struct cli_option *find_option(const struct cli *c, const char *name, size_t n, char letter) {
	const struct cli_option *o = c->command ? find_in(c->command->options, name, n, letter) : NULL;
	if (!o)
		o = find_in(cli_global_options, name, n, letter);
	if (!o && !letter)
		o = find_in(dump_options, name, n, 0);
	return o;
}

static bool unknown_option(const struct cli *c, const char *typed, size_t n, struct err *e) {
	const char *names[CLI_OPTIONS_MAX + 1];
	size_t count = 0;
	char bare[64];
	const struct cli_option *o = c->command ? c->command->options : NULL;
	for (; o && o->name && count < CLI_OPTIONS_MAX; o++)
		names[count++] = o->name;
	for (o = cli_global_options; o->name && count < CLI_OPTIONS_MAX; o++)
		names[count++] = o->name;
	names[count] = NULL;
	if (n >= sizeof bare)
		n = sizeof bare - 1;
	memcpy(bare, typed, n);
	bare[n] = 0;
	const char *near = cli_nearest(bare, names);
	if (near)
		return err_set(e, ERR_INPUT, "There is no option --%s. Did you mean --%s?", bare, near);
	return err_set(e, ERR_INPUT, "There is no option --%s%s", bare,
		       c->command ? "" : " before the command's name");
}

static bool give_global(struct cli *c, const struct cli_option *o, const char *value, struct err *e) {
	if (strcmp(o->name, "json") == 0)
		c->json = true;
	else if (strcmp(o->name, "no-color") == 0)
		c->no_color = true;
	else if (strcmp(o->name, "read-only") == 0)
		c->read_only = true;
	else if (strcmp(o->name, "help") == 0)
		c->help = true;
	else if (strcmp(o->name, "version") == 0)
		c->version = true;
	else if (!*value || !text_copy(c->project, sizeof c->project, value))
		return err_set(e, ERR_INPUT, "--project needs the path of a directory");
	return true;
}

static bool give(struct cli *c, const struct cli_option *o, const char *value, struct err *e) {
	if (o == &dump_options[0] || o == &dump_options[1]) {
		*(o == dump_options ? &c->dump_commands : &c->dump_actions) = true;
		return true;
	}
	if (find_in(cli_global_options, o->name, strlen(o->name), 0) == o)
		return give_global(c, o, value, e);
	if (c->given_count == CLI_OPTIONS_MAX)
		return err_set(e, ERR_INPUT, "Too many options; %d is the limit", CLI_OPTIONS_MAX);
	c->given[c->given_count].option = o;
	c->given[c->given_count++].value = value;
	return true;
}

/* "--name", "--name=value", "--name value". *next is advanced when the value is the next word. */
static bool long_option(struct cli *c, char **argv, int *next, int argc, struct err *e) {
	const char *name = argv[*next] + 2, *equals = strchr(name, '=');
	size_t n = equals ? (size_t)(equals - name) : strlen(name);
	const struct cli_option *o = find_option(c, name, n, 0);
	if (!o)
		return unknown_option(c, name, n, e);
	if (!o->arg)
		return equals ? err_set(e, ERR_INPUT, "--%s takes no value", o->name) : give(c, o, "", e);
	if (equals)
		return give(c, o, equals + 1, e);
	if (*next + 1 >= argc)
		return err_set(e, ERR_INPUT, "--%s needs a value: --%s %s", o->name, o->name, o->arg);
	return give(c, o, argv[++*next], e);
}

/* "-a", "-ab", "-bVALUE", "-b VALUE". */
static bool short_options(struct cli *c, char **argv, int *next, int argc, struct err *e) {
	for (const char *p = argv[*next] + 1; *p; p++) {
		const struct cli_option *o = find_option(c, NULL, 0, *p);
		if (!o)
			return err_set(e, ERR_INPUT, "There is no option -%c", *p);
		if (!o->arg) {
			if (!give(c, o, "", e))
				return false;
			continue;
		}
		if (p[1])
			return give(c, o, p + 1, e);
		if (*next + 1 >= argc)
			return err_set(e, ERR_INPUT, "-%c needs a value: -%c %s", *p, *p, o->arg);
		return give(c, o, argv[++*next], e);
	}
	return true;
}

static bool find_command(struct cli *c, const char *typed, struct err *e) {
	const char *names[64];
	size_t count = 0;
	for (size_t i = 0; cli_commands[i]; i++) {
		if (strcmp(cli_commands[i]->name, typed) == 0) {
			c->command = cli_commands[i];
			return true;
		}
		if (!(cli_commands[i]->flags & CLI_HIDDEN) && count < 63)
			names[count++] = cli_commands[i]->name;
	}
	names[count] = NULL;
	const char *near = cli_nearest(typed, names);
	if (near)
		return err_set(e, ERR_INPUT, "There is no command '%s'. Did you mean '%s'?", typed, near);
	return err_set(e, ERR_INPUT, "There is no command '%s'; 'mailvan help' lists them", typed);
}

static bool check(const struct cli *c, struct err *e) {
	if (c->help || c->version || c->dump_commands || c->dump_actions || !c->command)
		return true;
	if (c->json && !(c->command->flags & CLI_JSON))
		return err_set(e, ERR_INPUT, "'%s' has nothing to print as JSON", c->command->name);
	if (c->arg_count < c->command->min_args)
		return err_set(e, ERR_INPUT, "An operand is missing: mailvan %s %s", c->command->name,
			       c->command->args);
	if (c->arg_count > c->command->max_args)
		return err_set(e, ERR_INPUT, "'%s' is one operand too many", c->args[c->command->max_args]);
	return true;
}

bool cli_parse(struct cli *c, int argc, char **argv, struct err *e) {
	bool options_end = false;
	char **operand = argv;
	c->args = argv;
	for (int i = 1; i < argc; i++) {
		const char *word = argv[i];
		if (!options_end && strcmp(word, "--") == 0) {
			options_end = true;
		} else if (!options_end && word[0] == '-' && word[1] == '-') {
			if (!long_option(c, argv, &i, argc, e))
				return false;
		} else if (!options_end && word[0] == '-' && word[1]) {
			if (!short_options(c, argv, &i, argc, e))
				return false;
		} else if (!c->command) {
			if (!find_command(c, word, e))
				return false;
		} else {
			operand[c->arg_count++] = argv[i];
		}
	}
	return check(c, e);
}

const char *cli_value_at(const struct cli *c, const char *name, unsigned index) {
	for (unsigned i = 0; i < c->given_count; i++)
		if (strcmp(c->given[i].option->name, name) == 0 && index-- == 0)
			return c->given[i].value;
	return NULL;
}

const char *cli_value(const struct cli *c, const char *name) {
	for (unsigned i = c->given_count; i > 0; i--)
		if (strcmp(c->given[i - 1].option->name, name) == 0)
			return c->given[i - 1].value;
	return NULL;
}

bool cli_flag(const struct cli *c, const char *name) { return cli_value(c, name) != NULL; }

bool cli_number(const struct cli *c, const char *name, uint64_t min, uint64_t max, uint64_t fallback, uint64_t *out,
		struct err *e) {
	const char *text = cli_value(c, name);
	*out = fallback;
	if (!text || text_u64(text, min, max, out))
		return true;
	return err_set(e, ERR_INPUT, "--%s must be a number from %llu to %llu, not '%s'", name, (unsigned long long)min,
		       (unsigned long long)max, text);
}
