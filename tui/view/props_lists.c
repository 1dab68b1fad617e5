/* SPDX-License-Identifier: MIT
 *
 * props_lists.c - the Folders, Failures and Differences tabs.
 */
#include <stdio.h>
#include <string.h>

#include "tui/cli/rows.h"
#include "tui/tables/figures.h"
#include "tui/view/props.h"

static void clean(char *dst, size_t size, const char *s) { text_sanitise(dst, size, s, strlen(s)); }

static void folder_counts(struct grid *g, int x, int y, int w, const struct folder_row *f) {
	char messages[80], percent[16] = "", bad[40] = "";
	figure_messages(messages, sizeof messages, &f->counts);
	if (f->counts.source)
		figure_percent(percent, sizeof percent, figure_permille(&f->counts, true));
	if (f->counts.failed)
		snprintf(bad, sizeof bad, "%llu failed", (unsigned long long)f->counts.failed);
	grid_text_right(g, x, y, 17, ST_DIALOG, f->skipped ? "left out" : messages);
	grid_text_right(g, x + 17, y, 8, ST_DIALOG, f->skipped ? "" : percent);
	grid_text(g, x + 27, y, w - 27, ST_DIALOG_BAD, bad);
}

/* Two lines when there is something to say: a renaming, a reason, an error. */
static bool has_note(const struct folder_row *f) { return *f->note || f->renamed; }

static size_t folder_lines(const struct props *p) {
	size_t n = p->folder_count ? 1 + (p->folders_cut ? 1u : 0u) : 1;
	for (size_t i = 0; i < p->folder_count; i++)
		n += has_note(&p->folders[i]) ? 2 : 1;
	return n;
}

struct cursor {
	struct grid *g;
	struct rect in;
	size_t top, line;
};

static int here(struct cursor *c) {
	size_t line = c->line++;
	return line < c->top || line - c->top >= (size_t)c->in.h ? -1 : c->in.y + (int)(line - c->top);
}

static void folder_note(struct cursor *c, const struct folder_row *f) {
	char target[1024], note[ERR_TEXT_MAX];
	int y = here(c);
	clean(target, sizeof target, f->target);
	clean(note, sizeof note, f->note);
	if (y < 0)
		return;
	int used = 0;
	if (f->renamed)
		used = grid_textf(c->g, c->in.x + 2, y, c->in.w - 2, ST_DIALOG_DIM, "→ %s  ", target);
	grid_text(c->g, c->in.x + 2 + used, y, c->in.w - 2 - used,
		  f->renamed || f->skipped ? ST_DIALOG_DIM : ST_DIALOG_BAD, note);
}

static void folders_draw(const struct props *p, struct grid *g, struct rect in, size_t top) {
	struct cursor c = { g, in, top, 0 };
	int counts_w = in.w >= 70 ? 40 : 26, name_w = in.w - counts_w - 1;
	int y = here(&c);
	if (p->folder_count == 0) {
		if (y >= 0)
			grid_text(g, in.x, y, in.w, ST_DIALOG_DIM,
				  "No folders yet: they are listed when the mailbox is migrated.");
		return;
	}
	if (y >= 0) {
		grid_text(g, in.x, y, name_w, ST_DIALOG_STRONG, "Folder");
		grid_text_right(g, in.x + name_w + 1, y, 17, ST_DIALOG_STRONG, "Messages");
		grid_text_right(g, in.x + name_w + 18, y, 8, ST_DIALOG_STRONG, "Done");
	}
	for (size_t i = 0; i < p->folder_count; i++) {
		const struct folder_row *f = &p->folders[i];
		char name[1024];
		y = here(&c);
		clean(name, sizeof name, f->source);
		if (y >= 0) {
			grid_text(g, in.x, y, name_w, f->skipped ? ST_DIALOG_DIM : ST_DIALOG, name);
			folder_counts(g, in.x + name_w + 1, y, counts_w, f);
		}
		if (has_note(f))
			folder_note(&c, f);
	}
	if (p->folders_cut && (y = here(&c)) >= 0)
		grid_text(g, in.x, y, in.w, ST_DIALOG_DIM, "There are more: \"mailvan report\" lists all.");
}

const struct props_tab props_folders = { "Folders", folder_lines, folders_draw };

#define FAILURE_LINES 3

static size_t failure_lines(const struct props *p) {
	return p->failure_count ? p->failure_count * FAILURE_LINES + (p->failures_cut ? 1u : 0u) : 1;
}

static const char *message_state(enum msg_state s) {
	return s == MSG_FAILED ? "Failed" : s == MSG_SKIPPED ? "Skipped" : s == MSG_VANISHED ? "Vanished" : "Open";
}

static void draw_failure(struct cursor *c, const struct failure_row *f) {
	char folder[1024], subject[200], from[200], uidl[256], text[ERR_TEXT_MAX], bytes[32], date[64];
	clean(folder, sizeof folder, f->folder);
	clean(subject, sizeof subject, *f->subject ? f->subject : "(no subject)");
	clean(from, sizeof from, f->from);
	clean(uidl, sizeof uidl, f->uidl);
	clean(text, sizeof text, f->text);
	clean(date, sizeof date, f->date);
	text_bytes(bytes, sizeof bytes, f->size);
	int y = here(c), x = c->in.x, w = c->in.w;
	enum style st = f->state == MSG_FAILED ? ST_DIALOG_BAD : ST_DIALOG_DIM;
	if (y >= 0) {
		int used = grid_text(c->g, x, y, 9, st, message_state(f->state)) + 1;
		grid_text(c->g, x + used, y, w - used, ST_DIALOG_STRONG, subject);
	}
	if ((y = here(c)) >= 0) {
		if (*uidl)
			grid_textf(c->g, x + 2, y, w - 2, ST_DIALOG, "%s, UIDL %s, %s, %s, from %s", folder, uidl,
				   bytes, date, from);
		else
			grid_textf(c->g, x + 2, y, w - 2, ST_DIALOG, "%s, UID %u, %s, %s, from %s", folder, f->uid,
				   bytes, date, from);
	}
	if ((y = here(c)) >= 0)
		grid_textf(c->g, x + 2, y, w - 2, st, "%s: %s", err_cat_name(f->cat), text);
}

static void failures_draw(const struct props *p, struct grid *g, struct rect in, size_t top) {
	struct cursor c = { g, in, top, 0 };
	if (p->failure_count == 0)
		grid_text(g, in.x, in.y, in.w, ST_DIALOG_DIM,
			  p->row.ever_run ? "No message failed, was skipped or vanished." : "Nothing was copied yet.");
	for (size_t i = 0; i < p->failure_count; i++)
		draw_failure(&c, &p->failures[i]);
	int y = p->failures_cut ? here(&c) : -1;
	if (y >= 0)
		grid_text(g, in.x, y, in.w, ST_DIALOG_DIM, "There are more: \"mailvan report\" lists all.");
}

const struct props_tab props_failures = { "Failures", failure_lines, failures_draw };

#define DIFFERENCE_LINES 3

/* A line more when there may be others. */
static size_t difference_limit(const struct props *p) { return p->difference_count == DIFFERENCES_KEPT; }

static size_t difference_lines(const struct props *p) {
	return p->difference_count ? p->difference_count * DIFFERENCE_LINES + difference_limit(p) + !p->stands : 1;
}

static void draw_difference(struct cursor *c, const struct difference_row *d) {
	char subject[200], folder[1024], from[200], date[64], text[ERR_TEXT_MAX], kind[24], uid[24] = "";
	bool gap = verify_kind_is_gap(verify_kind_parse(d->kind));
	enum style st = gap ? ST_DIALOG_BAD : ST_DIALOG_DIM;
	clean(kind, sizeof kind, d->kind);
	clean(subject, sizeof subject, d->subject);
	clean(folder, sizeof folder, d->folder);
	clean(from, sizeof from, d->from);
	clean(date, sizeof date, d->date);
	clean(text, sizeof text, d->text);
	if (d->uid)
		snprintf(uid, sizeof uid, ", UID %u", d->uid);
	int y = here(c), x = c->in.x, w = c->in.w;
	if (y >= 0) {
		int used = grid_text(c->g, x, y, w, st, kind) + 2;
		grid_text(c->g, x + used, y, w - used, ST_DIALOG_STRONG, subject);
	}
	if ((y = here(c)) >= 0)
		grid_textf(c->g, x + 2, y, w - 2, ST_DIALOG, "%s%s%s%s%s%s", folder, uid, *date ? ", " : "", date,
			   *from ? ", from " : "", from);
	if ((y = here(c)) >= 0)
		grid_text(c->g, x + 2, y, w - 2, st, text);
}

static void differences_draw(const struct props *p, struct grid *g, struct rect in, size_t top) {
	struct cursor c = { g, in, top, 0 };
	if (p->difference_count == 0)
		grid_text(g, in.x, in.y, in.w, ST_DIALOG_DIM,
			  p->looked ? "The last verification has found no difference."
				    : "Not verified yet: v in the list does it.");
	int before = p->difference_count && !p->stands ? here(&c) : -1;
	if (before >= 0)
		grid_text(g, in.x, before, in.w, ST_DIALOG_DIM,
			  "From before copies were put in doubt (Fill gaps) or made anew:");
	for (size_t i = 0; i < p->difference_count; i++)
		draw_difference(&c, &p->differences[i]);
	int y = difference_limit(p) ? here(&c) : -1;
	if (y >= 0)
		grid_text(g, in.x, y, in.w, ST_DIALOG_DIM, "There may be more: verify again when these are mended.");
}

const struct props_tab props_differences = { "Differences", difference_lines, differences_draw };
