/* SPDX-License-Identifier: MIT
 *
 * test_verify_look.c - what verify keeps of a copy is what the server said, also where a copy has no room for it.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "core/work/verify_int.h"

#define MIB ((uint64_t)1 << 20)

static const struct said {
	uint32_t uid;
	int64_t date;
	uint64_t size;
	const char *keywords;
} said[] = {
	{ 7, 0, UINT64_MAX, "" },
	{ 3, -5, 0, "$Junk" },
	{ 9, ((int64_t)1 << 33) + 1, 32 * MIB - 2, "$Forwarded $Junk" },
	{ 4, UINT32_MAX, 32 * MIB - 1, "$Junk" },
	{ 8, UINT32_MAX - 1, 5000 * MIB, "" },
	{ 5, -((int64_t)1 << 34), UINT32_MAX, "$Forwarded" },
};
#define SAID (sizeof said / sizeof *said)

static bool on_select(struct target *t, const char *wire, struct folder_status *out, struct err *e) {
	(void)t, (void)wire, (void)e;
	*out = (struct folder_status){ .exists = SAID, .uidvalidity = 1 };
	return true;
}

static bool on_headers(struct target *t, const uint32_t *uids, size_t n, header_fn *fn, void *arg, struct err *e) {
	static const char header[] = "Subject: x\r\n\r\n";
	(void)t, (void)uids, (void)n;
	for (size_t i = 0; i < SAID; i++) {
		struct scan_item item = { .uid = said[i].uid,
					  .flags = FLAG_SEEN | FLAG_DRAFT,
					  .keywords = said[i].keywords,
					  .date = { .unix_s = said[i].date, .valid = true },
					  .size = said[i].size };
		if (!fn(arg, &item, header, sizeof header - 1, e))
			return false;
	}
	return true;
}

static void all_is_kept(void **state) {
	static const struct target_ops ops = { .select = on_select, .headers = on_headers };
	struct target dst = { .ops = &ops };
	struct verify_options how = { .level = VERIFY_HEADERS };
	struct look lk = { .dst = &dst, .how = &how };
	struct err e;
	(void)state;
	buf_init(&lk.keywords, VERIFY_ITEMS_MAX);
	/* The second look must know nothing of the first. */
	for (int look = 0; look < 2; look++) {
		assert_true(look_at_target(&lk, true, &e));
		assert_int_equal(lk.copy_count, SAID);
		for (size_t i = 0; i < SAID; i++) {
			const struct copy *c = copy_by_uid(&lk, said[i].uid);
			assert_non_null(c);
			assert_true(copy_date(&lk, c) == said[i].date);
			assert_true(copy_size(&lk, c) == said[i].size);
			assert_string_equal(copy_keywords(&lk, c), said[i].keywords);
			assert_int_equal(c->flags, FLAG_SEEN | FLAG_DRAFT);
		}
		/* A list of keywords is kept once. */
		assert_int_equal(lk.keywords.len, sizeof "$Junk" + sizeof "$Forwarded $Junk" + sizeof "$Forwarded");
	}
	look_free(&lk);
}

int main(void) {
	const struct CMUnitTest tests[] = { cmocka_unit_test(all_is_kept) };
	return cmocka_run_group_tests(tests, NULL, NULL);
}
