/* SPDX-License-Identifier: MIT
 *
 * device_enrol.c - `mailvan device enrol`: batches of users for a device server that somebody else runs.
 */
#include "tui/cli/device_enrol.h"

#include <string.h>
#include <unistd.h>

#include "tui/cli/device_verbs.h"
#include "tui/cli/password.h"
#include "tui/cli/record_output.h"
#include "tui/cli/rows.h"
#include "tui/cli/table.h"
#include "tui/cli/verbs.h"

int enrol_run(struct cli *c, enrol_body *body) {
	struct enrol x = { .c = c };
	struct err e;
	int code = CLI_OK;
	err_clear(&e);
	x.s = cli_open_tenant(c, &x.t, &code);
	if (!x.s)
		return code;
	command_who(x.who, sizeof x.who);
	bool ok = enrolment_find(x.s, x.t.id, c->args[0], &x.b, &e);
	c->args++;
	c->arg_count--;
	ok = ok && body(&x, &code, &e);
	if (!ok)
		code = cli_fail(c, &e);
	store_close(x.s);
	return code;
}

json_t *enrol_states_json(const struct enrolment *b) {
	json_t *o = json_object();
	for (unsigned i = 0; i < ENROLMENT_STATE_COUNT; i++)
		json_object_set_new(o, enrolment_state_name((enum enrolment_state)i),
				    json_integer((json_int_t)b->rows[i]));
	return o;
}

bool enrol_done(struct enrol *x, const char *what, size_t n, int *code, struct err *e) {
	struct cli *c = x->c;
	if (!enrol_judge(x, e))
		return false;
	if (c->json) {
		*code = cli_print_json(c,
				       json_pack("{s:o, s:s, s:I, s:o}", "batch", json_text(x->b.name), "done", what,
						 "affected", (json_int_t)n, "states", enrol_states_json(&x->b)),
				       CLI_OK);
		return true;
	}
	fprintf(c->out, "%s: %s", x->b.name, what);
	if (n)
		fprintf(c->out, ", %zu user%s", n, n == 1 ? "" : "s");
	for (unsigned i = 0; i < ENROLMENT_STATE_COUNT; i++)
		if (x->b.rows[i])
			fprintf(c->out, "; %llu %s", (unsigned long long)x->b.rows[i],
				enrolment_state_name((enum enrolment_state)i));
	fputs(".\n", c->out);
	*code = cli_written(c, CLI_OK);
	return true;
}

/* ---- new, list, show, remove ---- */

static int run_new(struct cli *c) {
	struct enrol x = { .c = c };
	struct err e;
	int code = CLI_OK;
	const char *server = cli_value(c, "server"), *company = cli_value(c, "company");
	int64_t id;
	if (!server)
		return cli_usage_error(c, "a batch is for one device server: name it with --server");
	err_clear(&e);
	x.s = cli_open_tenant(c, &x.t, &code);
	if (!x.s)
		return code;
	command_who(x.who, sizeof x.who);
	bool ok = enrolment_add(x.s, x.t.id, c->args[0], server, company ? company : x.t.company, x.who, &id, &e) &&
		  enrolment_find(x.s, x.t.id, c->args[0], &x.b, &e) && enrol_done(&x, "a new batch", 0, &code, &e);
	if (!ok)
		code = cli_fail(c, &e);
	store_close(x.s);
	return code;
}

static bool list_rows(struct enrol *x, int *code, struct err *e) {
	(void)e;
	*code = cli_print_records_of(x->c, x->s, &record_enrolments, x->t.id, "batch", x->b.name);
	return true;
}

static int run_list(struct cli *c) {
	struct tenant t;
	int code;
	if (c->arg_count)
		return enrol_run(c, list_rows);
	struct store *s = cli_open_tenant(c, &t, &code);
	if (!s)
		return code;
	code = cli_print_records(c, s, &record_enrolment_batches, t.id, 0);
	store_close(s);
	return code;
}

static const char *shown(const struct enrol *x, const struct enrolment_key *k) {
	const char *text = k->field < 0 ? (x->b.has_key ? "(sealed)" : "") : x->b.text[k->field];
	return *text ? text : k->contract ? "MISSING" : "missing, unless each row says its own";
}

static bool show(struct enrol *x, int *code, struct err *e) {
	struct cli *c = x->c;
	(void)e;
	if (c->json) {
		json_t *data = json_object(), *missing = json_array();
		for (const struct enrolment_key *k = enrolment_keys; k->key; k++) {
			json_object_set_new(data, k->key,
					    k->field < 0 ? json_boolean(x->b.has_key)
							 : json_text_or_null(x->b.text[k->field]));
			if (k->contract && !enrolment_key_filled(k, &x->b))
				json_array_append_new(missing, json_string(k->key));
		}
		*code = cli_print_json(c,
				       json_pack("{s:o, s:o, s:o, s:o, s:o}", "batch", json_text(x->b.name), "made",
						 json_time(x->b.made), "contract", data, "missing", missing, "states",
						 enrol_states_json(&x->b)),
				       CLI_OK);
		return true;
	}
	for (const struct enrolment_key *k = enrolment_keys; k->key; k++) {
		char clean[ENROLMENT_FIELD_MAX];
		const char *text = shown(x, k);
		text_sanitise(clean, sizeof clean, text, strlen(text));
		fprintf(c->out, "%-24s %-20s %s\n", k->title, k->key, clean);
	}
	for (unsigned i = 0; i < ENROLMENT_STATE_COUNT; i++)
		fprintf(c->out, "%s%llu %s", i ? ", " : "\n", (unsigned long long)x->b.rows[i],
			enrolment_state_name((enum enrolment_state)i));
	fputc('\n', c->out);
	*code = cli_written(c, CLI_OK);
	return true;
}

static int run_show(struct cli *c) {
	return enrol_run(c, show);
}

static bool remove_some(struct enrol *x, int *code, struct err *e) {
	struct enrol_choice ch;
	if (x->c->arg_count == 0 && !cli_flag(x->c, "all"))
		return err_set(e, ERR_INPUT, "Name users of the batch; --all removes the batch with all that is in it");
	if (cli_flag(x->c, "all")) {
		if (!enrolment_remove(x->s, &x->b, x->who, e))
			return false;
		*code = cli_done(x->c, "batch", x->b.name, "removed", CLI_OK);
		return true;
	}
	bool ok = enrol_choose(x, NULL, &ch, e) &&
		  enrolment_rows_remove(x->s, &x->b, ch.ids, ch.n, x->who, ch.names, e) &&
		  enrol_done(x, "removed", ch.n, code, e);
	enrol_choice_free(&ch);
	return ok;
}

static int run_remove(struct cli *c) {
	return enrol_run(c, remove_some);
}

/* ---- contract ---- */

static const struct enrolment_key *find_key(const char *typed, size_t n, struct err *e) {
	char clean[80];
	for (const struct enrolment_key *k = enrolment_keys; k->key; k++)
		if (strlen(k->key) == n && strncasecmp(k->key, typed, n) == 0)
			return k;
	text_sanitise(clean, sizeof clean, typed, n);
	err_set(e, ERR_INPUT, "\"%s\" is not part of a contract; 'device enrol show' lists the keys", clean);
	return NULL;
}

/* Never as an argument: others see those. */
static bool read_key(struct enrol *x, struct err *e) {
	struct secret key = { 0 };
	bool ok = password_read_unless(x->c->stop, NULL, isatty(STDIN_FILENO) ? NULL : "0", "the authentication key",
				       &key, e) &&
		  enrolment_set_key(x->s, &x->b, &key, x->who, e);
	secret_clear(&key);
	return ok;
}

static bool set_one(struct enrol *x, const char *typed, struct err *e) {
	char value[ENROLMENT_FIELD_MAX];
	const char *equals = strchr(typed, '=');
	const struct enrolment_key *k = find_key(typed, strcspn(typed, "="), e);
	if (!k)
		return false;
	if (k->field < 0)
		return equals ? err_set(e, ERR_INPUT,
					"The authentication key is a secret: say only %s, and give it on standard "
					"input",
					k->key)
			      : read_key(x, e);
	if (!equals || !text_copy(value, sizeof value, equals + 1))
		return err_set(e, ERR_INPUT, "KEY=VALUE is expected, with a value below %d bytes", ENROLMENT_FIELD_MAX);
	return enrolment_value(k, value, sizeof value, e) &&
	       enrolment_set(x->s, &x->b, (enum enrolment_field)k->field, value, x->who, e);
}

static bool contract(struct enrol *x, int *code, struct err *e) {
	for (unsigned i = 0; i < x->c->arg_count; i++)
		if (!set_one(x, x->c->args[i], e))
			return false;
	return enrolment_find(x->s, x->t.id, x->b.name, &x->b, e) && enrol_judge(x, e) && show(x, code, e);
}

static int run_contract(struct cli *c) {
	return enrol_run(c, contract);
}

/* ---- policies ---- */

static int run_policies(struct cli *c) {
	static const struct table_column columns[] = { { "Rule", false },
						       { ENROLMENT_POLICY_OFF, false },
						       { ENROLMENT_POLICY_ON, false },
						       { "From", false },
						       { NULL, false } };
	struct table *table = c->json ? NULL : table_new(columns);
	json_t *list = json_array();
	for (const struct enrolment_policy_rule *r = enrolment_policy_rules; r->rule; r++) {
		struct table_cell cells[] = {
			{ r->rule, TONE_PLAIN }, { r->off, TONE_PLAIN }, { r->on, TONE_PLAIN }, { r->source, TONE_DIM }
		};
		if (c->json)
			json_array_append_new(list,
					      json_pack("{s:s, s:s, s:s, s:s}", "rule", r->rule, ENROLMENT_POLICY_OFF,
							r->off, ENROLMENT_POLICY_ON, r->on, "from", r->source));
		else if (table)
			table_add(table, cells);
	}
	if (c->json)
		return cli_print_json(c, json_pack("{s:o}", "rules", list), CLI_OK);
	if (table)
		table_print(table, c->out, colour_wanted(c, c->out));
	table_free(table);
	json_decref(list);
	fputs("\nWhat your service has agreed to counts: compare with its contract.\n", c->out);
	return cli_written(c, CLI_OK);
}

const struct cli_verb device_enrol_verbs[] = {
	{ "new", "BATCH", "a batch for one device server", 1, 1, "tenant server company", run_new },
	{ "list", "[BATCH]", "batches, or the users of one", 0, 1, "tenant " CLI_LIST_OPTION_NAMES, run_list },
	{ "show", "BATCH", "contract data and what is missing of it", 1, 1, "tenant", run_show },
	{ "add", "BATCH [USER...]", "users of the tenant, or --all who are licensed and have a mailbox", 1, 1000,
	  "tenant all", enrol_add_users },
	{ "import", "BATCH FILE", "users from a CSV with the sheet's columns", 2, 2, "tenant dry-run", enrol_import },
	{ "contract", "BATCH KEY=VALUE...", "contract data; 'authentication-key' is read from standard input", 2, 40,
	  "tenant", run_contract },
	{ "confirm", "BATCH [USER...]", "vouch for --data-plan enterprise, or --removed from other servers", 1, 1000,
	  "tenant all data-plan removed", enrol_confirm },
	{ "check", "BATCH", "judge each row; --reach asks the tenant for each mailbox", 1, 1, "tenant reach",
	  enrol_check },
	{ "passwords", "BATCH [USER...]", "make activation passwords where there is none that is valid", 1, 1000,
	  "tenant all", enrol_passwords },
	{ "sheet", "BATCH", "the work sheet, with --out FILE", 1, 1, "tenant out ready-only", enrol_sheet },
	{ "mark", "BATCH [USER...]", "what the service said: --state sent, active, failed or new", 1, 1000,
	  "tenant all state", enrol_mark },
	{ "policies", "", "the two IT policies and their settings", 0, 0, "", run_policies },
	{ "remove", "BATCH [USER...]", "take users out, or with --all remove the batch", 1, 1000, "tenant all",
	  run_remove },
	{ 0 },
};
