/* SPDX-License-Identifier: MIT
 *
 * fixture.h - a project in a fresh directory, and short ways to fill it. For the tests of the store.
 */
#ifndef TESTS_UNIT_STORE_FIXTURE_H
#define TESTS_UNIT_STORE_FIXTURE_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <ftw.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>
#include <cmocka.h>

#include "core/base/text.h"
#include "core/store/ledger.h"
#include "core/store/mailboxes.h"
#include "core/store/settings.h"
#include "core/store/store_int.h"

#define MUST(call)                                                                                                     \
	do {                                                                                                           \
		if (!(call))                                                                                           \
			fail_msg("%s: %s (%s)", #call, e.text, err_cat_name(e.cat));                                   \
	} while (0)
#define REFUSED(call, category)                                                                                        \
	do {                                                                                                           \
		if (call)                                                                                              \
			fail_msg("%s was not refused", #call);                                                         \
		if (e.cat != (category))                                                                               \
			fail_msg("%s: %s, not %s: %s", #call, err_cat_name(e.cat), err_cat_name(category), e.text);    \
		assert_true(strlen(e.text) > 10);                                                                      \
	} while (0)
#define UNUSED __attribute__((unused))

static inline int remove_one(const char *path, const struct stat *st, int flag, struct FTW *ftw) {
	(void)st;
	(void)flag;
	(void)ftw;
	return remove(path);
}

UNUSED static void dir_make(char dir[64]) {
	snprintf(dir, 64, "/tmp/mailvan-store-XXXXXX");
	assert_non_null(mkdtemp(dir));
}

UNUSED static void dir_remove(const char *dir) {
	nftw(dir, remove_one, 16, FTW_DEPTH | FTW_PHYS);
}

UNUSED static struct store *open_store(const char *dir, enum store_mode mode) {
	struct err e;
	struct store *s = store_open(dir, mode, NULL, &e);
	if (!s)
		fail_msg("store_open: %s", e.text);
	return s;
}

UNUSED static void fill_spec(struct mailbox_spec *m, unsigned n) {
	memset(m, 0, sizeof *m);
	snprintf(m->source_identity, sizeof m->source_identity, "user%05u@old.example", n);
	snprintf(m->target_identity, sizeof m->target_identity, "user%05u@new.example", n);
	snprintf(m->source.host, sizeof m->source.host, "imap.old.example");
	snprintf(m->source.login, sizeof m->source.login, "user%05u", n);
	snprintf(m->target.host, sizeof m->target.host, "imap.new.example");
}

/* n mailboxes with ids 1..n in a fresh project. */
UNUSED static void add_many(struct store *s, unsigned n) {
	struct err e;
	struct add_result r;
	struct mailbox_spec *specs = calloc(n, sizeof *specs);
	assert_non_null(specs);
	for (unsigned i = 0; i < n; i++)
		fill_spec(&specs[i], i + 1);
	MUST(mailboxes_add(s, specs, n, &r, &e));
	assert_int_equal(r.added, n);
	free(specs);
}

UNUSED static void set_state(struct store *s, int64_t id, enum mailbox_state state) {
	struct err e;
	MUST(mailboxes_progress(s, &(struct mailbox_progress){ .id = id, .state = state, .eta_s = -1 }, 1, &e));
	MUST(store_flush(s, &e));
}

UNUSED static enum mailbox_state state_of(struct store *s, int64_t id) {
	struct err e;
	struct mailbox_row row;
	MUST(mailbox_get(s, id, &row, &e));
	return row.state;
}

/* A leased mailbox, by a worker registered on s. */
UNUSED static int64_t lease_one(struct store *s, int64_t id, struct lease *l) {
	struct err e;
	int64_t worker;
	bool found;
	set_state(s, id, MBOX_QUEUED); /* before there is a worker: then only its leases count */
	MUST(worker_register(s, 1, &worker, &e));
	MUST(lease_next(s, worker, &(struct mailbox_filter){ .ids = &id, .id_count = 1 }, l, &found, &e));
	assert_true(found);
	return worker;
}

UNUSED static int64_t query_int(const char *dir, const char *sql) {
	struct err e;
	struct db db;
	int64_t v = 0;
	MUST(db_open(&db, dir, DB_READ, &e));
	MUST(db_int(&db, db_query_bound(&db, &e, sql, false, NULL, 0), 0, &v, &e));
	db_close(&db);
	return v;
}

/* As if somebody else had written it. */
UNUSED static void run_sql(struct store *s, const char *sql) {
	struct err e;
	struct db db = { 0 };
	MUST(db_open(&db, store_dir(s), DB_WRITE, &e));
	MUST(db_exec(&db, sql, &e));
	db_close(&db);
}

UNUSED static double seconds(void) {
	struct timespec t;
	clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

#endif
