/* SPDX-License-Identifier: MIT
 *
 * cmd_task.c - `mailvan task`: work on a tenant that was asked for, and `mailvan audit`: what was done.
 */
#include <stdlib.h>

#include "tui/cli/commands.h"
#include "tui/cli/record_output.h"
#include "tui/cli/record_write.h"
#include "tui/cli/signals.h"
#include "tui/cli/task_follow.h"
#include "tui/cli/verbs.h"

static bool task_number(struct cli *c, int64_t *id, struct err *e) {
	uint64_t n;
	*id = 0;
	if (!text_u64(c->args[0], 1, INT64_MAX, &n))
		return err_set(e, ERR_INPUT, "The number of a task is expected; mailvan task list shows them");
	*id = (int64_t)n;
	return true;
}

static int list_of(struct cli *c, const struct record_list *l) {
	struct tenant t = { 0 };
	struct err e;
	err_clear(&e);
	struct store *s = cli_open(c, STORE_LOOK, NULL);
	if (!s)
		return CLI_USAGE;
	/* Tasks and the audit list outlive tenants: without --tenant they are everybody's. */
	int code = cli_value(c, "tenant") && !tenant_find(s, cli_value(c, "tenant"), &t, &e)
			   ? cli_fail(c, &e)
			   : cli_print_records(c, s, l, t.id, 0);
	store_close(s);
	return code;
}

static int run_list(struct cli *c) {
	return list_of(c, &record_tasks);
}

static int run_show(struct cli *c) {
	int64_t id;
	struct err e;
	struct task_row t;
	err_clear(&e);
	struct store *s = cli_open(c, STORE_LOOK, NULL);
	if (!s)
		return CLI_USAGE;
	int code = CLI_OK;
	if (!task_number(c, &id, &e) || !task_get(s, id, &t, &e))
		code = cli_fail(c, &e);
	else if (!c->json && !cli_flag(c, "csv"))
		fprintf(c->out, "%s: %s, %llu of %llu done, %llu failed%s%s\n", t.label, task_state_name(t.state),
			(unsigned long long)t.done, (unsigned long long)t.items, (unsigned long long)t.failed,
			t.error[0] ? ": " : "", t.error);
	if (code == CLI_OK)
		code = cli_print_records(c, s, &record_task_items, 0, id);
	store_close(s);
	return code;
}

static int wish(struct cli *c, enum task_wish w, const char *said) {
	char who[200];
	int64_t id;
	struct err e;
	err_clear(&e);
	struct store *s = cli_open(c, STORE_MUST_EXIST, NULL);
	if (!s)
		return CLI_USAGE;
	command_who(who, sizeof who);
	int code = CLI_OK;
	if (!task_number(c, &id, &e) || !task_wish(s, id, w, who, &e))
		code = cli_fail(c, &e);
	else if (w != TASK_WISH_PAUSE && w != TASK_WISH_STOP)
		code = task_see_through(c, s, id);
	else if (c->json)
		code = cli_print_json(c, json_pack("{s:I, s:s}", "task", (json_int_t)id, "asked", said), CLI_OK);
	else
		fprintf(c->out, "Task %lld: %s\n", (long long)id, said);
	store_close(s);
	return code;
}

static int do_resume(struct cli *c) {
	return wish(c, TASK_WISH_RESUME, "");
}
static int do_retry(struct cli *c) {
	return wish(c, TASK_WISH_RETRY, "");
}
static int run_resume(struct cli *c) {
	return with_signals(c, STOP_STOPPED, do_resume);
}
static int run_retry(struct cli *c) {
	return with_signals(c, STOP_STOPPED, do_retry);
}
static int run_pause(struct cli *c) {
	return wish(c, TASK_WISH_PAUSE, "it pauses; resume goes on");
}
static int run_stop(struct cli *c) {
	return wish(c, TASK_WISH_STOP, "it stops; resume goes on");
}

/* What an undo would do, for --dry-run and --powershell. */
static int print_undo(struct cli *c, struct store *s, int64_t id, enum undo_how how) {
	struct undo_items items;
	struct undo_sum sum;
	struct tenant t = { 0 };
	struct err e;
	char left[ERR_TEXT_MAX];
	size_t n = 0;
	int code;
	err_clear(&e);
	items = (struct undo_items){ 0 };
	bool ok = task_undo_look(s, id, how, &items, &sum, &e);
	struct item_spec *list = calloc(items.n + 1, sizeof *list);
	for (size_t i = 0; list && i < items.n; i++)
		if (!items.list[i].skip)
			list[n++] = items.list[i];
	if (!ok || (!list && !err_nomem(&e))) {
		code = cli_fail(c, &e);
	} else {
		undo_left_text(left, sizeof left, &sum);
		if (left[0])
			cli_note(c, "%s", left);
		code = cli_run_changes(c, s, &t, "", list, n);
	}
	free(list);
	undo_items_free(&items);
	return code;
}

static int do_undo(struct cli *c) {
	char who[200];
	int64_t id, undo;
	enum undo_how how = cli_flag(c, "anyway") ? UNDO_ANYWAY : UNDO_CAREFUL;
	char left[ERR_TEXT_MAX];
	struct undo_sum sum;
	struct err e;
	err_clear(&e);
	struct store *s = cli_open(c, STORE_MUST_EXIST, NULL);
	if (!s)
		return CLI_USAGE;
	command_who(who, sizeof who);
	int code = CLI_OK;
	if (!task_number(c, &id, &e)) {
		code = cli_fail(c, &e);
	} else if (cli_flag(c, "dry-run") || cli_flag(c, "powershell")) {
		code = print_undo(c, s, id, how);
	} else if (!task_undo(s, id, how, who, &undo, &sum, &e)) {
		code = cli_fail(c, &e);
	} else if (undo == 0) {
		code = cli_nothing_to_do(c, "It left everything as it was: there is nothing to take back.");
	} else {
		undo_left_text(left, sizeof left, &sum);
		if (left[0])
			cli_note(c, "%s", left);
		code = task_see_through(c, s, undo);
	}
	store_close(s);
	return code;
}
int cli_undo(struct cli *c) {
	return with_signals(c, STOP_STOPPED, do_undo);
}

struct ran {
	json_t *list;
	size_t started, finished; /* columns */
	wall_ms_t since;
};

static bool on_task(void *arg, const struct record *r) {
	struct ran *x = arg;
	return (r->cells[x->started].number < x->since && r->cells[x->finished].number < x->since) ||
	       json_array_append_new(x->list, record_json(&record_tasks, r)) == 0;
}

static size_t column_at(const char *name) {
	return (size_t)(record_column_find(&record_tasks, name) - record_tasks.columns);
}

/* What began or ended since then: this process carried it out. */
static int print_ran(struct cli *c, struct store *s, wall_ms_t since, int code) {
	struct err e;
	struct record_query q = { .list = &record_tasks };
	struct ran x = {
		.list = json_array(), .started = column_at("started"), .finished = column_at("finished"), .since = since
	};
	if (records_each(s, &q, on_task, &x, &e))
		return cli_print_json(c, json_pack("{s:o}", "tasks", x.list), code);
	json_decref(x.list);
	return cli_fail(c, &e);
}

static int do_run(struct cli *c) {
	struct err e;
	err_clear(&e);
	struct store *s = cli_open(c, STORE_MUST_EXIST, NULL);
	if (!s)
		return CLI_USAGE;
	wall_ms_t since = wall_ms();
	int code = task_run_here(c, s, 0, &e) ? stop_requested(c->stop) ? CLI_STOPPED : CLI_OK : cli_fail(c, &e);
	if (c->json && e.cat == ERR_NONE)
		code = print_ran(c, s, since, code);
	store_close(s);
	return code;
}
static int run_run(struct cli *c) {
	return with_signals(c, STOP_STOPPED, do_run);
}

static const struct cli_verb task_verbs[] = {
	{ "list", "", "tasks, newest first", 0, 0, "tenant " CLI_LIST_OPTION_NAMES, run_list },
	{ "show", "TASK", "the items of a task and what became of each", 1, 1, CLI_LIST_OPTION_NAMES, run_show },
	{ "pause", "TASK", "stop after the request that is under way; nothing is lost", 1, 1, "", run_pause },
	{ "resume", "TASK", "go on where it was paused, stopped or interrupted", 1, 1, "", run_resume },
	{ "stop", "TASK", "end it; what is done stays done", 1, 1, "", run_stop },
	{ "retry", "TASK", "try again what has failed", 1, 1, "", run_retry },
	{ "undo", "TASK", "take back what it did, as far as that is possible", 1, 1, CLI_UNDO_OPTION_NAMES, cli_undo },
	{ "run", "", "carry out all tasks that wait, in this process (the console starts one in the background)", 0, 0,
	  "", run_run },
	{ 0 }
};

const struct cli_command cmd_task = {
	.name = "task",
	.args = "VERB [TASK]",
	.summary = "see, pause, resume, retry and undo work on a tenant",
	.details =
		"Every change of a tenant and every list that is read from it is a task: it has items, a result for "
		"each, and it can be paused, resumed after an interruption, tried again and mostly undone. Tasks that "
		"change the same tenant go one after the other. Undo leaves what was changed again since, by another "
		"task or by somebody else, unless it is told --anyway.",
	.options = (const struct cli_option[]){ CLI_TENANT_OPTION, CLI_LIST_OPTIONS, CLI_SHOW_OPTIONS,
						CLI_ANYWAY_OPTION, CLI_OPTIONS_END },
	.flags = CLI_JSON,
	.min_args = 1,
	.max_args = 2,
	.verbs = task_verbs,
};

static int run_audit(struct cli *c) {
	return list_of(c, &record_audit);
}

const struct cli_command cmd_audit = {
	.name = "audit",
	.args = "",
	.summary = "list who changed what and when: it can only grow",
	.details = "Every change of a tenant with operator, time, target, what was there before and after, and the "
		   "service's request "
		   "id; and every request to the workers. --csv and --json export it.",
	.options = (const struct cli_option[]){ CLI_TENANT_OPTION, CLI_LIST_OPTIONS, CLI_OPTIONS_END },
	.flags = CLI_JSON,
	.run = run_audit,
};
