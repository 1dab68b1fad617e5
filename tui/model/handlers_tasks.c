/* SPDX-License-Identifier: MIT
 *
 * handlers_tasks.c - tasks paused, resumed, stopped, tried again and taken back.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tui/model/handlers.h"
#include "tui/model/job.h"
#include "tui/view/dialogs.h"

struct wishing {
	struct store *store;
	const char *exe;
	enum task_wish wish;
	bool undo;
	int64_t *ids;
	size_t count, done;
	int64_t task; /* of undo */
	struct undo_sum sum;
	bool ok;
	struct err e;
};

static bool carry_out(struct wishing *w, int64_t id, const char *who) {
	int64_t task = 0;
	if (!w->undo)
		return task_wish(w->store, id, w->wish, who, &w->e);
	if (!task_undo(w->store, id, UNDO_CAREFUL, who, &task, &w->sum, &w->e))
		return false;
	w->task = task;
	return true;
}

/* In the job's thread. What works is done, the last refusal is told. */
static void wish_work(void *data) {
	struct wishing *w = data;
	char who[256];
	struct err none;
	command_who(who, sizeof who);
	w->ok = true;
	for (size_t i = 0; i < w->count; i++) {
		bool ok = carry_out(w, w->ids[i], who);
		w->done += ok;
		w->ok = w->ok && ok;
	}
	if (w->done && !task_start_detached(w->store, w->exe, w->ok ? &w->e : &none))
		w->ok = false;
}

static void wish_finish(struct console *c, void *data) {
	static const char *const words[] = { [TASK_WISH_PAUSE] = "Pause",
					     [TASK_WISH_RESUME] = "Resume",
					     [TASK_WISH_STOP] = "Stop",
					     [TASK_WISH_RETRY] = "Retry" };
	struct wishing *w = data;
	char items[32];
	text_count(items, sizeof items, w->sum.items);
	if (c) {
		c->followed = w->task ? w->task : c->followed;
		if (w->done)
			marks_clear(&c->list.marks);
		if (!w->ok)
			console_complain(c, &w->e);
		else if (w->undo && !w->task)
			console_note(c, "There is nothing to take back");
		else if (w->undo)
			console_note(c, "Task %lld takes %s item%s back", (long long)w->task, items,
				     w->sum.items == 1 ? "" : "s");
		else
			console_note(c, "%s: %zu task%s", words[w->wish], w->done, w->done == 1 ? "" : "s");
		console_refresh(c); /* last: a task that has ended says so */
	}
	free(w->ids);
	free(w);
}

static struct wishing *wish_for(struct console *c, const int64_t *ids, size_t n) {
	struct err e;
	struct wishing *w = calloc(1, sizeof *w);
	if (w)
		w->ids = calloc(n, sizeof *w->ids);
	if (!w || !w->ids) {
		free(w);
		err_nomem(&e);
		console_complain(c, &e);
		return NULL;
	}
	memcpy(w->ids, ids, n * sizeof *ids);
	w->count = n;
	w->store = c->store;
	w->exe = c->exe;
	return w;
}

static void wish(struct console *c, enum task_wish wanted) {
	struct record_choice choice;
	console_record_choice(c, &choice);
	struct wishing *w = wish_for(c, choice.ids ? choice.ids : &choice.one, choice.count);
	if (!w)
		return;
	w->wish = wanted;
	job_start(c, "Asking", wish_work, wish_finish, w);
}

void do_task_pause(struct console *c, const char *arg) {
	(void)arg;
	wish(c, TASK_WISH_PAUSE);
}

void do_task_resume(struct console *c, const char *arg) {
	(void)arg;
	wish(c, TASK_WISH_RESUME);
}

void do_task_stop(struct console *c, const char *arg) {
	(void)arg;
	wish(c, TASK_WISH_STOP);
}

void do_task_retry(struct console *c, const char *arg) {
	(void)arg;
	wish(c, TASK_WISH_RETRY);
}

static void undo_accepted(struct console *c, void *data) {
	struct wishing *w = wish_for(c, data, 1);
	free(data);
	if (!w)
		return;
	w->undo = true;
	job_start(c, "Taking back", wish_work, wish_finish, w);
}

/* What is going to be asked: of a task with many items that takes a moment. */
struct undo_look {
	struct store *store;
	struct task_row task;
	struct undo_sum sum;
	bool ok;
	struct err e;
};

static void look_work(void *data) {
	struct undo_look *l = data;
	l->ok = task_get(l->store, l->task.id, &l->task, &l->e) &&
		task_undo_look(l->store, l->task.id, UNDO_CAREFUL, NULL, &l->sum, &l->e);
}

static void undo_question(struct console *c, const struct undo_look *l) {
	char text[TASK_LABEL_MAX + ERR_TEXT_MAX + 300], left[ERR_TEXT_MAX];
	int64_t *id = malloc(sizeof *id);
	if (!id)
		return;
	*id = l->task.id;
	undo_left_text(left, sizeof left, &l->sum);
	const char *location = l->sum.location_stays ? ", and so does a usage location that it gave" : "";
	snprintf(text, sizeof text,
		 "Take back task %lld, \"%s\"?\n\nWhat it changed becomes as it was before; what was so before "
		 "stays%s. This is a task of its own.%s%s",
		 (long long)l->task.id, l->task.label, location, left[0] ? "\n\n" : "", left);
	dialog_ask(c, &(struct question){ .title = "Undo",
					  .text = text,
					  .yes = "Take back",
					  .no = "Cancel",
					  .accept = undo_accepted,
					  .release = free,
					  .data = id });
}

static void look_finish(struct console *c, void *data) {
	struct undo_look *l = data;
	if (c && l->ok && l->sum.items == 0 && l->sum.left > 0) {
		char left[ERR_TEXT_MAX];
		undo_left_text(left, sizeof left, &l->sum);
		l->ok = err_set(&l->e, ERR_INPUT, "%s", left);
	}
	if (c && !l->ok)
		console_complain(c, &l->e);
	else if (c && l->sum.items == 0)
		console_note(c, "There is nothing to take back");
	else if (c)
		undo_question(c, l);
	free(l);
}

static void ask_undo(struct console *c, int64_t task) {
	struct err e;
	struct undo_look *l = calloc(1, sizeof *l);
	if (!l) {
		err_nomem(&e);
		console_complain(c, &e);
		return;
	}
	l->store = c->store;
	l->task.id = task;
	job_start(c, "Looking at the task", look_work, look_finish, l);
}

void do_task_undo(struct console *c, const char *arg) {
	(void)arg;
	ask_undo(c, list_current_id(&c->list));
}

#define LOOKED_AT 200 /* tasks that "undo last" goes back */

struct history {
	struct {
		int64_t id, undoes;
	} tasks[LOOKED_AT];
	size_t count;
};

static bool take_change(void *arg, const struct record *r) {
	struct history *h = arg;
	const struct cell *undoes = record_cell(r, &record_tasks, "undoes");
	h->tasks[h->count].id = r->id;
	h->tasks[h->count++].undoes = undoes->null ? 0 : undoes->number;
	return h->count < LOOKED_AT;
}

static bool about_permissions(void *arg, const struct record *r) {
	enum change_verb v = change_parse(record_cell(r, &record_task_items, "verb")->text);
	*(bool *)arg = v >= CHANGE_FULL_ACCESS_GRANT && v <= CHANGE_SEND_ON_BEHALF_REVOKE;
	return false;
}

/* Neither takes another back nor was taken back itself, and is about permissions. */
static bool can_go_back(struct store *s, const struct history *h, size_t i, bool *yes, struct err *e) {
	struct record_query q = { .list = &record_task_items, .parent = h->tasks[i].id, .limit = 1 };
	*yes = false;
	if (h->tasks[i].undoes)
		return true;
	for (size_t k = 0; k < h->count; k++)
		if (h->tasks[k].undoes == h->tasks[i].id)
			return true;
	return records_each(s, &q, about_permissions, yes, e);
}

/* The newest task that changed permissions. */
void do_undo_last(struct console *c, const char *arg) {
	struct record_query q = { .list = &record_tasks,
				  .tenant = c->tenant.is.id,
				  .filter = record_filter_find(&record_tasks, "changes") };
	struct history h = { .count = 0 };
	struct err e;
	bool yes = false;
	(void)arg;
	bool ok = records_each(c->store, &q, take_change, &h, &e);
	for (size_t i = 0; ok && i < h.count && !yes; i++) {
		ok = can_go_back(c->store, &h, i, &yes, &e);
		if (ok && yes)
			ask_undo(c, h.tasks[i].id);
	}
	if (!ok)
		console_complain(c, &e);
	else if (!yes)
		console_note(c, "No permission has been changed from here, or all of it was taken back");
}
