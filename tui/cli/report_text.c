/* SPDX-License-Identifier: MIT
 *
 * report_text.c - the report for people.
 */
#include <inttypes.h>
#include <string.h>
#include <time.h>

#include "tui/cli/report.h"
#include "tui/cli/report_formats.h"
#include "tui/cli/rows.h"
#include "tui/cli/status.h"

static void clean_to(FILE *to, const char *text) {
	char clean[4096];
	text_sanitise(clean, sizeof clean, text, strlen(text));
	fputs(clean, to);
}

static void begin(struct report *r) {
	char when[64] = "";
	struct tm tm;
	time_t seconds = (time_t)(r->now / 1000);
	if (localtime_r(&seconds, &tm))
		strftime(when, sizeof when, "%Y-%m-%d %H:%M %Z", &tm);
	fprintf(r->to, "%s\n\n", r->verdict);
	status_summary(r->to, &r->totals, r->colour);
	fprintf(r->to, "Project ");
	clean_to(r->to, r->project);
	fprintf(r->to, ", %s.\n", when);
	fputs("\"At the target\" means that the target's server acknowledged the message (copied) or that it was "
	      "found\n"
	      "there (adopted, merged). 'mailvan verify' reads every copy back.\n",
	      r->to);
}

static const struct table_column folder_columns[] = {
	{ "  Folder", false }, { "Target folder", false }, { "Source", true },	 { "Copied", true },
	{ "Adopted", true },   { "Merged", true },	   { "Skipped", true },	 { "Failed", true },
	{ "Vanished", true },  { "Pending", true },	   { "Remark", false }, { NULL, false },
};

static void mailbox(struct report *r) {
	const struct mailbox_row *row = &r->row;
	char verdict[400], note[ERR_TEXT_MAX + 64];
	fputc('\n', r->to);
	clean_to(r->to, row->source);
	fputs(" -> ", r->to);
	clean_to(r->to, row->target);
	fprintf(r->to, ": %s%s%s", tone_on(state_tone(row->state), r->colour), mailbox_state_name(row->state),
		tone_off(state_tone(row->state), r->colour));
	row_note(note, sizeof note, row);
	if (*note) {
		fputs(". ", r->to);
		clean_to(r->to, note);
	}
	fputc('\n', r->to);
	if (row->weak) {
		fprintf(r->to, "  %sWEAK CONNECTION%s: clear text, a certificate taken on your word, or old TLS (",
			tone_on(TONE_BAD, r->colour), tone_off(TONE_BAD, r->colour));
		clean_to(r->to, row->source_server);
		fputs(" to ", r->to);
		clean_to(r->to, *row->target_server ? row->target_server : "no target");
		fputs(")\n", r->to);
	}
	report_verdict(verdict, sizeof verdict, &row->counts, !mailbox_through(row->state));
	fprintf(r->to, "  %s\n", verdict);
	if (row->dropped_keywords)
		fprintf(r->to, "  %" PRIu64 " keyword settings could not be kept by the target.\n",
			row->dropped_keywords);
	r->table = table_new(folder_columns);
	r->no_memory |= !r->table;
}

static void folder(struct report *r, const struct folder_row *row) {
	char name[1100], n[8][24], remark[ERR_TEXT_MAX + 32];
	snprintf(name, sizeof name, "  %s", row->source);
	for (size_t i = 0; i < 8; i++)
		text_count(n[i], sizeof n[i], counts_member(&row->counts, i));
	snprintf(remark, sizeof remark, "%s%s%s", row->skipped ? "left out" : row->renamed ? "renamed" : "",
		 (row->skipped || row->renamed) && *row->note ? ": " : "", row->note);
	const struct table_cell cells[] = {
		{ name, TONE_PLAIN }, { row->target, row->renamed ? TONE_WARN : TONE_PLAIN },
		{ n[0], TONE_PLAIN }, { n[1], TONE_PLAIN },
		{ n[2], TONE_PLAIN }, { n[3], TONE_PLAIN },
		{ n[4], TONE_PLAIN }, { n[5], row->counts.failed ? TONE_BAD : TONE_PLAIN },
		{ n[6], TONE_PLAIN }, { n[7], TONE_PLAIN },
		{ remark, TONE_PLAIN },
	};
	if (!r->table || !table_add(r->table, cells))
		r->no_memory = true;
	r->folders++;
}

/* The folders come before the failures, so the table can go out with the first of them. */
static void flush_folders(struct report *r) {
	if (r->table && r->folders)
		table_print(r->table, r->to, r->colour);
	table_free(r->table);
	r->table = NULL;
}

static void failure(struct report *r, const struct failure_row *row) {
	static const char *const states[MSG_STATE_COUNT] = { [MSG_FAILED] = "failed", [MSG_SKIPPED] = "skipped",
							     [MSG_VANISHED] = "vanished" };
	if (!r->failures++) {
		flush_folders(r);
		fputs("  Not copied:\n", r->to);
	}
	const char *state = (unsigned)row->state < MSG_STATE_COUNT && states[row->state] ? states[row->state] : "other";
	fprintf(r->to, "  - %s: ", state);
	clean_to(r->to, row->folder);
	if (*row->uidl) {
		fputs(" UIDL ", r->to);
		clean_to(r->to, row->uidl);
	} else {
		fprintf(r->to, " UID %" PRIu32, row->uid);
	}
	const struct {
		const char *before, *text, *after;
	} parts[] = { { ", \"", row->subject, "\"" }, { ", from ", row->from, "" }, { ", ", row->date, "" } };
	for (size_t i = 0; i < sizeof parts / sizeof *parts; i++) {
		if (!*parts[i].text)
			continue;
		fputs(parts[i].before, r->to);
		clean_to(r->to, parts[i].text);
		fputs(parts[i].after, r->to);
	}
	if (row->size) {
		char bytes[24];
		text_bytes(bytes, sizeof bytes, row->size);
		fprintf(r->to, ", %s", bytes);
	}
	fprintf(r->to, "\n    %s: ", err_cat_name(row->cat));
	clean_to(r->to, row->text);
	fputc('\n', r->to);
}

static void end(struct report *r, bool ok) {
	(void)ok;
	table_free(r->table);
}

const struct report_format_ops report_text = { begin, mailbox, folder, failure, flush_folders, end };
