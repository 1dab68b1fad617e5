/* SPDX-License-Identifier: MIT
 *
 * worker.h - a detached process that runs the engine on a project.
 */
#ifndef MAILVAN_WORK_WORKER_H
#define MAILVAN_WORK_WORKER_H

#include "core/store/store.h"

/* Start `EXE --project DIR worker --idle-exit` detached: systemd-run --user where a user manager with
 * linger is there, else setsid with DIR/worker.log as its output. Returns at once after the worker has
 * registered (at most 5 s). Nothing is started when a live worker is there. note: a warning for the
 * operator (KillUserProcesses), or "". */
bool worker_start_detached(struct store *s, const char *exe, char *note, size_t note_size, struct err *e);

#endif
