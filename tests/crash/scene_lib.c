/* SPDX-License-Identifier: MIT
 *
 * scene_lib.c - see scene_lib.h.
 */
#include "tests/crash/scene_lib.h"

#include <ftw.h>
#include <sqlite3.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "core/mailvan.h"

#define QUIET_MS 5000

bool scene_fail(struct scene *s, const char *fmt, ...) {
	va_list ap;
	va_start(ap, fmt);
	vsnprintf(s->why, sizeof s->why, fmt, ap);
	va_end(ap);
	return false;
}

bool scene_open(struct scene *s, const struct scenario *sc, struct nursery *n) {
	const char *tmp = getenv("TMPDIR");
	*s = (struct scene){ .nursery = n, .scenario = sc };
	snprintf(s->dir, sizeof s->dir, "%s/scene.XXXXXX", tmp ? tmp : "/tmp");
	if (!mkdtemp(s->dir))
		return scene_fail(s, "cannot make %s", s->dir);
	snprintf(s->project, sizeof s->project, "%s/project", s->dir);
	s->source = quirk_start(&sc->source);
	s->target = quirk_start(&sc->target);
	if (!s->source || !s->target)
		return scene_fail(s, "the servers do not start");
	s->source_port = quirk_port(s->source);
	s->target_port = quirk_port(s->target);
	return true;
}

static int remove_entry(const char *path, const struct stat *st, int kind, struct FTW *at) {
	(void)st, (void)kind, (void)at;
	return remove(path);
}

void scene_close(struct scene *s) {
	quirk_stop(s->source);
	quirk_stop(s->target);
	nftw(s->dir, remove_entry, 16, FTW_DEPTH | FTW_PHYS);
}

static void endpoint_at(struct endpoint *ep, enum proto proto, uint16_t port, const char *user) {
	endpoint_init(ep);
	snprintf(ep->host, sizeof ep->host, "127.0.0.1");
	snprintf(ep->login, sizeof ep->login, "%s", user);
	ep->proto = proto;
	ep->port = port;
	ep->security = SEC_NONE;
	secret_set(&ep->password, "secret", 6);
}

static bool take_id(void *arg, const struct mailbox_row *row) {
	*(int64_t *)arg = row->id;
	return true;
}

static bool add_row(struct scene *s, struct store *store, struct err *e) {
	struct mailbox_spec *spec = calloc(1, sizeof *spec);
	struct mailbox_query all = { .limit = 1 };
	struct add_result result;
	if (!spec)
		return err_nomem(e);
	snprintf(spec->source_identity, sizeof spec->source_identity, "anna@old.example");
	snprintf(spec->target_identity, sizeof spec->target_identity, "anna@new.example");
	endpoint_at(&spec->source, s->scenario->source.pop3 ? PROTO_POP3 : PROTO_IMAP, s->source_port, "anna");
	endpoint_at(&spec->target, PROTO_IMAP, s->target_port, "anna");
	bool ok = mailboxes_add(store, spec, 1, &result, e) && mailboxes_list(store, &all, take_id, &s->mailbox, e);
	endpoint_clear(&spec->source);
	endpoint_clear(&spec->target);
	free(spec);
	return ok;
}

static bool queue(struct scene *s, struct store *store, struct err *e) {
	struct mailbox_filter only = { .ids = &s->mailbox, .id_count = 1 };
	struct command_result done;
	return command_issue(store, CMD_MIGRATE, &only, "test", &done, e);
}

static bool with_store(struct scene *s, bool (*what)(struct scene *, struct store *, struct err *)) {
	struct err e;
	struct store *store = store_open(s->project, STORE_CREATE, NULL, &e);
	bool ok = store && what(s, store, &e);
	store_close(store);
	return ok || scene_fail(s, "%s", e.text);
}

bool scene_queue(struct scene *s) { return with_store(s, queue); }

static bool add_and_queue(struct scene *s, struct store *store, struct err *e) {
	return add_row(s, store, e) && queue(s, store, e);
}

bool scene_prepare(struct scene *s) {
	s->scenario->fill(s);
	if (!with_store(s, add_and_queue))
		return false;
	if (!s->scenario->change)
		return true;
	if (!scene_run(s))
		return false;
	scene_quiet(s);
	s->scenario->change(s);
	return scene_queue(s);
}

struct engine_order scene_order(const struct scene *s) {
	struct engine_order o = { .settle_ms = s->scenario->settle_ms ? s->scenario->settle_ms : 10,
				  .share_rows = s->scenario->share_rows,
				  .list_rows = s->scenario->list_rows,
				  .idle_ms = s->idle_ms,
				  .commit_ms = s->scenario->commit_ms };
	snprintf(o.project, sizeof o.project, "%s", s->project);
	return o;
}

bool scene_run(struct scene *s) {
	struct engine_order order = scene_order(s);
	order.slot = 1;
	pid_t pid = engine_start(s->nursery, &order);
	int status = pid > 0 ? engine_wait(s->nursery, pid) : -1;
	if (WIFEXITED(status) && WEXITSTATUS(status) == 0)
		return true;
	return scene_fail(s, "an undisturbed engine ended with %#x: %s", (unsigned)status, s->nursery->news[1].error);
}

void scene_quiet(struct scene *s) {
	quirk_idle(s->source, QUIET_MS);
	quirk_idle(s->target, QUIET_MS);
}

bool scene_heal(struct scene *s) {
	if (s->scenario->meddle)
		s->scenario->meddle(s);
	if (!s->scenario->settle_ms)
		scene_quiet(s);
	if (!scene_run(s))
		return false;
	/* The fault may have come when all was done; what has changed since is another migration's. */
	return !s->scenario->meddle || (scene_queue(s) && scene_run(s));
}

static bool read_row(struct scene *s, struct mailbox_row *row) {
	struct err e;
	struct store *store = store_open(s->project, STORE_MUST_EXIST, NULL, &e);
	bool ok = store && mailbox_get(store, s->mailbox, row, &e);
	store_close(store);
	return ok || scene_fail(s, "%s", e.text);
}

bool scene_synced(struct scene *s) {
	struct mailbox_row row;
	return read_row(s, &row) && row.state == MBOX_SYNCED;
}

static bool compare(struct scene *s) {
	quirk_compare(s->source, s->target, s->scenario->same, &s->lost, &s->twice, s->why, sizeof s->why);
	return !s->lost && !s->twice;
}

static bool judge_row(struct scene *s, struct mailbox_row *row) {
	if (!read_row(s, row))
		return false;
	if (row->state != MBOX_SYNCED)
		return scene_fail(s, "the mailbox is %s: %s", mailbox_state_name(row->state), row->error);
	if (!counts_hold(&row->counts))
		return scene_fail(s, "the counts do not add up");
	uint64_t open = row->counts.pending + row->counts.failed + row->counts.skipped;
	return open == 0 || scene_fail(s, "%llu messages were not settled", (unsigned long long)open);
}

/* Counted by the servers. */
static bool judge_second_run(struct scene *s, const struct mailbox_row *before) {
	struct mailbox_row after;
	quirk_forget(s->source);
	quirk_forget(s->target);
	if (!scene_queue(s) || !scene_run(s) || !judge_row(s, &after))
		return false;
	size_t bodies = quirk_count(s->source, "UID FETCH", "BODY.PEEK[]") + quirk_count(s->source, "RETR", NULL) +
			quirk_count(s->target, "UID FETCH", "BODY.PEEK[]");
	size_t appends = quirk_count(s->target, "APPEND", NULL);
	if (bodies || appends)
		return scene_fail(s, "another run fetched bodies %zu times and appended %zu times", bodies, appends);
	return memcmp(&before->counts, &after.counts, sizeof after.counts) == 0 ||
	       scene_fail(s, "another run changed the counts");
}

bool scene_judge(struct scene *s) {
	struct mailbox_row row;
	/* What is wrong with the mail is worse than what is wrong with its row: it is looked for in any case. */
	bool same = compare(s);
	return same && judge_row(s, &row) && judge_second_run(s, &row) && compare(s);
}

bool scene_has_lease(struct scene *s) {
	char path[200];
	sqlite3 *db = NULL;
	sqlite3_stmt *st = NULL;
	snprintf(path, sizeof path, "%s/project.db", s->project);
	bool any = sqlite3_open(path, &db) == SQLITE_OK &&
		   sqlite3_prepare_v2(db, "SELECT 1 FROM lease", -1, &st, NULL) == SQLITE_OK &&
		   sqlite3_step(st) == SQLITE_ROW;
	sqlite3_finalize(st);
	sqlite3_close(db);
	return any;
}

bool scene_age_worker(struct scene *s, unsigned ms, bool here, bool *locked) {
	char path[200], sql[200];
	sqlite3 *db = NULL;
	snprintf(path, sizeof path, "%s/project.db", s->project);
	snprintf(sql, sizeof sql, "UPDATE worker SET beat_wall = beat_wall - %u, beat_mono = beat_mono - %u%s", ms, ms,
		 here ? "" : ", boot = 'another'");
	bool ok = sqlite3_open(path, &db) == SQLITE_OK && sqlite3_exec(db, sql, NULL, NULL, NULL) == SQLITE_OK;
	*locked = sqlite3_errcode(db) == SQLITE_BUSY;
	if (!ok)
		scene_fail(s, "the worker's row: %s", sqlite3_errmsg(db));
	sqlite3_close(db);
	return ok || *locked;
}
