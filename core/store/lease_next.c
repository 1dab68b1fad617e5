/* SPDX-License-Identifier: MIT
 *
 * lease_next.c - handing out mailboxes one by one, and never one account twice.
 *
 * What is next is looked for by reading, so that the many looks that find nothing write nothing; the one that is
 * found is taken in a transaction that checks again. The first of the queue are asked about one by one. When none
 * of them may start, the way goes by hosts, of which there are few: a host that is full costs one step, however
 * many mailboxes wait for it.
 */
#include <string.h>

#include "core/base/text.h"
#include "core/store/endpoints.h"
#include "core/store/filter.h"
#include "core/store/ledger_int.h"

#define TARGET_UNKNOWN "The target is not known; set one with: mailvan target set, or give TargetServer in the list"
#define WINDOW 32     /* of the queue, asked about one by one */
#define ROUTE_MAX 500 /* of the mailboxes between two hosts that have room */
#define TRIES 8
#define LATERS 64 /* put off in one call */
/* A time that lies further ahead was written by another clock. */
#define LATER_MAX_MS (25LL * 3600 * 1000)

#define READY "m.state = 0 AND m.throttled_until = 0 AND m.target_key IS NOT NULL"
#define NOT_LEASED " AND NOT EXISTS(SELECT 1 FROM lease l WHERE l.key = m.target_key OR l.mailbox = m.id)"

struct next {
	struct store *s;
	int64_t worker;
	const struct mailbox_filter *only;
	const struct lease_gate *gate; /* NULL: everything may start */
	struct lease *out;
	bool found;
	int64_t candidate;
	/* LATER */
	int64_t later;
	wall_ms_t until;
	struct err why;
};

/* The statement of "Queued, wanted, and ...": rest says which of them. */
static bool queued_int(struct db *db, const struct mailbox_filter *only, const char *rest, int64_t *out,
		       struct err *e) {
	struct filter_query q;
	filter_begin(&q);
	buf_puts(&q.sql, "SELECT m.id FROM mailbox m WHERE m.state = 0 AND ");
	bool ok = filter_where(&q, only, e);
	buf_puts(&q.sql, rest);
	ok = ok && db_int(db, filter_run(&q, db, e), 0, out, e);
	filter_end(&q);
	return ok;
}

/* ---- rows that can never start say so; rows whose time has come start ---- */

/* A throttled mailbox waits in the queue, and its time there counts as throttled (progress.c stamps its beginning). */
#define WAITED "CASE WHEN active_since > 0 AND ?1 > active_since THEN ?1 - active_since ELSE 0 END"

#define UNKNOWN " AND m.target_key IS NULL ORDER BY m.id LIMIT 1"

static bool tidy_op(struct store *s, struct db *db, void *arg, struct err *e) {
	struct next *n = arg;
	wall_ms_t now = wall_ms();
	(void)s;
	for (;;) {
		int64_t id;
		if (!queued_int(db, n->only, UNKNOWN, &id, e))
			return false;
		if (!id)
			break;
		if (!db_run(db, e, "UPDATE mailbox SET state = ?, error_cat = ?, error = ? WHERE id = ?",
			    INT(MBOX_FAILED), TEXT(err_cat_name(ERR_INPUT)), TEXT(TARGET_UNKNOWN), INT(id)))
			return false;
	}
	return db_run(db, e,
		      "UPDATE mailbox SET run_ms = run_ms + " WAITED ", throttled_ms = throttled_ms + " WAITED
		      ", active_since = 0, throttled_until = 0, error_cat = '', error = '' WHERE state = 0 AND "
		      "(throttled_until BETWEEN 1 AND ?1 OR throttled_until > ?2)",
		      INT(now), INT(now + LATER_MAX_MS));
}

static bool anything_to_tidy(struct next *n, struct db *db, bool *any, struct err *e) {
	wall_ms_t now = wall_ms();
	int64_t unknown, due;
	bool ok = queued_int(db, n->only, UNKNOWN, &unknown, e) &&
		  db_int(db,
			 db_query(db, e,
				  "SELECT EXISTS(SELECT 1 FROM mailbox INDEXED BY mailbox_queue WHERE state = 0 "
				  "AND throttled_until BETWEEN 1 AND ?1) OR EXISTS(SELECT 1 FROM mailbox "
				  "INDEXED BY mailbox_queue WHERE state = 0 AND throttled_until > ?2)",
				  INT(now), INT(now + LATER_MAX_MS)),
			 0, &due, e);
	*any = ok && (unknown || due);
	return ok;
}

/* ---- the look ---- */

static enum lease_verdict ask(struct next *n, const char *source_host, const char *target_host, const char *source,
			      const char *target) {
	struct lease_asked q = { source_host, target_host, source, target };
	return n->gate ? n->gate->ask(n->gate->arg, &q, &n->until, &n->why) : LEASE_YES;
}

/* Rows of (id, source_key, target_key, source_host, target_host), up to the first that may start. */
static bool look_through(struct next *n, struct db *db, sqlite3_stmt *st, unsigned *seen, struct err *e) {
	int more = -1;
	*seen = 0;
	while (st && (more = db_next(db, st, e)) > 0) {
		char text[4][KEY_MAX];
		int64_t id = db_i64(st, 0);
		for (int i = 0; i < 4; i++)
			db_text(text[i], sizeof text[i], st, i + 1);
		++*seen;
		switch (ask(n, text[2], text[3], text[0], text[1])) {
		case LEASE_YES:
			n->candidate = id;
			break;
		case LEASE_LATER:
			n->later = id;
			break;
		default:
			continue;
		}
		db_done(st);
		return true;
	}
	return more == 0;
}

static bool look_in_window(struct next *n, struct db *db, bool *whole, struct err *e) {
	struct filter_query q;
	unsigned seen = 0;
	filter_begin(&q);
	buf_puts(&q.sql,
		 "SELECT m.id, m.source_key, m.target_key, m.source_host, m.target_host FROM mailbox m WHERE " READY
		 " AND ");
	bool ok = filter_where(&q, n->only, e);
	buf_printf(&q.sql, NOT_LEASED " ORDER BY m.id LIMIT %d", n->gate ? WINDOW : 1);
	ok = ok && look_through(n, db, filter_run(&q, db, e), &seen, e);
	filter_end(&q);
	*whole = seen < WINDOW;
	return ok;
}

static bool look_between(struct next *n, struct db *db, const char *target, const char *source, struct err *e) {
	struct filter_query q;
	unsigned seen;
	filter_begin(&q);
	buf_puts(&q.sql, "SELECT m.id, m.source_key, m.target_key, m.source_host, m.target_host FROM mailbox m "
			 "INDEXED BY mailbox_ready WHERE " READY " AND ");
	bool ok = filter_where(&q, n->only, e);
	buf_puts(&q.sql, NOT_LEASED " AND m.target_host = ? AND m.source_host = ? ORDER BY m.id LIMIT ?");
	filter_bind(&q, TEXT(target));
	filter_bind(&q, TEXT(source));
	filter_bind(&q, INT(ROUTE_MAX));
	ok = ok && look_through(n, db, filter_run(&q, db, e), &seen, e);
	filter_end(&q);
	return ok;
}

/* The next larger value in mailbox_ready; "" at the end. */
static bool step_host(struct db *db, sqlite3_stmt *st, char *host, struct err *e) {
	int more = st ? db_next(db, st, e) : -1;
	host[0] = '\0';
	if (more > 0) {
		db_text(host, KEY_MAX, st, 0);
		db_done(st);
	}
	return more >= 0;
}

static bool look_from_sources(struct next *n, struct db *db, const char *target, struct err *e) {
	char source[KEY_MAX] = "";
	while (!n->candidate && !n->later) {
		if (!step_host(db,
			       db_query(db, e,
					"SELECT min(source_host) FROM mailbox m INDEXED BY mailbox_ready "
					"WHERE m.state = 0 AND m.throttled_until = 0 AND m.target_host = ? AND "
					"m.source_host > ?",
					TEXT(target), TEXT(source)),
			       source, e))
			return false;
		if (!source[0])
			return true;
		if (ask(n, source, target, NULL, NULL) == LEASE_YES && !look_between(n, db, target, source, e))
			return false;
	}
	return true;
}

static bool look_by_hosts(struct next *n, struct db *db, struct err *e) {
	char target[KEY_MAX] = "";
	while (!n->candidate && !n->later) {
		if (!step_host(db,
			       db_query(db, e,
					"SELECT min(target_host) FROM mailbox m INDEXED BY mailbox_ready "
					"WHERE m.state = 0 AND m.throttled_until = 0 AND m.target_host > ?",
					TEXT(target)),
			       target, e))
			return false;
		if (!target[0])
			return true;
		if (ask(n, "", target, NULL, NULL) != LEASE_TARGET_HOST && !look_from_sources(n, db, target, e))
			return false;
	}
	return true;
}

static bool look(struct next *n, bool *tidy, struct err *e) {
	bool whole = true;
	n->candidate = n->later = 0;
	struct db *db = store_read(n->s, e);
	bool ok = db && anything_to_tidy(n, db, tidy, e);
	if (ok && !*tidy)
		ok = look_in_window(n, db, &whole, e) &&
		     (whole || !n->gate || n->candidate || n->later || look_by_hosts(n, db, e));
	store_read_end(n->s, db);
	return ok;
}

/* ---- taking what was found ---- */

static bool take(struct db *db, struct next *n, struct err *e) {
	struct lease *l = n->out;
	sqlite3_stmt *st = db_query(db, e,
				    "SELECT m.target_key, m.source_key, m.wait_since, m.wait_rounds FROM mailbox m "
				    "WHERE m.id = ? AND " READY NOT_LEASED,
				    INT(n->candidate));
	int more = st ? db_next(db, st, e) : -1;
	if (more <= 0)
		return more == 0;
	*l = (struct lease){ .mailbox = n->candidate, .worker = n->worker };
	db_text(l->key, sizeof l->key, st, 0);
	db_text(l->source_key, sizeof l->source_key, st, 1);
	l->wait_since = db_i64(st, 2);
	l->wait_rounds = db_u32(st, 3);
	db_done(st);
	if (!db_run(db, e, "INSERT INTO lease(key, mailbox, worker) VALUES(?, ?, ?)", TEXT(l->key), INT(n->candidate),
		    INT(n->worker)))
		return false;
	l->generation = (uint64_t)sqlite3_last_insert_rowid(db->h);
	n->found = true;
	return db_run(db, e,
		      "UPDATE mailbox SET state = ?, wish = 0, ever_run = 1, error_cat = '', error = '' WHERE id = ?",
		      INT(MBOX_CONNECTING), INT(n->candidate));
}

static bool take_op(struct store *s, struct db *db, void *arg, struct err *e) {
	struct next *n = arg;
	(void)s;
	return worker_check(db, n->worker, e) && take(db, n, e);
}

static bool later_op(struct store *s, struct db *db, void *arg, struct err *e) {
	const struct next *n = arg;
	(void)s;
	return db_run(db, e,
		      "UPDATE mailbox SET throttled_until = ?, error_cat = ?, error = ? WHERE id = ? AND state = 0",
		      INT(n->until), TEXT(err_cat_name(n->why.cat)), TEXT(n->why.text), INT(n->later));
}

bool lease_next_through(struct store *s, int64_t worker, const struct mailbox_filter *only,
			const struct lease_gate *gate, struct lease *out, bool *found, struct err *e) {
	struct next n = { .s = s, .worker = worker, .only = only, .gate = gate, .out = out };
	*found = false;
	if (!workers_reap(s, REAP_AND_KILL, e))
		return false;
	writer_drain(s->writer);
	/* Between the look and the taking another worker may have been faster: then the next look finds another one. */
	for (unsigned tries = 0, laters = 0; tries < TRIES && laters < LATERS && !n.found;) {
		bool tidy = false;
		if (!look(&n, &tidy, e))
			return false;
		if (!tidy && !n.later && !n.candidate)
			return true;
		tries += n.candidate != 0 || tidy;
		laters += n.later != 0;
		if (tidy ? !write_wait(s->writer, WRITE_FULL, tidy_op, &n, e)
		    : n.later ? !write_wait(s->writer, WRITE_NORMAL, later_op, &n, e)
			      : !write_wait(s->writer, WRITE_FULL, take_op, &n, e))
			return false;
	}
	*found = n.found;
	return true;
}

bool lease_next(struct store *s, int64_t worker, const struct mailbox_filter *only, struct lease *out, bool *found,
		struct err *e) {
	return lease_next_through(s, worker, only, NULL, out, found, e);
}
