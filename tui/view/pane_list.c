/* SPDX-License-Identifier: MIT
 *
 * pane_list.c - the result list: header, rows and what an empty list says.
 */
#include <stdio.h>
#include <string.h>

#include "tui/tables/columns.h"
#include "tui/tables/figures.h"
#include "tui/view/frame.h"
#include "tui/view/screen.h"

#define GUTTER 2 /* mark and weak sign */

static void draw_header(const struct console *c, struct grid *g, struct rect in, const struct column_place *p,
			size_t n) {
	grid_fill(g, (struct rect){ in.x, in.y, in.w, 1 }, ST_HEADER);
	for (size_t i = 0; i < n; i++) {
		const struct column *col = p[i].column;
		bool sorted = list_sorted_by(&c->list, col);
		enum style st = sorted ? ST_HEADER_SORT : ST_HEADER;
		char text[64];
		snprintf(text, sizeof text, "%s%s", col->title, sorted ? (c->list.descending ? "▼" : "▲") : "");
		int x = in.x + GUTTER + p[i].x;
		if (col->right)
			grid_text_right(g, x, in.y, p[i].w, st, text);
		else
			grid_text(g, x, in.y, p[i].w, st, text);
	}
}

static void draw_done(const struct list_row *row, struct grid *g, int x, int y, int w, const char *text) {
	unsigned permille;
	int bar = w - 7;
	if (bar >= 6 && *text) {
		permille = row->mailbox ? figure_permille(&row->mailbox->counts, state_settled(row->mailbox->state)) :
					  figure_permille(&row->batch->totals.counts, false);
		frame_bar(g, x, y, bar, false, permille);
	}
	grid_text_right(g, x, y, w, ST_TEXT, text);
}

/* A row that has no figures yet says why in their place when the last column has no room. */
static bool draw_reason(const struct list_row *row, struct grid *g, int x, int y, int w) {
	const struct mailbox_row *m = row->mailbox;
	char note[COLUMN_TEXT_MAX] = "";
	if (!m || (m->counts.source > 0 && m->state != MBOX_FAILED))
		return false;
	const struct column *last = columns_of(LIST_MAILBOXES);
	while (last[1].title)
		last++;
	last->text(row, note);
	if (!*note)
		return false;
	grid_text(g, x, y, w, last->style(row), note);
	return true;
}

static void draw_row(struct grid *g, struct rect in, int y, const struct list_row *row, const struct column_place *p,
		     size_t n) {
	bool has_note = row->record || (n > 0 && p[n - 1].column->sort == SORT_ERROR);
	for (size_t i = 0; i < n; i++) {
		const struct column *col = p[i].column;
		char text[COLUMN_TEXT_MAX] = "";
		int x = in.x + GUTTER + p[i].x;
		if (i > 0 && p[i - 1].column->sort == SORT_STATE && !has_note &&
		    draw_reason(row, g, x, y, in.x + in.w - x))
			return;
		column_text(col, row, text);
		enum style st = column_style(col, row);
		if (col->bar)
			draw_done(row, g, x, y, p[i].w, text);
		else if (col->right)
			grid_text_right(g, x, y, p[i].w, st, text);
		else
			grid_text(g, x, y, p[i].w, st, text);
	}
}

static void draw_gutter(const struct console *c, struct grid *g, struct rect in, int y, const struct list_row *row) {
	int64_t id = row->mailbox ? row->mailbox->id : row->record ? row->record->id : 0;
	if (id && marks_has(&c->list.marks, id))
		grid_text(g, in.x, y, 1, ST_MARK, "■");
	if (row->mailbox && row->mailbox->weak)
		grid_text(g, in.x + 1, y, 1, ST_BAD, "!");
}

static void draw_empty(const struct console *c, struct grid *g, struct rect in) {
	const struct node_row *node = node_row(console_node(c));
	const struct record_list *records = c->list.records;
	char read[200];
	const char *text = node->empty ? node->empty : records ? records->empty : "";
	if (records && records->refresh && !node->empty) {
		snprintf(read, sizeof read, "%s Press F5 to read the list from the tenant.", records->empty);
		text = read;
	}
	if (list_filtered(&c->list))
		text = "Nothing matches. Esc shows all.";
	else if (c->list.records && !node->every_tenant && c->tenant.is.id == 0)
		text = NO_TENANT_TEXT;
	else if (c->list.records && c->list.records->refresh && tenant_reads(&c->tenant, c->list.records->refresh))
		text = "Being read from the tenant, in the background.";
	frame_wrap(g, in.x + 2, in.y + 2, in.w - 4, in.h - 2, ST_DIM, text);
}

static void list_title(const struct console *c, char *dst, size_t size) {
	char filter[LIST_TEXT_MAX], who[LIST_TEXT_MAX], age[80], inside[40] = "";
	text_sanitise(who, sizeof who, c->list.who, strlen(c->list.who));
	text_sanitise(filter, sizeof filter, c->list.text, strlen(c->list.text));
	tenant_age_text(age, sizeof age, c->tenant.read[console_node(c)], c->tenant.now);
	if (c->list.parent)
		snprintf(inside, sizeof inside, " · items of %lld", (long long)c->list.parent);
	snprintf(dst, size, "%s%s%s%s%s%s%s%s%s%s%s%s", console_node_title(c), inside,
		 *who ? " · " : "", who, *filter ? " · filter: " : "", filter,
		 c->list.errors_only ? " · errors only" : "", c->list.named ? " · " : "",
		 c->list.named ? c->list.named->title : "", *age ? " · " : "", age,
		 c->layout.single ? " · Tab: panes" : "");
}

static void draw_rows(const struct console *c, struct grid *g, struct rect in) {
	struct column_place places[COLUMNS_MAX];
	struct column made[COLUMNS_MAX + 1];
	bool focus = c->focus == PANE_LIST;
	size_t n = columns_place(list_columns(&c->list, made), in.w - GUTTER, places);
	draw_header(c, g, in, places, n);
	if (c->list.total == 0)
		draw_empty(c, g, in);
	for (int line = 0; line < in.h - 1 && c->list.top + (uint64_t)line < c->list.total; line++) {
		uint64_t index = c->list.top + (uint64_t)line;
		int y = in.y + 1 + line;
		struct list_row row = { .mailbox = list_row(&c->list, index), .record = list_line(&c->list, index) };
		if (c->list.kind == LIST_BATCHES && index < c->batch_count)
			row.batch = &c->batches[index];
		if (!row.mailbox && !row.batch && !row.record)
			break;
		draw_row(g, in, y, &row, places, n);
		draw_gutter(c, g, in, y, &row);
		if (index == c->list.cursor) {
			grid_restyle(g, (struct rect){ in.x, y, in.w, 1 }, focus ? ST_CURSOR : ST_CURSOR_IDLE);
			if (focus) {
				g->cursor_x = in.x + GUTTER;
				g->cursor_y = y;
			}
		}
	}
}

/* Actions apply to all of these, also to those that are out of sight or not in the filter. */
static void draw_marked(const struct console *c, struct grid *g, struct rect box) {
	char count[32];
	if (c->list.marks.count == 0 || box.h < 4 || box.w < 40)
		return;
	text_count(count, sizeof count, c->list.marks.count);
	grid_textf(g, box.x + 2, box.y + box.h - 1, 20, ST_MARK, " %s marked ", count);
}

void draw_list(const struct console *c, struct grid *g) {
	struct rect box = c->layout.panes[PANE_LIST], in = c->layout.inside[PANE_LIST];
	enum style edge = c->focus == PANE_LIST ? ST_BORDER_FOCUS : ST_BORDER;
	char title[IDENTITY_MAX + 2 * LIST_TEXT_MAX];
	if (box.w == 0)
		return;
	list_title(c, title, sizeof title);
	if (c->layout.borders)
		frame_box(g, box, edge, edge == ST_BORDER ? ST_DIM : ST_BORDER_FOCUS, title);
	if (c->list.kind == LIST_OVERVIEW) {
		draw_overview(c, g, in);
		return;
	}
	if (c->list.kind == LIST_TENANT) {
		draw_tenant(c, g, in);
		return;
	}
	draw_rows(c, g, in);
	if (!c->layout.borders)
		return;
	frame_scroll(g, box, edge, c->list.top, (uint64_t)(in.h > 1 ? in.h - 1 : 1), c->list.total);
	draw_marked(c, g, box);
}
