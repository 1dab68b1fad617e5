/* SPDX-License-Identifier: MIT
 *
 * report_html.c - the certificate as one page to read, print and hand over: no scripts, nothing from elsewhere.
 * Its top is in report_html_top.c.
 */
#include <inttypes.h>
#include <string.h>

#include "tui/cli/html.h"
#include "tui/cli/report_formats.h"

static const char *tone_class(enum tone tone) {
	return tone == TONE_BAD ? "bad" : tone == TONE_WARN ? "warn" : tone == TONE_GOOD ? "ok" : NULL;
}

/* ---- what is wrong ---- */

static void gaps_begin(struct report *r) {
	const struct report_survey *v = &r->survey;
	bool any = false;
	fputs("<h2>What needs attention</h2>\n", r->to);
	for (int i = 1; i < ERR_CAT_COUNT; i++) {
		if (!v->failed_by_category[i] && !v->mailboxes_by_category[i])
			continue;
		if (!any)
			fputs("<table><thead><tr><th>Cause</th><th class=\"n\">Messages</th><th "
			      "class=\"n\">Mailboxes</th>"
			      "<th>What to do</th></tr></thead><tbody>\n",
			      r->to);
		any = true;
		fputs("<tr>", r->to);
		html_element(r->to, "td", "bad", err_cat_name((enum err_cat)i));
		html_number_cell(r->to, v->failed_by_category[i], NULL);
		html_number_cell(r->to, v->mailboxes_by_category[i], NULL);
		html_element(r->to, "td", NULL, err_cat_remedy((enum err_cat)i));
		fputs("</tr>\n", r->to);
	}
	if (any)
		fputs("</tbody></table>\n", r->to);
	r->mailboxes = 0;
}

static void heading(struct report *r) {
	fputs("<h3>", r->to);
	html_text(r->to, r->row.source);
	fputs(" <span class=\"to\">to ", r->to);
	html_text(r->to, r->row.target);
	fputs("</span></h3>\n", r->to);
}

static void remedy(struct report *r, const char *text) {
	if (*text)
		html_element(r->to, "span", "remedy", text);
}

static void gaps(struct report *r) {
	const struct mailbox_row *row = &r->row;
	char note[ERR_TEXT_MAX + 64], n[64], count[24];
	r->mailboxes++;
	heading(r);
	fputs("<p>", r->to);
	html_element(r->to, "span", tone_class(state_tone(row->state)), mailbox_state_name(row->state));
	row_note(note, sizeof note, row);
	if (*note) {
		fputs(". ", r->to);
		html_text(r->to, note);
	}
	if (row->counts.pending) {
		text_count(count, sizeof count, row->counts.pending);
		snprintf(n, sizeof n, ". %s message%s not tried yet", count, row->counts.pending == 1 ? "" : "s");
		html_text(r->to, n);
	}
	fputs("</p>\n", r->to);
	if (*row->error) {
		fputs("<p>", r->to);
		remedy(r, err_cat_remedy(row->error_cat));
		fputs("</p>\n", r->to);
	}
}

static void gaps_end(struct report *r) {
	if (r->mailboxes == 0)
		html_element(r->to, "p", NULL, "Nothing that is known of.");
	r->mailboxes = 0;
}

/* What names a message; then its reason and what to do. */
struct item {
	const char *state, *class, *folder, *uid, *date, *from, *subject, *message_id;
	uint64_t size; /* UINT64_MAX: unknown */
	const char *reason, *remedy;
};

static void open_list(struct report *r, const char *title) {
	if (r->written)
		return;
	html_element(r->to, "p", "dim", title);
	fputs("\n<ol class=\"items\">\n", r->to);
}

static void detail(struct report *r, const char *before, const char *text, const char *class) {
	if (!*text)
		return;
	fputs(before, r->to);
	html_element(r->to, "span", class, text);
}

static void message(struct report *r, const struct item *m) {
	char bytes[24] = "";
	if (m->size != UINT64_MAX && m->size)
		text_bytes(bytes, sizeof bytes, m->size);
	fputs(m->class ? "<li>" : "<li class=\"note\">", r->to);
	html_element(r->to, "span", m->class, m->state);
	detail(r, " ", *m->subject ? m->subject : "(subject not known)", *m->subject ? "subject" : "dim");
	fputs("<br/>", r->to);
	detail(r, "", m->folder, NULL);
	detail(r, " ", m->uid, "dim");
	detail(r, " · ", m->date, NULL);
	detail(r, " · from ", m->from, NULL);
	detail(r, " · ", bytes, NULL);
	detail(r, " · ", m->message_id, "id");
	detail(r, "<br/>", m->reason, NULL);
	if (*m->remedy) {
		fputs("<br/>", r->to);
		remedy(r, m->remedy);
	}
	fputs("</li>\n", r->to);
}

static void failure(struct report *r, const struct failure_row *row) {
	char uid[300], reason[ERR_TEXT_MAX + 64];
	if (*row->uidl)
		snprintf(uid, sizeof uid, "UIDL %s", row->uidl);
	else
		snprintf(uid, sizeof uid, "UID %" PRIu32, row->uid);
	snprintf(reason, sizeof reason, "%s: %s", err_cat_name(row->cat), row->text);
	open_list(r, "Not at the target");
	message(r, &(struct item){ failure_state(row), row->state == MSG_FAILED ? "bad" : NULL, row->folder, uid,
				   row->date, row->from, row->subject, row->message_id, row->size,
				   row->cat == ERR_NONE ? row->text : reason,
				   row->state == MSG_SKIPPED ? "" : failure_remedy(row) });
}

static void more(struct report *r, uint64_t n, const char *what) {
	fprintf(r->to, "<li class=\"note\">and %" PRIu64 " more %s; the CSV and JSON reports name each</li>\n", n,
		what);
}

static void difference(struct report *r, const struct difference_row *row) {
	char uid[64] = "", when[64], title[128];
	enum verify_kind kind = verify_kind_parse(row->kind);
	moment_text(when, sizeof when, r->look.at);
	snprintf(title, sizeof title, "Found by verification on %s, %" PRIu64 " in all", when,
		 r->look.gaps - r->look.not_copied);
	if (row->uid)
		snprintf(uid, sizeof uid, "UID %" PRIu32, row->uid);
	if (row->dst_uid)
		snprintf(uid + strlen(uid), sizeof uid - strlen(uid), "%starget UID %" PRIu32, row->uid ? ", " : "",
			 row->dst_uid);
	open_list(r, title);
	message(r, &(struct item){ row->kind, "bad", row->folder, uid, row->date, row->from, row->subject,
				   row->message_id, row->size, row->text, verify_kind_remedy(kind) });
}

static void alarm_item(struct report *r, const struct alarm_row *row) {
	open_list(r, "Warnings");
	fputs("<li class=\"note\">", r->to);
	html_element(r->to, "span", "warn", row->name);
	detail(r, " ", row->folder, NULL);
	detail(r, "<br/>", row->text, NULL);
	fputs("</li>\n", r->to);
}

static void repaired(struct report *r, const struct repaired_row *row) {
	char uid[32];
	snprintf(uid, sizeof uid, "UID %" PRIu32, row->uid);
	open_list(r, "At the target, but changed so that it could be stored");
	message(r, &(struct item){ repair_label(row->rung), NULL, row->folder, uid, row->date, row->from, row->subject,
				   "", row->size, "", "" });
}

static void list_end(struct report *r, const char *list, bool any) {
	(void)list;
	if (any)
		fputs("</ol>\n", r->to);
}

/* ---- the tables ---- */

static void tables_begin(struct report *r) {
	fputs("<h2 class=\"page\">Mailboxes and folders</h2>\n", r->to);
	if (r->survey.totals.mailboxes > FOLDER_TABLES_MAX)
		html_element(r->to, "p", "dim",
			     "Folders are listed for the mailboxes that need attention; the CSV and JSON reports have "
			     "all of them.");
}

static void weakness(struct report *r, const char *side, const char *server, const char *text) {
	if (!text || !*text)
		return;
	fprintf(r->to, "<p class=\"bad\">Weak connection to the %s ", side);
	html_text(r->to, server);
	fputs(": ", r->to);
	html_text(r->to, text);
	fputs("</p>\n", r->to);
}

static void mailbox(struct report *r) {
	const struct mailbox_row *row = &r->row;
	bool stands = r->looked && verification_stands(row, &r->look);
	char text[600], finished[64], time[32];
	heading(r);
	report_verdict(text, sizeof text, &row->counts, stands ? r->look.missing : 0, r->removed,
			    !mailbox_through(row->state));
	fputs("<p>", r->to);
	html_element(r->to, "span", tone_class(state_tone(row->state)), mailbox_state_name(row->state));
	moment_text(finished, sizeof finished, row->finished);
	detail(r, ", ", finished, NULL);
	detail(r, ". ", text, NULL);
	fputs("</p>\n", r->to);
	mailbox_verified(text, sizeof text, row, &r->look, r->looked);
	fputs("<p class=\"dim\">Verification: ", r->to);
	html_text(r->to, text);
	if (row->dropped_keywords)
		fprintf(r->to, ". %" PRIu64 " flags or keywords dropped", row->dropped_keywords);
	if (row->throttled_ms >= 1000) {
		eta_text(time, sizeof time, (int64_t)(row->throttled_ms / 1000));
		fprintf(r->to, ". Throttled for %s", time);
	}
	fputs("</p>\n", r->to);
	weakness(r, "source", row->source_server, row->source_weakness);
	weakness(r, "target", row->target_server, row->target_weakness);
	fputs("<table><thead><tr><th>Folder</th><th>At the target</th>", r->to);
	html_count_heads(r->to);
	fputs("<th>Remark</th></tr></thead><tbody>\n", r->to);
}

static void folder(struct report *r, const struct folder_row *row) {
	fputs("<tr>", r->to);
	html_element(r->to, "td", NULL, row->source);
	html_element(r->to, "td", row->renamed ? "warn" : NULL,
		     strcmp(row->source, row->target) ? row->target : "same");
	html_count_cells(r->to, &row->counts);
	fputs("<td>", r->to);
	if (row->skipped || row->renamed)
		html_element(r->to, "span", "warn", row->skipped ? "left out" : "renamed");
	if ((row->skipped || row->renamed) && *row->note)
		fputs(": ", r->to);
	html_text(r->to, row->note);
	fputs("</td></tr>\n", r->to);
}

static void folders_end(struct report *r) {
	fputs("</tbody><tfoot><tr><td class=\"sum\">Mailbox</td><td></td>", r->to);
	html_count_cells(r->to, &r->row.counts);
	fputs(counts_hold(&r->row.counts) ? "<td></td>" : "<td class=\"bad\">THIS DOES NOT ADD UP</td>", r->to);
	fputs("</tr></tfoot></table>\n", r->to);
}

static void nothing(struct report *r) { (void)r; }

static void end(struct report *r, bool ok) {
	if (!ok)
		html_element(r->to, "p", "bad", "THE REPORT BREAKS OFF HERE: it could not be read to its end.");
	fputs("<footer>\"At the target\" is what the target's server acknowledged or what was found there. Only what "
	      "was read back since is called verified. A message that failed, or that vanished from the source with "
	      "no copy at the target, is named above.</footer>\n",
	      r->to);
	html_end(r->to);
}

const struct report_format_ops report_html = {
	.gaps_first = true, .begin = report_html_begin, .gaps_begin = gaps_begin, .gaps = gaps, .gaps_end = gaps_end,
	.failure = failure, .more = more, .difference = difference, .alarm = alarm_item,
	.repaired = repaired, .list_end = list_end, .tables_begin = tables_begin, .mailbox = mailbox, .folder = folder,
	.folders_end = folders_end, .mailbox_end = nothing, .end = end,
};
