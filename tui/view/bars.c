/* SPDX-License-Identifier: MIT
 *
 * bars.c - title bar, description bar and key bar.
 */
#include <stdio.h>
#include <string.h>

#include "tui/cli/rows.h"
#include "tui/model/job.h"
#include "tui/model/verify_view.h"
#include "tui/tables/columns.h"
#include "tui/tables/figures.h"
#include "tui/view/dialog.h"
#include "tui/view/screen.h"

static uint64_t running(const struct mailbox_totals *t) {
	uint64_t n = 0;
	for (int s = 0; s < MBOX_STATE_COUNT; s++)
		n += mailbox_state_active((enum mailbox_state)s) ? t->by_state[s] : 0;
	return n;
}

struct title_part {
	enum style style;
	int rank; /* what does not fit goes, highest rank first */
	char text[64];
};
#define TITLE_PARTS 10

static struct title_part *part(struct title_part *p, enum style st, int rank, const char *text, const char *after) {
	p->style = st;
	p->rank = rank;
	snprintf(p->text, sizeof p->text, "%s%s", text, after);
	return p + 1;
}

static size_t title_parts(const struct console *c, struct title_part out[TITLE_PARTS]) {
	const struct mailbox_totals *t = &c->totals;
	struct title_part *p = out;
	char n[40], eta[48], worker[32];
	uint64_t active = running(t), bad = t->by_state[MBOX_FAILED], gaps = t->by_state[MBOX_SYNCED_WITH_GAPS];
	if (!c->worker_live && totals_busy(t)) {
		text_count(n, sizeof n, totals_busy(t));
		p = part(p, ST_TITLE_BAD, 1, n, " waiting");
	} else {
		text_count(n, sizeof n, active);
		p = part(p, active ? ST_TITLE_STRONG : ST_TITLE, 1, n, " running");
	}
	text_count(n, sizeof n, t->by_state[MBOX_SYNCED]);
	p = part(p, ST_TITLE, 2, n, " done");
	if (bad) {
		text_count(n, sizeof n, bad);
		p = part(p, ST_TITLE_BAD, 0, n, " failed");
	}
	if (gaps) {
		text_count(n, sizeof n, gaps);
		p = part(p, ST_TITLE_STRONG, 3, n, " with gaps");
	}
	figure_rate(n, sizeof n, t->rate_bytes);
	if (*n && active)
		p = part(p, ST_TITLE_STRONG, 4, n, "");
	memcpy(eta, "ETA ", 5);
	eta_text(eta + 4, sizeof eta - 4, t->eta_s);
	if (eta[4] && active)
		p = part(p, ST_TITLE, 5, eta, "");
	if (verify_run_open(&c->verify)) {
		char text[sizeof p->text];
		verify_title_text(text, sizeof text, &c->verify);
		p = part(p, ST_TITLE_STRONG, 1, text, "");
	}
	if (c->tenant.tasks_open) {
		char task[sizeof p->text];
		tenant_task_text(task, sizeof task, &c->tenant);
		p = part(p, ST_TITLE_STRONG, 1, task, "");
	}
	if (c->tenant.read_only && c->tenant.is.id)
		p = part(p, ST_TITLE_STRONG, 1, "read-only", "");
	snprintf(worker, sizeof worker, "worker: pid %d", c->worker.pid);
	p = part(p, ST_TITLE, 6, c->worker_live ? worker : "worker: none", "");
	return (size_t)(p - out);
}

void draw_title(const struct console *c, struct grid *g) {
	struct rect r = c->layout.title;
	struct title_part parts[TITLE_PARTS];
	if (r.h == 0)
		return;
	grid_fill(g, r, ST_TITLE);
	size_t n = title_parts(c, parts);
	int name = grid_cells(g, c->project) + 10, width;
	for (;;) {
		size_t worst = 0;
		width = 0;
		for (size_t i = 0; i < n; i++) {
			width += grid_cells(g, parts[i].text) + 2;
			if (parts[i].rank > parts[worst].rank)
				worst = i;
		}
		if (n <= 1 || width + (name < 22 ? name : 22) <= r.w)
			break;
		memmove(&parts[worst], &parts[worst + 1], (n - worst - 1) * sizeof *parts);
		n--;
	}
	int x = r.w - width + 1, left = 1 + grid_text(g, 1, r.y, x - 2, ST_TITLE_STRONG, "mailvan");
	grid_text(g, left + 2, r.y, x - left - 4, ST_TITLE, c->project);
	for (size_t i = 0; i < n; i++)
		x += grid_text(g, x, r.y, r.w - x, parts[i].style, parts[i].text) + 2;
}

/* What its columns may have cut. */
static void describe_record(const struct console *c, const struct record_line *line, char *dst, size_t size) {
	const struct record_list *l = c->list.records;
	size_t used = 0;
	dst[0] = '\0';
	for (size_t i = 0; i < l->column_count && used < size; i++)
		if (*line->cells[i] && l->columns[i].type == CELL_TEXT)
			used += (size_t)snprintf(dst + used, size - used, "%s%s", used ? " · " : "", line->cells[i]);
}

/* What the row under the cursor has to say, in full. */
static void describe_row(const struct console *c, char *dst, size_t size) {
	const struct mailbox_row *m = list_current(&c->list);
	const struct column *last = columns_of(LIST_MAILBOXES);
	char note[COLUMN_TEXT_MAX] = "", source[IDENTITY_MAX], target[IDENTITY_MAX];
	if (list_current_line(&c->list)) {
		describe_record(c, list_current_line(&c->list), dst, size);
		return;
	}
	if (!m) {
		text_copy(dst, size, node_row(tree_current(&c->tree)->kind)->help);
		return;
	}
	while (last[1].title)
		last++;
	last->text(&(struct list_row){ .mailbox = m }, note);
	text_sanitise(source, sizeof source, m->source, strlen(m->source));
	text_sanitise(target, sizeof target, m->target, strlen(m->target));
	if (*note)
		snprintf(dst, size, "%s: %s", source, note);
	else
		snprintf(dst, size, "%s → %s  %s", source, target, state_text(m->state));
}

static enum style describe(const struct console *c, char *dst, size_t size) {
	struct action_line lines[ACTION_LINES_MAX];
	size_t n;
	const char *why;
	if (*c->note) {
		text_copy(dst, size, c->note);
		return c->note_bad ? ST_STATUS_BAD : ST_STATUS;
	}
	if (job_label(c)) {
		snprintf(dst, size, "%s…", job_label(c));
		return ST_BUSY;
	}
	if (c->focus == PANE_ACTIONS && (n = action_lines(c, lines)) > c->action_cursor &&
	    lines[c->action_cursor].action) {
		const struct action *a = lines[c->action_cursor].action;
		why = action_blocked(c, a);
		snprintf(dst, size, "%s%s%s", a->help, why ? " Not now: " : "", why ? why : "");
		return ST_STATUS;
	}
	if (c->focus == PANE_TREE)
		text_copy(dst, size, node_row(tree_current(&c->tree)->kind)->help);
	else
		describe_row(c, dst, size);
	return ST_STATUS;
}

void draw_status(const struct console *c, struct grid *g) {
	struct rect r = c->layout.status;
	char text[NOTE_MAX + COLUMN_TEXT_MAX + IDENTITY_MAX];
	bool must = (*c->note || job_label(c)) && r.h == 0; /* a note is shown where no bar is, over the last row */
	if (r.h == 0 && !must)
		return;
	enum style st = describe(c, text, sizeof text);
	int y = must ? g->h - 1 : r.y;
	grid_fill(g, (struct rect){ 0, y, g->w, 1 }, ST_STATUS);
	grid_text(g, 1, y, g->w - 2, st, text);
}

size_t keybar_items(const struct console *c, const struct grid *g, struct keybar_item out[KEYBAR_MAX]) {
	size_t n = 0;
	int x = 0;
	for (size_t i = 0; i < actions_count() && n < KEYBAR_MAX; i++) {
		const struct action *a = action_at(i);
		char key[KEY_NAME_MAX];
		if (!(a->flags & ACT_BAR) || !action_here(a, console_node(c)))
			continue;
		key_label(key, a->keys[0]);
		int w = grid_cells(g, key) + grid_cells(g, a->brief) + 3;
		if (x + w > g->w)
			break;
		out[n++] = (struct keybar_item){ .action = a, .x = x, .w = w };
		x += w;
	}
	return n;
}

void draw_keybar(const struct console *c, struct grid *g) {
	struct rect r = c->layout.keys;
	struct keybar_item items[KEYBAR_MAX];
	if (r.h == 0)
		return;
	grid_fill(g, r, ST_KEYBAR);
	if (c->dialogs) {
		grid_text(g, 1, r.y, r.w - 2, ST_KEYBAR, c->dialogs->ops->keys);
		return;
	}
	size_t n = keybar_items(c, g, items);
	for (size_t i = 0; i < n; i++) {
		char key[KEY_NAME_MAX];
		key_label(key, items[i].action->keys[0]);
		int used = grid_text(g, items[i].x + 1, r.y, 8, ST_KEYBAR_KEY, key);
		grid_text(g, items[i].x + 2 + used, r.y, 20, ST_KEYBAR, items[i].action->brief);
	}
}
