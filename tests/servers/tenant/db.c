/* SPDX-License-Identifier: MIT
 *
 * db.c - the tenant's state: one SQLite file, so that a test can look at it and add rules while the server runs.
 */
#include <openssl/rand.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "tests/servers/tenant/tenant.h"

/* user.doc is the user as Graph shows it (and "password"); changed counts up for delta. The view is for tests. */
static const char SCHEMA[] =
	"CREATE TABLE user(n INTEGER PRIMARY KEY AUTOINCREMENT, guid TEXT NOT NULL UNIQUE COLLATE NOCASE,"
	" upn TEXT NOT NULL UNIQUE COLLATE NOCASE, doc TEXT NOT NULL, changed INTEGER NOT NULL DEFAULT 0,"
	" deleted INTEGER NOT NULL DEFAULT 0);"
	"CREATE INDEX user_changed ON user(changed);"
	"CREATE VIEW users AS SELECT n, guid, upn, deleted, doc->>'$.displayName' AS name,"
	" doc->>'$.accountEnabled' AS enabled, doc->>'$.usageLocation' AS location, doc->>'$.password' AS password,"
	" coalesce(doc->>'$.onPremisesSyncEnabled', 0) AS synced, json_array_length(doc, '$.assignedLicenses') AS "
	"licenses,"
	" doc->>'$.userType' AS type, coalesce(doc->>'$.revoked', 0) AS revoked FROM user;"
	"CREATE TABLE sku(guid TEXT PRIMARY KEY COLLATE NOCASE, part TEXT NOT NULL, status TEXT NOT NULL, enabled "
	"INTEGER NOT NULL,"
	" warning INTEGER NOT NULL, consumed INTEGER NOT NULL, mailbox INTEGER NOT NULL, quota INTEGER NOT NULL, plans "
	"TEXT NOT NULL);"
	"CREATE TABLE mailbox(n INTEGER PRIMARY KEY AUTOINCREMENT, guid TEXT NOT NULL, address TEXT NOT NULL UNIQUE "
	"COLLATE NOCASE,"
	" alias TEXT NOT NULL COLLATE NOCASE, name TEXT NOT NULL COLLATE NOCASE, type TEXT NOT NULL, items INTEGER NOT "
	"NULL,"
	" bytes INTEGER NOT NULL, quota INTEGER NOT NULL, behalf TEXT NOT NULL DEFAULT '[]', cas TEXT NOT NULL DEFAULT "
	"'{}');"
	"CREATE INDEX mailbox_name ON mailbox(name); CREATE INDEX mailbox_alias ON mailbox(alias);"
	"CREATE INDEX mailbox_guid ON mailbox(guid);"
	"CREATE TABLE permission(n INTEGER PRIMARY KEY AUTOINCREMENT, mailbox INTEGER NOT NULL, trustee TEXT NOT NULL "
	"COLLATE NOCASE,"
	" rights TEXT NOT NULL, inherited INTEGER NOT NULL DEFAULT 0, deny INTEGER NOT NULL DEFAULT 0,"
	" inheritance TEXT NOT NULL DEFAULT 'All', automap INTEGER NOT NULL DEFAULT 1);"
	"CREATE INDEX permission_mailbox ON permission(mailbox);"
	"CREATE TABLE recipient_permission(n INTEGER PRIMARY KEY AUTOINCREMENT, mailbox INTEGER NOT NULL,"
	" trustee TEXT NOT NULL COLLATE NOCASE, rights TEXT NOT NULL, inherited INTEGER NOT NULL DEFAULT 0,"
	" deny INTEGER NOT NULL DEFAULT 0);"
	"CREATE INDEX recipient_permission_mailbox ON recipient_permission(mailbox);"
	"CREATE TABLE service_principal(app TEXT NOT NULL, object TEXT PRIMARY KEY COLLATE NOCASE, name TEXT NOT NULL);"
	"CREATE TABLE device(n INTEGER PRIMARY KEY AUTOINCREMENT, guid TEXT NOT NULL, identity TEXT NOT NULL UNIQUE "
	"COLLATE NOCASE,"
	" mailbox INTEGER NOT NULL, doc TEXT NOT NULL, stats TEXT NOT NULL);"
	"CREATE INDEX device_mailbox ON device(mailbox);"
	"CREATE TABLE policy(name TEXT PRIMARY KEY COLLATE NOCASE, is_default INTEGER NOT NULL, doc TEXT NOT NULL);"
	"CREATE TABLE grouping(n INTEGER PRIMARY KEY AUTOINCREMENT, guid TEXT NOT NULL UNIQUE COLLATE NOCASE, type "
	"TEXT NOT "
	"NULL, name TEXT NOT NULL, mail TEXT);"
	"CREATE TABLE member(grouping INTEGER NOT NULL, guid TEXT NOT NULL COLLATE NOCASE);"
	"CREATE TABLE issue(id TEXT PRIMARY KEY, doc TEXT NOT NULL);"
	"CREATE TABLE message(id TEXT PRIMARY KEY, doc TEXT NOT NULL);"
	"CREATE TABLE refresh(token TEXT PRIMARY KEY);"
	"CREATE TABLE device_code(code TEXT PRIMARY KEY, scope TEXT NOT NULL, polls INTEGER NOT NULL, polled INTEGER "
	"NOT NULL);"
	"CREATE TABLE page(token TEXT PRIMARY KEY, body TEXT NOT NULL, start INTEGER NOT NULL);"
	"CREATE TABLE report(token TEXT PRIMARY KEY);"
	"CREATE TABLE rule(n INTEGER PRIMARY KEY AUTOINCREMENT, json TEXT NOT NULL, seen INTEGER NOT NULL DEFAULT 0,"
	" fired INTEGER NOT NULL DEFAULT 0);"
	"CREATE TABLE counter(name TEXT PRIMARY KEY, value INTEGER NOT NULL);"
	"INSERT INTO counter VALUES('change', 0), ('token', 0), ('tokens_from', 0);";

static void fail(struct world *w, const char *sql) {
	fprintf(stderr, "tenant: %s: %s\n", sqlite3_errmsg(w->db), sql);
	abort();
}

bool db_open(struct world *w, bool *fresh) {
	char file[1100];
	snprintf(file, sizeof file, "%s/state.db", w->dir);
	if (sqlite3_open(file, &w->db) != SQLITE_OK)
		return false;
	sqlite3_busy_timeout(w->db, 20000);
	sqlite3_exec(w->db, "PRAGMA journal_mode=WAL; PRAGMA synchronous=OFF; PRAGMA cache_size=-65536", NULL, NULL,
		     NULL);
	*fresh = db_int(w, "SELECT count(*) FROM sqlite_schema", "") == 0;
	if (*fresh && sqlite3_exec(w->db, SCHEMA, NULL, NULL, NULL) != SQLITE_OK)
		fail(w, "schema");
	return true;
}

static sqlite3_stmt *prepare(struct world *w, const char *sql, const char *fmt, va_list ap) {
	sqlite3_stmt *st = NULL;
	if (sqlite3_prepare_v2(w->db, sql, -1, &st, NULL) != SQLITE_OK)
		fail(w, sql);
	for (int i = 1; *fmt; fmt++, i++) {
		if (*fmt == 'i')
			sqlite3_bind_int64(st, i, va_arg(ap, int64_t));
		else if (*fmt == 's')
			sqlite3_bind_text(st, i, va_arg(ap, const char *), -1, SQLITE_TRANSIENT);
		else
			sqlite3_bind_text(st, i, json_dumps(va_arg(ap, json_t *), JSON_COMPACT | JSON_ENCODE_ANY), -1,
					  free);
	}
	return st;
}

static json_t *column(sqlite3_stmt *st, int i, char kind) {
	if (sqlite3_column_type(st, i) == SQLITE_NULL)
		return json_null();
	if (kind == 'b')
		return json_boolean(sqlite3_column_int(st, i));
	if (kind == 'j')
		return json_loadb((const char *)sqlite3_column_text(st, i), (size_t)sqlite3_column_bytes(st, i),
				  JSON_DECODE_ANY, NULL);
	if (sqlite3_column_type(st, i) == SQLITE_INTEGER)
		return json_integer(sqlite3_column_int64(st, i));
	return json_string((const char *)sqlite3_column_text(st, i));
}

static json_t *rows(struct world *w, const char *sql, const char *fmt, va_list ap, size_t max) {
	sqlite3_stmt *st = prepare(w, sql, fmt, ap);
	json_t *all = json_array();
	int rc = SQLITE_DONE;
	while (json_array_size(all) < max && (rc = sqlite3_step(st)) == SQLITE_ROW) {
		json_t *row = json_object();
		for (int i = 0; i < sqlite3_column_count(st); i++) {
			char name[100];
			snprintf(name, sizeof name, "%s", sqlite3_column_name(st, i));
			char *colon = strchr(name, ':');
			if (colon)
				*colon = '\0';
			json_object_set_new(row, name, column(st, i, colon ? colon[1] : 0));
		}
		json_array_append_new(all, row);
	}
	if (rc != SQLITE_DONE && rc != SQLITE_ROW)
		fail(w, sql);
	sqlite3_finalize(st);
	return all;
}

json_t *db_rows(struct world *w, const char *sql, const char *fmt, ...) {
	va_list ap;
	va_start(ap, fmt);
	json_t *all = rows(w, sql, fmt, ap, SIZE_MAX);
	va_end(ap);
	return all;
}

json_t *db_row(struct world *w, const char *sql, const char *fmt, ...) {
	va_list ap;
	va_start(ap, fmt);
	json_t *all = rows(w, sql, fmt, ap, 1);
	va_end(ap);
	json_t *row = json_incref(json_array_get(all, 0));
	json_decref(all);
	return row;
}

int64_t db_int(struct world *w, const char *sql, const char *fmt, ...) {
	va_list ap;
	va_start(ap, fmt);
	sqlite3_stmt *st = prepare(w, sql, fmt, ap);
	va_end(ap);
	int rc = sqlite3_step(st);
	if (rc != SQLITE_ROW && rc != SQLITE_DONE)
		fail(w, sql);
	int64_t n = rc == SQLITE_ROW ? sqlite3_column_int64(st, 0) : -1;
	sqlite3_finalize(st);
	return n;
}

int db_do(struct world *w, const char *sql, const char *fmt, ...) {
	va_list ap;
	va_start(ap, fmt);
	sqlite3_stmt *st = prepare(w, sql, fmt, ap);
	va_end(ap);
	int rc;
	while ((rc = sqlite3_step(st)) == SQLITE_ROW)
		;
	if (rc != SQLITE_DONE)
		fail(w, sql);
	sqlite3_finalize(st);
	return sqlite3_changes(w->db);
}

void new_guid(char out[37]) {
	unsigned char b[16];
	if (RAND_bytes(b, sizeof b) != 1)
		abort();
	snprintf(out, 37, "%02x%02x%02x%02x-%02x%02x-4%01x%02x-a%01x%02x-%02x%02x%02x%02x%02x%02x", b[0], b[1], b[2],
		 b[3], b[4], b[5], b[6] & 15, b[7], b[8] & 15, b[9], b[10], b[11], b[12], b[13], b[14], b[15]);
}

int64_t now_ms(void) {
	struct timespec t;
	clock_gettime(CLOCK_REALTIME, &t);
	return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

void iso_time(int64_t ms, char out[40]) {
	time_t t = (time_t)(ms / 1000);
	struct tm tm;
	gmtime_r(&t, &tm);
	strftime(out, 40, "%Y-%m-%dT%H:%M:%SZ", &tm);
}
