/* SPDX-License-Identifier: MIT
 *
 * engine_lib.c - see engine_lib.h.
 */
#include "tests/crash/engine_lib.h"

#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "core/base/crash_point.h"
#include "core/mailvan.h"

/* What this process, an engine, was told; the calls come from all of its threads. */
static struct engine_order my_order;
static struct engine_news *my_news;

/* Commits come from the writer's thread alone: the others go on meanwhile. */
static void be_slow(const char *name) {
	const struct timespec t = { .tv_nsec = (long)my_order.commit_ms * 1000000 };
	if (my_order.commit_ms && strcmp(name, "store: before the commit") == 0)
		nanosleep(&t, NULL);
}

void crash_point(const char *name) {
	unsigned n = my_news ? atomic_fetch_add(&my_news->reached, 1) + 1 : 0;
	be_slow(name);
	if (n == 0 || n != my_order.stop_at)
		return;
	snprintf(my_news->at, sizeof my_news->at, "%s", name);
	if (my_order.how == CRASH_EXIT)
		_exit(ENGINE_CRASHED);
	pthread_kill(pthread_self(), SIGSTOP); /* delivered to this thread before the call returns */
}

static bool run_engine(struct err *e) {
	struct stop stop;
	struct log *log = NULL;
	if (getenv("MAILVAN_TEST_LOG"))
		log = log_open(NULL, LOG_DEBUG, e);
	struct store *s = store_open(my_order.project, 0, log, e);
	struct net *net = s ? net_new(log, e) : NULL;
	if (!net || !stop_init(&stop, NULL))
		return false;
	struct engine_config config = { .jobs = 2,
					.settle_ms = my_order.settle_ms,
					.share_rows = my_order.share_rows,
					.list_rows = my_order.list_rows,
					.drain = true,
					.log = log,
					.net = net,
					.stop = &stop,
					.timeouts = { .connect_ms = my_order.idle_ms,
						      .idle_ms = my_order.idle_ms } };
	atomic_store(&my_news->reached, 0);
	bool ok = engine_run(s, &config, e);
	stop_free(&stop);
	net_free(net);
	store_close(s);
	return ok;
}

static _Noreturn void be_engine(struct engine_news *news, const struct engine_order *order) {
	struct err e;
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	alarm(ENGINE_SECONDS);
	my_order = *order;
	my_news = news;
	*news = (struct engine_news){ 0 };
	bool ok = run_engine(&e);
	if (!ok)
		snprintf(news->error, sizeof news->error, "%s", e.text);
	_exit(ok ? 0 : 1);
}

struct request {
	enum { START, WAIT, PEEK } what;
	struct engine_order order;
	pid_t pid;
};

static _Noreturn void be_nursery(int fd, struct engine_news *news) {
	struct request r;
	while (recv(fd, &r, sizeof r, 0) == (ssize_t)sizeof r) {
		int answer = -1;
		if (r.what == START) {
			answer = fork();
			if (answer == 0) {
				close(fd);
				be_engine(&news[r.order.slot], &r.order);
			}
		} else {
			pid_t pid;
			do
				pid = waitpid(r.pid, &answer, WUNTRACED | (r.what == PEEK ? WNOHANG : 0));
			while (pid < 0 && errno == EINTR);
			if (pid == 0)
				answer = -1;
		}
		if (send(fd, &answer, sizeof answer, MSG_NOSIGNAL) < 0)
			break;
	}
	_exit(0);
}

bool nursery_open(struct nursery *n) {
	int pair[2];
	n->news = mmap(NULL, ENGINE_SLOTS * sizeof *n->news, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (n->news == MAP_FAILED || socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair) != 0)
		return false;
	n->pid = fork();
	if (n->pid == 0) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		close(pair[0]);
		be_nursery(pair[1], n->news);
	}
	close(pair[1]);
	n->fd = pair[0];
	return n->pid > 0;
}

void nursery_close(struct nursery *n) {
	close(n->fd);
	waitpid(n->pid, NULL, 0);
	munmap(n->news, ENGINE_SLOTS * sizeof *n->news);
}

static int ask(struct nursery *n, const struct request *r) {
	int answer = -1;
	if (send(n->fd, r, sizeof *r, MSG_NOSIGNAL) != (ssize_t)sizeof *r ||
	    recv(n->fd, &answer, sizeof answer, 0) != (ssize_t)sizeof answer)
		return -1;
	return answer;
}

pid_t engine_start(struct nursery *n, const struct engine_order *order) {
	return ask(n, &(struct request){ .what = START, .order = *order });
}

int engine_wait(struct nursery *n, pid_t pid) { return ask(n, &(struct request){ .what = WAIT, .pid = pid }); }

bool engine_peek(struct nursery *n, pid_t pid, int *status) {
	*status = ask(n, &(struct request){ .what = PEEK, .pid = pid });
	return *status != -1;
}
