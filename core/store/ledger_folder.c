/* SPDX-License-Identifier: MIT
 *
 * ledger_folder.c - folders of the ledger: found, mapped, enumerated, restarted, unmapped.
 */
#include <stdlib.h>
#include <string.h>

#include "core/base/text.h"
#include "core/store/ledger_int.h"
#include "core/store/rows.h"

bool ledger_guard(struct db *db, const struct lease *l, int64_t folder, struct err *e) {
	int64_t ours;
	if (!db_int(db,
		    db_query(db, e,
			     "SELECT 1 FROM lease l CROSS JOIN folder f ON f.mailbox = l.mailbox "
			     "WHERE l.generation = ? AND l.worker = ? AND f.id = ?",
			     INT(l->generation), INT(l->worker), INT(folder)),
		    0, &ours, e))
		return false;
	return ours || (lease_check(db, l, e) && err_set(e, ERR_INPUT, "The folder is not one of the leased mailbox"));
}

static bool read_folder(struct db *db, int64_t mailbox, const char *src_wire, struct ledger_folder *out, bool *found,
			struct err *e) {
	uint64_t bytes_source, bytes_copied;
	*out = (struct ledger_folder){ 0 };
	sqlite3_stmt *st =
		db_query(db, e,
			 "SELECT m.id, m.src_uidvalidity, m.src_uidnext, m.src_modseq, m.dst_uidvalidity, m.must_match,"
			 " m.dst_wire, m.dst_display, m.skipped, m.subscribed IS NOT NULL," COUNT_COLUMNS
			 "FROM folder m WHERE m.mailbox = ? AND m.src_wire = ?",
			 INT(mailbox), TEXT(src_wire));
	int more = st ? db_next(db, st, e) : -1;
	*found = more > 0;
	if (more <= 0)
		return more == 0;
	out->id = db_i64(st, 0);
	out->src_uidvalidity = db_u32(st, 1);
	out->src_uidnext = db_u32(st, 2);
	out->src_highestmodseq = db_u64(st, 3);
	out->dst_uidvalidity = db_u32(st, 4);
	out->must_match = db_i64(st, 5) != 0;
	db_text(out->dst_wire, sizeof out->dst_wire, st, 6);
	db_text(out->dst_display, sizeof out->dst_display, st, 7);
	out->skipped = db_i64(st, 8) != 0;
	out->subscription_known = db_i64(st, 9) != 0;
	row_counts(st, 10, &out->counts, &bytes_source, &bytes_copied);
	db_done(st);
	return true;
}

/* For who has waited for the writer already. */
static bool look_up(struct store *s, int64_t mailbox, const char *src_wire, struct ledger_folder *out, bool *found,
		    struct err *e) {
	struct db *db = store_read(s, e);
	bool ok = db && read_folder(db, mailbox, src_wire, out, found, e);
	store_read_end(s, db);
	return ok;
}

bool ledger_folder_find(struct store *s, int64_t mailbox, const char *src_wire, struct ledger_folder *out, bool *found,
			struct err *e) {
	writer_drain(s->writer);
	return look_up(s, mailbox, src_wire, out, found, e);
}

struct open_args {
	const struct lease *l;
	const char *wire, *display;
};

static bool open_op(struct store *s, struct db *db, void *arg, struct err *e) {
	const struct open_args *a = arg;
	(void)s;
	return lease_check(db, a->l, e) &&
	       db_run(db, e,
		      "INSERT INTO folder(mailbox, src_wire, src_display) VALUES(?1, ?2, ?3) "
		      "ON CONFLICT(mailbox, src_wire) DO UPDATE SET src_display = ?3 WHERE src_display <> ?3",
		      INT(a->l->mailbox), TEXT(a->wire), TEXT(a->display));
}

bool ledger_folder_reread(struct store *s, const struct lease *l, const char *src_wire, struct ledger_folder *out,
			  struct err *e) {
	bool found;
	return look_up(s, l->mailbox, src_wire, out, &found, e) &&
	       (found || err_set(e, ERR_LEASE_LOST, "The mailbox was removed while it was being migrated"));
}

bool ledger_folder_open(struct store *s, const struct lease *l, const char *src_wire, const char *src_display,
			struct ledger_folder *out, struct err *e) {
	struct open_args a = { l, src_wire, src_display };
	return write_after(s->writer, WRITE_NORMAL, l->generation, open_op, &a, e) &&
	       ledger_folder_reread(s, l, src_wire, out, e);
}

/* The arguments of the changes of one folder that are waited for. */
struct folder_args {
	const struct lease *l;
	int64_t folder;
	const char *note;
	bool flag;
	uint32_t uidvalidity, uidnext;
	uint64_t modseq;
};

static bool write_folder(struct store *s, enum write_how how, write_fn *op, struct folder_args *a, struct err *e) {
	return write_after(s->writer, how, a->l->generation, op, a, e);
}

/* And of those that are not. */
struct map_args {
	struct lease l;
	int64_t folder;
	bool renamed, with_note;
	char wire[FOLDER_NAME_MAX], display[FOLDER_NAME_MAX], note[ERR_TEXT_MAX];
};
struct dst_args {
	struct lease l;
	int64_t folder;
	uint32_t uidvalidity;
};

static bool queue(struct store *s, write_fn *op, uint64_t generation, const void *args, size_t n, struct err *e) {
	void *copy = malloc(n);
	if (!copy)
		return err_nomem(e);
	memcpy(copy, args, n);
	return write_lazy(s->writer, &(struct write_job){ .run = op, .arg = copy, .cost = n, .generation = generation },
			  e);
}

static bool map_op(struct store *s, struct db *db, void *arg, struct err *e) {
	const struct map_args *a = arg;
	(void)s;
	return ledger_guard(db, &a->l, a->folder, e) &&
	       db_run(db, e,
		      "UPDATE mailbox SET renamed_folders = renamed_folders + ?1 - (SELECT renamed FROM folder WHERE "
		      "id = ?2) WHERE id = ?3",
		      INT(a->renamed), INT(a->folder), INT(a->l.mailbox)) &&
	       db_run(db, e,
		      "UPDATE folder SET dst_wire = ?1, dst_display = ?2, renamed = ?3, note = coalesce(?4, note), "
		      "skipped = 0 WHERE id = ?5",
		      TEXT(a->wire), TEXT(a->display), INT(a->renamed), a->with_note ? TEXT(a->note) : NONE,
		      INT(a->folder));
}

bool ledger_folder_map(struct store *s, const struct lease *l, int64_t folder, const char *dst_wire,
		       const char *dst_display, bool renamed, const char *note, struct err *e) {
	struct map_args a = { .l = *l, .folder = folder, .renamed = renamed, .with_note = note != NULL };
	text_copy(a.wire, sizeof a.wire, dst_wire);
	text_copy(a.display, sizeof a.display, dst_display);
	text_copy(a.note, sizeof a.note, note ? note : "");
	return queue(s, map_op, l->generation, &a, sizeof a, e);
}

static bool note_op(struct store *s, struct db *db, void *arg, struct err *e) {
	const struct folder_args *a = arg;
	(void)s;
	return ledger_guard(db, a->l, a->folder, e) &&
	       db_run(db, e, "UPDATE folder SET skipped = ?, note = coalesce(?, note) WHERE id = ?", INT(a->flag),
		      TEXT(a->note), INT(a->folder));
}

bool ledger_folder_note(struct store *s, const struct lease *l, int64_t folder, bool skipped, const char *note,
			struct err *e) {
	struct folder_args a = { .l = l, .folder = folder, .flag = skipped, .note = note };
	return write_folder(s, WRITE_NORMAL, note_op, &a, e);
}

static bool enumerated_op(struct store *s, struct db *db, void *arg, struct err *e) {
	const struct folder_args *a = arg;
	ordinals_end(s, a->l->generation, a->folder);
	return ledger_guard(db, a->l, a->folder, e) &&
	       db_run(db, e, "UPDATE folder SET src_uidvalidity = ?, src_uidnext = ?, src_modseq = ? WHERE id = ?",
		      INT(a->uidvalidity), INT(a->uidnext), INT(a->modseq), INT(a->folder));
}

bool ledger_folder_enumerated(struct store *s, const struct lease *l, int64_t folder, uint32_t uidvalidity,
			      uint32_t uidnext, uint64_t highestmodseq, struct err *e) {
	struct folder_args a = {
		.l = l, .folder = folder, .uidvalidity = uidvalidity, .uidnext = uidnext, .modseq = highestmodseq
	};
	/* The rows are lazy and come first: where one is lost this fails too, for an enumeration that has lost rows
	 * must not be called complete. A power cut may take both away. */
	return write_folder(s, WRITE_NORMAL, enumerated_op, &a, e);
}

bool ledger_drop_rows(struct db *db, int64_t folder, struct err *e) {
	return db_run(db, e, "DELETE FROM msg WHERE folder = ?", INT(folder)) &&
	       db_run(db, e, "DELETE FROM uidl WHERE folder = ?", INT(folder)) &&
	       db_run(db, e, "DELETE FROM failure WHERE folder = ?", INT(folder)) &&
	       db_run(db, e, "DELETE FROM tried_again WHERE folder = ?", INT(folder)) &&
	       db_run(db, e, "DELETE FROM repair WHERE folder = ?", INT(folder)) &&
	       db_run(db, e, "DELETE FROM intent WHERE folder = ?", INT(folder)) &&
	       db_run(db, e, "DELETE FROM folder_delta WHERE folder = ?", INT(folder)) &&
	       db_run(db, e, "DELETE FROM absent WHERE folder = ?", INT(folder)) &&
	       db_run(db, e, "DELETE FROM late_flag WHERE folder = ?", INT(folder)) &&
	       db_run(db, e, "DELETE FROM removal WHERE folder = ? AND done = 0", INT(folder));
}

/* The folder's own counts, taken away from the mailbox and from itself. */
static bool counts_to_zero(struct db *db, int64_t folder, struct err *e) {
	return db_run(db, e,
		      "UPDATE mailbox AS b SET n_source = b.n_source - f.n_source, n_copied = b.n_copied - f.n_copied,"
		      " n_adopted = b.n_adopted - f.n_adopted, n_merged = b.n_merged - f.n_merged,"
		      " n_skipped = b.n_skipped - f.n_skipped, n_failed = b.n_failed - f.n_failed,"
		      " n_vanished = b.n_vanished - f.n_vanished, n_pending = b.n_pending - f.n_pending,"
		      " bytes_source = b.bytes_source - f.bytes_source, bytes_copied = b.bytes_copied - f.bytes_copied,"
		      " bytes_pending = b.bytes_pending - f.bytes_pending,"
		      " dropped_keywords = max(0, b.dropped_keywords - f.dropped_keywords), uncopied = ?2"
		      " FROM folder f WHERE f.id = ?1 AND b.id = f.mailbox",
		      INT(folder), INT(wall_ms())) &&
	       db_run(db, e,
		      "UPDATE folder SET n_source = 0, n_copied = 0, n_adopted = 0, n_merged = 0, n_skipped = 0, "
		      "n_failed = 0,"
		      " n_vanished = 0, n_pending = 0, bytes_source = 0, bytes_copied = 0, bytes_pending = 0, "
		      "dropped_keywords = 0"
		      " WHERE id = ?",
		      INT(folder));
}

static bool restart_op(struct store *s, struct db *db, void *arg, struct err *e) {
	const struct folder_args *a = arg;
	ordinals_end(s, a->l->generation, a->folder);
	return ledger_guard(db, a->l, a->folder, e) && counts_to_zero(db, a->folder, e) &&
	       ledger_drop_rows(db, a->folder, e) &&
	       db_run(db, e,
		      "UPDATE folder SET src_uidvalidity = ?, src_uidnext = 0, src_modseq = 0, must_match = 1 WHERE id "
		      "= ?",
		      INT(a->uidvalidity), INT(a->folder));
}

bool ledger_folder_restart(struct store *s, const struct lease *l, int64_t folder, uint32_t new_uidvalidity,
			   struct err *e) {
	struct folder_args a = { .l = l, .folder = folder, .uidvalidity = new_uidvalidity };
	return write_folder(s, WRITE_FULL, restart_op, &a, e);
}

#define COPIED_STATES "2, 3, 4, 5" /* ACKED, DONE, ADOPTED, MERGED */
_Static_assert(MSG_ACKED == 2 && MSG_DONE == 3 && MSG_ADOPTED == 4 && MSG_MERGED == 5, "as in the SQL below");

/* What is about to be in doubt again, gathered by state. */
static bool tally_unmap(struct db *db, int64_t folder, struct tally *t, struct err *e) {
	int more = -1;
	sqlite3_stmt *st = db_query(db, e,
				    "SELECT state, count(*), coalesce(sum(size), 0) FROM msg "
				    "WHERE folder = ? AND state IN (" COPIED_STATES ") GROUP BY state",
				    INT(folder));
	while (st && (more = db_next(db, st, e)) > 0) {
		int64_t n = db_i64(st, 1), size = db_i64(st, 2);
		tally_rows(t, (enum msg_state)db_i64(st, 0), -n, -size);
		tally_rows(t, MSG_INTENT, n, size);
	}
	return more == 0 &&
	       db_int(db, db_query(db, e, "SELECT -dropped_keywords FROM folder WHERE id = ?", INT(folder)), 0,
		      &t->dropped_keywords, e);
}

/* All intents of the folder, old and new, become one: any UID of the target may be their copy. */
bool ledger_unmap_now(struct db *db, int64_t folder, uint32_t dst_uidvalidity, struct err *e) {
	struct tally t = { 0 };
	if (!tally_unmap(db, folder, &t, e) || !tally_apply(db, folder, &t, e) ||
	    !db_run(db, e, "DELETE FROM intent WHERE folder = ?", INT(folder)) ||
	    !db_run(db, e, "INSERT INTO intent(folder, dst_uidvalidity, uidnext, open) VALUES(?, ?, 1, 0)", INT(folder),
		    INT(dst_uidvalidity)))
		return false;
	int64_t intent = sqlite3_last_insert_rowid(db->h);
	if (!db_run(db, e,
		    "UPDATE msg SET state = 1, dst_uid = 0, batch = ? WHERE folder = ? AND state IN (1, " COPIED_STATES
		    ")",
		    INT(intent), INT(folder)))
		return false;
	return db_run(db, e, "UPDATE intent SET open = ? WHERE id = ?", INT(db_changes(db)), INT(intent)) &&
	       db_run(db, e, "DELETE FROM intent WHERE id = ? AND open = 0", INT(intent)) &&
	       db_run(db, e, "UPDATE folder SET dst_uidvalidity = ?, must_match = 1 WHERE id = ?", INT(dst_uidvalidity),
		      INT(folder));
}

static bool unmap_op(struct store *s, struct db *db, void *arg, struct err *e) {
	const struct folder_args *a = arg;
	(void)s;
	return ledger_guard(db, a->l, a->folder, e) && ledger_unmap_now(db, a->folder, a->uidvalidity, e);
}

bool ledger_folder_unmap(struct store *s, const struct lease *l, int64_t folder, uint32_t dst_uidvalidity,
			 struct err *e) {
	struct folder_args a = { .l = l, .folder = folder, .uidvalidity = dst_uidvalidity };
	return write_folder(s, WRITE_FULL, unmap_op, &a, e);
}

static bool set_dst_op(struct store *s, struct db *db, void *arg, struct err *e) {
	const struct dst_args *a = arg;
	(void)s;
	return ledger_guard(db, &a->l, a->folder, e) &&
	       db_run(db, e, "UPDATE folder SET dst_uidvalidity = ? WHERE id = ?", INT(a->uidvalidity), INT(a->folder));
}

bool ledger_folder_set_dst(struct store *s, const struct lease *l, int64_t folder, uint32_t dst_uidvalidity,
			   struct err *e) {
	struct dst_args a = { .l = *l, .folder = folder, .uidvalidity = dst_uidvalidity };
	return queue(s, set_dst_op, l->generation, &a, sizeof a, e);
}

static bool matched_op(struct store *s, struct db *db, void *arg, struct err *e) {
	const struct folder_args *a = arg;
	(void)s;
	return ledger_guard(db, a->l, a->folder, e) &&
	       db_run(db, e, "UPDATE folder SET must_match = 0 WHERE id = ?", INT(a->folder));
}

bool ledger_folder_matched(struct store *s, const struct lease *l, int64_t folder, struct err *e) {
	struct folder_args a = { .l = l, .folder = folder };
	return write_folder(s, WRITE_NORMAL, matched_op, &a, e);
}
