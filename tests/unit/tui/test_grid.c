/* SPDX-License-Identifier: MIT
 *
 * test_grid.c - the cell grid: clipping, wide and combining characters, and what must never reach a terminal.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <locale.h>
#include <string.h>
#include <cmocka.h>

#include "tui/term/grid.h"
#include "tui/term/key.h"
#include "tui/term/theme.h"
#include "tui/term/utf8.h"

static char *dumped(const struct grid *g, struct buf *b) {
	buf_init(b, 1 << 20);
	assert_true(grid_dump(g, b));
	return b->data;
}

static void expect_screen(struct grid *g, const char *want) {
	struct buf b;
	assert_string_equal(dumped(g, &b), want);
	buf_free(&b);
	grid_free(g);
}

static void text_is_clipped_with_an_ellipsis(void **state) {
	(void)state;
	struct grid *g = grid_new(12, 3, false);
	assert_int_equal(grid_text(g, 0, 0, 6, ST_TEXT, "abcdefgh"), 6);
	assert_int_equal(grid_text(g, 0, 1, 6, ST_TEXT, "abcdef"), 6);
	grid_text(g, 9, 2, 50, ST_TEXT, "wxyz");
	grid_text(g, 0, 99, 5, ST_TEXT, "outside");
	grid_text(g, 40, 0, 5, ST_TEXT, "outside");
	expect_screen(g, "abcde…\nabcdef\n         wx…\n");
}

static void numbers_are_set_right(void **state) {
	(void)state;
	struct grid *g = grid_new(8, 2, false);
	grid_text_right(g, 0, 0, 8, ST_TEXT, "8,112");
	grid_text_right(g, 0, 1, 8, ST_TEXT, "123,456,789");
	expect_screen(g, "   8,112\n123,456…\n");
}

static void wide_characters_take_two_cells(void **state) {
	(void)state;
	struct grid *g = grid_new(8, 3, false);
	assert_int_equal(grid_text(g, 0, 0, 8, ST_TEXT, "東京x"), 5);
	assert_int_equal(grid_at(g, 0, 0)->width, 2);
	assert_int_equal(grid_at(g, 1, 0)->width, 0);
	assert_string_equal(grid_at(g, 4, 0)->utf8, "x");
	/* a wide character that does not fit is left out, not cut in half */
	grid_text(g, 0, 1, 4, ST_TEXT, "a東京");
	/* overwriting one half leaves no other half */
	grid_text(g, 0, 2, 4, ST_TEXT, "東京");
	grid_text(g, 1, 2, 1, ST_TEXT, "z");
	expect_screen(g, "東京x\na東…\n z京\n");
}

static void combining_marks_stay_with_their_letter(void **state) {
	(void)state;
	struct grid *g = grid_new(6, 1, false);
	assert_int_equal(grid_text(g, 0, 0, 6, ST_TEXT, "e\xcc\x81x"), 2);
	assert_string_equal(grid_at(g, 0, 0)->utf8, "e\xcc\x81");
	assert_string_equal(grid_at(g, 1, 0)->utf8, "x");
	/* more marks than a cell holds neither overflow nor move the next letter */
	grid_text(g, 0, 0, 6, ST_TEXT, "a\xcc\x81\xcc\x81\xcc\x81\xcc\x81\xcc\x81\xcc\x81\xcc\x81\xcc\x81\xcc\x81z");
	assert_string_equal(grid_at(g, 1, 0)->utf8, "z");
	assert_true(strlen(grid_at(g, 0, 0)->utf8) < sizeof grid_at(g, 0, 0)->utf8);
	grid_free(g);
}

static void nothing_that_controls_a_terminal_gets_in(void **state) {
	static const char *const bad[] = { "\x1b[2J",
					   "\x07",
					   "\x7f",
					   "\xc2\x9b[2J",
					   "\xe2\x80\xae",
					   "\xe2\x81\xa6",
					   "\xef\xbb\xbf",
					   "\xff\xfe",
					   "\xed\xa0\x80",
					   "\xc0\x9b",
					   "\r\n\t",
					   "\xe2\x80\x8b",
					   "\xf3\xa0\x80\x81" };
	(void)state;
	for (int ascii = 0; ascii < 2; ascii++) {
		struct grid *g = grid_new(20, (int)(sizeof bad / sizeof *bad), ascii);
		struct buf b;
		for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
			grid_text(g, 0, (int)i, 20, ST_TEXT, bad[i]);
		const char *p = dumped(g, &b);
		for (uint32_t cp; (cp = utf8_next(&p)) != 0;)
			assert_true(cp == '\n' || cp == 0xfffd || utf8_width(cp) >= 0);
		assert_null(strchr(b.data, 0x1b));
		for (const char *q = b.data; ascii && *q; q++)
			assert_true((unsigned char)*q < 0x7f);
		buf_free(&b);
		grid_free(g);
	}
}

static void ascii_terminals_get_look_alikes(void **state) {
	(void)state;
	struct grid *g = grid_new(30, 2, true);
	grid_text(g, 0, 0, 30, ST_TEXT, "┌─┐ ▾ ✓ ► Add…");
	grid_text(g, 0, 1, 5, ST_TEXT, "jürgen-und-mehr");
	assert_int_equal(grid_cells(g, "Add…"), 6);
	expect_screen(g, "+-+ - + > Add...\nj?rg~\n");
}

static void styles_are_roles(void **state) {
	(void)state;
	struct grid *g = grid_new(6, 1, false);
	struct buf b;
	grid_text(g, 0, 0, 2, ST_BAD, "no");
	grid_restyle(g, (struct rect){ 4, -3, 10, 10 }, ST_CURSOR);
	buf_init(&b, 1000);
	assert_true(grid_dump_styles(g, &b));
	assert_string_equal(b.data, "xx..CC\n");
	buf_free(&b);
	grid_free(g);
}

static void sizes_are_clamped(void **state) {
	(void)state;
	struct grid *g = grid_new(-5, 1000000, false);
	assert_int_equal(g->w, 1);
	assert_int_equal(g->h, GRID_MAX_H);
	grid_text(g, 0, 0, 1, ST_TEXT, "東");
	grid_fill(g, (struct rect){ -10, -10, 5000, 5000 }, ST_DIM);
	grid_free(g);
}

static void keys_have_names_both_ways(void **state) {
	static const char *const names[] = { "g", "?", "F1", "F12", "Ctrl+A", "Enter", "Space", "Del", "Shift+Tab",
					     "PgDn", "Alt+Enter", "Esc", "ü" };
	(void)state;
	for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
		char label[KEY_NAME_MAX];
		int32_t code = key_from_label(names[i]);
		assert_int_not_equal(code, K_NONE);
		key_label(label, code);
		assert_string_equal(label, names[i]);
	}
	assert_int_equal(key_from_label("F13"), K_NONE);
	assert_int_equal(key_from_label("nonsense"), K_NONE);
	assert_int_equal(key_from_label("Ctrl+A"), 1);
}

/* Without colours, what matters still differs from plain text. */
static void monochrome_tells_roles_apart(void **state) {
	static const enum style roles[] = {
		ST_CURSOR,    ST_CURSOR_IDLE, ST_MARK,	       ST_BAD,	      ST_TITLE,
		ST_TITLE_BAD, ST_FIELD_FOCUS, ST_BUTTON_FOCUS, ST_STATUS_BAD, ST_DIALOG_BAD
	};
	(void)state;
	for (size_t i = 0; i < sizeof roles / sizeof *roles; i++)
		assert_int_not_equal(theme_ink(DEPTH_MONO, roles[i])->attr, theme_ink(DEPTH_MONO, ST_TEXT)->attr);
	for (int st = 0; st < ST_COUNT; st++) {
		assert_int_equal(theme_ink(DEPTH_MONO, (enum style)st)->fg, -1);
		assert_true(theme_ink(DEPTH_8, (enum style)st)->fg < 8 && theme_ink(DEPTH_8, (enum style)st)->bg < 8);
		assert_true(theme_ink(DEPTH_16, (enum style)st)->fg < 16 &&
			    theme_ink(DEPTH_16, (enum style)st)->bg < 16);
	}
	assert_int_equal(theme_depth_for(256, true), DEPTH_MONO);
	assert_int_equal(theme_depth_for(256, false), DEPTH_256);
	assert_int_equal(theme_depth_for(16, false), DEPTH_16);
	assert_int_equal(theme_depth_for(8, false), DEPTH_8);
	assert_int_equal(theme_depth_for(2, false), DEPTH_MONO);
}

int main(void) {
	setlocale(LC_ALL, "C.UTF-8");
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(text_is_clipped_with_an_ellipsis),
		cmocka_unit_test(numbers_are_set_right),
		cmocka_unit_test(wide_characters_take_two_cells),
		cmocka_unit_test(combining_marks_stay_with_their_letter),
		cmocka_unit_test(nothing_that_controls_a_terminal_gets_in),
		cmocka_unit_test(ascii_terminals_get_look_alikes),
		cmocka_unit_test(styles_are_roles),
		cmocka_unit_test(sizes_are_clamped),
		cmocka_unit_test(keys_have_names_both_ways),
		cmocka_unit_test(monochrome_tells_roles_apart),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
