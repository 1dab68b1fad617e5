/* SPDX-License-Identifier: MIT
 *
 * task_run.c - carries out one task after the other, and obeys the wishes for it meanwhile. Changes go by task_group.c.
 */
#include "core/admin/task_run.h"

#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/admin/feeds.h"
#include "core/admin/task_group.h"
#include "core/base/detach.h"
#include "core/base/text.h"

#define LOOK_MS 250 /* between two looks at the wishes */
#define TURN_MS 500 /* between two looks at whether the tenant is free */
/* What became of a request is not known: looked at and tried again by itself so often, after this time. */
#define LOST_TRIES 3
#define LOST_MS 1000

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

/* Waits, and obeys wishes meanwhile. False: stop now. */
static bool pause_a_little(struct job *j, int ms) {
	mono_ms_t end = mono_ms() + ms;
	for (mono_ms_t left; (left = end - mono_ms()) > 0;) {
		struct pollfd wake = { .fd = stop_fd(j->r->stop), .events = POLLIN };
		if (!job_look(j, 0, 0))
			return false;
		poll(&wake, 1, left < LOOK_MS ? (int)left : LOOK_MS);
	}
	return true;
}

/* Read-only may have come after the task: then what is left of it waits for "resume". */
static bool run_changes(struct job *j, struct err *why) {
	struct task_group *g = calloc(1, sizeof *g);
	enum group_end end = GROUP_DONE;
	unsigned lost = 0;
	if (!g)
		return err_nomem(why);
	g->store = j->r->store;
	g->task = j->task.id;
	while (end == GROUP_DONE && job_look(j, 0, 0)) {
		if (!tasks_may_change(j->r->store, why)) {
			end = GROUP_END;
			break;
		}
		if (!task_group_next(g, j->dir, &j->e))
			end = GROUP_BROKEN;
		else if (g->n == 0)
			break;
		else if ((end = task_group_run(g, j->dir, why)) == GROUP_BROKEN)
			j->e = *why;
		task_group_clear(g);
		lost = end == GROUP_LOST ? lost + 1 : 0;
		if (end == GROUP_LOST && lost < LOST_TRIES && pause_a_little(j, LOST_MS))
			end = GROUP_DONE;
	}
	free(g);
	j->lost = j->lost || end == GROUP_BROKEN;
	return end == GROUP_DONE && !j->lost;
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
		bool waits = false;
		if (!id && !task_waits(r->store, only, &waits, e))
			return false;
		if (!id && !waits)
			return true;
		if (!id) {
			struct pollfd wake = { .fd = stop_fd(r->stop), .events = POLLIN };
			poll(&wake, 1, TURN_MS);
			continue;
		}
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
		if (id == only)
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
