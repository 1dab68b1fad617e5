/* SPDX-License-Identifier: MIT
 *
 * ledger_retry.c - failed messages are tried again: when somebody asks for it, and those by themselves that a target
 * refused without a reason. tried_again.tries: how many more migrations do that, after the one that does it now.
 */
#include "core/store/ledger_int.h"

static bool note_tries(struct db *db, int64_t folder, bool all, struct err *e) {
	if (all)
		return db_run(db, e, "DELETE FROM tried_again WHERE folder = ?", INT(folder));
	return db_run(db, e,
		      "INSERT OR REPLACE INTO tried_again(folder, uid, tries) SELECT folder, uid, again - 1 FROM "
		      "failure WHERE folder = ? AND again > 0",
		      INT(folder));
}

/* FAILED rows all have a failure, so the failures lead to them without a search of the folder. */
static bool retry_folder(struct db *db, int64_t folder, bool all, struct err *e) {
	unsigned again = all ? 0 : 1;
	struct tally t = { 0 };
	int64_t size = 0, n;
	if (!db_int(db,
		    db_query(db, e,
			     "SELECT coalesce(sum(g.size), 0) FROM failure x CROSS JOIN msg g ON g.folder = x.folder "
			     "AND g.uid = x.uid "
			     "WHERE x.folder = ? AND g.state = ? AND x.again >= ?",
			     INT(folder), INT(MSG_FAILED), INT(again)),
		    0, &size, e) ||
	    !note_tries(db, folder, all, e) ||
	    !db_run(db, e,
		    "UPDATE msg SET state = ?1, dst_uid = 0, batch = 0 WHERE folder = ?2 AND state = ?3 AND "
		    "uid IN (SELECT uid FROM failure WHERE folder = ?2 AND again >= ?4)",
		    INT(MSG_PENDING), INT(folder), INT(MSG_FAILED), INT(again)))
		return false;
	n = (int64_t)db_changes(db);
	tally_rows(&t, MSG_FAILED, -n, -size);
	tally_rows(&t, MSG_PENDING, n, size);
	return db_run(db, e,
		      "DELETE FROM failure WHERE folder = ?1 AND uid IN (SELECT x.uid FROM failure x CROSS JOIN msg g "
		      "ON g.folder = x.folder AND g.uid = x.uid WHERE x.folder = ?1 AND g.state = ?2)",
		      INT(folder), INT(MSG_PENDING)) &&
	       tally_apply(db, folder, &t, e);
}

bool ledger_retry_mailbox(struct db *db, int64_t mailbox, bool all, struct err *e) {
	int64_t folder = 0, failed = 0;
	if (!db_int(db, db_query(db, e, "SELECT n_failed FROM mailbox WHERE id = ?", INT(mailbox)), 0, &failed, e))
		return false;
	if (!failed)
		return true;
	do {
		if (!db_int(db,
			    db_query(db, e, "SELECT min(id) FROM folder WHERE mailbox = ? AND n_failed > 0 AND id > ?",
				     INT(mailbox), INT(folder)),
			    0, &folder, e) ||
		    (folder && !retry_folder(db, folder, all, e)))
			return false;
	} while (folder);
	return true;
}

bool ledger_tried_again(struct store *s, int64_t folder, uint32_t uid, bool *last, struct err *e) {
	int64_t tries = -1;
	struct db *db = store_read(s, e);
	bool ok = db && db_int(db,
			       db_query(db, e, "SELECT tries FROM tried_again WHERE folder = ? AND uid = ?",
					INT(folder), INT(uid)),
			       -1, &tries, e);
	store_read_end(s, db);
	*last = ok && tries == 0;
	return ok;
}
