/* SPDX-License-Identifier: MIT
 *
 * leases_int.h - fencing, dead workers and wishes, shared by leases, ledger and commands.
 */
#ifndef MAILVAN_STORE_LEASES_INT_H
#define MAILVAN_STORE_LEASES_INT_H

#include "core/store/leases.h"
#include "core/store/store_int.h"

/* mailbox.wish: what was asked of a mailbox while a worker has it. GO_ON withdraws the other
 * two: a mailbox that is paused or stopped in the meantime is queued again. */
enum wish_stored { WISHED_NOTHING = 0, WISHED_PAUSE = 1, WISHED_STOP = 2, WISHED_GO_ON = 3 };

/* What a query for tests must say for the partial index to be used: SQLite sees no more than that the words are the
 * same. Without it a worker that has nothing to do reads the whole table every two seconds. */
#define TEST_INDEXED "test IN (1, 2)"

/* How long to wait for a killed worker to be gone. */
#define KILL_WAIT_MS 10000

/* LEASE_LOST unless the lease is still this worker's. Inside a write operation. */
bool lease_check(struct db *db, const struct lease *l, struct err *e);
/* LEASE_LOST unless the worker is still registered. Inside a write operation. */
bool worker_check(struct db *db, int64_t worker, struct err *e);
/* The mailbox is nobody's any more: states that mean "in hand" become what was wished for, else Queued. */
bool mailbox_let_go(struct db *db, int64_t mailbox, struct err *e);

/* What to do about a worker that is silent but there: end it, or leave that to a worker. */
enum reap_how { REAP_GONE, REAP_AND_KILL };
/* Frees the leases of workers that are dead or expired. Not inside a write operation. */
bool workers_reap(struct store *s, enum reap_how how, struct err *e);

#endif
