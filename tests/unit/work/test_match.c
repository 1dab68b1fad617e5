/* SPDX-License-Identifier: MIT
 *
 * test_match.c - the multiset match that decides what is sent again and what never is.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <string.h>

#include "core/work/match.h"

#define WITH_ID(n) ((uint64_t)(n) << 8 | 1)
#define NO_ID(n) ((uint64_t)(n) << 8)

static struct match_item item(uint32_t uid, uint64_t ident, uint64_t size) {
	return (struct match_item){ .uid = uid, .ident = ident, .size = size };
}

static void give_body(struct match_item *items, size_t n, uint32_t uid, uint8_t body) {
	for (size_t i = 0; i < n; i++) {
		if (items[i].uid == uid) {
			items[i].body_known = true;
			memset(&items[i].body, body, sizeof items[i].body);
		}
	}
}

static uint32_t partner(const struct match_item *items, size_t n, uint32_t uid) {
	for (size_t i = 0; i < n; i++)
		if (items[i].uid == uid)
			return items[i].partner;
	fail_msg("no item %u", uid);
	return 0;
}

static void one_to_one_by_header_and_size(void **state) {
	(void)state;
	struct match_item rows[] = { item(2, WITH_ID(7), 100), item(1, WITH_ID(5), 50) };
	struct match_item copies[] = { item(11, WITH_ID(5), 50), item(12, WITH_ID(7), 100), item(13, WITH_ID(9), 1) };
	assert_int_equal(match_headers(rows, 2, copies, 3, false), 0);
	assert_int_equal(partner(rows, 2, 1), 11);
	assert_int_equal(partner(rows, 2, 2), 12);
	assert_int_equal(partner(copies, 3, 13), 0);
}

/* The same header and another size: an older version of a draft must not pass for the newer one. */
static void other_size_needs_the_body(void **state) {
	(void)state;
	struct match_item rows[] = { item(1, WITH_ID(5), 50) };
	struct match_item copies[] = { item(11, WITH_ID(5), 51) };
	rows[0].rank = MATCH_PENDING;
	assert_int_equal(match_headers(rows, 1, copies, 1, false), 2);
	assert_int_equal(partner(rows, 1, 1), 0);
	give_body(rows, 1, 1, 1);
	give_body(copies, 1, 11, 2);
	match_bodies(rows, 1, copies, 1);
	assert_int_equal(partner(rows, 1, 1), 0);
	give_body(copies, 1, 11, 1);
	match_bodies(rows, 1, copies, 1);
	assert_int_equal(partner(rows, 1, 1), 11);
}

static void without_message_id_size_is_not_enough(void **state) {
	(void)state;
	struct match_item rows[] = { item(1, NO_ID(5), 50) };
	struct match_item copies[] = { item(11, NO_ID(5), 50) };
	assert_int_equal(match_headers(rows, 1, copies, 1, true), 2);
	assert_int_equal(partner(rows, 1, 1), 0);
}

/* In the narrow window after an intent, a server that rewrites bodies must not cause a duplicate. */
static void intent_in_doubt_accepts_a_rewritten_size(void **state) {
	(void)state;
	struct match_item rows[] = { item(1, WITH_ID(5), 50) };
	struct match_item copies[] = { item(11, WITH_ID(5), 52) };
	rows[0].rank = MATCH_INTENT;
	assert_int_equal(match_headers(rows, 1, copies, 1, true), 0);
	assert_int_equal(partner(rows, 1, 1), 11);
}

/* Nine drafts with equal headers and different bodies, five of them stored. */
static void drafts_are_told_apart_by_body(void **state) {
	(void)state;
	struct match_item rows[9], copies[5];
	for (uint32_t i = 0; i < 9; i++) {
		rows[i] = item(i + 1, WITH_ID(5), 50);
		rows[i].rank = MATCH_INTENT;
	}
	for (uint32_t i = 0; i < 5; i++)
		copies[i] = item(100 + i, WITH_ID(5), 50);
	assert_int_equal(match_headers(rows, 9, copies, 5, true), 14);
	for (uint32_t i = 0; i < 9; i++)
		give_body(rows, 9, i + 1, (uint8_t)(i + 1));
	for (uint32_t i = 0; i < 5; i++)
		give_body(copies, 5, 100 + i, (uint8_t)(9 - i)); /* bodies 9, 8, 7, 6, 5 */
	match_bodies(rows, 9, copies, 5);
	for (uint32_t i = 1; i <= 4; i++)
		assert_int_equal(partner(rows, 9, i), 0);
	for (uint32_t i = 5; i <= 9; i++)
		assert_int_equal(partner(rows, 9, i), 100 + 9 - i);
}

/* Byte-equal duplicates: counts settle, and rows that are stored for certain take theirs first. */
static void equal_bodies_are_counted_and_stored_rows_come_first(void **state) {
	(void)state;
	struct match_item rows[] = { item(1, WITH_ID(5), 50), item(2, WITH_ID(5), 50), item(3, WITH_ID(5), 50) };
	struct match_item copies[] = { item(11, WITH_ID(5), 50), item(12, WITH_ID(5), 50) };
	rows[0].rank = MATCH_INTENT;
	rows[1].rank = MATCH_STORED;
	rows[2].rank = MATCH_INTENT;
	assert_int_equal(match_headers(rows, 3, copies, 2, true), 5);
	for (uint32_t i = 1; i <= 3; i++)
		give_body(rows, 3, i, 7);
	give_body(copies, 2, 11, 7);
	give_body(copies, 2, 12, 7);
	match_bodies(rows, 3, copies, 2);
	assert_true(partner(rows, 3, 2) != 0);
	assert_int_equal((partner(rows, 3, 1) != 0) + (partner(rows, 3, 3) != 0), 1);
}

static void a_body_that_could_not_be_read_matches_nothing(void **state) {
	(void)state;
	struct match_item rows[] = { item(1, WITH_ID(5), 50), item(2, WITH_ID(5), 50) };
	struct match_item copies[] = { item(11, WITH_ID(5), 50) };
	assert_int_equal(match_headers(rows, 2, copies, 1, false), 3);
	give_body(copies, 1, 11, 0);
	match_bodies(rows, 2, copies, 1);
	assert_int_equal(partner(rows, 2, 1), 0);
	assert_int_equal(partner(rows, 2, 2), 0);
}

static void empty_sides(void **state) {
	(void)state;
	struct match_item one[] = { item(1, WITH_ID(5), 50) };
	assert_int_equal(match_headers(NULL, 0, one, 1, false), 0);
	assert_int_equal(match_headers(one, 1, NULL, 0, false), 0);
	match_bodies(one, 1, NULL, 0);
	assert_int_equal(one[0].partner, 0);
}

/* Equal headers, one stored and one in doubt, and one copy in the window: whose is it? */
static void a_stored_row_of_unknown_place_makes_it_ambiguous(void **state) {
	(void)state;
	struct match_item rows[] = { item(1, WITH_ID(5), 50), item(2, WITH_ID(5), 50), item(3, WITH_ID(6), 50) };
	struct match_item copies[] = { item(11, WITH_ID(5), 50), item(12, WITH_ID(6), 50) };
	struct match_item other[] = { item(12, WITH_ID(6), 50) };
	rows[1].rank = MATCH_INTENT;
	match_headers(rows, 3, copies, 2, true);
	assert_true(match_is_ambiguous(rows, 3, copies, 2));
	/* Where the window has no such copy, nothing is to be shared out. */
	assert_false(match_is_ambiguous(rows, 3, other, 1));
	for (int i = 0; i < 3; i++)
		if (rows[i].uid == 1)
			rows[i].claimed = 11;
	assert_false(match_is_ambiguous(rows, 3, copies, 2));
	/* A UID that no copy here has is no better than none: APPENDUID is a hint. */
	for (int i = 0; i < 3; i++)
		if (rows[i].uid == 1)
			rows[i].claimed = 100011;
	assert_true(match_is_ambiguous(rows, 3, copies, 2));
	/* Nobody in doubt, nothing to decide. */
	for (int i = 0; i < 3; i++)
		rows[i].rank = MATCH_STORED;
	assert_false(match_is_ambiguous(rows, 3, copies, 2));
}

/* The server says other headers than those that were sent: size and body tell whose copy it is, stored rows first. */
static void strangers_of_one_size_are_told_by_their_bodies(void **state) {
	(void)state;
	bool any;
	struct match_item rows[] = { item(1, WITH_ID(1), 50), item(2, WITH_ID(2), 60), item(3, WITH_ID(3), 60),
				     item(4, WITH_ID(4), 70), item(5, WITH_ID(5), 60) };
	struct match_item copies[] = { item(11, WITH_ID(11), 60), item(12, WITH_ID(12), 60),
				       item(13, WITH_ID(13), 80) };
	for (int i = 0; i < 4; i++)
		rows[i].rank = MATCH_INTENT;
	rows[4].rank = MATCH_STORED;
	assert_int_equal(match_headers(rows, 5, copies, 3, true), 0);
	assert_int_equal(match_strangers(rows, 5, copies, 3, &any), 5);
	assert_true(any);
	give_body(rows, 5, 2, 7);
	give_body(rows, 5, 3, 8);
	give_body(rows, 5, 5, 8);
	give_body(copies, 3, 11, 7);
	give_body(copies, 3, 12, 8);
	match_strangers_bodies(rows, 5, copies, 3);
	assert_int_equal(partner(rows, 5, 1), 0);
	assert_int_equal(partner(rows, 5, 2), 11);
	assert_int_equal(partner(rows, 5, 3), 0);
	assert_int_equal(partner(rows, 5, 4), 0);
	assert_int_equal(partner(rows, 5, 5), 12);
	assert_int_equal(partner(copies, 3, 13), 0);
}

/* Nothing is read when nobody is in doubt, or when no size fits. */
static void no_strangers_without_doubt(void **state) {
	(void)state;
	bool any;
	struct match_item rows[] = { item(1, WITH_ID(1), 50), item(2, WITH_ID(2), 60), item(3, WITH_ID(3), 60) };
	struct match_item copies[] = { item(11, WITH_ID(11), 60), item(12, WITH_ID(12), 51) };
	rows[0].rank = MATCH_INTENT;
	rows[1].rank = MATCH_PENDING;
	rows[2].rank = MATCH_STORED;
	assert_int_equal(match_headers(rows, 3, copies, 2, true), 0);
	assert_int_equal(match_strangers(rows, 3, copies, 2, &any), 0);
	assert_false(any);
}

int main(void) {
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(one_to_one_by_header_and_size),
		cmocka_unit_test(other_size_needs_the_body),
		cmocka_unit_test(without_message_id_size_is_not_enough),
		cmocka_unit_test(intent_in_doubt_accepts_a_rewritten_size),
		cmocka_unit_test(drafts_are_told_apart_by_body),
		cmocka_unit_test(equal_bodies_are_counted_and_stored_rows_come_first),
		cmocka_unit_test(a_body_that_could_not_be_read_matches_nothing),
		cmocka_unit_test(a_stored_row_of_unknown_place_makes_it_ambiguous),
		cmocka_unit_test(strangers_of_one_size_are_told_by_their_bodies),
		cmocka_unit_test(no_strangers_without_doubt),
		cmocka_unit_test(empty_sides),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
