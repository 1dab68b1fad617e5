/* SPDX-License-Identifier: MIT
 *
 * test_leases.c - one writer per target account, whatever becomes of workers; commands and wishes.
 */
#include <signal.h>

#include "core/store/commands.h"
#include "core/store/process.h"
#include "tests/unit/store/open_project.h"

static void issue(enum command c, const struct mailbox_filter *f, uint64_t affected, uint64_t refused) {
	struct err e;
	struct command_result r;
	MUST(command_issue(s, c, f, "anna@pts/3", &r, &e));
	assert_int_equal(r.affected, affected);
	assert_int_equal(r.refused, refused);
}

static bool next(struct store *st, int64_t worker, struct lease *l) {
	struct err e;
	bool found;
	MUST(lease_next(st, worker, NULL, l, &found, &e));
	return found;
}

static void test_order_and_release(void **state) {
	struct err e;
	struct lease a, b, c;
	int64_t w;
	(void)state;
	add_many(s, 3);
	MUST(worker_register(s, 8, &w, &e));
	assert_false(next(s, w, &a)); /* nothing was asked for */
	issue(CMD_MIGRATE, NULL, 3, 0);
	issue(CMD_MIGRATE, NULL, 0, 3);
	assert_true(next(s, w, &a) && next(s, w, &b) && next(s, w, &c));
	assert_true(a.mailbox == 1 && b.mailbox == 2 && c.mailbox == 3);
	assert_true(a.generation < b.generation && b.generation < c.generation);
	assert_string_equal(a.key, "imap.new.example:993/user00001@new.example");
	assert_int_equal(state_of(s, 1), MBOX_CONNECTING);
	MUST(mailboxes_progress(s, &(struct mailbox_progress){ .id = 1, .state = MBOX_SYNCED, .error = "" }, 1, &e));
	MUST(lease_release(s, &a, &e));
	assert_int_equal(state_of(s, 1), MBOX_SYNCED);
	REFUSED(lease_release(s, &a, &e), ERR_LEASE_LOST);
	/* Progress of a mailbox that is not leased (any more) by this worker counts for nothing. */
	set_state(s, 1, MBOX_FAILED);
	assert_int_equal(state_of(s, 1), MBOX_SYNCED);
	issue(CMD_MIGRATE, &(struct mailbox_filter){ .ids = &a.mailbox, .id_count = 1 }, 1, 0);
	assert_true(next(s, w, &a));
	assert_true(a.mailbox == 1 && a.generation > c.generation);
	worker_unregister(s, w);
	assert_int_equal(state_of(s, 2), MBOX_QUEUED);
	REFUSED(worker_heartbeat(s, w, 0, &e), ERR_LEASE_LOST);
	REFUSED(lease_next(s, w, NULL, &a, &(bool){ false }, &e), ERR_LEASE_LOST);
}

static void test_one_target_one_lease(void **state) {
	struct err e;
	struct add_result r;
	struct lease a, b;
	struct mailbox_spec *m = calloc(3, sizeof *m);
	int64_t w;
	(void)state;
	assert_non_null(m);
	for (unsigned i = 0; i < 3; i++)
		fill_spec(&m[i], i + 1);
	text_copy(m[1].target_identity, sizeof m[1].target_identity, "User00001@NEW.example"); /* the first one's */
	text_copy(m[1].target.host, sizeof m[1].target.host, "IMAP.new.example");
	m[1].target.port = 993;
	MUST(mailboxes_add(s, m, 3, &r, &e));
	MUST(worker_register(s, 8, &w, &e));
	issue(CMD_MIGRATE, NULL, 3, 0);
	assert_true(next(s, w, &a) && next(s, w, &b));
	assert_true(a.mailbox == 1 && b.mailbox == 3);
	struct lease c;
	assert_false(next(s, w, &c));
	MUST(mailboxes_progress(s, &(struct mailbox_progress){ .id = 1, .state = MBOX_SYNCED }, 1, &e));
	MUST(lease_release(s, &a, &e));
	assert_true(next(s, w, &c));
	assert_int_equal(c.mailbox, 2);
	free(m);
}

static void test_unknown_target_fails(void **state) {
	struct err e;
	struct add_result r;
	struct lease l;
	struct mailbox_spec *m = calloc(2, sizeof *m);
	struct mailbox_row row;
	int64_t w;
	(void)state;
	assert_non_null(m);
	fill_spec(&m[0], 1);
	fill_spec(&m[1], 2);
	m[0].target.host[0] = '\0';
	MUST(mailboxes_add(s, m, 2, &r, &e));
	free(m);
	MUST(worker_register(s, 8, &w, &e));
	issue(CMD_MIGRATE, NULL, 2, 0);
	assert_true(next(s, w, &l));
	assert_int_equal(l.mailbox, 2);
	MUST(mailbox_get(s, 1, &row, &e));
	assert_int_equal(row.state, MBOX_FAILED);
	assert_int_equal(row.error_cat, ERR_INPUT);
	/* The operator names the server: now it can run. */
	struct target_settings *t = calloc(1, sizeof *t);
	assert_non_null(t);
	text_copy(t->server.host, sizeof t->server.host, "imap.new.example");
	MUST(target_settings_set(s, t, NULL, &e));
	free(t);
	issue(CMD_MIGRATE, NULL, 1, 1);
	assert_true(next(s, w, &l));
	assert_int_equal(l.mailbox, 1);
}

/* A child that registers, leases one mailbox, says so and then lies there. SQLite must not be
 * carried across a fork, so the project is closed meanwhile. */
static pid_t start_worker(void) {
	int pipefd[2];
	char ok;
	store_close(s);
	assert_int_equal(pipe(pipefd), 0);
	pid_t pid = fork();
	if (pid == 0) {
		struct err e;
		struct store *mine = store_open(dir, STORE_MUST_EXIST, NULL, &e);
		struct lease l;
		int64_t w;
		bool found = false;
		ok = mine && worker_register(mine, 1, &w, &e) && lease_next(mine, w, NULL, &l, &found, &e) && found
			     ? '1'
			     : '0';
		if (write(pipefd[1], &ok, 1) != 1)
			_exit(1);
		for (;;)
			pause();
	}
	close(pipefd[1]);
	assert_int_equal(read(pipefd[0], &ok, 1), 1);
	assert_int_equal(ok, '1');
	close(pipefd[0]);
	s = open_store(dir, STORE_MUST_EXIST);
	return pid;
}

static void test_dead_worker_frees_at_once(void **state) {
	struct err e;
	struct lease l;
	struct worker_info info;
	int64_t w;
	(void)state;
	add_many(s, 1);
	issue(CMD_MIGRATE, NULL, 1, 0);
	pid_t pid = start_worker();
	MUST(worker_find_live(s, &info, &e));
	assert_int_equal(info.pid, pid);
	MUST(worker_register(s, 1, &w, &e));
	assert_false(next(s, w, &l));
	kill(pid, SIGKILL);
	waitpid(pid, NULL, 0);
	double start = seconds();
	assert_true(next(s, w, &l));
	assert_true(seconds() - start < 2.0); /* far below LEASE_MS */
	MUST(worker_find_live(s, &info, &e));
	assert_int_equal(info.id, w); /* nobody else is */
}

/* Also while it is a zombie that nobody has waited for. */
static void test_zombie_is_dead(void **state) {
	struct err e;
	struct lease l;
	siginfo_t info;
	int64_t w;
	(void)state;
	add_many(s, 1);
	issue(CMD_MIGRATE, NULL, 1, 0);
	pid_t pid = start_worker();
	kill(pid, SIGKILL);
	assert_int_equal(waitid(P_PID, (id_t)pid, &info, WEXITED | WNOWAIT), 0);
	MUST(worker_register(s, 1, &w, &e));
	assert_true(next(s, w, &l));
	waitpid(pid, NULL, 0);
}

static void test_stopped_worker_is_ended_first(void **state) {
	struct err e;
	struct lease l;
	int64_t w;
	int status;
	(void)state;
	add_many(s, 1);
	issue(CMD_MIGRATE, NULL, 1, 0);
	pid_t pid = start_worker();
	kill(pid, SIGSTOP);
	MUST(worker_register(s, 1, &w, &e));
	assert_false(next(s, w, &l)); /* within its lease it is left alone */
	assert_int_equal(waitpid(pid, &status, WNOHANG), 0);
	s->lease_ms = 300;
	/* A front end does not kill; it leaves a wish. */
	for (double end = seconds() + 10; !(seconds() > end);) {
		struct worker_info info;
		if (!worker_find_live(s, &info, &e))
			break;
		MUST(worker_heartbeat(s, w, 0, &e));
		usleep(20000);
		if (info.id == w)
			break;
	}
	issue(CMD_STOP, NULL, 1, 0);
	assert_int_equal(waitpid(pid, &status, WNOHANG), 0);
	assert_int_equal(state_of(s, 1), MBOX_CONNECTING);
	issue(CMD_RESUME, NULL, 1, 0);
	MUST(worker_heartbeat(s, w, 0, &e));
	assert_true(next(s, w, &l));
	/* It was dead before its lease was taken. */
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_true(WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL);
}

/* An old lease cannot write anything, and says why. */
static void test_generation_fences(void **state) {
	struct err e;
	struct lease old, now;
	struct ledger_folder f;
	int64_t w2;
	(void)state;
	add_many(s, 1);
	lease_one(s, 1, &old);
	MUST(ledger_folder_open(s, &old, "INBOX", "INBOX", &f, &e));
	struct store *other = open_store(dir, STORE_MUST_EXIST);
	other->lease_ms = 50;
	usleep(80000);
	MUST(worker_register(other, 1, &w2, &e));
	assert_true(next(other, w2, &now));
	assert_true(now.generation > old.generation);
	struct scan_item item = { .uid = 1, .keywords = "" };
	uint32_t uid = 1;
	struct ledger_change c = { .uid = 1, .state = MSG_DONE, .dst_uid = 9 };
	REFUSED(ledger_folder_open(s, &old, "INBOX", "INBOX", &f, &e), ERR_LEASE_LOST);
	REFUSED(ledger_folder_enumerated(s, &old, f.id, 1, 2, 0, &e), ERR_LEASE_LOST);
	struct ticket *t = ledger_intent(s, &old, f.id, 1, 1, &uid, 1, &e);
	assert_non_null(t);
	REFUSED(ticket_wait(t, &e), ERR_LEASE_LOST);
	/* Lazy writes cannot say it at once; the next one with this lease does. */
	MUST(ledger_enumerate(s, &old, f.id, &item, 1, NULL, &e));
	MUST(store_flush(s, &e));
	REFUSED(ledger_change(s, &old, f.id, &c, 1, &e), ERR_LEASE_LOST);
	REFUSED(lease_release(s, &old, &e), ERR_LEASE_LOST);
	assert_int_equal(query_int(dir, "SELECT count(*) FROM msg"), 0);
	/* Neither does its progress count. */
	set_state(s, 1, MBOX_FAILED);
	assert_int_equal(state_of(s, 1), MBOX_CONNECTING);
	MUST(ledger_enumerate(other, &now, f.id, &item, 1, NULL, &e));
	MUST(store_flush(other, &e));
	assert_int_equal(query_int(dir, "SELECT count(*) FROM msg"), 1);
	store_close(other);
}

static void test_wishes(void **state) {
	struct err e;
	struct lease l;
	struct wish w[4];
	size_t n;
	(void)state;
	add_many(s, 2);
	int64_t worker = lease_one(s, 1, &l);
	MUST(wishes_read(s, worker, w, 4, &n, &e));
	assert_int_equal(n, 0);
	issue(CMD_REMOVE, &(struct mailbox_filter){ .ids = &l.mailbox, .id_count = 1 }, 0, 1);
	issue(CMD_PAUSE, NULL, 1, 1); /* the other one is Stopped */
	MUST(wishes_read(s, worker, w, 4, &n, &e));
	assert_true(n == 1 && w[0].mailbox == 1 && w[0].what == WISH_PAUSE);
	assert_int_equal(state_of(s, 1), MBOX_CONNECTING); /* the worker does it */
	issue(CMD_STOP, NULL, 1, 1);
	MUST(wishes_read(s, worker, w, 4, &n, &e));
	assert_true(n == 1 && w[0].what == WISH_STOP);
	/* Changed one's mind: withdrawn; and should the worker have stopped it already, it is queued again. */
	issue(CMD_RESUME, NULL, 1, 1);
	MUST(wishes_read(s, worker, w, 4, &n, &e));
	assert_int_equal(n, 0);
	MUST(mailboxes_progress(s, &(struct mailbox_progress){ .id = 1, .state = MBOX_STOPPED }, 1, &e));
	MUST(lease_release(s, &l, &e));
	assert_int_equal(state_of(s, 1), MBOX_QUEUED);
	assert_true(next(s, worker, &l));
	issue(CMD_PAUSE, NULL, 1, 1);
	worker_unregister(s, worker); /* died with the wish open */
	assert_int_equal(state_of(s, 1), MBOX_PAUSED);
}

/* The table of commands.h on mailboxes that nobody has. */
static void test_commands_at_rest(void **state) {
	(void)state;
	static const struct {
		enum command c;
		int to[MBOX_STATE_COUNT]; /* -1 refused; the active states need a worker */
	} table[] = {
#define X MBOX_STATE_COUNT
		{ CMD_MIGRATE, { -1, X, X, X, MBOX_QUEUED, MBOX_QUEUED, MBOX_QUEUED, MBOX_QUEUED, MBOX_QUEUED } },
		{ CMD_PAUSE, { MBOX_PAUSED, X, X, X, -1, -1, -1, -1, -1 } },
		{ CMD_RESUME, { -1, X, X, X, MBOX_QUEUED, -1, -1, -1, -1 } },
		{ CMD_STOP, { MBOX_STOPPED, X, X, X, MBOX_STOPPED, -1, -1, -1, -1 } },
		{ CMD_RETRY, { -1, X, X, X, -1, -1, -1, MBOX_QUEUED, MBOX_QUEUED } },
	};
	int64_t id = 1;
	struct mailbox_filter one = { .ids = &id, .id_count = 1 };
	add_many(s, 1);
	for (size_t i = 0; i < sizeof table / sizeof table[0]; i++) {
		for (int from = 0; from < MBOX_STATE_COUNT; from++) {
			int to = table[i].to[from];
			const char *why = command_refusal(table[i].c, (enum mailbox_state)from);
			if (to == X)
				continue;
			set_state(s, 1, (enum mailbox_state)from);
			issue(table[i].c, &one, to >= 0, to < 0);
			assert_int_equal(state_of(s, 1), to < 0 ? from : to);
			assert_int_equal(why == NULL, to >= 0);
		}
	}
#undef X
	assert_non_null(command_refusal(CMD_REMOVE, MBOX_COPYING));
	assert_null(command_refusal(CMD_REMOVE, MBOX_SYNCED));
	assert_null(command_refusal(CMD_TEST, MBOX_COPYING));
	assert_string_equal(command_name(CMD_RETRY), "retry");
	assert_true(query_int(dir, "SELECT count(*) FROM audit WHERE who = 'anna@pts/3' AND command = 'retry'") > 0);
}

static void test_retry_reopens_failures(void **state) {
	struct err e;
	struct lease l;
	struct ledger_folder f;
	bool found;
	(void)state;
	add_many(s, 1);
	int64_t w = lease_one(s, 1, &l);
	MUST(ledger_folder_open(s, &l, "INBOX", "INBOX", &f, &e));
	struct scan_item item = { .uid = 1, .keywords = "", .size = 5 };
	struct ledger_change c = { .uid = 1, .state = MSG_FAILED, .cat = ERR_BAD_CONTENT, .text = "refused" };
	MUST(ledger_enumerate(s, &l, f.id, &item, 1, NULL, &e));
	MUST(ledger_change(s, &l, f.id, &c, 1, &e));
	MUST(mailboxes_progress(s, &(struct mailbox_progress){ .id = 1, .state = MBOX_SYNCED_WITH_GAPS }, 1, &e));
	MUST(lease_release(s, &l, &e));
	worker_unregister(s, w);
	issue(CMD_RETRY, NULL, 1, 0);
	assert_int_equal(state_of(s, 1), MBOX_QUEUED);
	MUST(ledger_folder_find(s, 1, "INBOX", &f, &found, &e));
	assert_true(f.counts.failed == 0 && f.counts.pending == 1);
}

static void test_connection_tests(void **state) {
	struct err e;
	int64_t w, id, two = 2;
	bool found;
	struct mailbox_row row;
	(void)state;
	add_many(s, 3);
	MUST(worker_register(s, 1, &w, &e));
	MUST(test_next(s, w, &id, &found, &e));
	assert_false(found);
	issue(CMD_TEST, &(struct mailbox_filter){ .ids = &two, .id_count = 1 }, 1, 0);
	MUST(mailbox_get(s, 2, &row, &e));
	assert_int_equal(row.test, TEST_WANTED);
	MUST(test_next(s, w, &id, &found, &e));
	assert_true(found && id == 2);
	MUST(test_next(s, w, &id, &found, &e));
	assert_false(found);
	worker_unregister(s, w); /* not finished: wanted again */
	MUST(worker_register(s, 1, &w, &e));
	MUST(test_next(s, w, &id, &found, &e));
	assert_true(found && id == 2);
	MUST(mailbox_set_test(s, 2, TEST_BAD, "Failed to connect to pop.example.com:995: connection refused", &e));
	MUST(mailbox_get(s, 2, &row, &e));
	assert_int_equal(row.test, TEST_BAD);
	assert_true(row.tested > 0 && strstr(row.test_text, "refused"));
}

static void test_who(void **state) {
	char who[200], small[8];
	(void)state;
	setenv("SSH_CONNECTION", "10.0.0.5 50022 10.0.0.1 22", 1);
	command_who(who, sizeof who);
	assert_non_null(strstr(who, " from 10.0.0.5"));
	assert_null(strstr(who, "50022"));
	setenv("SSH_CONNECTION", "\x1b[2Jevil 1 2 3", 1);
	command_who(who, sizeof who);
	assert_null(strchr(who, 0x1b));
	unsetenv("SSH_CONNECTION");
	command_who(small, sizeof small);
	assert_true(strlen(small) > 0 && strlen(small) < sizeof small);
}

static void test_process_identity(void **state) {
	struct err e;
	struct process self, p;
	(void)state;
	MUST(process_self(&self, &e));
	assert_int_equal(process_look(&self, &self), PROCESS_THERE);
	p = self;
	p.start++; /* the pid was used again */
	assert_int_equal(process_look(&p, &self), PROCESS_GONE);
	p = self;
	p.boot[0] = p.boot[0] == 'x' ? 'y' : 'x';
	assert_int_equal(process_look(&p, &self), PROCESS_ELSEWHERE);
	p = self;
	p.pid_ns++;
	assert_int_equal(process_look(&p, &self), PROCESS_ELSEWHERE);
	assert_false(process_end(&self, &self, 1)); /* never oneself */
}

int main(void) {
	const struct CMUnitTest tests[] = {
		IN_PROJECT(test_order_and_release),
		IN_PROJECT(test_one_target_one_lease),
		IN_PROJECT(test_unknown_target_fails),
		IN_PROJECT(test_dead_worker_frees_at_once),
		IN_PROJECT(test_zombie_is_dead),
		IN_PROJECT(test_stopped_worker_is_ended_first),
		IN_PROJECT(test_generation_fences),
		IN_PROJECT(test_wishes),
		IN_PROJECT(test_commands_at_rest),
		IN_PROJECT(test_retry_reopens_failures),
		IN_PROJECT(test_connection_tests),
		cmocka_unit_test(test_process_identity),
		cmocka_unit_test(test_who),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
