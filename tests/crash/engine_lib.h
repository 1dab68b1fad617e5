/* SPDX-License-Identifier: MIT
 *
 * engine_lib.h - engines in processes of their own, that stop where the test says.
 *
 * A nursery is a process without threads that forks them: forking from the test itself, with its servers' threads,
 * would not be safe, and exec would cost more than the migration. Start it before any thread.
 */
#ifndef MAILVAN_TESTS_CRASH_ENGINE_LIB_H
#define MAILVAN_TESTS_CRASH_ENGINE_LIB_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#define ENGINE_SLOTS 2
/* An engine that takes longer is killed: a test must not hang. */
#define ENGINE_SECONDS 120

enum crash_how {
	CRASH_EXIT, /* at once, without any cleaning up */
	CRASH_STOP, /* SIGSTOP: the caller kills it or lets it go on */
};

struct engine_order {
	char project[160];
	unsigned slot;
	unsigned stop_at; /* number of the crash point; 0 = run to the end */
	enum crash_how how;
	unsigned settle_ms;
	unsigned share_rows, list_rows; /* as in engine_config */
	unsigned idle_ms; /* of connections; 0 = the usual */
	unsigned commit_ms; /* how much longer than usual a commit takes: a slow disk */
};

/* Written by the engine, read by the test. */
struct engine_news {
	_Atomic unsigned reached; /* crash points so far */
	char at[64];		  /* name of the one where it stopped */
	char error[400];	  /* why it could not run */
};

struct nursery {
	pid_t pid;
	int fd;
	struct engine_news *news; /* ENGINE_SLOTS, shared with the engines */
};

#define ENGINE_CRASHED 66 /* exit status of CRASH_EXIT */

bool nursery_open(struct nursery *n);
void nursery_close(struct nursery *n);
/* -1 when it cannot be started. */
pid_t engine_start(struct nursery *n, const struct engine_order *order);
/* As waitpid(pid, &status, WUNTRACED). */
int engine_wait(struct nursery *n, pid_t pid);
/* The same without waiting; false when there is nothing new. */
bool engine_peek(struct nursery *n, pid_t pid, int *status);

#endif
