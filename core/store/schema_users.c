/* SPDX-License-Identifier: MIT
 *
 * schema_users.c - the schema's step for the cached users and subscriptions of a tenant.
 */
#include "core/store/schema_steps.h"

/* id stays when a row is read again. kind: user, guest, shared, room, equipment. licenses: skuPartNumbers, blank
 * separated. Times in ms. last_sign_in: 0 = never, NULL = not known. bytes, quota, messages NULL: not known; quota -1:
 * unlimited. round: of the refresh that saw the row last. */
const char schema_users[] =
	"CREATE TABLE directory_user(id INTEGER PRIMARY KEY AUTOINCREMENT, tenant INTEGER NOT NULL, guid TEXT NOT NULL,"
	" upn TEXT NOT NULL COLLATE NOCASE, name TEXT NOT NULL COLLATE NOCASE, mail TEXT NOT NULL COLLATE NOCASE,"
	" enabled INTEGER NOT NULL, kind TEXT NOT NULL, location TEXT NOT NULL, licenses TEXT NOT NULL,"
	" synced INTEGER NOT NULL, company TEXT NOT NULL, department TEXT NOT NULL, created INTEGER NOT NULL,"
	" last_sign_in INTEGER, addresses TEXT NOT NULL, messages INTEGER, bytes INTEGER, quota INTEGER,"
	" measured INTEGER NOT NULL DEFAULT 0, round INTEGER NOT NULL DEFAULT 0, UNIQUE(tenant, guid));"
	"CREATE INDEX directory_user_upn ON directory_user(tenant, upn);"
	"CREATE INDEX directory_user_name ON directory_user(tenant, name);"
	"CREATE TABLE subscription(id INTEGER PRIMARY KEY AUTOINCREMENT, tenant INTEGER NOT NULL, sku TEXT NOT NULL,"
	" part TEXT NOT NULL COLLATE NOCASE, status TEXT NOT NULL, enabled INTEGER NOT NULL, warning INTEGER NOT NULL,"
	" suspended INTEGER NOT NULL, consumed INTEGER NOT NULL, mailbox INTEGER NOT NULL, plans TEXT NOT NULL,"
	" round INTEGER NOT NULL DEFAULT 0, UNIQUE(tenant, sku));";

/* A delta would leave them empty: the mark goes, and the next refresh reads all. */
const char schema_users_names[] = "ALTER TABLE directory_user ADD COLUMN given TEXT NOT NULL DEFAULT '';"
				  "ALTER TABLE directory_user ADD COLUMN surname TEXT NOT NULL DEFAULT '';"
				  "ALTER TABLE directory_user ADD COLUMN job TEXT NOT NULL DEFAULT '';"
				  "UPDATE list_state SET delta = '' WHERE list = 'refresh-users';";
