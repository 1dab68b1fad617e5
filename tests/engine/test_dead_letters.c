/* SPDX-License-Identifier: MIT
 *
 * test_dead_letters.c - what no repair can get into a target is kept, whole and private, until it arrives; refusals
 * that are not about the content keep nothing.
 */
#include "tests/engine/test_repair.h"

#include <sys/stat.h>

/* --- dead letters ----------------------------------------------------------------------------------------------- */

static const struct quirk_rule never[] = { { .verb = "APPEND", .in = "special@", .text = "NO I do not like this one" },
					   { 0 } };
static const struct quirks refusing = { .rules = never };

struct found {
	struct dead_letter_row row;
	unsigned n;
};

static bool take_letter(void *arg, const struct dead_letter_row *row) {
	struct found *f = arg;
	f->row = *row;
	f->n++;
	return true;
}

static struct found *letters(struct quirk_world *w) {
	struct found *f = calloc(1, sizeof *f);
	struct err e;
	assert_non_null(f);
	if (!dead_letters_list(w->store, 0, take_letter, f, &e))
		fail_msg("%s", e.text);
	return f;
}

static unsigned letter_count(struct quirk_world *w) {
	struct found *f = letters(w);
	unsigned n = f->n;
	free(f);
	return n;
}

static void same_file(const char *path, const char *text, size_t n) {
	struct stat st;
	char *got = malloc(n + 1);
	FILE *f = fopen(path, "r");
	assert_non_null(got);
	assert_non_null(f);
	assert_int_equal(stat(path, &st), 0);
	assert_int_equal(st.st_mode & 0777, 0600);
	assert_int_equal(fread(got, 1, n + 1, f), n);
	assert_memory_equal(got, text, n);
	fclose(f);
	free(got);
}

static bool take_failure(void *arg, const struct failure_row *row) {
	*(struct failure_row *)arg = *row;
	return true;
}

static void dead_letter(void **state) {
	struct quirk_world *w = *state;
	static const char text[] = NAME "Subject: =?utf-8?Q?=1B[31m?= \xff x\r\n\r\nspecial@\0\n";
	const struct defect d = { .text = text, .size = sizeof text - 1 };
	int64_t id;
	world_servers(w, &good, &refusing);
	fill(w, &d, 1);
	struct mailbox_row row = world_move(w, &id);
	assert_int_equal(row.state, MBOX_SYNCED_WITH_GAPS);
	assert_int_equal(row.counts.failed, 1);
	const struct world_message *m = world_only_message(w);
	assert_int_equal(m->cat, ERR_BAD_CONTENT);
	assert_non_null(strstr(m->text, "I do not like this one"));
	assert_non_null(
		strstr(m->text, "(refused again after repairs: line endings, NUL bytes, headers, Date or From)"));
	assert_int_equal(totals(w).all, 0);

	struct found *f = letters(w);
	assert_int_equal(f->n, 1);
	assert_int_equal(f->row.id.mailbox, id);
	assert_int_equal(f->row.id.uid, 20);
	assert_int_equal(f->row.size, sizeof text - 1);
	assert_string_equal(f->row.facts.folder, "INBOX");
	assert_string_equal(f->row.facts.uid, "20");
	assert_string_equal(f->row.facts.flags, "\\Seen $Label");
	assert_string_equal(f->row.facts.source, "anna@old.example");
	assert_non_null(strstr(f->row.facts.reason, "I do not like this one"));
	assert_null(strchr(f->row.facts.subject, '\033'));
	same_file(f->row.path, text, sizeof text - 1);
	free(f);

	/* Whoever lists failures names the file. */
	struct failure_row *failure = calloc(1, sizeof *failure);
	struct err e;
	assert_non_null(failure);
	assert_true(mailbox_failures(w->store, id, take_failure, failure, &e));
	assert_int_equal(strncmp(failure->kept, "dead-letters/", 13), 0);
	assert_non_null(strstr(failure->text, failure->kept));
	free(failure);

	/* Tried again, refused again: it is still there, once. */
	assert_int_equal(world_command(w, CMD_RETRY, id).counts.failed, 1);
	assert_int_equal(letter_count(w), 1);
	/* And when it arrives, as it is, it goes. */
	quirk_become(w->target, &good);
	row = world_command(w, CMD_RETRY, id);
	assert_int_equal(row.state, MBOX_SYNCED);
	assert_int_equal(row.counts.copied, 40);
	assert_int_equal(letter_count(w), 0);
	assert_int_equal(totals(w).all, 0);
}

/* A message on which the target hangs up, however it is sent. */
static const struct quirk_rule hang_up[] = { { .verb = "APPEND", .in = "special@", .act = QUIRK_CLOSE }, { 0 } };
static const struct quirks hanging_up = { .rules = hang_up };

static void hung_up_on(void **state) {
	struct quirk_world *w = *state;
	static const char text[] = NAME "Subject: knock\r\nFrom: a@b\r\n\r\nspecial@\r\n";
	const struct defect d = { .text = text, .size = sizeof text - 1 };
	int64_t id;
	world_servers(w, &good, &hanging_up);
	fill(w, &d, 1);
	struct mailbox_row row = world_move(w, &id);
	assert_int_equal(row.state, MBOX_SYNCED_WITH_GAPS);
	assert_int_equal(row.counts.copied, 39);
	assert_int_equal(row.counts.failed, 1);
	assert_non_null(strstr(world_only_message(w)->text, "closes the connection whenever this message is sent"));
	struct found *f = letters(w);
	assert_int_equal(f->n, 1);
	assert_int_equal(f->row.id.uid, 20);
	assert_string_equal(f->row.facts.subject, "knock");
	assert_non_null(strstr(f->row.facts.reason, "closes the connection"));
	same_file(f->row.path, text, sizeof text - 1);
	free(f);
	/* It goes when the target has learnt to take it. */
	quirk_become(w->target, &good);
	row = world_command(w, CMD_RETRY, id);
	assert_int_equal(row.state, MBOX_SYNCED);
	assert_int_equal(row.counts.copied, 40);
	assert_int_equal(letter_count(w), 0);
}

static void ladder_off(void **state) {
	struct quirk_world *w = *state;
	int64_t id;
	set_repair(w, "off");
	world_servers(w, &good, &refusing);
	fill(w, &bare_lf, 1);
	world_move(w, &id);
	const struct world_message *m = world_only_message(w);
	assert_null(strstr(m->text, "repairs"));
	assert_int_equal(quirk_fired(w->target, 0), 2);
	assert_int_equal(letter_count(w), 1);
}

/* Refusals that are not about the content climb nothing and keep nothing. */
static void not_the_content(void **state) {
	struct quirk_world *w = *state;
	int64_t id;
	world_servers(w, &good, w->profile);
	fill(w, &bare_lf, 1);
	struct mailbox_row row = world_move(w, &id);
	assert_int_equal(row.counts.copied + row.counts.failed + row.counts.pending, 40);
	assert_true(row.counts.copied < 40);
	assert_int_equal(totals(w).all, 0);
	assert_false(dead_letters_any(w->store, id));
	quirk_become(w->target, &good);
	row = world_command(w, CMD_RETRY, id);
	assert_int_equal(row.counts.copied, 40);
	assert_int_equal(quirk_messages(w->target, NULL, NULL), 40);
	assert_int_equal(quirk_messages(w->target, "INBOX", "one\ntwo"), 1);
}

/* A target that refuses everything must not fill the disk with the mailbox. */
static void all_refused(void **state) {
	struct quirk_world *w = *state;
	static const struct quirk_rule rules[] = { { .verb = "APPEND", .text = "NO never" }, { 0 } };
	static const struct quirks closed = { .rules = rules };
	int64_t id;
	world_servers(w, &good, &closed);
	quirk_fill(w->source, "INBOX", 1, 70);
	struct mailbox_row row = world_move(w, &id);
	assert_int_equal(row.counts.failed, 70);
	assert_int_equal(letter_count(w), 50);
	quirk_become(w->target, &good);
	row = world_command(w, CMD_RETRY, id);
	assert_int_equal(row.counts.copied, 70);
	assert_int_equal(letter_count(w), 0);
	world_assert_done(w, id, QUIRK_SAME_ALL);
}

/* The message is pending, not failed, when it cannot be kept; nothing is lost by that. */
static void no_place_to_keep_it(void **state) {
	struct quirk_world *w = *state;
	char path[96];
	int64_t id;
	snprintf(path, sizeof path, "%s/project/dead-letters", w->dir);
	FILE *f = fopen(path, "w");
	assert_non_null(f);
	fclose(f);
	world_servers(w, &good, &refusing);
	fill(w, &no_date, 1);
	id = world_add(w, w->source, w->target, "anna", "anna");
	struct mailbox_row row = world_command(w, CMD_MIGRATE, id);
	assert_true(w->engine_failed);
	assert_int_equal(w->engine_error.cat, ERR_LOCAL_DISK);
	assert_int_equal(row.state, MBOX_QUEUED); /* it is not the mailbox's trouble, and waits for the next worker */
	assert_non_null(strstr(row.error, "Cannot open the directory dead-letters"));
	assert_int_equal(row.counts.failed, 0);
	assert_true(row.counts.pending > 0);
	assert_int_equal(unlink(path), 0);
	row = world_migrate(w, id);
	assert_int_equal(row.counts.copied, 39);
	assert_int_equal(row.counts.failed, 1);
	assert_int_equal(letter_count(w), 1);
}

/* Nothing a server says is ever part of a path, and links that lie there are not followed. */
static void not_through_a_link(void **state) {
	struct quirk_world *w = *state;
	char path[96], away[96];
	int64_t id;
	snprintf(away, sizeof away, "%s/away", w->dir);
	snprintf(path, sizeof path, "%s/project/dead-letters", w->dir);
	assert_int_equal(mkdir(away, 0700), 0);
	assert_int_equal(symlink(away, path), 0);
	world_servers(w, &good, &refusing);
	fill(w, &no_date, 1);
	id = world_add(w, w->source, w->target, "anna", "anna");
	world_command(w, CMD_MIGRATE, id);
	assert_true(w->engine_failed);
	assert_int_equal(rmdir(away), 0); /* empty */
}

/* --- too large ---------------------------------------------------------------------------------------------------- */

#define LARGE 6000
static const struct quirk_rule too_big[] = {
	{ .verb = "APPEND", .in = "large@", .text = "NO [TOOBIG] Message too large" },
	{ 0 },
};

static void large_text(char text[LARGE + 1], unsigned n) {
	int head = snprintf(text, LARGE, "Message-ID: <large@%u.example>\r\nSubject: huge\r\n\r\n", n);
	memset(text + head, 'x', LARGE - (size_t)head);
	for (size_t i = (size_t)head + 70; i + 4 < LARGE; i += 72)
		memcpy(text + i, "\r\n", 2);
	memcpy(text + LARGE - 2, "\r\n", 3);
}

/* No repair is tried; the file holds what somebody can hand over, until the target takes it. */
static void kept_although_large(struct quirk_world *w, uint32_t claimed) {
	const struct repair_case *k = (const void *)w->profile;
	bool known = k->profile.caps && strstr(k->profile.caps, "APPENDLIMIT");
	char text[LARGE + 1];
	int64_t id;
	world_servers(w, &good, &k->profile);
	large_text(text, 1);
	quirk_fill(w->source, "INBOX", 1, 19);
	quirk_add(w->source, "INBOX", &(struct quirk_message){ .text = text, .claimed_size = claimed });
	quirk_fill(w->source, "INBOX", 21, 40);
	struct mailbox_row row = world_move(w, &id);
	assert_int_equal(row.state, MBOX_SYNCED_WITH_GAPS);
	assert_int_equal(row.counts.copied, 39);
	assert_int_equal(row.counts.failed, 1);
	const struct world_message *m = world_only_message(w);
	assert_int_equal(m->cat, ERR_TOO_LARGE);
	assert_non_null(strstr(m->text, known ? "the target takes at most 4000" : "Message too large"));
	assert_int_equal(totals(w).all, 0);
	struct found *f = letters(w);
	assert_int_equal(f->n, 1);
	assert_int_equal(f->row.id.uid, 20);
	assert_string_equal(f->row.facts.subject, "huge");
	same_file(f->row.path, text, LARGE);
	free(f);
	quirk_forget(w->source);
	assert_int_equal(world_command(w, CMD_RETRY, id).counts.failed, 1);
	assert_int_equal(letter_count(w), 1);
	/* Where the size alone says it all, what is kept is not fetched again. */
	if (known && !claimed)
		assert_int_equal(quirk_count(w->source, "UID FETCH", "(UID BODY.PEEK[])"), 0);
	quirk_become(w->target, &good);
	row = world_command(w, CMD_RETRY, id);
	assert_int_equal(row.counts.copied, 40);
	assert_int_equal(letter_count(w), 0);
	world_assert_done(w, id, QUIRK_SAME_ALL);
}

static void too_large(void **state) {
	kept_although_large(*state, 0);
}
static void too_large_unawares(void **state) {
	kept_although_large(*state, 100);
}

/* Fifty are kept, all are named, and what is not kept says so. */
static void too_many_too_large(void **state) {
	struct quirk_world *w = *state;
	const struct repair_case *k = (const void *)w->profile;
	char text[LARGE + 1];
	int64_t id;
	unsigned told = 0;
	world_servers(w, &good, &k->profile);
	for (unsigned i = 1; i <= 60; i++) {
		large_text(text, i);
		quirk_add(w->source, "INBOX", &(struct quirk_message){ .text = text });
	}
	struct mailbox_row row = world_move(w, &id);
	assert_int_equal(row.counts.failed, 60);
	assert_int_equal(w->message_count, 60);
	assert_int_equal(letter_count(w), 50);
	for (size_t i = 0; i < w->message_count; i++)
		told += strstr(w->messages[i].text, "not kept as a file") != NULL;
	assert_int_equal(told, 10);
}

#define C(name, run, d, ...) \
	{ name, run, world_open, world_close, &(struct repair_case){ .profile = { __VA_ARGS__ }, .defect = &d } }
static const struct CMUnitTest tests[] = {
	C("dead letter", dead_letter, bare_lf),
	C("hung up on", hung_up_on, bare_lf),
	C("ladder off", ladder_off, bare_lf),
	C("not the content: quota", not_the_content, bare_lf,
	  .rules = (const struct quirk_rule[]){
		  { .verb = "APPEND", .in = "one\ntwo", .text = "NO [OVERQUOTA] Quota exceeded" }, { 0 } }),
	C("not the content: permission", not_the_content, bare_lf,
	  .rules = (const struct quirk_rule[]){
		  { .verb = "APPEND", .in = "one\ntwo", .text = "NO [NOPERM] Not allowed" }, { 0 } }),
	C("too large, and known to be", too_large, bare_lf, .caps = QUIRK_CAPS " APPENDLIMIT=4000"),
	C("too large, and larger than it says", too_large_unawares, bare_lf, .caps = QUIRK_CAPS " APPENDLIMIT=4000"),
	C("too large for a group", too_large, bare_lf, .rules = too_big),
	C("too large one by one", too_large, bare_lf, .caps = QUIRK_CAPS_PLAIN " LITERAL+ UIDPLUS", .rules = too_big),
	C("too large without LITERAL+", too_large, bare_lf, .caps = QUIRK_CAPS_PLAIN, .rules = too_big),
	C("too large, sixty of them", too_many_too_large, bare_lf, .caps = QUIRK_CAPS_PLAIN " LITERAL+ UIDPLUS",
	  .rules = too_big),
	C("all refused", all_refused, bare_lf),
	C("no place to keep it", no_place_to_keep_it, bare_lf),
	C("not through a link", not_through_a_link, bare_lf),
};

int main(void) { return cmocka_run_group_tests(tests, NULL, NULL); }
