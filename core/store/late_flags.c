/* SPDX-License-Identifier: MIT
 *
 * late_flags.c - see late_flags.h.
 */
#include "core/store/late_flags.h"

#include <stdlib.h>
#include <string.h>

#include "core/store/ledger_int.h"

struct flag_args {
	struct lease l;
	int64_t folder;
	size_t n;
	uint32_t uids[];
};

static bool owe_op(struct store *s, struct db *db, void *arg, struct err *e) {
	const struct flag_args *a = arg;
	(void)s;
	bool ok = ledger_guard(db, &a->l, a->folder, e);
	for (size_t i = 0; ok && i < a->n; i++)
		ok = db_run(db, e, "INSERT OR IGNORE INTO late_flag(folder, uid) VALUES(?, ?)", INT(a->folder),
			    INT(a->uids[i]));
	return ok;
}

static bool paid_op(struct store *s, struct db *db, void *arg, struct err *e) {
	const struct flag_args *a = arg;
	(void)s;
	bool ok = ledger_guard(db, &a->l, a->folder, e);
	for (size_t i = 0; ok && i < a->n; i++)
		ok = db_run(db, e, "DELETE FROM late_flag WHERE folder = ? AND uid = ?", INT(a->folder),
			    INT(a->uids[i]));
	return ok;
}

static bool queue(struct store *s, write_fn *run, const struct lease *l, int64_t folder, const uint32_t *uids, size_t n,
		  struct err *e) {
	size_t cost = sizeof(struct flag_args) + n * sizeof *uids;
	if (n == 0)
		return true;
	if (n > LEDGER_CALL_MAX)
		return err_set(e, ERR_INPUT, "Too many messages at once");
	if (!write_check(s->writer, l->generation, e))
		return false;
	struct flag_args *a = malloc(cost);
	if (!a)
		return err_nomem(e);
	*a = (struct flag_args){ .l = *l, .folder = folder, .n = n };
	memcpy(a->uids, uids, n * sizeof *uids);
	return write_lazy(s->writer,
			  &(struct write_job){ .run = run, .arg = a, .cost = cost, .generation = l->generation }, e);
}

bool late_flags_owe(struct store *s, const struct lease *l, int64_t folder, const uint32_t *uids, size_t n,
		    struct err *e) {
	return queue(s, owe_op, l, folder, uids, n, e);
}

bool late_flags_paid(struct store *s, const struct lease *l, int64_t folder, const uint32_t *uids, size_t n,
		     struct err *e) {
	return queue(s, paid_op, l, folder, uids, n, e);
}

#define OWED                                                                                                           \
	" FROM late_flag x CROSS JOIN msg g ON g.folder = x.folder AND g.uid = x.uid WHERE x.folder = ? AND g.state "  \
	"IN (2, 3, 4, 5)" /* ACKED, DONE, ADOPTED, MERGED */
_Static_assert(MSG_ACKED == 2 && MSG_DONE == 3 && MSG_ADOPTED == 4 && MSG_MERGED == 5, "as in the SQL above");

bool late_flags_any(struct store *s, int64_t folder, bool *any, struct err *e) {
	int64_t found = 0;
	writer_drain(s->writer);
	struct db *db = store_read(s, e);
	bool ok = db && db_int(db, db_query(db, e, "SELECT EXISTS(SELECT 1" OWED ")", INT(folder)), 0, &found, e);
	store_read_end(s, db);
	*any = found != 0;
	return ok;
}

static bool next_owed(struct store *s, int64_t folder, uint32_t after, uint32_t *uid, struct err *e) {
	int64_t found = 0;
	struct db *db = store_read(s, e);
	bool ok = db && db_int(db,
			       db_query(db, e, "SELECT x.uid" OWED " AND x.uid > ? ORDER BY x.uid LIMIT 1",
					INT(folder), INT(after)),
			       0,
			       &found, e);
	store_read_end(s, db);
	*uid = (uint32_t)found;
	return ok;
}

bool late_flags_rows(struct store *s, int64_t folder, uint32_t after, struct ledger_row *out, size_t cap, size_t *n,
		     struct err *e) {
	*n = 0;
	writer_drain(s->writer);
	while (*n < cap) {
		bool found;
		if (!next_owed(s, folder, after, &after, e))
			return false;
		if (!after)
			return true;
		if (!ledger_row_get(s, folder, after, &out[*n], &found, e))
			return false;
		*n += found;
	}
	return true;
}
