/* SPDX-License-Identifier: MIT
 *
 * visit.h - mailboxes that are looked at, not moved (test, verify), under the limits of governor.h: a place at both
 * hosts, times that servers asked for, the day's bytes, the bandwidth cap; and another try after trouble that passes.
 *
 * A visit occupies its places beside the mailboxes that this process moves, and does not wait for the project's number
 * of jobs: only for what a server is known to take, and for the operator's rules.
 */
#ifndef MAILVAN_WORK_VISIT_H
#define MAILVAN_WORK_VISIT_H

#include "core/mail/target.h"
#include "core/store/leases.h"

struct governor;
struct logins;

/* Shared by the threads that visit. */
struct visits {
	struct store *store;
	struct governor *governor;
	struct logins *logins; /* for mail_context; NULL: it has its own */
	/* For people who ask whether a login works: an answer within half a minute, whatever it is. */
	bool impatient;
	/* Why a mailbox waits, in a sentence, from its thread; may be NULL. */
	void (*waits)(void *arg, const char *sentence);
	void *arg;
};

/* A governor of its own, with what the store knows, and logins; jobs 0 and the bandwidth cap: as the project has them.
 */
bool visits_open(struct visits *v, struct store *s, struct log *log, unsigned jobs, struct err *e);
void visits_close(struct visits *v);

/* One mailbox, one thread. */
struct visit {
	const struct visits *all; /* NULL: without limits */
	const struct stop *stop;
	struct lease lease; /* its accounts; nobody has leased it */
	uint64_t source_seen, target_seen;
	unsigned tries;
	bool inside;
};
bool visit_begin(struct visit *v, const struct visits *all, int64_t mailbox, const struct stop *stop, struct err *e);
/* After an attempt that failed with *e and closed its connections: waits, and goes in again. False: *e is final. */
bool visit_again(struct visit *v, struct err *e);
void visit_end(struct visit *v);
/* Counts what was read since the last call on these connections (each may be NULL), and waits for the bandwidth cap.
 * False: the day is used up, or *stop. */
bool visit_read(struct visit *v, const struct source *src, const struct target *dst, struct err *e);
/* The connections are new: they begin to count at 0. */
void visit_connected(struct visit *v);

#endif
