/* SPDX-License-Identifier: MIT
 *
 * writer.h - the one thread that writes: queued operations, committed in groups.
 *
 * An operation runs on the writer thread inside its own SAVEPOINT: when it fails, what it
 * did is undone and the rest of the group goes on. When the commit itself fails, all of the group
 * has failed. Operations run in the order in which they were queued. An operation must not
 * call anything that waits for the writer.
 */
#ifndef MAILVAN_STORE_WRITER_H
#define MAILVAN_STORE_WRITER_H

#include "core/store/db.h"

struct store;
struct writer;
struct ticket;

/* Lazy: at most this long in the queue. */
#define WRITE_LAZY_MS 200
/* Bounds of the queue: whoever would exceed them waits. */
#define WRITE_QUEUE_OPS 4096
#define WRITE_QUEUE_BYTES (256U * 1024)

enum write_how { WRITE_LAZY, WRITE_NORMAL, WRITE_FULL };

typedef bool write_fn(struct store *s, struct db *db, void *arg, struct err *e);

/* The writer owns db from here on (also on failure). */
struct writer *writer_start(struct store *s, struct db *db, struct err *e);
/* Commits what is queued and closes the connection. */
void writer_stop(struct writer *w);

/* NORMAL or FULL: returns after the commit. arg is borrowed. */
bool write_wait(struct writer *w, enum write_how how, write_fn *run, void *arg, struct err *e);
/* The same under a lease: fails, without being done, when an earlier lazy operation of the lease has failed, also one
 * that was still in the queue. */
bool write_after(struct writer *w, enum write_how how, uint64_t generation, write_fn *run, void *arg, struct err *e);
/* A large argument that the queue owns: released by free() after the operation. */
struct write_job {
	write_fn *run;
	void *arg;
	size_t cost;	     /* bytes that arg holds */
	uint64_t generation; /* of the lease it is done under; 0 = none */
};
/* Takes arg also on failure. Wait for the ticket with ticket_wait (ledger.h). */
struct ticket *write_async(struct writer *w, const struct write_job *job, struct err *e);
/* Fails at once, with the same words, when an earlier lazy operation of the same lease has failed; one that fails while
 * this waits in the queue takes it along. */
bool write_lazy(struct writer *w, const struct write_job *job, struct err *e);
/* The failure that write_lazy would report; true when there is none. */
bool write_check(struct writer *w, uint64_t generation, struct err *e);
/* The lease is given back: forget its failures. */
void write_forget(struct writer *w, uint64_t generation);
/* Returns when everything queued before is committed or has failed. */
void writer_drain(struct writer *w);

#endif
