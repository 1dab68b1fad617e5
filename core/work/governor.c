/* SPDX-License-Identifier: MIT
 *
 * governor.c - coming and going, bytes, and the passing of time. See governor.h.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/base/text.h"
#include "core/store/rate.h"
#include "core/work/governor_int.h"

#define RULES_MAX 10000

void governor_refused(struct governor *g, const struct lease *l, const struct err *e) {
	char host[HOST_KEY_MAX];
	const char *account = e->side == ERR_SIDE_SOURCE ? l->source_key : l->key;
	if (e->side == ERR_SIDE_NONE)
		return;
	host_of(host, account);
	pthread_mutex_lock(&g->mu);
	struct place *h = place_get(g, host);
	if (h && e->reach != ERR_REACHED)
		place_unreachable(g, h, e);
	else if (h && e->cat != ERR_NET && e->cat != ERR_CANCELLED)
		place_reached(h); /* it has spoken */
	if (e->cat == ERR_THROTTLED || e->cat == ERR_CONN_LIMIT || e->cat == ERR_DAILY_BUDGET)
		place_refused(g, place_get(g, account), h, e);
	pthread_mutex_unlock(&g->mu);
}

/* ---- coming and going ---- */

/* The places of a lease, each once. */
struct places {
	char source[HOST_KEY_MAX], target[HOST_KEY_MAX];
	const char *name[3];
	size_t n;
};

static void places_of(struct places *ps, const struct lease *l) {
	host_of(ps->source, l->source_key);
	host_of(ps->target, l->key);
	ps->name[0] = l->source_key;
	ps->name[1] = ps->source;
	ps->name[2] = ps->target;
	ps->n = strcmp(ps->source, ps->target) == 0 ? 2 : 3;
}

/* What a server asked of an account outlives the run that heard it. */
static bool account_free(const struct governor *g, const char *account, wall_ms_t *until, struct err *why) {
	const struct place *p = place_find(g, account);
	if (!place_held(g, p))
		return true;
	err_set(why, p->cat ? p->cat : ERR_DAILY_BUDGET, "%s", p->why);
	*until = p->held_until;
	return false;
}

enum lease_verdict governor_ask(void *arg, const struct lease_asked *q, wall_ms_t *until, struct err *why) {
	struct governor *g = arg;
	enum lease_verdict v = LEASE_YES;
	pthread_mutex_lock(&g->mu);
	if (!place_has_room(g, q->target_host))
		v = LEASE_TARGET_HOST;
	else if (q->source_host[0] && !place_has_room(g, q->source_host))
		v = LEASE_SOURCE_HOST;
	else if (q->source &&
		 (!account_free(g, q->source, until, why) || !account_free(g, q->target, until, why) ||
		  !day_free(g, q->source, TRAFFIC_DOWN, until, why) ||
		  !day_free(g, q->target, TRAFFIC_UP, until, why)))
		v = LEASE_LATER;
	else if (q->source && !place_has_room(g, q->source))
		v = LEASE_SOURCE_ACCOUNT;
	pthread_mutex_unlock(&g->mu);
	return v;
}

void places_enter(struct governor *g, const struct lease *l) {
	struct places ps;
	places_of(&ps, l);
	for (size_t i = 0; i < ps.n; i++) {
		struct place *p = place_get(g, ps.name[i]);
		if (!p)
			continue;
		p->running++;
		place_probe(g, p);
	}
}

void governor_enter(struct governor *g, const struct lease *l) {
	pthread_mutex_lock(&g->mu);
	places_enter(g, l);
	pthread_mutex_unlock(&g->mu);
}

bool governor_try_enter(struct governor *g, const struct lease *l) {
	struct places ps;
	bool room = true;
	places_of(&ps, l);
	pthread_mutex_lock(&g->mu);
	for (size_t i = 0; i < ps.n && room; i++)
		room = place_has_room(g, ps.name[i]);
	if (room)
		places_enter(g, l);
	pthread_mutex_unlock(&g->mu);
	return room;
}

void governor_leave(struct governor *g, const struct lease *l) {
	struct places ps;
	places_of(&ps, l);
	pthread_mutex_lock(&g->mu);
	for (size_t i = 0; i < ps.n; i++) {
		struct place *p = place_get(g, ps.name[i]);
		if (p && p->running)
			p->running--;
	}
	pthread_mutex_unlock(&g->mu);
}

bool governor_try_widen(struct governor *g, const struct lease *l) {
	char host[HOST_KEY_MAX];
	host_of(host, l->key);
	pthread_mutex_lock(&g->mu);
	struct place *p = place_has_room(g, host) ? place_get(g, host) : NULL;
	if (p)
		p->running++;
	pthread_mutex_unlock(&g->mu);
	return p != NULL;
}

void governor_narrow(struct governor *g, const struct lease *l) {
	char host[HOST_KEY_MAX];
	host_of(host, l->key);
	pthread_mutex_lock(&g->mu);
	struct place *p = place_find(g, host);
	if (p && p->running)
		p->running--;
	pthread_mutex_unlock(&g->mu);
}

/* ---- bytes ---- */

void governor_moved(struct governor *g, const struct lease *l, uint64_t down, uint64_t up) {
	pthread_mutex_lock(&g->mu);
	bucket_take(&g->bucket, down);
	day_count(g, l->source_key, TRAFFIC_DOWN, down);
	day_count(g, l->key, TRAFFIC_UP, up);
	pthread_mutex_unlock(&g->mu);
}

/* Without the lock while the store is asked: a disk that is busy holds up nobody but the readers. A store that does not
 * answer is no reason to read without a cap. */
static void refill(struct governor *g, uint64_t bytes) {
	uint64_t rate = g->bucket.rate;
	wall_ms_t now = g->calendar(), until;
	struct err e;
	g->filling = true;
	pthread_mutex_unlock(&g->mu);
	if (!rate_take(g->store, bytes, rate, now, &until, &e)) {
		log_line(g->log, LOG_WARN, "rate", "%s", e.text);
		until = now + (wall_ms_t)((double)bytes * 1000 / (double)rate);
	}
	pthread_mutex_lock(&g->mu);
	g->filling = false;
	bucket_got(&g->bucket, bytes, until - now, g->clock());
}

unsigned governor_read_pause_ms(struct governor *g) {
	pthread_mutex_lock(&g->mu);
	uint64_t wants = g->filling ? 0 : bucket_wants(&g->bucket);
	if (wants)
		refill(g, wants);
	unsigned ms = bucket_pause_ms(&g->bucket, g->clock());
	pthread_mutex_unlock(&g->mu);
	return ms;
}

bool governor_check_day(struct governor *g, const struct lease *l, struct err *e) {
	wall_ms_t until = 0;
	pthread_mutex_lock(&g->mu);
	bool ok = day_free(g, l->source_key, TRAFFIC_DOWN, &until, e) && day_free(g, l->key, TRAFFIC_UP, &until, e);
	if (!ok)
		e->wait_ms = (unsigned)(until - g->calendar());
	pthread_mutex_unlock(&g->mu);
	return ok;
}

/* ---- wishes, rules, and the passing of time ---- */

void governor_wish(struct governor *g, unsigned jobs, uint64_t rate) {
	pthread_mutex_lock(&g->mu);
	g->jobs = jobs;
	bucket_set(&g->bucket, rate);
	pthread_mutex_unlock(&g->mu);
}

static bool take_rule(void *arg, const struct host_rule *rule) {
	struct governor *g = arg;
	if (g->rule_count == g->rule_cap) {
		size_t cap = g->rule_cap ? g->rule_cap * 2 : 16;
		struct host_rule *p = cap <= RULES_MAX ? realloc(g->rules, cap * sizeof *p) : NULL;
		if (!p)
			return false;
		g->rules = p;
		g->rule_cap = cap;
	}
	g->rules[g->rule_count++] = *rule;
	return true;
}

bool governor_read_rules(struct governor *g, struct err *e) {
	pthread_mutex_lock(&g->mu);
	g->rule_count = 0;
	bool ok = host_rules_list(g->store, take_rule, g, e);
	pthread_mutex_unlock(&g->mu);
	return ok;
}

static void save(struct governor *g, struct place *p) {
	struct place_limit *l = calloc(1, sizeof *l);
	struct err e;
	if (!l)
		return;
	l->wish = place_wish(g, p->name);
	l->at_once = place_limit_of(g, p->name, p);
	l->changed = p->changed;
	l->held_until = place_held(g, p) ? p->held_until : 0;
	l->cat = p->cat;
	text_copy(l->place, sizeof l->place, p->name);
	text_copy(l->why, sizeof l->why, p->why);
	p->unsaved = !place_limit_save(g->store, l, &e);
	if (p->unsaved)
		log_line(g->log, LOG_WARN, p->name, "%s", e.text);
	free(l);
}

static void pass_time(struct governor *g, struct place *p) {
	mono_ms_t now = g->clock();
	unsigned wish = place_wish(g, p->name);
	for (; p->limit < wish && now >= p->step_at; p->step_at += CALM_MS) {
		p->limit++;
		p->unsaved = true;
		p->changed = g->calendar();
	}
	if (p->limit != LIMIT_OFF && p->limit >= wish) {
		p->limit = LIMIT_OFF;
		p->unsaved = true;
	}
	if (p->held_until && !place_held(g, p)) {
		p->held_until = 0;
		p->unsaved = true;
	}
	day_write(g, p, false);
	if (p->unsaved)
		save(g, p);
}

/* Nobody is there, and nothing is known of it that the store does not know. */
static bool forgettable(const struct governor *g, const struct place *p) {
	return !p->running && !place_failing(g, p) && p->limit == LIMIT_OFF && !p->held_until && !p->unsaved &&
	       g->clock() - p->hit_at >= HIT_MS && !p->day[0].unwritten &&
	       !p->day[1].unwritten;
}

void governor_tick(struct governor *g) {
	pthread_mutex_lock(&g->mu);
	for (size_t i = 0; i < BUCKETS; i++) {
		for (struct place **at = &g->places[i]; *at;) {
			struct place *p = *at;
			pass_time(g, p);
			if (forgettable(g, p)) {
				*at = p->next;
				free(p);
			} else {
				at = &p->next;
			}
		}
	}
	pthread_mutex_unlock(&g->mu);
}

/* A connection limit is a fixed number: what was left of its ten minutes is left. */
static mono_ms_t calm_left(const struct governor *g, const struct place_limit *l) {
	wall_ms_t left = l->changed + CALM_CONNECTIONS_MS - g->calendar();
	if (l->cat != ERR_CONN_LIMIT || left < CALM_MS)
		return CALM_MS;
	return left < CALM_CONNECTIONS_MS ? left : CALM_CONNECTIONS_MS;
}

/* Written while the clock was ahead, it lasts as long as was meant, from now on; and never longer than a hold can. */
static wall_ms_t hold_left(const struct governor *g, const struct place_limit *l) {
	wall_ms_t now = g->calendar();
	wall_ms_t until = l->changed > now ? now + (l->held_until - l->changed) : l->held_until;
	return !l->held_until ? 0 : until < now + HOLD_LONGEST_MS ? until : now + HOLD_LONGEST_MS;
}

/* What the last worker learned. */
static bool recall(void *arg, const struct place_limit *l) {
	struct governor *g = arg;
	struct place *p = place_get(g, l->place);
	if (!p)
		return false;
	if (l->at_once < l->wish)
		p->limit = l->at_once ? l->at_once : 1;
	p->step_at = g->clock() + calm_left(g, l);
	p->changed = l->changed;
	p->cat = l->cat;
	p->held_until = hold_left(g, l);
	if (p->held_until != l->held_until) {
		p->changed = g->calendar();
		p->unsaved = true;
	}
	text_copy(p->why, sizeof p->why, l->why);
	return true;
}

struct governor *governor_new(const struct governor_config *c, struct err *e) {
	struct governor *g = calloc(1, sizeof *g);
	if (!g) {
		err_nomem(e);
		return NULL;
	}
	g->store = c->store;
	g->log = c->log;
	g->clock = c->clock ? c->clock : mono_ms;
	g->calendar = c->calendar ? c->calendar : wall_ms;
	g->jobs = 1;
	pthread_mutex_init(&g->mu, NULL);
	if (governor_read_rules(g, e) && place_limits_list(g->store, recall, g, e))
		return g;
	governor_free(g);
	return NULL;
}

void governor_free(struct governor *g) {
	if (!g)
		return;
	for (size_t i = 0; i < BUCKETS; i++) {
		for (struct place *p = g->places[i], *next; p; p = next) {
			next = p->next;
			day_write(g, p, true);
			if (p->unsaved)
				save(g, p);
			free(p);
		}
	}
	pthread_mutex_destroy(&g->mu);
	free(g->rules);
	free(g);
}
