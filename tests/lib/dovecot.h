/* SPDX-License-Identifier: MIT
 *
 * dovecot.h - a real Dovecot for a C test: tests/servers/dovecot.sh from C.
 *
 * Tests run from the top of the project (or with MAILVAN_ROOT pointing there).
 */
#ifndef MAILVAN_TESTS_DOVECOT_H
#define MAILVAN_TESTS_DOVECOT_H

#include <stdbool.h>
#include <stdint.h>

struct test_dovecot {
	char dir[64];
	char certs[128]; /* certs.sh's directory */
	char ca[160];
	uint16_t imap, imaps, pop3, pop3s;
};

/* Starts one in a new directory under /tmp; options as dovecot.sh takes them ("--role target --quota 1M").
 * false with the script's own words on stderr. */
bool test_dovecot_start(struct test_dovecot *d, const char *options);
/* dovecot.sh COMMAND DIR ARGS; true when it exits with 0. */
bool test_dovecot_run(const struct test_dovecot *d, const char *command, const char *args);
/* Stops it and removes the directory. */
void test_dovecot_stop(struct test_dovecot *d);
/* "NAME.pem" of certs.sh. */
void test_cert_path(char *dst, unsigned size, const struct test_dovecot *d, const char *name);

#endif
