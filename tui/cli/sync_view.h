/* SPDX-License-Identifier: MIT
 *
 * sync_view.h - the options of later passes (--sync-flags, --sync-deletes) and the warnings of mailboxes, for commands.
 */
#ifndef MAILVAN_CLI_SYNC_VIEW_H
#define MAILVAN_CLI_SYNC_VIEW_H

#include "tui/cli/cli.h"

#define CLI_SYNC_OPTIONS \
	{ 0, "sync-flags", NULL, "later passes take changed flags to the copies; stays on" }, \
	{ 0, "no-sync-flags", NULL, "they do not any more" }, \
	{ 0, "sync-deletes", "HOW", "copies of messages deleted since: off, preview, trash, expunge" }

/* Store what was given of them, with this operator's name; nothing given changes nothing. */
bool sync_options_store(struct cli *c, struct store *s, struct err *e);
/* What is on, and how many mailboxes have warnings: a line each, none when there is nothing to say. */
bool sync_print(FILE *to, struct store *s, struct err *e);
/* {"flags": true, "deletes": "trash", "deletes_by": ...}; NULL with e. */
json_t *sync_json(struct store *s, struct err *e);

#endif
