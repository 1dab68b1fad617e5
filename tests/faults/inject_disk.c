/* SPDX-License-Identifier: MIT
 *
 * inject_disk.c - everything that changes a file below the root, or syncs it: refused, or noted for the power cut.
 *
 * A file is known by what /proc/self/fd says of its descriptor, so that no call that opens one can be missed.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <unistd.h>

#include "tests/faults/inject_priv.h"

static bool below_root(const char *path) {
	const char *root = inject_orders()->root;
	size_t n = strlen(root);
	return strncmp(path, root, n) == 0 && (path[n] == '/' || path[n] == '\0');
}

/* Path of an open file below the root; false for all others. */
static bool file_of(int fd, char path[INJECT_PATH_MAX]) {
	char link[32];
	snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
	ssize_t n = readlink(link, path, INJECT_PATH_MAX - 1);
	if (n <= 0)
		return false;
	path[n] = '\0';
	return below_root(path);
}

/* Path of a name as a call gives it. */
static bool name_of(int dir, const char *name, char path[INJECT_PATH_MAX]) {
	char base[INJECT_PATH_MAX] = "";
	int n;
	if (name[0] == '/')
		n = snprintf(path, INJECT_PATH_MAX, "%s", name);
	else if (dir == AT_FDCWD || !file_of(dir, base))
		return false;
	else
		n = snprintf(path, INJECT_PATH_MAX, "%s/%s", base, name);
	return n > 0 && n < INJECT_PATH_MAX && below_root(path);
}

static const char *short_name(const char *path) {
	const char *slash = strrchr(path, '/');
	return slash ? slash + 1 : path;
}

static bool wanted(void) { return inject_active(INJECT_DISK) || inject_active(INJECT_POWER); }

/* Before a call: true when it is to fail, with errno set. Under power the model is locked until done(). */
static bool before(const char *what, const char *path, bool sync) {
	if (inject_active(INJECT_POWER)) {
		power_lock();
		power_step(what, short_name(path));
		return false;
	}
	if (!inject_step())
		return false;
	inject_site(what, short_name(path));
	errno = sync || (inject_orders()->mode & INJECT_EIO) ? EIO : ENOSPC;
	return true;
}

static void done(void) {
	if (inject_active(INJECT_POWER))
		power_unlock();
}

/* ---- contents ---- */

typedef ssize_t write_fn(int, const void *, size_t);
typedef ssize_t pwrite_fn(int, const void *, size_t, off_t);

ssize_t write(int fd, const void *data, size_t n) {
	char path[INJECT_PATH_MAX];
	write_fn *next = NEXT(write_fn *, "write");
	struct stat st;
	if (!wanted())
		return next(fd, data, n);
	if (!file_of(fd, path)) {
		bool socket = inject_active(INJECT_POWER) && fstat(fd, &st) == 0 && S_ISSOCK(st.st_mode);
		if (!socket)
			return next(fd, data, n);
		before("write", "socket", false);
	} else if (before("write", path, false)) {
		return -1;
	}
	off_t at = fcntl(fd, F_GETFL) & O_APPEND ? lseek(fd, 0, SEEK_END) : lseek(fd, 0, SEEK_CUR);
	ssize_t wrote = next(fd, data, n);
	if (wrote > 0 && at >= 0 && inject_active(INJECT_POWER))
		power_wrote(fd, data, (size_t)wrote, at);
	done();
	return wrote;
}

static ssize_t positioned(const char *name, int fd, const void *data, size_t n, off_t at) {
	char path[INJECT_PATH_MAX];
	pwrite_fn *next = NEXT(pwrite_fn *, name);
	if (!wanted() || !file_of(fd, path))
		return next(fd, data, n, at);
	if (before(name, path, false))
		return -1;
	ssize_t wrote = next(fd, data, n, at);
	if (wrote > 0 && inject_active(INJECT_POWER))
		power_wrote(fd, data, (size_t)wrote, at);
	done();
	return wrote;
}
ssize_t pwrite(int fd, const void *data, size_t n, off_t at) { return positioned("pwrite", fd, data, n, at); }
ssize_t pwrite64(int fd, const void *data, size_t n, off_t at) { return positioned("pwrite64", fd, data, n, at); }

static int truncated(const char *name, int fd, off_t size) {
	typedef int truncate_fn(int, off_t);
	char path[INJECT_PATH_MAX];
	truncate_fn *next = NEXT(truncate_fn *, name);
	if (!wanted() || !file_of(fd, path))
		return next(fd, size);
	if (before(name, path, false))
		return -1;
	int rc = next(fd, size);
	if (rc == 0 && inject_active(INJECT_POWER))
		power_truncated(fd, size);
	done();
	return rc;
}
int ftruncate(int fd, off_t size) { return truncated("ftruncate", fd, size); }
int ftruncate64(int fd, off_t size) { return truncated("ftruncate64", fd, size); }

static int synced(const char *name, int fd) {
	typedef int sync_fn(int);
	char path[INJECT_PATH_MAX];
	sync_fn *next = NEXT(sync_fn *, name);
	if (!wanted() || !file_of(fd, path))
		return next(fd);
	if (before(name, path, true))
		return -1;
	int rc = next(fd);
	inject_count_sync();
	if (rc == 0 && inject_active(INJECT_POWER))
		power_synced(fd);
	done();
	return rc;
}
int fsync(int fd) { return synced("fsync", fd); }
int fdatasync(int fd) { return synced("fdatasync", fd); }

/* ---- names ---- */

static int opened(const char *name, int dir, const char *file, int flags, mode_t mode) {
	typedef int open_fn(const char *, int, ...);
	typedef int openat_fn(int, const char *, int, ...);
	char path[INJECT_PATH_MAX];
	struct stat st;
	bool at = strncmp(name, "openat", 6) == 0;
	bool makes = (flags & O_CREAT) || (flags & O_TMPFILE) == O_TMPFILE;
	bool counts = makes && wanted() && name_of(dir, file, path);
	bool there = counts && !(flags & O_DIRECTORY) && lstat(path, &st) == 0;
	counts = counts && !there;
	if (counts && before(name, path, false))
		return -1;
	int fd = at ? NEXT(openat_fn *, name)(dir, file, flags, mode) : NEXT(open_fn *, name)(file, flags, mode);
	if (counts && fd >= 0 && (flags & O_CREAT) && inject_active(INJECT_POWER) && fstat(fd, &st) == 0)
		power_entry(path, st.st_ino, false, NULL);
	if (counts)
		done();
	return fd;
}

static mode_t mode_of(int flags, va_list ap) {
	return (flags & O_CREAT) || (flags & O_TMPFILE) == O_TMPFILE ? va_arg(ap, mode_t) : 0;
}
#define OPEN(name, head, dir) \
	int name head { \
		va_list ap; \
		va_start(ap, flags); \
		mode_t mode = mode_of(flags, ap); \
		va_end(ap); \
		return opened(#name, dir, file, flags, mode); \
	}
OPEN(open, (const char *file, int flags, ...), AT_FDCWD)
OPEN(open64, (const char *file, int flags, ...), AT_FDCWD)
OPEN(openat, (int dir, const char *file, int flags, ...), dir)
OPEN(openat64, (int dir, const char *file, int flags, ...), dir)

/* stdio writes past these functions: a file that is written through it is given a stream that does not. */
static ssize_t cookie_write(void *cookie, const char *data, size_t n) {
	ssize_t wrote = write((int)(intptr_t)cookie, data, n);
	return wrote < 0 ? 0 : wrote;
}

static int cookie_close(void *cookie) { return close((int)(intptr_t)cookie); }

static FILE *opened_stream(const char *name, const char *file, const char *mode) {
	typedef FILE *fopen_fn(const char *, const char *);
	char path[INJECT_PATH_MAX];
	if (!wanted() || mode[0] != 'w' || strchr(mode, '+') || !name_of(AT_FDCWD, file, path))
		return NEXT(fopen_fn *, name)(file, mode);
	int fd = open(file, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666);
	if (fd < 0)
		return NULL;
	FILE *f = fopencookie((void *)(intptr_t)fd, "w",
			      (cookie_io_functions_t){ .write = cookie_write, .close = cookie_close });
	if (!f)
		close(fd);
	return f;
}
FILE *fopen(const char *restrict file, const char *restrict mode) { return opened_stream("fopen", file, mode); }
FILE *fopen64(const char *restrict file, const char *restrict mode) { return opened_stream("fopen64", file, mode); }

static int renamed(const char *name, int from_dir, const char *from, int to_dir, const char *to) {
	typedef int rename_fn(const char *, const char *);
	typedef int renameat_fn(int, const char *, int, const char *);
	char path[INJECT_PATH_MAX], old[INJECT_PATH_MAX];
	struct stat st;
	bool counts = wanted() && name_of(to_dir, to, path) && name_of(from_dir, from, old);
	if (counts && before(name, path, false))
		return -1;
	int rc = strcmp(name, "rename") == 0 ? NEXT(rename_fn *, name)(from, to)
					     : NEXT(renameat_fn *, name)(from_dir, from, to_dir, to);
	if (counts && rc == 0 && inject_active(INJECT_POWER) && lstat(path, &st) == 0)
		power_entry(path, st.st_ino, S_ISDIR(st.st_mode), old);
	if (counts)
		done();
	return rc;
}
int rename(const char *from, const char *to) { return renamed("rename", AT_FDCWD, from, AT_FDCWD, to); }
int renameat(int a, const char *from, int b, const char *to) { return renamed("renameat", a, from, b, to); }

static int linked(const char *name, int from_dir, const char *from, int to_dir, const char *to, int flags) {
	typedef int link_fn(const char *, const char *);
	typedef int linkat_fn(int, const char *, int, const char *, int);
	char path[INJECT_PATH_MAX];
	struct stat st;
	bool counts = wanted() && name_of(to_dir, to, path);
	if (counts && before(name, path, false))
		return -1;
	int rc = strcmp(name, "link") == 0 ? NEXT(link_fn *, name)(from, to)
					   : NEXT(linkat_fn *, name)(from_dir, from, to_dir, to, flags);
	if (counts && rc == 0 && inject_active(INJECT_POWER) && lstat(path, &st) == 0)
		power_entry(path, st.st_ino, false, NULL);
	if (counts)
		done();
	return rc;
}
int link(const char *from, const char *to) { return linked("link", AT_FDCWD, from, AT_FDCWD, to, 0); }
int linkat(int a, const char *from, int b, const char *to, int flags) {
	return linked("linkat", a, from, b, to, flags);
}

static int unlinked(const char *name, int dir, const char *file, int flags) {
	typedef int unlink_fn(const char *);
	typedef int unlinkat_fn(int, const char *, int);
	char path[INJECT_PATH_MAX];
	bool counts = wanted() && name_of(dir, file, path);
	/* A full disk does not keep anybody from deleting. */
	if (counts && (inject_active(INJECT_POWER) || (inject_orders()->mode & INJECT_EIO)) &&
	    before(name, path, true))
		return -1;
	int rc = strcmp(name, "unlink") == 0 ? NEXT(unlink_fn *, name)(file)
					     : NEXT(unlinkat_fn *, name)(dir, file, flags);
	if (counts && rc == 0 && inject_active(INJECT_POWER))
		power_entry(path, 0, false, NULL);
	if (counts)
		done();
	return rc;
}
int unlink(const char *file) { return unlinked("unlink", AT_FDCWD, file, 0); }
int unlinkat(int dir, const char *file, int flags) { return unlinked("unlinkat", dir, file, flags); }

static int made(const char *name, int dir, const char *file, mode_t mode) {
	typedef int mkdir_fn(const char *, mode_t);
	typedef int mkdirat_fn(int, const char *, mode_t);
	char path[INJECT_PATH_MAX];
	struct stat st;
	bool counts = wanted() && name_of(dir, file, path) && lstat(path, &st) != 0;
	if (counts && before(name, path, false))
		return -1;
	int rc = strcmp(name, "mkdir") == 0 ? NEXT(mkdir_fn *, name)(file, mode)
					    : NEXT(mkdirat_fn *, name)(dir, file, mode);
	if (counts && rc == 0 && inject_active(INJECT_POWER) && lstat(path, &st) == 0)
		power_entry(path, st.st_ino, true, NULL);
	if (counts)
		done();
	return rc;
}
int mkdir(const char *file, mode_t mode) { return made("mkdir", AT_FDCWD, file, mode); }
int mkdirat(int dir, const char *file, mode_t mode) { return made("mkdirat", dir, file, mode); }

/* ---- sockets: under power a step each, because what has left this machine stays sent ---- */

ssize_t send(int fd, const void *data, size_t n, int flags) {
	typedef ssize_t send_fn(int, const void *, size_t, int);
	bool counts = inject_active(INJECT_POWER);
	if (counts)
		before("send", "socket", false);
	ssize_t sent = NEXT(send_fn *, "send")(fd, data, n, flags);
	if (counts)
		done();
	return sent;
}

ssize_t sendmsg(int fd, const struct msghdr *message, int flags) {
	typedef ssize_t sendmsg_fn(int, const struct msghdr *, int);
	bool counts = inject_active(INJECT_POWER);
	if (counts)
		before("sendmsg", "socket", false);
	ssize_t sent = NEXT(sendmsg_fn *, "sendmsg")(fd, message, flags);
	if (counts)
		done();
	return sent;
}

ssize_t writev(int fd, const struct iovec *iov, int count) {
	typedef ssize_t writev_fn(int, const struct iovec *, int);
	char path[INJECT_PATH_MAX];
	if (!wanted())
		return NEXT(writev_fn *, "writev")(fd, iov, count);
	if (file_of(fd, path)) {
		/* As single writes, which the model knows. */
		ssize_t sum = 0;
		for (int i = 0; i < count; i++) {
			ssize_t n = write(fd, iov[i].iov_base, iov[i].iov_len);
			if (n < 0)
				return sum ? sum : -1;
			sum += n;
			if ((size_t)n < iov[i].iov_len)
				break;
		}
		return sum;
	}
	bool counts = inject_active(INJECT_POWER);
	if (counts)
		before("writev", "socket", false);
	ssize_t sent = NEXT(writev_fn *, "writev")(fd, iov, count);
	if (counts)
		done();
	return sent;
}
