/* SPDX-License-Identifier: MIT
 *
 * test_repairs.c - records of repaired messages follow the state of their rows; dead letters are whole, private, and
 * named by numbers only.
 */
#include "tests/unit/store/fixture.h"

#include <fcntl.h>

#include "core/store/commands.h"
#include "core/store/dead_letters_int.h"
#include "core/store/repairs.h"

static char dir[64];

struct one_folder {
	struct store *s;
	struct lease l;
	struct ledger_folder f;
};

static int setup(void **state) {
	static const uint32_t uids[] = { 1, 2, 3, 4 };
	struct one_folder *o = calloc(1, sizeof *o);
	struct scan_item items[4];
	struct err e;
	assert_non_null(o);
	*state = o;
	dir_make(dir);
	o->s = open_store(dir, STORE_CREATE);
	add_many(o->s, 2);
	lease_one(o->s, 1, &o->l);
	MUST(ledger_folder_open(o->s, &o->l, "INBOX", "INBOX", &o->f, &e));
	for (unsigned i = 0; i < 4; i++)
		items[i] = (struct scan_item){ .uid = i + 1, .keywords = "", .size = 100 };
	MUST(ledger_enumerate(o->s, &o->l, o->f.id, items, 4, NULL, &e));
	MUST(ledger_folder_enumerated(o->s, &o->l, o->f.id, 77, 5, 0, &e));
	struct ticket *t = ledger_intent(o->s, &o->l, o->f.id, 9, 1, uids, 3, &e);
	assert_non_null(t);
	MUST(ticket_wait(t, &e));
	return 0;
}

static int teardown(void **state) {
	struct one_folder *o = *state;
	store_close(o->s);
	free(o);
	dir_remove(dir);
	return 0;
}

static const struct hash sent = { { 1, 2, 3 } }, original = { { 9, 8, 7 } };

static bool repair(struct one_folder *o, uint32_t uid, enum repair_rung rung, struct err *e) {
	struct repair_record r = { .uid = uid,
				   .rung = rung,
				   .ident = 4242,
				   .body = sent,
				   .source_ident = 1111,
				   .source_body = original,
				   .subject = "a \033[1m subject",
				   .from = "b",
				   .date = "c" };
	return ledger_repair(o->s, &o->l, o->f.id, &r, e);
}

static void change(struct one_folder *o, uint32_t uid, enum msg_state state, uint64_t ident) {
	struct err e;
	struct ledger_change c = { .uid = uid, .state = state, .ident = ident, .body = original, .text = "because" };
	if (state == MSG_DONE)
		c = (struct ledger_change){ .uid = uid, .state = state, .dst_uid = uid };
	MUST(ledger_change(o->s, &o->l, o->f.id, &c, 1, &e));
	MUST(store_flush(o->s, &e));
}

static struct ledger_row row_of(struct one_folder *o, uint32_t uid) {
	struct ledger_row row;
	struct err e;
	bool found;
	MUST(ledger_row_get(o->s, o->f.id, uid, &row, &found, &e));
	assert_true(found);
	return row;
}

static uint64_t repaired(struct one_folder *o, const struct mailbox_filter *f) {
	struct repair_totals t;
	struct err e;
	MUST(repairs_totals(o->s, f, &t, &e));
	return t.all;
}

static bool take_row(void *arg, const struct repaired_row *row) {
	*(struct repaired_row *)arg = *row;
	return true;
}

static void follows_the_row(void **state) {
	struct one_folder *o = *state;
	struct repaired_row row;
	struct err e;
	REFUSED(repair(o, 4, REPAIR_LINES, &e), ERR_INPUT); /* never an intent */
	REFUSED(repair(o, 5, REPAIR_LINES, &e), ERR_INPUT);
	MUST(repair(o, 1, REPAIR_LINES, &e));
	assert_int_equal(repaired(o, NULL), 0); /* not at the target yet */
	MUST(repair(o, 1, REPAIR_HEADERS, &e)); /* another rung takes its place */
	assert_int_equal(row_of(o, 1).ident, 4242);
	struct ledger_row attempt = row_of(o, 1);
	assert_memory_equal(&attempt.body, &sent, sizeof sent);
	change(o, 1, MSG_DONE, 0);
	assert_int_equal(row_of(o, 1).ident, 4242);
	assert_int_equal(repaired(o, NULL), 1);
	MUST(mailbox_repairs(o->s, 1, take_row, &row, &e));
	assert_int_equal(row.rung, REPAIR_HEADERS);
	assert_int_equal(row.source_ident, 1111);
	assert_memory_equal(&row.source_body, &original, sizeof original);
	assert_null(strchr(row.subject, '\033'));
	/* Of this mailbox alone. */
	const int64_t ids[] = { 1, 2 };
	assert_int_equal(repaired(o, &(struct mailbox_filter){ .ids = &ids[0], .id_count = 1 }), 1);
	assert_int_equal(repaired(o, &(struct mailbox_filter){ .ids = &ids[1], .id_count = 1 }), 0);
	/* In doubt again it is looked for as what was sent. */
	MUST(ledger_folder_unmap(o->s, &o->l, o->f.id, 10, &e));
	assert_int_equal(row_of(o, 1).ident, 4242);
	assert_int_equal(repaired(o, NULL), 0);
	change(o, 1, MSG_DONE, 0);
	assert_int_equal(repaired(o, NULL), 1);
}

/* What is sent next is the original: nothing of the repaired text may be left, whoever still believes in it. */
static void goes_with_the_doubt(void **state) {
	static const enum msg_state states[] = { MSG_PENDING, MSG_FAILED, MSG_VANISHED };
	struct one_folder *o = *state;
	struct err e;
	for (uint32_t uid = 1; uid <= 3; uid++) {
		MUST(repair(o, uid, REPAIR_WRAP, &e));
		change(o, uid, states[uid - 1], 4242);
		assert_int_equal(row_of(o, uid).ident, 0);
		assert_int_equal(row_of(o, uid).body.bytes[0], 0);
	}
	assert_int_equal(query_int(dir, "SELECT count(*) FROM repair"), 0);
	change(o, 4, MSG_PENDING, 5555); /* without a record nothing is forgotten */
	assert_int_equal(row_of(o, 4).ident, 5555);
}

static void goes_with_the_folder(void **state) {
	struct one_folder *o = *state;
	struct err e;
	MUST(repair(o, 1, REPAIR_BODY, &e));
	change(o, 1, MSG_DONE, 0);
	MUST(ledger_folder_restart(o->s, &o->l, o->f.id, 78, &e));
	assert_int_equal(query_int(dir, "SELECT count(*) FROM repair"), 0);
}

static void needs_the_lease(void **state) {
	struct one_folder *o = *state;
	struct err e;
	o->l.generation++;
	REFUSED(repair(o, 1, REPAIR_LINES, &e), ERR_LEASE_LOST);
	o->l.generation--;
	assert_int_equal(query_int(dir, "SELECT count(*) FROM repair"), 0);
}

static void counts_copies(void **state) {
	struct one_folder *o = *state;
	struct err e;
	uint64_t n;
	MUST(repair(o, 1, REPAIR_LINES, &e));
	MUST(repair(o, 2, REPAIR_LINES, &e));
	MUST(ledger_copies_like(o->s, o->f.id, 4242, &sent, &n, &e));
	assert_int_equal(n, 0);
	change(o, 1, MSG_DONE, 0);
	change(o, 2, MSG_ADOPTED, 4242);
	MUST(ledger_copies_like(o->s, o->f.id, 4242, &sent, &n, &e));
	assert_int_equal(n, 1); /* the second has another body now */
	MUST(ledger_copies_like(o->s, o->f.id, 4243, &sent, &n, &e));
	assert_int_equal(n, 0);
}

/* --- dead letters ----------------------------------------------------------------------------------------------- */

static void keep(struct store *s, const struct dead_letter_id *id, const char *text, const char *reason) {
	struct err e;
	struct dead_letter_facts *f = calloc(1, sizeof *f);
	assert_non_null(f);
	text_copy(f->folder, sizeof f->folder, "../../etc/\npasswd");
	text_copy(f->subject, sizeof f->subject, "\033[31mred\nUID: 99");
	text_copy(f->reason, sizeof f->reason, reason);
	struct dead_letter *d = dead_letter_begin(s, id, &e);
	assert_non_null(d);
	MUST(dead_letter_write(d, text, strlen(text), &e));
	MUST(dead_letter_keep(d, f, &e));
	free(f);
}

struct seen {
	unsigned n;
	struct dead_letter_row last;
};

static bool see(void *arg, const struct dead_letter_row *row) {
	struct seen *s = arg;
	s->n++;
	s->last = *row;
	return true;
}

static struct seen *list(struct store *s, int64_t mailbox) {
	struct seen *seen = calloc(1, sizeof *seen);
	struct err e;
	assert_non_null(seen);
	MUST(dead_letters_list(s, mailbox, see, seen, &e));
	return seen;
}

static void letters(void **state) {
	struct one_folder *o = *state;
	const struct dead_letter_id id = { 1, o->f.id, 77, 3 }, max = { INT64_MAX, INT64_MAX, UINT32_MAX, UINT32_MAX };
	char name[DEAD_LETTER_NAME_MAX];
	struct stat st;
	assert_false(dead_letters_any(o->s, 1));
	assert_false(dead_letter_there(o->s, &id));
	keep(o->s, &id, "first\n", "one");
	keep(o->s, &id, "second\n", "two"); /* takes its place */
	keep(o->s, &max, "", "three");
	assert_true(dead_letter_there(o->s, &id));
	dead_letter_name(name, &max);
	assert_true(strcmp(name + strlen(name) - 4, ".eml") == 0);
	struct seen *seen = list(o->s, 1);
	assert_int_equal(seen->n, 1);
	assert_string_equal(seen->last.facts.reason, "two");
	assert_string_equal(seen->last.facts.uid, ""); /* a Subject cannot say it */
	assert_null(strchr(seen->last.facts.subject, '\033'));
	assert_int_equal(seen->last.size, 7);
	assert_int_equal(stat(seen->last.path, &st), 0);
	assert_int_equal(st.st_mode & 0777, 0600);
	free(seen);
	seen = list(o->s, 0);
	assert_int_equal(seen->n, 2);
	assert_int_equal(seen->last.id.mailbox, INT64_MAX);
	assert_int_equal(seen->last.id.uid, UINT32_MAX);
	free(seen);
}

/* Other files there are none of ours, and what was begun is not there. */
static void strangers(void **state) {
	static const char *const names[] = { "1-2-3.txt",   "1-2-3.eml.new",  "-1-2-3.eml",	"1-2.eml", "x.eml",
					     "1-2-3.emlx", "1-2-3-4.eml", " 1-2-3.eml", "0-2-3.eml" };
	struct one_folder *o = *state;
	const struct dead_letter_id id = { 1, o->f.id, 77, 3 };
	char path[200];
	struct err e;
	struct dead_letter *d = dead_letter_begin(o->s, &id, &e);
	assert_non_null(d);
	MUST(dead_letter_write(d, "x", 1, &e));
	for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
		snprintf(path, sizeof path, "%s/dead-letters/1/%s", dir, names[i]);
		close(open(path, O_WRONLY | O_CREAT, 0600));
	}
	struct seen *seen = list(o->s, 0);
	assert_int_equal(seen->n, 0);
	free(seen);
	dead_letter_abandon(d);
	snprintf(path, sizeof path, "%s/dead-letters/1/%lld-77-3.eml.new", dir, (long long)o->f.id);
	assert_int_not_equal(access(path, F_OK), 0);
}

static void tidied(void **state) {
	struct one_folder *o = *state;
	struct err e;
	keep(o->s, &(struct dead_letter_id){ 1, o->f.id, 77, 1 }, "arrives", "r");
	keep(o->s, &(struct dead_letter_id){ 1, o->f.id, 77, 2 }, "stays", "r");
	keep(o->s, &(struct dead_letter_id){ 1, o->f.id, 76, 1 }, "was another message", "r");
	keep(o->s, &(struct dead_letter_id){ 1, o->f.id + 1, 77, 1 }, "of another folder", "r");
	change(o, 1, MSG_DONE, 0);
	change(o, 2, MSG_FAILED, 0);
	MUST(dead_letters_tidy(o->s, 1, &e));
	MUST(dead_letters_tidy(o->s, 2, &e)); /* has none */
	struct seen *seen = list(o->s, 1);
	assert_int_equal(seen->n, 3);
	free(seen);
	assert_false(dead_letter_there(o->s, &(struct dead_letter_id){ 1, o->f.id, 77, 1 }));
	assert_true(dead_letter_there(o->s, &(struct dead_letter_id){ 1, o->f.id, 77, 2 }));
}

#define T(f) cmocka_unit_test_setup_teardown(f, setup, teardown)
int main(void) {
	static const struct CMUnitTest tests[] = {
		T(follows_the_row), T(goes_with_the_doubt), T(goes_with_the_folder), T(needs_the_lease),
		T(counts_copies),   T(letters),		    T(strangers),	     T(tidied),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
