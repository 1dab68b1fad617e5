/* SPDX-License-Identifier: MIT
 *
 * import_problems.h - what was found wrong in a list that is imported: the same lines and the same JSON for each
 * command that reads one.
 */
#ifndef MAILVAN_CLI_IMPORT_PROBLEMS_H
#define MAILVAN_CLI_IMPORT_PROBLEMS_H

#include "import/table.h"
#include "tui/cli/cli.h"

/* A line for each on c->err; of many that are alike the first ten, and how many more. */
void import_problems_print(struct cli *c, const struct import_problem *p, size_t n);
/* New reference: a list of level, line, column, text, fix. NULL: no memory. */
json_t *import_problems_json(const struct import_problem *p, size_t n);
/* A list with mistakes, of which nothing is done: its problems, or the document of them. Returns CLI_USAGE. */
int import_refused(struct cli *c, const struct import_table_result *t);

#endif
