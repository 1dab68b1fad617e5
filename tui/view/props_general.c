/* SPDX-License-Identifier: MIT
 *
 * props_general.c - the General tab: where from, where to, how far, and the accounting identity.
 */
#include <stdio.h>
#include <string.h>

#include "tui/cli/report_survey.h"
#include "tui/cli/rows.h"
#include "tui/tables/figures.h"
#include "tui/view/frame.h"
#include "tui/view/props.h"

/* Lines are written to a grid (g) or only counted (g NULL). */
struct pen {
	struct grid *g;
	struct rect in;
	size_t top, line;
};

#define LABEL_W 17

static int pen_y(const struct pen *p) {
	if (!p->g || p->line < p->top || p->line - p->top >= (size_t)p->in.h)
		return -1;
	return p->in.y + (int)(p->line - p->top);
}

static void row(struct pen *p, enum style st, const char *label, const char *value) {
	char clean[ERR_TEXT_MAX + 64];
	int y = pen_y(p);
	text_sanitise(clean, sizeof clean, value, strlen(value));
	if (y >= 0) {
		grid_text(p->g, p->in.x, y, LABEL_W - 1, ST_DIALOG_DIM, label);
		grid_text(p->g, p->in.x + LABEL_W, y, p->in.w - LABEL_W, st, clean);
	}
	p->line++;
}

static void gap(struct pen *p) { p->line++; }

/* A sentence in full, over as many lines as it needs. */
static void sentence(struct pen *p, enum style st, const char *label, const char *text) {
	char clean[ERR_TEXT_MAX + 64];
	const char *rest = clean;
	text_sanitise(clean, sizeof clean, text, strlen(text));
	int w = p->in.w - LABEL_W, n = frame_wrap(NULL, 0, 0, w, 8, st, rest), y = pen_y(p);
	int room = y >= 0 ? p->in.y + p->in.h - y : 0;
	if (y >= 0) {
		grid_text(p->g, p->in.x, y, LABEL_W - 1, ST_DIALOG_DIM, label);
		frame_wrap(p->g, p->in.x + LABEL_W, y, w, room < 8 ? room : 8, st, rest);
	}
	p->line += (size_t)(n > 0 ? n : 1);
}

static void ends(struct pen *p, const struct mailbox_row *m) {
	char text[IDENTITY_MAX + 320];
	snprintf(text, sizeof text, "%s  (%s)", m->source, m->source_server);
	row(p, ST_DIALOG_STRONG, "Source", text);
	snprintf(text, sizeof text, "%s  (%s)", m->target,
		 *m->target_server ? m->target_server : "no target server yet");
	row(p, ST_DIALOG_STRONG, "Target", text);
	row(p, ST_DIALOG, "Batch", *m->batch ? m->batch : "none");
	row(p, ST_DIALOG, "Protocol", proto_name(m->proto));
	if (m->weak)
		row(p, ST_DIALOG_BAD, "! Connection", "not encrypted, not checked, or old TLS on one side");
}

static void progress(struct pen *p, const struct mailbox_row *m) {
	char text[120], a[40], b[40];
	unsigned permille = figure_permille(&m->counts, state_settled(m->state));
	row(p, ST_DIALOG_STRONG, "State", state_text(m->state));
	figure_percent(text, sizeof text, permille);
	int y = pen_y(p), bar = p->in.w - LABEL_W - 8 < 40 ? p->in.w - LABEL_W - 8 : 40;
	if (y >= 0 && bar > 4) {
		grid_text(p->g, p->in.x, y, LABEL_W - 1, ST_DIALOG_DIM, "Done");
		frame_bar(p->g, p->in.x + LABEL_W, y, bar, true, permille);
		grid_text(p->g, p->in.x + LABEL_W + bar + 1, y, 7, ST_DIALOG_STRONG, text);
	}
	p->line++;
	text_bytes(a, sizeof a, m->bytes_copied);
	text_bytes(b, sizeof b, m->bytes_source);
	snprintf(text, sizeof text, "%s of %s", a, b);
	row(p, ST_DIALOG, "Bytes", text);
	figure_rate(a, sizeof a, m->rate_bytes);
	eta_text(b, sizeof b, m->eta_s);
	if (mailbox_state_active(m->state) && *a) {
		snprintf(text, sizeof text, "%s, %.0f messages/s%s%s", a, m->rate_messages, *b ? ", ETA " : "", b);
		row(p, ST_DIALOG, "Rate", text);
	}
	figure_time(a, sizeof a, m->started);
	figure_time(b, sizeof b, m->finished);
	snprintf(text, sizeof text, "%s, finished %s", a, b);
	row(p, ST_DIALOG, "Started", m->started ? text : "never");
}

/* The identity as a sum, so that it can be checked by eye. */
static void identity(struct pen *p, const struct counts *c) {
	char n[32];
	for (size_t i = 0; counts_names[i]; i++) {
		char label[32], value[64];
		text_count(n, sizeof n, counts_member(c, i));
		snprintf(label, sizeof label, "%s %s", i == 0 ? "Messages" : i == 1 ? "  =" : "  +", counts_names[i]);
		snprintf(value, sizeof value, "%12s", n);
		bool bad = i > 0 && strcmp(counts_names[i], "failed") == 0 && counts_member(c, i);
		row(p, bad ? ST_DIALOG_BAD : i ? ST_DIALOG : ST_DIALOG_STRONG, label, value);
	}
	if (!counts_hold(c))
		row(p, ST_DIALOG_BAD, "! Sum", "does not add up: run \"mailvan verify\" and report it");
}

static void troubles(struct pen *p, const struct props *props) {
	const struct mailbox_row *m = &props->row;
	static const char *const tests[] = { "never tested", "waiting", "connecting", "OK", "failed" };
	char text[ERR_TEXT_MAX + 64], when[32];
	figure_time(when, sizeof when, m->tested);
	snprintf(text, sizeof text, "%s%s%s%s%s", tests[m->test], *m->test_text ? ": " : "", m->test_text,
		 m->tested ? ", " : "", m->tested ? when : "");
	sentence(p, m->test == TEST_BAD ? ST_DIALOG_BAD : ST_DIALOG, "Connection test", text);
	mailbox_verified(text, sizeof text, m, &props->look, props->looked);
	sentence(p, props->stands && props->look.gaps ? ST_DIALOG_BAD : ST_DIALOG, "Verification", text);
	if (*m->error) {
		bool wrong = m->error_cat != ERR_NONE;
		row_error(text, sizeof text, m);
		sentence(p, wrong ? ST_DIALOG_BAD : ST_DIALOG, wrong ? "Last error" : "Note", text);
	}
	if (m->throttled_until) {
		figure_time(when, sizeof when, m->throttled_until);
		row(p, ST_DIALOG_BAD, m->state == MBOX_THROTTLED ? "Throttled until" : "Waits until", when);
	}
	if (m->renamed_folders) {
		snprintf(text, sizeof text, "%llu, named in the Folders tab", (unsigned long long)m->renamed_folders);
		row(p, ST_DIALOG, "Renamed folders", text);
	}
	if (m->dropped_keywords) {
		snprintf(text, sizeof text, "%llu that the target can't keep", (unsigned long long)m->dropped_keywords);
		row(p, ST_DIALOG, "Keywords", text);
	}
}

static void warnings(struct pen *p, const struct props *props) {
	for (size_t i = 0; i < props->warning_count; i++)
		sentence(p, ST_DIALOG_BAD, i ? "" : "Warning", props->warnings[i]);
}

static void write_all(struct pen *p, const struct props *props) {
	const struct mailbox_row *m = &props->row;
	ends(p, m);
	gap(p);
	progress(p, m);
	gap(p);
	troubles(p, props);
	warnings(p, props);
	gap(p);
	identity(p, &m->counts);
}

static size_t general_lines(const struct props *p) {
	struct pen pen = { .in = { 0, 0, 70, 0 } };
	write_all(&pen, p);
	return pen.line;
}

static void general_draw(const struct props *p, struct grid *g, struct rect in, size_t top) {
	struct pen pen = { g, in, top, 0 };
	write_all(&pen, p);
}

const struct props_tab props_general = { "General", general_lines, general_draw };
