/* SPDX-License-Identifier: MIT
 *
 * detach.h - start a program that outlives the terminal and the session.
 */
#ifndef MAILVAN_BASE_DETACH_H
#define MAILVAN_BASE_DETACH_H

#include <stddef.h>

#include "core/base/err.h"

#define DETACH_ARGS_MAX 16

/* Starts EXE with args (NULL at the end): systemd-run --user where a user manager with linger is there, because logind
 * may kill what a session leaves behind; else in a session of its own, its output appended to log_path. Returns as soon
 * as it was started. note: a warning for the operator (KillUserProcesses), or "". */
bool detach_start(const char *exe, const char *const *args, const char *log_path, char *note, size_t note_size,
		  struct err *e);

#endif
