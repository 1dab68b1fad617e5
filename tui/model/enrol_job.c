/* SPDX-License-Identifier: MIT
 *
 * enrol_job.c - see enrol_job.h.
 */
#include "tui/model/enrol_job.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tui/model/job.h"
#include "tui/view/dialogs.h"

void enrol_job_free(void *job) {
	struct enrol_job *j = job;
	if (j->release)
		j->release(j->data);
	stop_free(&j->stop);
	free(j->ids);
	free(j);
}

/* ---- in the job's thread ---- */

struct choosing {
	struct enrol_job *j;
	struct enrol_choice ch;
	bool failed;
};

static int by_id(const void *a, const void *b) {
	const int64_t *x = a, *y = b;
	return (*x > *y) - (*x < *y);
}

static bool on_row(void *arg, const struct enrolment_row *r) {
	struct choosing *c = arg;
	struct enrol_job *j = c->j;
	if (!bsearch(&r->id, j->ids, j->id_count, sizeof *j->ids, by_id))
		return true;
	if (j->fits && !j->fits(j, r)) {
		j->left++;
		return true;
	}
	c->failed = !enrol_choice_add(&c->ch, r, &j->e);
	return !c->failed;
}

static bool work_on(struct enrol_job *j, const char *batch) {
	struct enrol *x = calloc(1, sizeof *x);
	struct choosing c = { .j = j };
	if (!x)
		return err_nomem(&j->e);
	x->s = j->store;
	x->t = j->tenant;
	command_who(x->who, sizeof x->who);
	bool ok = (!j->before || j->before(j)) && enrolment_find(x->s, x->t.id, batch, &x->b, &j->e) &&
		  (j->batch[0] || (enrolment_rows(x->s, &x->b, on_row, &c, &j->e) && !c.failed));
	enrol_choice_end(&c.ch);
	if (ok && (j->batch[0] || c.ch.n)) {
		ok = j->step(j, x, &c.ch);
		j->done += ok ? c.ch.n : 0;
	}
	enrol_choice_free(&c.ch);
	free(x);
	return ok;
}

/* Of the chosen rows. More would mean that somebody chose rows of so many waves at once. */
#define BATCHES_AT_ONCE 200

struct names {
	char name[BATCHES_AT_ONCE][ENROL_NAME_MAX];
	size_t n;
	bool full;
};

static bool on_record(void *arg, const struct record *r) {
	struct names *b = arg;
	const char *batch = record_cell(r, &record_enrolments, "batch")->text;
	for (size_t i = 0; i < b->n; i++)
		if (strcmp(b->name[i], batch) == 0)
			return true;
	b->full = b->n == BATCHES_AT_ONCE;
	if (!b->full)
		text_copy(b->name[b->n++], ENROL_NAME_MAX, batch);
	return !b->full;
}

static bool work_on_rows(struct enrol_job *j) {
	struct record_query q = { .list = &record_enrolments, .ids = j->ids, .id_count = j->id_count };
	struct names *b = calloc(1, sizeof *b);
	bool ok = b ? records_each(j->store, &q, on_record, b, &j->e) : err_nomem(&j->e);
	if (ok && b->full)
		ok = err_set(&j->e, ERR_INPUT, "The rows are of more than %d batches: choose fewer", BATCHES_AT_ONCE);
	for (size_t i = 0; ok && i < b->n; i++)
		ok = work_on(j, b->name[i]);
	free(b);
	if (ok && j->done == 0)
		ok = err_set(&j->e, ERR_INPUT, "%s", j->left ? j->unfit : "The rows that were chosen are gone");
	return ok;
}

static void enrol_work(void *data) {
	struct enrol_job *j = data;
	j->ok = j->batch[0] ? work_on(j, j->batch) : work_on_rows(j);
}

static void enrol_finish(struct console *c, void *data) {
	struct enrol_job *j = data;
	char left[60] = "";
	if (!c) {
		enrol_job_free(j);
		return;
	}
	if (j->ok)
		marks_clear(&c->list.marks);
	console_refresh(c);
	if (j->left)
		snprintf(left, sizeof left, "; %zu left as they were", j->left);
	if (j->ok && j->title)
		dialog_tell(c, j->title, j->result);
	else if (j->ok && j->ids)
		console_note(c, "%zu user%s: %s%s", j->done, j->done == 1 ? "" : "s", j->result, left);
	else if (j->ok)
		console_note(c, "%s", j->result);
	if (!j->ok && j->done)
		err_prefix(&j->e, "%zu users are done, then", j->done);
	if (!j->ok)
		console_complain(c, &j->e);
	enrol_job_free(j);
}

/* ---- jobs ---- */

static struct enrol_job *job_new(struct console *c, enrol_step_fn *step, struct err *e) {
	if (job_label(c)) {
		err_set(e, ERR_INPUT, "Wait a moment: %s", job_label(c));
		return NULL;
	}
	struct enrol_job *j = calloc(1, sizeof *j);
	if (!j || !stop_init(&j->stop, NULL)) {
		free(j);
		err_nomem(e);
		return NULL;
	}
	j->store = c->store;
	j->tenant = c->tenant.is;
	j->step = step;
	return j;
}

struct enrol_job *enrol_job_batch(struct console *c, const char *batch, enrol_step_fn *step, struct err *e) {
	struct enrol_job *j = job_new(c, step, e);
	if (j && (!*batch || !text_copy(j->batch, sizeof j->batch, batch))) {
		err_set(e, ERR_INPUT, "Name the batch, in less than %zu bytes", ENROL_NAME_MAX);
		enrol_job_free(j);
		return NULL;
	}
	return j;
}

struct enrol_job *enrol_job_rows(struct console *c, enrol_step_fn *step) {
	struct record_choice choice;
	struct err e;
	console_record_choice(c, &choice);
	struct enrol_job *j = NULL;
	if (choice.count == 0)
		err_set(&e, ERR_INPUT, "The row that was chosen is gone");
	else
		j = job_new(c, step, &e);
	if (j && !(j->ids = calloc(choice.count, sizeof *j->ids))) {
		enrol_job_free(j);
		j = NULL;
		err_nomem(&e);
	}
	if (!j) {
		console_complain(c, &e);
		return NULL;
	}
	memcpy(j->ids, choice.ids ? choice.ids : &choice.one, choice.count * sizeof *j->ids);
	j->id_count = choice.count;
	return j;
}

void enrol_job_start(struct console *c, struct enrol_job *j, const char *label) {
	if (job_start(c, label, enrol_work, enrol_finish, j))
		job_stoppable(c, &j->stop);
}

void enrol_job_run(struct console *c, const char *batch, enrol_step_fn *step, const char *label) {
	struct err e;
	struct enrol_job *j = enrol_job_batch(c, batch, step, &e);
	if (j)
		enrol_job_start(c, j, label);
	else
		console_complain(c, &e);
}

/* ---- batches ---- */

bool enrol_missing(const struct enrolment *b, const char *words, char *dst, size_t size) {
	size_t n = 0;
	*dst = '\0';
	for (const struct enrolment_key *k = enrolment_keys; k->key; k++)
		if (k->contract && !enrolment_key_filled(k, b) && n < size)
			n += (size_t)snprintf(dst + n, size - n, "%s%s", n ? ", " : words, k->title);
	return n > 0;
}

#define BATCHES_SHOWN 60

struct batches {
	char name[BATCHES_SHOWN][ENROL_NAME_MAX], item[BATCHES_SHOWN][ENROL_NAME_MAX + 100];
	size_t n;
};

static bool on_batch(void *arg, const struct record *r) {
	struct batches *b = arg;
	const struct record_list *l = &record_enrolment_batches;
	char rows[32];
	text_count(rows, sizeof rows, (uint64_t)record_cell(r, l, "rows")->number);
	text_copy(b->name[b->n], sizeof *b->name, r->label);
	snprintf(b->item[b->n], sizeof *b->item, "%.40s, %.20s, %s users", r->label, record_cell(r, l, "server")->text,
		 rows);
	b->n++;
	return b->n < BATCHES_SHOWN;
}

static void pick_batch(struct console *c, const struct batches *b, const char *title,
		       void (*use)(struct console *c, const char *batch)) {
	const struct record_line *line = list_current_line(&c->list);
	const char *items[BATCHES_SHOWN], *values[BATCHES_SHOWN], *here = "";
	size_t cursor = 0;
	if (line && c->list.records == &record_enrolments)
		here = line->cells[record_column_find(&record_enrolments, "batch") - record_enrolments.columns];
	for (size_t i = 0; i < b->n; i++) {
		items[i] = b->item[i];
		values[i] = b->name[i];
		cursor = strcmp(b->name[i], here) == 0 ? i : cursor;
	}
	dialog_pick(c, &(struct pick){ .title = title,
				       .items = items,
				       .values = values,
				       .count = b->n,
				       .cursor = cursor,
				       .chosen = use });
}

void enrol_with_batch(struct console *c, const char *arg, const char *title,
		      void (*use)(struct console *c, const char *batch)) {
	const struct record_list *l = &record_enrolment_batches;
	struct record_query q = {
		.list = l, .tenant = c->tenant.is.id, .sort = record_column_find(l, "made"), .descending = true
	};
	struct err e;
	if (*arg) {
		use(c, arg);
		return;
	}
	struct batches *b = calloc(1, sizeof *b);
	bool ok = b ? records_each(c->store, &q, on_batch, b, &e) : err_nomem(&e);
	if (ok && b->n == 0)
		ok = err_set(&e, ERR_INPUT, "There is no batch yet: a in Mobile devices, Enrolments makes one");
	if (!ok)
		console_complain(c, &e);
	else if (b->n == 1)
		use(c, b->name[0]);
	else
		pick_batch(c, b, title, use);
	free(b);
}
