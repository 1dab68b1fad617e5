/* SPDX-License-Identifier: MIT
 *
 * signals.c - the thread behind signals.h.
 */
#include "tui/cli/signals.h"

#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <sys/signalfd.h>
#include <unistd.h>

struct watch {
	struct stop stop;
	enum stop_reason reason; /* of Ctrl+C */
	struct stop ended;	 /* tells the thread to go */
	int fd;
};

static void *watch_main(void *arg) {
	struct watch *w = arg;
	struct pollfd fds[2] = { { .fd = w->fd, .events = POLLIN }, { .fd = stop_fd(&w->ended), .events = POLLIN } };
	bool once = false;
	while (!stop_requested(&w->ended)) {
		struct signalfd_siginfo info;
		if (poll(fds, 2, -1) < 0 || !(fds[0].revents & POLLIN))
			continue;
		if (read(w->fd, &info, sizeof info) != (ssize_t)sizeof info)
			continue;
		if (once)
			_exit(CLI_STOPPED);
		once = true;
		stop_request(&w->stop, info.ssi_signo == SIGTERM ? STOP_SHUTDOWN : (int)w->reason);
	}
	return NULL;
}

static int run_watched(struct cli *c, struct watch *w, int (*body)(struct cli *c)) {
	pthread_t thread;
	struct err e;
	if (pthread_create(&thread, NULL, watch_main, w) != 0) {
		err_set(&e, ERR_MEMORY, "Cannot start a thread to watch for signals");
		return cli_fail(c, &e);
	}
	c->stop = &w->stop;
	int code = body(c);
	c->stop = NULL;
	stop_request(&w->ended, 1);
	pthread_join(thread, NULL);
	return code;
}

int with_signals(struct cli *c, enum stop_reason reason, int (*body)(struct cli *c)) {
	struct watch w = { .reason = reason, .stop.fd = -1, .ended.fd = -1 };
	sigset_t set, before;
	struct err e;
	int code;
	sigemptyset(&set);
	sigaddset(&set, SIGINT);
	sigaddset(&set, SIGTERM);
	pthread_sigmask(SIG_BLOCK, &set, &before);
	w.fd = signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
	if (w.fd >= 0 && stop_init(&w.stop, NULL) && stop_init(&w.ended, NULL)) {
		code = run_watched(c, &w, body);
	} else {
		err_errno(&e, ERR_MEMORY, "Cannot watch for signals");
		code = cli_fail(c, &e);
	}
	stop_free(&w.stop);
	stop_free(&w.ended);
	if (w.fd >= 0)
		close(w.fd);
	pthread_sigmask(SIG_SETMASK, &before, NULL);
	return code;
}
