/* SPDX-License-Identifier: MIT
 *
 * governor_int.h - internal to the governor: its places, and the day's bytes of an account.
 */
#ifndef MAILVAN_WORK_GOVERNOR_INT_H
#define MAILVAN_WORK_GOVERNOR_INT_H

#include <pthread.h>

#include "core/work/bucket.h"
#include "core/work/governor.h"
#include "core/work/provider.h"

#define LIMIT_OFF UINT32_MAX /* nothing was learned */
#define HITS 16
#define BUCKETS 256
#define CALM_MS 60000
#define CALM_CONNECTIONS_MS 600000
#define HIT_MS 60000
#define HOLD_LONGEST_MS (25 * 3600 * 1000LL) /* a day's bytes, counted by the hour: the longest that a place is held */

/* Bytes of one direction: what the store knew at `read` and what came since. */
struct day {
	bool known;
	uint64_t used, unwritten;
	wall_ms_t frees, read;
	mono_ms_t written;
};

struct hit {
	mono_ms_t at;
	uint32_t account; /* hash of its name */
};

struct place {
	struct place *next;
	unsigned running;
	unsigned limit;		 /* learned; LIMIT_OFF = none */
	mono_ms_t step_at;	 /* when the limit grows by one */
	mono_ms_t cut_at;	 /* last halving */
	struct hit hits[HITS];	 /* host: its accounts that were throttled last */
	unsigned hit_next;
	mono_ms_t hit_at; /* the last of them */
	wall_ms_t changed, held_until; /* held_until: nothing new starts */
	/* A host that does not answer (governor_reach.c): failures in a row, since when, and how often it was left
	 * alone for that. probing: it is held only until one mailbox has tried. */
	unsigned failures, holds;
	wall_ms_t down_since;
	mono_ms_t failed_at;
	bool probing;
	struct day day[2];
	bool unsaved;
	enum err_cat cat; /* of why */
	char why[200];
	uint32_t name_hash;
	char name[];
};

struct governor {
	struct store *store;
	struct log *log;
	mono_ms_t (*clock)(void);
	wall_ms_t (*calendar)(void);
	pthread_mutex_t mu;
	unsigned jobs;
	struct bucket bucket;
	bool filling; /* somebody asks the store for more */
	struct host_rule *rules;
	size_t rule_count, rule_cap;
	struct place *places[BUCKETS];
};

/* The host's part of an account or host name. */
void host_of(char dst[HOST_KEY_MAX], const char *place);
struct place *place_find(const struct governor *g, const char *name);
/* NULL when memory is short: then nothing is learned of it. */
struct place *place_get(struct governor *g, const char *name);
/* The rule that counts for a host, or NULL. */
const struct host_rule *rule_for(const struct governor *g, const char *host);

/* governor.c, with the lock held: one more at the places of a lease. */
void places_enter(struct governor *g, const struct lease *l);

/* governor_place.c; the lock is held in all of these. */
unsigned place_wish(const struct governor *g, const char *name);
unsigned place_limit_of(const struct governor *g, const char *name, const struct place *p); /* p may be NULL */
bool place_held(const struct governor *g, const struct place *p);
bool place_has_room(const struct governor *g, const char *name);
void place_refused(struct governor *g, struct place *account, struct place *host, const struct err *e);

/* governor_reach.c, with the lock held. */
void place_reached(struct place *host);
void place_unreachable(struct governor *g, struct place *host, const struct err *e);
/* The first that enters a host again that was left alone: the others wait for what it finds. */
void place_probe(struct governor *g, struct place *host);
bool place_failing(const struct governor *g, const struct place *host);

/* governor_day.c, with the lock held. False: the day is used up until *until. */
bool day_free(struct governor *g, const char *account, enum traffic direction, wall_ms_t *until, struct err *why);
void day_count(struct governor *g, const char *account, enum traffic direction, uint64_t bytes);
void day_write(struct governor *g, struct place *p, bool all);

#endif
