/* SPDX-License-Identifier: MIT
 *
 * report.c - walks the mailboxes once; each format is a set of four functions.
 */
#include "tui/cli/report.h"

#include <inttypes.h>
#include <string.h>
#include <time.h>

#include "tui/cli/report_formats.h"
#include "tui/cli/rows.h"

void report_verdict(char *dst, size_t size, const struct counts *counts, uint64_t unfinished) {
	static const char *const why[] = { "skipped by a rule", "failed", "vanished from the source", "not tried yet" };
	const uint64_t n[] = { counts->skipped, counts->failed, counts->vanished, counts->pending };
	char at[24], all[24], missing[24], one[24];
	uint64_t gone = counts->source - counts_at_target(counts);
	struct buf text;
	buf_init(&text, size - 1);
	text_count(at, sizeof at, counts_at_target(counts));
	text_count(all, sizeof all, counts->source);
	text_count(missing, sizeof missing, gone);
	if (counts->source == 0)
		buf_puts(&text, "No messages are known yet.");
	else if (gone == 0 && unfinished == 0)
		buf_printf(&text, "All %s messages are at the target.", all);
	else if (gone == 0)
		buf_printf(&text, "The %s messages known so far are at the target.", all);
	else
		buf_printf(&text, "%s of %s messages%s are at the target. %s %s not copied:", at, all,
			   unfinished ? " known so far" : "", missing, gone == 1 ? "was" : "were");
	bool first = true;
	for (size_t i = 0; counts->source && gone && i < sizeof n / sizeof *n; i++) {
		if (!n[i])
			continue;
		text_count(one, sizeof one, n[i]);
		buf_printf(&text, "%s %s %s", first ? "" : ",", one, why[i]);
		first = false;
	}
	if (!first)
		buf_putc(&text, '.');
	/* What a mailbox holds is not known before it is through: never "all" because of what was not looked at. */
	text_count(one, sizeof one, unfinished);
	if (unfinished)
		buf_printf(&text, " %s mailbox%s not finished: there may be more in %s.", one,
			   unfinished == 1 ? " has" : "es have", unfinished == 1 ? "it" : "them");
	text_copy(dst, size, text.data ? text.data : "");
	buf_free(&text);
}

static bool each_folder(void *arg, const struct folder_row *row) {
	struct report *r = arg;
	r->format->folder(r, row);
	return true;
}

static bool each_failure(void *arg, const struct failure_row *row) {
	struct report *r = arg;
	r->format->failure(r, row);
	return true;
}

static bool one_mailbox(struct report *r, struct store *s, int64_t id, struct err *e) {
	if (!mailbox_get(s, id, &r->row, e))
		return false;
	r->format->mailbox(r);
	r->folders = r->failures = 0;
	if (!mailbox_folders(s, id, each_folder, r, e) || !mailbox_failures(s, id, each_failure, r, e))
		return false;
	r->format->mailbox_end(r);
	return true;
}

bool report_write(struct store *s, const struct selection *sel, enum report_format format, FILE *to, bool colour,
		  struct err *e) {
	static const struct report_format_ops *const formats[] = { &report_text, &report_json, &report_csv };
	struct report r = { .format = formats[format], .to = to, .colour = colour, .project = store_dir(s) };
	if (sel->filter.id_count && !mailboxes_totals(s, &sel->filter, &r.totals, e))
		return false;
	r.now = wall_ms();
	report_verdict(r.verdict, sizeof r.verdict, &r.totals.counts, totals_unfinished(&r.totals));
	r.format->begin(&r);
	bool ok = true;
	for (size_t i = 0; ok && i < sel->filter.id_count; i++)
		ok = one_mailbox(&r, s, sel->ids[i], e);
	r.format->end(&r, ok);
	if (ok && r.no_memory)
		return err_nomem(e);
	if (ok && (fflush(to) != 0 || ferror(to)))
		return err_errno(e, ERR_LOCAL_DISK, "Cannot write the report");
	return ok;
}
