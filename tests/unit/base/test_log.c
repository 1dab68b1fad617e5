/* SPDX-License-Identifier: MIT
 *
 * test_log.c - lines that are whole, clean and private, by many threads, across a rotation.
 */
#include <pthread.h>
#include <regex.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <cmocka.h>

#include "core/base/log.h"

#define THREADS 4
#define LINES 25000

static int setup(void **state) {
	char *dir = strdup("/tmp/mailvan-log-XXXXXX");
	*state = dir;
	return dir && mkdtemp(dir) ? 0 : -1;
}

static int teardown(void **state) {
	char command[128];
	snprintf(command, sizeof command, "rm -rf %s", (char *)*state);
	int rc = system(command);
	free(*state);
	return rc;
}

static void lines_are_clean(void **state) {
	char path[128], line[2000];
	struct err e;
	struct stat st;
	regex_t re;
	snprintf(path, sizeof path, "%s/log", (char *)*state);
	struct log *l = log_open(path, LOG_INFO, &e);
	assert_non_null(l);
	log_line(l, LOG_DEBUG, "x", "too little to mention");
	log_line(l, LOG_WARN, "an\nna", "server said %s", "\033[2J* BYE\r\nfaked line");
	log_line(NULL, LOG_ERROR, "x", "nowhere");
	log_close(l);
	assert_int_equal(stat(path, &st), 0);
	assert_int_equal(st.st_mode & 0777, 0600);
	FILE *f = fopen(path, "r");
	assert_non_null(fgets(line, sizeof line, f));
	assert_int_equal(regcomp(&re, "^[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9:]{8}\\.[0-9]{3}Z WARN  an\\\\x0ana: "
				 "server said \\\\x1b\\[2J\\* BYE\\\\x0d\\\\x0afaked line\n$", REG_EXTENDED), 0);
	if (regexec(&re, line, 0, NULL, 0) != 0)
		fail_msg("%s", line);
	assert_null(fgets(line, sizeof line, f));
	regfree(&re);
	fclose(f);
}

static void a_file_that_cannot_be_written_is_named(void **state) {
	char path[128], link[128];
	struct err e;
	assert_null(log_open("/nonexistent/dir/log", LOG_INFO, &e));
	assert_int_equal(e.cat, ERR_LOCAL_DISK);
	assert_non_null(strstr(e.text, "/nonexistent/dir/log: No such file"));
	snprintf(path, sizeof path, "%s/log", (char *)*state);
	snprintf(link, sizeof link, "%s/link", (char *)*state);
	assert_int_equal(symlink(path, link), 0);
	assert_null(log_open(link, LOG_INFO, &e)); /* nobody redirects the log elsewhere */
}

static void *write_many(void *arg) {
	char text[200];
	memset(text, 'x', sizeof text - 1);
	text[sizeof text - 1] = '\0';
	for (int i = 0; i < LINES; i++)
		log_line(arg, LOG_INFO, "t", "%06d %s", i, text);
	return NULL;
}

static long count_lines(const char *path) {
	static char line[2000];
	long n = 0;
	FILE *f = fopen(path, "r");
	assert_non_null(f);
	while (fgets(line, sizeof line, f)) {
		if (!strstr(line, "Z INFO  t: ") || !strstr(line, "xxxx\n"))
			fail_msg("a torn line: %s", line);
		n++;
	}
	fclose(f);
	return n;
}

static void threads_and_rotation_lose_nothing(void **state) {
	char path[128], old[132];
	struct err e;
	struct stat st;
	pthread_t threads[THREADS];
	snprintf(path, sizeof path, "%s/big", (char *)*state);
	snprintf(old, sizeof old, "%s.1", path);
	struct log *l = log_open(path, LOG_INFO, &e);
	assert_non_null(l);
	for (int i = 0; i < THREADS; i++)
		assert_int_equal(pthread_create(&threads[i], NULL, write_many, l), 0);
	for (int i = 0; i < THREADS; i++)
		pthread_join(threads[i], NULL);
	log_close(l);
	assert_int_equal(stat(old, &st), 0);
	assert_in_range(st.st_size, 16 << 20, (16 << 20) + 2000);
	assert_int_equal(count_lines(path) + count_lines(old), THREADS * LINES);
}

int main(void) {
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(lines_are_clean, setup, teardown),
		cmocka_unit_test_setup_teardown(a_file_that_cannot_be_written_is_named, setup, teardown),
		cmocka_unit_test_setup_teardown(threads_and_rotation_lose_nothing, setup, teardown),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
