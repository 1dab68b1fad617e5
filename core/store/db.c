/* SPDX-License-Identifier: MIT
 *
 * db.c - opening a connection, running statements, and SQLite's errors as sentences.
 */
#include "core/store/db.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/base/buf.h"
#include "core/base/text.h"

#define DB_READ_CACHE_KIB 256
#define DB_WRITE_CACHE_KIB 1024

static const char open_sql[] = "PRAGMA journal_mode=WAL;"
			       "PRAGMA synchronous=NORMAL;"
			       "PRAGMA foreign_keys=OFF;"
			       "PRAGMA temp_store=MEMORY;"
			       "PRAGMA trusted_schema=OFF;"
			       "PRAGMA secure_delete=ON;"
			       "PRAGMA wal_autocheckpoint=4000;"
			       "PRAGMA journal_size_limit=67108864;";

bool db_disk_is_read_only(const char *dir) {
	return access(dir, W_OK) != 0 && errno == EROFS;
}

bool db_fail(struct db *db, struct err *e) {
	int rc = db->h ? sqlite3_extended_errcode(db->h) : SQLITE_NOMEM;
	const char *what = db->h ? sqlite3_errmsg(db->h) : "";
	switch (rc & 0xff) {
	case SQLITE_BUSY:
	case SQLITE_LOCKED:
		return err_set(e, ERR_LOCAL_DISK,
			       "The project %s stayed locked by another process for %d s; see which mailvan hangs",
			       db->dir, DB_BUSY_MS / 1000);
	case SQLITE_FULL:
		return err_set(e, ERR_LOCAL_DISK, "The disk of the project %s is full; make room and start again",
			       db->dir);
	case SQLITE_IOERR:
		return err_set(e, ERR_LOCAL_DISK, "Reading or writing the project %s failed (code %d); check the disk",
			       db->dir, rc);
	case SQLITE_READONLY:
	case SQLITE_PERM:
	case SQLITE_CANTOPEN:
		if (db_disk_is_read_only(db->dir))
			return err_set(e, ERR_LOCAL_DISK,
				       "The project %s is on a file system that is mounted read-only; its disk may "
				       "have failed. Mount it for writing, or go on with a copy of the project",
				       db->dir);
		return err_set(e, ERR_LOCAL_DISK,
			       "The project %s cannot be opened for writing (%s); check owner and permissions", db->dir,
			       what);
	case SQLITE_CORRUPT:
	case SQLITE_NOTADB:
		return err_set(e, ERR_LOCAL_DISK, "%s/" DB_FILE " is damaged (%s); restore it from a copy", db->dir,
			       what);
	case SQLITE_NOMEM:
		return err_nomem(e);
	default:
		return err_set(e, ERR_LOCAL_DISK, "The project database refused an operation (code %d: %s)", rc, what);
	}
}

static bool set_up(struct db *db, enum db_use use, struct err *e) {
	char sql[128];
	sqlite3_extended_result_codes(db->h, 1);
	sqlite3_busy_timeout(db->h, DB_BUSY_MS);
	if (!db_exec(db, open_sql, e))
		return false;
	snprintf(sql, sizeof sql, "PRAGMA cache_size=-%d; PRAGMA query_only=%s",
		 use == DB_WRITE ? DB_WRITE_CACHE_KIB : DB_READ_CACHE_KIB, use == DB_WRITE ? "OFF" : "ON");
	return db_exec(db, sql, e);
}

/* A log with something in it is read beside the database, which needs the -shm that was left with it: without, an older
 * state would be shown. Where there is no log SQLite would want to make one, unless it is told that nobody writes. */
static bool log_is_empty(const char *dir) {
	char path[PATH_MAX];
	struct stat st;
	snprintf(path, sizeof path, "%s/" DB_FILE "-wal", dir);
	return stat(path, &st) == 0 ? st.st_size == 0 : errno == ENOENT;
}

/* https://www.sqlite.org/uri.html: what is special there is written as %XX, and what follows two slashes is a host. */
static bool file_uri(struct buf *uri, const char *dir, const char *query) {
	buf_puts(uri, *dir == '/' ? "file://" : "file:");
	for (const char *p = dir; *p; p++) {
		if (strchr("%?#", *p))
			buf_printf(uri, "%%%02X", (unsigned)*p);
		else
			buf_putc(uri, *p);
	}
	return buf_puts(uri, "/" DB_FILE) && buf_puts(uri, query);
}

bool db_open(struct db *db, const char *dir, enum db_use use, struct err *e) {
	bool only_reads = use == DB_READ && db_disk_is_read_only(dir);
	struct buf uri;
	buf_init(&uri, 4 * PATH_MAX);
	*db = (struct db){ .dir = strdup(dir) };
	if (!db->dir || !file_uri(&uri, dir, only_reads && log_is_empty(dir) ? "?immutable=1" : "")) {
		buf_free(&uri);
		db_close(db);
		return err_nomem(e);
	}
	int rc = sqlite3_open_v2(uri.data, &db->h,
				 (only_reads ? SQLITE_OPEN_READONLY : SQLITE_OPEN_READWRITE) | SQLITE_OPEN_URI |
					 SQLITE_OPEN_NOMUTEX,
				 NULL);
	buf_free(&uri);
	bool ok = rc == SQLITE_OK ? set_up(db, use, e) : db_fail(db, e);
	if (!ok)
		db_close(db);
	return ok;
}

void db_close(struct db *db) {
	for (unsigned i = 0; i < db->count; i++)
		sqlite3_finalize(db->cache[i].st);
	sqlite3_close(db->h);
	free(db->dir);
	*db = (struct db){ 0 };
}

static int find(const struct db *db, const char *sql, bool literal) {
	for (unsigned i = 0; i < db->count; i++) {
		if (literal ? db->cache[i].literal == sql
			    : !db->cache[i].literal && strcmp(sqlite3_sql(db->cache[i].st), sql) == 0)
			return (int)i;
	}
	return -1;
}

/* The place for one more statement: a fresh one, or that of the statement longest unused. */
static int slot(struct db *db) {
	if (db->count < DB_STATEMENTS)
		return (int)db->count++;
	unsigned oldest = 0;
	for (unsigned i = 1; i < db->count; i++)
		if (db->cache[i].used < db->cache[oldest].used)
			oldest = i;
	sqlite3_finalize(db->cache[oldest].st);
	return (int)oldest;
}

static sqlite3_stmt *prepared(struct db *db, const char *sql, bool literal, struct err *e) {
	int i = find(db, sql, literal);
	if (i < 0) {
		sqlite3_stmt *st = NULL;
		if (sqlite3_prepare_v3(db->h, sql, -1, SQLITE_PREPARE_PERSISTENT, &st, NULL) != SQLITE_OK || !st) {
			db_fail(db, e);
			return NULL;
		}
		i = slot(db);
		db->cache[i].literal = literal ? sql : NULL;
		db->cache[i].st = st;
	}
	db->cache[i].used = ++db->tick;
	return db->cache[i].st;
}

static int bind_one(sqlite3_stmt *st, int at, const struct bind *b) {
	switch (b->type) {
	case BIND_INT:
		return sqlite3_bind_int64(st, at, b->i);
	case BIND_REAL:
		return sqlite3_bind_double(st, at, b->d);
	case BIND_TEXT:
		return sqlite3_bind_text(st, at, b->p, -1, SQLITE_STATIC);
	case BIND_BLOB:
		return sqlite3_bind_blob64(st, at, b->p, b->n, SQLITE_STATIC);
	case BIND_NULL:
		break;
	}
	return sqlite3_bind_null(st, at);
}

sqlite3_stmt *db_query_bound(struct db *db, struct err *e, const char *sql, bool literal, const struct bind *b,
			     size_t n) {
	sqlite3_stmt *st = prepared(db, sql, literal, e);
	if (!st)
		return NULL;
	sqlite3_reset(st);
	for (size_t i = 0; i < n; i++) {
		if (bind_one(st, (int)i + 1, &b[i]) != SQLITE_OK) {
			db_fail(db, e);
			return NULL;
		}
	}
	return st;
}

int db_next(struct db *db, sqlite3_stmt *st, struct err *e) {
	int rc = sqlite3_step(st);
	if (rc == SQLITE_ROW)
		return 1;
	if (rc != SQLITE_DONE)
		db_fail(db, e);
	db_done(st);
	return rc == SQLITE_DONE ? 0 : -1;
}

void db_done(sqlite3_stmt *st) {
	sqlite3_reset(st);
	sqlite3_clear_bindings(st);
}

bool db_finish(struct db *db, sqlite3_stmt *st, struct err *e) {
	int more = st ? 1 : -1;
	while (more > 0)
		more = db_next(db, st, e);
	return more == 0;
}

bool db_int(struct db *db, sqlite3_stmt *st, int64_t fallback, int64_t *out, struct err *e) {
	int more = st ? db_next(db, st, e) : -1;
	if (more < 0)
		return false;
	*out = more ? sqlite3_column_int64(st, 0) : fallback;
	if (more)
		db_done(st);
	return true;
}

bool db_exec(struct db *db, const char *sql, struct err *e) {
	return sqlite3_exec(db->h, sql, NULL, NULL, NULL) == SQLITE_OK || db_fail(db, e);
}

uint64_t db_changes(const struct db *db) {
	return (uint64_t)sqlite3_changes64(db->h);
}

void db_reset_all(struct db *db) {
	for (unsigned i = 0; i < db->count; i++)
		db_done(db->cache[i].st);
}

bool db_set_sync(struct db *db, bool full, struct err *e) {
	if (db->full_sync == full)
		return true;
	if (!db_exec(db, full ? "PRAGMA synchronous=FULL" : "PRAGMA synchronous=NORMAL", e))
		return false;
	db->full_sync = full;
	return true;
}

void db_text(char *dst, size_t size, sqlite3_stmt *st, int column) {
	const char *s = (const char *)sqlite3_column_text(st, column);
	text_copy(dst, size, s ? s : "");
}

void db_shown(char *dst, size_t size, sqlite3_stmt *st, int column) {
	const char *s = (const char *)sqlite3_column_text(st, column);
	text_sanitise(dst, size, s ? s : "", s ? strlen(s) : 0);
}
