/* SPDX-License-Identifier: MIT
 *
 * schema_verify_runs.c - the schema's step for verifications that were asked for (verify_runs.h). verify_left: the
 * mailboxes that are still to be looked through.
 */
#include "core/store/schema_steps.h"

const char schema_verify_runs[] =
	"CREATE TABLE verify_run(id INTEGER PRIMARY KEY AUTOINCREMENT, state INTEGER NOT NULL, who TEXT NOT NULL,"
	" level INTEGER NOT NULL, bodies INTEGER NOT NULL, seed INTEGER NOT NULL, refill INTEGER NOT NULL,"
	" mailboxes INTEGER NOT NULL, done INTEGER NOT NULL DEFAULT 0, clean INTEGER NOT NULL DEFAULT 0,"
	" unread INTEGER NOT NULL DEFAULT 0, row_count INTEGER NOT NULL, rows_done INTEGER NOT NULL DEFAULT 0,"
	" gaps INTEGER NOT NULL DEFAULT 0, refilled INTEGER NOT NULL DEFAULT 0, added INTEGER NOT NULL,"
	" finished INTEGER NOT NULL DEFAULT 0, wants_stop INTEGER NOT NULL DEFAULT 0, error TEXT NOT NULL DEFAULT '',"
	" pid INTEGER NOT NULL DEFAULT 0, start INTEGER NOT NULL DEFAULT 0, boot TEXT NOT NULL DEFAULT '',"
	" pid_ns INTEGER NOT NULL DEFAULT 0, beat INTEGER NOT NULL DEFAULT 0);"
	"CREATE TABLE verify_left(run INTEGER NOT NULL, mailbox INTEGER NOT NULL, PRIMARY KEY(run, mailbox))"
	" WITHOUT ROWID;";
