/* SPDX-License-Identifier: MIT
 *
 * governor_reach.c - hosts that do not answer: the circuit breaker (reference/correctness.md section 5).
 *
 * One mailbox after another would wait for its own time-out, and all of them would have failed before a server that is
 * away for two minutes is back. So the host is left alone, and asked by one mailbox at a time, less and less often.
 */
#include <stdio.h>

#include "core/base/text.h"
#include "core/work/governor_int.h"

#define FAILURES_MAX 5 /* in a row */
#define HOLD_MS 15000
#define HOLD_MAX_MS 300000
#define PROBE_MS 45000		    /* one try to connect takes 30 s at most */
#define GIVE_UP_MS 3600000	    /* from then on those that wait may try, and fail */
#define FORGET_MS (2 * HOLD_MAX_MS) /* nobody has tried for so long: begin anew */

static bool tripped(const struct place *host) {
	return host->failures >= FAILURES_MAX;
}

static bool given_up(const struct governor *g, const struct place *host) {
	return tripped(host) && g->calendar() - host->down_since >= GIVE_UP_MS;
}

static unsigned hold_ms(const struct place *host) {
	unsigned ms = HOLD_MS << (host->holds < 5 ? host->holds : 5);
	return ms < HOLD_MAX_MS ? ms : HOLD_MAX_MS;
}

void place_reached(struct place *host) {
	if (tripped(host) && host->cat == ERR_NET && host->held_until) {
		host->held_until = 0;
		host->unsaved = true;
	}
	host->failures = host->holds = 0;
	host->probing = false;
}

bool place_failing(const struct governor *g, const struct place *host) {
	return host->failures && g->clock() - host->failed_at < FORGET_MS;
}

void place_unreachable(struct governor *g, struct place *host, const struct err *e) {
	if (!place_failing(g, host)) {
		place_reached(host);
		host->down_since = g->calendar();
	}
	host->failures++;
	host->failed_at = g->clock();
	/* Those that were on their way say the same once more. */
	if (!tripped(host) || (place_held(g, host) && !host->probing))
		return;
	host->probing = false;
	host->held_until = given_up(g, host) ? 0 : g->calendar() + hold_ms(host);
	host->holds++;
	host->changed = g->calendar();
	host->unsaved = true;
	host->cat = ERR_NET;
	text_copy(host->why, sizeof host->why, e->text);
	log_line(g->log, LOG_WARN, host->name, "cannot be reached, next try in %u s: %s", hold_ms(host) / 1000,
		 e->text);
}

void place_probe(struct governor *g, struct place *host) {
	if (!tripped(host) || given_up(g, host) || place_held(g, host))
		return;
	host->probing = true;
	host->held_until = g->calendar() + PROBE_MS;
	host->unsaved = true;
}

/* The host on the side that an error or a login was on; NULL: on none. */
static struct place *host_on(struct governor *g, const struct lease *l, enum err_side side) {
	char host[HOST_KEY_MAX];
	host_of(host, side == ERR_SIDE_SOURCE ? l->source_key : l->key);
	return side == ERR_SIDE_NONE ? NULL : place_get(g, host);
}

void governor_reached(struct governor *g, const struct lease *l, enum err_side side) {
	pthread_mutex_lock(&g->mu);
	struct place *host = host_on(g, l, side);
	if (host)
		place_reached(host);
	pthread_mutex_unlock(&g->mu);
}

enum governor_hope governor_hope(struct governor *g, const struct lease *l, enum err_side side, wall_ms_t *until) {
	enum governor_hope hope = HOPE_OPEN;
	pthread_mutex_lock(&g->mu);
	const struct place *host = host_on(g, l, side);
	if (host && given_up(g, host)) {
		hope = HOPE_NONE;
	} else if (host && tripped(host) && place_held(g, host)) {
		hope = HOPE_HELD;
		*until = host->held_until;
	}
	pthread_mutex_unlock(&g->mu);
	return hope;
}
