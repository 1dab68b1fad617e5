/* SPDX-License-Identifier: MIT
 *
 * test_size.c - what a million messages cost on disk and in time. At most about 100 bytes a row.
 */
#include "tests/unit/store/fixture.h"

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#define FOLDERS 2
#else
#define FOLDERS 20
#endif
#define PER_FOLDER 50000
#define CHUNK 1000

static void enumerate_folder(struct store *s, const struct lease *l, int64_t folder) {
	struct err e;
	struct scan_item items[CHUNK];
	for (uint32_t at = 0; at < PER_FOLDER; at += CHUNK) {
		for (uint32_t i = 0; i < CHUNK; i++)
			items[i] = (struct scan_item){ .uid = 100000 + at + i,
						       .flags = FLAG_SEEN,
						       .keywords = i % 7 ? "" : "$Forwarded",
						       .date = { 1700000000 + at + i, 60, true },
						       .size = 20000 + (at + i) % 70000 };
		MUST(ledger_enumerate(s, l, folder, items, CHUNK, NULL, &e));
	}
}

static void copy_folder(struct store *s, const struct lease *l, int64_t folder) {
	struct err e;
	struct ledger_change c[CHUNK];
	uint32_t uids[CHUNK];
	for (uint32_t at = 0; at < PER_FOLDER; at += CHUNK) {
		for (uint32_t i = 0; i < CHUNK; i++) {
			uids[i] = 100000 + at + i;
			c[i] = (struct ledger_change){ .uid = uids[i],
						       .state = MSG_DONE,
						       .dst_uid = 200000 + at + i,
						       .size = 20000,
						       .ident = uids[i] * 0x9e3779b97f4a7c15ULL,
						       .flags_sent = FLAG_SEEN };
			memcpy(c[i].body.bytes, &c[i].ident, sizeof c[i].ident);
		}
		struct ticket *t = ledger_intent(s, l, folder, 1, 200000 + at, uids, CHUNK, &e);
		assert_non_null(t);
		MUST(ticket_wait(t, &e));
		MUST(ledger_change(s, l, folder, c, CHUNK, &e));
	}
}

static void test_bytes_per_row(void **state) {
	struct err e;
	struct lease l;
	struct ledger_folder f[FOLDERS];
	struct stat st;
	char dir[64], path[128], name[16];
	(void)state;
	dir_make(dir);
	struct store *s = open_store(dir, STORE_CREATE);
	add_many(s, 1);
	lease_one(s, 1, &l);
	store_close(s);
	snprintf(path, sizeof path, "%s/" DB_FILE, dir);
	assert_int_equal(stat(path, &st), 0);
	off_t before = st.st_size;
	s = open_store(dir, STORE_MUST_EXIST);
	double start = seconds();
	for (unsigned i = 0; i < FOLDERS; i++) {
		snprintf(name, sizeof name, "Folder %u", i);
		MUST(ledger_folder_open(s, &l, name, name, &f[i], &e));
		enumerate_folder(s, &l, f[i].id);
	}
	MUST(store_flush(s, &e));
	double enumerated = seconds() - start;
	start = seconds();
	for (unsigned i = 0; i < FOLDERS; i++)
		copy_folder(s, &l, f[i].id);
	MUST(store_flush(s, &e));
	double copied = seconds() - start, n = (double)FOLDERS * PER_FOLDER;
	struct ledger_row row;
	size_t rows;
	start = seconds();
	MUST(ledger_rows(s, f[0].id, 0, 1U << MSG_PENDING, &row, 1, &rows, &e));
	assert_int_equal(rows, 0);
	double looked = seconds() - start;
	store_close(s);
	assert_int_equal(stat(path, &st), 0);
	double each = (double)(st.st_size - before) / n;
	print_message(
		"  %.0f rows: %.1f bytes each; enumerate %.0f rows/s, copy %.0f rows/s; nothing pending: %.2f ms\n", n,
		each, n / enumerated, n / copied, looked * 1e3);
	assert_true(each < 100);
	assert_int_equal(query_int(dir, "SELECT count(*) FROM msg WHERE state = 3"), FOLDERS * PER_FOLDER);
	assert_int_equal(query_int(dir, "SELECT count(*) FROM intent"), 0);
	dir_remove(dir);
}

int main(void) {
	const struct CMUnitTest tests[] = { cmocka_unit_test(test_bytes_per_row) };
	return cmocka_run_group_tests(tests, NULL, NULL);
}
