/* SPDX-License-Identifier: MIT
 *
 * sync_deletes.c - which copies may go because the source has deleted the message. Each limit here is there because
 * sources that hide mail look like sources that deleted it (reference/correctness.md 8.6).
 *
 * A copy may go when its message is missing in two complete listings, of two runs and at least a minute apart, of a
 * folder that is still the same one and not empty, and when no more than 50 messages or 5 % are missing at once.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/work/sync.h"

#define MISSING_MAX 50
#define MISSING_PERCENT 5

uint64_t sync_deletes_limit(uint64_t copied) {
	uint64_t share = copied * MISSING_PERCENT / 100;
	return share > MISSING_MAX ? share : MISSING_MAX;
}

bool sync_deletes_possible(struct run *r, bool *possible, struct err *e) {
	struct mailbox_row row;
	*possible = false;
	if (r->sync.deletes == SYNC_DELETES_OFF)
		return true;
	if (!store_flush(r->store, e) || !mailbox_get(r->store, r->lease.mailbox, &row, e))
		return false;
	/* A message that was moved at the source must be at its new place before the old copy goes. */
	if (r->folder_errors || row.counts.failed + row.counts.pending > 0)
		return sync_note(r, 0, "sync-deletes", e,
				 "Nothing was removed: some of this mailbox is not copied yet, and a message that was "
				 "moved at the source could be among it. Settle the failures first");
	/* All Mail keeps what loses its label, and was left out because the label's folder had it. */
	if (r->gmail)
		return sync_note(
			r, 0, "sync-deletes", e,
			"Nothing was removed: at Gmail a message that loses a label looks as if it were deleted");
	*possible = true;
	return true;
}

static bool refuse(struct sync_folder *f, struct err *e, const char *why) {
	return sync_note(f->run, f->lf.id, "sync-deletes", e, "Nothing was removed here: %s", why) &&
	       delta_absent_forget(f->run->store, &f->run->lease, f->lf.id, e);
}

/* Would a source that merely shows less look like this? */
static const char *suspicious(const struct sync_folder *f) {
	if (!f->whole)
		return "the source did not list all messages that it counts";
	if (f->src.exists == 0)
		return "the folder is empty at the source";
	if (f->src.uid_not_sticky)
		return "the source gives its messages other UIDs in every session";
	if (alarms_yahoo(&f->run->src_ep) && f->src.exists >= YAHOO_SHOWS)
		return "Yahoo shows only the newest 10,000 messages of a folder";
	if (alarms_round(f->src.exists))
		return "the number of messages is so round that the source may be showing only part of them";
	return NULL;
}

struct missing {
	uint32_t *uids;
	size_t count, cap;
};

static bool add_missing(struct missing *m, uint32_t uid, struct err *e) {
	if (m->count == m->cap) {
		size_t cap = m->cap ? m->cap * 2 : 256;
		uint32_t *more = realloc(m->uids, cap * sizeof *more);
		if (!more)
			return err_nomem(e);
		m->uids = more;
		m->cap = cap;
	}
	m->uids[m->count++] = uid;
	return true;
}

/* Rows and items are both in ascending order. */
static bool find_missing(struct sync_folder *f, struct missing *m, struct err *e) {
	const unsigned copied = 1u << MSG_DONE | 1u << MSG_ACKED | 1u << MSG_ADOPTED | 1u << MSG_MERGED;
	struct ledger_row *rows = calloc(SYNC_AT_ONCE, sizeof *rows);
	bool ok = rows || err_nomem(e);
	uint32_t after = 0;
	size_t i = 0, n = 0;
	while (ok) {
		ok = ledger_rows(f->run->store, f->lf.id, after, copied, rows, SYNC_AT_ONCE, &n, e);
		if (!ok || n == 0)
			break;
		for (size_t k = 0; ok && k < n; k++) {
			while (i < f->count && f->items[i].uid < rows[k].uid)
				i++;
			if (i == f->count || f->items[i].uid != rows[k].uid)
				ok = add_missing(m, rows[k].uid, e);
		}
		after = rows[n - 1].uid;
	}
	free(rows);
	return ok;
}

static bool count_ripe(struct sync_folder *f, uint64_t *ripe, struct err *e) {
	uint32_t uids[SYNC_AT_ONCE];
	wall_ms_t before = wall_ms() - (wall_ms_t)f->run->sync.wait_s * 1000;
	uint32_t after = 0;
	size_t n;
	do {
		if (!delta_ripe(f->run->store, &f->run->lease, f->lf.id, before, after, uids, SYNC_AT_ONCE, &n, e))
			return false;
		*ripe += n;
		after = n ? uids[n - 1] : 0;
	} while (n);
	return true;
}

static bool weigh(struct sync_folder *f, uint64_t open, uint64_t *ripe, struct err *e) {
	struct run *r = f->run;
	uint64_t limit = sync_deletes_limit(f->lf.counts.copied);
	char why[200];
	if (open > limit) {
		snprintf(why, sizeof why,
			 "%llu of %llu copied messages are gone from the source at once, more than %llu. Look whether "
			 "the source is complete",
			 (unsigned long long)open, (unsigned long long)f->lf.counts.copied, (unsigned long long)limit);
		return refuse(f, e, why);
	}
	if (open == 0 || !count_ripe(f, ripe, e))
		return open == 0;
	if (r->sync.deletes != SYNC_DELETES_PREVIEW && *ripe == open)
		return true;
	bool preview = r->sync.deletes == SYNC_DELETES_PREVIEW;
	uint64_t n = preview ? open : open - *ripe;
	if (preview)
		*ripe = 0;
	return sync_note(
		r, f->lf.id, "sync-deletes", e,
		preview ? "%llu copied %s gone from the source; --sync-deletes trash or expunge would remove %s"
			: "%llu copied %s gone from the source; a later run removes %s, if the messages "
			  "are still missing then",
		(unsigned long long)n, n == 1 ? "message is" : "messages are", n == 1 ? "its copy" : "their copies");
}

bool sync_deletes_look(struct sync_folder *f, uint64_t *ripe, struct err *e) {
	struct missing m = { 0 };
	uint64_t open = 0;
	const char *why = suspicious(f);
	bool ok = find_missing(f, &m, e);
	if (ok && why && m.count)
		ok = refuse(f, e, why);
	else if (ok && !why)
		ok = delta_absent(f->run->store, &f->run->lease, f->lf.id, m.uids, m.count, wall_ms(), &open, e) &&
		     weigh(f, open, ripe, e);
	free(m.uids);
	return ok;
}
