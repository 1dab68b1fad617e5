/* SPDX-License-Identifier: MIT
 *
 * verify_rows.c - each row of the ledger against what lies at the target.
 *
 * Twice through the rows: first every copy whose UID is known finds its row, so that a row without one (no UIDPLUS,
 * a UID that lied, Exchange's new UID for a changed message) cannot take it away by an equal header.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/base/clock.h"
#include "core/base/text.h"
#include "core/store/delta.h"
#include "core/work/reasons.h"
#include "core/work/verify_int.h"

bool verify_each_row(struct look *lk, int64_t folder, unsigned states, verify_row_fn *fn, void *arg, struct err *e) {
	struct ledger_row *rows = calloc(VERIFY_ROWS_AT_ONCE, sizeof *rows);
	uint32_t after = 0;
	size_t n = 0;
	bool ok = rows || err_nomem(e);
	while (ok) {
		ok = ledger_rows(lk->store, folder, after, states, rows, VERIFY_ROWS_AT_ONCE, &n, e);
		if (!ok || n == 0)
			break;
		if (stop_requested(lk->ctx->stop))
			ok = err_set(e, ERR_CANCELLED, "Stopped before the end");
		for (size_t i = 0; ok && i < n; i++)
			ok = fn(lk, &rows[i], arg, e);
		after = rows[n - 1].uid;
	}
	free(rows);
	return ok;
}

/* The copy under the UID that the ledger knows; of a folder that was made anew its UIDs tell nothing. */
static struct copy *copy_known(struct look *lk, const struct ledger_row *row) {
	bool anew = lk->lf.dst_uidvalidity && lk->lf.dst_uidvalidity != lk->dst_status.uidvalidity;
	return anew ? NULL : copy_by_uid(lk, row->dst_uid);
}

static bool claim(struct look *lk, const struct ledger_row *row, void *arg, struct err *e) {
	struct copy *c = copy_known(lk, row);
	bool equal = c && (!lk->headers || !row->ident || c->ident == row->ident);
	(void)arg, (void)e;
	if (row->size != UINT64_MAX && row->size >= lk->largest_size) {
		lk->largest_size = row->size;
		lk->largest = row->uid;
	}
	if (equal && !c->owner)
		c->owner = row->uid;
	else
		lk->open += !equal || row->state != MSG_MERGED;
	return true;
}

static bool claim_all(struct look *lk, struct err *e) {
	lk->open = lk->largest_size = lk->largest = 0;
	return verify_each_row(lk, lk->lf.id, VERIFY_COPIED, claim, NULL, e);
}

static bool find_copy(struct look *lk, const struct ledger_row *row, struct copy **out, struct err *e) {
	struct copy *c = copy_known(lk, row);
	/* Two rows that the server merged share one copy. */
	if (c && (c->owner == row->uid || row->state == MSG_MERGED)) {
		*out = c;
		return true;
	}
	if (!copy_by_ident(lk, row->ident, out, e))
		return false;
	if (!*out && c && !c->owner)
		*out = c;
	if (*out)
		(*out)->owner = row->uid;
	return true;
}

/* A date before 1970, or hours ahead: Dovecot puts the time of the APPEND in its place, others what fits 32 bits. */
#define AHEAD_MAX (2 * 3600)
static bool out_of_range(int64_t unix_s) {
	return unix_s < 0 || unix_s > wall_ms() / 1000 + AHEAD_MAX;
}

static bool header_differs(const struct ledger_row *row, const struct copy *c) {
	return row->ident && row->ident != c->ident;
}

/* Level 2 and above: what the header, INTERNALDATE and flags say. */
static bool check_read(struct look *lk, const struct ledger_row *row, uint32_t number, const struct copy *c,
		       struct err *e) {
	struct named d = named_row(VERIFY_HEADER, row, number, c->uid);
	if (header_differs(row, c) && !c->long_header) {
		text_copy(d.text, sizeof d.text, HEADER_DIFFERS_TEXT);
		if (!verify_differ(lk, &d, e))
			return false;
	}
	if (row->state == MSG_ADOPTED)
		return true; /* it was there before: its date and flags are its own */
	int64_t date = row->date.valid ? row->date.unix_s : copy_arrival(lk, c->uid);
	if (date && date != copy_date(lk, c)) {
		bool odd = out_of_range(date);
		d.kind = odd ? VERIFY_DATE_RANGE : VERIFY_DATE;
		snprintf(d.text, sizeof d.text, "The date at the target is %lld seconds off%s",
			 (long long)(copy_date(lk, c) - date),
			 odd ? ": the source's date is before 1970 or in the future, which the target does not keep"
			     : "");
		if (!verify_differ(lk, &d, e))
			return false;
	}
	return verify_flags(lk, row, number, c, e);
}

/* number: of the source's message, 0 when it is gone. */
static bool check_copied(struct look *lk, const struct ledger_row *row, uint32_t number, struct err *e) {
	struct copy *c;
	if (!find_copy(lk, row, &c, e))
		return false;
	lk->sum.ledger_copied++;
	if (!number && lk->at_source) {
		struct named gone = named_row(VERIFY_SOURCE_GONE, row, 0, c ? c->uid : 0);
		text_copy(gone.text, sizeof gone.text, "No longer at the source");
		if (!verify_differ(lk, &gone, e))
			return false;
	}
	if (!c) {
		if (lk->sample_left)
			lk->sample_left--;
		return verify_missing_add(lk, row, number, e);
	}
	lk->sum.checked++;
	lk->result->checked++;
	if (lk->how->level < VERIFY_HEADERS)
		return true;
	bool by_body = c->long_header && header_differs(row, c);
	return check_read(lk, row, number, c, e) &&
	       ((lk->how->level < VERIFY_SAMPLE && !by_body) || verify_body_later(lk, row, number, c, by_body, e));
}

static bool check_row(struct look *lk, const struct ledger_row *row, void *arg, struct err *e) {
	static const struct {
		enum verify_kind kind;
		const char *text;
	} others[MSG_STATE_COUNT] = {
		[MSG_PENDING] = { VERIFY_NOT_COPIED, "Not copied yet" },
		[MSG_INTENT] = { VERIFY_NOT_COPIED, "Not known to be copied: the next run finds out" },
		[MSG_FAILED] = { VERIFY_NOT_COPIED, "Failed; the failures of this mailbox say why" },
		[MSG_SKIPPED] = { VERIFY_LEFT_OUT, "Left out on purpose: empty, or copied with another folder" },
		[MSG_VANISHED] = { VERIFY_LEFT_OUT, REASON_GONE },
	};
	bool removed = false;
	uint32_t number = source_number(lk, row);
	(void)arg;
	if (lk->sink->progress)
		lk->sink->progress(lk->sink->arg, 1);
	if ((unsigned)row->state < MSG_STATE_COUNT && others[row->state].text) {
		struct named d = named_row(others[row->state].kind, row, number, 0);
		if (row->state == MSG_VANISHED && !removal_done(lk->store, lk->lf.id, row->uid, &removed, e))
			return false;
		text_copy(d.text, sizeof d.text, removed ? REMOVED_REASON : others[row->state].text);
		return verify_differ(lk, &d, e);
	}
	return check_copied(lk, row, number, e);
}

static bool new_at_source(struct look *lk, struct err *e) {
	uint64_t cursor = 0;
	uint32_t number;
	while (source_unseen(lk, &cursor, &number)) {
		struct named d = {
			.kind = VERIFY_NOT_ENUMERATED, .uid = lk->pop ? 0 : number, .number = number, .size = UINT64_MAX
		};
		text_copy(d.text, sizeof d.text, "At the source, but not yet known here");
		if (!verify_differ(lk, &d, e))
			return false;
	}
	return true;
}

bool verify_rows(struct look *lk, struct err *e) {
	if (!claim_all(lk, e))
		return false;
	/* By UIDs alone some rows cannot be told: then this folder is looked at by headers. */
	if (lk->open && !lk->headers && lk->at_target && (!look_at_target(lk, true, e) || !claim_all(lk, e)))
		return false;
	memset(lk->flags, 0, sizeof lk->flags);
	return verify_each_row(lk, lk->lf.id, ~0u, check_row, NULL, e) && verify_flags_end(lk, e) &&
	       new_at_source(lk, e);
}
