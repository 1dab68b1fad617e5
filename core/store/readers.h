/* SPDX-License-Identifier: MIT
 *
 * readers.h - a pool of connections that only read, so that lists never wait for the writer.
 */
#ifndef MAILVAN_STORE_READERS_H
#define MAILVAN_STORE_READERS_H

#include "core/store/db.h"

/* Idle connections that are kept, and connections at once; whoever needs one more waits. */
#define READERS_KEPT 8
#define READERS_MAX 64

struct readers;

struct readers *readers_new(const char *dir, struct err *e);
void readers_free(struct readers *r); /* all connections are back */
/* A connection inside a read transaction: all that is read until reader_put is of one instant. */
struct db *reader_get(struct readers *r, struct err *e);
void reader_put(struct readers *r, struct db *db); /* NULL is fine */

#endif
