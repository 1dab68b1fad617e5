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

#include "core/store/dead_letters.h"
#include "core/store/settings.h"
#include "core/work/lanes.h"
#include "core/work/non_mail.h"
#include "core/work/opening.h"
#include "core/work/sign_in.h"
#include "core/work/sync.h"

#define LANE_MESSAGES 100 /* a lane costs two logins: worth it for so many messages */

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

void run_suspect_copy(struct run *r, const struct suspect *from) {
	run_suspect_add(r, from->folder, from->uid);
	struct suspect *s = run_suspect(r, from->folder, from->uid);
	if (s && s->deaths < from->deaths)
		s->deaths = from->deaths;
	if (s && s->source_deaths < from->source_deaths)
		s->source_deaths = from->source_deaths;
	if (s) {
		s->refused |= from->refused;
		s->refused_before = from->refused_before;
	}
}

void run_close(struct run *r, bool polite) {
	struct err e;
	run_count_bytes(r);
	r->seen_in = r->seen_out = 0;
	if (r->opening && !r->dst)
		r->dst = opening_end(r->opening, NULL, NULL, &e);
	r->opening = NULL;
	if (r->src)
		r->src->ops->close(r->src, polite);
	if (r->dst)
		r->dst->ops->close(r->dst, polite);
	r->src = NULL;
	r->dst = NULL;
}

static bool open_source(struct run *r, struct err *e) {
	r->src = sign_in_source(r->store, &r->ctx, &r->src_ep, e);
	if (!r->src)
		return err_prefix(e, "Source");
	run_reached(r, ERR_SIDE_SOURCE);
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
	if (!ledger_flush(r->store, &r->lease, e) ||
	    !mailbox_folders(r->store, r->lease.mailbox, on_lost_folder, &l, e))
		return false;
	for (size_t i = 0; i < l.count; i++)
		/* Should the folder come back it is listed whole, and what is listed is not gone. */
		if (!vanish_rows(r, l.folders[i], e) ||
		    !ledger_folder_enumerated(r->store, &r->lease, l.folders[i], 0, 0, 0, e))
			return false;
	return true;
}

/* Which folders have anything to do, and how many messages that may be. */
static bool look_at_folders(struct run *r, struct plan *p, bool *needs, uint64_t *folders, uint64_t *messages,
			    struct err *e) {
	bool cheap = r->src->ops->caps(r->src) & SOURCE_FOLDERS;
	for (size_t i = 0; i < p->src_count; i++) {
		needs[i] = true;
		p->rows[i] = p->src[i].status_known ? p->src[i].messages : LANE_MESSAGES;
		/* For Gmail every folder is listed, so that \All knows what the others hold. */
		if (cheap && !r->gmail && !folder_needs_work(r, &p->src[i], &needs[i], &p->rows[i], e))
			return false;
		if (!needs[i])
			continue;
		*folders += 1;
		*messages += p->rows[i];
	}
	return true;
}

/* Lanes of this mailbox to begin with: none too many for its work. A large folder gets more while it is copied. */
static unsigned lanes_for(struct run *r, uint64_t folders, uint64_t messages) {
	uint64_t most = lanes_allowed(r);
	if (most > folders)
		most = folders;
	if (most > messages / LANE_MESSAGES + 1)
		most = messages / LANE_MESSAGES + 1;
	return (unsigned)most;
}

/* Its folders will all be needed: made at once they cost a few round trips, not two for each. What Gmail's \All is
 * needed for shows at the end only. */
static bool is_new(struct run *r, uint64_t folders) {
	struct mailbox_row row;
	struct err e;
	return folders > 1 && !r->gmail && mailbox_get(r->store, r->lease.mailbox, &row, &e) && row.counts.source == 0;
}

static bool all_folders(struct run *r, struct plan *p, struct err *e) {
	bool *needs = calloc(p->src_count + 1, sizeof *needs);
	uint64_t folders = 0, messages = 0;
	bool ok = needs ? look_at_folders(r, p, needs, &folders, &messages, e) : err_nomem(e);
	run_folders_begin(r, folders);
	if (ok && folders > 0)
		ok = lanes_run(r, p, needs, lanes_for(r, folders, messages), is_new(r, folders), e);
	free(needs);
	return ok;
}

/* Work is waiting, or nobody knows: then the target is opened while the source is. */
static void open_target_early(struct run *r) {
	struct mailbox_row row;
	struct err e;
	if (!r->dst && mailbox_get(r->store, r->lease.mailbox, &row, &e) &&
	    (row.counts.source == 0 || row.counts.pending > 0))
		r->opening = opening_begin(r->store, &r->ctx, &r->dst_ep, true);
}

static bool attempt(struct run *r, struct err *e) {
	struct plan plan = { 0 };
	r->folder_errors = false;
	open_target_early(r);
	bool ok = open_source(r, e) && plan_sources(r, &plan, e) && sync_before(r, &plan, e) &&
		  all_folders(r, &plan, e) && account_lost_folders(r, &plan, e) &&
		  ledger_flush(r->store, &r->lease, e) &&
		  dead_letters_tidy(r->store, r->lease.mailbox, e) && sync_after(r, &plan, e) && alarms_judge(r, e);
	plan_free(&plan);
	/* QUIT would tell Gmail's POP3 server that everything was taken: only when it was. */
	run_close(r, ok);
	return ok;
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
	if (r->put_off) {
		run_put_off(r, e);
		return;
	}
	/* The program's trouble (its disk, its directory, memory): the mailbox waits for the next worker. An INPUT is
	 * in what belongs to the mailbox, and would stop that one as well. */
	if (e->scope == ERR_SCOPE_PROGRAM && e->cat != ERR_INPUT) {
		run_set_state(r, MBOX_QUEUED, e);
		return;
	}
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

static bool read_repair(struct run *r, struct err *e) {
	char mode[16];
	if (!setting_get(r->store, "repair", mode, sizeof mode, REPAIR_MODE_DEFAULT, e))
		return false;
	return repair_mode_parse(mode, &r->repair) ||
	       err_set(e, ERR_INPUT, "The project's setting repair is \"%s\"; it can be off, safe or all", mode);
}

static bool read_non_mail(struct run *r, struct err *e) {
	char what[16];
	if (!setting_get(r->store, "non-mail", what, sizeof what, NON_MAIL_DEFAULT, e))
		return false;
	r->non_mail = strcmp(what, "copy") == 0;
	return true;
}

static bool prepare(struct run *r, struct err *e) {
	bool ok = mailbox_endpoints(r->store, r->lease.mailbox, &r->src_ep, &r->dst_ep, e) &&
		  mailbox_source_root(r->store, r->lease.mailbox, r->source_root, sizeof r->source_root, e) &&
		  setting_get(r->store, "skip_folders", r->skip_folders, sizeof r->skip_folders, "", e) &&
		  read_repair(r, e) && read_non_mail(r, e) &&
		  sync_settings_get(r->store, &r->sync, e);
	/* add refuses such a row; the project's target may have been set since. */
	if (ok && strcmp(r->lease.key, r->lease.source_key) == 0)
		ok = err_set(e, ERR_INPUT,
			     "Source and target are the same mailbox: one server, port and login; correct one of them");
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
	r->wait_since = r->lease.wait_since;
	r->wait_rounds = r->lease.wait_rounds;
	pthread_mutex_init(&r->voice, NULL);
	run_set_state(r, MBOX_CONNECTING, NULL);
	bool ok = prepare(r, &e);
	while (ok) {
		ok = attempt(r, &e);
		if (ok || !run_again(r, &patience, &e))
			break;
		ok = true;
	}
	if (e.scope == ERR_SCOPE_PROGRAM && !ok)
		r->fatal = e;
	if (!ok && !r->put_off && e.cat != ERR_CANCELLED)
		log_line(r->cfg->log, LOG_ERROR, r->lease.key, "%s", e.text);
	run_retire(r);
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
	free(r->refusing);
	free(r->notes);
	pthread_mutex_destroy(&r->voice);
	atomic_store(&r->done, true);
}
