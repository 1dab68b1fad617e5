/* SPDX-License-Identifier: MIT
 *
 * figures.c - numbers and states as an operator reads them.
 */
#include "tui/tables/figures.h"

#include <stdio.h>
#include <string.h>
#include <time.h>

#include "core/base/text.h"
#include "tui/cli/rows.h"

unsigned figure_permille(const struct counts *c, bool settled) {
	uint64_t left_out = c->skipped + c->vanished;
	uint64_t wanted = c->source > left_out ? c->source - left_out : 0, there = counts_at_target(c);
	bool complete = settled && c->pending == 0 && c->failed == 0;
	if (wanted == 0)
		return complete ? 1000 : 0;
	unsigned p = there >= wanted ? 1000 : (unsigned)((double)there / (double)wanted * 1000.0);
	return p > 999 && !complete ? 999 : p;
}

void figure_percent(char *dst, size_t size, unsigned permille) {
	snprintf(dst, size, "%u.%u%%", permille / 10, permille % 10);
}

void figure_messages(char *dst, size_t size, const struct counts *c) {
	char there[32], all[32];
	text_count(there, sizeof there, counts_at_target(c));
	text_count(all, sizeof all, c->source);
	snprintf(dst, size, "%s/%s", there, all);
}

void figure_rate(char *dst, size_t size, double bytes_per_s) {
	char n[32];
	if (bytes_per_s < 1) {
		text_copy(dst, size, "");
		return;
	}
	text_bytes(n, sizeof n, (uint64_t)bytes_per_s);
	snprintf(dst, size, "%s/s", n);
}

void figure_time(char *dst, size_t size, wall_ms_t t) {
	struct tm tm;
	time_t seconds = (time_t)(t / 1000);
	if (t <= 0)
		text_copy(dst, size, "never");
	else if (!localtime_r(&seconds, &tm) || !strftime(dst, size, "%Y-%m-%d %H:%M:%S", &tm))
		text_copy(dst, size, "?");
}

static const struct {
	const char *text; /* sign and word */
	enum style style;
} states[MBOX_STATE_COUNT] = {
	[MBOX_QUEUED] = { "○ Queued", ST_TEXT },
	[MBOX_CONNECTING] = { "· Connecting", ST_BUSY },
	[MBOX_COPYING] = { "► Copying", ST_BUSY },
	[MBOX_THROTTLED] = { "≈ Throttled", ST_WARN },
	[MBOX_PAUSED] = { "‖ Paused", ST_WARN },
	[MBOX_STOPPED] = { "□ Stopped", ST_DIM },
	[MBOX_SYNCED] = { "✓ Synced", ST_GOOD },
	[MBOX_SYNCED_WITH_GAPS] = { "± Synced, gaps", ST_WARN },
	[MBOX_FAILED] = { "× Failed", ST_BAD },
};

const char *state_text(enum mailbox_state s) { return (unsigned)s < MBOX_STATE_COUNT ? states[s].text : "?"; }
enum style state_style(enum mailbox_state s) { return (unsigned)s < MBOX_STATE_COUNT ? states[s].style : ST_BAD; }
bool state_settled(enum mailbox_state s) { return s == MBOX_SYNCED || s == MBOX_SYNCED_WITH_GAPS; }
