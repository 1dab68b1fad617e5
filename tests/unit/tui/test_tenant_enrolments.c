/* SPDX-License-Identifier: MIT
 *
 * test_tenant_enrolments.c - by keys: enrolment batches from their making to the work sheet and back. All of it is
 * local: no task, and read-only mode leaves it alone.
 */
#include <sys/stat.h>

#include "tests/unit/tui/enrol_fixture.h"

static void a_batch_is_made(void **state) {
	(void)state;
	go_to_node(c, NODE_ENROLMENTS);
	press(c, "u");
	expect_note("There is no batch yet: a ");
	press(c, "a");
	assert_true(on_screen(c, "Contoso Ltd")); /* the tenant's company */
	fill("First wave");
	press(c, "F2");
	assert_true(on_screen(c, "for one device server: name it"));
	fill("bes1.example");
	press(c, "Down");
	press(c, "Right");
	press(c, "Right"); /* device password required */
	press(c, "Down");
	fill("Bo Boss");
	fill("nobody");
	press(c, "F2");
	assert_true(on_screen(c, "not an address"));
	press(c, "Up");
	fill("bo@contoso.com");
	submit();
	expect_note("First wave is made");
	assert_int_equal(number(s, "SELECT count(*) FROM enrolment WHERE name = 'First wave' AND server = "
				   "'bes1.example' AND company = 'Contoso Ltd' AND policy = 'device password required' "
				   "AND contact = 'Bo Boss' AND contact_mail = 'bo@contoso.com'"),
			 1);
	assert_int_equal(number(s, "SELECT count(*) FROM task"), 0);
	press(c, "a");
	fill("first WAVE");
	fill("bes2.example");
	press(c, "F2");
	assert_true(on_screen(c, "There is a batch of that name already")); /* what was typed is not lost */
	press(c, "Esc");
	assert_int_equal(number(s, "SELECT count(*) FROM enrolment"), 1);
	/* A name is shown, and found again by what is shown. */
	struct err e;
	int64_t id;
	assert_false(enrolment_add(s, 1, "Second\033[2J", "bes1.example", "", "operator", &id, &e));
	assert_non_null(strstr(e.text, "cannot be shown: Second\\x1b"));
}

static void the_contract_is_filled_in(void **state) {
	(void)state;
	make_batch("First", "bes1.example");
	press(c, "e");
	fill("T1");
	submit();
	expect_note("missing in the contract: Authentication key, Licence (CAL) ids, Support contract id, Business");
	fill_contract();
	expect_note("First: nothing is missing in the contract");
	assert_int_equal(number(s,
				"SELECT count(*) FROM enrolment WHERE srp_id = 'T12345678' AND cal_ids = 'BESCAL-1 "
				"BES35X-2' AND support_contract = 'TX2-77' AND contact = 'Bo Boss' AND requestor = "
				"'Al Admin' AND request_number = '4711' AND policy = 'no device password' AND server "
				"= 'bes1.example'"),
			 1);
	assert_int_equal(number(s, "SELECT count(*) FROM secret WHERE purpose = 12"), 1);
	assert_int_equal(number(s, "SELECT count(*) FROM tenant_audit WHERE text LIKE '%9f8e7d%'"), 0);
	int64_t lines = number(s, "SELECT count(*) FROM tenant_audit");
	press(c, "e");
	assert_true(on_screen(c, "T12345678") && on_screen(c, "no device password"));
	press(c, "Down");
	assert_true(on_screen(c, "It is in the vault"));
	submit(); /* nothing was changed: the key stays, and no line is written */
	assert_int_equal(number(s, "SELECT count(*) FROM tenant_audit"), lines);
	assert_int_equal(number(s, "SELECT count(*) FROM secret WHERE purpose = 12"), 1);
	press(c, "e");
	press(c, "Down");
	press(c, "Down");
	fill("BES/CAL");
	press(c, "F2");
	assert_true(on_screen(c, "is no licence id"));
	press(c, "Esc");
	/* What the form can't hold is not cut by it. */
	run_sql(s, "UPDATE enrolment SET cal_ids = 'BESCAL-1' || replace(hex(zeroblob(600)), '00', ' A')");
	press(c, "e");
	fill("T2");
	submit();
	assert_int_equal(number(s, "SELECT length(cal_ids) FROM enrolment WHERE srp_id = 'T2'"), 1208);
	press(c, "e");
	press(c, "Down");
	press(c, "Down");
	press(c, "Backspace");
	press(c, "F2");
	assert_true(on_screen(c, "too long for this form"));
}

static void users_are_put_in(void **state) {
	(void)state;
	make_batch("First", "bes1.example");
	press(c, "u");
	press(c, "F2");
	assert_true(on_screen(c, "Name users, or choose everybody"));
	press(c, "Down");
	type(c, "bob@contoso.com stranger@contoso.com, nobody");
	submit();
	expect_note("nobody is neither in the list of users nor an address");
	expect_states("");
	press(c, "u");
	press(c, "Down");
	type(c, "bob@contoso.com, stranger@contoso.com");
	submit();
	expect_note("2 users put into First; 1 of them is not in the list of users");
	expect_states("New=2");
	press(c, "u");
	press(c, "Right");
	submit();
	expect_note("2 users put into First"); /* anna and jürgen: licensed, with a mailbox */
	expect_states("New=4");
	assert_true(on_screen(c, "jürgen@contoso.com"));
	press(c, "v");
	finish_job(c);
	expect_note("First: 0 ready, 4 with a problem; missing in the contract: SRP id");
	expect_states("Problem=4");
	cursor_on(c, "stranger@contoso.com");
	press(c, "d");
	assert_true(on_screen(c, "Take stranger@contoso.com"));
	press(c, "Enter"); /* Cancel has the focus */
	expect_states("Problem=4");
	press(c, "d");
	press(c, "y");
	finish_job(c);
	expect_note("1 user: taken out");
	expect_states("Problem=3");
	assert_int_equal(number(s, "SELECT count(*) FROM enrolment_row WHERE mail LIKE 'stranger%'"), 0);
}

static void users_are_put_in_from_their_list(void **state) {
	(void)state;
	make_batch("First", "bes1.example");
	make_batch("Second", "bes2.example");
	go_to_node(c, NODE_USERS);
	cursor_on(c, "anna@contoso.com");
	press(c, "Space");
	cursor_on(c, "bob@contoso.com");
	press(c, "Space");
	press(c, "E");
	assert_true(on_screen(c, "First, bes1.example, 0 users"));
	assert_true(on_screen(c, "Second, bes2.example, 0 users"));
	press(c, "1"); /* the newest is first; both may be of the same millisecond */
	finish_job(c);
	expect_note("2 users put into ");
	assert_int_equal(number(s, "SELECT count(DISTINCT batch) FROM enrolment_row"), 1);
	assert_int_equal(number(s, "SELECT count(*) FROM enrolment_row WHERE mail IN ('anna@contoso.com', "
				   "'bob@contoso.com')"),
			 2);
	assert_int_equal(c->list.marks.count, 0);
}

/* Rows of several batches at once; what does not fit is left, and when nothing fits it says why. */
static void rows_are_confirmed_given_passwords_and_marked(void **state) {
	(void)state;
	make_batch("First", "bes1.example");
	press(c, "u");
	press(c, "Down");
	type(c, "anna@contoso.com bob@contoso.com");
	submit();
	make_batch("Second", "bes2.example");
	go_to_node(c, NODE_ENROLMENTS);
	press(c, ":");
	type(c, "add-users Second");
	press(c, "Enter");
	press(c, "Down");
	type(c, "lobby@contoso.com");
	submit();
	expect_states("New=3");
	press(c, "Ctrl+A");
	finish_job(c);
	press(c, "y");
	assert_true(on_screen(c, "I confirm for 3 selected"));
	press(c, "1");
	finish_job(c);
	expect_note("3 users: confirmed");
	assert_int_equal(number(s, "SELECT sum(data_plan) * 10 + sum(removed) FROM enrolment_row"), 30);
	cursor_on(c, "bob@contoso.com");
	press(c, "y");
	press(c, "2");
	finish_job(c);
	assert_int_equal(number(s, "SELECT sum(data_plan) * 10 + sum(removed) FROM enrolment_row"), 31);
	press(c, "w");
	finish_job(c);
	expect_note("1 user: passwords made, valid for 7 days");
	press(c, "w");
	finish_job(c);
	expect_note("Nobody needs a password");
	assert_true(c->note_bad);
	press(c, "Ctrl+A");
	finish_job(c);
	press(c, "w");
	finish_job(c);
	expect_note("2 users: passwords made, valid for 7 days; only the sheet shows them; 1 left as they were");
	assert_int_equal(number(s, "SELECT count(*) FROM secret WHERE purpose = 11"), 3);
	assert_int_equal(number(s, "SELECT count(*) FROM tenant_audit WHERE action = 'enrolment-passwords'"), 3);
	press(c, "t");
	press(c, "1");
	finish_job(c);
	expect_note("Only who is Ready, or has Failed, can be marked Sent");
	run_sql(s, "UPDATE enrolment_row SET state = 'Ready' WHERE mail = 'bob@contoso.com'");
	press(c, "t");
	press(c, "1");
	finish_job(c);
	expect_note("1 user: marked Sent");
	press(c, ":");
	type(c, "state active");
	press(c, "Enter");
	finish_job(c);
	expect_states("Active=1 New=2");
	press(c, ":");
	type(c, "state gone");
	press(c, "Enter");
	expect_note("There is sent, active, failed, and new");
	assert_int_equal(number(s, "SELECT count(*) FROM task"), 0);
}

static size_t read_all(const char *path, char *dst, size_t size) {
	FILE *f = fopen(path, "r");
	assert_non_null(f);
	size_t n = fread(dst, 1, size - 1, f);
	dst[n] = '\0';
	fclose(f);
	return n;
}

static void the_sheet_has_what_is_ready(void **state) {
	char path[120], text[2000], password[64] = "";
	struct stat st;
	(void)state;
	snprintf(path, sizeof path, "%s/sheet.csv", dir);
	make_ready();
	press(c, "s");
	assert_true(on_screen(c, "First-sheet.csv")); /* what is offered */
	fill(path);
	submit();
	assert_true(on_screen(c, "The sheet is not written"));
	assert_true(on_screen(c, "1 ready, 1 with a problem"));
	assert_true(on_screen(c, "leaves those out"));
	assert_int_not_equal(stat(path, &st), 0);
	press(c, "Enter");
	expect_states("Problem=1 Ready=1");
	press(c, "s");
	fill(path);
	press(c, "Space");
	submit();
	expect_note("1 user with activation passwords in ");
	assert_int_equal(stat(path, &st), 0);
	assert_int_equal(st.st_mode & 0777, 0600);
	read_all(path, text, sizeof text);
	const char *row = strstr(text, "\r\n");
	assert_non_null(row);
	assert_int_equal(sscanf(strrchr(row, ',') + 2, "%63[^\"]", password), 1);
	assert_non_null(strstr(row, "\"Bo Boss\",\"bo@contoso.com\",\"Anna Albrecht\",\"anna@contoso.com\",\"Al "
				    "Admin\",\"4711\",\"no device password\","));
	assert_true(strlen(password) > 5);
	assert_false(on_screen(c, password));
	press(c, "i"); /* not among its properties either */
	assert_false(on_screen(c, password));
	press(c, "Esc");
	assert_int_equal(number(s, "SELECT count(*) FROM tenant_audit WHERE action = 'enrolment-sheet'"), 1);
	press(c, "s");
	fill(path);
	press(c, "F2");
	assert_true(on_screen(c, "is there already"));
}

static void a_list_is_shown_before_it_goes_in(void **state) {
	char path[120];
	(void)state;
	snprintf(path, sizeof path, "%s/in.csv", dir);
	make_batch("First", "bes1.example");
	press(c, "u");
	press(c, "Down");
	type(c, "anna@contoso.com");
	submit();
	FILE *f = fopen(path, "w");
	assert_non_null(f);
	fputs("Email;User;IT policy;Activation password\n"
	      "anna@contoso.com;Anna Again;device password required;\n"
	      "new@contoso.com;New Comer;;Typed-4711x\n"
	      "x;;;\n",
	      f);
	fclose(f);
	press(c, "c");
	fill(path);
	submit();
	assert_true(on_screen(c, "1 new · 1 to change · 0 as they are"));
	assert_true(on_screen(c, "will be changed: User, ITPolicy"));
	assert_true(on_screen(c, "This is not an address"));
	assert_false(on_screen(c, "Typed-4711x"));
	press(c, "Enter");
	finish_job(c);
	expect_states("New=1"); /* one row is wrong: nothing goes in */
	f = fopen(path, "w");
	assert_non_null(f);
	fputs("Email;User;IT policy;Activation password\n"
	      "anna@contoso.com;Anna Again;device password required;\n"
	      "new@contoso.com;New Comer;;Typed-4711x\n",
	      f);
	fclose(f);
	press(c, "c");
	fill(path);
	submit();
	press(c, "Enter");
	finish_job(c);
	expect_note("First: 1 put in, 1 changed");
	assert_int_equal(number(s, "SELECT count(*) FROM enrolment_row WHERE user = 'Anna Again' AND policy = 'device "
				   "password required'"),
			 1);
	assert_int_equal(number(s, "SELECT count(*) FROM secret WHERE purpose = 11"), 1);
	assert_int_equal(number(s, "SELECT count(*) FROM enrolment_row WHERE mail = 'new@contoso.com'"), 1);
}

static void a_batch_goes_with_all_that_is_in_it(void **state) {
	(void)state;
	make_ready();
	make_batch("Second", "bes2.example");
	go_to_node(c, NODE_ENROLMENTS);
	press(c, "D");
	assert_true(on_screen(c, "First, bes1.example, 2 users"));
	press(c, "Enter"); /* the picker begins at the batch of the row under the cursor */
	assert_true(on_screen(c, "Remove the batch First?"));
	assert_true(on_screen(c, "Its 2 users"));
	press(c, "Enter"); /* Cancel has the focus */
	assert_int_equal(number(s, "SELECT count(*) FROM enrolment"), 2);
	press(c, "D");
	press(c, "Enter");
	press(c, "y");
	finish_job(c);
	expect_note("The batch First is removed");
	assert_int_equal(number(s, "SELECT count(*) FROM enrolment_row"), 0);
	assert_int_equal(number(s, "SELECT count(*) FROM secret WHERE purpose IN (11, 12)"), 0);
	press(c, "D"); /* one is left: nothing to pick */
	assert_true(on_screen(c, "Remove the batch Second?"));
}

static void read_only_is_of_the_tenant_alone(void **state) {
	struct err e;
	(void)state;
	MUST(setting_set(s, "read-only", "on", &e));
	console_refresh(c);
	make_batch("First", "bes1.example");
	expect_note("First is made");
	press(c, "u");
	press(c, "Down");
	type(c, "anna@contoso.com");
	submit();
	expect_states("New=1");
	go_to_node(c, NODE_USERS);
	press(c, "e"); /* a change of the tenant is refused */
	assert_int_equal(number(s, "SELECT count(*) FROM task"), 0);
}

int main(void) {
	setlocale(LC_ALL, "C.UTF-8");
	setenv("TZ", "UTC", 1);
	tzset();
	const struct CMUnitTest tests[] = {
		TEST(a_batch_is_made),
		TEST(the_contract_is_filled_in),
		TEST(users_are_put_in),
		TEST(users_are_put_in_from_their_list),
		TEST(rows_are_confirmed_given_passwords_and_marked),
		TEST(the_sheet_has_what_is_ready),
		TEST(a_list_is_shown_before_it_goes_in),
		TEST(a_batch_goes_with_all_that_is_in_it),
		TEST(read_only_is_of_the_tenant_alone),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
