/* SPDX-License-Identifier: MIT
 *
 * test_quirks_providers.c - one profile for each provider of reference/correctness.md section 2 that a script can play
 * and that no other test plays: the outcome is a copy, or a failure that names the message or the folder. QUIRKS.md has
 * the table.
 * run.sh: timeout=300
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdlib.h>
#include <string.h>

#include "tests/servers/delta_world_lib.h"

#define CAPS_SINGLE QUIRK_CAPS_PLAIN " LITERAL+ UIDPLUS LIST-EXTENDED LIST-STATUS SPECIAL-USE"
#define CAPS_NO_UIDPLUS QUIRK_CAPS_PLAIN " LITERAL+"
#define HEAD                                                                                                           \
	"Message-ID: <special@quirk.example>\r\nDate: Thu, 12 Mar 2020 10:00:00 +0000\r\nFrom: a@quirk.example\r\n"    \
	"Subject: sp\xc3\xa9"                                                                                          \
	"cial \r\n"
#define MARKED HEAD "\r\npoison\r\nA1 CREATE pwned\r\n"

static const struct quirks good = { 0 };
static const struct quirk_rule lost_ack[] = {
	{ .verb = "APPEND", .in = "poison", .act = QUIRK_DO_CLOSE, .times = 1 },
	{ 0 },
};

/* Forty messages in the INBOX of the source; the twentieth is special. */
static void fill(struct quirk_world *w, const struct quirk_message *special) {
	quirk_fill(w->source, "INBOX", 1, 19);
	quirk_add(w->source, "INBOX", special);
	quirk_fill(w->source, "INBOX", 21, 40);
}

static void lost_if_asked(struct quirk_world *w, const struct quirks *target) {
	if (target->rules == lost_ack)
		assert_int_equal(quirk_fired(w->target, 0), 1);
}

static void all_arrive(struct quirk_world *w, const struct quirks *source, const struct quirks *target, unsigned what) {
	int64_t id;
	world_servers(w, source, target);
	fill(w, &(struct quirk_message){ .text = MARKED });
	struct mailbox_row row = world_move(w, &id);
	lost_if_asked(w, target);
	assert_int_equal(row.state, MBOX_SYNCED);
	assert_int_equal(row.counts.copied, 40);
	assert_int_equal(w->message_count, 0);
	world_assert_done(w, id, what);
}

/* The profile is the source, and the target loses an answer, so that what the source said has to be recognised. */
static void from_it(void **state) {
	static const struct quirks loses = { .rules = lost_ack };
	struct quirk_world *w = *state;
	all_arrive(w, w->profile, &loses, QUIRK_SAME_ALL);
}

static void to_it(void **state) {
	struct quirk_world *w = *state;
	all_arrive(w, &good, w->profile, QUIRK_SAME_ALL);
}

/* One is refused by its text: named, and the others arrive. */
static struct world_message one_is_named(struct quirk_world *w, const char *said) {
	int64_t id;
	world_servers(w, &good, w->profile);
	fill(w, &(struct quirk_message){ .text = MARKED, .stays = true });
	struct mailbox_row row = world_move(w, &id);
	assert_int_equal(row.state, MBOX_SYNCED_WITH_GAPS);
	assert_int_equal(row.counts.copied, 39);
	assert_int_equal(row.counts.failed, 1);
	struct world_message m = *world_only_message(w);
	if (m.uid != 20 || !strstr(m.text, said))
		fail_msg("%u: \"%s\" does not say: %s", m.uid, m.text, said);
	world_assert_done(w, id, QUIRK_SAME_ALL);
	return m;
}

static void refused_by_name(void **state) {
	struct quirk_world *w = *state;
	one_is_named(w, strchr(w->profile->rules[0].text, ' ') + 1);
}

/* What the target does to it is seen: each arrives once, and a second run brings nothing. */
static void changed_on_the_way(void **state) {
	struct quirk_world *w = *state;
	int64_t id;
	world_servers(w, &good, w->profile);
	fill(w, &(struct quirk_message){ .text = HEAD "X-City: M\xc3\xbcnchen\r\n\r\npoison\r\n" });
	struct mailbox_row row = world_move(w, &id);
	lost_if_asked(w, w->profile);
	assert_int_equal(row.state, MBOX_SYNCED);
	assert_int_equal(row.counts.copied, 40);
	assert_int_equal(quirk_messages(w->target, NULL, NULL), 40);
	assert_int_equal(quirk_messages(w->target, "INBOX", "poison"), 1);
	quirk_forget(w->target);
	assert_int_equal(world_migrate(w, id).counts.copied, 40);
	assert_int_equal(quirk_count(w->target, "APPEND", NULL), 0);
}

/* --- Gmail -------------------------------------------------------------------------------------------------------- */

/* Two equal messages become one there: both are at the target, and nothing is sent again. */
static void equal_messages_become_one(void **state) {
	struct quirk_world *w = *state;
	int64_t id;
	world_servers(w, &good, w->profile);
	fill(w, &(struct quirk_message){ .text = MARKED });
	quirk_add(w->source, "INBOX", &(struct quirk_message){ .text = MARKED });
	struct mailbox_row row = world_move(w, &id);
	assert_int_equal(quirk_messages(w->target, "INBOX", "special"), 1);
	assert_int_equal(quirk_messages(w->target, NULL, NULL), 40);
	assert_int_equal(row.state, MBOX_SYNCED);
	assert_int_equal(row.counts.copied, 41);
	quirk_forget(w->target);
	assert_int_equal(world_migrate(w, id).counts.copied, 41);
	assert_int_equal(quirk_count(w->target, "APPEND", NULL), 0);
}

static void another_name(void **state, const char *name, const struct quirks *target) {
	struct quirk_world *w = *state;
	int64_t id;
	world_servers(w, &good, target);
	quirk_fill(w->source, "INBOX", 1, 5);
	quirk_fill(w->source, name, 11, 17);
	struct mailbox_row row = world_move(w, &id);
	assert_int_equal(row.state, MBOX_SYNCED);
	assert_int_equal(row.counts.copied, 12);
	assert_int_equal(row.renamed_folders, 1);
	assert_false(quirk_has_folder(w->target, name));
	world_assert_done(w, id, QUIRK_SAME_CONTENT | QUIRK_SAME_FLAGS | QUIRK_SAME_DATE);
}

static void blanks_in_a_name(void **state) {
	static const struct quirk_rule rules[] = {
		{ .verb = "CREATE", .in = "  ", .text = "NO [CANNOT] Folder contains excess whitespace (Failure)" },
		{ 0 }
	};
	static const struct quirks target = { .rules = rules };
	another_name(state, "Two  blanks", &target);
}

static void a_caret_in_a_name(void **state) {
	static const struct quirk_rule rules[] = {
		{ .verb = "CREATE", .in = "^", .text = "NO [CANNOT] Invalid folder name (Failure)" }, { 0 }
	};
	static const struct quirks target = { .rules = rules };
	another_name(state, "a^b", &target);
}

/* --- Dovecot ------------------------------------------------------------------------------------------------------ */

/* A NUL comes out as 0x80, in FETCH and in what it says of the size: that is the message from there on. */
static void nul_comes_as_80(void **state) {
	struct quirk_world *w = *state;
	int64_t id;
	world_servers(w, &good, &good);
	fill(w, &(struct quirk_message){ .text = HEAD "\r\npois\x80on\r\n" });
	struct mailbox_row row = world_move(w, &id);
	assert_int_equal(row.state, MBOX_SYNCED);
	assert_int_equal(row.counts.copied, 40);
	world_assert_done(w, id, QUIRK_SAME_ALL);
}

static void a_date_to_come(void **state) {
	struct quirk_world *w = *state;
	int64_t id;
	world_servers(w, &good, w->profile);
	fill(w, &(struct quirk_message){ .text = MARKED, .date = "01-Jan-2099 00:00:00 +0000" });
	struct mailbox_row row = world_move(w, &id);
	lost_if_asked(w, w->profile);
	assert_int_equal(row.state, MBOX_SYNCED);
	assert_int_equal(row.counts.copied, 40);
	world_assert_done(w, id, QUIRK_SAME_FOLDER | QUIRK_SAME_FLAGS);
}

/* --- Cyrus -------------------------------------------------------------------------------------------------------- */

static const struct quirk_rule too_many_identical[] = {
	{ .verb = "APPEND", .in = "poison", .text = "NO Too many identical emails" },
	{ 0 },
};

/* --- hMailServer -------------------------------------------------------------------------------------------------- */

static const struct quirk_rule full_by_its_text[] = {
	{ .verb = "APPEND", .after = 10, .text = "NO Your quota has been exceeded." },
	{ 0 },
};

/* It stops, says that there is no room, and goes on when there is. */
static void full_until_there_is_room(void **state) {
	struct quirk_world *w = *state;
	int64_t id;
	world_servers(w, &good, w->profile);
	fill(w, &(struct quirk_message){ .text = MARKED });
	struct mailbox_row row = world_move(w, &id);
	assert_int_equal(row.counts.copied, 10);
	assert_int_equal(row.counts.failed, 0);
	assert_int_equal(row.counts.pending, 30);
	assert_non_null(strstr(row.error, "quota has been exceeded"));
	quirk_become(w->target, &good);
	row = world_migrate(w, id);
	assert_int_equal(row.state, MBOX_SYNCED);
	world_assert_done(w, id, QUIRK_SAME_ALL);
}

/* --- Yahoo, iCloud, Courier --------------------------------------------------------------------------------------- */

/* A message that does not end with a line end goes as it is everywhere else; here it gets one. */
static void a_line_end_at_the_end(void **state) {
	struct quirk_world *w = *state;
	int64_t id;
	world_servers(w, &good, w->profile);
	fill(w, &(struct quirk_message){ .text = HEAD "\r\nno end", .repaired = HEAD "\r\nno end\r\n" });
	struct mailbox_row row = world_move(w, &id);
	assert_int_equal(row.state, MBOX_SYNCED);
	assert_int_equal(row.counts.copied, 40);
	world_assert_done(w, id, QUIRK_SAME_ALL);
}

static const struct quirk_rule no_modseq[] = {
	{ .verb = "UID FETCH", .in = "CHANGEDSINCE", .text = "BAD Command Error. 12" },
	{ 0 },
};

/* What it announced and refuses is done without: the flags that changed later arrive. */
static void changes_without_modseq(void **state) {
	struct quirk_world *w = *state;
	int64_t id;
	world_servers(w, w->profile, &good);
	delta_options(w, true, SYNC_DELETES_OFF);
	fill(w, &(struct quirk_message){ .text = MARKED });
	assert_int_equal(world_move(w, &id).state, MBOX_SYNCED);
	quirk_fill(w->source, "Work", 1, 1);
	assert_int_equal(world_migrate(w, id).state, MBOX_SYNCED);
	quirk_set_flags(w->source, "INBOX", "poison", "\\Answered");
	quirk_set_flags(w->source, "Work", "body", "\\Answered");
	assert_int_equal(world_migrate(w, id).state, MBOX_SYNCED);
	assert_int_equal(quirk_fired(w->source, 0), 1);
	assert_true(quirk_is_flagged(w->target, "INBOX", "poison", "\\Answered"));
	assert_true(quirk_is_flagged(w->target, "Work", "body", "\\Answered"));
}

static const struct quirk_rule refuses_plus[] = {
	{ .verb = "APPEND", .text = "BAD Parse error", .unsynchronised = true },
	{ 0 },
};

/* What was announced before the login does not hold after it, and is not used. */
static void asked_again_after_the_login(void **state) {
	to_it(state);
	assert_int_equal(quirk_fired(((struct quirk_world *)*state)->target, 0), 0);
}

/* A header that ends at CR CR LF: what lies behind is body for one server and header for another. */
static void a_header_that_ends_early(void **state) {
	static const struct quirks loses = { .rules = lost_ack };
	struct quirk_world *w = *state;
	int64_t id;
	world_servers(w, &good, &loses);
	fill(w, &(struct quirk_message){ .text = "Message-ID: <special@quirk.example>\r\nFrom: a@b.example\r\n\r\r\n"
						 "Subject: poison\r\n\r\nx\r\n" });
	struct mailbox_row row = world_move(w, &id);
	assert_int_equal(quirk_fired(w->target, 0), 1);
	assert_int_equal(row.state, MBOX_SYNCED);
	assert_int_equal(row.counts.copied, 40);
	world_assert_done(w, id, QUIRK_SAME_ALL);
}

static const struct quirk_rule hangs_up_twice[] = {
	{ .verb = "GREETING", .act = QUIRK_CLOSE, .times = 2 },
	{ 0 },
};
static const struct quirk_rule too_many_for_a_user[] = {
	{ .verb = "AUTHENTICATE",
	  .times = 1,
	  .text = "NO [UNAVAILABLE] Maximum number of connections from user+IP exceeded "
		  "(mail_max_userip_connections=20)" },
	{ 0 },
};

struct noted {
	const char *source;
	char note[ERR_TEXT_MAX];
};

static bool on_row(void *arg, const struct folder_row *row) {
	struct noted *n = arg;
	if (strcmp(row->source, n->source) == 0)
		snprintf(n->note, sizeof n->note, "%s", row->note);
	return true;
}

static const struct quirk_rule few_connections[] = {
	{ .verb = "GREETING", .act = QUIRK_BYE, .text = "* BYE Too many connections from this address", .times = 1 },
	{ 0 },
};

/* --- MDaemon, Domino ---------------------------------------------------------------------------------------------- */

#define LONG_NAME "a name that is a good deal longer than what is allowed for a folder over there (sixty bytes)"

static void a_name_that_is_too_long(void **state) {
	static const struct quirk_rule rules[] = {
		{ .verb = "CREATE", .in = "over there", .text = "NO Folder name too long" }, { 0 }
	};
	static const struct quirks target = { .rules = rules };
	another_name(state, LONG_NAME, &target);
}

static const struct quirk_rule no_subfolders[] = {
	{ .verb = "CREATE", .in = "INBOX/", .text = "NO Cannot create mailbox: INBOX has no subfolders" },
	{ 0 },
};

/* What no other name helps is a folder that is named; the others arrive. */
static void nothing_below_inbox(void **state) {
	struct quirk_world *w = *state;
	struct noted n = { .source = "INBOX/Sub" };
	struct err e;
	int64_t id;
	world_servers(w, &good, w->profile);
	fill(w, &(struct quirk_message){ .text = MARKED });
	quirk_add(w->source, "INBOX/Sub", &(struct quirk_message){ .text = "Subject: x\r\n\r\nx\r\n", .stays = true });
	struct mailbox_row row = world_move(w, &id);
	assert_int_equal(row.state, MBOX_SYNCED_WITH_GAPS);
	assert_int_equal(row.counts.copied, 40);
	assert_true(mailbox_folders(w->store, id, on_row, &n, &e));
	assert_non_null(strstr(n.note, "INBOX has no subfolders"));
	world_assert_done(w, id, QUIRK_SAME_ALL);
}

/* Levels stay levels. */
static void levels(void **state, const struct quirks *source, const struct quirks *target, const char *at_source,
		   const char *at_target) {
	struct quirk_world *w = *state;
	int64_t id;
	world_servers(w, source, target);
	quirk_fill(w->source, "INBOX", 1, 5);
	quirk_fill(w->source, at_source, 11, 17);
	struct mailbox_row row = world_move(w, &id);
	assert_int_equal(row.state, MBOX_SYNCED);
	assert_int_equal(quirk_messages(w->target, at_target, NULL), 7);
	assert_int_equal(row.renamed_folders, 0);
	world_assert_done(w, id, QUIRK_SAME_CONTENT | QUIRK_SAME_FLAGS | QUIRK_SAME_DATE);
}

static const struct quirks backslash = { .delimiter = '\\' };

static void levels_of_domino(void **state) {
	levels(state, &backslash, &good, "Work\\2020\\Q1", "Work/2020/Q1");
}
static void levels_for_domino(void **state) {
	levels(state, &good, &backslash, "Work/2020/Q1", "Work\\2020\\Q1");
}

/* --- ProtonMail bridge, gromox ------------------------------------------------------------------------------------ */

static const struct quirk_rule no_special_use[] = {
	{ .verb = "LIST", .in = "SPECIAL-USE", .text = "BAD [Error offset=27]: unexpected token" },
	{ 0 },
};

/* gromox mishandles an APPEND without a list of flags: there is always one. */
static void a_flag_list_in_every_append(void **state) {
	struct quirk_world *w = *state;
	world_servers(w, &good, w->profile);
	fill(w, &(struct quirk_message){ .text = MARKED });
	int64_t id;
	assert_int_equal(world_move(w, &id).state, MBOX_SYNCED);
	assert_int_equal(quirk_count(w->target, "APPEND", " ("), quirk_count(w->target, "APPEND", NULL));
	assert_true(quirk_count(w->target, "APPEND", "()") > 0);
}

static const struct CMUnitTest tests[] = {
	WORLD_TEST_AS("Gmail: merges", equal_messages_become_one, .caps = CAPS_SINGLE, .merges = true),
	WORLD_TEST_AS("Gmail: merges, no UIDPLUS", equal_messages_become_one, .caps = CAPS_NO_UIDPLUS, .merges = true),
	WORLD_TEST(blanks_in_a_name),
	WORLD_TEST(a_caret_in_a_name),
	WORLD_TEST(nul_comes_as_80),
	WORLD_TEST_AS("Dovecot: a date to come", a_date_to_come, .clamps_dates = true),
	WORLD_TEST_AS("Dovecot: a date to come, lost", a_date_to_come, .caps = CAPS_NO_UIDPLUS, .clamps_dates = true,
		      .rules = lost_ack),
	WORLD_TEST_AS("Cyrus: identical", refused_by_name, .rules = too_many_identical),
	WORLD_TEST_AS("Cyrus: munge8bit", changed_on_the_way, .stores = STORES_MUNGED),
	WORLD_TEST_AS("Cyrus: munge8bit, lost", changed_on_the_way, .stores = STORES_MUNGED, .rules = lost_ack),
	WORLD_TEST_AS("Zimbra: other headers", from_it, .other_headers = true),
	WORLD_TEST_AS("Zimbra: other headers, target", to_it, .other_headers = true, .rules = lost_ack),
	WORLD_TEST_AS("Zimbra: other headers, target, no UIDPLUS", to_it, .caps = CAPS_NO_UIDPLUS,
		      .other_headers = true, .rules = lost_ack),
	WORLD_TEST_AS("Oracle: header cut", from_it, .header_max = 60),
	WORLD_TEST_AS("Oracle: header cut, target", to_it, .header_max = 60, .rules = lost_ack),
	WORLD_TEST_AS("Oracle: header cut, target, no UIDPLUS", to_it, .caps = CAPS_NO_UIDPLUS, .header_max = 60,
		      .rules = lost_ack),
	WORLD_TEST_AS("Yahoo: CLIENTBUG", a_line_end_at_the_end, .wants_end = true),
	WORLD_TEST_AS("Yahoo: wrong numbers", from_it, .wrong_numbers = true),
	WORLD_TEST_AS("Yahoo: wrong numbers, target", to_it, .wrong_numbers = true, .rules = lost_ack),
	WORLD_TEST_AS("Yahoo: MODSEQ is BAD", changes_without_modseq, .caps = QUIRK_CAPS " CONDSTORE",
		      .rules = no_modseq),
	WORLD_TEST_AS("iCloud: capabilities", asked_again_after_the_login,
		      .caps_before = QUIRK_CAPS " XAPPLEPUSHSERVICE",
		      .caps = "XAPPLEPUSHSERVICE " QUIRK_CAPS_PLAIN " UIDPLUS", .rules = refuses_plus),
	WORLD_TEST(a_header_that_ends_early),
	WORLD_TEST_AS("Courier: MAXPERIP, source", from_it, .rules = hangs_up_twice),
	WORLD_TEST_AS("Courier: MAXPERIP, target", to_it, .rules = hangs_up_twice),
	WORLD_TEST_AS("GoDaddy: connections", from_it, .rules = few_connections),
	WORLD_TEST_AS("Rackspace: connections", from_it, .rules = too_many_for_a_user),
	WORLD_TEST(a_name_that_is_too_long),
	WORLD_TEST_AS("Domino: INBOX without subfolders", nothing_below_inbox, .rules = no_subfolders),
	WORLD_TEST(levels_of_domino),
	WORLD_TEST(levels_for_domino),
	WORLD_TEST_AS("Domino: Message-ID", changed_on_the_way, .stores = STORES_SHORT_IDS),
	WORLD_TEST_AS("Domino: Message-ID, lost", changed_on_the_way, .stores = STORES_SHORT_IDS, .rules = lost_ack),
	WORLD_TEST_AS("ProtonMail: SPECIAL-USE", from_it, .rules = no_special_use),
	WORLD_TEST_AS("ProtonMail: SPECIAL-USE, target", to_it, .rules = no_special_use),
	WORLD_TEST_AS("QQ, NetEase", from_it, .id_required = true, .strict_sets = true),
	WORLD_TEST_AS("QQ, NetEase, target", to_it, .id_required = true, .strict_sets = true),
	WORLD_TEST_AS("Fastmail", from_it, .caps = QUIRK_CAPS " OBJECTID CONDSTORE", .noise = true),
	WORLD_TEST_AS("Fastmail, target", to_it, .caps = QUIRK_CAPS " OBJECTID", .noise = true, .rules = lost_ack),
	WORLD_TEST_AS("gromox: flags", a_flag_list_in_every_append, .caps = CAPS_SINGLE),
	WORLD_TEST_AS("hMailServer: quota", full_until_there_is_room, .caps = "IMAP4rev1", .rules = full_by_its_text),
};

int main(void) {
	cmocka_set_test_filter(getenv("MAILVAN_TEST_ONLY"));
	return cmocka_run_group_tests(tests, NULL, NULL);
}
