/* SPDX-License-Identifier: MIT
 *
 * handlers_enrol_sheet.c - a batch of enrolments judged, and the work sheet that the device service asks for.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "tui/model/enrol_job.h"
#include "tui/model/handlers.h"
#include "tui/view/dialogs.h"

/* ---- checks ---- */

/* Of the whole batch: one row's mistake may be another's. */
static bool step_check(struct enrol_job *j, struct enrol *x, const struct enrol_choice *ch) {
	(void)ch;
	if (!enrolment_check(x->s, &x->t, &x->b, true, &j->e) ||
	    !enrolment_find(x->s, x->t.id, x->b.name, &x->b, &j->e))
		return false;
	size_t n = (size_t)snprintf(j->result, sizeof j->result, "%s: %llu ready, %llu with a problem", x->b.name,
				    (unsigned long long)x->b.rows[ENROLMENT_READY],
				    (unsigned long long)x->b.rows[ENROLMENT_PROBLEM]);
	enrol_missing(&x->b, "; missing in the contract: ", j->result + n, sizeof j->result - n);
	return true;
}

static bool step_reach(struct enrol_job *j, struct enrol *x, const struct enrol_choice *ch) {
	char path[4200];
	snprintf(path, sizeof path, "%s/tasks.log", store_dir(j->store));
	struct log *log = log_open(path, LOG_INFO, &j->e);
	struct directory_context ctx = { .store = j->store, .stop = &j->stop };
	ctx.net = log ? net_new(log, &j->e) : NULL;
	bool ok = ctx.net && enrolment_reach(&ctx, &x->b, &j->e);
	net_free(ctx.net);
	log_close(log);
	return ok && step_check(j, x, ch);
}

static void check_batch(struct console *c, const char *batch) {
	enrol_job_run(c, batch, step_check, "Checking the batch");
}

static void reach_batch(struct console *c, const char *batch) {
	enrol_job_run(c, batch, step_reach, "Asking the tenant for each mailbox");
}

void do_enrol_check(struct console *c, const char *arg) {
	enrol_with_batch(c, arg, "Check", check_batch);
}

void do_enrol_reach(struct console *c, const char *arg) {
	enrol_with_batch(c, arg, "Check, and ask the tenant", reach_batch);
}

/* ---- the work sheet ---- */

enum { SHEET_FILE, SHEET_READY };
static const struct field sheet_fields[] = {
	[SHEET_FILE] = { "File", "A new file that only you can read: activation passwords are in it.", FIELD_PATH,
			 NULL },
	[SHEET_READY] = { "Ready only", "Leave out the users who have a problem.", FIELD_CHECK, NULL },
};

struct sheet_form {
	struct form_spec spec;
	char batch[ENROL_NAME_MAX], intro[ENROL_NAME_MAX + 60];
};

static void say_refused(struct enrol_job *j, const struct enrolment *b) {
	char missing[300];
	bool lacks = enrol_missing(b, "Missing in the contract: ", missing, sizeof missing);
	snprintf(j->result, sizeof j->result, "%s%s%llu ready, %llu with a problem%s", missing,
		 lacks ? ". e in this list fills it in.\n\n" : "", (unsigned long long)b->rows[ENROLMENT_READY],
		 (unsigned long long)b->rows[ENROLMENT_PROBLEM],
		 b->rows[ENROLMENT_PROBLEM] && b->rows[ENROLMENT_READY]
			 ? "; \"Ready only\" leaves those out.\nf shows them."
			 : ".");
	j->title = "The sheet is not written";
}

static bool step_sheet(struct enrol_job *j, struct enrol *x, const struct enrol_choice *ch) {
	size_t written;
	if (!step_check(j, x, ch))
		return false;
	if (!enrol_sheet_allowed(x, j->ready_only)) {
		say_refused(j, &x->b);
		return true;
	}
	if (!enrol_sheet_write(x, j->path, &written, &j->e))
		return false;
	snprintf(j->result, sizeof j->result,
		 "%zu user%s with activation passwords in %.200s. Send it, delete it, then mark them Sent", written,
		 written == 1 ? "" : "s", j->path);
	return true;
}

static bool sheet_accept(struct console *c, struct form *f, struct err *e) {
	const struct sheet_form *sf = form_data(f);
	char path[EDIT_MAX * 2];
	if (!*form_text(f, SHEET_FILE))
		return err_set(e, ERR_INPUT, "Name a file");
	edit_path(path, sizeof path, form_text(f, SHEET_FILE));
	if (access(path, F_OK) == 0)
		return err_set(e, ERR_INPUT, "%.200s is there already: name another file", path);
	struct enrol_job *j = enrol_job_batch(c, sf->batch, step_sheet, e);
	if (!j)
		return false;
	text_copy(j->path, sizeof j->path, path);
	j->ready_only = form_choice(f, SHEET_READY) == 1;
	enrol_job_start(c, j, "Writing the sheet");
	return true;
}

static void sheet_open(struct console *c, const char *batch) {
	struct sheet_form *sf = calloc(1, sizeof *sf);
	char path[ENROL_NAME_MAX + 16];
	struct err e;
	if (!sf) {
		err_nomem(&e);
		console_complain(c, &e);
		return;
	}
	text_copy(sf->batch, sizeof sf->batch, batch);
	snprintf(sf->intro, sizeof sf->intro, "Of %s. Its users are checked anew before anything is written.",
		 sf->batch);
	sf->spec = (struct form_spec){ .title = "Work sheet for the device service",
				       .intro = sf->intro,
				       .ok = "Write",
				       .fields = sheet_fields,
				       .count = sizeof sheet_fields / sizeof *sheet_fields,
				       .accept = sheet_accept,
				       .release = free };
	struct form *f = dialog_form(c, &sf->spec, sf);
	if (!f)
		return;
	snprintf(path, sizeof path, "%s-sheet.csv", sf->batch);
	for (char *p = path; *p; p++)
		if (strchr(" /\\\"'*?~.", *p) && strcmp(p, ".csv") != 0)
			*p = '-';
	form_set(f, SHEET_FILE, path);
}

void do_enrol_sheet(struct console *c, const char *arg) {
	enrol_with_batch(c, arg, "Work sheet of", sheet_open);
}
