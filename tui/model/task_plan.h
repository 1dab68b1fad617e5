/* SPDX-License-Identifier: MIT
 *
 * task_plan.h - changes of a tenant on their way to becoming one task.
 *
 * A handler makes a plan for the chosen records, or without any; the items are made in a job's thread, the task is
 * added, and a runner in a process of its own carries it out. The console waits for none of it.
 */
#ifndef MAILVAN_TUI_TASK_PLAN_H
#define MAILVAN_TUI_TASK_PLAN_H

#include "tui/model/state.h"

struct task_plan;
/* Adds what this record needs (task_plan_add). False with e: then nothing is done at all. */
typedef bool task_plan_record_fn(struct task_plan *p, const struct record *r, struct err *e);

struct task_plan_item {
	enum change_verb verb;
	char *target, *args;
	struct secret secret;
};

struct task_plan {
	struct store *store;
	const char *exe;
	int64_t tenant;
	char label[TASK_LABEL_MAX]; /* "Enable anna@contoso.com" */
	const struct record_list *list;
	int64_t *ids;
	size_t id_count;
	task_plan_record_fn *each; /* NULL: `verb` with `args` for each record, its label being the target */
	/* When all items are made, before the task is added; may be NULL. */
	bool (*ready)(struct task_plan *p, struct err *e);
	enum change_verb verb;
	char args[1000];
	void *data; /* for each and ready; given to release, else to free() */
	void (*release)(void *data);

	struct task_plan_item *items;
	size_t count, cap;
	bool made;    /* the records' items are there */
	bool preview; /* nothing is going to be done: `ready` leaves no trace */

	int64_t task;
	bool ok;
	char note[ERR_TEXT_MAX]; /* said in a dialog when the task is there: what must not be missed */
	struct err e;
};

/* For the chosen records: what is the verb of its label ("Enable"). NULL after a complaint. */
struct task_plan *task_plan_chosen(struct console *c, const char *what, task_plan_record_fn *each);
struct task_plan *task_plan_chosen_verb(struct console *c, const char *what, enum change_verb verb);
/* Without records. */
struct task_plan *task_plan_empty(struct console *c, const char *label);
void task_plan_free(void *plan);
/* secret is copied; NULL = none. args "{...}", or NULL for none. */
bool task_plan_add(struct task_plan *p, enum change_verb verb, const char *target, const char *args,
		   const struct secret *secret, struct err *e);
/* For the job's thread: the items of the chosen records, then `ready`. False: p->e. */
bool task_plan_make(struct task_plan *p);
/* For task_add; borrows from the plan, the array is freed by whoever asked. NULL: memory ran out. */
struct item_spec *task_plan_specs(const struct task_plan *p);
/* All of these take the plan over. When the operator asked for PowerShell instead (console.powershell), they show it
 * and do nothing. */
void task_plan_start(struct console *c, struct task_plan *p);
void task_plan_ask(struct console *c, struct task_plan *p, const char *title, const char *text, const char *yes,
		   const char *typed);
/* What was asked about a plan, so that it can be asked again. */
struct task_question {
	struct task_plan *plan;
	char title[120], text[TASK_LABEL_MAX + 800], yes[40], typed[40];
};
void task_question_free(void *question);
void task_question_ask(struct console *c, struct task_question *q);
/* task_preview.c: the plan as PowerShell. Then the question is asked again; title "": nobody had asked, and the plan is
 * dropped. Takes q over. */
void task_preview(struct console *c, struct task_question *q);
/* A plan for several records asks first. */
void task_plan_start_or_ask(struct console *c, struct task_plan *p, const char *what);

/* The text of a record's column; "" when there is none. */
const char *task_plan_cell(const struct task_plan *p, const struct record *r, const char *column);

/* Brings lists up to date: tasks as well. tenant 0: lists that are no tenant's (feeds). */
void refresh_start(struct console *c, int64_t tenant, const char *const *refreshes, size_t n, const char *label);

/* Arguments as JSON, made as: args_begin; args_text...; args_end, which gives NULL when memory ran out. */
struct args {
	struct buf text;
	bool more;
};
void args_begin(struct args *a);
void args_text(struct args *a, const char *name, const char *value);
void args_bool(struct args *a, const char *name, bool value);
/* Words of value, separated by blanks or commas. */
void args_list(struct args *a, const char *name, const char *value);
const char *args_end(struct args *a);
void args_free(struct args *a);

#endif
