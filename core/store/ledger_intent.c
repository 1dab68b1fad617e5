/* SPDX-License-Identifier: MIT
 *
 * ledger_intent.c - pending rows become intents, before their bytes are sent.
 */
#include <stdlib.h>
#include <string.h>

#include "core/base/crash_point.h"
#include "core/store/ledger_int.h"

struct intent_args {
	struct lease l;
	int64_t folder;
	uint32_t dst_uidvalidity, uidnext;
	size_t n;
	uint32_t uids[];
};

/* Where the consecutive numbers that begin at `from` end. */
static size_t run_end(const uint32_t *uids, size_t n, size_t from) {
	size_t end = from + 1;
	while (end < n && uids[end] == (uint64_t)uids[end - 1] + 1)
		end++;
	return end;
}

/* One statement for a run of consecutive numbers: a new mailbox has few others. What lies in a gap may be a row that
 * was not asked for. */
static bool intend_run(struct db *db, const struct intent_args *a, size_t from, size_t end, int64_t intent,
		       struct err *e) {
	if (end - from == 1)
		return db_run(db, e,
			      "UPDATE msg SET state = ?, batch = ?, dst_uid = 0 WHERE folder = ? AND uid = ? AND "
			      "state = ?",
			      INT(MSG_INTENT), INT(intent), INT(a->folder), INT(a->uids[from]), INT(MSG_PENDING));
	return db_run(db, e,
		      "UPDATE msg SET state = ?, batch = ?, dst_uid = 0 WHERE folder = ? AND uid BETWEEN ? AND ? AND "
		      "state = ?",
		      INT(MSG_INTENT), INT(intent), INT(a->folder), INT(a->uids[from]), INT(a->uids[end - 1]),
		      INT(MSG_PENDING));
}

static bool intent_op(struct store *s, struct db *db, void *arg, struct err *e) {
	const struct intent_args *a = arg;
	uint64_t open = 0;
	(void)s;
	if (!ledger_guard(db, &a->l, a->folder, e) ||
	    !db_run(db, e, "INSERT INTO intent(folder, dst_uidvalidity, uidnext, open) VALUES(?, ?, ?, 0)",
		    INT(a->folder), INT(a->dst_uidvalidity), INT(a->uidnext)))
		return false;
	int64_t intent = sqlite3_last_insert_rowid(db->h);
	for (size_t from = 0, end; from < a->n; from = end) {
		end = run_end(a->uids, a->n, from);
		if (!intend_run(db, a, from, end, intent, e))
			return false;
		open += db_changes(db);
	}
	CRASH_POINT("ledger: intents, not committed");
	return db_run(db, e, "UPDATE intent SET open = ? WHERE id = ?", INT(open), INT(intent)) &&
	       (open > 0 || db_run(db, e, "DELETE FROM intent WHERE id = ?", INT(intent)));
}

struct ticket *ledger_intent(struct store *s, const struct lease *l, int64_t folder, uint32_t dst_uidvalidity,
			     uint32_t uidnext, const uint32_t *uids, size_t n, struct err *e) {
	if (n > LEDGER_CALL_MAX) {
		err_set(e, ERR_INPUT, "Too many messages for one batch");
		return NULL;
	}
	if (!write_check(s->writer, l->generation, e))
		return NULL;
	size_t cost = sizeof(struct intent_args) + n * sizeof *uids;
	struct intent_args *a = malloc(cost);
	if (!a) {
		err_nomem(e);
		return NULL;
	}
	*a = (struct intent_args){
		.l = *l, .folder = folder, .dst_uidvalidity = dst_uidvalidity, .uidnext = uidnext, .n = n
	};
	if (n)
		memcpy(a->uids, uids, n * sizeof *uids);
	return write_async(s->writer,
			   &(struct write_job){ .run = intent_op, .arg = a, .cost = cost, .generation = l->generation },
			   e);
}
