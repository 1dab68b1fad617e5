/* SPDX-License-Identifier: MIT
 *
 * lanes.c - the folders of one mailbox over several pairs of connections.
 *
 * Lane 0 is the mailbox's own thread with its own connections; it alone decides about retries, states and
 * reports. Further lanes are helpers: each takes the next folder that nobody has, and on any trouble beyond the folder
 * gives it back and goes home. Lane 0 does it again then and meets the trouble itself, if it is still there. So a
 * server that allows two connections only is no error, just slower.
 *
 * One folder is in one lane at a time: UIDs, intents and matching stay as simple as with one connection. A large one
 * is offered to further lanes while it is streamed (folder_share.h), and lane 0 opens some for it when that helps.
 */
#include "core/work/lanes_int.h"

#include <stdlib.h>
#include <string.h>

#include "core/work/governor.h"
#include "core/work/opening.h"
#include "core/work/sign_in.h"

#define LOOK_MS 250 /* how often a helper without work looks for some */

/* Helpers do not take what another one gave back: it would only fail once more. */
static bool may_take(const struct share *sh, bool helper, size_t i) {
	return sh->turn[i] == TURN_WAITING || (!helper && sh->turn[i] == TURN_RETURNED);
}

/* With several lanes the largest folder goes first, so that they end together; with one, the source's order stays (and
 * Gmail's \All comes when the others have been seen). */
static bool take(struct share *sh, struct run *r, size_t *index) {
	const uint64_t *rows = sh->plan->rows;
	bool found = false, helper = r->main != NULL;
	for (size_t i = 0; i < sh->plan->src_count && !sh->closing; i++) {
		if (!may_take(sh, helper, i) || (found && (!sh->together || rows[i] <= rows[*index])))
			continue;
		*index = i;
		found = true;
	}
	if (!found)
		return false;
	sh->turn[*index] = TURN_NONE;
	r->starting = sh->plan->rows[*index] >= 2 * SHARE_ROWS;
	sh->starting += r->starting;
	return true;
}

/* No large folder is to be offered by r any more, or it is now. */
static void started(struct share *sh, struct run *r) {
	sh->starting -= r->starting;
	r->starting = false;
	pthread_cond_broadcast(&sh->news);
}

void lanes_offer(struct run *r, struct folder_share *fs) {
	struct share *sh = r->share;
	size_t i = 0;
	pthread_mutex_lock(&sh->lock);
	while (sh->offered[i])
		i++;
	sh->offered[i] = fs;
	started(sh, r);
	pthread_mutex_unlock(&sh->lock);
}

void lanes_withdraw(struct run *r, struct folder_share *fs) {
	struct share *sh = r->share;
	pthread_mutex_lock(&sh->lock);
	for (size_t i = 0; i < LANES_MAX; i++)
		if (sh->offered[i] == fs)
			sh->offered[i] = NULL;
	pthread_mutex_unlock(&sh->lock);
}

static bool take_folder(struct share *sh, struct run *r, size_t *index) {
	pthread_mutex_lock(&sh->lock);
	bool found = take(sh, r, index);
	pthread_mutex_unlock(&sh->lock);
	return found;
}

static bool do_folder(struct share *sh, struct run *r, size_t index, struct err *e) {
	bool ok = folder_run(r, sh->plan, index, e);
	pthread_mutex_lock(&sh->lock);
	started(sh, r);
	pthread_mutex_unlock(&sh->lock);
	return ok;
}

static struct folder_share *join(struct share *sh) {
	for (size_t i = 0; i < LANES_MAX; i++)
		if (sh->offered[i] && folder_share_join(sh->offered[i]))
			return sh->offered[i];
	return NULL;
}

/* May there soon be work for a helper that has none? */
static bool soon(const struct share *sh) {
	return (sh->together && !sh->ready) || sh->starting || lanes_wish(sh) != WISH_NONE;
}

/* A helper's next work: a folder of its own, or a part in one that is offered. False: none, and none is to come. */
static bool next_work(struct share *sh, struct run *r, size_t *index, struct folder_share **fs) {
	bool found = false;
	*fs = NULL;
	pthread_mutex_lock(&sh->lock);
	sh->waiting++;
	while (!sh->closing) {
		found = sh->ready && take(sh, r, index);
		*fs = found ? NULL : join(sh);
		if (found || *fs || !soon(sh))
			break;
		struct timespec until = clock_in_ms(LOOK_MS);
		pthread_cond_timedwait(&sh->news, &sh->lock, &until);
	}
	sh->waiting--;
	pthread_mutex_unlock(&sh->lock);
	return found || *fs;
}

static void give_back(struct share *sh, size_t index) {
	pthread_mutex_lock(&sh->lock);
	sh->turn[index] = TURN_RETURNED;
	pthread_mutex_unlock(&sh->lock);
}

static bool open_helper(struct run *r, struct err *e) {
	struct opening *o = opening_begin(r->store, &r->ctx, &r->dst_ep, false);
	struct err second;
	r->src = sign_in_source(r->store, &r->ctx, &r->src_ep, e);
	r->dst = o	  ? opening_end(o, NULL, NULL, r->src ? e : &second)
		 : r->src ? sign_in_target(r->store, &r->ctx, &r->dst_ep, e)
			  : NULL;
	return r->src && r->dst;
}

static void announce(struct share *sh, bool *what) {
	pthread_mutex_lock(&sh->lock);
	*what = true;
	pthread_cond_broadcast(&sh->news);
	pthread_mutex_unlock(&sh->lock);
}

static void *helper_thread(void *arg) {
	struct lane *l = arg;
	struct share *sh = l->share;
	struct run *r = &l->run;
	struct err e;
	struct folder_share *fs;
	size_t index;
	bool ok = open_helper(r, &e); /* while lane 0 lists and makes the target folders */
	while (ok && run_check(r, &e) && next_work(sh, r, &index, &fs)) {
		ok = fs ? folder_help(r, fs, &e) : do_folder(sh, r, index, &e);
		if (!ok && !fs)
			give_back(sh, index);
	}
	if (!ok && !stop_requested(&r->stop)) {
		run_refused(r, &e);
		log_line(r->cfg->log, LOG_INFO, r->lease.key, "A further pair of connections was given up: %s", e.text);
		announce(sh, &sh->narrow);
	}
	run_close(r, ok);
	announce(sh, &l->ended);
	return NULL;
}

/* A lane takes places at both servers like a mailbox of its own; without room there it is not opened. */
bool lanes_start_helper(struct share *sh) {
	struct lane *l = sh->lane;
	while (l < sh->lane + HELPERS_MAX && l->started)
		l++;
	if (l == sh->lane + HELPERS_MAX || !governor_try_enter(sh->main->governor, &sh->main->lease))
		return false;
	*l = (struct lane){ .share = sh };
	struct run *m = sh->main, *r = &l->run;
	r->admitted = true;
	r->store = m->store;
	r->governor = m->governor;
	r->cfg = m->cfg;
	r->lease = m->lease;
	r->lease_until = m->lease_until;
	r->settle_ms = m->settle_ms;
	r->main = m;
	r->share = sh;
	r->hand = m->hand; /* this is lane 0's thread */
	r->careful = m->careful;
	r->repair = m->repair;
	r->sync = m->sync;
	r->ctx = m->ctx;
	r->ctx.stop = &r->stop;
	/* Borrowed: secrets are not copied, and run_close leaves them alone. */
	r->src_ep = m->src_ep;
	r->dst_ep = m->dst_ep;
	for (size_t i = 0; i < m->suspect_count; i++)
		run_suspect_copy(r, &m->suspects[i]);
	if (!stop_init(&r->stop, &m->stop)) {
		run_retire(r);
		return false;
	}
	l->started = pthread_create(&l->thread, NULL, helper_thread, l) == 0;
	if (!l->started) {
		run_retire(r);
		stop_free(&r->stop);
	}
	return l->started;
}

/* What a helper learnt becomes lane 0's. */
static void join_helper(struct share *sh, struct lane *l) {
	struct run *m = sh->main, *r = &l->run;
	pthread_join(l->thread, NULL);
	l->started = false;
	run_retire(r);
	m->settled += r->settled;
	m->folder_errors |= r->folder_errors;
	for (size_t i = 0; i < r->suspect_count; i++)
		run_suspect_copy(m, &r->suspects[i]);
	free(r->suspects);
	free(r->refusing);
	stop_free(&r->stop);
}

/* Wait for the next helper to end. False: none is left. */
static bool join_next(struct share *sh) {
	struct lane *ended = NULL;
	bool any = false;
	struct timespec until = clock_in_ms(200);
	pthread_mutex_lock(&sh->lock);
	for (bool waited = false;; waited = true) {
		any = false;
		for (unsigned i = 0; i < HELPERS_MAX; i++) {
			any |= sh->lane[i].started;
			if (sh->lane[i].started && sh->lane[i].ended)
				ended = &sh->lane[i];
		}
		if (ended || !any || waited)
			break;
		pthread_cond_timedwait(&sh->news, &sh->lock, &until);
	}
	pthread_mutex_unlock(&sh->lock);
	if (ended)
		join_helper(sh, ended);
	return any;
}

/* Lane 0: its share of the folders, then whatever the helpers leave. */
static bool run_main(struct share *sh, struct err *e) {
	struct run *r = sh->main;
	size_t index;
	for (;;) {
		while (take_folder(sh, r, &index)) {
			if (!run_check(r, e))
				return false;
			run_set_state(r, MBOX_COPYING, NULL);
			if (!do_folder(sh, r, index, e))
				return false;
			run_report(r, false);
		}
		if (!run_check(r, e))
			return false;
		if (!join_next(sh))
			return true;
		lanes_look(r);
		run_report(r, false);
	}
}

static void stop_helpers(struct share *sh) {
	int reason = stop_requested(&sh->main->stop);
	announce(sh, &sh->closing);
	for (unsigned i = 0; i < HELPERS_MAX; i++)
		if (sh->lane[i].started)
			stop_request(&sh->lane[i].run.stop, reason ? reason : STOP_SHUTDOWN);
	while (join_next(sh)) {
	}
}

/* The first of them, with all that is known by now. */
static void open_helpers(struct share *sh, unsigned lanes) {
	while (1 + sh->opened < lanes_at_first(sh->main, lanes) && lanes_start_helper(sh))
		sh->opened++;
}

static bool make_folders(struct share *sh, unsigned lanes, const bool *needs, struct err *e) {
	struct run *r = sh->main;
	if (!sh->plan->mapped && !plan_targets(r, sh->plan, e))
		return false;
	open_helpers(sh, lanes); /* the target is known now */
	if (!plan_make(r, sh->plan, needs, e))
		return false;
	announce(sh, &sh->ready);
	return true;
}

bool lanes_run(struct run *r, struct plan *p, const bool *needs, unsigned lanes, bool ahead, struct err *e) {
	struct share *sh = calloc(1, sizeof *sh);
	if (!sh)
		return err_nomem(e);
	sh->main = r;
	sh->plan = p;
	sh->together = lanes > 1;
	sh->begun = mono_ms();
	sh->taken_before = atomic_load(&r->progress.messages);
	sh->turn = calloc(p->src_count + 1, 1);
	r->share = sh;
	bool ok = sh->turn || err_nomem(e);
	pthread_mutex_init(&sh->lock, NULL);
	pthread_cond_init(&sh->news, NULL);
	for (size_t i = 0; ok && i < p->src_count; i++)
		sh->turn[i] = needs[i] ? TURN_WAITING : TURN_NONE;
	if (ok)
		open_helpers(sh, lanes);
	ok = ok && (!(sh->together || ahead) || make_folders(sh, lanes, needs, e)) && run_main(sh, e);
	if (!ok)
		stop_helpers(sh);
	pthread_cond_destroy(&sh->news);
	pthread_mutex_destroy(&sh->lock);
	r->share = NULL;
	free(sh->turn);
	free(sh);
	return ok;
}
