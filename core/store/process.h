/* SPDX-License-Identifier: MIT
 *
 * process.h - knowing a process again, and ending one for certain (Linux: /proc and pidfd).
 *
 * A pid alone is reused; pid + start time + boot + pid namespace is one process.
 */
#ifndef MAILVAN_STORE_PROCESS_H
#define MAILVAN_STORE_PROCESS_H

#include <stdbool.h>
#include <stdint.h>

#include "core/base/clock.h"
#include "core/base/err.h"

#define BOOT_ID_MAX 40

struct process {
	int pid;
	uint64_t start; /* clock ticks after boot, as /proc/PID/stat says */
	char boot[BOOT_ID_MAX];
	uint64_t pid_ns;
};

bool process_self(struct process *p, struct err *e);

/* ELSEWHERE: another boot, host or pid namespace: nothing can be seen or done from here. */
enum process_sight { PROCESS_GONE, PROCESS_THERE, PROCESS_ELSEWHERE };
enum process_sight process_look(const struct process *p, const struct process *self);
/* Is what it had in hand nobody's any more? One that cannot be seen from here has to give a sign every few minutes; the
 * last one was at beat. */
bool process_lost(const struct process *p, const struct process *self, wall_ms_t beat);

/* SIGKILL, and wait until it is gone. False: it is still there (not ours to kill, or stuck in the kernel). */
bool process_end(const struct process *p, const struct process *self, int timeout_ms);

#endif
