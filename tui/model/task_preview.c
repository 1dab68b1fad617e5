/* SPDX-License-Identifier: MIT
 *
 * task_preview.c - a plan as PowerShell: its items are made in a job's thread, as if for a task, and only shown.
 */
#include <stdlib.h>

#include "tui/cli/change_items.h"
#include "tui/model/handlers.h"
#include "tui/model/job.h"
#include "tui/model/task_plan.h"
#include "tui/view/dialogs.h"

struct preview {
	struct task_question *question;
	struct buf text;
	bool ok;
	struct err e;
};

static void preview_free(struct preview *v) {
	buf_free(&v->text);
	if (v->question)
		task_question_free(v->question);
	free(v);
}

/* What `ready` adds comes again when the plan is carried out. */
static void drop_from(struct task_plan *p, size_t count) {
	while (p->count > count) {
		struct task_plan_item *i = &p->items[--p->count];
		free(i->target);
		free(i->args);
		secret_clear(&i->secret);
	}
}

/* In the job's thread. */
static void preview_work(void *data) {
	struct preview *v = data;
	struct task_plan *p = v->question->plan;
	bool (*ready)(struct task_plan *, struct err *) = p->ready;
	p->preview = true;
	p->ready = NULL;
	v->ok = task_plan_make(p);
	size_t made = p->count;
	p->ready = ready;
	v->ok = v->ok && task_plan_make(p);
	v->e = p->e;
	struct item_spec *specs = v->ok ? task_plan_specs(p) : NULL;
	if (v->ok)
		v->ok = specs ? change_items_powershell(specs, p->count, &v->text, &v->e) : err_nomem(&v->e);
	free(specs);
	drop_from(p, made);
	p->preview = false;
}

static void drop(struct console *c, void *data) {
	task_question_free(data);
	console_note(c, "Nothing was changed");
}

static void ask_again(struct console *c, void *data) {
	task_question_ask(c, data);
}

static void preview_finish(struct console *c, void *data) {
	struct preview *v = data;
	struct task_question *q = v->question;
	char title[TASK_LABEL_MAX + 20];
	if (!c) {
		preview_free(v);
		return;
	}
	v->question = NULL;
	bool asked = *q->title != '\0';
	if (v->ok) {
		snprintf(title, sizeof title, "PowerShell: %s", q->plan->label);
		dialog_lines(c, &(struct lines_page){ .title = title,
						      .file = "changes.ps1",
						      .text = &v->text,
						      .closed = asked ? ask_again : drop,
						      .release = task_question_free,
						      .data = q });
	} else {
		console_complain(c, &v->e);
		if (asked)
			task_question_ask(c, q);
		else
			task_question_free(q);
	}
	preview_free(v);
}

void task_preview(struct console *c, struct task_question *q) {
	struct preview *v = calloc(1, sizeof *v);
	struct err e;
	if (!v) {
		task_question_free(q);
		err_nomem(&e);
		console_complain(c, &e);
		return;
	}
	v->question = q;
	buf_init(&v->text, POWERSHELL_MAX);
	job_start(c, "Writing PowerShell", preview_work, preview_finish, v);
}

void do_powershell(struct console *c, const char *arg) {
	(void)arg;
	c->powershell = !c->powershell;
	console_note(c, c->powershell ? "The next change is shown as PowerShell instead of being done. $ leaves that"
				      : "Changes are carried out again");
}
