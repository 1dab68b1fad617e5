/* SPDX-License-Identifier: MIT
 *
 * cmd_worker.c - `mailvan worker`: the engine in the foreground, for systemd, a container, or detached.
 */
#include <poll.h>
#include <pthread.h>
#include <signal.h>

#include "tui/cli/commands.h"
#include "tui/cli/rates.h"
#include "tui/cli/runner.h"
#include "tui/cli/signals.h"
#include "tui/cli/status.h"

#define IDLE_MS 10000
#define LOOK_MS 500

/* Ends the engine when there has been nothing to do for IDLE_MS. */
struct idle_watch {
	struct store *s;
	const struct stop *stop; /* the signals' */
	struct stop round; /* child of it: ends one engine_run */
	struct stop over;  /* engine_run has returned */
};

static bool test_pending(void *arg, const struct mailbox_row *row) {
	bool *pending = arg;
	*pending = row->test == TEST_WANTED || row->test == TEST_RUNNING;
	return !*pending;
}

static bool anything_to_do(struct store *s) {
	struct mailbox_query all = { .limit = UINT32_MAX };
	struct mailbox_filter any = { 0 };
	struct mailbox_totals t;
	bool pending = false;
	struct err e;
	err_clear(&e);
	/* A store that cannot be read is the engine's to report: stay until it does. */
	if (!mailboxes_totals(s, &any, &t, &e) || totals_busy(&t))
		return true;
	return !mailboxes_list(s, &all, test_pending, &pending, &e) || pending;
}

static void *watch_idle(void *arg) {
	struct idle_watch *w = arg;
	mono_ms_t busy = mono_ms();
	uint64_t seen = 0;
	bool work = true;
	while (!stop_requested(&w->over)) {
		struct pollfd fds[2] = { { .fd = stop_fd(&w->over), .events = POLLIN },
					 { .fd = stop_requested(w->stop) ? -1 : stop_fd(w->stop), .events = POLLIN } };
		uint64_t version = store_version(w->s);
		if (version != seen)
			work = anything_to_do(w->s);
		seen = version;
		if (work)
			busy = mono_ms();
		/* A child's descriptor does not hear of its parent's request by itself. */
		if (mono_ms() - busy >= IDLE_MS || stop_requested(w->stop))
			stop_request(&w->round, STOP_SHUTDOWN);
		poll(fds, 2, LOOK_MS);
	}
	return NULL;
}

static bool round_until_idle(struct store *s, struct engine_config *config, struct stop *stop, struct err *e) {
	struct idle_watch w = { .s = s, .stop = stop };
	pthread_t thread;
	if (!stop_init(&w.round, stop) || !stop_init(&w.over, NULL))
		return err_errno(e, ERR_MEMORY, "Cannot start the worker");
	config->stop = &w.round;
	bool ok = pthread_create(&thread, NULL, watch_idle, &w) == 0;
	if (ok) {
		ok = engine_run(s, config, e);
		stop_request(&w.over, 1);
		pthread_join(thread, NULL);
	} else {
		err_set(e, ERR_MEMORY, "Cannot start the worker's thread");
	}
	stop_free(&w.round);
	stop_free(&w.over);
	return ok;
}

static bool work(struct cli *c, struct store *s, struct engine_config *config, struct stop *stop, struct err *e) {
	config->stop = stop;
	if (!cli_flag(c, "idle-exit"))
		return engine_run(s, config, e);
	/* A request that came while the worker was leaving found it registered and started no other: look again. */
	do {
		if (!round_until_idle(s, config, stop, e))
			return false;
	} while (!stop_requested(stop) && anything_to_do(s));
	return true;
}

static bool run_engine(struct cli *c, struct store *s, struct log *log, const struct engine_config *wanted,
		       struct err *e) {
	struct engine_config config = *wanted;
	config.log = log;
	config.net = net_new(log, e);
	if (!config.net)
		return false;
	log_line(log, LOG_INFO, "worker", "started, version %s", MAILVAN_VERSION);
	bool ok = work(c, s, &config, c->stop, e);
	if (ok)
		log_line(log, LOG_INFO, "worker", "%s",
			 stop_requested(c->stop) ? "stopped by a signal" : "nothing left to do");
	else
		log_line(log, LOG_ERROR, "worker", "%s", e->text);
	net_free(config.net);
	return ok;
}

static int worker(struct cli *c) {
	struct err e;
	uint64_t jobs;
	struct engine_config config = { 0 };
	const char *rate = cli_value(c, "rate");
	err_clear(&e);
	if (!cli_number(c, "jobs", 1, JOBS_MAX, 0, &jobs, &e) || (rate && !rates_parse(rate, &config.rate, &e)))
		return cli_fail(c, &e);
	config.jobs = (unsigned)jobs;
	struct store *s = cli_open(c, STORE_MUST_EXIST, NULL);
	if (!s)
		return CLI_USAGE;
	struct log *log = cli_flag(c, "idle-exit") ? runner_log(s, &e) : log_open(NULL, LOG_INFO, &e);
	bool ok = log && run_engine(c, s, log, &config, &e);
	log_close(log);
	store_close(s);
	if (!ok)
		return cli_fail(c, &e);
	return stop_requested(c->stop) ? CLI_STOPPED : CLI_OK;
}

static int run_worker(struct cli *c) {
	/* The terminal it was started from may go; the migration does not. */
	signal(SIGHUP, SIG_IGN);
	return with_signals(c, STOP_SHUTDOWN, worker);
}

const struct cli_command cmd_worker = {
	.name = "worker",
	.args = "",
	.summary = "carry out what is queued, in the foreground",
	.details = "SIGTERM or Ctrl+C ends it in order, a second one at once; SIGHUP is ignored. It logs to standard "
		   "error; with "
		   "--idle-exit, as a detached worker is started, to worker.log in the project's directory.\n\n"
		   "--jobs and --rate are this worker's own, until 'mailvan set' changes the project's.\n\n"
		   "Exit code: 0 when idle, 3 when stopped by a signal, 1 when it cannot go on.",
	.options = (const struct cli_option[]){ { 'j', "jobs", "N", "mailboxes at once (project's setting: 8)" },
						{ 0, "rate", "SIZE",
						  "bytes per second read from all sources (project's setting)" },
						{ 0, "idle-exit", NULL, "end when nothing has been queued for 10 s" },
						CLI_OPTIONS_END },
	.run = run_worker,
};
