/* SPDX-License-Identifier: MIT
 *
 * test_hostile.c - servers that mean harm: whatever they send ends in a named error or is read past, within seconds and
 * without memory for it, and nothing of a source becomes a command at the target or reaches a terminal raw.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#include "tests/servers/mail_drive_lib.h"
#include "tests/servers/quirk_world_lib.h"
#include "tests/servers/transcript_lib.h"

/* An allocation that follows an announced size is a crash here. */
const char *__asan_default_options(void);
const char *__asan_default_options(void) { return "max_allocation_size_mb=64:quarantine_size_mb=16"; }

#define RSS_MAX_KB (300u * 1024)
#define FOREVER 100000000

static const struct quirks good = { 0 };

/* --- what is said in answer to LIST ----------------------------------------------------------------------------- */

/* From the greeting to the first LIST, as a server without extensions. */
static void until_list(struct transcript *t) {
	static const char *const said[] = { "* CAPABILITY IMAP4rev1 SASL-IR AUTH=PLAIN\r\n",
					    "* CAPABILITY IMAP4rev1 SASL-IR AUTH=PLAIN\r\n",
					    "",
					    "* CAPABILITY IMAP4rev1\r\n",
					    "* LIST (\\Noselect) \"/\" \"\"\r\n" };
	*t = (struct transcript){ 0 };
	transcript_add(t, SAYS_SERVER, 0, "* OK ready\r\n", 12);
	for (unsigned i = 0; i < sizeof said / sizeof *said; i++) {
		transcript_add(t, SAYS_CLIENT, 0, "", 0);
		transcript_add(t, SAYS_SERVER, 0, said[i], strlen(said[i]));
		transcript_add(t, SAYS_SERVER, i + 1, " OK done\r\n", 10);
	}
	transcript_add(t, SAYS_CLIENT, 0, "", 0);
}

static void add(struct transcript *t, const char *text) { transcript_add(t, SAYS_SERVER, 0, text, strlen(text)); }

static void add_filled(struct transcript *t, const char *start, char byte, size_t n, const char *end) {
	char *text = malloc(strlen(start) + n + strlen(end) + 1);
	assert_non_null(text);
	memcpy(text, start, strlen(start));
	memset(text + strlen(start), byte, n);
	memcpy(text + strlen(start) + n, end, strlen(end) + 1);
	add(t, text);
	free(text);
}

/* Plays it; the result is checked by drive_source already. */
static struct drive_result driven(const struct transcript *t, struct log *log) {
	struct drive_result r;
	struct endpoint ep;
	struct err e;
	struct net *net = net_new(NULL, &e);
	assert_non_null(net);
	struct transcript_player *player = transcript_play(t, 2000);
	assert_non_null(player);
	struct mail_context ctx = { .net = net, .log = log, .timeouts = { .connect_ms = 2000, .idle_ms = 1000 } };
	endpoint_init(&ep);
	snprintf(ep.host, sizeof ep.host, "127.0.0.1");
	snprintf(ep.login, sizeof ep.login, "anna");
	ep.port = transcript_port(player);
	ep.security = SEC_NONE;
	assert_true(secret_set(&ep.password, "geheim", 6));
	mono_ms_t began = mono_ms();
	drive_source(&ctx, &ep, &r);
	assert_true(mono_ms() - began < 30000);
	endpoint_clear(&ep);
	transcript_stop(player);
	net_free(net);
	assert_string_equal(r.broken, "");
	struct rusage used;
	getrusage(RUSAGE_SELF, &used);
	assert_true(used.ru_maxrss < (long)RSS_MAX_KB);
	return r;
}

static void is_refused(struct transcript *t, const char *said) {
	struct drive_result r = driven(t, NULL);
	transcript_free(t);
	assert_false(r.done);
	assert_string_equal(err_cat_name(r.error.cat), err_cat_name(ERR_SERVER_BUG));
	if (!strstr(r.error.text, said))
		fail_msg("\"%s\" does not say \"%s\"", r.error.text, said);
}

/* The conversation goes on, and the only folder listed is "good". */
static struct drive_result is_read_past(struct transcript *t, struct log *log) {
	add(t, "* LIST () \"/\" good\r\n");
	transcript_add(t, SAYS_SERVER, 6, " OK done\r\n", 10);
	transcript_add(t, SAYS_CLIENT, 0, "", 0);
	for (unsigned tag = 7; tag <= 12; tag++) { /* LSUB, STATUS, SELECT, ... */
		transcript_add(t, SAYS_SERVER, tag, " OK done\r\n", 10);
		transcript_add(t, SAYS_CLIENT, 0, "", 0);
	}
	struct drive_result r = driven(t, log);
	transcript_free(t);
	if (!r.done)
		fail_msg("%s", r.error.text);
	return r;
}

static void literal_sizes_that_overflow(void **state) {
	static const char *const sizes[] = { "{4294967296}",	       "{-1}",
					     "{99999999999999999999}", "{18446744073709551615+}",
					     "{18446744073709551621}", "{}" };
	(void)state;
	for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++) {
		struct transcript t;
		until_list(&t);
		add(&t, "* LIST () \"/\" ");
		add(&t, sizes[i]);
		add(&t, "\r\nINBOX\r\n");
		is_refused(&t, "a literal with an impossible size");
	}
}

/* Nothing of it is kept: the memory of this process says so. */
static void a_literal_that_is_huge_where_a_name_belongs(void **state) {
	(void)state;
	struct transcript t;
	until_list(&t);
	add(&t, "* LIST () \"/\" {400000000}\r\n");
	add_filled(&t, "", 'x', 1 << 20, "");
	t.entries[t.count - 1].repeated = 381;
	add_filled(&t, "", 'x', 400000000 - 381 * (1 << 20), "\r\n");
	is_read_past(&t, NULL);
}

static void an_endless_line(void **state) {
	(void)state;
	struct transcript t;
	until_list(&t);
	add_filled(&t, "* X ", 'x', 100000, "");
	t.entries[t.count - 1].repeated = FOREVER;
	is_refused(&t, "longer than 64 KiB");
}

static void a_line_of_endless_literals(void **state) {
	(void)state;
	struct transcript t;
	until_list(&t);
	add(&t, "* X");
	add(&t, " {1}\r\na");
	t.entries[t.count - 1].repeated = FOREVER;
	is_refused(&t, "longer than 64 KiB");
}

static void endless_untagged_data(void **state) {
	static const char *const floods[] = { "* 7 RECENT\r\n", "* OK still here\r\n", "* X\r\n", "* 3 EXPUNGE\r\n" };
	(void)state;
	for (size_t i = 0; i < sizeof floods / sizeof *floods; i++) {
		struct transcript t;
		char *many = calloc(1000, 20);
		assert_non_null(many);
		for (unsigned k = 0; k < 1000; k++)
			memcpy(many + k * strlen(floods[i]), floods[i], strlen(floods[i]));
		until_list(&t);
		add(&t, many);
		free(many);
		t.entries[t.count - 1].repeated = FOREVER;
		is_refused(&t, "talks without end");
	}
}

static void a_flood_of_expunges_is_read_past(void **state) {
	(void)state;
	struct transcript t;
	until_list(&t);
	add(&t, "* 4294967295 EXPUNGE\r\n* 0 EXPUNGE\r\n* 99999999999999999999 EXPUNGE\r\n");
	t.entries[t.count - 1].repeated = 20000;
	is_read_past(&t, NULL);
}

static void nesting_ten_thousand_deep(void **state) {
	(void)state;
	struct transcript t;
	until_list(&t);
	add_filled(&t, "* LIST ", '(', 10000, "\r\n");
	is_refused(&t, "nested parentheses");
	until_list(&t);
	add_filled(&t, "* LIST ", ')', 10000, "\r\n");
	is_read_past(&t, NULL);
}

static void enormous_numbers_are_read_past(void **state) {
	(void)state;
	struct transcript t;
	until_list(&t);
	add(&t, "* 4294967296 EXISTS\r\n* 99999999999999999999 FETCH (UID 99999999999999999999 FLAGS ())\r\n"
		"* STATUS good (MESSAGES 18446744073709551616 UIDNEXT -1 UIDVALIDITY 9.3e+06)\r\n"
		"* OK [UIDVALIDITY 18446744073709551615] x\r\n* OK [UIDNEXT 4294967296] x\r\n");
	assert_int_equal(is_read_past(&t, NULL).folders, 1);
}

/* --- what people get to see ------------------------------------------------------------------------------------- */

static bool is_raw(const char *text, size_t n) {
	for (size_t i = 0; i < n; i++)
		if (text[i] != '\n' && ((unsigned char)text[i] < ' ' || text[i] == 0x7F))
			return true;
	return memmem(text, n, "\xc2\x9b", 2) || memmem(text, n, "\xe2\x80\xae", 3);
}

/* CWE-150: an alert, a folder name and a greeting with escape sequences; the log is what "less" shows. */
static void escapes_never_reach_the_log(void **state) {
	(void)state;
	char path[] = "/tmp/mailvan-hostile.XXXXXX", text[65536];
	struct transcript t;
	struct err e;
	int fd = mkstemp(path);
	struct log *log = log_open(path, LOG_DEBUG, &e);
	assert_true(fd >= 0 && log);
	until_list(&t);
	add(&t, "* OK [ALERT] \x1b]0;owned\x07\x1b[2J \xc2\x9b" "31m \xe2\x80\xae" "dlo\r\n");
	add(&t, "* LIST (\\Noselect) \"/\" {9}\r\nx\x1b[2J\nFO\r\r\n");
	assert_int_equal(is_read_past(&t, log).folders, 1);
	until_list(&t);
	add(&t, "* BYE \x1b]0;owned\x07 bye\r\n");
	struct drive_result r = driven(&t, log);
	transcript_free(&t);
	assert_non_null(strstr(r.error.text, "\\x1b]0;owned\\x07 bye"));
	log_close(log);
	ssize_t n = pread(fd, text, sizeof text, 0);
	close(fd);
	unlink(path);
	assert_true(n > 0);
	assert_non_null(memmem(text, (size_t)n, "[ALERT] \\x1b]0;owned\\x07\\x1b[2J", 28));
	assert_false(is_raw(text, (size_t)n));
}

/* --- from the source to the target ------------------------------------------------------------------------------ */

/* Every command that the target got was one of ours, and nobody created what a name or a flag says. */
static void assert_nothing_injected(struct quirk_world *w) {
	assert_int_equal(quirk_count(w->target, "?", NULL), 0);
	assert_int_equal(quirk_count(w->target, "DELETE", NULL), 0);
	assert_int_equal(quirk_count(w->target, "STORE", NULL), 0);
	assert_false(quirk_has_folder(w->target, "pwned"));
	assert_int_equal(quirk_count(w->target, "CREATE", "\"pwned\""), 0);
	/* It never hung up on us. */
	assert_int_equal(quirk_count(w->target, "AUTHENTICATE", NULL) + quirk_count(w->target, "LOGIN", NULL), 1);
}

static void names_do_not_become_commands(void **state) {
	static const char *const names[] = { "x\r\nA1 CREATE pwned",
					     "a\nA2 DELETE INBOX",
					     ("e\x1b[2J\xc2\x9b"
					     "31m"),
					     "q\\u\"o",
					     "{5+}\r\nhello",
					     "tab\there",
					     "&AAA-",
					     "b\xff\xfe" };
	static const struct quirks literal = { .literal_names = true };
	struct quirk_world *w = *state;
	int64_t id;
	world_servers(w, &literal, w->profile);
	for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
		quirk_folder(w->source, names[i], NULL);
		quirk_fill(w->source, names[i], (unsigned)i * 10 + 1, (unsigned)i * 10 + 3);
	}
	struct mailbox_row row = world_move(w, &id);
	assert_nothing_injected(w);
	assert_int_equal(row.counts.copied, 3 * sizeof names / sizeof *names);
	for (size_t i = 0; i < w->folder_count; i++) {
		assert_false(is_raw(w->folders[i].source, strlen(w->folders[i].source)));
		assert_false(is_raw(w->folders[i].target, strlen(w->folders[i].target)));
	}
	assert_true(w->folder_count >= sizeof names / sizeof *names);
	world_assert_same(w, QUIRK_SAME_FLAGS | QUIRK_SAME_DATE);
}

static void flags_do_not_become_commands(void **state) {
	static const char *const flags[] = { "\\Seen $ok a\"b", "\\Seen {5} x{3+}",
					     "\\Seen {18}\r\nx\r\nA1 CREATE pwned", "\\Seen ) (evil",
					     "\\Seen \\Evil %* ]x" };
	struct quirk_world *w = *state;
	int64_t id;
	world_servers(w, &good, w->profile);
	for (size_t i = 0; i < sizeof flags / sizeof *flags; i++)
		quirk_add(
			w->source, "INBOX",
			&(struct quirk_message){ .text = "Subject: x\r\n\r\nx\r\n", .flags = flags[i], .stays = true });
	quirk_fill(w->source, "INBOX", 11, 15);
	struct mailbox_row row = world_move(w, &id);
	assert_nothing_injected(w);
	/* The one whose list of flags ends too early cannot be read: the folder says that a message is missing. */
	assert_int_equal(row.state, MBOX_SYNCED_WITH_GAPS);
	assert_int_equal(row.counts.copied, 4 + sizeof flags / sizeof *flags);
	assert_int_equal(quirk_flagged(w->target, "INBOX", "pwned"), 0);
	assert_int_equal(quirk_flagged(w->target, "INBOX", "Evil"), 0);
}

static void the_largest_uids(void **state) {
	struct quirk_world *w = *state;
	int64_t id;
	world_servers(w, &good, &good);
	for (int side = 0; side < 2; side++) {
		struct quirk_server *s = side ? w->target : w->source;
		quirk_set_uidvalidity(s, "INBOX", UINT32_MAX);
		quirk_set_uidnext(s, "INBOX", UINT32_MAX - 40);
	}
	quirk_fill(w->source, "INBOX", 1, 30);
	struct mailbox_row row = world_move(w, &id);
	assert_int_equal(row.state, MBOX_SYNCED);
	assert_int_equal(row.counts.copied, 30);
	world_assert_done(w, id, QUIRK_SAME_ALL);
}

#define CAPS_SYNC QUIRK_CAPS_PLAIN " UIDPLUS LIST-EXTENDED LIST-STATUS SPECIAL-USE"
#define U(name) cmocka_unit_test(name)
static const struct CMUnitTest tests[] = {
	U(literal_sizes_that_overflow),
	U(a_literal_that_is_huge_where_a_name_belongs),
	U(an_endless_line),
	U(a_line_of_endless_literals),
	U(endless_untagged_data),
	U(a_flood_of_expunges_is_read_past),
	U(nesting_ten_thousand_deep),
	U(enormous_numbers_are_read_past),
	U(escapes_never_reach_the_log),
	WORLD_TEST_AS("names do not become commands", names_do_not_become_commands, .caps = NULL),
	WORLD_TEST_AS("names do not become commands: synchronizing", names_do_not_become_commands, .caps = CAPS_SYNC),
	WORLD_TEST_AS("names do not become commands: no extensions", names_do_not_become_commands, .caps = "IMAP4rev1"),
	WORLD_TEST_AS("flags do not become commands", flags_do_not_become_commands, .caps = NULL),
	WORLD_TEST_AS("flags do not become commands: no extensions", flags_do_not_become_commands, .caps = "IMAP4rev1"),
	WORLD_TEST_AS("the largest UIDs", the_largest_uids, .caps = NULL),
};

int main(void) {
	cmocka_set_test_filter(getenv("MAILVAN_TEST_ONLY"));
	return cmocka_run_group_tests(tests, NULL, NULL);
}
