/* SPDX-License-Identifier: MIT
 *
 * test_intent_first.c - no byte of an APPEND leaves before its intent is on the disk.
 *
 * fdatasync and fsync are ours here, and slow: each holds the writer until the target has got its first APPEND, or for
 * HOLD_MS. SQLite shows a transaction to other connections only after the sync of its commit. So whoever sends without
 * waiting for that commit is caught while another connection still sees every row as pending.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <dlfcn.h>
#include <sqlite3.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "tests/servers/quirk_world_lib.h"

/* More than one batch, and so many that the next batch is not read from the ledger at once: that waits for the writer,
 * and would hide a send that does not. */
#define MESSAGES 300
#define HOLD_MS 400

static struct quirk_server *_Atomic watched; /* NULL: syncs go through */
static char project[128];
static atomic_uint held;
static atomic_int pending_at_first; /* rows that were not yet intents when the first APPEND came; -1 = did not look */

static int pending_rows(void) {
	sqlite3 *db = NULL;
	sqlite3_stmt *st = NULL;
	int n = -1;
	if (sqlite3_open_v2(project, &db, SQLITE_OPEN_READONLY, NULL) == SQLITE_OK &&
	    sqlite3_prepare_v2(db, "SELECT count(*) FROM msg WHERE state = ?", -1, &st, NULL) == SQLITE_OK &&
	    sqlite3_bind_int(st, 1, MSG_PENDING) == SQLITE_OK && sqlite3_step(st) == SQLITE_ROW)
		n = sqlite3_column_int(st, 0);
	sqlite3_finalize(st);
	sqlite3_close(db);
	return n;
}

typedef int sync_fn(int);

static int hold(const char *name, int fd) {
	struct quirk_server *target = watched;
	sync_fn *next;
	*(void **)&next = dlsym(RTLD_NEXT, name);
	if (target && pending_at_first < 0) {
		held++;
		if (quirk_wait(target, "APPEND", NULL, 1, HOLD_MS))
			pending_at_first = pending_rows();
	}
	return next(fd);
}

int fdatasync(int fd) {
	return hold("fdatasync", fd);
}

int fsync(int fd) {
	return hold("fsync", fd);
}

static const struct quirks good = { 0 };

static void the_intent_is_on_the_disk_first(void **state) {
	struct quirk_world *w = *state;
	int64_t id;
	world_servers(w, &good, w->profile);
	quirk_fill(w->source, "INBOX", 1, MESSAGES);
	snprintf(project, sizeof project, "%s/project/project.db", w->dir);
	held = 0;
	pending_at_first = -1;
	watched = w->target;
	struct mailbox_row row = world_move(w, &id);
	watched = NULL;
	assert_int_equal(row.state, MBOX_SYNCED);
	assert_int_equal(row.counts.copied, MESSAGES);
	/* The commit of the intents was among those that were held, or this would say nothing. */
	assert_true(held > 0);
	assert_true(pending_at_first >= 0);
	if (pending_at_first == MESSAGES)
		fail_msg("an APPEND was on its way before any intent was on the disk");
	world_assert_done(w, id, QUIRK_SAME_ALL);
}

#define P(name, ...) WORLD_TEST_AS(name, the_intent_is_on_the_disk_first, __VA_ARGS__)
static const struct CMUnitTest tests[] = {
	P("the intent is on the disk first: groups", .caps = QUIRK_CAPS),
	P("the intent is on the disk first: one by one",
	  .caps = QUIRK_CAPS_PLAIN " LITERAL+ UIDPLUS LIST-EXTENDED LIST-STATUS SPECIAL-USE"),
	P("the intent is on the disk first: synchronizing literals", .caps = QUIRK_CAPS_PLAIN " UIDPLUS"),
};

int main(void) {
	cmocka_set_test_filter(getenv("MAILVAN_TEST_ONLY"));
	return cmocka_run_group_tests(tests, NULL, NULL);
}
