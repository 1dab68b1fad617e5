/* SPDX-License-Identifier: MIT
 *
 * governor_place.c - how many mailboxes a host or an account takes, and what a server's refusal makes of that.
 */
#include <stdlib.h>
#include <string.h>

#include "core/base/text.h"
#include "core/work/governor_int.h"

#define CUT_MS 10000
#define HIT_SHARE 4 /* of those that run there */

void host_of(char dst[HOST_KEY_MAX], const char *place) {
	const char *slash = strchr(place, '/');
	size_t n = slash ? (size_t)(slash - place) : strlen(place);
	if (n >= HOST_KEY_MAX)
		n = HOST_KEY_MAX - 1;
	memcpy(dst, place, n);
	dst[n] = '\0';
}

static uint32_t hash_of(const char *name) {
	uint32_t h = 2166136261u; /* FNV-1a */
	for (; *name; name++)
		h = (h ^ (unsigned char)*name) * 16777619u;
	return h;
}

struct place *place_find(const struct governor *g, const char *name) {
	struct place *p = g->places[hash_of(name) % BUCKETS];
	while (p && strcmp(p->name, name) != 0)
		p = p->next;
	return p;
}

struct place *place_get(struct governor *g, const char *name) {
	struct place *p = place_find(g, name);
	size_t n = strlen(name) + 1;
	uint32_t hash = hash_of(name);
	if (p || n > PLACE_MAX)
		return p;
	p = calloc(1, sizeof *p + n);
	if (!p)
		return NULL;
	memcpy(p->name, name, n);
	p->limit = LIMIT_OFF;
	p->cut_at = -CUT_MS;
	p->hit_at = -HIT_MS;
	for (size_t i = 0; i < HITS; i++)
		p->hits[i].at = -HIT_MS;
	p->name_hash = hash;
	p->next = g->places[hash % BUCKETS];
	g->places[hash % BUCKETS] = p;
	return p;
}

/* ---- how many a place takes ---- */

const struct host_rule *rule_for(const struct governor *g, const char *host) {
	const char *colon = strrchr(host, ':');
	size_t n = colon ? (size_t)(colon - host) : strlen(host);
	const struct host_rule *by_name = NULL;
	for (size_t i = 0; i < g->rule_count; i++) {
		const struct host_rule *r = &g->rules[i];
		if (strcmp(r->host, host) == 0)
			return r;
		if (strlen(r->host) == n && strncmp(r->host, host, n) == 0)
			by_name = r;
	}
	return by_name;
}

unsigned place_wish(const struct governor *g, const char *name) {
	char host[HOST_KEY_MAX];
	host_of(host, name);
	if (!strchr(name, '/')) {
		const struct host_rule *rule = rule_for(g, host);
		return rule && rule->at_once ? rule->at_once : g->jobs;
	}
	const struct provider *p = provider_of(host);
	return p && p->per_account && p->per_account < g->jobs ? p->per_account : g->jobs;
}

unsigned place_limit_of(const struct governor *g, const char *name, const struct place *p) {
	unsigned wish = place_wish(g, name);
	return p && p->limit < wish ? p->limit : wish;
}

bool place_held(const struct governor *g, const struct place *p) { return p && p->held_until > g->calendar(); }

bool place_has_room(const struct governor *g, const char *name) {
	const struct place *p = place_find(g, name);
	return !place_held(g, p) && (!p || p->running < place_limit_of(g, name, p));
}

/* ---- what servers say ---- */

static void set_limit(struct governor *g, struct place *p, unsigned limit, mono_ms_t calm, const struct err *e) {
	p->limit = limit < 1 ? 1 : limit;
	p->step_at = g->clock() + calm;
	p->changed = g->calendar();
	p->unsaved = true;
	p->cat = e->cat;
	text_copy(p->why, sizeof p->why, e->text);
	log_line(g->log, LOG_INFO, p->name, "takes %u at once from now on: %s", p->limit, e->text);
}

static unsigned at_work(const struct governor *g, const struct place *p) {
	unsigned limit = place_limit_of(g, p->name, p);
	return p->running && p->running < limit ? p->running : limit;
}

static void halve(struct governor *g, struct place *p, const struct err *e) {
	if (g->clock() - p->cut_at < CUT_MS) {
		p->step_at = g->clock() + CALM_MS; /* not calm */
		return;
	}
	p->cut_at = g->clock();
	set_limit(g, p, at_work(g, p) / 2, CALM_MS, e);
}

static void one_fewer(struct governor *g, struct place *p, const struct err *e) {
	set_limit(g, p, at_work(g, p) - 1, CALM_CONNECTIONS_MS, e);
}

static void hold(struct governor *g, struct place *p, unsigned ms, const struct err *e) {
	wall_ms_t until = g->calendar() + ms;
	if (!ms || until <= p->held_until)
		return;
	p->held_until = until;
	p->changed = g->calendar();
	p->unsaved = true;
	p->cat = e->cat;
	text_copy(p->why, sizeof p->why, e->text);
}

/* One account was throttled. Are that so many of the host that it is the host? */
static bool host_is_meant(struct governor *g, struct place *host, const struct place *account) {
	unsigned hits = 0;
	mono_ms_t now = g->clock();
	struct hit *mine = &host->hits[host->hit_next % HITS];
	for (size_t i = 0; account && i < HITS; i++)
		if (host->hits[i].account == account->name_hash)
			mine = &host->hits[i];
	host->hit_next += mine == &host->hits[host->hit_next % HITS];
	*mine = (struct hit){ now, account ? account->name_hash : 0 };
	host->hit_at = now;
	for (size_t i = 0; i < HITS; i++)
		hits += now - host->hits[i].at < HIT_MS;
	return hits == HITS || hits * HIT_SHARE >= host->running;
}

void place_refused(struct governor *g, struct place *account, struct place *host, const struct err *e) {
	bool server = e->scope == ERR_SCOPE_SERVER;
	switch (e->cat) {
	case ERR_THROTTLED:
		if (account && !server)
			halve(g, account, e);
		if (host && (server || host_is_meant(g, host, account)))
			halve(g, host, e);
		if (server ? host : account)
			hold(g, server ? host : account, e->wait_ms, e);
		break;
	case ERR_CONN_LIMIT:
		if (server ? host : account)
			one_fewer(g, server ? host : account, e);
		break;
	case ERR_DAILY_BUDGET:
		if (account)
			hold(g, account, e->wait_ms, e);
		break;
	default:
		break;
	}
}
