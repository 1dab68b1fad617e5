/* SPDX-License-Identifier: MIT
 *
 * log.h - one line per event, sanitised, with time and thread label. Never a secret.
 *
 * A struct log is created by the program (worker: DIR/worker.log; CLI: stderr)
 * and passed down; NULL logs nothing. Thread-safe. Rotated at 16 MiB to ".1".
 */
#ifndef MAILVAN_BASE_LOG_H
#define MAILVAN_BASE_LOG_H

#include "core/base/err.h"

struct log;

enum log_level { LOG_DEBUG, LOG_INFO, LOG_WARN, LOG_ERROR };

struct log *log_open(const char *path, enum log_level min, struct err *e); /* path NULL: stderr */
void log_close(struct log *l);
void log_line(struct log *l, enum log_level level, const char *who, const char *fmt, ...)
	__attribute__((format(printf, 4, 5)));

#endif
