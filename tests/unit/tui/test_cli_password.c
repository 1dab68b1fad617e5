/* SPDX-License-Identifier: MIT
 *
 * test_cli_password.c - the prompt on a real pseudo-terminal: no echo, and the echo back afterwards.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <poll.h>
#include <pty.h>
#include <signal.h>
#include <sodium.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <termios.h>
#include <unistd.h>

#include "tui/cli/password.h"

#define DEADLINE_MS 5000

/* What the child tells: the error's category and the password's length and checksum of sorts. */
struct answer {
	int cat;
	size_t len;
	bool equal;
};

struct session {
	pid_t child;
	int terminal, answers;
	char seen[4096];
	size_t len;
};

static void session_start_unless(struct session *s, const char *expected, const struct stop *stop) {
	int fds[2];
	memset(s, 0, sizeof *s);
	assert_int_equal(pipe(fds), 0);
	s->child = forkpty(&s->terminal, NULL, NULL, NULL);
	assert_true(s->child >= 0);
	if (s->child == 0) {
		struct secret secret = { 0 };
		struct answer a = { 0 };
		struct err e;
		err_clear(&e);
		if (password_read_unless(stop, NULL, NULL, "source anna\033[2J", &secret, &e)) {
			a.len = secret.len;
			a.equal = strcmp(secret.data, expected) == 0;
			secret_clear(&secret);
		}
		a.cat = (int)e.cat;
		_exit(write(fds[1], &a, sizeof a) == (ssize_t)sizeof a ? 0 : 9);
	}
	close(fds[1]);
	s->answers = fds[0];
}

static void session_start(struct session *s, const char *expected) { session_start_unless(s, expected, NULL); }

static bool read_terminal(struct session *s, int timeout_ms) {
	struct pollfd fd = { .fd = s->terminal, .events = POLLIN };
	if (poll(&fd, 1, timeout_ms) <= 0)
		return false;
	ssize_t n = read(s->terminal, s->seen + s->len, sizeof s->seen - 1 - s->len);
	if (n <= 0)
		return false;
	s->len += (size_t)n;
	return true;
}

static void expect(struct session *s, const char *text) {
	while (!strstr(s->seen, text))
		if (!read_terminal(s, DEADLINE_MS))
			fail_msg("'%s' did not come, but '%s'", text, s->seen);
}

/* Waiting for the echo to be off is what a person's eyes do. */
static void expect_echo(const struct session *s, bool on) {
	struct termios t;
	for (int i = 0; i < DEADLINE_MS; i++) {
		assert_int_equal(tcgetattr(s->terminal, &t), 0);
		if (((t.c_lflag & ECHO) != 0) == on)
			return;
		poll(NULL, 0, 1);
	}
	fail_msg("echo is not %s", on ? "on" : "off");
}

static struct answer session_end(struct session *s) {
	struct answer a = { .cat = -1 };
	struct pollfd fd = { .fd = s->answers, .events = POLLIN };
	int status;
	assert_int_equal(poll(&fd, 1, DEADLINE_MS), 1);
	assert_int_equal(read(s->answers, &a, sizeof a), sizeof a);
	while (read_terminal(s, 50))
		;
	assert_int_equal(waitpid(s->child, &status, 0), s->child);
	assert_true(WIFEXITED(status) && WEXITSTATUS(status) == 0);
	close(s->answers);
	close(s->terminal);
	return a;
}

static void type(const struct session *s, const char *text) {
	assert_int_equal(write(s->terminal, text, strlen(text)), (ssize_t)strlen(text));
}

static void nothing_is_shown(void **state) {
	(void)state;
	struct session s;
	session_start(&s, " se cret ");
	expect(&s, "Password for source anna");
	expect_echo(&s, false);
	type(&s, " se cret \n");
	struct answer a = session_end(&s);
	assert_int_equal(a.cat, ERR_NONE);
	assert_int_equal(a.len, 9);
	assert_true(a.equal);
	assert_null(strstr(s.seen, "cret"));
	assert_null(strchr(s.seen, 033));
}

static void control_c_cancels_and_restores(void **state) {
	(void)state;
	struct session s;
	session_start(&s, "");
	expect(&s, "Password for");
	expect_echo(&s, false);
	type(&s, "half\003");
	/* Before the answer, while the terminal still has a session. */
	expect_echo(&s, true);
	struct answer a = session_end(&s);
	assert_int_equal(a.cat, ERR_CANCELLED);
	assert_null(strstr(s.seen, "half"));
}

static void sigterm_restores_too(void **state) {
	(void)state;
	struct session s;
	session_start(&s, "");
	expect_echo(&s, false);
	kill(s.child, SIGTERM);
	expect_echo(&s, true);
	assert_int_equal(session_end(&s).cat, ERR_CANCELLED);
}

/* Where a thread of ours takes the signals, it tells by the stop flag. */
static void a_stop_restores_too(void **state) {
	(void)state;
	struct session s;
	struct stop stop;
	assert_true(stop_init(&stop, NULL));
	session_start_unless(&s, "", &stop);
	expect_echo(&s, false);
	/* The descriptor is shared with the child. */
	stop_request(&stop, 1);
	expect_echo(&s, true);
	assert_int_equal(session_end(&s).cat, ERR_CANCELLED);
	stop_free(&stop);
}

static void an_empty_line_is_no_password(void **state) {
	(void)state;
	struct session s;
	session_start(&s, "");
	expect_echo(&s, false);
	type(&s, "\n");
	assert_int_equal(session_end(&s).cat, ERR_INPUT);
}

static char *file_with(const char *text, size_t n, mode_t mode) {
	char *path = strdup("/tmp/mailvan-test-XXXXXX");
	int fd = mkstemp(path);
	assert_true(fd >= 0);
	assert_int_equal(write(fd, text, n), (ssize_t)n);
	assert_int_equal(fchmod(fd, mode), 0);
	close(fd);
	return path;
}

static void files(void **state) {
	(void)state;
	static char long_line[5000];
	memset(long_line, 'x', sizeof long_line);
	static const struct {
		const char *text;
		size_t n;
		mode_t mode;
		const char *secret; /* NULL: refused */
		const char *says;
	} rows[] = {
		{ "pass word\n", 10, 0600, "pass word", "" },
		{ "p\r\nsecond\n", 10, 0600, "p", "" },
		{ "no line end", 11, 0400, "no line end", "" },
		{ " blanks \n", 9, 0600, " blanks ", "" },
		{ "\n", 1, 0600, NULL, "is empty" },
		{ "", 0, 0600, NULL, "is empty" },
		{ "a\0b\n", 4, 0600, NULL, "NUL byte" },
		{ "p\n", 2, 0640, NULL, "chmod 600" },
		{ "p\n", 2, 0604, NULL, "chmod 600" },
		{ long_line, sizeof long_line, 0600, NULL, "longer than" },
	};
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		struct secret secret = { 0 };
		struct err e;
		err_clear(&e);
		char *path = file_with(rows[i].text, rows[i].n, rows[i].mode);
		bool ok = password_read(path, NULL, "x", &secret, &e);
		assert_true(ok == (rows[i].secret != NULL));
		if (ok) {
			assert_string_equal(secret.data, rows[i].secret);
		} else {
			assert_int_equal(e.cat, ERR_INPUT);
			assert_non_null(strstr(e.text, rows[i].says));
			assert_false(secret_present(&secret));
		}
		secret_clear(&secret);
		unlink(path);
		free(path);
	}
}

static void a_descriptor_is_read_one_line_at_a_time(void **state) {
	(void)state;
	struct secret one = { 0 }, two = { 0 };
	struct err e;
	int fds[2];
	char number[16];
	assert_int_equal(pipe(fds), 0);
	assert_int_equal(write(fds[1], "first\nsecond\n", 13), 13);
	snprintf(number, sizeof number, "%d", fds[0]);
	assert_true(password_read(NULL, number, "x", &one, &e));
	assert_true(password_read(NULL, number, "x", &two, &e));
	assert_string_equal(one.data, "first");
	assert_string_equal(two.data, "second");
	secret_clear(&one);
	secret_clear(&two);
	close(fds[0]);
	close(fds[1]);
	assert_false(password_read(NULL, "x", "x", &one, &e));
	assert_false(password_read("/a", "1", "x", &one, &e));
	assert_int_equal(e.cat, ERR_INPUT);
}

int main(void) {
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(nothing_is_shown),
		cmocka_unit_test(control_c_cancels_and_restores),
		cmocka_unit_test(sigterm_restores_too),
		cmocka_unit_test(a_stop_restores_too),
		cmocka_unit_test(an_empty_line_is_no_password),
		cmocka_unit_test(files),
		cmocka_unit_test(a_descriptor_is_read_one_line_at_a_time),
	};
	if (sodium_init() < 0)
		return 1;
	return cmocka_run_group_tests(tests, NULL, NULL);
}
