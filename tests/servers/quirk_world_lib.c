/* SPDX-License-Identifier: MIT
 *
 * quirk_world_lib.c - see quirk_world_lib.h.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <ftw.h>
#include <sodium.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "tests/servers/quirk_world_lib.h"

static void on_state(void *arg, int64_t mailbox, enum mailbox_state state, const struct err *why) {
	struct quirk_world *w = arg;
	(void)mailbox;
	pthread_mutex_lock(&w->mu);
	w->states |= 1u << state;
	if (why)
		print_message("%s: %s\n", mailbox_state_name(state), why->text);
	pthread_mutex_unlock(&w->mu);
}

static void on_progress(void *arg, int64_t mailbox, const struct counts *c, uint64_t bytes, double rate) {
	struct quirk_world *w = arg;
	(void)mailbox, (void)bytes, (void)rate;
	pthread_mutex_lock(&w->mu);
	w->counts_broken |= !counts_hold(c);
	pthread_mutex_unlock(&w->mu);
}

static void on_folder(void *arg, int64_t mailbox, const char *source, const char *target, bool renamed) {
	struct quirk_world *w = arg;
	(void)mailbox;
	pthread_mutex_lock(&w->mu);
	if (w->folder_count < WORLD_EVENTS_MAX) {
		struct world_folder *f = &w->folders[w->folder_count++];
		snprintf(f->source, sizeof f->source, "%s", source);
		snprintf(f->target, sizeof f->target, "%s", target);
		f->renamed = renamed;
	}
	pthread_mutex_unlock(&w->mu);
}

static void on_message(void *arg, int64_t mailbox, const char *folder, uint32_t uid, enum msg_state state,
		       const struct err *why) {
	struct quirk_world *w = arg;
	pthread_mutex_lock(&w->mu);
	print_message("%s %u: state %d: %s\n", folder, uid, state, why->text);
	if (w->message_count < WORLD_EVENTS_MAX) {
		struct world_message *m = &w->messages[w->message_count++];
		*m = (struct world_message){ .mailbox = mailbox, .uid = uid, .state = state, .cat = why->cat };
		snprintf(m->folder, sizeof m->folder, "%s", folder);
		snprintf(m->text, sizeof m->text, "%s", why->text);
	}
	pthread_mutex_unlock(&w->mu);
}

int world_open(void **state) {
	struct quirk_world *w = calloc(1, sizeof *w);
	char path[96];
	struct err e;
	assert_non_null(w);
	w->profile = *state;
	*state = w;
	assert_true(sodium_init() >= 0);
	w->settle_ms = 50;
	w->jobs = 4;
	pthread_mutex_init(&w->mu, NULL);
	snprintf(w->dir, sizeof w->dir, "/tmp/mailvan-quirk.XXXXXX");
	assert_non_null(mkdtemp(w->dir));
	snprintf(path, sizeof path, "%s/project", w->dir);
	w->store = store_open(path, STORE_CREATE, NULL, &e);
	if (!w->store)
		fail_msg("%s", e.text);
	if (getenv("MAILVAN_TEST_LOG"))
		w->log = log_open(NULL, LOG_DEBUG, &e);
	w->net = net_new(w->log, &e);
	assert_non_null(w->net);
	return 0;
}

static int remove_entry(const char *path, const struct stat *st, int kind, struct FTW *at) {
	(void)st, (void)kind, (void)at;
	return remove(path);
}

int world_close(void **state) {
	struct quirk_world *w = *state;
	if (getenv("MAILVAN_TEST_LOG") && w->target) {
		fputs("--- source\n", stderr);
		quirk_print_log(w->source, stderr);
		fputs("--- target\n", stderr);
		quirk_print_log(w->target, stderr);
	}
	quirk_stop(w->source);
	quirk_stop(w->target);
	net_free(w->net);
	log_close(w->log);
	store_close(w->store);
	pthread_mutex_destroy(&w->mu);
	int rc = nftw(w->dir, remove_entry, 16, FTW_DEPTH | FTW_PHYS);
	free(w);
	return rc;
}

void world_servers(struct quirk_world *w, const struct quirks *source, const struct quirks *target) {
	w->source = quirk_start(source);
	w->target = quirk_start(target);
	assert_non_null(w->source);
	assert_non_null(w->target);
}

void world_endpoint(struct endpoint *ep, const struct quirk_server *s, const char *user) {
	endpoint_init(ep);
	snprintf(ep->host, sizeof ep->host, "127.0.0.1");
	ep->port = quirk_port(s);
	ep->proto = quirk_speaks_pop3(s) ? PROTO_POP3 : PROTO_IMAP;
	ep->security = SEC_NONE;
	snprintf(ep->login, sizeof ep->login, "%s", user);
	assert_true(secret_set(&ep->password, "secret", 6));
}

static bool take_id(void *arg, const struct mailbox_row *row) {
	*(int64_t *)arg = row->id;
	return true;
}

int64_t world_add(struct quirk_world *w, struct quirk_server *from, struct quirk_server *to, const char *user,
		  const char *account) {
	struct mailbox_spec *spec = calloc(1, sizeof *spec);
	struct mailbox_query q = { .sort = SORT_ID, .descending = true, .limit = 1 };
	struct add_result result;
	struct err e;
	int64_t id = 0;
	assert_non_null(spec);
	snprintf(spec->source_identity, sizeof spec->source_identity, "%s@old.example", user);
	snprintf(spec->target_identity, sizeof spec->target_identity, "%s@new.example", account);
	world_endpoint(&spec->source, from, user);
	world_endpoint(&spec->target, to, account);
	if (!mailboxes_add(w->store, spec, 1, &result, &e))
		fail_msg("%s", e.text);
	assert_int_equal(result.added, 1);
	endpoint_clear(&spec->source);
	endpoint_clear(&spec->target);
	free(spec);
	assert_true(mailboxes_list(w->store, &q, take_id, &id, &e));
	return id;
}

struct mailbox_row world_row(struct quirk_world *w, int64_t id) {
	struct mailbox_row row;
	struct err e;
	if (!mailbox_get(w->store, id, &row, &e))
		fail_msg("%s", e.text);
	if (!counts_hold(&row.counts))
		fail_msg("the counts of mailbox %lld do not add up", (long long)id);
	return row;
}

struct mailbox_row world_command(struct quirk_world *w, enum command c, int64_t id) {
	struct mailbox_filter only = { .ids = id ? &id : NULL, .id_count = id ? 1 : 0 };
	struct engine_callbacks cb = { .arg = w,
				       .state = on_state,
				       .progress = on_progress,
				       .folder = on_folder,
				       .message = on_message };
	struct engine_config config = { .jobs = w->jobs,
					.settle_ms = w->settle_ms,
					.share_rows = w->share_rows,
					.drain = true,
					.only = &only,
					.net = w->net,
					.log = w->log,
					.stop = &w->stop,
					.callbacks = cb };
	struct command_result done;
	struct err e;
	w->message_count = w->folder_count = 0;
	w->states = 0;
	assert_true(stop_init(&w->stop, NULL));
	if (!command_issue(w->store, c, &only, "test", &done, &e))
		fail_msg("%s", e.text);
	w->engine_failed = !engine_run(w->store, &config, &w->engine_error);
	stop_free(&w->stop);
	assert_false(w->counts_broken);
	return id ? world_row(w, id) : (struct mailbox_row){ 0 };
}

struct mailbox_row world_migrate(struct quirk_world *w, int64_t id) {
	struct mailbox_row row = world_command(w, CMD_MIGRATE, id);
	if (w->engine_failed)
		fail_msg("%s", w->engine_error.text);
	return row;
}

struct mailbox_row world_move(struct quirk_world *w, int64_t *id) {
	*id = world_add(w, w->source, w->target, "anna", "anna");
	return world_migrate(w, *id);
}

void world_assert_same(struct quirk_world *w, unsigned what) {
	char why[512];
	if (!quirk_same(w->source, w->target, what, why, sizeof why))
		fail_msg("%s", why);
}

/* Everything that changes a mailbox, whatever the allow-list of the source says. */
static void assert_only_read(struct quirk_server *s) {
	static const char *const verbs[] = { "STORE",	"UID STORE", "COPY",	    "UID COPY",	  "MOVE",   "UID MOVE",
					     "EXPUNGE", "CLOSE",     "UID EXPUNGE", "APPEND",	  "CREATE", "DELETE",
					     "RENAME",	"SELECT",    "SUBSCRIBE",   "UNSUBSCRIBE" };
	for (size_t i = 0; i < sizeof verbs / sizeof *verbs; i++)
		if (quirk_count(s, verbs[i], NULL))
			fail_msg("the source got %s", verbs[i]);
	assert_int_equal(quirk_count(s, "UID FETCH", "BODY["), 0); /* would set \Seen */
}

void world_assert_done(struct quirk_world *w, int64_t id, unsigned what) {
	struct mailbox_row before = world_row(w, id);
	world_assert_same(w, what);
	assert_only_read(w->source);
	assert_int_equal(quirk_count(w->target, "CREATE", "pwned"), 0);
	quirk_forget(w->source);
	quirk_forget(w->target);
	struct mailbox_row after = world_migrate(w, id);
	assert_int_equal(quirk_count(w->source, "UID FETCH", "BODY.PEEK[]"), 0);
	assert_int_equal(quirk_count(w->target, "APPEND", NULL), 0);
	assert_memory_equal(&after.counts, &before.counts, sizeof after.counts);
	world_assert_same(w, what);
}

void world_assert_tried_again(struct quirk_world *w, int64_t id) {
	uint64_t failed = world_row(w, id).counts.failed;
	quirk_forget(w->target);
	assert_int_equal(world_migrate(w, id).counts.failed, failed);
	assert_true(quirk_count(w->target, "APPEND", NULL) > 0);
}

const struct world_message *world_only_message(struct quirk_world *w) {
	assert_int_equal(w->message_count, 1);
	return &w->messages[0];
}
