/* SPDX-License-Identifier: MIT
 *
 * schema_waits.c - the schema's step for mailboxes that wait in the queue. wait_since: the first failure since anything
 * was copied, 0 = none; wait_rounds: how often it was put off since. place_limit.cat: of its reason.
 */
#include "core/store/schema_steps.h"

const char schema_waits[] = "ALTER TABLE mailbox ADD COLUMN wait_since INTEGER NOT NULL DEFAULT 0;"
			    "ALTER TABLE mailbox ADD COLUMN wait_rounds INTEGER NOT NULL DEFAULT 0;"
			    "ALTER TABLE place_limit ADD COLUMN cat TEXT NOT NULL DEFAULT '';";
