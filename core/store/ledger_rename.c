/* SPDX-License-Identifier: MIT
 *
 * ledger_rename.c - the source calls folders by other names: their rows, and so their copies, stay what they are.
 */
#include "core/store/ledger_int.h"

struct rename_args {
	const struct lease *l;
	const struct ledger_renaming *at;
	size_t n;
};

/* No server lists a name with this character in it. */
#define NO_NAME "char(1) || id"

static bool take_name(struct db *db, const struct lease *l, const struct ledger_renaming *a, struct err *e) {
	if (!ledger_guard(db, l, a->folder, e))
		return false;
	return a->src_wire
		       ? db_run(db, e, "UPDATE folder SET src_wire = " NO_NAME " WHERE id = ?", INT(a->folder))
		       : db_run(db, e,
				"UPDATE folder SET src_wire = " NO_NAME ", src_display = src_display || ' (earlier)'"
				" WHERE id = ?",
				INT(a->folder));
}

static bool give_name(struct db *db, const struct lease *l, const struct ledger_renaming *a, struct err *e) {
	int64_t other, rows;
	if (!db_int(db,
		    db_query(db, e, "SELECT id FROM folder WHERE mailbox = ? AND src_wire = ?", INT(l->mailbox),
			     TEXT(a->src_wire)),
		    0, &other, e) ||
	    !db_int(db, db_query(db, e, "SELECT n_source FROM folder WHERE id = ?", INT(other)), 0, &rows, e))
		return false;
	if (rows)
		return err_set(e, ERR_INPUT, "The folder has rows under its new name already");
	return (!other ||
		(ledger_drop_rows(db, other, e) && db_run(db, e, "DELETE FROM folder WHERE id = ?", INT(other)))) &&
	       db_run(db, e, "UPDATE folder SET src_wire = ?, src_display = ? WHERE id = ?", TEXT(a->src_wire),
		      TEXT(a->src_display), INT(a->folder));
}

static bool rename_op(struct store *s, struct db *db, void *arg, struct err *e) {
	const struct rename_args *a = arg;
	(void)s;
	for (size_t i = 0; i < a->n; i++)
		if (!take_name(db, a->l, &a->at[i], e))
			return false;
	for (size_t i = 0; i < a->n; i++)
		if (a->at[i].src_wire && !give_name(db, a->l, &a->at[i], e))
			return false;
	return true;
}

bool ledger_folders_rename(struct store *s, const struct lease *l, const struct ledger_renaming *at, size_t n,
			   struct err *e) {
	struct rename_args a = { l, at, n };
	return write_after(s->writer, WRITE_FULL, l->generation, rename_op, &a, e);
}
