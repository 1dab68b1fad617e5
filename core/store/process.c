/* SPDX-License-Identifier: MIT
 *
 * process.c - see process.h.
 */
#include "core/store/process.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#define SILENT_MS (5 * 60 * 1000)

/* glibc before 2.36 has no wrappers. */
static int open_pidfd(int pid) {
	return (int)syscall(SYS_pidfd_open, pid, 0);
}

static bool send_kill(int pidfd) {
	return syscall(SYS_pidfd_send_signal, pidfd, SIGKILL, NULL, 0) == 0 || errno == ESRCH;
}

/* Without stdio, which would need memory: without memory a worker that is there must not look dead. */
static bool read_line(const char *path, char *dst, size_t size) {
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return false;
	ssize_t n = read(fd, dst, size - 1);
	close(fd);
	if (n <= 0)
		return false;
	dst[n] = '\0';
	dst[strcspn(dst, "\n")] = '\0';
	return true;
}

/* proc(5): state is field 3, num_threads 20, starttime 22; the name (field 2) may hold blanks and
 * brackets, so fields count from its last bracket. A zombie whose threads are all gone is dead. */
static bool start_of(int pid, uint64_t *start) {
	char path[64], line[1024];
	char state;
	long threads;
	unsigned long long ticks;
	snprintf(path, sizeof path, "/proc/%d/stat", pid);
	if (!read_line(path, line, sizeof line))
		return false;
	const char *p = strrchr(line, ')');
	if (!p || sscanf(p + 1, " %c %*s %*s %*s %*s %*s %*s %*s %*s %*s %*s %*s %*s %*s %*s %*s %*s %ld %*s %llu",
			 &state, &threads, &ticks) != 3)
		return false;
	*start = ticks;
	return !((state == 'Z' || state == 'X') && threads <= 1);
}

bool process_self(struct process *p, struct err *e) {
	struct stat st;
	*p = (struct process){ .pid = (int)getpid() };
	if (!read_line("/proc/sys/kernel/random/boot_id", p->boot, sizeof p->boot) ||
	    stat("/proc/self/ns/pid", &st) != 0 || !start_of(p->pid, &p->start))
		return err_set(e, ERR_LOCAL_DISK, "/proc does not show this process; a worker needs it mounted");
	p->pid_ns = (uint64_t)st.st_ino;
	return true;
}

/* False: it cannot be told. No descriptors or no memory to look with are no sign of death, and none of life. */
static bool look(const struct process *p, bool *there) {
	uint64_t start;
	errno = 0;
	*there = start_of(p->pid, &start) && start == p->start;
	return *there || errno == 0 || errno == ENOENT || errno == ESRCH;
}

enum process_sight process_look(const struct process *p, const struct process *self) {
	bool there;
	if (strcmp(p->boot, self->boot) != 0 || p->pid_ns != self->pid_ns)
		return PROCESS_ELSEWHERE;
	return !look(p, &there) || there ? PROCESS_THERE : PROCESS_GONE;
}

bool process_lost(const struct process *p, const struct process *self, wall_ms_t beat) {
	enum process_sight sight = process_look(p, self);
	return sight == PROCESS_GONE || (sight == PROCESS_ELSEWHERE && beat + SILENT_MS < wall_ms());
}

bool process_end(const struct process *p, const struct process *self, int timeout_ms) {
	if (p->pid == self->pid || process_look(p, self) == PROCESS_ELSEWHERE)
		return false;
	int fd = open_pidfd(p->pid);
	if (fd < 0)
		return process_look(p, self) == PROCESS_GONE;
	/* Only now is it certain whom the descriptor means. */
	bool there, known = look(p, &there), gone = known && !there;
	if (known && there && send_kill(fd)) {
		mono_ms_t end = mono_ms() + timeout_ms;
		struct pollfd pfd = { .fd = fd, .events = POLLIN };
		for (mono_ms_t left = timeout_ms; left > 0 && !(pfd.revents & POLLIN); left = end - mono_ms())
			if (poll(&pfd, 1, (int)left) < 0 && errno != EINTR)
				break;
		gone = (pfd.revents & POLLIN) || process_look(p, self) == PROCESS_GONE;
	}
	close(fd);
	return gone;
}
