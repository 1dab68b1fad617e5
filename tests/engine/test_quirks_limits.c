/* SPDX-License-Identifier: MIT
 *
 * test_quirks_limits.c - quotas, throttles, connection limits, refused logins, and who may write into an account.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <poll.h>
#include <sqlite3.h>
#include <stdlib.h>
#include <string.h>

#include "core/mail/target.h"
#include "tests/servers/quirk_world_lib.h"

#define CAPS_SINGLE QUIRK_CAPS_PLAIN " LITERAL+ UIDPLUS LIST-EXTENDED LIST-STATUS SPECIAL-USE"

static const struct quirks good = { 0 };

static struct mailbox_row move(struct quirk_world *w, const struct quirks *source, const struct quirks *target,
			       unsigned n, int64_t *id) {
	world_servers(w, source, target);
	quirk_fill(w->source, "INBOX", 1, n);
	return world_move(w, id);
}

static bool all_gone(struct quirk_server *s) {
	for (int i = 0; i < 500; i++) {
		if (quirk_connected(s) == 0)
			return true;
		poll(NULL, 0, 10);
	}
	return false;
}

/* --- quota ------------------------------------------------------------------------------------------------------ */

static const struct quirk_rule full[] = {
	{ .verb = "APPEND", .text = "NO [OVERQUOTA] the mailbox is full", .after = 70 }, { 0 }
};

static void quota_then_space(struct quirk_world *w, const struct quirks *target) {
	int64_t id;
	struct mailbox_row row = move(w, &good, target, 150, &id);
	assert_int_equal(row.state, MBOX_FAILED);
	assert_int_equal(row.error_cat, ERR_OVER_QUOTA);
	assert_non_null(strstr(row.error, "the mailbox is full"));
	size_t arrived = quirk_messages(w->target, NULL, NULL);
	assert_true(arrived > 0 && arrived <= 70);
	assert_int_equal(row.counts.failed, 0); /* no message is to blame */
	assert_int_equal(row.counts.copied + row.counts.pending, 150);

	quirk_become(w->target, &good);
	row = world_migrate(w, id);
	assert_int_equal(row.state, MBOX_SYNCED);
	assert_int_equal(row.counts.copied, 150);
	world_assert_done(w, id, QUIRK_SAME_ALL);
}

static void a_full_target_goes_on_when_there_is_space(void **state) {
	static const struct quirks target = { .caps = CAPS_SINGLE, .rules = full };
	quota_then_space(*state, &target);
}

static void a_full_target_goes_on_with_groups(void **state) {
	static const struct quirks target = { .rules = full };
	quota_then_space(*state, &target);
}

static void a_full_target_goes_on_without_uids(void **state) {
	static const struct quirks target = { .caps = QUIRK_CAPS_PLAIN " LITERAL+",
					      .rules = full,
					      .uidnext = UIDNEXT_MISSING };
	quota_then_space(*state, &target);
}

/* --- slow down -------------------------------------------------------------------------------------------------- */

#define THROTTLE "Request is throttled. Suggested Backoff Time: 300 milliseconds"

static void throttled_and_done(struct quirk_world *w, const struct quirks *source, const struct quirks *target) {
	int64_t id;
	mono_ms_t began = mono_ms();
	struct mailbox_row row = move(w, source, target, 100, &id);
	assert_true(w->states & 1u << MBOX_THROTTLED);
	assert_true(mono_ms() - began >= 300);
	assert_int_equal(row.state, MBOX_SYNCED);
	assert_int_equal(row.counts.copied, 100);
	assert_int_equal(row.throttled_until, 0);
	world_assert_done(w, id, QUIRK_SAME_ALL);
}

static void a_throttled_append_waits_and_goes_on(void **state) {
	static const struct quirk_rule rules[] = {
		{ .verb = "APPEND", .text = "NO " THROTTLE, .after = 30, .times = 1 }, { 0 }
	};
	static const struct quirks target = { .caps = CAPS_SINGLE, .rules = rules };
	throttled_and_done(*state, &good, &target);
}

static void a_throttled_group_waits_and_goes_on(void **state) {
	static const struct quirk_rule rules[] = {
		{ .verb = "APPEND", .text = "NO " THROTTLE, .after = 64, .times = 1 }, { 0 }
	};
	static const struct quirks target = { .rules = rules };
	throttled_and_done(*state, &good, &target);
}

static void a_throttled_fetch_waits_and_goes_on(void **state) {
	static const struct quirk_rule rules[] = {
		{ .verb = "UID FETCH", .in = "BODY.PEEK[]", .text = "NO " THROTTLE, .times = 1 },
		{ 0 },
	};
	static const struct quirks source = { .rules = rules };
	throttled_and_done(*state, &source, &good);
}

static void a_throttling_goodbye_waits_and_goes_on(void **state) {
	static const struct quirk_rule rules[] = {
		{ .verb = "APPEND", .act = QUIRK_BYE, .text = "* BYE " THROTTLE,
		  .after = 30, .times = 1 },
		{ 0 },
	};
	static const struct quirks target = { .caps = CAPS_SINGLE, .rules = rules };
	throttled_and_done(*state, &good, &target);
}

static void too_many_connections_is_tried_later(void **state) {
	static const struct quirk_rule rules[] = {
		{ .verb = "GREETING",
		  .act = QUIRK_BYE,
		  .text = "* BYE Too many connections from your address",
		  .times = 1 },
		{ 0 },
	};
	static const struct quirks target = { .rules = rules };
	struct quirk_world *w = *state;
	int64_t id;
	struct mailbox_row row = move(w, &good, &target, 20, &id);
	assert_true(w->states & 1u << MBOX_QUEUED); /* it made room, and came back */
	assert_true(row.throttled_ms >= 1900);
	assert_int_equal(row.state, MBOX_SYNCED);
	world_assert_done(w, id, QUIRK_SAME_ALL);
}

/* The server has hung up, with a reset, before the client writes on: its reason is still there to be read. */
static void the_last_words_of_a_server_are_heard(void **state) {
	static const struct quirk_rule rules[] = {
		{ .verb = "APPEND",
		  .act = QUIRK_BYE_CUT,
		  .text = "* BYE going home",
		  .announced = true,
		  .late_ms = 50 },
		{ 0 },
	};
	static const char block[100000] = "Subject: x";
	static const struct quirks q = { .rules = rules };
	struct quirk_world *w = *state;
	const struct append_message m = { .keywords = "", .size = sizeof block };
	const struct target_sink sink = { 0 };
	struct mail_context ctx = { .net = w->net };
	struct folder_status st;
	struct endpoint ep;
	struct err e;
	bool moved;
	world_servers(w, &good, &q);
	world_endpoint(&ep, w->target, "anna");
	struct target *t = target_open(&ctx, &ep, &e);
	endpoint_clear(&ep);
	assert_non_null(t);
	assert_true(t->ops->select(t, "INBOX", &st, &e));
	assert_true(t->ops->append_begin(t, &m, &e) && t->ops->append_data(t, block, sizeof block, &e));
	assert_true(t->ops->append_end(t, false, &e) && t->ops->step(t, &sink, &moved, &e));
	assert_true(all_gone(w->target));
	assert_true(t->ops->append_begin(t, &m, &e) && t->ops->append_data(t, block, sizeof block, &e));
	assert_true(t->ops->append_end(t, false, &e));
	assert_false(t->ops->step(t, &sink, &moved, &e));
	t->ops->close(t, false);
	if (!strstr(e.text, "BYE going home"))
		fail_msg("%s", e.text);
}

/* --- logins ----------------------------------------------------------------------------------------------------- */

static const struct quirk_rule wrong[] = {
	{ .verb = "AUTHENTICATE", .text = "NO [AUTHENTICATIONFAILED] Invalid credentials" },
	{ .verb = "LOGIN", .text = "NO [AUTHENTICATIONFAILED] Invalid credentials" },
	{ 0 },
};

static void refused_login(struct quirk_world *w, const struct quirks *source, const struct quirks *target,
			  bool at_source) {
	int64_t id;
	struct mailbox_row row = move(w, source, target, 5, &id);
	struct quirk_server *s = at_source ? w->source : w->target;
	assert_int_equal(row.state, MBOX_FAILED);
	assert_int_equal(row.error_cat, ERR_AUTH_BAD);
	assert_int_equal(quirk_count(s, "AUTHENTICATE", NULL) + quirk_count(s, "LOGIN", NULL), 1);
	assert_int_equal(quirk_messages(w->target, NULL, NULL), 0);
	/* Someone corrects the account, and asks again. */
	quirk_become(s, &good);
	assert_int_equal(world_migrate(w, id).state, MBOX_SYNCED);
	world_assert_done(w, id, QUIRK_SAME_ALL);
}

static void a_refused_login_at_the_source_is_tried_once(void **state) {
	static const struct quirks bad = { .rules = wrong };
	refused_login(*state, &bad, &good, true);
}

static void a_refused_login_at_the_target_is_tried_once(void **state) {
	static const struct quirks bad = { .rules = wrong };
	refused_login(*state, &good, &bad, false);
}

static void a_refused_plain_login_command_is_tried_once(void **state) {
	static const struct quirks bad = { .caps = "IMAP4rev1", .rules = wrong };
	refused_login(*state, &good, &bad, false);
}

/* --- who may write ---------------------------------------------------------------------------------------------- */

static void two_rows(struct quirk_world *w, struct quirk_server *other, const char *second_account) {
	static const struct quirks slow = { .caps = CAPS_SINGLE, .append_ms = 5 };
	world_servers(w, &good, &slow);
	quirk_fill(w->source, "INBOX", 1, 60);
	quirk_fill(other, "INBOX", 101, 160);
	world_add(w, w->source, w->target, "anna", "shared");
	world_add(w, other, w->target, "bob", second_account);
	world_migrate(w, 0);
	assert_int_equal(quirk_messages(w->target, "INBOX", NULL), 120);
	for (unsigned i = 1; i <= 160; i++) {
		char name[64];
		snprintf(name, sizeof name, "<number-%u@quirk", i);
		assert_int_equal(quirk_messages(w->target, "INBOX", name), i <= 60 || i > 100);
	}
	/* Again: nothing moves. */
	quirk_forget(w->target);
	world_migrate(w, 0);
	assert_int_equal(quirk_count(w->target, "APPEND", NULL), 0);
}

static void one_account_has_one_writer(void **state) {
	struct quirk_world *w = *state;
	struct quirk_server *other = quirk_start(&good);
	two_rows(w, other, "shared");
	assert_int_equal(quirk_overlaps(w->target), 0);
	quirk_stop(other);
}

/* The same with two accounts: they do run side by side, and the server does notice. */
static void two_accounts_have_two_writers(void **state) {
	struct quirk_world *w = *state;
	struct quirk_server *other = quirk_start(&good);
	two_rows(w, other, "another");
	assert_true(quirk_overlaps(w->target) > 0);
	quirk_stop(other);
}

struct thief {
	struct quirk_world *w;
	const char *sql;
	bool stolen;
	size_t stored; /* at the target when it happened */
};

static bool sql(struct quirk_world *w, const char *text) {
	char path[128];
	sqlite3 *db = NULL;
	snprintf(path, sizeof path, "%s/project/project.db", w->dir);
	bool ok = sqlite3_open_v2(path, &db, SQLITE_OPEN_READWRITE, NULL) == SQLITE_OK &&
		  sqlite3_busy_timeout(db, 5000) == SQLITE_OK &&
		  sqlite3_exec(db, text, NULL, NULL, NULL) == SQLITE_OK && sqlite3_changes(db) > 0;
	sqlite3_close(db);
	return ok;
}

static void *steal(void *arg) {
	struct thief *t = arg;
	if (!quirk_wait(t->w->target, "APPEND", NULL, 30, 10000))
		return NULL;
	t->stolen = sql(t->w, t->sql);
	t->stored = quirk_messages(t->w->target, NULL, NULL);
	return NULL;
}

static void robbed(struct quirk_world *w, const char *how, bool engine_goes_on) {
	static const struct quirks slow = { .caps = CAPS_SINGLE, .append_ms = 5 };
	struct thief t = { .w = w, .sql = how };
	pthread_t thread;
	world_servers(w, &good, &slow);
	quirk_fill(w->source, "INBOX", 1, 600);
	int64_t id = world_add(w, w->source, w->target, "anna", "anna");
	assert_int_equal(pthread_create(&thread, NULL, steal, &t), 0);
	struct mailbox_row row = world_command(w, CMD_MIGRATE, id);
	pthread_join(thread, NULL);
	assert_true(t.stolen);
	/* A dead worker's engine may end before it knows. */
	if (w->engine_failed)
		assert_int_equal(w->engine_error.cat, ERR_LEASE_LOST);
	assert_false(engine_goes_on && w->engine_failed);
	assert_true(all_gone(w->target));
	assert_true(all_gone(w->source));
	size_t stored = quirk_messages(w->target, NULL, NULL);
	print_message("%zu stored when it was stolen, %zu in the end\n", t.stored, stored);
	/* What was on the wire may land; 600 would take three seconds. */
	assert_true(stored < 300);
	/* The thief's row is not spoken for by the old owner. */
	assert_int_equal(row.state, MBOX_COPYING);
	assert_false(w->states & (1u << MBOX_SYNCED | 1u << MBOX_SYNCED_WITH_GAPS | 1u << MBOX_FAILED));

	/* The next owner accounts for what is there. */
	assert_true(sql(w, "DELETE FROM lease; UPDATE mailbox SET state = 0"));
	quirk_become(w->target, &good);
	row = world_migrate(w, id);
	assert_int_equal(row.state, MBOX_SYNCED);
	assert_int_equal(row.counts.copied, 600);
	world_assert_done(w, id, QUIRK_SAME_ALL);
}

static void a_stolen_lease_ends_the_writing(void **state) {
	robbed(*state, "UPDATE lease SET worker = 999999, generation = generation + 1000", true);
}

static void a_worker_declared_dead_stops(void **state) {
	robbed(*state, "DELETE FROM lease; DELETE FROM worker", false);
}

int main(void) {
	const struct CMUnitTest tests[] = {
		WORLD_TEST(a_full_target_goes_on_when_there_is_space),
		WORLD_TEST(a_full_target_goes_on_with_groups),
		WORLD_TEST(a_full_target_goes_on_without_uids),
		WORLD_TEST(a_throttled_append_waits_and_goes_on),
		WORLD_TEST(a_throttled_group_waits_and_goes_on),
		WORLD_TEST(a_throttled_fetch_waits_and_goes_on),
		WORLD_TEST(a_throttling_goodbye_waits_and_goes_on),
		WORLD_TEST(too_many_connections_is_tried_later),
		WORLD_TEST(the_last_words_of_a_server_are_heard),
		WORLD_TEST(a_refused_login_at_the_source_is_tried_once),
		WORLD_TEST(a_refused_login_at_the_target_is_tried_once),
		WORLD_TEST(a_refused_plain_login_command_is_tried_once),
		WORLD_TEST(one_account_has_one_writer),
		WORLD_TEST(two_accounts_have_two_writers),
		WORLD_TEST(a_stolen_lease_ends_the_writing),
		WORLD_TEST(a_worker_declared_dead_stops),
	};
	cmocka_set_test_filter(getenv("MAILVAN_TEST_ONLY"));
	return cmocka_run_group_tests(tests, NULL, NULL);
}
