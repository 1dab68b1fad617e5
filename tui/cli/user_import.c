/* SPDX-License-Identifier: MIT
 *
 * user_import.c - user import: a list held against the tenant, said row by row, and then made a task.
 */
#include <string.h>
#include <unistd.h>

#include "tui/cli/password_sheet.h"
#include "tui/cli/rows.h"
#include "tui/cli/table.h"
#include "tui/cli/user_verbs.h"

void user_print_problems(struct cli *c, const struct import_table_result *t) {
	char line[700];
	for (size_t i = 0; i < t->problem_count; i++) {
		import_problem_line(line, sizeof line, &t->problems[i]);
		fprintf(c->err, "%s\n", line);
	}
}

bool user_list_options(struct cli *c, const struct tenant *t, char location[8], char licenses[400],
		       struct users_options *o, struct err *e) {
	*o = (struct users_options){ .company = t->company };
	if (!user_location(c, location, e) || !user_license_text(c, "license", licenses, 400, e))
		return false;
	o->location = location[0] ? location : NULL;
	o->licenses = licenses[0] ? licenses : NULL;
	return true;
}

static json_t *problems_json(const struct import_table_result *t) {
	static const char *const levels[] = { "note", "error", "fatal" };
	json_t *list = json_array();
	for (size_t i = 0; i < t->problem_count; i++) {
		const struct import_problem *p = &t->problems[i];
		json_array_append_new(list, json_pack("{s:s, s:I, s:o, s:o, s:o}", "level", levels[p->level], "line",
						      (json_int_t)p->line, "column", json_text_or_null(p->column),
						      "text", json_text(p->text), "fix", json_text_or_null(p->fix)));
	}
	return list;
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
					problems_json(&l->table)),
			      code);
}

static bool print_rows(struct cli *c, const struct user_list *l, const struct user_plan *p) {
	static const struct table_column columns[] = {
		{ "Line", true }, { "User", false }, { "Outcome", false }, { "Why", false }, { NULL, false }
	};
	static const enum tone tones[] = { [USER_NEW] = TONE_GOOD,
					   [USER_SAME] = TONE_DIM,
					   [USER_CHANGE] = TONE_BUSY,
					   [USER_LEFT] = TONE_WARN,
					   [USER_BAD] = TONE_BAD };
	struct table *table = table_new(columns);
	bool ok = table != NULL;
	for (size_t i = 0; ok && i < p->n; i++) {
		const struct user_plan_row *r = &p->rows[i];
		char line[24], why[800];
		snprintf(line, sizeof line, "%u", l->list[i].line);
		snprintf(why, sizeof why, "%s%s", r->outcome == USER_NEW && r->missing[0] ? "with " : "",
			 r->outcome == USER_NEW ? r->missing : r->differs);
		struct table_cell cells[] = { { line, TONE_DIM },
					      { l->list[i].upn, TONE_PLAIN },
					      { user_outcome_name(r->outcome), tones[r->outcome] },
					      { why, TONE_PLAIN } };
		ok = table_add(table, cells);
	}
	if (ok)
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
	json_t *args = json_pack("{s:s, s:s, s:s, s:b}", "displayName", r->name, "mailNickname", r->nickname,
				 "usageLocation", r->location, "forceChange", !cli_flag(c, "keep-password"));
	put(args, "givenName", r->given);
	put(args, "surname", r->surname);
	put(args, "department", r->department);
	put(args, "jobTitle", r->job);
	put(args, "company", r->company);
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

static int carry_out(struct cli *c, struct store *s, const struct tenant *t, const struct user_list *l,
		     const struct user_plan *p) {
	struct change_items items = { 0 };
	struct password_sheet sheet = { 0 };
	char label[TASK_LABEL_MAX];
	struct err e;
	err_clear(&e);
	bool wanted = !cli_flag(c, "powershell") && sheet_wanted(l, p);
	bool ok = (!wanted || password_sheet_open(&sheet, c->project, cli_value(c, "passwords"), &e)) &&
		  add_rows(c, l, p, &items, wanted ? &sheet : NULL, &e) &&
		  (!wanted || password_sheet_close(&sheet, &e));
	snprintf(label, sizeof label, "Import %zu users", items.n);
	if (!ok)
		password_sheet_discard(&sheet);
	else if (wanted)
		cli_note(c, "Passwords are in %s, and nowhere else: hand them out, then delete it.", sheet.path);
	int code = ok ? cli_run_changes(c, s, t, label, items.list, items.n) : cli_fail(c, &e);
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
	bool clean = l->table.errors == 0 || (cli_flag(c, "skip-invalid") && l->n > 0);
	bool dry = preview(c);
	if (!c->json && !cli_flag(c, "powershell")) {
		if (dry && !print_rows(c, l, p)) {
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
	if (!clean && l->n > 0)
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
	int code = cli_refresh(c, s, t, record_users.refresh);
	if (code != CLI_OK)
		return code;
	bool ok = user_plan_make(s, t->id, l, cli_flag(c, "update"), &p, &e);
	/* With --json they are part of what is said instead of being done. */
	if (ok && (!c->json || !preview(c)))
		user_print_problems(c, &l->table);
	code = ok ? decide(c, s, t, l, &p) : cli_fail(c, &e);
	user_plan_free(&p);
	return code;
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
	int code = ok ? user_list_run(c, s, t, &l) : cli_fail(c, &e);
	import_users_free(&l);
	return code;
}

int user_import(struct cli *c) {
	return user_with_tenant(c, import);
}
