/* SPDX-License-Identifier: MIT
 *
 * csv_import.h - a CSV whose rows are changes of a tenant: its path is asked for, it is read in a job's thread, shown
 * with what would be done, and then made one task. Users are held against the tenant first: sheet_job.h.
 */
#ifndef MAILVAN_TUI_CSV_IMPORT_H
#define MAILVAN_TUI_CSV_IMPORT_H

#include "import/table.h"
#include "tui/model/task_plan.h"
#include "tui/view/dialogs.h"

#define CSV_WISHES_MAX 3

struct csv_import;

struct csv_kind {
	const char *title;   /* "Import devices" */
	const char *columns; /* the file's, for the form */
	const char *reading; /* "Reading the list of devices" */
	bool (*read)(const char *path, struct import_table_result *out, struct err *e);
	/* What row i asks for goes to wishes[]; a row that is bad asks for nothing. */
	void (*count)(struct csv_import *t, size_t i);
	void (*summary)(const struct csv_import *t, char *dst, size_t size); /* a line, before it is done */
	void (*label)(const struct csv_import *t, char *dst, size_t size);   /* of the task */
	/* The items of row i; none for one that is bad. */
	bool (*add)(struct task_plan *p, const struct import_table_result *rows, size_t i, struct err *e);
};

struct csv_import {
	const struct csv_kind *kind;
	struct form_spec spec;
	struct field file;
	char found[80]; /* the title of what was found */
	int64_t tenant;
	char path[EDIT_MAX * 2];
	struct import_table_result rows;
	uint64_t wishes[CSV_WISHES_MAX]; /* by the kind's own numbers */
	bool ok;
	struct err e;
};

/* kind: static storage. path: what is in the form at first. */
void csv_import_open(struct console *c, const struct csv_kind *kind, const char *path);

#endif
