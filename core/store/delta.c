/* SPDX-License-Identifier: MIT
 *
 * delta.c - see delta.h: settings, listings, and the source's flags as the base of the next comparison.
 */
#include "core/store/delta.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/base/text.h"
#include "core/store/ledger_int.h"
#include "core/store/settings.h"

#define WAIT_DEFAULT_S 60
#define WAIT_MAX_S 86400

const char *const sync_deletes_names[] = { "off", "preview", "trash", "expunge", NULL };

bool sync_settings_get(struct store *s, struct sync_settings *out, struct err *e) {
	char flags[8], deletes[16], wait[16];
	*out = (struct sync_settings){ .wait_s = WAIT_DEFAULT_S };
	if (!setting_get(s, "sync_flags", flags, sizeof flags, "off", e) ||
	    !setting_get(s, "sync_deletes", deletes, sizeof deletes, "off", e) ||
	    !setting_get(s, "sync_deletes_who", out->deletes_who, sizeof out->deletes_who, "", e) ||
	    !setting_get(s, "sync_deletes_wait_s", wait, sizeof wait, "", e))
		return false;
	out->flags = strcmp(flags, "on") == 0;
	for (size_t i = 0; sync_deletes_names[i]; i++)
		if (strcmp(deletes, sync_deletes_names[i]) == 0)
			out->deletes = (enum sync_deletes)i;
	char *end;
	unsigned long seconds = strtoul(wait, &end, 10);
	if (*wait && !*end && seconds <= WAIT_MAX_S)
		out->wait_s = (unsigned)seconds;
	return true;
}

struct settings_args {
	const struct sync_settings *in;
	const char *who;
};

static bool put_setting(struct db *db, const char *name, const char *value, struct err *e) {
	return db_run(db, e, "INSERT OR REPLACE INTO setting(name, value) VALUES(?, ?)", TEXT(name), TEXT(value));
}

static bool settings_op(struct store *s, struct db *db, void *arg, struct err *e) {
	const struct settings_args *a = arg;
	const char *by = a->in->deletes == SYNC_DELETES_OFF ? "" : *a->in->deletes_who ? a->in->deletes_who : a->who;
	char scope[64];
	(void)s;
	snprintf(scope, sizeof scope, "flags %s, deletes %s", a->in->flags ? "on" : "off",
		 sync_deletes_names[a->in->deletes]);
	return put_setting(db, "sync_flags", a->in->flags ? "on" : "off", e) &&
	       put_setting(db, "sync_deletes", sync_deletes_names[a->in->deletes], e) &&
	       put_setting(db, "sync_deletes_who", by, e) &&
	       db_run(db, e,
		      "INSERT INTO audit(at, who, command, scope, affected, refused) VALUES(?, ?, 'sync', ?, 0, 0)",
		      INT(wall_ms()), TEXT(a->who), TEXT(scope));
}

bool sync_settings_set(struct store *s, const struct sync_settings *in, const char *who, struct err *e) {
	struct settings_args a = { in, who };
	if ((unsigned)in->deletes >= SYNC_DELETES_COUNT || strlen(who) >= SYNC_WHO_MAX)
		return err_set(e, ERR_INPUT, "The settings of the delta pass are not valid");
	return write_wait(s->writer, WRITE_FULL, settings_op, &a, e);
}

bool delta_get(struct store *s, int64_t folder, struct delta *out, struct err *e) {
	*out = (struct delta){ 0 };
	writer_drain(s->writer);
	struct db *db = store_read(s, e);
	sqlite3_stmt *st = db ? db_query(db, e,
					 "SELECT src_exists, partial, flags_modseq,"
					 " (SELECT count(*) FROM absent WHERE folder = ?1 AND kept = 0),"
					 " (SELECT count(*) FROM absent WHERE folder = ?1 AND kept = 1) "
					 "FROM folder_delta WHERE folder = ?1",
					 INT(folder))
			      : NULL;
	int more = st ? db_next(db, st, e) : -1;
	if (more > 0) {
		*out = (struct delta){ .known = sqlite3_column_type(st, 0) != SQLITE_NULL,
				       .exists = db_u32(st, 0),
				       .partial = db_u32(st, 1),
				       .flags_modseq = db_u64(st, 2),
				       .absent_open = db_u64(st, 3),
				       .absent_kept = db_u64(st, 4) };
		db_done(st);
	}
	store_read_end(s, db);
	return more >= 0;
}

struct enumerated_args {
	struct lease l;
	int64_t folder;
	struct delta_listing d;
};

static bool enumerated_op(struct store *s, struct db *db, void *arg, struct err *e) {
	const struct enumerated_args *a = arg;
	const struct delta_listing *d = &a->d;
	(void)s;
	/* max_uid only grows while the listings are partial. */
	return ledger_guard(db, &a->l, a->folder, e) &&
	       db_run(db, e,
		      "INSERT INTO folder_delta(folder, src_exists, listed, uidnext, max_uid, partial, status_messages,"
		      " status_uidnext) VALUES(?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8) ON CONFLICT DO UPDATE SET "
		      "src_exists = ?2, listed = ?3, uidnext = ?4, status_messages = ?7, status_uidnext = ?8, "
		      "max_uid = iif(?6 = 0, ?5, max(max_uid, ?5)), partial = iif(?6 = 0, 0, partial + 1)",
		      INT(a->folder), INT(d->exists), INT(d->listed), INT(d->uidnext), INT(d->max_uid), INT(!d->whole),
		      d->status_known ? INT(d->status_messages) : NONE, INT(d->status_uidnext));
}

bool delta_enumerated(struct store *s, const struct lease *l, int64_t folder, const struct delta_listing *d,
		      struct err *e) {
	struct enumerated_args *a = malloc(sizeof *a);
	if (!a)
		return err_nomem(e);
	*a = (struct enumerated_args){ *l, folder, *d };
	return write_lazy(
		s->writer,
		&(struct write_job){ .run = enumerated_op, .arg = a, .cost = sizeof *a, .generation = l->generation },
		e);
}

struct flags_args {
	const struct lease *l;
	int64_t folder;
	const struct flags_now *at;
	size_t n;
	uint64_t modseq;
};

static bool flags_done_op(struct store *s, struct db *db, void *arg, struct err *e) {
	const struct flags_args *a = arg;
	(void)s;
	return ledger_guard(db, a->l, a->folder, e) &&
	       db_run(db, e,
		      "INSERT INTO folder_delta(folder, flags_modseq) VALUES(?1, ?2) ON CONFLICT DO UPDATE SET "
		      "flags_modseq = ?2",
		      INT(a->folder), INT(a->modseq));
}

bool delta_flags_done(struct store *s, const struct lease *l, int64_t folder, uint64_t modseq, struct err *e) {
	struct flags_args a = { .l = l, .folder = folder, .modseq = modseq };
	return write_check(s->writer, l->generation, e) && write_wait(s->writer, WRITE_NORMAL, flags_done_op, &a, e);
}

static bool flags_op(struct store *s, struct db *db, void *arg, struct err *e) {
	const struct flags_args *a = arg;
	(void)s;
	if (!ledger_guard(db, a->l, a->folder, e))
		return false;
	for (size_t i = 0; i < a->n; i++) {
		const char *words = a->at[i].keywords;
		if (*words &&
		    !db_run(db, e, "INSERT INTO keyword_set(words) VALUES(?) ON CONFLICT DO NOTHING", TEXT(words)))
			return false;
		if (!db_run(db, e,
			    "UPDATE msg SET flags = ?1, keywords = coalesce((SELECT id FROM keyword_set WHERE words = "
			    "?2), 0) WHERE folder = ?3 AND uid = ?4",
			    INT(a->at[i].flags), TEXT(words), INT(a->folder), INT(a->at[i].uid)))
			return false;
	}
	return true;
}

bool delta_flags(struct store *s, const struct lease *l, int64_t folder, const struct flags_now *at, size_t n,
		 struct err *e) {
	struct flags_args a = { .l = l, .folder = folder, .at = at, .n = n };
	return write_check(s->writer, l->generation, e) && write_wait(s->writer, WRITE_NORMAL, flags_op, &a, e);
}
