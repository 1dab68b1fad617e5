/* SPDX-License-Identifier: MIT
 *
 * schema_again.c - the schema's step for failed messages that later migrations try again by themselves. failure.again:
 * how many of them do; tried_again: the same of those that are being tried, or were.
 */
#include "core/store/schema_steps.h"

const char schema_again[] =
	"ALTER TABLE failure ADD COLUMN again INTEGER NOT NULL DEFAULT 0;"
	"CREATE TABLE tried_again(folder INTEGER NOT NULL, uid INTEGER NOT NULL, tries INTEGER NOT NULL,"
	" PRIMARY KEY(folder, uid)) WITHOUT ROWID;";
