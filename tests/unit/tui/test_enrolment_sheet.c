/* SPDX-License-Identifier: MIT
 *
 * test_enrolment_sheet.c - the bytes of the work sheet: its columns in their order, what a spreadsheet would run
 * disarmed, the password untouched.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdlib.h>
#include <string.h>

#include "tui/cli/csv.h"
#include "tui/cli/device_enrol.h"

static void expect(const struct enrolment_row *r, const char *password, const char *bytes) {
	char *text = NULL;
	size_t n = 0;
	struct secret s = { 0 };
	FILE *f = open_memstream(&text, &n);
	assert_non_null(f);
	assert_true(secret_set(&s, password, strlen(password)));
	enrol_sheet_line(f, r, &s);
	fclose(f);
	assert_string_equal(text, bytes);
	secret_clear(&s);
	free(text);
}

static void titles_are_those_that_were_asked_for(void **state) {
	char *text = NULL;
	size_t n = 0;
	FILE *f = open_memstream(&text, &n);
	(void)state;
	assert_non_null(f);
	csv_header(f, enrol_sheet_titles);
	fclose(f);
	assert_string_equal(text, "\"Company\",\"Business contact\",\"Business contact e-mail\",\"User\",\"E-mail\","
				  "\"Activation requestor\",\"Service request number\",\"IT policy\",\"Activation "
				  "password\"\r\n");
	free(text);
}

static void a_line_is_what_the_row_says(void **state) {
	struct enrolment_row r = { .mail = "ann@contoso.test",
				   .user = "Ann \"A\" M\xC3\xBCller, Jr.",
				   .license = "BESCAL1",
				   .text = { [ENROLMENT_SERVER] = "bes1",
					     [ENROLMENT_COMPANY] = "Contoso",
					     [ENROLMENT_CONTACT] = "Bo",
					     [ENROLMENT_CONTACT_MAIL] = "bo@contoso.test",
					     [ENROLMENT_REQUESTOR] = "Al",
					     [ENROLMENT_REQUEST_NUMBER] = "4711",
					     [ENROLMENT_POLICY] = ENROLMENT_POLICY_ON } };
	(void)state;
	expect(&r, "kX-+=.:!?#%*_/9",
	       "\"Contoso\",\"Bo\",\"bo@contoso.test\",\"Ann \"\"A\"\" M\xC3\xBCller, "
	       "Jr.\",\"ann@contoso.test\",\"Al\","
	       "\"4711\",\"device password required\",\"kX-+=.:!?#%*_/9\"\r\n");
	/* Names come from a directory, and the sheet goes to somebody's spreadsheet. */
	text_copy(r.user, sizeof r.user, "=HYPERLINK(\"x\")");
	text_copy(r.text[ENROLMENT_CONTACT], sizeof r.text[0], "\033[2J");
	expect(&r, "abcd",
	       "\"Contoso\",\"\\x1b[2J\",\"bo@contoso.test\",\"'=HYPERLINK(\"\"x\"\")\",\"ann@contoso.test\",\"Al\","
	       "\"4711\",\"device password required\",\"abcd\"\r\n");
}

int main(void) {
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(titles_are_those_that_were_asked_for),
		cmocka_unit_test(a_line_is_what_the_row_says),
	};
	return cmocka_run_group_tests_name("tui/enrolment sheet", tests, NULL, NULL);
}
