/* SPDX-License-Identifier: MIT
 *
 * service_ask.c - see service_ask.h.
 */
#include "tui/model/service_ask.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tui/model/job.h"

struct asking {
	struct service_question q;
	struct store *store;
	int64_t tenant;
	char target[RECORD_LABEL_MAX];
	struct stop stop;
	json_t *answer;
	bool ok;
	struct err e;
};

static bool put_question(struct asking *a, struct net *net) {
	struct directory_context ctx = { .store = a->store, .net = net, .stop = &a->stop };
	struct directory *d = directory_open(&ctx, a->tenant, &a->e);
	if (!d)
		return false;
	a->answer = d->ops->ask(d, a->q.question, a->target, &a->e);
	directory_close(d);
	return a->answer != NULL;
}

/* What can't be noted is not shown. */
static void note_down(struct asking *a) {
	char who[256];
	struct err lost;
	command_who(who, sizeof who);
	if (audit_note(a->store, a->tenant, who, a->q.audit, a->target, a->ok ? "Done" : "Failed",
		       a->ok ? a->q.shown : a->e.text, &lost))
		return;
	a->e = a->ok ? lost : a->e;
	a->ok = false;
}

/* In the job's thread. */
static void ask_work(void *data) {
	struct asking *a = data;
	char path[4200];
	snprintf(path, sizeof path, "%s/tasks.log", store_dir(a->store));
	struct log *log = log_open(path, LOG_INFO, &a->e);
	struct net *net = log ? net_new(log, &a->e) : NULL;
	a->ok = net && put_question(a, net);
	net_free(net);
	log_close(log);
	if (a->q.audit)
		note_down(a);
}

static void ask_finish(struct console *c, void *data) {
	struct asking *a = data;
	if (c && !a->ok && a->q.failed)
		a->q.failed(c, &a->e, a->q.data);
	else if (c && !a->ok)
		console_complain(c, &a->e);
	if (c && a->ok)
		a->q.answered(c, a->answer, a->q.data);
	else if (a->q.release)
		a->q.release(a->q.data);
	json_decref(a->answer);
	stop_free(&a->stop);
	free(a);
}

void service_ask(struct console *c, const struct service_question *q) {
	struct err e;
	struct asking *a = calloc(1, sizeof *a);
	if (!a || !stop_init(&a->stop, NULL)) {
		free(a);
		if (q->release)
			q->release(q->data);
		err_nomem(&e);
		console_complain(c, &e);
		return;
	}
	a->q = *q;
	a->store = c->store;
	a->tenant = c->tenant.is.id;
	text_copy(a->target, sizeof a->target, q->target);
	a->q.target = NULL;
	if (job_start(c, q->label, ask_work, ask_finish, a))
		job_stoppable(c, &a->stop);
}
