/* SPDX-License-Identifier: MIT
 *
 * options_lib.h - options of the programs here: a row for each, a number or a text.
 */
#ifndef MAILVAN_TESTS_CRASH_OPTIONS_LIB_H
#define MAILVAN_TESTS_CRASH_OPTIONS_LIB_H

#define OPTIONS_MAX 16

struct option_row {
	const char *name; /* NULL ends the table */
	unsigned *number; /* exactly one of the two is set, and holds what is used when the option is not given */
	const char **text;
};

/* Ends the program (2) with a line on stderr when an option is unknown or no number. */
void options_read(int argc, char **argv, const struct option_row *rows);

#endif
