/* SPDX-License-Identifier: MIT
 *
 * inject_priv.h - what the files of inject.so share.
 *
 * inject.c reads the orders and counts, inject_alloc.c holds memory and threads, inject_disk.c what changes files,
 * inject_power.c the model of the disk.
 */
#ifndef MAILVAN_TESTS_FAULTS_INJECT_PRIV_H
#define MAILVAN_TESTS_FAULTS_INJECT_PRIV_H

#include <stddef.h>
#include <sys/types.h>

#include "tests/faults/inject.h"

#define INJECT_PATH_MAX 4096

struct inject_orders {
	enum inject_kind kind;
	uint64_t at;
	int mode;
	uint64_t seed;
	char root[INJECT_PATH_MAX], image[INJECT_PATH_MAX];
};

/* inject.c */
const struct inject_orders *inject_orders(void);
/* Is main() running, and is this the kind? */
bool inject_active(enum inject_kind kind);
/* One more step of an active kind; true: it must fail. */
bool inject_step(void);
/* Where the first fault was: name of the function, and what it was about. */
void inject_site(const char *what, const char *about);
/* The next definition of a function after ours. Ends the process when there is none. */
void *inject_next(const char *name);
#define NEXT(type, name) ((type)inject_next(name))
_Noreturn void inject_die(const char *why);
void inject_count_sync(void);
uint64_t inject_syncs(void);

/* inject_power.c. All but power_begin are called between power_lock and power_unlock, after the real call. */
void power_begin(void);
void power_lock(void);
void power_unlock(void);
/* Before the real call: a step, at which the machine may stop. */
void power_step(const char *what, const char *about);
_Noreturn void power_cut(void);
void power_wrote(int fd, const void *data, size_t n, off_t at);
void power_truncated(int fd, off_t size);
void power_synced(int fd);
/* A name came (ino of what it names), went (ino 0), or moved from another name (from not NULL). */
void power_entry(const char *path, ino_t ino, bool dir, const char *from);

#endif
