/* SPDX-License-Identifier: MIT
 *
 * cmd_migrate.c - `mailvan migrate`: queue mailboxes; with --wait also see them through.
 */
#include <signal.h>
#include <stdlib.h>
#include <string.h>

#include "tui/cli/commands.h"
#include "tui/cli/control.h"
#include "tui/cli/rates.h"
#include "tui/cli/runner.h"
#include "tui/cli/selection.h"
#include "tui/cli/signals.h"
#include "tui/cli/status.h"
#include "tui/cli/sync_view.h"

/* The patterns given replace the project's; one empty pattern clears them. */
static bool store_patterns(struct cli *c, struct store *s, struct err *e) {
	struct buf list;
	const char *pattern;
	if (!cli_flag(c, "skip-folder"))
		return true;
	buf_init(&list, 4000);
	for (unsigned i = 0; (pattern = cli_value_at(c, "skip-folder", i)); i++) {
		if (strchr(pattern, '\n')) {
			buf_free(&list);
			return err_set(e, ERR_INPUT, "A folder pattern cannot hold a line break");
		}
		if (*pattern)
			buf_printf(&list, "%s%s", list.len ? "\n" : "", pattern);
	}
	bool ok = !list.failed || err_set(e, ERR_INPUT, "The folder patterns are too long: 4,000 bytes in all");
	ok = ok && setting_set(s, "skip_folders", list.data ? list.data : "", e);
	buf_free(&list);
	return ok;
}

static void tell_queued(struct cli *c, const struct command_result *r) {
	char n[24];
	if (r->affected || !r->refused) {
		text_count(n, sizeof n, r->affected);
		cli_note(c, "%s mailbox%s queued.", n, r->affected == 1 ? "" : "es");
	}
	text_count(n, sizeof n, r->refused);
	if (r->refused)
		cli_note(c, "%s mailbox%s queued or running already.", n, r->refused == 1 ? " is" : "es are");
}

static int hand_over(struct cli *c, struct store *s, const struct selection *sel, const struct command_result *r) {
	struct err e;
	err_clear(&e);
	if (!cli_flag(c, "no-worker") && !control_ensure_worker(c, s, &e))
		return cli_fail(c, &e);
	if (c->json)
		return status_print(c, s, &sel->filter, CLI_OK);
	tell_queued(c, r);
	if (!cli_flag(c, "no-worker"))
		cli_note(c, "A worker moves them in the background; 'mailvan status --watch' shows how they get on.");
	return CLI_OK;
}

static int see_through(struct cli *c, struct store *s, const struct selection *sel, uint64_t jobs) {
	struct mailbox_totals t;
	struct not_there gone;
	struct err e;
	err_clear(&e);
	if (!runner_wait(c, s, &sel->filter, (unsigned)jobs, &e) || !mailboxes_totals(s, &sel->filter, &t, &e) ||
	    !not_there_total(s, &sel->filter, &gone, &e))
		return cli_fail(c, &e);
	int code = status_exit_code(&t);
	if (c->json)
		return status_print(c, s, &sel->filter, code);
	status_summary(c->out, &t, &gone, false);
	if (code == CLI_GAPS)
		cli_note(c, "'mailvan report' names what was not copied, and why.");
	return code;
}

static int migrate(struct cli *c, struct store *s, struct selection *sel) {
	struct command_result r = { 0 };
	struct err e;
	uint64_t jobs;
	err_clear(&e);
	if (!cli_number(c, "jobs", 1, 256, 0, &jobs, &e))
		return cli_fail(c, &e);
	bool again = cli_flag(c, "failed");
	if (again) {
		sel->filter.states = 1u << MBOX_FAILED | 1u << MBOX_SYNCED_WITH_GAPS;
		if (!selection_freeze(s, sel, &e))
			return cli_fail(c, &e);
		if (sel->filter.id_count == 0) {
			cli_note(c, "Nothing has failed.");
			return CLI_OK;
		}
	}
	const char *rate = cli_value(c, "rate");
	if ((rate && !rates_set_rate(s, rate, &e)) || !store_patterns(c, s, &e) || !sync_options_store(c, s, &e) ||
	    !control_issue(s, again ? CMD_RETRY : CMD_MIGRATE, &sel->filter, &r, &e))
		return cli_fail(c, &e);
	return cli_flag(c, "wait") ? see_through(c, s, sel, jobs) : hand_over(c, s, sel, &r);
}

static int migrate_selected(struct cli *c) {
	return with_selection(c, STORE_MUST_EXIST,
			      cli_flag(c, "failed") ? SELECTION_DEFAULT_ALL : SELECTION_REQUIRED, migrate);
}

static int run_migrate(struct cli *c) {
	if (cli_flag(c, "jobs") && !cli_flag(c, "wait"))
		return cli_usage_error(c, "--jobs is for --wait; a detached worker takes the project's setting");
	if (cli_flag(c, "wait") && cli_flag(c, "no-worker"))
		return cli_usage_error(c, "--wait sees them through; --no-worker leaves them to others: choose one");
	if (!cli_flag(c, "wait"))
		return migrate_selected(c);
	/* The terminal may go, and what it would have shown with it; the migration does not. */
	signal(SIGHUP, SIG_IGN);
	return with_signals(c, STOP_STOPPED, migrate_selected);
}

const struct cli_command cmd_migrate = {
	.name = "migrate",
	.args = "[MAILBOX...]",
	.summary = "move mailboxes, or what is new in them",
	.details =
		"Queues the mailboxes and starts a detached worker when none is there. With --wait it stays: it moves "
		"them itself, or follows the worker that is already at it, and returns when nothing is left to do. "
		"Ctrl+C stops in order (exit code 3), a second one at once. SIGTERM, as at a shutdown, ends it in "
		"order too and "
		"leaves the mailboxes queued: the next worker goes on with them. A lost terminal (SIGHUP) does not "
		"stop "
		"it. Either way nothing is lost, and the next migrate goes on from there.\n\n"
		"A PATTERN of --skip-folder is a shell pattern for folder names, without case: 'Trash', 'Archive/*'. "
		"The patterns replace the project's list and stay; --skip-folder '' clears it.\n\n"
		"--rate is the project's bandwidth cap, in bytes (not bits): it stays, and 'mailvan set rate' changes "
		"it while mailboxes are moved.\n\n"
		"A later migrate brings what is new. With --sync-flags it also takes flags and keywords that changed "
		"at the "
		"source to the copies; what the target's owner has changed stays. With --sync-deletes it looks for "
		"copied "
		"messages that the source has deleted: preview only names them, trash moves their copies to the "
		"target's "
		"Trash, expunge removes them. A copy goes only when it is ours and unchanged, and its message was "
		"missing "
		"in two runs at least a minute apart; nothing goes when more than 50 messages or 5 % of a folder are "
		"missing "
		"at once, when the folder is empty, or while messages are not copied yet. Both options stay on for the "
		"project, in one direction, until --no-sync-flags and --sync-deletes off.\n\n"
		"Exit code with --wait: 0 all Synced, 1 gaps or failures, 3 stopped.",
	.options =
		(const struct cli_option[]){
			CLI_SELECTION_OPTIONS,
			{ 'f', "failed", NULL, "those that failed or have gaps, failed messages included" },
			{ 'w', "wait", NULL, "stay until nothing is left to do" },
			{ 0, "no-worker", NULL, "only queue them; start no worker" },
			{ 'j', "jobs", "N", "mailboxes at once, with --wait (project's setting: 8)" },
			{ 0, "rate", "SIZE", "bytes per second read from all sources, as 20M; off: no cap" },
			CLI_SYNC_OPTIONS,
			{ 0, "skip-folder", "PATTERN", "leave such folders out (may be repeated)" },
			CLI_OPTIONS_END },
	.flags = CLI_JSON,
	.max_args = 1000,
	.run = run_migrate,
};
