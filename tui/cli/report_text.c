/* SPDX-License-Identifier: MIT
 *
 * report_text.c - the report for people on a terminal: verdict, summary, what is wrong, then the tables.
 */
#include <inttypes.h>
#include <string.h>

#include "tui/cli/report_formats.h"
#include "tui/cli/status.h"

/* BEFORE TEXT AFTER, when there is a text. */
static void part(FILE *to, const char *before, const char *text, const char *after) {
	char clean[4096];
	if (!*text)
		return;
	text_sanitise(clean, sizeof clean, text, strlen(text));
	fprintf(to, "%s%s%s", before, clean, after);
}

static void summary(struct report *r) {
	const struct report_survey *v = &r->survey;
	char first[64], last[64], percent[16], text[300];
	at_target_percent(percent, sizeof percent, &v->totals.counts, v->missing, v->removed);
	part(r->to, "", percent, " of all messages that are known ");
	if (*percent)
		fprintf(r->to, "%sare at the target.\n", v->removed ? "and were not removed on request " : "");
	moment_text(first, sizeof first, v->first);
	moment_text(last, sizeof last, v->last);
	part(r->to, "Moved from ", first, "");
	part(r->to, *first ? " to " : "", last, "");
	fputs(*first ? ".\n" : "", r->to);
	survey_throughput(text, sizeof text, v);
	part(r->to, "", text, ".\n");
	for (size_t i = 0; i < SURVEY_SERVERS && v->servers[i].mailboxes; i++) {
		part(r->to, "From ", v->servers[i].source, "");
		part(r->to, " to ", *v->servers[i].target ? v->servers[i].target : "no target", "");
		fprintf(r->to, ": %" PRIu64 " mailbox%s.\n", v->servers[i].mailboxes,
			v->servers[i].mailboxes == 1 ? "" : "es");
	}
	if (v->other_servers)
		fprintf(r->to, "And %" PRIu64 " mailboxes between other servers.\n", v->other_servers);
	repair_totals_text(text, sizeof text, &r->repairs);
	part(r->to, "", text, ".\n");
	for (size_t i = 0; i < r->setting_count; i++) {
		const struct setting_line *line = &r->settings[i];
		enum tone tone = line->weak ? TONE_BAD : TONE_PLAIN;
		fprintf(r->to, "%s: %s", line->label, tone_on(tone, r->colour));
		part(r->to, "", line->text, "");
		fprintf(r->to, "%s.\n", tone_off(tone, r->colour));
	}
}

static void begin(struct report *r) {
	char when[64];
	moment_text(when, sizeof when, r->now);
	fprintf(r->to, "%s\n%s\n\n", r->verdict, r->verified);
	const struct not_there gone = { .missing = r->survey.missing, .removed = r->survey.removed };
	status_summary(r->to, &r->survey.totals, &gone, r->colour);
	summary(r);
	part(r->to, "Project ", r->project, "");
	fprintf(r->to, ", %s, mailvan %s.\n", when, MAILVAN_VERSION);
	fputs("\"At the target\" means that the target's server acknowledged the message (copied) or that it was "
	      "found\nthere (adopted, merged). 'mailvan verify' reads every copy back.\n",
	      r->to);
}

static void gaps_begin(struct report *r) {
	char n[24];
	for (int i = 1; i < ERR_CAT_COUNT; i++) {
		uint64_t messages = r->survey.failed_by_category[i], mailboxes = r->survey.mailboxes_by_category[i];
		if (!messages && !mailboxes)
			continue;
		text_count(n, sizeof n, messages ? messages : mailboxes);
		fprintf(r->to, "%s: %s %s%s. %s\n", err_cat_name((enum err_cat)i), n, messages ? "message" : "mailbox",
			(messages ? messages : mailboxes) == 1 ? "" : messages ? "s" : "es",
			err_cat_remedy((enum err_cat)i));
	}
}

static void who(struct report *r) {
	fputc('\n', r->to);
	part(r->to, "", r->row.source, "");
	part(r->to, " -> ", r->row.target, "");
}

static void gaps(struct report *r) {
	const struct mailbox_row *row = &r->row;
	char note[ERR_TEXT_MAX + 64], n[24];
	who(r);
	fprintf(r->to, ": %s%s%s\n", tone_on(state_tone(row->state), r->colour), mailbox_state_name(row->state),
		tone_off(state_tone(row->state), r->colour));
	row_note(note, sizeof note, row);
	part(r->to, "  ", note, "\n");
	if (*row->error)
		part(r->to, "  Remedy: ", err_cat_remedy(row->error_cat), "\n");
	if (row->counts.pending) {
		text_count(n, sizeof n, row->counts.pending);
		fprintf(r->to, "  %s not tried yet.\n", n);
	}
}

static void failure(struct report *r, const struct failure_row *row) {
	char bytes[24];
	if (!r->written)
		fputs("  Not at the target:\n", r->to);
	fprintf(r->to, "  - %s: ", failure_state(row));
	part(r->to, "", row->folder, "");
	if (*row->uidl)
		part(r->to, " UIDL ", row->uidl, "");
	else
		fprintf(r->to, " UID %" PRIu32, row->uid);
	part(r->to, ", \"", row->subject, "\"");
	part(r->to, ", from ", row->from, "");
	part(r->to, ", ", row->date, "");
	part(r->to, ", ", row->message_id, "");
	text_bytes(bytes, sizeof bytes, row->size);
	fprintf(r->to, "%s%s\n    %s%s", row->size ? ", " : "", row->size ? bytes : "",
		row->cat == ERR_NONE ? "" : err_cat_name(row->cat), row->cat == ERR_NONE ? "" : ": ");
	part(r->to, "", row->text, "");
	part(r->to, "\n    Remedy: ", failure_remedy(row), "");
	fputc('\n', r->to);
}

static void more(struct report *r, uint64_t n, const char *what) {
	fprintf(r->to, "  - and %" PRIu64 " more %s; --json and --csv name each\n", n, what);
}

static void difference(struct report *r, const struct difference_row *row) {
	char when[64], bytes[24];
	moment_text(when, sizeof when, r->look.at);
	if (!r->written)
		fprintf(r->to, "  Found by verification on %s (%" PRIu64 " in all):\n", when,
			r->look.gaps - r->look.not_copied);
	fprintf(r->to, "  - %s: ", row->kind);
	part(r->to, "", row->folder, "");
	if (row->uid)
		fprintf(r->to, " UID %" PRIu32, row->uid);
	if (row->dst_uid)
		fprintf(r->to, " (target UID %" PRIu32 ")", row->dst_uid);
	part(r->to, ", \"", row->subject, "\"");
	part(r->to, ", from ", row->from, "");
	part(r->to, ", ", row->date, "");
	part(r->to, ", ", row->message_id, "");
	if (row->size != UINT64_MAX) {
		text_bytes(bytes, sizeof bytes, row->size);
		fprintf(r->to, ", %s", bytes);
	}
	part(r->to, "\n    ", row->text, "");
	part(r->to, "\n    Remedy: ", verify_kind_remedy(verify_kind_parse(row->kind)), "");
	fputc('\n', r->to);
}

static void alarm_line(struct report *r, const struct alarm_row *row) {
	part(r->to, "  Warning", *row->folder ? ", " : ":", "");
	part(r->to, "", row->folder, ":");
	part(r->to, " ", row->text, "\n");
}

static void repaired(struct report *r, const struct repaired_row *row) {
	if (!r->written)
		fputs("  Arrived repaired:\n", r->to);
	fprintf(r->to, "  - %s: ", repair_label(row->rung));
	part(r->to, "", row->folder, "");
	fprintf(r->to, " UID %" PRIu32, row->uid);
	part(r->to, ", \"", row->subject, "\"");
	part(r->to, ", from ", row->from, "");
	part(r->to, ", ", row->date, "");
	fputc('\n', r->to);
}

static void nothing(struct report *r) { (void)r; }

static void tables_begin(struct report *r) {
	if (r->survey.totals.mailboxes > FOLDER_TABLES_MAX)
		fputs("\nFolders are listed for the mailboxes that need a look; --json and --csv have all of them.\n",
		      r->to);
}

static const struct table_column folder_columns[] = {
	{ "  Folder", false }, { "Target folder", false }, { "Source", true },	 { "Copied", true },
	{ "Adopted", true },   { "Merged", true },	   { "Skipped", true },	 { "Failed", true },
	{ "Vanished", true },  { "Pending", true },	   { "Remark", false }, { NULL, false },
};

static void weakness(struct report *r, const char *side, const char *server, const char *text) {
	if (!text || !*text)
		return;
	fprintf(r->to, "  %sWEAK CONNECTION%s to the %s ", tone_on(TONE_BAD, r->colour), tone_off(TONE_BAD, r->colour),
		side);
	part(r->to, "", server, "");
	fprintf(r->to, ": %s\n", text);
}

static void mailbox(struct report *r) {
	const struct mailbox_row *row = &r->row;
	bool stands = r->looked && verification_stands(row, &r->look);
	char text[600], time[32];
	who(r);
	fprintf(r->to, ": %s%s%s\n", tone_on(state_tone(row->state), r->colour), mailbox_state_name(row->state),
		tone_off(state_tone(row->state), r->colour));
	weakness(r, "source", row->source_server, row->source_weakness);
	weakness(r, "target", row->target_server, row->target_weakness);
	report_verdict(text, sizeof text, &row->counts, stands ? r->look.missing : 0, r->removed,
			    !mailbox_through(row->state));
	fprintf(r->to, "  %s\n", text);
	mailbox_verified(text, sizeof text, row, &r->look, r->looked);
	fprintf(r->to, "  Verification: %s\n", text);
	if (row->dropped_keywords)
		fprintf(r->to, "  %" PRIu64 " flags or keywords could not be kept by the target.\n",
			row->dropped_keywords);
	if (row->throttled_ms >= 1000) {
		eta_text(time, sizeof time, (int64_t)(row->throttled_ms / 1000));
		fprintf(r->to, "  Held back by throttling for %s.\n", time);
	}
	r->table = table_new(folder_columns);
	r->no_memory |= !r->table;
	if (r->table)
		table_cut(r->table, TABLE_NAME_MAX);
}

static void add_line(struct report *r, struct table_cell name, struct table_cell target, const struct counts *c,
		     const char *remark) {
	char n[8][24];
	struct table_cell cells[11] = { name, target };
	for (size_t i = 0; i < 8; i++) {
		text_count(n[i], sizeof n[i], counts_member(c, i));
		cells[2 + i] = (struct table_cell){ n[i], TONE_PLAIN };
	}
	if (c->failed)
		cells[7].tone = TONE_BAD;
	cells[10] = (struct table_cell){ remark, TONE_PLAIN };
	if (!r->table || !table_add(r->table, cells))
		r->no_memory = true;
}

static void folder(struct report *r, const struct folder_row *row) {
	char name[1100], remark[ERR_TEXT_MAX + 32];
	snprintf(name, sizeof name, "  %s", row->source);
	snprintf(remark, sizeof remark, "%s%s%s", row->skipped ? "left out" : row->renamed ? "renamed" : "",
		 (row->skipped || row->renamed) && *row->note ? ": " : "", row->note);
	add_line(r, (struct table_cell){ name, TONE_PLAIN },
		 (struct table_cell){ row->target, row->renamed ? TONE_WARN : TONE_PLAIN }, &row->counts, remark);
}

static void folders_end(struct report *r) {
	static const struct table_cell all = { "  Mailbox", TONE_PLAIN }, none = { "", TONE_PLAIN };
	add_line(r, all, none, &r->row.counts, counts_hold(&r->row.counts) ? "" : "THIS DOES NOT ADD UP");
	if (r->table)
		table_print(r->table, r->to, r->colour);
	table_free(r->table);
	r->table = NULL;
}

static void end(struct report *r, bool ok) {
	if (!ok)
		fputs("\nTHE REPORT BREAKS OFF HERE: it could not be read to its end.\n", r->to);
}

const struct report_format_ops report_text = {
	.gaps_first = true, .begin = begin, .gaps_begin = gaps_begin, .gaps = gaps, .gaps_end = nothing,
	.failure = failure, .more = more, .difference = difference, .alarm = alarm_line,
	.repaired = repaired, .tables_begin = tables_begin, .mailbox = mailbox, .folder = folder,
	.folders_end = folders_end, .mailbox_end = nothing, .end = end,
};
