/* SPDX-License-Identifier: MIT
 *
 * cli.h - the frame of the command line: one const row per subcommand.
 *
 * `mailvan help`, usage errors, shell completion and the man page's command list are all
 * derived from these rows. A subcommand is one file, cmd_NAME.c, which defines
 * `const struct cli_command cmd_NAME` and is listed in commands.c.
 *
 * Human output goes to c->out, errors and notes to c->err, both already sanitised. With
 * --json exactly one document goes to c->out when the command did what it is for, also when something in it failed
 * (exit code 1 or 3) or a list has mistakes (2). What could not be done at all, as a usage error, one of the project or
 * a list that could not be read, is a sentence on c->err and nothing else.
 */
#ifndef MAILVAN_CLI_CLI_H
#define MAILVAN_CLI_CLI_H

#include <jansson.h>
#include <stdio.h>

#include "core/mailvan.h"

enum cli_exit {
	CLI_OK = 0,	 /* all Synced, or nothing to complain about */
	CLI_GAPS = 1,	 /* gaps or failures */
	CLI_USAGE = 2,	 /* usage or input */
	CLI_STOPPED = 3, /* stopped before the end */
};

struct cli_option {
	char letter;	  /* 0 = no short form */
	const char *name; /* long name without "--"; NULL ends a table */
	const char *arg;  /* what follows, in capitals; NULL = a flag */
	const char *help; /* one line */
};

/* For the option tables of commands that act on mailboxes; see selection.h. */
#define CLI_SELECTION_OPTIONS \
	{ 'a', "all", NULL, "every mailbox of the project" }, { 'b', "batch", "NAME", "the mailboxes of this batch" }
#define CLI_OPTIONS_END { 0, NULL, NULL, NULL }

enum cli_flags {
	CLI_JSON = 1,	/* understands --json */
	CLI_HIDDEN = 2, /* works, but is not in the lists */
};

struct cli;
struct cli_verb; /* verbs.h */
struct cli_verb_group;

struct cli_command {
	const char *name;
	const char *args;    /* operands as they stand in the usage line, "" = none */
	const char *summary; /* one line, no full stop */
	const char *details; /* more for `help NAME`, plain text wrapped at 78; NULL = none */
	const struct cli_option *options; /* NULL = none of its own */
	unsigned flags;
	unsigned min_args, max_args;
	int (*run)(struct cli *c); /* returns enum cli_exit; NULL with verbs */
	const struct cli_verb *verbs; /* NULL: a command without verbs */
	const struct cli_verb_group *verb_groups; /* NULL = none */
};

/* Ends with a NULL. */
extern const struct cli_command *const cli_commands[];
extern const struct cli_option cli_global_options[];

#define CLI_OPTIONS_MAX 64 /* occurrences on one command line */

/* One invocation. Strings belong to argv, the environment or this struct. */
struct cli {
	const struct cli_command *command; /* NULL: `mailvan` alone */
	char project[4096];		   /* directory, never empty */
	char exe[4096];			   /* this program, for a detached worker */
	bool told_unwritten; /* that the output cannot be written was said once */
	bool json, no_color, read_only;
	bool help, version, dump_commands, dump_actions; /* asked for instead of a command */
	FILE *out, *err;
	struct stop *stop; /* Ctrl+C and SIGTERM, inside with_signals (signals.h); else NULL */
	char **args; /* operands after the command's name */
	unsigned arg_count;
	struct {
		const struct cli_option *option;
		const char *value;
	} given[CLI_OPTIONS_MAX];
	unsigned given_count;
};

/* Options may stand anywhere after the command's name, global ones before it too; "--" ends
 * them. argv is permuted so that operands are contiguous. False: e says what is wrong and how it may
 * have been meant; c->command is set when it was known. */
bool cli_parse(struct cli *c, int argc, char **argv, struct err *e);
/* The last value given, or NULL. A flag's value is "". The name must be in the command's table. */
const char *cli_value(const struct cli *c, const char *name);
bool cli_flag(const struct cli *c, const char *name);
/* The index-th value of an option that may be repeated, NULL after the last. */
const char *cli_value_at(const struct cli *c, const char *name, unsigned index);
/* A number option within [min, max]; fallback when not given; false (INPUT) when it is not such a number. */
bool cli_number(const struct cli *c, const char *name, uint64_t min, uint64_t max, uint64_t fallback, uint64_t *out,
		struct err *e);

/* Run the parsed command: project, help and errors included. Returns the exit code. */
int cli_dispatch(struct cli *c);

/* Open the project; on failure prints why and returns NULL (return cli_fail's code: CLI_USAGE). */
struct store *cli_open(struct cli *c, enum store_mode mode, struct log *log);
/* The same for who prints e with cli_fail, which then returns CLI_USAGE too, whatever the cause. */
struct store *cli_open_quietly(const struct cli *c, enum store_mode mode, struct log *log, struct err *e);
/* "mailvan: sentence" on c->err. Returns CLI_USAGE for Input, CLI_STOPPED for Cancelled, else CLI_GAPS. */
int cli_fail(struct cli *c, const struct err *e);
/* "mailvan NAME: sentence" plus where to look; returns CLI_USAGE. */
int cli_usage_error(struct cli *c, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
/* A remark on c->err that changes nothing. Foreign text in it is sanitised here. */
void cli_note(struct cli *c, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
/* One document and a newline on c->out; takes the reference; code is handed through (1 when it cannot be written). */
int cli_print_json(struct cli *c, json_t *document, int code);
/* What a small thing that is done says: "NAME: removed", or {KIND: NAME, "done": "removed"}. */
int cli_done(struct cli *c, const char *kind, const char *name, const char *done, int code);
/* The same as cli_print_json for what was written to c->out piece by piece. */
int cli_written(struct cli *c, int code);

/* The nearest of the names to a mistyped one, or NULL when none is near. names ends with NULL. */
const char *cli_nearest(const char *typed, const char *const *names);

void cli_print_help(FILE *to, const struct cli_command *command); /* NULL: the overview */
void cli_print_completion(FILE *to);				  /* bash */
void cli_dump_commands(FILE *to); /* tab separated: name, args, summary; options below */

#endif
