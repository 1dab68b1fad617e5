/* SPDX-License-Identifier: MIT
 *
 * handlers_user_import.c - users from a CSV: read, held against the tenant, shown, and then made one task. The same way
 * for people from elsewhere (sheet_job.h).
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tui/model/handlers.h"
#include "tui/model/job.h"
#include "tui/model/password_plan.h"
#include "tui/model/sheet_job.h"
#include "tui/view/dialogs.h"

void sheet_job_free(void *data) {
	struct sheet_job *j = data;
	if (j->forget)
		j->forget(j->source);
	user_plan_free(&j->plan);
	import_users_free(&j->list);
	free(j->problems);
	free(j);
}

static void say_new(const struct user_record *r, char *text, size_t size) {
	snprintf(text, size, "will be created: %.100s%s%.60s%s%.60s", r->name, *r->department ? ", " : "",
		 r->department, *r->location ? ", " : "", r->location);
}

/* What is there and differs is told like a problem: line, who, what. */
static bool collect(struct sheet_job *j) {
	const struct import_table_result *t = &j->list.table;
	j->problems = calloc(t->problem_count + j->plan.n + 1, sizeof *j->problems);
	if (!j->problems)
		return err_nomem(&j->e);
	if (t->problem_count)
		memcpy(j->problems, t->problems, t->problem_count * sizeof *j->problems);
	j->problem_count = t->problem_count;
	for (size_t i = 0; i < j->plan.n; i++) {
		const struct user_plan_row *row = &j->plan.rows[i];
		struct import_problem *p = &j->problems[j->problem_count];
		bool new = row->outcome == USER_NEW && j->people; /* nobody has seen these in a file */
		if (row->outcome != USER_CHANGE && row->outcome != USER_LEFT && !new)
			continue;
		p->level = PROBLEM_NOTE;
		p->line = j->people ? 0 : j->list.list[i].line;
		text_copy(p->column, sizeof p->column, j->list.list[i].upn);
		if (new) {
			say_new(&j->list.list[i], p->text, sizeof p->text);
			j->problem_count++;
			continue;
		}
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
	bool read = j->people ? j->people(j, &o) : import_users(j->path, &o, &j->list, &j->e);
	return read &&
	       user_plan_make(j->store, j->tenant, &j->list,
			      &(struct user_plan_options){ .update = j->update, .enable = j->enable }, &j->plan, &j->e);
}

/* In the job's thread. */
static void sheet_work(void *data) {
	struct sheet_job *j = data;
	j->ok = read_users(j) && collect(j);
}

/* ---- the changes ---- */

/* which: bit f for person_fields[f]. */
static void put_fields(struct args *a, const struct user_record *r, unsigned which) {
	for (size_t f = 0; f < PERSON_FIELDS; f++)
		if ((which & (1U << f)) && *person_field_value(r, f))
			args_text(a, person_fields[f].argument, person_field_value(r, f));
}

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
	put_fields(&a, r, ~1U); /* the display name is there */
	const char *text = args_end(&a);
	bool ok = text && (!*r->password || secret_set(&password, r->password, strlen(r->password)));
	ok = ok ? task_plan_add(p, CHANGE_USER_CREATE, r->upn, text, &password, e) : err_nomem(e);
	secret_clear(&password);
	args_free(&a);
	return ok;
}

static bool add_set(struct task_plan *p, const struct user_record *r, unsigned which, struct err *e) {
	struct args a;
	args_begin(&a);
	put_fields(&a, r, which);
	const char *text = args_end(&a);
	bool ok = text ? task_plan_add(p, CHANGE_USER_SET, r->upn, text, NULL, e) : err_nomem(e);
	args_free(&a);
	return ok;
}

static bool add_difference(struct task_plan *p, const struct user_record *r, const struct user_plan_row *row,
			   struct err *e) {
	struct args a;
	if (row->set && !add_set(p, r, row->set, e))
		return false;
	if (!row->enable && !*row->missing && !row->place)
		return true;
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

static void accepted(struct console *c, void *data) {
	struct sheet_job *j = data;
	char label[TASK_LABEL_MAX], more[48] = "", less[48] = "", n[32];
	text_count(n, sizeof n, j->plan.counts[USER_NEW]);
	if (j->plan.counts[USER_NEW])
		snprintf(more, sizeof more, ": %s new", n);
	text_count(n, sizeof n, j->plan.counts[USER_CHANGE]);
	if (j->plan.counts[USER_CHANGE])
		snprintf(less, sizeof less, "%s %s to change", *more ? "," : ":", n);
	snprintf(label, sizeof label, "Import users%s%s", more, less);
	struct task_plan *p = task_plan_empty(c, label);
	if (!p) {
		sheet_job_free(j);
		return;
	}
	p->tenant = j->tenant;
	p->data = j;
	p->release = sheet_job_free;
	p->ready = users_ready;
	task_plan_start(c, p);
}

/* ---- what is shown before ---- */

static bool licenses_lack(const struct sheet_job *j, char *dst, size_t size) {
	bool lack = false;
	size_t used = strlen(dst);
	for (size_t i = 0; i < j->plan.license_count && used < size; i++) {
		const struct user_plan_license *l = &j->plan.licenses[i];
		bool missing = l->free < 0 || l->needs > (uint64_t)l->free;
		char needs[32], left[40] = "the tenant has none of these";
		text_count(needs, sizeof needs, l->needs);
		if (l->free >= 0) {
			text_count(left, 32, (uint64_t)l->free);
			memcpy(left + strlen(left), " free", sizeof " free");
		}
		used += (size_t)snprintf(dst + used, size - used, "\n%s%.80s: needs %s, %s", missing ? "! " : "",
					 l->name, needs, left);
		lack = lack || (missing && l->needs > 0);
	}
	return lack;
}

static void users_summary(const struct sheet_job *j, char *dst, size_t size) {
	const struct import_table_result *t = &j->list.table;
	char n[USER_LEFT + 1][32];
	if (j->people)
		text_copy(dst, size, j->summary);
	else
		findings_summary(dst, size, t->seen, t->encoding, t->delimiter, j->list.good, t->errors, t->notes);
	for (int i = 0; i <= USER_LEFT; i++)
		text_count(n[i], sizeof n[i], j->plan.counts[i]);
	size_t used = strlen(dst);
	snprintf(dst + used, size - used, "\n%s new · %s to change · %s as they are · %s left", n[USER_NEW],
		 n[USER_CHANGE], n[USER_SAME], n[USER_LEFT]);
}

static void sheet_finish(struct console *c, void *data) {
	struct sheet_job *j = data;
	char summary[1000];
	if (!c || !j->ok) {
		if (c)
			console_complain(c, &j->e);
		sheet_job_free(j);
		return;
	}
	users_summary(j, summary, sizeof summary);
	bool lack = licenses_lack(j, summary, sizeof summary);
	dialog_findings(c,
			&(struct findings){ .title = j->people ? "Users from LDAP: what would be done"
							       : "Import users: what would be done",
					    .path = j->path,
					    .summary = summary,
					    .nothing = lack ? "The rows are right; buy licences, or name fewer users."
							    : "Nothing is wrong with it.",
					    .declined = "Nothing was changed",
					    .ok = "Do it",
					    .problems = j->problems,
					    .problem_count = j->problem_count,
					    .can = j->plan.counts[USER_NEW] + j->plan.counts[USER_CHANGE] > 0 && !lack,
					    .bad = j->list.table.errors > 0 || lack,
					    .accept = accepted,
					    .release = sheet_job_free,
					    .data = j });
}

struct sheet_job *sheet_job_new(struct console *c, struct err *e) {
	struct sheet_job *j = calloc(1, sizeof *j);
	if (!j) {
		err_nomem(e);
		return NULL;
	}
	j->store = c->store;
	j->tenant = c->tenant.is.id;
	text_copy(j->company, sizeof j->company, c->tenant.is.company);
	return j;
}

bool sheet_job_place(struct sheet_job *j, const char *location, const char *licenses, struct err *e) {
	char text[300], fix[200];
	text_copy(j->location, sizeof j->location, location);
	text_copy(j->licenses, sizeof j->licenses, licenses);
	return !*j->location || usage_location_check(j->location, sizeof j->location, text, fix) ||
	       err_set(e, ERR_INPUT, "%s. %s", text, fix);
}

bool sheet_job_start(struct console *c, struct sheet_job *j, const char *label) {
	return job_start(c, label, sheet_work, sheet_finish, j);
}

/* ---- the form ---- */

enum { U_FILE, U_LOCATION, U_LICENSES, U_UPDATE, U_ENABLE, U_CHANGE, U_SHEET };
static const struct field user_fields[] = {
	[U_FILE] = { "CSV file", "UserPrincipalName, DisplayName, UsageLocation, Licenses, Password and more.",
		     FIELD_PATH, NULL },
	[U_LOCATION] = { "Usage location", "Two letters, for rows that name none.", FIELD_TEXT, NULL },
	[U_LICENSES] = { "Licences", "For rows that name none; as in Subscriptions.", FIELD_TEXT, NULL },
	[U_UPDATE] = { "Update", "Users that are there become what the list says.", FIELD_CHECK, NULL },
	[U_ENABLE] = { "Let sign in", "With Update: also those whose sign-in is blocked.", FIELD_CHECK, NULL },
	[U_CHANGE] = { "Change at once", "Users choose another password at their first sign-in.", FIELD_CHECK, NULL },
	[U_SHEET] = { "Password sheet", "For passwords that are made. Empty: a new file in the project.", FIELD_PATH,
		      NULL },
};

static bool users_accept(struct console *c, struct form *f, struct err *e) {
	if (!*form_text(f, U_FILE))
		return err_set(e, ERR_INPUT, "Name a CSV file");
	struct sheet_job *j = sheet_job_new(c, e);
	if (!j)
		return false;
	edit_path(j->path, sizeof j->path, form_text(f, U_FILE));
	if (*form_text(f, U_SHEET))
		edit_path(j->sheet, sizeof j->sheet, form_text(f, U_SHEET));
	j->update = form_choice(f, U_UPDATE);
	j->enable = form_choice(f, U_ENABLE);
	j->change_at_once = form_choice(f, U_CHANGE);
	if (!sheet_job_place(j, form_text(f, U_LOCATION), form_text(f, U_LICENSES), e)) {
		sheet_job_free(j);
		return false;
	}
	sheet_job_start(c, j, "Reading the list of users");
	return true;
}

void do_user_import(struct console *c, const char *arg) {
	static const struct form_spec spec = { .title = "Import users",
					       .intro = FINDINGS_INTRO,
					       .ok = "Read the file",
					       .fields = user_fields,
					       .count = sizeof user_fields / sizeof *user_fields,
					       .accept = users_accept };
	struct form *f = dialog_form(c, &spec, NULL);
	if (!f)
		return;
	form_set(f, U_FILE, arg);
	form_choose(f, U_CHANGE, 1);
}
