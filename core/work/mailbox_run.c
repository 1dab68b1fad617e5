/* SPDX-License-Identifier: MIT
 *
 * mailbox_run.c - one mailbox from the first connection to its final state.
 *
 * An attempt opens the source, goes through the folders and ends well or with an error. The error's
 * scope and retry class alone decide what comes next: at once again, later, or never.
 */
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "core/store/settings.h"
#include "core/work/run.h"

#define NOW_MAX 5	       /* immediate reconnects without any progress between them */
#define LATER_MAX_CONNECTED 12 /* waits without progress, for a server that has worked in this run */
#define LATER_MAX_NEVER 3      /* ... for one that has not */
#define WAIT_MAX_MS (15 * 60 * 1000)
#define CAREFUL_AFTER 3 /* deaths without progress before messages go one by one */
#define THROTTLE_LIMIT_MS (24LL * 3600 * 1000)

struct suspect *run_suspect(struct run *r, int64_t folder, uint32_t uid) {
	for (size_t i = 0; i < r->suspect_count; i++)
		if (r->suspects[i].folder == folder && r->suspects[i].uid == uid)
			return &r->suspects[i];
	return NULL;
}

void run_suspect_add(struct run *r, int64_t folder, uint32_t uid) {
	if (run_suspect(r, folder, uid) || r->suspect_count == SUSPECTS_MAX)
		return;
	if (!r->suspects)
		r->suspects = calloc(SUSPECTS_MAX, sizeof *r->suspects);
	if (r->suspects)
		r->suspects[r->suspect_count++] = (struct suspect){ .folder = folder, .uid = uid };
}

static void close_both(struct run *r, bool polite) {
	if (r->src)
		r->src->ops->close(r->src, polite);
	if (r->dst)
		r->dst->ops->close(r->dst, polite);
	r->src = NULL;
	r->dst = NULL;
}

static bool open_source(struct run *r, struct err *e) {
	r->src = source_open(&r->ctx, &r->src_ep, e);
	if (!r->src)
		return err_prefix(e, "Source");
	r->was_connected = true;
	gmail_free(r->gmail);
	r->gmail = NULL;
	if (r->src->ops->caps(r->src) & SOURCE_GMAIL) {
		r->gmail = gmail_new();
		if (!r->gmail)
			return err_nomem(e);
	}
	return true;
}

struct lost {
	const struct plan *plan;
	int64_t folders[256];
	size_t count;
};

static bool on_lost_folder(void *arg, const struct folder_row *row) {
	struct lost *l = arg;
	if (row->counts.pending == 0)
		return true;
	for (size_t i = 0; i < l->plan->src_count; i++)
		if (strcmp(l->plan->src[i].display, row->source) == 0)
			return true;
	l->folders[l->count++] = row->id;
	return l->count < sizeof l->folders / sizeof *l->folders;
}

static bool vanish_rows(struct run *r, int64_t folder, struct err *e) {
	enum { ROWS = 64 };
	struct ledger_row *rows = calloc(ROWS, sizeof *rows);
	struct ledger_change changes[ROWS];
	uint32_t after = 0;
	size_t n = 0;
	bool ok = rows || err_nomem(e);
	while (ok) {
		ok = ledger_rows(r->store, folder, after, 1u << MSG_PENDING | 1u << MSG_INTENT, rows, ROWS, &n, e);
		if (!ok || n == 0)
			break;
		for (size_t i = 0; i < n; i++)
			changes[i] = (struct ledger_change){ .uid = rows[i].uid,
							     .state = MSG_VANISHED,
							     .cat = ERR_VANISHED,
							     .text = "The folder is gone from the source" };
		after = rows[n - 1].uid;
		ok = ledger_change(r->store, &r->lease, folder, changes, n, e);
	}
	free(rows);
	return ok;
}

/* Rows of folders that the source no longer lists can never be copied: they are named as vanished. */
static bool account_lost_folders(struct run *r, const struct plan *p, struct err *e) {
	struct lost l = { .plan = p };
	if (!store_flush(r->store, e) || !mailbox_folders(r->store, r->lease.mailbox, on_lost_folder, &l, e))
		return false;
	for (size_t i = 0; i < l.count; i++)
		if (!vanish_rows(r, l.folders[i], e))
			return false;
	return true;
}

static bool all_folders(struct run *r, struct plan *p, struct err *e) {
	bool cheap = r->src->ops->caps(r->src) & SOURCE_FOLDERS;
	for (size_t i = 0; i < p->src_count; i++) {
		bool needs = true;
		if (!run_check(r, e))
			return false;
		/* For Gmail every folder is listed, so that \All knows what the others hold. */
		if (cheap && !r->gmail && !folder_needs_work(r, &p->src[i], &needs, e))
			return false;
		if (!needs)
			continue;
		run_set_state(r, MBOX_COPYING, NULL);
		if (!folder_run(r, p, i, e))
			return false;
		run_report(r, false);
	}
	return true;
}

static bool attempt(struct run *r, struct err *e) {
	struct plan plan = { 0 };
	r->folder_errors = false;
	bool ok = open_source(r, e) && plan_sources(r, &plan, e) && all_folders(r, &plan, e) &&
		  account_lost_folders(r, &plan, e) && store_flush(r->store, e);
	plan_free(&plan);
	/* QUIT would tell Gmail's POP3 server that everything was taken: only when it was. */
	close_both(r, ok);
	return ok;
}

struct patience {
	unsigned now, later, deaths;
	uint64_t settled;
	mono_ms_t throttled_since;
};

static void reset_on_progress(struct run *r, struct patience *p) {
	if (r->settled == p->settled)
		return;
	*p = (struct patience){ .settled = r->settled };
}

static bool is_throttle(const struct err *e) {
	return e->cat == ERR_THROTTLED || e->cat == ERR_CONN_LIMIT || e->cat == ERR_DAILY_BUDGET;
}

/* 2, 4, 8 ... seconds, or what the server asked for, and never more than 15 minutes. */
static unsigned wait_for(const struct err *e, unsigned round) {
	unsigned ms = e->wait_ms ? e->wait_ms : 1000u << (round < 10 ? round : 10);
	return ms > WAIT_MAX_MS ? WAIT_MAX_MS : ms;
}

static bool wait_and_see(struct run *r, struct patience *p, const struct err *why, struct err *e) {
	unsigned ms = wait_for(why, p->later);
	wall_ms_t until = wall_ms() + ms;
	if (is_throttle(why)) {
		run_throttled(r, until, why);
	} else {
		struct err shown = *why;
		char at[16];
		time_t t = (time_t)(until / 1000);
		struct tm tm;
		strftime(at, sizeof at, "%H:%M:%S", localtime_r(&t, &tm));
		err_prefix(&shown, "Next try at %s", at);
		run_set_state(r, MBOX_CONNECTING, &shown);
	}
	atomic_store(&r->sleeping, true);
	bool ok = run_sleep(r, ms, e);
	atomic_store(&r->sleeping, false);
	if (ok)
		run_set_state(r, MBOX_CONNECTING, NULL);
	return ok;
}

/* True: try again. False: *e is final. */
static bool try_again(struct run *r, struct patience *p, struct err *e) {
	struct err why = *e;
	reset_on_progress(r, p);
	if (why.cat == ERR_CANCELLED || why.cat == ERR_LEASE_LOST || why.retry == ERR_RETRY_NEVER ||
	    why.scope == ERR_SCOPE_PROGRAM)
		return false;
	if (++p->deaths >= CAREFUL_AFTER)
		r->careful = true;
	log_line(r->cfg->log, LOG_WARN, r->lease.key, "%s", why.text);
	if (why.retry == ERR_RETRY_NOW && p->now++ < NOW_MAX)
		return run_sleep(r, 100, e);
	if (is_throttle(&why)) {
		if (!p->throttled_since)
			p->throttled_since = mono_ms();
		if (mono_ms() - p->throttled_since > THROTTLE_LIMIT_MS)
			return false;
	} else if (p->later >= (r->was_connected ? LATER_MAX_CONNECTED : LATER_MAX_NEVER)) {
		return false;
	}
	p->later++;
	return wait_and_see(r, p, &why, e);
}

static void finish_ok(struct run *r) {
	struct mailbox_row row;
	struct err e;
	if (!mailbox_get(r->store, r->lease.mailbox, &row, &e)) {
		run_set_state(r, MBOX_FAILED, &e);
		return;
	}
	uint64_t missing = row.counts.failed + row.counts.pending;
	if (missing) {
		err_set(&e, ERR_BAD_CONTENT, "%llu of %llu messages were not copied; Properties and report name them",
			(unsigned long long)missing, (unsigned long long)row.counts.source);
		run_set_state(r, MBOX_SYNCED_WITH_GAPS, &e);
	} else if (r->folder_errors) {
		err_set(&e, ERR_FOLDER_NAME, "A folder could not be copied completely; Properties and report name it");
		run_set_state(r, MBOX_SYNCED_WITH_GAPS, &e);
	} else {
		run_set_state(r, MBOX_SYNCED, NULL);
	}
}

static void finish_failed(struct run *r, const struct err *e) {
	if (e->cat == ERR_LEASE_LOST)
		return; /* the row belongs to someone else now */
	if (e->cat != ERR_CANCELLED) {
		run_set_state(r, MBOX_FAILED, e);
		return;
	}
	switch (stop_requested(&r->stop)) {
	case STOP_PAUSED:
		run_set_state(r, MBOX_PAUSED, NULL);
		break;
	case STOP_SHUTDOWN:
		run_set_state(r, MBOX_QUEUED, NULL);
		break;
	default:
		run_set_state(r, MBOX_STOPPED, NULL);
	}
}

static bool prepare(struct run *r, struct err *e) {
	bool ok = mailbox_endpoints(r->store, r->lease.mailbox, &r->src_ep, &r->dst_ep, e) &&
		  mailbox_source_root(r->store, r->lease.mailbox, r->source_root, sizeof r->source_root, e) &&
		  setting_get(r->store, "skip_folders", r->skip_folders, sizeof r->skip_folders, "", e);
	/* A row that lacks something is this mailbox's trouble, not the program's. */
	if (!ok && e->cat == ERR_INPUT)
		e->scope = ERR_SCOPE_MAILBOX;
	return ok;
}

void mailbox_run(struct run *r) {
	struct patience patience = { 0 };
	struct err e;
	err_clear(&e);
	endpoint_init(&r->src_ep);
	endpoint_init(&r->dst_ep);
	r->state = MBOX_QUEUED;
	run_set_state(r, MBOX_CONNECTING, NULL);
	bool ok = prepare(r, &e);
	while (ok) {
		ok = attempt(r, &e);
		if (ok || !try_again(r, &patience, &e))
			break;
		ok = true;
	}
	if (e.scope == ERR_SCOPE_PROGRAM && !ok)
		r->fatal = e;
	if (!ok && e.cat != ERR_CANCELLED)
		log_line(r->cfg->log, LOG_ERROR, r->lease.key, "%s", e.text);
	if (ok)
		finish_ok(r);
	else
		finish_failed(r, &e);
	run_report(r, true);
	const struct engine_callbacks *cb = &r->cfg->callbacks;
	if (cb->finished)
		cb->finished(cb->arg, r->lease.mailbox, r->state);
	endpoint_clear(&r->src_ep);
	endpoint_clear(&r->dst_ep);
	gmail_free(r->gmail);
	free(r->suspects);
	atomic_store(&r->done, true);
}
