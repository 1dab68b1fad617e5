/* SPDX-License-Identifier: MIT
 *
 * pool.c - threads that take the next id until there is none.
 */
#include "tui/cli/pool.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>

#include "tui/cli/runner.h"

#define JOBS_MAX 256

struct pool {
	struct store *store;
	const struct selection *sel;
	const struct pool_job *job;
	struct mail_context ctx;
	struct visits visits;
	atomic_size_t next;
	pthread_mutex_t lock; /* around done, failed and e */
	bool failed;
	struct err e;
};

static void do_one(struct pool *p, int64_t id) {
	struct mailbox_row row;
	struct err e;
	err_clear(&e);
	bool ok = mailbox_get(p->store, id, &row, &e);
	struct pool_item item = { .row = &row, .ctx = &p->ctx, .visits = &p->visits, .store = p->store };
	void *result = ok ? p->job->work(p->job->arg, &item) : NULL;
	pthread_mutex_lock(&p->lock);
	if (ok) {
		p->job->done(p->job->arg, &row, result);
	} else if (!p->failed) {
		p->failed = true;
		p->e = e;
	}
	pthread_mutex_unlock(&p->lock);
}

static void *pool_main(void *arg) {
	struct pool *p = arg;
	for (;;) {
		size_t i = atomic_fetch_add(&p->next, 1);
		if (i >= p->sel->filter.id_count || stop_requested(p->ctx.stop))
			return NULL;
		do_one(p, p->sel->ids[i]);
	}
}

static bool run_threads(struct pool *p, unsigned jobs, struct err *e) {
	pthread_t threads[JOBS_MAX];
	unsigned started = 0;
	while (started < jobs && started < p->sel->filter.id_count &&
	       pthread_create(&threads[started], NULL, pool_main, p) == 0)
		started++;
	for (unsigned i = 0; i < started; i++)
		pthread_join(threads[i], NULL);
	if (p->failed)
		*e = p->e;
	else if (!started && p->sel->filter.id_count)
		return err_set(e, ERR_MEMORY, "Cannot start a thread");
	return !p->failed;
}

static unsigned jobs_setting(struct store *s) {
	char text[16];
	uint64_t n = 8;
	struct err e;
	err_clear(&e);
	if (!setting_get(s, "jobs", text, sizeof text, "8", &e) || !text_u64(text, 1, JOBS_MAX, &n))
		return 8;
	return (unsigned)n;
}

bool pool_run(struct cli *c, struct store *s, struct selection *sel, unsigned jobs, const struct pool_job *job,
	      bool *stopped, struct err *e) {
	struct pool p = { .store = s, .sel = sel, .job = job };
	if (!selection_freeze(s, sel, e))
		return false;
	if (!jobs)
		jobs = jobs_setting(s);
	pthread_mutex_init(&p.lock, NULL);
	p.ctx.stop = c->stop;
	p.ctx.log = runner_log(s, e);
	p.ctx.net = p.ctx.log ? net_new(p.ctx.log, e) : NULL;
	bool ok = p.ctx.net && visits_open(&p.visits, s, p.ctx.log, jobs, e);
	p.ctx.logins = p.visits.logins;
	p.visits.impatient = job->impatient;
	p.visits.waits = job->waits;
	p.visits.arg = job->arg;
	ok = ok && run_threads(&p, jobs > JOBS_MAX ? JOBS_MAX : jobs, e);
	*stopped = stop_requested(c->stop) != 0;
	visits_close(&p.visits);
	net_free(p.ctx.net);
	log_close(p.ctx.log);
	pthread_mutex_destroy(&p.lock);
	return ok;
}
