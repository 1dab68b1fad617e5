/* SPDX-License-Identifier: MIT
 *
 * handlers_tables.c - users and permissions from a CSV: read, held against the tenant, shown, and then made one task.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "import/permissions.h"
#include "import/users.h"
#include "tui/model/handlers.h"
#include "tui/model/job.h"
#include "tui/model/password_plan.h"
#include "tui/model/permission_plan.h"
#include "tui/view/dialogs.h"

struct sheet_job {
	struct store *store;
	int64_t tenant;
	bool users; /* else permissions */
	char path[EDIT_MAX * 2], location[8], licenses[400], sheet[EDIT_MAX * 2], company[256];
	bool update, change_at_once;

	struct user_list list;
	struct user_plan plan;
	struct import_table_result table; /* permissions */
	struct import_problem *problems;  /* of the file, and a note for each row that changes something */
	size_t problem_count;
	uint64_t grants, revokes;
	bool ok;
	struct err e;
};

static void job_free(void *data) {
	struct sheet_job *j = data;
	user_plan_free(&j->plan);
	import_users_free(&j->list);
	import_table_free(&j->table);
	free(j->problems);
	free(j);
}

static const struct import_table_result *table_of(const struct sheet_job *j) {
	return j->users ? &j->list.table : &j->table;
}

/* What is there and differs is told like a problem: line, who, what. */
static bool collect(struct sheet_job *j) {
	const struct import_table_result *t = table_of(j);
	j->problems = calloc(t->problem_count + j->plan.n + 1, sizeof *j->problems);
	if (!j->problems)
		return err_nomem(&j->e);
	if (t->problem_count)
		memcpy(j->problems, t->problems, t->problem_count * sizeof *j->problems);
	j->problem_count = t->problem_count;
	for (size_t i = 0; i < j->plan.n; i++) {
		const struct user_plan_row *row = &j->plan.rows[i];
		struct import_problem *p = &j->problems[j->problem_count];
		if (row->outcome != USER_CHANGE && row->outcome != USER_LEFT)
			continue;
		p->level = PROBLEM_NOTE;
		p->line = j->list.list[i].line;
		text_copy(p->column, sizeof p->column, j->list.list[i].upn);
		snprintf(p->text, sizeof p->text, "is there and %s: %.200s",
			 row->outcome == USER_CHANGE ? "will be changed" : "is left as it is", row->differs);
		j->problem_count++;
	}
	return true;
}

static bool read_users(struct sheet_job *j) {
	struct users_options o = { .location = *j->location ? j->location : NULL,
				   .licenses = *j->licenses ? j->licenses : NULL,
				   .company = *j->company ? j->company : NULL };
	return import_users(j->path, &o, &j->list, &j->e) &&
	       user_plan_make(j->store, j->tenant, &j->list, j->update, &j->plan, &j->e);
}

static bool read_permissions(struct sheet_job *j) {
	struct permission_wishes w;
	if (!import_permissions(j->path, &j->table, &j->e))
		return false;
	for (size_t i = 0; i < j->table.count; i++)
		for (size_t r = 0; r < 3 && import_permission(&j->table, i, &w); r++) {
			j->grants += w.right[r] == PERMISSION_GRANT;
			j->revokes += w.right[r] == PERMISSION_REVOKE;
		}
	return true;
}

/* In the job's thread. */
static void read_work(void *data) {
	struct sheet_job *j = data;
	j->ok = (j->users ? read_users(j) : read_permissions(j)) && collect(j);
}

/* ---- the changes ---- */

static bool add_new(struct task_plan *p, const struct sheet_job *j, const struct user_record *r, struct err *e) {
	struct secret password = { NULL, 0 };
	struct args a;
	args_begin(&a);
	args_text(&a, "displayName", r->name);
	args_text(&a, "mailNickname", r->nickname);
	args_text(&a, "usageLocation", r->location);
	args_bool(&a, "forceChange", j->change_at_once);
	if (*r->licenses)
		args_list(&a, "licenses", r->licenses);
	const struct {
		const char *name, *value;
	} more[] = { { "department", r->department },
		     { "jobTitle", r->job },
		     { "givenName", r->given },
		     { "surname", r->surname },
		     { "company", r->company } };
	for (size_t i = 0; i < sizeof more / sizeof *more; i++)
		if (*more[i].value)
			args_text(&a, more[i].name, more[i].value);
	const char *text = args_end(&a);
	bool ok = text && (!*r->password || secret_set(&password, r->password, strlen(r->password)));
	ok = ok ? task_plan_add(p, CHANGE_USER_CREATE, r->upn, text, &password, e) : err_nomem(e);
	secret_clear(&password);
	args_free(&a);
	return ok;
}

static bool add_difference(struct task_plan *p, const struct user_record *r, const struct user_plan_row *row,
			   struct err *e) {
	struct args a;
	args_begin(&a);
	if (!row->enable) {
		args_list(&a, "add", row->missing);
		args_list(&a, "remove", "");
	} else if (*row->missing) {
		args_list(&a, "licenses", row->missing);
	}
	if (row->place)
		args_text(&a, "usageLocation", r->location);
	const char *text = args_end(&a);
	bool ok = text ? task_plan_add(p, row->enable ? CHANGE_USER_ENABLE : CHANGE_USER_LICENSE, r->upn, text, NULL, e)
		       : err_nomem(e);
	args_free(&a);
	return ok;
}

static bool users_ready(struct task_plan *p, struct err *e) {
	const struct sheet_job *j = p->data;
	for (size_t i = 0; i < j->plan.n; i++) {
		const struct user_plan_row *row = &j->plan.rows[i];
		const struct user_record *r = &j->list.list[i];
		bool ok = true;
		if (import_table_bad(&j->list.table, r->row))
			continue;
		if (row->outcome == USER_NEW)
			ok = add_new(p, j, r, e);
		else if (row->outcome == USER_CHANGE)
			ok = add_difference(p, r, row, e);
		if (!ok)
			return false;
	}
	return password_plan_write(p, *j->sheet ? j->sheet : NULL, e);
}

static bool permissions_ready(struct task_plan *p, struct err *e) {
	const struct sheet_job *j = p->data;
	struct permission_wishes w;
	for (size_t i = 0; i < j->table.count; i++)
		for (size_t r = 0; r < 3 && import_permission(&j->table, i, &w); r++)
			if (w.right[r] != PERMISSION_LEAVE &&
			    !permission_plan_add(p, r, w.right[r] == PERMISSION_GRANT, w.mailbox, w.trustee,
						 w.auto_mapping, e))
				return false;
	return true;
}

static void accepted(struct console *c, void *data) {
	struct sheet_job *j = data;
	char label[TASK_LABEL_MAX], n[32], m[32];
	text_count(n, sizeof n, j->users ? j->plan.counts[USER_NEW] : j->grants);
	text_count(m, sizeof m, j->users ? j->plan.counts[USER_CHANGE] : j->revokes);
	snprintf(label, sizeof label,
		 j->users ? "Import users: %s new, %s to change" : "Import permissions: %s to grant, %s to revoke", n,
		 m);
	struct task_plan *p = task_plan_empty(c, label);
	if (!p) {
		job_free(j);
		return;
	}
	p->tenant = j->tenant;
	p->data = j;
	p->release = job_free;
	p->ready = j->users ? users_ready : permissions_ready;
	task_plan_start(c, p);
}

/* ---- what is shown before ---- */

static bool licenses_lack(const struct sheet_job *j, char *dst, size_t size) {
	bool lack = false;
	size_t used = strlen(dst);
	for (size_t i = 0; i < j->plan.license_count && used < size; i++) {
		const struct user_plan_license *l = &j->plan.licenses[i];
		bool missing = l->free < 0 || l->needs > (uint64_t)l->free;
		char left[32] = "the tenant has none of these";
		if (l->free >= 0)
			snprintf(left, sizeof left, "%lld free", (long long)l->free);
		used += (size_t)snprintf(dst + used, size - used, "\n%s%.80s: needs %llu, %s", missing ? "! " : "",
					 l->name, (unsigned long long)l->needs, left);
		lack = lack || (missing && l->needs > 0);
	}
	return lack;
}

static void read_finish(struct console *c, void *data) {
	struct sheet_job *j = data;
	const struct import_table_result *t = table_of(j);
	char summary[1000];
	if (!c || !j->ok) {
		if (c)
			console_complain(c, &j->e);
		job_free(j);
		return;
	}
	findings_summary(summary, sizeof summary, t->seen, t->encoding, t->delimiter, t->count, t->errors, t->notes);
	size_t used = strlen(summary);
	bool lack = false;
	uint64_t changes = j->grants + j->revokes;
	if (j->users) {
		changes = j->plan.counts[USER_NEW] + j->plan.counts[USER_CHANGE];
		snprintf(summary + used, sizeof summary - used,
			 "\n%zu new · %zu to change · %zu as they are · %zu left", j->plan.counts[USER_NEW],
			 j->plan.counts[USER_CHANGE], j->plan.counts[USER_SAME], j->plan.counts[USER_LEFT]);
		lack = licenses_lack(j, summary, sizeof summary);
	} else {
		snprintf(summary + used, sizeof summary - used,
			 "\n%llu to grant · %llu to revoke; what is so already stays", (unsigned long long)j->grants,
			 (unsigned long long)j->revokes);
	}
	dialog_findings(c, &(struct findings){ .title = j->users ? "Import users: what would be done"
								 : "Import permissions: what would be done",
					       .path = j->path,
					       .summary = summary,
					       .nothing = "Nothing is wrong with it.",
					       .declined = "Nothing was changed",
					       .ok = "Do it",
					       .problems = j->problems,
					       .problem_count = j->problem_count,
					       .can = changes > 0 && !lack,
					       .bad = t->errors > 0 || lack,
					       .accept = accepted,
					       .release = job_free,
					       .data = j });
}

static void expand(char *dst, size_t size, const char *path) {
	const char *home = getenv("HOME");
	if (path[0] == '~' && path[1] == '/' && home)
		snprintf(dst, size, "%s%s", home, path + 1);
	else
		text_copy(dst, size, path);
}

static struct sheet_job *job_new(struct console *c, bool users, const char *path, struct err *e) {
	if (!*path) {
		err_set(e, ERR_INPUT, "Name a CSV file");
		return NULL;
	}
	struct sheet_job *j = calloc(1, sizeof *j);
	if (!j) {
		err_nomem(e);
		return NULL;
	}
	j->store = c->store;
	j->tenant = c->tenant.is.id;
	j->users = users;
	text_copy(j->company, sizeof j->company, c->tenant.is.company);
	expand(j->path, sizeof j->path, path);
	return j;
}

/* ---- forms ---- */

enum { U_FILE, U_LOCATION, U_LICENSES, U_UPDATE, U_CHANGE, U_SHEET };
static const struct field user_fields[] = {
	[U_FILE] = { "CSV file", "UserPrincipalName, DisplayName, UsageLocation, Licenses, Password and more.",
		     FIELD_PATH, NULL },
	[U_LOCATION] = { "Usage location", "Two letters, for rows that name none.", FIELD_TEXT, NULL },
	[U_LICENSES] = { "Licences", "For rows that name none; as in Subscriptions.", FIELD_TEXT, NULL },
	[U_UPDATE] = { "Update", "Users that are there get what they lack: sign-in, licences, location.", FIELD_CHECK,
		       NULL },
	[U_CHANGE] = { "Change at once", "Users choose another password at their first sign-in.", FIELD_CHECK, NULL },
	[U_SHEET] = { "Password sheet", "For passwords that are made. Empty: a new file in the project.", FIELD_PATH,
		      NULL },
};

static bool users_accept(struct console *c, struct form *f, struct err *e) {
	char text[300], fix[200];
	struct sheet_job *j = job_new(c, true, form_text(f, U_FILE), e);
	if (!j)
		return false;
	text_copy(j->location, sizeof j->location, form_text(f, U_LOCATION));
	text_copy(j->licenses, sizeof j->licenses, form_text(f, U_LICENSES));
	if (*form_text(f, U_SHEET))
		expand(j->sheet, sizeof j->sheet, form_text(f, U_SHEET));
	j->update = form_choice(f, U_UPDATE);
	j->change_at_once = form_choice(f, U_CHANGE);
	if (*j->location && !usage_location_check(j->location, sizeof j->location, text, fix)) {
		job_free(j);
		return err_set(e, ERR_INPUT, "%s. %s", text, fix);
	}
	job_start(c, "Reading the list of users", read_work, read_finish, j);
	return true;
}

void do_user_import(struct console *c, const char *arg) {
	static const struct form_spec spec = {
		.title = "Import users",
		.intro = "Nothing is done before you have seen what would be done and what is wrong with the file.",
		.ok = "Read the file",
		.fields = user_fields,
		.count = sizeof user_fields / sizeof *user_fields,
		.accept = users_accept
	};
	struct form *f = dialog_form(c, &spec, NULL);
	if (!f)
		return;
	form_set(f, U_FILE, arg);
	form_choose(f, U_CHANGE, 1);
}

static bool permissions_accept(struct console *c, struct form *f, struct err *e) {
	struct sheet_job *j = job_new(c, false, form_text(f, 0), e);
	if (!j)
		return false;
	job_start(c, "Reading the list of permissions", read_work, read_finish, j);
	return true;
}

void do_permission_import(struct console *c, const char *arg) {
	static const struct field file[] = { { "CSV file",
					       "Mailbox, Trustee, FullAccess, SendAs, SendOnBehalf (yes, no, -), "
					       "AutoMapping.",
					       FIELD_PATH, NULL } };
	static const struct form_spec spec = {
		.title = "Import permissions",
		.intro = "Nothing is done before you have seen what would be done and what is wrong with the file.",
		.ok = "Read the file",
		.fields = file,
		.count = 1,
		.accept = permissions_accept
	};
	struct form *f = dialog_form(c, &spec, NULL);
	if (f)
		form_set(f, 0, arg);
}
