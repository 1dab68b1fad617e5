/* SPDX-License-Identifier: MIT
 *
 * handlers_device_import.c - devices allowed and blocked by a CSV: read, shown, and then made one task.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "import/devices.h"
#include "tui/model/handlers.h"
#include "tui/model/job.h"
#include "tui/model/task_plan.h"
#include "tui/view/dialogs.h"

struct device_sheet {
	struct store *store;
	int64_t tenant;
	char path[EDIT_MAX * 2];
	struct import_table_result table;
	size_t wishes[3]; /* by enum device_wish */
	bool ok;
	struct err e;
};

static void device_sheet_free(void *data) {
	struct device_sheet *d = data;
	import_table_free(&d->table);
	free(d);
}

/* In the job's thread. */
static void device_sheet_work(void *data) {
	struct device_sheet *d = data;
	struct device_wishes w;
	d->ok = import_devices(d->path, &d->table, &d->e);
	for (size_t i = 0; d->ok && i < d->table.count; i++)
		if (import_device(&d->table, i, &w))
			d->wishes[w.access]++;
}

static bool device_sheet_ready(struct task_plan *p, struct err *e) {
	static const enum change_verb verbs[] = { [DEVICE_WISH_ALLOW] = CHANGE_DEVICE_ALLOW,
						  [DEVICE_WISH_BLOCK] = CHANGE_DEVICE_BLOCK,
						  [DEVICE_WISH_DEFAULT] = CHANGE_DEVICE_DEFAULT };
	const struct device_sheet *d = p->data;
	struct device_wishes w;
	bool ok = true;
	for (size_t i = 0; ok && i < d->table.count; i++) {
		struct args a;
		if (!import_device(&d->table, i, &w))
			continue;
		args_begin(&a);
		args_text(&a, "mailbox", w.mailbox);
		args_text(&a, "deviceId", w.device_id);
		const char *text = args_end(&a);
		ok = text ? task_plan_add(p, verbs[w.access], w.device_id, text, NULL, e) : err_nomem(e);
		args_free(&a);
	}
	return ok;
}

static void device_sheet_accepted(struct console *c, void *data) {
	struct device_sheet *d = data;
	char label[TASK_LABEL_MAX];
	size_t n = d->wishes[0] + d->wishes[1] + d->wishes[2];
	snprintf(label, sizeof label, "Import %zu device%s", n, n == 1 ? "" : "s");
	struct task_plan *p = task_plan_empty(c, label);
	if (!p) {
		device_sheet_free(d);
		return;
	}
	p->tenant = d->tenant;
	p->data = d;
	p->release = device_sheet_free;
	p->ready = device_sheet_ready;
	task_plan_start(c, p);
}

static void device_sheet_finish(struct console *c, void *data) {
	struct device_sheet *d = data;
	const struct import_table_result *t = &d->table;
	char summary[1000];
	if (!c || !d->ok) {
		if (c)
			console_complain(c, &d->e);
		device_sheet_free(d);
		return;
	}
	findings_summary(summary, sizeof summary, t->seen, t->encoding, t->delimiter, t->count, t->errors, t->notes);
	size_t used = strlen(summary);
	snprintf(summary + used, sizeof summary - used, "\n%zu to allow · %zu to block · %zu left to the rules",
		 d->wishes[DEVICE_WISH_ALLOW], d->wishes[DEVICE_WISH_BLOCK], d->wishes[DEVICE_WISH_DEFAULT]);
	dialog_findings(c, &(struct findings){ .title = "Import devices: what would be done",
					       .path = d->path,
					       .summary = summary,
					       .nothing = "Nothing is wrong with it.",
					       .declined = "Nothing was changed",
					       .ok = "Do it",
					       .problems = t->problems,
					       .problem_count = t->problem_count,
					       .can = t->count > 0,
					       .bad = t->errors > 0,
					       .accept = device_sheet_accepted,
					       .release = device_sheet_free,
					       .data = d });
}

static bool device_file_accept(struct console *c, struct form *f, struct err *e) {
	if (!*form_text(f, 0))
		return err_set(e, ERR_INPUT, "Name a CSV file");
	struct device_sheet *d = calloc(1, sizeof *d);
	if (!d)
		return err_nomem(e);
	d->store = c->store;
	d->tenant = c->tenant.is.id;
	edit_path(d->path, sizeof d->path, form_text(f, 0));
	job_start(c, "Reading the list of devices", device_sheet_work, device_sheet_finish, d);
	return true;
}

void do_device_import(struct console *c, const char *arg) {
	static const struct field file[] = { { "CSV file", "Mailbox, DeviceId, Access (allow, block, default).",
					       FIELD_PATH, NULL } };
	static const struct form_spec spec = {
		.title = "Import devices",
		.intro = "Nothing is done before you have seen what would be done and what is wrong with the file.",
		.ok = "Read the file",
		.fields = file,
		.count = 1,
		.accept = device_file_accept
	};
	struct form *f = dialog_form(c, &spec, NULL);
	if (f)
		form_set(f, 0, arg);
}
