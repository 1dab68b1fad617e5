/* SPDX-License-Identifier: MIT
 *
 * password.h - a password from a file, a descriptor or the terminal; never from argv.
 */
#ifndef MAILVAN_CLI_PASSWORD_H
#define MAILVAN_CLI_PASSWORD_H

#include "core/mailvan.h"

/* For option tables; SIDE is "", "source-" or "target-". */
#define CLI_PASSWORD_OPTIONS_OF(WHAT)                                                                                  \
	{ 0, "password-file", "FILE", "read the password " WHAT " from FILE (first line)" }, {                         \
		0, "password-fd", "N", "read the password " WHAT " from descriptor N"                                  \
	}
#define CLI_PASSWORD_OPTIONS(SIDE)                                                                                     \
	{ 0, SIDE "password-file", "FILE", "read the password from FILE (first line)" }, {                             \
		0, SIDE "password-fd", "N", "read the password from descriptor N"                                      \
	}

/* From `file` or `fd` when given (NULL = not), else asked for on the terminal with echo off ("Password for %s: ").
 * One line; the line end is not part of it, blanks are. Signals that end or stop the program
 * while it asks find the terminal restored. INPUT: empty, too long, a NUL, a file that others can
 * read, no terminal to ask on. CANCELLED: Ctrl+C. */
bool password_read(const char *file, const char *fd, const char *whose, struct secret *out, struct err *e);

/* The same where signals are taken already (with_signals): stop, which may be NULL, cancels too. */
bool password_read_unless(const struct stop *stop, const char *file, const char *fd, const char *whose,
			  struct secret *out, struct err *e);

#endif
