/* SPDX-License-Identifier: MIT
 *
 * overview.c - the project at a glance: progress, states, worker, target, and where to begin.
 */
#include <stdio.h>
#include <string.h>

#include "tui/cli/rows.h"
#include "tui/model/verify_view.h"
#include "tui/tables/figures.h"
#include "tui/view/frame.h"
#include "tui/view/screen.h"

struct pen {
	struct grid *g;
	struct rect in;
	int y;
};

static void line(struct pen *p, enum style st, const char *label, const char *value) {
	if (p->y >= p->in.y + p->in.h)
		return;
	grid_text(p->g, p->in.x + 1, p->y, 12, ST_DIM, label);
	grid_text(p->g, p->in.x + 14, p->y, p->in.w - 15, st, value);
	p->y++;
}

static void heading(struct pen *p, const char *text) {
	if (p->y > p->in.y)
		p->y++;
	if (p->y < p->in.y + p->in.h)
		grid_text(p->g, p->in.x + 1, p->y++, p->in.w - 2, ST_STRONG, text);
}

static bool everything_settled(const struct mailbox_totals *t) {
	return t->mailboxes && t->mailboxes == t->by_state[MBOX_SYNCED] + t->by_state[MBOX_SYNCED_WITH_GAPS];
}

static void draw_progress(const struct console *c, struct pen *p) {
	const struct mailbox_totals *t = &c->totals;
	char text[160], a[80], b[40], percent[16];
	unsigned permille = figure_permille(&t->counts, everything_settled(t));
	int bar = p->in.w - 10 < 60 ? p->in.w - 10 : 60;
	heading(p, "Progress");
	if (p->y < p->in.y + p->in.h && bar >= 10) {
		frame_bar(p->g, p->in.x + 1, p->y, bar, false, t->counts.source ? permille : 0);
		figure_percent(percent, sizeof percent, t->counts.source ? permille : 0);
		grid_text(p->g, p->in.x + 2 + bar, p->y++, 7, ST_STRONG, percent);
	}
	figure_messages(a, sizeof a, &t->counts);
	snprintf(text, sizeof text, "%s%s", a, everything_settled(t) ? "" : " counted so far");
	line(p, ST_TEXT, "Messages", text);
	text_bytes(a, sizeof a, t->bytes_copied);
	text_bytes(b, sizeof b, t->bytes_source);
	snprintf(text, sizeof text, "%s of %s", a, b);
	line(p, ST_TEXT, "Bytes", text);
	figure_rate(a, sizeof a, t->rate_bytes);
	eta_text(b, sizeof b, t->eta_s);
	if (*a) {
		snprintf(text, sizeof text, "%s%s%s", a, *b ? ", done in about " : "", b);
		line(p, ST_BUSY, "Rate", text);
	}
}

static void draw_states(const struct console *c, struct pen *p) {
	char count[32];
	heading(p, "Mailboxes");
	for (int s = 0; s < MBOX_STATE_COUNT && p->y < p->in.y + p->in.h; s++) {
		if (c->totals.by_state[s] == 0)
			continue;
		text_count(count, sizeof count, c->totals.by_state[s]);
		grid_text(p->g, p->in.x + 1, p->y, 16, state_style((enum mailbox_state)s),
			  state_text((enum mailbox_state)s));
		grid_text_right(p->g, p->in.x + 18, p->y++, 9, ST_TEXT, count);
	}
}

static void draw_place(const struct console *c, struct pen *p) {
	char text[400];
	heading(p, "Project");
	line(p, ST_TEXT, "Directory", c->home);
	snprintf(text, sizeof text, "%s%s", *c->target ? c->target : "not set: press T, or name it in the CSV",
		 c->target_weak ? "  ! not checked or not encrypted" : "");
	line(p, c->target_weak ? ST_BAD : ST_TEXT, "Target", text);
	bool waiting = !c->worker_live && totals_busy(&c->totals);
	if (c->worker_live)
		snprintf(text, sizeof text, "running on %s, pid %d, %u of %u mailboxes", c->worker.host, c->worker.pid,
			 c->worker.running, c->worker.jobs);
	else
		text_copy(text, sizeof text,
			  waiting ? "none, and mailboxes wait for one: g starts it" :
				    "none; it is started when there is work");
	line(p, waiting ? ST_BAD : ST_TEXT, "Worker", text);
	if (c->verify.id) {
		bool bad;
		verify_result_text(text, sizeof text, &c->verify, &bad);
		line(p, bad ? ST_BAD : ST_TEXT, "Verification", text);
	}
}

static void draw_start(struct pen *p) {
	static const char *const steps[] = {
		"a   add mailboxes from a CSV (or: mailvan add users.csv)",
		"T   say where mail goes, if the CSV does not",
		"t   test the connections, one login each",
		"g   migrate; q leaves, the migration goes on",
	};
	heading(p, "Getting started");
	for (size_t i = 0; i < sizeof steps / sizeof *steps && p->y < p->in.y + p->in.h; i++)
		grid_text(p->g, p->in.x + 1, p->y++, p->in.w - 2, ST_TEXT, steps[i]);
}

void draw_overview(const struct console *c, struct grid *g, struct rect in) {
	struct pen p = { g, in, in.y };
	if (c->totals.mailboxes) {
		draw_progress(c, &p);
		draw_states(c, &p);
	} else {
		draw_start(&p);
	}
	draw_place(c, &p);
}
