/* SPDX-License-Identifier: MIT
 *
 * handlers_report.c - the certificate of the chosen mailboxes, into a file.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "tui/cli/report.h"
#include "tui/model/handlers.h"
#include "tui/model/job.h"
#include "tui/view/dialogs.h"

enum { R_FORMAT, R_FILE };
static const char *const report_formats[] = { "HTML", "text", "CSV", "JSON", NULL };
static const struct {
	enum report_format format;
	const char *file;
} report_kinds[] = { { REPORT_HTML, "report.html" },
		     { REPORT_TEXT, "report.txt" },
		     { REPORT_CSV, "report.csv" },
		     { REPORT_JSON, "report.json" } };
#define REPORT_KINDS (sizeof report_kinds / sizeof *report_kinds)
static const struct field report_fields[] = {
	[R_FORMAT] = { "Format", "HTML is one page to print and to hand over; JSON has every byte.", FIELD_CHOICE,
		       report_formats },
	[R_FILE] = { "File", "A new file, for you alone to read. Empty: report.html, .txt, .csv or .json here.",
		     FIELD_PATH, NULL },
};

struct reporting {
	struct store *store;
	struct kept_choice what;
	enum report_format format;
	char path[EDIT_MAX * 2];
	bool ok;
	struct err e;
};

static void reporting_free(void *data) {
	struct reporting *r = data;
	if (r)
		kept_choice_free(&r->what);
	free(r);
}

/* In the job's thread. */
static void reporting_work(void *data) {
	struct reporting *r = data;
	struct selection sel = { .filter = r->what.filter };
	r->ok = selection_freeze(r->store, &sel, &r->e) &&
		report_write_file(r->store, &sel, r->format, r->path, false, &r->e);
	selection_free(&sel);
}

static void reporting_finish(struct console *c, void *data) {
	struct reporting *r = data;
	if (c && r->ok)
		console_note(c, "The report of %s is in %s", r->what.name, r->path);
	else if (c)
		console_complain(c, &r->e);
	reporting_free(r);
}

static struct reporting *reporting_new(struct console *c) {
	struct choice choice;
	struct err nomem;
	console_choice(c, &choice);
	struct reporting *r = calloc(1, sizeof *r);
	if (!r || !choice_keep(&choice, &r->what, &nomem)) {
		free(r);
		return NULL;
	}
	r->store = c->store;
	return r;
}

static void reporting_start(struct console *c, struct reporting *r) {
	job_start(c, "Writing the report", reporting_work, reporting_finish, r);
}

/* What the form owns until it is accepted. */
struct report_form {
	struct form_spec spec;
	char title[IDENTITY_MAX + 48];
	struct reporting *r;
};

static bool report_accept(struct console *c, struct form *f, struct err *e) {
	struct report_form *rf = form_data(f);
	struct reporting *r = rf->r;
	size_t kind = form_choice(f, R_FORMAT);
	r->format = report_kinds[kind].format;
	const char *path = *form_text(f, R_FILE) ? form_text(f, R_FILE) : report_kinds[kind].file;
	edit_path(r->path, sizeof r->path, path);
	if (access(r->path, F_OK) == 0)
		return err_set(e, ERR_INPUT, "%s is there already: name another file", r->path);
	rf->r = NULL;
	reporting_start(c, r);
	return true;
}

static void report_form_free(void *data) {
	struct report_form *rf = data;
	reporting_free(rf->r);
	free(rf);
}

void do_report(struct console *c, const char *arg) {
	static const struct form_spec spec = {
		.intro = "What became of every message: the verdict, what was verified, and all that needs attention, "
			 "by name.",
		.ok = "Write",
		.fields = report_fields,
		.count = sizeof report_fields / sizeof *report_fields,
		.accept = report_accept,
		.release = report_form_free,
	};
	struct err e;
	struct report_form *rf = calloc(1, sizeof *rf);
	if (!rf || !(rf->r = reporting_new(c))) {
		free(rf);
		err_nomem(&e);
		console_complain(c, &e);
		return;
	}
	rf->spec = spec;
	rf->spec.title = rf->title;
	snprintf(rf->title, sizeof rf->title, "Report of %s", rf->r->what.name);
	struct form *f = dialog_form(c, &rf->spec, rf);
	for (size_t i = 0; f && i < REPORT_KINDS; i++)
		if (text_ieq(arg, strrchr(report_kinds[i].file, '.') + 1))
			form_choose(f, R_FORMAT, (unsigned)i);
}
