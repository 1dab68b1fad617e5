/* SPDX-License-Identifier: MIT
 *
 * test_repair.c - targets that refuse messages for what is in them: the repair ladder, its records, and that a repaired
 * message is never lost nor there twice, whatever happens between the attempts.
 */
#include "tests/engine/test_repair.h"

#define CAPS_SYNC QUIRK_CAPS_PLAIN " UIDPLUS"
#define CAPS_NO_UIDPLUS QUIRK_CAPS_PLAIN " LITERAL+ MULTIAPPEND"

#define LONG_100 "0123456789012345678901234567890123456789012345678901234567890123456789012345678901234567890123456789"
#define LONG_1000 LONG_100 LONG_100 LONG_100 LONG_100 LONG_100 LONG_100 LONG_100 LONG_100 LONG_100 LONG_100
#define QP_75 "012345678901234567890123456789012345678901234567890123456789012345678901234"

static const char nul_text[] = NAME FROM DATE "\r\none\0two\r\n";
static const struct defect nul = { .label = "NUL",
				   .text = nul_text,
				   .size = sizeof nul_text - 1,
				   .repaired = NAME FROM DATE "MIME-Version: 1.0\r\nContent-Transfer-Encoding: "
							      "quoted-printable\r\n\r\none=00two\r\n",
				   .rung = REPAIR_NUL,
				   .refusals = 2,
				   .refused = DEFECT_NUL };
static const struct defect eight_bit = {
	.label = "8-bit header",
	.text = NAME "From: \"J\xc3\xb6rg\" <j@b.example>\r\n" DATE "Subject: Gr\xc3\xbc\xc3\x9f"
		     "e\r\n\r\nGr\xc3\xbc\xc3\x9f" "e\r\n",
	.repaired = NAME "From: =?utf-8?B?SsO2cmc=?= <j@b.example>\r\n" DATE
			 "Subject: =?utf-8?B?R3LDvMOfZQ==?=\r\n\r\nGr\xc3\xbc\xc3\x9f" "e\r\n",
	.rung = REPAIR_HEADERS,
	.refusals = 2,
	.refused = DEFECT_8BIT_HEADER
};
static const struct defect mbox_line = { .label = "mbox line",
					 .text = "From x Thu Mar 12\r\n" NAME FROM DATE "\r\nbody\r\n",
					 .repaired = NAME FROM DATE "\r\nbody\r\n",
					 .rung = REPAIR_HEADERS,
					 .refusals = 2,
					 .refused = DEFECT_HEADER };
/* And no Message-ID: the body has to tell. */
static const struct defect no_from = { .label = "no From",
				       .text = DATE "\r\n<special@\r\n",
				       .repaired = MADE_FROM DATE "\r\n<special@\r\n",
				       .rung = REPAIR_FIELDS,
				       .refusals = 2,
				       .refused = DEFECT_NO_FROM };
static const struct defect long_line = { .label = "long line",
					 .text = NAME FROM DATE "\r\n" LONG_1000 "\r\n",
					 .rung = REPAIR_BODY,
					 .refusals = 2,
					 .refused = DEFECT_LONG_LINE };
/* Every rung has something to do, and nothing but the last will do. */
static const char all_text[] = NAME "Subject: \xe4\r\n\r\none\0\ntwo \xe4\r\n";
static const struct defect all_of_it = {
	.label = "all of it",
	.text = all_text,
	.size = sizeof all_text - 1,
	.repaired = MADE_DATE MADE_FROM NAME "Subject: =?unknown-8bit?B?5A==?=\r\nMIME-Version: 1.0\r\n"
					     "Content-Transfer-Encoding: quoted-printable\r\n\r\none=00\r\ntwo =E4\r\n",
	.rung = REPAIR_FIELDS, /* the NUL had the body encoded already */
	.refusals = 5,
	.refused = DEFECT_ANY
};

static bool take_row(void *arg, const struct repaired_row *row) {
	*(struct repaired_row *)arg = *row;
	return true;
}

/* An address in 8-bit letters cannot be repaired; as an attachment it can be kept. */
static const struct defect address = { .label = "8-bit address",
				       .text = NAME "From: <j\xc3\xb6@b.example>\r\n" DATE "\r\nbody\r\n",
				       .rung = REPAIR_WRAP,
				       .refusals = 2,
				       .refused = DEFECT_8BIT_HEADER };

/* --- each rung -------------------------------------------------------------------------------------------------- */

static void one_rung(void **state) {
	struct quirk_world *w = *state;
	const struct defect *d = defect_of(w);
	const struct quirk_rule rules[] = {
		{ .verb = "APPEND", .text = "NO Message has a fault", .defects = d->refused }, { 0 }
	};
	struct quirks strict = w->profile[0];
	struct repaired_row row = { 0 };
	struct err e;
	int64_t id;
	strict.rules = rules;
	world_servers(w, &good, &strict);
	fill(w, d, 1);
	struct mailbox_row after = world_move(w, &id);
	assert_int_equal(after.state, MBOX_SYNCED);
	assert_int_equal(after.counts.copied, 40);
	assert_int_equal(w->message_count, 0);
	struct repair_totals t = totals(w);
	assert_int_equal(t.all, 1);
	assert_int_equal(t.by_rung[d->rung], 1);
	assert_true(mailbox_repairs(w->store, id, take_row, &row, &e));
	assert_int_equal(row.rung, d->rung);
	assert_int_equal(row.uid, 20);
	assert_string_equal(row.folder, "INBOX");
	assert_int_equal(quirk_fired(w->target, 0), d->refusals);
	assert_int_equal(quirk_flagged(w->target, "INBOX", "$Label"), 1);
	assert_false(dead_letters_any(w->store, id));
	if (d->repaired)
		world_assert_done(w, id, QUIRK_SAME_ALL);
	quirk_become(w->target, &good);
}

/* The line is there again for whoever reads quoted-printable. */
static void endless_line(void **state) {
	struct quirk_world *w = *state;
	size_t n;
	one_rung(state);
	char *text = quirk_text(w->target, "INBOX", "<special@", 0, &n);
	assert_non_null(text);
	assert_non_null(strstr(text, "Content-Transfer-Encoding: quoted-printable\r\n\r\n" QP_75 "=\r\n"));
	assert_int_equal(quirk_defects(text, n), 0);
	free(text);
}

static void wrapped(void **state) {
	struct quirk_world *w = *state;
	size_t n;
	set_repair(w, "all");
	one_rung(state);
	char *text = quirk_text(w->target, "INBOX", "original.eml", 0, &n);
	assert_non_null(text);
	assert_int_equal(quirk_defects(text, n), 0);
	assert_non_null(strstr(text, "wrapped.mailvan.invalid"));
	free(text);
}

/* More than is held in memory, at both ends of the ladder. */
static void large(void **state) {
	enum { SIZE = 3 * 1024 * 1024 };
	static const struct quirk_rule rules[] = {
		{ .verb = "APPEND", .text = "BAD no", .defects = DEFECT_BARE_LINE | DEFECT_8BIT_BODY }, { 0 }
	};
	static const struct quirks strict = { .rules = rules };
	struct quirk_world *w = *state;
	char *text = malloc(SIZE + 1);
	size_t n;
	int64_t id;
	assert_non_null(text);
	int head = snprintf(text, SIZE, NAME FROM DATE "\n");
	for (int i = head; i < SIZE; i++)
		text[i] = "0123456789abcd\xe4\n"[(i - head) % 16];
	text[SIZE] = '\0';
	world_servers(w, &good, &strict);
	fill(w, &(struct defect){ .text = text }, 1);
	struct mailbox_row after = world_move(w, &id);
	assert_int_equal(after.counts.copied, 40);
	assert_int_equal(totals(w).by_rung[REPAIR_BODY], 1);
	char *got = quirk_text(w->target, "INBOX", "<special@", 0, &n);
	assert_non_null(got);
	assert_int_equal(quirk_defects(got, n), 0);
	assert_non_null(strstr(got, "0123456789abcd=E4\r\n0123456789abcd=E4\r\n"));
	free(got);
	free(text);
	assert_int_equal(world_migrate(w, id).counts.copied, 40);
	assert_int_equal(quirk_messages(w->target, NULL, NULL), 40);
}

/* --- between the attempts --------------------------------------------------------------------------------------- */

static void exactly(struct quirk_world *w, int64_t id, size_t expected) {
	const struct defect *d = defect_of(w);
	struct mailbox_row row = world_row(w, id);
	assert_int_equal(row.state, MBOX_SYNCED);
	assert_int_equal(quirk_messages(w->target, NULL, NULL), expected);
	if (d->repaired)
		world_assert_same(w, QUIRK_SAME_ALL);
	quirk_forget(w->target);
	world_migrate(w, id);
	assert_int_equal(quirk_count(w->target, "APPEND", NULL), 0);
	assert_int_equal(quirk_messages(w->target, NULL, NULL), expected);
}

/* Three equal messages; the repaired text of the first arrives and its acknowledgement does not. */
static void acknowledgement_lost(void **state) {
	struct quirk_world *w = *state;
	const struct defect *d = defect_of(w);
	const struct quirk_rule rules[] = { { .verb = "APPEND", .text = "NO fault", .defects = d->refused },
					    { .verb = "APPEND",
					      .in = d->rung == REPAIR_WRAP ? "original.eml" : "special@",
					      .act = w->profile->rules[0].act,
					      .times = 2,
					      .late_ms = 300 },
					    { 0 } };
	struct quirks strict = w->profile[0];
	int64_t id;
	strict.rules = rules;
	w->settle_ms = w->profile->rules[0].act == QUIRK_CLOSE_DO ? 700 : 50;
	set_repair(w, "all");
	world_servers(w, &good, &strict);
	fill(w, d, 3);
	struct mailbox_row row = world_move(w, &id);
	assert_int_equal(quirk_fired(w->target, 1), 2);
	assert_int_equal(row.counts.copied, 42);
	struct repair_totals t = totals(w);
	assert_int_equal(t.all, 3);
	assert_int_equal(t.by_rung[d->rung], 3);
	exactly(w, id, 42);
	quirk_become(w->target, &good);
}

/* The row goes back to PENDING after a repaired text did not arrive; then the target takes the original, and loses that
 * acknowledgement: what is looked for must be the original again. */
static void original_after_all(void **state) {
	struct quirk_world *w = *state;
	const struct defect *d = defect_of(w);
	const struct quirk_rule rules[] = {
		/* Streamed, alone. */
		{ .verb = "APPEND", .text = "NO fault", .defects = d->refused, .times = 2 },
		/* Repaired: not stored. The next time as it is: stored, and not acknowledged. */
		{ .verb = "APPEND", .in = "special@", .act = QUIRK_CLOSE, .times = 1 },
		{ .verb = "APPEND", .in = "special@", .act = QUIRK_DO_CLOSE, .times = 1 },
		{ 0 }
	};
	const struct quirks strict = { .rules = rules };
	struct defect same = *d;
	int64_t id;
	same.repaired = NULL;
	world_servers(w, &good, &strict);
	fill(w, &same, 1);
	struct mailbox_row row = world_move(w, &id);
	assert_int_equal(quirk_fired(w->target, 2), 1);
	assert_int_equal(row.counts.copied, 40);
	assert_int_equal(totals(w).all, 0);
	assert_int_equal(quirk_messages(w->target, NULL, NULL), 40);
	world_assert_done(w, id, QUIRK_SAME_ALL);
	quirk_become(w->target, &good);
}

static void strict_world(struct quirk_world *w, const struct quirks *strict, int64_t *id) {
	set_repair(w, "all");
	world_servers(w, &good, strict);
	fill(w, defect_of(w), 2);
	struct mailbox_row row = world_move(w, id);
	assert_int_equal(row.counts.copied, 41);
	assert_int_equal(totals(w).all, 2);
}

/* With a code: without one, what is left when all others were found again would be waited for (pump_bare.c). */
#define STRICT(w)                                                                                                      \
	const struct quirk_rule rules[] = {                                                                            \
		{ .verb = "APPEND", .text = "NO [CANNOT] fault", .defects = defect_of(w)->refused }, { 0 }             \
	};                                                                                                             \
	const struct quirks strict = { .rules = rules }

/* Another row with the same accounts: nothing is known of what the first has repaired. */
static void ledger_lost(void **state) {
	struct quirk_world *w = *state;
	int64_t id, other;
	STRICT(w);
	strict_world(w, &strict, &id);
	other = world_add(w, w->source, w->target, "berta", "anna");
	struct mailbox_row row = world_migrate(w, other);
	assert_int_equal(row.counts.adopted, 41);
	assert_int_equal(totals(w).all, 4);
	exactly(w, other, 41);
	quirk_become(w->target, &good);
}

/* All rows start anew, and are matched against the whole target. */
static void source_made_anew(void **state) {
	struct quirk_world *w = *state;
	int64_t id;
	STRICT(w);
	strict_world(w, &strict, &id);
	quirk_set_uidvalidity(w->source, "INBOX", 4711);
	struct mailbox_row row = world_migrate(w, id);
	assert_int_equal(row.counts.adopted, 41);
	/* A copy that differs in line ends alone is found as the original's, and nobody needs to know. */
	assert_int_equal(totals(w).all, defect_of(w)->rung == REPAIR_LINES ? 0 : 2);
	exactly(w, id, 41);
	quirk_become(w->target, &good);
}

/* All rows are in doubt, and are looked for as what was sent. */
static void target_made_anew(void **state) {
	struct quirk_world *w = *state;
	int64_t id;
	STRICT(w);
	strict_world(w, &strict, &id);
	quirk_set_uidvalidity(w->target, "INBOX", 4711);
	quirk_fill(w->source, "INBOX", 50, 50);
	struct mailbox_row row = world_migrate(w, id);
	assert_int_equal(row.counts.copied, 42);
	assert_int_equal(totals(w).all, 2);
	exactly(w, id, 42);
	quirk_become(w->target, &good);
}

#define C(name, run, d, ...) \
	{ name, run, world_open, world_close, &(struct repair_case){ .profile = { __VA_ARGS__ }, .defect = &d } }
#define LOST .rules = (const struct quirk_rule[]){ { .act = QUIRK_DO_CLOSE } }
#define LATE .rules = (const struct quirk_rule[]){ { .act = QUIRK_CLOSE_DO } }
static const struct CMUnitTest tests[] = {
	C("one rung: bare LF", one_rung, bare_lf),
	C("one rung: bare LF, synchronizing", one_rung, bare_lf, .caps = CAPS_SYNC),
	C("one rung: bare LF, no UIDPLUS", one_rung, bare_lf, .caps = CAPS_NO_UIDPLUS),
	C("one rung: NUL", one_rung, nul),
	C("one rung: 8-bit header", one_rung, eight_bit),
	C("one rung: mbox line", one_rung, mbox_line),
	C("one rung: no Date", one_rung, no_date),
	C("one rung: no From", one_rung, no_from, .caps = CAPS_NO_UIDPLUS),
	C("one rung: all of it", one_rung, all_of_it),
	C("endless line", endless_line, long_line),
	C("wrapped", wrapped, address),
	C("large", large, bare_lf),
	C("acknowledgement lost: bare LF", acknowledgement_lost, bare_lf, LOST),
	C("acknowledgement lost: 8-bit header", acknowledgement_lost, eight_bit, LOST),
	C("acknowledgement lost: no Date", acknowledgement_lost, no_date, LOST),
	C("acknowledgement lost: no Date, no UIDPLUS", acknowledgement_lost, no_date, LOST, .caps = CAPS_NO_UIDPLUS),
	C("acknowledgement lost: no From", acknowledgement_lost, no_from, LOST, .caps = CAPS_NO_UIDPLUS),
	C("acknowledgement lost: all of it", acknowledgement_lost, all_of_it, LOST),
	C("acknowledgement lost: wrapped", acknowledgement_lost, address, LOST),
	C("acknowledgement late: no From", acknowledgement_lost, no_from, LATE),
	C("acknowledgement late: wrapped", acknowledgement_lost, address, LATE, .caps = CAPS_NO_UIDPLUS),
	C("original after all: no Date", original_after_all, no_date),
	C("original after all: 8-bit header", original_after_all, eight_bit),
	C("ledger lost: no From", ledger_lost, no_from),
	C("ledger lost: wrapped", ledger_lost, address),
	C("source made anew: 8-bit header", source_made_anew, eight_bit),
	C("source made anew: bare LF", source_made_anew, bare_lf),
	C("target made anew: no From", target_made_anew, no_from),
	C("target made anew: wrapped", target_made_anew, address),
};

int main(void) { return cmocka_run_group_tests(tests, NULL, NULL); }
