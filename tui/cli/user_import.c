/* SPDX-License-Identifier: MIT
 *
 * user_import.c - user import: a list held against the tenant, said row by row, and then made a task.
 */
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "tui/cli/import_problems.h"
#include "tui/cli/password_sheet.h"
#include "tui/cli/rows.h"
#include "tui/cli/table.h"
#include "tui/cli/user_verbs.h"

bool user_list_options(struct cli *c, const struct tenant *t, char location[8], char licenses[400],
		       struct users_options *o, struct err *e) {
	*o = (struct users_options){ .company = t->company };
	if (!user_location(c, location, e) || !user_license_text(c, "license", licenses, 400, e))
		return false;
	o->location = location[0] ? location : NULL;
	o->licenses = licenses[0] ? licenses : NULL;
	return true;
}

static json_t *rows_json(const struct user_list *l, const struct user_plan *p) {
	json_t *list = json_array();
	for (size_t i = 0; i < p->n; i++)
		json_array_append_new(list, json_pack("{s:I, s:o, s:s, s:o, s:o}", "line", (json_int_t)l->list[i].line,
						      "user", json_text(l->list[i].upn), "outcome",
						      user_outcome_name(p->rows[i].outcome), "differs",
						      json_text_or_null(p->rows[i].differs), "licenses",
						      json_text_or_null(p->rows[i].missing)));
	return list;
}

static json_t *licenses_json(const struct user_plan *p) {
	json_t *list = json_array();
	for (size_t i = 0; i < p->license_count; i++)
		json_array_append_new(list, json_pack("{s:s, s:I, s:o}", "name", p->licenses[i].name, "needs",
						      (json_int_t)p->licenses[i].needs, "free",
						      p->licenses[i].free < 0
							      ? json_null()
							      : json_integer((json_int_t)p->licenses[i].free)));
	return list;
}

static int print_json(struct cli *c, const struct user_list *l, const struct user_plan *p, int code) {
	json_t *counts = json_object();
	for (unsigned o = 0; o < USER_OUTCOMES; o++)
		json_object_set_new(counts, user_outcome_name(o), json_integer((json_int_t)p->counts[o]));
	return cli_print_json(c,
			      json_pack("{s:b, s:I, s:I, s:o, s:o, s:o, s:o}", "dry_run", 1, "rows",
					(json_int_t)l->table.seen, "errors", (json_int_t)l->table.errors, "outcomes",
					counts, "licenses", licenses_json(p), "users", rows_json(l, p), "problems",
					import_problems_json(l->table.problems, l->table.problem_count)),
			      code);
}

/* Of a row with a mistake: the first, because both go by lines. */
static const char *mistake_of(const struct import_table_result *t, unsigned line, size_t *at) {
	while (*at < t->problem_count && (t->problems[*at].line < line ||
					  (t->problems[*at].line == line && t->problems[*at].level == PROBLEM_NOTE)))
		++*at;
	return *at < t->problem_count && t->problems[*at].line == line ? t->problems[*at].text : "";
}

static bool in_doubt(const struct user_plan_row *r) {
	return r->outcome == USER_LEFT || r->outcome == USER_BAD || (r->outcome == USER_CHANGE && r->stays);
}

/* all: each row; else those of which nothing comes although something was meant. */
static bool print_rows(struct cli *c, const struct user_list *l, const struct user_plan *p, bool all) {
	static const struct table_column columns[] = {
		{ "Line", true }, { "User", false }, { "Outcome", false }, { "Why", false }, { NULL, false }
	};
	static const enum tone tones[] = { [USER_NEW] = TONE_GOOD,
					   [USER_SAME] = TONE_DIM,
					   [USER_CHANGE] = TONE_BUSY,
					   [USER_LEFT] = TONE_WARN,
					   [USER_BAD] = TONE_BAD };
	struct table *table = table_new(columns);
	bool ok = table != NULL, any = false;
	size_t at = 0;
	for (size_t i = 0; ok && i < p->n; i++) {
		const struct user_plan_row *r = &p->rows[i];
		char line[24], why[800];
		if (!all && !in_doubt(r))
			continue;
		any = true;
		snprintf(line, sizeof line, "%u", l->list[i].line);
		if (r->outcome == USER_BAD)
			text_copy(why, sizeof why, mistake_of(&l->table, l->list[i].line, &at));
		else
			snprintf(why, sizeof why, "%s%s", r->outcome == USER_NEW && r->missing[0] ? "with " : "",
				 r->outcome == USER_NEW ? r->missing : r->differs);
		struct table_cell cells[] = { { line, TONE_DIM },
					      { l->list[i].upn, TONE_PLAIN },
					      { user_outcome_name(r->outcome), tones[r->outcome] },
					      { why, TONE_PLAIN } };
		ok = table_add(table, cells);
	}
	if (ok && any)
		table_print(table, c->out, colour_wanted(c, c->out));
	table_free(table);
	return ok;
}

/* "500 new, 3 change, 2 are left, 10 as they are; licences: SPE_E3 needs 503, 530 free." */
static void print_summary(struct cli *c, const struct user_plan *p) {
	for (unsigned o = 0; o < USER_OUTCOMES; o++)
		fprintf(c->out, "%s%zu %s", o ? ", " : "", p->counts[o], user_outcome_name(o));
	for (size_t i = 0; i < p->license_count; i++)
		fprintf(c->out, "; %s: needs %llu, %lld free", p->licenses[i].name,
			(unsigned long long)p->licenses[i].needs,
			(long long)(p->licenses[i].free < 0 ? 0 : p->licenses[i].free));
	fputs(".\n", c->out);
}

static void put(json_t *args, const char *name, const char *value) {
	if (*value)
		json_object_set_new(args, name, json_string(value));
}

static bool add_new(struct cli *c, struct change_items *items, const struct user_record *r,
		    struct password_sheet *sheet, struct err *e) {
	char made[PASSWORD_MADE + 1] = "";
	json_t *args = json_pack("{s:s, s:s, s:b}", "mailNickname", r->nickname, "usageLocation", r->location,
				 "forceChange", !cli_flag(c, "keep-password"));
	for (size_t f = 0; f < PERSON_FIELDS; f++)
		put(args, person_fields[f].argument, person_field_value(r, f));
	if (*r->licenses)
		json_object_set_new(args, "licenses", user_word_list(r->licenses));
	bool ok = true;
	if (!*r->password && sheet)
		ok = password_sheet_make(sheet, r->upn, made, e);
	if (ok)
		ok = change_items_add(items, CHANGE_USER_CREATE, r->upn, args, *r->password ? r->password : made, e);
	else
		json_decref(args);
	explicit_bzero(made, sizeof made);
	return ok;
}

static bool add_change(struct change_items *items, const struct user_record *r, const struct user_plan_row *row,
		       struct err *e) {
	json_t *args = json_object();
	for (size_t f = 0; f < PERSON_FIELDS; f++)
		if (row->set & (1U << f))
			put(args, person_fields[f].argument, person_field_value(r, f));
	if (row->set && !change_items_add(items, CHANGE_USER_SET, r->upn, args, NULL, e))
		return false;
	if (row->set)
		args = json_object();
	if (!row->enable && !row->missing[0] && !row->place) {
		json_decref(args);
		return true;
	}
	if (row->place)
		put(args, "usageLocation", r->location);
	if (row->enable) {
		if (row->missing[0])
			json_object_set_new(args, "licenses", user_word_list(row->missing));
		return change_items_add(items, CHANGE_USER_ENABLE, r->upn, args, NULL, e);
	}
	json_object_set_new(args, "add", user_word_list(row->missing));
	json_object_set_new(args, "remove", json_array());
	return change_items_add(items, CHANGE_USER_LICENSE, r->upn, args, NULL, e);
}

static bool add_rows(struct cli *c, const struct user_list *l, const struct user_plan *p, struct change_items *items,
		     struct password_sheet *sheet, struct err *e) {
	for (size_t i = 0; i < p->n; i++) {
		if (import_table_bad(&l->table, l->list[i].row))
			continue;
		if (p->rows[i].outcome == USER_NEW && !add_new(c, items, &l->list[i], sheet, e))
			return false;
		if (p->rows[i].outcome == USER_CHANGE && !add_change(items, &l->list[i], &p->rows[i], e))
			return false;
	}
	return true;
}

static bool sheet_wanted(const struct user_list *l, const struct user_plan *p) {
	for (size_t i = 0; i < p->n; i++)
		if (p->rows[i].outcome == USER_NEW && !*l->list[i].password)
			return true;
	return false;
}

static void name_import(char dst[TASK_LABEL_MAX], const struct user_plan *p) {
	size_t made = p->counts[USER_NEW], changed = p->counts[USER_CHANGE];
	char n[32], m[32];
	text_count(n, sizeof n, made);
	text_count(m, sizeof m, changed);
	if (made && changed)
		snprintf(dst, TASK_LABEL_MAX, "Import users: %s new, %s to change", n, m);
	else
		snprintf(dst, TASK_LABEL_MAX, "Import %s %suser%s", made ? n : m, made ? "" : "changed ",
			 made + changed == 1 ? "" : "s");
}

static int carry_out(struct cli *c, struct store *s, const struct tenant *t, const struct user_list *l,
		     const struct user_plan *p) {
	struct change_items items = { 0 };
	struct password_sheet sheet = { 0 };
	char label[TASK_LABEL_MAX];
	int64_t task = 0;
	struct err e;
	err_clear(&e);
	bool wanted = !cli_flag(c, "powershell") && sheet_wanted(l, p);
	bool ok = (cli_flag(c, "powershell") || tasks_may_change(s, &e)) &&
		  (!wanted || password_sheet_open(&sheet, c->project, cli_value(c, "passwords"), &e)) &&
		  add_rows(c, l, p, &items, wanted ? &sheet : NULL, &e) &&
		  (!wanted || password_sheet_ready(c, &sheet, &e));
	name_import(label, p);
	int code = ok ? cli_run_task(c, s, t, label, items.list, items.n, &task) : cli_fail(c, &e);
	if (wanted)
		password_sheet_tell(c, s, &sheet, task);
	change_items_free(&items);
	return code;
}

/* What an LDAP server knows is only shown unless somebody says --create. */
static bool preview(const struct cli *c) {
	bool ldap = cli_value(c, "server") != NULL;
	return cli_flag(c, "dry-run") || (ldap && !cli_flag(c, "create") && !cli_flag(c, "powershell"));
}

static int decide(struct cli *c, struct store *s, const struct tenant *t, struct user_list *l,
		  const struct user_plan *p) {
	bool clean = l->table.errors == 0 || (cli_flag(c, "skip-invalid") && l->good > 0);
	bool dry = preview(c);
	if (!c->json && !cli_flag(c, "powershell")) {
		if (!print_rows(c, l, p, dry)) {
			struct err e;
			err_nomem(&e);
			return cli_fail(c, &e);
		}
		print_summary(c, p);
		fflush(c->out);
	}
	bool seats = user_licenses_suffice(c, p->licenses, p->license_count);
	int code = !clean ? CLI_USAGE : seats ? CLI_OK : CLI_GAPS;
	if (c->json && (dry || code != CLI_OK))
		return print_json(c, l, p, code);
	if (!clean && l->good > 0)
		cli_note(c, "Correct the list, or go on with its good rows: --skip-invalid.");
	if (code == CLI_OK && !dry)
		return carry_out(c, s, t, l, p);
	if (dry)
		cli_note(c, "Nothing was done: this is what would be.");
	return cli_written(c, code);
}

int user_list_run(struct cli *c, struct store *s, const struct tenant *t, struct user_list *l) {
	struct user_plan p = { 0 };
	struct err e;
	err_clear(&e);
	/* What is said has to be true now, not when somebody last looked. */
	int code = cli_refresh(c, s, t, record_users.refresh, NULL);
	if (code != CLI_OK)
		return code;
	json_t *domains = user_domains(c, s, t);
	const char **names = calloc(json_array_size(domains) + 1, sizeof *names);
	struct user_plan_options o = { .update = cli_flag(c, "update"),
				       .enable = cli_flag(c, "enable"),
				       .domains = names,
				       .domain_count = json_array_size(domains) };
	for (size_t i = 0; names && i < o.domain_count; i++)
		names[i] = json_string_value(json_array_get(domains, i));
	bool ok = names ? user_plan_make(s, t->id, l, &o, &p, &e) : err_nomem(&e);
	/* With --json they are part of what is said instead of being done. */
	if (ok && (!c->json || !preview(c)))
		import_problems_print(c, l->table.problems, l->table.problem_count);
	code = ok ? decide(c, s, t, l, &p) : cli_fail(c, &e);
	user_plan_free(&p);
	free(names);
	json_decref(domains);
	return code;
}

/* Passwords in the file; what it holds is said to nobody else. */
static void warn_readable(struct cli *c, const struct user_list *l) {
	struct stat st;
	if (l->passwords && strcmp(c->args[0], "-") != 0 && stat(c->args[0], &st) == 0 && S_ISREG(st.st_mode) &&
	    (st.st_mode & 077))
		cli_note(c, "%s holds passwords, and others on this machine can read it: chmod 600 -- '%s'", c->args[0],
			 c->args[0]);
}

static int import(struct cli *c, struct store *s, const struct tenant *t) {
	struct user_list l = { 0 };
	struct users_options o;
	char location[8], licenses[400];
	struct err e;
	err_clear(&e);
	bool ok = user_list_options(c, t, location, licenses, &o, &e) &&
		  (strcmp(c->args[0], "-") == 0 ? import_users_fd(STDIN_FILENO, "standard input", &o, &l, &e)
						: import_users(c->args[0], &o, &l, &e));
	if (ok)
		warn_readable(c, &l);
	int code = ok ? user_list_run(c, s, t, &l) : cli_fail(c, &e);
	import_users_free(&l);
	return code;
}

int user_import(struct cli *c) {
	return user_with_tenant(c, import);
}
