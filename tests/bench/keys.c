/* SPDX-License-Identifier: MIT
 *
 * keys.c - how long the console takes to answer a key: runs it in a terminal of its own, presses keys, and waits for
 * what it draws.
 *
 *   keys PROGRAM ARG...        prints, for each kind of key: LABEL <tab> MEDIAN-MS <tab> WORST-MS
 *
 * An answer ends when nothing more is drawn for QUIET_MS; that silence is not counted. A key that nothing answers
 * within PATIENCE_MS ends the program with an error: a figure without an answer would mean nothing.
 */
#include <errno.h>
#include <poll.h>
#include <pty.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define COUNT(a) (sizeof(a) / sizeof *(a))
#define QUIET_MS 20
#define PATIENCE_MS 5000
#define FIRST_QUIET_MS 500 /* the first picture is complete */
#define ROUNDS 12
#define SEEN_MAX 65536

static const struct {
	const char *label;
	const char *keys[8]; /* one after the other */
} groups[] = {
	{ "console: a step or a page in the list",
	  { "\033[B", "\033[B", "\033[A", "\033[6~", "\033[6~", "\033[5~", "\033[B" } },
	{ "console: to the end of the list and back", { "\033[F", "\033[A", "\033[H", "\033[B" } },
	{ "console: another order (each column in turn)", { ">" } },
	{ "console: letters typed into the filter", { "/", "1", "2", "9", "\177", "\177", "\177", "\r" } },
};

static pid_t child = -1;

static double now_ms(void) {
	struct timespec t;
	clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec * 1e3 + (double)t.tv_nsec / 1e6;
}

static _Noreturn void die(const char *what, const char *detail) {
	fprintf(stderr, "keys: %s%s%s\n", what, *detail ? ": " : "", detail);
	if (child > 0)
		kill(child, SIGKILL);
	exit(1);
}

/* Reads until nothing has come for quiet ms after the first byte; the time of the last byte, or 0 when none came. */
static double drawn(int fd, int quiet) {
	char block[SEEN_MAX];
	double last = 0, until = now_ms() + PATIENCE_MS;
	for (;;) {
		struct pollfd p = { .fd = fd, .events = POLLIN };
		double left = until - now_ms();
		int wait = last > 0 ? quiet : left > 0 ? (int)left : 0, n = poll(&p, 1, wait);
		if (n < 0 && errno == EINTR)
			continue;
		if (n == 0)
			return last;
		if (n < 0 || read(fd, block, sizeof block) <= 0)
			die("the console has ended", "");
		last = now_ms();
		if (last > until)
			die("it does not stop drawing", "");
	}
}

static void nap(long ms) {
	struct timespec t = { .tv_sec = ms / 1000, .tv_nsec = ms % 1000 * 1000000 };
	nanosleep(&t, NULL);
}

/* What is drawn of its own accord (figures that change) must not pass for an answer. */
static void discard(int fd) {
	char block[SEEN_MAX];
	struct pollfd p = { .fd = fd, .events = POLLIN };
	while (poll(&p, 1, 0) > 0)
		if (read(fd, block, sizeof block) <= 0)
			die("the console has ended", "");
}

static int by_value(const void *a, const void *b) {
	const double *x = a, *y = b;
	return (*x > *y) - (*x < *y);
}

static void measure(int fd, size_t group) {
	double times[ROUNDS * COUNT(groups[0].keys)];
	size_t n = 0;
	for (unsigned round = 0; round < ROUNDS; round++)
		for (size_t k = 0; k < COUNT(groups[0].keys) && groups[group].keys[k]; k++) {
			const char *key = groups[group].keys[k];
			nap(23 + (long)n * 29 % 110); /* at any time between two of its looks into the store */
			discard(fd);
			double begin = now_ms();
			if (write(fd, key, strlen(key)) < 0)
				die("cannot write", strerror(errno));
			double last = drawn(fd, QUIET_MS);
			if (last <= 0)
				die("no answer to a key", groups[group].label);
			times[n++] = last - begin;
		}
	qsort(times, n, sizeof *times, by_value);
	printf("%s\t%.1f\t%.1f\n", groups[group].label, times[n / 2], times[n - 1]);
	fflush(stdout);
}

int main(int argc, char **argv) {
	struct winsize size = { .ws_row = 45, .ws_col = 160 };
	int fd, status;
	if (argc < 2) {
		fputs("usage: keys PROGRAM ARG...\n", stderr);
		return 2;
	}
	child = forkpty(&fd, NULL, NULL, &size);
	if (child < 0)
		die("no terminal", strerror(errno));
	if (child == 0) {
		setenv("TERM", "xterm-256color", 1);
		execv(argv[1], argv + 1);
		_exit(127);
	}
	double begin = now_ms(), last = drawn(fd, FIRST_QUIET_MS);
	if (last <= 0)
		die("nothing was drawn", "");
	printf("console: from start to first picture\t%.1f\t%.1f\n", last - begin, last - begin);
	for (size_t i = 0; i < COUNT(groups); i++)
		measure(fd, i);
	kill(child, SIGTERM);
	for (char block[SEEN_MAX]; read(fd, block, sizeof block) > 0;) {}
	waitpid(child, &status, 0);
	return 0;
}
