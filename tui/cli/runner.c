/* SPDX-License-Identifier: MIT
 *
 * runner.c - the engine in a thread of this process, or an eye on another's.
 */
#include "tui/cli/runner.h"

#include <poll.h>
#include <pthread.h>
#include <string.h>
#include <unistd.h>

#include "tui/cli/control.h"
#include "tui/cli/follow.h"
#include "tui/cli/status.h"

#define LOOK_MS 250
#define WORKER_LOOK_MS 2000

struct runner {
	struct cli *c;
	struct store *s;
	const struct mailbox_filter *filter;
	unsigned jobs;
	struct stop *stop; /* by a signal, or by ourselves when the store cannot be read */
	struct log *log;
};

struct engine_thread {
	struct engine_config config;
	struct store *s;
	struct stop done;
	bool ok;
	struct err e;
};

struct log *runner_log(struct store *s, struct err *e) {
	char path[4200];
	snprintf(path, sizeof path, "%s/worker.log", store_dir(s));
	return log_open(path, LOG_INFO, e);
}

static void *engine_main(void *arg) {
	struct engine_thread *t = arg;
	t->ok = engine_run(t->s, &t->config, &t->e);
	stop_request(&t->done, 1);
	return NULL;
}

/* Queued rows are nobody's now; active ones were given back by the engine. */
static bool stop_rest(struct runner *r, struct err *e) {
	struct command_result result;
	return control_issue(r->s, CMD_STOP, r->filter, &result, e);
}

/* A shutdown of the system (SIGTERM) takes nothing back that was asked for: the next worker goes on. */
static bool is_shutdown(const struct runner *r) {
	return stop_requested(r->stop) == STOP_SHUTDOWN;
}

static bool show_until_done(struct runner *r, struct engine_thread *t, struct err *e) {
	struct mailbox_totals totals;
	struct follow *f = follow_open(r->c, r->s, r->filter, e);
	bool ok = f != NULL, told = false;
	while (!stop_requested(&t->done)) {
		struct pollfd fd = { .fd = stop_fd(&t->done), .events = POLLIN };
		ok = ok && follow_step(f, &totals, e);
		if (!ok)
			stop_request(r->stop, STOP_SHUTDOWN);
		if (stop_requested(r->stop) && !told) {
			follow_say(f, is_shutdown(r) ? "Stopping in order; what is not finished stays queued."
						     : "Stopping in order; again to stop at once.");
			told = true;
		}
		poll(&fd, 1, LOOK_MS);
	}
	/* It was over before the next look: say why nothing more happens all the same. */
	if (stop_requested(r->stop) && !told)
		follow_say(f, "Stopping in order, as asked.");
	follow_close(f);
	return ok;
}

static bool run_here(struct runner *r, struct net *net, struct err *e) {
	struct engine_thread t = { .s = r->s };
	pthread_t thread;
	t.config = (struct engine_config){ .jobs = r->jobs, .drain = true, .only = r->filter, .log = r->log, .net = net,
					   .stop = r->stop };
	err_clear(&t.e);
	if (!stop_init(&t.done, NULL))
		return err_errno(e, ERR_MEMORY, "Cannot start the engine");
	if (pthread_create(&thread, NULL, engine_main, &t) != 0) {
		stop_free(&t.done);
		return err_set(e, ERR_MEMORY, "Cannot start the engine's thread");
	}
	bool ok = show_until_done(r, &t, e);
	pthread_join(thread, NULL);
	stop_free(&t.done);
	if (ok && !t.ok) {
		*e = t.e;
		ok = false;
	}
	return ok;
}

static bool in_this_process(struct runner *r, struct err *e) {
	struct net *net = net_new(r->log, e);
	if (!net)
		return false;
	bool ok = run_here(r, net, e);
	net_free(net);
	return ok;
}

/* Until nothing is left, or the worker is gone (*gone). */
static bool behind_worker(struct runner *r, struct follow *f, bool *gone, struct err *e) {
	struct worker_info worker;
	struct mailbox_totals totals;
	bool asked = false;
	mono_ms_t looked = mono_ms();
	*gone = false;
	for (;;) {
		struct pollfd fd = { .fd = asked ? -1 : stop_fd(r->stop), .events = POLLIN };
		if (!follow_step(f, &totals, e))
			return false;
		if (totals_busy(&totals) == 0 || is_shutdown(r))
			return true;
		if (stop_requested(r->stop) && !asked) {
			asked = true;
			follow_say(f, "Asking the worker to stop these mailboxes; again to leave at once.");
			if (!stop_rest(r, e))
				return false;
		}
		if (mono_ms() - looked >= WORKER_LOOK_MS) {
			struct err none;
			err_clear(&none);
			looked = mono_ms();
			if (!worker_find_live(r->s, &worker, &none)) {
				*gone = true;
				return true;
			}
		}
		poll(&fd, 1, LOOK_MS);
	}
}

static bool follow_worker(struct runner *r, bool *gone, struct err *e) {
	struct follow *f = follow_open(r->c, r->s, r->filter, e);
	bool ok = f && behind_worker(r, f, gone, e);
	follow_close(f);
	return ok;
}

/* A disk that was full when the engine of this process ended leaves its registration behind: nobody to wait for. */
static bool other_worker(struct runner *r) {
	struct worker_info worker;
	struct err none;
	err_clear(&none);
	return worker_find_live(r->s, &worker, &none) && !(worker.here && worker.pid == (int)getpid());
}

static bool see_through(struct runner *r, struct err *e) {
	struct mailbox_totals totals;
	while (mailboxes_totals(r->s, r->filter, &totals, e)) {
		bool gone = true;
		if (totals_busy(&totals) == 0 || is_shutdown(r))
			return true;
		if (stop_requested(r->stop) && !stop_rest(r, e))
			return false;
		if (other_worker(r)) {
			if (!follow_worker(r, &gone, e))
				return false;
		} else if (stop_requested(r->stop)) {
			return true;
		} else if (!in_this_process(r, e)) {
			return false;
		}
		if (!mailboxes_totals(r->s, r->filter, &totals, e) || totals_busy(&totals) == 0)
			continue;
		/* A row may have to wait for a lease that nobody renews any more. */
		poll(NULL, 0, LOOK_MS);
	}
	return false;
}

/* A request that came meanwhile found this process registered and started no worker. */
static bool leave_nothing_behind(struct runner *r, struct err *e) {
	struct mailbox_filter queued = { .states = 1u << MBOX_QUEUED };
	uint64_t n;
	if (stop_requested(r->stop))
		return true;
	return mailboxes_count(r->s, &queued, &n, e) && (n == 0 || control_ensure_worker(r->c, r->s, e));
}

bool runner_wait(struct cli *c, struct store *s, const struct mailbox_filter *filter, unsigned jobs, struct err *e) {
	struct runner r = { .c = c, .s = s, .filter = filter, .jobs = jobs, .stop = c->stop };
	r.log = runner_log(s, e);
	bool ok = r.log && see_through(&r, e) && leave_nothing_behind(&r, e);
	log_close(r.log);
	return ok;
}
