/* SPDX-License-Identifier: MIT
 *
 * columns.c - the table of columns of each list, and how they share its width.
 */
#include "tui/tables/columns.h"

#include <stdio.h>
#include <string.h>

#include "core/base/text.h"
#include "tui/cli/rows.h"
#include "tui/tables/figures.h"
#include "tui/tables/record_looks.h"

static void foreign(char dst[COLUMN_TEXT_MAX], const char *s) { text_sanitise(dst, COLUMN_TEXT_MAX, s, strlen(s)); }

/* Nothing was counted yet: blank says that better than a row of zeros. */
static bool unknown(const struct mailbox_row *m) { return m->counts.source == 0 && !state_settled(m->state); }

static void mailbox_name(const struct list_row *r, char dst[COLUMN_TEXT_MAX]) { foreign(dst, r->mailbox->source); }

static void mailbox_target(const struct list_row *r, char dst[COLUMN_TEXT_MAX]) { foreign(dst, r->mailbox->target); }

static void mailbox_state(const struct list_row *r, char dst[COLUMN_TEXT_MAX]) {
	text_copy(dst, COLUMN_TEXT_MAX, state_text(r->mailbox->state));
}

static enum style mailbox_state_style(const struct list_row *r) { return state_style(r->mailbox->state); }

static void mailbox_messages(const struct list_row *r, char dst[COLUMN_TEXT_MAX]) {
	if (!unknown(r->mailbox))
		figure_messages(dst, COLUMN_TEXT_MAX, &r->mailbox->counts);
}

static void mailbox_done(const struct list_row *r, char dst[COLUMN_TEXT_MAX]) {
	if (!unknown(r->mailbox))
		figure_percent(dst, COLUMN_TEXT_MAX,
			       figure_permille(&r->mailbox->counts, state_settled(r->mailbox->state)));
}

static void bytes_of(char dst[COLUMN_TEXT_MAX], uint64_t copied, uint64_t source) {
	char a[24], b[24];
	text_bytes(a, sizeof a, copied);
	text_bytes(b, sizeof b, source);
	snprintf(dst, COLUMN_TEXT_MAX, "%s/%s", a, b);
}

static void mailbox_bytes(const struct list_row *r, char dst[COLUMN_TEXT_MAX]) {
	if (!unknown(r->mailbox))
		bytes_of(dst, r->mailbox->bytes_copied, r->mailbox->bytes_source);
}

static void mailbox_rate(const struct list_row *r, char dst[COLUMN_TEXT_MAX]) {
	if (r->mailbox->state == MBOX_COPYING)
		figure_rate(dst, COLUMN_TEXT_MAX, r->mailbox->rate_bytes);
}

static void mailbox_eta(const struct list_row *r, char dst[COLUMN_TEXT_MAX]) {
	if (mailbox_state_active(r->mailbox->state))
		eta_text(dst, COLUMN_TEXT_MAX, r->mailbox->eta_s);
}

/* One sentence: why it does not go on, or what the last connection test said. */
static void mailbox_note(const struct list_row *r, char dst[COLUMN_TEXT_MAX]) {
	const struct mailbox_row *m = r->mailbox;
	char raw[COLUMN_TEXT_MAX];
	if (m->throttled_until) {
		row_note(raw, sizeof raw, m);
	} else if (m->test == TEST_WANTED || m->test == TEST_RUNNING) {
		text_copy(raw, sizeof raw, m->test == TEST_WANTED ? "Test: waiting" : "Test: connecting");
	} else if (m->test == TEST_BAD && m->tested >= m->finished) {
		snprintf(raw, sizeof raw, "Test: %s", m->test_text);
	} else if (*m->error) {
		row_note(raw, sizeof raw, m);
	} else if (m->test == TEST_OK && m->tested >= m->finished) {
		snprintf(raw, sizeof raw, "Test: OK%s%s", *m->test_text && strcmp(m->test_text, "OK") != 0 ? ", " : "",
			 strcmp(m->test_text, "OK") != 0 ? m->test_text : "");
	} else {
		row_note(raw, sizeof raw, m);
	}
	foreign(dst, raw);
}

static enum style mailbox_note_style(const struct list_row *r) {
	const struct mailbox_row *m = r->mailbox;
	if (m->throttled_until)
		return ST_WARN;
	if (m->test == TEST_BAD || (*m->error && m->error_cat != ERR_NONE))
		return ST_BAD;
	return m->test == TEST_OK ? ST_GOOD : ST_DIM;
}

static void batch_name(const struct list_row *r, char dst[COLUMN_TEXT_MAX]) { foreign(dst, r->batch->name); }

static void batch_mailboxes(const struct list_row *r, char dst[COLUMN_TEXT_MAX]) {
	text_count(dst, COLUMN_TEXT_MAX, r->batch->totals.mailboxes);
}

static void batch_running(const struct list_row *r, char dst[COLUMN_TEXT_MAX]) {
	uint64_t n = 0;
	for (int s = 0; s < MBOX_STATE_COUNT; s++)
		n += mailbox_state_active((enum mailbox_state)s) ? r->batch->totals.by_state[s] : 0;
	text_count(dst, COLUMN_TEXT_MAX, n);
}

static void batch_synced(const struct list_row *r, char dst[COLUMN_TEXT_MAX]) {
	text_count(dst, COLUMN_TEXT_MAX, r->batch->totals.by_state[MBOX_SYNCED]);
}

static uint64_t batch_bad(const struct list_row *r) {
	return r->batch->totals.by_state[MBOX_FAILED] + r->batch->totals.by_state[MBOX_SYNCED_WITH_GAPS];
}

static void batch_failed(const struct list_row *r, char dst[COLUMN_TEXT_MAX]) {
	text_count(dst, COLUMN_TEXT_MAX, batch_bad(r));
}

static enum style batch_failed_style(const struct list_row *r) { return batch_bad(r) ? ST_BAD : ST_TEXT; }

static void batch_messages(const struct list_row *r, char dst[COLUMN_TEXT_MAX]) {
	figure_messages(dst, COLUMN_TEXT_MAX, &r->batch->totals.counts);
}

static void batch_done(const struct list_row *r, char dst[COLUMN_TEXT_MAX]) {
	const struct mailbox_totals *t = &r->batch->totals;
	bool settled = t->mailboxes == t->by_state[MBOX_SYNCED] + t->by_state[MBOX_SYNCED_WITH_GAPS];
	figure_percent(dst, COLUMN_TEXT_MAX, figure_permille(&t->counts, settled));
}

static void batch_bytes(const struct list_row *r, char dst[COLUMN_TEXT_MAX]) {
	bytes_of(dst, r->batch->totals.bytes_copied, r->batch->totals.bytes_source);
}

static void batch_rate(const struct list_row *r, char dst[COLUMN_TEXT_MAX]) {
	figure_rate(dst, COLUMN_TEXT_MAX, r->batch->totals.rate_bytes);
}

static void batch_eta(const struct list_row *r, char dst[COLUMN_TEXT_MAX]) {
	eta_text(dst, COLUMN_TEXT_MAX, r->batch->totals.eta_s);
}

static const struct column mailbox_columns[] = {
	{ .title = "Mailbox", .name = "mailbox", .width = 16, .grow = 3, .sort = SORT_SOURCE, .text = mailbox_name },
	{ .title = "Target",
	  .name = "target",
	  .width = 22,
	  .grow = 1,
	  .rank = 7,
	  .min_list = 140,
	  .sort = SORT_TARGET,
	  .text = mailbox_target },
	{ .title = "State",
	  .name = "state",
	  .width = 14,
	  .rank = 0,
	  .sort = SORT_STATE,
	  .text = mailbox_state,
	  .style = mailbox_state_style },
	{ .title = "Messages",
	  .name = "messages",
	  .width = 13,
	  .right = true,
	  .rank = 2,
	  .sort = NO_SORT,
	  .text = mailbox_messages },
	{ .title = "Done",
	  .name = "done",
	  .width = 6,
	  .right = true,
	  .rank = 1,
	  .sort = SORT_DONE,
	  .text = mailbox_done,
	  .bar = true },
	{ .title = "Bytes",
	  .name = "bytes",
	  .width = 17,
	  .right = true,
	  .rank = 5,
	  .min_list = 100,
	  .sort = SORT_BYTES,
	  .text = mailbox_bytes },
	{ .title = "Rate",
	  .name = "rate",
	  .width = 11,
	  .right = true,
	  .rank = 3,
	  .min_list = 70,
	  .sort = SORT_RATE,
	  .text = mailbox_rate },
	{ .title = "ETA",
	  .name = "eta",
	  .width = 7,
	  .right = true,
	  .rank = 4,
	  .min_list = 80,
	  .sort = NO_SORT,
	  .text = mailbox_eta },
	{ .title = "Last error",
	  .name = "error",
	  .width = 18,
	  .grow = 4,
	  .rank = 6,
	  .min_list = 100, /* narrower: whole names are worth more, and errors stand in the empty cells of their row */
	  .sort = SORT_ERROR,
	  .text = mailbox_note,
	  .style = mailbox_note_style },
	{ .title = NULL },
};

static const struct column batch_columns[] = {
	{ .title = "Batch", .name = "batch", .width = 14, .grow = 3, .sort = NO_SORT, .text = batch_name },
	{ .title = "Mailboxes",
	  .name = "mailboxes",
	  .width = 9,
	  .right = true,
	  .sort = NO_SORT,
	  .text = batch_mailboxes },
	{ .title = "Running",
	  .name = "running",
	  .width = 7,
	  .right = true,
	  .rank = 3,
	  .sort = NO_SORT,
	  .text = batch_running },
	{ .title = "Synced",
	  .name = "synced",
	  .width = 6,
	  .right = true,
	  .rank = 2,
	  .sort = NO_SORT,
	  .text = batch_synced },
	{ .title = "Failed",
	  .name = "failed",
	  .width = 6,
	  .right = true,
	  .rank = 1,
	  .sort = NO_SORT,
	  .text = batch_failed,
	  .style = batch_failed_style },
	{ .title = "Copied",
	  .name = "copied",
	  .width = 6,
	  .right = true,
	  .rank = 1,
	  .sort = NO_SORT,
	  .text = batch_done,
	  .bar = true },
	{ .title = "Messages",
	  .name = "messages",
	  .width = 17,
	  .right = true,
	  .rank = 5,
	  .min_list = 75,
	  .sort = NO_SORT,
	  .text = batch_messages },
	{ .title = "Bytes",
	  .name = "bytes",
	  .width = 17,
	  .right = true,
	  .rank = 6,
	  .min_list = 90,
	  .sort = NO_SORT,
	  .text = batch_bytes },
	{ .title = "Rate",
	  .name = "rate",
	  .width = 11,
	  .right = true,
	  .rank = 4,
	  .min_list = 100,
	  .sort = NO_SORT,
	  .text = batch_rate },
	{ .title = "ETA",
	  .name = "eta",
	  .width = 7,
	  .right = true,
	  .rank = 4,
	  .min_list = 105,
	  .sort = NO_SORT,
	  .text = batch_eta },
	{ .title = NULL },
};

const struct column *columns_of(enum list_kind kind) {
	return kind == LIST_BATCHES ? batch_columns : mailbox_columns;
}

void column_text(const struct column *col, const struct list_row *row, char dst[COLUMN_TEXT_MAX]) {
	dst[0] = '\0';
	if (row->record)
		text_copy(dst, COLUMN_TEXT_MAX, row->record->cells[col->sort]);
	else
		col->text(row, dst);
}

enum style column_style(const struct column *col, const struct list_row *row) {
	if (row->record)
		return record_style(col->records, col->name, row->record->cells[col->sort]);
	return col->style ? col->style(row) : ST_TEXT;
}

#define BAR_CELLS 11

static int width_of(const struct column *col, int w) { return col->width + (col->bar && w >= 110 ? BAR_CELLS : 0); }

size_t columns_place(const struct column *all, int w, struct column_place out[COLUMNS_MAX]) {
	size_t n = 0;
	int used = 0, grow = 0;
	for (size_t i = 0; all[i].title && n < COLUMNS_MAX; i++)
		if (w >= all[i].min_list)
			out[n++] = (struct column_place){ .column = &all[i], .w = width_of(&all[i], w) };
	for (;;) { /* drop the least important until the rest fits */
		size_t worst = 0;
		used = -1;
		for (size_t i = 0; i < n; i++) {
			used += out[i].w + 1;
			if (out[i].column->rank >= out[worst].column->rank)
				worst = i;
		}
		if (used <= w || out[worst].column->rank == 0)
			break;
		memmove(&out[worst], &out[worst + 1], (n - worst - 1) * sizeof *out);
		n--;
	}
	for (size_t i = 0; i < n; i++)
		grow += out[i].column->grow;
	int spare = w > used ? w - used : 0, x = 0;
	for (size_t i = 0; i < n; i++) {
		if (out[i].column->grow) {
			int share = spare * out[i].column->grow / grow;
			spare -= share;
			grow -= out[i].column->grow;
			out[i].w += share;
		}
		out[i].x = x;
		x += out[i].w + 1;
	}
	return n;
}
