/* SPDX-License-Identifier: MIT
 *
 * tenant_fixture.h - a connected tenant whose lists are filled, for the console's tests. Nothing asks a service.
 */
#ifndef TESTS_UNIT_TUI_TENANT_FIXTURE_H
#define TESTS_UNIT_TUI_TENANT_FIXTURE_H

#include "tests/unit/tui/console_fixture.h"

#define READ_AT "1580738710000" /* 2020-02-03 14:05:10 UTC: the day is said, and no age that changes */

UNUSED static int64_t connect_tenant(struct store *s, const char *name) {
	struct err e;
	struct tenant t = { .sign_in = SIGN_IN_SECRET };
	struct secret secret = { NULL, 0 };
	text_copy(t.name, sizeof t.name, name);
	text_copy(t.client_id, sizeof t.client_id, "11111111-2222-3333-4444-555555555555");
	text_copy(t.company, sizeof t.company, "Contoso Ltd");
	assert_true(secret_set(&secret, "s3cret", 6));
	MUST(tenant_save(s, &t, &secret, NULL, &e));
	secret_clear(&secret);
	return t.id;
}

#define USER(upn, name, enabled, kind, licenses, bytes, quota, seen)                                                   \
	"INSERT INTO directory_user(tenant, guid, upn, name, mail, enabled, kind, location, licenses, synced, "        \
	"company,"                                                                                                     \
	" department, created, last_sign_in, addresses, bytes, quota) VALUES(1, 'g-" upn "', '" upn "', '" name        \
	"', '" upn "', " enabled ", '" kind "', 'DE', '" licenses "', 0, 'Contoso Ltd', 'Sales', " READ_AT ", " seen   \
	", '', " bytes ", " quota ");"
#define DEVICE(id, box, name, model, os, state, status, version)                                                       \
	"INSERT INTO device(tenant, identity, mailbox, device_id, name, type, model, os, client, version, state, "     \
	"reason,"                                                                                                      \
	" status, policy, policy_status, phone, imei, wipe, first_sync, last_sync, last_attempt, measured) VALUES(1,"  \
	" '" box "\\ExchangeActiveSyncDevices\\" id "', '" box "', '" id "', '" name "', 'iPhone', '" model "', '" os  \
	"', 'EAS', '" version "', '" state "', 'Individual', '" status "', 'Default', 'Applied', '', '', '', " READ_AT \
	", " READ_AT ", " READ_AT ", " READ_AT ");"
#define PERMISSION(box, who, full, as, behalf, orphan)                                                                 \
	"INSERT INTO permission(tenant, mailbox, trustee, full_access, send_as, on_behalf, orphan, rights) VALUES(1, " \
	"'" box "', '" who "', " full ", " as ", " behalf ", " orphan ", '');"
#define STATE(list) "INSERT INTO list_state VALUES(1, '" list "', " READ_AT ", 3, '');"

UNUSED static void seed_tenant(struct store *s) {
	assert_int_equal(connect_tenant(s, "contoso.com"), 1);
	run_sql(s, USER("anna@contoso.com", "Anna Albrecht", "1", "user", "SPE_E3 EMS", "4200000000", "107374182400",
			READ_AT) USER("bob@contoso.com", "Bob Becker", "0", "user", "", "NULL", "NULL", "0")
			   USER("lobby@contoso.com", "Lobby", "0", "room", "", "1200", "53687091200", "0")
				   USER("jürgen@contoso.com", "Jürgen Müller", "1", "user", "SPE_E3", "51000000000",
					"53687091200", READ_AT));
	run_sql(s, "INSERT INTO subscription(tenant, sku, part, status, enabled, warning, suspended, consumed, mailbox,"
		   " plans) VALUES(1, 'guid-e3', 'SPE_E3', 'Enabled', 12, 0, 0, 11, 1, 'EXCHANGE_S_ENTERPRISE'),"
		   "(1, 'guid-ems', 'EMS', 'Warning', 0, 5, 0, 5, 0, 'INTUNE_A');");
	run_sql(s, PERMISSION("anna@contoso.com", "bob@contoso.com", "1", "1", "0", "0")
			   PERMISSION("anna@contoso.com", "S-1-5-21-1-2-3-1104", "1", "0", "0", "1")
				   PERMISSION("lobby@contoso.com", "anna@contoso.com", "3", "0", "1", "0")
					   PERMISSION("lobby@contoso.com", "bob@contoso.com", "4", "0", "0", "0"));
	run_sql(s, DEVICE("DEV1", "anna@contoso.com", "Anna''s iPhone", "iPhone 15", "iOS 17.1", "Allowed", "DeviceOk",
			  "16.1") DEVICE("DEV2", "bob@contoso.com", "Bob''s old phone", "SM-G991B", "Android 9",
					 "Quarantined", "DeviceOk", "14.1")
			   DEVICE("DEV3", "bob@contoso.com", "Tablet", "iPad", "iPadOS 16", "Blocked",
				  "DeviceWipePending", "16.1"));
	run_sql(s, "INSERT INTO device_policy(tenant, name, is_default, settings) VALUES(1, 'Default', 1,"
		   " '{\"PasswordEnabled\": true, \"MinPasswordLength\": 6}'), (1, 'Strict', 0, '{}');");
	run_sql(s,
		"INSERT INTO announcement(tenant, code, title, category, severity, services, major, act_by, started,"
		" ended, modified, body, seen) VALUES(1, 'MC100001', 'Basic authentication ends', 'planForChange',"
		" 'high', 'Exchange Online', 1, " READ_AT ", " READ_AT ", 0, " READ_AT ",'What is going to change\n\n"
		"Applications have to use OAuth. Nothing else signs in after the date.\n\nWhat you have to do\n\nLook "
		"at"
		" the sign-in report and tell the owners of old applications.', 0), (1, 'MC100002', 'New icons',"
		" 'stayInformed', 'normal', 'Outlook', 0, 0, " READ_AT ", 0, " READ_AT ", 'They are round.', 1);"
		"INSERT INTO issue(tenant, code, title, service, status, classification, feature, resolved, started,"
		" ended, modified, body) VALUES(1, 'EX1', 'Some users can''t sign in', 'Exchange Online',"
		" 'serviceDegradation', 'incident', 'Sign-in', 0, " READ_AT ", 0, " READ_AT ", 'We look at it.'), (1,"
		" 'EX2', 'Search was slow', 'Exchange Online', 'serviceRestored', 'advisory', 'Search', 1, " READ_AT
		", " READ_AT ", " READ_AT ", 'It is fast again.');"
		"INSERT INTO feed(url, title, ca_file) VALUES('https://feed.example/rss', 'Service news', '');"
		"INSERT INTO feed_item(feed, guid, title, link, published, body) VALUES(1, 'f1', 'Maintenance on "
		"Sunday',"
		" 'https://feed.example/1', " READ_AT ", 'From 2 to 4.');");
	run_sql(s, STATE("refresh-users") STATE("refresh-permissions") STATE("refresh-devices")
			   STATE("refresh-policies") STATE("refresh-announcements") STATE("refresh-health"));
}

/* A finished change and one that waits. */
UNUSED static void seed_tasks(struct store *s) {
	run_sql(s,
		"INSERT INTO task(tenant, verb, label, undoes, who, state, items, done, failed, added, started,"
		" finished, error) VALUES(1, 'change', 'Enable 2 users', 0, 'operator', 3, 2, 1, 1, " READ_AT
		", " READ_AT ", " READ_AT ", ''), (1, 'change', 'Grant anna@contoso.com to bob@contoso.com', 0, "
		"'operator', 3, 1, 1, 0, " READ_AT ", " READ_AT ", " READ_AT ", ''),"
		"(1, 'refresh-users', 'Read users', 0, 'operator', 2, 0, 12000, 0, " READ_AT ", " READ_AT ", 0, '');"
		"INSERT INTO task_item(task, n, verb, target, args, state, text, before, at) VALUES"
		"(1, 1, 'user-enable', 'anna@contoso.com', '{}', 2, 'sign-in enabled', '{\"enabled\": false}', " READ_AT
		"), (1, 2, 'user-enable', 'bob@contoso.com', '{}', 4, 'There is no such user', NULL, " READ_AT
		"), (2, 1, 'full-access-grant', 'anna@contoso.com', '{\"trustee\":\"bob@contoso.com\","
		"\"autoMapping\":true}', 2, 'Full Access granted', '{\"fullAccess\": false}', " READ_AT ");"
		"INSERT INTO tenant_audit(at, who, tenant, tenant_name, task, action, target, args, outcome, text, "
		"before,"
		" after, request_id) VALUES(" READ_AT ", 'operator', 1, 'contoso.com', 1, 'user-enable',"
		" 'anna@contoso.com', '{}', 'Done', 'sign-in enabled', '{\"enabled\": false}', '{\"enabled\": true}',"
		" 'req-1');");
}

/* The tree's cursor on a node, the focus in its list. */
UNUSED static void go_to_node(struct console *c, enum node_kind kind) {
	assert_true(tree_select(&c->tree, kind, 0));
	console_show_node(c);
	console_focus(c, PANE_LIST);
}

/* The first figure of a query. */
UNUSED static int64_t number(struct store *s, const char *sql) {
	struct err e;
	struct db db = { 0 };
	int64_t n = -1;
	MUST(db_open(&db, store_dir(s), DB_READ, &e));
	struct bind none;
	MUST(db_int(&db, db_query_bound(&db, &e, sql, false, &none, 0), -1, &n, &e));
	db_close(&db);
	return n;
}

/* Item n of the newest task is this. */
UNUSED static void expect_item(struct store *s, unsigned n, const char *verb, const char *target, const char *args) {
	char sql[900];
	snprintf(
		sql, sizeof sql,
		"SELECT count(*) FROM task_item WHERE task = (SELECT max(id) FROM task) AND n = %u AND verb = '%s' AND "
		"target = '%s' AND args = '%s'",
		n, verb, target, args);
	if (number(s, sql) != 1)
		fail_msg("item %u is not %s of %s with %s", n, verb, target, args);
}

UNUSED static void cursor_on(struct console *c, const char *text) {
	press(c, "Home");
	for (uint64_t i = 0; i < c->list.total; i++) {
		const struct record_line *line = list_current_line(&c->list);
		for (size_t k = 0; k < c->list.records->column_count; k++)
			if (strcmp(line->cells[k], text) == 0)
				return;
		press(c, "Down");
	}
	fail_msg("no row has %s", text);
}

#endif
