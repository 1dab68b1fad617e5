/* SPDX-License-Identifier: MIT
 *
 * test_folder_map.c - where every folder goes: a table of servers that meet each other.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "core/base/text.h"
#include "core/mail/imap/mutf7.h"
#include "core/work/folder_map.h"

#define FOLDERS_MAX 16

struct name {
	const char *wire;
	uint32_t attrs;
};

struct want {
	const char *wire;    /* "" = no mapping */
	const char *display; /* NULL = the same as wire */
	const char *note;    /* a part of it; NULL = not renamed */
};

struct map_case {
	const char *what;
	char from, to; /* delimiters */
	const char *from_prefix, *to_prefix;
	struct name source[FOLDERS_MAX];
	struct name target[FOLDERS_MAX];
	struct want want[FOLDERS_MAX];
};

#define SAME NULL, NULL

static const struct map_case cases[] = {
	{ "a path keeps its levels, the delimiter changes",
	  '.', '/', "", "",
	  { { "INBOX", 0 }, { "Work", 0 }, { "Work.2024", 0 }, { "Work.2024.Q1", 0 } },
	  { { "INBOX", 0 } },
	  { { "INBOX", SAME }, { "Work", SAME }, { "Work/2024", SAME }, { "Work/2024/Q1", SAME } } },
	{ "the other way, display always with /",
	  '/', '.', "", "",
	  { { "inbox", 0 }, { "a/b", 0 } },
	  { { 0 } },
	  { { "INBOX", SAME }, { "a.b", "a/b", NULL } } },
	{ "a source prefix goes",
	  '.', '/', "INBOX.", "",
	  { { "INBOX", 0 }, { "INBOX.Sent", 0 }, { "inbox.a.b", 0 }, { "Public.x", 0 } },
	  { { 0 } },
	  { { "INBOX", SAME }, { "Sent", SAME }, { "a/b", SAME }, { "Public/x", SAME } } },
	{ "a target prefix comes",
	  '/', '.', "", "INBOX.",
	  { { "INBOX", 0 }, { "Sent", 0 }, { "a/b", 0 } },
	  { { "INBOX.Sent", 0 } },
	  { { "INBOX", SAME }, { "INBOX.Sent", "INBOX/Sent", NULL }, { "INBOX.a.b", "INBOX/a/b", NULL } } },
	{ "prefix to prefix",
	  '.', '.', "INBOX.", "INBOX.",
	  { { "INBOX.a.b", 0 } },
	  { { 0 } },
	  { { "INBOX.a.b", "INBOX/a/b", NULL } } },
	{ "children of INBOX without prefixes",
	  '/', '.', "", "",
	  { { "INBOX", 0 }, { "Inbox/Child", 0 } },
	  { { 0 } },
	  { { "INBOX", SAME }, { "INBOX.Child", "INBOX/Child", NULL } } },
	{ "children of INBOX to a prefix, where they may meet others",
	  '/', '.', "", "INBOX.",
	  { { "INBOX/Child", 0 }, { "Child", 0 }, { "INBOX/Other", 0 } },
	  { { 0 } },
	  { { "INBOX.Child (2)", "INBOX/Child (2)", "another folder" },
	    { "INBOX.Child", "INBOX/Child", NULL },
	    { "INBOX.Other", "INBOX/Other", NULL } } },
	{ "INBOX below the prefix is not the INBOX",
	  '.', '/', "INBOX.", "",
	  { { "INBOX", 0 }, { "INBOX.INBOX", 0 } },
	  { { 0 } },
	  { { "INBOX", SAME }, { "INBOX (2)", NULL, "another folder" } } },
	{ "INBOX listed twice",
	  '/', '/', "", "",
	  { { "INBOX", 0 }, { "Inbox", 0 } },
	  { { 0 } },
	  { { "INBOX", SAME }, { "", SAME } } },
	{ "a folder listed twice",
	  '/', '/', "", "",
	  { { "a", 0 }, { "a", 0 } },
	  { { 0 } },
	  { { "a", SAME }, { "", SAME } } },

	{ "special use by attribute, children below it",
	  '.', '/', "", "",
	  { { "Gesendet", ATTR_SENT },
	    { "Gesendet.2023", 0 },
	    { "Papierkorb", ATTR_TRASH },
	    { "Drafts", ATTR_DRAFTS },
	    { "Spam", ATTR_JUNK } },
	  { { "Sent Items", ATTR_SENT }, { "Trash", ATTR_TRASH }, { "Drafts", ATTR_DRAFTS } },
	  { { "Sent Items", NULL, "\\Sent" },
	    { "Sent Items/2023", NULL, "above" },
	    { "Trash", NULL, "\\Trash" },
	    { "Drafts", SAME },
	    { "Spam", SAME } } },
	{ "never by name", '/', '/', "", "", { { "Sent", 0 } }, { { "Sent Items", ATTR_SENT } }, { { "Sent", SAME } } },
	{ "several of a kind at the source: the first one",
	  '/', '/', "", "",
	  { { "Sent", ATTR_SENT }, { "Sent Messages", ATTR_SENT }, { "Sent Items", 0 } },
	  { { "Sent Items", ATTR_SENT } },
	  { { "Sent Items", NULL, "\\Sent" },
	    { "Sent Messages", SAME },
	    { "Sent Items (2)", NULL, "another folder" } } },
	{ "several of a kind at both",
	  '/', '/', "", "",
	  { { "s1", ATTR_SENT }, { "s2", ATTR_SENT }, { "s3", ATTR_SENT } },
	  { { "t1", ATTR_SENT }, { "t2", ATTR_SENT } },
	  { { "t1", NULL, "\\Sent" }, { "t2", NULL, "\\Sent" }, { "s3", SAME } } },
	{ "a container cannot be a special folder",
	  '/', '/', "", "",
	  { { "Sent", ATTR_SENT } },
	  { { "x", ATTR_SENT | ATTR_NOSELECT }, { "y", ATTR_SENT | ATTR_NONEXISTENT } },
	  { { "Sent", SAME } } },
	{ "the target's name is taken as it stands",
	  '/', '.', "", "INBOX.",
	  { { "Sent", ATTR_SENT }, { "Sent/a", 0 } },
	  { { "INBOX.&U,BTFw-", ATTR_SENT } },
	  { { "INBOX.&U,BTFw-", "INBOX/\xE5\x8F\xB0\xE5\x8C\x97", "\\Sent" },
	    { "INBOX.&U,BTFw-.a", "INBOX/\xE5\x8F\xB0\xE5\x8C\x97/a", "above" } } },
	{ "Gmail",
	  '/', '.', "", "",
	  { { "INBOX", 0 },
	    { "[Gmail]", ATTR_NOSELECT },
	    { "[Gmail]/Sent Mail", ATTR_SENT },
	    { "[Gmail]/All Mail", ATTR_ALL },
	    { "[Gmail]/Spam", ATTR_JUNK },
	    { "Label/x", 0 } },
	  { { "Sent", ATTR_SENT }, { "Archive", ATTR_ARCHIVE } },
	  { { "INBOX", SAME },
	    { "", SAME },
	    { "Sent", NULL, "\\Sent" },
	    { "[Gmail].All Mail", "[Gmail]/All Mail", NULL },
	    { "[Gmail].Spam", "[Gmail]/Spam", NULL },
	    { "Label.x", "Label/x", NULL } } },
	{ "containers have no mapping, their children do",
	  '/', '/', "", "",
	  { { "A", ATTR_NOSELECT }, { "A/b", 0 }, { "gone", ATTR_NONEXISTENT }, { "gone/c", 0 } },
	  { { 0 } },
	  { { "", SAME }, { "A/b", SAME }, { "", SAME }, { "gone/c", SAME } } },
	{ "children listed before their parent",
	  '/', '.', "", "",
	  { { "s/x", 0 }, { "s", ATTR_SENT } },
	  { { "Sent", ATTR_SENT } },
	  { { "Sent.x", "Sent/x", "above" }, { "Sent", NULL, "\\Sent" } } },

	{ "a name with the target's delimiter",
	  '.', '/', "", "",
	  { { "a/b", 0 }, { "a/b.c", 0 } },
	  { { 0 } },
	  { { "a_b", NULL, "separator" }, { "a_b/c", NULL, "above" } } },
	{ "or with '_' as delimiter",
	  '.', '_', "", "",
	  { { "a_b.c", 0 } },
	  { { 0 } },
	  { { "a-b_c", "a-b/c", "separator" } } },
	{ "and one that then meets another",
	  '.', '/', "", "",
	  { { "a_b", 0 }, { "a/b", 0 }, { "a/b.c", 0 } },
	  { { 0 } },
	  { { "a_b", SAME }, { "a_b (2)", NULL, "separator" }, { "a_b (2)/c", NULL, "above" } } },
	{ "letter case",
	  '/', '/', "", "",
	  { { "Work", 0 }, { "work", 0 }, { "WORK", 0 }, { "work/x", 0 }, { "Work/x", 0 } },
	  { { 0 } },
	  { { "Work", SAME },
	    { "work (2)", NULL, "letter case" },
	    { "WORK (3)", NULL, "letter case" },
	    { "work (2)/x", NULL, "above" },
	    { "Work/x", SAME } } },
	{ "letter case beyond ASCII",
	  '/', '/', "", "",
	  { { "&AMQ-rger", 0 },
	    { "&AOQ-rger", 0 },
	    { "&BB8EPgRHBEIEMA-", 0 },
	    { "&BD8EPgRHBEIEMA-", 0 },
	    { "&AWA-", 0 },
	    { "&AWE-", 0 } },
	  { { 0 } },
	  { { "&AMQ-rger", "\xC3\x84rger", NULL },
	    { "&AOQ-rger (2)", "\xC3\xA4rger (2)", "letter case" },
	    { "&BB8EPgRHBEIEMA-", "\xD0\x9F\xD0\xBE\xD1\x87\xD1\x82\xD0\xB0", NULL },
	    { "&BD8EPgRHBEIEMA- (2)", "\xD0\xBF\xD0\xBE\xD1\x87\xD1\x82\xD0\xB0 (2)", "letter case" },
	    { "&AWA-", "\xC5\xA0", NULL },
	    { "&AWE- (2)", "\xC5\xA1 (2)", "letter case" } } },
	{ "a (2) that is there already",
	  '/', '/', "", "",
	  { { "a", 0 }, { "A", 0 }, { "a (2)", 0 } },
	  { { 0 } },
	  { { "a", SAME }, { "A (2)", NULL, "letter case" }, { "a (2) (2)", NULL, "letter case" } } },
	{ "modified UTF-7 stays",
	  '.', '/', "", "",
	  { { "Entw&APw-rfe.a&-b", 0 } },
	  { { 0 } },
	  { { "Entw&APw-rfe/a&-b", "Entw\xC3\xBCrfe/a&b", NULL } } },
	{ "opaque names",
	  '/', '.', "", "",
	  { { "a&b", 0 }, { "&AGE-", 0 }, { "caf\xC3\xA9", 0 }, { "x\xFF", 0 } },
	  { { 0 } },
	  { { "a&-b", "a&b", "UTF-7" },
	    { "&-AGE-", "&AGE-", "UTF-7" },
	    { "caf&AOk-", "caf\xC3\xA9", "UTF-7" },
	    { "x%FF", NULL, "UTF-7" } } },
	{ "an opaque name and its proper twin",
	  '/', '/', "", "",
	  { { "a&b", 0 }, { "a&-b", 0 } },
	  { { 0 } },
	  { { "a&-b", "a&b", "UTF-7" }, { "a&-b (2)", "a&b (2)", "another folder" } } },
	{ "control characters",
	  '/', '/', "", "",
	  { { "a\tb", 0 }, { "a&AAk-b", 0 }, { "&AIU-", 0 }, { "a\x7F", 0 } },
	  { { 0 } },
	  { { "a%09b", NULL, "UTF-7" },
	    { "a%09b (2)", NULL, "control" },
	    { "%C2%85", NULL, "control" },
	    { "a%7F", NULL, "UTF-7" } } },
	{ "blanks at the ends",
	  '/', '.', "", "",
	  { { "a ", 0 }, { "  a/ b c ", 0 }, { " ", 0 } },
	  { { 0 } },
	  { { "a%20", NULL, "blanks" },
	    { "%20%20a.%20b c%20", "%20%20a/%20b c%20", "blanks" },
	    { "%20", NULL, "blanks" } } },
	{ "dots and nothing",
	  '/', '\\', "", "",
	  { { "a/./..", 0 }, { "a//b", 0 }, { "b/", 0 }, { "...", 0 } },
	  { { 0 } },
	  { { "a\\%2E\\%2E%2E", "a/%2E/%2E%2E", "folder names" },
	    { "a\\_\\b", "a/_/b", "empty" },
	    { "b\\_", "b/_", "empty" },
	    { "...", SAME } } },
	{ "a flat target",
	  '/', 0, "", "",
	  { { "INBOX", 0 }, { "a/b", 0 }, { "a_b", 0 }, { "INBOX/x", 0 } },
	  { { 0 } },
	  { { "INBOX", SAME }, { "a_b (2)", NULL, "inside" }, { "a_b", SAME }, { "INBOX_x", NULL, "inside" } } },
	{ "a flat source",
	  0, '/', "", "",
	  { { "INBOX", 0 }, { "a/b", 0 }, { "c.d", 0 } },
	  { { 0 } },
	  { { "INBOX", SAME }, { "a_b", NULL, "separator" }, { "c.d", SAME } } },
	{ "flat to flat", 0, 0, "", "", { { "a/b", 0 } }, { { 0 } }, { { "a/b", SAME } } },
};

static void set_folder(struct folder_info *f, const struct name *n, char delimiter) {
	char level[FOLDER_NAME_MAX];
	*f = (struct folder_info){ .delimiter = delimiter, .attrs = n->attrs };
	assert_true(text_copy(f->wire, sizeof f->wire, n->wire));
	for (const char *p = n->wire;; p++) { /* as LIST would show it */
		const char *stop = delimiter ? strchr(p, delimiter) : NULL;
		size_t len = strlen(f->display), n_level = stop ? (size_t)(stop - p) : strlen(p);
		bool ok = mutf7_decode(level, sizeof level, p, n_level);
		text_sanitise(f->display + len, sizeof f->display - len, ok ? level : p, ok ? strlen(level) : n_level);
		if (!stop)
			return;
		text_copy(f->display + strlen(f->display), 2, "/");
		p = stop;
	}
}

static size_t set_folders(struct folder_info *to, const struct name *names, char delimiter) {
	size_t n = 0;
	for (; n < FOLDERS_MAX && names[n].wire; n++)
		set_folder(&to[n], &names[n], delimiter);
	return n;
}

static bool on_target(const struct map_case *c, const char *wire) {
	for (size_t i = 0; i < FOLDERS_MAX && c->target[i].wire; i++)
		if (strcmp(c->target[i].wire, wire) == 0 && !(c->target[i].attrs & (ATTR_NOSELECT | ATTR_NONEXISTENT)))
			return true;
	return strcmp(wire, "INBOX") == 0;
}

static void check(const struct map_case *c, size_t i, const struct folder_mapping *m) {
	const struct want *w = &c->want[i];
	const char *display = w->display ? w->display : w->wire;
	if (strcmp(m->wire, w->wire) != 0 || strcmp(m->display, display) != 0)
		fail_msg("%s: %s went to '%s' (shown '%s'), not '%s'", c->what, c->source[i].wire, m->wire, m->display,
			 w->wire);
	if (m->renamed != (w->note != NULL) || (w->note && !strstr(m->note, w->note)))
		fail_msg("%s: %s renamed %d: '%s'", c->what, c->source[i].wire, m->renamed, m->note);
	if (m->exists != (m->wire[0] && on_target(c, m->wire)))
		fail_msg("%s: %s exists %d", c->what, m->wire, m->exists);
}

static void table(void **state) {
	(void)state;
	struct folder_info *source = calloc(FOLDERS_MAX, sizeof *source), *target = calloc(FOLDERS_MAX, sizeof *target);
	struct folder_mapping *out = calloc(FOLDERS_MAX, sizeof *out);
	assert_true(source && target && out);
	for (size_t k = 0; k < sizeof cases / sizeof cases[0]; k++) {
		const struct map_case *c = &cases[k];
		struct err e = { 0 };
		struct folder_map_input in = { .source = source, .target = target, .source_prefix = c->from_prefix,
					       .target_prefix = c->to_prefix, .target_delimiter = c->to };
		in.source_count = set_folders(source, c->source, c->from);
		in.target_count = set_folders(target, c->target, c->to);
		memset(out, 0xA5, FOLDERS_MAX * sizeof *out); /* nothing may be left from before */
		if (!folder_map(&in, out, &e))
			fail_msg("%s: %s", c->what, e.text);
		for (size_t i = 0; i < in.source_count; i++)
			check(c, i, &out[i]);
	}
	free(source);
	free(target);
	free(out);
}

/* Whatever the names are: each one gets a name that fits, that no other has, and that is valid. */
static void check_all_different(const struct folder_mapping *out, size_t n) {
	char text[2 * FOLDER_NAME_MAX];
	for (size_t i = 0; i < n; i++) {
		assert_true(out[i].wire[0] != '\0');
		assert_true(memchr(out[i].wire, '\0', sizeof out[i].wire) != NULL);
		assert_true(mutf7_decode(text, sizeof text, out[i].wire, strlen(out[i].wire)));
		for (size_t k = 0; k < i; k++)
			if (strcasecmp(out[i].wire, out[k].wire) == 0)
				fail_msg("%zu and %zu are both %s", k, i, out[i].wire);
	}
}

static void long_names(void **state) {
	(void)state;
	enum { N = 8 };
	struct folder_info *source = calloc(N, sizeof *source);
	struct folder_mapping *out = calloc(N, sizeof *out);
	struct err e = { 0 };
	assert_true(source && out);
	memset(source[0].wire, 'x', FOLDER_NAME_MAX - 1);
	memset(source[1].wire, 'X', FOLDER_NAME_MAX - 1);
	memset(source[2].wire, ' ', FOLDER_NAME_MAX - 1); /* three times as long when cleaned */
	memset(source[3].wire, 1, FOLDER_NAME_MAX - 1);
	memset(source[4].wire, '.', FOLDER_NAME_MAX - 1); /* a thousand empty levels */
	for (size_t i = 0; i < FOLDER_NAME_MAX - 1; i++)
		source[5].wire[i] = i % 2 ? '.' : 'a';
	memset(source[6].wire, '&', FOLDER_NAME_MAX - 1);
	memset(source[7].wire, 0xC3, FOLDER_NAME_MAX - 1);
	for (size_t i = 0; i < N; i++)
		source[i].delimiter = '.';
	struct folder_map_input in = {
		.source = source, .source_count = N, .target_prefix = "INBOX/", .target_delimiter = '/'
	};
	if (!folder_map(&in, out, &e))
		fail_msg("%s", e.text);
	check_all_different(out, N);
	for (size_t i = 0; i < N; i++) {
		assert_memory_equal(out[i].wire, "INBOX/", 6);
		assert_true(out[i].renamed);
		assert_true(out[i].note[0]);
	}
	/* the same input gives the same names: a second run must find what the first one made */
	struct folder_mapping *again = calloc(N, sizeof *again);
	assert_non_null(again);
	assert_true(folder_map(&in, again, &e));
	for (size_t i = 0; i < N; i++)
		assert_string_equal(again[i].wire, out[i].wire);
	in.target_prefix = source[0].wire; /* no room at all is an error, not a crash */
	assert_false(folder_map(&in, again, &e));
	assert_int_equal(e.cat, ERR_FOLDER_NAME);
	free(again);
	free(source);
	free(out);
}

static void many_that_meet(void **state) {
	(void)state;
	enum { N = 300 };
	struct folder_info *source = calloc(N, sizeof *source);
	struct folder_mapping *out = calloc(N, sizeof *out);
	struct err e = { 0 };
	assert_true(source && out);
	for (unsigned i = 0; i < N; i++) { /* 300 spellings of one name */
		for (unsigned bit = 0; bit < 9; bit++)
			source[i].wire[bit] = i >> bit & 1 ? 'A' : 'a';
		source[i].delimiter = '/';
	}
	struct folder_map_input in = { .source = source, .source_count = N, .target_delimiter = '/' };
	if (!folder_map(&in, out, &e))
		fail_msg("%s", e.text);
	check_all_different(out, N);
	free(source);
	free(out);
}

static void no_folders(void **state) {
	(void)state;
	struct folder_map_input in = { .target_delimiter = '/' };
	struct folder_mapping none;
	struct err e = { 0 };
	assert_true(folder_map(&in, &none, &e));
}

int main(void) {
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(table),	  cmocka_unit_test(long_names),	    cmocka_unit_test(many_that_meet),
		cmocka_unit_test(no_folders),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
