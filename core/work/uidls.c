/* SPDX-License-Identifier: MIT
 *
 * uidls.c - a POP3 server that names its messages anew: moved, restored or converted, it may give all of them other
 * UIDLs, or none for once, and then each looks like new mail (correctness.md 3).
 */
#include <stdlib.h>

#include "core/work/match.h"
#include "core/work/run.h"
#include "core/work/sync.h"

#define ROWS_AT_ONCE 256
#define SAMPLE_MAX 50 /* headers that are asked for */
#define PROOF_MIN 2   /* so many of them known from copies, or all */

/* What the listing has left open. */
struct uidls {
	struct folder_job *job;
	uint32_t *fresh; /* numbers of listed messages that are not copied */
	size_t fresh_count;
	uint64_t *gone; /* fingerprints of copies whose UIDLs are not listed any more, ascending */
	size_t gone_count;
	size_t asked, known;
};

static int ascending_number(const void *va, const void *vb) {
	uint32_t a = *(const uint32_t *)va, b = *(const uint32_t *)vb;
	return a < b ? -1 : a > b;
}

static int ascending_ident(const void *va, const void *vb) {
	uint64_t a = *(const uint64_t *)va, b = *(const uint64_t *)vb;
	return a < b ? -1 : a > b;
}

static bool sort_out(struct uidls *u, const struct ledger_row *row, struct err *e) {
	uint32_t number = folder_key(u->job, row->uid);
	if (row->state == MSG_PENDING) {
		if (number && u->fresh_count < u->job->pop_count)
			u->fresh[u->fresh_count++] = number;
		return true;
	}
	if (number || row->ident == 0)
		return true;
	if ((u->gone_count & (u->gone_count - 1)) == 0) { /* grows at powers of two */
		uint64_t *more = realloc(u->gone, (u->gone_count ? 2 * u->gone_count : 1) * sizeof *more);
		if (!more)
			return err_nomem(e);
		u->gone = more;
	}
	u->gone[u->gone_count++] = row->ident;
	return true;
}

static bool read_rows(struct uidls *u, struct err *e) {
	const unsigned states = 1u << MSG_PENDING | 1u << MSG_ACKED | 1u << MSG_DONE | 1u << MSG_ADOPTED;
	struct folder_job *f = u->job;
	struct ledger_row *rows = calloc(ROWS_AT_ONCE, sizeof *rows);
	uint32_t after = 0;
	size_t n = 0;
	u->fresh = calloc((size_t)f->pop_count + 1, sizeof *u->fresh);
	bool ok = (rows && u->fresh) || err_nomem(e);
	while (ok) {
		ok = ledger_rows(f->run->store, f->lf.id, after, states, rows, ROWS_AT_ONCE, &n, e);
		if (!ok || n == 0)
			break;
		for (size_t i = 0; ok && i < n; i++)
			ok = sort_out(u, &rows[i], e);
		after = rows[n - 1].uid;
	}
	free(rows);
	return ok;
}

static bool on_header(void *arg, const struct scan_item *item, const char *header, size_t n, struct err *e) {
	struct uidls *u = arg;
	struct header_ident id;
	(void)item;
	(void)e;
	ident_header(header, n, &id);
	uint64_t ident = ident_value(&id);
	u->asked++;
	u->known += bsearch(&ident, u->gone, u->gone_count, sizeof ident, ascending_ident) != NULL;
	return true;
}

/* Some of the new ones, from all over the maildrop. */
static bool ask_headers(struct uidls *u, struct err *e) {
	struct source *src = u->job->run->src;
	uint32_t sample[SAMPLE_MAX];
	size_t n = u->fresh_count < SAMPLE_MAX ? u->fresh_count : SAMPLE_MAX;
	qsort(u->fresh, u->fresh_count, sizeof *u->fresh, ascending_number);
	qsort(u->gone, u->gone_count, sizeof *u->gone, ascending_ident);
	for (size_t i = 0; i < n; i++)
		sample[i] = u->fresh[i * u->fresh_count / n];
	return src->ops->headers(src, sample, n, on_header, u, e);
}

/* Nothing is asked for while most of what is listed is known, or while no copy's message is missing. */
bool uidls_are_new(struct folder_job *f, bool *yes, struct err *e) {
	struct uidls u = { .job = f };
	*yes = false;
	if (!f->pop_uids || f->fresh || f->lf.counts.pending * 2 <= f->pop_count)
		return true;
	bool ok = read_rows(&u, e);
	if (ok && u.gone_count && u.fresh_count * 2 > f->pop_count) {
		ok = ask_headers(&u, e);
		*yes = ok && u.known && (u.known >= PROOF_MIN || u.known == u.asked);
	}
	free(u.fresh);
	free(u.gone);
	return ok && (!*yes || sync_note(f->run, f->lf.id, "uidls-changed", e,
					 "The POP3 server names its messages anew (other UIDLs than before). They were "
					 "looked for at the target, and only what is not there is copied"));
}
