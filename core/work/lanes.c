/* SPDX-License-Identifier: MIT
 *
 * lanes.c - the folders of one mailbox over several pairs of connections.
 *
 * Lane 0 is the mailbox's own thread with its own connections; it alone decides about retries, states and
 * reports. Further lanes are helpers: each takes the next folder that nobody has, and on any trouble beyond the folder
 * gives it back and goes home. Lane 0 does it again then and meets the trouble itself, if it is still there. So a
 * server that allows two connections only is no error, just slower.
 *
 * One folder is in one lane at a time: UIDs, intents and matching stay as simple as with one connection.
 */
#include "core/work/lanes.h"

#include <stdlib.h>
#include <string.h>

#include "core/work/governor.h"
#include "core/work/opening.h"
#include "core/work/sign_in.h"

#define HELPERS_MAX (LANES_MAX - 1)

enum folder_turn { TURN_NONE, TURN_WAITING, TURN_RETURNED };

struct lane {
	pthread_t thread;
	struct share *share;
	struct run run;
	bool started, ended;
};

struct share {
	pthread_mutex_t lock;
	pthread_cond_t news; /* a helper has ended; the folders can be had; closing */
	struct run *main;
	struct plan *plan;
	unsigned char *turn; /* enum folder_turn by source folder */
	bool largest_first;  /* never changes once there are helpers */
	bool ready;	     /* the plan is mapped and its target folders are made: folders can be had */
	bool closing;
	struct lane lane[HELPERS_MAX];
	unsigned helpers;
};

/* Helpers do not take what another one gave back: it would only fail once more. */
static bool may_take(const struct share *sh, bool helper, size_t i) {
	return sh->turn[i] == TURN_WAITING || (!helper && sh->turn[i] == TURN_RETURNED);
}

/* With several lanes the largest folder goes first, so that they end together; with one, the source's order stays (and
 * Gmail's \All comes when the others have been seen). */
static bool take(struct share *sh, bool helper, size_t *index) {
	const struct folder_info *f = sh->plan->src;
	bool found = false;
	pthread_mutex_lock(&sh->lock);
	for (size_t i = 0; i < sh->plan->src_count && !sh->closing; i++) {
		if (!may_take(sh, helper, i) || (found && (!sh->largest_first || f[i].messages <= f[*index].messages)))
			continue;
		*index = i;
		found = true;
	}
	if (found)
		sh->turn[*index] = TURN_NONE;
	pthread_mutex_unlock(&sh->lock);
	return found;
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

/* Helpers log in while lane 0 lists and makes the target folders. */
static void await_folders(struct share *sh) {
	pthread_mutex_lock(&sh->lock);
	while (!sh->ready && !sh->closing)
		pthread_cond_wait(&sh->news, &sh->lock);
	pthread_mutex_unlock(&sh->lock);
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
	size_t index;
	bool ok = open_helper(r, &e);
	if (ok)
		await_folders(sh);
	while (ok && run_check(r, &e) && take(sh, true, &index)) {
		ok = folder_run(r, sh->plan, index, &e);
		if (!ok)
			give_back(sh, index);
	}
	if (!ok && !stop_requested(&r->stop)) {
		run_refused(r, &e);
		log_line(r->cfg->log, LOG_INFO, r->lease.key, "A further pair of connections was given up: %s", e.text);
	}
	run_close(r, ok);
	announce(sh, &l->ended);
	return NULL;
}

/* A lane takes places at both servers like a mailbox of its own; without room there it is not opened. */
static bool start_helper(struct share *sh, struct lane *l) {
	struct run *m = sh->main, *r = &l->run;
	if (!governor_try_enter(m->governor, &m->lease))
		return false;
	r->admitted = true;
	l->share = sh;
	r->store = m->store;
	r->governor = m->governor;
	r->cfg = m->cfg;
	r->lease = m->lease;
	r->lease_until = m->lease_until;
	r->settle_ms = m->settle_ms;
	r->main = m;
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
	struct timespec until;
	clock_gettime(CLOCK_REALTIME, &until);
	until.tv_nsec += 200 * 1000000L;
	until.tv_sec += until.tv_nsec / 1000000000L;
	until.tv_nsec %= 1000000000L;
	pthread_mutex_lock(&sh->lock);
	for (bool waited = false;; waited = true) {
		any = false;
		for (unsigned i = 0; i < sh->helpers; i++) {
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
		while (take(sh, false, &index)) {
			if (!run_check(r, e))
				return false;
			run_set_state(r, MBOX_COPYING, NULL);
			if (!folder_run(r, sh->plan, index, e))
				return false;
			run_report(r, false);
		}
		if (!run_check(r, e))
			return false;
		if (!join_next(sh))
			return true;
		run_report(r, false);
	}
}

static void stop_helpers(struct share *sh) {
	int reason = stop_requested(&sh->main->stop);
	announce(sh, &sh->closing);
	for (unsigned i = 0; i < sh->helpers; i++)
		if (sh->lane[i].started)
			stop_request(&sh->lane[i].run.stop, reason ? reason : STOP_SHUTDOWN);
	while (join_next(sh)) {
	}
}

static bool make_folders(struct share *sh, const bool *needs, struct err *e) {
	struct run *r = sh->main;
	if ((!sh->plan->mapped && !plan_targets(r, sh->plan, e)) || !plan_make(r, sh->plan, needs, e))
		return false;
	announce(sh, &sh->ready);
	return true;
}

bool lanes_run(struct run *r, struct plan *p, const bool *needs, unsigned lanes, struct err *e) {
	struct share *sh = calloc(1, sizeof *sh);
	if (!sh)
		return err_nomem(e);
	sh->main = r;
	sh->plan = p;
	sh->largest_first = lanes > 1;
	sh->turn = calloc(p->src_count + 1, 1);
	bool ok = sh->turn || err_nomem(e);
	pthread_mutex_init(&sh->lock, NULL);
	pthread_cond_init(&sh->news, NULL);
	for (size_t i = 0; ok && i < p->src_count; i++)
		sh->turn[i] = needs[i] ? TURN_WAITING : TURN_NONE;
	while (ok && sh->helpers + 1 < lanes && sh->helpers < HELPERS_MAX && start_helper(sh, &sh->lane[sh->helpers]))
		sh->helpers++;
	ok = ok && (lanes == 1 || make_folders(sh, needs, e)) && run_main(sh, e);
	if (!ok)
		stop_helpers(sh);
	pthread_cond_destroy(&sh->news);
	pthread_mutex_destroy(&sh->lock);
	free(sh->turn);
	free(sh);
	return ok;
}
