/* SPDX-License-Identifier: MIT
 *
 * task_follow.c - tasks carried out in this process, with progress on c->err, and what became of their items.
 */
#include <poll.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "tui/cli/record_output.h"
#include "tui/cli/rows.h"
#include "tui/cli/signals.h"
#include "tui/cli/table.h"
#include "tui/cli/task_follow.h"

#define LOOKS_TO_CLAIM 8 /* rounds between two tries to take over */
#define LOOK_MS 250
#define CLAIM_MS 2000

struct run {
	struct task_runner runner;
	int64_t task;
	struct stop done;
	bool ok;
	struct err e;
};

static void *run_main(void *arg) {
	struct run *r = arg;
	r->ok = task_run(&r->runner, r->task, &r->e);
	stop_request(&r->done, 1);
	return NULL;
}

static void show_progress(struct cli *c, const struct task_row *t, bool last) {
	char until[40], done[40], of[40];
	if (!isatty(fileno(c->err)))
		return;
	text_count(done, sizeof done, t->done + t->failed);
	text_count(of, sizeof of, t->items);
	clock_text(until, sizeof until, t->throttled_until);
	fprintf(c->err, "\r\033[K%s: %s%s%s", t->label, done, t->items ? " of " : "", t->items ? of : "");
	if (t->failed)
		fprintf(c->err, ", %llu failed", (unsigned long long)t->failed);
	if (t->throttled_until)
		fprintf(c->err, ", throttled until %s", until);
	fputs(last ? "\r\033[K" : "", c->err);
	fflush(c->err);
}

static void follow(struct cli *c, struct store *s, struct run *r) {
	struct task_row t;
	struct err e;
	while (!stop_requested(&r->done)) {
		struct pollfd fd = { .fd = stop_fd(&r->done), .events = POLLIN };
		err_clear(&e);
		if (r->task && task_get(s, r->task, &t, &e))
			show_progress(c, &t, false);
		poll(&fd, 1, LOOK_MS);
	}
	if (r->task && task_get(s, r->task, &t, &e))
		show_progress(c, &t, true);
}

bool task_run_here(struct cli *c, struct store *s, int64_t task, struct err *e) {
	char path[4200];
	pthread_t thread;
	struct run r = { .task = task, .runner = { .store = s, .stop = c->stop } };
	snprintf(path, sizeof path, "%s/tasks.log", store_dir(s));
	r.runner.log = log_open(path, LOG_INFO, e);
	r.runner.net = r.runner.log ? net_new(r.runner.log, e) : NULL;
	bool ok = r.runner.net != NULL;
	if (ok && !stop_init(&r.done, NULL)) {
		ok = err_errno(e, ERR_MEMORY, "Cannot start the task");
	} else if (ok) {
		ok = pthread_create(&thread, NULL, run_main, &r) == 0 ||
		     err_set(e, ERR_MEMORY, "Cannot start the task's thread");
		if (ok) {
			follow(c, s, &r);
			pthread_join(thread, NULL);
			ok = r.ok;
			*e = r.e;
		}
		stop_free(&r.done);
	}
	net_free(r.runner.net);
	log_close(r.runner.log);
	return ok;
}

/* It waited for another task. Left in the queue, it would be done when nobody expects it any more. */
static bool stop_queued(struct store *s, struct task_row *t, struct err *e) {
	char who[200];
	struct err late;
	command_who(who, sizeof who);
	if (!task_wish(s, t->id, TASK_WISH_STOP, who, &late) && late.cat != ERR_INPUT) { /* INPUT: it has ended */
		*e = late;
		return false;
	}
	return task_get(s, t->id, t, e);
}

/* Another process may have it: then it is waited for, unless it dies. Claiming tells: a live one keeps its task. */
static bool wait_end(struct cli *c, struct store *s, int64_t task, struct task_row *t, struct err *e) {
	mono_ms_t looked = 0;
	for (;;) {
		if (!task_get(s, task, t, e))
			return false;
		bool open = t->state == TASK_QUEUED || t->state == TASK_RUNNING;
		if (open && stop_requested(c->stop))
			return t->state == TASK_RUNNING || stop_queued(s, t, e);
		if (!open)
			return true;
		if (t->state == TASK_QUEUED || mono_ms() - looked > CLAIM_MS) {
			looked = mono_ms();
			if (!task_run_here(c, s, task, e))
				return false;
			continue;
		}
		show_progress(c, t, false);
		struct pollfd fd = { .fd = stop_fd(c->stop), .events = POLLIN };
		poll(&fd, 1, LOOK_MS);
	}
}

static int say_end(struct cli *c, const struct task_row *t) {
	switch (t->state) {
	case TASK_DONE:
		return t->failed ? CLI_GAPS : CLI_OK;
	case TASK_FAILED:
		cli_note(c, "Task %lld failed: %s", (long long)t->id, t->error);
		if (t->items)
			cli_note(c, "What is left can go on with: mailvan task resume %lld", (long long)t->id);
		return CLI_GAPS;
	default:
		cli_note(c, "Task %lld is %s; mailvan task resume %lld goes on.", (long long)t->id,
			 t->state == TASK_RUNNING  ? "still running elsewhere"
			 : t->state == TASK_PAUSED ? "paused"
						   : "stopped",
			 (long long)t->id);
		return CLI_STOPPED;
	}
}

struct items {
	struct cli *c;
	struct table *table;
	json_t *array;
	size_t skipped;
	bool only_failed, ok;
};

static bool on_item(void *arg, const struct item_row *i, const char *text) {
	struct items *l = arg;
	l->skipped += i->state == ITEM_SKIPPED;
	if (l->array) {
		json_t *o =
			json_pack("{s:I, s:o, s:s, s:s, s:o}", "n", (json_int_t)i->n, "target", json_text(i->target),
				  "change", i->verb, "result", item_state_name(i->state), "text", json_text(text));
		l->ok = o && json_array_append_new(l->array, o) == 0;
		return l->ok;
	}
	if (l->only_failed && i->state != ITEM_FAILED && i->state != ITEM_SKIPPED)
		return true;
	struct table_cell cells[] = { { i->target, TONE_PLAIN },
				      { i->verb, TONE_DIM },
				      { item_state_name(i->state), i->state == ITEM_FAILED    ? TONE_BAD
								   : i->state == ITEM_SKIPPED ? TONE_WARN
											      : TONE_GOOD },
				      { text, TONE_PLAIN } };
	l->ok = table_add(l->table, cells);
	return l->ok;
}

#define ITEMS_SHOWN 40 /* of a longer task only what failed or was left */

static int print_result(struct cli *c, struct store *s, const struct task_row *t, int code) {
	static const struct table_column columns[] = { { "Target", false },
						       { "Change", false },
						       { "Result", false },
						       { "What happened", false },
						       { NULL, false } };
	struct items l = { .c = c, .only_failed = t->items > ITEMS_SHOWN, .ok = true };
	struct err e;
	char done[40], failed[40];
	if (c->json)
		l.array = json_array();
	else
		l.table = table_new(columns);
	bool ok = (l.array || l.table) && task_items_each(s, t->id, on_item, &l, &e) && l.ok;
	if (!ok) {
		table_free(l.table);
		json_decref(l.array);
		err_nomem(&e);
		return cli_fail(c, &e);
	}
	if (code == CLI_OK && l.skipped > 0)
		code = CLI_GAPS;
	if (c->json)
		return cli_print_json(c,
				      json_pack("{s:I, s:s, s:o, s:I, s:I, s:I, s:I, s:o, s:o}", "task",
						(json_int_t)t->id, "state", task_state_name(t->state), "label",
						json_text(t->label), "total", (json_int_t)t->items, "done",
						(json_int_t)t->done, "failed", (json_int_t)t->failed, "skipped",
						(json_int_t)l.skipped, "error", json_text_or_null(t->error), "items",
						l.array),
				      code);
	if (strcmp(t->verb, "change") == 0)
		table_print(l.table, c->out, colour_wanted(c, c->out));
	table_free(l.table);
	text_count(done, sizeof done, t->done);
	text_count(failed, sizeof failed, t->failed);
	fprintf(c->out, "%s: %s done, %s failed", t->label, done, failed);
	if (l.skipped)
		fprintf(c->out, ", %zu left as they are", l.skipped);
	fprintf(c->out, " (task %lld)\n", (long long)t->id);
	return cli_written(c, code);
}

int task_wait(struct cli *c, struct store *s, int64_t task, struct task_row *t) {
	struct err e;
	err_clear(&e);
	*t = (struct task_row){ 0 };
	return wait_end(c, s, task, t, &e) ? say_end(c, t) : cli_fail(c, &e);
}

int task_see_through(struct cli *c, struct store *s, int64_t task) {
	struct task_row t;
	int code = task_wait(c, s, task, &t);
	return t.id ? print_result(c, s, &t, code) : code;
}
