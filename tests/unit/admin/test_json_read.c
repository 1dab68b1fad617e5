/* SPDX-License-Identifier: MIT
 *
 * test_json_read.c - foreign JSON, instants and quotas, and what is none of them.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>

#include "core/admin/json_read.h"

static json_t *reads(const char *text, size_t n, struct err *e) {
	struct buf b = { .data = (char *)(uintptr_t)text, .len = n };
	return json_read(&b, "Graph", e);
}

static void test_documents(void **state) {
	(void)state;
	struct err e;
	static const char good[] = "\xEF\xBB\xBF{\"a\":\"x\",\"n\":7,\"y\":true,\"r\":1.5,\"error\":{\"innerError\":{"
				   "\"request-id\":\"i\"}}}";
	json_t *o = reads(good, sizeof good - 1, &e);
	assert_non_null(o);
	assert_string_equal(json_str(o, "a"), "x");
	assert_string_equal(json_str(o, "n"), "");
	assert_string_equal(json_str(o, "none"), "");
	assert_string_equal(json_str(NULL, "a"), "");
	assert_int_equal(json_int(o, "n", -1), 7);
	assert_int_equal(json_int(o, "r", -1), -1);
	assert_int_equal(json_int(o, "a", -1), -1);
	assert_true(json_yes(o, "y"));
	assert_false(json_yes(o, "n"));
	assert_string_equal(json_string_value(json_at(o, "error/innerError/request-id")), "i");
	assert_null(json_at(o, "error/none/request-id"));
	assert_null(json_at(o, "a/b"));
	assert_null(json_at(NULL, "a"));
	json_decref(o);
}

static void refused(const char *text, size_t n, const char *needle) {
	struct err e;
	assert_null(reads(text, n, &e));
	assert_int_equal(e.cat, ERR_SERVER_BUG);
	assert_non_null(strstr(e.text, needle));
}

static void test_what_is_no_document(void **state) {
	(void)state;
	struct err e;
	char deep[300];
	refused("", 0, "not JSON");
	refused("<html>\x1b[31m", 11, "not JSON");
	refused("{\"a\":1", 6, "not JSON");
	refused("\0\0\0\0", 4, "not JSON");
	refused("{\"a\":\"\xFF\"}", 9, "not JSON");
	memset(deep, '[', JSON_DEPTH_MAX + 1);
	refused(deep, JSON_DEPTH_MAX + 1, "nested deeper");
	memset(deep, '[', JSON_DEPTH_MAX);
	memset(deep + JSON_DEPTH_MAX, ']', JSON_DEPTH_MAX);
	json_t *o = reads(deep, 2 * JSON_DEPTH_MAX, &e);
	assert_non_null(o);
	json_decref(o);
	/* Brackets in a text are none, escapes included; a NUL in it ends it. */
	static const char text[] =
		"{\"a\":\"[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[\\\"[[["
		"\",\"b\":\"x\\u0000y\"}";
	o = reads(text, sizeof text - 1, &e);
	assert_non_null(o);
	assert_string_equal(json_str(o, "b"), "x");
	json_decref(o);
}

static void test_instants(void **state) {
	(void)state;
	static const struct {
		const char *text;
		wall_ms_t at;
	} cases[] = { { "1970-01-01T00:00:01Z", 1000 },
		      { "2022-09-21T08:07:47.0000000+00:00", 1663747667000 },
		      { "2022-09-21T10:07:47.1234567+02:00", 1663747667123 },
		      { "2022-09-21T04:07:47.5-0400", 1663747667500 },
		      { "2024-02-29T00:00:00Z", 1709164800000 },
		      { "0001-01-01T00:00:00Z", 0 },
		      { "2022-09-21T08:07:47", 0 },
		      { "2022-09-21", 0 },
		      { "2022-13-21T08:07:47Z", 0 },
		      { "2022-09-21T08:07:47Zx", 0 },
		      { "2022-09-21 08:07:47Z", 0 },
		      { "99999-09-21T08:07:47Z", 0 },
		      { "-022-09-21T08:07:47Z", 0 },
		      { "2022-09-21T08:07:47+99:00", 0 },
		      { "", 0 } };
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
		if (json_instant(cases[i].text) != cases[i].at)
			fail_msg("%s: %lld", cases[i].text, (long long)json_instant(cases[i].text));
}

static void test_quotas(void **state) {
	(void)state;
	assert_int_equal(json_quota("99 GB (106,300,440,576 bytes)"), 106300440576);
	assert_int_equal(json_quota("0 B (0 bytes)"), 0);
	assert_int_equal(json_quota("1.2 GB (1,288,490,189 bytes)"), 1288490189);
	assert_int_equal(json_quota("4096"), 4096);
	assert_int_equal(json_quota("Unlimited"), -1);
	assert_int_equal(json_quota(""), -1);
	assert_int_equal(json_quota("x ("), -1);
	assert_int_equal(json_quota("x (12 bananas)"), -1);
	assert_int_equal(json_quota("x (99,999,999,999,999,999,999,999,999 bytes)"), -1);
}

int main(void) {
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_documents),
		cmocka_unit_test(test_what_is_no_document),
		cmocka_unit_test(test_instants),
		cmocka_unit_test(test_quotas),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
