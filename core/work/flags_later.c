/* SPDX-License-Identifier: MIT
 *
 * flags_later.c - after a folder is copied: \Flagged by STORE, for servers where that of an APPEND does not count
 * (store/late_flags.h).
 */
#include <stdio.h>
#include <stdlib.h>

#include "core/store/late_flags.h"
#include "core/work/sync.h"

uint32_t folder_flags_later(const struct folder_job *f) {
	struct target *dst = f->run->dst;
	return dst->ops->caps(dst) & TARGET_EXCHANGE ? f->dst_status.permanent_flags & FLAG_FLAGGED : 0;
}

/* Up to SYNC_AT_ONCE of them. A UID is only what an APPENDUID said: the message is looked at first. */
static bool pay(struct folder_job *f, const struct ledger_row *rows, size_t n, uint64_t *unsure, struct err *e) {
	struct run *r = f->run;
	struct sync_copy *at = calloc(n, sizeof *at);
	uint32_t uids[SYNC_AT_ONCE], paid[SYNC_AT_ONCE];
	size_t known = 0, ours = 0;
	if (!at)
		return err_nomem(e);
	for (size_t i = 0; i < n; i++) {
		paid[i] = rows[i].uid;
		if (rows[i].dst_uid)
			at[known++].row = rows[i];
	}
	bool ok = sync_copies_headers(r, at, known, e);
	for (size_t i = 0; ok && i < known; i++) {
		if (at[i].ours)
			uids[ours++] = at[i].row.dst_uid;
		else
			*unsure += at[i].found; /* else its owner has deleted it */
	}
	*unsure += n - known;
	ok = ok && run_check(r, e) &&
	     (ours == 0 || r->dst->ops->store_flags(r->dst, uids, ours, true, FLAG_FLAGGED, "", e)) &&
	     late_flags_paid(r->store, &r->lease, f->lf.id, paid, n, e);
	free(at);
	return ok;
}

/* A session need not see what others have appended, other lanes for one, before it selects the folder again. */
static bool look_again(struct folder_job *f, struct err *e) {
	struct run *r = f->run;
	struct folder_status now;
	return r->dst->ops->select(r->dst, f->lf.dst_wire, &now, e) &&
	       (now.uidvalidity == f->dst_status.uidvalidity ||
		err_set(e, ERR_UIDVALIDITY_CHANGED, "The target folder was replaced by another one meanwhile"));
}

bool folder_flags_pay(struct folder_job *f, struct err *e) {
	struct run *r = f->run;
	struct ledger_row *rows = calloc(SYNC_AT_ONCE, sizeof *rows);
	uint64_t unsure = 0;
	uint32_t after = 0;
	size_t n = 0;
	bool ok = rows || err_nomem(e);
	while (ok && (ok = late_flags_rows(r->store, f->lf.id, after, rows, SYNC_AT_ONCE, &n, e)) && n) {
		ok = (after || look_again(f, e)) && pay(f, rows, n, &unsure, e);
		after = rows[n - 1].uid;
	}
	free(rows);
	/* Both servers had let us in: opened again at once, as after a connection that breaks while copying. */
	if (!ok && e->cat == ERR_NET && !e->wait_ms)
		e->retry = ERR_RETRY_NOW;
	if (!ok || !unsure)
		return ok;
	char note[200];
	snprintf(note, sizeof note,
		 "%llu messages may lack their flag: it is not certain which message of the target is their copy",
		 (unsigned long long)unsure);
	log_line(r->cfg->log, LOG_WARN, r->lease.key, "%s: %s", f->info->display, note);
	return ledger_folder_note(r->store, &r->lease, f->lf.id, false, note, e);
}
