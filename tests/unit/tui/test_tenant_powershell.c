/* SPDX-License-Identifier: MIT
 *
 * test_tenant_powershell.c - changes of a tenant shown as PowerShell, from the question and instead of the change; what
 * is shown changes nothing and leaves nothing.
 */
#include <sys/stat.h>

#include "tests/unit/tui/tenant_console.h"

static void nothing_is_to_be_done(void) {
	assert_int_equal(number(s, "SELECT count(*) FROM task"), 0);
}

static void a_question_shows_it_and_is_asked_again(void **state) {
	(void)state;
	go_to_node(c, NODE_USERS);
	press(c, "Ctrl+A");
	finish_job(c);
	press(c, "b");
	assert_true(on_screen(c, "PowerShell"));
	press(c, "$");
	finish_job(c);
	assert_true(on_screen(c, "PowerShell: Disable 4 users"));
	assert_true(on_screen(c, "anna@contoso.com") && on_screen(c, "Update-MgUser"));
	nothing_is_to_be_done();
	press(c, "Esc");
	assert_true(on_screen(c, "Disable 4 users?"));
	press(c, "Tab");
	press(c, "Tab"); /* Cancel, Disable, PowerShell */
	press(c, "Enter");
	finish_job(c);
	assert_true(on_screen(c, "PowerShell: Disable 4 users"));
	press(c, "Enter");
	press(c, "y");
	finish_job(c);
	assert_int_equal(number(s, "SELECT items FROM task"), 4); /* once each, though they were made to be shown */
}

/* Three buttons in 40 columns: none over the frame. */
static void it_fits_a_narrow_screen(void **state) {
	(void)state;
	console_resize(c, 40, 12);
	go_to_node(c, NODE_USERS);
	press(c, "b");
	assert_true(on_screen(c, "PowerShell   Disable  [Cancel] "));
	press(c, "$");
	finish_job(c);
	assert_true(on_screen(c, "Write to a file…"));
	console_resize(c, 120, 40);
}

static void licences_are_counted_once(void **state) {
	(void)state;
	go_to_node(c, NODE_USERS);
	cursor_on(c, "bob@contoso.com");
	press(c, "A");
	type(c, "SPE_E3");
	press(c, "Down");
	type(c, "at");
	press(c, "F2");
	press(c, "$");
	finish_job(c);
	assert_true(on_screen(c, "Set-MgUserLicense"));
	press(c, "Esc");
	press(c, "y");
	finish_job(c); /* needs 1, 1 free */
	expect_item(s, 1, "user-enable", "bob@contoso.com", "{\"licenses\":[\"SPE_E3\"],\"usageLocation\":\"AT\"}");
}

static void what_must_be_typed_need_not_be_for_that(void **state) {
	(void)state;
	go_to_node(c, NODE_DEVICES);
	cursor_on(c, "Tablet");
	press(c, "w");
	press(c, "2");
	assert_true(on_screen(c, "Type Tablet to go on"));
	press(c, "Tab");
	press(c, "Tab");
	press(c, "Enter");
	finish_job(c);
	assert_true(on_screen(c, "Clear-MobileDevice"));
	press(c, "Esc");
	assert_true(on_screen(c, "Type Tablet to go on"));
	press(c, "Enter"); /* Cancel */
	nothing_is_to_be_done();
}

static void the_next_change_is_shown_instead(void **state) {
	(void)state;
	go_to_node(c, NODE_USERS);
	press(c, "$");
	cursor_on(c, "bob@contoso.com");
	press(c, "e"); /* one: without a question */
	finish_job(c);
	assert_true(on_screen(c, "PowerShell: Enable bob@contoso.com"));
	press(c, "Esc");
	nothing_is_to_be_done();
	assert_true(on_screen(c, "Nothing was changed"));
	go_to_node(c, NODE_PERMISSIONS);
	press(c, "$");
	press(c, "g");
	press(c, "Down");
	type(c, "bob@contoso.com");
	press(c, "F2");
	finish_job(c);
	assert_true(on_screen(c, "Add-MailboxPermission"));
	press(c, "Esc");
	nothing_is_to_be_done();
	press(c, "$");
	press(c, "u"); /* there is no PowerShell of an undo: it is not done either */
	assert_true(c->note_bad && on_screen(c, "this has none"));
	press(c, "$");
	press(c, "1"); /* that was only for the next change, and was left */
	finish_job(c);
	assert_int_equal(number(s, "SELECT count(*) FROM task"), 1);
}

static void no_password_is_made_to_be_shown(void **state) {
	char path[120];
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
	press(c, "$");
	finish_job(c);
	assert_true(on_screen(c, "Read-Host"));
	assert_int_equal(stat(path, &st), -1);
	press(c, "Esc");
	press(c, "y");
	finish_job(c);
	assert_int_equal(stat(path, &st), 0);
	expect_item(s, 1, "user-password", "anna@contoso.com", "{\"forceChange\":true}");
}

static void it_is_written_to_a_file(void **state) {
	char path[120], text[400];
	struct stat st;
	(void)state;
	snprintf(path, sizeof path, "%s/changes.ps1", dir);
	go_to_node(c, NODE_USERS);
	cursor_on(c, "jürgen@contoso.com");
	press(c, "b");
	press(c, "$");
	finish_job(c);
	press(c, "w");
	press(c, "Ctrl+U");
	type(c, path);
	press(c, "F2");
	assert_int_equal(stat(path, &st), 0);
	assert_int_equal(st.st_mode & 0777, 0600);
	FILE *f = fopen(path, "r");
	assert_non_null(f);
	assert_non_null(fgets(text, sizeof text, f));
	fclose(f);
	assert_memory_equal(text, "\xEF\xBB\xBF", 3); /* else Windows PowerShell takes it for another character set */
	assert_non_null(strstr(text, "jürgen@contoso.com"));
	press(c, "w");
	press(c, "Ctrl+U");
	type(c, path);
	press(c, "F2");
	assert_true(on_screen(c, "is there already"));
	press(c, "Esc");
	press(c, "Esc");
	assert_true(on_screen(c, "Disable jürgen@contoso.com?"));
}

int main(void) {
	setlocale(LC_ALL, "C.UTF-8");
	setenv("TZ", "UTC", 1);
	tzset();
	const struct CMUnitTest tests[] = {
		TEST(a_question_shows_it_and_is_asked_again),
		TEST(it_fits_a_narrow_screen),
		TEST(licences_are_counted_once),
		TEST(what_must_be_typed_need_not_be_for_that),
		TEST(the_next_change_is_shown_instead),
		TEST(no_password_is_made_to_be_shown),
		TEST(it_is_written_to_a_file),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
