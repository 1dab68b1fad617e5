/* SPDX-License-Identifier: MIT
 *
 * readers.c - the pool.
 */
#include "core/store/readers.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>

struct readers {
	char *dir;
	pthread_mutex_t lock;
	pthread_cond_t back;
	struct db *idle[READERS_KEPT];
	unsigned idle_count, out;
};

struct readers *readers_new(const char *dir, struct err *e) {
	struct readers *r = calloc(1, sizeof *r);
	if (r)
		r->dir = strdup(dir);
	if (!r || !r->dir || pthread_mutex_init(&r->lock, NULL) != 0 || pthread_cond_init(&r->back, NULL) != 0) {
		free(r ? r->dir : NULL);
		free(r);
		err_nomem(e);
		return NULL;
	}
	return r;
}

static void discard(struct db *db) {
	if (db)
		db_close(db);
	free(db);
}

void readers_free(struct readers *r) {
	if (!r)
		return;
	for (unsigned i = 0; i < r->idle_count; i++)
		discard(r->idle[i]);
	pthread_mutex_destroy(&r->lock);
	pthread_cond_destroy(&r->back);
	free(r->dir);
	free(r);
}

static struct db *open_one(struct readers *r, struct err *e) {
	struct db *db = calloc(1, sizeof *db);
	if (!db) {
		err_nomem(e);
		return NULL;
	}
	if (!db_open(db, r->dir, DB_READ, e)) {
		free(db);
		return NULL;
	}
	return db;
}

static void left(struct readers *r) {
	pthread_mutex_lock(&r->lock);
	r->out--;
	pthread_cond_signal(&r->back);
	pthread_mutex_unlock(&r->lock);
}

struct db *reader_get(struct readers *r, struct err *e) {
	pthread_mutex_lock(&r->lock);
	while (r->out >= READERS_MAX)
		pthread_cond_wait(&r->back, &r->lock);
	r->out++;
	struct db *db = r->idle_count ? r->idle[--r->idle_count] : NULL;
	pthread_mutex_unlock(&r->lock);
	if (!db)
		db = open_one(r, e);
	if (db && db_exec(db, "BEGIN", e))
		return db;
	discard(db);
	left(r);
	return NULL;
}

void reader_put(struct readers *r, struct db *db) {
	if (!db)
		return;
	db_reset_all(db);
	sqlite3_exec(db->h, "COMMIT", NULL, NULL, NULL);
	pthread_mutex_lock(&r->lock);
	if (sqlite3_get_autocommit(db->h) && r->idle_count < READERS_KEPT) {
		r->idle[r->idle_count++] = db;
		db = NULL;
	}
	pthread_mutex_unlock(&r->lock);
	discard(db);
	left(r);
}
