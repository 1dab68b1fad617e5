/* SPDX-License-Identifier: MIT
 *
 * csv_import.c - see csv_import.h.
 */
#include "tui/model/csv_import.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tui/model/job.h"

static void csv_import_free(void *data) {
	struct csv_import *t = data;
	import_table_free(&t->rows);
	free(t);
}

/* In the job's thread. */
static void read_rows(void *data) {
	struct csv_import *t = data;
	t->ok = t->kind->read(t->path, &t->rows, &t->e);
	for (size_t i = 0; t->ok && i < t->rows.count; i++)
		t->kind->count(t, i);
}

static bool add_rows(struct task_plan *p, struct err *e) {
	const struct csv_import *t = p->data;
	for (size_t i = 0; i < t->rows.count; i++)
		if (!t->kind->add(p, &t->rows, i, e))
			return false;
	return true;
}

static void rows_accepted(struct console *c, void *data) {
	struct csv_import *t = data;
	char label[TASK_LABEL_MAX];
	t->kind->label(t, label, sizeof label);
	struct task_plan *p = task_plan_empty(c, label);
	if (!p) {
		csv_import_free(t);
		return;
	}
	p->tenant = t->tenant;
	p->data = t;
	p->release = csv_import_free;
	p->ready = add_rows;
	task_plan_start(c, p);
}

static void show_rows(struct console *c, void *data) {
	struct csv_import *t = data;
	const struct import_table_result *r = &t->rows;
	char summary[1000];
	uint64_t wishes = 0;
	if (!c || !t->ok) {
		if (c)
			console_complain(c, &t->e);
		csv_import_free(t);
		return;
	}
	for (size_t i = 0; i < CSV_WISHES_MAX; i++)
		wishes += t->wishes[i];
	findings_summary(summary, sizeof summary, r->seen, r->encoding, r->delimiter, r->count, r->errors, r->notes);
	size_t used = strlen(summary);
	snprintf(summary + used, sizeof summary - used, "\n");
	t->kind->summary(t, summary + used + 1, sizeof summary - used - 1);
	dialog_findings(c, &(struct findings){ .title = t->found,
					       .path = t->path,
					       .summary = summary,
					       .nothing = "Nothing is wrong with it.",
					       .declined = "Nothing was changed",
					       .ok = "Do it",
					       .problems = r->problems,
					       .problem_count = r->problem_count,
					       .can = wishes > 0,
					       .bad = r->errors > 0,
					       .accept = rows_accepted,
					       .release = csv_import_free,
					       .data = t });
}

static bool path_accept(struct console *c, struct form *f, struct err *e) {
	struct csv_import *t = form_data(f);
	if (!*form_text(f, 0))
		return err_set(e, ERR_INPUT, "Name a CSV file");
	edit_path(t->path, sizeof t->path, form_text(f, 0));
	form_take_data(f);
	job_start(c, t->kind->reading, read_rows, show_rows, t);
	return true;
}

void csv_import_open(struct console *c, const struct csv_kind *kind, const char *path) {
	struct csv_import *t = calloc(1, sizeof *t);
	struct err e;
	if (!t) {
		err_nomem(&e);
		console_complain(c, &e);
		return;
	}
	t->kind = kind;
	t->tenant = c->tenant.is.id;
	t->file = (struct field){ "CSV file", kind->columns, FIELD_PATH, NULL };
	snprintf(t->found, sizeof t->found, "%s: what would be done", kind->title);
	t->spec = (struct form_spec){ .title = kind->title,
				      .intro = FINDINGS_INTRO,
				      .ok = "Read the file",
				      .fields = &t->file,
				      .count = 1,
				      .accept = path_accept,
				      .release = csv_import_free };
	struct form *f = dialog_form(c, &t->spec, t);
	if (f)
		form_set(f, 0, path);
}
