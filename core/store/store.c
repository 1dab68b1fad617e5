/* SPDX-License-Identifier: MIT
 *
 * store.c - opening and closing a project.
 */
#include "core/store/store_int.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <limits.h>
#include <unistd.h>

#include "core/store/ledger_int.h"
#include "core/store/project_dir.h"
#include "core/store/schema.h"

/* A key is only made while there is nothing that an older key has sealed. */
static bool open_vault(struct store *s, struct db *db, struct err *e) {
	int64_t sealed;
	return db_int(db, db_query(db, e, "SELECT EXISTS(SELECT 1 FROM secret)"), 0, &sealed, e) &&
	       vault_open(&s->vault, s->dir, !sealed, e);
}

/* On a disk that takes nothing the thread is there all the same: whoever has it write is told why it cannot. */
static bool open_writer(struct store *s, enum store_mode mode, struct err *e) {
	struct db db = { 0 };
	if (!db_open(&db, s->dir, mode == STORE_LOOK && db_disk_is_read_only(s->dir) ? DB_READ : DB_WRITE, e))
		return false;
	if (!schema_migrate(&db, e) || !open_vault(s, &db, e) || !digest_key_open(&db, &s->digest_key, e)) {
		db_close(&db);
		return false;
	}
	s->writer = writer_start(s, &db, e);
	return s->writer != NULL;
}

static bool open_all(struct store *s, const char *dir, enum store_mode mode, struct err *e) {
	bool created;
	s->dir = strdup(dir);
	if (!s->dir)
		return err_nomem(e);
	size_t n = strlen(s->dir);
	while (n > 1 && s->dir[n - 1] == '/')
		s->dir[--n] = '\0';
	if (!project_dir_prepare(s->dir, mode, &created, e))
		return false;
	int lock = project_dir_lock(s->dir, e);
	if (lock < 0)
		return false;
	bool ok = open_writer(s, mode, e) && (s->readers = readers_new(s->dir, e)) &&
		  db_open(&s->watch, s->dir, DB_READ, e);
	close(lock);
	return ok;
}

struct store *store_open(const char *dir, enum store_mode mode, struct log *log, struct err *e) {
	struct store *s = calloc(1, sizeof *s);
	/* SQLite adds up the memory of all connections under one lock, at each malloc, and nobody asks for the sum.
	 * Before the first connection of the process; later it is refused and changes nothing. */
	sqlite3_config(SQLITE_CONFIG_MEMSTATUS, 0);
	if (!s || pthread_mutex_init(&s->watch_lock, NULL) != 0 || pthread_mutex_init(&s->workers_lock, NULL) != 0) {
		free(s);
		err_nomem(e);
		return NULL;
	}
	s->log = log;
	s->lease_ms = LEASE_MS;
	if (open_all(s, dir, mode, e))
		return s;
	store_close(s);
	return NULL;
}

void store_close(struct store *s) {
	if (!s)
		return;
	struct err e;
	int lock = s->dir ? project_dir_lock(s->dir, &e) : -1;
	db_close(&s->watch);
	readers_free(s->readers);
	writer_stop(s->writer);
	if (lock >= 0)
		close(lock);
	ordinals_free_all(s);
	vault_close(&s->vault);
	pthread_mutex_destroy(&s->watch_lock);
	pthread_mutex_destroy(&s->workers_lock);
	free(s->dir);
	free(s);
}

const struct digest_key *store_digest_key(const struct store *s) { return &s->digest_key; }

void store_read_only(struct store *s) { s->read_only = true; }
bool store_is_read_only(const struct store *s) { return s->read_only; }

const char *store_dir(const struct store *s) {
	return s->dir;
}

uint64_t store_version(struct store *s) {
	struct err ignored;
	int64_t v = 0;
	pthread_mutex_lock(&s->watch_lock);
	db_int(&s->watch, db_query(&s->watch, &ignored, "PRAGMA data_version"), 0, &v, &ignored);
	pthread_mutex_unlock(&s->watch_lock);
	return (uint64_t)v;
}

bool store_flush(struct store *s, struct err *e) {
	writer_drain(s->writer);
	return write_check(s->writer, 0, e);
}

bool store_has_worker(struct store *s, int64_t worker) {
	pthread_mutex_lock(&s->workers_lock);
	bool found = worker == 0 && s->worker_count > 0;
	for (unsigned i = 0; i < s->worker_count; i++)
		found = found || s->workers[i] == worker;
	pthread_mutex_unlock(&s->workers_lock);
	return found;
}

int store_spool(struct store *s, struct err *e) {
	char path[PATH_MAX];
	int fd = open(s->dir, O_TMPFILE | O_RDWR | O_CLOEXEC, 0600);
	if (fd < 0 && (errno == EOPNOTSUPP || errno == EISDIR || errno == ENOENT)) {
		/* overlayfs before Linux 6.3 and some FUSE file systems have no O_TMPFILE */
		snprintf(path, sizeof path, "%s/spool.XXXXXX", s->dir);
		fd = mkostemp(path, O_CLOEXEC);
		if (fd >= 0)
			unlink(path);
	}
	if (fd < 0)
		err_errno(e, ERR_LOCAL_DISK, "Cannot make a temporary file in %s", s->dir);
	return fd;
}
