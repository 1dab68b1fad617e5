/* SPDX-License-Identifier: MIT
 *
 * schema_devices.c - the schema's step for mobile devices, their policies and enrolment batches.
 */
#include "core/store/schema_steps.h"

/* Texts are what the service says. state: Allowed, Blocked, Quarantined, ...; status: DeviceOk, DeviceWipePending, ...
 * policy.settings: JSON.
 * enrolment: a batch for a hosted device server, with its contract's data; what a row leaves empty is the batch's.
 * upn: "" = not known. expires: of the activation password, 0 = none. data_plan, removed: somebody vouched for the
 * enterprise data plan, and that no other server has the device. reached: when the mailbox last answered;
 * unreached: why it did not. */
const char schema_devices[] =
	"CREATE TABLE device(id INTEGER PRIMARY KEY AUTOINCREMENT, tenant INTEGER NOT NULL, identity TEXT NOT NULL,"
	" mailbox TEXT NOT NULL COLLATE NOCASE, device_id TEXT NOT NULL, name TEXT NOT NULL, type TEXT NOT NULL,"
	" model TEXT NOT NULL, os TEXT NOT NULL, client TEXT NOT NULL, version TEXT NOT NULL, state TEXT NOT NULL,"
	" reason TEXT NOT NULL, status TEXT NOT NULL, policy TEXT NOT NULL, policy_status TEXT NOT NULL, phone TEXT "
	"NOT NULL,"
	" imei TEXT NOT NULL, wipe TEXT NOT NULL, first_sync INTEGER NOT NULL, last_sync INTEGER NOT NULL,"
	" last_attempt INTEGER NOT NULL, measured INTEGER NOT NULL, round INTEGER NOT NULL DEFAULT 0,"
	" UNIQUE(tenant, identity));"
	"CREATE INDEX device_mailbox ON device(tenant, mailbox);"
	"CREATE TABLE device_policy(id INTEGER PRIMARY KEY AUTOINCREMENT, tenant INTEGER NOT NULL,"
	" name TEXT NOT NULL COLLATE NOCASE, is_default INTEGER NOT NULL, settings TEXT NOT NULL,"
	" stays INTEGER NOT NULL DEFAULT 1, UNIQUE(tenant, name));"
	"CREATE TABLE enrolment(id INTEGER PRIMARY KEY AUTOINCREMENT, tenant INTEGER NOT NULL,"
	" name TEXT NOT NULL COLLATE NOCASE, made INTEGER NOT NULL, server TEXT NOT NULL, company TEXT NOT NULL,"
	" contact TEXT NOT NULL DEFAULT '', contact_mail TEXT NOT NULL DEFAULT '', requestor TEXT NOT NULL DEFAULT '',"
	" request_number TEXT NOT NULL DEFAULT '', policy TEXT NOT NULL DEFAULT '', srp_id TEXT NOT NULL DEFAULT '',"
	" cal_ids TEXT NOT NULL DEFAULT '', support_contract TEXT NOT NULL DEFAULT '', UNIQUE(tenant, name));"
	"CREATE TABLE enrolment_row(id INTEGER PRIMARY KEY AUTOINCREMENT, tenant INTEGER NOT NULL,"
	" batch INTEGER NOT NULL, upn TEXT NOT NULL COLLATE NOCASE, user TEXT NOT NULL,"
	" mail TEXT NOT NULL COLLATE NOCASE, license TEXT NOT NULL, server TEXT NOT NULL, company TEXT NOT NULL,"
	" contact TEXT NOT NULL, contact_mail TEXT NOT NULL, requestor TEXT NOT NULL, request_number TEXT NOT NULL,"
	" policy TEXT NOT NULL, state TEXT NOT NULL DEFAULT 'New', problem TEXT NOT NULL DEFAULT '',"
	" note TEXT NOT NULL DEFAULT '', expires INTEGER NOT NULL DEFAULT 0, data_plan INTEGER NOT NULL DEFAULT 0,"
	" removed INTEGER NOT NULL DEFAULT 0, reached INTEGER NOT NULL DEFAULT 0, unreached TEXT NOT NULL DEFAULT '',"
	" UNIQUE(batch, mail));"
	"CREATE INDEX enrolment_row_mail ON enrolment_row(tenant, mail);"
	"CREATE INDEX enrolment_row_upn ON enrolment_row(tenant, upn);"
	/* A list of people names addresses as often as sign-in names. */
	"CREATE INDEX directory_user_mail ON directory_user(tenant, mail);";
