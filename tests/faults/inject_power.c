/* SPDX-License-Identifier: MIT
 *
 * inject_power.c - what a disk holds when the power goes: of every file what was synced, of every directory the names
 * that were synced, and of the rest nothing, or what chance has left.
 *
 * Nothing is assumed that POSIX does not promise: a new file's name is there after fsync() of its directory, not of the
 * file. Shared memory of SQLite (-shm) is not kept: it is written through a mapping and never trusted after a crash.
 */
#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "tests/faults/inject_priv.h"

#define SECTOR 512

struct op { /* a write or truncation since the last sync */
	struct op *next;
	off_t at; /* truncation: the new size */
	size_t n;
	unsigned char *data; /* NULL: truncation */
};

struct file {
	struct file *next;
	ino_t ino;
	unsigned char *synced;
	size_t size;
	struct op *ops, **tail;
};

struct name {
	struct name *next;
	char *path;
	ino_t ino; /* 0 in a change: the name is gone */
	bool dir;
	char *from; /* in a change: the old name of a renamed file */
};

static struct {
	pthread_mutex_t lock;
	struct file *files;
	struct name *names;		 /* that are certain */
	struct name *changes, **changed; /* since the last sync of their directory, in order */
	uint64_t random;
} disk = { .lock = PTHREAD_MUTEX_INITIALIZER };

static void *block(size_t n) {
	void *p = calloc(1, n ? n : 1);
	if (!p)
		inject_die("inject: the model of the disk has no memory\n");
	return p;
}

static uint64_t chance(uint64_t of) { /* splitmix64 */
	uint64_t z = (disk.random += 0x9e3779b97f4a7c15u);
	z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
	z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
	return (z ^ (z >> 31)) % of;
}

static struct file *file_of_ino(ino_t ino) {
	for (struct file *f = disk.files; f; f = f->next)
		if (f->ino == ino)
			return f;
	struct file *f = block(sizeof *f);
	f->ino = ino;
	f->tail = &f->ops;
	f->next = disk.files;
	disk.files = f;
	return f;
}

static void forget_ops(struct file *f) {
	for (struct op *o = f->ops, *next; o; o = next) {
		next = o->next;
		free(o->data);
		free(o);
	}
	f->ops = NULL;
	f->tail = &f->ops;
}

/* What the file holds now is what the disk holds. */
static void take_content(struct file *f, const char *path) {
	struct stat st;
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0 || fstat(fd, &st) != 0)
		inject_die("inject: a file cannot be read\n");
	free(f->synced);
	f->size = (size_t)st.st_size;
	f->synced = block(f->size);
	if (pread(fd, f->synced, f->size, 0) != (ssize_t)f->size)
		inject_die("inject: a file cannot be read completely\n");
	close(fd);
	forget_ops(f);
}

static void drop_name(struct name **list, const char *path) {
	for (struct name **at = list; *at; at = &(*at)->next)
		if (strcmp((*at)->path, path) == 0) {
			struct name *gone = *at;
			*at = gone->next;
			free(gone->path);
			free(gone->from);
			free(gone);
			return;
		}
}

static struct name *new_name(const char *path, ino_t ino, bool dir, const char *from) {
	struct name *n = block(sizeof *n);
	n->path = strdup(path);
	n->from = from ? strdup(from) : NULL;
	n->ino = ino;
	n->dir = dir;
	return n;
}

static void apply_change(struct name **list, const struct name *c) {
	if (c->from)
		drop_name(list, c->from);
	drop_name(list, c->path);
	if (c->ino) {
		struct name *n = new_name(c->path, c->ino, c->dir, NULL);
		n->next = *list;
		*list = n;
	}
}

static int take_entry(const char *path, const struct stat *st, int kind, struct FTW *at) {
	if (at->level == 0)
		return 0;
	struct name *n = new_name(path, st->st_ino, kind == FTW_D || kind == FTW_DP, NULL);
	n->next = disk.names;
	disk.names = n;
	if (!n->dir)
		take_content(file_of_ino(st->st_ino), path);
	return 0;
}

void power_begin(void) {
	const struct inject_orders *o = inject_orders();
	disk.changed = &disk.changes;
	disk.random = o->seed * 0x2545f4914f6cdd1du + o->at;
	if (nftw(o->root, take_entry, 16, FTW_PHYS) != 0)
		inject_die("inject: the root cannot be read\n");
}

void power_lock(void) { pthread_mutex_lock(&disk.lock); }
void power_unlock(void) { pthread_mutex_unlock(&disk.lock); }

void power_step(const char *what, const char *about) {
	if (inject_step()) {
		inject_site(what, about);
		power_cut();
	}
}

static struct file *open_file(int fd) {
	struct stat st;
	return fstat(fd, &st) == 0 && S_ISREG(st.st_mode) && st.st_nlink ? file_of_ino(st.st_ino) : NULL;
}

static void add_op(int fd, const void *data, size_t n, off_t at) {
	struct file *f = open_file(fd);
	if (!f)
		return;
	struct op *o = block(sizeof *o);
	o->at = at;
	o->n = n;
	if (data) {
		o->data = block(n);
		memcpy(o->data, data, n);
	}
	*f->tail = o;
	f->tail = &o->next;
}

void power_wrote(int fd, const void *data, size_t n, off_t at) { add_op(fd, data, n, at); }
void power_truncated(int fd, off_t size) { add_op(fd, NULL, 0, size); }

static bool directly_in(const char *path, const char *dir) {
	size_t n = strlen(dir);
	return strncmp(path, dir, n) == 0 && path[n] == '/' && !strchr(path + n + 1, '/');
}

static void sync_directory(const char *path) {
	for (struct name **at = &disk.changes; *at;) {
		struct name *c = *at;
		if (!directly_in(c->path, path)) {
			at = &c->next;
			continue;
		}
		apply_change(&disk.names, c);
		*at = c->next;
		free(c->path);
		free(c->from);
		free(c);
	}
	disk.changed = &disk.changes;
	while (*disk.changed)
		disk.changed = &(*disk.changed)->next;
}

void power_synced(int fd) {
	char link[32], path[INJECT_PATH_MAX];
	struct stat st;
	if (inject_orders()->mode == POWER_LIE && inject_syncs() > inject_orders()->seed)
		return;
	snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
	ssize_t n = readlink(link, path, sizeof path - 1);
	if (n <= 0 || fstat(fd, &st) != 0)
		return;
	path[n] = '\0';
	if (S_ISDIR(st.st_mode))
		sync_directory(path);
	else if (S_ISREG(st.st_mode) && st.st_nlink)
		take_content(file_of_ino(st.st_ino), link);
}

void power_entry(const char *path, ino_t ino, bool dir, const char *from) {
	struct name *c = new_name(path, ino, dir, from);
	*disk.changed = c;
	disk.changed = &c->next;
}

/* ---- what is left ---- */

struct content {
	unsigned char *data;
	size_t size, cap;
};

static void resize(struct content *c, size_t size) {
	if (size > c->cap) {
		unsigned char *grown = block(size * 2);
		memcpy(grown, c->data, c->size);
		free(c->data);
		c->data = grown;
		c->cap = size * 2;
	}
	if (size > c->size)
		memset(c->data + c->size, 0, size - c->size);
	c->size = size;
}

static void put(struct content *c, const struct op *o, size_t from, size_t n) {
	size_t at = (size_t)o->at + from;
	if (c->size < at + n)
		resize(c, at + n);
	memcpy(c->data + at, o->data + from, n);
}

static void put_some(struct content *c, const struct op *o) {
	for (size_t from = 0; from < o->n;) {
		size_t n = SECTOR - ((size_t)o->at + from) % SECTOR;
		if (n > o->n - from)
			n = o->n - from;
		if (chance(2))
			put(c, o, from, n);
		from += n;
	}
}

static struct content left_of(const struct file *f) {
	enum { NOTHING, ALL, SOME };
	int what = NOTHING;
	struct content c = { block(f->size), f->size, f->size };
	memcpy(c.data, f->synced ? f->synced : (const unsigned char *)"", f->size);
	if (inject_orders()->mode == POWER_RANDOM)
		what = (int)chance(3);
	if (inject_orders()->mode == POWER_ALL)
		what = ALL;
	for (const struct op *o = what == NOTHING ? NULL : f->ops; o; o = o->next) {
		if (what == SOME && !o->data && chance(2))
			continue;
		if (!o->data)
			resize(&c, (size_t)o->at);
		else if (what == ALL)
			put(&c, o, 0, o->n);
		else
			put_some(&c, o);
	}
	return c;
}

static bool ends_in(const char *s, const char *end) {
	size_t n = strlen(s), m = strlen(end);
	return n >= m && strcmp(s + n - m, end) == 0;
}

/* A file below a directory that is not there cannot be written, which is just what became of it. */
static void write_entry(const struct name *n) {
	const struct inject_orders *o = inject_orders();
	char path[INJECT_PATH_MAX];
	int len = snprintf(path, sizeof path, "%s%s", o->image, n->path + strlen(o->root));
	if (len < 0 || (size_t)len >= sizeof path || ends_in(path, "-shm"))
		return;
	if (n->dir) {
		mkdir(path, 0700);
		return;
	}
	int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
	if (fd < 0)
		return;
	struct content c = left_of(file_of_ino(n->ino));
	if (pwrite(fd, c.data, c.size, 0) != (ssize_t)c.size)
		inject_die("inject: the image cannot be written\n");
	free(c.data);
	close(fd);
}

static size_t changes_left(void) {
	size_t n = 0;
	for (const struct name *c = disk.changes; c; c = c->next)
		n++;
	switch (inject_orders()->mode) {
	case POWER_ALL:
		return n;
	case POWER_RANDOM:
		return (size_t)chance(n + 1);
	default:
		return 0;
	}
}

_Noreturn void power_cut(void) {
	size_t left = changes_left();
	for (const struct name *c = disk.changes; c && left; c = c->next, left--)
		apply_change(&disk.names, c);
	/* Directories first, the outer before the inner. */
	for (size_t depth = 0; depth < 64; depth++)
		for (const struct name *n = disk.names; n; n = n->next) {
			size_t slashes = 0;
			for (const char *p = n->path; *p; p++)
				slashes += *p == '/';
			if (n->dir && slashes == depth)
				write_entry(n);
		}
	for (const struct name *n = disk.names; n; n = n->next)
		if (!n->dir)
			write_entry(n);
	_exit(INJECT_POWER_EXIT);
}
