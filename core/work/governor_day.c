/* SPDX-License-Identifier: MIT
 *
 * governor_day.c - what an account may move in 24 hours, counted by the hour in the store.
 *
 * Bytes are written every 2 seconds or megabytes; a worker that is killed forgets what came since.
 */
#include <string.h>

#include "core/base/text.h"
#include "core/work/governor_int.h"

#define WRITE_BYTES (2u * 1000 * 1000)
#define WRITE_MS 2000
#define READ_AGAIN_MS 60000 /* bytes leave the window every hour, and other workers add theirs */
#define DAY_MS (24LL * 3600 * 1000)

/* INT64_MAX: no limit. */
static int64_t allowance(const struct governor *g, const char *account, enum traffic direction) {
	char host[HOST_KEY_MAX];
	host_of(host, account);
	const struct host_rule *rule = rule_for(g, host);
	int64_t said = !rule ? RULE_NOT_SAID : direction == TRAFFIC_DOWN ? rule->down : rule->up;
	if (said != RULE_NOT_SAID)
		return said;
	const struct provider *p = provider_of(host);
	int64_t known = !p ? 0 : direction == TRAFFIC_DOWN ? p->down : p->up;
	return known ? known : INT64_MAX;
}

static void write_one(struct governor *g, const char *account, enum traffic direction, struct day *d) {
	struct err e;
	if (!traffic_add(g->store, account, direction, d->unwritten, g->calendar(), &e))
		log_line(g->log, LOG_WARN, account, "%s", e.text);
	d->unwritten = 0;
	d->written = g->clock();
}

void day_write(struct governor *g, struct place *p, bool all) {
	for (int i = 0; i < 2; i++) {
		struct day *d = &p->day[i];
		if (d->unwritten && (all || d->unwritten >= WRITE_BYTES || g->clock() - d->written >= WRITE_MS))
			write_one(g, p->name, (enum traffic)i, d);
	}
}

void day_count(struct governor *g, const char *account, enum traffic direction, uint64_t bytes) {
	struct place *p = bytes ? place_get(g, account) : NULL;
	if (!p)
		return;
	struct day *d = &p->day[direction];
	d->used += bytes;
	d->unwritten += bytes;
	day_write(g, p, false);
}

/* p: the account's place, NULL where nothing came since. */
static bool read_day(struct governor *g, const char *account, enum traffic direction, struct place *p, struct day *d) {
	struct traffic_day stored;
	struct err e;
	wall_ms_t now = g->calendar();
	if (d->known && now - d->read < READ_AGAIN_MS && now >= d->read)
		return true;
	if (p) /* what is on its way to the store is in it before it is asked */
		day_write(g, p, true);
	if ((p && !store_flush(g->store, &e)) ||
	    !traffic_read(g->store, account, direction, now, &stored, &e)) {
		log_line(g->log, LOG_WARN, account, "%s", e.text);
		return false;
	}
	d->used = stored.bytes;
	d->frees = stored.frees;
	d->read = now;
	d->known = true;
	return true;
}

static void used_up(struct err *why, const char *account, enum traffic direction, int64_t limit) {
	char bytes[24];
	text_bytes(bytes, sizeof bytes, (uint64_t)limit);
	err_set(why, ERR_DAILY_BUDGET, "%s has %s all of the %s that it may in 24 hours", account,
		direction == TRAFFIC_DOWN ? "read" : "taken", bytes);
}

bool day_free(struct governor *g, const char *account, enum traffic direction, wall_ms_t *until, struct err *why) {
	wall_ms_t now = g->calendar();
	int64_t limit = allowance(g, account, direction);
	struct place *p = place_find(g, account);
	struct day scratch = { 0 }, *d = p ? &p->day[direction] : &scratch;
	if (place_held(g, p) && p->cat == ERR_DAILY_BUDGET) {
		err_set(why, ERR_DAILY_BUDGET, "%s", p->why);
		*until = p->held_until;
		return false;
	}
	if (limit == INT64_MAX || !read_day(g, account, direction, p, d) || d->used < (uint64_t)limit)
		return true;
	used_up(why, account, direction, limit);
	*until = d->frees > now && d->frees - now <= DAY_MS ? d->frees : now + DAY_MS;
	return false;
}
