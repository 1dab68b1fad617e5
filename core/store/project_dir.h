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

/* Why a file system cannot hold a project ("NFS"), or NULL. magic: statfs f_type; fuse_type: the mount's type
 * ("fuse.sshfs") for FUSE, else "". */
const char *filesystem_refusal(unsigned long magic, const char *fuse_type);

/* A file that only its owner may read; false (INPUT) says what to do. Nothing there is true with *there false. */
bool private_file_check(const char *path, bool *there, struct err *e);

#endif
