/* SPDX-License-Identifier: MIT
 *
 * ledger_retarget.c - a mailbox that is to go elsewhere: nothing of what the old target said holds at the new one.
 *
 * In doubt rather than pending: the new name may be the old server's, or its mail may have been moved there already.
 */
#include "core/store/ledger_int.h"

static bool one_folder(struct db *db, int64_t folder, struct err *e) {
	return ledger_unmap_now(db, folder, 0, e) &&
	       db_run(db, e, "UPDATE folder SET dst_wire = '', dst_display = '', renamed = 0, subscribed = NULL "
		      "WHERE id = ?",
		      INT(folder));
}

static bool look(struct db *db, int64_t mailbox, bool *leased, bool *had, struct err *e) {
	int64_t held, copies;
	if (!db_int(db, db_query(db, e, "SELECT 1 FROM lease WHERE mailbox = ?", INT(mailbox)), 0, &held, e) ||
	    !db_int(db,
		    db_query(db, e, "SELECT n_copied + n_adopted + n_merged FROM mailbox WHERE id = ?", INT(mailbox)),
		    0, &copies, e))
		return false;
	*leased = held != 0;
	*had = copies > 0;
	return true;
}

bool ledger_retarget(struct db *db, int64_t mailbox, bool *had, struct err *e) {
	int64_t folder = 0;
	bool leased;
	if (!look(db, mailbox, &leased, had, e))
		return false;
	if (leased)
		return err_set(e, ERR_INPUT,
			       "Mailbox %lld is being copied to its old target; stop it first, then say where it goes",
			       (long long)mailbox);
	for (;;) {
		if (!db_int(db,
			    db_query(db, e, "SELECT min(id) FROM folder WHERE mailbox = ? AND id > ?", INT(mailbox),
				     INT(folder)),
			    0, &folder, e))
			return false;
		if (folder == 0)
			break;
		if (!one_folder(db, folder, e))
			return false;
	}
	if (!ledger_retry_mailbox(db, mailbox, true, e) ||
	    !db_run(db, e, "UPDATE mailbox SET renamed_folders = 0 WHERE id = ?", INT(mailbox)))
		return false;
	return !*had || db_run(db, e,
			       "UPDATE mailbox SET state = ?1, error_cat = '', error = 'It was copied to another "
			       "target; migrate again to fill this one' WHERE id = ?2 AND state IN (?1, ?3)",
			       INT(MBOX_SYNCED_WITH_GAPS), INT(mailbox), INT(MBOX_SYNCED));
}
