/* SPDX-License-Identifier: MIT
 *
 * task_fixture.h - a project and a short way to a task in it.
 */
#ifndef TESTS_UNIT_STORE_TASK_FIXTURE_H
#define TESTS_UNIT_STORE_TASK_FIXTURE_H

#include "core/store/tasks.h"
#include "tests/unit/store/open_project.h"

static const struct item_spec three[] = { { "user-enable", "anna@x.test", "{}", NULL, NULL, 0 },
					  { "user-enable", "bob@x.test", "{}", NULL, NULL, 0 },
					  { "user-disable", "carl@x.test", "{}", NULL, NULL, 0 } };

/* The first n of the three. */
static int64_t add(size_t n) {
	struct err e;
	int64_t id;
	MUST(task_add(
		s, &(struct task_spec){ .tenant = 7, .verb = "change", .label = "Enable", .items = three, .count = n },
		"tester", &id, &e));
	assert_true(id > 0);
	return id;
}

#endif
