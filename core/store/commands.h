/* SPDX-License-Identifier: MIT
 *
 * commands.h - what a front end asks for. It writes the request; a worker acts on it.
 *
 * A command on a mailbox that no live worker has leased takes effect in the same transaction
 * (state changes at once); otherwise the wish is stored and the worker carries it out within
 * a second. Every command is recorded in the audit table with who asked. FULL.
 *
 *   MIGRATE  Stopped, Paused, Synced, SyncedWithGaps, Failed -> Queued (Failed with AuthBad too: asking by
 *            name is the operator's word); already Queued or active: nothing. Messages that failed by a
 *            refusal without a reason become pending again (ledger_change.again)
 *   PAUSE    Queued -> Paused; active -> the worker stops it, Paused
 *   RESUME   Paused -> Queued; others untouched
 *   STOP     Queued, Paused -> Stopped; active -> the worker stops it, Stopped
 *   RETRY    Failed, SyncedWithGaps -> Queued, failed messages become pending again
 *   TEST     test := wanted
 *   REMOVE   row, ledger and secrets go; refused (skipped, counted in refused) while active
 */
#ifndef MAILVAN_STORE_COMMANDS_H
#define MAILVAN_STORE_COMMANDS_H

#include "core/store/mailboxes.h"

enum command { CMD_MIGRATE, CMD_PAUSE, CMD_RESUME, CMD_STOP, CMD_RETRY, CMD_TEST, CMD_REMOVE, CMD_COUNT };

const char *command_name(enum command c); /* "migrate", ... */
/* Would the command do anything to a mailbox in this state? NULL = yes, else the reason in words. */
const char *command_refusal(enum command c, enum mailbox_state state);

struct command_result {
	uint64_t affected, refused;
};

bool command_issue(struct store *s, enum command c, const struct mailbox_filter *f, const char *who,
		   struct command_result *out, struct err *e);
/* "anna@pts/3 from 10.0.0.5": user, terminal and SSH_CONNECTION, sanitised. */
void command_who(char *dst, size_t size);

#endif
