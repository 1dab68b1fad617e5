/* SPDX-License-Identifier: MIT
 *
 * sync_remove.c - copies of messages that the source has deleted go: looked at, intended, removed, looked at again,
 * written down. What a crash leaves is an intent, and the target's answer to whether the UID is still there.
 *
 * Only what we stored ourselves, can prove to be the same message, header and body, and nobody has used at the target
 * is ever touched.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "core/base/crash_point.h"
#include "core/work/keep.h"
#include "core/work/sync.h"

/* Where removed copies go, or NULL. */
static const struct folder_info *trash_of(const struct plan *p) {
	const struct folder_info *named = NULL;
	for (size_t i = 0; i < p->dst_count; i++) {
		const struct folder_info *d = &p->dst[i];
		if (d->attrs & (ATTR_NOSELECT | ATTR_NONEXISTENT))
			continue;
		if (d->attrs & ATTR_TRASH)
			return d;
		if (strcasecmp(d->display, "Trash") == 0)
			named = d;
	}
	return named;
}

/* *ready false: said why, or nothing to be done here. */
static bool ready(struct sync_folder *f, const struct folder_info **trash, bool *ready, struct err *e) {
	struct run *r = f->run;
	const char *why = NULL;
	*ready = false;
	*trash = NULL;
	if (!sync_open_target(f, e))
		return false;
	unsigned caps = r->dst->ops->caps(r->dst);
	if (caps & TARGET_GMAIL)
		why = "Gmail keeps one message for several folders";
	else if (f->dst.uid_not_sticky)
		why = "the target gives its messages other UIDs in every session";
	else if (r->sync.deletes == SYNC_DELETES_EXPUNGE && !(caps & TARGET_UIDPLUS))
		why = "the target has no UID EXPUNGE, and a plain EXPUNGE would remove more than is meant";
	else if (r->sync.deletes == SYNC_DELETES_TRASH && !(caps & TARGET_MOVE))
		why = "the target has no MOVE; --sync-deletes expunge would do without";
	else if (r->sync.deletes == SYNC_DELETES_TRASH && !(*trash = trash_of(f->plan)))
		why = "the target has no Trash folder; make one";
	if (why)
		return sync_note(r, f->lf.id, "sync-deletes", e, "Nothing was removed here: %s", why);
	/* Copies in the Trash stay there. */
	*ready = !*trash || strcmp((*trash)->wire, f->lf.dst_wire) != 0;
	return true;
}

struct work {
	struct sync_folder *f;
	const struct folder_info *trash;
	struct sync_copy *copies; /* SYNC_AT_ONCE */
	size_t count;
	uint32_t keep[SYNC_AT_ONCE]; /* rows whose copies stay */
	size_t keep_count;
	uint64_t unsure;
	uint64_t used;	    /* by the mailbox's new owner */
	char used_one[200]; /* the subject of one */
};

static int by_dst_uid(const void *a, const void *b) {
	const struct ledger_row *x = &((const struct sync_copy *)a)->row, *y = &((const struct sync_copy *)b)->row;
	return (x->dst_uid > y->dst_uid) - (x->dst_uid < y->dst_uid);
}

/* Only what we sent and whose UID we were told. */
static bool load(struct work *w, const uint32_t *uids, size_t n, struct err *e) {
	static const struct hash unknown;
	w->count = w->keep_count = 0;
	for (size_t i = 0; i < n; i++) {
		struct sync_copy *c = &w->copies[w->count];
		bool found;
		if (!ledger_row_get(w->f->run->store, w->f->lf.id, uids[i], &c->row, &found, e))
			return false;
		if (found && c->row.state == MSG_DONE && c->row.dst_uid && c->row.ident &&
		    memcmp(&c->row.body, &unknown, sizeof unknown) != 0)
			w->count++;
		else
			w->keep[w->keep_count++] = uids[i];
	}
	qsort(w->copies, w->count, sizeof *w->copies, by_dst_uid);
	return true;
}

/* Servers set these by themselves: Dovecot, Cyrus. */
static bool set_by_servers(const char *word, size_t n) {
	static const char *const words[] = { "$HasAttachment", "$HasNoAttachment" };
	for (size_t i = 0; i < sizeof words / sizeof *words; i++)
		if (strlen(words[i]) == n && strncasecmp(words[i], word, n) == 0)
			return true;
	return false;
}

/* Has it a flag or keyword that neither the source had nor we set? Then its new owner works with it: also who has only
 * read it. \Deleted says that he does not want it, and \Recent is not the message's. */
static bool used_since(const struct sync_copy *c) {
	if (c->flags & ~c->row.flags & SYNC_FLAGS)
		return true;
	for (const char *w = c->keywords; *w;) {
		size_t n = strcspn(w, " ");
		if (n && !set_by_servers(w, n) && !keyword_listed(c->row.keywords, w, n))
			return true;
		w += n + (w[n] == ' ');
	}
	return false;
}

static void note_used(struct work *w, const struct sync_copy *c) {
	if (w->used++ == 0)
		text_copy(w->used_one, sizeof w->used_one, c->subject);
}

/* Leaves in copies what may go. */
static bool sift(struct work *w, struct err *e) {
	struct run *r = w->f->run;
	struct removal at[SYNC_AT_ONCE];
	bool shared[SYNC_AT_ONCE];
	size_t kept = 0;
	for (size_t i = 0; i < w->count; i++)
		at[i] = (struct removal){ .uid = w->copies[i].row.uid, .dst_uid = w->copies[i].row.dst_uid };
	if (!removals_shared(r->store, w->f->lf.id, at, w->count, shared, e))
		return false;
	for (size_t i = 0; i < w->count; i++)
		if (shared[i]) {
			w->keep[w->keep_count++] = w->copies[i].row.uid;
			w->unsure++;
		} else {
			w->copies[kept++] = w->copies[i];
		}
	w->count = kept;
	if (!sync_copies_headers(r, w->copies, w->count, e) || !sync_copies_bodies(r, w->copies, w->count, e))
		return false;
	kept = 0;
	for (size_t i = 0; i < w->count; i++) {
		const struct sync_copy *c = &w->copies[i];
		bool same = c->ours && c->body_equal, used = same && used_since(c);
		if (same && !used) {
			w->copies[kept++] = *c;
			continue;
		}
		w->keep[w->keep_count++] = c->row.uid;
		if (used)
			note_used(w, c);
		else
			w->unsure += c->found; /* not there at all: its user has deleted it */
	}
	w->count = kept;
	return true;
}

static bool do_remove(struct work *w, const uint32_t *uids, struct err *e) {
	struct target *dst = w->f->run->dst;
	return w->trash ? dst->ops->move(dst, uids, w->count, w->trash->wire, e)
			: dst->ops->expunge(dst, uids, w->count, e);
}

/* Intents for copies that are gone are closed; for the others they are taken back, with the \Deleted that we may
 * have set. copies have been looked at. */
static bool settle(struct sync_folder *f, const struct sync_copy *copies, size_t n, uint64_t *gone_count,
		   struct err *e) {
	struct run *r = f->run;
	struct removal gone[SYNC_AT_ONCE], there[SYNC_AT_ONCE];
	uint32_t marked[SYNC_AT_ONCE];
	size_t gones = 0, theres = 0, marks = 0;
	for (size_t i = 0; i < n; i++) {
		const struct sync_copy *c = &copies[i];
		struct removal at = { .uid = c->row.uid, .dst_uid = c->row.dst_uid };
		if (!c->found)
			gone[gones++] = at;
		else
			there[theres++] = at;
		if (c->found && (c->flags & ~c->row.flags & FLAG_DELETED))
			marked[marks++] = c->row.dst_uid;
	}
	if (marks && (!run_check(r, e) || !r->dst->ops->store_flags(r->dst, marked, marks, false, FLAG_DELETED, "", e)))
		return false;
	*gone_count += gones;
	return (!gones || removals_close(r->store, &r->lease, f->lf.id, gone, gones, true, e)) &&
	       (!theres || removals_close(r->store, &r->lease, f->lf.id, there, theres, false, e));
}

static bool remove_chunk(struct work *w, uint64_t *removed, struct err *e) {
	struct run *r = w->f->run;
	struct removal at[SYNC_AT_ONCE];
	uint32_t uids[SYNC_AT_ONCE];
	if (!sift(w, e) ||
	    (w->keep_count && !delta_absent_keep(r->store, &r->lease, w->f->lf.id, w->keep, w->keep_count, e)))
		return false;
	if (w->count == 0)
		return true;
	for (size_t i = 0; i < w->count; i++) {
		const struct sync_copy *c = &w->copies[i];
		at[i] = (struct removal){ c->row.uid, c->row.dst_uid, c->subject, c->from, c->date, c->message_id };
		uids[i] = c->row.dst_uid;
	}
	if (!removals_intend(r->store, &r->lease, w->f->lf.id, at, w->count, sync_deletes_names[r->sync.deletes],
			     r->sync.deletes_who, e))
		return false;
	CRASH_POINT("sync: removal intended");
	if (!run_check(r, e))
		return false;
	struct err why;
	err_clear(&why);
	bool done = do_remove(w, uids, &why);
	CRASH_POINT("sync: removed, not written down");
	*e = why;
	if (!done && why.scope > ERR_SCOPE_FOLDER)
		return false;
	/* A refusal may have come in the middle: what is gone is gone, and the rest is as it was. */
	if (!sync_copies_headers(r, w->copies, w->count, e) || !settle(w->f, w->copies, w->count, removed, e))
		return false;
	*e = why;
	return done;
}

static bool note_kept(const struct work *w, struct err *e) {
	char used[360] = "", unsure[200] = "";
	if (w->used)
		snprintf(used, sizeof used,
			 "%llu %s of messages deleted at the source stay: read, answered or flagged at the target "
			 "since, as \"%.160s\"",
			 (unsigned long long)w->used, w->used == 1 ? "copy" : "copies", w->used_one);
	if (w->unsure)
		snprintf(unsure, sizeof unsure,
			 "%llu %s of messages deleted at the source stay: what the target has in their place is not, "
			 "or not certainly, what was copied",
			 (unsigned long long)w->unsure, w->unsure == 1 ? "copy" : "copies");
	if (!w->used && !w->unsure)
		return true;
	return sync_note(w->f->run, w->f->lf.id, "sync-deletes", e, "%s%s%s", used, w->used && w->unsure ? ". " : "",
			 unsure);
}

bool sync_remove(struct sync_folder *f, uint64_t *removed, struct err *e) {
	struct work w = { .f = f };
	uint32_t uids[SYNC_AT_ONCE];
	wall_ms_t before = wall_ms() - (wall_ms_t)f->run->sync.wait_s * 1000;
	uint32_t after = 0;
	size_t n = 0;
	bool go;
	if (!ready(f, &w.trash, &go, e))
		return false;
	w.copies = calloc(SYNC_AT_ONCE, sizeof *w.copies);
	bool ok = w.copies || err_nomem(e);
	while (ok && go) {
		ok = delta_ripe(f->run->store, &f->run->lease, f->lf.id, before, after, uids, SYNC_AT_ONCE, &n, e);
		if (!ok || n == 0)
			break;
		after = uids[n - 1];
		ok = load(&w, uids, n, e) && remove_chunk(&w, removed, e);
	}
	free(w.copies);
	return ok && note_kept(&w, e);
}

/* The row may have moved on since the intent: then there is nothing to be found out. */
static bool settle_chunk(struct sync_folder *f, const struct removal *at, size_t n, struct sync_copy *copies,
			 struct err *e) {
	struct run *r = f->run;
	uint64_t gone = 0;
	size_t kept = 0;
	for (size_t i = 0; i < n; i++) {
		bool found;
		if (!ledger_row_get(r->store, f->lf.id, at[i].uid, &copies[kept].row, &found, e))
			return false;
		if (found && copies[kept].row.state == MSG_DONE && copies[kept].row.dst_uid == at[i].dst_uid)
			kept++;
		else if (!removals_close(r->store, &r->lease, f->lf.id, &at[i], 1, false, e))
			return false;
	}
	return sync_copies_headers(r, copies, kept, e) && settle(f, copies, kept, &gone, e);
}

bool sync_remove_settle(struct sync_folder *f, struct err *e) {
	struct removal at[SYNC_AT_ONCE];
	struct sync_copy *copies = NULL;
	uint32_t after = 0;
	size_t n;
	bool ok = true;
	while (ok) {
		ok = removals_open(f->run->store, f->lf.id, after, at, SYNC_AT_ONCE, &n, e);
		if (!ok || n == 0)
			break;
		after = at[n - 1].uid;
		if (!copies && !(copies = calloc(SYNC_AT_ONCE, sizeof *copies)))
			return err_nomem(e);
		ok = sync_open_target(f, e) && settle_chunk(f, at, n, copies, e);
	}
	free(copies);
	return ok;
}
