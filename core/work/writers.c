/* SPDX-License-Identifier: MIT
 *
 * writers.c - further connections to the target: when they are worth a login, opening them beside the work, and taking
 * turns.
 */
#include "core/work/writers.h"

#include <poll.h>
#include <stdlib.h>

#include "core/work/governor.h"
#include "core/work/lanes.h"
#include "core/work/sign_in.h"

#define LOOK_MS 50   /* how often it is looked whether one more helps */
#define KNOWN_MS 100 /* after that it is known how fast it goes */
#define LONG_MS 300  /* what remains takes so long: worth a login */
#define BETTER 1.15  /* one more was worth it: times as fast */

void writers_begin(struct writers *w, struct target *own) {
	*w = (struct writers){ .own = own, .now = own, .since = mono_ms() };
}

/* ---- opening and closing ---- */

static void *open_thread(void *arg) {
	struct writer *x = arg;
	struct run *r = x->run;
	x->dst = sign_in_target(r->store, &x->ctx, &r->dst_ep, &x->err);
	if (x->dst && !x->dst->ops->select(x->dst, x->wire, &x->st, &x->err)) {
		x->dst->ops->close(x->dst, false);
		x->dst = NULL;
	}
	atomic_store(&x->ready, true);
	return NULL;
}

static struct writer *open_one(struct run *r, const char *wire) {
	struct writer *x = calloc(1, sizeof *x);
	if (!x || !lanes_writer_enter(r)) {
		free(x);
		return NULL;
	}
	x->run = r;
	x->wire = wire;
	x->ctx = r->ctx;
	x->ctx.stop = &x->stop;
	bool ok = stop_init(&x->stop, &r->stop);
	if (ok && pthread_create(&x->thread, NULL, open_thread, x) == 0)
		return x;
	if (ok)
		stop_free(&x->stop);
	lanes_writer_leave(r);
	free(x);
	return NULL;
}

static void close_one(struct writer *x, bool polite) {
	if (x->dst)
		x->dst->ops->close(x->dst, polite);
	lanes_writer_leave(x->run);
	stop_free(&x->stop);
	free(x);
}

static void give_up(struct run *r, const struct err *why) {
	r->one_writer = true;
	log_line(r->cfg->log, LOG_INFO, r->lease.key, "A further connection to the target was given up: %s", why->text);
}

/* It has answered: it takes part, or nobody tries again. */
static void take_in(struct writers *w, const struct folder_job *f) {
	struct writer *x = w->coming;
	struct run *r = f->run;
	w->coming = NULL;
	pthread_join(x->thread, NULL);
	if (x->dst && (x->st.uidvalidity != f->dst_status.uidvalidity || x->st.read_only))
		err_set(&x->err, ERR_UIDVALIDITY_CHANGED, "%s is not the folder that the first connection has",
			f->info->display);
	else if (x->dst) {
		w->more[w->count++] = x;
		return;
	}
	run_refused(r, &x->err);
	give_up(r, &x->err);
	close_one(x, true);
}

void writers_end(struct writers *w, struct run *r, bool polite) {
	if (w->coming) {
		stop_request(&w->coming->stop, STOP_SHUTDOWN);
		pthread_join(w->coming->thread, NULL);
		close_one(w->coming, true);
	}
	writers_count_bytes(w, r);
	for (unsigned i = 0; i < w->count; i++)
		close_one(w->more[i], polite);
	writers_begin(w, w->own);
}

/* ---- taking turns ---- */

void writers_next(struct writers *w) {
	size_t least = w->own->ops->append_unacked(w->own);
	w->now = w->own;
	for (unsigned i = 0; i < w->count; i++) {
		struct target *t = w->more[i]->dst;
		size_t n = t->ops->append_unacked(t);
		if (n < least) {
			least = n;
			w->now = t;
		}
	}
}

size_t writers_unacked(const struct writers *w) {
	size_t n = w->own->ops->append_unacked(w->own);
	for (unsigned i = 0; i < w->count; i++)
		n += w->more[i]->dst->ops->append_unacked(w->more[i]->dst);
	return n;
}

/* Too many connections are one too many: the first may stay, so nobody waits, unless the server named a time. */
static void without_it(struct run *r, struct err *e) {
	if (e->cat != ERR_CONN_LIMIT || e->wait_named)
		return;
	run_refused(r, e);
	e->cat = ERR_NET;
	e->scope = ERR_SCOPE_MAILBOX;
	e->wait_ms = 0;
}

bool writers_step(struct writers *w, struct run *r, const struct target_sink *sink, bool *moved, struct err *e) {
	if (!w->own->ops->step(w->own, sink, moved, e))
		return false;
	for (unsigned i = 0; i < w->count; i++) {
		struct target *t = w->more[i]->dst;
		bool some = false;
		if (!t->ops->step(t, sink, &some, e)) {
			give_up(r, e);
			without_it(r, e);
			return false;
		}
		*moved |= some;
	}
	return true;
}

void writers_poll(struct writers *w, const struct run *r, const struct source *src, bool with_stop, int timeout_ms,
		  bool waited) {
	struct pollfd fds[LANES_MAX + 3];
	nfds_t n = 0;
	mono_ms_t begun = mono_ms();
	if (src)
		fds[n++] = (struct pollfd){ .fd = src->ops->fd(src), .events = src->ops->events(src) };
	fds[n++] = (struct pollfd){ .fd = w->own->ops->fd(w->own), .events = w->own->ops->events(w->own) };
	for (unsigned i = 0; i < w->count; i++) {
		struct target *t = w->more[i]->dst;
		fds[n++] = (struct pollfd){ .fd = t->ops->fd(t), .events = t->ops->events(t) };
	}
	if (with_stop)
		fds[n++] = (struct pollfd){ .fd = stop_fd(&r->stop), .events = POLLIN };
	poll(fds, n, timeout_ms);
	if (waited)
		w->waited += mono_ms() - begun;
}

void writers_count_bytes(struct writers *w, struct run *r) {
	uint64_t out = 0;
	for (unsigned i = 0; i < w->count; i++) {
		uint64_t in, sent;
		w->more[i]->dst->ops->bytes(w->more[i]->dst, &in, &sent);
		out += sent;
	}
	if (out > w->seen_out)
		governor_moved(r->governor, &r->lease, 0, out - w->seen_out);
	w->seen_out = out;
}

/* ---- is one more worth it? ---- */

bool writers_worth_one(const struct writers *w, uint64_t rows, double rate, mono_ms_t elapsed) {
	if (elapsed < KNOWN_MS || w->waited * 2 < elapsed || rate < w->before * BETTER)
		return false;
	/* Nothing has come back yet: that is known later. */
	return rate == 0 ? elapsed > LONG_MS && rows > 1 : (double)rows / rate * 1000 > LONG_MS;
}

void writers_look(struct writers *w, const struct folder_job *f, uint64_t rows, uint64_t settled) {
	struct run *r = f->run;
	mono_ms_t now = mono_ms();
	double rate = now > w->since ? (double)(settled - w->settled) * 1000 / (double)(now - w->since) : 0;
	bool at_once = r->cfg->share_rows && lanes_allowed(r) == 1;
	if (r->one_writer || (!at_once && now - w->looked < LOOK_MS))
		return;
	w->looked = now;
	if (!w->coming && (at_once ? rows > 0 : writers_worth_one(w, rows, rate, now - w->since))) {
		w->coming = open_one(r, f->lf.dst_wire);
		w->before = w->coming ? rate : w->before;
	}
	if (!w->coming || (!at_once && !atomic_load(&w->coming->ready)))
		return;
	take_in(w, f);
	w->since = mono_ms();
	w->waited = 0;
	w->settled = settled;
}
