/* SPDX-License-Identifier: MIT
 *
 * handlers_enrol_import.c - users of an enrolment batch from a CSV with the sheet's columns: read, held against the
 * batch, shown, and then put in.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tui/model/enrol_job.h"
#include "tui/model/handlers.h"
#include "tui/model/job.h"
#include "tui/view/dialogs.h"

struct reading {
	struct store *store;
	int64_t tenant;
	char batch[ENROL_NAME_MAX], path[EDIT_MAX * 2];
	struct enrolment_list list;
	struct import_problem *problems; /* of the file, and a note for each row that changes something */
	size_t problem_count;
	bool ok;
	struct err e;
};

static void reading_free(void *data) {
	struct reading *r = data;
	import_enrolments_free(&r->list);
	free(r->problems);
	free(r);
}

/* What is there and differs is told like a problem: line, who, what. */
static bool collect(struct reading *r) {
	const struct import_table_result *t = &r->list.table;
	r->problems = calloc(t->problem_count + r->list.n + 1, sizeof *r->problems);
	if (!r->problems)
		return err_nomem(&r->e);
	if (t->problem_count)
		memcpy(r->problems, t->problems, t->problem_count * sizeof *r->problems);
	r->problem_count = t->problem_count;
	for (size_t i = 0; i < r->list.n; i++) {
		const struct enrolment_list_row *row = &r->list.rows[i];
		struct import_problem *p = &r->problems[r->problem_count];
		if (row->outcome != ENROL_CHANGE)
			continue;
		p->level = PROBLEM_NOTE;
		p->line = row->line;
		text_copy(p->column, sizeof p->column, row->put.mail);
		snprintf(p->text, sizeof p->text, "is in the batch and will be changed: %.200s", row->differs);
		r->problem_count++;
	}
	return true;
}

static void read_work(void *data) {
	struct reading *r = data;
	struct enrolment b;
	r->ok = enrolment_find(r->store, r->tenant, r->batch, &b, &r->e) &&
		import_enrolments(r->path, r->store, &b, &r->list, &r->e) && collect(r);
}

static bool step_import(struct enrol_job *j, struct enrol *x, const struct enrol_choice *ch) {
	const struct reading *r = j->data;
	(void)ch;
	snprintf(j->result, sizeof j->result, "%s: %zu put in, %zu changed. v checks the batch", x->b.name,
		 r->list.counts[ENROL_NEW], r->list.counts[ENROL_CHANGE]);
	return enrol_put_list(x, &r->list, &j->e) && enrol_judge(x, &j->e);
}

static void accepted(struct console *c, void *data) {
	struct reading *r = data;
	struct err e;
	struct enrol_job *j = enrol_job_batch(c, r->batch, step_import, &e);
	if (!j) {
		console_complain(c, &e);
		reading_free(r);
		return;
	}
	j->data = r;
	j->release = reading_free;
	enrol_job_start(c, j, "Putting users into the batch");
}

static void read_finish(struct console *c, void *data) {
	struct reading *r = data;
	const struct import_table_result *t = &r->list.table;
	const size_t *n = r->list.counts;
	char summary[1000];
	if (!c || !r->ok) {
		if (c)
			console_complain(c, &r->e);
		reading_free(r);
		return;
	}
	findings_summary(summary, sizeof summary, t->seen, t->encoding, t->delimiter, r->list.n, t->errors, t->notes);
	size_t used = strlen(summary);
	snprintf(summary + used, sizeof summary - used, "\n%zu new · %zu to change · %zu as they are", n[ENROL_NEW],
		 n[ENROL_CHANGE], n[ENROL_SAME]);
	if (t->errors)
		snprintf(summary + strlen(summary), sizeof summary - strlen(summary),
			 "\nNothing is put in while a row is wrong: a list goes in as a whole.");
	dialog_findings(c, &(struct findings){ .title = "Import users of a batch: what would be done",
					       .path = r->path,
					       .summary = summary,
					       .nothing = "Nothing is wrong with it.",
					       .declined = "Nothing was changed",
					       .ok = "Put in",
					       .problems = r->problems,
					       .problem_count = r->problem_count,
					       .can = t->errors == 0 && n[ENROL_NEW] + n[ENROL_CHANGE] > 0,
					       .bad = t->errors > 0,
					       .accept = accepted,
					       .release = reading_free,
					       .data = r });
}

struct file_form {
	struct form_spec spec;
	char batch[ENROL_NAME_MAX], intro[ENROL_NAME_MAX + 120];
};

static bool file_accept(struct console *c, struct form *f, struct err *e) {
	const struct file_form *ff = form_data(f);
	if (!*form_text(f, 0))
		return err_set(e, ERR_INPUT, "Name a CSV file");
	if (job_label(c))
		return err_set(e, ERR_INPUT, "Wait a moment: %s", job_label(c));
	struct reading *r = calloc(1, sizeof *r);
	if (!r)
		return err_nomem(e);
	r->store = c->store;
	r->tenant = c->tenant.is.id;
	text_copy(r->batch, sizeof r->batch, ff->batch);
	edit_path(r->path, sizeof r->path, form_text(f, 0));
	job_start(c, "Reading the list of users", read_work, read_finish, r);
	return true;
}

static void file_open(struct console *c, const char *batch) {
	static const struct field file[] = {
		{ "CSV file",
		  "Email, User, Company, ITPolicy, LicenseId, ActivationPassword and more, "
		  "as on the sheet.",
		  FIELD_PATH, NULL }
	};
	struct file_form *ff = calloc(1, sizeof *ff);
	struct err e;
	if (!ff) {
		err_nomem(&e);
		console_complain(c, &e);
		return;
	}
	text_copy(ff->batch, sizeof ff->batch, batch);
	snprintf(ff->intro, sizeof ff->intro, "Into %s. " FINDINGS_INTRO, ff->batch);
	ff->spec = (struct form_spec){ .title = "Import users of a batch",
				       .intro = ff->intro,
				       .ok = "Read the file",
				       .fields = file,
				       .count = 1,
				       .accept = file_accept,
				       .release = free };
	dialog_form(c, &ff->spec, ff);
}

void do_enrol_import(struct console *c, const char *arg) {
	enrol_with_batch(c, arg, "Import users into", file_open);
}
