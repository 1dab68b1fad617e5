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

void cli_print_verbs(FILE *to, const char *command, const struct cli_verb *verbs) {
	for (const struct cli_verb *v = verbs; v->name; v++)
		fprintf(to, "  mailvan %s %s%s%s\n      %s\n", command, v->name, v->args[0] ? " " : "", v->args,
			v->summary);
}

static int unknown_verb(struct cli *c, const struct cli_verb *verbs) {
	const char *names[VERBS_MAX + 1];
	size_t n = 0;
	for (const struct cli_verb *v = verbs; v->name && n < VERBS_MAX; v++)
		names[n++] = v->name;
	names[n] = NULL;
	const char *near = cli_nearest(c->args[0], names);
	if (near)
		return cli_usage_error(c, "there is no verb '%s'; did you mean '%s'?", c->args[0], near);
	return cli_usage_error(c, "there is no verb '%s'", c->args[0]);
}

int cli_run_verb(struct cli *c, const struct cli_verb *verbs) {
	const struct cli_verb *v = verbs;
	if (c->arg_count == 0) {
		cli_print_verbs(c->err, c->command->name, verbs);
		return cli_usage_error(c, "which verb?");
	}
	while (v->name && strcmp(v->name, c->args[0]) != 0)
		v++;
	if (!v->name)
		return unknown_verb(c, verbs);
	c->args++;
	c->arg_count--;
	if (c->arg_count < v->min_args || c->arg_count > v->max_args)
		return cli_usage_error(c, "usage: mailvan %s %s %s", c->command->name, v->name, v->args);
	for (unsigned i = 0; i < c->given_count; i++) {
		const struct cli_option *o = c->given[i].option;
		if (!listed(v->options, o->name))
			return cli_usage_error(c, "'%s %s' has no option --%s", c->command->name, v->name, o->name);
	}
	return v->run(c);
}
