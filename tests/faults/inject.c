/* SPDX-License-Identifier: MIT
 *
 * inject.c - the orders of the harness, and the count of steps while main() runs. See inject.h.
 */
#include <dlfcn.h>
#include <fcntl.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "tests/faults/inject_priv.h"

static struct inject_orders orders;
static struct inject_report *report;
static atomic_bool armed;
static int (*program)(int, char **, char **);

_Noreturn void inject_die(const char *why) {
	ssize_t ignored = write(STDERR_FILENO, why, strlen(why));
	(void)ignored;
	_exit(78);
}

void *inject_next(const char *name) {
	void *at = dlsym(RTLD_NEXT, name);
	if (!at)
		inject_die("inject: a function is missing\n");
	return at;
}

const struct inject_orders *inject_orders(void) { return &orders; }

bool inject_active(enum inject_kind kind) {
	return atomic_load_explicit(&armed, memory_order_relaxed) && orders.kind == kind;
}

bool inject_step(void) {
	uint64_t n = __atomic_add_fetch(&report->steps, 1, __ATOMIC_RELAXED);
	bool forever = orders.kind != INJECT_POWER && (orders.mode & INJECT_FOREVER);
	bool hit = orders.at && (forever ? n >= orders.at : n == orders.at);
	if (hit)
		__atomic_add_fetch(&report->fired, 1, __ATOMIC_RELAXED);
	return hit;
}

/* No stdio here: it may allocate. */
void inject_site(const char *what, const char *about) {
	if (report->site[0])
		return;
	size_t w = strnlen(what, INJECT_SITE_MAX / 2), a = strnlen(about, INJECT_SITE_MAX / 2 - 2);
	memcpy(report->site + w + 1, about, a);
	report->site[w] = ' ';
	memcpy(report->site, what, w);
}

void inject_count_sync(void) { __atomic_add_fetch(&report->syncs, 1, __ATOMIC_RELAXED); }
uint64_t inject_syncs(void) { return __atomic_load_n(&report->syncs, __ATOMIC_RELAXED); }

static void read_orders(void) {
	const char *text = getenv(INJECT_ENV), *path = getenv(INJECT_REPORT_ENV), *root = getenv(INJECT_ROOT_ENV),
		   *image = getenv(INJECT_IMAGE_ENV);
	unsigned kind;
	unsigned long long at, seed;
	if (!text)
		return;
	if (sscanf(text, "%u %llu %d %llu", &kind, &at, &orders.mode, &seed) != 4 || !path || !root || !image)
		inject_die("inject: orders are missing\n");
	orders.at = at;
	orders.seed = seed;
	snprintf(orders.root, sizeof orders.root, "%s", root);
	snprintf(orders.image, sizeof orders.image, "%s", image);
	int fd = open(path, O_RDWR | O_CLOEXEC);
	report = fd < 0 ? MAP_FAILED : mmap(NULL, sizeof *report, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	if (report == MAP_FAILED)
		inject_die("inject: no report\n");
	close(fd);
	/* Only the program that was started is meant, not what it starts. */
	unsetenv(INJECT_ENV);
	unsetenv("LD_PRELOAD");
	orders.kind = (enum inject_kind)kind;
	if (orders.kind == INJECT_POWER)
		power_begin();
}

static int counted_main(int argc, char **argv, char **env) {
	read_orders();
	atomic_store(&armed, orders.kind != INJECT_NONE);
	int code = program(argc, argv, env);
	/* What is said as the last thing belongs to the run: a report that could not be written is an error. */
	fflush(stdout);
	if (orders.kind == INJECT_POWER && orders.at == 0) {
		power_lock();
		power_cut();
	}
	atomic_store(&armed, false);
	return code;
}

/* glibc's, which crt1.o calls with the program's main(). */
int __libc_start_main(int (*main)(int, char **, char **), int argc, char **argv, void (*init)(void),
		      void (*fini)(void), void (*rtld_fini)(void), void *stack_end);
int __libc_start_main(int (*main)(int, char **, char **), int argc, char **argv, void (*init)(void),
		      void (*fini)(void), void (*rtld_fini)(void), void *stack_end) {
	typedef int real_fn(int (*)(int, char **, char **), int, char **, void (*)(void), void (*)(void),
			    void (*)(void), void *);
	program = main;
	return NEXT(real_fn *, "__libc_start_main")(counted_main, argc, argv, init, fini, rtld_fini, stack_end);
}
