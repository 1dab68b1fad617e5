/* SPDX-License-Identifier: MIT
 *
 * task_plan.c - changes of a tenant on their way to becoming one task.
 */
#include "tui/model/task_plan.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tui/model/job.h"
#include "tui/view/dialogs.h"

static void complain_memory(struct console *c) {
	struct err e;
	err_nomem(&e);
	console_complain(c, &e);
}

struct task_plan *task_plan_empty(struct console *c, const char *label) {
	struct task_plan *p = calloc(1, sizeof *p);
	if (!p) {
		complain_memory(c);
		return NULL;
	}
	p->store = c->store;
	p->exe = c->exe;
	p->tenant = c->tenant.is.id;
	text_copy(p->label, sizeof p->label, label);
	return p;
}

struct task_plan *task_plan_chosen(struct console *c, const char *what, task_plan_record_fn *each) {
	struct record_choice choice;
	char label[TASK_LABEL_MAX], count[32];
	console_record_choice(c, &choice);
	text_count(count, sizeof count, choice.count);
	if (choice.count == 1 && !choice.ids)
		snprintf(label, sizeof label, "%s %.150s", what, choice.name);
	else
		snprintf(label, sizeof label, "%s %s %s%s", what, count, c->list.records->object,
			 choice.count == 1 ? "" : "s");
	struct task_plan *p = task_plan_empty(c, label);
	if (!p)
		return NULL;
	p->ids = calloc(choice.count ? choice.count : 1, sizeof *p->ids);
	if (!p->ids) {
		task_plan_free(p);
		complain_memory(c);
		return NULL;
	}
	memcpy(p->ids, choice.ids ? choice.ids : &choice.one, choice.count * sizeof *p->ids);
	p->id_count = choice.count;
	p->list = c->list.records;
	p->each = each;
	return p;
}

struct task_plan *task_plan_chosen_verb(struct console *c, const char *what, enum change_verb verb) {
	struct task_plan *p = task_plan_chosen(c, what, NULL);
	if (p)
		p->verb = verb;
	return p;
}

void task_plan_free(void *plan) {
	struct task_plan *p = plan;
	if (!p)
		return;
	for (size_t i = 0; i < p->count; i++) {
		free(p->items[i].target);
		free(p->items[i].args);
		secret_clear(&p->items[i].secret);
	}
	free(p->items);
	free(p->ids);
	if (p->release)
		p->release(p->data);
	else
		free(p->data);
	free(p);
}

bool task_plan_add(struct task_plan *p, enum change_verb verb, const char *target, const char *args,
		   const struct secret *secret, struct err *e) {
	if (p->count == p->cap) {
		size_t cap = p->cap ? p->cap * 2 : 16;
		struct task_plan_item *bigger = realloc(p->items, cap * sizeof *bigger);
		if (!bigger)
			return err_nomem(e);
		p->items = bigger;
		p->cap = cap;
	}
	struct task_plan_item *i = &p->items[p->count];
	memset(i, 0, sizeof *i);
	i->verb = verb;
	i->target = strdup(target);
	i->args = strdup(args ? args : "{}");
	if (!i->target || !i->args || (secret && !secret_copy(&i->secret, secret))) {
		free(i->target);
		free(i->args);
		return err_nomem(e);
	}
	p->count++;
	return true;
}

const char *task_plan_cell(const struct task_plan *p, const struct record *r, const char *column) {
	const struct record_column *col = record_column_find(p->list, column);
	return col && col->type == CELL_TEXT ? r->cells[col - p->list->columns].text : "";
}

static bool take_record(void *arg, const struct record *r) {
	struct task_plan *p = arg;
	p->ok = p->each ? p->each(p, r, &p->e)
			: task_plan_add(p, p->verb, r->label, *p->args ? p->args : NULL, NULL, &p->e);
	return p->ok;
}

static bool make_items(struct task_plan *p) {
	struct record_query q = { .list = p->list, .ids = p->ids, .id_count = p->id_count };
	if (!p->list || p->made)
		return true;
	p->ok = true;
	p->made = records_each(p->store, &q, take_record, p, &p->e) && p->ok;
	return p->made;
}

bool task_plan_make(struct task_plan *p) {
	return make_items(p) && (!p->ready || p->ready(p, &p->e));
}

struct item_spec *task_plan_specs(const struct task_plan *p) {
	struct item_spec *specs = calloc(p->count ? p->count : 1, sizeof *specs);
	for (size_t i = 0; specs && i < p->count; i++)
		specs[i] = (struct item_spec){ .verb = change_name(p->items[i].verb),
					       .target = p->items[i].target,
					       .args = p->items[i].args,
					       .secret = secret_present(&p->items[i].secret) ? &p->items[i].secret
											     : NULL };
	return specs;
}

static bool add_task(struct task_plan *p) {
	char who[256];
	struct item_spec *specs = task_plan_specs(p);
	if (!specs)
		return err_nomem(&p->e);
	command_who(who, sizeof who);
	struct task_spec t = {
		.tenant = p->tenant, .verb = "change", .label = p->label, .items = specs, .count = p->count
	};
	bool ok = task_add(p->store, &t, who, &p->task, &p->e);
	free(specs);
	return ok;
}

/* In the job's thread. */
static void task_plan_work(void *data) {
	struct task_plan *p = data;
	p->ok = task_plan_make(p);
	if (!p->ok || p->count == 0)
		return;
	p->ok = add_task(p);
	if (!p->ok)
		return;
	p->ok = task_start_detached(p->store, p->exe, &p->e);
	if (!p->ok)
		err_prefix(&p->e, "The task is stored, but nothing could be started to carry it out");
}

static void task_plan_finish(struct console *c, void *data) {
	struct task_plan *p = data;
	if (c) {
		if (p->task) {
			marks_clear(&c->list.marks);
			c->followed = p->task;
		}
		if (!p->ok)
			console_complain(c, &p->e);
		else if (p->task)
			console_note(c, "Task %lld: %s", (long long)p->task, p->label);
		else
			console_note(c, "%s: nothing to do", p->label);
		console_refresh(c); /* last: when the task has ended already, that is the better note */
		if (p->task && *p->note)
			dialog_tell(c, p->label, p->note);
	}
	task_plan_free(p);
}

static struct task_question *question_new(struct console *c, struct task_plan *p) {
	struct task_question *q = calloc(1, sizeof *q);
	if (!q) {
		task_plan_free(p);
		complain_memory(c);
		return NULL;
	}
	q->plan = p;
	return q;
}

void task_question_free(void *question) {
	struct task_question *q = question;
	task_plan_free(q->plan);
	free(q);
}

static void start(struct console *c, struct task_plan *p) {
	job_start(c, p->label, task_plan_work, task_plan_finish, p);
}

static bool instead(struct console *c, struct task_plan *p) {
	if (!c->powershell)
		return false;
	c->powershell = false;
	struct task_question *q = question_new(c, p);
	if (q)
		task_preview(c, q);
	return true;
}

void task_plan_start(struct console *c, struct task_plan *p) {
	if (p && !instead(c, p))
		start(c, p);
}

static void accepted(struct console *c, void *data) {
	struct task_question *q = data;
	struct task_plan *p = q->plan;
	q->plan = NULL;
	task_question_free(q);
	start(c, p);
}

static void show_powershell(struct console *c, void *data) {
	task_preview(c, data);
}

void task_question_ask(struct console *c, struct task_question *q) {
	dialog_ask(c, &(struct question){ .title = q->title,
					  .text = q->text,
					  .yes = q->yes,
					  .no = "Cancel",
					  .typed = *q->typed ? q->typed : NULL,
					  .accept = accepted,
					  .third = "PowerShell",
					  .other = show_powershell,
					  .release = task_question_free,
					  .data = q });
}

void task_plan_ask(struct console *c, struct task_plan *p, const char *title, const char *text, const char *yes,
		   const char *typed) {
	struct task_question *q = p && !instead(c, p) ? question_new(c, p) : NULL;
	if (!q)
		return;
	text_copy(q->title, sizeof q->title, title);
	text_copy(q->text, sizeof q->text, text);
	text_copy(q->yes, sizeof q->yes, yes);
	text_copy(q->typed, sizeof q->typed, typed ? typed : "");
	task_question_ask(c, q);
}

void task_plan_start_or_ask(struct console *c, struct task_plan *p, const char *what) {
	char text[TASK_LABEL_MAX + 8];
	if (!p || p->id_count <= 1) {
		task_plan_start(c, p);
		return;
	}
	snprintf(text, sizeof text, "%s?", p->label);
	task_plan_ask(c, p, what, text, what, NULL);
}

#define REFRESHES_MAX 8

struct refreshing {
	struct store *store;
	const char *exe;
	int64_t tenant, task;
	const char *names[REFRESHES_MAX];
	size_t count;
	char label[80];
	bool ok;
	struct err e;
};

static void refresh_work(void *data) {
	struct refreshing *r = data;
	char who[256];
	command_who(who, sizeof who);
	r->ok = true;
	for (size_t i = 0; r->ok && i < r->count; i++) {
		char label[80];
		const char *name = strchr(r->names[i], '-');
		snprintf(label, sizeof label, "Read %s", name ? name + 1 : r->names[i]); /* as the CLI calls it */
		struct task_spec t = { .tenant = r->tenant, .verb = r->names[i], .label = label };
		r->ok = task_add(r->store, &t, who, &r->task, &r->e);
	}
	r->ok = r->ok && task_start_detached(r->store, r->exe, &r->e);
}

static void refresh_finish(struct console *c, void *data) {
	struct refreshing *r = data;
	if (c) {
		c->followed = r->ok ? r->task : c->followed;
		if (r->ok)
			console_note(c, "%s: being read in the background", r->label);
		else
			console_complain(c, &r->e);
		console_refresh(c);
	}
	free(r);
}

void refresh_start(struct console *c, int64_t tenant, const char *const *refreshes, size_t n, const char *label) {
	struct refreshing *r = calloc(1, sizeof *r);
	if (!r) {
		complain_memory(c);
		return;
	}
	r->store = c->store;
	r->exe = c->exe;
	r->tenant = tenant;
	for (size_t i = 0; i < n && i < REFRESHES_MAX; i++)
		r->names[r->count++] = refreshes[i];
	text_copy(r->label, sizeof r->label, label);
	job_start(c, label, refresh_work, refresh_finish, r);
}
