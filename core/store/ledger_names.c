/* SPDX-License-Identifier: MIT
 *
 * ledger_names.c - failures get the names that a person knows a message by, when its header was not at hand before.
 */
#include <stdlib.h>
#include <string.h>

#include "core/base/text.h"
#include "core/store/ledger_int.h"

#define NAME_TEXT_MAX 200

bool ledger_unnamed(struct store *s, int64_t folder, uint32_t *uids, size_t cap, size_t *n, struct err *e) {
	int more = -1;
	*n = 0;
	writer_drain(s->writer);
	struct db *db = store_read(s, e);
	sqlite3_stmt *st =
		db ? db_query(db, e,
			      "SELECT x.uid FROM failure x CROSS JOIN msg g ON g.folder = x.folder AND g.uid = "
			      "x.uid WHERE x.folder = ? AND g.state = ? AND x.subject = '' AND x.sender = '' AND "
			      "x.message_id = '' ORDER BY x.uid LIMIT ?",
			      INT(folder), INT(MSG_FAILED), INT(cap))
		   : NULL;
	while (st && (more = db_next(db, st, e)) > 0)
		uids[(*n)++] = db_u32(st, 0);
	store_read_end(s, db);
	return more == 0;
}

struct name_args {
	struct lease l;
	int64_t folder;
	uint32_t uid;
	char subject[NAME_TEXT_MAX], from[NAME_TEXT_MAX], message_id[NAME_TEXT_MAX], date[64];
};

static bool name_op(struct store *s, struct db *db, void *arg, struct err *e) {
	const struct name_args *a = arg;
	(void)s;
	return ledger_guard(db, &a->l, a->folder, e) &&
	       db_run(db, e,
		      "UPDATE failure SET subject = CASE subject WHEN '' THEN ? ELSE subject END,"
		      " sender = CASE sender WHEN '' THEN ? ELSE sender END,"
		      " date = CASE date WHEN '' THEN ? ELSE date END,"
		      " message_id = CASE message_id WHEN '' THEN ? ELSE message_id END WHERE folder = ? AND uid = ?",
		      TEXT(a->subject), TEXT(a->from), TEXT(a->date), TEXT(a->message_id), INT(a->folder), INT(a->uid));
}

bool ledger_name(struct store *s, const struct lease *l, int64_t folder, const struct ledger_change *name,
		 struct err *e) {
	struct name_args *a = calloc(1, sizeof *a);
	if (!a)
		return err_nomem(e);
	a->l = *l;
	a->folder = folder;
	a->uid = name->uid;
	text_copy(a->subject, sizeof a->subject, name->subject ? name->subject : "");
	text_copy(a->from, sizeof a->from, name->from ? name->from : "");
	text_copy(a->date, sizeof a->date, name->date ? name->date : "");
	text_copy(a->message_id, sizeof a->message_id, name->message_id ? name->message_id : "");
	return write_lazy(
		s->writer,
		&(struct write_job){ .run = name_op, .arg = a, .cost = sizeof *a, .generation = l->generation }, e);
}
