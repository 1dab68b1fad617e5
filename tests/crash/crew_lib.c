/* SPDX-License-Identifier: MIT
 *
 * crew_lib.c - see crew_lib.h.
 */
#include "tests/crash/crew_lib.h"

#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <signal.h>
#include <unistd.h>

void *crew_shared(size_t n) {
	void *p = mmap(NULL, n, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (p == MAP_FAILED) {
		perror("mmap");
		exit(2);
	}
	return p;
}

struct tally *crew_tallies(void) { return crew_shared(scenario_count * sizeof(struct tally)); }

static _Noreturn void member(const struct crew_case *cases, size_t count, crew_fn *fn, struct tally *tallies,
			     _Atomic size_t *next) {
	struct nursery nursery;
	size_t i;
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	if (!nursery_open(&nursery)) {
		perror("fork");
		_exit(1);
	}
	while ((i = atomic_fetch_add(next, 1)) < count)
		fn(&nursery, &cases[i], &tallies[cases[i].scenario]);
	nursery_close(&nursery);
	fflush(stdout);
	_exit(0);
}

bool crew_run(unsigned processes, const struct crew_case *cases, size_t count, crew_fn *fn, struct tally *tallies) {
	_Atomic size_t *next = crew_shared(sizeof *next);
	unsigned running = 0;
	bool all = true;
	int status;
	fflush(stdout);
	for (; running < processes && running < count; running++)
		if (fork() == 0)
			member(cases, count, fn, tallies, next);
	while (running && wait(&status) > 0) {
		running--;
		if (status != 0)
			printf("a process of the crew died: %#x\n", (unsigned)status);
		all = all && status == 0;
	}
	munmap(next, sizeof *next);
	return all && !running;
}

void crew_report(const char *again, const struct scene *s) {
	char line[1200];
	int n = snprintf(line, sizeof line, "FAIL %s: %zu lost, %zu twice: %s\n", again, s->lost, s->twice, s->why);
	/* In one piece: others print too. */
	if (n > 0 && write(STDOUT_FILENO, line, (size_t)n < sizeof line ? (size_t)n : sizeof line - 1) < 0)
		_exit(1);
}
