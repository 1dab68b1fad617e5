/* SPDX-License-Identifier: MIT
 *
 * measure.c - runs a command and writes what it cost to a file, one line:
 *
 *   WALL-SECONDS USER-SECONDS SYSTEM-SECONDS PEAK-RSS-KIB VOLUNTARY-SWITCHES INVOLUNTARY-SWITCHES CONNECTIONS
 *
 *   measure FILE [-m MASTER-PID]... COMMAND ARG...     (exit status: the command's)
 *
 * Children that the command has waited for are counted in; peak RSS is that of the largest process. CONNECTIONS is
 * the most that were logged in at once, as the Dovecot servers with these master processes see it: each has a process
 * of its own. They are counted every 20 ms, so one that lives for less may be missed.
 */
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define MASTERS_MAX 8
#define LOOK_MS 20

static double seconds(struct timeval t) { return (double)t.tv_sec + (double)t.tv_usec / 1e6; }

static void die(const char *what) {
	perror(what);
	exit(2);
}

static int is_session(long pid) {
	char path[64], name[32] = "";
	snprintf(path, sizeof path, "/proc/%ld/comm", pid);
	FILE *f = fopen(path, "re");
	if (!f)
		return 0;
	if (!fgets(name, sizeof name, f))
		name[0] = '\0';
	fclose(f);
	return strcmp(name, "imap\n") == 0 || strcmp(name, "pop3\n") == 0;
}

static int sessions_of(long master) {
	char path[96];
	long pid;
	int n = 0;
	snprintf(path, sizeof path, "/proc/%ld/task/%ld/children", master, master);
	FILE *f = fopen(path, "re");
	while (f && fscanf(f, "%ld", &pid) == 1)
		n += is_session(pid);
	if (f)
		fclose(f);
	return n;
}

/* Waits for the child, and looks at the servers meanwhile. SIGCHLD is blocked. */
static int await(pid_t pid, const long *masters, int count, int *status, struct rusage *use) {
	struct timespec nap = { .tv_nsec = LOOK_MS * 1000000L };
	sigset_t chld;
	int most = 0;
	sigemptyset(&chld);
	sigaddset(&chld, SIGCHLD);
	for (;;) {
		pid_t done = wait4(pid, status, WNOHANG, use);
		if (done == pid)
			return most;
		if (done < 0 && errno != EINTR)
			die("measure");
		int now = 0;
		for (int i = 0; i < count; i++)
			now += sessions_of(masters[i]);
		most = now > most ? now : most;
		sigtimedwait(&chld, NULL, count ? &nap : NULL);
	}
}

int main(int argc, char **argv) {
	struct timespec begin, end;
	struct rusage use;
	sigset_t chld, before;
	long masters[MASTERS_MAX];
	int status = 0, count = 0, at = 2;
	while (at + 1 < argc && strcmp(argv[at], "-m") == 0 && count < MASTERS_MAX) {
		masters[count++] = strtol(argv[at + 1], NULL, 10);
		at += 2;
	}
	if (at >= argc) {
		fputs("usage: measure FILE [-m MASTER-PID]... COMMAND ARG...\n", stderr);
		return 2;
	}
	sigemptyset(&chld);
	sigaddset(&chld, SIGCHLD);
	sigprocmask(SIG_BLOCK, &chld, &before);
	clock_gettime(CLOCK_MONOTONIC, &begin);
	pid_t pid = fork();
	if (pid < 0)
		die("measure");
	if (pid == 0) {
		sigprocmask(SIG_SETMASK, &before, NULL);
		execvp(argv[at], argv + at);
		perror(argv[at]);
		_exit(127);
	}
	int most = await(pid, masters, count, &status, &use);
	clock_gettime(CLOCK_MONOTONIC, &end);
	FILE *f = fopen(argv[1], "we");
	if (!f)
		die(argv[1]);
	fprintf(f, "%.3f %.3f %.3f %ld %ld %ld %d\n",
		(double)(end.tv_sec - begin.tv_sec) + (double)(end.tv_nsec - begin.tv_nsec) / 1e9,
		seconds(use.ru_utime), seconds(use.ru_stime), use.ru_maxrss, use.ru_nvcsw, use.ru_nivcsw, most);
	if (fclose(f) != 0)
		die(argv[1]);
	return WIFEXITED(status) ? WEXITSTATUS(status) : 1;
}
