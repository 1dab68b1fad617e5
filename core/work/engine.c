/* SPDX-License-Identifier: MIT
 *
 * engine.c - the scheduler: leases queued mailboxes, runs each on its own thread, passes on what
 * front ends want, renews the leases, and tidies up.
 */
#include "core/work/engine.h"

#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "core/base/text.h"
#include "core/store/settings.h"
#include "core/work/governor.h"
#include "core/work/logins.h"
#include "core/work/run.h"
#include "core/work/sign_in.h"
#include "core/work/tuning.h"

#define SHORT_MS 5000 /* nothing new is started for so long when the system has nothing left for it */
#define TICK_MS 200
#define GOVERNOR_MS 1000
#define TESTS_MAX 16
#define LEASE_MARGIN_MS 2000 /* stop writing this long before others may take over */
#define WISHES_MAX 256
#define SETTLE_MS 2000
#define SETTLE_MAX_MS 60000

struct job {
	struct job *next;
	pthread_t thread;
	int ended; /* the engine's event, to say that it is over */
	struct run run;
};

struct test {
	struct test *next;
	pthread_t thread;
	struct engine *engine;
	int64_t mailbox;
	atomic_bool done;
};

struct engine {
	struct store *store;
	struct engine_config cfg;
	struct tuning tuning;
	struct governor *governor;
	struct logins *logins;
	mono_ms_t last_tick;
	int64_t worker;
	_Atomic int64_t lease_until;
	mono_ms_t last_heartbeat;
	uint64_t seen_version;
	mono_ms_t last_look;
	struct job *jobs;
	struct test *tests;
	unsigned running, tests_running;
	_Atomic unsigned busy; /* as of the last look: for lanes */
	bool nothing_leasable;
	mono_ms_t short_until; /* descriptors or threads ran out */
	int ended; /* an eventfd: a job is over */
	struct err fatal;
};

static bool try_side(struct store *store, const char *side, bool is_source, const struct mail_context *ctx,
		     const struct endpoint *ep, struct err *e) {
	if (is_source) {
		struct source *s = sign_in_source(store, ctx, ep, e);
		if (!s)
			return err_prefix(e, "%s", side);
		s->ops->close(s, true);
		return true;
	}
	struct target *t = sign_in_target(store, ctx, ep, e);
	if (!t)
		return err_prefix(e, "%s", side);
	t->ops->close(t, true);
	return true;
}

static bool test_once(struct store *s, int64_t mailbox, const struct mail_context *ctx, struct err *e) {
	struct endpoint src, dst;
	endpoint_init(&src);
	endpoint_init(&dst);
	bool ok = mailbox_endpoints(s, mailbox, &src, &dst, e);
	if (ok) {
		/* Both sides are tried, so that one look tells all that is wrong. */
		struct err second;
		bool source_ok = try_side(s, "Source", true, ctx, &src, e);
		bool target_ok = try_side(s, "Target", false, ctx, &dst, &second);
		if (!source_ok && !target_ok) {
			char both[2 * ERR_TEXT_MAX + 4];
			snprintf(both, sizeof both, "%s; %s", e->text, second.text);
			text_sanitise(second.text, sizeof second.text, both, strlen(both));
		}
		if (!target_ok)
			*e = second;
		ok = source_ok && target_ok;
	}
	endpoint_clear(&src);
	endpoint_clear(&dst);
	return ok;
}

bool engine_test(struct store *s, int64_t mailbox, const struct mail_context *ctx, const struct visits *visits,
		 struct err *e) {
	struct visit v;
	bool ok = visit_begin(&v, visits, mailbox, ctx->stop, e);
	while (ok && !(ok = test_once(s, mailbox, ctx, e)) && visit_again(&v, e))
		ok = true;
	visit_end(&v);
	return ok;
}

static void *test_thread(void *arg) {
	struct test *t = arg;
	struct engine *en = t->engine;
	struct mail_context ctx = {
		.net = en->cfg.net, .log = en->cfg.log, .stop = en->cfg.stop, .logins = en->logins
	};
	struct err e, second;
	struct visits visits = { .store = en->store, .governor = en->governor, .impatient = true };
	bool ok = engine_test(en->store, t->mailbox, &ctx, &visits, &e);
	if (!mailbox_set_test(en->store, t->mailbox, ok ? TEST_OK : TEST_BAD, ok ? "OK" : e.text, &second))
		log_line(en->cfg.log, LOG_WARN, "test", "%s", second.text);
	atomic_store(&t->done, true);
	return NULL;
}

static bool start_tests(struct engine *en, struct err *e) {
	while (en->tests_running < TESTS_MAX && !stop_requested(en->cfg.stop)) {
		bool found = false;
		int64_t mailbox;
		if (!test_next(en->store, en->worker, &mailbox, &found, e))
			return false;
		if (!found)
			return true;
		struct test *t = calloc(1, sizeof *t);
		if (!t)
			return err_nomem(e);
		t->engine = en;
		t->mailbox = mailbox;
		if (pthread_create(&t->thread, NULL, test_thread, t) != 0) {
			free(t);
			return err_set(e, ERR_MEMORY, "Cannot start a thread");
		}
		t->next = en->tests;
		en->tests = t;
		en->tests_running++;
	}
	return true;
}

static void reap_tests(struct engine *en) {
	for (struct test **at = &en->tests; *at;) {
		struct test *t = *at;
		if (!atomic_load(&t->done)) {
			at = &t->next;
			continue;
		}
		pthread_join(t->thread, NULL);
		*at = t->next;
		free(t);
		en->tests_running--;
	}
}

static void *job_thread(void *arg) {
	struct job *j = arg;
	int ended = j->ended;
	mailbox_run(&j->run);
	/* A full counter wakes the engine just as well. */
	(void)!eventfd_write(ended, 1);
	return NULL;
}

/* What is there goes on, and what is not waits: ConnLimit, for want of room on our own side. */
static bool short_of(struct err *e, const char *what, int number) {
	errno = number;
	return err_errno(e, ERR_CONN_LIMIT, "No %s for another mailbox", what);
}

static bool start_job(struct engine *en, const struct lease *lease, struct err *e) {
	struct job *j = calloc(1, sizeof *j);
	if (!j)
		return err_nomem(e);
	struct run *r = &j->run;
	j->ended = en->ended;
	r->store = en->store;
	r->cfg = &en->cfg;
	r->governor = en->governor;
	r->admitted = true;
	r->lease = *lease;
	r->lease_until = &en->lease_until;
	r->settle_ms = en->cfg.settle_ms;
	r->busy = &en->busy;
	r->jobs = en->tuning.jobs;
	r->lanes = en->tuning.lanes;
	if (!stop_init(&r->stop, en->cfg.stop)) {
		free(j);
		return short_of(e, "descriptors", errno);
	}
	r->ctx = (struct mail_context){ .net = en->cfg.net,
					.log = en->cfg.log,
					.stop = &r->stop,
					.send_until = &en->lease_until,
					.timeouts = en->cfg.timeouts,
					.logins = en->logins };
	if (pthread_create(&j->thread, NULL, job_thread, j) != 0) {
		stop_free(&r->stop);
		free(j);
		return short_of(e, "threads", EAGAIN);
	}
	j->next = en->jobs;
	en->jobs = j;
	en->running++;
	atomic_fetch_add(&en->busy, 1);
	return true;
}

static bool start_jobs(struct engine *en, struct err *e) {
	struct lease_gate gate = { .arg = en->governor, .ask = governor_ask };
	en->nothing_leasable = false;
	while (en->running < en->tuning.jobs && mono_ms() >= en->short_until && !stop_requested(en->cfg.stop)) {
		struct lease lease;
		bool found = false;
		if (!lease_next_through(en->store, en->worker, en->cfg.only, &gate, &lease, &found, e))
			return false;
		if (!found) {
			en->nothing_leasable = true;
			return true;
		}
		governor_enter(en->governor, &lease);
		if (!start_job(en, &lease, e)) {
			struct err second;
			governor_leave(en->governor, &lease);
			lease_release(en->store, &lease, &second);
			if (e->cat != ERR_CONN_LIMIT)
				return false;
			log_line(en->cfg.log, LOG_WARN, "worker", "%s; %u mailboxes go on", e->text, en->running);
			en->short_until = mono_ms() + SHORT_MS;
		}
	}
	return true;
}

static bool reap_jobs(struct engine *en) {
	bool any = false;
	for (struct job **at = &en->jobs; *at;) {
		struct job *j = *at;
		struct err e;
		if (!atomic_load(&j->run.done)) {
			at = &j->next;
			continue;
		}
		pthread_join(j->thread, NULL);
		if (j->run.fatal.cat != ERR_NONE && en->fatal.cat == ERR_NONE)
			en->fatal = j->run.fatal;
		if (!lease_release(en->store, &j->run.lease, &e))
			log_line(en->cfg.log, LOG_WARN, j->run.lease.key, "%s", e.text);
		stop_free(&j->run.stop);
		*at = j->next;
		free(j);
		en->running--;
		any = true;
	}
	return any;
}

static void stop_jobs(struct engine *en, int reason) {
	for (struct job *j = en->jobs; j; j = j->next)
		stop_request(&j->run.stop, reason);
}

static bool heartbeat(struct engine *en, struct err *e) {
	mono_ms_t now = mono_ms();
	if (now - en->last_heartbeat < HEARTBEAT_MS)
		return true;
	if (!worker_heartbeat(en->store, en->worker, en->running, e)) {
		if (e->cat != ERR_LEASE_LOST && now < en->lease_until)
			return true; /* the store is busy; there is time for another try */
		stop_jobs(en, STOP_LEASE_LOST);
		return false;
	}
	en->last_heartbeat = now;
	en->lease_until = now + LEASE_MS - LEASE_MARGIN_MS;
	return true;
}

static bool obey_wishes(struct engine *en, struct err *e) {
	struct wish wishes[WISHES_MAX];
	size_t n = 0;
	if (!en->jobs)
		return true;
	if (!wishes_read(en->store, en->worker, wishes, WISHES_MAX, &n, e))
		return false;
	for (size_t i = 0; i < n; i++)
		for (struct job *j = en->jobs; j; j = j->next)
			if (j->run.lease.mailbox == wishes[i].mailbox)
				stop_request(&j->run.stop, wishes[i].what == WISH_PAUSE ? STOP_PAUSED : STOP_STOPPED);
	return true;
}

static bool all_drained(struct engine *en, bool *drained, struct err *e) {
	struct mailbox_filter queued = en->cfg.only ? *en->cfg.only : (struct mailbox_filter){ 0 };
	uint64_t n = 0;
	*drained = false;
	if (!en->cfg.drain || en->jobs || en->tests || !en->nothing_leasable)
		return true;
	queued.states = 1u << MBOX_QUEUED;
	if (!mailboxes_count(en->store, &queued, &n, e))
		return false;
	*drained = n == 0;
	return true;
}

static void say_if_capped(const struct engine *en) {
	if (en->tuning.jobs < en->tuning.jobs_wished)
		log_line(en->cfg.log, LOG_WARN, "worker",
			 "%u mailboxes at once instead of %u: the system allows this process too few open files "
			 "(ulimit -n)",
			 en->tuning.jobs, en->tuning.jobs_wished);
}

/* Somebody may have changed how much is to be done at once. */
static bool tune(struct engine *en, struct err *e) {
	if (!governor_read_rules(en->governor, e))
		return false;
	if (!tuning_look(&en->tuning, en->store))
		return true;
	log_line(en->cfg.log, LOG_INFO, "worker", "%u mailboxes at once, %llu bytes per second (0: no cap)",
		 en->tuning.jobs, (unsigned long long)en->tuning.rate);
	say_if_capped(en);
	governor_wish(en->governor, en->tuning.jobs, en->tuning.rate);
	return worker_set_jobs(en->store, en->worker, en->tuning.jobs, e);
}

/* Look into the store when something changed, a job ended, or every 2 s (leases of dead workers run out unseen). */
static bool look(struct engine *en, bool reaped, struct err *e) {
	uint64_t version = store_version(en->store);
	mono_ms_t now = mono_ms();
	if (!reaped && version == en->seen_version && now - en->last_look < 2000)
		return true;
	en->seen_version = version;
	en->last_look = now;
	return tune(en, e) && obey_wishes(en, e) && start_jobs(en, e) && (en->cfg.only || start_tests(en, e));
}

static void tick(struct engine *en) {
	mono_ms_t now = mono_ms();
	if (now - en->last_tick < GOVERNOR_MS)
		return;
	en->last_tick = now;
	governor_tick(en->governor);
}

/* Until a job ends, a stop is asked for, or it is time to look again. */
static void nap(const struct engine *en) {
	struct pollfd fds[] = { { .fd = stop_fd(en->cfg.stop), .events = POLLIN },
				{ .fd = en->ended, .events = POLLIN } };
	eventfd_t count;
	if (poll(fds, 2, TICK_MS) > 0 && fds[1].revents)
		(void)!eventfd_read(en->ended, &count);
}

static bool loop(struct engine *en, struct err *e) {
	bool drained = false;
	while (!stop_requested(en->cfg.stop) && en->fatal.cat == ERR_NONE) {
		bool reaped = reap_jobs(en);
		reap_tests(en);
		tick(en);
		/* A mailbox whose last state could not be written looks as if nothing were left to do. */
		if (en->fatal.cat != ERR_NONE)
			break;
		atomic_store(&en->busy, en->running);
		if (!heartbeat(en, e) || !look(en, reaped, e) || !all_drained(en, &drained, e))
			return false;
		if (drained)
			return true;
		nap(en);
	}
	if (en->fatal.cat == ERR_NONE)
		return true;
	*e = en->fatal;
	return false;
}

static void wind_down(struct engine *en) {
	struct err e;
	int reason = stop_requested(en->cfg.stop);
	stop_jobs(en, reason ? reason : STOP_SHUTDOWN);
	while (en->jobs || en->tests) {
		struct pollfd none = { .fd = -1 };
		heartbeat(en, &e);
		reap_jobs(en);
		reap_tests(en);
		if (en->jobs || en->tests)
			poll(&none, 1, 20);
	}
	worker_unregister(en->store, en->worker);
}

static unsigned settle_setting(struct store *s, unsigned given) {
	char text[32];
	uint64_t n;
	struct err e;
	if (given)
		return given > SETTLE_MAX_MS ? SETTLE_MAX_MS : given;
	if (setting_get(s, "settle_ms", text, sizeof text, "", &e) && text_u64(text, 1, SETTLE_MAX_MS, &n))
		return (unsigned)n;
	return SETTLE_MS;
}

static bool start(struct engine *en, struct err *e) {
	struct governor_config config = { .store = en->store, .log = en->cfg.log };
	tuning_start(&en->tuning, en->store, en->cfg.jobs, en->cfg.rate);
	say_if_capped(en);
	en->cfg.settle_ms = settle_setting(en->store, en->cfg.settle_ms);
	en->governor = governor_new(&config, e);
	en->logins = en->governor ? logins_new(NULL, e) : NULL;
	if (!en->logins)
		return false;
	governor_wish(en->governor, en->tuning.jobs, en->tuning.rate);
	en->ended = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	if (en->ended < 0)
		return err_errno(e, ERR_MEMORY, "Cannot make an event");
	return worker_register(en->store, en->tuning.jobs, &en->worker, e);
}

bool engine_run(struct store *s, const struct engine_config *c, struct err *e) {
	struct engine *en = calloc(1, sizeof *en);
	if (!en)
		return err_nomem(e);
	en->store = s;
	en->cfg = *c;
	en->ended = -1;
	bool ok = start(en, e);
	if (ok) {
		en->last_heartbeat = mono_ms();
		en->lease_until = en->last_heartbeat + LEASE_MS - LEASE_MARGIN_MS;
		ok = loop(en, e);
		wind_down(en);
		if (ok && en->fatal.cat != ERR_NONE) {
			*e = en->fatal;
			ok = false;
		}
	}
	logins_free(en->logins);
	governor_free(en->governor);
	if (en->ended >= 0)
		close(en->ended);
	free(en);
	return ok;
}
