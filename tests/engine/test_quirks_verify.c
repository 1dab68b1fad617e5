/* SPDX-License-Identifier: MIT
 *
 * test_quirks_verify.c - what verify finds at targets that say one thing and hold another: messages that were
 * acknowledged and never stored, answers in any order, equal headers, dates at both ends of time.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdlib.h>
#include <string.h>

#include "core/mail/mime/ident.h"
#include "tests/servers/quirk_world_lib.h"

#define CAPS_SINGLE QUIRK_CAPS_PLAIN " LITERAL+ UIDPLUS LIST-EXTENDED LIST-STATUS SPECIAL-USE"
#define CAPS_NO_UIDPLUS QUIRK_CAPS_PLAIN " LITERAL+ MULTIAPPEND"
#define CAPS_NEITHER QUIRK_CAPS_PLAIN " LITERAL+"

static const struct quirks good = { 0 };

struct found {
	unsigned kinds[VERIFY_KIND_COUNT];
	char message_ids[2000]; /* of gaps, each in <> */
	char dates[2000];	/* what was said of them */
	char moved[100];	/* Message-ID of the last one that is elsewhere */
	struct verification result;
	uint64_t refilled;
};

static void on_difference(void *arg, const struct verify_difference *d) {
	struct found *f = arg;
	size_t n = strlen(f->message_ids), dates = strlen(f->dates);
	f->kinds[d->kind]++;
	if (verify_kind_is_gap(d->kind))
		snprintf(f->message_ids + n, sizeof f->message_ids - n, "%s", d->message_id);
	if (d->kind == VERIFY_MOVED)
		snprintf(f->moved, sizeof f->moved, "%s", d->message_id);
	if (d->kind == VERIFY_DATE || d->kind == VERIFY_DATE_RANGE)
		snprintf(f->dates + dates, sizeof f->dates - dates, "%s\n", d->text);
	print_message("%s %s %u %s: %s\n", verify_kind_name(d->kind), d->folder, d->uid, d->message_id, d->text);
}

static struct found look(struct quirk_world *w, int64_t id, int level, bool refill) {
	struct found f = { 0 };
	struct stop stop;
	struct verify_sink sink = { .arg = &f, .difference = on_difference };
	struct verify_options how = { .level = level, .bodies = VERIFY_SAMPLE_DEFAULT, .refill = refill };
	struct err e;
	assert_true(stop_init(&stop, NULL));
	struct mail_context ctx = { .net = w->net, .stop = &stop };
	if (!verify_mailbox(w->store, id, &ctx, NULL, &how, &sink, &f.result, &f.refilled, &e))
		fail_msg("level %d: %s", level, e.text);
	stop_free(&stop);
	return f;
}

/* No level that looks at copies finds anything. */
static void nothing_wrong(struct quirk_world *w, int64_t id, uint64_t copies) {
	for (int level = VERIFY_EXISTS; level <= VERIFY_LEVEL_MAX; level++) {
		struct found f = look(w, id, level, false);
		assert_int_equal(f.result.gaps, 0);
		assert_int_equal(f.result.others, 0);
		assert_int_equal(f.result.checked, copies);
	}
}

static const struct quirk_rule swallow_one[] = {
	{ .verb = "APPEND", .in = "number-20@", .act = QUIRK_SWALLOW },
	{ 0 },
};
static const struct quirk_rule swallow_all[] = {
	{ .verb = "APPEND", .act = QUIRK_SWALLOW },
	{ 0 },
};

/* Nothing in the protocol tells migrate: only a look at the target does, at any level. */
static void swallowed(struct quirk_world *w, unsigned missing, const char *named) {
	int64_t id;
	world_servers(w, &good, w->profile);
	quirk_fill(w->source, "INBOX", 1, 40);
	struct mailbox_row row = world_move(w, &id);
	assert_int_equal(row.state, MBOX_SYNCED);
	assert_int_equal(row.counts.copied, 40);
	assert_int_equal(quirk_messages(w->target, NULL, NULL), 40 - missing);
	/* Another run believes the ledger: it neither fills the hole nor makes it larger. */
	row = world_migrate(w, id);
	assert_int_equal(row.counts.copied, 40);
	assert_int_equal(quirk_messages(w->target, NULL, NULL), 40 - missing);

	struct found f = look(w, id, VERIFY_COUNTS, false);
	assert_int_equal(f.kinds[VERIFY_COUNT], 1);
	assert_int_equal(f.result.gaps, 1);
	for (int level = VERIFY_EXISTS; level <= VERIFY_LEVEL_MAX; level++) {
		f = look(w, id, level, false);
		assert_int_equal(f.kinds[VERIFY_MISSING], missing);
		assert_int_equal(f.result.gaps, missing);
		assert_int_equal(f.result.missing, missing);
		assert_int_equal(f.result.checked, 40 - missing);
		assert_int_equal(f.result.others, 0);
		assert_non_null(strstr(f.message_ids, named));
	}
	/* What is missing is put in doubt, and the mailbox is not complete any more. */
	f = look(w, id, VERIFY_HEADERS, true);
	assert_int_equal(f.refilled, missing);
	row = world_row(w, id);
	assert_int_equal(row.counts.pending, missing);
	quirk_become(w->target, &good);
	row = world_migrate(w, id);
	assert_int_equal(row.state, MBOX_SYNCED);
	world_assert_done(w, id, QUIRK_SAME_ALL);
	nothing_wrong(w, id, 40);
}

static void one_is_swallowed(void **state) {
	swallowed(*state, 1, "<number-20@");
}

static void all_are_swallowed(void **state) {
	swallowed(*state, 40, "<number-40@");
}

/* Equal headers in a long run, answers out of order: a copy less and a copy more are each found once. */
static void fill_drafts(struct quirk_server *s, unsigned first, unsigned last) {
	for (unsigned i = first; i <= last; i++) {
		char text[128];
		snprintf(text, sizeof text, "From: me@x\r\nSubject: draft\r\n\r\ntext %03u\r\n", i);
		quirk_add(s, "Drafts", &(struct quirk_message){ .text = text, .flags = "\\Draft" });
	}
}

static void less_and_more(void **state) {
	struct quirk_world *w = *state;
	int64_t id;
	world_servers(w, &good, w->profile);
	quirk_fill(w->source, "INBOX", 1, 600);
	fill_drafts(w->source, 1, 300);
	assert_int_equal(world_move(w, &id).counts.copied, 900);
	nothing_wrong(w, id, 900);

	quirk_expunge(w->target, "INBOX", "number-257@");
	quirk_expunge(w->target, "Drafts", "text 128");
	quirk_fill(w->target, "INBOX", 256, 256); /* stands there twice now */
	struct found f = look(w, id, VERIFY_HEADERS, false);
	assert_int_equal(f.kinds[VERIFY_MISSING], 2);
	assert_int_equal(f.kinds[VERIFY_DUPLICATE], 1);
	assert_int_equal(f.result.gaps, 3);
	assert_non_null(strstr(f.message_ids, "<number-257@"));
	/* The draft comes back under another UID, beside one that is nobody's copy. */
	fill_drafts(w->target, 128, 128);
	fill_drafts(w->target, 999, 999);
	f = look(w, id, VERIFY_BODIES, false);
	assert_int_equal(f.kinds[VERIFY_MISSING], 1);
	assert_int_equal(f.kinds[VERIFY_DUPLICATE], 1);
	assert_int_equal(f.kinds[VERIFY_BODY], 0);
	assert_int_equal(f.result.gaps, 2);
	assert_int_equal(f.result.others, 1);
}

/* Who works in the new mailbox files and deletes: what is in another folder is neither missing nor copied again. */
static void filed_by_the_owner(void **state) {
	struct quirk_world *w = *state;
	struct found f;
	int64_t id;
	world_servers(w, &good, w->profile);
	quirk_folder(w->source, "Work", NULL);
	quirk_fill(w->source, "INBOX", 1, 40);
	quirk_fill(w->source, "Work", 31, 60); /* ten are in both */
	quirk_add(w->source, "INBOX", &(struct quirk_message){ .text = "Subject: nameless\r\n\r\ntext\r\n" });
	assert_int_equal(world_move(w, &id).counts.copied, 71);
	quirk_folder(w->target, "Own", NULL);
	quirk_fill(w->target, "Own", 201, 220);
	quirk_expunge(w->target, "INBOX", "<number-7@"); /* filed in a folder of his own */
	quirk_fill(w->target, "Own", 7, 7);
	quirk_expunge(w->target, "INBOX", "<number-8@"); /* into one that was copied too */
	quirk_fill(w->target, "Work", 8, 8);
	quirk_expunge(w->target, "INBOX", "<number-9@"); /* deleted */
	quirk_expunge(w->target, "INBOX", "<number-31@"); /* deleted, and in the other folder as at the source */
	quirk_expunge(w->target, "INBOX", "<number-10@"); /* deleted on both sides: nobody knows its name any more */
	quirk_expunge(w->source, "INBOX", "<number-10@");
	quirk_expunge(w->target, "INBOX", "nameless"); /* filed, but nothing proves it */
	quirk_add(w->target, "Own", &(struct quirk_message){ .text = "Subject: nameless\r\n\r\ntext\r\n" });
	for (int level = VERIFY_EXISTS; level <= VERIFY_LEVEL_MAX; level++) {
		f = look(w, id, level, false);
		assert_int_equal(f.kinds[VERIFY_MOVED], 2);
		assert_int_equal(f.kinds[VERIFY_MISSING], 4);
		assert_int_equal(f.result.missing, 4);
		assert_int_equal(f.result.gaps, 4);
		assert_non_null(strstr(f.message_ids, "<number-9@"));
		assert_non_null(strstr(f.message_ids, "<number-31@"));
		/* Nor what has its UID in another folder. */
		assert_null(strstr(f.message_ids, "<number-2"));
		assert_null(strstr(f.message_ids, "<number-4"));
		assert_non_null(strstr(f.moved, "<number-8@"));
	}
	f = look(w, id, VERIFY_HEADERS, true);
	assert_int_equal(f.refilled, 4);
	assert_int_equal(world_migrate(w, id).state, MBOX_SYNCED);
	assert_int_equal(quirk_messages(w->target, NULL, "<number-7@"), 1);
	assert_int_equal(quirk_messages(w->target, NULL, "<number-8@"), 1);
	assert_int_equal(quirk_messages(w->target, "INBOX", "<number-9@"), 1);
	f = look(w, id, VERIFY_HEADERS, false);
	assert_int_equal(f.kinds[VERIFY_MOVED], 2);
	assert_int_equal(f.result.gaps, 0);
	quirk_expunge(w->target, "Own", "<number-7@");
	/* Two are gone, and one is elsewhere. */
	quirk_expunge(w->target, "INBOX", "<number-32@");
	quirk_expunge(w->target, "Work", "<number-32@");
	quirk_fill(w->target, "Own", 32, 32);
	f = look(w, id, VERIFY_HEADERS, false);
	assert_int_equal(f.kinds[VERIFY_MOVED], 2);
	assert_int_equal(f.kinds[VERIFY_MISSING], 2);
}

/* A copy is compared by its date to the second, also beyond what 32 bits hold. */
static void dates(void **state) {
	static const char *const at[] = { "01-Jan-1970 00:00:01 +0000", "19-Jan-2038 03:14:08 +0000",
					  "07-Feb-2106 06:28:17 +0000", "31-Dec-9999 23:59:59 +0000",
					  "29-Feb-2000 00:00:00 +1400" };
	static const char text[] = "Message-ID: <date-%u@x>\r\nFrom: a@b\r\n\r\nhello\r\n";
	struct quirk_world *w = *state;
	char of[sizeof text + 16];
	int64_t id;
	world_servers(w, &good, w->profile);
	for (unsigned i = 0; i < sizeof at / sizeof *at; i++) {
		snprintf(of, sizeof of, text, i);
		quirk_add(w->source, "INBOX", &(struct quirk_message){ .text = of, .date = at[i] });
	}
	assert_int_equal(world_move(w, &id).counts.copied, sizeof at / sizeof *at);
	nothing_wrong(w, id, sizeof at / sizeof *at);
	/* Two seconds earlier, which is before 1970, and 2^32 seconds earlier. */
	quirk_expunge(w->target, "INBOX", "date-0@");
	snprintf(of, sizeof of, text, 0U);
	quirk_add(w->target, "INBOX", &(struct quirk_message){ .text = of, .date = "31-Dec-1969 23:59:59 +0000" });
	quirk_expunge(w->target, "INBOX", "date-2@");
	snprintf(of, sizeof of, text, 2U);
	quirk_add(w->target, "INBOX", &(struct quirk_message){ .text = of, .date = "01-Jan-1970 00:00:01 +0000" });
	struct found f = look(w, id, VERIFY_HEADERS, false);
	/* Both are told; that a server does not keep a date in the future is no gap. */
	assert_int_equal(f.kinds[VERIFY_DATE], 1);
	assert_int_equal(f.kinds[VERIFY_DATE_RANGE], 1);
	assert_int_equal(f.result.gaps, 1);
	assert_non_null(strstr(f.dates, "is -2 seconds off"));
	assert_non_null(strstr(f.dates, "is -4294967296 seconds off"));
}

/* By POP3 a copy has the date of its header; verify reads that header again. */
static void dates_of_pop3(void **state) {
	static const struct quirks pop3 = { .pop3 = true };
	static const char text[] =
		"Message-ID: <pop@x>\r\nDate: Tue, 3 Mar 2020 10:00:00 +0000\r\nFrom: a@b\r\n\r\nhi\r\n";
	struct quirk_world *w = *state;
	world_servers(w, &pop3, w->profile);
	quirk_fill(w->source, "INBOX", 1, 20);
	quirk_add(w->source, "INBOX", &(struct quirk_message){ .text = text });
	struct mailbox_spec *spec = calloc(1, sizeof *spec);
	struct add_result added;
	struct err e;
	const int64_t id = 1; /* the first mailbox of a new project */
	assert_non_null(spec);
	snprintf(spec->source_identity, sizeof spec->source_identity, "anna@old.example");
	snprintf(spec->target_identity, sizeof spec->target_identity, "anna@new.example");
	world_endpoint(&spec->source, w->source, "anna");
	world_endpoint(&spec->target, w->target, "anna");
	assert_true(mailboxes_add(w->store, spec, 1, &added, &e));
	endpoint_clear(&spec->source);
	endpoint_clear(&spec->target);
	free(spec);
	assert_int_equal(world_migrate(w, id).counts.copied, 21);
	nothing_wrong(w, id, 21);
	quirk_expunge(w->target, "INBOX", "<pop@x>");
	quirk_add(w->target, "INBOX", &(struct quirk_message){ .text = text, .date = "03-Mar-2020 10:00:07 +0000" });
	struct found f = look(w, id, VERIFY_HEADERS, false);
	assert_int_equal(f.kinds[VERIFY_DATE], 1);
	assert_int_equal(f.result.gaps, 1);
}

static void add_with_flags(struct quirk_server *s, unsigned from, unsigned to, const char *flags) {
	char text[128];
	for (unsigned i = from; i <= to; i++) {
		snprintf(text, sizeof text, "Message-ID: <number-%u@x>\r\nSubject: %u\r\n\r\ntext\r\n", i, i);
		quirk_add(s, "INBOX", &(struct quirk_message){ .text = text, .flags = flags });
	}
}

/* What its owner does at the target is told, and is no gap. */
static void flags_of_the_owner(void **state) {
	struct quirk_world *w = *state;
	int64_t id;
	world_servers(w, &good, w->profile);
	add_with_flags(w->source, 1, 30, "\\Seen $Label1");
	add_with_flags(w->source, 31, 40, NULL);
	add_with_flags(w->source, 41, 59, "\\Flagged");
	assert_int_equal(world_move(w, &id).counts.copied, 59);
	nothing_wrong(w, id, 59);
	quirk_set_flags(w->target, "INBOX", "number-1@", "$Label1");		      /* not read after all */
	quirk_set_flags(w->target, "INBOX", "number-2@", "\\Seen");		      /* another label */
	quirk_set_flags(w->target, "INBOX", "number-3@", "\\Seen $Label1 \\Flagged"); /* to do */
	quirk_set_flags(w->target, "INBOX", "number-31@", "\\Seen \\Answered");
	/* All that was flagged is done with. */
	for (unsigned i = 41; i <= 59; i++) {
		char mark[32];
		snprintf(mark, sizeof mark, "number-%u@", i);
		quirk_set_flags(w->target, "INBOX", mark, "");
	}
	struct found f = look(w, id, VERIFY_HEADERS, false);
	assert_int_equal(f.kinds[VERIFY_FLAGS_CHANGED], 4 + 19);
	assert_int_equal(f.result.notes, 4 + 19);
	assert_int_equal(f.result.gaps, 0);
}

/* A target that says OK and drops a flag: no owner takes it away from all of many. */
static void flags_that_never_arrived(void **state) {
	struct quirk_world *w = *state;
	int64_t id;
	world_servers(w, &good, w->profile);
	add_with_flags(w->source, 1, 40, "\\Flagged \\Seen");
	assert_int_equal(world_move(w, &id).counts.copied, 40);
	assert_int_equal(quirk_flagged(w->target, "INBOX", "\\Flagged"), 0);
	struct found f = look(w, id, VERIFY_HEADERS, false);
	assert_int_equal(f.kinds[VERIFY_FLAGS], 1);
	assert_int_equal(f.kinds[VERIFY_FLAGS_CHANGED], 40);
	assert_int_equal(f.result.gaps, 1);
}

/* Exchange refuses the STORE by which a flag is to come: it is owed, and its owner took nothing away. */
static void flags_that_are_owed(void **state) {
	static const struct quirk_rule refuse[] = { { .verb = "UID STORE", .act = QUIRK_ANSWER, .text = "NO not now" },
						    { 0 } };
	static struct quirks target; /* the server outlives this function */
	struct quirk_world *w = *state;
	int64_t id;
	target = quirk_exchange_online;
	target.rules = refuse;
	world_servers(w, &good, &target);
	add_with_flags(w->source, 1, 10, "\\Flagged");
	add_with_flags(w->source, 11, 20, "\\Seen");
	assert_int_equal(world_move(w, &id).counts.copied, 20);
	quirk_set_flags(w->target, "INBOX", "number-11@", "");
	struct found f = look(w, id, VERIFY_HEADERS, false);
	assert_int_equal(f.kinds[VERIFY_FLAGS], 10);
	assert_int_equal(f.kinds[VERIFY_FLAGS_CHANGED], 1);
	quirk_become(w->target, &quirk_exchange_online);
	world_migrate(w, id);
	f = look(w, id, VERIFY_HEADERS, false);
	assert_int_equal(f.result.gaps, 0);
	assert_int_equal(f.result.notes, 1);
}

static void add_long_header(struct quirk_server *s, unsigned number, size_t subject) {
	struct buf text;
	buf_init(&text, subject + 1000);
	buf_puts(&text, "Subject: ");
	for (size_t i = 0; i < subject; i++)
		buf_putc(&text, 'y');
	buf_printf(&text, "\r\nFrom: a@b\r\nMessage-ID: <long-%u@x>\r\n\r\ntext\r\n", number);
	quirk_add(s, "INBOX", &(struct quirk_message){ .text = text.data });
	buf_free(&text);
}

/* A header line beyond 64 KiB, and one beyond all that is kept of a header: the same fingerprint on all ways. */
static void long_headers(void **state) {
	struct quirk_world *w = *state;
	int64_t id;
	world_servers(w, &good, w->profile);
	quirk_fill(w->source, "INBOX", 1, 5);
	for (unsigned i = 1; i <= 3; i++)
		add_long_header(w->source, i, 70000);
	add_long_header(w->source, 4, HEADER_KEEP_MAX + 1000);
	assert_int_equal(world_move(w, &id).counts.copied, 9);
	nothing_wrong(w, id, 9);
	/* One that is gone comes back once, and the others are known again. */
	quirk_expunge(w->target, "INBOX", "<long-2@");
	struct found f = look(w, id, VERIFY_HEADERS, true);
	assert_int_equal(f.kinds[VERIFY_MISSING], 1);
	assert_int_equal(f.result.gaps, 1);
	world_migrate(w, id);
	assert_int_equal(quirk_messages(w->target, NULL, NULL), 9);
	nothing_wrong(w, id, 9);
}

static const struct CMUnitTest tests[] = {
	WORLD_TEST_AS("one is swallowed: single, APPENDUID", one_is_swallowed, .caps = CAPS_SINGLE,
		      .rules = swallow_one),
	WORLD_TEST_AS("one is swallowed: group, APPENDUID", one_is_swallowed, .caps = QUIRK_CAPS, .rules = swallow_one),
	WORLD_TEST_AS("one is swallowed: single, no APPENDUID", one_is_swallowed, .caps = CAPS_NEITHER,
		      .rules = swallow_one),
	WORLD_TEST_AS("one is swallowed: group, no APPENDUID", one_is_swallowed, .caps = CAPS_NO_UIDPLUS,
		      .rules = swallow_one),
	WORLD_TEST_AS("all are swallowed: APPENDUID", all_are_swallowed, .caps = QUIRK_CAPS, .rules = swallow_all),
	WORLD_TEST_AS("all are swallowed: no APPENDUID", all_are_swallowed, .caps = CAPS_NEITHER, .rules = swallow_all),
	WORLD_TEST_AS("less and more: in order", less_and_more, .caps = QUIRK_CAPS),
	WORLD_TEST_AS("less and more: out of order", less_and_more, .unordered = true),
	WORLD_TEST_AS("less and more: no UIDPLUS", less_and_more, .caps = CAPS_NO_UIDPLUS),
	WORLD_TEST_AS("filed by the owner", filed_by_the_owner, .caps = QUIRK_CAPS),
	WORLD_TEST_AS("filed by the owner: no UIDPLUS", filed_by_the_owner, .caps = CAPS_NO_UIDPLUS),
	WORLD_TEST_AS("dates: in order", dates, .caps = QUIRK_CAPS),
	WORLD_TEST_AS("dates: out of order, no UIDPLUS", dates, .caps = CAPS_NEITHER, .unordered = true),
	WORLD_TEST_AS("dates of POP3", dates_of_pop3, .caps = QUIRK_CAPS),
	WORLD_TEST_AS("long headers", long_headers, .caps = QUIRK_CAPS),
	WORLD_TEST_AS("long headers: no UIDPLUS", long_headers, .caps = CAPS_NEITHER),
	WORLD_TEST_AS("flags of the owner", flags_of_the_owner, .caps = QUIRK_CAPS),
	WORLD_TEST_AS("flags of the owner: no UIDPLUS", flags_of_the_owner, .caps = CAPS_NEITHER),
	WORLD_TEST_AS("flags that never arrived", flags_that_never_arrived, .caps = QUIRK_CAPS, .exchange = true),
	WORLD_TEST_AS("flags that are owed", flags_that_are_owed, .caps = QUIRK_CAPS),
	WORLD_TEST_AS("dates of POP3: out of order", dates_of_pop3, .caps = QUIRK_CAPS, .unordered = true),
};

int main(void) {
	cmocka_set_test_filter(getenv("MAILVAN_TEST_ONLY"));
	return cmocka_run_group_tests(tests, NULL, NULL);
}
