/* SPDX-License-Identifier: MIT
 *
 * test_gap_names.c - whatever way a message fails, the report can name it: subject, sender, date and Message-ID.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <string.h>

#include "core/store/mailboxes.h"
#include "tests/servers/quirk_world_lib.h"

#define CAPS_SINGLE QUIRK_CAPS_PLAIN " LITERAL+ UIDPLUS LIST-EXTENDED LIST-STATUS SPECIAL-USE"

static const struct quirks good = { 0 };
static const struct quirk_rule too_big[] = {
	{ .verb = "APPEND", .in = "huge", .text = "NO [TOOBIG] Message too large" },
	{ 0 },
};
/* Refused in the stream, where its header is not at hand any more; and in a group. */
static struct quirks single = { .caps = CAPS_SINGLE, .rules = too_big };
static struct quirks grouped = { .rules = too_big };

static void add_failing(struct quirk_world *w, const char *number) {
	char text[512];
	snprintf(text, sizeof text,
		 "Message-ID: <huge-%s@quirk.example>\r\nFrom: Ann <a@b.example>\r\nDate: Tue, 3 Mar 2026 10:00:00 "
		 "+0000\r\nSubject: =?utf-8?q?H=C3=BCge?= %s\r\n\r\nhuge\r\n",
		 number, number);
	quirk_add(w->source, "INBOX", &(struct quirk_message){ .text = text, .stays = true });
}

struct seen {
	unsigned rows;
	struct failure_row last;
};

static bool see(void *arg, const struct failure_row *row) {
	struct seen *s = arg;
	assert_int_equal(row->state, MSG_FAILED);
	assert_int_equal(row->cat, ERR_TOO_LARGE);
	assert_string_equal(row->from, "Ann <a@b.example>");
	assert_string_equal(row->date, "Tue, 3 Mar 2026 10:00:00 +0000");
	assert_non_null(strstr(row->message_id, "<huge-"));
	assert_true(strncmp(row->subject, "H\xc3\xbcge ", 6) == 0);
	assert_true(row->size > 0);
	s->rows++;
	s->last = *row;
	return true;
}

static void every_failure_has_its_names(void **state) {
	struct quirk_world *w = *state;
	struct seen seen = { 0 };
	struct err e;
	int64_t id;
	world_servers(w, &good, w->profile);
	quirk_fill(w->source, "INBOX", 1, 10);
	add_failing(w, "1");
	quirk_fill(w->source, "INBOX", 12, 20);
	add_failing(w, "2");
	struct mailbox_row row = world_move(w, &id);
	assert_int_equal(row.counts.failed, 2);
	assert_int_equal(row.counts.copied, 19);
	if (!mailbox_failures(w->store, id, see, &seen, &e))
		fail_msg("%s", e.text);
	assert_int_equal(seen.rows, 2);
	assert_string_equal(seen.last.message_id, "<huge-2@quirk.example>");
	assert_string_equal(seen.last.subject, "H\xc3\xbcge 2");
	world_assert_done(w, id, QUIRK_SAME_ALL);
}


int main(void) {
	const struct CMUnitTest tests[] = {
		WORLD_TEST_WITH("names: refused in the stream", every_failure_has_its_names, &single),
		WORLD_TEST_WITH("names: refused in a group", every_failure_has_its_names, &grouped),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
