/* SPDX-License-Identifier: MIT
 *
 * store.h - a project: one directory (0700) with project.db, the vault key, logs and spool.
 *
 * The store is the truth; several processes have it open at once (WAL). Within a process
 * one writer thread commits in groups; every function here is thread-safe and
 * blocks until its own write is committed, unless it says "lazy". FULL means that the
 * commit was synced to disk before the function returned (design section 5).
 * SQL and SQLite stay inside core/store.
 */
#ifndef MAILVAN_STORE_STORE_H
#define MAILVAN_STORE_STORE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/base/clock.h"
#include "core/base/err.h"
#include "core/base/log.h"

struct store;

/* LOOK: must exist, and is opened on a disk that is mounted read-only too, where every write fails. For what reads and
 * ends: once the disk is mounted for writing again, such a handle does not see what others change. */
enum store_mode { STORE_MUST_EXIST, STORE_CREATE, STORE_LOOK };

/* Creates DIR (0700) and the project where mode allows; migrates an older schema
 * forward; refuses a newer one, a network file system, and a directory or key file
 * that others can read (each with a sentence that says what to do). */
struct store *store_open(const char *dir, enum store_mode mode, struct log *log, struct err *e);
/* Commits what is queued. */
void store_close(struct store *s);
const char *store_dir(const struct store *s);
/* From here on this handle adds no task that changes a tenant, and carries none out (tasks.h). */
void store_read_only(struct store *s);
bool store_is_read_only(const struct store *s);

/* Changes whenever any process has committed anything: cheap to poll (data_version). */
uint64_t store_version(struct store *s);
/* Wait until everything queued so far (lazy writes too) is committed. */
bool store_flush(struct store *s, struct err *e);
/* For body fingerprints: ident_body. As long as the store is open. */
const struct digest_key *store_digest_key(const struct store *s);
/* An O_TMPFILE in DIR, 0600, for a message that is too large to hold; -1 on error. */
int store_spool(struct store *s, struct err *e);

/* $XDG_DATA_HOME/mailvan/default or ~/.local/share/mailvan/default. */
bool store_default_dir(char *dst, size_t size, struct err *e);

#endif
