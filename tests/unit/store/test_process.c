/* SPDX-License-Identifier: MIT
 *
 * test_process.c - a process that is there must not look dead: its mailboxes would be taken over while it writes.
 */
#include <fcntl.h>
#include <signal.h>
#include <sys/resource.h>

#include "core/store/process.h"
#include "tests/unit/store/fixture.h"

/* Waits to be killed, and goes when the test does. */
static pid_t start_child(struct process *p) {
	int from_child[2];
	struct err e;
	assert_int_equal(pipe(from_child), 0);
	pid_t pid = fork();
	if (pid == 0) {
		struct process self;
		ssize_t wrote = process_self(&self, &e) ? write(from_child[1], &self, sizeof self) : 0;
		while (wrote > 0 && getppid() != 1)
			usleep(20000);
		_exit(0);
	}
	assert_true(pid > 0);
	assert_int_equal(read(from_child[0], p, sizeof *p), sizeof *p);
	assert_int_equal(p->pid, pid);
	close(from_child[0]);
	close(from_child[1]);
	return pid;
}

/* The number of the lowest free descriptor becomes the limit. */
static struct rlimit take_descriptors(void) {
	struct rlimit before, now;
	int next = open("/dev/null", O_RDONLY);
	assert_true(next >= 0);
	close(next);
	assert_int_equal(getrlimit(RLIMIT_NOFILE, &before), 0);
	now = before;
	now.rlim_cur = (rlim_t)next;
	assert_int_equal(setrlimit(RLIMIT_NOFILE, &now), 0);
	return before;
}

static void test_seen_and_ended(void **state) {
	struct process self, child;
	struct err e;
	(void)state;
	MUST(process_self(&self, &e));
	pid_t pid = start_child(&child);
	assert_int_equal(process_look(&child, &self), PROCESS_THERE);
	struct process other = child;
	other.start++;
	assert_int_equal(process_look(&other, &self), PROCESS_GONE); /* the pid is somebody else's now */
	assert_true(process_lost(&other, &self, wall_ms()));
	assert_false(process_lost(&child, &self, 0)); /* it is seen: what it says does not matter */
	assert_true(process_end(&other, &self, 5000));
	assert_int_equal(process_look(&child, &self), PROCESS_THERE);
	other = child;
	other.boot[0] ^= 1;
	assert_int_equal(process_look(&other, &self), PROCESS_ELSEWHERE);
	assert_false(process_lost(&other, &self, wall_ms() - 290000));
	assert_true(process_lost(&other, &self, wall_ms() - 310000));
	assert_false(process_end(&other, &self, 5000));
	assert_int_equal(process_look(&child, &self), PROCESS_THERE);
	assert_true(process_end(&child, &self, 5000));
	assert_int_equal(process_look(&child, &self), PROCESS_GONE);
	assert_int_equal(waitpid(pid, NULL, 0), pid);
}

static void test_without_descriptors(void **state) {
	struct process self, child;
	struct err e;
	(void)state;
	MUST(process_self(&self, &e));
	pid_t pid = start_child(&child);
	struct process other = child;
	other.start++;
	struct rlimit before = take_descriptors();
	enum process_sight sight = process_look(&child, &self);
	bool ended = process_end(&child, &self, 5000) || process_end(&other, &self, 5000);
	assert_int_equal(setrlimit(RLIMIT_NOFILE, &before), 0);
	assert_int_equal(sight, PROCESS_THERE);
	assert_false(ended);
	assert_int_equal(waitpid(pid, NULL, WNOHANG), 0);
	assert_true(process_end(&child, &self, 5000));
	assert_int_equal(waitpid(pid, NULL, 0), pid);
}

int main(void) {
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_seen_and_ended),
		cmocka_unit_test(test_without_descriptors),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
