/* SPDX-License-Identifier: MIT
 *
 * open_project.h - the project of the test that runs, made anew for each. Include it last: dir and s are parameters
 * elsewhere.
 */
#ifndef TESTS_UNIT_STORE_OPEN_PROJECT_H
#define TESTS_UNIT_STORE_OPEN_PROJECT_H

#include "tests/unit/store/fixture.h"

static char dir[64];
static struct store *s;

/* Nothing is in it. A program whose tests need more has a set-up of its own that begins with this one. */
UNUSED static int project_setup(void **state) {
	(void)state;
	dir_make(dir);
	s = open_store(dir, STORE_CREATE);
	return 0;
}

UNUSED static int project_teardown(void **state) {
	(void)state;
	store_close(s);
	dir_remove(dir);
	return 0;
}

#define IN_PROJECT(f) cmocka_unit_test_setup_teardown(f, project_setup, project_teardown)

#endif
