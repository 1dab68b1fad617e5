/* SPDX-License-Identifier: MIT
 *
 * schema_service.c - the schema's step for service health, announcements and feeds.
 */
#include "core/store/schema_steps.h"

/* Bodies are text already (no HTML). seen: read here by an operator, kept while the service does not change
 * it. stays: scratch of the writer, to find what is not there any more. */
const char schema_service[] =
	"CREATE TABLE announcement(id INTEGER PRIMARY KEY AUTOINCREMENT, tenant INTEGER NOT NULL, code TEXT NOT NULL,"
	" title TEXT NOT NULL, category TEXT NOT NULL, severity TEXT NOT NULL, services TEXT NOT NULL, major INTEGER "
	"NOT NULL,"
	" act_by INTEGER NOT NULL, started INTEGER NOT NULL, ended INTEGER NOT NULL, modified INTEGER NOT NULL,"
	" body TEXT NOT NULL, seen INTEGER NOT NULL DEFAULT 0, stays INTEGER NOT NULL DEFAULT 1, UNIQUE(tenant, code));"
	"CREATE TABLE issue(id INTEGER PRIMARY KEY AUTOINCREMENT, tenant INTEGER NOT NULL, code TEXT NOT NULL,"
	" title TEXT NOT NULL, service TEXT NOT NULL, status TEXT NOT NULL, classification TEXT NOT NULL, feature TEXT "
	"NOT NULL,"
	" resolved INTEGER NOT NULL, started INTEGER NOT NULL, ended INTEGER NOT NULL, modified INTEGER NOT NULL,"
	" body TEXT NOT NULL, seen INTEGER NOT NULL DEFAULT 0, stays INTEGER NOT NULL DEFAULT 1, UNIQUE(tenant, code));"
	"CREATE TABLE service_health(tenant INTEGER NOT NULL, service TEXT NOT NULL, status TEXT NOT NULL,"
	" PRIMARY KEY(tenant, service)) WITHOUT ROWID;"
	"CREATE TABLE feed(id INTEGER PRIMARY KEY AUTOINCREMENT, url TEXT NOT NULL UNIQUE, ca_file TEXT NOT NULL,"
	" title TEXT NOT NULL,"
	" read INTEGER NOT NULL DEFAULT 0, error TEXT NOT NULL DEFAULT '');"
	"CREATE TABLE feed_item(id INTEGER PRIMARY KEY AUTOINCREMENT, tenant INTEGER NOT NULL DEFAULT 0, feed INTEGER "
	"NOT NULL,"
	" guid TEXT NOT NULL, title TEXT NOT NULL, link TEXT NOT NULL, published INTEGER NOT NULL, body TEXT NOT NULL,"
	" seen INTEGER NOT NULL DEFAULT 0, UNIQUE(feed, guid));";
