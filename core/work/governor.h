/* SPDX-License-Identifier: MIT
 *
 * governor.h - how much at once: mailboxes per host and per account, bytes per second, bytes per day.
 *
 * A place is a host ("name:port") or an account ("name:port/user"); a running mailbox occupies its source host, source
 * account and target host (the target account has one writer anyway: leases.h). A host takes as many mailboxes as the
 * operator's rule says, else the project's jobs; a source account what its provider is known to bear, else the jobs.
 * What servers say changes that, and it comes back by itself:
 *
 *   throttled, this account     the account's number is halved. The host's too when a quarter of those that run there
 *                               were throttled within a minute: then it is the host, whatever it says
 *   throttled, the server       the host's number is halved
 *                               Whoever was meant, account or host: nothing new starts there for the time it asked for
 *   connection limit            one fewer than are connected now: the account, or the host when the text speaks of it
 *   a calm minute               one more, up to what it was; ten calm minutes after a connection limit, because that
 *                               is a fixed number, and asking every minute would be refused every minute
 *
 *   five in a row cannot reach  nothing starts at the host for 15 s, then one mailbox tries; twice as long each time
 *   the host                    that one fails too, up to 5 minutes. After an hour mailboxes may try, and fail
 *
 * Never below one; halved once in ten seconds at most, because those in flight all report the same event. A mailbox
 * that waits for more than some seconds is in the queue and occupies nothing. What was learned is kept in the store
 * (limits.h) for the next worker and for front ends.
 *
 * All functions may be called from any thread.
 */
#ifndef MAILVAN_WORK_GOVERNOR_H
#define MAILVAN_WORK_GOVERNOR_H

#include "core/base/log.h"
#include "core/store/leases.h"
#include "core/store/limits.h"

struct governor_config {
	struct store *store;
	struct log *log;	    /* may be NULL */
	mono_ms_t (*clock)(void);   /* NULL = mono_ms; tests bring their own */
	wall_ms_t (*calendar)(void); /* NULL = wall_ms */
};

struct governor;
struct governor *governor_new(const struct governor_config *c, struct err *e);
void governor_free(struct governor *g); /* writes what is left to write */

/* The project's wishes, at the start and whenever they change: mailboxes at once, bytes per second (0 = no cap). */
void governor_wish(struct governor *g, unsigned jobs, uint64_t rate);
/* Read the operator's rules for hosts again. */
bool governor_read_rules(struct governor *g, struct err *e);
/* Once a second or so: lets numbers grow again and writes down what changed. */
void governor_tick(struct governor *g);

/* May a mailbox start? For lease_next_through; arg is the governor. */
enum lease_verdict governor_ask(void *arg, const struct lease_asked *q, wall_ms_t *until, struct err *why);
/* The places of a lease that was just handed out; never refused. */
void governor_enter(struct governor *g, const struct lease *l);
/* The same for somebody who asks for himself; false: there is no room. */
bool governor_try_enter(struct governor *g, const struct lease *l);
void governor_leave(struct governor *g, const struct lease *l);
/* The same for one more connection to the target's host only. */
bool governor_try_widen(struct governor *g, const struct lease *l);
void governor_narrow(struct governor *g, const struct lease *l);
/* What a server of this mailbox said, or that it did not answer. */
void governor_refused(struct governor *g, const struct lease *l, const struct err *e);
/* It answers. */
void governor_reached(struct governor *g, const struct lease *l, enum err_side side);
/* Whether it will answer: HELD, it is left alone until *until; NONE, it has been away for too long to wait for it. */
enum governor_hope { HOPE_OPEN, HOPE_HELD, HOPE_NONE };
enum governor_hope governor_hope(struct governor *g, const struct lease *l, enum err_side side, wall_ms_t *until);

/* For those who only look (visit.h): in, where there is room and nothing has to be waited for; else why, and *until
 * when (0 = not known). */
bool governor_try_visit(struct governor *g, const struct lease *l, wall_ms_t *until, struct err *why);
/* Bytes that were read of both sides. False with DailyBudget: a day is used up. */
bool governor_looked(struct governor *g, const struct lease *l, uint64_t source, uint64_t target, struct err *e);

/* Bytes that were moved; source bytes also count for the bandwidth cap. */
void governor_moved(struct governor *g, const struct lease *l, uint64_t down, uint64_t up);
/* How long to wait before reading on; 0 = read. The cap is the project's: all its processes share it (store/rate.h). */
unsigned governor_read_pause_ms(struct governor *g);
/* Our own count: no server said it, so the error's side is NONE. False with DailyBudget and the time until it is free
 * again in wait_ms when an account has used up its day. */
bool governor_check_day(struct governor *g, const struct lease *l, struct err *e);

#endif
