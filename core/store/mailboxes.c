/* SPDX-License-Identifier: MIT
 *
 * mailboxes.c - windows of the list of mailboxes: one index per way to sort.
 */
#include "core/store/mailboxes.h"

#include <string.h>

#include "core/base/text.h"
#include "core/store/endpoints.h"
#include "core/store/filter.h"
#include "core/store/held_hosts.h"
#include "core/store/rows.h"

/* Each has an index in the schema, which ends with the id: so every order is total. */
static const struct {
	const char *ascending, *descending, *mine, *its;
} sorts[] = {
#define BY(column)                                                                                                     \
	{ "m." column ", m.id", "m." column " DESC, m.id DESC", "(m." column ", m.id)", "(k." column ", k.id)" }
	[SORT_ID] = { "m.id", "m.id DESC", "(m.id)", "(k.id)" },
	[SORT_SOURCE] = BY("source"),
	[SORT_TARGET] = BY("target"),
	[SORT_STATE] = BY("state"),
	[SORT_DONE] = BY("done"),
	[SORT_BYTES] = BY("bytes_copied"),
	[SORT_RATE] = BY("rate_bytes"),
	[SORT_ERROR] = { "m.error_cat, m.error, m.id", "m.error_cat DESC, m.error DESC, m.id DESC",
			 "(m.error_cat, m.error, m.id)", "(k.error_cat, k.error, k.id)" },
#undef BY
};

#define ROW_COLUMNS                                                                                                    \
	"m.id, m.state, m.ever_run, m.source, m.target, m.rate_bytes, m.rate_messages, m.eta_s, m.throttled_until, "   \
	"m.started,"                                                                                                   \
	" m.finished, m.error_cat, m.error, m.test, m.test_text, m.tested, m.dropped_keywords, m.renamed_folders, "    \
	"b.name,"                                                                                                      \
	" s.proto, s.security, s.insecure, s.port, s.host, s.pin,"                                                     \
	" t.proto, t.security, t.insecure, t.port, t.host, t.pin," COUNT_COLUMNS                                       \
	", m.run_ms, m.throttled_ms, m.uncopied, m.bytes_pending, m.source_host, m.target_host, m.first_started "
#define ROW_JOINS                                                                                                      \
	" LEFT JOIN batch b ON b.id = m.batch LEFT JOIN endpoint s ON s.mailbox = m.id AND s.side = 0"                 \
	" LEFT JOIN endpoint t ON t.mailbox = m.id AND t.side = 1 "
enum {
	COL_BATCH = 18,
	COL_SOURCE = 19,
	COL_TARGET = 25,
	COL_COUNTS = 31,
	COL_TIMES = 41,
	COL_PENDING = 44,
	COL_HOSTS,
	COL_FIRST = 47
};

/* A server as rows show it. Neighbours mostly have the same one: what is said of it is put together when it changes. */
struct shown_server {
	struct endpoint ep;
	char url[300];
	const char *weakness;
	bool known, weak;
};

struct reading {
	struct db *db;
	struct shown_server project; /* where rows go that name no server of their own */
	struct shown_server source, target;
	struct held_hosts held;
};

static const char *order_of(const struct mailbox_query *q) {
	unsigned sort = (unsigned)q->sort <= SORT_ERROR ? (unsigned)q->sort : SORT_ID;
	return q->descending ? sorts[sort].descending : sorts[sort].ascending;
}

static void describe(struct shown_server *sv) {
	sv->known = true;
	sv->weak = endpoint_is_weak(&sv->ep);
	sv->weakness = endpoint_weakness(&sv->ep);
	endpoint_url(sv->url, sizeof sv->url, &sv->ep);
}

static const char *column_text(sqlite3_stmt *st, int column) {
	const char *s = (const char *)sqlite3_column_text(st, column);
	return s ? s : "";
}

static void read_server(struct shown_server *sv, sqlite3_stmt *st, int at) {
	struct endpoint *ep = &sv->ep;
	enum proto proto = (enum proto)db_i64(st, at);
	enum security security = (enum security)db_i64(st, at + 1);
	bool insecure = db_i64(st, at + 2) != 0;
	uint16_t port = (uint16_t)db_i64(st, at + 3);
	const char *host = column_text(st, at + 4), *pin = column_text(st, at + 5);
	if (sv->known && ep->proto == proto && ep->security == security && ep->insecure == insecure &&
	    ep->port == port && strcmp(ep->host, host) == 0 && strcmp(ep->pin, pin) == 0)
		return;
	ep->proto = proto;
	ep->security = security;
	ep->insecure = insecure;
	ep->port = port;
	text_copy(ep->host, sizeof ep->host, host);
	text_copy(ep->pin, sizeof ep->pin, pin);
	describe(sv);
}

static void row_servers(struct reading *r, sqlite3_stmt *st, struct mailbox_row *row) {
	read_server(&r->source, st, COL_SOURCE);
	read_server(&r->target, st, COL_TARGET);
	const struct shown_server *target = r->target.ep.host[0] ? &r->target : &r->project;
	bool somewhere = target->ep.host[0] != '\0';
	row->proto = r->source.ep.proto;
	row->weak = r->source.weak || (somewhere && target->weak);
	row->source_weakness = r->source.weakness;
	row->target_weakness = somewhere ? target->weakness : "";
	text_copy(row->source_server, sizeof row->source_server, r->source.url);
	text_copy(row->target_server, sizeof row->target_server, somewhere ? target->url : "");
}

/* Sets every member: the row is as large as it is seldom full, and is not cleared before. */
static bool row_read(struct reading *r, sqlite3_stmt *st, struct mailbox_row *row, struct err *e) {
	row->id = db_i64(st, 0);
	row->state = (enum mailbox_state)db_i64(st, 1);
	row->ever_run = db_i64(st, 2) != 0;
	db_shown(row->source, sizeof row->source, st, 3);
	db_shown(row->target, sizeof row->target, st, 4);
	row->rate_bytes = sqlite3_column_double(st, 5);
	row->rate_messages = sqlite3_column_double(st, 6);
	row->eta_s = db_i64(st, 7);
	row->throttled_until = db_i64(st, 8);
	row->started = db_i64(st, 9);
	row->finished = db_i64(st, 10);
	const char *cat = column_text(st, 11);
	row->error_cat = *cat ? err_cat_parse(cat) : ERR_NONE;
	db_shown(row->error, sizeof row->error, st, 12);
	row->test = (int)db_i64(st, 13);
	db_shown(row->test_text, sizeof row->test_text, st, 14);
	row->tested = db_i64(st, 15);
	row->dropped_keywords = db_u64(st, 16);
	row->renamed_folders = db_u64(st, 17);
	db_shown(row->batch, sizeof row->batch, st, COL_BATCH);
	row_servers(r, st, row);
	row_counts(st, COL_COUNTS, &row->counts, &row->bytes_source, &row->bytes_copied);
	row->run_ms = db_u64(st, COL_TIMES);
	row->throttled_ms = db_u64(st, COL_TIMES + 1);
	row->uncopied = db_i64(st, COL_TIMES + 2);
	row->bytes_pending = db_u64(st, COL_PENDING);
	row->first_started = db_i64(st, COL_FIRST);
	if (row->state != MBOX_QUEUED || row->throttled_until)
		return true;
	return held_hosts_tell(&r->held, r->db, (const char *)sqlite3_column_text(st, COL_HOSTS),
			       (const char *)sqlite3_column_text(st, COL_HOSTS + 1), row, e);
}

static bool read_rows(struct db *db, sqlite3_stmt *st, mailbox_row_fn *fn, void *arg, struct err *e) {
	struct reading r = { .db = db };
	struct mailbox_row row = { 0 };
	bool found, ok = true;
	int more = 0;
	if (!st || !endpoint_load(db, PROJECT_ROW, SIDE_TARGET, &r.project.ep, &found, e))
		return false;
	describe(&r.project);
	endpoint_init(&r.source.ep);
	endpoint_init(&r.target.ep);
	while (ok && (more = db_next(db, st, e)) > 0) {
		ok = row_read(&r, st, &row, e);
		if (!ok || !fn(arg, &row)) {
			db_done(st);
			break;
		}
	}
	held_hosts_free(&r.held);
	return ok && more >= 0;
}

static uint64_t clamp(uint64_t n) {
	return n > INT64_MAX ? INT64_MAX : n;
}

/* The window's ids come from an index alone; the wide rows are fetched for the window only. */
bool mailboxes_list(struct store *s, const struct mailbox_query *q, mailbox_row_fn *fn, void *arg, struct err *e) {
	struct filter_query f;
	struct db *db = store_read(s, e);
	if (!db)
		return false;
	filter_begin(&f);
	/* A window is found first, by an index, so that what lies before it costs nothing; its rows are sorted once
	 * more. From the first id on there is nothing to find or to sort, and that is how 30,000 are listed. */
	bool from_start = q->sort == SORT_ID && q->offset == 0;
	buf_puts(&f.sql, "SELECT " ROW_COLUMNS "FROM ");
	buf_puts(&f.sql, from_start ? "mailbox m" ROW_JOINS "WHERE " : "(SELECT m.id AS id FROM mailbox m WHERE ");
	bool ok = filter_where(&f, &q->filter, e);
	buf_printf(&f.sql, " ORDER BY %s LIMIT ? OFFSET ?", order_of(q));
	if (!from_start)
		buf_printf(&f.sql, ") w CROSS JOIN mailbox m ON m.id = w.id" ROW_JOINS "ORDER BY %s", order_of(q));
	filter_bind(&f, INT(clamp(q->limit)));
	filter_bind(&f, INT(clamp(q->offset)));
	ok = ok && read_rows(db, filter_run(&f, db, e), fn, arg, e);
	store_read_end(s, db);
	filter_end(&f);
	return ok;
}

static bool read_names(struct db *db, sqlite3_stmt *st, mailbox_name_fn *fn, void *arg, struct err *e) {
	char source[IDENTITY_MAX], target[IDENTITY_MAX];
	int more = -1;
	while (st && (more = db_next(db, st, e)) > 0) {
		db_shown(source, sizeof source, st, 1);
		db_shown(target, sizeof target, st, 2);
		if (fn(arg, db_i64(st, 0), source, target))
			continue;
		db_done(st);
		return true;
	}
	return more == 0;
}

bool mailboxes_names(struct store *s, const struct mailbox_filter *filter, mailbox_name_fn *fn, void *arg,
		     struct err *e) {
	struct filter_query f;
	struct db *db = store_read(s, e);
	if (!db)
		return false;
	filter_begin(&f);
	buf_puts(&f.sql, "SELECT m.id, m.source, m.target FROM mailbox m WHERE ");
	bool ok = filter_where(&f, filter, e);
	buf_puts(&f.sql, " ORDER BY m.id");
	ok = ok && read_names(db, filter_run(&f, db, e), fn, arg, e);
	store_read_end(s, db);
	filter_end(&f);
	return ok;
}

static bool count_of(struct db *db, struct filter_query *f, uint64_t *n, struct err *e) {
	int64_t count = 0;
	if (!db_int(db, filter_run(f, db, e), 0, &count, e))
		return false;
	*n = (uint64_t)count;
	return true;
}

bool mailboxes_count(struct store *s, const struct mailbox_filter *filter, uint64_t *n, struct err *e) {
	struct filter_query f;
	struct db *db = store_read(s, e);
	if (!db)
		return false;
	filter_begin(&f);
	buf_puts(&f.sql, "SELECT count(*) FROM mailbox m WHERE ");
	bool ok = filter_where(&f, filter, e) && count_of(db, &f, n, e);
	store_read_end(s, db);
	filter_end(&f);
	return ok;
}

struct one {
	struct mailbox_row *row;
	bool found;
};

static bool take_one(void *arg, const struct mailbox_row *row) {
	struct one *one = arg;
	*one->row = *row;
	one->found = true;
	return true;
}

bool mailbox_get(struct store *s, int64_t id, struct mailbox_row *row, struct err *e) {
	struct one one = { .row = row };
	struct db *db = store_read(s, e);
	bool ok = db &&
		  read_rows(db,
			    db_query(db, e, "SELECT " ROW_COLUMNS "FROM mailbox m" ROW_JOINS "WHERE m.id = ?", INT(id)),
			    take_one, &one, e);
	store_read_end(s, db);
	if (ok && !one.found)
		return err_set(e, ERR_INPUT, "There is no mailbox %lld (any more)", (long long)id);
	return ok;
}

/* How many rows of the query stand before the mailbox, if it is one of them at all. */
static bool position_in(struct db *db, const struct mailbox_query *q, int64_t id, uint64_t *index, struct err *e) {
	struct filter_query f;
	unsigned sort = (unsigned)q->sort <= SORT_ERROR ? (unsigned)q->sort : SORT_ID;
	uint64_t found = 0;
	filter_begin(&f);
	buf_puts(&f.sql, "SELECT count(*) FROM mailbox m WHERE ");
	bool ok = filter_where(&f, &q->filter, e);
	buf_puts(&f.sql, " AND m.id = ?");
	filter_bind(&f, INT(id));
	ok = ok && count_of(db, &f, &found, e);
	filter_end(&f);
	if (!ok)
		return false;
	if (!found)
		return err_set(e, ERR_INPUT, "The mailbox %lld is not in this list", (long long)id);

	filter_begin(&f);
	buf_puts(&f.sql, "SELECT count(*) FROM mailbox k CROSS JOIN mailbox m WHERE ");
	ok = filter_where(&f, &q->filter, e);
	buf_printf(&f.sql, " AND k.id = ? AND %s %s %s", sorts[sort].mine, q->descending ? ">" : "<", sorts[sort].its);
	filter_bind(&f, INT(id));
	ok = ok && count_of(db, &f, index, e);
	filter_end(&f);
	return ok;
}

bool mailbox_position(struct store *s, const struct mailbox_query *q, int64_t id, uint64_t *index, struct err *e) {
	struct db *db = store_read(s, e);
	bool ok = db && position_in(db, q, id, index, e);
	store_read_end(s, db);
	return ok;
}
