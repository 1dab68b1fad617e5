/* SPDX-License-Identifier: MIT
 *
 * schema_permissions.c - the schema's step for the cached permissions of a tenant.
 */
#include "core/store/schema_steps.h"

/* One row per mailbox and trustee. full_access, send_as, on_behalf: enum permission_bits (permissions_cache.h). orphan:
 * the trustee is a SID without a name. permission_crawl: when a mailbox was looked at last, and why that failed. */
const char schema_permissions[] =
	"CREATE TABLE permission(id INTEGER PRIMARY KEY AUTOINCREMENT, tenant INTEGER NOT NULL,"
	" mailbox TEXT NOT NULL COLLATE NOCASE, trustee TEXT NOT NULL COLLATE NOCASE, full_access INTEGER NOT NULL,"
	" send_as INTEGER NOT NULL, on_behalf INTEGER NOT NULL, orphan INTEGER NOT NULL, rights TEXT NOT NULL,"
	" stays INTEGER NOT NULL DEFAULT 1, UNIQUE(tenant, mailbox, trustee));"
	"CREATE INDEX permission_trustee ON permission(tenant, trustee);"
	"CREATE TABLE permission_crawl(tenant INTEGER NOT NULL, mailbox TEXT NOT NULL COLLATE NOCASE, at INTEGER NOT "
	"NULL,"
	" error TEXT NOT NULL, PRIMARY KEY(tenant, mailbox)) WITHOUT ROWID;";

/* groups: JSON, see permissions_cache.h. */
const char schema_memberships[] =
	"CREATE TABLE membership(tenant INTEGER NOT NULL, user TEXT NOT NULL COLLATE NOCASE, at INTEGER NOT NULL,"
	" groups TEXT NOT NULL, PRIMARY KEY(tenant, user)) WITHOUT ROWID;";
