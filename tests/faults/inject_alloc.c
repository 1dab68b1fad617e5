/* SPDX-License-Identifier: MIT
 *
 * inject_alloc.c - memory and threads that are refused.
 *
 * The blocks themselves come from whoever is next, which is AddressSanitizer in a sanitized build: so leaks and bad
 * accesses on the way out of an error are found by the same run.
 */
#include <dlfcn.h>
#include <errno.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include "tests/faults/inject_priv.h"

/* dlsym() allocates before the functions that it looks up are known. Never given back. */
static char early[65536];
static size_t early_used;

static bool is_early(const void *p) { return (const char *)p >= early && (const char *)p < early + sizeof early; }

static void *early_block(size_t n) {
	size_t at = (early_used + 15) & ~(size_t)15;
	if (n > sizeof early - at)
		inject_die("inject: too much memory is needed at the start\n");
	early_used = at + n;
	return early + at;
}

static struct {
	void *(*malloc)(size_t);
	void *(*calloc)(size_t, size_t);
	void *(*realloc)(void *, size_t);
	void (*free)(void *);
	int (*posix_memalign)(void **, size_t, size_t);
	void *(*mmap)(void *, size_t, int, int, int, off_t);
	bool known, asking;
} real;

static bool known(void) {
	if (real.known)
		return true;
	if (real.asking)
		return false;
	real.asking = true;
	real.malloc = NEXT(void *(*)(size_t), "malloc");
	real.calloc = NEXT(void *(*)(size_t, size_t), "calloc");
	real.realloc = NEXT(void *(*)(void *, size_t), "realloc");
	real.free = NEXT(void (*)(void *), "free");
	real.posix_memalign = NEXT(int (*)(void **, size_t, size_t), "posix_memalign");
	real.mmap = NEXT(void *(*)(void *, size_t, int, int, int, off_t), "mmap");
	real.known = true;
	return true;
}

/* The caller as "library+offset", written without stdio, which would allocate. */
static void name_caller(const void *caller, char *dst, size_t size) {
	Dl_info info;
	const char *file = "?";
	uintptr_t offset = 0;
	if (dladdr(caller, &info) && info.dli_fname) {
		const char *slash = strrchr(info.dli_fname, '/');
		file = slash ? slash + 1 : info.dli_fname;
		offset = (uintptr_t)caller - (uintptr_t)info.dli_fbase;
	}
	size_t n = strnlen(file, size - 20);
	memcpy(dst, file, n);
	memcpy(dst + n, "+0x", 3);
	n += 3;
	int shift = 60;
	while (shift > 0 && !(offset >> shift & 15))
		shift -= 4;
	for (; shift >= 0; shift -= 4)
		dst[n++] = "0123456789abcdef"[offset >> shift & 15];
	dst[n] = '\0';
}

static __thread bool spared;

static bool refuse(const char *what, const void *caller) {
	char about[96];
	if (!inject_active(INJECT_ALLOC) || spared || !inject_step())
		return false;
	name_caller(caller, about, sizeof about);
	inject_site(what, about);
	errno = ENOMEM;
	return true;
}
#define REFUSED(what) refuse(what, __builtin_return_address(0))

void *malloc(size_t n) {
	if (REFUSED("malloc"))
		return NULL;
	return known() ? real.malloc(n) : early_block(n);
}

void *calloc(size_t n, size_t size) {
	if (REFUSED("calloc"))
		return NULL;
	return known() ? real.calloc(n, size) : early_block(n * size);
}

void *realloc(void *p, size_t n) {
	if (n && REFUSED("realloc"))
		return NULL;
	if (!known() || is_early(p)) {
		void *q = known() ? real.malloc(n) : early_block(n);
		if (p && q)
			memcpy(q, p, n < (size_t)(early + sizeof early - (char *)p) ? n : 0);
		return q;
	}
	return real.realloc(p, n);
}

void *reallocarray(void *p, size_t n, size_t size) {
	size_t all;
	if (__builtin_mul_overflow(n, size, &all)) {
		errno = ENOMEM;
		return NULL;
	}
	return realloc(p, all);
}

void free(void *p) {
	if (p && !is_early(p) && known())
		real.free(p);
}

int posix_memalign(void **p, size_t align, size_t n) {
	return REFUSED("posix_memalign") || !known() ? ENOMEM : real.posix_memalign(p, align, n);
}

void *aligned_alloc(size_t align, size_t n) {
	void *p = NULL;
	if (REFUSED("aligned_alloc"))
		return NULL;
	errno = known() ? real.posix_memalign(&p, align, n) : ENOMEM;
	return p;
}

/* AddressSanitizer answers these by itself, past malloc(). */
char *strdup(const char *s) {
	size_t n = strlen(s) + 1;
	char *p = REFUSED("strdup") ? NULL : known() ? real.malloc(n) : early_block(n);
	return p ? memcpy(p, s, n) : NULL;
}

char *strndup(const char *s, size_t max) {
	size_t n = strnlen(s, max);
	char *p = REFUSED("strndup") ? NULL : known() ? real.malloc(n + 1) : early_block(n + 1);
	if (!p)
		return NULL;
	p[n] = '\0';
	return memcpy(p, s, n);
}

/* libsodium's guarded memory. Files that are mapped are not memory. */
void *mmap(void *at, size_t n, int prot, int flags, int fd, off_t offset) {
	if ((flags & MAP_ANONYMOUS) && REFUSED("mmap"))
		return MAP_FAILED;
	return known() ? real.mmap(at, n, prot, flags, fd, offset) : MAP_FAILED;
}

/* AddressSanitizer asks this at the end of a thread, and gives up without an answer. */
int pthread_getattr_np(pthread_t t, pthread_attr_t *attr) {
	typedef int getattr_fn(pthread_t, pthread_attr_t *);
	spared = true;
	int rc = NEXT(getattr_fn *, "pthread_getattr_np")(t, attr);
	spared = false;
	return rc;
}

int pthread_create(pthread_t *restrict t, const pthread_attr_t *restrict attr, void *(*run)(void *),
		   void *restrict arg) {
	typedef int create_fn(pthread_t *restrict, const pthread_attr_t *restrict, void *(*)(void *), void *restrict);
	if (REFUSED("pthread_create"))
		return EAGAIN;
	return NEXT(create_fn *, "pthread_create")(t, attr, run, arg);
}
