/* SPDX-License-Identifier: MIT
 *
 * device_enrol_users.c - users put into a batch: from the tenant's list, or from a CSV.
 */
#include <stdlib.h>
#include <string.h>

#include "import/enrolments.h"
#include "import/wiped.h"
#include "tui/cli/device_enrol.h"
#include "tui/cli/rows.h"
#include "tui/cli/table.h"

struct adding {
	struct enrolment_put *list;
	size_t n, cap;
	struct arena arena;
	bool no_memory;
};

static const char *keep(struct adding *a, const char *text) {
	const char *copy = arena_put(&a->arena, text, strlen(text));
	a->no_memory |= !copy;
	return copy;
}

static bool on_user(void *arg, const struct enrolment_user *u) {
	struct adding *a = arg;
	if (a->n == a->cap) {
		size_t cap = a->cap ? a->cap * 2 : 64;
		struct enrolment_put *list = realloc(a->list, cap * sizeof *list);
		a->no_memory |= !list;
		if (!list)
			return false;
		a->list = list;
		a->cap = cap;
	}
	a->list[a->n++] =
		(struct enrolment_put){ .mail = keep(a, u->mail), .upn = keep(a, u->upn), .user = keep(a, u->name) };
	return !a->no_memory;
}

/* One whom the list does not have may be put in too: the check says so. */
static bool add_named(struct enrol *x, struct adding *a, const char *name, struct err *e) {
	size_t before = a->n;
	char clean[200];
	if (!enrolment_users(x->s, x->t.id, name, on_user, a, e))
		return false;
	if (a->n > before || a->no_memory)
		return true;
	text_sanitise(clean, sizeof clean, name, strlen(name));
	if (!enrolment_address(name))
		return err_set(e, ERR_INPUT, "%s is neither in the list of users nor an address", clean);
	cli_note(x->c, "%s is not in the list of users that was read.", clean);
	struct enrolment_user u = { 0 };
	text_copy(u.mail, sizeof u.mail, name);
	return on_user(a, &u);
}

static bool add(struct enrol *x, int *code, struct err *e) {
	struct cli *c = x->c;
	struct adding a = { 0 };
	char text[80];
	bool ok = true;
	if ((c->arg_count == 0) != cli_flag(c, "all"))
		return err_set(e, ERR_INPUT, "Name users, or say --all for those who are licensed and have a mailbox");
	if (cli_flag(c, "all"))
		ok = enrolment_users(x->s, x->t.id, NULL, on_user, &a, e);
	for (unsigned i = 0; ok && i < c->arg_count; i++)
		ok = add_named(x, &a, c->args[i], e);
	if (ok && a.no_memory)
		ok = err_nomem(e);
	if (ok && a.n == 0)
		ok = err_set(e, ERR_INPUT,
			     "Nobody in the list of users is licensed and has a mailbox; mailvan user list --refresh "
			     "reads it");
	snprintf(text, sizeof text, "%zu users of the tenant", a.n);
	ok = ok && enrolment_put(x->s, &x->b, a.list, a.n, x->who, text, e) && enrol_done(x, "added", a.n, code, e);
	free(a.list);
	arena_free(&a.arena);
	return ok;
}

int enrol_add_users(struct cli *c) {
	return enrol_run(c, add);
}

/* ---- import ---- */

static void print_problems(struct cli *c, const struct import_table_result *t) {
	char line[1024];
	for (size_t i = 0; i < t->problem_count; i++) {
		import_problem_line(line, sizeof line, &t->problems[i]);
		fprintf(c->err, "%s\n", line);
	}
}

static json_t *diff_json(const struct enrol *x, const struct enrolment_list *l, bool dry) {
	json_t *rows = json_array(), *counts = json_object();
	for (size_t i = 0; i < l->n; i++)
		json_array_append_new(rows, json_pack("{s:I, s:o, s:s, s:o}", "line", (json_int_t)l->rows[i].line,
						      "email", json_text(l->rows[i].put.mail), "outcome",
						      enrolment_outcome_name(l->rows[i].outcome), "differs",
						      json_text_or_null(l->rows[i].differs)));
	for (unsigned o = 0; o < ENROL_OUTCOMES; o++)
		json_object_set_new(counts, enrolment_outcome_name((enum enrolment_outcome)o),
				    json_integer((json_int_t)l->counts[o]));
	return json_pack("{s:o, s:b, s:I, s:o, s:o}", "batch", json_text(x->b.name), "dry_run", dry, "errors",
			 (json_int_t)l->table.errors, "outcomes", counts, "rows", rows);
}

static bool print_diff(struct cli *c, const struct enrolment_list *l, struct err *e) {
	static const struct table_column columns[] = {
		{ "Line", true }, { "E-mail", false }, { "Outcome", false }, { "Differs", false }, { NULL, false }
	};
	static const enum tone tones[] = {
		[ENROL_NEW] = TONE_GOOD, [ENROL_SAME] = TONE_DIM, [ENROL_CHANGE] = TONE_BUSY
	};
	struct table *table = table_new(columns);
	bool ok = table != NULL;
	for (size_t i = 0; ok && i < l->n; i++) {
		char line[24];
		snprintf(line, sizeof line, "%u", l->rows[i].line);
		struct table_cell cells[] = { { line, TONE_DIM },
					      { l->rows[i].put.mail, TONE_PLAIN },
					      { enrolment_outcome_name(l->rows[i].outcome), tones[l->rows[i].outcome] },
					      { l->rows[i].differs, TONE_PLAIN } };
		ok = table_add(table, cells);
	}
	if (ok)
		table_print(table, c->out, colour_wanted(c, c->out));
	table_free(table);
	return ok || err_nomem(e);
}

static bool store_list(struct enrol *x, const struct enrolment_list *l, struct err *e) {
	struct enrolment_put *puts = calloc(l->n + 1, sizeof *puts);
	char text[80];
	size_t n = 0;
	if (!puts)
		return err_nomem(e);
	for (size_t i = 0; i < l->n; i++)
		if (l->rows[i].outcome != ENROL_SAME)
			puts[n++] = l->rows[i].put;
	snprintf(text, sizeof text, "%zu rows of a list", n);
	bool ok = n == 0 || enrolment_put(x->s, &x->b, puts, n, x->who, text, e);
	free(puts);
	return ok;
}

static bool decide(struct enrol *x, const struct enrolment_list *l, int *code, struct err *e) {
	struct cli *c = x->c;
	bool dry = cli_flag(c, "dry-run"), clean = l->table.errors == 0;
	if (!c->json) {
		print_problems(c, &l->table);
		if (!print_diff(c, l, e))
			return false;
	}
	if (clean && !dry && !store_list(x, l, e))
		return false;
	*code = clean ? CLI_OK : CLI_USAGE;
	if (c->json) {
		*code = cli_print_json(c, diff_json(x, l, dry || !clean), *code);
		return true;
	}
	if (!clean)
		cli_note(c, "%zu mistakes: nothing was changed.", l->table.errors);
	else if (dry)
		cli_note(c, "Nothing was done: this is what would be.");
	else
		return enrol_done(x, "imported", l->counts[ENROL_NEW] + l->counts[ENROL_CHANGE], code, e);
	return true;
}

static bool import(struct enrol *x, int *code, struct err *e) {
	struct enrolment_list l;
	bool ok = import_enrolments(x->c->args[0], x->s, &x->b, &l, e) && decide(x, &l, code, e);
	import_enrolments_free(&l);
	return ok;
}

int enrol_import(struct cli *c) {
	return enrol_run(c, import);
}
