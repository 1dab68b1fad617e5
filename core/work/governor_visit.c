/* SPDX-License-Identifier: MIT
 *
 * governor_visit.c - places and bytes of those who only look (visit.h): both sides are read.
 */
#include "core/work/governor_int.h"

/* What the place is known to take; the project's number of jobs is for those that are moved. */
static unsigned takes(const struct governor *g, const char *name, const struct place *p) {
	const struct host_rule *rule = rule_for(g, name);
	unsigned most = rule && rule->at_once ? rule->at_once : LIMIT_OFF;
	return p && p->limit < most ? p->limit : most;
}

static bool room_at(const struct governor *g, const char *name, wall_ms_t *until, struct err *why) {
	const struct place *p = place_find(g, name);
	if (place_held(g, p)) {
		*until = p->held_until;
		return err_set(why, p->cat ? p->cat : ERR_THROTTLED, "%.200s starts nothing new for now: %s", name,
			       p->why);
	}
	if (!p || p->running < takes(g, name, p))
		return true;
	return err_set(why, ERR_CONN_LIMIT, "%.200s takes %u at once", name, takes(g, name, p));
}

bool governor_try_visit(struct governor *g, const struct lease *l, wall_ms_t *until, struct err *why) {
	char source[HOST_KEY_MAX], target[HOST_KEY_MAX];
	host_of(source, l->source_key);
	host_of(target, l->key);
	pthread_mutex_lock(&g->mu);
	bool ok = room_at(g, source, until, why) && room_at(g, target, until, why) &&
		  room_at(g, l->source_key, until, why) && room_at(g, l->key, until, why) &&
		  day_free(g, l->source_key, TRAFFIC_DOWN, until, why) && day_free(g, l->key, TRAFFIC_DOWN, until, why);
	if (ok)
		places_enter(g, l);
	pthread_mutex_unlock(&g->mu);
	return ok;
}

bool governor_looked(struct governor *g, const struct lease *l, uint64_t source, uint64_t target, struct err *e) {
	wall_ms_t until = 0;
	pthread_mutex_lock(&g->mu);
	bucket_take(&g->bucket, source + target);
	day_count(g, l->source_key, TRAFFIC_DOWN, source);
	day_count(g, l->key, TRAFFIC_DOWN, target);
	bool ok = day_free(g, l->source_key, TRAFFIC_DOWN, &until, e) && day_free(g, l->key, TRAFFIC_DOWN, &until, e);
	pthread_mutex_unlock(&g->mu);
	return ok;
}
