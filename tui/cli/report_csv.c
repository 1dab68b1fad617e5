/* SPDX-License-Identifier: MIT
 *
 * report_csv.c - one table: a row per mailbox, per folder and per message that was not copied.
 */
#include <string.h>

#include "tui/cli/csv.h"
#include "tui/cli/report_formats.h"

static const char *const header[] = {
	"record", "id",	    "source",  "target",   "batch",   "state",	"folder", "target_folder", "source_messages",
	"copied", "adopted", "merged", "skipped",  "failed",  "vanished", "pending", "bytes_source", "bytes_copied",
	"uid",	  "uidl",    "subject", "from",	   "date",    "size",	"category", "remark",	   NULL,
};

static void begin(struct report *r) { csv_header(r->to, header); }

/* The columns that every record starts with. */
static void lead(struct report *r, const char *record, const char *state, const char *folder,
		 const char *target_folder) {
	csv_text(r->to, record), csv_comma(r->to);
	csv_number(r->to, (uint64_t)r->row.id), csv_comma(r->to);
	const char *const texts[] = { r->row.source, r->row.target, r->row.batch, state, folder, target_folder };
	for (size_t i = 0; i < sizeof texts / sizeof *texts; i++)
		csv_text(r->to, texts[i]), csv_comma(r->to);
}

static void sums(struct report *r, const struct counts *c, uint64_t bytes_source, uint64_t bytes_copied) {
	for (size_t i = 0; counts_names[i]; i++)
		csv_number(r->to, counts_member(c, i)), csv_comma(r->to);
	csv_number(r->to, bytes_source), csv_comma(r->to);
	csv_number(r->to, bytes_copied), csv_comma(r->to);
}

static void empty(struct report *r, unsigned n) {
	while (n--)
		csv_comma(r->to);
}

static void mailbox(struct report *r) {
	const struct mailbox_row *row = &r->row;
	char note[ERR_TEXT_MAX + 64];
	lead(r, "mailbox", mailbox_state_name(row->state), "", "");
	sums(r, &row->counts, row->bytes_source, row->bytes_copied);
	empty(r, 6);
	csv_text(r->to, row->error_cat == ERR_NONE ? "" : err_cat_name(row->error_cat)), csv_comma(r->to);
	snprintf(note, sizeof note, "%s%s%s", row->weak ? "weak connection" : "", row->weak && *row->error ? "; " : "",
		 row->error);
	csv_text(r->to, note), csv_end(r->to);
}

static void folder(struct report *r, const struct folder_row *row) {
	lead(r, "folder", row->skipped ? "skipped" : row->renamed ? "renamed" : "", row->source, row->target);
	sums(r, &row->counts, row->bytes_source, row->bytes_copied);
	empty(r, 7);
	csv_text(r->to, row->note), csv_end(r->to);
}

static void failure(struct report *r, const struct failure_row *row) {
	lead(r, "message", row->state == MSG_FAILED ? "failed" : row->state == MSG_SKIPPED ? "skipped" : "vanished",
	     row->folder, "");
	empty(r, 10);
	csv_number(r->to, row->uid), csv_comma(r->to);
	const char *const texts[] = { row->uidl, row->subject, row->from, row->date };
	for (size_t i = 0; i < sizeof texts / sizeof *texts; i++)
		csv_text(r->to, texts[i]), csv_comma(r->to);
	csv_number(r->to, row->size), csv_comma(r->to);
	csv_text(r->to, err_cat_name(row->cat)), csv_comma(r->to);
	csv_text(r->to, row->text), csv_end(r->to);
}

static void mailbox_end(struct report *r) { (void)r; }

static void end(struct report *r, bool ok) { (void)r, (void)ok; }

const struct report_format_ops report_csv = { begin, mailbox, folder, failure, mailbox_end, end };
