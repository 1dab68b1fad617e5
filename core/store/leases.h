/* SPDX-License-Identifier: MIT
 *
 * leases.h - workers and their leases: never two writers in one target account.
 *
 * A lease is on a target account key and carries a generation that only grows. It is
 * valid for LEASE_MS after the last heartbeat. A worker on this host (same boot id and pid namespace) whose process
 * (pid + start time) is gone has lost its leases at once. One that is there but silent past LEASE_MS
 * (stopped, stuck) is killed with SIGKILL before its leases are taken: a process that is dead
 * cannot wake up and write. On another host the lease just expires.
 */
#ifndef MAILVAN_STORE_LEASES_H
#define MAILVAN_STORE_LEASES_H

#include "core/store/mailboxes.h"

#define LEASE_MS 15000
#define HEARTBEAT_MS 2000

struct worker_info {
	int64_t id;
	int pid;
	char host[128];
	bool here;  /* this host and boot */
	bool alive; /* heartbeat not older than LEASE_MS, and the process exists when here */
	wall_ms_t started, heartbeat;
	unsigned jobs;
	unsigned running;
	char version[32];
};

/* Register this process. */
bool worker_register(struct store *s, unsigned jobs, int64_t *worker, struct err *e);
/* Renew all leases of the worker. false with LEASE_LOST when this worker was declared dead. */
bool worker_heartbeat(struct store *s, int64_t worker, unsigned running, struct err *e);
/* Another number of mailboxes at once, for those who look. */
bool worker_set_jobs(struct store *s, int64_t worker, unsigned jobs, struct err *e);
void worker_unregister(struct store *s, int64_t worker);
/* A live worker, if there is one. */
bool worker_find_live(struct store *s, struct worker_info *out, struct err *e);

struct lease {
	int64_t mailbox, worker;
	uint64_t generation;
	char key[1400];	       /* the target account, which it covers */
	char source_key[1400]; /* the source account, in the same form */
	/* What it has tried in vain until now: the first failure since anything was copied (0 = none), and how often it
	 * was put off since. */
	wall_ms_t wait_since;
	unsigned wait_rounds;
};

/* The scheduler's say in which mailbox is next. Hosts are "name:port"; accounts are NULL while only the hosts are
 * asked about, to pass over all their mailboxes at once. */
enum lease_verdict {
	LEASE_YES,
	LEASE_SOURCE_ACCOUNT, /* what cannot take another one now */
	LEASE_SOURCE_HOST,
	LEASE_TARGET_HOST,
	LEASE_LATER, /* this mailbox not before *until; why says the reason */
};
struct lease_asked {
	const char *source_host, *target_host, *source, *target;
};
struct lease_gate {
	void *arg;
	/* Called on the caller's thread. */
	enum lease_verdict (*ask)(void *arg, const struct lease_asked *q, wall_ms_t *until, struct err *why);
};

/* The next Queued mailbox (lowest id first; filter may be NULL) whose target account is free, leased to this
 * worker in one transaction (FULL) and set to Connecting. *found false: nothing can be started now.
 * Rows whose target is unknown become Failed (Input) here. */
bool lease_next(struct store *s, int64_t worker, const struct mailbox_filter *only, struct lease *out, bool *found,
		struct err *e);
/* The same among those that the gate lets through: lowest id first among the first in the queue, then wherever a host
 * has room. A mailbox for LATER stays Queued with throttled_until and the reason, and comes back by itself. */
bool lease_next_through(struct store *s, int64_t worker, const struct mailbox_filter *only,
			const struct lease_gate *gate, struct lease *out, bool *found, struct err *e);
/* Both account keys of a mailbox, for those who do not lease it. */
bool mailbox_accounts(struct store *s, int64_t mailbox, struct lease *out, struct err *e);
/* Give it back with the final state already set by mailboxes_progress. */
bool lease_release(struct store *s, const struct lease *l, struct err *e);

/* What front ends want of leased mailboxes, and tests wanted: one query per poll. */
struct wish {
	int64_t mailbox;
	enum { WISH_PAUSE, WISH_STOP } what;
};
bool wishes_read(struct store *s, int64_t worker, struct wish *out, size_t cap, size_t *n, struct err *e);
/* Claims one mailbox with a wanted test (sets TEST_RUNNING). */
bool test_next(struct store *s, int64_t worker, int64_t *mailbox, bool *found, struct err *e);

#endif
