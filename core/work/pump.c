/* SPDX-License-Identifier: MIT
 *
 * pump.c - copies the pending rows of one folder: a window of FETCHes in flight at the source and
 * a window of APPENDs in flight at the target, in one poll loop.
 *
 * First pass: everything, streamed. Second pass: one by one, with synchronizing literals, whatever the first
 * could not settle (refused in a group, refused for its content, left out by the source). What
 * the second pass cannot settle becomes a named failure.
 */
#include "core/work/lanes.h"
#include "core/work/pump_repair.h"
#include "core/work/reasons.h"

#include <stdlib.h>
#include <string.h>

#define FLUSH_MS 100
#define DRAIN_MS 5000
#define LISTED_MS 10 /* how often a helper looks whether the owner has listed more */

bool pump_flush(struct pump *p, struct err *e) {
	if (p->change_count == 0)
		return true;
	bool ok = ledger_change(p->run->store, &p->run->lease, p->job->lf.id, p->changes, p->change_count, e);
	p->change_count = 0;
	return ok;
}

bool pump_change(struct pump *p, const struct ledger_change *c, struct err *e) {
	if (p->change_count == CHANGES_HELD && !pump_flush(p, e))
		return false;
	if (p->change_count == 0)
		p->change_since = mono_ms();
	struct ledger_change *to = &p->changes[p->change_count++];
	*to = *c;
	p->job->some_failed |= c->state == MSG_FAILED;
	/* Failures carry texts that do not outlive the call: they are written at once. */
	return c->text ? pump_flush(p, e) : true;
}

bool pump_give_up(struct pump *p, struct batch *b, struct piece *piece, enum msg_state state, const struct err *why,
		  bool with_header, struct err *e) {
	char subject[200] = "", from[200] = "", date[64] = "", message_id[200] = "";
	const struct buf *h = &p->parcel.memory;
	if (with_header && h->len) {
		header_field_text(h->data, h->len, "Subject", subject, sizeof subject);
		header_field_text(h->data, h->len, "From", from, sizeof from);
		header_field_text(h->data, h->len, "Date", date, sizeof date);
		header_field_text(h->data, h->len, "Message-ID", message_id, sizeof message_id);
	}
	run_message(p->run, p->job->info->display, piece->row.uid, state, why);
	pump_settled(p, b, piece);
	return pump_change(p,
			   &(struct ledger_change){ .uid = piece->row.uid,
						    .state = state,
						    .ident = piece->ident,
						    .cat = why->cat,
						    .text = why->text,
						    .subject = subject,
						    .from = from,
						    .date = date,
						    .message_id = message_id,
						    .again = pump_bare_again(p, piece->row.uid, why) },
			   e);
}

bool pump_put_back(struct pump *p, struct batch *b, struct piece *piece, struct err *e) {
	p->left_over++;
	pump_settled(p, b, piece);
	p->run->settled--; /* nothing was gained */
	return pump_change(p, &(struct ledger_change){ .uid = piece->row.uid, .state = MSG_PENDING }, e);
}

static bool step_source(struct pump *p, bool *moved, struct err *e) {
	struct source *src = p->run->src;
	struct source_sink sink = pump_source_sink;
	sink.arg = p;
	writers_count_bytes(&p->writers, p->run);
	if (!run_may_read(p->run, e))
		return false;
	if (p->run->read_pause_ms || src->ops->in_flight(src) == 0 ||
	    writers_unacked(&p->writers) >= APPEND_WINDOW)
		return true;
	p->reading = true;
	bool ok = src->ops->step(src, &sink, moved, e);
	p->reading = p->reading && !ok;
	return ok;
}

static bool turn(struct pump *p, bool *moved, struct err *e) {
	bool listed, from_source = false, at_target = false;
	if (p->helper && atomic_load(&p->share->abandoned))
		return err_set(e, ERR_CANCELLED, "The lane that has the folder has given up");
	if (!pump_refill(p, &listed, e) || !step_source(p, &from_source, e))
		return false;
	/* No next message at hand: what is held back goes now. */
	if (!from_source && !pump_close_group(p, false, e))
		return false;
	if (!pump_step_target(p, &at_target, e))
		return false;
	if (p->change_count && mono_ms() - p->change_since > FLUSH_MS && !pump_flush(p, e))
		return false;
	*moved = listed || from_source || at_target;
	return true;
}

static bool wait_both(struct pump *p, struct err *e) {
	struct run *r = p->run;
	size_t unacked = writers_unacked(&p->writers);
	bool read_source = r->src->ops->in_flight(r->src) > 0 && unacked < APPEND_WINDOW;
	unsigned pause = r->read_pause_ms, most = p->helper && p->hungry ? LISTED_MS : 1000;
	writers_poll(&p->writers, r, read_source && !pause ? r->src : NULL, true,
		     (int)(pause && pause < most ? pause : most), !read_source && !pause && unacked > 0);
	return run_check(r, e);
}

void pump_look_for_more(struct pump *p) {
	if (!p->share || p->run->main) /* lane 0 opens them */
		return;
	uint64_t rows = folder_share_left(p->share);
	for (unsigned i = 0; i < p->used; i++)
		rows += p->batch[(p->first + i) % BATCHES].unsettled;
	lanes_look(p->run);
	writers_look(&p->writers, p->job, rows, p->settled);
}

static bool pump_pass(struct pump *p, enum pump_mode mode, struct err *e) {
	mono_ms_t last = mono_ms();
	p->mode = mode;
	p->cursor = 0;
	p->exhausted = p->hungry = false;
	p->left_over = 0;
	p->settled = 0;
	p->begun = last;
	for (;;) {
		bool moved = false;
		pump_look_for_more(p);
		if (!turn(p, &moved, e))
			return false;
		run_report(p->run, false);
		if (p->exhausted && pump_idle(p) && !p->group_open && p->run->src->ops->in_flight(p->run->src) == 0)
			return pump_flush(p, e);
		/* Waiting for the bandwidth cap, or for what the owner of the folder lists, is no stall. */
		if (moved || p->run->read_pause_ms || (p->helper && p->hungry && pump_idle(p)))
			last = mono_ms();
		if (moved)
			continue;
		if (mono_ms() - last > STALL_MS)
			return err_set(e, ERR_NET, "Neither server has sent anything for three minutes");
		if (!wait_both(p, e))
			return false;
	}
}

static bool on_still_there(void *arg, const struct scan_item *item, const char *header, size_t n, struct err *e) {
	struct pump *p = arg;
	uint32_t uid = folder_uid(p->job, item->uid ? item->uid : item->number);
	(void)header, (void)n, (void)e;
	for (size_t i = 0; i < p->gone.count; i++)
		if (p->gone.at[i] == uid)
			p->gone.at[i] = 0;
	return true;
}

static int by_uid(const void *a, const void *b) {
	uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;
	return x < y ? -1 : x > y;
}

/* Left out twice: either gone from the source, or there and not to be had. Never silently done. */
static bool settle_gone(struct pump *p, struct err *e) {
	uint32_t *keys = malloc((p->gone.count + 1) * sizeof *keys), *uids = malloc((p->gone.count + 1) * sizeof *uids);
	bool ok = (keys && uids) || err_nomem(e);
	size_t n = 0;
	for (size_t i = 0; ok && i < p->gone.count; i++) {
		uids[i] = p->gone.at[i];
		keys[n++] = folder_key(p->job, p->gone.at[i]);
	}
	if (ok && n) {
		qsort(keys, n, sizeof *keys, by_uid);
		ok = p->run->src->ops->headers(p->run->src, keys, n, on_still_there, p, e);
	}
	for (size_t i = 0; ok && i < p->gone.count; i++) {
		struct err why;
		bool vanished = p->gone.at[i] != 0;
		if (vanished)
			err_set(&why, ERR_VANISHED, REASON_GONE);
		else
			err_set(&why, ERR_SERVER_BUG, REASON_NOT_DELIVERED);
		enum msg_state state = vanished ? MSG_VANISHED : MSG_FAILED;
		run_message(p->run, p->job->info->display, uids[i], state, &why);
		ok = pump_change(
			p, &(struct ledger_change){ .uid = uids[i], .state = state, .cat = why.cat, .text = why.text },
			e);
	}
	free(keys);
	free(uids);
	return ok && pump_flush(p, e);
}

/* A stop that is not a lost lease: let the target answer what it has, so that nothing is in doubt. */
static void drain(struct pump *p, const struct err *why) {
	struct run *r = p->run;
	mono_ms_t until = mono_ms() + DRAIN_MS;
	struct err e;
	bool moved;
	/* An account's day that is used up is an orderly stop too; where a server said so, the first step fails. */
	bool orderly = why->cat == ERR_CANCELLED || why->cat == ERR_DAILY_BUDGET;
	if (!orderly || stop_requested(&r->stop) == STOP_LEASE_LOST || p->feeding)
		return;
	/* step() writes and reads without looking at the stop flag; only a lost lease ends it. */
	if (!pump_close_group(p, false, &e))
		return;
	while (writers_unacked(&p->writers) > 0 && mono_ms() < until && mono_ms() < *r->lease_until) {
		if (!pump_drain_step(p, &moved, &e))
			return;
		if (!moved)
			writers_poll(&p->writers, r, NULL, false, 100, false);
	}
}

/* About so many rows are to be copied. */
static uint64_t rows_to_copy(const struct folder_job *f) {
	uint64_t unlisted = f->unlisted && f->src_status.exists > f->listed ? f->src_status.exists - f->listed : 0;
	return f->lf.counts.pending + unlisted;
}

/* The first pass, with all lanes that want to take part. broken: one of them went with trouble. */
static bool shared_pass(struct pump *p, bool *broken, struct err *e) {
	struct folder_share fs;
	folder_share_begin(&fs, p->job, rows_to_copy(p->job));
	p->share = &fs;
	lanes_offer(p->run, &fs);
	bool ok = pump_pass(p, PUMP_STREAM, e);
	if (ok)
		writers_end(&p->writers, p->run, true);
	lanes_withdraw(p->run, &fs);
	folder_share_end(&fs, p->run, ok);
	p->share = NULL;
	p->bare.taken = atomic_load(&fs.taken);
	p->left_over += fs.result.left_over;
	p->group_refused |= fs.result.group_refused;
	p->job->some_failed |= fs.result.some_failed;
	*broken = fs.result.broken;
	return ok;
}

static bool stream(struct pump *p, struct err *e) {
	struct run *r = p->run;
	bool broken = false;
	if (!shared_pass(p, &broken, e))
		return false;
	/* What a helper left, alone this time. */
	return !broken || (folder_resolve_doubt(p->job, e) && ledger_flush(r->store, &r->lease, e) &&
			   pump_pass(p, PUMP_STREAM, e));
}

static bool run_passes(struct pump *p, struct err *e) {
	struct run *r = p->run;
	/* A pass reads rows behind its cursor without waiting: what was done before must be in the store. */
	if (!p->job->fresh && !ledger_flush(r->store, &r->lease, e))
		return false;
	if (!r->careful) {
		if (!stream(p, e))
			return false;
		if (p->left_over == 0)
			return true;
		if ((p->group_refused && !folder_resolve_doubt(p->job, e)) || !ledger_flush(r->store, &r->lease, e))
			return false;
	}
	return pump_single(p, pump_pass, e) && settle_gone(p, e) && pump_settle_condemned(p, e);
}

/* Both servers had let us in: a connection that breaks at work is opened again at once (try_again counts how often
 * without progress), unless the server named a time. */
static void reconnect_now(struct err *e) {
	if (e->cat == ERR_NET && !e->wait_ms)
		e->retry = ERR_RETRY_NOW;
}

static struct pump *pump_begin(struct folder_job *f, struct err *e) {
	struct pump *p = calloc(1, sizeof *p);
	if (!p) {
		err_nomem(e);
		return NULL;
	}
	p->job = f;
	p->run = f->run;
	p->parcel.spool = -1;
	buf_init(&p->parcel.memory, PARCEL_MEMORY);
	p->caps = f->run->dst->ops->caps(f->run->dst);
	p->append_limit = f->run->dst->ops->append_limit(f->run->dst);
	writers_begin(&p->writers, f->run->dst);
	return p;
}

static void pump_end(struct pump *p) {
	writers_end(&p->writers, p->run, false);
	pump_release(p);
	pump_parcel_free(&p->parcel);
	free(p->gone.at);
	free(p->condemned.at);
	pump_bare_free(p);
	free(p->look.at);
	pump_large_free(p);
	free(p);
}

bool folder_pump(struct folder_job *f, struct err *e) {
	struct pump *p = pump_begin(f, e);
	bool ok = p && run_passes(p, e);
	if (p && !ok) {
		drain(p, e);
		reconnect_now(e);
		pump_blame(p, e);
	}
	if (p)
		pump_end(p);
	return ok;
}

bool folder_pump_help(struct folder_job *f, struct folder_share *fs, struct share_result *result, struct err *e) {
	struct pump *p = pump_begin(f, e);
	if (!p)
		return false;
	p->share = fs;
	p->helper = true;
	bool ok = pump_pass(p, PUMP_STREAM, e);
	if (!ok)
		drain(p, e);
	result->left_over = p->left_over;
	result->group_refused = p->group_refused;
	pump_end(p);
	return ok;
}
