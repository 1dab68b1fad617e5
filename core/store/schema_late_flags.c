/* SPDX-License-Identifier: MIT
 *
 * schema_late_flags.c - the schema's step for flags that a target takes from STORE only (late_flags.h).
 */
#include "core/store/schema_steps.h"

const char schema_late_flags[] = "CREATE TABLE late_flag(folder INTEGER NOT NULL, uid INTEGER NOT NULL,"
				 " PRIMARY KEY(folder, uid)) WITHOUT ROWID;";
