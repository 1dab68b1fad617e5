/* SPDX-License-Identifier: MIT
 *
 * enrol_fixture.h - a console on a seeded tenant, and enrolment batches made in it by keys.
 */
#ifndef TESTS_UNIT_TUI_ENROL_FIXTURE_H
#define TESTS_UNIT_TUI_ENROL_FIXTURE_H

#include "tests/unit/tui/tenant_console.h"

UNUSED static void fill(const char *text) {
	press(c, "Ctrl+U");
	type(c, text);
	press(c, "Down");
}

UNUSED static void submit(void) {
	press(c, "F2");
	finish_job(c);
}

UNUSED static void make_batch(const char *name, const char *server) {
	go_to_node(c, NODE_ENROLMENTS);
	press(c, "a");
	fill(name);
	fill(server);
	submit();
}

/* "New=2 Ready=1" of the whole project. */
UNUSED static void expect_states(const char *want) {
	char sql[400];
	snprintf(sql, sizeof sql,
		 "SELECT coalesce((SELECT group_concat(state || '=' || n, ' ') FROM (SELECT state, count(*) AS n FROM "
		 "enrolment_row GROUP BY state ORDER BY state)), '') = '%s'",
		 want);
	if (number(s, sql) != 1)
		fail_msg("the states are not %s; the note is: %s", want, c->note);
}

UNUSED static void expect_note(const char *text) {
	if (!strstr(c->note, text))
		fail_msg("the note is not \"%s\" but: %s", text, c->note);
}

/* Order of the form: the keys of the contract, as `device enrol show` lists them. */
UNUSED static void fill_contract(void) {
	press(c, "e");
	fill("T12345678");
	type(c, "9f8e7d-hidden");
	press(c, "Down");
	fill("BESCAL-1; BES35X-2");
	fill("TX2-77");
	fill("Bo Boss");
	fill("bo@contoso.com");
	press(c, "Down"); /* company */
	press(c, "Down"); /* server */
	fill("Al Admin");
	fill("4711");
	press(c, "Right");
	assert_false(on_screen(c, "9f8e7d"));
	submit();
}

/* anna is ready; bob, whose sign-in is blocked, is not. */
UNUSED static void make_ready(void) {
	make_batch("First", "bes1.example");
	fill_contract();
	press(c, "u");
	press(c, "Down");
	type(c, "anna@contoso.com bob@contoso.com");
	submit();
	press(c, "Ctrl+A");
	finish_job(c);
	press(c, "y");
	press(c, "3");
	finish_job(c);
	press(c, "Ctrl+A");
	finish_job(c);
	press(c, "w");
	finish_job(c);
}

#endif
