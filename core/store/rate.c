/* SPDX-License-Identifier: MIT
 *
 * rate.c - one row: when the line is free.
 */
#include "core/store/rate.h"

#include "core/store/store_int.h"

struct take {
	uint64_t bytes, rate;
	int64_t now_us, until_us;
};

static bool take_op(struct store *s, struct db *db, void *arg, struct err *e) {
	struct take *t = arg;
	int64_t free_at = 0;
	(void)s;
	if (!db_int(db, db_query(db, e, "SELECT coalesce(max(free_at), 0) FROM rate"), 0, &free_at, e))
		return false;
	int64_t latest = t->now_us + RATE_WAIT_MAX_MS * 1000LL;
	int64_t start = free_at > latest ? latest : free_at > t->now_us ? free_at : t->now_us;
	double takes = (double)t->bytes * 1e6 / (double)t->rate;
	t->until_us = start + (takes > 1e12 ? 1000000000000LL : (int64_t)takes);
	return db_run(db, e, "INSERT OR REPLACE INTO rate(one, free_at) VALUES(1, ?)", INT(t->until_us));
}

bool rate_take(struct store *s, uint64_t bytes, uint64_t rate, wall_ms_t now, wall_ms_t *until, struct err *e) {
	struct take t = { .bytes = bytes, .rate = rate, .now_us = now * 1000 };
	if (!write_wait(s->writer, WRITE_NORMAL, take_op, &t, e))
		return false;
	*until = t.until_us / 1000;
	return true;
}
