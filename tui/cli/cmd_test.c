/* SPDX-License-Identifier: MIT
 *
 * cmd_test.c - `mailvan test`: one login attempt on each side of every mailbox.
 */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "tui/cli/commands.h"
#include "tui/cli/pool.h"
#include "tui/cli/rows.h"
#include "tui/cli/signals.h"

struct tests {
	struct cli *c;
	json_t *array; /* NULL without --json */
	bool colour, no_memory;
	uint64_t good, bad;
};

static void *test_one(void *arg, const struct pool_item *item) {
	struct err *result = calloc(1, sizeof *result), unstored;
	(void)arg;
	if (!result)
		return NULL;
	err_clear(&unstored);
	bool ok = engine_test(item->store, item->row->id, item->ctx, item->visits, result);
	if (ok)
		err_clear(result);
	/* A stop is nobody's fault: the row keeps what is known of it. */
	if (ok || result->cat != ERR_CANCELLED)
		mailbox_set_test(item->store, item->row->id, ok ? TEST_OK : TEST_BAD, ok ? "OK" : result->text,
				 &unstored);
	return result;
}

static void print_one(struct tests *t, const struct mailbox_row *row, const struct err *result) {
	char source[IDENTITY_MAX * 2];
	bool good = result->cat == ERR_NONE;
	enum tone tone = good ? TONE_GOOD : TONE_BAD;
	text_sanitise(source, sizeof source, row->source, strlen(row->source));
	fprintf(t->c->out, "%s%-6s%s  %s", tone_on(tone, t->colour), good ? "OK" : "FAILED", tone_off(tone, t->colour),
		source);
	fprintf(t->c->out, "%s%s\n", good ? "" : ": ", good ? "" : result->text);
	fflush(t->c->out);
}

static void test_done(void *arg, const struct mailbox_row *row, void *outcome) {
	struct tests *t = arg;
	struct err *result = outcome;
	if (!result) {
		t->no_memory = true;
		return;
	}
	bool good = result->cat == ERR_NONE;
	if (result->cat == ERR_CANCELLED) {
		free(result);
		return;
	}
	*(good ? &t->good : &t->bad) += 1;
	if (!t->array)
		print_one(t, row, result);
	else
		json_array_append_new(t->array,
				      json_pack("{s:I, s:o, s:o, s:b, s:o, s:o}", "id", (json_int_t)row->id, "source",
						json_text(row->source), "target", json_text(row->target), "ok", good,
						"error", json_text_or_null(result->text), "error_category",
						good ? json_null() : json_string(err_cat_name(result->cat))));
	free(result);
}

static int test_all(struct cli *c, struct store *s, struct selection *sel) {
	struct tests t = { .c = c, .array = c->json ? json_array() : NULL, .colour = colour_wanted(c, c->out) };
	struct pool_job job = { .arg = &t, .work = test_one, .done = test_done, .impatient = true };
	char good[24], all[24];
	struct err e;
	uint64_t jobs;
	bool stopped;
	err_clear(&e);
	if (!cli_number(c, "jobs", 1, 256, 0, &jobs, &e) || !pool_run(c, s, sel, (unsigned)jobs, &job, &stopped, &e) ||
	    (t.no_memory && !err_nomem(&e))) {
		json_decref(t.array);
		return cli_fail(c, &e);
	}
	int code = stopped ? CLI_STOPPED : t.bad ? CLI_GAPS : CLI_OK;
	if (t.array)
		return cli_print_json(c,
				      json_pack("{s:o, s:I, s:I}", "tests", t.array, "ok", (json_int_t)t.good, "failed",
						(json_int_t)t.bad),
				      code);
	text_count(good, sizeof good, t.good);
	text_count(all, sizeof all, t.good + t.bad);
	fprintf(c->out, "%s of %s mailboxes can be opened on both sides.\n", good, all);
	return code;
}

static int test_selected(struct cli *c) {
	return with_selection(c, STORE_MUST_EXIST, SELECTION_REQUIRED, test_all);
}

static int run_test(struct cli *c) {
	return with_signals(c, STOP_SHUTDOWN, test_selected);
}

const struct cli_command cmd_test = {
	.name = "test",
	.args = "[MAILBOX...]",
	.summary = "log in on both sides, once each, and say what is wrong",
	.details = "Exit code: 0 when every mailbox can be opened on both sides, 1 when not, 3 when stopped.",
	.options = (const struct cli_option[]){ CLI_SELECTION_OPTIONS,
						{ 'j', "jobs", "N", "mailboxes at once (project's setting: 8)" },
						CLI_OPTIONS_END },
	.flags = CLI_JSON,
	.max_args = 1000,
	.run = run_test,
};
