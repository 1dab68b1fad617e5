/* SPDX-License-Identifier: MIT
 *
 * report.c - gathers what the formats write: the survey first, then mailbox by mailbox.
 */
#include "tui/cli/report.h"

#include <inttypes.h>
#include <string.h>

#include "tui/cli/report_formats.h"

static void verdict_reasons(struct buf *text, const struct counts *c, uint64_t missing, uint64_t removed) {
	static const char *const why[] = { "left out on purpose", "failed", "vanished from the source",
					   "not tried yet" };
	const uint64_t n[] = { c->skipped, c->failed, c->vanished - removed, c->pending };
	char one[24];
	bool first = true;
	for (size_t i = 0; i < sizeof n / sizeof *n; i++) {
		if (!n[i])
			continue;
		text_count(one, sizeof one, n[i]);
		buf_printf(text, "%s %s %s", first ? "" : ",", one, why[i]);
		first = false;
	}
	if (!first)
		buf_putc(text, '.');
	if (removed) {
		text_count(one, sizeof one, removed);
		buf_printf(text,
			   removed == 1 ? " %s was copied, and its copy removed on request (--sync-deletes)."
					: " %s were copied, and their copies removed on request (--sync-deletes).",
			   one);
	}
	if (missing) {
		text_count(one, sizeof one, missing);
		buf_printf(text, missing == 1 ? " %s was copied, but missing there when it was looked for."
					      : " %s were copied, but missing there when they were looked for.",
			   one);
	}
}

void report_verdict(char *dst, size_t size, const struct counts *counts, uint64_t missing, uint64_t removed,
		    uint64_t unfinished) {
	char at[24], all[24], out[24], one[24];
	struct buf text;
	if (removed > counts->vanished)
		removed = counts->vanished;
	uint64_t gone = counts->source - counts_at_target(counts) - removed;
	if (missing > counts_at_target(counts))
		missing = counts_at_target(counts);
	buf_init(&text, size - 1);
	text_count(at, sizeof at, counts_at_target(counts) - missing);
	text_count(all, sizeof all, counts->source);
	text_count(out, sizeof out, gone);
	if (counts->source == 0)
		buf_puts(&text, "No messages are known yet.");
	else if (gone + missing + removed == 0 && unfinished == 0)
		buf_printf(&text, "All %s messages are at the target.", all);
	else if (gone + missing + removed == 0)
		buf_printf(&text, "The %s messages known so far are at the target.", all);
	else
		buf_printf(&text, "%s of %s messages%s are at the target.", at, all, unfinished ? " known so far" : "");
	if (gone)
		buf_printf(&text, " %s %s not there:", out, gone == 1 ? "is" : "are");
	verdict_reasons(&text, counts, missing, removed);
	/* What a mailbox holds is not known before it is through: never "all" because of what was not looked at. */
	text_count(one, sizeof one, unfinished);
	if (unfinished)
		buf_printf(&text, " %s mailbox%s not finished: there may be more in %s.", one,
			   unfinished == 1 ? " has" : "es have", unfinished == 1 ? "it" : "them");
	text_copy(dst, size, text.data ? text.data : "");
	buf_free(&text);
}

static bool was_removed(const struct failure_row *row) {
	return row->state == MSG_VANISHED && strncmp(row->text, REMOVED_REASON, strlen(REMOVED_REASON)) == 0;
}

const char *failure_state(const struct failure_row *row) {
	static const char *const states[MSG_STATE_COUNT] = { [MSG_FAILED] = "failed", [MSG_SKIPPED] = "skipped",
							     [MSG_VANISHED] = "vanished",
							     [MSG_PENDING] = "pending", [MSG_INTENT] = "pending" };
	if (was_removed(row))
		return "removed";
	return (unsigned)row->state < MSG_STATE_COUNT && states[row->state] ? states[row->state] : "other";
}

const char *failure_remedy(const struct failure_row *row) {
	if (was_removed(row))
		return "None: its copy was removed on request.";
	if (row->state == MSG_PENDING || row->state == MSG_INTENT)
		return ""; /* it is the mailbox's */
	return row->state == MSG_SKIPPED ? "None: it was left out on purpose." : err_cat_remedy(row->cat);
}

static bool each_folder(void *arg, const struct folder_row *row) {
	struct report *r = arg;
	r->format->folder(r, row);
	r->written++;
	return true;
}

static bool each_failure(void *arg, const struct failure_row *row) {
	struct report *r = arg;
	if (row->state == MSG_SKIPPED && r->skipped++ >= ALIKE_NAMED_MAX && r->format->gaps_first)
		return true;
	if (was_removed(row) && r->gone++ >= ALIKE_NAMED_MAX && r->format->gaps_first)
		return true;
	r->format->failure(r, row);
	r->written++;
	return true;
}

static bool each_pending(void *arg, const struct failure_row *row) {
	struct report *r = arg;
	if (r->pending++ >= ALIKE_NAMED_MAX && r->format->gaps_first)
		return false;
	r->format->failure(r, row);
	r->written++;
	return true;
}

/* Of a mailbox that is at its end, whatever that was: of one under way they are what it is doing. */
static bool pending_parts(struct report *r, struct err *e) {
	uint64_t all = r->row.counts.pending;
	if (all == 0 || !(mailbox_through(r->row.state) || r->row.state == MBOX_FAILED))
		return true;
	if (!mailbox_pending(r->store, r->row.id, each_pending, r, e))
		return false;
	if (r->format->gaps_first && all > ALIKE_NAMED_MAX)
		r->format->more(r, all - ALIKE_NAMED_MAX, "not tried yet");
	return true;
}

static bool each_difference(void *arg, const struct difference_row *row) {
	struct report *r = arg;
	r->format->difference(r, row);
	r->written++;
	return true;
}

static bool each_alarm(void *arg, const struct alarm_row *row) {
	struct report *r = arg;
	r->format->alarm(r, row);
	r->written++;
	return true;
}

static bool each_repaired(void *arg, const struct repaired_row *row) {
	struct report *r = arg;
	r->format->repaired(r, row);
	r->written++;
	return true;
}

static bool differs(const struct report *r) {
	return r->looked && r->look.gaps > r->look.not_copied && verification_stands(&r->row, &r->look);
}

static void list_end(struct report *r, const char *list) {
	if (r->format->list_end)
		r->format->list_end(r, list, r->written > 0);
	r->written = 0;
}

static bool mailbox_parts(struct report *r, struct err *e) {
	const struct counts *c = &r->row.counts;
	int64_t id = r->row.id;
	r->written = r->skipped = r->gone = r->pending = 0;
	if (c->failed + c->skipped + c->vanished > 0 && !mailbox_failures(r->store, id, each_failure, r, e))
		return false;
	if (r->format->gaps_first && r->skipped > ALIKE_NAMED_MAX)
		r->format->more(r, r->skipped - ALIKE_NAMED_MAX, "that a rule left out");
	if (r->format->gaps_first && r->gone > ALIKE_NAMED_MAX)
		r->format->more(r, r->gone - ALIKE_NAMED_MAX, "whose copies were removed on request");
	if (!pending_parts(r, e))
		return false;
	list_end(r, "failures");
	if (differs(r) && !verification_differences(r->store, id, each_difference, r, e))
		return false;
	list_end(r, "differences");
	if (!mailbox_alarms(r->store, id, each_alarm, r, e))
		return false;
	list_end(r, "warnings");
	if (!mailbox_repairs(r->store, id, each_repaired, r, e))
		return false;
	list_end(r, "repaired");
	return true;
}

static bool load(struct report *r, int64_t id, struct err *e) {
	r->removed = 0;
	return mailbox_get(r->store, id, &r->row, e) && verification_get(r->store, id, &r->look, &r->looked, e) &&
	       (!r->row.counts.vanished || removals_count(r->store, id, &r->removed, e));
}

static bool set_true(void *arg, const struct alarm_row *row) {
	(void)row;
	*(bool *)arg = true;
	return false;
}

static bool set_true_repaired(void *arg, const struct repaired_row *row) {
	(void)row;
	*(bool *)arg = true;
	return false;
}

/* Is there anything in it that a person should look at? */
static bool has_gaps(struct report *r, bool *yes, struct err *e) {
	const struct mailbox_row *m = &r->row;
	*yes = m->error[0] || m->counts.failed || m->counts.skipped || m->counts.vanished || differs(r) ||
	       (m->ever_run && m->counts.pending) || !counts_hold(&m->counts);
	return *yes || (mailbox_alarms(r->store, m->id, set_true, yes, e) &&
			(*yes || mailbox_repairs(r->store, m->id, set_true_repaired, yes, e)));
}

static bool one_gaps(struct report *r, int64_t id, struct err *e) {
	bool yes;
	if (!load(r, id, e) || !has_gaps(r, &yes, e))
		return false;
	if (!yes)
		return true;
	r->format->gaps(r);
	return mailbox_parts(r, e);
}

static bool one_mailbox(struct report *r, int64_t id, struct err *e) {
	bool gaps = true;
	if (!load(r, id, e))
		return false;
	if (r->format->gaps_first && r->survey.totals.mailboxes > FOLDER_TABLES_MAX && !has_gaps(r, &gaps, e))
		return false;
	r->folders = gaps;
	r->format->mailbox(r);
	r->written = 0;
	if (r->folders && !mailbox_folders(r->store, id, each_folder, r, e))
		return false;
	r->format->folders_end(r);
	if (!r->format->gaps_first && !mailbox_parts(r, e))
		return false;
	r->format->mailbox_end(r);
	r->mailboxes++;
	return true;
}

static bool all_mailboxes(struct report *r, const struct selection *sel,
			  bool one(struct report *, int64_t, struct err *), struct err *e) {
	for (size_t i = 0; i < sel->filter.id_count; i++)
		if (!one(r, sel->ids[i], e) || ferror(r->to))
			return ferror(r->to) ? err_errno(e, ERR_LOCAL_DISK, "Cannot write the report") : false;
	return true;
}

static bool write_all(struct report *r, const struct selection *sel, struct err *e) {
	const struct report_format_ops *f = r->format;
	if (f->gaps_first) {
		f->gaps_begin(r);
		if (!all_mailboxes(r, sel, one_gaps, e))
			return false;
		f->gaps_end(r);
	}
	f->tables_begin(r);
	return all_mailboxes(r, sel, one_mailbox, e);
}

bool report_write(struct store *s, const struct selection *sel, enum report_format format, FILE *to, bool colour,
		  struct err *e) {
	static const struct report_format_ops *const formats[] = { &report_text, &report_json, &report_csv,
								   &report_html };
	struct report r = { .format = formats[format], .store = s, .to = to, .colour = colour, .project = store_dir(s),
			    .now = wall_ms() };
	struct report_survey *v = &r.survey;
	if (!survey_take(s, sel, v, e) || !settings_read(&r, e) ||
	    (sel->filter.id_count && !repairs_totals(s, &sel->filter, &r.repairs, e)))
		return false;
	report_verdict(r.verdict, sizeof r.verdict, &v->totals.counts, v->missing, v->removed,
		       totals_unfinished(&v->totals));
	survey_verified(r.verified, sizeof r.verified, v);
	r.format->begin(&r);
	bool ok = write_all(&r, sel, e);
	r.format->end(&r, ok);
	table_free(r.table);
	if (ok && r.no_memory)
		return err_nomem(e);
	if (ok && (fflush(to) != 0 || ferror(to)))
		return err_errno(e, ERR_LOCAL_DISK, "Cannot write the report");
	return ok;
}

bool report_write_file(struct store *s, const struct selection *sel, enum report_format format, const char *path,
		       bool replace, struct err *e) {
	FILE *to = fopen(path, replace ? "we" : "wxe");
	if (!to)
		return err_errno(e, ERR_INPUT, "Cannot write %s", path);
	/* A spreadsheet takes a file without a byte-order mark for the local 8-bit charset. */
	if (format == REPORT_CSV)
		fputs("\xef\xbb\xbf", to);
	bool ok = report_write(s, sel, format, to, false, e);
	if (ferror(to))
		err_prefix(e, "%s", path);
	if (fclose(to) != 0 && ok)
		ok = err_errno(e, ERR_LOCAL_DISK, "Cannot write %s", path);
	return ok;
}
