/* SPDX-License-Identifier: MIT
 *
 * faults_run.c - mailvan as a process of its own: its orders, its end, and what it has said.
 */
#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tests/faults/faults.h"

/* 99 tells a sanitizer's report from an answer of mailvan; leaks are looked for where there is a sanitizer. */
#define SANITIZER_OPTIONS "exitcode=99:detect_leaks=1:verify_asan_link_order=0:allocator_may_return_null=1"
/* Libraries have no frame pointers: whose leak it was when memory was refused is told by slow, whole stacks only. */
#define WHOLE_STACKS ":fast_unwind_on_malloc=0"

static int remove_entry(const char *path, const struct stat *st, int kind, struct FTW *at) {
	(void)st, (void)kind, (void)at;
	return remove(path);
}

bool remove_tree(const char *path) {
	return access(path, F_OK) != 0 || nftw(path, remove_entry, 16, FTW_DEPTH | FTW_PHYS) == 0;
}

static void set_environment(const struct paths *p, const struct orders *o) {
	char text[128];
	const char *preload = getenv("MAILVAN_INJECT_SO");
	setenv("ASAN_OPTIONS", o && o->kind == INJECT_ALLOC ? SANITIZER_OPTIONS WHOLE_STACKS : SANITIZER_OPTIONS, 1);
	setenv("UBSAN_OPTIONS", "exitcode=99:print_stacktrace=1", 1);
	if (!o)
		return;
	snprintf(text, sizeof text, "%d %llu %d %llu", (int)o->kind, (unsigned long long)o->at, o->mode,
		 (unsigned long long)o->seed);
	setenv(INJECT_ENV, text, 1);
	setenv(INJECT_ROOT_ENV, p->root, 1);
	setenv(INJECT_REPORT_ENV, p->report, 1);
	setenv(INJECT_IMAGE_ENV, p->image, 1);
	setenv("LD_PRELOAD", preload, 1);
}

static void child(const struct paths *p, const char *const *args, const struct orders *o) {
	const char *argv[ARGS_MAX + 4] = { getenv("MAILVAN"), "--project", p->project };
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	int in = open("/dev/null", O_RDONLY), out = open(p->output, O_WRONLY | O_CREAT | O_TRUNC, 0600);
	for (size_t i = 0; i < ARGS_MAX && args[i]; i++)
		argv[3 + i] = strcmp(args[i], "LIST") == 0 ? p->list : strcmp(args[i], "FILE") == 0 ? p->file : args[i];
	if (in < 0 || out < 0 || dup2(in, 0) < 0 || dup2(out, 1) < 0 || dup2(out, 2) < 0)
		_exit(120);
	set_environment(p, o);
	execv(argv[0], (char *const *)(uintptr_t)argv);
	_exit(121);
}

static bool read_end(const char *path, char *dst, size_t size) {
	struct stat st;
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	dst[0] = '\0';
	if (fd < 0 || fstat(fd, &st) != 0)
		return false;
	off_t from = st.st_size >= (off_t)size ? st.st_size - (off_t)size + 1 : 0;
	ssize_t n = pread(fd, dst, size - 1, from);
	close(fd);
	dst[n > 0 ? n : 0] = '\0';
	return n >= 0;
}

static bool fresh_report(const char *path) {
	int fd = open(path, O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
	bool ok = fd >= 0 && ftruncate(fd, sizeof(struct inject_report)) == 0;
	if (fd >= 0)
		close(fd);
	return ok;
}

static void read_report(const char *path, struct inject_report *to) {
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	memset(to, 0, sizeof *to);
	if (fd >= 0 && pread(fd, to, sizeof *to, 0) != sizeof *to)
		memset(to, 0, sizeof *to);
	if (fd >= 0)
		close(fd);
}

static void await(pid_t pid, struct outcome *out) {
	int status, fd = (int)syscall(SYS_pidfd_open, pid, 0);
	struct pollfd end = { .fd = fd, .events = POLLIN };
	int n;
	do
		n = poll(&end, 1, RUN_LIMIT_MS);
	while (n < 0 && errno == EINTR);
	out->hung = n == 0;
	if (out->hung)
		kill(pid, SIGKILL);
	while (waitpid(pid, &status, 0) < 0 && errno == EINTR)
		;
	close(fd);
	out->code = WIFEXITED(status) ? WEXITSTATUS(status) : -1;
	out->signal = WIFSIGNALED(status) ? WTERMSIG(status) : 0;
}

void program_run(const struct paths *p, const char *const *args, const struct orders *orders, struct outcome *out) {
	memset(out, 0, sizeof *out);
	out->code = -1;
	if (!remove_tree(p->image) || mkdir(p->image, 0700) != 0 || !fresh_report(p->report))
		return;
	fflush(NULL);
	pid_t pid = fork();
	if (pid == 0)
		child(p, args, orders);
	if (pid < 0)
		return;
	await(pid, out);
	read_end(p->output, out->text, sizeof out->text);
	read_report(p->report, &out->report);
	if (orders && orders->kind == INJECT_POWER && out->code == INJECT_POWER_EXIT &&
	    (!remove_tree(p->root) || rename(p->image, p->root) != 0))
		out->code = -1;
}
