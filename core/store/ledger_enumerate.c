/* SPDX-License-Identifier: MIT
 *
 * ledger_enumerate.c - what the source has becomes rows.
 */
#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "core/base/text.h"
#include "core/store/ledger_int.h"

#define NEW_AT_ONCE 16

/* One item without pointers of the caller; texts lie behind the array. */
struct item {
	uint32_t uid, flags, number;
	bool date_known, size_known;
	int16_t zone_min;
	int64_t date, size;
	const char *keywords, *uidl; /* uidl NULL: IMAP */
};

struct enumerate_args {
	struct lease l;
	int64_t folder;
	uint32_t *uids_out; /* the caller waits */
	size_t n;
	struct item items[];
};

/* Sets repeat from message to message, so the last one is remembered. */
struct keywords {
	const char *words;
	int64_t id;
};

static bool keywords_id(struct db *db, struct keywords *k, const char *words, int64_t *id, struct err *e) {
	*id = 0;
	if (!words[0])
		return true;
	if (!k->words || strcmp(k->words, words) != 0) {
		k->words = NULL;
		if (!db_int(db, db_query(db, e, "SELECT id FROM keyword_set WHERE words = ?", TEXT(words)), 0, &k->id,
			    e))
			return false;
		if (!k->id) {
			if (!db_run(db, e, "INSERT INTO keyword_set(words) VALUES(?)", TEXT(words)))
				return false;
			k->id = sqlite3_last_insert_rowid(db->h);
		}
		k->words = words;
	}
	*id = k->id;
	return true;
}

/* What was called gone is listed again (a server that hides mail for a while; a folder that was renamed and back): it
 * may be copied after all. */
static bool revive(struct db *db, int64_t folder, const struct item *it, int64_t keywords, struct tally *t,
		   struct err *e) {
	int64_t size;
	if (!db_run(db, e,
		    "UPDATE msg SET state = ?, dst_uid = 0, batch = 0, flags = ?, keywords = ? "
		    "WHERE folder = ? AND uid = ? AND state = ?",
		    INT(MSG_PENDING), INT(it->flags), INT(keywords), INT(folder), INT(it->uid), INT(MSG_VANISHED)))
		return false;
	if (db_changes(db) == 0)
		return true;
	if (!db_int(db, db_query(db, e, "SELECT size FROM msg WHERE folder = ? AND uid = ?", INT(folder), INT(it->uid)),
		    0, &size, e))
		return false;
	tally_move(t, MSG_VANISHED, (uint64_t)size, MSG_PENDING, (uint64_t)size);
	return db_run(db, e, "DELETE FROM failure WHERE folder = ? AND uid = ?", INT(folder), INT(it->uid));
}

static bool insert(struct db *db, int64_t folder, const struct item *it, int64_t keywords, bool some_vanished,
		   struct tally *t, struct err *e) {
	static const unsigned char no_fp[FP_LEN];
	if (!db_run(db, e,
		    "INSERT INTO msg(folder, uid, state, flags, keywords, date, zone, size, batch, dst_uid, fp) "
		    "VALUES(?, ?, ?, ?, ?, ?, ?, ?, 0, 0, ?) ON CONFLICT DO NOTHING",
		    INT(folder), INT(it->uid), INT(MSG_PENDING), INT(it->flags), INT(keywords),
		    it->date_known ? INT(it->date) : NONE, INT(it->zone_min), it->size_known ? INT(it->size) : NONE,
		    BLOB(no_fp, FP_LEN)))
		return false;
	if (db_changes(db) > 0)
		tally_rows(t, MSG_PENDING, 1, it->size);
	else if (some_vanished)
		return revive(db, folder, it, keywords, t, e);
	return true;
}

/* Beyond the highest number of the folder, ascending: nothing of it can be there already. */
static bool all_new(const struct enumerate_args *a, size_t from, int64_t highest) {
	if (a->n - from < NEW_AT_ONCE)
		return false;
	for (size_t i = from; i < from + NEW_AT_ONCE; i++) {
		if (a->items[i].uid <= highest)
			return false;
		highest = a->items[i].uid;
	}
	return true;
}

#define ONE_NEW "(?1, ?, 0, ?, ?, ?, ?, ?, 0, 0, x'000000000000000000000000000000000000000000000000')"
#define FOUR_NEW ONE_NEW "," ONE_NEW "," ONE_NEW "," ONE_NEW
static_assert(MSG_PENDING == 0 && FP_LEN == 24 && NEW_AT_ONCE == 16, "as in the SQL");

/* NEW_AT_ONCE rows in one statement. */
static bool insert_new(struct db *db, int64_t folder, const struct item *it, struct keywords *k, struct tally *t,
		       struct err *e) {
	struct bind b[1 + NEW_AT_ONCE * 6], *to = b;
	*to++ = INT(folder);
	for (size_t i = 0; i < NEW_AT_ONCE; i++) {
		int64_t keywords;
		if (!keywords_id(db, k, it[i].keywords, &keywords, e))
			return false;
		*to++ = INT(it[i].uid);
		*to++ = INT(it[i].flags);
		*to++ = INT(keywords);
		*to++ = it[i].date_known ? INT(it[i].date) : NONE;
		*to++ = INT(it[i].zone_min);
		*to++ = it[i].size_known ? INT(it[i].size) : NONE;
		tally_rows(t, MSG_PENDING, 1, it[i].size);
	}
	return db_finish(db,
			 db_query_bound(db, e,
					"INSERT INTO msg(folder, uid, state, flags, keywords, date, zone, size, batch, "
					"dst_uid, fp) VALUES" FOUR_NEW "," FOUR_NEW "," FOUR_NEW "," FOUR_NEW,
					true, b, sizeof b / sizeof *b),
			 e);
}

/* A POP3 message known by UIDL and ordinal has a uid; a new one gets the next. */
static bool uid_of_uidl(struct db *db, int64_t folder, struct item *it, uint32_t ordinal, struct err *e) {
	int64_t uid;
	if (!db_int(db,
		    db_query(db, e, "SELECT uid FROM uidl WHERE folder = ? AND uidl = ? AND ordinal = ?", INT(folder),
			     TEXT(it->uidl), INT(ordinal)),
		    0, &uid, e))
		return false;
	if (!uid) {
		if (!db_int(db, db_query(db, e, "SELECT max(uid) + 1 FROM uidl WHERE folder = ?", INT(folder)), 1, &uid,
			    e))
			return false;
		uid = uid ? uid : 1;
		if (uid > UINT32_MAX)
			return err_set(e, ERR_SERVER_BUG, "The maildrop has had more messages than can be numbered");
		if (!db_run(db, e, "INSERT INTO uidl(folder, uidl, ordinal, uid) VALUES(?, ?, ?, ?)", INT(folder),
			    TEXT(it->uidl), INT(ordinal), INT(uid)))
			return false;
	}
	it->uid = (uint32_t)uid;
	return true;
}

static bool enumerate_op(struct store *s, struct db *db, void *arg, struct err *e) {
	struct enumerate_args *a = arg;
	struct tally t = { 0 };
	struct keywords k = { 0 };
	struct ordinals *o = NULL;
	int64_t vanished, highest;
	size_t i = 0;
	if (!ledger_guard(db, &a->l, a->folder, e) ||
	    !db_int(db, db_query(db, e, "SELECT n_vanished FROM folder WHERE id = ?", INT(a->folder)), 0, &vanished,
		    e) ||
	    !db_int(db, db_query(db, e, "SELECT max(uid) FROM msg WHERE folder = ?", INT(a->folder)), 0, &highest, e))
		return false;
	if (a->n && a->items[0].uidl && !ordinals_begin(s, a->l.generation, a->folder, a->items[0].number, &o, e))
		return false;
	for (; !o && all_new(a, i, highest); i += NEW_AT_ONCE) {
		if (!insert_new(db, a->folder, &a->items[i], &k, &t, e))
			return false;
		highest = a->items[i + NEW_AT_ONCE - 1].uid;
	}
	for (; i < a->n; i++) {
		struct item *it = &a->items[i];
		int64_t keywords;
		uint32_t ordinal;
		if (o && (!ordinals_next(o, it->uidl, it->number, &ordinal, e) ||
			  !uid_of_uidl(db, a->folder, it, ordinal, e)))
			return false;
		if (!keywords_id(db, &k, it->keywords, &keywords, e) ||
		    !insert(db, a->folder, it, keywords, vanished > 0, &t, e))
			return false;
	}
	for (i = 0; a->uids_out && i < a->n; i++)
		a->uids_out[i] = a->items[i].uid;
	return tally_apply(db, a->folder, &t, e);
}

static bool check_items(const struct scan_item *items, size_t n, struct err *e) {
	if (n > LEDGER_CALL_MAX)
		return err_set(e, ERR_SERVER_BUG, "The server lists too many messages at once");
	for (size_t i = 0; i < n; i++) {
		const struct scan_item *it = &items[i];
		if ((it->uidl != NULL) != (items[0].uidl != NULL) || (!it->uidl && it->uid == 0))
			return err_set(e, ERR_SERVER_BUG, "The server lists a message without an identity");
		if (strlen(it->keywords) >= KEYWORDS_MAX || (it->uidl && strlen(it->uidl) > UIDL_MAX))
			return err_set(e, ERR_SERVER_BUG, "The server lists a message with too long keywords or UIDL");
	}
	return true;
}

/* The strings of an item lie behind the items. */
static const char *keep_text(const char *from, char **text) {
	char *to = *text;
	size_t n = strlen(from) + 1;
	memcpy(to, from, n);
	*text += n;
	return to;
}

static void copy_item(struct item *to, const struct scan_item *from, char **text) {
	*to = (struct item){ .uid = from->uid,
			     .flags = from->flags,
			     .number = from->number,
			     .date_known = from->date.valid,
			     .zone_min = from->date.zone_min,
			     .date = from->date.valid ? from->date.unix_s : 0 };
	to->size_known = from->size != UINT64_MAX;
	to->size = !to->size_known ? 0 : (int64_t)(from->size < SIZE_HINT_MAX ? from->size : SIZE_HINT_MAX);
	to->keywords = keep_text(from->keywords, text);
	to->uidl = from->uidl ? keep_text(from->uidl, text) : NULL;
}

static struct enumerate_args *copy_of(const struct lease *l, int64_t folder, const struct scan_item *items, size_t n,
				      size_t *cost) {
	size_t head = sizeof(struct enumerate_args) + n * sizeof(struct item), texts = 0;
	for (size_t i = 0; i < n; i++)
		texts += strlen(items[i].keywords) + 1 + (items[i].uidl ? strlen(items[i].uidl) + 1 : 0);
	struct enumerate_args *a = calloc(1, head + texts);
	if (!a)
		return NULL;
	char *text = (char *)a + head;
	a->l = *l;
	a->folder = folder;
	a->n = n;
	for (size_t i = 0; i < n; i++)
		copy_item(&a->items[i], &items[i], &text);
	*cost = head + texts;
	return a;
}

bool ledger_enumerate(struct store *s, const struct lease *l, int64_t folder, const struct scan_item *items, size_t n,
		      uint32_t *uids_out, struct err *e) {
	size_t cost;
	if (!check_items(items, n, e) || !write_check(s->writer, l->generation, e))
		return false;
	struct enumerate_args *a = copy_of(l, folder, items, n, &cost);
	if (!a)
		return err_nomem(e);
	a->uids_out = uids_out;
	if (!uids_out)
		return write_lazy(
			s->writer,
			&(struct write_job){ .run = enumerate_op, .arg = a, .cost = cost, .generation = l->generation },
			e);
	bool ok = write_wait(s->writer, WRITE_NORMAL, enumerate_op, a, e);
	free(a);
	return ok;
}
