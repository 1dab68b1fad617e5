/* SPDX-License-Identifier: MIT
 *
 * handlers_mailbox.c - requests on mailboxes: written to the store, carried out by a worker.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tui/model/handlers.h"
#include "tui/model/job.h"
#include "tui/view/dialogs.h"

#define MANY 10 /* from here on removing asks for the number to be typed */

struct request {
	enum command command;
	struct kept_choice what;
	struct store *store;
	const char *exe;
	/* filled by the job */
	struct command_result result;
	char note[ERR_TEXT_MAX];
	bool ok, started;
	struct err e;
};

static void request_free(void *data) {
	struct request *r = data;
	if (r)
		kept_choice_free(&r->what);
	free(r);
}

static struct request *request_new(struct console *c, enum command command, const struct choice *choice) {
	struct request *r = calloc(1, sizeof *r);
	struct err e;
	if (!r || !choice_keep(choice, &r->what, &e)) {
		free(r);
		err_nomem(&e);
		console_complain(c, &e);
		return NULL;
	}
	r->command = command;
	r->store = c->store;
	r->exe = c->exe;
	return r;
}

static bool wants_worker(enum command c) {
	return c == CMD_MIGRATE || c == CMD_TEST || c == CMD_RESUME || c == CMD_RETRY;
}

/* In the job's thread. */
static void request_work(void *data) {
	struct request *r = data;
	struct worker_info live;
	char who[256];
	command_who(who, sizeof who);
	r->ok = command_issue(r->store, r->command, &r->what.filter, who, &r->result, &r->e);
	/* What migrate refuses is queued already, or was in the hands of a worker that has died. */
	bool waiting = r->command == CMD_MIGRATE && r->result.refused > 0;
	if (!r->ok || !wants_worker(r->command) || (r->result.affected == 0 && !waiting))
		return;
	struct err none;
	if (worker_find_live(r->store, &live, &none))
		return;
	r->ok = worker_start_detached(r->store, r->exe, r->note, sizeof r->note, &r->e);
	r->started = r->ok;
	if (!r->ok)
		err_prefix(&r->e, "The request is stored, but no worker could be started");
}

static void request_finish(struct console *c, void *data) {
	struct request *r = data;
	if (c) {
		char affected[32], refused[32], rest[64] = "";
		text_count(affected, sizeof affected, r->result.affected);
		text_count(refused, sizeof refused, r->result.refused);
		if (r->result.refused)
			snprintf(rest, sizeof rest, ", %s left as they are", refused);
		if (r->command == CMD_REMOVE)
			marks_clear(&c->list.marks);
		console_refresh(c);
		if (!r->ok)
			console_complain(c, &r->e);
		else if (r->started && r->result.affected == 0)
			console_note(c, "%s mailbox%s waited for a worker: one was started%s%s", refused,
				     r->result.refused == 1 ? "" : "es", *r->note ? ". " : "", r->note);
		else
			console_note(c, "%s: %s mailbox%s%s%s%s%s", command_name(r->command), affected,
				     r->result.affected == 1 ? "" : "es", rest,
				     r->started ? ". A worker was started" : "", *r->note ? ". " : "", r->note);
	}
	request_free(r);
}

static void send_request(struct console *c, void *data) {
	struct request *r = data;
	char label[120];
	snprintf(label, sizeof label, "%s: asking for %.60s", command_name(r->command), r->what.name);
	job_start(c, label, request_work, request_finish, r);
}

static void ask(struct console *c, struct request *r, const char *title, const char *text, const char *yes,
		const char *typed) {
	dialog_ask(c, &(struct question){ .title = title, .text = text, .yes = yes, .no = "Cancel", .typed = typed,
					  .accept = send_request, .release = request_free, .data = r });
}

/* A request on more than one mailbox that were not marked one by one asks first. */
static void issue(struct console *c, enum command command, const char *verb) {
	struct choice choice;
	char text[IDENTITY_MAX + 200];
	console_choice(c, &choice);
	struct request *r = request_new(c, command, &choice);
	if (!r)
		return;
	if (choice.scope == SCOPE_ROW || choice.scope == SCOPE_MARKED || choice.count <= 1) {
		send_request(c, r);
		return;
	}
	snprintf(text, sizeof text, "%s %s?", verb, choice.name);
	ask(c, r, verb, text, verb, NULL);
}

void do_test(struct console *c, const char *arg) {
	(void)arg;
	issue(c, CMD_TEST, "Test");
}

void do_migrate(struct console *c, const char *arg) {
	(void)arg;
	issue(c, CMD_MIGRATE, "Migrate");
}

void do_pause(struct console *c, const char *arg) {
	(void)arg;
	issue(c, CMD_PAUSE, "Pause");
}

void do_resume(struct console *c, const char *arg) {
	(void)arg;
	issue(c, CMD_RESUME, "Resume");
}

void do_stop(struct console *c, const char *arg) {
	(void)arg;
	issue(c, CMD_STOP, "Stop");
}

void do_retry(struct console *c, const char *arg) {
	(void)arg;
	issue(c, CMD_RETRY, "Retry");
}

void do_remove(struct console *c, const char *arg) {
	struct choice choice;
	char text[IDENTITY_MAX + 400], count[32], plain[32];
	(void)arg;
	console_choice(c, &choice);
	struct request *r = request_new(c, CMD_REMOVE, &choice);
	if (!r)
		return;
	text_count(count, sizeof count, choice.count);
	snprintf(plain, sizeof plain, "%llu", (unsigned long long)choice.count);
	snprintf(text, sizeof text,
		 "Remove %s from this project?\n\nThe history of what was copied and the stored passwords go too. "
		 "Mail on the servers is not touched; mailboxes that are being copied stay. If one is added again, "
		 "what is already at the target is found and not copied twice.",
		 choice.name);
	ask(c, r, "Remove", text, "Remove", choice.count >= MANY ? plain : NULL);
}
