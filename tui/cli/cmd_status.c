/* SPDX-License-Identifier: MIT
 *
 * cmd_status.c - `mailvan status`: every mailbox with its counts, once or again and again.
 */
#include <inttypes.h>
#include <poll.h>
#include <string.h>
#include <unistd.h>

#include "tui/cli/commands.h"
#include "tui/cli/limits.h"
#include "tui/cli/rows.h"
#include "tui/cli/selection.h"
#include "tui/cli/status.h"
#include "tui/cli/sync_view.h"

static const struct table_column mailbox_columns[] = {
	{ "Id", true },	     { "Source", false }, { "Target", false }, { "State", false }, { "Messages", true },
	{ "Done", true },    { "Bytes", true },	  { "Rate", true },    { "ETA", true },	   { "Note", false },
	{ NULL, false },
};

#define ACCOUNTS_PRINTED 10

struct listing {
	struct table *table;
	struct mailbox_sum sum;
	json_t *array;
	bool failed, idle; /* idle: no worker is there */
};

static bool add_table_row(struct table *t, const struct mailbox_row *row) {
	char id[24], source[IDENTITY_MAX + 4], done[24], all[24], messages[52], percent[16], bytes[24], rate[32] = "",
		eta[24], note[ERR_TEXT_MAX + 64];
	snprintf(id, sizeof id, "%" PRId64, row->id);
	snprintf(source, sizeof source, "%s%s", row->source, row->weak ? " !" : "");
	text_count(done, sizeof done, counts_at_target(&row->counts));
	text_count(all, sizeof all, row->counts.source);
	snprintf(messages, sizeof messages, "%s/%s", done, all);
	percent_text(percent, sizeof percent, &row->counts);
	text_bytes(bytes, sizeof bytes, row->bytes_copied);
	if (row->state == MBOX_COPYING && row->rate_bytes > 0) {
		text_bytes(rate, sizeof rate - 2, (uint64_t)row->rate_bytes);
		size_t n = strlen(rate);
		text_copy(rate + n, sizeof rate - n, "/s");
	}
	eta_text(eta, sizeof eta, mailbox_state_active(row->state) ? row->eta_s : -1);
	row_note(note, sizeof note, row);
	const struct table_cell cells[] = {
		{ id, TONE_PLAIN },	 { source, row->weak ? TONE_BAD : TONE_PLAIN },
		{ row->target, TONE_PLAIN }, { mailbox_state_name(row->state), state_tone(row->state) },
		{ messages, TONE_PLAIN }, { percent, TONE_PLAIN }, { bytes, TONE_PLAIN }, { rate, TONE_PLAIN },
		{ eta, TONE_PLAIN },	 { note, TONE_PLAIN },
	};
	return table_add(t, cells);
}

/* Of what the dead one had in hand, too: it is given to the next worker. */
static void print_idle(FILE *to, const struct mailbox_totals *t) {
	char n[24];
	uint64_t busy = totals_busy(t);
	text_count(n, sizeof n, busy);
	if (busy)
		fprintf(to, "No worker is running; %s mailbox%s: mailvan migrate --all\n", n,
			busy == 1 ? " waits" : "es wait");
}

static bool list_row(void *arg, const struct mailbox_row *row) {
	struct listing *l = arg;
	struct mailbox_row idle;
	mailbox_sum_add(&l->sum, row);
	if (l->idle && mailbox_row_has_rate(row)) { /* a row is large: only those are copied */
		idle = *row;
		mailbox_row_idle(&idle);
		row = &idle;
	}
	l->failed = !add_table_row(l->table, row);
	return !l->failed;
}

static const struct mailbox_totals *listing_totals(struct listing *l) {
	mailbox_sum_end(&l->sum);
	if (l->idle)
		totals_idle(&l->sum.totals);
	return &l->sum.totals;
}

bool not_there_total(struct store *s, const struct mailbox_filter *filter, struct not_there *out, struct err *e) {
	return removals_total(s, filter, &out->removed, e) && verification_missing_total(s, filter, &out->missing, e);
}

void status_summary(FILE *to, const struct mailbox_totals *t, const struct not_there *gone, bool colour) {
	char n[24], at[24], bytes[24];
	const char *between = "";
	text_count(n, sizeof n, t->mailboxes);
	fprintf(to, "%s mailbox%s%s", n, t->mailboxes == 1 ? "" : "es", t->mailboxes ? ": " : "");
	for (int i = 0; i < MBOX_STATE_COUNT; i++) {
		enum tone tone = state_tone((enum mailbox_state)i);
		if (!t->by_state[i])
			continue;
		text_count(n, sizeof n, t->by_state[i]);
		fprintf(to, "%s%s%s %s%s", between, tone_on(tone, colour), n, mailbox_state_name((enum mailbox_state)i),
			tone_off(tone, colour));
		between = ", ";
	}
	uint64_t copies = counts_at_target(&t->counts);
	text_count(at, sizeof at, copies - (gone->missing < copies ? gone->missing : copies));
	text_count(n, sizeof n, t->counts.source);
	text_bytes(bytes, sizeof bytes, t->bytes_copied);
	fprintf(to, ". %s of %s messages%s are at the target, ", at, n, totals_unfinished(t) ? " known so far" : "");
	text_count(n, sizeof n, gone->removed);
	if (gone->removed)
		fprintf(to, "%s cop%s removed on request, ", n, gone->removed == 1 ? "y" : "ies");
	text_count(n, sizeof n, gone->missing);
	if (gone->missing)
		fprintf(to, "%s cop%s missing when verify looked, ", n, gone->missing == 1 ? "y" : "ies");
	fprintf(to, "%s copied.\n", bytes);
	fprintf(to, "source %" PRIu64 " = ", t->counts.source);
	for (size_t i = 1; counts_names[i]; i++)
		fprintf(to, "%s%s %" PRIu64, i > 1 ? " + " : "", counts_names[i], counts_member(&t->counts, i));
	fputs(counts_hold(&t->counts) ? "\n" : "   THIS DOES NOT ADD UP\n", to);
}

static bool print_repairs(FILE *to, struct store *s, const struct mailbox_filter *filter, struct err *e) {
	struct repair_totals t;
	char text[300];
	if (!repairs_totals(s, filter, &t, e))
		return false;
	repair_totals_text(text, sizeof text, &t);
	if (text[0])
		fprintf(to, "%s.\n", text);
	return true;
}

int status_print(struct cli *c, struct store *s, const struct mailbox_filter *filter, int code) {
	struct mailbox_query q = { .filter = *filter, .limit = UINT32_MAX };
	const struct mailbox_totals *totals;
	struct listing l = { 0 };
	struct worker_info worker;
	struct not_there gone;
	struct err e, none;
	err_clear(&e);
	if (c->json)
		return status_print_json(c, s, filter, code);
	l.table = table_new(mailbox_columns);
	bool ok = l.table || err_nomem(&e);
	l.idle = !worker_find_live(s, &worker, &none);
	ok = ok && mailboxes_list(s, &q, list_row, &l, &e) && (!l.failed || err_nomem(&e)) &&
	     not_there_total(s, filter, &gone, &e);
	totals = listing_totals(&l);
	if (!ok) {
		code = cli_fail(c, &e);
	} else if (totals->mailboxes == 0) {
		fputs("No mailboxes here. 'mailvan add FILE' brings them in.\n", c->out);
	} else {
		bool colour = colour_wanted(c, c->out);
		table_print(l.table, c->out, colour);
		status_summary(c->out, totals, &gone, colour);
		if (l.idle)
			print_idle(c->out, totals);
		if (!print_repairs(c->out, s, filter, &e) || !limits_print(c->out, s, ACCOUNTS_PRINTED, &e) ||
		    !sync_print(c->out, s, &e))
			code = cli_fail(c, &e);
	}
	table_free(l.table);
	return code;
}

int status_exit_code(const struct mailbox_totals *t) {
	if (totals_busy(t) || t->by_state[MBOX_STOPPED] || t->by_state[MBOX_PAUSED])
		return CLI_STOPPED;
	return t->by_state[MBOX_FAILED] || t->by_state[MBOX_SYNCED_WITH_GAPS] ? CLI_GAPS : CLI_OK;
}

static const struct table_column batch_columns[] = {
	{ "Batch", false }, { "Mailboxes", true }, { "Synced", true }, { "Gaps", true }, { "Failed", true },
	{ "Messages", true }, { "Done", true }, { NULL, false },
};

static bool list_batch(void *arg, const struct batch_row *row) {
	struct listing *l = arg;
	const struct mailbox_totals *t = &row->totals;
	if (l->array) {
		json_t *o = json_totals(t);
		l->failed = !o || json_object_set_new(o, "batch", json_text(row->name)) != 0 ||
			    json_array_append_new(l->array, o) != 0;
		return !l->failed;
	}
	char n[24], synced[24], gaps[24], failed[24], there[24], source[24], messages[52], percent[16];
	text_count(n, sizeof n, t->mailboxes);
	text_count(synced, sizeof synced, t->by_state[MBOX_SYNCED]);
	text_count(gaps, sizeof gaps, t->by_state[MBOX_SYNCED_WITH_GAPS]);
	text_count(failed, sizeof failed, t->by_state[MBOX_FAILED]);
	text_count(there, sizeof there, counts_at_target(&t->counts));
	text_count(source, sizeof source, t->counts.source);
	snprintf(messages, sizeof messages, "%s/%s", there, source);
	percent_text(percent, sizeof percent, &t->counts);
	const struct table_cell cells[] = {
		{ row->name, TONE_PLAIN }, { n, TONE_PLAIN },
		{ synced, TONE_PLAIN },	   { gaps, t->by_state[MBOX_SYNCED_WITH_GAPS] ? TONE_WARN : TONE_PLAIN },
		{ failed, t->by_state[MBOX_FAILED] ? TONE_BAD : TONE_PLAIN }, { messages, TONE_PLAIN },
		{ percent, TONE_PLAIN },
	};
	l->failed = !table_add(l->table, cells);
	return !l->failed;
}

static int print_batches(struct cli *c, struct store *s) {
	struct listing l = { 0 };
	struct err e;
	err_clear(&e);
	if (c->json)
		l.array = json_array();
	else
		l.table = table_new(batch_columns);
	if (!batches_list(s, list_batch, &l, &e) || (l.failed && !err_nomem(&e))) {
		json_decref(l.array);
		table_free(l.table);
		return cli_fail(c, &e);
	}
	if (c->json)
		return cli_print_json(c, json_pack("{s:o}", "batches", l.array), CLI_OK);
	table_print(l.table, c->out, colour_wanted(c, c->out));
	table_free(l.table);
	return CLI_OK;
}

/* Redraws when anything was committed, at most once a second, until nothing is queued or running. */
static int watch(struct cli *c, struct store *s, const struct mailbox_filter *filter) {
	struct mailbox_totals t;
	struct err e;
	for (;;) {
		uint64_t seen = store_version(s);
		fputs("\033[H\033[2J", c->out);
		int code = status_print(c, s, filter, CLI_OK);
		fflush(c->out);
		err_clear(&e);
		if (code != CLI_OK)
			return code;
		if (!mailboxes_totals(s, filter, &t, &e))
			return cli_fail(c, &e);
		if (totals_busy(&t) == 0)
			return CLI_OK;
		do
			poll(NULL, 0, 1000);
		while (store_version(s) == seen);
	}
}

static int show(struct cli *c, struct store *s, struct selection *sel) {
	if (cli_flag(c, "batches"))
		return print_batches(c, s);
	return cli_flag(c, "watch") ? watch(c, s, &sel->filter) : status_print(c, s, &sel->filter, CLI_OK);
}

static int run_status(struct cli *c) {
	if (cli_flag(c, "watch") && (c->json || !isatty(fileno(c->out))))
		return cli_usage_error(c, "--watch redraws a terminal; without one, or with --json, call status again");
	if (cli_flag(c, "batches") && (c->arg_count || cli_flag(c, "watch") || cli_flag(c, "batch")))
		return cli_usage_error(c, "--batches lists all of them, once");
	return with_selection(c, cli_flag(c, "watch") ? STORE_MUST_EXIST : STORE_LOOK, SELECTION_DEFAULT_ALL, show);
}

const struct cli_command cmd_status = {
	.name = "status",
	.args = "[MAILBOX...]",
	.summary = "show mailboxes, their states and counts",
	.details =
		"Without operands, every mailbox of the project. A MAILBOX is an id, a source or a target identity. "
		"Messages are those at the target/all that were found. Done counts those that were left out or have "
		"vanished as done. A mailbox whose source is marked ! is reached over a weak connection "
		"(clear text, no certificate check, or old TLS).\n\n"
		"Below the table stand the servers and accounts that take fewer mailboxes at once than wished for, and "
		"why: ten accounts at most ('mailvan set' has them all). Without a worker there are no rates.\n\n"
		"With --json: {\"mailboxes\": [...], \"totals\": {...}, \"worker\": {...} or null, \"limits\": [...]}. "
		"For every mailbox and "
		"for the totals holds\n"
		"  source = copied + adopted + merged + skipped + failed + vanished + pending\n"
		"Like report it reads a project on a disk that is mounted read-only, too.\n\n"
		"The exit code is 0 when the state could be read, whatever it is.",
	.options = (const struct cli_option[]){ CLI_SELECTION_OPTIONS,
						{ 'w', "watch", NULL, "redraw until nothing is queued or running" },
						{ 0, "batches", NULL, "list the batches instead" },
						CLI_OPTIONS_END },
	.flags = CLI_JSON,
	.max_args = 1000,
	.run = run_status,
};
