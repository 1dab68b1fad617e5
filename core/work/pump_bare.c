/* SPDX-License-Identifier: MIT
 *
 * pump_bare.c - a target that says NO to a message and nothing else (err.bare). A full disk, a directory that is away,
 * a locked folder and a message that it does not like all sound the same, and the first three pass.
 *
 * It is the message when the target took another one of the folder between two refusals of this one. As long as nothing
 * says so, the message is put back and the others come first; when none of them is taken either, the folder waits, and
 * they are tried again as they are. Only what is refused after that is the message's (reference/correctness.md section
 * 5: an unknown NO is temporary, with back-off, and never for ever). Where it came to the last wait once, nobody waits
 * again in that run: a target that refuses everything costs a mailbox 15 seconds, however much it is to take.
 */
#include <stdlib.h>

#include "core/work/pump_repair.h"

#define FIRST_MAX 4096
#define PROBE 4	    /* so many are tried before more are fetched in vain; Exchange hangs up after ten refusals */
#define WAITS_MAX 4 /* of 1, 2, 4 and 8 s */
/* A failure is tried again by later migrations: once when it was the message's; else for as long as it may take to
 * notice and mend the target, a week of nightly runs. */
#define AGAIN_MESSAGE 1
#define AGAIN_TARGET 7

static struct run *main_of(const struct pump *p) {
	return p->run->main ? p->run->main : p->run;
}

static bool in_vain(const struct pump *p) {
	return atomic_load(&main_of(p)->bare_waits) >= WAITS_MAX;
}

/* By the target of this folder so far, whichever lane sent it. */
static uint64_t taken(const struct pump *p) {
	return p->share ? atomic_load(&p->share->taken) : p->bare.taken;
}

static const struct first_refusal *first_of(const struct bare *b, uint32_t uid) {
	for (size_t i = 0; i < b->count; i++)
		if (b->first[i].uid == uid)
			return &b->first[i];
	return NULL;
}

void pump_bare_note(struct pump *p, uint32_t uid, const struct err *why) {
	struct bare *b = &p->bare;
	if (!why->bare || b->count == FIRST_MAX || first_of(b, uid))
		return;
	if (!b->first)
		b->first = calloc(FIRST_MAX, sizeof *b->first);
	if (b->first)
		b->first[b->count++] = (struct first_refusal){ uid, taken(p) };
}

/* Has the target taken others since it refused this one, on this connection or before it broke? */
static bool is_proved(const struct pump *p, uint32_t uid) {
	const struct first_refusal *f = first_of(&p->bare, uid);
	const struct suspect *s = run_suspect(p->run, p->job->lf.id, uid);
	return (f && taken(p) > f->taken) || (s && s->refused);
}

void pump_bare_free(struct pump *p) {
	struct bare *b = &p->bare;
	for (size_t i = 0; i < b->count; i++) {
		struct suspect s = { .folder = p->job->lf.id,
				     .uid = b->first[i].uid,
				     .refused = taken(p) > b->first[i].taken,
				     .refused_before = p->helper ? b->first[i].taken + 1 : 0 };
		if (s.refused || s.refused_before)
			run_suspect_copy(p->run, &s);
	}
	/* The line broke while some were put back, and is opened again after a wait: that is one. */
	if (b->aside && b->taken == b->taken_before && !in_vain(p))
		atomic_fetch_add(&main_of(p)->bare_waits, 1);
	free(b->first);
}

bool pump_bare_doubtful(struct pump *p, uint32_t uid, const struct err *why) {
	struct err e;
	bool last = false;
	if (!why->bare || is_proved(p, uid) || in_vain(p))
		return false;
	return !ledger_tried_again(p->run->store, p->job->lf.id, uid, &last, &e) || !last;
}

bool pump_bare_put_back(struct pump *p, struct batch *b, struct piece *piece, const struct err *why, struct err *e) {
	p->bare.why = *why;
	p->bare.aside++;
	if (++p->bare.in_row >= PROBE)
		p->exhausted = true; /* the rest would fare no better */
	return pump_put_back(p, b, piece, e);
}

unsigned pump_bare_again(const struct pump *p, uint32_t uid, const struct err *why) {
	/* A source can be as silent; what it does not deliver is another matter. */
	if (!why->bare || !first_of(&p->bare, uid))
		return 0;
	return is_proved(p, uid) ? AGAIN_MESSAGE : AGAIN_TARGET;
}

size_t pump_bare_room(const struct pump *p) {
	if (p->mode == PUMP_STREAM || p->bare.taken > p->bare.taken_before)
		return BATCH_ROWS;
	return p->used ? 0 : PROBE;
}

static bool wait_for_target(struct pump *p, struct err *e) {
	if (in_vain(p))
		return true; /* another lane, meanwhile */
	unsigned before = atomic_fetch_add(&main_of(p)->bare_waits, 1);
	return run_pause(p->run, 1000u << (before < WAITS_MAX ? before : WAITS_MAX - 1), &p->bare.why, e);
}

bool pump_single(struct pump *p, bool (*pass)(struct pump *, enum pump_mode, struct err *), struct err *e) {
	struct bare *b = &p->bare;
	for (;;) {
		b->taken_before = b->taken;
		b->aside = b->in_row = 0;
		p->gone.count = p->condemned.count = 0; /* looked for once more */
		if (!pass(p, PUMP_SINGLE, e))
			return false;
		if (b->aside == 0)
			return true;
		if (b->taken > b->taken_before && !in_vain(p))
			atomic_store(&main_of(p)->bare_waits, 0);
		else if (!wait_for_target(p, e))
			return false;
		if (!ledger_flush(p->run->store, &p->run->lease, e))
			return false;
	}
}
