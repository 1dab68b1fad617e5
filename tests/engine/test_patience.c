/* SPDX-License-Identifier: MIT
 *
 * test_patience.c - waiting: a server that is away for everybody, a row that is wrong for itself, a time that a server
 * named. Who waits is Queued with a time and a reason, and takes neither thread nor lease.
 * run.sh: timeout=400
 */
#include <arpa/inet.h>
#include <dirent.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#include "tests/engine/engine_thread.h"

#define STATE_MS 40000 /* a state is waited for, at most */

static const struct quirks good = { 0 };

/* A port of 127.0.0.1 that refuses, for as long as *fd is open. */
static uint16_t dead_port(int *fd) {
	struct sockaddr_in a = { .sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	socklen_t n = sizeof a;
	*fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	assert_true(*fd >= 0 && bind(*fd, (struct sockaddr *)&a, sizeof a) == 0 &&
		    getsockname(*fd, (struct sockaddr *)&a, &n) == 0);
	return ntohs(a.sin_port);
}

static void add_rows(struct quirk_world *w, unsigned from, unsigned count, uint16_t source_port) {
	struct mailbox_spec *specs = calloc(count, sizeof *specs);
	struct add_result result;
	struct err e;
	assert_non_null(specs);
	for (unsigned i = 0; i < count; i++) {
		char user[32];
		snprintf(user, sizeof user, "user%u", from + i);
		snprintf(specs[i].source_identity, sizeof specs[i].source_identity, "%s@old.example", user);
		snprintf(specs[i].target_identity, sizeof specs[i].target_identity, "%s@new.example", user);
		world_endpoint(&specs[i].source, w->source, user);
		world_endpoint(&specs[i].target, w->target, user);
		specs[i].source.port = source_port;
	}
	if (!mailboxes_add(w->store, specs, count, &result, &e))
		fail_msg("%s", e.text);
	for (unsigned i = 0; i < count; i++) {
		endpoint_clear(&specs[i].source);
		endpoint_clear(&specs[i].target);
	}
	free(specs);
}

static unsigned threads(void) {
	DIR *d = opendir("/proc/self/task");
	unsigned n = 0;
	for (const struct dirent *at; d && (at = readdir(d)) != NULL;)
		n += at->d_name[0] != '.';
	closedir(d);
	return n;
}

struct looked {
	unsigned queued, said, failed, tried;
	wall_ms_t until;
};

static bool look_row(void *arg, const struct mailbox_row *row) {
	struct looked *l = arg;
	l->queued += row->state == MBOX_QUEUED;
	l->failed += row->state == MBOX_FAILED;
	l->tried += row->ever_run;
	l->said += row->throttled_until > wall_ms() && row->error_cat == ERR_NET &&
		   strstr(row->error, "connection refused") != NULL;
	l->until = row->throttled_until;
	return true;
}

static struct looked look(struct quirk_world *w) {
	struct mailbox_query all = { .limit = UINT32_MAX };
	struct looked l = { 0 };
	struct err e;
	assert_true(mailboxes_list(w->store, &all, look_row, &l, &e));
	return l;
}

/* The server is away: some find it out, and then everybody waits for it, with the reason, and nobody fails. */
static void a_server_that_is_away_is_waited_for(void **state) {
	enum { ROWS = 3000, JOBS = 8 };
	struct quirk_world *w = *state;
	struct engine_thread t;
	unsigned before = threads(), most = 0;
	struct looked l = { 0 };
	int fd;
	world_servers(w, &good, &good);
	before = threads();
	add_rows(w, 0, ROWS, dead_port(&fd));
	command(w, CMD_MIGRATE);
	begin(&t, w, JOBS);
	for (mono_ms_t limit = mono_ms() + 20000; l.said < ROWS && mono_ms() < limit; poll(NULL, 0, 20)) {
		l = look(w);
		most = threads() > most ? threads() : most;
	}
	assert_int_equal(l.said, ROWS);
	assert_int_equal(l.queued, ROWS);
	assert_in_range(l.until - wall_ms(), 1000, 16000);
	/* One alone tries again, and twice as long passes until the next. */
	for (mono_ms_t limit = mono_ms() + 30000; l.until - wall_ms() < 25000 && mono_ms() < limit; poll(NULL, 0, 20)) {
		l = look(w);
		most = threads() > most ? threads() : most;
	}
	end(&t);
	assert_in_range(l.until - wall_ms(), 20000, 31000);
	assert_int_equal(l.failed, 0);
	assert_in_range(l.tried, 5, 2 * JOBS);
	/* Two of each job: itself and the target that it opens meanwhile; the engine's, the store's writer, ... */
	assert_true(most <= before + 2 * JOBS + 4);
	close(fd);
}

/* One row with a port that refuses, on a host that works for nobody else: it is told within seconds. */
static void a_wrong_row_fails_soon(void **state) {
	struct quirk_world *w = *state;
	struct engine_thread t;
	mono_ms_t began = mono_ms();
	int fd;
	world_servers(w, &good, &good);
	add_rows(w, 0, 1, dead_port(&fd));
	command(w, CMD_MIGRATE);
	begin(&t, w, 4);
	struct mailbox_row row = row_in_state(w, 1, MBOX_FAILED, "connection refused", STATE_MS);
	end(&t);
	assert_int_equal(row.error_cat, ERR_NET);
	assert_in_range(mono_ms() - began, 13000, 30000);
	close(fd);
}

/* The same for one that has worked before: it waits on, from the queue. */
static void a_row_that_has_worked_is_given_more_time(void **state) {
	struct quirk_world *w = *state;
	struct engine_thread t;
	int64_t id;
	world_servers(w, &good, &good);
	quirk_fill(w->source, "INBOX", 1, 5);
	assert_int_equal(world_move(w, &id).state, MBOX_SYNCED);
	quirk_stop(w->source);
	w->source = NULL;
	command(w, CMD_MIGRATE);
	begin(&t, w, 4);
	mono_ms_t began = mono_ms();
	struct mailbox_row row = { 0 };
	while (mono_ms() - began < 35000 && !(row.state == MBOX_QUEUED && row.throttled_until - wall_ms() > 10000)) {
		row = world_row(w, id);
		poll(NULL, 0, 5);
	}
	assert_int_equal(row.state, MBOX_QUEUED); /* more than the 14 s of one that has not */
	assert_non_null(strstr(row.error, "connection refused"));
	end(&t);
}

static const struct quirk_rule backoff[] = {
	{ .verb = "UID FETCH",
	  .in = "BODY.PEEK[]",
	  .text = "NO Request is throttled. Suggested Backoff Time: 299961 milliseconds" },
	{ 0 },
};

/* Five minutes are waited for by nobody; neither a pause nor another worker asks again before they are over. */
static void a_long_wait_is_nobodys_and_is_kept(void **state) {
	static const struct quirks exchange = { .rules = backoff };
	struct quirk_world *w = *state;
	struct engine_thread t;
	struct err e;
	uint64_t queued, running;
	char host[64];
	world_servers(w, &exchange, &good);
	quirk_fill(w->source, "INBOX", 1, 20);
	int64_t id = world_add(w, w->source, w->target, "anna", "anna");
	snprintf(host, sizeof host, "127.0.0.1:%u", quirk_port(w->source));
	command(w, CMD_MIGRATE);
	begin(&t, w, 4);
	struct mailbox_row row = row_in_state(w, id, MBOX_QUEUED, "Exchange asked for 5:00: ", STATE_MS);
	assert_int_equal(row.error_cat, ERR_THROTTLED);
	assert_in_range(row.throttled_until - wall_ms(), 280000, 300000);
	for (mono_ms_t limit = mono_ms() + 5000; mono_ms() < limit; poll(NULL, 0, 5)) {
		assert_true(host_load(w->store, host, &queued, &running, &e));
		if (running == 0)
			break;
	}
	assert_int_equal(running, 0);
	quirk_forget(w->source);
	command(w, CMD_PAUSE);
	row_in_state(w, id, MBOX_PAUSED, NULL, STATE_MS);
	command(w, CMD_RESUME);
	row = row_in_state(w, id, MBOX_QUEUED, "throttled", STATE_MS);
	assert_in_range(row.throttled_until - wall_ms(), 260000, 300000);
	end(&t);
	command(w, CMD_STOP);
	command(w, CMD_MIGRATE);
	begin(&t, w, 4);
	row = row_in_state(w, id, MBOX_QUEUED, "throttled", STATE_MS);
	assert_in_range(row.throttled_until - wall_ms(), 240000, 300000);
	end(&t);
	assert_int_equal(quirk_count(w->source, NULL, NULL), 0);
}

/* Fewer descriptors than jobs would need: fewer jobs, and all the same everything arrives. */
static void few_descriptors_are_fewer_jobs(void **state) {
	struct quirk_world *w = *state;
	struct rlimit before, few;
	world_servers(w, &good, &good);
	quirk_fill(w->source, "INBOX", 1, 3);
	add_rows(w, 0, 60, quirk_port(w->source));
	assert_int_equal(getrlimit(RLIMIT_NOFILE, &before), 0);
	few = before;
	few.rlim_cur = 160; /* the two servers have their share of it: below what 60 jobs need */
	assert_int_equal(setrlimit(RLIMIT_NOFILE, &few), 0);
	w->jobs = 60;
	world_migrate(w, 0);
	assert_int_equal(setrlimit(RLIMIT_NOFILE, &before), 0);
	for (int64_t id = 1; id <= 60; id++)
		assert_int_equal(world_row(w, id).state, MBOX_SYNCED);
}

static const struct quirk_rule wrong[] = {
	{ .verb = "AUTHENTICATE", .text = "NO [AUTHENTICATIONFAILED] Invalid credentials" },
	{ 0 },
};

/* Thirty mailboxes, one login, one refusal; tests as well. The corrected server is tried again when asked. */
static void a_shared_login_is_refused_once(void **state) {
	static const struct quirks bad = { .rules = wrong };
	struct quirk_world *w = *state;
	struct engine_thread t;
	char account[16];
	enum { ROWS = 30 };
	world_servers(w, &bad, &good);
	for (int i = 0; i < ROWS; i++) {
		snprintf(account, sizeof account, "user%d", i);
		world_add(w, w->source, w->target, "shared", account);
	}
	command(w, CMD_MIGRATE);
	begin(&t, w, 8);
	for (int64_t id = 1; id <= ROWS; id++)
		assert_int_equal(row_in_state(w, id, MBOX_FAILED, NULL, STATE_MS).error_cat, ERR_AUTH_BAD);
	command(w, CMD_TEST);
	for (int64_t id = 1; id <= ROWS; id++)
		for (mono_ms_t limit = mono_ms() + 20000; world_row(w, id).test != TEST_BAD && mono_ms() < limit;)
			poll(NULL, 0, 5);
	end(&t);
	assert_non_null(strstr(world_row(w, ROWS).error, "Not tried: the login shared was refused by 127.0.0.1 at "));
	assert_non_null(strstr(world_row(w, ROWS).test_text, "Not tried: the login shared was refused"));
	assert_int_equal(quirk_count(w->source, "AUTHENTICATE", NULL), 1);
	quirk_become(w->source, &good);
	world_migrate(w, 0);
	assert_int_equal(world_row(w, ROWS).state, MBOX_SYNCED);
}

/* ---- looking, under the same limits ---- */

struct looking {
	struct visits visits;
	struct stop stop;
	struct verification result;
	struct err e;
	char said[400];
	unsigned differences;
};

static void on_difference(void *arg, const struct verify_difference *d) {
	struct looking *l = arg;
	print_message("%s %s %u: %s\n", verify_kind_name(d->kind), d->folder, d->uid, d->text);
	l->differences++;
}

static void on_wait(void *arg, const char *sentence) {
	struct looking *l = arg;
	print_message("%s\n", sentence);
	snprintf(l->said, sizeof l->said, "%s", sentence);
}

static bool verify(struct quirk_world *w, int64_t id, int level, struct looking *l) {
	struct verify_options how = { .level = level };
	struct verify_sink sink = { .arg = l, .difference = on_difference };
	uint64_t refilled;
	*l = (struct looking){ .differences = 0 };
	assert_true(stop_init(&l->stop, NULL));
	assert_true(visits_open(&l->visits, w->store, w->log, 4, &l->e));
	l->visits.waits = on_wait;
	l->visits.arg = l;
	struct mail_context ctx = { .net = w->net, .log = w->log, .stop = &l->stop };
	bool ok = verify_mailbox(w->store, id, &ctx, &l->visits, &how, &sink, &l->result, &refilled, &l->e);
	visits_close(&l->visits);
	stop_free(&l->stop);
	if (!ok)
		print_message("%s\n", l->e.text);
	return ok;
}

#define ASIDE(v, i, how, what)                                                                                         \
	{                                                                                                              \
		{ .verb = v, .in = i, .act = how, .text = what, .times = 1 }, {                                        \
			0                                                                                              \
		}                                                                                                      \
	}
static const struct quirk_rule aside[][2] = {
	ASIDE("UID FETCH", "BODY.PEEK[]", QUIRK_ANSWER,
	      "NO Request is throttled. Suggested Backoff Time: 1200 milliseconds"),
	ASIDE("UID FETCH", NULL, QUIRK_CLOSE, NULL),
	ASIDE("GREETING", NULL, QUIRK_BYE, "* BYE Too many connections from your address"),
	ASIDE("UID FETCH", NULL, QUIRK_BYE, "* BYE shutting down for a moment"),
};

/* Trouble that passes costs a verification time and nothing else, on either side. */
static void a_verification_is_patient(void **state) {
	struct quirk_world *w = *state;
	struct looking l;
	int64_t id;
	world_servers(w, &good, &good);
	quirk_folder(w->source, "Work", NULL);
	quirk_fill(w->source, "INBOX", 1, 20);
	quirk_fill(w->source, "Work", 21, 40);
	assert_int_equal(world_move(w, &id).state, MBOX_SYNCED);
	for (size_t i = 0; i < sizeof aside / sizeof *aside; i++) {
		const struct quirks q = { .rules = aside[i] };
		for (int source = 0; source < 2; source++) {
			struct quirk_server *s = source ? w->source : w->target;
			print_message("%s at the %s\n", aside[i][0].verb, source ? "source" : "target");
			quirk_become(s, &q);
			assert_true(verify(w, id, VERIFY_BODIES, &l));
			assert_int_equal(quirk_fired(s, 0), 1);
			assert_int_equal(l.differences, 0);
			assert_int_equal(l.result.gaps, 0);
			assert_int_equal(l.result.checked, 40);
			assert_int_equal(l.result.bodies, 40);
			assert_true(strstr(l.said, " waits until ") != NULL);
			quirk_become(s, &good);
		}
	}
	/* But not for ever. */
	static const struct quirk_rule always[] = {
		{ .verb = "UID FETCH", .text = "NO Request is throttled. Suggested Backoff Time: 100 milliseconds" },
		{ 0 }
	};
	static const struct quirks stubborn = { .rules = always };
	quirk_become(w->target, &stubborn);
	assert_false(verify(w, id, VERIFY_BODIES, &l));
	assert_int_equal(l.e.cat, ERR_THROTTLED);
	assert_int_equal(quirk_fired(w->target, 0), 4);
}

static uint64_t traffic(struct quirk_world *w, const struct quirk_server *s, const char *user) {
	struct traffic_day day;
	struct err e;
	char account[100];
	snprintf(account, sizeof account, "127.0.0.1:%u/%s", quirk_port(s), user);
	assert_true(store_flush(w->store, &e) && traffic_read(w->store, account, TRAFFIC_DOWN, wall_ms(), &day, &e));
	return day.bytes;
}

/* What is read to compare it counts for the day and for the bandwidth cap, on both sides. */
static void what_a_verification_reads_counts(void **state) {
	struct quirk_world *w = *state;
	struct looking l;
	struct err e;
	int64_t id;
	world_servers(w, &good, &good);
	quirk_fill(w->source, "INBOX", 1, 300);
	assert_int_equal(world_move(w, &id).state, MBOX_SYNCED);
	uint64_t moved = traffic(w, w->source, "anna");
	assert_int_equal(traffic(w, w->target, "anna"), 0);
	assert_true(setting_set(w->store, "rate", "40000", &e));
	mono_ms_t began = mono_ms();
	assert_true(verify(w, id, VERIFY_BODIES, &l));
	mono_ms_t took = mono_ms() - began;
	uint64_t source = traffic(w, w->source, "anna") - moved, target = traffic(w, w->target, "anna");
	print_message("%llu and %llu bytes in %lld ms\n", (unsigned long long)source, (unsigned long long)target,
		      (long long)took);
	assert_true(source > 50000 && target > 50000);
	assert_true(took >= (mono_ms_t)((source + target) / 40) - 1000);
	/* And a day that is used up is one for a verification, too. */
	struct host_rule rule = { .host = "127.0.0.1", .down = 20000 };
	assert_true(setting_set(w->store, "rate", "", &e) && host_rule_set(w->store, &rule, &e));
	assert_false(verify(w, id, VERIFY_BODIES, &l));
	assert_int_equal(l.e.cat, ERR_DAILY_BUDGET);
}

/* A server that takes few at once has not refused the logins of the others. */
static void a_test_makes_way(void **state) {
	static const struct quirk_rule rules[] = {
		{ .verb = "GREETING",
		  .act = QUIRK_BYE,
		  .text = "* BYE Too many connections from your address",
		  .times = 3 },
		{ 0 },
	};
	static const struct quirks crowded = { .rules = rules };
	struct quirk_world *w = *state;
	struct engine_thread t;
	char user[16];
	world_servers(w, &good, &crowded);
	for (int i = 0; i < 6; i++) {
		snprintf(user, sizeof user, "user%d", i);
		world_add(w, w->source, w->target, user, user);
	}
	command(w, CMD_TEST);
	begin(&t, w, 8);
	for (int64_t id = 1; id <= 6; id++)
		for (mono_ms_t limit = mono_ms() + 30000; world_row(w, id).test < TEST_OK && mono_ms() < limit;)
			poll(NULL, 0, 5);
	end(&t);
	for (int64_t id = 1; id <= 6; id++)
		assert_string_equal(world_row(w, id).test_text, "OK");
	assert_int_equal(quirk_fired(w->target, 0), 3);
}

int main(void) {
	const struct CMUnitTest tests[] = {
		WORLD_TEST(a_server_that_is_away_is_waited_for),
		WORLD_TEST(a_wrong_row_fails_soon),
		WORLD_TEST(a_row_that_has_worked_is_given_more_time),
		WORLD_TEST(a_long_wait_is_nobodys_and_is_kept),
		WORLD_TEST(few_descriptors_are_fewer_jobs),
		WORLD_TEST(a_shared_login_is_refused_once),
		WORLD_TEST(a_verification_is_patient),
		WORLD_TEST(what_a_verification_reads_counts),
		WORLD_TEST(a_test_makes_way),
	};
	cmocka_set_test_filter(getenv("MAILVAN_TEST_ONLY"));
	return cmocka_run_group_tests(tests, NULL, NULL);
}
