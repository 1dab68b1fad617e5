/* SPDX-License-Identifier: MIT
 *
 * test_enrolments.c - a list for a device server: its columns by any of their names, each mistake with its line, and
 * what of it is new to the batch.
 */
#include <sys/mman.h>

#include "core/store/enrolments.h"
#include "import/enrolments.h"
#include "tests/unit/store/open_project.h"

static struct enrolment b;

static int setup(void **state) {
	struct enrolment_put rows[] = { { .mail = "ann@x.test", .user = "Ann", .license = "BESCAL1" },
					{ .mail = "ben@x.test", .user = "Ben" } };
	struct err e;
	int64_t id;
	project_setup(state);
	MUST(enrolment_add(s, 1, "First", "bes1", "Contoso", "op", &id, &e));
	MUST(enrolment_find(s, 1, "First", &b, &e));
	MUST(enrolment_put(s, &b, rows, 2, "op", "", &e));
	return 0;
}

static void read_list(const char *text, struct enrolment_list *out) {
	char path[64];
	struct err e;
	int fd = memfd_create("list", MFD_CLOEXEC);
	assert_true(fd >= 0 && write(fd, text, strlen(text)) == (ssize_t)strlen(text));
	snprintf(path, sizeof path, "/proc/self/fd/%d", fd);
	MUST(import_enrolments(path, s, &b, out, &e));
	close(fd);
}

static void expect_problem(const struct enrolment_list *l, unsigned line, const char *column) {
	for (size_t i = 0; i < l->table.problem_count; i++) {
		const struct import_problem *p = &l->table.problems[i];
		assert_null(strstr(p->text, "s3cr"));
		assert_null(strstr(p->fix, "s3cr"));
		if (p->line == line && strcmp(p->column, column) == 0 && p->level == PROBLEM_ERROR)
			return;
	}
	fail_msg("line %u has no problem in %s", line, column);
}

static void a_list_is_held_against_the_batch(void **state) {
	struct enrolment_list l;
	(void)state;
	/* The sheet's own titles are understood. */
	read_list("E-mail;User;IT policy;Licence id;Business contact e-mail;Service request number\n"
		  "ANN@x.test;Ann;;BESCAL1;;\n"
		  "ben@x.test;Benjamin;NO device password;BES35X2;bo@x.test;4711\n"
		  "cy@x.test;Cy;;;;\n",
		  &l);
	assert_int_equal(l.table.errors, 0);
	assert_int_equal(l.n, 3);
	assert_int_equal(l.rows[0].outcome, ENROL_SAME);
	assert_int_equal(l.rows[1].outcome, ENROL_CHANGE);
	assert_int_equal(l.rows[2].outcome, ENROL_NEW);
	assert_string_equal(l.rows[1].differs, "User, LicenseId, BusinessContactEmail, ServiceRequestNumber, ITPolicy");
	assert_string_equal(l.rows[1].put.text[ENROLMENT_POLICY], ENROLMENT_POLICY_OFF);
	assert_string_equal(l.rows[1].put.text[ENROLMENT_REQUEST_NUMBER], "4711");
	assert_true(l.counts[ENROL_NEW] == 1 && l.counts[ENROL_SAME] == 1 && l.counts[ENROL_CHANGE] == 1);
	import_enrolments_free(&l);
	read_list("Email,ActivationPassword\nann@x.test,s3crNew\n", &l);
	assert_string_equal(l.rows[0].differs, "ActivationPassword");
	import_enrolments_free(&l);
}

static void every_mistake_is_named(void **state) {
	struct enrolment_list l;
	(void)state;
	read_list("Email,Policy,Password,ContactEmail\n"
		  "nobody,,,\n"
		  "a@x.test,perhaps,,\n"
		  "b@x.test,,=s3cr,\n"
		  "c@x.test,,s3cr word,\n"
		  "d@x.test,,\"s3cr\"\"x\",\n"
		  "e@x.test,,s3c,\n"
		  "f@x.test,,,boss\n"
		  "g@x.test,,s3cr+ok,\n"
		  "G@x.test,,,\n",
		  &l);
	expect_problem(&l, 2, "Email");
	expect_problem(&l, 3, "ITPolicy");
	for (unsigned line = 4; line <= 7; line++)
		expect_problem(&l, line, "ActivationPassword");
	expect_problem(&l, 8, "BusinessContactEmail");
	expect_problem(&l, 10, "Email");
	assert_int_equal(l.n, 1);
	assert_string_equal(l.rows[0].put.mail, "g@x.test");
	import_enrolments_free(&l);
	read_list("User,Policy\nAnn,\n", &l);
	assert_true(l.table.errors > 0);
	assert_int_equal(l.n, 0);
	import_enrolments_free(&l);
}

static void what_was_sent_is_not_changed(void **state) {
	struct enrolment_list l;
	struct enrolment_change sent = ENROLMENT_CHANGE_EMPTY;
	struct err e;
	(void)state;
	sent.row = 1;
	sent.state = ENROLMENT_SENT;
	MUST(enrolment_change(s, &b, &sent, 1, "op", "enrolment-mark", "", &e));
	read_list("Email,User,Password\nann@x.test,Ann,\nben@x.test,Ben,s3crNew\n", &l);
	assert_int_equal(l.table.errors, 0);
	import_enrolments_free(&l);
	read_list("Email,User,Password\nben@x.test,Ben,s3crNew\nann@x.test,Ann,s3crNew\n", &l);
	assert_int_equal(l.table.errors, 1);
	assert_int_equal(l.table.problems[0].line, 3);
	assert_non_null(strstr(l.table.problems[0].text, "Sent"));
	import_enrolments_free(&l);
}

int main(void) {
#define T(name) cmocka_unit_test_setup_teardown(name, setup, project_teardown)
	const struct CMUnitTest tests[] = {
		T(a_list_is_held_against_the_batch),
		T(every_mistake_is_named),
		T(what_was_sent_is_not_changed),
	};
	return cmocka_run_group_tests_name("import/enrolments", tests, NULL, NULL);
}
