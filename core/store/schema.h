/* SPDX-License-Identifier: MIT
 *
 * schema.h - the tables of a project and how older ones come forward.
 */
#ifndef MAILVAN_STORE_SCHEMA_H
#define MAILVAN_STORE_SCHEMA_H

#include "core/store/db.h"

#define SCHEMA_APPLICATION_ID 0x4d56414e /* "MVAN" */

/* Brings the schema to this program's version in one transaction. INPUT when the file is
 * newer than the program or no project at all. */
bool schema_migrate(struct db *db, struct err *e);
int schema_version(void);

#endif
