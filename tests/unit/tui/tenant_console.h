/* SPDX-License-Identifier: MIT
 *
 * tenant_console.h - a console on a seeded tenant, anew for each test. Include it last (open_console.h).
 */
#ifndef TESTS_UNIT_TUI_TENANT_CONSOLE_H
#define TESTS_UNIT_TUI_TENANT_CONSOLE_H

#include "tests/unit/tui/tenant_fixture.h"
#include "tests/unit/tui/open_console.h"

UNUSED static int setup(void **state) {
	project_setup(state);
	seed_tenant(s);
	c = console_on(s, 120, 40);
	c->exe = "/bin/true"; /* nobody carries the tasks out */
	return 0;
}

#endif
