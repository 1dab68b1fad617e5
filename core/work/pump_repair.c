/* SPDX-License-Identifier: MIT
 *
 * pump_repair.c - a message that the target refused for its content climbs the repair ladder (model/repair.h).
 *
 * Only in the SINGLE pass: each attempt is the only message that is under way, and before the next one the server has
 * said no to it, so that never more than one text of a message can be anywhere. What is sent is recorded
 * durably before, with its fingerprint: after a crash resolve looks for that, not for the original.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/base/crash_point.h"
#include "core/mail/mime/repair.h"
#include "core/store/repairs.h"
#include "core/work/bodies.h"
#include "core/work/match.h"
#include "core/work/pump_repair.h"

#define REPAIR_MEMORY HEADER_KEEP_MAX /* of a repaired text; the original is held too */
#define REFUSED_IN_ROW_MAX 50
#define LOOK_MAX (64u * 1024 * 1024)

struct climb {
	struct pump *p;
	struct batch *b;
	struct piece *piece;
	struct parcel original, now; /* now: as the last rung left it; size 0: no rung did anything yet */
	uint64_t ident, size;	     /* of the original */
	struct hash body;
	struct err why; /* the first refusal: of the original */
	char tried[160];
	bool settled;
};

bool pump_can_climb(const struct pump *p, const struct err *why) {
	return p->mode == PUMP_SINGLE && (why->cat == ERR_BAD_CONTENT || why->cat == ERR_TOO_LARGE) &&
	       why->scope == ERR_SCOPE_MESSAGE;
}

struct into_parcel {
	struct pump *p;
	struct parcel *to;
};

static bool put(void *arg, const char *data, size_t n, struct err *e) {
	struct into_parcel *in = arg;
	return pump_parcel_add(in->p, in->to, data, n, e);
}

struct message_text pump_parcel_text(const struct parcel *pc) {
	bool spooled = pc->spool >= 0;
	return (struct message_text){ .data = spooled		? NULL
					      : pc->memory.data ? pc->memory.data
								: "",
				      .fd = pc->spool,
				      .size = pc->size };
}

/* --- what is at the target already ---------------------------------------------------------------------------- */

static bool on_copy(void *arg, const struct scan_item *item, const char *header, size_t n, struct err *e) {
	struct pump *p = arg;
	struct repair_look *l = &p->look;
	struct header_ident id;
	uint32_t uidnext = p->job->dst_status.uidnext;
	if (uidnext && item->uid >= uidnext)
		return true; /* sent in this run */
	if (l->count == l->cap) {
		size_t cap = l->cap ? l->cap * 2 : 256;
		void *at = cap > LOOK_MAX ? NULL : realloc(l->at, cap * sizeof *l->at);
		if (!at)
			return err_nomem(e);
		l->at = at;
		l->cap = cap;
	}
	ident_header(header, n, &id);
	l->at[l->count++] = (struct repair_seen){ ident_value(&id), item->uid };
	return true;
}

static bool look(struct pump *p, struct err *e) {
	struct target *dst = p->run->dst;
	if (p->look.done || p->job->dst_status.exists == 0)
		return true;
	p->look.count = 0;
	p->look.done = dst->ops->headers(dst, NULL, 1, on_copy, p, e);
	return p->look.done;
}

struct count_equal {
	const struct hash *body;
	uint64_t n;
};

static bool on_body(void *arg, uint32_t key, const struct hash *hash, uint64_t size, struct err *e) {
	struct count_equal *c = arg;
	(void)key, (void)size, (void)e;
	c->n += memcmp(hash->bytes, c->body->bytes, sizeof hash->bytes) == 0;
	return true;
}

static int by_uid(const void *a, const void *b) {
	uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;
	return x < y ? -1 : x > y;
}

/* A ledger that was lost, or made anew, does not know what an earlier run has repaired; the target does. Rungs are pure
 * functions, so that copy is byte for byte what would be sent now. As everywhere counts decide: more
 * such copies than rows that have one. */
static bool is_there_already(struct climb *c, bool *there, struct err *e) {
	struct pump *p = c->p;
	struct count_equal equal = { .body = &c->piece->body };
	uint64_t owned = 0;
	size_t n = 0;
	*there = false;
	if (!look(p, e))
		return false;
	uint32_t *uids = malloc((p->look.count + 1) * sizeof *uids);
	if (!uids)
		return err_nomem(e);
	for (size_t i = 0; i < p->look.count; i++)
		if (p->look.at[i].ident == c->piece->ident)
			uids[n++] = p->look.at[i].uid;
	qsort(uids, n, sizeof *uids, by_uid);
	bool ok = bodies_hash_target(p->run, uids, n, on_body, &equal, e);
	if (ok && equal.n)
		ok = pump_flush(p, e) &&
		     ledger_copies_like(p->run->store, p->job->lf.id, c->piece->ident, &c->piece->body, &owned, e);
	free(uids);
	*there = ok && equal.n > owned;
	return ok;
}

/* --- one rung --------------------------------------------------------------------------------------------------- */

static bool record(struct climb *c, enum repair_rung rung, struct err *e) {
	struct pump *p = c->p;
	const struct buf *h = &c->original.memory;
	char subject[200], from[200], date[64];
	header_field_text(h->data ? h->data : "", h->len, "Subject", subject, sizeof subject);
	header_field_text(h->data ? h->data : "", h->len, "From", from, sizeof from);
	header_field_text(h->data ? h->data : "", h->len, "Date", date, sizeof date);
	struct repair_record r = { .uid = c->piece->row.uid,
				   .rung = rung,
				   .ident = c->piece->ident,
				   .body = c->piece->body,
				   .source_ident = c->ident,
				   .source_body = c->body,
				   .subject = subject,
				   .from = from,
				   .date = date };
	CRASH_POINT("repair: before it is recorded");
	bool ok = ledger_repair(p->run->store, &p->run->lease, p->job->lf.id, &r, e);
	CRASH_POINT("repair: recorded, not sent");
	return ok;
}

static bool adopt(struct climb *c, struct err *e) {
	struct pump *p = c->p;
	c->settled = true;
	pump_settled(p, c->b, c->piece);
	return pump_change(p,
			   &(struct ledger_change){ .uid = c->piece->row.uid,
						    .state = MSG_ADOPTED,
						    .size = c->piece->size,
						    .ident = c->piece->ident,
						    .body = c->piece->body },
			   e);
}

static void note_tried(struct climb *c, enum repair_rung rung) {
	size_t n = strlen(c->tried);
	snprintf(c->tried + n, sizeof c->tried - n, "%s%s", n ? ", " : "", repair_label(rung));
}

/* c->now goes to the target in place of the original. */
static bool send_now(struct climb *c, enum repair_rung rung, struct err *e) {
	struct pump *p = c->p;
	bool there = false;
	c->piece->size = p->parcel.size;
	pump_parcel_fingerprint(&p->parcel, c->piece);
	if (!is_there_already(c, &there, e) || !record(c, rung, e))
		return false;
	if (there)
		return adopt(c, e);
	p->refused.piece = NULL;
	if (!pump_send(p, c->b, c->piece, e))
		return false;
	c->settled = p->refused.piece == NULL;
	if (!c->settled)
		note_tried(c, rung);
	return true;
}

static bool try_rung(struct climb *c, enum repair_rung rung, struct err *e) {
	struct pump *p = c->p;
	struct parcel next = { .spool = -1 };
	struct into_parcel into = { p, &next };
	struct message_sink sink = { put, &into };
	const struct parcel *from = rung == REPAIR_WRAP || c->now.size == 0 ? &c->original : &c->now;
	struct message_text in = pump_parcel_text(from);
	bool changed = false;
	buf_init(&next.memory, REPAIR_MEMORY);
	pump_parcel_begin(p, &next);
	bool ok = repair_apply(rung, &in, &c->piece->row.date, &sink, &changed, e);
	if (!ok || !changed) {
		pump_parcel_free(&next);
		return ok;
	}
	pump_parcel_free(&c->now);
	c->now = next;
	if (p->append_limit && next.size > p->append_limit)
		return true; /* known to be too large like this */
	p->parcel = c->now;
	ok = send_now(c, rung, e);
	c->now = p->parcel;
	p->parcel = c->original;
	return ok;
}

/* --- the ladder ------------------------------------------------------------------------------------------------- */

static void explain(const struct climb *c, bool kept, struct err *why) {
	*why = c->why;
	if (!kept)
		err_set(why, ERR_BAD_CONTENT, "%.250s (not repaired and not kept: the target had refused %d before it)",
			c->why.text, REFUSED_IN_ROW_MAX);
	else if (c->tried[0])
		err_set(why, ERR_BAD_CONTENT, "%.220s (refused again after repairs: %s)", c->why.text, c->tried);
	why->bare = c->why.bare;
}

bool pump_bury(struct pump *p, struct batch *b, struct piece *piece, bool keep, const struct err *why, struct err *e) {
	struct err second;
	if (!keep || pump_keep_letter(p, piece, why, e))
		return pump_give_up(p, b, piece, MSG_FAILED, why, true, e);
	if (!pump_put_back(p, b, piece, &second) || !pump_flush(p, &second))
		*e = second;
	return false;
}

bool pump_keep_hopeless(struct pump *p, struct batch *b, struct piece *piece, struct err *e) {
	struct err why;
	err_set(&why, ERR_BAD_CONTENT, "The target closes the connection whenever this message is sent");
	return pump_bury(p, b, piece, p->refused_in_row++ < REFUSED_IN_ROW_MAX, &why, e);
}

/* Nothing helped. */
static bool give_up(struct climb *c, struct err *e) {
	struct pump *p = c->p;
	struct err why;
	bool keep = p->refused_in_row++ < REFUSED_IN_ROW_MAX;
	c->piece->ident = c->ident;
	c->piece->body = c->body;
	c->piece->size = c->size;
	explain(c, keep, &why);
	return pump_bury(p, c->b, c->piece, keep, &why, e);
}

bool pump_climb(struct pump *p, struct batch *b, struct piece *piece, struct err *e) {
	struct climb c = { .p = p,
			   .b = b,
			   .piece = piece,
			   .original = p->parcel,
			   .now = { .spool = -1 },
			   .ident = piece->ident,
			   .size = piece->size,
			   .body = piece->body,
			   .why = p->refused.why };
	bool settled, ok = pump_send_again(p, b, piece, &settled, e), worth = p->refused_in_row < REFUSED_IN_ROW_MAX;
	if (!ok || settled) {
		p->refused.piece = NULL;
		return ok;
	}
	if (c.why.cat == ERR_TOO_LARGE || pump_bare_doubtful(p, piece->row.uid, &c.why)) {
		p->refused.piece = NULL;
		return c.why.cat == ERR_TOO_LARGE ? pump_large_keep(p, b, piece, &c.why, e)
						  : pump_bare_put_back(p, b, piece, &c.why, e);
	}
	for (int r = REPAIR_LINES; ok && worth && !c.settled && r < REPAIR_RUNG_COUNT; r++)
		if (repair_allowed(p->run->repair, (enum repair_rung)r))
			ok = try_rung(&c, (enum repair_rung)r, e);
	p->refused.piece = NULL;
	pump_parcel_free(&c.now);
	if (ok && c.settled) {
		log_line(p->run->cfg->log, LOG_INFO, p->run->lease.key, "%s: UID %u arrived repaired (refused: %s)",
			 p->job->info->display, piece->row.uid, c.why.text);
		p->refused_in_row = 0;
	}
	return ok && (c.settled || give_up(&c, e));
}
