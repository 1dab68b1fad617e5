/* SPDX-License-Identifier: MIT
 *
 * device_enrol_users.c - users put into a batch: from the tenant's list, or from a CSV.
 */
#include <stdlib.h>
#include <string.h>

#include "tui/cli/device_enrol.h"
#include "tui/cli/import_problems.h"
#include "tui/cli/rows.h"
#include "tui/cli/table.h"

static void unlisted(void *arg, const char *name) {
	cli_note(arg, "%s is not in the list of users that was read.", name);
}

static bool add(struct enrol *x, int *code, struct err *e) {
	struct cli *c = x->c;
	size_t added;
	if ((c->arg_count == 0) != cli_flag(c, "all"))
		return err_set(e, ERR_INPUT, "Name users, or say --all for those who are licensed and have a mailbox");
	return enrol_put(x, (const char *const *)c->args, c->arg_count, unlisted, c, &added, e) &&
	       enrol_done(x, "added", added, code, e);
}

int enrol_add_users(struct cli *c) {
	return enrol_run(c, add);
}

/* ---- import ---- */

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
	return json_pack("{s:o, s:b, s:I, s:o, s:o, s:o}", "batch", json_text(x->b.name), "dry_run", dry, "errors",
			 (json_int_t)l->table.errors, "outcomes", counts, "rows", rows, "problems",
			 import_problems_json(l->table.problems, l->table.problem_count));
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

static bool decide(struct enrol *x, const struct enrolment_list *l, int *code, struct err *e) {
	struct cli *c = x->c;
	bool dry = cli_flag(c, "dry-run"), clean = l->table.errors == 0;
	if (!c->json) {
		import_problems_print(c, l->table.problems, l->table.problem_count);
		if (!print_diff(c, l, e))
			return false;
	}
	if (clean && !dry && !enrol_put_list(x, l, e))
		return false;
	*code = clean ? CLI_OK : CLI_USAGE;
	if (c->json) {
		*code = cli_print_json(c, diff_json(x, l, dry || !clean), *code);
		return true;
	}
	if (!clean)
		cli_note(c, "%zu mistake%s: nothing was changed.", l->table.errors, l->table.errors == 1 ? "" : "s");
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
