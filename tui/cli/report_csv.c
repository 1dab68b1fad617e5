/* SPDX-License-Identifier: MIT
 *
 * report_csv.c - one table: a row per mailbox, per folder, per message that was not simply copied, per difference and
 * warning. Spreadsheets want one kind of row: the record column says which.
 */
#include <string.h>

#include "tui/cli/csv.h"
#include "tui/cli/report_formats.h"

static const char *const header[] = {
	"record",	 "id",	     "source",	"target",     "batch",	  "state",    "folder",	      "target_folder",
	"source_messages", "copied", "adopted", "merged",     "skipped",  "failed",   "vanished",     "pending",
	"bytes_source",	 "bytes_copied", "uid", "uidl",	      "subject",  "from",     "date",	      "size",
	"category",	 "remark",   "message_id", "remedy",  "verified_level", "verified_at", NULL,
};

static void begin(struct report *r) { csv_header(r->to, header); }

/* What every record starts with. */
static void lead(struct report *r, const char *record, const char *state, const char *folder,
		 const char *target_folder) {
	csv_text(r->to, record), csv_comma(r->to);
	csv_number(r->to, (uint64_t)r->row.id), csv_comma(r->to);
	const char *const texts[] = { r->row.source, r->row.target, r->row.batch, state, folder, target_folder };
	for (size_t i = 0; i < sizeof texts / sizeof *texts; i++)
		csv_text(r->to, texts[i]), csv_comma(r->to);
}

static void empty(struct report *r, unsigned n) {
	while (n--)
		csv_comma(r->to);
}

static void sums(struct report *r, const struct counts *c, uint64_t bytes_source, uint64_t bytes_copied) {
	for (size_t i = 0; counts_names[i]; i++)
		csv_number(r->to, counts_member(c, i)), csv_comma(r->to);
	csv_number(r->to, bytes_source), csv_comma(r->to);
	csv_number(r->to, bytes_copied), csv_comma(r->to);
}

/* What names one message, and what is said of it; ends the record. size UINT64_MAX = unknown. */
struct message {
	uint32_t uid;
	const char *uidl, *subject, *from, *date;
	uint64_t size;
	const char *category, *remark, *message_id, *remedy;
};

static void message(struct report *r, const struct message *m) {
	empty(r, 10);
	csv_number(r->to, m->uid), csv_comma(r->to);
	const char *const texts[] = { m->uidl, m->subject, m->from, m->date };
	for (size_t i = 0; i < sizeof texts / sizeof *texts; i++)
		csv_text(r->to, texts[i]), csv_comma(r->to);
	if (m->size != UINT64_MAX)
		csv_number(r->to, m->size);
	csv_comma(r->to);
	const char *const more[] = { m->category, m->remark, m->message_id, m->remedy };
	for (size_t i = 0; i < sizeof more / sizeof *more; i++)
		csv_text(r->to, more[i]), csv_comma(r->to);
	csv_comma(r->to);
	csv_end(r->to);
}

static void mailbox(struct report *r) {
	const struct mailbox_row *row = &r->row;
	char note[ERR_TEXT_MAX + 64], when[64] = "";
	lead(r, "mailbox", mailbox_state_name(row->state), "", "");
	sums(r, &row->counts, row->bytes_source, row->bytes_copied);
	empty(r, 6);
	csv_text(r->to, row->error_cat == ERR_NONE ? "" : err_cat_name(row->error_cat)), csv_comma(r->to);
	snprintf(note, sizeof note, "%s%s%s", row->weak ? "weak connection" : "", row->weak && *row->error ? "; " : "",
		 row->error);
	csv_text(r->to, note), csv_comma(r->to);
	csv_text(r->to, ""), csv_comma(r->to);
	csv_text(r->to, *row->error ? err_cat_remedy(row->error_cat) : ""), csv_comma(r->to);
	/* A level that does not read back is not a verified one. */
	if (r->looked && verification_stands(row, &r->look)) {
		csv_number(r->to, (uint64_t)r->look.level);
		moment_text(when, sizeof when, r->look.at);
	}
	csv_comma(r->to);
	csv_text(r->to, when), csv_end(r->to);
}

static void folder(struct report *r, const struct folder_row *row) {
	lead(r, "folder", row->skipped ? "skipped" : row->renamed ? "renamed" : "", row->source, row->target);
	sums(r, &row->counts, row->bytes_source, row->bytes_copied);
	empty(r, 7);
	csv_text(r->to, row->note);
	empty(r, 4);
	csv_end(r->to);
}

static void failure(struct report *r, const struct failure_row *row) {
	lead(r, "message", failure_state(row), row->folder, "");
	message(r, &(struct message){ row->uid, row->uidl, row->subject, row->from, row->date, row->size,
				      err_cat_name(row->cat), row->text, row->message_id, failure_remedy(row) });
}

static void difference(struct report *r, const struct difference_row *row) {
	lead(r, "difference", row->kind, row->folder, "");
	message(r, &(struct message){ row->uid ? row->uid : row->dst_uid, "", row->subject, row->from, row->date,
				      row->size, "", row->text, row->message_id,
				      verify_kind_remedy(verify_kind_parse(row->kind)) });
}

static void alarm_row(struct report *r, const struct alarm_row *row) {
	lead(r, "warning", row->name, row->folder, "");
	message(r, &(struct message){ 0, "", "", "", "", UINT64_MAX, "", row->text, "", "" });
}

static void repaired(struct report *r, const struct repaired_row *row) {
	lead(r, "repaired", repair_name(row->rung), row->folder, "");
	message(r, &(struct message){ row->uid, row->uidl, row->subject, row->from, row->date, row->size, "",
				      repair_label(row->rung), "", "" });
}

static void nothing(struct report *r) { (void)r; }

static void end(struct report *r, bool ok) { (void)r, (void)ok; }

const struct report_format_ops report_csv = {
	.begin = begin, .failure = failure, .difference = difference, .alarm = alarm_row, .repaired = repaired,
	.tables_begin = nothing, .mailbox = mailbox, .folder = folder, .folders_end = nothing, .mailbox_end = nothing,
	.end = end,
};
