/* SPDX-License-Identifier: MIT
 *
 * test_task_order.c - tasks that change one tenant go one after the other, and what came since an item is known to
 * undo.
 */
#include "tests/unit/store/task_fixture.h"

/* Two tasks at once would leave some targets as the one wants them and some as the other. */
static void changes_of_a_tenant_go_in_their_order(void **state) {
	(void)state;
	struct err e;
	bool waits;
	int64_t id, first = add(2), second = add(1), third = add(1), other;
	struct task_spec elsewhere = { .tenant = 8, .verb = "change", .label = "x", .items = three, .count = 1 };
	MUST(task_claim(s, second, &id, &e));
	assert_int_equal(id, first); /* whoever wants the second has to see the first through */
	MUST(task_claim(s, second, &id, &e));
	assert_int_equal(id, 0);
	MUST(task_waits(s, second, &waits, &e));
	assert_true(waits);
	MUST(task_claim(s, 0, &id, &e));
	assert_int_equal(id, 0);
	MUST(task_waits(s, 0, &waits, &e));
	assert_true(waits);
	MUST(task_add(s, &elsewhere, "t", &other, &e));
	MUST(task_claim(s, 0, &id, &e));
	assert_int_equal(id, other);
	MUST(task_wish(s, second, TASK_WISH_PAUSE, "t", &e));
	MUST(task_waits(s, second, &waits, &e));
	assert_false(waits);
	MUST(task_end(s, first, TASK_STOPPED, "", &e));
	MUST(task_claim(s, 0, &id, &e));
	assert_int_equal(id, third); /* one that is paused holds up nobody */
	MUST(task_waits(s, 0, &waits, &e));
	assert_false(waits);
}

static void end_item(int64_t task, uint64_t n, enum item_state state, const char *after) {
	struct err e;
	MUST(task_items_result(s, task, &(struct item_result){ .n = n, .state = state, .after = after }, 1, &e));
}

struct later {
	int64_t of[8];
	size_t n;
};

static bool on_since(void *arg, const struct item_since *i) {
	struct later *l = arg;
	assert_true(l->n < 8);
	l->of[l->n++] = (int64_t)i->n * 100 + i->task;
	return true;
}

static void expect_since(int64_t task, size_t n, const int64_t *want) {
	struct later l = { .n = 0 };
	struct err e;
	MUST(task_items_since(s, task, on_since, &l, &e));
	assert_int_equal(l.n, n);
	for (size_t i = 0; i < n; i++)
		assert_int_equal(l.of[i], want[i]);
}

static int64_t add_undo(int64_t of) {
	static const struct item_spec back = { "user-disable", "ANNA@x.test", "{}", NULL, NULL, 1 };
	struct err e;
	int64_t id;
	MUST(task_add(s,
		      &(struct task_spec){
			      .tenant = 7, .verb = "change", .label = "u", .undoes = of, .items = &back, .count = 1 },
		      "t", &id, &e));
	return id;
}

static void what_came_since_is_known(void **state) {
	(void)state;
	int64_t first = add(3), later = add(2), undo;
	expect_since(first, 0, NULL); /* what waits has decided nothing yet */
	for (uint64_t n = 1; n <= 3; n++)
		end_item(first, n, ITEM_DONE, "{}");
	end_item(later, 1, ITEM_DONE, "{}");
	end_item(later, 2, ITEM_FAILED, NULL);
	expect_since(first, 1, (int64_t[]){ 100 + later });
	expect_since(later, 0, NULL);
	undo = add_undo(later);
	expect_since(first, 1, (int64_t[]){ 100 + later });
	end_item(undo, 1, ITEM_DONE, "{}");
	expect_since(first, 0, NULL); /* the two cancel out */
	undo = add_undo(undo);
	end_item(undo, 1, ITEM_DONE, "{}");
	expect_since(first, 1, (int64_t[]){ 100 + later }); /* and here it is again */
}

int main(void) {
	const struct CMUnitTest tests[] = {
		IN_PROJECT(changes_of_a_tenant_go_in_their_order),
		IN_PROJECT(what_came_since_is_known),
	};
	return cmocka_run_group_tests_name("store/task_order", tests, NULL, NULL);
}
