/* SPDX-License-Identifier: MIT
 *
 * dead_letters.c - writes and takes away the files of dead letters. dead_letters_list.c reads them.
 */
#include "core/store/dead_letters.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include "core/base/text.h"
#include "core/model/mailbox.h"
#include "core/store/dead_letters_int.h"
#include "core/store/store_int.h"

#define NEW ".new" /* a file that is not whole yet */

struct dead_letter {
	int dir, fd;
	char file[DEAD_LETTER_NAME_MAX]; /* without suffix */
};

void dead_letter_file(char dst[DEAD_LETTER_NAME_MAX], const struct dead_letter_id *id) {
	snprintf(dst, DEAD_LETTER_NAME_MAX, "%" PRId64 "-%" PRIu32 "-%" PRIu32, id->folder, id->uidvalidity, id->uid);
}

void dead_letter_name(char dst[DEAD_LETTER_NAME_MAX], const struct dead_letter_id *id) {
	char file[DEAD_LETTER_NAME_MAX];
	dead_letter_file(file, id);
	int n = snprintf(dst, DEAD_LETTER_NAME_MAX, DEAD_LETTERS_DIR "/%" PRId64 "/", id->mailbox);
	snprintf(dst + n, DEAD_LETTER_NAME_MAX - (size_t)n, "%.*s.eml", DEAD_LETTER_NAME_MAX - n - 5, file);
}

bool dead_letter_parse(const char *file, struct dead_letter_id *id) {
	char ours[DEAD_LETTER_NAME_MAX];
	struct dead_letter_id found = *id;
	if (sscanf(file, "%20" SCNd64 "-%10" SCNu32 "-%10" SCNu32, &found.folder, &found.uidvalidity, &found.uid) !=
		    3 ||
	    found.folder <= 0)
		return false;
	/* sscanf is generous about blanks and signs: only what we would call it ourselves. */
	dead_letter_file(ours, &found);
	size_t n = strlen(ours);
	if (strncmp(file, ours, n) != 0 || strcmp(file + n, ".eml") != 0)
		return false;
	*id = found;
	return true;
}

/* A directory of ours below another; never through a link that somebody has put there. */
static int open_below(int at, const char *name, bool make, struct err *e) {
	/* A letter that was synced goes with the power all the same when the name of its directory was not. */
	if (make && ((mkdirat(at, name, 0700) != 0 && errno != EEXIST) || fsync(at) != 0)) {
		err_errno(e, ERR_LOCAL_DISK, "Cannot make the directory %s for a message that was refused", name);
		return -1;
	}
	int fd = openat(at, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	if (fd < 0 && (make || errno != ENOENT))
		err_errno(e, ERR_LOCAL_DISK, "Cannot open the directory %s of refused messages", name);
	else if (fd < 0)
		err_clear(e);
	return fd;
}

int dead_letters_open(struct store *s, int64_t mailbox, bool make, struct err *e) {
	char name[32];
	int root = open(store_dir(s), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (root < 0) {
		err_errno(e, ERR_LOCAL_DISK, "Cannot open the project %s", store_dir(s));
		return -1;
	}
	int all = open_below(root, DEAD_LETTERS_DIR, make, e);
	close(root);
	if (all < 0 || mailbox == 0)
		return all;
	snprintf(name, sizeof name, "%" PRId64, mailbox);
	int dir = open_below(all, name, make, e);
	close(all);
	return dir;
}

static bool write_all(int fd, const char *p, size_t n, struct err *e) {
	while (n > 0) {
		ssize_t w = write(fd, p, n);
		if (w < 0 && errno == EINTR)
			continue;
		if (w < 0)
			return err_errno(e, ERR_LOCAL_DISK,
					 "Cannot keep a message that the target refused in the project directory");
		p += w;
		n -= (size_t)w;
	}
	return true;
}

static int create(int dir, const char *file, const char *suffix, struct err *e) {
	char name[DEAD_LETTER_NAME_MAX + 16];
	snprintf(name, sizeof name, "%s%s" NEW, file, suffix);
	unlinkat(dir, name, 0); /* of a run that was broken off */
	int fd = openat(dir, name, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
	if (fd < 0)
		err_errno(e, ERR_LOCAL_DISK, "Cannot keep a message that the target refused in the project directory");
	return fd;
}

static void discard(int dir, const char *file, const char *suffix) {
	char name[DEAD_LETTER_NAME_MAX + 16];
	snprintf(name, sizeof name, "%s%s" NEW, file, suffix);
	unlinkat(dir, name, 0);
}

/* Synced and renamed to what it is called. Closes fd. */
static bool finish(int dir, int fd, const char *file, const char *suffix, struct err *e) {
	char from[DEAD_LETTER_NAME_MAX + 16], to[DEAD_LETTER_NAME_MAX + 16];
	snprintf(from, sizeof from, "%s%s" NEW, file, suffix);
	snprintf(to, sizeof to, "%s%s", file, suffix);
	bool ok = fsync(fd) == 0;
	int why = errno;
	if (close(fd) != 0 && ok) {
		ok = false;
		why = errno;
	}
	if (ok && renameat(dir, from, dir, to) == 0)
		return true;
	if (ok)
		why = errno;
	unlinkat(dir, from, 0);
	errno = why;
	return err_errno(e, ERR_LOCAL_DISK, "Cannot keep a message that the target refused in the project directory");
}

bool dead_letter_fits(struct store *s, uint64_t size) {
	struct statvfs disk;
	/* A disk of which nothing is known says so when it is written to. */
	return statvfs(store_dir(s), &disk) != 0 || size <= (uint64_t)disk.f_bavail * disk.f_frsize / 4;
}

struct dead_letter *dead_letter_begin(struct store *s, const struct dead_letter_id *id, struct err *e) {
	struct dead_letter *d = calloc(1, sizeof *d);
	if (!d) {
		err_nomem(e);
		return NULL;
	}
	dead_letter_file(d->file, id);
	d->fd = -1;
	d->dir = dead_letters_open(s, id->mailbox, true, e);
	if (d->dir >= 0)
		d->fd = create(d->dir, d->file, ".eml", e);
	if (d->fd >= 0)
		return d;
	if (d->dir >= 0)
		close(d->dir);
	free(d);
	return NULL;
}

bool dead_letter_write(void *arg, const char *p, size_t n, struct err *e) {
	struct dead_letter *d = arg;
	return write_all(d->fd, p, n, e);
}

void dead_letter_abandon(struct dead_letter *d) {
	if (!d)
		return;
	if (d->fd >= 0) {
		close(d->fd);
		discard(d->dir, d->file, ".eml");
	}
	close(d->dir);
	free(d);
}

static bool write_facts(int fd, const struct dead_letter_facts *facts, struct err *e) {
	struct buf text;
	buf_init(&text, 65536);
	for (size_t i = 0; dead_letter_fields[i].label; i++) {
		const char *value = (const char *)facts + dead_letter_fields[i].offset;
		char clean[4096];
		if (!*value)
			continue;
		text_sanitise(clean, sizeof clean, value, strlen(value));
		buf_printf(&text, "%s: %s\n", dead_letter_fields[i].label, clean);
	}
	bool ok = text.failed ? err_nomem(e) : write_all(fd, text.data ? text.data : "", text.len, e);
	buf_free(&text);
	return ok;
}

/* The .txt first: where there is an .eml, there is what explains it. */
static bool keep_facts(struct dead_letter *d, const struct dead_letter_facts *facts, struct err *e) {
	int fd = create(d->dir, d->file, ".txt", e);
	if (fd < 0)
		return false;
	if (write_facts(fd, facts, e))
		return finish(d->dir, fd, d->file, ".txt", e);
	close(fd);
	discard(d->dir, d->file, ".txt");
	return false;
}

bool dead_letter_keep(struct dead_letter *d, const struct dead_letter_facts *facts, struct err *e) {
	bool ok = keep_facts(d, facts, e);
	if (ok) {
		int fd = d->fd;
		d->fd = -1;
		ok = finish(d->dir, fd, d->file, ".eml", e) &&
		     (fsync(d->dir) == 0 ||
		      err_errno(e, ERR_LOCAL_DISK, "Cannot sync the directory of refused messages"));
	}
	dead_letter_abandon(d);
	return ok;
}

/* By the same UIDVALIDITY: else the UID is another message's. */
static bool is_at_target(struct store *s, const struct dead_letter_id *id, bool *there, struct err *e) {
	int64_t n = 0;
	struct db *db = store_read(s, e);
	bool ok = db && db_int(db,
			       db_query(db, e,
					"SELECT 1 FROM folder f CROSS JOIN msg g ON g.folder = f.id AND g.uid = ?1 "
					"WHERE f.id = ?2 AND f.mailbox = ?3 AND f.src_uidvalidity = ?4 "
					"AND g.state IN (?5, ?6, ?7, ?8)",
					INT(id->uid), INT(id->folder), INT(id->mailbox), INT(id->uidvalidity),
					INT(MSG_ACKED), INT(MSG_DONE), INT(MSG_ADOPTED), INT(MSG_MERGED)),
			       0, &n, e);
	store_read_end(s, db);
	*there = n != 0;
	return ok;
}

struct tidy {
	struct store *s;
	int dir;
	struct err *e;
	bool ok;
};

static bool tidy_one(void *arg, const struct dead_letter_id *id) {
	struct tidy *t = arg;
	char file[DEAD_LETTER_NAME_MAX], name[DEAD_LETTER_NAME_MAX + 16];
	bool there;
	t->ok = is_at_target(t->s, id, &there, t->e);
	if (!t->ok || !there)
		return t->ok;
	dead_letter_file(file, id);
	snprintf(name, sizeof name, "%s.eml", file);
	unlinkat(t->dir, name, 0);
	snprintf(name, sizeof name, "%s.txt", file);
	unlinkat(t->dir, name, 0);
	return true;
}

bool dead_letters_tidy(struct store *s, int64_t mailbox, struct err *e) {
	err_clear(e);
	int dir = dead_letters_open(s, mailbox, false, e);
	if (dir < 0)
		return e->cat == ERR_NONE;
	struct tidy t = { .s = s, .dir = dir, .e = e, .ok = true };
	bool ok = dead_letters_each(dir, mailbox, tidy_one, &t, e) && t.ok;
	close(dir);
	return ok;
}
