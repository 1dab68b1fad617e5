/* SPDX-License-Identifier: MIT
 *
 * renames.c - folders that the source calls by other names than in an earlier run: renamed ones, and those that have
 * swapped names. Taken for new ones they would be copied again, beside the copies under their old names.
 *
 * It is the same folder when its UIDVALIDITY is (RFC 9051 6.3.6 keeps it) and its messages are still under their UIDs.
 * The copies' folder is renamed as well where that takes nothing else along; else it keeps its name. First the
 * target, then the ledger, all names in one transaction: who dies in between recognises the folders once more, and
 * finds their new places there.
 */
#include <stdlib.h>
#include <string.h>

#include "core/base/crash_point.h"
#include "core/mail/mime/ident.h"
#include "core/work/match.h"
#include "core/work/renames.h"

#define SAMPLE 64 /* messages compared */

/* What the ledger has under the name of a folder of the source. */
struct named_folder {
	bool known;
	bool suspect; /* it may be another one's: UIDVALIDITY or UIDNEXT are not those of the ledger */
	bool taken;   /* an old folder was found in it */
	uint32_t uidvalidity, uidnext;
};

struct old_folders {
	const struct plan *plan;
	struct named_folder *named; /* per folder of the source */
	struct old_folder *at;	    /* those that are not at the source as they were */
	size_t count, cap;
};

static bool add_old(struct old_folders *o, const char *wire, const char *display, size_t own, struct err *e) {
	if (o->count == o->cap) {
		size_t cap = o->cap ? o->cap * 2 : 8;
		struct old_folder *more = realloc(o->at, cap * sizeof *more);
		if (!more)
			return err_nomem(e);
		o->at = more;
		o->cap = cap;
	}
	struct old_folder *f = &o->at[o->count++];
	*f = (struct old_folder){ .own = own, .now = NOWHERE };
	text_copy(f->wire, sizeof f->wire, wire);
	text_copy(f->display, sizeof f->display, display);
	return true;
}

static bool on_name(void *arg, const struct ledger_name *f, struct err *e) {
	struct old_folders *o = arg;
	for (size_t i = 0; i < o->plan->src_count; i++)
		if (strcmp(o->plan->src[i].wire, f->src_wire) == 0) {
			/* Of one that was never listed nothing but the name is known. */
			o->named[i].known = f->src_uidvalidity || f->rows;
			o->named[i].uidvalidity = f->src_uidvalidity;
			o->named[i].uidnext = f->src_uidnext;
			return true;
		}
	return add_old(o, f->src_wire, f->src_display, NOWHERE, e);
}

/* UIDs only grow: the messages of another folder are under this name. */
static bool went_back(const struct old_folders *o, size_t i) {
	return o->named[i].known && o->plan->src[i].status_known && o->plan->src[i].uidnext &&
	       o->plan->src[i].uidnext < o->named[i].uidnext;
}

/* Servers that take UIDVALIDITY from the clock give one to many folders. Is there one, new or with a name that was
 * another's, that this one may have changed places with? */
static bool changed_places(const struct old_folders *o, uint32_t uidvalidity) {
	for (size_t i = 0; i < o->plan->src_count; i++) {
		const struct folder_info *f = &o->plan->src[i];
		if (f->status_known && f->uidvalidity == uidvalidity && (!o->named[i].known || went_back(o, i)))
			return true;
	}
	return false;
}

static bool add_suspects(struct old_folders *o, struct err *e) {
	for (size_t i = 0; i < o->plan->src_count; i++) {
		const struct folder_info *f = &o->plan->src[i];
		struct named_folder *k = &o->named[i];
		if (!k->known || !k->uidvalidity || !f->status_known)
			continue;
		k->suspect = f->uidvalidity != k->uidvalidity ||
			     (k->uidnext && f->uidnext != k->uidnext && changed_places(o, f->uidvalidity));
		if (k->suspect && !add_old(o, f->wire, f->display, i, e))
			return false;
	}
	return true;
}

static int by_display(const void *a, const void *b) {
	return strcmp(((const struct old_folder *)a)->display, ((const struct old_folder *)b)->display);
}

/* Superiors first: renaming one at the target takes its inferiors along. */
static bool find_old(struct run *r, struct old_folders *o, struct err *e) {
	size_t kept = 0;
	o->named = calloc(o->plan->src_count + 1, sizeof *o->named);
	if (!o->named)
		return err_nomem(e);
	if (!ledger_folder_names(r->store, r->lease.mailbox, on_name, o, e) || !add_suspects(o, e))
		return false;
	for (size_t i = 0; i < o->count; i++) {
		struct old_folder *f = &o->at[i];
		bool found = false;
		if (!ledger_folder_find(r->store, r->lease.mailbox, f->wire, &f->lf, &found, e))
			return false;
		if (found && !f->lf.skipped && f->lf.src_uidvalidity && f->lf.counts.source)
			o->at[kept++] = *f;
	}
	o->count = kept;
	if (kept)
		qsort(o->at, kept, sizeof *o->at, by_display);
	return true;
}

/* --- is it this one? -------------------------------------------------------------------------------------------- */

struct sample {
	struct ledger_row *rows; /* ascending uid */
	size_t count, here, equal;
};

static int by_uid(const void *a, const void *b) {
	const struct ledger_row *x = a, *y = b;
	return (x->uid > y->uid) - (x->uid < y->uid);
}

/* By the header of what was copied; of the others the date and size that were listed are known. */
static bool on_header(void *arg, const struct scan_item *item, const char *header, size_t n, struct err *e) {
	struct sample *s = arg;
	struct ledger_row key = { .uid = item->uid };
	const struct ledger_row *row = bsearch(&key, s->rows, s->count, sizeof *s->rows, by_uid);
	struct header_ident id;
	(void)e;
	if (!row)
		return true;
	s->here++;
	ident_header(header, n, &id);
	s->equal += row->ident ? row->ident == ident_value(&id)
			       : row->date.valid && row->date.unix_s == item->date.unix_s && row->size == item->size;
	return true;
}

/* The oldest and some from the middle: what is deleted first is mostly the one or the other. */
static bool take_sample(struct run *r, const struct ledger_folder *lf, struct sample *s, struct err *e) {
	const unsigned any = (1u << MSG_VANISHED) - 1;
	size_t first = 0, more = 0;
	if (!ledger_rows(r->store, lf->id, 0, any, s->rows, SAMPLE / 2, &first, e))
		return false;
	uint32_t after = first ? s->rows[first - 1].uid : 0;
	if (lf->src_uidnext / 2 > after)
		after = lf->src_uidnext / 2;
	if (!ledger_rows(r->store, lf->id, after, any, s->rows + first, SAMPLE / 2, &more, e))
		return false;
	s->count = first + more;
	return true;
}

enum likeness { NOT_KNOWN, SAME_MESSAGES, OTHER_MESSAGES };

/* Some may have been deleted, and some were repaired on their way: most must be there, and nearly all of those agree.
 */
static bool same_messages(struct run *r, const struct ledger_folder *lf, enum likeness *like, struct err *e) {
	struct sample s = { .rows = calloc(SAMPLE, sizeof *s.rows) };
	uint32_t uids[SAMPLE];
	bool ok = s.rows ? take_sample(r, lf, &s, e) : err_nomem(e);
	for (size_t i = 0; ok && i < s.count; i++)
		uids[i] = s.rows[i].uid;
	ok = ok && (s.count == 0 || r->src->ops->headers(r->src, uids, s.count, on_header, &s, e));
	if (ok && s.equal > 0 && s.equal * 10 >= s.here * 9 && s.here * 2 >= s.count)
		*like = SAME_MESSAGES;
	else if (ok && s.equal * 2 < s.here)
		*like = OTHER_MESSAGES;
	free(s.rows);
	return ok;
}

/* Trouble with one folder tells nothing. */
static bool compare(struct run *r, const struct ledger_folder *lf, const struct folder_info *now, enum likeness *like,
		    struct err *e) {
	struct folder_status st;
	*like = NOT_KNOWN;
	if (now->status_known && now->uidvalidity != lf->src_uidvalidity)
		return true;
	bool ok = run_check(r, e) && r->src->ops->select(r->src, now->wire, &st, e) &&
		  (st.uidvalidity != lf->src_uidvalidity || same_messages(r, lf, like, e));
	return ok || e->scope <= ERR_SCOPE_FOLDER;
}

/* Those that are where they were after all, for a server that gives many folders one UIDVALIDITY. What is certainly
 * another folder's under the same UIDVALIDITY starts anew: its UIDs would be taken for messages that are copied. */
static bool find_at_home(struct run *r, struct old_folders *o, bool *other, struct err *e) {
	for (size_t i = 0; i < o->count; i++) {
		struct old_folder *f = &o->at[i];
		enum likeness like;
		if (f->own == NOWHERE)
			continue;
		if (!compare(r, &f->lf, &o->plan->src[f->own], &like, e))
			return false;
		other[i] = like == OTHER_MESSAGES;
		if (like == SAME_MESSAGES) {
			f->now = f->own;
			o->named[f->own].suspect = false;
		}
	}
	return true;
}

static bool find_now(struct run *r, struct old_folders *o, struct old_folder *f, struct err *e) {
	for (size_t k = 0; k < o->plan->src_count && f->now == NOWHERE; k++) {
		const struct named_folder *named = &o->named[k];
		enum likeness like;
		if (k == f->own || named->taken || (named->known && !named->suspect))
			continue;
		if (!compare(r, &f->lf, &o->plan->src[k], &like, e))
			return false;
		if (like == SAME_MESSAGES)
			f->now = k;
	}
	if (f->now != NOWHERE)
		o->named[f->now].taken = true;
	return true;
}

/* --- what becomes of them --------------------------------------------------------------------------------------- */

static uint64_t copies_of(const struct old_folder *f) {
	return f->lf.counts.copied + f->lf.counts.adopted + f->lf.counts.merged;
}

static bool note_gone(struct run *r, const struct old_folder *f, struct err *e) {
	return copies_of(f) == 0 ||
	       sync_note(r, f->lf.id, "folder-gone", e,
			 "The folder is not at the source any more; its %llu copies stay at the target. If it was "
			 "renamed, the new one holds them again: remove one of the two there",
			 (unsigned long long)copies_of(f));
}

/* Its name is another folder's now, and nobody knows where it went. With another UIDVALIDITY folder_run starts it anew.
 */
static bool made_anew(struct run *r, const struct old_folder *f, const struct folder_info *now, bool other,
		      struct err *e) {
	bool restart = now->uidvalidity == f->lf.src_uidvalidity;
	if (restart && !other)
		return true; /* for all that is known it is the same */
	if (copies_of(f) &&
	    !sync_note(r, f->lf.id, "folder-anew", e,
		       "The source has made this folder anew, or put another one in its place. Messages that are at "
		       "the target are not copied again; the rest of its %llu earlier copies stays there beside them",
		       (unsigned long long)copies_of(f)))
		return false;
	return !restart || ledger_folder_restart(r->store, &r->lease, f->lf.id, now->uidvalidity, e);
}

/* The target has no such folder any more: what lies under the new name is matched. */
static bool place_lost(struct run *r, const struct plan *p, const struct old_folder *f, struct err *e) {
	const struct folder_mapping *m = &p->map[f->now];
	return ledger_folder_map(r->store, &r->lease, f->lf.id, m->wire, m->display, m->renamed, m->note, e) &&
	       ledger_flush(r->store, &r->lease, e) && ledger_folder_unmap(r->store, &r->lease, f->lf.id, 0, e) &&
	       folder_note_lost(r, &f->lf, e);
}

static bool tell(struct run *r, const struct plan *p, const struct old_folder *f, struct err *e) {
	if (f->now == NOWHERE)
		return note_gone(r, f, e);
	log_line(r->cfg->log, LOG_INFO, r->lease.key, "%s is %s now", f->display, p->src[f->now].display);
	return !f->kept || sync_note(r, f->lf.id, "folder-renamed", e,
				     "The source has renamed %.100s; the folder of its copies keeps its name at the "
				     "target, and what is new goes there",
				     f->display);
}

/* Their rows go on under the new names of the source, and their copies where they are now. */
static bool take_over(struct run *r, struct plan *p, struct old_folder *moves, size_t n, struct err *e) {
	struct ledger_renaming *names = calloc(n, sizeof *names);
	p->moved = calloc(p->src_count + 1, sizeof *p->moved);
	bool ok = (names && p->moved) || err_nomem(e);
	for (size_t i = 0; ok && i < n; i++) {
		const struct folder_info *now = moves[i].now == NOWHERE ? NULL : &p->src[moves[i].now];
		names[i] =
			(struct ledger_renaming){ moves[i].lf.id, now ? now->wire : NULL, now ? now->display : NULL };
		/* Under both its names the ledger has another one, until it is told. */
		if (now)
			p->moved[moves[i].now] = true;
		if (moves[i].own != NOWHERE)
			p->moved[moves[i].own] = true;
	}
	ok = ok && renames_at_target(r, p, moves, n, e);
	for (size_t i = 0; ok && i < n; i++)
		ok = !moves[i].lost || place_lost(r, p, &moves[i], e);
	CRASH_POINT("renames: the new place is known");
	/* Last: from here on nothing is recognised any more. */
	ok = ok && ledger_folders_rename(r->store, &r->lease, names, n, e);
	CRASH_POINT("renames: in the ledger");
	for (size_t i = 0; ok && i < n; i++)
		ok = tell(r, p, &moves[i], e);
	free(names);
	free(p->moved);
	p->moved = NULL;
	plan_forget_target(p);
	return ok;
}

/* Whoever was found elsewhere, and whoever has lost his name to one of those, first. *n: how many. */
static bool sort_out(struct run *r, struct old_folders *o, const bool *other, size_t *n, struct err *e) {
	*n = 0;
	for (size_t i = 0; i < o->count; i++) {
		struct old_folder f = o->at[i];
		bool found = f.now != NOWHERE, home = found && f.now == f.own;
		if ((found && !home) || (!found && f.own != NOWHERE && o->named[f.own].taken))
			o->at[(*n)++] = f;
		else if (!found && !(f.own == NOWHERE ? note_gone(r, &f, e)
						      : made_anew(r, &f, &o->plan->src[f.own], other[i], e)))
			return false;
	}
	return true;
}

bool renames_follow(struct run *r, struct plan *p, struct err *e) {
	struct old_folders o = { .plan = p };
	size_t n = 0;
	if (!(r->src->ops->caps(r->src) & SOURCE_FOLDERS))
		return true;
	bool ok = find_old(r, &o, e);
	bool *other = calloc(o.count + 1, sizeof *other);
	ok = ok && (other || err_nomem(e)) && find_at_home(r, &o, other, e);
	for (size_t i = 0; ok && i < o.count; i++)
		ok = find_now(r, &o, &o.at[i], e);
	ok = ok && sort_out(r, &o, other, &n, e) && (n == 0 || take_over(r, p, o.at, n, e));
	free(other);
	free(o.named);
	free(o.at);
	return ok;
}
