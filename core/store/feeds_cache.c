/* SPDX-License-Identifier: MIT
 *
 * feeds_cache.c - feeds that the project follows, and their entries; see service_cache.h.
 */
#include <string.h>

#include "core/store/list_state.h"
#include "core/store/service_cache.h"
#include "core/store/store_int.h"

struct feed_args {
	const char *url, *ca_file;
};

static bool add_op(struct store *s, struct db *db, void *arg, struct err *e) {
	const struct feed_args *a = arg;
	(void)s;
	if (!db_run(db, e, "INSERT OR IGNORE INTO feed(url, ca_file, title) VALUES(?, ?, ?)", TEXT(a->url),
		    TEXT(a->ca_file), TEXT(a->url)))
		return false;
	return db_changes(db) > 0 || err_set(e, ERR_INPUT, "This feed is followed already");
}

bool feed_add(struct store *s, const char *url, const char *ca_file, struct err *e) {
	struct feed_args a = { url, ca_file };
	if (strncmp(url, "https://", 8) != 0)
		return err_set(e, ERR_INPUT, "A feed is read by https only: https://...");
	if (strlen(url) >= FEED_URL_MAX)
		return err_set(e, ERR_INPUT, "The address of the feed is longer than %d bytes", FEED_URL_MAX - 1);
	return write_wait(s->writer, WRITE_FULL, add_op, &a, e);
}

static bool remove_op(struct store *s, struct db *db, void *arg, struct err *e) {
	const struct feed_args *a = arg;
	(void)s;
	if (!db_run(db, e, "DELETE FROM feed_item WHERE feed = (SELECT id FROM feed WHERE url = ?)", TEXT(a->url)) ||
	    !db_run(db, e, "DELETE FROM feed WHERE url = ?", TEXT(a->url)))
		return false;
	return db_changes(db) > 0 ||
	       err_set(e, ERR_INPUT, "This feed is not followed; mailvan service feed list shows them");
}

bool feed_remove(struct store *s, const char *url, struct err *e) {
	struct feed_args a = { url, "" };
	return write_wait(s->writer, WRITE_FULL, remove_op, &a, e);
}

bool feeds_each(struct store *s, feed_fn *fn, void *arg, struct err *e) {
	struct feed_row f;
	struct db *db = store_read(s, e);
	if (!db)
		return false;
	sqlite3_stmt *st = db_query(db, e, "SELECT id, url, ca_file, title, error, read FROM feed ORDER BY id");
	int more = st ? 1 : -1;
	while (more > 0 && (more = db_next(db, st, e)) > 0) {
		f = (struct feed_row){ .id = db_i64(st, 0), .read = db_i64(st, 5) };
		db_text(f.url, sizeof f.url, st, 1);
		db_text(f.ca_file, sizeof f.ca_file, st, 2);
		db_shown(f.title, sizeof f.title, st, 3);
		db_shown(f.error, sizeof f.error, st, 4);
		if (!fn(arg, &f)) {
			db_done(st);
			more = 0;
		}
	}
	store_read_end(s, db);
	return more == 0;
}

struct save_args {
	int64_t feed;
	const char *title, *error;
	const struct feed_entry *entries;
	size_t n;
};

static bool put_entry(struct db *db, int64_t feed, const struct feed_entry *x, struct err *e) {
	return db_run(db, e,
		      "INSERT INTO feed_item(feed, guid, title, link, published, body) VALUES(?1, ?2, ?3, ?4, ?5, ?6)"
		      " ON CONFLICT(feed, guid) DO UPDATE SET title = ?3, link = ?4, body = ?6,"
		      " seen = CASE WHEN published = ?5 THEN seen ELSE 0 END, published = ?5",
		      INT(feed), TEXT(x->guid), TEXT(x->title), TEXT(x->link), INT(x->published), TEXT(x->body));
}

static bool save_op(struct store *s, struct db *db, void *arg, struct err *e) {
	const struct save_args *a = arg;
	struct list_state state = { .refreshed = wall_ms() };
	(void)s;
	if (a->error[0])
		return db_run(db, e, "UPDATE feed SET error = ? WHERE id = ?", TEXT(a->error), INT(a->feed));
	for (size_t i = 0; i < a->n; i++)
		if (!put_entry(db, a->feed, &a->entries[i], e))
			return false;
	return db_run(db, e, "UPDATE feed SET title = ?, read = ?, error = '' WHERE id = ?", TEXT(a->title),
		      INT(wall_ms()), INT(a->feed)) &&
	       db_run(db, e,
		      "DELETE FROM feed_item WHERE feed = ?1 AND id NOT IN"
		      " (SELECT id FROM feed_item WHERE feed = ?1 ORDER BY published DESC, id DESC LIMIT ?2)",
		      INT(a->feed), INT(FEED_KEPT)) &&
	       list_state_write(db, 0, "refresh-feeds", &state, e);
}

bool feed_save(struct store *s, int64_t feed, const char *title, const struct feed_entry *entries, size_t n,
	       const char *error, struct err *e) {
	struct save_args a = { feed, title, error, entries, n };
	return write_wait(s->writer, WRITE_NORMAL, save_op, &a, e);
}
