/* SPDX-License-Identifier: MIT
 *
 * test_alarms.c - a source that hides mail is named, with what to do about it, and stops nothing; an ordinary one is
 * not suspected.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdlib.h>
#include <string.h>

#include "core/work/sync.h"
#include "tests/servers/delta_world_lib.h"

static const struct quirks good = { 0 };

static int64_t move_from(struct quirk_world *w, const struct quirks *source, unsigned n) {
	int64_t id;
	world_servers(w, source, &good);
	quirk_fill(w->source, "INBOX", 1, n);
	world_move(w, &id);
	return id;
}

static void an_ordinary_mailbox_has_none(void **state) {
	struct quirk_world *w = *state;
	int64_t id = move_from(w, &good, 60);
	assert_false(delta_alarm(w, id, NULL, NULL));
	quirk_expunge(w->source, "INBOX", "number-1@");
	quirk_fill(w->source, "INBOX", 61, 70);
	assert_int_equal(world_migrate(w, id).state, MBOX_SYNCED);
	assert_false(delta_alarm(w, id, NULL, NULL));
}

static void a_round_count(void **state) {
	struct quirk_world *w = *state;
	int64_t id = move_from(w, &good, 1000);
	assert_int_equal(world_row(w, id).state, MBOX_SYNCED);
	assert_true(delta_alarm(w, id, "round-count", "Limit IMAP folders"));
	/* It goes when it is no longer so. */
	quirk_fill(w->source, "INBOX", 1001, 1001);
	world_migrate(w, id);
	assert_false(delta_alarm(w, id, NULL, NULL));
}

static void which_counts_are_round(void **state) {
	(void)state;
	static const uint32_t yes[] = { 1000, 2000, 5000, 10000 }, no[] = { 0, 10, 100, 500, 999, 1001, 3000, 9999 };
	for (size_t i = 0; i < sizeof yes / sizeof *yes; i++)
		assert_true(alarms_round(yes[i]));
	for (size_t i = 0; i < sizeof no / sizeof *no; i++)
		assert_false(alarms_round(no[i]));
}

static void which_hosts_are_yahoo(void **state) {
	(void)state;
	static const struct {
		const char *host;
		bool yahoo;
	} table[] = { { "imap.mail.yahoo.com", true }, { "IMAP.AOL.COM", true },
		      { "imap.mail.att.net", true },   { "export.imap.mail.yahoo.com", false },
		      { "imap.notyahoo.com", false },  { "yahoo.com.example.org", false },
		      { "mail.example.com", false } };
	for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
		struct endpoint ep;
		endpoint_init(&ep);
		text_copy(ep.host, sizeof ep.host, table[i].host);
		if (alarms_yahoo(&ep) != table[i].yahoo)
			fail_msg("%s", table[i].host);
	}
}

static void more_counted_than_listed(void **state) {
	static const struct quirks q = { .exists_more = 3, .status_more = 3 };
	struct quirk_world *w = *state;
	int64_t id = move_from(w, &q, 60);
	assert_int_equal(world_row(w, id).counts.copied, 60);
	assert_true(delta_alarm(w, id, "not-listed", "counts 63 messages and lists 60"));
}

static void two_counts_that_differ(void **state) {
	static const struct quirks q = { .status_more = 5 };
	struct quirk_world *w = *state;
	int64_t id = move_from(w, &q, 60);
	assert_int_equal(world_row(w, id).state, MBOX_SYNCED);
	assert_true(delta_alarm(w, id, "count-differs", "STATUS counts 65 messages, the opened folder 60"));
}

static void bodies_of(struct quirk_world *w, enum quirk_body body, unsigned n, int64_t *id) {
	world_servers(w, &good, &good);
	quirk_fill(w->source, "INBOX", 1, 30);
	for (unsigned i = 0; i < n; i++) {
		char text[120];
		snprintf(text, sizeof text, "Message-ID: <odd-%u@quirk.example>\r\nSubject: odd\r\n\r\nodd\r\n", i);
		quirk_add(w->source, "INBOX", &(struct quirk_message){ .text = text, .body = body, .stays = true });
	}
	quirk_fill(w->source, "INBOX", 31, 40);
	assert_int_equal(world_move(w, id).counts.copied, 40);
}

static void listed_and_not_delivered(void **state) {
	int64_t id;
	bodies_of(*state, BODY_HIDDEN, 1, &id);
	assert_true(delta_alarm(*state, id, "not-delivered", "1 messages are listed"));
}

static void left_out_of_fetch(void **state) {
	int64_t id;
	bodies_of(*state, BODY_GONE, 5, &id);
	assert_true(delta_alarm(*state, id, "omitted", "5 messages were listed"));
}

static void one_left_out_is_somebody_deleting(void **state) {
	int64_t id;
	bodies_of(*state, BODY_GONE, 1, &id);
	assert_false(delta_alarm(*state, id, NULL, NULL));
}

static void many_empty_bodies(void **state) {
	int64_t id;
	bodies_of(*state, BODY_EMPTY, 6, &id);
	assert_true(delta_alarm(*state, id, "empty-bodies", "6 of 46 messages"));
}

static void a_few_empty_bodies_are_failures_only(void **state) {
	int64_t id;
	bodies_of(*state, BODY_EMPTY, 4, &id);
	assert_false(delta_alarm(*state, id, "empty-bodies", NULL));
}

static void uidnext_far_beyond(void **state) {
	struct quirk_world *w = *state;
	int64_t id;
	world_servers(w, &good, &good);
	for (unsigned i = 1; i <= 5; i++)
		delta_special(w->source, "INBOX", i, NULL);
	quirk_fill(w->source, "INBOX", 6, 1010);
	quirk_hide(w->source, "INBOX", "number-", true);
	assert_int_equal(world_move(w, &id).counts.copied, 5);
	assert_true(delta_alarm(w, id, "uidnext-far", "the 1005 newest"));
}

static int64_t move_by_pop3(struct quirk_world *w, const char *login) {
	static const struct quirks pop3 = { .pop3 = true };
	struct mailbox_spec spec = { .source_identity = "anna@old.example", .target_identity = "anna@new.example" };
	struct add_result added;
	struct err e;
	world_servers(w, &pop3, &good);
	quirk_fill(w->source, "INBOX", 1, 5);
	world_endpoint(&spec.source, w->source, login);
	world_endpoint(&spec.target, w->target, "anna");
	assert_true(mailboxes_add(w->store, &spec, 1, &added, &e));
	endpoint_clear(&spec.source);
	endpoint_clear(&spec.target);
	delta_options(w, true, SYNC_DELETES_EXPUNGE);
	assert_int_equal(world_migrate(w, 1).counts.copied, 5);
	return 1;
}

static void pop3_shows_the_inbox(void **state) {
	int64_t id = move_by_pop3(*state, "anna");
	assert_true(delta_alarm(*state, id, "pop3-inbox-only", "inbox only"));
	assert_false(delta_alarm(*state, id, "pop3-recent", NULL));
	assert_true(delta_alarm(*state, id, "sync-options", "do nothing here"));
}

static void pop3_recent_shows_a_month(void **state) {
	int64_t id = move_by_pop3(*state, "recent:anna");
	assert_true(delta_alarm(*state, id, "pop3-recent", "last 30 days"));
}

static void a_mailbox_that_is_removed_takes_its_alarms_along(void **state) {
	struct quirk_world *w = *state;
	int64_t id = move_from(w, &good, 1000);
	struct mailbox_filter only = { .ids = &id, .id_count = 1 };
	struct command_result done;
	struct err e;
	assert_true(delta_alarm(w, id, NULL, NULL));
	assert_true(command_issue(w->store, CMD_REMOVE, &only, "test", &done, &e));
	assert_false(delta_alarm(w, id, NULL, NULL));
}

int main(void) {
	const struct CMUnitTest tests[] = {
		WORLD_TEST(an_ordinary_mailbox_has_none),
		WORLD_TEST(a_round_count),
		cmocka_unit_test(which_counts_are_round),
		cmocka_unit_test(which_hosts_are_yahoo),
		WORLD_TEST(more_counted_than_listed),
		WORLD_TEST(two_counts_that_differ),
		WORLD_TEST(listed_and_not_delivered),
		WORLD_TEST(left_out_of_fetch),
		WORLD_TEST(one_left_out_is_somebody_deleting),
		WORLD_TEST(many_empty_bodies),
		WORLD_TEST(a_few_empty_bodies_are_failures_only),
		WORLD_TEST(uidnext_far_beyond),
		WORLD_TEST(pop3_shows_the_inbox),
		WORLD_TEST(pop3_recent_shows_a_month),
		WORLD_TEST(a_mailbox_that_is_removed_takes_its_alarms_along),
	};
	cmocka_set_test_filter(getenv("MAILVAN_TEST_ONLY"));
	return cmocka_run_group_tests(tests, NULL, NULL);
}
