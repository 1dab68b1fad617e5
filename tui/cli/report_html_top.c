/* SPDX-License-Identifier: MIT
 *
 * report_html_top.c - the first page of the certificate: verdict, facts, the sums.
 */
#include <inttypes.h>
#include <string.h>

#include "tui/cli/html.h"
#include "tui/cli/report_formats.h"

void html_number_cell(FILE *to, uint64_t n, const char *class) {
	char text[24];
	text_count(text, sizeof text, n);
	fprintf(to, "<td class=\"n%s%s\">%s</td>", class ? " " : "", class ? class : "", text);
}

void html_count_heads(FILE *to) {
	static const char *const heads[] = { "Source", "Copied", "Adopted", "Merged", "Skipped", "Failed", "Vanished",
					     "Pending" };
	for (size_t i = 0; i < sizeof heads / sizeof *heads; i++)
		html_element(to, "th", "n", heads[i]);
}

void html_count_cells(FILE *to, const struct counts *c) {
	for (size_t i = 0; counts_names[i]; i++) {
		uint64_t n = counts_member(c, i);
		html_number_cell(to, n, i == 0 ? "sum" : n && strcmp(counts_names[i], "failed") == 0 ? "bad" : NULL);
	}
}

static void fact(struct report *r, const char *label, const char *text, const char *class) {
	if (!*text)
		return;
	fputs("<tr>", r->to);
	html_element(r->to, "th", NULL, label);
	html_element(r->to, "td", class, text);
	fputs("</tr>\n", r->to);
}

static void verdict(struct report *r) {
	static const char *const classes[] = { [GRADE_NOTHING] = "open", [GRADE_UNFINISHED] = "open",
					       [GRADE_GAPS] = "gaps", [GRADE_COMPLETE] = "good",
					       [GRADE_VERIFIED] = "good" };
	enum report_grade grade = survey_grade(&r->survey);
	fprintf(r->to, "<section class=\"verdict %s\">", classes[grade]);
	html_element(r->to, "p", "grade", grade_text(grade));
	html_element(r->to, "p", "words", r->verdict);
	html_element(r->to, "p", NULL, r->verified);
	fputs("</section>\n", r->to);
}

static void facts(struct report *r) {
	const struct report_survey *v = &r->survey;
	char first[64], last[64], text[700];
	fputs("<table class=\"facts\"><tbody>\n", r->to);
	for (size_t i = 0; i < SURVEY_SERVERS && v->servers[i].mailboxes; i++) {
		const struct server_pair *p = &v->servers[i];
		snprintf(text, sizeof text, "%s to %s, %" PRIu64 " mailbox%s", p->source,
			 *p->target ? p->target : "no target yet", p->mailboxes, p->mailboxes == 1 ? "" : "es");
		fact(r, i ? "" : "From and to", text, NULL);
	}
	if (v->other_servers) {
		snprintf(text, sizeof text, "other servers, %" PRIu64 " mailboxes", v->other_servers);
		fact(r, "", text, NULL);
	}
	moment_text(first, sizeof first, v->first);
	moment_text(last, sizeof last, v->last);
	snprintf(text, sizeof text, "%s%s%s", first, *last ? " to " : "", last);
	fact(r, "Moved", text, NULL);
	survey_throughput(text, sizeof text, v);
	fact(r, "Throughput", text, NULL);
	at_target_percent(text, sizeof text, &v->totals.counts, v->missing, v->removed);
	if (*text && v->removed)
		snprintf(text + strlen(text), sizeof text - strlen(text), " of what was not removed on request");
	fact(r, "At the target", text, NULL);
	repair_totals_text(text, sizeof text, &r->repairs);
	fact(r, "Repaired", text, "warn");
	if (v->weak) {
		snprintf(text, sizeof text,
			 "%" PRIu64 " mailbox%s: clear text, old TLS, or a certificate that only the "
			 "operator vouched for (named below)",
			 v->weak, v->weak == 1 ? "" : "es");
		fact(r, "Weak connections", text, "bad");
	}
	if (v->renamed_folders) {
		snprintf(text, sizeof text, "%" PRIu64, v->renamed_folders);
		fact(r, "Folders renamed", text, NULL);
	}
	if (v->dropped_keywords) {
		snprintf(text, sizeof text, "%" PRIu64 " that the target cannot store", v->dropped_keywords);
		fact(r, "Flags and keywords dropped", text, NULL);
	}
	for (size_t i = 0; i < r->setting_count; i++)
		fact(r, r->settings[i].label, r->settings[i].text, r->settings[i].weak ? "bad" : NULL);
	moment_text(text, sizeof text, r->now);
	fact(r, "This report", text, NULL);
	fact(r, "Made with", "mailvan " MAILVAN_VERSION, NULL);
	fact(r, "Project", r->project, NULL);
	fputs("</tbody></table>\n", r->to);
}

static void identity(struct report *r) {
	const struct counts *c = &r->survey.totals.counts;
	char n[24];
	fputs("<h2>Accounting</h2>\n<p class=\"dim\">Every message that was ever found at the source is in exactly one "
	      "column: source = copied + adopted + merged + skipped + failed + vanished + pending. Copied is what the "
	      "target acknowledged; adopted and merged were found there.</p>\n<table><thead><tr>",
	      r->to);
	html_element(r->to, "th", NULL, "Mailboxes");
	html_count_heads(r->to);
	fputs("</tr></thead><tbody><tr>", r->to);
	text_count(n, sizeof n, r->survey.totals.mailboxes);
	html_element(r->to, "td", NULL, n);
	html_count_cells(r->to, c);
	fputs("</tr></tbody></table>\n", r->to);
	if (!counts_hold(c))
		html_element(r->to, "p", "bad", "THIS DOES NOT ADD UP: report it, and verify.");
}

void report_html_begin(struct report *r) {
	html_begin(r->to, "Reconciliation certificate");
	fputs("<h1>Mailbox migration: reconciliation certificate</h1>\n", r->to);
	verdict(r);
	facts(r);
	identity(r);
}
