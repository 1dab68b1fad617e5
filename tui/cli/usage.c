/* SPDX-License-Identifier: MIT
 *
 * usage.c - help, hints, shell completion and the command list, all from the tables.
 */
#include "tui/cli/cli.h"

#include <string.h>

#include "tui/cli/verbs.h"

#define WRAP 78

/* Edits (insert, delete, replace) that turn a into b; 99 when either is longer than a name can be. */
static unsigned distance(const char *a, const char *b) {
	enum { LONGEST = 40 };
	size_t n = strlen(a), m = strlen(b);
	unsigned row[LONGEST + 1];
	if (n > LONGEST || m > LONGEST)
		return 99;
	for (size_t j = 0; j <= m; j++)
		row[j] = (unsigned)j;
	for (size_t i = 1; i <= n; i++) {
		unsigned diagonal = row[0];
		row[0] = (unsigned)i;
		for (size_t j = 1; j <= m; j++) {
			unsigned best = diagonal + (a[i - 1] != b[j - 1]);
			if (row[j] + 1 < best)
				best = row[j] + 1;
			if (row[j - 1] + 1 < best)
				best = row[j - 1] + 1;
			diagonal = row[j];
			row[j] = best;
		}
	}
	return row[m];
}

const char *cli_nearest(const char *typed, const char *const *names) {
	const char *best = NULL;
	size_t typed_len = strlen(typed);
	unsigned limit = typed_len < 4 ? 2 : 3, least = limit + 1;
	for (; *names; names++) {
		unsigned d = distance(typed, *names);
		/* What was typed so far is the start of one: more telling than any edit. */
		if (typed_len >= 2 && strncmp(typed, *names, typed_len) == 0)
			d = 0;
		if (d < least && d < strlen(*names)) {
			least = d;
			best = *names;
		}
	}
	return best;
}

/* Text wrapped at WRAP columns; a line break in it is kept, an indented line is left alone. */
static void print_wrapped(FILE *to, const char *text) {
	size_t column = 0;
	while (*text) {
		size_t word = strcspn(text, " \n");
		if (column && column + 1 + word > WRAP) {
			fputc('\n', to);
			column = 0;
		} else if (column) {
			fputc(' ', to);
			column++;
		}
		column += (size_t)fprintf(to, "%.*s", (int)word, text);
		text += word;
		if (*text == '\n') {
			fputc('\n', to);
			column = 0;
			text++;
			for (; *text == ' '; text++)
				fputc(' ', to);
		} else if (*text) {
			text++;
		}
	}
	fputc('\n', to);
}

static int option_text(char *dst, size_t size, const struct cli_option *o) {
	return snprintf(dst, size, "%s%c%s --%s%s%s", o->letter ? "-" : " ", o->letter ? o->letter : ' ',
			o->letter ? "," : " ", o->name, o->arg ? " " : "", o->arg ? o->arg : "");
}

/* json: whether --json is to be listed. */
static void print_options(FILE *to, const char *title, const struct cli_option *options, bool json) {
	char left[80];
	int width = 0;
	if (!options || !options->name)
		return;
	for (const struct cli_option *o = options; o->name; o++) {
		int n = option_text(left, sizeof left, o);
		width = n > width ? n : width;
	}
	fprintf(to, "\n%s\n", title);
	for (const struct cli_option *o = options; o->name; o++) {
		if (!json && strcmp(o->name, "json") == 0)
			continue;
		option_text(left, sizeof left, o);
		fprintf(to, "  %-*s  %s\n", width, left, o->help);
	}
}

static void print_overview(FILE *to) {
	fputs("mailvan moves mailboxes from one mail server to another.\n\n"
	      "Usage: mailvan [--project DIR]            the console\n"
	      "       mailvan [--project DIR] COMMAND    one step, for scripts\n\nCommands\n",
	      to);
	for (size_t i = 0; cli_commands[i]; i++)
		if (!(cli_commands[i]->flags & CLI_HIDDEN))
			fprintf(to, "  %-11s %s\n", cli_commands[i]->name, cli_commands[i]->summary);
	print_options(to, "Options of every command", cli_global_options, true);
	fputs("\nExit codes: 0 all Synced, 1 gaps or failures, 2 usage or input, 3 stopped.\n"
	      "With --json one document goes to standard output; what could not be done at all is a sentence\n"
	      "on standard error, with no document.\n"
	      "'mailvan help COMMAND' explains one of them.\n",
	      to);
}

void cli_print_help(FILE *to, const struct cli_command *command) {
	if (!command) {
		print_overview(to);
		return;
	}
	fprintf(to, "mailvan %s - %s\n\nUsage: mailvan %s%s%s%s\n", command->name, command->summary, command->name,
		command->options ? " [OPTIONS]" : "", *command->args ? " " : "", command->args);
	if (command->details) {
		fputc('\n', to);
		print_wrapped(to, command->details);
	}
	if (command->verbs) {
		fputs("\nVerbs\n", to);
		cli_print_verbs(to, command);
	}
	print_options(to, "Options", command->options, true);
	print_options(to, "Options of every command", cli_global_options, command->flags & CLI_JSON);
}

static void completion_words(FILE *to, const struct cli_option *o) {
	for (; o && o->name; o++)
		fprintf(to, " --%s", o->name);
}

void cli_print_completion(FILE *to) {
	fputs("# bash completion of mailvan; load with: source <(mailvan completion bash)\n"
	      "_mailvan() {\n"
	      "\tlocal cur=${COMP_WORDS[COMP_CWORD]} prev=${COMP_WORDS[COMP_CWORD-1]} cmd= words= i\n"
	      "\tfor ((i = 1; i < COMP_CWORD; i++)); do\n"
	      "\t\tcase ${COMP_WORDS[i]} in\n"
	      "\t\t-p|--project) ((i++)) ;;\n"
	      "\t\t-*) ;;\n"
	      "\t\t*) cmd=${COMP_WORDS[i]}; break ;;\n"
	      "\t\tesac\n"
	      "\tdone\n"
	      "\tcase $prev in\n"
	      "\t-p|--project) mapfile -t COMPREPLY < <(compgen -d -- \"$cur\"); return ;;\n"
	      "\t--*-file|--ca|--*-ca|-o|--output|--certificate|--out|--passwords|import|certificate) mapfile -t "
	      "COMPREPLY < <(compgen -f -- \"$cur\"); return ;;\n"
	      "\tesac\n"
	      "\tcase $cmd in\n"
	      "\t'') words='",
	      to);
	for (size_t i = 0; cli_commands[i]; i++)
		if (!(cli_commands[i]->flags & CLI_HIDDEN))
			fprintf(to, "%s%s", i ? " " : "", cli_commands[i]->name);
	completion_words(to, cli_global_options);
	fputs("' ;;\n", to);
	for (size_t i = 0; cli_commands[i]; i++) {
		fprintf(to, "\t%s) words='", cli_commands[i]->name);
		for (const struct cli_verb *v = cli_commands[i]->verbs; v && v->name; v++)
			fprintf(to, " %s", v->name);
		for (const struct cli_verb_group *g = cli_commands[i]->verb_groups; g && g->name; g++)
			fprintf(to, " %s", g->name);
		completion_words(to, cli_commands[i]->options);
		completion_words(to, cli_global_options);
		fputs("' ;;\n", to);
	}
	fputs("\tesac\n"
	      "\tmapfile -t COMPREPLY < <(compgen -W \"$words\" -- \"$cur\")\n"
	      "\t[ \"$cmd\" = add ] && [[ $cur != -* ]] && mapfile -t COMPREPLY < <(compgen -f -- \"$cur\")\n"
	      "\treturn 0\n"
	      "}\n"
	      "complete -F _mailvan mailvan\n",
	      to);
}

void cli_dump_commands(FILE *to) {
	for (size_t i = 0; cli_commands[i]; i++) {
		const struct cli_command *command = cli_commands[i];
		if (command->flags & CLI_HIDDEN)
			continue;
		fprintf(to, "command\t%s\t%s\t%s\n", command->name, command->args, command->summary);
		if (command->verbs)
			cli_dump_verbs(to, command);
		for (const struct cli_option *o = command->options; o && o->name; o++)
			fprintf(to, "option\t%s\t--%s\t%s\t%s\n", command->name, o->name, o->arg ? o->arg : "",
				o->help);
	}
	for (const struct cli_option *o = cli_global_options; o->name; o++)
		fprintf(to, "option\t*\t--%s\t%s\t%s\n", o->name, o->arg ? o->arg : "", o->help);
}
