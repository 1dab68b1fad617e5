/* SPDX-License-Identifier: MIT
 *
 * test_folder_alternative.c - second choices for refused folder names: plainer, valid, and never shared.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>

#include "core/base/text.h"
#include "core/mail/imap/mutf7.h"
#include "core/work/folder_map.h"

static void set_mapping(struct folder_mapping *m, const char *wire) {
	*m = (struct folder_mapping){ .exists = true };
	text_copy(m->wire, sizeof m->wire, wire);
	text_copy(m->display, sizeof m->display, wire);
}

static void second_choices(void **state) {
	(void)state;
	static const char *const refused[] = { "Calendar",  "a:b*c",	   "a?b*c",  "Entw&APw-rfe/x/y/z",
					       "INBOX/a:b", "INBOX/x/y/z", "a/b/c/d" };
	enum { N = sizeof refused / sizeof refused[0] };
	struct folder_mapping from, got[8];
	char text[2 * FOLDER_NAME_MAX];
	for (size_t i = 0; i < N; i++) {
		unsigned count = 0;
		set_mapping(&from, refused[i]);
		while (count < 8 && folder_map_alternative(&from, count + 1, '/', &got[count])) {
			assert_true(got[count].renamed && !got[count].exists && got[count].note[0]);
			assert_string_not_equal(got[count].wire, refused[i]);
			if (strncmp(refused[i], "INBOX/", 6) == 0)
				assert_memory_equal(got[count].wire, "INBOX/", 6);
			assert_null(strpbrk(got[count].wire, ":*?"));
			count++;
		}
		assert_true(count >= 2 && count <= 4);
		for (unsigned k = 0; k < count; k++) {
			assert_true(mutf7_decode(text, sizeof text, got[k].wire, strlen(got[k].wire)));
			for (unsigned j = 0; j < k; j++)
				assert_string_not_equal(got[j].wire, got[k].wire);
		}
		assert_non_null(strstr(got[count - 1].wire, "Migrated"));
	}
	/* two refused names never become one */
	struct folder_mapping other, a, b;
	set_mapping(&from, "a:b");
	set_mapping(&other, "a?b");
	for (unsigned attempt = 1; folder_map_alternative(&from, attempt, '/', &a); attempt++) {
		assert_true(folder_map_alternative(&other, attempt, '/', &b));
		assert_string_not_equal(a.wire, b.wire);
	}
	set_mapping(&from, "INBOX");
	assert_false(folder_map_alternative(&from, 1, '/', &a));
	set_mapping(&from, "x");
	memset(from.wire, 'x', sizeof from.wire - 1);
	assert_true(folder_map_alternative(&from, 1, '/', &a));
	assert_true(strlen(a.wire) < 200);
}

int main(void) {
	const struct CMUnitTest tests[] = { cmocka_unit_test(second_choices) };
	return cmocka_run_group_tests(tests, NULL, NULL);
}
