/* SPDX-License-Identifier: MIT
 *
 * progress.c - what a running mailbox tells the store and the callbacks, and how often.
 */
#include <stdio.h>
#include <string.h>

#include "core/work/run.h"

#define REPORT_MS 250
#define RATE_MS 1000
#define FOLDERS_TOLD 50 /* fewer are through before anybody wonders */

static void store_progress(struct run *r, struct mailbox_progress p) {
	struct err e;
	p.id = r->lease.mailbox;
	p.state = r->state;
	p.rate_bytes = r->progress.rate_bytes;
	p.rate_messages = r->progress.rate_messages;
	if (!mailboxes_progress(r->store, &p, 1, &e))
		log_line(r->cfg->log, LOG_WARN, r->lease.key, "%s", e.text);
}

static struct run *main_of(struct run *r) { return r->main ? r->main : r; }

static void speak(struct run *r) { pthread_mutex_lock(&main_of(r)->voice); }
static void fall_silent(struct run *r) { pthread_mutex_unlock(&main_of(r)->voice); }

static void tell_state(struct run *r, const struct err *why) {
	const struct engine_callbacks *cb = &r->cfg->callbacks;
	if (!cb->state)
		return;
	speak(r);
	cb->state(cb->arg, r->lease.mailbox, r->state, why);
	fall_silent(r);
}

void run_set_state(struct run *r, enum mailbox_state state, const struct err *why) {
	bool finished = mailbox_state_finished(state) || state == MBOX_PAUSED;
	bool first = state == MBOX_CONNECTING && r->state == MBOX_QUEUED;
	if (r->state == state && !why)
		return;
	r->state = state;
	if (state != MBOX_COPYING)
		r->progress.rate_bytes = r->progress.rate_messages = 0;
	struct mailbox_progress p = { .eta_s = -1, .started = first, .finished = finished };
	if (why) {
		p.error_cat = why->cat;
		p.error = why->text;
	} else if (first || state == MBOX_SYNCED || r->progress.noted) {
		p.error = "";
	}
	r->progress.noted = false;
	store_progress(r, p);
	tell_state(r, why);
}

void run_throttled(struct run *r, wall_ms_t until, const struct err *why) {
	r->state = MBOX_THROTTLED;
	run_store_wait(r, until, why);
}

void run_store_wait(struct run *r, wall_ms_t until, const struct err *why) {
	r->progress.rate_bytes = r->progress.rate_messages = 0;
	store_progress(r, (struct mailbox_progress){
				  .eta_s = -1, .throttled_until = until, .error_cat = why->cat, .error = why->text,
				  .wait_since = r->wait_since, .wait_rounds = r->wait_rounds });
	tell_state(r, why);
}

void run_acknowledged(struct run *r, uint64_t bytes) {
	struct run_progress *p = &main_of(r)->progress;
	atomic_fetch_add(&p->bytes, bytes);
	atomic_fetch_add(&p->messages, 1);
}

/* Smoothed over some seconds, so that one large message does not make the figure jump. */
static void update_rate(struct run_progress *p, mono_ms_t now) {
	if (!p->last_rate) {
		p->last_rate = now;
		return;
	}
	double seconds = (double)(now - p->last_rate) / 1000.0;
	if (seconds * 1000.0 < RATE_MS)
		return;
	uint64_t all_bytes = atomic_load(&p->bytes), all_messages = atomic_load(&p->messages);
	double bytes = (double)(all_bytes - p->last_bytes) / seconds;
	double messages = (double)(all_messages - p->last_messages) / seconds;
	double weight = p->rate_messages > 0 || p->rate_bytes > 0 ? 0.3 : 1.0;
	p->rate_bytes += weight * (bytes - p->rate_bytes);
	p->rate_messages += weight * (messages - p->rate_messages);
	p->last_bytes = all_bytes;
	p->last_messages = all_messages;
	p->last_rate = now;
}

/* The slower of the two estimates: many small messages are bound by messages, large ones by bytes. Nothing is pending
 * and it runs all the same: more may be found yet. */
static int64_t estimate(const struct run_progress *p, const struct mailbox_row *row) {
	if (row->counts.pending == 0 || p->rate_messages <= 0)
		return -1;
	double eta = (double)row->counts.pending / p->rate_messages;
	if (p->rate_bytes > 0 && row->bytes_source > row->bytes_copied) {
		double by_bytes = (double)(row->bytes_source - row->bytes_copied) / p->rate_bytes;
		double share = (double)row->counts.pending / (double)row->counts.source;
		if (by_bytes * share > eta)
			eta = by_bytes * share;
	}
	return eta > 365.0 * 86400 ? -1 : (int64_t)eta + 1;
}

void run_folders_begin(struct run *r, uint64_t wanted) {
	atomic_store(&r->progress.folders, 0);
	r->progress.folders_wanted = wanted;
}

void run_folder_done(struct run *r) {
	atomic_fetch_add(&main_of(r)->progress.folders, 1);
}

void run_folders_made(struct run *r, uint64_t made, uint64_t of) {
	r->progress.made = made;
	r->progress.make = of;
	if (of)
		run_report(r, false);
}

/* A mailbox of thousands of empty folders would look dead for minutes: all of its messages are there. */
static void folders_note(char *dst, size_t size, const struct run_progress *p, const struct mailbox_row *row) {
	uint64_t done = atomic_load(&p->folders), of = p->folders_wanted;
	char n[24], all[24];
	dst[0] = '\0';
	if (p->make >= FOLDERS_TOLD) {
		text_count(n, sizeof n, p->made);
		text_count(all, sizeof all, p->make);
		snprintf(dst, size, "Making folders at the target: %s of %s", n, all);
	} else if (of >= FOLDERS_TOLD && done < of && row->counts.pending == 0) {
		text_count(n, sizeof n, done);
		text_count(all, sizeof all, of);
		snprintf(dst, size, "Folders: %s of %s done", n, all);
	}
}

void run_report(struct run *r, bool last) {
	mono_ms_t now = mono_ms();
	if (r->main) /* lane 0 reports for all */
		return;
	if (!last && now - r->progress.last_report < REPORT_MS)
		return;
	r->progress.last_report = now;
	update_rate(&r->progress, now);
	struct mailbox_row row;
	struct err e;
	if (last && !store_flush(r->store, &e))
		return;
	if (!mailbox_get(r->store, r->lease.mailbox, &row, &e))
		return;
	if (!last) {
		char note[100];
		folders_note(note, sizeof note, &r->progress, &row);
		/* No category: it is no error. */
		store_progress(r, (struct mailbox_progress){ .eta_s = estimate(&r->progress, &row),
							     .error = note[0] || r->progress.noted ? note : NULL });
		r->progress.noted = note[0] != '\0';
	}
	const struct engine_callbacks *cb = &r->cfg->callbacks;
	if (!cb->progress)
		return;
	speak(r);
	cb->progress(cb->arg, r->lease.mailbox, &row.counts, row.bytes_copied, r->progress.rate_bytes);
	fall_silent(r);
}

void run_folder(struct run *r, const char *source, const char *target, bool renamed) {
	const struct engine_callbacks *cb = &r->cfg->callbacks;
	if (!cb->folder)
		return;
	speak(r);
	cb->folder(cb->arg, r->lease.mailbox, source, target, renamed);
	fall_silent(r);
}

void run_message(struct run *r, const char *folder, uint32_t uid, enum msg_state state, const struct err *why) {
	const struct engine_callbacks *cb = &r->cfg->callbacks;
	log_line(r->cfg->log, LOG_INFO, r->lease.key, "%s uid %u: %s", folder, uid, why->text);
	if (!cb->message)
		return;
	speak(r);
	cb->message(cb->arg, r->lease.mailbox, folder, uid, state, why);
	fall_silent(r);
}
