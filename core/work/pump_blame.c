/* SPDX-License-Identifier: MIT
 *
 * pump_blame.c - which message a connection died of. The target's are sent alone, and given up after SUSPECT_DEATHS
 * (pump_repair.c); the source's are left for the end, and named when everything else has come.
 */
#include "core/work/pump_repair.h"
#include "core/work/reasons.h"

#define CONDEMNED_MAX 3

/* In SINGLE mode one message at most is unanswered: it is the one that the connection died of. */
static void blame_target(struct pump *p, struct piece *piece) {
	struct suspect *s = NULL;
	if (piece->state == PIECE_SENT) {
		run_suspect_add(p->run, p->job->lf.id, piece->row.uid);
		s = run_suspect(p->run, p->job->lf.id, piece->row.uid);
	}
	if (s)
		s->deaths++;
}

/* Bodies come in the order in which they were asked for: the first that is missing is the one. Messages are streamed
 * again then, and this one is left for the end; but only a few times, when nothing has come in between. */
static bool blame_source(struct pump *p, struct piece *piece) {
	struct run *r = p->run;
	if (piece->state != PIECE_WAITING)
		return false;
	run_suspect_add(r, p->job->lf.id, piece->row.uid);
	struct suspect *s = run_suspect(r, p->job->lf.id, piece->row.uid);
	if (s && ++s->source_deaths == SUSPECT_DEATHS && r->condemned++ < CONDEMNED_MAX) {
		r->settled++;
		r->careful = false;
	}
	return true;
}

void pump_blame(struct pump *p, const struct err *why) {
	if (p->mode != PUMP_SINGLE || why->retry != ERR_RETRY_NOW || why->cat == ERR_CANCELLED)
		return;
	for (unsigned i = 0; i < p->used; i++) {
		struct batch *b = &p->batch[(p->first + i) % BATCHES];
		for (size_t k = 0; k < b->count; k++) {
			if (!p->reading)
				blame_target(p, &b->pieces[k]);
			else if (blame_source(p, &b->pieces[k]))
				return;
		}
	}
}

bool pump_condemned(const struct pump *p, uint32_t uid) {
	const struct suspect *s = p->mode == PUMP_SINGLE ? run_suspect(p->run, p->job->lf.id, uid) : NULL;
	return s && s->source_deaths >= SUSPECT_DEATHS;
}

bool pump_settle_condemned(struct pump *p, struct err *e) {
	struct err why;
	bool ok = true;
	err_set(&why, ERR_SERVER_BUG, REASON_HANGS_UP);
	for (size_t i = 0; ok && i < p->condemned.count; i++) {
		struct ledger_change c = {
			.uid = p->condemned.at[i], .state = MSG_FAILED, .cat = why.cat, .text = why.text
		};
		run_message(p->run, p->job->info->display, c.uid, c.state, &why);
		ok = pump_change(p, &c, e);
	}
	return ok && pump_flush(p, e);
}
