/* SPDX-License-Identifier: MIT
 *
 * job.c - work that takes longer than a key may, in a thread of its own.
 */
#include "tui/model/job.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>

struct job {
	pthread_t thread;
	atomic_bool done;
	char label[120];
	void (*work)(void *data);
	job_finish_fn *finish;
	void *data;
	struct stop *stop; /* NULL: it ends by itself soon enough */
};

static void *run(void *arg) {
	struct job *j = arg;
	j->work(j->data);
	atomic_store(&j->done, true);
	return NULL;
}

bool job_start(struct console *c, const char *label, void (*work)(void *data), job_finish_fn *finish, void *data) {
	struct err e;
	struct job *j = c->job ? NULL : calloc(1, sizeof *j);
	if (c->job)
		err_set(&e, ERR_INPUT, "Wait a moment: %s", c->job->label);
	else if (!j)
		err_nomem(&e);
	if (j) {
		text_copy(j->label, sizeof j->label, label);
		j->work = work;
		j->finish = finish;
		j->data = data;
		if (pthread_create(&j->thread, NULL, run, j) == 0) {
			c->job = j;
			c->dirty = true;
			return true;
		}
		err_set(&e, ERR_MEMORY, "No thread could be started");
		free(j);
	}
	console_complain(c, &e);
	finish(NULL, data);
	return false;
}

void job_stoppable(struct console *c, struct stop *stop) {
	if (c->job)
		c->job->stop = stop;
}

void job_poll(struct console *c) {
	struct job *j = c->job;
	if (!j || !atomic_load(&j->done))
		return;
	pthread_join(j->thread, NULL);
	c->job = NULL;
	c->dirty = true;
	j->finish(c, j->data);
	free(j);
}

const char *job_label(const struct console *c) { return c->job ? c->job->label : NULL; }

void job_abandon(struct console *c) {
	struct job *j = c->job;
	if (!j)
		return;
	if (j->stop)
		stop_request(j->stop, 1);
	pthread_join(j->thread, NULL);
	c->job = NULL;
	j->finish(NULL, j->data);
	free(j);
}
