/* SPDX-License-Identifier: MIT
 *
 * handlers_ask.c - the recovery password of a device: asked of the service, shown once, noted in the audit list.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tui/model/handlers.h"
#include "tui/model/job.h"
#include "tui/view/dialogs.h"

struct asking {
	struct store *store;
	int64_t tenant;
	char identity[RECORD_LABEL_MAX], name[IDENTITY_MAX + 32];
	struct stop stop;
	struct secret password;
	bool ok;
	struct err e;
};

static bool ask(struct asking *a, struct net *net) {
	struct directory_context ctx = { .store = a->store, .net = net, .stop = &a->stop };
	struct directory *d = directory_open(&ctx, a->tenant, &a->e);
	if (!d)
		return false;
	json_t *answer = d->ops->ask(d, "recovery-password", a->identity, &a->e);
	const char *password = answer ? json_str(answer, "recoveryPassword") : "";
	bool ok = answer && (secret_set(&a->password, password, strlen(password)) || err_nomem(&a->e));
	json_decref(answer);
	directory_close(d);
	return ok;
}

/* In the job's thread. What can't be noted is not shown. */
static void ask_work(void *data) {
	struct asking *a = data;
	char path[4200], who[256];
	struct err lost;
	snprintf(path, sizeof path, "%s/tasks.log", store_dir(a->store));
	struct log *log = log_open(path, LOG_INFO, &a->e);
	struct net *net = log ? net_new(log, &a->e) : NULL;
	a->ok = net && ask(a, net);
	net_free(net);
	log_close(log);
	command_who(who, sizeof who);
	if (!audit_note(a->store, a->tenant, who, "device-recovery-password", a->identity, a->ok ? "Done" : "Failed",
			a->ok ? "the recovery password was shown" : a->e.text, &lost)) {
		a->e = a->ok ? lost : a->e;
		a->ok = false;
	}
}

static void ask_finish(struct console *c, void *data) {
	struct asking *a = data;
	char text[700];
	if (c && a->ok) {
		snprintf(text, sizeof text, "%s\n\n%s\n\nIt is shown this once, and noted in the audit list.", a->name,
			 a->password.data);
		dialog_tell(c, "Recovery password", text);
		explicit_bzero(text, sizeof text);
	} else if (c) {
		console_complain(c, &a->e);
	}
	secret_clear(&a->password);
	stop_free(&a->stop);
	free(a);
}

void do_recovery_password(struct console *c, const char *arg) {
	const struct record_line *line = list_current_line(&c->list);
	struct err e;
	struct asking *a = calloc(1, sizeof *a);
	(void)arg;
	if (!a || !stop_init(&a->stop, NULL)) {
		free(a);
		err_nomem(&e);
		console_complain(c, &e);
		return;
	}
	a->store = c->store;
	a->tenant = c->tenant.is.id;
	text_copy(a->identity, sizeof a->identity, line->label);
	snprintf(a->name, sizeof a->name, "%.150s, %.150s", line->cells[0], line->cells[1]);
	if (job_start(c, "Asking for the recovery password", ask_work, ask_finish, a))
		job_stoppable(c, &a->stop);
}
