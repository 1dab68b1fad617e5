/* SPDX-License-Identifier: MIT
 *
 * handlers_add.c - "Add mailboxes…": a file, what is wrong with it, where to, and one transaction.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "import/import.h"
#include "tui/model/handlers.h"
#include "tui/model/job.h"
#include "tui/model/target_form.h"
#include "tui/view/dialogs.h"

enum { ADD_FILE, ADD_BATCH, ADD_SOURCE_CA };
static const struct field fields[] = {
	[ADD_FILE] = { "CSV file", "Tab completes. Any delimiter, UTF-8, UTF-16 or Windows-1252.", FIELD_PATH, NULL },
	[ADD_BATCH] = { "Batch", "For rows whose Batch column is empty. May stay empty.", FIELD_TEXT, NULL },
	[ADD_SOURCE_CA] = { "Source CA file", "When the old server's certificate is your own. Empty: the system's.",
			    FIELD_PATH, NULL },
};

struct import_job {
	char path[EDIT_MAX];
	struct import_options options;
	struct tenant_list tenants;
	struct import_result *result;
	bool ok;
	struct err e;
};

struct store_job {
	struct store *store;
	struct import_result *result;
	struct add_result added;
	bool ok;
	struct err e;
};

static void result_free(struct import_result *r) {
	if (r)
		import_free(r);
	free(r);
}

static void store_work(void *data) {
	struct store_job *j = data;
	j->ok = import_store(j->result, j->store, &j->added, &j->e);
}

static void warn(struct console *c, const struct add_result *added) {
	char text[IMPORT_WARNINGS][IMPORT_WARNING_MAX], all[IMPORT_WARNINGS * (IMPORT_WARNING_MAX + 2)] = "";
	unsigned n = import_warnings(added, text);
	for (unsigned i = 0; i < n; i++) {
		size_t len = strlen(all);
		snprintf(all + len, sizeof all - len, "%s%s.", i ? "\n\n" : "", text[i]);
	}
	if (n)
		dialog_tell(c, "Is this what you meant?", all);
}

static void store_finish(struct console *c, void *data) {
	struct store_job *j = data;
	if (c) {
		console_refresh(c);
		if (j->ok) {
			console_note(c, "%zu mailboxes added, %zu updated, %zu were there already", j->added.added,
				     j->added.updated, j->added.unchanged);
			warn(c, &j->added);
		} else {
			console_complain(c, &j->e);
		}
	}
	result_free(j->result);
	free(j);
}

/* Takes r over. */
static void store_rows(struct console *c, struct import_result *r) {
	struct store_job *j = calloc(1, sizeof *j);
	struct err e;
	if (!j) {
		result_free(r);
		err_nomem(&e);
		console_complain(c, &e);
		return;
	}
	j->store = c->store;
	j->result = r;
	job_start(c, "Storing mailboxes", store_work, store_finish, j);
}

static void import_work(void *data) {
	struct import_job *j = data;
	j->ok = import_csv(j->path, &j->options, j->result, &j->e);
}

static void import_release(void *data) {
	struct import_job *j = data;
	result_free(j->result);
	tenant_list_free(&j->tenants);
	free(j);
}

static void import_finish(struct console *c, void *data);

static void read_file(struct console *c, void *data) {
	struct import_job *j = data;
	const char *slash = strrchr(j->path, '/');
	char label[120], name[80];
	import_free(j->result);
	memset(j->result, 0, sizeof *j->result);
	slash = slash ? slash + 1 : j->path;
	text_sanitise(name, sizeof name, slash, strlen(slash));
	snprintf(label, sizeof label, "Reading %s", name);
	job_start(c, label, import_work, import_finish, j);
}

/* Where rows go that name no target server. */
static bool take_project(struct console *c, struct import_job *j, struct err *e) {
	struct target_settings project;
	if (!target_settings_get(c->store, &project, e))
		return false;
	j->options.project = project.server;
	j->options.target_known = project.server.host[0] != '\0';
	j->options.target_admin = c->target_admin;
	return true;
}

static void read_again(struct console *c, void *data) {
	struct import_job *j = data;
	struct err e;
	if (take_project(c, j, &e)) {
		read_file(c, j);
		return;
	}
	console_complain(c, &e);
	import_release(j);
}

static void import_finish(struct console *c, void *data) {
	struct import_job *j = data;
	if (c && j->ok && j->result->lacks_target) {
		target_form_open(c, read_again, import_release, j);
		return;
	}
	if (c && j->ok) {
		dialog_import(c, j->path, j->result, store_rows);
		j->result = NULL;
	} else if (c) {
		console_complain(c, &j->e);
	}
	import_release(j);
}

static bool start(struct console *c, const char *path, const char *batch, const char *source_ca, struct err *e) {
	if (!*path)
		return err_set(e, ERR_INPUT, "Name a CSV file");
	struct import_job *j = calloc(1, sizeof *j);
	if (j)
		j->result = calloc(1, sizeof *j->result);
	if (!j || !j->result) {
		free(j);
		return err_nomem(e);
	}
	edit_path(j->path, sizeof j->path, path);
	endpoint_init(&j->options.source);
	endpoint_init(&j->options.target);
	text_copy(j->options.batch, sizeof j->options.batch, batch);
	text_copy(j->options.source.ca_file, sizeof j->options.source.ca_file, source_ca);
	if (!tenant_list_load(c->store, &j->tenants, e) || !take_project(c, j, e)) {
		import_release(j);
		return false;
	}
	j->options.tenants = &j->tenants;
	read_file(c, j);
	return true;
}

static bool accept(struct console *c, struct form *f, struct err *e) {
	return start(c, form_text(f, ADD_FILE), form_text(f, ADD_BATCH), form_text(f, ADD_SOURCE_CA), e);
}

void do_add(struct console *c, const char *arg) {
	static const struct form_spec spec = {
		.title = "Add mailboxes",
		.ok = "Read the file",
		.fields = fields,
		.count = sizeof fields / sizeof *fields,
		.intro =
			"SourceIdentity, SourceServer, SourceLoginID, SourcePassword, TargetIdentity, in any order; or "
			"EmailAddress, UserName, Password. Nothing is stored before you have seen what is wrong with "
			"it.",
		.accept = accept,
	};
	const struct tree_node *node = tree_current(&c->tree);
	struct err e;
	if (*arg) {
		if (!start(c, arg, "", "", &e))
			console_complain(c, &e);
		return;
	}
	struct form *f = dialog_form(c, &spec, NULL);
	if (f && node->kind == NODE_BATCH)
		form_set(f, ADD_BATCH, node->label);
}
