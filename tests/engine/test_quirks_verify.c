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

#include "tests/servers/quirk_world_lib.h"

#define CAPS_SINGLE QUIRK_CAPS_PLAIN " LITERAL+ UIDPLUS LIST-EXTENDED LIST-STATUS SPECIAL-USE"
#define CAPS_NO_UIDPLUS QUIRK_CAPS_PLAIN " LITERAL+ MULTIAPPEND"
#define CAPS_NEITHER QUIRK_CAPS_PLAIN " LITERAL+"

static const struct quirks good = { 0 };

struct found {
	unsigned kinds[VERIFY_KIND_COUNT];
	char message_ids[2000]; /* of gaps, each in <> */
	char dates[2000];	/* what was said of them */
	struct verification result;
	uint64_t refilled;
};

static void on_difference(void *arg, const struct verify_difference *d) {
	struct found *f = arg;
	size_t n = strlen(f->message_ids), dates = strlen(f->dates);
	f->kinds[d->kind]++;
	if (verify_kind_is_gap(d->kind))
		snprintf(f->message_ids + n, sizeof f->message_ids - n, "%s", d->message_id);
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

#define P(name, run, ...)                                                                                              \
	{                                                                                                              \
		name, run, world_open, world_close, &(struct quirks) {                                                 \
			__VA_ARGS__                                                                                    \
		}                                                                                                      \
	}
static const struct CMUnitTest tests[] = {
	P("one is swallowed: single, APPENDUID", one_is_swallowed, .caps = CAPS_SINGLE, .rules = swallow_one),
	P("one is swallowed: group, APPENDUID", one_is_swallowed, .caps = QUIRK_CAPS, .rules = swallow_one),
	P("one is swallowed: single, no APPENDUID", one_is_swallowed, .caps = CAPS_NEITHER, .rules = swallow_one),
	P("one is swallowed: group, no APPENDUID", one_is_swallowed, .caps = CAPS_NO_UIDPLUS, .rules = swallow_one),
	P("all are swallowed: APPENDUID", all_are_swallowed, .caps = QUIRK_CAPS, .rules = swallow_all),
	P("all are swallowed: no APPENDUID", all_are_swallowed, .caps = CAPS_NEITHER, .rules = swallow_all),
	P("less and more: in order", less_and_more, .caps = QUIRK_CAPS),
	P("less and more: out of order", less_and_more, .unordered = true),
	P("less and more: no UIDPLUS", less_and_more, .caps = CAPS_NO_UIDPLUS),
	P("dates: in order", dates, .caps = QUIRK_CAPS),
	P("dates: out of order, no UIDPLUS", dates, .caps = CAPS_NEITHER, .unordered = true),
	P("dates of POP3", dates_of_pop3, .caps = QUIRK_CAPS),
	P("dates of POP3: out of order", dates_of_pop3, .caps = QUIRK_CAPS, .unordered = true),
};

int main(void) {
	cmocka_set_test_filter(getenv("MAILVAN_TEST_ONLY"));
	return cmocka_run_group_tests(tests, NULL, NULL);
}
