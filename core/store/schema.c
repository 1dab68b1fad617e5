/* SPDX-License-Identifier: MIT
 *
 * schema.c - the whole schema as forward steps; step N makes version N + 1 of version N.
 *
 * A step that has been released is never edited: a change of the schema is one more step.
 * The CHECKs on counts are the identity of model/mailbox.h: a write that would break
 * it is refused by the database, whoever makes it.
 */
#include "core/store/schema.h"

#include <assert.h>
#include <stdio.h>

#include "core/model/mailbox.h"
#include "core/store/schema_steps.h"

/* These numbers are in the tables. */
static_assert(MBOX_QUEUED == 0 && MBOX_CONNECTING == 1 && MBOX_COPYING == 2 && MBOX_THROTTLED == 3 &&
		      MBOX_PAUSED == 4 && MBOX_STOPPED == 5 && MBOX_SYNCED == 6 && MBOX_SYNCED_WITH_GAPS == 7 &&
		      MBOX_FAILED == 8,
	      "mailbox states are stored as numbers: a new order needs a migration step");
static_assert(MSG_PENDING == 0 && MSG_VANISHED == 8, "message states are stored as numbers");

#define COUNTS                                                                                                         \
	" n_source INTEGER NOT NULL DEFAULT 0, n_copied INTEGER NOT NULL DEFAULT 0,"                                   \
	" n_adopted INTEGER NOT NULL DEFAULT 0, n_merged INTEGER NOT NULL DEFAULT 0,"                                  \
	" n_skipped INTEGER NOT NULL DEFAULT 0, n_failed INTEGER NOT NULL DEFAULT 0,"                                  \
	" n_vanished INTEGER NOT NULL DEFAULT 0, n_pending INTEGER NOT NULL DEFAULT 0,"                                \
	" bytes_source INTEGER NOT NULL DEFAULT 0, bytes_copied INTEGER NOT NULL DEFAULT 0,"                           \
	" bytes_pending INTEGER NOT NULL DEFAULT 0, dropped_keywords INTEGER NOT NULL DEFAULT 0,"
#define COUNTS_CHECK                                                                                                   \
	" CHECK (n_source = n_copied + n_adopted + n_merged + n_skipped + n_failed + n_vanished + n_pending),"         \
	" CHECK (min(n_copied, n_adopted, n_merged, n_skipped, n_failed, n_vanished, n_pending) >= 0),"                \
	" CHECK (min(bytes_source, bytes_copied, bytes_pending) >= 0)"

static const char version_1[] =
	"CREATE TABLE setting(name TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;"

	/* Sealed by vault.h; purpose and row are bound into the seal. */
	"CREATE TABLE secret(purpose INTEGER NOT NULL, row INTEGER NOT NULL, sealed BLOB NOT NULL,"
	" PRIMARY KEY(purpose, row)) WITHOUT ROWID;"

	"CREATE TABLE batch(id INTEGER PRIMARY KEY AUTOINCREMENT, name TEXT NOT NULL COLLATE NOCASE UNIQUE);"

	/* identity: hash of what a row is known by (add.c). target_key: the lease key, NULL while the target
	 * is unknown. done: the sort key for "how far". wish: see leases_int.h. */
	"CREATE TABLE mailbox(id INTEGER PRIMARY KEY AUTOINCREMENT,"
	" state INTEGER NOT NULL DEFAULT 5, wish INTEGER NOT NULL DEFAULT 0, batch INTEGER NOT NULL DEFAULT 0,"
	" ever_run INTEGER NOT NULL DEFAULT 0,"
	" source TEXT NOT NULL COLLATE NOCASE, target TEXT NOT NULL COLLATE NOCASE,"
	" identity BLOB NOT NULL UNIQUE, target_key TEXT, source_root TEXT NOT NULL DEFAULT ''," COUNTS
	" renamed_folders INTEGER NOT NULL DEFAULT 0,"
	" rate_bytes REAL NOT NULL DEFAULT 0, rate_messages REAL NOT NULL DEFAULT 0,"
	" eta_s INTEGER NOT NULL DEFAULT -1, throttled_until INTEGER NOT NULL DEFAULT 0,"
	" started INTEGER NOT NULL DEFAULT 0, finished INTEGER NOT NULL DEFAULT 0,"
	" error_cat TEXT NOT NULL DEFAULT '', error TEXT NOT NULL DEFAULT '',"
	" test INTEGER NOT NULL DEFAULT 0, test_worker INTEGER NOT NULL DEFAULT 0,"
	" test_text TEXT NOT NULL DEFAULT '', tested INTEGER NOT NULL DEFAULT 0,"
	" done REAL AS (CASE WHEN ever_run = 0 THEN -1.0 WHEN n_pending = 0 THEN 1.0"
	"  ELSE CAST(n_source - n_pending AS REAL) / n_source END) VIRTUAL," COUNTS_CHECK ");"
	"CREATE INDEX mailbox_source ON mailbox(source);"
	"CREATE INDEX mailbox_target ON mailbox(target);"
	"CREATE INDEX mailbox_state ON mailbox(state);"
	"CREATE INDEX mailbox_batch ON mailbox(batch);"
	"CREATE INDEX mailbox_done ON mailbox(done);"
	"CREATE INDEX mailbox_bytes ON mailbox(bytes_copied);"
	"CREATE INDEX mailbox_rate ON mailbox(rate_bytes);"
	"CREATE INDEX mailbox_error ON mailbox(error_cat, error);"
	"CREATE INDEX mailbox_unknown ON mailbox(state) WHERE target_key IS NULL;"
	"CREATE INDEX mailbox_test ON mailbox(test) WHERE test IN (1, 2);"

	/* side 0 = source, 1 = target; mailbox 0, side 1 is the project's target server. */
	"CREATE TABLE endpoint(mailbox INTEGER NOT NULL, side INTEGER NOT NULL, proto INTEGER NOT NULL,"
	" security INTEGER NOT NULL, insecure INTEGER NOT NULL, port INTEGER NOT NULL, host TEXT NOT NULL,"
	" login TEXT NOT NULL, authzid TEXT NOT NULL, pin TEXT NOT NULL, ca_file TEXT NOT NULL, proxy TEXT NOT NULL,"
	" PRIMARY KEY(mailbox, side)) WITHOUT ROWID;"

	"CREATE TABLE folder(id INTEGER PRIMARY KEY AUTOINCREMENT, mailbox INTEGER NOT NULL,"
	" src_wire TEXT NOT NULL, src_display TEXT NOT NULL,"
	" dst_wire TEXT NOT NULL DEFAULT '', dst_display TEXT NOT NULL DEFAULT '',"
	" renamed INTEGER NOT NULL DEFAULT 0, skipped INTEGER NOT NULL DEFAULT 0, note TEXT NOT NULL DEFAULT '',"
	" src_uidvalidity INTEGER NOT NULL DEFAULT 0, src_uidnext INTEGER NOT NULL DEFAULT 0,"
	" src_modseq INTEGER NOT NULL DEFAULT 0, dst_uidvalidity INTEGER NOT NULL DEFAULT 0,"
	" must_match INTEGER NOT NULL DEFAULT 0," COUNTS " UNIQUE(mailbox, src_wire)," COUNTS_CHECK ");"

	/* The ledger. Millions of rows, so: integers, no row id, texts elsewhere. fp is ident (8 bytes, little
	 * endian) and body hash (16), zeros at first: a row must not grow when it is done, or pages split.
	 * date NULL: unknown. size NULL: unknown. batch: of the intent while INTENT, else 0. */
	"CREATE TABLE msg(folder INTEGER NOT NULL, uid INTEGER NOT NULL, state INTEGER NOT NULL,"
	" flags INTEGER NOT NULL, keywords INTEGER NOT NULL, date INTEGER, zone INTEGER NOT NULL, size INTEGER,"
	" batch INTEGER NOT NULL, dst_uid INTEGER NOT NULL, fp BLOB NOT NULL,"
	" PRIMARY KEY(folder, uid)) WITHOUT ROWID;"
	"CREATE TABLE keyword_set(id INTEGER PRIMARY KEY, words TEXT NOT NULL UNIQUE);"
	"CREATE TABLE uidl(folder INTEGER NOT NULL, uidl TEXT NOT NULL, ordinal INTEGER NOT NULL, uid INTEGER NOT NULL,"
	" PRIMARY KEY(folder, uidl, ordinal)) WITHOUT ROWID;"
	"CREATE UNIQUE INDEX uidl_uid ON uidl(folder, uid);"
	/* Messages that did not simply arrive. Many share their reason: a rule skips a whole folder. */
	"CREATE TABLE reason(id INTEGER PRIMARY KEY, cat TEXT NOT NULL, text TEXT NOT NULL, UNIQUE(cat, text));"
	"CREATE TABLE failure(folder INTEGER NOT NULL, uid INTEGER NOT NULL, reason INTEGER NOT NULL,"
	" subject TEXT NOT NULL, sender TEXT NOT NULL, date TEXT NOT NULL, PRIMARY KEY(folder, uid)) WITHOUT ROWID;"

	/* A group of intents: its copies have UID >= uidnext. open: rows still INTENT; gone at 0. */
	"CREATE TABLE intent(id INTEGER PRIMARY KEY AUTOINCREMENT, folder INTEGER NOT NULL,"
	" dst_uidvalidity INTEGER NOT NULL, uidnext INTEGER NOT NULL, open INTEGER NOT NULL CHECK (open >= 0));"
	"CREATE INDEX intent_folder ON intent(folder);"

	/* heartbeat by two clocks: mono counts when boot is this boot, wall otherwise. */
	"CREATE TABLE worker(id INTEGER PRIMARY KEY AUTOINCREMENT, pid INTEGER NOT NULL, start INTEGER NOT NULL,"
	" boot TEXT NOT NULL, pid_ns INTEGER NOT NULL, host TEXT NOT NULL, version TEXT NOT NULL,"
	" jobs INTEGER NOT NULL, running INTEGER NOT NULL DEFAULT 0, started INTEGER NOT NULL,"
	" beat_wall INTEGER NOT NULL, beat_mono INTEGER NOT NULL);"
	/* AUTOINCREMENT: a generation is never used twice, also after its lease is gone. */
	"CREATE TABLE lease(generation INTEGER PRIMARY KEY AUTOINCREMENT, key TEXT NOT NULL UNIQUE,"
	" mailbox INTEGER NOT NULL UNIQUE, worker INTEGER NOT NULL);"

	"CREATE TABLE audit(id INTEGER PRIMARY KEY AUTOINCREMENT, at INTEGER NOT NULL, who TEXT NOT NULL,"
	" command TEXT NOT NULL, scope TEXT NOT NULL, affected INTEGER NOT NULL, refused INTEGER NOT NULL);";

/* failure.message_id names a gap for people. active_since: last report of a mailbox in a worker's hands, from which
 * the times are added up. uncopied: when a copy last ceased to be known as one. verification: the last look that went
 * to its end; difference: the first of what it found. */
static const char certificate[] =
	"ALTER TABLE failure ADD COLUMN message_id TEXT NOT NULL DEFAULT '';"
	"ALTER TABLE mailbox ADD COLUMN run_ms INTEGER NOT NULL DEFAULT 0;"
	"ALTER TABLE mailbox ADD COLUMN throttled_ms INTEGER NOT NULL DEFAULT 0;"
	"ALTER TABLE mailbox ADD COLUMN active_since INTEGER NOT NULL DEFAULT 0;"
	"ALTER TABLE mailbox ADD COLUMN uncopied INTEGER NOT NULL DEFAULT 0;"
	"CREATE TABLE verification(mailbox INTEGER PRIMARY KEY, level INTEGER NOT NULL, at INTEGER NOT NULL,"
	" seed INTEGER NOT NULL, checked INTEGER NOT NULL, bodies INTEGER NOT NULL, gaps INTEGER NOT NULL,"
	" notes INTEGER NOT NULL, missing INTEGER NOT NULL, duplicates INTEGER NOT NULL, others INTEGER NOT NULL,"
	" not_copied INTEGER NOT NULL);"
	"CREATE TABLE difference(mailbox INTEGER NOT NULL, n INTEGER NOT NULL, kind TEXT NOT NULL,"
	" folder TEXT NOT NULL, uid INTEGER NOT NULL, dst_uid INTEGER NOT NULL, date TEXT NOT NULL,"
	" sender TEXT NOT NULL, subject TEXT NOT NULL, message_id TEXT NOT NULL, size INTEGER, text TEXT NOT NULL,"
	" PRIMARY KEY(mailbox, n)) WITHOUT ROWID;";

/* The delta pass. folder_delta: what the source showed last (src_exists NULL: not since this table is there), listings
 * since the last whole one (partial), and up to where flags were followed. absent: copied, but missing at the source
 * since then; kept: and its copy stays for good. removal: copies taken away on request, done = 0 while the target may
 * not have heard of it. stays: scratch of the writer, to find what is not there any more. alarm.folder 0: the mailbox.
 */
static const char delta_pass[] =
	"CREATE TABLE folder_delta(folder INTEGER PRIMARY KEY, src_exists INTEGER, listed INTEGER NOT NULL DEFAULT 0,"
	" uidnext INTEGER NOT NULL DEFAULT 0, max_uid INTEGER NOT NULL DEFAULT 0, partial INTEGER NOT NULL DEFAULT 0,"
	" status_messages INTEGER, status_uidnext INTEGER NOT NULL DEFAULT 0, flags_modseq INTEGER NOT NULL DEFAULT 0);"
	"CREATE TABLE absent(folder INTEGER NOT NULL, uid INTEGER NOT NULL, since INTEGER NOT NULL,"
	" generation INTEGER NOT NULL, kept INTEGER NOT NULL, stays INTEGER NOT NULL,"
	" PRIMARY KEY(folder, uid)) WITHOUT ROWID;"
	"CREATE TABLE removal(folder INTEGER NOT NULL, uid INTEGER NOT NULL, dst_uid INTEGER NOT NULL,"
	" done INTEGER NOT NULL, at INTEGER NOT NULL, how TEXT NOT NULL, who TEXT NOT NULL, subject TEXT NOT NULL,"
	" sender TEXT NOT NULL, date TEXT NOT NULL, message_id TEXT NOT NULL,"
	" PRIMARY KEY(folder, uid, dst_uid)) WITHOUT ROWID;"
	"CREATE INDEX removal_open ON removal(folder) WHERE done = 0;"
	"CREATE TABLE alarm(mailbox INTEGER NOT NULL, folder INTEGER NOT NULL, name TEXT NOT NULL, text TEXT NOT NULL,"
	" at INTEGER NOT NULL, stays INTEGER NOT NULL, PRIMARY KEY(mailbox, folder, name)) WITHOUT ROWID;";

/* source_key and target_key are "host:port/user"; the hosts are what the scheduler goes by. A Queued mailbox with
 * throttled_until waits for that time and is not in mailbox_ready: it costs the scheduler nothing.
 * place_limit: what was learned of a host ("host:port") or account (work/governor.h); gone when it is as it should be.
 * traffic: bytes of an account by hour, direction as in limits.h. host_rule: the operator's words; NULL = not said. */
static const char governor[] =
	"ALTER TABLE mailbox ADD COLUMN source_key TEXT NOT NULL DEFAULT '';"
	"ALTER TABLE mailbox ADD COLUMN source_host TEXT AS"
	" (substr(source_key, 1, instr(source_key, '/') - 1)) VIRTUAL;"
	"ALTER TABLE mailbox ADD COLUMN target_host TEXT AS"
	" (substr(target_key, 1, instr(target_key, '/') - 1)) VIRTUAL;"
	"UPDATE mailbox SET source_key = coalesce((SELECT lower(e.host || ':' || e.port || '/' ||"
	" CASE e.authzid WHEN '' THEN e.login ELSE e.authzid END) FROM endpoint e"
	" WHERE e.mailbox = mailbox.id AND e.side = 0), '');"
	"CREATE INDEX mailbox_ready ON mailbox(target_host, source_host, id) WHERE state = 0 AND throttled_until = 0;"
	"CREATE INDEX mailbox_queue ON mailbox(throttled_until) WHERE state = 0;"
	"CREATE TABLE place_limit(place TEXT PRIMARY KEY, at_once INTEGER NOT NULL, wish INTEGER NOT NULL,"
	" changed INTEGER NOT NULL, held_until INTEGER NOT NULL, why TEXT NOT NULL) WITHOUT ROWID;"
	"CREATE TABLE traffic(account TEXT NOT NULL, direction INTEGER NOT NULL, hour INTEGER NOT NULL,"
	" bytes INTEGER NOT NULL, PRIMARY KEY(account, direction, hour)) WITHOUT ROWID;"
	"CREATE INDEX traffic_hour ON traffic(hour);"
	"CREATE TABLE host_rule(host TEXT PRIMARY KEY, at_once INTEGER, down INTEGER, up INTEGER) WITHOUT ROWID;";

/* Messages that were not sent as they came (repairs.h). source: the fingerprint of what the source has, as msg.fp. */
static const char repair_ladder[] =
	"CREATE TABLE repair(folder INTEGER NOT NULL, uid INTEGER NOT NULL, rung TEXT NOT NULL, source BLOB NOT NULL,"
	" subject TEXT NOT NULL, sender TEXT NOT NULL, date TEXT NOT NULL, PRIMARY KEY(folder, uid)) WITHOUT ROWID;";

/* Body fingerprints are Poly1305 from here on, under a key of the project's own (store.c makes it). What was noted
 * before is not known any more, and is asked for where it matters. */
static const char keyed_bodies[] = "UPDATE msg SET fp = CAST(substr(fp, 1, 8) || zeroblob(16) AS BLOB)"
				   " WHERE substr(fp, 9) <> zeroblob(16);";

/* When each mailbox began: what a certificate tells must not move with every delta. */
static const char first_runs[] = "ALTER TABLE mailbox ADD COLUMN first_started INTEGER NOT NULL DEFAULT 0;"
				 "UPDATE mailbox SET first_started = started;";

static const char *const steps[] = { version_1,		 certificate,	     delta_pass,	 governor,
				     repair_ladder,	 keyed_bodies,	     schema_tenants,	 schema_users,
				     schema_permissions, schema_devices,     schema_service,	 schema_late_flags,
				     schema_verify_runs, schema_memberships, schema_users_names, schema_waits,
				     schema_undo,	 schema_audit,	     schema_rate,	 schema_again,
				     schema_subscribed,	 first_runs };

int schema_version(void) {
	return (int)(sizeof steps / sizeof steps[0]);
}

static bool read_version(struct db *db, int64_t *app, int64_t *version, struct err *e) {
	return db_int(db, db_query(db, e, "PRAGMA application_id"), 0, app, e) &&
	       db_int(db, db_query(db, e, "PRAGMA user_version"), 0, version, e);
}

static bool step_all(struct db *db, struct err *e) {
	int64_t app, version;
	if (!read_version(db, &app, &version, e))
		return false;
	if (app != 0 && app != SCHEMA_APPLICATION_ID)
		return err_set(e, ERR_INPUT, "%s/" DB_FILE " is a database of another program; use another --project",
			       db->dir);
	if (version > schema_version())
		return err_set(e, ERR_INPUT,
			       "The project %s was made by a newer mailvan (schema %d, this program knows %d); "
			       "use that program",
			       db->dir, (int)version, schema_version());
	if (version == schema_version())
		return true;
	for (int64_t v = version < 0 ? 0 : version; v < schema_version(); v++)
		if (!db_exec(db, steps[v], e))
			return false;
	char sql[96];
	snprintf(sql, sizeof sql, "PRAGMA application_id=%d; PRAGMA user_version=%d", SCHEMA_APPLICATION_ID,
		 schema_version());
	return db_exec(db, sql, e);
}

bool schema_migrate(struct db *db, struct err *e) {
	int64_t app, version;
	/* What is up to date stays so, and needs no lock: a worker that was stopped inside a transaction holds it, and
	 * whoever is to end that worker must be able to open the project. */
	if (read_version(db, &app, &version, e) && app == SCHEMA_APPLICATION_ID && version == schema_version())
		return true;
	/* The write lock is taken before the version is read: two openers must not both migrate. */
	if (!db_set_sync(db, true, e) || !db_exec(db, "BEGIN IMMEDIATE", e))
		return false;
	if (step_all(db, e) && (db_exec(db, "COMMIT", e)))
		return true;
	db_reset_all(db);
	sqlite3_exec(db->h, "ROLLBACK", NULL, NULL, NULL);
	return false;
}
