/* SPDX-License-Identifier: MIT
 *
 * handlers_rates.c - mailboxes at once and the bandwidth cap, asked for on one line; a running worker obeys.
 */
#include <stdio.h>
#include <stdlib.h>

#include "tui/cli/rates.h"
#include "tui/model/handlers.h"
#include "tui/model/job.h"
#include "tui/view/dialogs.h"

struct wanted {
	struct store *store;
	bool (*set)(struct store *s, const char *text, struct err *e);
	const char *done; /* what it is */
	char text[32];
	bool ok;
	struct err e;
};

static void wanted_work(void *data) {
	struct wanted *w = data;
	w->ok = w->set(w->store, w->text, &w->e);
}

static void wanted_finish(struct console *c, void *data) {
	struct wanted *w = data;
	if (c && w->ok)
		console_note(c, "%s: %s", w->done, w->text);
	else if (c)
		console_complain(c, &w->e);
	free(w);
}

static void want(struct console *c, const char *text, bool (*set)(struct store *s, const char *text, struct err *e),
		 const char *done) {
	struct err e;
	struct wanted *w = calloc(1, sizeof *w);
	if (!w) {
		err_nomem(&e);
		console_complain(c, &e);
		return;
	}
	w->store = c->store;
	w->set = set;
	w->done = done;
	text_copy(w->text, sizeof w->text, text);
	job_start(c, "Saving", wanted_work, wanted_finish, w);
}

/* The setting as it stands; "" when there is none. */
static void current(struct console *c, const char *name, char *dst, size_t size, const char *fallback) {
	struct err e;
	if (!setting_get(c->store, name, dst, size, fallback, &e))
		text_copy(dst, size, fallback);
}

static void accept_jobs(struct console *c, const char *text) {
	want(c, text, rates_set_jobs, "Mailboxes at once");
}

void do_jobs(struct console *c, const char *arg) {
	static const struct prompt_spec spec = { .label = "Mailboxes at once: ", .accept = accept_jobs };
	char now[32];
	current(c, "jobs", now, sizeof now, "8");
	if (*arg)
		accept_jobs(c, arg);
	else
		dialog_prompt(c, &spec, now);
}

static void accept_rate(struct console *c, const char *text) {
	want(c, *text ? text : "off", rates_set_rate, "Bandwidth cap");
}

void do_rate(struct console *c, const char *arg) {
	static const struct prompt_spec spec = { .label = "Bytes per second (20M, off): ", .accept = accept_rate };
	char now[32];
	current(c, "rate", now, sizeof now, "");
	if (*arg)
		accept_rate(c, arg);
	else
		dialog_prompt(c, &spec, now);
}
