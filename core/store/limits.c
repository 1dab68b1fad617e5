/* SPDX-License-Identifier: MIT
 *
 * limits.c - rules, learned limits and bytes by hour.
 */
#include "core/store/limits.h"

#include <stdlib.h>
#include <string.h>

#include "core/base/text.h"
#include "core/store/store_int.h"

#define HOUR_MS 3600000
#define DAY_HOURS 24
#define KEPT_HOURS 48

/* ---- rules ---- */

static bool write_rule(struct db *db, const struct host_rule *r, struct err *e) {
	if (!r->at_once && !r->down && !r->up)
		return db_run(db, e, "DELETE FROM host_rule WHERE host = ?", TEXT(r->host));
	return db_run(db, e, "INSERT OR REPLACE INTO host_rule(host, at_once, down, up) VALUES(?, ?, ?, ?)",
		      TEXT(r->host), r->at_once ? INT(r->at_once) : NONE, r->down ? INT(r->down) : NONE,
		      r->up ? INT(r->up) : NONE);
}

/* Mailboxes that wait for their day are looked at again: under the new rule they may go on. */
static bool rule_op(struct store *s, struct db *db, void *arg, struct err *e) {
	(void)s;
	return write_rule(db, arg, e) && db_run(db, e,
						"UPDATE mailbox SET throttled_until = 0 WHERE state = 0 AND "
						"throttled_until > 0 AND error_cat = ?",
						TEXT(err_cat_name(ERR_DAILY_BUDGET)));
}

bool host_rule_set(struct store *s, const struct host_rule *rule, struct err *e) {
	struct host_rule copy = *rule;
	if (!copy.host[0] || strpbrk(copy.host, "/ \t\r\n@"))
		return err_set(e, ERR_INPUT, "\"%.100s\" is not a host; write imap.example.com or imap.example.com:993",
			       copy.host);
	text_lower(copy.host);
	return write_wait(s->writer, WRITE_FULL, rule_op, &copy, e);
}

static void read_rule(sqlite3_stmt *st, struct host_rule *r) {
	db_text(r->host, sizeof r->host, st, 0);
	r->at_once = db_u32(st, 1);
	r->down = db_i64(st, 2);
	r->up = db_i64(st, 3);
}

/* other: a second name that it may be under, or NULL; the first one counts. */
static bool find_rule(struct store *s, const char *host, const char *other, struct host_rule *out, struct err *e) {
	char name[HOST_KEY_MAX];
	text_copy(name, sizeof name, host);
	text_lower(name);
	*out = (struct host_rule){ 0 };
	struct db *db = store_read(s, e);
	sqlite3_stmt *st = db ? db_query(db, e,
					 "SELECT host, at_once, down, up FROM host_rule WHERE host IN (?1, ?2) "
					 "ORDER BY host = ?1 DESC LIMIT 1",
					 TEXT(name), TEXT(other))
			      : NULL;
	int more = st ? db_next(db, st, e) : -1;
	if (more > 0) {
		read_rule(st, out);
		db_done(st);
	}
	store_read_end(s, db);
	if (more == 0)
		text_copy(out->host, sizeof out->host, name);
	return more >= 0;
}

bool host_rule_get(struct store *s, const char *host, struct host_rule *out, struct err *e) {
	char name[HOST_KEY_MAX];
	text_copy(name, sizeof name, host);
	char *colon = strrchr(name, ':');
	if (colon)
		*colon = '\0';
	return find_rule(s, host, name, out, e);
}

bool host_rule_named(struct store *s, const char *text, struct host_rule *out, struct err *e) {
	return find_rule(s, text, NULL, out, e);
}

bool host_rules_list(struct store *s, host_rule_fn *fn, void *arg, struct err *e) {
	int more = -1;
	struct db *db = store_read(s, e);
	sqlite3_stmt *st = db ? db_query(db, e, "SELECT host, at_once, down, up FROM host_rule ORDER BY host") : NULL;
	while (st && (more = db_next(db, st, e)) > 0) {
		struct host_rule r;
		read_rule(st, &r);
		if (!fn(arg, &r)) {
			db_done(st);
			more = 0;
			break;
		}
	}
	store_read_end(s, db);
	return more == 0;
}

/* ---- learned limits ---- */

static bool limit_op(struct store *s, struct db *db, void *arg, struct err *e) {
	const struct place_limit *p = arg;
	(void)s;
	if (p->at_once >= p->wish && !p->held_until)
		return db_run(db, e, "DELETE FROM place_limit WHERE place = ?", TEXT(p->place));
	return db_run(db, e,
		      "INSERT OR REPLACE INTO place_limit(place, at_once, wish, changed, held_until, why, cat) "
		      "VALUES(?, ?, ?, ?, ?, ?, ?)",
		      TEXT(p->place), INT(p->at_once), INT(p->wish), INT(p->changed), INT(p->held_until), TEXT(p->why),
		      TEXT(err_cat_name(p->cat)));
}

bool place_limit_save(struct store *s, const struct place_limit *p, struct err *e) {
	struct place_limit *copy = malloc(sizeof *copy);
	if (!copy)
		return err_nomem(e);
	*copy = *p;
	return write_lazy(s->writer, &(struct write_job){ .run = limit_op, .arg = copy, .cost = sizeof *copy }, e);
}

bool place_limits_list(struct store *s, place_limit_fn *fn, void *arg, struct err *e) {
	int more = -1;
	struct db *db = store_read(s, e);
	sqlite3_stmt *st = db ? db_query(db, e,
					 "SELECT place, at_once, wish, changed, held_until, why, cat FROM place_limit "
					 "ORDER BY place")
			      : NULL;
	while (st && (more = db_next(db, st, e)) > 0) {
		struct place_limit p = { .at_once = db_u32(st, 1),
					 .wish = db_u32(st, 2),
					 .changed = db_i64(st, 3),
					 .held_until = db_i64(st, 4) };
		db_text(p.place, sizeof p.place, st, 0);
		db_shown(p.why, sizeof p.why, st, 5);
		p.cat = err_cat_parse((const char *)sqlite3_column_text(st, 6));
		if (!fn(arg, &p)) {
			db_done(st);
			more = 0;
			break;
		}
	}
	store_read_end(s, db);
	return more == 0;
}

/* A name stands for all its ports. */
#define AT_HOST(column) "(" column " = ?1 OR " column " GLOB ?1 || ':*')"

bool host_load(struct store *s, const char *host, uint64_t *queued, uint64_t *running, struct err *e) {
	int64_t q = 0, r = 0;
	struct db *db = store_read(s, e);
	bool ok = db &&
		  db_int(db,
			 db_query(db, e,
				  "SELECT count(*) FROM mailbox WHERE state = 0 AND throttled_until = 0 AND "
				  "(" AT_HOST("target_host") " OR " AT_HOST("source_host") ")",
				  TEXT(host)),
			 0, &q, e) &&
		  db_int(db,
			 db_query(db, e,
				  "SELECT count(*) FROM lease l CROSS JOIN mailbox m ON m.id = l.mailbox WHERE "
				  AT_HOST("m.target_host") " OR " AT_HOST("m.source_host"),
				  TEXT(host)),
			 0, &r, e);
	store_read_end(s, db);
	*queued = (uint64_t)q;
	*running = (uint64_t)r;
	return ok;
}

/* ---- bytes by hour ---- */

struct traffic_args {
	enum traffic direction;
	uint64_t bytes;
	int64_t hour;
	char account[];
};

static bool traffic_op(struct store *s, struct db *db, void *arg, struct err *e) {
	const struct traffic_args *a = arg;
	(void)s;
	return db_run(db, e,
		      "INSERT INTO traffic(account, direction, hour, bytes) VALUES(?, ?, ?, ?) "
		      "ON CONFLICT DO UPDATE SET bytes = bytes + excluded.bytes",
		      TEXT(a->account), INT(a->direction), INT(a->hour), INT(a->bytes)) &&
	       db_run(db, e, "DELETE FROM traffic WHERE hour < ?", INT(a->hour - KEPT_HOURS));
}

bool traffic_add(struct store *s, const char *account, enum traffic direction, uint64_t bytes, wall_ms_t now,
		 struct err *e) {
	size_t n = strlen(account) + 1, cost = sizeof(struct traffic_args) + n;
	struct traffic_args *a = malloc(cost);
	if (!a)
		return err_nomem(e);
	*a = (struct traffic_args){ .direction = direction, .bytes = bytes, .hour = now / HOUR_MS };
	memcpy(a->account, account, n);
	return write_lazy(s->writer, &(struct write_job){ .run = traffic_op, .arg = a, .cost = cost }, e);
}

static wall_ms_t frees_at(int64_t oldest_hour) {
	return oldest_hour ? (oldest_hour + DAY_HOURS) * HOUR_MS : 0;
}

/* Hours that have not come yet (the clock was set back) count: too much rather than too little. */
bool traffic_read(struct store *s, const char *account, enum traffic direction, wall_ms_t now, struct traffic_day *out,
		  struct err *e) {
	int64_t first = now / HOUR_MS - DAY_HOURS + 1;
	struct db *db = store_read(s, e);
	sqlite3_stmt *st = db ? db_query(db, e,
					 "SELECT coalesce(sum(bytes), 0), coalesce(min(hour), 0) FROM traffic "
					 "WHERE account = ? AND direction = ? AND hour >= ?",
					 TEXT(account), INT(direction), INT(first))
			      : NULL;
	bool ok = st && db_next(db, st, e) > 0;
	if (ok) {
		out->bytes = db_u64(st, 0);
		out->frees = frees_at(db_i64(st, 1));
		db_done(st);
	}
	store_read_end(s, db);
	return ok;
}

bool traffic_list(struct store *s, wall_ms_t now, unsigned limit, traffic_fn *fn, void *arg, struct err *e) {
	int more = -1;
	struct db *db = store_read(s, e);
	sqlite3_stmt *st =
		db ? db_query(db, e,
			      "SELECT account, direction, sum(bytes), min(hour) FROM traffic WHERE hour >= ? "
			      "GROUP BY account, direction ORDER BY 3 DESC, account LIMIT ?",
			      INT(now / HOUR_MS - DAY_HOURS + 1), INT(limit))
		   : NULL;
	while (st && (more = db_next(db, st, e)) > 0) {
		char account[PLACE_MAX];
		struct traffic_day day = { db_u64(st, 2), frees_at(db_i64(st, 3)) };
		db_text(account, sizeof account, st, 0);
		if (!fn(arg, account, (enum traffic)db_i64(st, 1), &day)) {
			db_done(st);
			more = 0;
			break;
		}
	}
	store_read_end(s, db);
	return more == 0;
}
