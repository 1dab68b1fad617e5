/* SPDX-License-Identifier: MIT
 *
 * pump_batch.c - which rows are copied next, and their durable intents (design section 5.2).
 *
 * The bodies of a batch are asked for while its intent is still on its way to the disk; pump_send
 * waits for the ticket before the first byte goes to the target.
 */
#include <stdlib.h>
#include <string.h>

#include "core/store/late_flags.h"
#include "core/work/pump_repair.h"

static bool suspected(struct pump *p, uint32_t uid) {
	return p->mode == PUMP_STREAM && run_suspect(p->run, p->job->lf.id, uid) != NULL;
}

static bool hopeless(struct pump *p, uint32_t uid) {
	const struct suspect *s = p->mode == PUMP_SINGLE ? run_suspect(p->run, p->job->lf.id, uid) : NULL;
	return s && s->deaths >= SUSPECT_DEATHS;
}

/* Also one of which nothing was sent, so that nobody has waited for its intent: left in the ring it would hide the rows
 * of the next pass, which are the same ones. */
static bool drop_settled_batches(struct pump *p, struct err *e) {
	while (p->used > 0 && p->batch[p->first].unsettled == 0) {
		if (!pump_intent_durable(p, &p->batch[p->first], e))
			return false;
		p->batch[p->first] = (struct batch){ .pieces = p->batch[p->first].pieces };
		p->first = (p->first + 1) % BATCHES;
		p->used--;
	}
	return true;
}

static bool settle_unfetched(struct pump *p, const struct ledger_row *row, enum msg_state state, const struct err *why,
			     struct err *e) {
	p->run->settled++;
	run_message(p->run, p->job->info->display, row->uid, state, why);
	return pump_change(
		p, &(struct ledger_change){ .uid = row->uid, .state = state, .cat = why->cat, .text = why->text }, e);
}

/* A POP3 message whose number is not in this session's maildrop. */
static bool vanished(struct pump *p, const struct ledger_row *row, struct err *e) {
	struct err why;
	err_set(&why, ERR_VANISHED, "No longer in the maildrop");
	return settle_unfetched(p, row, MSG_VANISHED, &why, e);
}

static bool too_large(struct pump *p, const struct ledger_row *row, struct err *e) {
	struct err why;
	err_set(&why, ERR_TOO_LARGE, "The message has about %llu bytes, the target takes at most %llu",
		(unsigned long long)row->size, (unsigned long long)p->append_limit);
	pump_large_explain(p, row, &why);
	return settle_unfetched(p, row, MSG_FAILED, &why, e);
}

/* Takes the n loaded rows into b until the batch is full; *taken says how far it came. */
static bool fill(struct pump *p, struct batch *b, size_t n, size_t *taken, struct err *e) {
	uint64_t bytes = 0;
	size_t i = 0;
	for (; i < n && bytes < BATCH_BYTES; i++) {
		const struct ledger_row *row = &p->rows[i];
		uint32_t key = folder_key(p->job, row->uid);
		bool known = row->size != UINT64_MAX;
		bool large = p->append_limit && known && row->size > p->append_limit + p->append_limit / 8;
		if (suspected(p, row->uid)) {
			p->left_over++;
		} else if (pump_condemned(p, row->uid)) {
			if (!pump_uids_add(&p->condemned, row->uid, e))
				return false;
		} else if (key == 0) {
			if (!vanished(p, row, e))
				return false;
		} else if (large && p->helper) {
			p->left_over++; /* the owner counts those that are kept */
		} else if (large && !pump_large_wanted(p, row)) {
			if (!too_large(p, row, e))
				return false;
		} else {
			b->pieces[b->count++] = (struct piece){
				.row = *row, .key = key, .hopeless = hopeless(p, row->uid), .large = large
			};
			bytes += known ? row->size : 64 * 1024;
		}
	}
	*taken = i;
	return true;
}

static int ascending(const void *a, const void *b) {
	uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;
	return x < y ? -1 : x > y;
}

static bool start_batch(struct pump *p, struct batch *b, struct err *e) {
	struct folder_job *f = p->job;
	uint32_t uids[BATCH_ROWS], keys[BATCH_ROWS], owed[BATCH_ROWS], later = folder_flags_later(f);
	size_t owes = 0;
	for (size_t i = 0; i < b->count; i++) {
		uids[i] = b->pieces[i].row.uid;
		keys[i] = b->pieces[i].key;
		if (b->pieces[i].row.flags & later)
			owed[owes++] = uids[i];
	}
	qsort(keys, b->count, sizeof *keys, ascending);
	b->unsettled = b->count;
	if (!late_flags_owe(f->run->store, &f->run->lease, f->lf.id, owed, owes, e))
		return false;
	/* A folder that was empty needs nobody's word for where new messages begin. */
	uint32_t bound = f->dst_status.exists ? f->dst_status.uidnext : 1;
	b->intent = ledger_intent(f->run->store, &f->run->lease, f->lf.id, f->dst_status.uidvalidity, bound, uids,
				  b->count, e);
	return b->intent && f->run->src->ops->fetch(f->run->src, keys, b->count, e);
}

/* Rows are a KiB each: memory that is taken and given back with each batch would be faulted in anew for each. */
static bool make_room(struct pump *p, struct batch *b, struct err *e) {
	if (!p->rows)
		p->rows = calloc(BATCH_ROWS, sizeof *p->rows);
	if (!b->pieces)
		b->pieces = calloc(BATCH_ROWS, sizeof *b->pieces);
	return (p->rows && b->pieces) || err_nomem(e);
}

/* The next rows that nobody has. What this pass has changed lies behind the cursor, so they can be read without
 * waiting. None: there will be more (hungry), or not (exhausted). */
static bool take_rows(struct pump *p, struct batch *b, size_t most, struct err *e) {
	struct folder_share *fs = p->share;
	size_t n = 0, taken = 0;
	if (fs)
		most = folder_share_lock(fs, &p->cursor, most);
	bool growing = fs ? fs->growing : p->job->unlisted != 0;
	bool ok = most == 0 || ledger_rows_untouched(p->run->store, p->job->lf.id, p->cursor, 1u << MSG_PENDING,
						     p->rows, most, &n, e);
	if (ok && n == 0) {
		p->hungry = growing && most > 0;
		p->exhausted = !p->hungry;
	} else if (ok) {
		ok = fill(p, b, n, &taken, e);
		if (taken)
			p->cursor = p->rows[taken - 1].uid;
	}
	if (fs) {
		p->listings = atomic_load(&fs->listings);
		folder_share_unlock(fs, p->cursor, taken);
	}
	return ok;
}

static bool load_batch(struct pump *p, size_t most, struct err *e) {
	struct batch *b = &p->batch[(p->first + p->used) % BATCHES];
	*b = (struct batch){ .pieces = b->pieces };
	if (!make_room(p, b, e) || !take_rows(p, b, most, e))
		return false;
	if (b->count == 0)
		return true;
	p->used++;
	return start_batch(p, b, e);
}

/* While the target works off what it has, the source lists more. */
static bool list_more(struct pump *p, bool *moved, struct err *e) {
	bool at_target;
	*moved = p->hungry && p->run->src->ops->in_flight(p->run->src) == 0;
	if (!*moved)
		return true;
	p->hungry = false;
	if (!pump_close_group(p, false, e) || !pump_step_target(p, &at_target, e) || !folder_enumerate_more(p->job, e))
		return false;
	if (p->share)
		folder_share_listed(p->share, p->job->unlisted != 0);
	return true;
}

/* The owner lists; a helper waits for it. */
static void await_more(struct pump *p, bool *moved) {
	*moved = p->hungry && atomic_load(&p->share->listings) != p->listings;
	if (*moved)
		p->hungry = false;
}

/* How many rows may be taken now, in one batch. */
static size_t room(const struct pump *p) {
	size_t held = 0;
	if (p->exhausted || p->hungry || p->used == BATCHES || p->run->src->ops->in_flight(p->run->src) >= FETCH_AHEAD)
		return 0;
	if (!p->share)
		return pump_bare_room(p);
	for (unsigned i = 0; i < p->used; i++)
		held += p->batch[(p->first + i) % BATCHES].unsettled;
	size_t n = folder_share_room(p->share, p->run, held, p->settled, p->begun);
	return n < BATCH_ROWS ? n : BATCH_ROWS;
}

bool pump_refill(struct pump *p, bool *moved, struct err *e) {
	size_t most;
	if (!drop_settled_batches(p, e))
		return false;
	if (p->helper)
		await_more(p, moved);
	else if (!list_more(p, moved, e))
		return false;
	while ((most = room(p)) > 0)
		if (!load_batch(p, most, e))
			return false;
	return true;
}

bool pump_intent_durable(struct pump *p, struct batch *b, struct err *e) {
	struct ticket *t = b->intent;
	(void)p;
	b->intent = NULL;
	return !t || ticket_wait(t, e);
}

static struct piece *find(struct batch *b, uint32_t uid) {
	size_t low = 0, high = b->count;
	while (low < high) {
		size_t mid = low + (high - low) / 2;
		uint32_t at = b->pieces[mid].row.uid;
		if (at == uid)
			return &b->pieces[mid];
		if (at < uid)
			low = mid + 1;
		else
			high = mid;
	}
	return NULL;
}

struct piece *pump_piece_by_uid(struct pump *p, uint32_t uid, struct batch **out) {
	for (unsigned i = 0; i < p->used; i++) {
		struct batch *b = &p->batch[(p->first + i) % BATCHES];
		struct piece *piece = find(b, uid);
		if (piece) {
			*out = b;
			return piece;
		}
	}
	return NULL;
}

struct piece *pump_piece_by_key(struct pump *p, uint32_t key, struct batch **b) {
	return pump_piece_by_uid(p, folder_uid(p->job, key), b);
}

void pump_settled(struct pump *p, struct batch *b, struct piece *piece) {
	if (piece->state == PIECE_SETTLED)
		return;
	piece->state = PIECE_SETTLED;
	b->unsettled--;
	p->run->settled++;
	p->settled++;
	if (p->share)
		atomic_fetch_add(&p->share->settled, 1);
}

bool pump_uids_add(struct uid_list *l, uint32_t uid, struct err *e) {
	if (l->count == l->cap) {
		size_t cap = l->cap ? l->cap * 2 : 64;
		uint32_t *at = realloc(l->at, cap * sizeof *at);
		if (!at)
			return err_nomem(e);
		l->at = at;
		l->cap = cap;
	}
	l->at[l->count++] = uid;
	return true;
}

bool pump_idle(const struct pump *p) {
	for (unsigned i = 0; i < p->used; i++)
		if (p->batch[(p->first + i) % BATCHES].unsettled)
			return false;
	return true;
}

void pump_release(struct pump *p) {
	struct err e;
	bool lost = false;
	for (unsigned i = 0; i < p->used; i++) {
		struct batch *b = &p->batch[(p->first + i) % BATCHES];
		lost |= !pump_intent_durable(p, b, &e);
		for (size_t k = 0; k < b->count && !lost; k++)
			if (b->pieces[k].state == PIECE_WAITING)
				lost |= !pump_change(
					p, &(struct ledger_change){ .uid = b->pieces[k].row.uid, .state = MSG_PENDING },
					&e);
	}
	p->used = 0;
	if (!lost)
		pump_flush(p, &e);
	for (unsigned i = 0; i < BATCHES; i++)
		free(p->batch[i].pieces);
	free(p->rows);
}
