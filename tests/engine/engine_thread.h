/* SPDX-License-Identifier: MIT
 *
 * engine_thread.h - the engine in a thread, as a worker runs it: it does not end when nothing is left, so that the test
 * looks and commands while it waits. (world_command runs one in the test's own thread until nothing is left.)
 */
#ifndef TESTS_ENGINE_ENGINE_THREAD_H
#define TESTS_ENGINE_ENGINE_THREAD_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <poll.h>
#include <pthread.h>
#include <string.h>

#include "tests/servers/quirk_world_lib.h"

struct engine_thread {
	struct quirk_world *w;
	struct engine_config config;
	pthread_t thread;
	bool ok;
	struct err e;
};

static void *run_engine(void *arg) {
	struct engine_thread *t = arg;
	t->ok = engine_run(t->w->store, &t->config, &t->e);
	return NULL;
}

static void command(struct quirk_world *w, enum command c) {
	struct command_result done;
	struct err e;
	if (!command_issue(w->store, c, NULL, "test", &done, &e))
		fail_msg("%s", e.text);
}

static void begin(struct engine_thread *t, struct quirk_world *w, unsigned jobs) {
	*t = (struct engine_thread){ .w = w };
	t->config = (struct engine_config){
		.jobs = jobs, .settle_ms = w->settle_ms, .share_rows = w->share_rows,
		.net = w->net, .log = w->log, .stop = &w->stop
	};
	assert_true(stop_init(&w->stop, NULL));
	assert_int_equal(pthread_create(&t->thread, NULL, run_engine, t), 0);
}

static void end(struct engine_thread *t) {
	stop_request(&t->w->stop, STOP_SHUTDOWN);
	pthread_join(t->thread, NULL);
	stop_free(&t->w->stop);
	if (!t->ok)
		fail_msg("%s", t->e.text);
}

/* The row as soon as it is in that state, with a text in its error (NULL = any); a failure after limit_ms. */
static struct mailbox_row row_in_state(struct quirk_world *w, int64_t id, enum mailbox_state state, const char *error,
				       mono_ms_t limit_ms) {
	struct mailbox_row row = { 0 };
	for (mono_ms_t limit = mono_ms() + limit_ms; mono_ms() < limit; poll(NULL, 0, 5)) {
		row = world_row(w, id);
		if (row.state == state && (!error || strstr(row.error, error)))
			return row;
	}
	fail_msg("mailbox %lld is %s: %s", (long long)id, mailbox_state_name(row.state), row.error);
	return row;
}

#endif
