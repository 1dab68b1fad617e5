/* SPDX-License-Identifier: MIT
 *
 * test_quirks_exchange.c - what Exchange says and refuses beyond reference/exchange-wire.md B.1 (test_exchange.c), by
 * reference/correctness.md section 2: as a source, answers that are not quite IMAP, and folders that hold no mail; as a
 * target, limits of MIME.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdlib.h>
#include <string.h>

#include "tests/servers/quirk_world_lib.h"

#define GREETING "* OK The Microsoft Exchange IMAP4 service is ready. [UQBVAEkAUgBLAA==]"
#define CAPS "IMAP4 IMAP4rev1 AUTH=PLAIN SASL-IR UIDPLUS ID UNSELECT CHILDREN IDLE NAMESPACE LITERAL+ MOVE"

static const struct quirks good = { 0 };

/* --- answers of a source ---------------------------------------------------------------------------------------- */

/* Folders with and without blanks in their names, and twelve messages. */
static void everything_is_read(void **state) {
	struct quirk_world *w = *state;
	int64_t id;
	world_servers(w, w->profile, &good);
	quirk_fill(w->source, "INBOX", 1, 4);
	quirk_fill(w->source, "Sent Items", 11, 14);
	quirk_fill(w->source, "Drafts", 21, 22);
	quirk_fill(w->source, "Sent Items/To the board", 31, 32);
	struct mailbox_row row = world_move(w, &id);
	assert_int_equal(row.state, MBOX_SYNCED);
	assert_int_equal(row.counts.copied, 12);
	assert_int_equal(w->message_count, 0);
	world_assert_done(w, id, QUIRK_SAME_ALL);
	/* UIDVALIDITY and UIDNEXT were understood: what is new is asked for, and nothing else. */
	quirk_forget(w->source);
	quirk_fill(w->source, "Drafts", 23, 23);
	row = world_migrate(w, id);
	assert_int_equal(row.counts.copied, 13);
	assert_int_equal(row.counts.adopted, 0);
	assert_int_equal(quirk_count(w->source, "UID FETCH", "BODY.PEEK[]"), 1);
}

/* A target that leaves out OK says all the same that it keeps keywords, and which folder it is: after a lost answer the
 * copies are found again. */
static void bare_codes_of_a_target(void **state) {
	static const struct quirk_rule lost[] = { { .verb = "APPEND", .act = QUIRK_DO_CLOSE, .times = 1 }, { 0 } };
	static const struct quirks target = { .bare_codes = true, .rules = lost };
	struct quirk_world *w = *state;
	int64_t id;
	world_servers(w, &good, &target);
	quirk_fill(w->source, "INBOX", 1, 10);
	struct mailbox_row row = world_move(w, &id);
	assert_int_equal(row.state, MBOX_SYNCED);
	assert_int_equal(row.dropped_keywords, 0);
	world_assert_done(w, id, QUIRK_SAME_ALL);
}

/* --- folders that hold no mail ------------------------------------------------------------------------------------ */

struct noted {
	const char *source;
	char note[ERR_TEXT_MAX];
	bool skipped;
};

static bool on_row(void *arg, const struct folder_row *row) {
	struct noted *n = arg;
	if (strcmp(row->source, n->source) == 0) {
		n->skipped = row->skipped;
		snprintf(n->note, sizeof n->note, "%s", row->note);
	}
	return true;
}

static const char *const odd[] = { "Calendar",	  "Calendar/Birthdays",	   "Kontakte", "T&AOI-ches",
				   "Sync Issues", "Sync Issues/Conflicts", "Journal",  "OUTBOX" };
enum { ODD = sizeof odd / sizeof *odd };

static int64_t with_odd_folders(struct quirk_world *w, const struct quirks *source) {
	world_servers(w, source, &good);
	quirk_fill(w->source, "INBOX", 1, 3);
	quirk_fill(w->source, "Projects/Calendar", 11, 13); /* below the top it is somebody's own */
	quirk_fill(w->source, "Calendars", 21, 23);
	for (unsigned i = 0; i < ODD; i++)
		quirk_fill(w->source, odd[i], 100 + i, 100 + i);
	return world_add(w, w->source, w->target, "anna", "anna");
}

static const struct quirks exchange = { .greeting = GREETING, .caps = CAPS };

static void folders_without_mail_are_left_out_and_named(void **state) {
	struct quirk_world *w = *state;
	struct err e;
	int64_t id = with_odd_folders(w, &exchange);
	struct mailbox_row row = world_migrate(w, id);
	assert_int_equal(row.state, MBOX_SYNCED);
	assert_int_equal(row.counts.copied, 9);
	assert_int_equal(quirk_messages(w->target, NULL, NULL), 9);
	assert_int_equal(quirk_messages(w->target, "Projects/Calendar", NULL), 3);
	for (unsigned i = 0; i < ODD; i++) {
		struct noted n = { .source = strcmp(odd[i], "T&AOI-ches") == 0 ? "T\xc3\xa2"
										 "ches"
									       : odd[i] };
		assert_true(mailbox_folders(w->store, id, on_row, &n, &e));
		assert_true(n.skipped);
		assert_non_null(strstr(n.note, "not mail"));
		assert_non_null(strstr(n.note, "non-mail copy"));
	}
	/* The operator wants them all the same. */
	assert_true(setting_set(w->store, "non-mail", "copy", &e));
	row = world_migrate(w, id);
	assert_int_equal(row.state, MBOX_SYNCED);
	assert_int_equal(row.counts.copied, 9 + ODD);
	world_assert_done(w, id, QUIRK_SAME_CONTENT);
}

static void of_another_server_they_are_mail(void **state) {
	struct quirk_world *w = *state;
	struct mailbox_row row = world_migrate(w, with_odd_folders(w, &good));
	assert_int_equal(row.counts.copied, 9 + ODD);
}

/* --- limits of MIME of a target ----------------------------------------------------------------------------------- */

#define HEAD                                                                                                           \
	"Message-ID: <special@quirk.example>\r\nDate: Thu, 12 Mar 2020 10:00:00 +0000\r\nFrom: a@quirk.example\r\n"    \
	"Subject: special\r\nMIME-Version: 1.0\r\n"

static char *repeat(const char *head, const char *part, unsigned n, const char *tail) {
	size_t size = strlen(head) + n * (strlen(part) + 16) + strlen(tail) + 1, used;
	char *text = malloc(size);
	assert_non_null(text);
	used = (size_t)snprintf(text, size, "%s", head);
	for (unsigned i = 0; i < n; i++) { /* '#' is its number */
		const char *mark = strchr(part, '#');
		used += (size_t)snprintf(text + used, size - used, "%.*s%u%s", (int)(mark - part), part, i, mark + 1);
	}
	snprintf(text + used, size - used, "%s", tail);
	return text;
}

/* What is refused whatever is tried is named, and the others arrive. */
static void refused_by_name(void **state, char *text) {
	struct quirk_world *w = *state;
	int64_t id;
	world_servers(w, &good, &quirk_exchange_online);
	quirk_fill(w->source, "INBOX", 1, 1);
	quirk_add(w->source, "INBOX", &(struct quirk_message){ .text = text, .stays = true });
	quirk_fill(w->source, "INBOX", 3, 3);
	free(text);
	struct mailbox_row row = world_move(w, &id);
	assert_int_equal(row.state, MBOX_SYNCED_WITH_GAPS);
	assert_int_equal(row.counts.copied, 2);
	assert_int_equal(row.counts.failed, 1);
	assert_int_equal(world_only_message(w)->uid, 2);
	assert_non_null(strstr(world_only_message(w)->text, "APPEND failed"));
	world_assert_tried_again(w, id);
	world_assert_done(w, id, QUIRK_SAME_ALL);
}

static void too_many_attachments(void **state) {
	refused_by_name(state,
			repeat(HEAD "Content-Type: multipart/mixed; boundary=b\r\n\r\n",
			       "--b\r\nContent-Disposition: attachment; filename=f#\r\n\r\nx\r\n", 251, "--b--\r\n"));
}

static void too_many_levels(void **state) {
	refused_by_name(state,
			repeat(HEAD "Content-Type: multipart/mixed; boundary=a\r\n\r\n--a\r\n",
			       "Content-Type: multipart/mixed; boundary=b#\r\n\r\n--b\r\n", 31, "x\r\n--a--\r\n"));
}

static void too_many_references(void **state) {
	refused_by_name(state, repeat(HEAD "References: <first@quirk.example>\r\n", " <number-#@quirk.example>\r\n",
				      1600, "\r\nx\r\n"));
}

static void appledouble(void **state) {
	refused_by_name(state, repeat(HEAD "Content-Type: multipart/appledouble; boundary=a\r\n\r\n--a\r\n",
				      "Content-Type: application/applefile\r\n\r\n#\r\n", 1, "--a--\r\n"));
}

#define P(name, run, ...) WORLD_TEST_AS(name, run, .greeting = GREETING, .caps = CAPS, __VA_ARGS__)
static const struct CMUnitTest tests[] = {
	P("LIST without the opening quote", everything_is_read, .quote_lost = true),
	P("STATUS with blanks at the end", everything_is_read, .status_blank = true),
	P("codes without OK", everything_is_read, .bare_codes = true),
	P("all of it", everything_is_read, .quote_lost = true, .status_blank = true, .bare_codes = true, .noise = true),
	WORLD_TEST(bare_codes_of_a_target),
	WORLD_TEST(folders_without_mail_are_left_out_and_named),
	WORLD_TEST(of_another_server_they_are_mail),
	WORLD_TEST(too_many_attachments),
	WORLD_TEST(too_many_levels),
	WORLD_TEST(too_many_references),
	WORLD_TEST(appledouble),
};

int main(void) {
	cmocka_set_test_filter(getenv("MAILVAN_TEST_ONLY"));
	return cmocka_run_group_tests(tests, NULL, NULL);
}
