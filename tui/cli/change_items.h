/* SPDX-License-Identifier: MIT
 *
 * change_items.h - the items of a task, put together one by one for cli_run_changes, with all that they point to.
 */
#ifndef MAILVAN_CLI_CHANGE_ITEMS_H
#define MAILVAN_CLI_CHANGE_ITEMS_H

#include "import/wiped.h"
#include "tui/cli/cli.h"

/* The zero struct is empty. */
struct change_items {
	struct item_spec *list;
	size_t n, cap;
	struct arena arena; /* the texts; wiped, because a secret is one of them */
	struct lent *secrets;
};
/* args: taken, also on failure; NULL: memory ran out where they were made. secret: a password, copied, or NULL. False:
 * e (INPUT: the arguments do not fit the change). */
bool change_items_add(struct change_items *items, enum change_verb verb, const char *target, json_t *args,
		      const char *secret, struct err *e);
void change_items_free(struct change_items *items);
/* The same changes as PowerShell, line by line; out is empty and may hold POWERSHELL_MAX bytes. */
#define POWERSHELL_MAX ((size_t)64 << 20)
bool change_items_powershell(const struct item_spec *items, size_t n, struct buf *out, struct err *e);
/* cli_run_changes with items that were put together (ok), or else the error; frees them. */
int cli_run_items(struct cli *c, struct store *s, const struct tenant *t, const char *label, bool ok,
		  struct change_items *items, const struct err *e);

#endif
