/* SPDX-License-Identifier: MIT
 *
 * task_run.c - carries out one task after the other. An item is marked as sent, durably, before its request leaves;
 * what was there before is noted with it.
 */
#include "core/admin/task_run.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/admin/feeds.h"
#include "core/base/detach.h"
#include "core/base/text.h"

#define GROUP_MAX 20
#define LOOK_MS 250 /* between two looks at the wishes */

struct job {
	const struct task_runner *r;
	struct task_row task;
	struct directory *dir;
	mono_ms_t next_look;
	wall_ms_t until;
	bool pause, stop, lost; /* lost: the store could not be written */
	struct err e;		/* lost */
};

/* Reads the wishes and says how far it is, not more often than LOOK_MS. False: stop now. */
static bool job_look(struct job *j, uint64_t rows, uint64_t of) {
	if (stop_requested(j->r->stop))
		return false;
	if (mono_ms() < j->next_look)
		return !j->pause && !j->stop;
	j->next_look = mono_ms() + LOOK_MS;
	if (j->until <= wall_ms()) /* waited for */
		j->until = 0;
	if (!task_progress(j->r->store, j->task.id, rows, of, j->until, &j->pause, &j->stop, &j->e))
		j->lost = true;
	return !j->lost && !j->pause && !j->stop;
}

static bool on_progress(void *arg, uint64_t rows, uint64_t of, wall_ms_t until) {
	struct job *j = arg;
	if (until != j->until)
		j->next_look = 0;
	j->until = until;
	if (!until) {
		j->task.done = rows;
		j->task.items = of;
	}
	return job_look(j, j->task.done, j->task.items);
}

/* A group of items of one verb on its way: what the task has of them, and the change that each means. */
struct group {
	struct item_row items[GROUP_MAX];
	struct change changes[GROUP_MAX];
	json_t *args[GROUP_MAX];
	char *befores[GROUP_MAX];
	struct change_result results[GROUP_MAX];
	size_t n;
};

static void group_clear(struct group *g) {
	for (size_t i = 0; i < g->n; i++) {
		item_clear(&g->items[i]);
		json_decref(g->args[i]);
		free(g->befores[i]);
		change_result_clear(&g->results[i]);
	}
	*g = (struct group){ 0 };
}

static char *json_line(const json_t *j) {
	return j ? json_dumps(j, JSON_COMPACT | JSON_SORT_KEYS | JSON_ENCODE_ANY) : NULL;
}

/* What an item is called when it has ended; the text of a failure, or what was done. */
static void result_text(char *dst, size_t size, const struct group *g, size_t i) {
	const struct change_result *r = &g->results[i];
	if (r->state == CHANGE_FAILED)
		text_copy(dst, size, r->e.text);
	else
		snprintf(dst, size, "%s%s%s%s",
			 r->state == CHANGE_ALREADY ? "it was so already" : change_did(g->changes[i].verb),
			 r->note[0] ? " (" : "", r->note, r->note[0] ? ")" : "");
}

/* Nobody knows whether it was carried out: the answer was lost, was not waited for, or could not be read. */
static bool unknown(const struct change_result *r) {
	return r->state == CHANGE_LATER &&
	       (r->e.cat == ERR_NET || r->e.cat == ERR_CANCELLED || r->e.cat == ERR_SERVER_BUG);
}

static bool write_results(struct job *j, struct group *g) {
	static const enum item_state states[] = { [CHANGED] = ITEM_DONE,
						  [CHANGE_ALREADY] = ITEM_ALREADY,
						  [CHANGE_FAILED] = ITEM_FAILED,
						  [CHANGE_LATER] = ITEM_PENDING };
	struct item_result out[GROUP_MAX];
	char *json[2 * GROUP_MAX] = { 0 };
	char(*texts)[700] = calloc(g->n, sizeof *texts);
	bool ok = texts != NULL || err_nomem(&j->e);
	for (size_t i = 0; ok && i < g->n; i++) {
		const struct change_result *r = &g->results[i];
		result_text(texts[i], sizeof texts[i], g, i);
		json[2 * i] = json_line(r->before);
		json[2 * i + 1] = json_line(r->after);
		out[i] = (struct item_result){ .n = g->items[i].n,
					       /* Sent: it is looked at again before it is repeated. */
					       .state = unknown(r) ? ITEM_SENT : states[r->state],
					       .text = texts[i],
					       .before = json[2 * i],
					       .after = json[2 * i + 1],
					       .request_id = r->request_id };
	}
	ok = ok && task_items_result(j->r->store, j->task.id, out, g->n, &j->e);
	for (size_t i = 0; i < 2 * GROUP_MAX; i++)
		free(json[i]);
	free(texts);
	j->lost = j->lost || !ok;
	return ok;
}

/* One item whose arguments do not fit, or that cannot be looked at, ends without being sent. */
static bool refuse_item(struct job *j, struct group *g, size_t i, const struct err *why) {
	struct item_result r = { .n = g->items[i].n, .state = ITEM_FAILED, .text = why->text };
	bool ok = task_items_result(j->r->store, j->task.id, &r, 1, &j->e);
	item_clear(&g->items[i]);
	json_decref(g->args[i]);
	g->n--;
	for (size_t k = i; k < g->n; k++) {
		g->items[k] = g->items[k + 1];
		g->args[k] = g->args[k + 1];
	}
	g->items[g->n] = (struct item_row){ 0 };
	g->args[g->n] = NULL;
	j->lost = j->lost || !ok;
	return ok;
}

static bool read_args(struct job *j, struct group *g, enum change_verb verb) {
	struct err why;
	for (size_t i = 0; i < g->n;) {
		g->args[i] = json_loads(g->items[i].args, 0, NULL);
		if (change_check(verb, g->args[i], &why))
			i++;
		else if (!refuse_item(j, g, i, &why))
			return false;
	}
	return true;
}

static void set_changes(struct group *g, enum change_verb verb) {
	for (size_t i = 0; i < g->n; i++) {
		const struct item_row *it = &g->items[i];
		g->changes[i] = (struct change){ .verb = verb,
						 .target = it->target,
						 .args = g->args[i],
						 .secret = secret_present(&it->secret) ? &it->secret : NULL,
						 .again = it->state == ITEM_SENT,
						 .before = it->before && it->before[0] ? it->before : NULL };
	}
}

/* What is there now, for whatever has not been looked at before. *stuck: it cannot be known now, and nothing was sent.
 */
static bool look_first(struct job *j, struct group *g, enum change_verb verb, bool *stuck, struct err *why) {
	set_changes(g, verb);
	for (size_t i = 0; i < g->n;) {
		err_clear(why);
		json_t *before = g->changes[i].before ? NULL : j->dir->ops->look(j->dir, &g->changes[i], why);
		if (!before && !g->changes[i].before && why->cat != ERR_NONE) {
			*stuck = why->retry != ERR_RETRY_NEVER || why->scope > ERR_SCOPE_MAILBOX ||
				 why->cat == ERR_CANCELLED;
			if (*stuck)
				return true;
			if (!refuse_item(j, g, i, why))
				return false;
			set_changes(g, verb);
			continue;
		}
		if (before) {
			free(g->items[i].before);
			g->items[i].before = json_line(before);
			json_decref(before);
			g->changes[i].before = g->items[i].before;
		}
		i++;
	}
	return true;
}

/* True: go on with the next group. False: the task ends, why says so unless it was asked to. */
static bool run_group(struct job *j, struct group *g, struct err *why) {
	enum change_verb verb = change_parse(g->items[0].verb);
	size_t most = (unsigned)verb < CHANGE_COUNT ? j->dir->ops->group(j->dir, verb) : 0;
	bool stuck = false, ok = true;
	if (most == 0) {
		err_set(why, ERR_INPUT, "%s cannot do \"%s\"", j->dir->ops->name, g->items[0].verb);
		return refuse_item(j, g, 0, why);
	}
	while (g->n > most)
		item_clear(&g->items[--g->n]);
	if (!read_args(j, g, verb) || !look_first(j, g, verb, &stuck, why) || stuck)
		return false;
	if (g->n == 0)
		return true;
	if (!task_items_sent(j->r->store, j->task.id, g->items, g->n, &j->e)) {
		j->lost = true;
		return false;
	}
	err_clear(why);
	if (!j->dir->ops->apply(j->dir, g->changes, g->n, g->results, why)) {
		ok = false;
		for (size_t i = 0; i < g->n; i++)
			g->results[i].state = CHANGE_LATER;
	}
	for (size_t i = 0; i < g->n; i++) {
		if (g->results[i].state != CHANGE_LATER)
			continue;
		if (why->cat == ERR_NONE) /* one that was not even sent has no reason of its own */
			*why = g->results[i].e;
		ok = false;
	}
	return write_results(j, g) && ok;
}

/* Read-only may have come after the task: then what is left of it waits for "resume". */
static bool run_changes(struct job *j, struct err *why) {
	struct group *g = calloc(1, sizeof *g);
	bool ok = g != NULL || err_nomem(why);
	while (ok && job_look(j, 0, 0)) {
		if (!tasks_may_change(j->r->store, why)) {
			ok = false;
			break;
		}
		if (!task_items_next(j->r->store, j->task.id, g->items, GROUP_MAX, &g->n, &j->e)) {
			j->lost = true;
			ok = false;
		}
		if (g->n == 0)
			break;
		ok = ok && run_group(j, g, why);
		group_clear(g);
	}
	if (g)
		group_clear(g);
	free(g);
	return ok && !j->lost;
}

/* "refresh-permissions anna@contoso.com": the list, and the one row of it that is meant. */
static bool run_refresh(struct job *j, struct err *why) {
	char name[TASK_VERB_MAX];
	text_copy(name, sizeof name, j->task.verb);
	char *what = strchr(name, ' ');
	if (what)
		*what++ = '\0';
	return j->dir->ops->refresh(j->dir, name, what, why);
}

static bool run_task(struct job *j, struct err *why) {
	struct directory_context ctx = {
		.store = j->r->store, .net = j->r->net, .stop = j->r->stop, .progress = on_progress, .progress_arg = j
	};
	if (j->task.tenant == 0)
		return feeds_refresh(&ctx, why);
	j->dir = directory_open(&ctx, j->task.tenant, why);
	if (!j->dir)
		return false;
	bool ok = strcmp(j->task.verb, "change") == 0 ? run_changes(j, why) : run_refresh(j, why);
	directory_close(j->dir);
	return ok;
}

static bool end_task(struct job *j, bool ok, const struct err *why, struct err *e) {
	enum task_state state = ok ? TASK_DONE : TASK_FAILED;
	const char *text = ok ? "" : why->text;
	if (j->lost) {
		*e = j->e;
		return false;
	}
	/* Asked to end: what is left is still there, and "resume" goes on. */
	if (stop_requested(j->r->stop) || j->stop || j->pause) {
		state = j->pause && !stop_requested(j->r->stop) ? TASK_PAUSED : TASK_STOPPED;
		text = "";
	}
	/* The last figures of a list that was read, which were not yet due for a look. */
	if (strcmp(j->task.verb, "change") != 0 &&
	    !task_progress(j->r->store, j->task.id, j->task.done, j->task.items, 0, &j->pause, &j->stop, e))
		return false;
	return task_end(j->r->store, j->task.id, state, text, e);
}

bool task_run(const struct task_runner *r, int64_t only, struct err *e) {
	int64_t id = 0;
	while (!stop_requested(r->stop)) {
		struct err why = { 0 };
		if (!task_claim(r->store, only, &id, e))
			return false;
		if (!id)
			return true;
		struct job *j = calloc(1, sizeof *j);
		if (!j)
			return err_nomem(e);
		j->r = r;
		bool ok = task_get(r->store, id, &j->task, e);
		if (ok) {
			log_line(r->log, LOG_INFO, "task", "%lld: %s", (long long)id, j->task.label);
			bool done = run_task(j, &why);
			if (!done && why.text[0])
				log_line(r->log, LOG_WARN, "task", "%lld: %s", (long long)id, why.text);
			ok = end_task(j, done, &why, e);
		}
		free(j);
		if (!ok)
			return false;
		if (only)
			return true;
	}
	return true;
}

bool task_start_detached(struct store *s, const char *exe, struct err *e) {
	/* A runner of this handle's changes no more than the handle may. */
	const char *const args[] = {
		"--project", store_dir(s), "task", "run", store_is_read_only(s) ? "--read-only" : NULL, NULL
	};
	char log_path[4200], note[200];
	uint64_t queued, running;
	if (!tasks_open(s, &queued, &running, e))
		return false;
	/* A runner that is at work takes the next one by itself; one too many finds nothing and ends. */
	if (queued + running == 0)
		return true;
	snprintf(log_path, sizeof log_path, "%s/tasks.log", store_dir(s));
	return detach_start(exe, args, log_path, note, sizeof note, e);
}
