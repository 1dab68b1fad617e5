/* SPDX-License-Identifier: MIT
 *
 * test_net_memory.c - memory is refused while OpenSSL makes what it makes once: that is said, and is no crash.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <openssl/crypto.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#include "core/base/hash.h"
#include "core/net/channel.h"

#define TRIED 100 /* its default context takes 49 allocations */

enum { FINE, SAID, SAID_OTHERWISE };

static unsigned left; /* allocations before the one that is refused; 0: none is any more */

static bool refused(void) {
	return left && --left == 0;
}

static void *some(size_t n, const char *file, int line) {
	(void)file, (void)line;
	return refused() ? NULL : malloc(n);
}

static void *other(void *p, size_t n, const char *file, int line) {
	(void)file, (void)line;
	return n && refused() ? NULL : realloc(p, n);
}

static void back(void *p, const char *file, int line) {
	(void)file, (void)line;
	free(p);
}

/* In a process of its own: OpenSSL does these things once. */
static void begin(unsigned at) {
	static const struct digest_key key = { .bytes = { 1 } };
	struct digest d = { 0 };
	struct err e;
	signal(SIGSEGV, SIG_DFL); /* it is the parent's to see */
	if (!CRYPTO_set_mem_functions(some, other, back))
		_exit(SAID_OTHERWISE);
	left = at;
	if (!net_new(NULL, &e))
		_exit(e.cat == ERR_MEMORY ? SAID : SAID_OTHERWISE);
	digest_begin(&d, &key);
	_exit(FINE);
}

static void a_refusal_at_the_start_is_said(void **state) {
	unsigned said = 0;
	(void)state;
	for (unsigned at = 1; at <= TRIED; at++) {
		int how;
		pid_t pid = fork();
		if (pid == 0)
			begin(at);
		assert_int_equal(waitpid(pid, &how, 0), pid);
		if (!WIFEXITED(how) || WEXITSTATUS(how) > SAID)
			fail_msg("allocation %u: signal %d, exit %d", at, WTERMSIG(how), WEXITSTATUS(how));
		said += WEXITSTATUS(how) == SAID;
	}
	assert_true(said > 0);
	assert_true(said < TRIED);
}

int main(void) {
	const struct CMUnitTest tests[] = { cmocka_unit_test(a_refusal_at_the_start_is_said) };
	return cmocka_run_group_tests(tests, NULL, NULL);
}
