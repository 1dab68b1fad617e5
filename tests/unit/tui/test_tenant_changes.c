/* SPDX-License-Identifier: MIT
 *
 * test_tenant_changes.c - what keys change in a tenant: the tasks that then lie in the store, item by item.
 */
#include "tests/unit/tui/tenant_console.h"

static void users_are_enabled(void **state) {
	(void)state;
	go_to_node(c, NODE_USERS);
	cursor_on(c, "bob@contoso.com");
	press(c, "e");
	finish_job(c);
	assert_true(on_screen(c, "Task 1: Enable bob@contoso.com"));
	expect_item(s, 1, "user-enable", "bob@contoso.com", "{}");
	press(c, "Ctrl+A");
	finish_job(c);
	assert_int_equal(c->list.marks.count, 4);
	press(c, "e");
	assert_true(on_screen(c, "Enable 4 users?")); /* several ask first */
	press(c, "y");
	finish_job(c);
	assert_int_equal(number(s, "SELECT items FROM task WHERE id = 2"), 4);
	assert_int_equal(c->list.marks.count, 0);
}

static void disabling_asks_even_for_one(void **state) {
	(void)state;
	go_to_node(c, NODE_USERS);
	press(c, "b");
	assert_true(on_screen(c, "Disable anna@contoso.com?"));
	press(c, "Enter"); /* Cancel has the focus */
	assert_int_equal(number(s, "SELECT count(*) FROM task"), 0);
	press(c, "b");
	press(c, "y");
	finish_job(c);
	expect_item(s, 1, "user-disable", "anna@contoso.com", "{}");
}

static void licences_are_counted_before(void **state) {
	(void)state;
	go_to_node(c, NODE_USERS);
	press(c, "Ctrl+A");
	finish_job(c);
	press(c, "L");
	type(c, "spe_e3");
	press(c, "F2");
	finish_job(c);
	assert_true(c->note_bad && on_screen(c, "needs 2, 1 free")); /* two have it */
	assert_int_equal(number(s, "SELECT count(*) FROM task"), 0);
	press(c, "U");
	cursor_on(c, "bob@contoso.com");
	press(c, "L");
	type(c, "SPE_E3");
	press(c, "Down");
	press(c, "Down");
	type(c, "DE");
	press(c, "F2");
	finish_job(c);
	expect_item(s, 1, "user-license", "bob@contoso.com",
		    "{\"add\":[\"SPE_E3\"],\"remove\":[],\"usageLocation\":\"DE\"}");
	press(c, "L");
	type(c, "NONSENSE");
	press(c, "F2");
	finish_job(c);
	assert_true(c->note_bad && on_screen(c, "has no licence NONSENSE"));
}

/* A made password is on the sheet, once, and in the vault; in no row of the store. */
static void users_are_activated_with_licences(void **state) {
	(void)state;
	go_to_node(c, NODE_USERS);
	press(c, "Ctrl+A");
	finish_job(c);
	press(c, "A");
	press(c, "F2");
	assert_true(on_screen(c, "Name a licence"));
	type(c, "SPE_E3");
	press(c, "Down");
	type(c, "Austria");
	press(c, "F2");
	assert_true(on_screen(c, "two letters (ISO 3166)"));
	press(c, "Ctrl+U");
	type(c, "at");
	press(c, "F2");
	assert_true(on_screen(c, "Activate 4 users?"));
	press(c, "y");
	finish_job(c);
	assert_true(on_screen(c, "SPE_E3: needs 2, 1 free. Nothing was changed"));
	assert_int_equal(number(s, "SELECT count(*) FROM task"), 0);
	press(c, "U");
	cursor_on(c, "bob@contoso.com");
	press(c, "A");
	type(c, "SPE_E3");
	press(c, "Down");
	type(c, "at");
	press(c, "F2");
	press(c, "y");
	finish_job(c);
	expect_item(s, 1, "user-enable", "bob@contoso.com", "{\"licenses\":[\"SPE_E3\"],\"usageLocation\":\"AT\"}");
}

static void passwords_are_made_and_written_once(void **state) {
	char path[120], line[200], password[64];
	struct stat st;
	(void)state;
	snprintf(path, sizeof path, "%s/sheet.csv", dir);
	go_to_node(c, NODE_USERS);
	press(c, "w");
	press(c, "Down");
	press(c, "Down");
	press(c, "Ctrl+U");
	type(c, path);
	press(c, "F2");
	assert_true(on_screen(c, "Set the password of anna@contoso.com?"));
	press(c, "y");
	finish_job(c);
	expect_item(s, 1, "user-password", "anna@contoso.com", "{\"forceChange\":true}");
	assert_true(on_screen(c, "Passwords are in")); /* until somebody has read it */
	press(c, "Enter");
	assert_null(c->dialogs);
	assert_int_equal(stat(path, &st), 0);
	assert_int_equal(st.st_mode & 0777, 0600);
	FILE *f = fopen(path, "r");
	assert_non_null(f);
	assert_non_null(fgets(line, sizeof line, f));
	assert_non_null(fgets(line, sizeof line, f));
	assert_int_equal(sscanf(line, "\"anna@contoso.com\",\"%63[^\"]\"", password), 1);
	assert_int_equal(strlen(password), 16);
	fclose(f);
	char sql[300];
	snprintf(sql, sizeof sql, "SELECT count(*) FROM task_item WHERE args LIKE '%%%s%%' OR text LIKE '%%%s%%'",
		 password, password);
	assert_int_equal(number(s, sql), 0);
	assert_int_equal(number(s, "SELECT count(*) FROM secret WHERE purpose = 10"), 1);
	assert_false(on_screen(c, password));
	/* a sheet that is there is not overwritten, and then nothing is done */
	press(c, "w");
	press(c, "Down");
	press(c, "Down");
	press(c, "Ctrl+U");
	type(c, path);
	press(c, "F2");
	assert_true(on_screen(c, "is there already"));
	press(c, "Esc");
	assert_int_equal(number(s, "SELECT count(*) FROM task"), 1);
}

static void a_user_is_created(void **state) {
	(void)state;
	go_to_node(c, NODE_USERS);
	press(c, "a");
	press(c, "Down");
	type(c, "nina@contoso.com");
	press(c, "Down");
	type(c, "Nina \"N\" Nord");
	press(c, "Down");
	type(c, "D");
	press(c, "F2");
	assert_true(on_screen(c, "two letters"));
	type(c, "E");
	press(c, "Down");
	type(c, "SPE_E3");
	press(c, "Down");
	press(c, "Down");
	type(c, "Correct-Horse-7");
	assert_false(on_screen(c, "Correct-Horse-7"));
	press(c, "F2");
	finish_job(c);
	expect_item(s, 1, "user-create", "nina@contoso.com",
		    "{\"displayName\":\"Nina \\\"N\\\" Nord\",\"mailNickname\":\"nina\",\"usageLocation\":\"DE\","
		    "\"forceChange\":true,\"licenses\":[\"SPE_E3\"]}");
	assert_int_equal(number(s, "SELECT count(*) FROM secret WHERE purpose = 10"), 1);
	press(c, "a");
	press(c, "Right"); /* shared mailbox */
	press(c, "Down");
	type(c, "info@contoso.com");
	press(c, "Down");
	type(c, "Info");
	press(c, "F2");
	finish_job(c);
	expect_item(s, 1, "mailbox-create", "info@contoso.com", "{\"kind\":\"shared\",\"name\":\"Info\"}");
}

static void a_csv_of_users_is_shown_first(void **state) {
	char path[120];
	(void)state;
	snprintf(path, sizeof path, "%s/users.csv", dir);
	FILE *f = fopen(path, "w");
	assert_non_null(f);
	fputs("UserPrincipalName,DisplayName,UsageLocation,Licenses,Password\n"
	      "nina@contoso.com,Nina Nord,DE,SPE_E3,Correct-Horse-7\n"
	      "bob@contoso.com,Bob Becker,DE,,\n"
	      "not an address,X,DE,,\n",
	      f);
	fclose(f);
	go_to_node(c, NODE_USERS);
	press(c, "c");
	type(c, path);
	press(c, "F2");
	finish_job(c);
	assert_true(on_screen(c, "1 new · 0 to change"));
	assert_true(on_screen(c, "SPE_E3: needs 1, 1 free"));
	assert_true(on_screen(c, "bob@contoso.com is there and is left"));
	assert_true(on_screen(c, "not a user principal name"));
	assert_int_equal(number(s, "SELECT count(*) FROM task"), 0);
	press(c, "Esc");
	press(c, "c");
	type(c, path);
	press(c, "Down");
	press(c, "Down");
	press(c, "Down");
	press(c, "Space"); /* update those that are there */
	press(c, "F2");
	finish_job(c);
	assert_true(on_screen(c, "1 new · 0 to change")); /* which lets nobody in */
	press(c, "Esc");
	press(c, "c");
	type(c, path);
	press(c, "Down");
	press(c, "Down");
	press(c, "Down");
	press(c, "Space");
	press(c, "Down");
	press(c, "Space"); /* let them sign in */
	press(c, "F2");
	finish_job(c);
	assert_true(on_screen(c, "1 new · 1 to change"));
	press(c, "Tab"); /* one row is bad: Cancel has the focus */
	press(c, "Enter");
	finish_job(c);
	expect_item(s, 1, "user-create", "nina@contoso.com",
		    "{\"displayName\":\"Nina Nord\",\"mailNickname\":\"nina\",\"usageLocation\":\"DE\",\"forceChange\":"
		    "true,\"licenses\":[\"SPE_E3\"]}");
	expect_item(s, 2, "user-enable", "bob@contoso.com", "{}");
}

static void permissions_are_granted_and_revoked(void **state) {
	(void)state;
	go_to_node(c, NODE_PERMISSIONS);
	press(c, "g");
	press(c, "Ctrl+U");
	type(c, "lobby@contoso.com info@contoso.com");
	press(c, "Down");
	type(c, "anna@contoso.com");
	press(c, "Down");
	press(c, "Down");
	press(c, "Space"); /* Send As too */
	press(c, "F2");
	finish_job(c);
	expect_item(s, 1, "full-access-grant", "lobby@contoso.com",
		    "{\"trustee\":\"anna@contoso.com\",\"autoMapping\":true}");
	expect_item(s, 2, "send-as-grant", "lobby@contoso.com", "{\"trustee\":\"anna@contoso.com\"}");
	expect_item(s, 4, "send-as-grant", "info@contoso.com", "{\"trustee\":\"anna@contoso.com\"}");
	press(c, "Home"); /* anna, bob: Full Access and Send As */
	press(c, "d");
	press(c, "y");
	finish_job(c);
	expect_item(s, 1, "full-access-revoke", "anna@contoso.com", "{\"trustee\":\"bob@contoso.com\"}");
	expect_item(s, 2, "send-as-revoke", "anna@contoso.com", "{\"trustee\":\"bob@contoso.com\"}");
	assert_int_equal(number(s, "SELECT items FROM task WHERE id = 2"), 2);
	press(c, "1");
	finish_job(c);
	expect_item(s, 1, "full-access-revoke", "anna@contoso.com", "{\"trustee\":\"bob@contoso.com\"}");
	press(c, "3");
	finish_job(c);
	expect_item(s, 1, "send-on-behalf-grant", "anna@contoso.com", "{\"trustee\":\"bob@contoso.com\"}");
	press(c, "End"); /* lobby, bob: denied only */
	press(c, "d");
	press(c, "y");
	finish_job(c);
	assert_true(on_screen(c, "nothing to do"));
	assert_int_equal(number(s, "SELECT count(*) FROM task"), 4);
}

static void the_last_change_of_permissions_is_undone(void **state) {
	(void)state;
	seed_tasks(s);
	go_to_node(c, NODE_PERMISSIONS);
	press(c, "u");
	finish_job(c);
	assert_true(on_screen(c, "Take back task 2"));
	press(c, "y");
	finish_job(c);
	expect_item(s, 1, "full-access-revoke", "anna@contoso.com", "{\"trustee\":\"bob@contoso.com\"}");
	assert_int_equal(number(s, "SELECT undoes FROM task WHERE id = 4"), 2);
	press(c, "u"); /* it was taken back: there is no other */
	assert_null(c->dialogs);
	assert_true(on_screen(c, "No permission has been changed from here"));
}

static void an_undo_says_that_a_location_stays(void **state) {
	(void)state;
	seed_tasks(s);
	go_to_node(c, NODE_TASKS);
	cursor_on(c, "Enable 2 users");
	press(c, "u");
	finish_job(c);
	assert_true(on_screen(c, "Take back task 1"));
	assert_false(on_screen(c, "location"));
	press(c, "Esc");
	run_sql(s, "UPDATE task_item SET args = '{\"usageLocation\":\"DE\"}' WHERE task = 1 AND n = 1");
	press(c, "u");
	finish_job(c);
	assert_true(on_screen(c, "a usage location that"));
	press(c, "Esc");
	/* It was so before: nothing of it would be left. */
	run_sql(s, "UPDATE task_item SET before = '{\"usageLocation\":\"de\"}' WHERE task = 1 AND n = 1");
	press(c, "u");
	finish_job(c);
	assert_true(on_screen(c, "Take back task 1"));
	assert_false(on_screen(c, "location"));
}

static void a_full_wipe_wants_the_name_of_what_is_wiped(void **state) {
	(void)state;
	go_to_node(c, NODE_DEVICES);
	cursor_on(c, "Anna's iPhone");
	press(c, "Space"); /* marked; the cursor goes on to another */
	assert_string_not_equal(list_current_line(&c->list)->cells[1], "Anna's iPhone");
	press(c, "w");
	press(c, "2");
	assert_true(on_screen(c, "Wipe all of anna@contoso.com, Anna's iPhone?"));
	type(c, "Bob's old phone");
	press(c, "Enter");
	assert_non_null(c->dialogs);
	press(c, "Ctrl+U");
	type(c, "Anna's iPhone");
	press(c, "Enter");
	finish_job(c);
	expect_item(s, 1, "device-wipe", "anna@contoso.com\\ExchangeActiveSyncDevices\\DEV1", "{\"mode\":\"full\"}");
	/* a name is cut between letters, and not behind a blank: it could not be typed */
	run_sql(s, "UPDATE device SET name = 'The black iPhone of F. çedilla' WHERE device_id = 'DEV2'");
	console_refresh(c);
	cursor_on(c, "Quarantined");
	press(c, "w");
	press(c, "2");
	assert_true(on_screen(c, "Type The black iPhone of F. to go on"));
	type(c, "The black iPhone of F.");
	press(c, "Enter");
	finish_job(c);
	expect_item(s, 1, "device-wipe", "bob@contoso.com\\ExchangeActiveSyncDevices\\DEV2", "{\"mode\":\"full\"}");
}

static void devices_are_blocked_and_wiped(void **state) {
	(void)state;
	go_to_node(c, NODE_DEVICES);
	cursor_on(c, "Quarantined");
	press(c, "a");
	finish_job(c);
	expect_item(s, 1, "device-allow", "bob@contoso.com\\ExchangeActiveSyncDevices\\DEV2",
		    "{\"mailbox\":\"bob@contoso.com\",\"deviceId\":\"DEV2\"}");
	press(c, "w");
	press(c, "1");
	assert_true(on_screen(c, "Wipe the account on bob@contoso.com, Bob's old phone?"));
	press(c, "y");
	finish_job(c);
	expect_item(s, 1, "device-wipe", "bob@contoso.com\\ExchangeActiveSyncDevices\\DEV2", "{\"mode\":\"account\"}");
	press(c, "w");
	press(c, "2");
	press(c, "Tab");
	press(c, "Enter");
	assert_non_null(c->dialogs); /* its name has to be typed */
	type(c, "Bob's old phone");
	press(c, "Enter");
	finish_job(c);
	expect_item(s, 1, "device-wipe", "bob@contoso.com\\ExchangeActiveSyncDevices\\DEV2", "{\"mode\":\"full\"}");
	cursor_on(c, "Blocked");
	press(c, "W");
	finish_job(c);
	expect_item(s, 1, "device-cancel-wipe", "bob@contoso.com\\ExchangeActiveSyncDevices\\DEV3", "{}");
	press(c, "P");
	press(c, "2");
	finish_job(c);
	expect_item(s, 1, "policy-assign", "bob@contoso.com", "{\"policy\":\"Strict\"}");
	press(c, "Ctrl+A"); /* how one mailbox has it is asked of the service; several are not known */
	finish_job(c);
	press(c, "O");
	press(c, "F2");
	assert_true(on_screen(c, "Switch at least one of them on or off"));
	press(c, "Right");
	press(c, "Right");
	press(c, "F2");
	finish_job(c);
	expect_item(s, 2, "protocols-set", "bob@contoso.com", "{\"settings\":{\"ActiveSyncEnabled\":true}}");
}

static void a_csv_of_devices_is_shown_first(void **state) {
	char path[120];
	(void)state;
	go_to_node(c, NODE_DEVICES);
	snprintf(path, sizeof path, "%s/devices.csv", dir);
	FILE *f = fopen(path, "w");
	assert_non_null(f);
	fputs("Mailbox,DeviceId,Access\nbob@contoso.com,DEV2,allow\nanna@contoso.com,DEV1,block\neva@contoso.com,DEV9,"
	      "perhaps\n",
	      f);
	fclose(f);
	press(c, "c");
	type(c, path);
	press(c, "F2");
	finish_job(c);
	assert_true(on_screen(c, "1 to allow · 1 to block · 0 left to the rules"));
	assert_true(on_screen(c, "neither allow, block nor default"));
	assert_int_equal(number(s, "SELECT count(*) FROM task"), 0);
	press(c, "Tab"); /* with mistakes in it, the button does not have the focus at first */
	press(c, "Enter");
	finish_job(c);
	expect_item(s, 1, "device-allow", "DEV2", "{\"mailbox\":\"bob@contoso.com\",\"deviceId\":\"DEV2\"}");
	expect_item(s, 2, "device-block", "DEV1", "{\"mailbox\":\"anna@contoso.com\",\"deviceId\":\"DEV1\"}");
	unlink(path);
}

static void permissions_are_exported_as_import_reads_them(void **state) {
	char path[120], text[1000];
	(void)state;
	go_to_node(c, NODE_PERMISSIONS);
	snprintf(path, sizeof path, "%s/grid.csv", dir);
	press(c, "x");
	press(c, "Left");
	assert_true(on_screen(c, "CSV that Import reads"));
	press(c, "Down");
	press(c, "Ctrl+U");
	type(c, path);
	press(c, "F2");
	finish_job(c);
	FILE *f = fopen(path, "r");
	assert_non_null(f);
	text[fread(text, 1, sizeof text - 1, f)] = '\0';
	fclose(f);
	assert_non_null(strstr(text, "\"Mailbox\",\"Trustee\",\"FullAccess\""));
	assert_non_null(strstr(text, "\"anna@contoso.com\",\"bob@contoso.com\",\"yes\",\"yes\",\"no\","));
	assert_null(strstr(text, "\"lobby@contoso.com\",\"bob@contoso.com\"")); /* a deny entry is no grant */
	unlink(path);
}

static void a_policy_is_changed_by_what_is_typed(void **state) {
	(void)state;
	go_to_node(c, NODE_POLICIES);
	press(c, "e");
	assert_true(on_screen(c, "< yes >")); /* PasswordEnabled, as the list has it */
	press(c, "F2");
	assert_true(on_screen(c, "Nothing would change"));
	press(c, "Down");
	press(c, "Down");
	press(c, "Down");
	assert_true(on_screen(c, " 6 "));
	press(c, "Ctrl+U");
	type(c, "06"); /* the same in other words */
	press(c, "F2");
	assert_true(on_screen(c, "Nothing would change"));
	press(c, "Ctrl+U");
	press(c, "F2");
	assert_true(on_screen(c, "MinPasswordLength has to be 1 to 16, not \"\""));
	type(c, "99");
	press(c, "F2");
	assert_true(on_screen(c, "MinPasswordLength has to be 1 to 16"));
	press(c, "Ctrl+U");
	type(c, "8");
	press(c, "F2");
	press(c, "y");
	finish_job(c);
	expect_item(s, 1, "policy-set", "Default", "{\"settings\":{\"MinPasswordLength\":8}}");
	press(c, "e");
	press(c, "Right"); /* no device password any more; the rest is not sent */
	press(c, "F2");
	press(c, "y");
	finish_job(c);
	expect_item(s, 1, "policy-set", "Default", "{\"settings\":{\"PasswordEnabled\":false}}");
}

int main(void) {
	setlocale(LC_ALL, "C.UTF-8");
	setenv("TZ", "UTC", 1);
	tzset();
	const struct CMUnitTest tests[] = {
		TEST(users_are_enabled),
		TEST(disabling_asks_even_for_one),
		TEST(licences_are_counted_before),
		TEST(users_are_activated_with_licences),
		TEST(passwords_are_made_and_written_once),
		TEST(a_user_is_created),
		TEST(a_csv_of_users_is_shown_first),
		TEST(permissions_are_granted_and_revoked),
		TEST(the_last_change_of_permissions_is_undone),
		TEST(an_undo_says_that_a_location_stays),
		TEST(a_full_wipe_wants_the_name_of_what_is_wiped),
		TEST(devices_are_blocked_and_wiped),
		TEST(a_csv_of_devices_is_shown_first),
		TEST(permissions_are_exported_as_import_reads_them),
		TEST(a_policy_is_changed_by_what_is_typed),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
