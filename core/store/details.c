/* SPDX-License-Identifier: MIT
 *
 * details.c - one mailbox in depth: its folders and the messages that did not simply arrive.
 */
#include "core/store/mailboxes.h"

#include <assert.h>
#include <stdio.h>
#include <string.h>

#include "core/base/date.h"
#include "core/base/text.h"
#include "core/store/dead_letters.h"
#include "core/store/rows.h"
#include "core/store/store_int.h"

static bool list_folders(struct db *db, int64_t mailbox, folder_row_fn *fn, void *arg, struct err *e) {
	struct folder_row row;
	int more = -1;
	sqlite3_stmt *st =
		db_query(db, e,
			 "SELECT m.id, m.src_display, m.dst_display, m.renamed, m.skipped, m.note," COUNT_COLUMNS
			 "FROM folder m WHERE m.mailbox = ? "
			 "ORDER BY m.src_display <> 'INBOX' COLLATE NOCASE, m.src_display COLLATE NOCASE, m.id",
			 INT(mailbox));
	while (st && (more = db_next(db, st, e)) > 0) {
		row = (struct folder_row){ .id = db_i64(st, 0),
					   .renamed = db_i64(st, 3) != 0,
					   .skipped = db_i64(st, 4) != 0 };
		db_shown(row.source, sizeof row.source, st, 1);
		db_shown(row.target, sizeof row.target, st, 2);
		db_shown(row.note, sizeof row.note, st, 5);
		row_counts(st, 6, &row.counts, &row.bytes_source, &row.bytes_copied);
		if (!fn(arg, &row))
			return true;
	}
	return more == 0;
}

bool mailbox_folders(struct store *s, int64_t mailbox, folder_row_fn *fn, void *arg, struct err *e) {
	struct db *db = store_read(s, e);
	bool ok = db && list_folders(db, mailbox, fn, arg, e);
	store_read_end(s, db);
	return ok;
}

static void find_letter(struct store *s, int64_t mailbox, sqlite3_stmt *st, int column, struct failure_row *row) {
	static_assert(sizeof row->kept >= DEAD_LETTER_NAME_MAX, "a name fits");
	struct dead_letter_id id = { .mailbox = mailbox,
				     .folder = db_i64(st, column),
				     .uidvalidity = db_u32(st, column + 1),
				     .uid = row->uid };
	char why[ERR_TEXT_MAX - sizeof row->kept - sizeof "; kept as "];
	if (row->state != MSG_FAILED || !dead_letter_there(s, &id))
		return;
	dead_letter_name(row->kept, &id);
	text_sanitise(why, sizeof why, row->text, strlen(row->text));
	snprintf(row->text, sizeof row->text, "%s; kept as %s", why, row->kept);
}

/* Of two columns, date and zone; "" when it is not known. */
static void arrival_text(char *dst, size_t size, sqlite3_stmt *st, int column) {
	struct mail_date arrived = { db_i64(st, column), (int16_t)db_i64(st, column + 1), true };
	char text[DATE_IMAP_MAX];
	if (sqlite3_column_type(st, column) == SQLITE_NULL)
		return;
	date_format_imap(text, &arrived);
	text_copy(dst, size, text + (text[0] == ' '));
}

static bool list_failures(struct store *s, struct db *db, int64_t mailbox, failure_row_fn *fn, void *arg,
			  struct err *e) {
	struct failure_row row;
	bool letters = dead_letters_any(s, mailbox);
	int more = -1;
	sqlite3_stmt *st = db_query(
		db, e,
		"SELECT f.src_display, x.uid, u.uidl, g.state, r.cat, x.subject, x.sender, x.date, g.size, r.text,"
		" x.message_id, g.date, g.zone, f.id, f.src_uidvalidity "
		"FROM folder f CROSS JOIN failure x ON x.folder = f.id "
		"CROSS JOIN msg g ON g.folder = x.folder AND g.uid = x.uid "
		"CROSS JOIN reason r ON r.id = x.reason "
		"LEFT JOIN uidl u ON u.folder = x.folder AND u.uid = x.uid "
		"WHERE f.mailbox = ? ORDER BY f.id, x.uid",
		INT(mailbox));
	while (st && (more = db_next(db, st, e)) > 0) {
		const char *cat = (const char *)sqlite3_column_text(st, 4);
		row = (struct failure_row){ .uid = db_u32(st, 1),
					    .state = (enum msg_state)db_i64(st, 3),
					    .cat = err_cat_parse(cat),
					    .size = db_u64(st, 8) };
		db_shown(row.folder, sizeof row.folder, st, 0);
		db_shown(row.uidl, sizeof row.uidl, st, 2);
		db_shown(row.subject, sizeof row.subject, st, 5);
		db_shown(row.from, sizeof row.from, st, 6);
		db_shown(row.date, sizeof row.date, st, 7);
		db_shown(row.text, sizeof row.text, st, 9);
		db_shown(row.message_id, sizeof row.message_id, st, 10);
		if (letters)
			find_letter(s, mailbox, st, 13, &row);
		if (!row.date[0])
			arrival_text(row.date, sizeof row.date, st, 11);
		if (!fn(arg, &row))
			return true;
	}
	return more == 0;
}

bool mailbox_failures(struct store *s, int64_t mailbox, failure_row_fn *fn, void *arg, struct err *e) {
	struct db *db = store_read(s, e);
	bool ok = db && list_failures(s, db, mailbox, fn, arg, e);
	store_read_end(s, db);
	return ok;
}

static bool list_pending(struct db *db, int64_t mailbox, failure_row_fn *fn, void *arg, struct err *e) {
	struct failure_row row;
	int more = -1;
	sqlite3_stmt *st = db_query(db, e,
				    "SELECT f.src_display, g.uid, u.uidl, g.state, g.size, g.date, g.zone "
				    "FROM folder f CROSS JOIN msg g ON g.folder = f.id "
				    "LEFT JOIN uidl u ON u.folder = g.folder AND u.uid = g.uid "
				    "WHERE f.mailbox = ? AND f.n_pending > 0 AND g.state IN (?, ?) "
				    "ORDER BY f.id, g.uid",
				    INT(mailbox), INT(MSG_PENDING), INT(MSG_INTENT));
	while (st && (more = db_next(db, st, e)) > 0) {
		row = (struct failure_row){ .uid = db_u32(st, 1),
					    .state = (enum msg_state)db_i64(st, 3),
					    .size = db_u64(st, 4) };
		db_shown(row.folder, sizeof row.folder, st, 0);
		db_shown(row.uidl, sizeof row.uidl, st, 2);
		arrival_text(row.date, sizeof row.date, st, 5);
		text_copy(row.text, sizeof row.text,
			  row.state == MSG_PENDING ? "Not copied yet"
						   : "Not known to be copied: the next run finds out");
		if (!fn(arg, &row))
			return true;
	}
	return more == 0;
}

bool mailbox_pending(struct store *s, int64_t mailbox, failure_row_fn *fn, void *arg, struct err *e) {
	struct db *db = store_read(s, e);
	bool ok = db && list_pending(db, mailbox, fn, arg, e);
	store_read_end(s, db);
	return ok;
}

bool mailbox_source_root(struct store *s, int64_t id, char *dst, size_t size, struct err *e) {
	struct db *db = store_read(s, e);
	if (!db)
		return false;
	sqlite3_stmt *st = db_query(db, e, "SELECT source_root FROM mailbox WHERE id = ?", INT(id));
	int more = st ? db_next(db, st, e) : -1;
	if (more > 0)
		db_text(dst, size, st, 0);
	store_read_end(s, db);
	if (more == 0)
		return err_set(e, ERR_INPUT, "There is no mailbox %lld (any more)", (long long)id);
	return more > 0;
}
