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

#endif
