/* SPDX-License-Identifier: MIT
 *
 * held_hosts.c - reads the hosts that are held, once for a list, and fills them in.
 */
#include "core/store/held_hosts.h"

#include <string.h>

#include "core/base/text.h"

static bool read_held(struct held_hosts *h, struct db *db, struct err *e) {
	int more = -1;
	sqlite3_stmt *st = db_query(db, e,
				    "SELECT place, held_until, cat, why FROM place_limit WHERE held_until > ? AND "
				    "instr(place, '/') = 0 ORDER BY held_until DESC LIMIT ?",
				    INT(wall_ms()), INT(HELD_HOSTS_MAX));
	h->count = 0;
	while (st && (more = db_next(db, st, e)) > 0) {
		struct held_host *at = &h->at[h->count++];
		db_text(at->host, sizeof at->host, st, 0);
		at->until = db_i64(st, 1);
		at->cat = err_cat_parse((const char *)sqlite3_column_text(st, 2));
		db_shown(at->why, sizeof at->why, st, 3);
	}
	h->read = true;
	return more == 0;
}

bool held_hosts_tell(struct held_hosts *h, struct db *db, const char *source, const char *target,
		     struct mailbox_row *row, struct err *e) {
	if (!h->read && !read_held(h, db, e))
		return false;
	/* The last to let it go comes first. */
	for (unsigned i = 0; i < h->count; i++) {
		const struct held_host *at = &h->at[i];
		if ((source && strcmp(source, at->host) == 0) || (target && strcmp(target, at->host) == 0)) {
			row->throttled_until = at->until;
			row->error_cat = at->cat;
			text_copy(row->error, sizeof row->error, at->why);
			break;
		}
	}
	return true;
}
