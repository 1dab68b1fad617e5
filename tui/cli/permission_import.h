/* SPDX-License-Identifier: MIT
 *
 * permission_import.h - internal to cmd_permission*.c and permission_reverse.c: rights, and verbs with files of their
 * own.
 */
#ifndef MAILVAN_CLI_PERMISSION_IMPORT_H
#define MAILVAN_CLI_PERMISSION_IMPORT_H

#include "tui/cli/change_items.h"

/* One row per right: option, change, arguments. */
struct permission_right_info {
	const char *option; /* "full-access" */
	const char *title;  /* "Full Access" */
	const char *column; /* of record_permissions, and of the CSV in camel case */
	enum change_verb grant, revoke;
};
extern const struct permission_right_info permission_rights[3];
/* The change of one right of one pair, as an item. */
bool permission_item(struct change_items *items, size_t right, bool grant, const char *mailbox, const char *trustee,
		     bool auto_mapping, struct err *e);

/* cli_open_tenant, or with --imap the mailboxes of the project. */
struct store *permission_open(struct cli *c, struct tenant *t, int *code);
int permission_reverse(struct cli *c); /* `permission reverse TRUSTEE`, inside with_signals */
int permission_import(struct cli *c);  /* `permission import FILE` */
int permission_export(struct cli *c);  /* `permission export [FILE]` */

#endif
