/* SPDX-License-Identifier: MIT
 *
 * scenarios_lib.c - the situations in which a migration is interrupted. Small ones: every crash point of every one is
 * tried. What makes matching hard (equal headers, duplicates, no Message-ID) is in nearly all of them.
 */
#include <stdlib.h>
#include <string.h>

#include "tests/crash/scene_lib.h"

#define CAPS_SINGLE QUIRK_CAPS_PLAIN " LITERAL+ UIDPLUS LIST-EXTENDED LIST-STATUS SPECIAL-USE"
#define CAPS_NO_UIDPLUS QUIRK_CAPS_PLAIN " LITERAL+ MULTIAPPEND"
#define CAPS_NEITHER QUIRK_CAPS_PLAIN " LITERAL+"
#define CAPS_SYNC QUIRK_CAPS_PLAIN

#define HEAD "From: me@quirk.example\r\nDate: Thu, 12 Mar 2020 10:00:00 +0000\r\n"

static void letter(struct quirk_server *q, const char *folder, const char *head, const char *body, unsigned n) {
	char text[512];
	snprintf(text, sizeof text, HEAD "%s\r\n%s %u\r\n.\r\n..two dots\r\n", head, body, n);
	quirk_add(q, folder, &(struct quirk_message){ .text = text, .flags = n % 2 ? "\\Seen" : "\\Draft" });
}

/* Headers that are all the same: only bodies tell. */
static void drafts(struct quirk_server *q, unsigned from, unsigned to) {
	for (unsigned i = from; i <= to; i++)
		letter(q, "Drafts", "Subject: draft\r\n", "draft text", i);
}

static void duplicates(struct quirk_server *q, unsigned n) {
	for (unsigned i = 0; i < n; i++)
		letter(q, "Work", "Message-ID: <same@quirk.example>\r\nSubject: again\r\n", "always", 1);
}

static void nameless(struct quirk_server *q, const char *folder, unsigned from, unsigned to) {
	for (unsigned i = from; i <= to; i++) {
		char head[64];
		snprintf(head, sizeof head, "Subject: nameless %u\r\n", i / 2);
		letter(q, folder, head, "two each have one header, every third pair is equal", i % 6 < 2 ? 0 : i);
	}
}

/* More than a socket takes at once. */
static void large(struct quirk_server *q, const char *folder) {
	enum { SIZE = 300 * 1000 };
	char *text = malloc(SIZE + 1);
	int n = snprintf(text, SIZE, HEAD "Message-ID: <large@quirk.example>\r\nSubject: large\r\n\r\n");
	for (int i = n; i < SIZE; i++)
		text[i] = "A1 NOOP and text\r\n"[(i - n) % 18];
	memcpy(text + SIZE - 2, "\r\n", 3);
	quirk_add(q, folder, &(struct quirk_message){ .text = text, .flags = "\\Seen $Large" });
	free(text);
}

static void fill(struct scene *s) {
	quirk_fill(s->source, "INBOX", 1, 6);
	quirk_fill(s->source, "Work", 7, 11);
	duplicates(s->source, 3);
	drafts(s->source, 1, 9);
	nameless(s->source, "Work/Old", 1, 6);
}

static void fill_with_large(struct scene *s) {
	fill(s);
	large(s->source, "Work");
}

static void some_more(struct scene *s) {
	quirk_fill(s->source, "INBOX", 20, 23);
	quirk_fill(s->source, "Sent", 24, 26);
	duplicates(s->source, 2);
	drafts(s->source, 8, 11);
	nameless(s->source, "Work/Old", 5, 9);
}

/* By someone else, in another order, and not everything. */
static void fill_both(struct scene *s) {
	fill(s);
	nameless(s->target, "Work/Old", 3, 5);
	duplicates(s->target, 2);
	quirk_fill(s->target, "Work", 9, 10);
	drafts(s->target, 6, 9);
	drafts(s->target, 2, 3);
	quirk_fill(s->target, "INBOX", 4, 6);
}

static void fill_duplicates(struct scene *s) {
	quirk_fill(s->source, "Work", 1, 2);
	duplicates(s->source, 7);
	quirk_fill(s->source, "Work", 1, 3);
	duplicates(s->source, 3);
	duplicates(s->target, 4);
	quirk_fill(s->target, "Work", 1, 1);
}

static void fill_nameless(struct scene *s) {
	nameless(s->source, "INBOX", 1, 14);
	nameless(s->source, "Work", 1, 6);
	nameless(s->target, "Work", 2, 4);
}

static void fill_drafts(struct scene *s) { drafts(s->source, 1, 9); }

/* One folder, for several lanes. */
static void fill_work(struct scene *s) {
	quirk_fill(s->source, "Work", 1, 8);
	duplicates(s->source, 4);
	nameless(s->source, "Work", 1, 8);
	quirk_fill(s->source, "Work", 9, 16);
}

static void fill_inbox(struct scene *s) {
	quirk_fill(s->source, "INBOX", 1, 9);
	nameless(s->source, "INBOX", 1, 6);
	quirk_fill(s->source, "INBOX", 9, 9);
}

static void more_in_inbox(struct scene *s) {
	quirk_fill(s->source, "INBOX", 9, 13);
	quirk_expunge(s->source, "INBOX", "<number-2@");
	quirk_expunge(s->target, "INBOX", "<number-2@");
}

static void renumber_source(struct scene *s) {
	static const char *const folders[] = { "INBOX", "Work", "Drafts", "Work/Old" };
	for (unsigned i = 0; i < sizeof folders / sizeof *folders; i++)
		quirk_set_uidvalidity(s->source, folders[i], 47110 + i);
}

static void renumber_source_and_more(struct scene *s) {
	renumber_source(s);
	some_more(s);
}

/* Folders that are not there yet are renumbered by nobody. */
static void renumber_target(struct scene *s) {
	static const char *const folders[] = { "INBOX", "Work", "Drafts", "Work/Old" };
	for (unsigned i = 0; i < sizeof folders / sizeof *folders; i++)
		if (quirk_has_folder(s->target, folders[i]))
			quirk_set_uidvalidity(s->target, folders[i], 57110 + i);
}

static void renumber_target_and_more(struct scene *s) {
	renumber_target(s);
	some_more(s);
}

/* With "Work/Old" below it. */
static void rename_work(struct scene *s) { quirk_rename(s->source, "Work", "Projects"); }

static void rename_work_and_more(struct scene *s) {
	rename_work(s);
	quirk_fill(s->source, "Projects", 40, 43);
	quirk_fill(s->source, "Work", 44, 46); /* another folder of that name */
}

/* The drafts have equal headers. */
static void swap_folders(struct scene *s) {
	quirk_rename(s->source, "Drafts", "tmp");
	quirk_rename(s->source, "Work/Old", "Drafts");
	quirk_rename(s->source, "tmp", "Work/Old");
}

static void swap_folders_and_more(struct scene *s) {
	swap_folders(s);
	quirk_fill(s->source, "Drafts", 40, 43);
	quirk_fill(s->source, "Work/Old", 44, 46);
}

static const struct quirk_rule refuse_work[] = { { .verb = "CREATE", .in = "Work", .text = "NO [CANNOT] not that" },
						 { 0 } };

/* With a code, that is: without one a remainder of nothing but these is waited for (pump_bare.c). */
static const struct quirk_rule strict[] = {
	{ .verb = "APPEND", .text = "NO [CANNOT] Message has a fault",
	  .defects = DEFECT_BARE_LINE | DEFECT_8BIT_HEADER | DEFECT_HEADER | DEFECT_NO_DATE | DEFECT_NO_FROM },
	{ 0 }
};

/* Two of each: repaired they are equal again, and their headers are not those of the source. */
static void fill_refused(struct scene *s) {
	static const struct quirk_message at[] = {
		{ .text = "Message-ID: <r1@quirk.example>\r\nFrom: a@b.example\r\n\r\nno date\r\n",
		  .repaired = "Date: 12 Mar 2020 10:00:00 +0000\r\nMessage-ID: <r1@quirk.example>\r\n"
			      "From: a@b.example\r\n\r\nno date\r\n" },
		{ .text = "Subject: nothing else\r\n\r\nno name\n",
		  .repaired = "Date: 12 Mar 2020 10:00:00 +0000\r\nFrom: Unknown sender <unknown@unknown.invalid>\r\n"
			      "Subject: nothing else\r\n\r\nno name\r\n" },
		{ .text = HEAD "Message-ID: <r2@quirk.example>\r\nSubject: \xc3\xa4\r\n\r\n8 bit\r\n",
		  .repaired = HEAD "Message-ID: <r2@quirk.example>\r\nSubject: =?utf-8?B?w6Q=?=\r\n\r\n8 bit\r\n" },
	};
	quirk_fill(s->source, "INBOX", 1, 3);
	for (size_t i = 0; i < 2 * sizeof at / sizeof *at; i++)
		quirk_add(s->source, "INBOX", &at[i / 2]);
	quirk_fill(s->source, "INBOX", 4, 5);
}

#define ALL QUIRK_SAME_ALL
const struct scenario scenarios[] = {
	{ .name = "fresh copy", .fill = fill_with_large, .same = ALL },
	{ .name = "fresh, no MULTIAPPEND", .target.caps = CAPS_SINGLE, .fill = fill_with_large, .same = ALL },
	{ .name = "fresh, no UIDPLUS", .target.caps = CAPS_NO_UIDPLUS, .fill = fill, .same = ALL },
	{ .name = "fresh, neither", .target.caps = CAPS_NEITHER, .fill = fill, .same = ALL },
	{ .name = "fresh, synchronizing literals", .target.caps = CAPS_SYNC, .fill = fill_drafts, .same = ALL },
	{ .name = "fresh, no UIDNEXT", .target = { .caps = CAPS_NEITHER, .uidnext = UIDNEXT_MISSING }, .fill = fill,
	  .same = ALL },
	{ .name = "fresh, APPENDUID of another message",
	  .target = { .caps = CAPS_SINGLE, .appenduid = APPENDUID_NEIGHBOUR }, .fill = fill, .same = ALL },
	{ .name = "the target commits late", .target.append_ms = 300, .fill = fill, .same = ALL, .settle_ms = 700 },
	{ .name = "the disk is slow", .target.caps = CAPS_NEITHER, .fill = fill, .same = ALL, .commit_ms = 25 },
	{ .name = "delta", .fill = fill, .change = some_more, .same = ALL },
	{ .name = "delta, no UIDPLUS", .target.caps = CAPS_NEITHER, .fill = fill, .change = some_more, .same = ALL },
	{ .name = "target half filled by someone else", .fill = fill_both, .same = ALL },
	{ .name = "half filled, no UIDPLUS", .target.caps = CAPS_NEITHER, .fill = fill_both, .same = ALL },
	{ .name = "true duplicates", .fill = fill_duplicates, .same = ALL },
	{ .name = "no Message-ID", .fill = fill_nameless, .same = ALL },
	{ .name = "nine drafts with equal headers", .fill = fill_drafts, .same = ALL },
	{ .name = "nine drafts, no UIDPLUS", .target.caps = CAPS_NO_UIDPLUS, .fill = fill_drafts, .same = ALL },
	{ .name = "refused content", .target.rules = strict, .fill = fill_refused, .same = ALL },
	{ .name = "refused content, no UIDPLUS", .target = { .caps = CAPS_NEITHER, .rules = strict },
	  .fill = fill_refused, .same = ALL },
	{ .name = "source UIDVALIDITY changed", .fill = fill, .change = renumber_source_and_more, .same = ALL },
	{ .name = "target UIDVALIDITY changed", .fill = fill, .change = renumber_target_and_more, .same = ALL },
	{ .name = "source UIDVALIDITY changes after the crash", .fill = fill_both, .meddle = renumber_source,
	  .same = ALL },
	{ .name = "target UIDVALIDITY changes after the crash", .fill = fill_both, .meddle = renumber_target,
	  .same = ALL },
	{ .name = "folder renamed after the crash", .fill = fill, .meddle = rename_work, .same = ALL },
	{ .name = "folder renamed between runs", .fill = fill, .change = rename_work_and_more, .same = ALL },
	{ .name = "folder renamed, no UIDPLUS", .target.caps = CAPS_NEITHER, .fill = fill, .change = rename_work,
	  .same = ALL },
	/* Where the target has the other one's folder already, and nothing in it, names stay as they are. */
	{ .name = "folders swapped after the crash", .fill = fill, .meddle = swap_folders,
	  .same = QUIRK_SAME_FLAGS | QUIRK_SAME_DATE },
	{ .name = "folders swapped between runs", .fill = fill, .change = swap_folders_and_more, .same = ALL },
	{ .name = "folders swapped, no UIDPLUS", .target.caps = CAPS_NEITHER, .fill = fill, .change = swap_folders,
	  .same = ALL },
	{ .name = "folder name refused", .target.rules = refuse_work, .fill = fill, .change = some_more,
	  .same = QUIRK_SAME_FLAGS | QUIRK_SAME_DATE },
	{ .name = "POP3", .source.pop3 = true, .fill = fill_inbox, .same = QUIRK_SAME_FOLDER },
	{ .name = "POP3 delta, no UIDPLUS", .source.pop3 = true, .target.caps = CAPS_NEITHER, .fill = fill_inbox,
	  .change = more_in_inbox, .same = QUIRK_SAME_FOLDER },
	{ .name = "POP3 over several connections to the target", .source.pop3 = true,
	  .target = { .caps = CAPS_SINGLE, .append_ms = 10 }, .fill = fill_inbox, .same = QUIRK_SAME_FOLDER,
	  .share_rows = 4 },
	{ .name = "several connections to the target, no UIDPLUS", .source.pop3 = true,
	  .target = { .caps = CAPS_NEITHER, .append_ms = 10 }, .fill = fill_inbox, .same = QUIRK_SAME_FOLDER,
	  .share_rows = 4 },
	{ .name = "two lanes in one folder", .target = { .caps = CAPS_SINGLE, .append_ms = 10 }, .fill = fill_work,
	  .same = ALL, .share_rows = 4 },
	{ .name = "two lanes, groups, no UIDPLUS", .target = { .caps = CAPS_NO_UIDPLUS, .append_ms = 20 },
	  .fill = fill_work, .same = ALL, .share_rows = 3 },
	{ .name = "copied while it is listed", .fill = fill_work, .same = ALL, .list_rows = 4 },
	{ .name = "two lanes while it is listed, no UIDPLUS", .target = { .caps = CAPS_NEITHER, .append_ms = 10 },
	  .fill = fill_work, .same = ALL, .share_rows = 4, .list_rows = 4 },
	{ .name = "a stopped worker is ended", .kinds = 1u << FAULT_HERE, .target.caps = CAPS_SINGLE, .fill = fill,
	  .same = ALL },
	{ .name = "a stopped worker wakes up", .kinds = 1u << FAULT_AWAY, .target.caps = CAPS_SINGLE, .fill = fill,
	  .same = ALL },
};
const size_t scenario_count = sizeof scenarios / sizeof *scenarios;
