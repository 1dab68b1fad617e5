/* SPDX-License-Identifier: MIT
 *
 * test_quirks_append.c - targets that refuse, hang up, lose acknowledgements and lie about UIDs: nothing is lost,
 * nothing is there twice, and what cannot be copied has a name.
 * run.sh: timeout=400
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
#define CAPS_SYNC QUIRK_CAPS_PLAIN " UIDPLUS"

static const struct quirks good = { 0 };

/* The 20th of 40 messages is the one that a rule is about. */
static void fill_with_one(struct quirk_world *w, const char *mark, bool stays) {
	char text[512];
	quirk_fill(w->source, "INBOX", 1, 19);
	snprintf(text, sizeof text,
		 "Message-ID: <special@quirk.example>\r\nFrom: a@b.example\r\nSubject: the %s one\r\n\r\n"
		 "%s\r\nA1 CREATE pwned\r\nA2 LOGOUT\r\n", mark, mark);
	quirk_add(w->source, "INBOX", &(struct quirk_message){ .text = text, .flags = "\\Seen", .stays = stays });
	quirk_fill(w->source, "INBOX", 21, 40);
}

static void one_failure(struct quirk_world *w, const struct mailbox_row *row, const char *said) {
	assert_int_equal(row->state, MBOX_SYNCED_WITH_GAPS);
	assert_int_equal(row->counts.copied, 39);
	assert_int_equal(row->counts.failed, 1);
	const struct world_message *m = world_only_message(w);
	assert_int_equal(m->state, MSG_FAILED);
	assert_int_equal(m->uid, 20);
	if (!strstr(m->text, said))
		fail_msg("\"%s\" does not say: %s", m->text, said);
}

static void all_arrived(struct quirk_world *w, int64_t id, const struct mailbox_row *row) {
	assert_int_equal(row->state, MBOX_SYNCED);
	assert_int_equal(row->counts.copied, 40);
	assert_int_equal(w->message_count, 0);
	world_assert_done(w, id, QUIRK_SAME_ALL);
}

/* --- bad content ------------------------------------------------------------------------------------------------ */

static const struct quirk_rule bad_literal[] = {
	{ .verb = "APPEND", .in = "poison", .text = "BAD bad content", .unsynchronised = true },
	{ 0 },
};
static const struct quirk_rule bad_always[] = {
	{ .verb = "APPEND", .in = "poison", .text = "BAD bare NUL or whatever" },
	{ 0 },
};
static const struct quirk_rule no_always[] = {
	{ .verb = "APPEND", .in = "poison", .text = "NO I do not like this one" },
	{ 0 },
};
/* The flag is known at the announcement: refused in place of "+", and whatever follows would be run. */
static const struct quirk_rule no_plus[] = {
	{ .verb = "APPEND", .in = "\\Answered", .text = "NO not with this flag", .announced = true },
	{ 0 },
};

/* --- a target that refuses everything ----------------------------------------------------------------------------- */

/* Each of 40 messages in the first pass, then ten one by one, over two waits: from there on it has room again. */
static const struct quirk_rule refuses_fifty[] = {
	{ .verb = "APPEND", .text = "NO APPEND failed", .times = 50 },
	{ 0 },
};

static void a_target_that_refuses_all_for_a_while(void **state) {
	struct quirk_world *w = *state;
	int64_t id;
	world_servers(w, &good, w->profile);
	fill_with_one(w, "harmless", false);
	struct mailbox_row row = world_move(w, &id);
	assert_int_equal(row.state, MBOX_SYNCED);
	assert_int_equal(row.counts.copied, 40);
	world_assert_done(w, id, QUIRK_SAME_ALL);
}

/* After four waits it is each message that is refused, and none of them counts as done. */
static const struct quirk_rule refuses_all[] = {
	{ .verb = "APPEND", .text = "NO APPEND failed" },
	{ 0 },
};

static void a_target_that_refuses_all(void **state) {
	struct quirk_world *w = *state;
	int64_t id;
	world_servers(w, &good, w->profile);
	quirk_fill(w->source, "INBOX", 1, 12);
	struct mailbox_row row = world_move(w, &id);
	assert_int_equal(row.state, MBOX_SYNCED_WITH_GAPS);
	assert_int_equal(row.counts.failed, 12);
	assert_int_equal(counts_permille(&row.counts), 0);
	/* All together once, four of them alone before each wait; then all alone. */
	assert_int_equal(quirk_count(w->target, "APPEND", NULL), 12 + 4 * 4 + 12);
	/* Nobody has to ask for them by name when it is well again. */
	quirk_become(w->target, &good);
	row = world_migrate(w, id);
	assert_int_equal(row.state, MBOX_SYNCED);
	world_assert_done(w, id, QUIRK_SAME_ALL);
}

/* hMailServer has no code for it. */
static const struct quirk_rule large_poison[] = {
	{ .verb = "APPEND", .in = "poison",
	  .text = "NO Message size exceeds fixed maximum message size. Size: 9 KB, Max size: 8 KB" },
	{ 0 },
};

static void too_large_by_its_text(void **state) {
	struct quirk_world *w = *state;
	int64_t id;
	world_servers(w, &good, w->profile);
	fill_with_one(w, "poison", true);
	struct mailbox_row row = world_move(w, &id);
	one_failure(w, &row, "Message size exceeds");
	assert_int_equal(world_only_message(w)->cat, ERR_TOO_LARGE); /* and not what repairs are tried for */
}

static void refused_until_synchronised(void **state) {
	struct quirk_world *w = *state;
	int64_t id;
	world_servers(w, &good, w->profile);
	fill_with_one(w, "poison", false);
	struct mailbox_row row = world_move(w, &id);
	/* It went alone, announced and waited for: "{n}", not "{n+}". */
	assert_true(quirk_count(w->target, "APPEND", "}") > quirk_count(w->target, "APPEND", "+}"));
	/* Other literals were on their way: the connection was given up before anyone could take them for commands. */
	assert_true(quirk_count(w->target, "AUTHENTICATE", NULL) > 1);
	all_arrived(w, id, &row);
}

static void refused_for_ever(void **state) {
	struct quirk_world *w = *state;
	int64_t id;
	world_servers(w, &good, w->profile);
	fill_with_one(w, "poison", true);
	struct mailbox_row row = world_move(w, &id);
	one_failure(w, &row, strchr(w->profile->rules[0].text, ' ') + 1);
	if (w->profile->rules == no_always)
		world_assert_tried_again(w, id);
	world_assert_done(w, id, QUIRK_SAME_ALL);
}

static void a_refusal_in_place_of_plus_sends_nothing(void **state) {
	struct quirk_world *w = *state;
	static const struct quirks target = { .caps = CAPS_SYNC, .rules = no_plus };
	int64_t id;
	world_servers(w, &good, &target);
	quirk_fill(w->source, "INBOX", 1, 19);
	quirk_add(w->source, "INBOX",
		  &(struct quirk_message){
			  .text = "Subject: x\r\n\r\nA1 CREATE pwned\r\n", .flags = "\\Answered", .stays = true });
	quirk_fill(w->source, "INBOX", 21, 40);
	struct mailbox_row row = world_move(w, &id);
	one_failure(w, &row, "not with this flag");
	assert_int_equal(quirk_count(w->target, "CREATE", NULL), 0);
	assert_int_equal(quirk_count(w->target, "?", NULL), 0);
	world_assert_tried_again(w, id);
	world_assert_done(w, id, QUIRK_SAME_ALL);
}

/* --- hanging up ------------------------------------------------------------------------------------------------- */

static const struct quirk_rule killed[] = { { .verb = "APPEND", .in = "poison", .act = QUIRK_CLOSE }, { 0 } };

static void killed_for_ever(void **state) {
	struct quirk_world *w = *state;
	int64_t id;
	world_servers(w, &good, w->profile);
	fill_with_one(w, "poison", true);
	struct mailbox_row row = world_move(w, &id);
	one_failure(w, &row, "closes the connection whenever this message is sent");
	assert_true(quirk_count(w->target, "CAPABILITY", NULL) < 40); /* bounded tries */
	world_assert_done(w, id, QUIRK_SAME_ALL);
}

static const struct quirk_rule lost_ack[] = {
	{ .verb = "APPEND", .in = "poison", .act = QUIRK_DO_CLOSE, .times = 1 },
	{ 0 },
};
static const struct quirk_rule late_commit[] = {
	{ .verb = "APPEND", .in = "poison", .act = QUIRK_CLOSE_DO, .times = 1, .late_ms = 300 },
	{ 0 },
};
static const struct quirk_rule dropped_once[] = {
	{ .verb = "APPEND", .in = "poison", .act = QUIRK_CLOSE, .times = 1 },
	{ 0 },
};

static const struct quirk_rule renumbered[] = {
	{ .verb = "APPEND", .in = "poison", .act = QUIRK_RENUMBER, .times = 1 },
	{ 0 },
};

static void survives(void **state) {
	struct quirk_world *w = *state;
	int64_t id;
	world_servers(w, &good, w->profile);
	w->settle_ms = w->profile->rules == late_commit ? 700 : 50;
	fill_with_one(w, "poison", false);
	struct mailbox_row row = world_move(w, &id);
	assert_int_equal(quirk_fired(w->target, 0), 1);
	all_arrived(w, id, &row);
}

/* The copies are not what was sent; their Message-ID says whose they are. */
static void rewritten(void **state) {
	struct quirk_world *w = *state;
	int64_t id;
	world_servers(w, &good, w->profile);
	fill_with_one(w, "poison", false);
	struct mailbox_row row = world_move(w, &id);
	assert_int_equal(row.state, MBOX_SYNCED);
	assert_int_equal(row.counts.copied, 40);
	assert_int_equal(quirk_messages(w->target, NULL, NULL), 40);
	for (unsigned i = 1; i <= 40; i++) {
		char name[64];
		if (i == 20)
			snprintf(name, sizeof name, "<special@");
		else
			snprintf(name, sizeof name, "<number-%u@", i);
		assert_int_equal(quirk_messages(w->target, "INBOX", name), 1);
	}
	assert_int_equal(world_migrate(w, id).counts.copied, 40);
	assert_int_equal(quirk_messages(w->target, NULL, NULL), 40);
}

static const struct quirk_rule three_troubles[] = {
	{ .verb = "APPEND", .in = "number-100@", .text = "BAD no", .unsynchronised = true },
	{ .verb = "APPEND", .in = "number-400@", .act = QUIRK_DO_CLOSE, .times = 1 },
	{ .verb = "APPEND", .in = "number-610@", .act = QUIRK_CLOSE, .times = 1 },
	{ 0 },
};

/* Several batches, and something happens in each of them. */
static void many(void **state) {
	struct quirk_world *w = *state;
	int64_t id;
	world_servers(w, &good, w->profile);
	quirk_fill(w->source, "INBOX", 1, 700);
	struct mailbox_row row = world_move(w, &id);
	for (size_t i = 0; i < 3; i++)
		assert_true(quirk_fired(w->target, i) > 0);
	assert_int_equal(row.state, MBOX_SYNCED);
	assert_int_equal(row.counts.copied, 700);
	world_assert_done(w, id, QUIRK_SAME_ALL);
}

/* More than is held in memory: it goes through a file. */
static void large(void **state) {
	enum { SIZE = 3 * 1024 * 1024 };
	struct quirk_world *w = *state;
	int64_t id;
	char *text = malloc(SIZE + 1);
	assert_non_null(text);
	world_servers(w, &good, w->profile);
	quirk_fill(w->source, "INBOX", 1, 19);
	int head = snprintf(text, SIZE, "Message-ID: <large@quirk.example>\r\nSubject: poison\r\n\r\n");
	for (int i = head; i < SIZE; i++)
		text[i] = "0123456789abcde\r\n"[(i - head) % 17];
	text[SIZE] = '\0';
	quirk_add(w->source, "INBOX", &(struct quirk_message){ .text = text });
	free(text);
	quirk_fill(w->source, "INBOX", 21, 40);
	struct mailbox_row row = world_move(w, &id);
	all_arrived(w, id, &row);
}

#define DRAFT "From: me@x\r\nSubject: draft\r\n\r\n%s text %u\r\n"

/* Headers that are all the same: only bodies tell, and some of those are equal too. The target has the last ten, in
 * another order. */
static void drafts(void **state) {
	struct quirk_world *w = *state;
	int64_t id;
	world_servers(w, &good, w->profile);
	w->settle_ms = w->profile->rules == late_commit ? 700 : 50;
	for (unsigned i = 0; i < 40; i++) {
		char text[128];
		snprintf(text, sizeof text, DRAFT, i == 20 ? "poison" : "good", i % 10 == 3 ? 1 : i);
		quirk_add(w->source, "Drafts", &(struct quirk_message){ .text = text, .flags = "\\Draft" });
	}
	for (unsigned i = 40; i-- > 30;) {
		char text[128];
		snprintf(text, sizeof text, DRAFT, "good", i % 10 == 3 ? 1 : i);
		quirk_add(w->target, "Drafts", &(struct quirk_message){ .text = text, .flags = "\\Draft" });
	}
	struct mailbox_row row = world_move(w, &id);
	assert_int_equal(quirk_fired(w->target, 0), 1);
	assert_int_equal(row.state, MBOX_SYNCED);
	assert_int_equal(row.counts.adopted + row.counts.copied, 40);
	/* A changed UIDVALIDITY makes every row a doubtful one; which of them was never sent is then forgotten. */
	assert_int_equal(row.counts.adopted, w->profile->rules == renumbered ? 0 : 10);
	world_assert_done(w, id, QUIRK_SAME_ALL);
}

/* Messages that are all the same come later than others of them, whose UIDs nobody has said: the copy that arrived
 * before the line was cut is not one of the older ones. */
static void equal_ones_in_a_delta(void **state) {
	struct quirk_world *w = *state;
	static struct quirks calm; /* the server keeps it */
	int64_t id;
	calm = *w->profile;
	calm.rules = NULL;
	world_servers(w, &good, &calm);
	for (unsigned i = 0; i < 5; i++)
		quirk_add(w->source, "INBOX", &(struct quirk_message){ .text = "Subject: poison\r\n\r\nequal\r\n" });
	assert_int_equal(world_move(w, &id).counts.copied, 5);
	for (unsigned i = 0; i < 5; i++)
		quirk_add(w->source, "INBOX", &(struct quirk_message){ .text = "Subject: poison\r\n\r\nequal\r\n" });
	quirk_become(w->target, w->profile);
	struct mailbox_row row = world_migrate(w, id);
	assert_int_equal(quirk_fired(w->target, 0), 1);
	assert_int_equal(row.state, MBOX_SYNCED);
	assert_int_equal(row.counts.copied, 10);
	world_assert_done(w, id, QUIRK_SAME_ALL);
}

static const struct CMUnitTest tests[] = {
	WORLD_TEST_AS("everything is refused for a while", a_target_that_refuses_all_for_a_while, .caps = CAPS_SINGLE,
		      .rules = refuses_fifty),
	WORLD_TEST_AS("too large by its text", too_large_by_its_text, .rules = large_poison),
	WORLD_TEST_AS("everything is refused", a_target_that_refuses_all, .caps = CAPS_SINGLE, .rules = refuses_all),
	/* bad to a literal is tried again alone */
	WORLD_TEST_AS("refused until synchronised: single", refused_until_synchronised, .caps = CAPS_SINGLE,
		      .rules = bad_literal),
	WORLD_TEST_AS("refused until synchronised: groups", refused_until_synchronised, .rules = bad_literal),
	WORLD_TEST_AS("refused until synchronised: no UIDPLUS", refused_until_synchronised, .caps = CAPS_NO_UIDPLUS,
		      .rules = bad_literal),
	/* refused content is a named failure */
	WORLD_TEST_AS("refused for ever: BAD, single", refused_for_ever, .caps = CAPS_SINGLE, .rules = bad_always),
	WORLD_TEST_AS("refused for ever: BAD, groups", refused_for_ever, .rules = bad_always),
	WORLD_TEST_AS("refused for ever: BAD, synchronizing literals only", refused_for_ever, .caps = CAPS_SYNC,
		      .rules = bad_always),
	WORLD_TEST_AS("refused for ever: NO, single", refused_for_ever, .caps = CAPS_SINGLE, .rules = no_always),
	WORLD_TEST_AS("refused for ever: NO, groups", refused_for_ever, .rules = no_always),
	WORLD_TEST_AS("refused for ever: NO, no UIDPLUS", refused_for_ever, .caps = CAPS_NO_UIDPLUS,
		      .rules = no_always),
	/* a message that kills the connection is given up */
	WORLD_TEST_AS("killed for ever: single", killed_for_ever, .caps = CAPS_SINGLE, .rules = killed),
	WORLD_TEST_AS("killed for ever: groups", killed_for_ever, .rules = killed),
	WORLD_TEST_AS("killed for ever: no UIDPLUS", killed_for_ever, .caps = CAPS_NO_UIDPLUS, .rules = killed),
	/* a lost acknowledgement makes no duplicate */
	WORLD_TEST_AS("survives: lost, single", survives, .caps = CAPS_SINGLE, .rules = lost_ack),
	WORLD_TEST_AS("survives: lost, group", survives, .rules = lost_ack),
	WORLD_TEST_AS("survives: lost, synchronizing", survives, .caps = CAPS_SYNC, .rules = lost_ack),
	WORLD_TEST_AS("survives: late, single", survives, .caps = CAPS_SINGLE, .rules = late_commit),
	WORLD_TEST_AS("survives: late, group", survives, .rules = late_commit),
	WORLD_TEST_AS("survives: late, no UIDPLUS", survives, .caps = CAPS_NO_UIDPLUS, .rules = late_commit),
	/* uids are only hints */
	WORLD_TEST_AS("survives: no UIDPLUS, dropped", survives, .caps = CAPS_NO_UIDPLUS, .rules = dropped_once),
	WORLD_TEST_AS("survives: no APPENDUID, lost", survives, .appenduid = APPENDUID_NONE, .rules = lost_ack),
	WORLD_TEST_AS("survives: free, dropped", survives, .appenduid = APPENDUID_FREE, .rules = dropped_once),
	WORLD_TEST_AS("survives: free, lost", survives, .caps = CAPS_SINGLE, .appenduid = APPENDUID_FREE,
		      .rules = lost_ack),
	WORLD_TEST_AS("survives: neighbour, dropped", survives, .caps = CAPS_SINGLE, .appenduid = APPENDUID_NEIGHBOUR,
		      .rules = dropped_once),
	WORLD_TEST_AS("survives: neighbour, lost", survives, .caps = CAPS_SINGLE, .appenduid = APPENDUID_NEIGHBOUR,
		      .rules = lost_ack),
	WORLD_TEST_AS("survives: reversed, lost", survives, .appenduid = APPENDUID_REVERSED, .rules = lost_ack),
	WORLD_TEST_AS("survives: duplicate, dropped", survives, .caps = CAPS_SINGLE, .appenduid = APPENDUID_DUPLICATE,
		      .rules = dropped_once),
	WORLD_TEST_AS("survives: duplicate, lost", survives, .caps = CAPS_SINGLE, .appenduid = APPENDUID_DUPLICATE,
		      .rules = lost_ack),
	WORLD_TEST_AS("survives: huge, lost", survives, .appenduid = APPENDUID_HUGE, .rules = lost_ack),
	WORLD_TEST_AS("survives: swapped, dropped", survives, .caps = CAPS_SINGLE, .appenduid = APPENDUID_SWAPPED,
		      .rules = dropped_once),
	WORLD_TEST_AS("survives: UIDNEXT 0, dropped", survives, .uidnext = UIDNEXT_ZERO, .rules = dropped_once),
	WORLD_TEST_AS("survives: UIDNEXT 0, lost", survives, .caps = CAPS_NO_UIDPLUS, .uidnext = UIDNEXT_ZERO,
		      .rules = lost_ack),
	WORLD_TEST_AS("survives: UIDNEXT missing, dropped", survives, .uidnext = UIDNEXT_MISSING,
		      .rules = dropped_once),
	WORLD_TEST_AS("survives: UIDNEXT missing, lost", survives, .uidnext = UIDNEXT_MISSING, .rules = lost_ack),
	WORLD_TEST_AS("survives: UIDNEXT stale, dropped", survives, .uidnext = UIDNEXT_STALE, .rules = dropped_once),
	WORLD_TEST_AS("survives: UIDNEXT stale, lost", survives, .caps = CAPS_NO_UIDPLUS, .uidnext = UIDNEXT_STALE,
		      .rules = lost_ack),
	WORLD_TEST_AS("survives: unordered, lost", survives, .caps = CAPS_SINGLE, .unordered = true, .rules = lost_ack),
	WORLD_TEST_AS("survives: said twice, lost", survives, .caps = CAPS_NO_UIDPLUS, .twice = true,
		      .rules = lost_ack),
	WORLD_TEST_AS("survives: renumbered", survives, .rules = renumbered),
	WORLD_TEST_AS("survives: renumbered, single", survives, .caps = CAPS_SINGLE, .rules = renumbered),
	WORLD_TEST_AS("survives: all of it", survives, .caps = CAPS_SINGLE, .appenduid = APPENDUID_DUPLICATE,
		      .uidnext = UIDNEXT_MISSING, .noise = true, .unordered = true, .twice = true, .uid_last = true,
		      .rules = lost_ack),
	/* a target that rewrites messages gets each once */
	WORLD_TEST_AS("rewritten: undisturbed", rewritten, .rewrites = true),
	WORLD_TEST_AS("rewritten: lost, single", rewritten, .caps = CAPS_SINGLE, .rewrites = true, .rules = lost_ack),
	WORLD_TEST_AS("rewritten: lost, group", rewritten, .rewrites = true, .rules = lost_ack),
	WORLD_TEST_AS("rewritten: lost, no UIDs", rewritten, .caps = CAPS_NO_UIDPLUS, .uidnext = UIDNEXT_MISSING,
		      .rewrites = true, .rules = lost_ack),
	WORLD_TEST_AS("many: groups", many, .noise = true, .rules = three_troubles),
	WORLD_TEST_AS("many: single", many, .caps = CAPS_SINGLE, .rules = three_troubles),
	WORLD_TEST_AS("many: no UIDs", many, .caps = CAPS_NO_UIDPLUS, .uidnext = UIDNEXT_MISSING,
		      .rules = three_troubles),
	WORLD_TEST_AS("large: lost", large, .rules = lost_ack),
	WORLD_TEST_AS("large: dropped", large, .caps = CAPS_SINGLE, .rules = dropped_once),
	WORLD_TEST_AS("large: synchronizing", large, .caps = CAPS_SYNC, .rules = lost_ack),
	WORLD_TEST_AS("large: BAD", large, .rules = bad_literal),
	/* drafts with equal headers arrive once each */
	WORLD_TEST_AS("drafts: lost, single", drafts, .caps = CAPS_SINGLE, .rules = lost_ack),
	WORLD_TEST_AS("drafts: late, group", drafts, .rules = late_commit),
	WORLD_TEST_AS("drafts: lost, no UIDs", drafts, .caps = CAPS_NO_UIDPLUS, .uidnext = UIDNEXT_MISSING,
		      .rules = lost_ack),
	WORLD_TEST_AS("drafts: lost, duplicate UIDs", drafts, .caps = CAPS_SINGLE, .appenduid = APPENDUID_DUPLICATE,
		      .rules = lost_ack),
	WORLD_TEST_AS("drafts: dropped, neighbour", drafts, .caps = CAPS_SINGLE, .appenduid = APPENDUID_NEIGHBOUR,
		      .rules = dropped_once),
	WORLD_TEST_AS("drafts: said twice, lost", drafts, .caps = CAPS_SINGLE, .twice = true, .rules = lost_ack),
	WORLD_TEST_AS("drafts: renumbered", drafts, .caps = CAPS_SINGLE, .rules = renumbered),
	WORLD_TEST_AS("equal ones in a delta: no UIDs", equal_ones_in_a_delta, .caps = CAPS_NEITHER, .rules = lost_ack),
	WORLD_TEST_AS("equal ones in a delta: no UIDPLUS", equal_ones_in_a_delta, .caps = CAPS_NO_UIDPLUS,
		      .rules = lost_ack),
	WORLD_TEST_AS("equal ones in a delta: UIDs of nobody", equal_ones_in_a_delta, .caps = CAPS_SINGLE,
		      .appenduid = APPENDUID_FREE, .rules = lost_ack),
	WORLD_TEST(a_refusal_in_place_of_plus_sends_nothing),
};

int main(void) {
	cmocka_set_test_filter(getenv("MAILVAN_TEST_ONLY"));
	return cmocka_run_group_tests(tests, NULL, NULL);
}
