/* SPDX-License-Identifier: MIT
 *
 * ledger_rename.c - the source calls a folder by another name: its rows, and so its copies, stay what they are.
 */
#include "core/store/ledger_int.h"

struct rename_args {
	const struct lease *l;
	int64_t folder;
	const char *wire, *display;
};

static bool rename_op(struct store *s, struct db *db, void *arg, struct err *e) {
	const struct rename_args *a = arg;
	int64_t other, rows;
	(void)s;
	if (!ledger_guard(db, a->l, a->folder, e) ||
	    !db_int(db,
		    db_query(db, e, "SELECT id FROM folder WHERE mailbox = ? AND src_wire = ?", INT(a->l->mailbox),
			     TEXT(a->wire)),
		    0, &other, e) ||
	    !db_int(db, db_query(db, e, "SELECT n_source FROM folder WHERE id = ?", INT(other)), 0, &rows, e))
		return false;
	if (rows)
		return err_set(e, ERR_INPUT, "The folder has rows under its new name already");
	return (!other ||
		(ledger_drop_rows(db, other, e) && db_run(db, e, "DELETE FROM folder WHERE id = ?", INT(other)))) &&
	       db_run(db, e, "UPDATE folder SET src_wire = ?, src_display = ? WHERE id = ?", TEXT(a->wire),
		      TEXT(a->display), INT(a->folder));
}

bool ledger_folder_rename(struct store *s, const struct lease *l, int64_t folder, const char *src_wire,
			  const char *src_display, struct err *e) {
	struct rename_args a = { l, folder, src_wire, src_display };
	return write_after(s->writer, WRITE_FULL, l->generation, rename_op, &a, e);
}
