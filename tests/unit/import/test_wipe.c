/* SPDX-License-Identifier: MIT
 *
 * test_wipe.c - after import_free no password of the list is left anywhere in the process's memory.
 *
 * The list is written by another process, and here its password only exists inverted.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "import/import.h"

#define LEN 24

/* Computed, so that the text itself is in no section of the program. */
static void needle(unsigned char inverted[LEN]) {
	for (unsigned i = 0; i < LEN; i++)
		inverted[i] = (unsigned char)~('a' + (i * 7 + 3) % 26);
}

/* How often the needle stands in writable memory. */
static size_t occurrences(const unsigned char inverted[LEN]) {
	static unsigned char window[(1 << 16) + LEN];
	char line[512];
	size_t found = 0;
	FILE *maps = fopen("/proc/self/maps", "r");
	int mem = open("/proc/self/mem", O_RDONLY | O_CLOEXEC);
	assert_non_null(maps);
	assert_true(mem >= 0);
	while (fgets(line, sizeof line, maps)) {
		unsigned long from, to;
		char mode[5];
		if (sscanf(line, "%lx-%lx %4s", &from, &to, mode) != 3 || mode[0] != 'r' || mode[1] != 'w')
			continue;
		if (to - from > 1UL << 30)
			continue; /* a sanitizer's shadow: terabytes, and a map of memory, not memory */
		for (unsigned long at = from; at < to; at += 1 << 16) {
			size_t want = to - at < sizeof window ? to - at : sizeof window;
			ssize_t n = pread(mem, window, want, (off_t)at);
			if (n <= 0)
				continue;
			for (ssize_t i = 0; i + LEN <= n; i++) {
				size_t k = 0;
				if (at + (unsigned long)i >= (unsigned long)window &&
				    at + (unsigned long)i < (unsigned long)(window + sizeof window))
					break; /* this search's own copy */
				while (k < LEN && window[i + (ssize_t)k] == (unsigned char)~inverted[k])
					k++;
				found += k == LEN && (i < 1 << 16);
			}
			memset(window, 0, sizeof window);
		}
	}
	close(mem);
	fclose(maps);
	return found;
}

/* In a child: what it leaves in its memory is gone with it. */
static void write_list(const char *path, const unsigned char inverted[LEN], bool utf16) {
	pid_t pid = fork();
	int status;
	assert_true(pid >= 0);
	if (pid == 0) {
		char password[LEN + 1] = "";
		for (unsigned i = 0; i < LEN; i++)
			password[i] = (char)~inverted[i];
		FILE *f = fopen(path, "w");
		char text[4096];
		int n = snprintf(
			text, sizeof text,
			"EmailAddress,UserName,Password,SourceServer,TargetPassword\n"
			"a@x.org,a,%s,h,\"%s\"\nb@x.org,b,%s,h:x,%s\nc@x.org,c,%s\"%s,h,%s\nd@x.org,d,\"%s\n,h,\n",
			password, password, password, password, password, password, password, password);
		for (int i = 0; f && i < n; i++) {
			fputc(text[i], f);
			if (utf16)
				fputc(0, f);
		}
		_exit(f && fclose(f) == 0 ? 0 : 1);
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_int_equal(status, 0);
}

static void import_and_look(bool utf16) {
	unsigned char inverted[LEN];
	char path[] = "/tmp/mailvan-wipe-XXXXXX";
	struct import_options o = { .target_known = true };
	struct import_result r;
	struct mailbox_spec spec;
	struct err e = { 0 };
	needle(inverted);
	int fd = mkstemp(path);
	assert_true(fd >= 0);
	close(fd);
	write_list(path, inverted, utf16);
	endpoint_init(&o.source);
	endpoint_init(&o.target);
	assert_int_equal(occurrences(inverted), 0);
	if (!import_csv(path, &o, &r, &e))
		fail_msg("%s", e.text);
	unlink(path);
	assert_true(r.spec_count >= 1);
	assert_true(r.errors >= 1);
	assert_true(import_spec(&r, 0, &spec, NULL, &e));
	assert_true(occurrences(inverted) >= 3); /* the search does find what is there */
	import_spec_clear(&spec);
	import_free(&r);
	assert_int_equal(occurrences(inverted), 0);
}

static void no_password_is_left(void **state) {
	(void)state;
	import_and_look(false);
	import_and_look(true);
}

int main(void) {
	const struct CMUnitTest tests[] = { cmocka_unit_test(no_password_is_left) };
	return cmocka_run_group_tests(tests, NULL, NULL);
}
