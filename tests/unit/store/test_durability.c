/* SPDX-License-Identifier: MIT
 *
 * test_durability.c - what was acknowledged is there: after kill -9, with two writers, on a full disk.
 */
#include "tests/unit/store/fixture.h"

#include <poll.h>
#include <pthread.h>
#include <signal.h>

static char dir[64];

static int setup(void **state) {
	(void)state;
	dir_make(dir);
	return 0;
}

static int teardown(void **state) {
	(void)state;
	dir_remove(dir);
	return 0;
}

/* Enumerate and intend message after message, saying each intent aloud once its ticket is through. */
static void write_intents(int fd) {
	struct err e;
	struct lease l;
	struct ledger_folder f;
	struct store *s = open_store(dir, STORE_CREATE);
	add_many(s, 1);
	lease_one(s, 1, &l);
	MUST(ledger_folder_open(s, &l, "INBOX", "INBOX", &f, &e));
	for (uint32_t uid = 1;; uid++) {
		struct scan_item item = { .uid = uid, .keywords = "", .size = 100 };
		struct ledger_change done = { .uid = uid - 1, .state = MSG_DONE, .dst_uid = uid };
		MUST(ledger_enumerate(s, &l, f.id, &item, 1, NULL, &e));
		struct ticket *t = ledger_intent(s, &l, f.id, 1, uid, &uid, 1, &e);
		assert_non_null(t);
		MUST(ticket_wait(t, &e));
		if (write(fd, &uid, sizeof uid) != sizeof uid)
			_exit(1);
		if (uid > 1)
			MUST(ledger_change(s, &l, f.id, &done, 1, &e));
	}
}

static void check_integrity(void) {
	struct err e;
	struct db db;
	char text[64];
	MUST(db_open(&db, dir, DB_WRITE, &e));
	sqlite3_stmt *st = db_query(&db, &e, "PRAGMA integrity_check");
	assert_non_null(st);
	assert_int_equal(db_next(&db, st, &e), 1);
	db_text(text, sizeof text, st, 0);
	assert_string_equal(text, "ok");
	db_close(&db);
	assert_int_equal(
		query_int(
			dir,
			"SELECT count(*) FROM folder f WHERE n_source <> (SELECT count(*) FROM msg WHERE folder = f.id)"
			" OR n_pending <> (SELECT count(*) FROM msg WHERE folder = f.id AND state IN (0, 1))"),
		0);
}

static void test_kill_9(void **state) {
	(void)state;
	for (int round = 0; round < 8; round++) {
		int fds[2];
		uint32_t uid = 0, last = 0;
		assert_int_equal(pipe(fds), 0);
		pid_t pid = fork();
		if (pid == 0) {
			close(fds[0]);
			write_intents(fds[1]);
			_exit(1);
		}
		close(fds[1]);
		/* Another number of acknowledged intents each time; then at once. */
		while (last < 20 + (uint32_t)round * 13 && read(fds[0], &uid, sizeof uid) == sizeof uid)
			last = uid;
		kill(pid, SIGKILL);
		while (read(fds[0], &uid, sizeof uid) == sizeof uid)
			last = uid;
		close(fds[0]);
		waitpid(pid, NULL, 0);
		assert_true(last >= 20);
		store_close(open_store(dir, STORE_MUST_EXIST));
		check_integrity();
		/* Every acknowledged one is INTENT or beyond. */
		char sql[160];
		snprintf(sql, sizeof sql, "SELECT count(*) FROM msg WHERE uid <= %u AND state IN (1, 3)", last);
		assert_int_equal(query_int(dir, sql), last);
		dir_remove(dir);
		assert_int_equal(mkdir(dir, 0700), 0);
	}
}

static void add_range(struct store *s, unsigned first, unsigned n) {
	struct err e;
	struct add_result r;
	struct mailbox_spec *m = calloc(1, sizeof *m);
	assert_non_null(m);
	for (unsigned i = 0; i < n; i++) {
		fill_spec(m, first + i);
		MUST(mailboxes_add(s, m, 1, &r, &e));
	}
	free(m);
}

static void test_two_processes_write(void **state) {
	enum { N = 150 };
	pid_t children[3];
	(void)state;
	store_close(open_store(dir, STORE_CREATE));
	for (unsigned i = 0; i < 3; i++) {
		children[i] = fork();
		if (children[i] == 0) {
			struct store *s = open_store(dir, STORE_MUST_EXIST);
			add_range(s, i * 1000, N);
			store_close(s);
			_exit(0);
		}
	}
	for (unsigned i = 0; i < 3; i++) {
		int status;
		waitpid(children[i], &status, 0);
		assert_true(WIFEXITED(status) && WEXITSTATUS(status) == 0);
	}
	assert_int_equal(query_int(dir, "SELECT count(*) FROM mailbox"), 3 * N);
	check_integrity();
}

struct many {
	struct store *s;
	unsigned number;
	bool ok;
	struct lease l;
};

/* What eight mailboxes do at once: enumerate, intend, acknowledge, read back, report. */
static void *one_mailbox(void *arg) {
	struct many *m = arg;
	struct err e;
	struct ledger_folder f;
	struct ledger_row rows[10];
	size_t n;
	m->ok = ledger_folder_open(m->s, &m->l, "INBOX", "INBOX", &f, &e);
	for (uint32_t round = 0; m->ok && round < 40; round++) {
		struct scan_item items[10];
		struct ledger_change changes[10];
		uint32_t uids[10];
		for (uint32_t i = 0; i < 10; i++) {
			uids[i] = round * 10 + i + 1;
			items[i] = (struct scan_item){ .uid = uids[i], .keywords = "", .size = 10 };
			changes[i] = (struct ledger_change){
				.uid = uids[i], .state = MSG_DONE, .dst_uid = uids[i], .size = 10
			};
		}
		m->ok = ledger_enumerate(m->s, &m->l, f.id, items, 10, NULL, &e);
		struct ticket *t = m->ok ? ledger_intent(m->s, &m->l, f.id, 1, 1, uids, 10, &e) : NULL;
		struct mailbox_progress p = { .id = m->l.mailbox, .state = MBOX_COPYING, .rate_bytes = round };
		m->ok = t && ticket_wait(t, &e) && ledger_change(m->s, &m->l, f.id, changes, 10, &e) &&
			mailboxes_progress(m->s, &p, 1, &e) &&
			ledger_rows(m->s, f.id, round * 10, 1U << MSG_DONE, rows, 10, &n, &e) && n == 10 &&
			store_version(m->s) > 0;
	}
	return NULL;
}

static void test_eight_threads(void **state) {
	enum { THREADS = 8 };
	struct err e;
	struct many m[THREADS];
	pthread_t threads[THREADS];
	int64_t w;
	(void)state;
	struct store *s = open_store(dir, STORE_CREATE);
	add_many(s, THREADS);
	for (unsigned i = 0; i < THREADS; i++)
		set_state(s, i + 1, MBOX_QUEUED);
	MUST(worker_register(s, THREADS, &w, &e));
	double start = seconds();
	for (unsigned i = 0; i < THREADS; i++) {
		bool found;
		m[i] = (struct many){ .s = s, .number = i };
		MUST(lease_next(s, w, NULL, &m[i].l, &found, &e));
		assert_true(found);
		assert_int_equal(pthread_create(&threads[i], NULL, one_mailbox, &m[i]), 0);
	}
	for (unsigned i = 0; i < THREADS; i++)
		pthread_join(threads[i], NULL);
	print_message("  8 threads, 320 synced batches: %.2f s\n", seconds() - start);
	for (unsigned i = 0; i < THREADS; i++)
		assert_true(m[i].ok);
	store_close(s);
	assert_int_equal(query_int(dir, "SELECT count(*) FROM msg WHERE state = 3"), THREADS * 400);
	assert_int_equal(query_int(dir, "SELECT sum(n_copied) FROM mailbox"), THREADS * 400);
	check_integrity();
}

static bool limit_pages(struct store *s, struct db *db, void *arg, struct err *e) {
	(void)s;
	(void)arg;
	int64_t n;
	return db_int(db, db_query(db, e, "PRAGMA page_count"), 0, &n, e) &&
	       db_exec(db, "PRAGMA max_page_count=120", e);
}

/* A disk that is full: a sentence, nothing half done, and work goes on when there is room. */
static void test_disk_full(void **state) {
	struct err e;
	struct lease l;
	struct ledger_folder f;
	(void)state;
	struct store *s = open_store(dir, STORE_CREATE);
	add_many(s, 1);
	lease_one(s, 1, &l);
	MUST(ledger_folder_open(s, &l, "INBOX", "INBOX", &f, &e));
	MUST(write_wait(s->writer, WRITE_NORMAL, limit_pages, NULL, &e));
	struct scan_item items[200];
	bool full = false;
	for (uint32_t round = 0; round < 200 && !full; round++) {
		for (uint32_t i = 0; i < 200; i++)
			items[i] = (struct scan_item){ .uid = round * 200 + i + 1, .keywords = "", .size = 1 };
		full = !ledger_enumerate(s, &l, f.id, items, 200, NULL, &e);
		if (!full)
			store_flush(s, &e);
	}
	assert_true(full);
	assert_int_equal(e.cat, ERR_LOCAL_DISK);
	assert_non_null(strstr(e.text, "full"));
	/* The worker stops here: nothing more is taken under this lease, intents least of all. */
	uint32_t uid = 1;
	assert_null(ledger_intent(s, &l, f.id, 1, 1, &uid, 1, &e));
	assert_int_equal(e.cat, ERR_LOCAL_DISK);
	store_close(s);
	check_integrity();
	assert_true(query_int(dir, "SELECT count(*) FROM msg") > 0);
	s = open_store(dir, STORE_MUST_EXIST);
	MUST(setting_set(s, "jobs", "2", &e));
	store_close(s);
}

static bool fails(struct store *s, struct db *db, void *arg, struct err *e) {
	(void)s, (void)db, (void)arg;
	return err_set(e, ERR_LOCAL_DISK, "The disk took nothing of this");
}

/* The last lazy writes of a run have nothing behind them that would be refused: the flush is what tells. */
static void test_last_lazy_write(void **state) {
	struct err e;
	struct lease l;
	(void)state;
	struct store *s = open_store(dir, STORE_CREATE);
	add_many(s, 1);
	lease_one(s, 1, &l);
	MUST(ledger_flush(s, &l, &e));
	MUST(write_lazy(s->writer, &(struct write_job){ .run = fails, .generation = l.generation }, &e));
	REFUSED(ledger_flush(s, &l, &e), ERR_LOCAL_DISK);
	REFUSED(ledger_flush(s, &l, &e), ERR_LOCAL_DISK); /* until the lease is given back */
	store_close(s);
}

static bool waits_for_gate(struct store *s, struct db *db, void *arg, struct err *e) {
	pthread_mutex_t **gate = arg;
	(void)s, (void)db, (void)e;
	pthread_mutex_lock(*gate);
	pthread_mutex_unlock(*gate);
	return true;
}

static bool succeeds(struct store *s, struct db *db, void *arg, struct err *e) {
	(void)s, (void)db, (void)arg, (void)e;
	return true;
}

static struct ticket *queue(struct store *s, write_fn *run, uint64_t generation) {
	struct err e;
	struct ticket *t = write_async(s->writer, &(struct write_job){ .run = run, .generation = generation }, &e);
	assert_non_null(t);
	return t;
}

/* Rows that are lost in the very group in which their listing is called complete, or their intent is written: that is
 * not done either. Others' work is. */
static void test_built_on_what_was_lost(void **state) {
	struct err e;
	struct lease l;
	pthread_mutex_t gate = PTHREAD_MUTEX_INITIALIZER, **arg = malloc(sizeof *arg);
	(void)state;
	struct store *s = open_store(dir, STORE_CREATE);
	add_many(s, 1);
	lease_one(s, 1, &l);
	uint64_t other = l.generation + 1;
	assert_non_null(arg);
	*arg = &gate;
	pthread_mutex_lock(&gate);
	struct ticket *held = write_async(s->writer, &(struct write_job){ .run = waits_for_gate, .arg = arg }, &e);
	assert_non_null(held);
	/* These four are one group, or three behind the gate's: in the order in which they come. */
	struct ticket *before = queue(s, succeeds, l.generation);
	MUST(write_lazy(s->writer, &(struct write_job){ .run = fails, .generation = l.generation }, &e));
	struct ticket *after = queue(s, succeeds, l.generation), *others = queue(s, succeeds, other);
	pthread_mutex_unlock(&gate);
	MUST(ticket_wait(held, &e));
	MUST(ticket_wait(before, &e));
	REFUSED(ticket_wait(after, &e), ERR_LOCAL_DISK);
	assert_string_equal(e.text, "The disk took nothing of this");
	MUST(ticket_wait(others, &e));
	REFUSED(write_after(s->writer, WRITE_NORMAL, l.generation, succeeds, NULL, &e), ERR_LOCAL_DISK);
	MUST(write_after(s->writer, WRITE_NORMAL, other, succeeds, NULL, &e));
	store_close(s);
}

int main(void) {
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_kill_9, setup, teardown),
		cmocka_unit_test_setup_teardown(test_two_processes_write, setup, teardown),
		cmocka_unit_test_setup_teardown(test_eight_threads, setup, teardown),
		cmocka_unit_test_setup_teardown(test_disk_full, setup, teardown),
		cmocka_unit_test_setup_teardown(test_last_lazy_write, setup, teardown),
		cmocka_unit_test_setup_teardown(test_built_on_what_was_lost, setup, teardown),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
