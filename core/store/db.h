/* SPDX-License-Identifier: MIT
 *
 * db.h - one SQLite connection with its prepared statements. Only core/store sees this.
 *
 * A connection belongs to one thread at a time. Statements are prepared once and kept;
 * a query that is left before its end must be given back with db_done.
 */
#ifndef MAILVAN_STORE_DB_H
#define MAILVAN_STORE_DB_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sqlite3.h>

#include "core/base/err.h"

#define DB_FILE "project.db"
#define DB_BUSY_MS 30000
#define DB_STATEMENTS 160

struct db {
	sqlite3 *h;
	char *dir; /* for error sentences */
	struct {
		const char *literal; /* the address of the text, or NULL when it was composed */
		sqlite3_stmt *st;
		uint64_t used;
	} cache[DB_STATEMENTS];
	unsigned count;
	uint64_t tick;
	bool full_sync;
};

enum db_use { DB_WRITE, DB_READ };

/* The file must be there (project_dir.h makes it). The zero struct may be closed. On a disk that is mounted read-only
 * DB_READ reads what is there, DB_WRITE fails. */
bool db_open(struct db *db, const char *dir, enum db_use use, struct err *e);
void db_close(struct db *db);

/* Is the project's file system mounted read-only? A kernel does that to a disk that has errors. */
bool db_disk_is_read_only(const char *dir);

/* One value for one '?', in order. */
struct bind {
	enum { BIND_NULL, BIND_INT, BIND_REAL, BIND_TEXT, BIND_BLOB } type;
	int64_t i;
	double d;
	const void *p;
	size_t n;
};
#define INT(x) ((struct bind){ .type = BIND_INT, .i = (int64_t)(x) })
#define REAL(x) ((struct bind){ .type = BIND_REAL, .d = (x) })
#define TEXT(x) ((struct bind){ .type = BIND_TEXT, .p = (x) }) /* NULL binds NULL */
#define BLOB(x, len) ((struct bind){ .type = BIND_BLOB, .p = (x), .n = (len) })
#define NONE ((struct bind){ .type = BIND_NULL })

/* Bound values are borrowed until the statement is done. sql must be a literal: its address is the key. */
#define db_query(db, e, sql, ...)                                                                                      \
	db_query_bound((db), (e), "" sql, true, &((struct bind[]){ { BIND_NULL, 0, 0, NULL, 0 }, __VA_ARGS__ })[1],    \
		       sizeof(struct bind[]){ { BIND_NULL, 0, 0, NULL, 0 }, __VA_ARGS__ } / sizeof(struct bind) - 1)
#define db_run(db, e, sql, ...) db_finish((db), db_query(db, e, sql, __VA_ARGS__), (e))
sqlite3_stmt *db_query_bound(struct db *db, struct err *e, const char *sql, bool literal, const struct bind *b,
			     size_t n);

/* 1: a row is there; 0: the end (statement done); -1: error in e (statement done). */
int db_next(struct db *db, sqlite3_stmt *st, struct err *e);
void db_done(sqlite3_stmt *st);
/* Step to the end; NULL passes a failed db_query through. */
bool db_finish(struct db *db, sqlite3_stmt *st, struct err *e);
/* The first column of the first row, or fallback without a row. */
bool db_int(struct db *db, sqlite3_stmt *st, int64_t fallback, int64_t *out, struct err *e);
/* A script without results or values. */
bool db_exec(struct db *db, const char *sql, struct err *e);
/* Rows changed by the last statement. */
uint64_t db_changes(const struct db *db);
/* Give every open statement back (after a failure in the middle of an operation). */
void db_reset_all(struct db *db);
/* Turn the last SQLite error into a sentence. Always false. */
bool db_fail(struct db *db, struct err *e);
/* What the next commits do: FULL syncs the log before COMMIT returns. Outside of transactions only. */
bool db_set_sync(struct db *db, bool full, struct err *e);

/* The text as it is stored (NULL becomes ""), and the same made safe to show. Cut to size. */
void db_text(char *dst, size_t size, sqlite3_stmt *st, int column);
void db_shown(char *dst, size_t size, sqlite3_stmt *st, int column);
static inline int64_t db_i64(sqlite3_stmt *st, int column) {
	return sqlite3_column_int64(st, column);
}
static inline uint64_t db_u64(sqlite3_stmt *st, int column) {
	return (uint64_t)sqlite3_column_int64(st, column);
}
static inline uint32_t db_u32(sqlite3_stmt *st, int column) {
	return (uint32_t)sqlite3_column_int64(st, column);
}

#endif
