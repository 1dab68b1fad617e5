/* SPDX-License-Identifier: MIT
 *
 * log.c - one write(2) per line, under a lock; rotation by rename.
 */
#include "core/base/log.h"

#include <fcntl.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "core/base/text.h"

#define LOG_ROTATE_BYTES (16 * 1024 * 1024)
#define LOG_TEXT_MAX 1024

struct log {
	pthread_mutex_t lock;
	enum log_level min;
	char *path; /* NULL: stderr */
	int fd;
	off_t size;
};

static bool open_file(struct log *l) {
	struct stat st;
	int fd = open(l->path, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
	if (fd < 0)
		return false;
	if (l->fd >= 0)
		close(l->fd);
	l->fd = fd;
	l->size = fstat(fd, &st) == 0 ? st.st_size : 0;
	return true;
}

struct log *log_open(const char *path, enum log_level min, struct err *e) {
	struct log *l = calloc(1, sizeof *l);
	if (!l) {
		err_nomem(e);
		return NULL;
	}
	pthread_mutex_init(&l->lock, NULL);
	l->min = min;
	l->fd = path ? -1 : STDERR_FILENO;
	if (!path)
		return l;
	l->path = strdup(path);
	if (!l->path) {
		err_nomem(e);
	} else if (!open_file(l)) {
		err_errno(e, ERR_LOCAL_DISK, "Cannot write the log file %s", path);
	} else {
		return l;
	}
	log_close(l);
	return NULL;
}

void log_close(struct log *l) {
	if (!l)
		return;
	if (l->path && l->fd >= 0)
		close(l->fd);
	pthread_mutex_destroy(&l->lock);
	free(l->path);
	free(l);
}

/* When the rename fails the log goes on in the same file: a long log is better than none. */
static void rotate(struct log *l) {
	size_t n = strlen(l->path) + 3;
	char *old = malloc(n);
	if (!old)
		return;
	snprintf(old, n, "%s.1", l->path);
	if (rename(l->path, old) == 0)
		open_file(l);
	l->size = 0;
	free(old);
}

static size_t format_head(char *dst, size_t size, enum log_level level, const char *who) {
	static const char *const names[] = { "DEBUG", "INFO ", "WARN ", "ERROR" };
	char label[128];
	struct timespec now;
	struct tm tm;
	clock_gettime(CLOCK_REALTIME, &now);
	gmtime_r(&now.tv_sec, &tm);
	text_sanitise(label, sizeof label, who ? who : "-", strlen(who ? who : "-"));
	size_t n = strftime(dst, size, "%Y-%m-%dT%H:%M:%S", &tm);
	return n + (size_t)snprintf(dst + n, size - n, ".%03ldZ %s %s: ", now.tv_nsec / 1000000, names[level], label);
}

void log_line(struct log *l, enum log_level level, const char *who, const char *fmt, ...) {
	if (!l || level < l->min)
		return;
	char raw[LOG_TEXT_MAX], line[LOG_TEXT_MAX + 256];
	va_list ap;
	va_start(ap, fmt);
	vsnprintf(raw, sizeof raw, fmt, ap);
	va_end(ap);
	size_t n = format_head(line, sizeof line, level, who);
	n += text_sanitise(line + n, sizeof line - n - 1, raw, strlen(raw));
	line[n++] = '\n';
	pthread_mutex_lock(&l->lock);
	if (l->path && l->size >= LOG_ROTATE_BYTES)
		rotate(l);
	ssize_t wrote = write(l->fd, line, n);
	if (wrote > 0)
		l->size += wrote;
	pthread_mutex_unlock(&l->lock);
}
