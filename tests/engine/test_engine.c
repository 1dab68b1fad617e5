/* SPDX-License-Identifier: MIT
 *
 * test_engine.c - the engine in this process, between two real Dovecots: the order of its callbacks, and
 * that nothing is lost or repeated when a run is stopped, repeated, or finds things changed.
 * run.sh: timeout=400
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <pthread.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/mailvan.h"

#define MAX_EVENTS 4096

enum event_kind { EVENT_STATE, EVENT_PROGRESS, EVENT_FOLDER, EVENT_MESSAGE, EVENT_FINISHED };

struct event {
	enum event_kind kind;
	int64_t mailbox;
	enum mailbox_state state;
	struct counts counts;
};

struct world {
	char dir[128];
	unsigned source_port, target_port;
	struct store *store;
	struct net *net;
	struct log *log;
	struct stop stop;
	pthread_mutex_t mu;
	struct event events[MAX_EVENTS];
	size_t event_count;
	uint64_t stop_after; /* copied messages, 0 = never */
};

static void shell(const char *fmt, ...) __attribute__((format(printf, 1, 2)));
static void shell(const char *fmt, ...) {
	char cmd[2048];
	va_list ap;
	va_start(ap, fmt);
	vsnprintf(cmd, sizeof cmd, fmt, ap);
	va_end(ap);
	if (system(cmd) != 0)
		fail_msg("failed: %s", cmd);
}

static void capture(char *out, size_t size, const char *cmd) {
	FILE *f = popen(cmd, "r");
	assert_non_null(f);
	size_t n = fread(out, 1, size - 1, f);
	out[n] = '\0';
	assert_int_equal(pclose(f), 0);
}

static unsigned port_of(const char *dir) {
	char cmd[512], text[32];
	snprintf(cmd, sizeof cmd, "sed -n s/^IMAPS_PORT=//p %s/env", dir);
	capture(text, sizeof text, cmd);
	return (unsigned)strtoul(text, NULL, 10);
}

static void note(struct world *w, struct event ev) {
	pthread_mutex_lock(&w->mu);
	if (w->event_count < MAX_EVENTS)
		w->events[w->event_count++] = ev;
	pthread_mutex_unlock(&w->mu);
}

static void on_state(void *arg, int64_t mailbox, enum mailbox_state state, const struct err *why) {
	if (why)
		print_message("state %s: %s\n", mailbox_state_name(state), why->text);
	note(arg, (struct event){ .kind = EVENT_STATE, .mailbox = mailbox, .state = state });
}

static void on_progress(void *arg, int64_t mailbox, const struct counts *c, uint64_t bytes, double rate) {
	struct world *w = arg;
	(void)bytes, (void)rate;
	note(w, (struct event){ .kind = EVENT_PROGRESS, .mailbox = mailbox, .counts = *c });
	if (w->stop_after && c->copied >= w->stop_after)
		stop_request(&w->stop, STOP_STOPPED);
}

static void on_folder(void *arg, int64_t mailbox, const char *source, const char *target, bool renamed) {
	(void)source, (void)target, (void)renamed;
	note(arg, (struct event){ .kind = EVENT_FOLDER, .mailbox = mailbox });
}

static void on_message(void *arg, int64_t mailbox, const char *folder, uint32_t uid, enum msg_state state,
		       const struct err *why) {
	(void)state;
	print_message("%s %u: %s\n", folder, uid, why->text);
	note(arg, (struct event){ .kind = EVENT_MESSAGE, .mailbox = mailbox });
}

static void on_finished(void *arg, int64_t mailbox, enum mailbox_state state) {
	note(arg, (struct event){ .kind = EVENT_FINISHED, .mailbox = mailbox, .state = state });
}

static int open_world(void **state) {
	struct world *w = calloc(1, sizeof *w);
	struct err e;
	char path[256];
	assert_non_null(w);
	snprintf(w->dir, sizeof w->dir, "/tmp/mailvan-engine.XXXXXX");
	assert_non_null(mkdtemp(w->dir));
	chmod(w->dir, 0711);
	pthread_mutex_init(&w->mu, NULL);
	shell("tests/servers/dovecot.sh start %s/s --certs %s/certs >/dev/null", w->dir, w->dir);
	shell("tests/servers/dovecot.sh start %s/t --role target --certs %s/certs >/dev/null", w->dir, w->dir);
	snprintf(path, sizeof path, "%s/s", w->dir);
	w->source_port = port_of(path);
	snprintf(path, sizeof path, "%s/t", w->dir);
	w->target_port = port_of(path);
	snprintf(path, sizeof path, "%s/project", w->dir);
	w->store = store_open(path, STORE_CREATE, NULL, &e);
	if (!w->store)
		fail_msg("%s", e.text);
	/* MAILVAN_TEST_LOG=1 shows what the engine says. */
	if (getenv("MAILVAN_TEST_LOG"))
		w->log = log_open(NULL, LOG_DEBUG, &e);
	w->net = net_new(w->log, &e);
	assert_non_null(w->net);
	*state = w;
	return 0;
}

static int close_world(void **state) {
	struct world *w = *state;
	net_free(w->net);
	log_close(w->log);
	store_close(w->store);
	shell("tests/servers/dovecot.sh stop %s/s; tests/servers/dovecot.sh stop %s/t; rm -rf %s", w->dir, w->dir,
	      w->dir);
	free(w);
	return 0;
}

static void endpoint_at(struct world *w, struct endpoint *ep, unsigned port, const char *user) {
	endpoint_init(ep);
	snprintf(ep->host, sizeof ep->host, "127.0.0.1");
	ep->port = (uint16_t)port;
	snprintf(ep->login, sizeof ep->login, "%s", user);
	snprintf(ep->ca_file, sizeof ep->ca_file, "%s/certs/ca.pem", w->dir);
	assert_true(secret_set(&ep->password, "pass", 4));
}

static bool take_id(void *arg, const struct mailbox_row *row) {
	*(int64_t *)arg = row->id;
	return true;
}

static int64_t add_mailbox(struct world *w, const char *user) {
	struct mailbox_spec spec = { 0 };
	struct mailbox_query q = { .filter = { .text = user }, .limit = 1 };
	struct add_result result;
	struct err e;
	int64_t id = 0;
	snprintf(spec.source_identity, sizeof spec.source_identity, "%s@old.example", user);
	snprintf(spec.target_identity, sizeof spec.target_identity, "%s@new.example", user);
	endpoint_at(w, &spec.source, w->source_port, user);
	endpoint_at(w, &spec.target, w->target_port, user);
	if (!mailboxes_add(w->store, &spec, 1, &result, &e))
		fail_msg("%s", e.text);
	endpoint_clear(&spec.source);
	endpoint_clear(&spec.target);
	assert_true(mailboxes_list(w->store, &q, take_id, &id, &e));
	assert_true(id > 0);
	return id;
}

static struct mailbox_row migrate(struct world *w, int64_t id) {
	struct mailbox_filter only = { .ids = &id, .id_count = 1 };
	struct command_result done;
	struct mailbox_row row;
	struct err e;
	struct engine_config c = { .jobs = 2,
				   .settle_ms = 50,
				   .drain = true,
				   .only = &only,
				   .net = w->net,
				   .log = w->log,
				   .stop = &w->stop,
				   .callbacks = { w, on_state, on_progress, on_folder, on_message, on_finished } };
	w->event_count = 0;
	assert_true(stop_init(&w->stop, NULL));
	if (!command_issue(w->store, CMD_MIGRATE, &only, "test", &done, &e) || !engine_run(w->store, &c, &e))
		fail_msg("%s", e.text);
	stop_free(&w->stop);
	assert_true(mailbox_get(w->store, id, &row, &e));
	assert_true(counts_hold(&row.counts));
	return row;
}

static void fill_source(struct world *w, const char *user, const char *folder, unsigned from, unsigned to) {
	shell("mkdir -p %s/m && cd %s/m && rm -f *.eml && for i in $(seq %u %u); do "
	      "printf 'Message-ID: <%s-%%d@x>\\r\\nFrom: a@b\\r\\nSubject: number %%d\\r\\nDate: Mon, 2 Mar 2020 "
	      "10:00:00 +0000\\r\\n"
	      "\\r\\nbody %%d\\r\\n' $i $i $i > $i.eml; done",
	      w->dir, w->dir, from, to, user);
	shell("tests/servers/dovecot.sh load %s/s %s '%s' -f S -d '2020-03-02 10:00:00' $(ls %s/m/*.eml | sort -V)",
	      w->dir, user, folder, w->dir);
}

/* Folder, flags, date and content of both sides, without UIDs, as multisets. */
static void assert_same(struct world *w, const char *user) {
	shell("for s in s t; do tests/servers/dovecot.sh dump %s/$s %s | cut -f1,3,4,5 | sed 's/\\\\Recent *//' | sort "
	      "> %s/$s.dump; done; "
	      "diff %s/s.dump %s/t.dump",
	      w->dir, user, w->dir, w->dir, w->dir);
}

static void callbacks_come_in_order(void **state) {
	struct world *w = *state;
	fill_source(w, "anna", "INBOX", 1, 40);
	struct mailbox_row row = migrate(w, add_mailbox(w, "anna"));
	assert_int_equal(row.state, MBOX_SYNCED);
	assert_int_equal(row.counts.copied, 40);
	assert_string_equal(row.error, "");
	assert_same(w, "anna");

	assert_true(w->event_count >= 4);
	const struct event *first = &w->events[0], *last = &w->events[w->event_count - 1];
	assert_int_equal(first->kind, EVENT_STATE);
	assert_int_equal(first->state, MBOX_CONNECTING);
	assert_int_equal(last->kind, EVENT_FINISHED);
	assert_int_equal(last->state, MBOX_SYNCED);
	enum mailbox_state now = MBOX_CONNECTING;
	uint64_t copied = 0;
	for (size_t i = 1; i + 1 < w->event_count; i++) {
		const struct event *ev = &w->events[i];
		assert_int_not_equal(ev->kind, EVENT_FINISHED);
		if (ev->kind == EVENT_STATE) {
			assert_int_not_equal(ev->state, now);
			now = ev->state;
		}
		if (ev->kind == EVENT_PROGRESS) {
			assert_true(counts_hold(&ev->counts));
			assert_true(ev->counts.copied >= copied);
			copied = ev->counts.copied;
		}
		/* Nothing is told of folders before the mailbox is being copied. */
		if (ev->kind == EVENT_FOLDER)
			assert_int_equal(now, MBOX_COPYING);
	}
	assert_int_equal(now, MBOX_SYNCED);
	assert_int_equal(copied, 40);
}

static void again_moves_only_what_is_new(void **state) {
	struct world *w = *state;
	fill_source(w, "bob", "INBOX", 1, 20);
	int64_t id = add_mailbox(w, "bob");
	assert_int_equal(migrate(w, id).counts.copied, 20);
	assert_int_equal(migrate(w, id).counts.copied, 20);
	assert_same(w, "bob");
	fill_source(w, "bob", "INBOX", 21, 25);
	assert_int_equal(migrate(w, id).counts.copied, 25);
	assert_same(w, "bob");
}

static void a_filled_target_gets_only_the_rest(void **state) {
	struct world *w = *state;
	fill_source(w, "carla", "INBOX", 1, 30);
	shell("tests/servers/dovecot.sh load %s/t carla INBOX -f S -d '2020-03-02 10:00:00' %s/m/3.eml %s/m/17.eml "
	      "%s/m/30.eml",
	      w->dir, w->dir, w->dir, w->dir);
	struct mailbox_row row = migrate(w, add_mailbox(w, "carla"));
	assert_int_equal(row.counts.copied, 27);
	assert_int_equal(row.counts.adopted, 3);
	assert_same(w, "carla");
}

static void true_duplicates_stay_and_are_counted(void **state) {
	struct world *w = *state;
	fill_source(w, "dora", "INBOX", 1, 3);
	shell("tests/servers/dovecot.sh load %s/s dora INBOX -f S -d '2020-03-02 10:00:00' %s/m/1.eml %s/m/1.eml "
	      "%s/m/2.eml",
	      w->dir, w->dir, w->dir, w->dir);
	shell("tests/servers/dovecot.sh load %s/t dora INBOX -f S -d '2020-03-02 10:00:00' %s/m/1.eml %s/m/1.eml",
	      w->dir, w->dir, w->dir);
	struct mailbox_row row = migrate(w, add_mailbox(w, "dora"));
	assert_int_equal(row.counts.source, 6);
	assert_int_equal(row.counts.adopted, 2);
	assert_int_equal(row.counts.copied, 4);
	assert_same(w, "dora");
}

static void drafts_with_equal_headers_are_all_copied(void **state) {
	struct world *w = *state;
	shell("mkdir -p %s/d && cd %s/d && for i in $(seq 1 9); do printf 'From: me@x\\r\\nSubject: "
	      "draft\\r\\n\\r\\ntext %%d\\r\\n' $i > $i.eml; done",
	      w->dir, w->dir);
	shell("tests/servers/dovecot.sh load %s/s emil Drafts -f D -d '2020-03-02 10:00:00' %s/d/*.eml", w->dir,
	      w->dir);
	/* Two of them are there already, one of them twice by the hand of someone else. */
	shell("tests/servers/dovecot.sh load %s/t emil Drafts -f D -d '2020-03-02 10:00:00' %s/d/4.eml %s/d/7.eml",
	      w->dir, w->dir, w->dir);
	struct mailbox_row row = migrate(w, add_mailbox(w, "emil"));
	assert_int_equal(row.counts.copied, 7);
	assert_int_equal(row.counts.adopted, 2);
	assert_same(w, "emil");
}

static void source_uidvalidity_change_is_never_all_new(void **state) {
	struct world *w = *state;
	fill_source(w, "fred", "INBOX", 1, 30);
	int64_t id = add_mailbox(w, "fred");
	assert_int_equal(migrate(w, id).counts.copied, 30);
	shell("tests/servers/dovecot.sh adm %s/s mailbox update -u fred --uid-validity 4711 INBOX", w->dir);
	struct mailbox_row row = migrate(w, id);
	assert_int_equal(row.state, MBOX_SYNCED);
	assert_int_equal(row.counts.source, 30);
	assert_int_equal(row.counts.adopted, 30);
	assert_same(w, "fred");
}

static void target_uidvalidity_change_is_never_all_new(void **state) {
	struct world *w = *state;
	fill_source(w, "gina", "INBOX", 1, 30);
	int64_t id = add_mailbox(w, "gina");
	migrate(w, id);
	shell("tests/servers/dovecot.sh adm %s/t mailbox update -u gina --uid-validity 4712 INBOX", w->dir);
	fill_source(w, "gina", "INBOX", 31, 33);
	struct mailbox_row row = migrate(w, id);
	assert_int_equal(row.state, MBOX_SYNCED);
	assert_int_equal(row.counts.copied, 33);
	assert_same(w, "gina");
}

static void stopped_and_resumed(void **state) {
	struct world *w = *state;
	fill_source(w, "hans", "INBOX", 1, 3000);
	int64_t id = add_mailbox(w, "hans");
	unsigned stops = 0;
	struct mailbox_row row;
	for (uint64_t at = 300;; at += 600) {
		w->stop_after = at;
		row = migrate(w, id);
		w->stop_after = 0;
		if (row.state != MBOX_STOPPED)
			break;
		stops++;
	}
	print_message("%u stops\n", stops);
	assert_int_equal(row.state, MBOX_SYNCED);
	assert_int_equal(row.counts.copied, 3000);
	assert_int_equal(row.counts.adopted, 0);
	assert_same(w, "hans");
}

static void wrong_password_is_final_after_one_attempt(void **state) {
	struct world *w = *state;
	struct mailbox_spec spec = { 0 };
	struct mailbox_query q = { .filter = { .text = "ivan" }, .limit = 1 };
	struct add_result result;
	struct err e;
	int64_t id = 0;
	snprintf(spec.source_identity, sizeof spec.source_identity, "ivan@old.example");
	snprintf(spec.target_identity, sizeof spec.target_identity, "ivan@new.example");
	endpoint_at(w, &spec.source, w->source_port, "ivan");
	endpoint_at(w, &spec.target, w->target_port, "ivan");
	assert_true(secret_set(&spec.source.password, "wrong", 5));
	assert_true(mailboxes_add(w->store, &spec, 1, &result, &e));
	endpoint_clear(&spec.source);
	endpoint_clear(&spec.target);
	assert_true(mailboxes_list(w->store, &q, take_id, &id, &e));
	struct mailbox_row row = migrate(w, id);
	assert_int_equal(row.state, MBOX_FAILED);
	assert_int_equal(row.error_cat, ERR_AUTH_BAD);
	char text[64], cmd[512];
	snprintf(cmd, sizeof cmd,
		 "cat %s/s/*.log %s/s/log/* 2>/dev/null | grep -c 'ivan.*[Pp]assword mismatch' || true", w->dir,
		 w->dir);
	capture(text, sizeof text, cmd);
	assert_int_equal(strtoul(text, NULL, 10), 1);
}

/* A source that lets us in says nothing about the target: a target that is not there fails the mailbox after a few
 * tries (some 14 s), not after an hour of growing waits. */
static void a_target_that_is_not_there_fails_soon(void **state) {
	struct world *w = *state;
	unsigned port = w->target_port;
	fill_source(w, "kurt", "INBOX", 1, 3);
	w->target_port = 1; /* nobody listens there */
	int64_t id = add_mailbox(w, "kurt");
	w->target_port = port;
	mono_ms_t since = mono_ms();
	struct mailbox_row row = migrate(w, id);
	assert_int_equal(row.state, MBOX_FAILED);
	assert_int_equal(row.error_cat, ERR_NET);
	/* And no word of the folder that comes next. */
	static const char said[] = "Target: Failed to connect to 127.0.0.1:1: connection refused";
	assert_memory_equal(row.error, said, sizeof said - 1);
	assert_int_equal(row.counts.pending, 3);
	assert_true(mono_ms() - since < 60000);
}

/* A flag and keywords that are compared, a folder of another name, and verify that agrees. */
static void on_difference(void *arg, const struct verify_difference *d) {
	print_message("%s %s %u: %s\n", verify_kind_name(d->kind), d->folder, d->uid, d->text);
	(*(unsigned *)arg)++;
}

static void verify_finds_what_is_missing_and_nothing_else(void **state) {
	struct world *w = *state;
	struct mail_context ctx = { .net = w->net };
	struct verification result;
	struct verify_options how = { .level = VERIFY_HEADERS };
	struct err e;
	unsigned differences = 0;
	uint64_t refilled;
	struct verify_sink sink = { .arg = &differences, .difference = on_difference };
	fill_source(w, "jana", "INBOX", 1, 20);
	fill_source(w, "jana", "Reisen", 21, 30);
	int64_t id = add_mailbox(w, "jana");
	assert_int_equal(migrate(w, id).counts.copied, 30);
	if (!verify_mailbox(w->store, id, &ctx, NULL, &how, &sink, &result, &refilled, &e))
		fail_msg("%s", e.text);
	assert_int_equal(result.checked, 30);
	assert_int_equal(result.gaps, 0);
	assert_int_equal(differences, 0);

	shell("tests/servers/dovecot.sh adm %s/t expunge -u jana mailbox INBOX header message-id jana-7@x", w->dir);
	shell("tests/servers/dovecot.sh adm %s/t flags remove -u jana '\\Seen' mailbox Reisen header message-id "
	      "jana-25@x",
	      w->dir);
	fill_source(w, "jana", "INBOX", 31, 31);
	assert_true(verify_mailbox(w->store, id, &ctx, NULL, &how, &sink, &result, &refilled, &e));
	assert_int_equal(result.gaps, 2);
	assert_int_equal(result.notes, 1); /* the flag: its owner has not read it after all */
	assert_int_equal(differences, 3);
}

int main(void) {
#define T(name) cmocka_unit_test(name)
	const struct CMUnitTest tests[] = {
		T(callbacks_come_in_order),
		T(again_moves_only_what_is_new),
		T(a_filled_target_gets_only_the_rest),
		T(true_duplicates_stay_and_are_counted),
		T(drafts_with_equal_headers_are_all_copied),
		T(source_uidvalidity_change_is_never_all_new),
		T(target_uidvalidity_change_is_never_all_new),
		T(stopped_and_resumed),
		T(wrong_password_is_final_after_one_attempt),
		T(a_target_that_is_not_there_fails_soon),
		T(verify_finds_what_is_missing_and_nothing_else),
	};
	if (sodium_init() < 0)
		return 1;
	cmocka_set_test_filter(getenv("MAILVAN_TEST_ONLY"));
	return cmocka_run_group_tests(tests, open_world, close_world);
}
