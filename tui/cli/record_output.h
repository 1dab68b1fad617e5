/* SPDX-License-Identifier: MIT
 *
 * record_output.h - any list of core/store/records.h as a table for people, JSON or CSV; and tasks run and shown.
 */
#ifndef MAILVAN_CLI_RECORD_OUTPUT_H
#define MAILVAN_CLI_RECORD_OUTPUT_H

#include "tui/cli/cli.h"

/* For the option tables of list commands. */
/* clang-format off */
#define CLI_LIST_OPTIONS \
	{ 'm', "match", "TEXT", "only rows that contain TEXT" }, \
	{ 'f', "filter", "NAME", "one of the list's filters: a wrong one names them" }, \
	{ 0, "sort", "COLUMN", "order by this column; -COLUMN for descending" }, \
	{ 0, "limit", "N", "at most N rows" }, \
	{ 0, "csv", NULL, "print CSV instead of a table" }, \
	{ 0, "refresh", NULL, "read the list from the tenant first" }
#define CLI_TENANT_OPTION { 0, "tenant", "NAME", "the tenant, when the project has several" }
/* clang-format on */

/* Names of CLI_LIST_OPTIONS for verbs.h. */
#define CLI_LIST_OPTION_NAMES "match filter sort limit csv refresh"

/* `... list`: reads options of CLI_LIST_OPTIONS; prints to c->out; the age of the list goes to c->err (and into the
 * JSON document: {"list","tenant","refreshed","rows":[...],"total"}). parent: see record_query. */
int cli_print_records(struct cli *c, struct store *s, const struct record_list *l, int64_t tenant, int64_t parent);
/* The same, but only rows whose column is that text. */
int cli_print_records_of(struct cli *c, struct store *s, const struct record_list *l, int64_t tenant,
			 const char *column, const char *value);
/* One row with all its columns. */
int cli_print_record(struct cli *c, struct store *s, const struct record_list *l, int64_t tenant, const char *label);
/* Opens the project and finds the tenant named by --tenant. NULL after a message; *code is then the exit code. */
struct store *cli_open_tenant(struct cli *c, struct tenant *t, int *code);

/* Options of every command that changes something. */
/* clang-format off */
#define CLI_SHOW_OPTIONS \
	{ 'n', "dry-run", NULL, "say what would be done, and do nothing" }, \
	{ 0, "powershell", NULL, "print the PowerShell that does the same, and do nothing" }
#define CLI_ANYWAY_OPTION { 0, "anyway", NULL, "undo also what was changed again since" }
#define CLI_CHANGE_OPTIONS \
	CLI_SHOW_OPTIONS, \
	{ 0, "detach", NULL, "leave the task to a process in the background" }
/* clang-format on */
#define CLI_CHANGE_OPTION_NAMES "dry-run powershell detach"
#define CLI_UNDO_OPTION_NAMES "dry-run powershell anyway"

/* Adds the items as one task and carries it out here with progress on c->err (or prints them with --dry-run or
 * --powershell, or detaches). Prints a result per item (a table, with --json one document). CLI_GAPS when an item
 * failed. Ctrl+C: the task becomes Stopped, `mailvan task resume N` goes on. */
int cli_run_changes(struct cli *c, struct store *s, const struct tenant *t, const char *label,
		    const struct item_spec *items, size_t n);
/* The same; *task is the task that was made, 0 when none was. */
int cli_run_task(struct cli *c, struct store *s, const struct tenant *t, const char *label,
		 const struct item_spec *items, size_t n, int64_t *task);
/* What a command that changes says when no task came of it; with --json the document of a task without items. */
int cli_nothing_to_do(struct cli *c, const char *why);
/* Brings a list up to date here, with progress. only: this mailbox or user of it; NULL, or a name that is too long to
 * be said to a task: all. */
int cli_refresh(struct cli *c, struct store *s, const struct tenant *t, const char *refresh, const char *only);

/* `... undo TASK`. */
int cli_undo(struct cli *c);

#endif
