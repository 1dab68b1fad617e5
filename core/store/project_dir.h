/* SPDX-License-Identifier: MIT
 *
 * project_dir.h - the directory of a project: made, checked, and refused where SQLite or secrets are not safe.
 */
#ifndef MAILVAN_STORE_PROJECT_DIR_H
#define MAILVAN_STORE_PROJECT_DIR_H

#include <stdbool.h>

#include "core/store/store.h"

/* Makes DIR and its parents (0700) and an empty database file (0600) where mode allows, checks owner and
 * permissions, refuses network file systems. *created: the database file is new. */
bool project_dir_prepare(const char *dir, enum store_mode mode, bool *created, struct err *e);

/* One process at a time opens or closes a project: while SQLite makes the write-ahead log or takes it away it may
 * say "locked" at once, without waiting. Returns a descriptor, to be closed to unlock; -1 (e) after DB_BUSY_MS.
 * A process that dies gives it up. */
int project_dir_lock(const char *dir, struct err *e);

/* What was made, linked or renamed in DIR keeps its name through a power cut from here on. */
bool directory_sync(const char *dir, struct err *e);

/* Why a file system cannot hold a project ("NFS"), or NULL. magic: statfs f_type; fuse_type: the mount's type
 * ("fuse.sshfs") for FUSE, else "". */
const char *filesystem_refusal(unsigned long magic, const char *fuse_type);

/* A file that only its owner may read; false (INPUT) says what to do. Nothing there is true with *there false. */
bool private_file_check(const char *path, bool *there, struct err *e);

#endif
