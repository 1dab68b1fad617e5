/* SPDX-License-Identifier: MIT
 *
 * inject.h - what the fault harness tells the library that it preloads into mailvan, and what comes back.
 *
 * inject.so stands between the program with all its libraries (SQLite, libcurl, OpenSSL, libsodium, jansson) and libc.
 * It counts steps of one kind from the start of main() to its end, and lets step number `at` go wrong. That is one
 * layer below a SQLite VFS of our own: SQLite's real one is tested with the rest, and so are the files that SQLite
 * knows nothing of (vault key, spool, log, reports) and the entries of directories.
 *
 * The environment says what to do:
 *	MAILVAN_INJECT          "KIND AT MODE SEED", numbers
 *	MAILVAN_INJECT_ROOT     directory (absolute, no symbolic links) whose files count
 *	MAILVAN_INJECT_REPORT   an existing file for struct inject_report; mapped, so that it tells after any death
 *	MAILVAN_INJECT_IMAGE    INJECT_POWER: what the disk holds after the power cut is written below this directory
 */
#ifndef MAILVAN_TESTS_FAULTS_INJECT_H
#define MAILVAN_TESTS_FAULTS_INJECT_H

#include <stdbool.h>
#include <stdint.h>

#define INJECT_ENV "MAILVAN_INJECT"
#define INJECT_ROOT_ENV "MAILVAN_INJECT_ROOT"
#define INJECT_REPORT_ENV "MAILVAN_INJECT_REPORT"
#define INJECT_IMAGE_ENV "MAILVAN_INJECT_IMAGE"
#define INJECT_POWER_EXIT 77 /* exit status after a power cut */
#define INJECT_SITE_MAX 160

enum inject_kind {
	INJECT_NONE,
	INJECT_ALLOC, /* steps: allocations and new threads */
	INJECT_DISK,  /* steps: what can change a file below the root, or its sync */
	INJECT_POWER, /* steps: the same, and sending to a socket; the machine stops before step `at`, 0 = at the end */
};

/* INJECT_ALLOC */
enum { INJECT_ONCE, INJECT_FOREVER };
/* INJECT_DISK: INJECT_ONCE and INJECT_FOREVER, plus this for EIO in place of ENOSPC */
enum { INJECT_EIO = 2 };
/* INJECT_POWER: what is left of writes that were not synced */
enum {
	POWER_STRICT, /* nothing */
	POWER_RANDOM, /* some sectors of some writes, and a beginning of the changes of directories, by SEED */
	POWER_ALL,    /* everything: the process was only killed */
	POWER_LIE,    /* as POWER_STRICT on a disk that lies: syncs after the SEED-th do nothing. To test the test. */
};

struct inject_report {
	uint64_t steps;
	uint64_t syncs;
	uint64_t fired;
	char site[INJECT_SITE_MAX]; /* where the first fault was: "pwrite64 project.db-wal", or the caller */
};

#endif
