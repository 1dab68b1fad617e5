/* SPDX-License-Identifier: MIT
 *
 * schema_undo.c - the schema's step for tasks that take others back. takes_back: the n of the item in the task that is
 * undone, 0 = none; anyway: what came since does not matter.
 */
#include "core/store/schema_steps.h"

const char schema_undo[] = "ALTER TABLE task ADD COLUMN anyway INTEGER NOT NULL DEFAULT 0;"
			   "ALTER TABLE task_item ADD COLUMN takes_back INTEGER NOT NULL DEFAULT 0;"
			   "CREATE INDEX task_undoes ON task(undoes) WHERE undoes > 0;";
