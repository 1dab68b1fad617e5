/* SPDX-License-Identifier: MIT
 *
 * mailbox_wait.c - after an attempt that failed: at once again, in some seconds, later from the queue, or never.
 *
 * There is one way to wait for longer: the mailbox is Queued with a time and a reason, in nobody's hand. So a thousand
 * that wait cost rows and nothing else, and another worker knows as much as this one. How long it has tried in vain
 * goes with the row (leases.h).
 */
#include "core/work/governor.h"
#include "core/work/run.h"

#define NOW_MAX 5	/* immediate reconnects without any progress between them */
#define NEVER_MAX 3	/* waits for a server that has never worked for this mailbox and fails it alone */
#define CAREFUL_AFTER 3 /* deaths without progress before messages go one by one */
#define CAREFUL_ROUNDS 6
#define HOUR_MS (3600 * 1000)
#define SHORT_WAIT_MS 5000
#define WAIT_MAX_MS (15 * 60 * 1000)
#define THROTTLE_LIMIT_MS (24LL * HOUR_MS)

static void reset_on_progress(struct run *r, struct patience *p) {
	if (r->settled == p->settled)
		return;
	*p = (struct patience){ .settled = r->settled };
	r->wait_since = 0;
	r->wait_rounds = 0;
}

static bool is_throttle(const struct err *e) {
	return e->cat == ERR_THROTTLED || e->cat == ERR_CONN_LIMIT || e->cat == ERR_DAILY_BUDGET;
}

/* 2, 4, 8 ... seconds, or what the server asked for, and never more than 15 minutes (a day's end: an hour). */
static unsigned wait_for(const struct run *r, const struct err *e) {
	if (e->cat == ERR_DAILY_BUDGET)
		return e->wait_ms ? e->wait_ms : PUT_OFF_MS;
	unsigned ms = e->wait_ms ? e->wait_ms : 1000u << (r->wait_rounds < 10 ? r->wait_rounds : 10);
	return ms < WAIT_MAX_MS ? ms : WAIT_MAX_MS;
}

/* Has that side ever let this mailbox in? */
static bool has_worked(struct run *r, enum err_side side) {
	struct mailbox_row row;
	struct err e;
	if (r->was_connected || !mailbox_get(r->store, r->lease.mailbox, &row, &e))
		return r->was_connected;
	return side == ERR_SIDE_SOURCE ? row.counts.source > 0 : row.counts.copied + row.counts.adopted > 0;
}

/* An hour for what has worked before, and for a host that is away for everybody. What fails one mailbox alone, from
 * the start, is more likely a wrong row than a bad day: a name that nobody knows, a port that refuses. */
static bool worth_waiting(struct run *r, const struct err *why, enum governor_hope hope) {
	wall_ms_t waited = wall_ms() - r->wait_since;
	if (why->cat == ERR_DAILY_BUDGET)
		return true;
	if (is_throttle(why))
		return waited < THROTTLE_LIMIT_MS;
	if (why->reach != ERR_REACHED && hope == HOPE_NONE)
		return false;
	if (why->reach == ERR_UNREACHABLE && hope == HOPE_HELD)
		return true;
	return has_worked(r, why->side) ? waited < HOUR_MS : r->wait_rounds <= NEVER_MAX;
}

static void show_next_try(struct run *r, unsigned ms, enum mailbox_state state, const struct err *why) {
	char at[16];
	struct err shown = *why;
	text_time_of_day(at, sizeof at, wall_ms() + ms);
	err_prefix(&shown, "Next try at %s", at);
	run_set_state(r, state, &shown);
}

/* A wait of seconds, here: the mailbox keeps its job and its places. */
static bool wait_here(struct run *r, unsigned ms, const struct err *why, struct err *e) {
	struct err shown = *why;
	run_wait_words(r, &shown);
	if (is_throttle(why))
		run_throttled(r, wall_ms() + ms, &shown);
	else
		show_next_try(r, ms, MBOX_CONNECTING, &shown);
	if (!run_sleep(r, ms, e))
		return false;
	run_set_state(r, MBOX_CONNECTING, NULL);
	return true;
}

/* Lane 0 speaks for the mailbox. */
bool run_pause(struct run *r, unsigned ms, const struct err *why, struct err *e) {
	log_line(r->cfg->log, LOG_WARN, r->lease.key, "Next try in %u s: %s", ms / 1000, why->text);
	if (!r->main)
		show_next_try(r, ms, MBOX_CONNECTING, why);
	if (!run_sleep(r, ms, e))
		return false;
	if (!r->main)
		run_set_state(r, MBOX_COPYING, NULL);
	return true;
}

/* Is the wait short enough to be sat out? A connection limit is not: whoever was turned away makes room. */
static bool waits_here(const struct err *why, unsigned ms, enum governor_hope hope) {
	return ms <= SHORT_WAIT_MS && why->cat != ERR_CONN_LIMIT && why->cat != ERR_DAILY_BUDGET &&
	       (why->reach == ERR_REACHED || hope == HOPE_OPEN);
}

bool run_again(struct run *r, struct patience *p, struct err *e) {
	struct err why = *e;
	wall_ms_t until = 0, now = wall_ms();
	reset_on_progress(r, p);
	run_refused(r, &why);
	if (why.cat == ERR_CANCELLED || why.cat == ERR_LEASE_LOST || why.retry == ERR_RETRY_NEVER ||
	    why.scope == ERR_SCOPE_PROGRAM)
		return false;
	if (why.reach == ERR_REACHED && !is_throttle(&why) && ++p->deaths >= CAREFUL_AFTER)
		r->careful = true;
	log_line(r->cfg->log, LOG_WARN, r->lease.key, "%s", why.text);
	if (why.retry == ERR_RETRY_NOW && p->now++ < NOW_MAX)
		return run_sleep(r, 100, e);
	if (!r->wait_since || r->wait_since > now)
		r->wait_since = now;
	r->wait_rounds++;
	enum governor_hope hope = governor_hope(r->governor, &r->lease, why.side, &until);
	if (!worth_waiting(r, &why, hope))
		return false;
	unsigned ms = wait_for(r, &why);
	/* Which message a server dies of is known to this run alone. */
	if (r->careful && r->wait_rounds <= CAREFUL_ROUNDS && !is_throttle(&why) && ms > SHORT_WAIT_MS)
		ms = SHORT_WAIT_MS;
	if (waits_here(&why, ms, hope))
		return wait_here(r, ms, &why, e);
	r->put_off = why.reach != ERR_REACHED && hope == HOPE_HELD ? until : now + ms;
	return false;
}
