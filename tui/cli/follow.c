/* SPDX-License-Identifier: MIT
 *
 * follow.c - remembers the states it has shown and tells the differences.
 */
#include "tui/cli/follow.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "tui/cli/rows.h"

#define REDRAW_MS 250
#define SUMMARY_MS 5000
#define WAITS_TOLD 10 /* of those that begin to wait at the same time, or wait already */
#define LIST_MS 1000 /* for changes of state; more when a list is long to read */

struct known {
	int64_t id;
	enum mailbox_state state;
	bool waits; /* in the queue, for a time; told */
};

struct follow {
	struct cli *c;
	struct store *s;
	const struct mailbox_filter *filter;
	bool terminal, colour, line_shown;
	bool first; /* this list is remembered, and who waits already is told */
	struct known *known; /* by id */
	size_t count, cap, at;
	bool failed;
	uint64_t waits, waits_more; /* told in this list, and left out */
	char doing[ERR_TEXT_MAX];   /* what a mailbox is busy with that moves no message; "" = none */
	uint64_t version, listed_version;
	mono_ms_t drawn, summed, listed, list_cost;
	struct mailbox_totals totals;
};

void follow_line(char *dst, size_t size, const struct mailbox_totals *t) {
	uint64_t running = 0;
	char done[24], all[24], percent[16], rate[24], eta[32];
	for (int i = 0; i < MBOX_STATE_COUNT; i++)
		if (mailbox_state_active((enum mailbox_state)i))
			running += t->by_state[i];
	text_count(done, sizeof done, counts_settled(&t->counts));
	text_count(all, sizeof all, t->counts.source);
	percent_text(percent, sizeof percent, &t->counts);
	text_bytes(rate, sizeof rate, t->rate_bytes > 0 ? (uint64_t)t->rate_bytes : 0);
	eta_text(eta, sizeof eta, t->eta_s);
	snprintf(dst, size,
		 "%" PRIu64 " running, %" PRIu64 " done, %" PRIu64 " failed, %" PRIu64 " waiting   %s/%s messages %s   "
		 "%s/s%s%s",
		 running, t->by_state[MBOX_SYNCED] + t->by_state[MBOX_SYNCED_WITH_GAPS], t->by_state[MBOX_FAILED],
		 t->by_state[MBOX_QUEUED], done, all, percent, rate, *eta ? "   ETA " : "", eta);
}

static void clear_line(struct follow *f) {
	if (f->line_shown)
		fputs("\r\033[K", f->c->err);
	f->line_shown = false;
}

void follow_say(struct follow *f, const char *sentence) {
	if (!f)
		return;
	clear_line(f);
	fprintf(f->c->err, "%s\n", sentence);
}

/* The line, and what a mailbox does beside moving messages. */
static void whole_line(const struct follow *f, char *dst, size_t size) {
	follow_line(dst, size, &f->totals);
	size_t n = strlen(dst);
	if (f->doing[0])
		snprintf(dst + n, size - n, "   %s", f->doing);
}

static void draw_line(struct follow *f) {
	char line[512];
	struct winsize w;
	size_t columns = 80;
	if (ioctl(fileno(f->c->err), TIOCGWINSZ, &w) == 0 && w.ws_col > 1)
		columns = w.ws_col;
	whole_line(f, line, sizeof line);
	/* ASCII only, so bytes are columns; the last column would wrap on some terminals. */
	if (strlen(line) >= columns)
		line[columns - 1] = 0;
	fprintf(f->c->err, "\r\033[K%s", line);
	fflush(f->c->err);
	f->line_shown = true;
}

static void show_change(struct follow *f, const struct mailbox_row *row) {
	char clean[IDENTITY_MAX * 2], done[24], all[24], note[ERR_TEXT_MAX + 64];
	enum tone tone = state_tone(row->state);
	clear_line(f);
	text_sanitise(clean, sizeof clean, row->source, strlen(row->source));
	fprintf(f->c->err, "%s: %s%s%s%s", clean, tone_on(tone, f->colour), mailbox_state_name(row->state),
		f->first ? " already" : "", tone_off(tone, f->colour));
	if (row->counts.source) {
		text_count(done, sizeof done, counts_at_target(&row->counts));
		text_count(all, sizeof all, row->counts.source);
		fprintf(f->c->err, ", %s of %s messages at the target", done, all);
	}
	row_note(note, sizeof note, row);
	fprintf(f->c->err, "%s%s\n", *note ? ". " : "", note);
}

static bool waits(const struct mailbox_row *row) { return row->state == MBOX_QUEUED && row->throttled_until; }

static bool remember(struct follow *f, const struct mailbox_row *row) {
	if (f->count == f->cap) {
		size_t cap = f->cap ? f->cap * 2 : 256;
		struct known *known = reallocarray(f->known, cap, sizeof *known);
		if (!known)
			return false;
		f->known = known;
		f->cap = cap;
	}
	memmove(f->known + f->at + 1, f->known + f->at, (f->count - f->at) * sizeof *f->known);
	f->known[f->at] = (struct known){ row->id, row->state, waits(row) };
	f->count++;
	return true;
}

/* Why, and until when, once: a thousand of one host wait for the same. */
static void show_wait(struct follow *f, const struct mailbox_row *row) {
	if (f->waits++ < WAITS_TOLD)
		show_change(f, row);
	else
		f->waits_more++;
}

static void show_waits_more(struct follow *f) {
	char n[24];
	if (!f->waits_more)
		return;
	clear_line(f);
	text_count(n, sizeof n, f->waits_more);
	fprintf(f->c->err, "%s more wait; 'mailvan status' says what for.\n", n);
}

/* Rows come by id, as the known ones are kept: one walk along both. */
static bool compare(void *arg, const struct mailbox_row *row) {
	struct follow *f = arg;
	while (f->at < f->count && f->known[f->at].id < row->id)
		f->at++;
	if (f->at == f->count || f->known[f->at].id != row->id) {
		f->failed = !remember(f, row);
		if (f->failed)
			return false;
		if (waits(row))
			show_wait(f, row);
		else if (!f->first)
			show_change(f, row);
	} else {
		struct known *k = &f->known[f->at];
		bool changed = k->state != row->state, begins = waits(row) && !k->waits;
		k->state = row->state;
		k->waits = k->state == MBOX_QUEUED && (k->waits || begins);
		if (begins)
			show_wait(f, row);
		else if (changed)
			show_change(f, row);
	}
	if (!f->doing[0])
		text_copy(f->doing, sizeof f->doing, row_doing(row));
	f->at++;
	return true;
}

static bool list_changes(struct follow *f, struct err *e) {
	struct mailbox_query q = { .filter = *f->filter, .sort = SORT_ID, .limit = UINT32_MAX };
	mono_ms_t before = mono_ms();
	f->at = 0;
	f->waits = f->waits_more = 0;
	f->doing[0] = '\0';
	f->listed_version = f->version;
	if (!mailboxes_list(f->s, &q, compare, f, e))
		return false;
	show_waits_more(f);
	f->listed = mono_ms();
	f->list_cost = f->listed - before;
	return !f->failed || err_nomem(e);
}

struct follow *follow_open(struct cli *c, struct store *s, const struct mailbox_filter *filter, struct err *e) {
	struct follow *f = calloc(1, sizeof *f);
	if (!f) {
		err_nomem(e);
		return NULL;
	}
	f->c = c;
	f->s = s;
	f->filter = filter;
	f->terminal = isatty(fileno(c->err)) == 1;
	f->colour = colour_wanted(c, c->err);
	f->first = true;
	f->version = store_version(s);
	if (!list_changes(f, e)) {
		free(f->known);
		free(f);
		return NULL;
	}
	f->first = false;
	f->summed = mono_ms();
	return f;
}

bool follow_step(struct follow *f, struct mailbox_totals *t, struct err *e) {
	mono_ms_t now = mono_ms();
	uint64_t version = store_version(f->s);
	if (version != f->version || f->drawn == 0) {
		f->version = version;
		if (!mailboxes_totals(f->s, f->filter, &f->totals, e))
			return false;
	}
	mono_ms_t pause = f->list_cost * 10 > LIST_MS ? f->list_cost * 10 : LIST_MS;
	if (f->listed_version != f->version && now - f->listed >= pause && !list_changes(f, e))
		return false;
	if (f->terminal && now - f->drawn >= REDRAW_MS) {
		draw_line(f);
	} else if (!f->terminal && now - f->summed >= SUMMARY_MS) {
		char line[512];
		whole_line(f, line, sizeof line);
		fprintf(f->c->err, "%s\n", line);
		f->summed = now;
	}
	if (!f->terminal || now - f->drawn >= REDRAW_MS)
		f->drawn = now;
	*t = f->totals;
	return true;
}

void follow_close(struct follow *f) {
	struct err e;
	if (!f)
		return;
	err_clear(&e);
	clear_line(f);
	list_changes(f, &e);
	fflush(f->c->err);
	free(f->known);
	free(f);
}
