/* SPDX-License-Identifier: MIT
 *
 * store_int.h - what the files of core/store share about an open project.
 */
#ifndef MAILVAN_STORE_STORE_INT_H
#define MAILVAN_STORE_STORE_INT_H

#include <pthread.h>

#include "core/base/hash.h"
#include "core/store/db.h"
#include "core/store/readers.h"
#include "core/store/store.h"
#include "core/store/vault.h"
#include "core/store/writer.h"

/* Workers that one handle may register (tests use several). */
#define STORE_WORKERS_MAX 16

struct store {
	char *dir;
	struct log *log;
	struct vault vault;
	struct digest_key digest_key;
	struct writer *writer;
	struct readers *readers;
	int64_t lease_ms; /* LEASE_MS; shorter in tests */

	/* A connection that writes nothing, so that its data_version also moves for our own commits. */
	pthread_mutex_t watch_lock;
	struct db watch;

	pthread_mutex_t workers_lock;
	int64_t workers[STORE_WORKERS_MAX]; /* registered through this handle */
	unsigned worker_count;

	bool read_only; /* of tenants: tasks.h */
	struct ordinals *ordinals; /* POP3 enumerations under way; the writer thread's */
};

/* digest_key.c: made the first time. Called under the lock of the directory. */
bool digest_key_open(struct db *db, struct digest_key *key, struct err *e);

/* What verify has kept of a mailbox goes with it (verification.c). */
bool verification_forget(struct db *db, int64_t mailbox, struct err *e);

/* Is the worker one of this handle's? Any worker at all with id 0. */
bool store_has_worker(struct store *s, int64_t worker);

/* A read transaction; every function that reads begins and ends with these. */
static inline struct db *store_read(struct store *s, struct err *e) {
	return reader_get(s->readers, e);
}
static inline void store_read_end(struct store *s, struct db *db) {
	reader_put(s->readers, db);
}

#endif
