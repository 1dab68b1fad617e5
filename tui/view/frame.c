/* SPDX-License-Identifier: MIT
 *
 * frame.c - borders, scroll marks and progress bars, drawn the same everywhere.
 */
#include "tui/view/frame.h"

#include <stdio.h>
#include <string.h>

#include "core/base/text.h"
#include "tui/term/utf8.h"

void frame_box(struct grid *g, struct rect r, enum style st, enum style title_st, const char *title) {
	if (r.w < 2 || r.h < 2)
		return;
	int right = r.x + r.w - 1, bottom = r.y + r.h - 1;
	for (int x = r.x + 1; x < right; x++) {
		grid_text(g, x, r.y, 1, st, "─");
		grid_text(g, x, bottom, 1, st, "─");
	}
	for (int y = r.y + 1; y < bottom; y++) {
		grid_text(g, r.x, y, 1, st, "│");
		grid_text(g, right, y, 1, st, "│");
	}
	grid_text(g, r.x, r.y, 1, st, "┌");
	grid_text(g, right, r.y, 1, st, "┐");
	grid_text(g, r.x, bottom, 1, st, "└");
	grid_text(g, right, bottom, 1, st, "┘");
	if (*title && r.w > 6) {
		grid_text(g, r.x + 1, r.y, 1, title_st, " ");
		int used = grid_text(g, r.x + 2, r.y, r.w - 5, title_st, title);
		grid_text(g, r.x + 2 + used, r.y, 1, title_st, " ");
	}
}

struct rect frame_dialog(struct grid *g, int w, int h, const char *title) {
	if (w > g->w - 6)
		w = g->w; /* no slivers of the panes beside it */
	if (h > g->h - 2)
		h = g->h > 12 ? g->h - 2 : g->h; /* the title and key bar stay */
	struct rect r = { (g->w - w) / 2, (g->h - h) / 2, w, h };
	grid_fill(g, r, ST_DIALOG);
	if (w < 12 || h < 5)
		return r;
	frame_box(g, r, ST_DIALOG_DIM, ST_DIALOG_STRONG, title);
	return (struct rect){ r.x + 2, r.y + 1, r.w - 4, r.h - 2 };
}

void frame_scroll(struct grid *g, struct rect box, enum style st, uint64_t top, uint64_t shown, uint64_t total) {
	char first[24], last[24], all[24], text[80];
	if (total <= shown || shown == 0 || box.h < 4 || box.w < 20)
		return;
	text_count(first, sizeof first, top + 1);
	text_count(last, sizeof last, top + shown > total ? total : top + shown);
	text_count(all, sizeof all, total);
	snprintf(text, sizeof text, " %s–%s of %s ", first, last, all);
	int w = grid_cells(g, text);
	if (w < box.w - 4)
		grid_text(g, box.x + box.w - 2 - w, box.y + box.h - 1, w, st, text);
	int track = box.h - 2;
	int size = (int)((uint64_t)track * shown / total);
	size = size < 1 ? 1 : size;
	int at = (int)((uint64_t)(track - size) * top / (total - shown));
	for (int i = 0; i < size && at + i < track; i++)
		grid_text(g, box.x + box.w - 1, box.y + 1 + at + i, 1, st, "┃");
}

void frame_bar(struct grid *g, int x, int y, int w, bool in_dialog, unsigned permille) {
	unsigned halves = (unsigned)w * 2 * (permille > 1000 ? 1000 : permille) / 1000;
	for (int i = 0; i < w; i++) {
		unsigned here = halves > 2 ? 2 : halves;
		halves -= here;
		if (here)
			grid_text(g, x + i, y, 1, in_dialog ? ST_DIALOG_BAR : ST_BAR, here == 2 ? "━" : "╸");
		else
			grid_text(g, x + i, y, 1, in_dialog ? ST_DIALOG_BAR_REST : ST_BAR_REST, g->ascii ? "." : "─");
	}
}

/* Bytes of text that make the next line of at most w cells; *skip: bytes of blanks behind it. */
static size_t next_line(const char *text, int w, size_t *skip) {
	const char *p = text, *blank = NULL;
	int cells = 0;
	*skip = 0;
	while (*p && *p != '\n') {
		const char *at = p;
		uint32_t cp = utf8_next(&p);
		int cw = utf8_width(cp);
		cells += cw < 0 ? 1 : cw;
		if (cells > w) {
			const char *end = blank && blank > text ? blank : at > text ? at : p;
			*skip = end == blank ? 1 : 0;
			return (size_t)(end - text);
		}
		if (cp == ' ')
			blank = at;
	}
	*skip = *p == '\n' ? 1 : 0;
	return (size_t)(p - text);
}

static int wrap(struct grid *g, int x, int y, int w, int skip_lines, int max_lines, bool ellipsis, enum style st,
		const char *text) {
	int lines = 0;
	while (*text && lines < max_lines && w > 0) {
		char line[1024];
		size_t skip, n = next_line(text, w, &skip);
		size_t keep = n < sizeof line ? n : sizeof line - 1;
		memcpy(line, text, keep);
		line[keep] = '\0';
		text += n + skip;
		if (skip_lines-- > 0)
			continue;
		bool last = ellipsis && lines + 1 == max_lines;
		if (last && *text && keep + 4 < sizeof line)
			memcpy(line + keep, "…", sizeof "…");
		if (g)
			grid_text(g, x, y + lines, w, st, line);
		lines++;
	}
	return lines;
}

int frame_wrap(struct grid *g, int x, int y, int w, int max_lines, enum style st, const char *text) {
	return wrap(g, x, y, w, 0, max_lines, true, st, text);
}

int frame_lines(struct grid *g, int x, int y, int w, int skip, int max_lines, enum style st, const char *text) {
	return wrap(g, x, y, w, skip, max_lines, false, st, text);
}

/* Cells before and behind a label: fewer where the row is short. */
static int button_pad(const struct grid *g, struct rect in, const char *const *labels, size_t n) {
	int w = 0;
	for (size_t i = 0; i < n; i++)
		w += labels[i] ? grid_cells(g, labels[i]) + 5 : 0;
	return w > in.w ? 1 : 2;
}

void frame_buttons(struct grid *g, struct rect in, const char *const *labels, size_t n, size_t focus) {
	int pad = button_pad(g, in, labels, n), y = in.y + in.h - 1, x = in.x + in.w;
	for (size_t i = 0; i < n; i++) {
		if (!labels[i])
			continue;
		int w = grid_cells(g, labels[i]) + 2 * pad;
		enum style st = i == focus ? ST_BUTTON_FOCUS : ST_BUTTON;
		x -= w + 1;
		grid_fill(g, (struct rect){ x, y, w, 1 }, st);
		grid_text(g, x + pad, y, w - pad, st, labels[i]);
		if (i == focus) {
			grid_text(g, x, y, 1, st, "[");
			grid_text(g, x + w - 1, y, 1, st, "]");
		}
	}
}

int frame_button_at(const struct grid *g, struct rect in, const char *const *labels, size_t n, int x, int y) {
	int pad = button_pad(g, in, labels, n), left = in.x + in.w;
	for (size_t i = 0; y == in.y + in.h - 1 && i < n; i++) {
		if (!labels[i])
			continue;
		int w = grid_cells(g, labels[i]) + 2 * pad;
		left -= w + 1;
		if (x >= left && x < left + w)
			return (int)i;
	}
	return -1;
}
