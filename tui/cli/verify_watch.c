/* SPDX-License-Identifier: MIT
 *
 * verify_watch.c - see verify_watch.h.
 */
#include "tui/cli/verify_watch.h"

#include <poll.h>
#include <pthread.h>
#include <stdlib.h>

#define LOOK_MS 500

struct verify_watch {
	struct store *store;
	int64_t run;
	const atomic_uint_fast64_t *rows;
	struct stop *stop, ended;
	pthread_t thread;
};

/* A store that can't be written now says so to whoever has a result to keep; the look itself goes on. */
static void look(struct verify_watch *w) {
	struct err ignored;
	bool stop = false;
	if (verify_run_progress(w->store, w->run, atomic_load(w->rows), &stop, &ignored) && stop)
		stop_request(w->stop, STOP_SHUTDOWN);
}

static void *watch_run(void *arg) {
	struct verify_watch *w = arg;
	while (!stop_requested(&w->ended)) {
		struct pollfd fd = { .fd = stop_fd(&w->ended), .events = POLLIN };
		look(w);
		poll(&fd, 1, LOOK_MS);
	}
	look(w);
	return NULL;
}

struct verify_watch *verify_watch_start(struct store *s, int64_t run, const atomic_uint_fast64_t *rows,
					struct stop *stop, struct err *e) {
	struct verify_watch *w = calloc(1, sizeof *w);
	if (!w || !stop_init(&w->ended, NULL)) {
		free(w);
		err_nomem(e);
		return NULL;
	}
	w->store = s;
	w->run = run;
	w->rows = rows;
	w->stop = stop;
	if (pthread_create(&w->thread, NULL, watch_run, w) == 0)
		return w;
	stop_free(&w->ended);
	free(w);
	err_set(e, ERR_MEMORY, "Cannot start a thread");
	return NULL;
}

void verify_watch_end(struct verify_watch *w) {
	if (!w)
		return;
	stop_request(&w->ended, 1);
	pthread_join(w->thread, NULL);
	stop_free(&w->ended);
	free(w);
}
