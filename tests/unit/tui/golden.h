/* SPDX-License-Identifier: MIT
 *
 * golden.h - a console's screen against a file of tests/screen/golden. UPDATE=1 writes the file anew.
 */
#ifndef TESTS_UNIT_TUI_GOLDEN_H
#define TESTS_UNIT_TUI_GOLDEN_H

#include "tests/unit/tui/console_fixture.h"

UNUSED static bool read_file(const char *path, struct buf *out) {
	FILE *f = fopen(path, "r");
	char block[4096];
	if (!f)
		return false;
	for (size_t n; (n = fread(block, 1, sizeof block, f)) > 0;)
		buf_put(out, block, n);
	fclose(f);
	return !out->failed;
}

UNUSED static void compare(const char *path, const struct buf *found) {
	struct buf want;
	buf_init(&want, 1 << 20);
	if (getenv("UPDATE")) {
		FILE *f = fopen(path, "w");
		assert_non_null(f);
		assert_int_equal(fwrite(found->data, 1, found->len, f), found->len);
		assert_int_equal(fclose(f), 0);
		return;
	}
	if (!read_file(path, &want))
		fail_msg("%s is not there: UPDATE=1 writes it", path);
	if (strcmp(want.data, found->data) != 0)
		fail_msg("the screen differs from %s. It is now:\n%s", path, found->data);
	buf_free(&want);
}

/* styles: the letters of the roles below the text. */
UNUSED static void golden(const struct console *c, const char *name, bool ascii, bool styles) {
	const char *root = getenv("MAILVAN_ROOT");
	char path[300];
	struct buf b;
	buf_init(&b, 1 << 20);
	snprintf(path, sizeof path, "%s/tests/screen/golden/%s-%dx%d%s.txt", root ? root : ".", name, c->layout.w,
		 c->layout.h, ascii ? "-ascii" : "");
	screen_text(c, ascii, &b);
	if (styles) {
		struct grid *g = grid_new(c->layout.w, c->layout.h, ascii);
		assert_non_null(g);
		console_draw(c, g);
		assert_true(grid_dump_styles(g, &b));
		grid_free(g);
	}
	compare(path, &b);
	buf_free(&b);
}

#endif
