/* SPDX-License-Identifier: MIT
 *
 * schema_tenants.c - the schema's step for tenants, their tokens, tasks and the audit list.
 */
#include "core/store/schema_steps.h"

/* list_state: how old the cached lists are. task.runner...: the process that has it, as in process.h.
 * tenant_audit only grows: whoever tries to change or to remove a line is refused by the database. */
const char schema_tenants[] =
	"CREATE TABLE tenant(id INTEGER PRIMARY KEY AUTOINCREMENT, name TEXT NOT NULL COLLATE NOCASE UNIQUE,"
	" guid TEXT NOT NULL, sign_in INTEGER NOT NULL, client_id TEXT NOT NULL, thumbprint TEXT NOT NULL,"
	" authority TEXT NOT NULL, graph TEXT NOT NULL, exchange TEXT NOT NULL, ca_file TEXT NOT NULL, proxy TEXT NOT "
	"NULL,"
	" imap TEXT NOT NULL, company TEXT NOT NULL, who TEXT NOT NULL, added INTEGER NOT NULL);"
	"CREATE TABLE token(tenant INTEGER NOT NULL, resource INTEGER NOT NULL, obtained INTEGER NOT NULL,"
	" expires INTEGER NOT NULL, who TEXT NOT NULL, roles TEXT NOT NULL, PRIMARY KEY(tenant, resource)) WITHOUT "
	"ROWID;"
	"CREATE TABLE list_state(tenant INTEGER NOT NULL, list TEXT NOT NULL, refreshed INTEGER NOT NULL,"
	" rows INTEGER NOT NULL, delta TEXT NOT NULL, PRIMARY KEY(tenant, list)) WITHOUT ROWID;"

	"CREATE TABLE task(id INTEGER PRIMARY KEY AUTOINCREMENT, tenant INTEGER NOT NULL, verb TEXT NOT NULL,"
	" label TEXT NOT NULL, undoes INTEGER NOT NULL, who TEXT NOT NULL, state INTEGER NOT NULL DEFAULT 0,"
	" items INTEGER NOT NULL DEFAULT 0, done INTEGER NOT NULL DEFAULT 0, failed INTEGER NOT NULL DEFAULT 0,"
	" added INTEGER NOT NULL, started INTEGER NOT NULL DEFAULT 0, finished INTEGER NOT NULL DEFAULT 0,"
	" throttled_until INTEGER NOT NULL DEFAULT 0, error TEXT NOT NULL DEFAULT '',"
	" pause INTEGER NOT NULL DEFAULT 0, stop INTEGER NOT NULL DEFAULT 0, pid INTEGER NOT NULL DEFAULT 0,"
	" start INTEGER NOT NULL DEFAULT 0, boot TEXT NOT NULL DEFAULT '', pid_ns INTEGER NOT NULL DEFAULT 0,"
	" beat INTEGER NOT NULL DEFAULT 0);"
	"CREATE INDEX task_open ON task(id) WHERE state < 2;"
	"CREATE TABLE task_item(id INTEGER PRIMARY KEY, task INTEGER NOT NULL, n INTEGER NOT NULL, verb TEXT NOT NULL,"
	" target TEXT NOT NULL, args TEXT NOT NULL, state INTEGER NOT NULL DEFAULT 0, text TEXT NOT NULL DEFAULT '',"
	" before TEXT, after TEXT, request_id TEXT NOT NULL DEFAULT '', at INTEGER NOT NULL DEFAULT 0, UNIQUE(task, "
	"n));"
	"CREATE INDEX task_item_open ON task_item(task, n) WHERE state < 2;"

	"CREATE TABLE tenant_audit(id INTEGER PRIMARY KEY AUTOINCREMENT, at INTEGER NOT NULL, who TEXT NOT NULL,"
	" tenant INTEGER NOT NULL, tenant_name TEXT NOT NULL, task INTEGER NOT NULL, action TEXT NOT NULL,"
	" target TEXT NOT NULL, args TEXT NOT NULL, outcome TEXT NOT NULL, text TEXT NOT NULL, before TEXT, after TEXT,"
	" request_id TEXT NOT NULL);"
	"CREATE INDEX tenant_audit_target ON tenant_audit(target);"
	"CREATE TRIGGER tenant_audit_kept BEFORE DELETE ON tenant_audit"
	" BEGIN SELECT RAISE(ABORT, 'the audit list only grows'); END;"
	"CREATE TRIGGER tenant_audit_true BEFORE UPDATE ON tenant_audit"
	" BEGIN SELECT RAISE(ABORT, 'the audit list only grows'); END;"

	/* 0: signs in by itself; else with the token of that tenant. */
	"ALTER TABLE endpoint ADD COLUMN tenant INTEGER NOT NULL DEFAULT 0;";
