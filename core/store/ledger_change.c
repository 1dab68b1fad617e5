/* SPDX-License-Identifier: MIT
 *
 * ledger_change.c - rows change their state: acknowledgements, failures, what is gone. Intents: ledger_intent.c.
 */
#include <stdlib.h>
#include <string.h>

#include "core/base/crash_point.h"
#include "core/base/text.h"
#include "core/store/ledger_int.h"

#define SUBJECT_MAX 200
#define DATE_TEXT_MAX 64

struct change_args {
	struct lease l;
	int64_t folder;
	size_t n;
	struct ledger_change changes[]; /* texts lie behind */
};

/* The row before the change. */
struct before {
	enum msg_state state;
	bool size_known;
	uint64_t size;
	int64_t batch;
	uint32_t flags;
	unsigned char fp[FP_LEN];
};

/* Rows leave an intent one by one, mostly the same: the counting down is gathered. */
struct closing {
	int64_t intent;
	uint64_t n;
	bool as_listed; /* the row before left it with the size that it was listed with: so may the next */
};

static bool close_intents(struct db *db, struct closing *c, int64_t next, struct err *e) {
	if (c->intent != next && c->n > 0) {
		if (!db_run(db, e, "UPDATE intent SET open = open - ? WHERE id = ?", INT(c->n), INT(c->intent)) ||
		    !db_run(db, e, "DELETE FROM intent WHERE id = ? AND open = 0", INT(c->intent)))
			return false;
		c->n = 0;
	}
	c->intent = next;
	return true;
}

static bool read_before(struct db *db, int64_t folder, uint32_t uid, struct before *b, bool *found, struct err *e) {
	*b = (struct before){ 0 };
	sqlite3_stmt *st = db_query(db, e, "SELECT state, size, batch, flags, fp FROM msg WHERE folder = ? AND uid = ?",
				    INT(folder), INT(uid));
	int more = st ? db_next(db, st, e) : -1;
	*found = more > 0;
	if (more <= 0)
		return more == 0;
	b->state = (enum msg_state)db_i64(st, 0);
	b->size_known = sqlite3_column_type(st, 1) != SQLITE_NULL;
	b->size = db_u64(st, 1);
	b->batch = db_i64(st, 2);
	b->flags = db_u32(st, 3);
	const void *fp = sqlite3_column_blob(st, 4);
	if (fp && sqlite3_column_bytes(st, 4) == FP_LEN)
		memcpy(b->fp, fp, FP_LEN);
	db_done(st);
	return true;
}

static bool hash_known(const struct hash *h) {
	static const struct hash unknown;
	return memcmp(h, &unknown, sizeof unknown) != 0;
}

static void merge_fp(unsigned char fp[FP_LEN], const struct ledger_change *c) {
	for (unsigned i = 0; c->ident && i < 8; i++)
		fp[i] = (unsigned char)(c->ident >> (8 * i));
	if (hash_known(&c->body))
		memcpy(fp + 8, c->body.bytes, HASH_LEN);
}

/* Both the exact size and flags_sent are of a message that was sent. A row that is only found again (resolve) keeps
 * what it has. */
static bool was_sent(const struct ledger_change *c) {
	return c->size != 0 && (c->state == MSG_DONE || c->state == MSG_ACKED);
}

static uint64_t size_kept(const struct ledger_change *c) {
	return c->size < SIZE_HINT_MAX ? c->size : SIZE_HINT_MAX;
}

static bool has_reason(enum msg_state s) {
	return s == MSG_FAILED || s == MSG_SKIPPED || s == MSG_VANISHED;
}

static bool write_reason(struct db *db, int64_t folder, const struct ledger_change *c, struct err *e) {
	const char *cat = c->cat == ERR_NONE ? "" : err_cat_name(c->cat);
	return db_run(db, e, "INSERT INTO reason(cat, text) VALUES(?, ?) ON CONFLICT DO NOTHING", TEXT(cat),
		      TEXT(c->text)) &&
	       db_run(db, e,
		      "INSERT OR REPLACE INTO failure(folder, uid, reason, subject, sender, date, message_id, again) "
		      "VALUES(?1, ?2, (SELECT id FROM reason WHERE cat = ?3 AND text = ?4), ?5, ?6, ?7, ?8,"
		      " min(?9, coalesce((SELECT tries FROM tried_again WHERE folder = ?1 AND uid = ?2), ?9)))",
		      INT(folder), INT(c->uid), TEXT(cat), TEXT(c->text), TEXT(c->subject), TEXT(c->from),
		      TEXT(c->date), TEXT(c->message_id), INT(c->again));
}

static bool write_row(struct db *db, int64_t folder, const struct ledger_change *c, struct before *b, struct tally *t,
		      struct err *e) {
	bool size_known = c->size != 0 || b->size_known;
	uint64_t size = c->size == 0 ? b->size : size_kept(c);
	merge_fp(b->fp, c);
	tally_move(t, b->state, b->size, c->state, size);
	t->dropped_keywords += c->keywords_dropped;
	return db_run(db, e,
		      "UPDATE msg SET state = ?, flags = ?, size = ?, batch = 0, dst_uid = ?, fp = ? WHERE folder = ? "
		      "AND uid = ?",
		      INT(c->state), INT(was_sent(c) ? c->flags_sent : b->flags), size_known ? INT(size) : NONE,
		      INT(c->state == MSG_PENDING ? 0 : c->dst_uid), BLOB(b->fp, FP_LEN), INT(folder), INT(c->uid));
}

/* No copy of a repaired text can be anywhere any more: the next one sent is the original, which has another
 * fingerprint. */
static bool drop_repair(struct db *db, int64_t folder, struct ledger_change *c, struct before *b, struct err *e) {
	bool had = false;
	if (c->state != MSG_PENDING && !has_reason(c->state))
		return true;
	if (!repair_forget(db, folder, c->uid, &had, e))
		return false;
	if (had) {
		memset(b->fp, 0, sizeof b->fp);
		c->ident = 0;
		c->body = (struct hash){ 0 };
	}
	return true;
}

static bool change_any(struct db *db, int64_t folder, const struct ledger_change *change, struct closing *cl,
		       struct tally *t, struct err *e) {
	struct ledger_change copy = *change, *c = &copy;
	struct before b;
	bool found;
	if (!read_before(db, folder, c->uid, &b, &found, e))
		return false;
	cl->as_listed = found && b.state == MSG_INTENT && was_sent(c) && b.size_known && b.size == size_kept(c);
	/* Gmail's views are listed whole each time: what was skipped stays so, and what was copied was copied. */
	if (!found || (c->state == MSG_SKIPPED && b.state != MSG_PENDING && b.state != MSG_INTENT))
		return true;
	if (b.state == MSG_INTENT) {
		if (!close_intents(db, cl, b.batch, e))
			return false;
		cl->n++;
	}
	if (!drop_repair(db, folder, c, &b, e) || !write_row(db, folder, c, &b, t, e))
		return false;
	if (has_reason(c->state))
		return write_reason(db, folder, c, e);
	return !has_reason(b.state) ||
	       db_run(db, e, "DELETE FROM failure WHERE folder = ? AND uid = ?", INT(folder), INT(c->uid));
}

/* A message that was sent, of the same intent as the row before, with the size that it was listed with: the conditions
 * say all that has to be known of its row, and no reason or repair has to go. *done: it was so. */
static bool change_sent(struct db *db, int64_t folder, const struct ledger_change *c, struct closing *cl,
			struct tally *t, bool *done, struct err *e) {
	unsigned char fp[FP_LEN];
	*done = false;
	if (!cl->as_listed || !was_sent(c) || !c->ident || !hash_known(&c->body))
		return true;
	merge_fp(fp, c);
	if (!db_run(db, e,
		    "UPDATE msg SET state = ?, flags = ?, batch = 0, dst_uid = ?, fp = ? WHERE folder = ? AND uid = ? "
		    "AND state = ? AND batch = ? AND size = ?",
		    INT(c->state), INT(c->flags_sent), INT(c->dst_uid), BLOB(fp, FP_LEN), INT(folder), INT(c->uid),
		    INT(MSG_INTENT), INT(cl->intent), INT(size_kept(c))))
		return false;
	*done = db_changes(db) > 0;
	if (*done) {
		cl->n++;
		tally_move(t, MSG_INTENT, size_kept(c), c->state, size_kept(c));
		t->dropped_keywords += c->keywords_dropped;
	}
	return true;
}

static bool change_one(struct db *db, int64_t folder, const struct ledger_change *c, struct closing *cl,
		       struct tally *t, struct err *e) {
	bool done;
	return change_sent(db, folder, c, cl, t, &done, e) && (done || change_any(db, folder, c, cl, t, e));
}

static bool change_op(struct store *s, struct db *db, void *arg, struct err *e) {
	const struct change_args *a = arg;
	struct tally t = { 0 };
	struct closing cl = { 0 };
	(void)s;
	if (!ledger_guard(db, &a->l, a->folder, e))
		return false;
	for (size_t i = 0; i < a->n; i++)
		if (!change_one(db, a->folder, &a->changes[i], &cl, &t, e))
			return false;
	CRASH_POINT("ledger: rows changed, not committed");
	return close_intents(db, &cl, 0, e) && tally_apply(db, a->folder, &t, e);
}

bool ledger_change_now(struct db *db, int64_t folder, const struct ledger_change *c, struct err *e) {
	struct tally t = { 0 };
	struct closing cl = { 0 };
	return change_one(db, folder, c, &cl, &t, e) && close_intents(db, &cl, 0, e) && tally_apply(db, folder, &t, e);
}

static size_t text_room(const char *s, size_t max) {
	return (s ? strnlen(s, max - 1) : 0) + 1;
}

static const char *text_move(const char *s, size_t max, char **room) {
	char *to = *room;
	size_t n = text_room(s, max);
	if (s)
		memcpy(to, s, n - 1);
	to[n - 1] = '\0';
	*room += n;
	return to;
}

static struct change_args *copy_of(const struct lease *l, int64_t folder, const struct ledger_change *c, size_t n,
				   size_t *cost) {
	size_t head = sizeof(struct change_args) + n * sizeof *c, texts = 0;
	for (size_t i = 0; i < n; i++)
		texts += text_room(c[i].text, ERR_TEXT_MAX) + text_room(c[i].subject, SUBJECT_MAX) +
			 text_room(c[i].from, SUBJECT_MAX) + text_room(c[i].date, DATE_TEXT_MAX) +
			 text_room(c[i].message_id, SUBJECT_MAX);
	struct change_args *a = malloc(head + texts);
	if (!a)
		return NULL;
	char *room = (char *)a + head;
	*a = (struct change_args){ .l = *l, .folder = folder, .n = n };
	for (size_t i = 0; i < n; i++) {
		a->changes[i] = c[i];
		a->changes[i].text = text_move(c[i].text, ERR_TEXT_MAX, &room);
		a->changes[i].subject = text_move(c[i].subject, SUBJECT_MAX, &room);
		a->changes[i].from = text_move(c[i].from, SUBJECT_MAX, &room);
		a->changes[i].date = text_move(c[i].date, DATE_TEXT_MAX, &room);
		a->changes[i].message_id = text_move(c[i].message_id, SUBJECT_MAX, &room);
	}
	*cost = head + texts;
	return a;
}

bool ledger_change(struct store *s, const struct lease *l, int64_t folder, const struct ledger_change *c, size_t n,
		   struct err *e) {
	size_t cost;
	if (n > LEDGER_CALL_MAX)
		return err_set(e, ERR_INPUT, "Too many changes at once");
	for (size_t i = 0; i < n; i++)
		if (c[i].state == MSG_INTENT || (unsigned)c[i].state >= MSG_STATE_COUNT)
			return err_set(e, ERR_INPUT, "A message becomes an intent only by ledger_intent");
	if (!write_check(s->writer, l->generation, e))
		return false;
	struct change_args *a = copy_of(l, folder, c, n, &cost);
	if (!a)
		return err_nomem(e);
	return write_lazy(s->writer,
			  &(struct write_job){ .run = change_op, .arg = a, .cost = cost, .generation = l->generation },
			  e);
}

bool ledger_flush(struct store *s, const struct lease *l, struct err *e) {
	writer_drain(s->writer);
	return write_check(s->writer, l->generation, e);
}
