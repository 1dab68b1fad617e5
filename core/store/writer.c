/* SPDX-License-Identifier: MIT
 *
 * writer.c - the queue, the group commit, and what became of lazy operations.
 */
#include "core/store/writer.h"

#include <pthread.h>
#include <stdlib.h>
#include <time.h>

#include "core/base/crash_point.h"
#include "core/store/ledger.h"
#include "core/store/store_int.h"

/* Failures of lazy operations that nobody has been told yet; one per lease. */
#define FAILURES_MAX 1024

struct ticket {
	struct ticket *next;
	struct write_job job;
	enum write_how how;
	struct writer *w;
	bool owned;  /* the writer frees it and its argument */
	bool urgent; /* counted in hurry until it is settled */
	bool done, ok;
	struct err err;
};

struct failure {
	uint64_t generation;
	struct err err;
};

struct writer {
	struct store *s;
	struct db db;
	pthread_t thread;
	pthread_mutex_t lock;
	pthread_cond_t work; /* for the thread: something to do */
	pthread_cond_t news; /* for everybody else: a group is through, or there is room */
	struct ticket *head, **tail;
	size_t ops, bytes;
	uint64_t queued, settled; /* operations ever queued, and through */
	unsigned hurry;		  /* somebody waits: do not let lazy operations gather */
	bool stopping;
	struct timespec first; /* when the oldest of the queue came in */
	struct failure *failures;
	size_t failure_count;
};

static struct failure *failure_of(struct writer *w, uint64_t generation) {
	for (size_t i = 0; i < w->failure_count; i++)
		if (w->failures[i].generation == generation)
			return &w->failures[i];
	return NULL;
}

static void failure_drop(struct writer *w, struct failure *f) {
	if (f)
		*f = w->failures[--w->failure_count];
}

/* Called with the lock held. Without room the oldest is overwritten: its lease is fenced by the store in any case. */
static void failure_note(struct writer *w, const struct ticket *t) {
	if (failure_of(w, t->job.generation))
		return;
	struct failure *f = &w->failures[w->failure_count < FAILURES_MAX ? w->failure_count++ : 0];
	*f = (struct failure){ t->job.generation, t->err };
}

/* The first operation before t that failed lazily under the same lease: t is built on it. */
static const struct ticket *failed_before(const struct ticket *list, const struct ticket *t) {
	for (; t->job.generation && list != t; list = list->next)
		if (list->owned && !list->ok && list->job.generation == t->job.generation)
			return list;
	return NULL;
}

static bool run_one(struct writer *w, struct ticket *t) {
	struct err undo;
	err_clear(&t->err);
	if (!db_exec(&w->db, "SAVEPOINT op", &t->err))
		return false;
	bool ok = t->job.run(w->s, &w->db, t->job.arg, &t->err);
	if (!ok) {
		db_reset_all(&w->db);
		if (!sqlite3_get_autocommit(w->db.h))
			db_exec(&w->db, "ROLLBACK TO op", &undo);
	}
	if (sqlite3_get_autocommit(w->db.h))
		return false;
	return db_exec(&w->db, "RELEASE op", ok ? &t->err : &undo) && ok;
}

/* A full disk or an I/O error may take the whole transaction away; then nobody's work is in it. */
static bool run_all(struct writer *w, struct ticket *list, struct err *e) {
	bool some_failed = false;
	for (struct ticket *t = list; t; t = t->next) {
		const struct ticket *cause = some_failed ? failed_before(list, t) : NULL;
		if (cause) {
			t->err = cause->err;
			t->ok = false;
			continue;
		}
		t->ok = run_one(w, t);
		some_failed |= !t->ok;
		if (sqlite3_get_autocommit(w->db.h)) {
			*e = t->err;
			return false;
		}
	}
	return true;
}

static void run_group(struct writer *w, struct ticket *list, bool full) {
	struct err e;
	err_clear(&e);
	for (struct ticket *t = list; t; t = t->next)
		t->ok = true;
	bool ok = db_set_sync(&w->db, full, &e) && db_exec(&w->db, "BEGIN IMMEDIATE", &e) && run_all(w, list, &e);
	CRASH_POINT("store: before the commit");
	ok = ok && db_exec(&w->db, "COMMIT", &e);
	CRASH_POINT("store: after the commit");
	if (ok)
		return;
	db_reset_all(&w->db);
	if (!sqlite3_get_autocommit(w->db.h))
		sqlite3_exec(w->db.h, "ROLLBACK", NULL, NULL, NULL);
	for (struct ticket *t = list; t; t = t->next) {
		if (t->ok)
			t->err = e;
		t->ok = false;
	}
}

static void ticket_free(struct ticket *t) {
	free(t->job.arg);
	free(t);
}

/* Called with the lock held. A waiter may free its ticket as soon as the lock is given up. */
static void settle(struct writer *w, struct ticket *list) {
	for (struct ticket *t = list, *next; t; t = next) {
		next = t->next;
		w->settled++;
		w->ops--;
		w->bytes -= t->job.cost;
		if (t->urgent)
			w->hurry--;
		if (t->owned) {
			if (!t->ok) {
				failure_note(w, t);
				log_line(w->s->log, LOG_WARN, "store", "A delayed write failed: %s", t->err.text);
			}
			ticket_free(t);
		} else {
			t->done = true;
		}
	}
	pthread_cond_broadcast(&w->news);
}

/* Called with the lock held. True when there is a group to run, false at the end. */
static bool await_work(struct writer *w) {
	while (!w->head && !w->stopping)
		pthread_cond_wait(&w->work, &w->lock);
	struct timespec due = w->first;
	due.tv_nsec += WRITE_LAZY_MS * 1000000L;
	if (due.tv_nsec >= 1000000000L) {
		due.tv_nsec -= 1000000000L;
		due.tv_sec++;
	}
	int rc = 0;
	while (w->head && !w->hurry && !w->stopping && rc == 0)
		rc = pthread_cond_timedwait(&w->work, &w->lock, &due);
	return w->head != NULL;
}

static void *writer_main(void *arg) {
	struct writer *w = arg;
	pthread_mutex_lock(&w->lock);
	while (await_work(w)) {
		struct ticket *list = w->head;
		bool full = false;
		for (struct ticket *t = list; t; t = t->next)
			full = full || t->how == WRITE_FULL;
		w->head = NULL;
		w->tail = &w->head;
		pthread_mutex_unlock(&w->lock);
		run_group(w, list, full);
		pthread_mutex_lock(&w->lock);
		settle(w, list);
	}
	pthread_mutex_unlock(&w->lock);
	return NULL;
}

static bool init_sync(struct writer *w) {
	pthread_condattr_t monotonic;
	if (pthread_condattr_init(&monotonic) != 0)
		return false;
	pthread_condattr_setclock(&monotonic, CLOCK_MONOTONIC);
	bool ok = pthread_mutex_init(&w->lock, NULL) == 0 && pthread_cond_init(&w->work, &monotonic) == 0 &&
		  pthread_cond_init(&w->news, NULL) == 0;
	pthread_condattr_destroy(&monotonic);
	return ok;
}

struct writer *writer_start(struct store *s, struct db *db, struct err *e) {
	struct writer *w = calloc(1, sizeof *w);
	if (w)
		w->failures = calloc(FAILURES_MAX, sizeof *w->failures);
	if (!w || !w->failures || !init_sync(w)) {
		free(w ? w->failures : NULL);
		free(w);
		db_close(db);
		err_nomem(e);
		return NULL;
	}
	w->s = s;
	w->db = *db;
	w->tail = &w->head;
	if (pthread_create(&w->thread, NULL, writer_main, w) != 0) {
		err_set(e, ERR_MEMORY, "Cannot start the thread that writes the project");
		db_close(&w->db);
		free(w->failures);
		free(w);
		return NULL;
	}
	return w;
}

void writer_stop(struct writer *w) {
	if (!w)
		return;
	pthread_mutex_lock(&w->lock);
	w->stopping = true;
	pthread_cond_signal(&w->work);
	pthread_mutex_unlock(&w->lock);
	pthread_join(w->thread, NULL);
	db_close(&w->db);
	pthread_mutex_destroy(&w->lock);
	pthread_cond_destroy(&w->work);
	pthread_cond_destroy(&w->news);
	free(w->failures);
	free(w);
}

/* Called with the lock held. */
static void hurry(struct writer *w) {
	w->hurry++;
	pthread_cond_signal(&w->work);
}

static bool no_room(const struct writer *w, size_t cost) {
	return w->ops > 0 && (w->ops >= WRITE_QUEUE_OPS || w->bytes + cost > WRITE_QUEUE_BYTES);
}

/* Called with the lock held. An operation larger than the whole queue still gets in, alone. */
static void enqueue(struct writer *w, struct ticket *t) {
	if (no_room(w, t->job.cost)) {
		hurry(w);
		while (no_room(w, t->job.cost))
			pthread_cond_wait(&w->news, &w->lock);
		w->hurry--;
	}
	t->w = w;
	t->next = NULL;
	if (!w->head)
		clock_gettime(CLOCK_MONOTONIC, &w->first);
	*w->tail = t;
	w->tail = &t->next;
	w->ops++;
	w->bytes += t->job.cost;
	w->queued++;
	t->urgent = !t->owned;
	if (t->urgent)
		w->hurry++;
	pthread_cond_signal(&w->work);
}

/* Called with the lock held. */
static bool await_ticket(struct ticket *t, struct err *e) {
	while (!t->done)
		pthread_cond_wait(&t->w->news, &t->w->lock);
	if (!t->ok)
		*e = t->err;
	return t->ok;
}

static bool wait_for(struct writer *w, enum write_how how, uint64_t generation, write_fn *run, void *arg,
		     struct err *e) {
	struct ticket t = { .job = { .run = run, .arg = arg, .generation = generation }, .how = how };
	pthread_mutex_lock(&w->lock);
	enqueue(w, &t);
	bool ok = await_ticket(&t, e);
	pthread_mutex_unlock(&w->lock);
	return ok;
}

bool write_wait(struct writer *w, enum write_how how, write_fn *run, void *arg, struct err *e) {
	return wait_for(w, how, 0, run, arg, e);
}

bool write_after(struct writer *w, enum write_how how, uint64_t generation, write_fn *run, void *arg, struct err *e) {
	return write_check(w, generation, e) && wait_for(w, how, generation, run, arg, e);
}

static struct ticket *ticket_new(const struct write_job *job, enum write_how how, struct err *e) {
	struct ticket *t = calloc(1, sizeof *t);
	if (!t) {
		free(job->arg);
		err_nomem(e);
		return NULL;
	}
	t->job = *job;
	t->how = how;
	return t;
}

/* The writer starts at once: the sync runs while the caller goes on working. */
struct ticket *write_async(struct writer *w, const struct write_job *job, struct err *e) {
	struct ticket *t = ticket_new(job, WRITE_FULL, e);
	if (!t)
		return NULL;
	pthread_mutex_lock(&w->lock);
	enqueue(w, t);
	pthread_mutex_unlock(&w->lock);
	return t;
}

bool ticket_wait(struct ticket *t, struct err *e) {
	struct writer *w = t->w;
	pthread_mutex_lock(&w->lock);
	bool ok = await_ticket(t, e);
	pthread_mutex_unlock(&w->lock);
	ticket_free(t);
	return ok;
}

bool write_check(struct writer *w, uint64_t generation, struct err *e) {
	pthread_mutex_lock(&w->lock);
	struct failure *f = failure_of(w, generation);
	if (f) {
		*e = f->err;
		if (generation == 0)
			failure_drop(w, f);
	}
	pthread_mutex_unlock(&w->lock);
	return !f;
}

bool write_lazy(struct writer *w, const struct write_job *job, struct err *e) {
	if (!write_check(w, job->generation, e)) {
		free(job->arg);
		return false;
	}
	struct ticket *t = ticket_new(job, WRITE_LAZY, e);
	if (!t)
		return false;
	t->owned = true;
	pthread_mutex_lock(&w->lock);
	enqueue(w, t);
	pthread_mutex_unlock(&w->lock);
	return true;
}

void write_forget(struct writer *w, uint64_t generation) {
	pthread_mutex_lock(&w->lock);
	failure_drop(w, failure_of(w, generation));
	pthread_mutex_unlock(&w->lock);
}

void writer_drain(struct writer *w) {
	pthread_mutex_lock(&w->lock);
	uint64_t upto = w->queued;
	if (w->settled < upto) {
		hurry(w);
		while (w->settled < upto)
			pthread_cond_wait(&w->news, &w->lock);
		w->hurry--;
	}
	pthread_mutex_unlock(&w->lock);
}
