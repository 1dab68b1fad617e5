/* SPDX-License-Identifier: MIT
 *
 * governor.c - coming and going, bytes, and the passing of time. See governor.h.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/base/text.h"
#include "core/work/governor_int.h"

#define RULES_MAX 10000

void governor_refused(struct governor *g, const struct lease *l, const struct err *e) {
	char host[HOST_KEY_MAX];
	const char *account = e->side == ERR_SIDE_SOURCE ? l->source_key : l->key;
	if (e->side == ERR_SIDE_NONE ||
	    (e->cat != ERR_THROTTLED && e->cat != ERR_CONN_LIMIT && e->cat != ERR_DAILY_BUDGET))
		return;
	host_of(host, account);
	pthread_mutex_lock(&g->mu);
	place_refused(g, place_get(g, account), place_get(g, host), e);
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

enum lease_verdict governor_ask(void *arg, const struct lease_asked *q, wall_ms_t *until, struct err *why) {
	struct governor *g = arg;
	enum lease_verdict v = LEASE_YES;
	pthread_mutex_lock(&g->mu);
	if (!place_has_room(g, q->target_host, true))
		v = LEASE_TARGET_HOST;
	else if (q->source_host[0] && !place_has_room(g, q->source_host, true))
		v = LEASE_SOURCE_HOST;
	else if (q->source && (!day_free(g, q->source, TRAFFIC_DOWN, until, why) ||
			       !day_free(g, q->target, TRAFFIC_UP, until, why)))
		v = LEASE_LATER;
	else if (q->source && !place_has_room(g, q->source, true))
		v = LEASE_SOURCE_ACCOUNT;
	pthread_mutex_unlock(&g->mu);
	return v;
}

static void count(struct governor *g, const struct places *ps, bool enter, bool waiting) {
	for (size_t i = 0; i < ps->n; i++) {
		struct place *p = place_get(g, ps->name[i]);
		if (!p)
			continue;
		if (enter)
			p->running++;
		else if (!waiting && p->running)
			p->running--;
		if (waiting && p->waiting)
			p->waiting--;
	}
}

void governor_enter(struct governor *g, const struct lease *l) {
	struct places ps;
	places_of(&ps, l);
	pthread_mutex_lock(&g->mu);
	count(g, &ps, true, false);
	pthread_mutex_unlock(&g->mu);
}

bool governor_enter_again(struct governor *g, const struct lease *l, bool waiting, char *why, size_t size) {
	struct places ps;
	const char *full = NULL;
	places_of(&ps, l);
	pthread_mutex_lock(&g->mu);
	for (size_t i = 0; i < ps.n && !full; i++)
		full = place_has_room(g, ps.name[i], false) ? NULL : ps.name[i];
	if (!full)
		count(g, &ps, true, waiting);
	for (size_t i = 0; full && !waiting && i < ps.n; i++) {
		struct place *p = place_get(g, ps.name[i]);
		if (p)
			p->waiting++;
	}
	if (full && place_held(g, place_find(g, full)))
		snprintf(why, size, "%.200s takes nothing new for now", full);
	else if (full)
		snprintf(why, size, "%.200s takes %u at once", full, place_limit_of(g, full, place_find(g, full)));
	pthread_mutex_unlock(&g->mu);
	return !full;
}

void governor_leave(struct governor *g, const struct lease *l, bool waiting) {
	struct places ps;
	places_of(&ps, l);
	pthread_mutex_lock(&g->mu);
	count(g, &ps, false, waiting);
	pthread_mutex_unlock(&g->mu);
}

/* ---- bytes ---- */

void governor_moved(struct governor *g, const struct lease *l, uint64_t down, uint64_t up) {
	pthread_mutex_lock(&g->mu);
	bucket_take(&g->bucket, down, g->clock());
	day_count(g, l->source_key, TRAFFIC_DOWN, down);
	day_count(g, l->key, TRAFFIC_UP, up);
	pthread_mutex_unlock(&g->mu);
}

unsigned governor_read_pause_ms(struct governor *g) {
	pthread_mutex_lock(&g->mu);
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
	bucket_set(&g->bucket, rate, g->clock());
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
	return !p->running && !p->waiting && p->limit == LIMIT_OFF && !p->held_until && !p->unsaved &&
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

/* What the last worker learned. */
static bool recall(void *arg, const struct place_limit *l) {
	struct governor *g = arg;
	struct place *p = place_get(g, l->place);
	if (!p)
		return false;
	if (l->at_once < l->wish)
		p->limit = l->at_once ? l->at_once : 1;
	p->step_at = g->clock() + CALM_MS;
	p->changed = l->changed;
	p->held_until = l->held_until;
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
