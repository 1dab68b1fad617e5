/* SPDX-License-Identifier: MIT
 *
 * cmd_control.c - pause, resume, stop, retry and remove: a request to the store, and what came of it.
 */
#include <inttypes.h>
#include <string.h>

#include "tui/cli/commands.h"
#include "tui/cli/confirm.h"
#include "tui/cli/control.h"
#include "tui/cli/rows.h"
#include "tui/cli/selection.h"

/* before: what the states were shortly before the request. It finds mailboxes of a dead worker in nobody's hand: then
 * nothing was refused, whatever they looked like. */
static json_t *reasons_json(enum command what, const struct mailbox_totals *before,
			    const struct command_result *result) {
	json_t *reasons = json_array();
	for (int i = 0; result->refused && i < MBOX_STATE_COUNT; i++) {
		const char *why = command_refusal(what, (enum mailbox_state)i);
		if (why && before->by_state[i])
			json_array_append_new(reasons, json_pack("{s:s, s:I, s:s}", "state",
								 mailbox_state_name((enum mailbox_state)i), "count",
								 (json_int_t)before->by_state[i], "reason", why));
	}
	return reasons;
}

static void print_outcome(const struct cli *c, enum command what, const struct mailbox_totals *before,
			  const struct command_result *result) {
	char n[24];
	text_count(n, sizeof n, result->affected);
	fprintf(c->out, "%s: %s mailbox%s\n", command_name(what), n, result->affected == 1 ? "" : "es");
	for (int i = 0; result->refused && i < MBOX_STATE_COUNT; i++) {
		const char *why = command_refusal(what, (enum mailbox_state)i);
		if (!why || !before->by_state[i])
			continue;
		text_count(n, sizeof n, before->by_state[i]);
		fprintf(c->out, "  not %s %s: %s\n", n, mailbox_state_name((enum mailbox_state)i), why);
	}
}

bool control_issue(struct store *s, enum command what, const struct mailbox_filter *filter, struct command_result *out,
		   struct err *e) {
	char who[256];
	command_who(who, sizeof who);
	return command_issue(s, what, filter, who, out, e);
}

bool control_ensure_worker(struct cli *c, struct store *s, struct err *e) {
	char note[ERR_TEXT_MAX] = "";
	if (!worker_start_detached(s, c->exe, note, sizeof note, e))
		return false;
	if (*note)
		cli_note(c, "Note: %s", note);
	return true;
}

static bool confirmed(struct cli *c, struct store *s, const struct mailbox_filter *filter, struct err *e) {
	char n[24], question[300];
	uint64_t count;
	if (!mailboxes_count(s, filter, &count, e))
		return false;
	text_count(n, sizeof n, count);
	snprintf(question, sizeof question,
		 "Remove %s mailbox%s with what is known of their messages, and their passwords?\n"
		 "Mail at the source and at the target stays where it is.",
		 n, count == 1 ? "" : "es");
	return cli_confirmed(c, question, "Nothing was removed", e);
}

/* The rows below carry the requests' own names. */
static enum command command_of(const struct cli *c) {
	enum command what = CMD_PAUSE;
	while (what < CMD_COUNT && strcmp(command_name(what), c->command->name) != 0)
		what = (enum command)(what + 1);
	return what;
}

static int control(struct cli *c, struct store *s, struct selection *sel) {
	struct command_result result = { 0 };
	struct mailbox_totals before;
	struct err e;
	enum command what = command_of(c);
	err_clear(&e);
	bool ok = mailboxes_totals(s, &sel->filter, &before, &e);
	ok = ok && (what != CMD_REMOVE || confirmed(c, s, &sel->filter, &e));
	ok = ok && control_issue(s, what, &sel->filter, &result, &e);
	bool queues = what == CMD_RESUME || what == CMD_RETRY;
	if (ok && queues && result.affected && !cli_flag(c, "no-worker"))
		ok = control_ensure_worker(c, s, &e);
	if (!ok)
		return cli_fail(c, &e);
	if (!c->json) {
		print_outcome(c, what, &before, &result);
		return CLI_OK;
	}
	return cli_print_json(c,
			      json_pack("{s:s, s:I, s:I, s:o}", "command", command_name(what), "affected",
					(json_int_t)result.affected, "refused", (json_int_t)result.refused, "reasons",
					reasons_json(what, &before, &result)),
			      CLI_OK);
}

static int run_control(struct cli *c) {
	return with_selection(c, STORE_MUST_EXIST, SELECTION_REQUIRED, control);
}

static const struct cli_option plain_options[] = { CLI_SELECTION_OPTIONS, CLI_OPTIONS_END };

static const struct cli_option queue_options[] = {
	CLI_SELECTION_OPTIONS,
	{ 0, "no-worker", NULL, "only queue them; start no worker" },
	CLI_OPTIONS_END,
};

static const struct cli_option remove_options[] = {
	CLI_SELECTION_OPTIONS,
	CLI_YES_OPTION,
	CLI_OPTIONS_END,
};

#define MAILBOXES_MAX 1000

const struct cli_command cmd_pause = {
	.name = "pause",
	.args = "[MAILBOX...]",
	.summary = "hold queued or running mailboxes until resume",
	.options = plain_options,
	.flags = CLI_JSON,
	.max_args = MAILBOXES_MAX,
	.run = run_control,
};

const struct cli_command cmd_resume = {
	.name = "resume",
	.args = "[MAILBOX...]",
	.summary = "queue paused mailboxes again",
	.options = queue_options,
	.flags = CLI_JSON,
	.max_args = MAILBOXES_MAX,
	.run = run_control,
};

const struct cli_command cmd_stop = {
	.name = "stop",
	.args = "[MAILBOX...]",
	.summary = "end queued, running or paused mailboxes in order",
	.details = "What was copied stays and is known; 'mailvan migrate' goes on from there.",
	.options = plain_options,
	.flags = CLI_JSON,
	.max_args = MAILBOXES_MAX,
	.run = run_control,
};

const struct cli_command cmd_retry = {
	.name = "retry",
	.args = "[MAILBOX...]",
	.summary = "try failed mailboxes and their failed messages again",
	.options = queue_options,
	.flags = CLI_JSON,
	.max_args = MAILBOXES_MAX,
	.run = run_control,
};

const struct cli_command cmd_remove = {
	.name = "remove",
	.args = "[MAILBOX...]",
	.summary = "forget mailboxes and their passwords; mail is not touched",
	.details = "A mailbox in a worker's hands is not removed: stop it first.",
	.options = remove_options,
	.flags = CLI_JSON,
	.max_args = MAILBOXES_MAX,
	.run = run_control,
};
