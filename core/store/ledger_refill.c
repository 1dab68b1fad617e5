/* SPDX-License-Identifier: MIT
 *
 * ledger_refill.c - copies that verify has missed are put in doubt, so that resolve looks and then fills the gaps.
 *
 * Never straight to PENDING: a copy that lies there after all (verify saw it under another UID, or somebody put it
 * back) must be found by the match and not be sent again.
 */
#include "core/store/ledger_int.h"
#include "core/store/verification.h"

struct refill_args {
	int64_t mailbox, folder;
	const uint32_t *uids;
	size_t n;
	uint64_t queued;
};

static bool doubt_one(struct db *db, const struct refill_args *a, uint32_t uid, int64_t intent, struct tally *t,
		      uint64_t *queued, struct err *e) {
	sqlite3_stmt *st = db_query(db, e,
				    "SELECT state, coalesce(size, 0) FROM msg WHERE folder = ? AND uid = ? "
				    "AND state IN (?, ?, ?, ?)",
				    INT(a->folder), INT(uid), INT(MSG_ACKED), INT(MSG_DONE), INT(MSG_ADOPTED),
				    INT(MSG_MERGED));
	int more = st ? db_next(db, st, e) : -1;
	if (more <= 0)
		return more == 0;
	enum msg_state state = (enum msg_state)db_i64(st, 0);
	uint64_t size = db_u64(st, 1);
	db_done(st);
	tally_move(t, state, size, MSG_INTENT, size);
	*queued += 1;
	/* dst_uid stays: should its folder have another name now, it is recognised by that. */
	return db_run(db, e, "UPDATE msg SET state = ?, batch = ? WHERE folder = ? AND uid = ?",
		      INT(MSG_INTENT), INT(intent), INT(a->folder), INT(uid));
}

static bool no_longer_synced(struct db *db, int64_t mailbox, struct err *e) {
	return db_run(db, e,
		      "UPDATE mailbox SET state = ?1, error_cat = '', "
		      "error = 'Copies were missing when they were looked for; migrate again to fill the gaps' "
		      "WHERE id = ?2 AND state IN (?1, ?3)",
		      INT(MBOX_SYNCED_WITH_GAPS), INT(mailbox), INT(MBOX_SYNCED));
}

static bool refill_op(struct store *s, struct db *db, void *arg, struct err *e) {
	struct refill_args *a = arg;
	struct tally t = { 0 };
	int64_t held, ours;
	uint64_t queued = 0;
	(void)s;
	a->queued = 0;
	if (!db_int(db, db_query(db, e, "SELECT 1 FROM lease WHERE mailbox = ?", INT(a->mailbox)), 0, &held, e) ||
	    !db_int(db,
		    db_query(db, e, "SELECT 1 FROM folder WHERE id = ? AND mailbox = ?", INT(a->folder),
			     INT(a->mailbox)),
		    0, &ours, e))
		return false;
	if (held || !ours)
		return err_set(e, ERR_INPUT, "A worker has this mailbox: pause it, or wait until it is done");
	/* Any UID of the target may be the copy. */
	if (!db_run(db, e,
		    "INSERT INTO intent(folder, dst_uidvalidity, uidnext, open) "
		    "SELECT id, dst_uidvalidity, 1, 0 FROM folder WHERE id = ?",
		    INT(a->folder)))
		return false;
	int64_t intent = sqlite3_last_insert_rowid(db->h);
	for (size_t i = 0; i < a->n; i++)
		if (!doubt_one(db, a, a->uids[i], intent, &t, &queued, e))
			return false;
	if (!db_run(db, e, "UPDATE intent SET open = ? WHERE id = ?", INT(queued), INT(intent)) ||
	    !db_run(db, e, "DELETE FROM intent WHERE id = ? AND open = 0", INT(intent)) ||
	    !db_run(db, e, "UPDATE folder SET must_match = 1 WHERE id = ? AND ? > 0", INT(a->folder), INT(queued)) ||
	    !tally_apply(db, a->folder, &t, e) || (queued > 0 && !no_longer_synced(db, a->mailbox, e)))
		return false;
	a->queued = queued;
	return true;
}

bool ledger_refill(struct store *s, int64_t mailbox, int64_t folder, const uint32_t *uids, size_t n, uint64_t *queued,
		   struct err *e) {
	struct refill_args a = { .mailbox = mailbox, .folder = folder, .uids = uids, .n = n };
	bool ok = n <= LEDGER_CALL_MAX ? write_wait(s->writer, WRITE_FULL, refill_op, &a, e)
				       : err_set(e, ERR_INPUT, "Too many messages at once");
	*queued = ok ? a.queued : 0;
	return ok;
}
