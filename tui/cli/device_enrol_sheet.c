/* SPDX-License-Identifier: MIT
 *
 * device_enrol_sheet.c - a batch judged, and the work sheet that a device service asks for.
 */
#include <string.h>

#include "tui/cli/device_enrol.h"
#include "tui/cli/record_output.h"
#include "tui/cli/rows.h"
#include "tui/cli/signals.h"

/* ---- check ---- */

static bool reach(struct enrol *x, struct err *e) {
	struct directory_context ctx = { .store = x->s, .net = net_new(NULL, e), .stop = x->c->stop };
	bool ok = ctx.net && enrolment_reach(&ctx, &x->b, e);
	net_free(ctx.net);
	return ok;
}

/* What no row can make good is said once. */
static void say_contract(struct enrol *x) {
	char keys[400] = "";
	size_t used = 0;
	for (const struct enrolment_key *k = enrolment_keys; k->key && used < sizeof keys; k++)
		if (!enrolment_key_filled(k, &x->b))
			used += (size_t)snprintf(keys + used, sizeof keys - used, "%s%s", used ? ", " : "", k->key);
	if (used)
		cli_note(x->c, "Missing in the contract data, and so in each row without its own: %s.", keys);
}

static bool check(struct enrol *x, int *code, struct err *e) {
	if ((cli_flag(x->c, "reach") && !reach(x, e)) || !enrolment_check(x->s, &x->t, &x->b, true, e) ||
	    !enrolment_find(x->s, x->t.id, x->b.name, &x->b, e))
		return false;
	say_contract(x);
	*code = cli_print_records_of(x->c, x->s, &record_enrolments, x->t.id, "batch", x->b.name);
	if (*code == CLI_OK && x->b.rows[ENROLMENT_PROBLEM])
		*code = CLI_GAPS;
	return true;
}

static int check_batch(struct cli *c) {
	return enrol_run(c, check);
}

int enrol_check(struct cli *c) {
	return with_signals(c, STOP_STOPPED, check_batch);
}

/* ---- sheet ---- */

struct sheet {
	struct enrol *x;
	size_t written;
	json_t *problems; /* rows that are not ready */
};

static bool on_problem(void *arg, const struct enrolment_row *r) {
	struct sheet *sh = arg;
	if (r->state == ENROLMENT_PROBLEM)
		json_array_append_new(sh->problems, json_pack("{s:o, s:o}", "email", json_text(r->mail), "problem",
							      json_text(r->problem)));
	return true;
}

/* All that stands in the way, at once. */
static int refuse(struct sheet *sh, json_t *missing) {
	struct cli *c = sh->x->c;
	size_t i;
	json_t *v;
	if (c->json)
		return cli_print_json(
			c, json_pack("{s:b, s:O, s:O}", "written", 0, "missing", missing, "problems", sh->problems),
			CLI_GAPS);
	fputs("mailvan: The sheet is not written. What is missing:\n", c->err);
	json_array_foreach(missing, i, v) fprintf(c->err, "  contract: %s\n", json_string_value(v));
	json_array_foreach(sh->problems, i, v)
		fprintf(c->err, "  %s: %s\n", json_string_value(json_object_get(v, "email")),
			json_string_value(json_object_get(v, "problem")));
	if (sh->x->b.rows[ENROLMENT_READY])
		cli_note(c, "%llu rows are ready; --ready-only takes those alone.",
			 (unsigned long long)sh->x->b.rows[ENROLMENT_READY]);
	else if (json_array_size(sh->problems) == 0)
		cli_note(c, "No row is ready to be sent.");
	return CLI_GAPS;
}

static bool say_written(struct sheet *sh, const char *path, int *code) {
	struct cli *c = sh->x->c;
	if (c->json) {
		*code = cli_print_json(c,
				       json_pack("{s:b, s:o, s:I}", "written", 1, "file", json_text(path), "rows",
						 (json_int_t)sh->written),
				       CLI_OK);
		return true;
	}
	fprintf(c->out, "%zu users in %s\n", sh->written, path);
	cli_note(c,
		 "It holds activation passwords: send it as the service wants it, delete it, then 'device enrol mark "
		 "... --state sent'.");
	*code = cli_written(c, CLI_OK);
	return true;
}

static bool sheet(struct enrol *x, int *code, struct err *e) {
	struct sheet sh = { .x = x };
	const char *path = cli_value(x->c, "out");
	if (!path)
		return err_set(e, ERR_INPUT, "Say where the sheet goes: --out FILE");
	if (!enrolment_check(x->s, &x->t, &x->b, true, e) || !enrolment_find(x->s, x->t.id, x->b.name, &x->b, e))
		return false;
	json_t *missing = json_array();
	sh.problems = json_array();
	for (const struct enrolment_key *k = enrolment_keys; k->key; k++)
		if (k->contract && !enrolment_key_filled(k, &x->b))
			json_array_append_new(missing, json_string(k->key));
	bool ok = enrolment_rows(x->s, &x->b, on_problem, &sh, e);
	if (ok && !enrol_sheet_allowed(x, cli_flag(x->c, "ready-only")))
		*code = refuse(&sh, missing);
	else
		ok = ok && enrol_sheet_write(x, path, &sh.written, e) && say_written(&sh, path, code);
	json_decref(missing);
	json_decref(sh.problems);
	return ok;
}

int enrol_sheet(struct cli *c) {
	return enrol_run(c, sheet);
}
