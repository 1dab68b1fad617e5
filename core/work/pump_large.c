/* SPDX-License-Identifier: MIT
 *
 * pump_large.c - messages beyond what the target takes. Nothing makes them fit, so each is kept as a file that somebody
 * can hand over, and named. One that was sent in vain has left memory by the time the target says so: it is fetched
 * once more, and not sent again.
 */
#include <stdlib.h>
#include <string.h>

#include "core/store/dead_letters.h"
#include "core/work/pump_repair.h"

#define LARGE_MAX 50 /* of one folder in one attempt */

struct large_refusal {
	uint32_t uid;
	struct err why;
};

static struct dead_letter_id letter_of(const struct pump *p, uint32_t uid) {
	return (struct dead_letter_id){ .mailbox = p->run->lease.mailbox,
					.folder = p->job->lf.id,
					.uidvalidity = p->job->lf.src_uidvalidity,
					.uid = uid };
}

static uint64_t size_of(const struct ledger_row *row) {
	return row->size == UINT64_MAX ? 0 : row->size;
}

bool pump_large_wanted(struct pump *p, const struct ledger_row *row) {
	struct dead_letter_id id = letter_of(p, row->uid);
	if (p->large.count >= LARGE_MAX || dead_letter_there(p->run->store, &id) ||
	    !dead_letter_fits(p->run->store, size_of(row)))
		return false;
	p->large.count++;
	return true;
}

static void not_kept(const struct pump *p, uint64_t size, struct err *why) {
	struct err plain = *why;
	err_set(why, plain.cat, "%.250s (not kept as a file: %s)", plain.text,
		dead_letter_fits(p->run->store, size) ? "the target had refused 50 of the folder before it"
						      : "the project's disk has too little room");
}

void pump_large_explain(const struct pump *p, const struct ledger_row *row, struct err *why) {
	struct dead_letter_id id = letter_of(p, row->uid);
	if (!dead_letter_there(p->run->store, &id))
		not_kept(p, size_of(row), why);
}

bool pump_large_fetch(struct pump *p, struct batch *b, struct piece *piece, const struct err *why, struct err *e) {
	struct large *l = &p->large;
	struct err told = *why;
	if (!l->refused)
		l->refused = calloc(LARGE_MAX, sizeof *l->refused);
	if (l->refused && pump_large_wanted(p, &piece->row)) {
		l->refused[l->refused_count++] = (struct large_refusal){ piece->row.uid, *why };
		run_suspect_add(p->run, p->job->lf.id, piece->row.uid);
		return pump_put_back(p, b, piece, e);
	}
	pump_large_explain(p, &piece->row, &told);
	return pump_give_up(p, b, piece, MSG_FAILED, &told, false, e);
}

const struct err *pump_large_refused(const struct pump *p, uint32_t uid) {
	for (unsigned i = 0; i < p->large.refused_count; i++)
		if (p->large.refused[i].uid == uid)
			return &p->large.refused[i].why;
	return NULL;
}

bool pump_large_keep(struct pump *p, struct batch *b, struct piece *piece, const struct err *why, struct err *e) {
	struct err told = *why;
	bool counted = piece->large || pump_large_refused(p, piece->row.uid);
	bool keep = (counted || p->large.count < LARGE_MAX) && dead_letter_fits(p->run->store, p->parcel.size);
	p->large.count += keep && !counted;
	if (!keep)
		not_kept(p, p->parcel.size, &told);
	return pump_bury(p, b, piece, keep, &told, e);
}

void pump_large_free(struct pump *p) {
	free(p->large.refused);
}
