/* SPDX-License-Identifier: MIT
 *
 * test_scale.c - tens of thousands of mailboxes: added, queued, leased, removed.
 */
#include "core/store/commands.h"
#include "tests/unit/store/open_project.h"

#define MANY 30000

static void test_lease_next_at_30000(void **state) {
	struct err e;
	struct command_result r;
	struct lease l;
	int64_t w;
	bool found;
	(void)state;
	add_many(s, MANY);
	double start = seconds();
	MUST(command_issue(s, CMD_MIGRATE, NULL, "test", &r, &e));
	print_message("  queue %d: %.0f ms\n", MANY, (seconds() - start) * 1e3);
	assert_int_equal(r.affected, MANY);
	MUST(worker_register(s, 8, &w, &e));
	start = seconds();
	for (int i = 0; i < 50; i++) {
		MUST(lease_next(s, w, NULL, &l, &found, &e));
		assert_true(found);
		assert_int_equal(l.mailbox, i + 1);
	}
	double each = (seconds() - start) / 50;
	print_message("  lease_next: %.1f ms\n", each * 1e3);
	assert_true(each < 0.5);
	start = seconds();
	MUST(command_issue(s, CMD_REMOVE, NULL, "test", &r, &e));
	print_message("  remove %d: %.0f ms\n", MANY - 50, (seconds() - start) * 1e3);
	assert_int_equal(r.affected, MANY - 50);
	assert_int_equal(r.refused, 50);
}

static double cpu_seconds(void) {
	struct timespec t;
	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
	return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

/* All 100,000 rows carry one password: guarded memory for that many would run into vm.max_map_count. */
static void test_add_100000(void **state) {
	enum { N = 100000 };
	struct err e;
	struct add_result r;
	struct mailbox_spec *m = calloc(N, sizeof *m);
	struct secret password = { 0 };
	(void)state;
	assert_non_null(m);
	assert_true(secret_set(&password, "correct horse", 13));
	for (unsigned i = 0; i < N; i++) {
		fill_spec(&m[i], i);
		m[i].source.password = password;
		text_copy(m[i].batch, sizeof m[i].batch, i % 2 ? "odd" : "even");
	}
	double start = seconds(), busy = cpu_seconds();
	MUST(mailboxes_add(s, m, N, &r, &e));
	assert_int_equal(r.added, N);
	double first = seconds() - start;
	busy = cpu_seconds() - busy;
	start = seconds();
	MUST(mailboxes_add(s, m, N, &r, &e));
	assert_int_equal(r.unchanged, N);
	print_message("  add 100,000: %.2f s (%.2f s of CPU); again: %.2f s\n", first, busy, seconds() - start);
#if !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__)
	assert_true(first < 20); /* the aim is 5 s; a busy machine gets room */
#endif
	secret_clear(&password);
	free(m);
}

int main(void) {
	const struct CMUnitTest tests[] = {
		IN_PROJECT(test_lease_next_at_30000),
		IN_PROJECT(test_add_100000),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
