/* SPDX-License-Identifier: MIT
 *
 * test_table.c - lists with columns of the caller's: the header, every problem with its line, and lists of users.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "import/users.h"

static int file_of(const char *text, size_t len) {
	int fd = memfd_create("list", MFD_CLOEXEC);
	assert_true(fd >= 0);
	assert_int_equal(write(fd, text, len), len);
	assert_int_equal(lseek(fd, 0, SEEK_SET), 0);
	return fd;
}

static bool even(char *value, size_t size, char text[300], char fix[200]) {
	(void)size;
	if (value[strlen(value) - 1] % 2 == 0) {
		value[0] = '#';
		return true;
	}
	snprintf(text, 300, "The number is odd");
	snprintf(fix, 200, "Take an even one");
	return false;
}

static const struct table_rule rules[] = {
	{ "Name", "Full Name|who", 10, .required = true },
	{ "Number", NULL, 5, .check = even },
	{ "Secret", NULL, 20, .keep = true, .secret = true },
};

/* The problems as lines, one behind the other. */
static void problems_of(const struct import_table_result *r, char *dst, size_t size) {
	char line[700];
	dst[0] = '\0';
	for (size_t i = 0; i < r->problem_count; i++) {
		import_problem_line(line, sizeof line, &r->problems[i]);
		size_t n = strlen(dst);
		snprintf(dst + n, size - n, "%s\n", line);
	}
}

static void read_list(const char *text, struct import_table_result *r, const char *expected) {
	char found[8000];
	struct err e;
	int fd = file_of(text, strlen(text));
	assert_true(import_table_fd(fd, "list", rules, 3, r, &e));
	close(fd);
	problems_of(r, found, sizeof found);
	assert_string_equal(found, expected);
}

static void good_rows(void **state) {
	struct import_table_result r;
	(void)state;
	read_list(
		"sep=;\r\nwho;SECRET;extra\r\nAnna; s;x\r\n\r\n\"B;b\";;\r\n", &r,
		"line 2, extra: note: This column is not known and is ignored.\n"
		"line 3, Secret: note: The value starts with a blank. It is kept as it stands: remove it from the file "
		"if it is not meant.\n");
	assert_int_equal(r.count, 2);
	assert_int_equal(r.seen, 2);
	assert_int_equal(r.delimiter, ';');
	assert_string_equal(import_table_cell(&r, 0, 0), "Anna");
	assert_string_equal(import_table_cell(&r, 0, 1), "");
	assert_string_equal(import_table_cell(&r, 0, 2), " s");
	assert_string_equal(import_table_cell(&r, 1, 0), "B;b");
	assert_int_equal(import_table_line(&r, 0), 3);
	assert_int_equal(import_table_line(&r, 1), 5);
	import_table_free(&r);
}

static void bad_rows(void **state) {
	struct import_table_result r;
	(void)state;
	read_list(
		"Name,Number,Secret\nA,2,\n,4,\nB,3,\nC,2\nabcdefghijkl,2,\nD,\"x\ny\",\n\"E,2,\n", &r,
		"line 3, Name: error: The value is missing. Fill it in.\n"
		"line 4, Number: error: The number is odd. Take an even one.\n"
		"line 5: error: The row has 2 values, the header has 3 columns. Fill in what is missing, or leave it "
		"empty between delimiters.\n"
		"line 6, Name: error: The value is 12 bytes long, at most 10 can be used. Shorten it; is a quote or a "
		"line end missing?\n"
		"line 7, Number: error: The value holds a line break. Remove the line break, or close the quote before "
		"it.\n"
		"line 9, Name: error: A quote is opened and never closed. Close it, or remove it.\n");
	assert_int_equal(r.count, 1);
	assert_int_equal(r.seen, 7);
	assert_int_equal(r.errors, 6);
	assert_string_equal(import_table_cell(&r, 0, 1), "#");
	import_table_free(&r);
}

static void bad_headers(void **state) {
	struct import_table_result r;
	(void)state;
	read_list(
		"a,s3cret\nb,c\n", &r,
		"line 1: error: This is not a header: it names no known column. Start the file with a header: Name.\n");
	assert_int_equal(r.count, 0);
	import_table_free(&r);
	read_list("Number,Secret,Numbr\n2,x,\n", &r,
		  "line 1, Numbr: note: This column is not known and is ignored. Did you mean Number? Then correct the "
		  "header.\n"
		  "line 1, Name: error: The column is missing. Add the column.\n");
	assert_int_equal(r.count, 0);
	import_table_free(&r);
	read_list("Name,full-name\nx,y\n", &r,
		  "line 1, Name: error: The header names this column twice (columns 1 and 2). Keep one of them.\n");
	import_table_free(&r);
	read_list("", &r, "file: error: The file is empty. Give a list with a header line.\n");
	import_table_free(&r);
	read_list("Name\n", &r, "file: error: The file has a header, but no rows. Add a line for each.\n");
	import_table_free(&r);
}

static void problems_of_rows(void **state) {
	struct import_table_result r;
	char found[2000];
	(void)state;
	read_list("Name\nA\nB\n", &r, "");
	import_table_problem(&r, 1, PROBLEM_ERROR, 0, "Go", "Wrong %d", 1);
	import_table_problem(&r, 0, PROBLEM_NOTE, TABLE_ROW, NULL, "Odd");
	import_table_sort(&r);
	problems_of(&r, found, sizeof found);
	assert_string_equal(found, "line 2: note: Odd.\nline 3, Name: error: Wrong 1. Go.\n");
	assert_false(import_table_bad(&r, 0));
	assert_true(import_table_bad(&r, 1));
	assert_int_equal(r.notes, 1);
	assert_int_equal(r.errors, 1);
	import_table_free(&r);
}

static void users(void **state) {
	static const char text[] = "UPN,Name,First name,Licences,Country,Password,Company,Alias\n"
				   "Anna.B@x.org,Anna,A,\"SPE_E3; FLOW_FREE\",de,,Eins,\n"
				   "anna.b@X.ORG,Zwei,,,,,,\n"
				   "c@x.org,C,,,,Simple1,Eins,\n"
				   "d@x.org,D,,SPE/E3,,,,\n"
				   "e@x.org,E,,SPE_E3,,,Zwei,e.e\n"
				   "f@x.org,F,,,DEU,,,\n"
				   "\"g'h+i@x.org\",G,,,,Good-pass1,,\n";
	struct users_options o = { .location = "AT", .licenses = "DEFAULT_ONE", .company = "Konzern" };
	struct user_list l;
	struct err e;
	char found[4000];
	int fd = file_of(text, sizeof text - 1);
	(void)state;
	assert_true(import_users_fd(fd, "list", &o, &l, &e));
	close(fd);
	problems_of(&l.table, found, sizeof found);
	assert_string_equal(
		found,
		"line 2, Company: note: The company is \"Eins\", the tenant's is \"Konzern\". Leave it if that is "
		"meant.\n"
		"line 3, UserPrincipalName: error: Line 2 has the same user. Remove one of the two rows.\n"
		"line 4, Password: error: The password is too simple for the tenant's policy. Take 8 to 256 characters "
		"of "
		"lower case, upper case, digits and others, or leave it empty to have one made.\n"
		"line 5, Licenses: error: This is no name of a licence. Write skuPartNumbers such as SPE_E3, with "
		"blanks or "
		"semicolons between.\n"
		"line 6, Company: note: The company is \"Zwei\", in line 2 it is \"Eins\". Leave it if they work for "
		"different companies.\n"
		"line 7, UsageLocation: error: This is not a usage location. Write the country's two letters (ISO "
		"3166), "
		"such as DE or US.\n");
	/* Rows with a mistake stay, so that what else is wrong with them is found too. */
	assert_int_equal(l.n, 7);
	assert_int_equal(l.good, 3);
	assert_true(l.passwords);
	for (size_t i = 0; i < l.n; i++)
		assert_int_equal(import_table_bad(&l.table, l.list[i].row), i != 0 && i != 4 && i != 6);
	assert_string_equal(l.list[3].licenses, "DEFAULT_ONE"); /* the cell was no licence */
	assert_string_equal(l.list[5].upn, "f@x.org");
	assert_string_equal(l.list[0].licenses, "SPE_E3 FLOW_FREE");
	assert_string_equal(l.list[0].location, "DE");
	assert_string_equal(l.list[0].nickname, "Anna.B");
	assert_string_equal(l.list[4].location, "AT");
	assert_string_equal(l.list[4].nickname, "e.e");
	assert_string_equal(l.list[6].licenses, "DEFAULT_ONE");
	assert_string_equal(l.list[6].nickname, "ghi");
	assert_string_equal(l.list[6].password, "Good-pass1");
	import_users_free(&l);
}

int main(void) {
	const struct CMUnitTest tests[] = { cmocka_unit_test(good_rows), cmocka_unit_test(bad_rows),
					    cmocka_unit_test(bad_headers), cmocka_unit_test(problems_of_rows),
					    cmocka_unit_test(users) };
	return cmocka_run_group_tests(tests, NULL, NULL);
}
