/* SPDX-License-Identifier: MIT
 *
 * workers.c - who is at work on the project, and taking over from the dead.
 */
#include "core/store/leases.h"

#include <stdlib.h>
#include <string.h>
#include <sys/utsname.h>

#include "core/base/text.h"
#include "core/base/version.h"
#include "core/store/leases_int.h"
#include "core/store/process.h"

/* A worker as the table has it, and what can be seen of it from here. */
struct seen {
	struct worker_info info;
	struct process process;
	enum process_sight sight;
	bool silent; /* no heartbeat for the length of a lease */
	int64_t beat_wall, beat_mono;
	int64_t leases;
};

struct seen_list {
	struct seen *items;
	size_t n, cap;
};

#define WORKERS_LISTED_MAX 10000

static void judge(struct store *s, struct seen *w, const struct process *self) {
	bool this_boot = strcmp(w->process.boot, self->boot) == 0;
	int64_t age = this_boot ? mono_ms() - w->beat_mono : wall_ms() - w->beat_wall;
	w->sight = process_look(&w->process, self);
	w->silent = age > s->lease_ms;
	w->info.here = w->sight != PROCESS_ELSEWHERE;
	w->info.alive = !w->silent && w->sight != PROCESS_GONE;
}

static void read_worker(sqlite3_stmt *st, struct seen *w) {
	w->info = (struct worker_info){
		.id = db_i64(st, 0), .pid = (int)db_i64(st, 1), .jobs = db_u32(st, 7), .running = db_u32(st, 8)
	};
	w->process.pid = w->info.pid;
	w->process.start = db_u64(st, 2);
	db_text(w->process.boot, sizeof w->process.boot, st, 3);
	w->process.pid_ns = db_u64(st, 4);
	db_shown(w->info.host, sizeof w->info.host, st, 5);
	db_shown(w->info.version, sizeof w->info.version, st, 6);
	w->info.started = db_i64(st, 9);
	w->beat_wall = w->info.heartbeat = db_i64(st, 10);
	w->beat_mono = db_i64(st, 11);
	w->leases = db_i64(st, 12);
}

static bool seen_add(struct seen_list *list, const struct seen *w, struct err *e) {
	if (list->n == list->cap) {
		size_t cap = list->cap ? list->cap * 2 : 16;
		struct seen *p = cap <= WORKERS_LISTED_MAX * 2 ? realloc(list->items, cap * sizeof *p) : NULL;
		if (!p)
			return err_nomem(e);
		list->items = p;
		list->cap = cap;
	}
	list->items[list->n++] = *w;
	return true;
}

static bool read_workers(struct store *s, struct db *db, const struct process *self, struct seen_list *list,
			 struct err *e) {
	int more = -1;
	sqlite3_stmt *st = db_query(
		db, e,
		"SELECT w.id, w.pid, w.start, w.boot, w.pid_ns, w.host, w.version, w.jobs, w.running, w.started, "
		"w.beat_wall, w.beat_mono, (SELECT count(*) FROM lease l WHERE l.worker = w.id) "
		"FROM worker w ORDER BY w.id LIMIT ?",
		INT(WORKERS_LISTED_MAX));
	while (st && (more = db_next(db, st, e)) > 0) {
		struct seen w = { 0 };
		read_worker(st, &w);
		judge(s, &w, self);
		if (!seen_add(list, &w, e)) {
			db_done(st);
			return false;
		}
	}
	return more == 0;
}

static bool see_workers(struct store *s, struct seen_list *list, struct process *self, struct err *e) {
	*list = (struct seen_list){ 0 };
	if (!process_self(self, e))
		return false;
	struct db *db = store_read(s, e);
	bool ok = db && read_workers(s, db, self, list, e);
	store_read_end(s, db);
	if (!ok)
		free(list->items);
	return ok;
}

struct register_args {
	struct process self;
	char host[128];
	unsigned jobs;
	int64_t id;
};

static bool register_op(struct store *s, struct db *db, void *arg, struct err *e) {
	struct register_args *a = arg;
	wall_ms_t now = wall_ms();
	(void)s;
	if (!db_run(db, e,
		    "INSERT INTO worker(pid, start, boot, pid_ns, host, version, jobs, started, beat_wall, beat_mono) "
		    "VALUES(?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
		    INT(a->self.pid), INT(a->self.start), TEXT(a->self.boot), INT(a->self.pid_ns), TEXT(a->host),
		    TEXT(MAILVAN_VERSION), INT(a->jobs), INT(now), INT(now), INT(mono_ms())))
		return false;
	a->id = sqlite3_last_insert_rowid(db->h);
	return true;
}

bool worker_register(struct store *s, unsigned jobs, int64_t *worker, struct err *e) {
	struct register_args a = { .jobs = jobs };
	struct utsname u;
	text_copy(a.host, sizeof a.host, uname(&u) == 0 ? u.nodename : "");
	if (!process_self(&a.self, e) || !workers_reap(s, REAP_AND_KILL, e))
		return false;
	pthread_mutex_lock(&s->workers_lock);
	bool room = s->worker_count < STORE_WORKERS_MAX;
	pthread_mutex_unlock(&s->workers_lock);
	if (!room)
		return err_set(e, ERR_INPUT, "This process has registered too many workers");
	if (!write_wait(s->writer, WRITE_FULL, register_op, &a, e))
		return false;
	pthread_mutex_lock(&s->workers_lock);
	if (s->worker_count < STORE_WORKERS_MAX)
		s->workers[s->worker_count++] = a.id;
	pthread_mutex_unlock(&s->workers_lock);
	*worker = a.id;
	return true;
}

bool worker_check(struct db *db, int64_t worker, struct err *e) {
	int64_t there;
	if (!db_int(db, db_query(db, e, "SELECT 1 FROM worker WHERE id = ?", INT(worker)), 0, &there, e))
		return false;
	return there ||
	       err_set(e, ERR_LEASE_LOST, "This worker was silent for too long and another one has taken over");
}

struct beat_args {
	int64_t worker;
	unsigned running;
};

static bool beat_op(struct store *s, struct db *db, void *arg, struct err *e) {
	const struct beat_args *a = arg;
	(void)s;
	return worker_check(db, a->worker, e) &&
	       db_run(db, e, "UPDATE worker SET running = ?, beat_wall = ?, beat_mono = ? WHERE id = ?",
		      INT(a->running), INT(wall_ms()), INT(mono_ms()), INT(a->worker));
}

bool worker_heartbeat(struct store *s, int64_t worker, unsigned running, struct err *e) {
	struct beat_args a = { worker, running };
	return write_wait(s->writer, WRITE_NORMAL, beat_op, &a, e);
}

static bool jobs_op(struct store *s, struct db *db, void *arg, struct err *e) {
	const struct beat_args *a = arg;
	(void)s;
	return db_run(db, e, "UPDATE worker SET jobs = ? WHERE id = ?", INT(a->running), INT(a->worker));
}

bool worker_set_jobs(struct store *s, int64_t worker, unsigned jobs, struct err *e) {
	struct beat_args a = { worker, jobs };
	return write_wait(s->writer, WRITE_NORMAL, jobs_op, &a, e);
}

/* All that a worker holds is free again. */
static bool dissolve(struct db *db, int64_t worker, struct err *e) {
	for (;;) {
		int64_t mailbox;
		if (!db_int(db, db_query(db, e, "SELECT mailbox FROM lease WHERE worker = ? LIMIT 1", INT(worker)), 0,
			    &mailbox, e))
			return false;
		if (!mailbox)
			break;
		if (!db_run(db, e, "DELETE FROM lease WHERE mailbox = ?", INT(mailbox)) ||
		    !mailbox_let_go(db, mailbox, e))
			return false;
	}
	return db_run(db, e,
		      "UPDATE mailbox SET test = ?, test_worker = 0 WHERE " TEST_INDEXED
		      " AND test = ? AND test_worker = ?",
		      INT(TEST_WANTED), INT(TEST_RUNNING), INT(worker)) &&
	       db_run(db, e, "DELETE FROM worker WHERE id = ?", INT(worker));
}

static bool unregister_op(struct store *s, struct db *db, void *arg, struct err *e) {
	(void)s;
	return dissolve(db, *(int64_t *)arg, e);
}

void worker_unregister(struct store *s, int64_t worker) {
	struct err e;
	if (!write_wait(s->writer, WRITE_FULL, unregister_op, &worker, &e))
		log_line(s->log, LOG_WARN, "store", "Cannot sign off the worker: %s", e.text);
	pthread_mutex_lock(&s->workers_lock);
	for (unsigned i = 0; i < s->worker_count; i++)
		if (s->workers[i] == worker)
			s->workers[i--] = s->workers[--s->worker_count];
	pthread_mutex_unlock(&s->workers_lock);
}

bool worker_find_live(struct store *s, struct worker_info *out, struct err *e) {
	struct seen_list list;
	struct process self;
	if (!see_workers(s, &list, &self, e))
		return false;
	bool found = false;
	for (size_t i = 0; i < list.n && !found; i++) {
		found = list.items[i].info.alive;
		if (found)
			*out = list.items[i].info;
	}
	free(list.items);
	return found || err_set(e, ERR_NONE, "No worker is running on this project");
}

/* Between the look and this transaction the worker may have sent a heartbeat: then it is alive. */
static bool reap_op(struct store *s, struct db *db, void *arg, struct err *e) {
	const struct seen *w = arg;
	int64_t same;
	(void)s;
	if (!db_int(db,
		    db_query(db, e,
			     "SELECT count(*) FROM worker WHERE id = ? AND (beat_wall = ? AND beat_mono = ? OR ?)",
			     INT(w->info.id), INT(w->beat_wall), INT(w->beat_mono), INT(w->sight == PROCESS_GONE)),
		    0, &same, e))
		return false;
	return !same || dissolve(db, w->info.id, e);
}

/* May its leases be taken? A process that is there is ended first: dead, it cannot wake up and write.
 * This handle's own workers slept like everybody here (suspend) and will go on; a worker of another handle
 * in this very process is only fenced. */
static bool may_take(struct store *s, struct seen *w, const struct process *self, enum reap_how how) {
	if (w->sight == PROCESS_GONE)
		return true;
	if (!w->silent || store_has_worker(s, w->info.id))
		return false;
	if (w->sight == PROCESS_ELSEWHERE || w->leases == 0 || w->process.pid == self->pid)
		return true;
	if (how != REAP_AND_KILL)
		return false;
	bool gone = process_end(&w->process, self, KILL_WAIT_MS);
	log_line(s->log, LOG_WARN, "store",
		 gone ? "Worker %lld (pid %d) was silent for too long and was ended"
		      : "Worker %lld (pid %d) is silent and cannot be ended; its mailboxes wait",
		 (long long)w->info.id, w->info.pid);
	if (gone)
		w->sight = PROCESS_GONE;
	return gone;
}

bool workers_reap(struct store *s, enum reap_how how, struct err *e) {
	struct seen_list list;
	struct process self;
	if (!see_workers(s, &list, &self, e))
		return false;
	bool ok = true;
	for (size_t i = 0; i < list.n && ok; i++)
		if (!list.items[i].info.alive && may_take(s, &list.items[i], &self, how))
			ok = write_wait(s->writer, WRITE_FULL, reap_op, &list.items[i], e);
	free(list.items);
	return ok;
}
