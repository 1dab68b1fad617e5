/* SPDX-License-Identifier: MIT
 *
 * open_console.h - the project and the console of the test that runs. What a project holds differs, so a program has
 * its own setup: project_setup, what it fills it with, console_on. Include it last: c and s are parameters elsewhere.
 */
#ifndef TESTS_UNIT_TUI_OPEN_CONSOLE_H
#define TESTS_UNIT_TUI_OPEN_CONSOLE_H

#include "tests/unit/tui/console_fixture.h"
#include "tests/unit/store/open_project.h"

static struct console *c;

UNUSED static int teardown(void **state) {
	console_free(c);
	return project_teardown(state);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

#endif
