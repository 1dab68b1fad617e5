/* SPDX-License-Identifier: MIT
 *
 * verify_bodies.c - bodies read back from both sides and compared by their hash.
 *
 * Where several messages have the same header (drafts!) and no certain UID, rows and copies may be paired crosswise. So
 * what is not equal is not told at once: within a group of equal headers the hashes are compared as multisets first.
 */
#include <poll.h>
#include <stdlib.h>
#include <string.h>

#include "core/base/text.h"
#include "core/work/bodies.h"
#include "core/work/verify_int.h"

static const struct hash unknown;

/* splitmix64: good enough to choose by, and the same on every machine. */
static uint64_t next_random(uint64_t *state) {
	uint64_t z = *state += 0x9E3779B97F4A7C15u;
	z = (z ^ z >> 30) * 0xBF58476D1CE4E5B9u;
	z = (z ^ z >> 27) * 0x94D049BB133111EBu;
	return z ^ z >> 31;
}

/* Selection sampling: so many of the rows that are still to come, each with the same chance. */
static bool chosen(struct look *lk) {
	if (lk->sample_left == 0)
		return false;
	bool yes = next_random(&lk->random) % lk->sample_left < lk->sample_wanted;
	lk->sample_left--;
	lk->sample_wanted -= yes;
	return yes;
}

struct side {
	struct look *lk;
	bool source;
	struct pick *picks;
	size_t count;
};

static bool wait_side(void *arg, int timeout_ms, struct err *e) {
	const struct side *s = arg;
	struct look *lk = s->lk;
	if (!visit_read(&lk->visit, lk->src, lk->dst, e))
		return false;
	if (stop_requested(lk->ctx->stop))
		return err_set(e, ERR_CANCELLED, "Stopped before the end");
	if (timeout_ms == 0)
		return true;
	struct pollfd fds[2] = {
		{ .fd = s->source ? lk->src->ops->fd(lk->src) : lk->dst->ops->fd(lk->dst),
		  .events = s->source ? lk->src->ops->events(lk->src) : lk->dst->ops->events(lk->dst) },
		{ .fd = stop_fd(lk->ctx->stop), .events = POLLIN },
	};
	poll(fds, 2, timeout_ms);
	return true;
}

static bool on_source_hash(void *arg, uint32_t key, const struct hash *hash, uint64_t size, struct err *e) {
	const struct side *s = arg;
	(void)size, (void)e;
	for (size_t i = 0; i < s->count; i++) {
		struct pick *p = &s->picks[i];
		if (p->number != key)
			continue;
		p->source = *hash;
		p->source_known = true;
	}
	return true;
}

static bool on_target_hash(void *arg, uint32_t uid, const struct hash *hash, uint64_t size, struct err *e) {
	const struct side *s = arg;
	(void)size, (void)e;
	for (size_t i = 0; i < s->count; i++)
		if (s->picks[i].dst_uid == uid) {
			s->picks[i].found = *hash;
			s->picks[i].found_known = true;
		}
	return true;
}

static int by_number(const void *a, const void *b) {
	uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;
	return x < y ? -1 : x > y;
}

static bool read_side(struct look *lk, bool source, struct pick *picks, size_t count, struct err *e) {
	struct side s = { lk, source, picks, count };
	struct body_reader how = { store_digest_key(lk->store),
				   source ? lk->src : NULL,
				   source ? NULL : lk->dst,
				   wait_side,
				   &s,
				   source ? on_source_hash : on_target_hash,
				   &s };
	uint32_t keys[PICKS_AT_ONCE];
	size_t n = 0, kept = 0;
	for (size_t i = 0; i < count; i++)
		if (source ? picks[i].number : picks[i].dst_uid)
			keys[n++] = source ? picks[i].number : picks[i].dst_uid;
	qsort(keys, n, sizeof *keys, by_number);
	for (size_t i = 0; i < n; i++)
		if (!kept || keys[kept - 1] != keys[i])
			keys[kept++] = keys[i];
	return bodies_hash(&how, keys, kept, e);
}

static bool tell_pick(struct look *lk, const struct pick *p, enum verify_kind kind, const char *text, struct err *e) {
	struct named d = { .kind = kind, .uid = p->uid, .dst_uid = p->dst_uid, .number = p->number, .size = p->size };
	named_date(&d, &p->date);
	text_copy(d.text, sizeof d.text, text);
	return verify_differ(lk, &d, e);
}

static bool equal(const struct hash *a, const struct hash *b) {
	return memcmp(a, b, sizeof *a) == 0;
}

/* What the target should have: what the source has; what was sent when that is gone, or was repaired on the way. */
static const struct hash *expected(const struct pick *p) {
	return p->source_known && !p->repaired ? &p->source : &p->copied;
}

static bool judge(struct look *lk, const struct pick *p, struct err *e) {
	bool as_copied = p->found_known && p->copied_known && equal(&p->copied, &p->found);
	bool good = as_copied || (p->found_known && equal(expected(p), &p->found));
	if (p->header_differs && !good && !tell_pick(lk, p, VERIFY_HEADER, HEADER_DIFFERS_TEXT, e))
		return false;
	if (p->header_differs && lk->how->level < VERIFY_SAMPLE)
		return true;
	if (!p->found_known)
		return tell_pick(lk, p, VERIFY_UNREAD, "Its body cannot be read back at the target", e);
	if (!p->copied_known && (!p->source_known || p->repaired))
		return tell_pick(lk, p, VERIFY_UNREAD, "Its body cannot be read at the source, and was never hashed",
				 e);
	lk->result->bodies++;
	lk->sum.bodies++;
	struct copy *c = copy_by_uid(lk, p->dst_uid);
	if (c)
		c->body_good = good;
	if (equal(expected(p), &p->found) &&
	    !(p->repaired && p->source_known && !equal(&p->repaired->source_body, &p->source)))
		return true;
	if (as_copied)
		return tell_pick(lk, p, VERIFY_BODY,
				 "The target has what was copied, but the source now delivers other bytes", e);
	void *at = lk->wrong;
	bool ok = look_grow(&at, &lk->wrong_cap, lk->wrong_count, sizeof *lk->wrong, e);
	lk->wrong = at;
	if (ok)
		lk->wrong[lk->wrong_count++] = *p;
	return ok;
}

static bool read_picks(struct look *lk, struct err *e) {
	size_t n = lk->pick_count;
	lk->pick_count = 0;
	bool ok = (!lk->at_source || read_side(lk, true, lk->picks, n, e)) && read_side(lk, false, lk->picks, n, e);
	for (size_t i = 0; ok && i < n; i++)
		ok = judge(lk, &lk->picks[i], e);
	return ok;
}

bool verify_body_later(struct look *lk, const struct ledger_row *row, uint32_t number, const struct copy *c,
		       bool header_differs, struct err *e) {
	bool hashed = memcmp(&row->body, &unknown, sizeof unknown) != 0;
	bool by_chance = chosen(lk);
	const struct repaired *repaired = verify_repaired(lk, row->uid);
	if (lk->how->level < VERIFY_BODIES && !by_chance && hashed && !repaired && row->uid != lk->largest &&
	    !header_differs)
		return true;
	if (!lk->picks && !(lk->picks = malloc(PICKS_AT_ONCE * sizeof *lk->picks)))
		return err_nomem(e);
	lk->picks[lk->pick_count++] = (struct pick){ .uid = row->uid,
						     .number = number,
						     .dst_uid = c->uid,
						     .ident = c->ident,
						     .size = row->size,
						     .date = row->date,
						     .copied = row->body,
						     .copied_known = hashed,
						     .repaired = repaired,
						     .header_differs = header_differs };
	return lk->pick_count < PICKS_AT_ONCE || read_picks(lk, e);
}

static int by_ident(const void *va, const void *vb) {
	const struct pick *a = va, *b = vb;
	if (a->ident != b->ident)
		return a->ident < b->ident ? -1 : 1;
	return a->uid < b->uid ? -1 : a->uid > b->uid;
}

static bool take_equal(struct hash *free_bodies, bool *free_known, size_t n, const struct hash *wanted) {
	for (size_t i = 0; i < n; i++)
		if (free_known[i] && equal(&free_bodies[i], wanted)) {
			free_known[i] = false;
			return true;
		}
	return false;
}

/* Picks that were not equal, all of one header, against the copies of that header that no good pair uses. */
static bool settle_group(struct look *lk, const struct pick *picks, size_t count, struct err *e) {
	size_t first, end, n = 0;
	if (!ident_run(lk, picks[0].ident, &first, &end, e))
		return false;
	uint32_t *uids = malloc((end - first + 1) * sizeof *uids);
	struct hash *bodies = calloc(end - first + 1, sizeof *bodies);
	bool *known = calloc(end - first + 1, sizeof *known);
	bool ok = (uids && bodies && known) || err_nomem(e);
	for (size_t i = first; ok && i < end; i++)
		if (!lk->copies[lk->by_ident[i]].body_good)
			uids[n++] = lk->copies[lk->by_ident[i]].uid;
	ok = ok && (n < 2 || verify_target_hashes(lk, uids, n, bodies, known, e));
	for (size_t i = 0; ok && i < count; i++)
		if (!take_equal(bodies, known, n, expected(&picks[i])))
			ok = tell_pick(lk, &picks[i], VERIFY_BODY,
				       expected(&picks[i]) == &picks[i].source
					       ? "The body at the target is not the one at the source"
					       : "The body at the target is not the one that was copied",
				       e);
	free(uids);
	free(bodies);
	free(known);
	return ok;
}

bool verify_bodies_end(struct look *lk, struct err *e) {
	bool ok = !lk->pick_count || read_picks(lk, e);
	if (lk->wrong_count)
		qsort(lk->wrong, lk->wrong_count, sizeof *lk->wrong, by_ident);
	for (size_t i = 0, end; ok && i < lk->wrong_count; i = end) {
		for (end = i + 1; end < lk->wrong_count && lk->wrong[end].ident == lk->wrong[i].ident;)
			end++;
		ok = settle_group(lk, lk->wrong + i, end - i, e);
	}
	lk->wrong_count = lk->pick_count = 0;
	return ok;
}

struct hash_fill {
	const uint32_t *uids;
	size_t n;
	struct hash *out;
	bool *known;
};

static bool on_fill(void *arg, uint32_t uid, const struct hash *hash, uint64_t size, struct err *e) {
	struct hash_fill *f = arg;
	const uint32_t *at = bsearch(&uid, f->uids, f->n, sizeof *f->uids, by_number);
	(void)size, (void)e;
	if (at) {
		f->out[at - f->uids] = *hash;
		f->known[at - f->uids] = true;
	}
	return true;
}

bool verify_target_hashes(struct look *lk, const uint32_t *uids, size_t n, struct hash *out, bool *known,
			  struct err *e) {
	struct side s = { .lk = lk };
	bool ok = true;
	for (size_t at = 0; ok && at < n; at += PICKS_AT_ONCE) {
		size_t part = n - at < PICKS_AT_ONCE ? n - at : PICKS_AT_ONCE;
		struct hash_fill f = { uids + at, part, out + at, known + at };
		struct body_reader how = { store_digest_key(lk->store), NULL, lk->dst, wait_side, &s, on_fill, &f };
		ok = bodies_hash(&how, uids + at, part, e);
	}
	return ok;
}
