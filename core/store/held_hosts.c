/* SPDX-License-Identifier: MIT
 *
 * held_hosts.c - reads the hosts that are held, once for a list, and fills them in.
 */
#include "core/store/held_hosts.h"

#include <stdlib.h>
#include <string.h>

#include "core/base/text.h"

struct held_host {
	char host[HOST_KEY_MAX], why[ERR_TEXT_MAX];
	wall_ms_t until;
	enum err_cat cat;
};

static int by_host(const void *a, const void *b) {
	const struct held_host *x = a, *y = b;
	return strcmp(x->host, y->host);
}

static bool read_held(struct held_hosts *h, struct db *db, struct err *e) {
	size_t cap = 0;
	int more = -1;
	sqlite3_stmt *st = db_query(db, e,
				    "SELECT place, held_until, cat, why FROM place_limit WHERE held_until > ? AND "
				    "instr(place, '/') = 0 ORDER BY held_until DESC LIMIT ?",
				    INT(wall_ms()), INT(HELD_HOSTS_MAX));
	while (st && (more = db_next(db, st, e)) > 0) {
		if (h->count == cap) {
			cap = cap ? cap * 2 : 16;
			struct held_host *grown = realloc(h->at, cap * sizeof *grown);
			if (!grown) {
				db_done(st);
				return err_nomem(e);
			}
			h->at = grown;
		}
		struct held_host *at = &h->at[h->count++];
		db_text(at->host, sizeof at->host, st, 0);
		at->until = db_i64(st, 1);
		at->cat = err_cat_parse((const char *)sqlite3_column_text(st, 2));
		db_shown(at->why, sizeof at->why, st, 3);
	}
	if (h->count)
		qsort(h->at, h->count, sizeof *h->at, by_host);
	h->read = true;
	return more == 0;
}

static int host_order(const void *key, const void *element) {
	const struct held_host *at = element;
	return strcmp(key, at->host);
}

static const struct held_host *find(const struct held_hosts *h, const char *host) {
	return host && h->count ? bsearch(host, h->at, h->count, sizeof *h->at, host_order) : NULL;
}

bool held_hosts_tell(struct held_hosts *h, struct db *db, const char *source, const char *target,
		     struct mailbox_row *row, struct err *e) {
	if (!h->read && !read_held(h, db, e))
		return false;
	const struct held_host *s = find(h, source), *t = find(h, target);
	const struct held_host *at = !s || (t && t->until > s->until) ? t : s;
	if (at) {
		row->throttled_until = at->until;
		row->error_cat = at->cat;
		text_copy(row->error, sizeof row->error, at->why);
	}
	return true;
}

void held_hosts_free(struct held_hosts *h) {
	free(h->at);
	*h = (struct held_hosts){ 0 };
}
