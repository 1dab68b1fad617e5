/* SPDX-License-Identifier: MIT
 *
 * renames.c - a folder that the source has renamed since an earlier run. Taken for a new one it would be copied again,
 * beside the copies under its old name.
 *
 * It is the same folder when its UIDVALIDITY is (RFC 9051 6.3.6 keeps it) and its messages are still under their UIDs.
 * The copies' folder is renamed as well where that takes nothing else along; else it keeps its name. First the
 * target, then the ledger: who dies in between recognises the folder once more, and finds the new name there.
 */
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "core/base/crash_point.h"
#include "core/mail/mime/ident.h"
#include "core/work/match.h"
#include "core/work/sync.h"

#define SAMPLE 64 /* messages compared */

/* A folder of the ledger that is not at the source as it was. */
struct old_folder {
	char wire[FOLDER_NAME_MAX], display[FOLDER_NAME_MAX];
	bool gone; /* else its name is another folder's now */
	struct ledger_folder lf;
};

struct old_folders {
	const struct plan *plan;
	bool *known; /* per folder of the source: by the ledger */
	struct old_folder *at;
	size_t count, cap;
};

static bool add_old(struct old_folders *o, const char *wire, const char *display, bool gone, struct err *e) {
	if (o->count == o->cap) {
		size_t cap = o->cap ? o->cap * 2 : 8;
		struct old_folder *more = realloc(o->at, cap * sizeof *more);
		if (!more)
			return err_nomem(e);
		o->at = more;
		o->cap = cap;
	}
	struct old_folder *f = &o->at[o->count++];
	text_copy(f->wire, sizeof f->wire, wire);
	text_copy(f->display, sizeof f->display, display);
	f->gone = gone;
	return true;
}

static bool on_name(void *arg, const struct ledger_name *f, struct err *e) {
	struct old_folders *o = arg;
	for (size_t i = 0; i < o->plan->src_count; i++)
		if (strcmp(o->plan->src[i].wire, f->src_wire) == 0) {
			o->known[i] = true;
			return true;
		}
	return add_old(o, f->src_wire, f->src_display, true, e);
}

/* Names that may have been given to other folders; only where a folder is new, and so may be the one that had it. */
static bool add_replaced(struct old_folders *o, struct err *e) {
	size_t known = 0;
	for (size_t i = 0; i < o->plan->src_count; i++)
		known += o->known[i];
	for (size_t i = 0; known && known < o->plan->src_count && i < o->plan->src_count; i++) {
		const struct folder_info *f = &o->plan->src[i];
		if (o->known[i] && f->status_known && !add_old(o, f->wire, f->display, false, e))
			return false;
	}
	return true;
}

static int by_display(const void *a, const void *b) {
	return strcmp(((const struct old_folder *)a)->display, ((const struct old_folder *)b)->display);
}

static bool replaced(const struct plan *p, const struct old_folder *f) {
	for (size_t i = 0; i < p->src_count; i++)
		if (strcmp(p->src[i].wire, f->wire) == 0)
			return p->src[i].uidvalidity != f->lf.src_uidvalidity;
	return false;
}

/* Superiors first: renaming one at the target takes its inferiors along. */
static bool find_old(struct run *r, struct old_folders *o, struct err *e) {
	size_t kept = 0;
	o->known = calloc(o->plan->src_count + 1, sizeof *o->known);
	if (!o->known)
		return err_nomem(e);
	if (!ledger_folder_names(r->store, r->lease.mailbox, on_name, o, e) || !add_replaced(o, e))
		return false;
	for (size_t i = 0; i < o->count; i++) {
		struct old_folder *f = &o->at[i];
		bool found = false;
		if (!ledger_folder_find(r->store, r->lease.mailbox, f->wire, &f->lf, &found, e))
			return false;
		if (found && !f->lf.skipped && f->lf.src_uidvalidity && f->lf.counts.source &&
		    (f->gone || replaced(o->plan, f)))
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

/* Some may have been deleted, and some were repaired on their way: most must be there, and nearly all of those agree.
 */
static bool same_messages(struct run *r, const struct ledger_folder *lf, bool *same, struct err *e) {
	struct sample s = { .rows = calloc(SAMPLE, sizeof *s.rows) };
	uint32_t uids[SAMPLE];
	bool ok = s.rows ? take_sample(r, lf, &s, e) : err_nomem(e);
	for (size_t i = 0; ok && i < s.count; i++)
		uids[i] = s.rows[i].uid;
	ok = ok && (s.count == 0 || r->src->ops->headers(r->src, uids, s.count, on_header, &s, e));
	*same = ok && s.equal > 0 && s.equal * 10 >= s.here * 9 && s.here * 2 >= s.count;
	free(s.rows);
	return ok;
}

/* Trouble with one folder says no. */
static bool is_renamed(struct run *r, const struct ledger_folder *lf, const struct folder_info *now, bool *same,
		       struct err *e) {
	struct folder_status st;
	*same = false;
	if (now->status_known && now->uidvalidity != lf->src_uidvalidity)
		return true;
	bool ok = r->src->ops->select(r->src, now->wire, &st, e) &&
		  (st.uidvalidity != lf->src_uidvalidity || same_messages(r, lf, same, e));
	return ok || e->scope <= ERR_SCOPE_FOLDER;
}

/* --- what the target does with it ------------------------------------------------------------------------------- */

static const struct folder_info *target_named(const struct plan *p, const char *wire) {
	for (size_t i = 0; i < p->dst_count; i++)
		if (strcmp(p->dst[i].wire, wire) == 0 && !(p->dst[i].attrs & (ATTR_NOSELECT | ATTR_NONEXISTENT)))
			return &p->dst[i];
	return NULL;
}

/* Would renaming it take along a folder that is somebody else's, or still the place of a folder of the source? Those
 * below that the source has below the new name come along rightly. */
static bool takes_others(const struct plan *p, const char *wire, const char *to) {
	size_t n = strlen(wire), m = strlen(to);
	for (size_t i = 0; i < p->dst_count; i++) {
		const struct folder_info *d = &p->dst[i];
		bool ours = false;
		if (!d->delimiter || strncmp(d->wire, wire, n) != 0 || d->wire[n] != d->delimiter)
			continue;
		for (size_t k = 0; k < p->src_count; k++) {
			const char *at = p->map[k].wire;
			if (strcmp(at, d->wire) == 0)
				return true;
			ours |= strncmp(at, to, m) == 0 && strcmp(at + m, d->wire + n) == 0;
		}
		if (!ours)
			return true;
	}
	return false;
}

static void forget_target(struct plan *p) {
	free(p->dst);
	free(p->map);
	p->dst = NULL;
	p->map = NULL;
	p->dst_count = 0;
	p->mapped = false;
}

/* The copies' folder gets the name that this one has in the plan. *moved: it has it now. */
static bool rename_copies(struct run *r, struct plan *p, const struct old_folder *f, size_t index, bool *moved,
			  struct err *e) {
	const struct folder_mapping *m = &p->map[index];
	const struct folder_info *at = target_named(p, f->lf.dst_wire);
	*moved = false;
	if (!at)
		return true;
	if (m->exists || (at->attrs & ATTR_SPECIAL_USE) || strcasecmp(at->wire, "INBOX") == 0 ||
	    takes_others(p, at->wire, m->wire))
		return true;
	if (!run_check(r, e))
		return false;
	*moved = r->dst->ops->rename(r->dst, at->wire, m->wire, e);
	if (!*moved)
		log_line(r->cfg->log, LOG_WARN, r->lease.key, "%s: not renamed at the target: %s", f->display, e->text);
	return *moved || e->scope <= ERR_SCOPE_FOLDER;
}

/* Its rows go on under the new name of the source, and their copies where they are now. */
static bool take_over(struct run *r, struct plan *p, struct old_folder *f, size_t index, struct err *e) {
	const struct folder_info *now = &p->src[index];
	bool moved = false, found;
	/* The target's owner may have renamed it as well, which plan_targets finds out. */
	if ((!p->mapped && !plan_targets(r, p, e)) ||
	    !ledger_folder_find(r->store, r->lease.mailbox, f->wire, &f->lf, &found, e))
		return false;
	const struct folder_mapping m = p->map[index];
	if (!rename_copies(r, p, f, index, &moved, e))
		return false;
	bool gone = f->lf.dst_wire[0] && !moved && !target_named(p, f->lf.dst_wire);
	CRASH_POINT("renames: at the target, not in the ledger");
	if ((moved || gone) &&
	    (!ledger_folder_map(r->store, &r->lease, f->lf.id, m.wire, m.display, m.renamed, m.note, e) ||
	     !ledger_flush(r->store, &r->lease, e)))
		return false;
	/* Its superior took it along, or an earlier attempt did: what lies under the new name is matched. */
	if (gone && !ledger_folder_unmap(r->store, &r->lease, f->lf.id, 0, e))
		return false;
	CRASH_POINT("renames: the new place is known");
	/* Last: from here on nothing is recognised any more. */
	if (!ledger_folder_rename(r->store, &r->lease, f->lf.id, now->wire, now->display, e))
		return false;
	CRASH_POINT("renames: in the ledger");
	log_line(r->cfg->log, LOG_INFO, r->lease.key, "%s is %s now", f->display, now->display);
	forget_target(p);
	return moved || gone || !f->lf.dst_wire[0] || strcmp(f->lf.dst_wire, m.wire) == 0 ||
	       sync_note(r, f->lf.id, "folder-renamed", e,
			 "The source has renamed %.100s; the folder of its copies keeps its name at the target, and "
			 "what is new goes there",
			 f->display);
}

static bool note_gone(struct run *r, const struct old_folder *f, struct err *e) {
	uint64_t copies = f->lf.counts.copied + f->lf.counts.adopted + f->lf.counts.merged;
	return copies == 0 ||
	       sync_note(r, f->lf.id, "folder-gone", e,
			 "The folder is not at the source any more; its %llu copies stay at the target. If it was "
			 "renamed, the new one holds them again: remove one of the two there",
			 (unsigned long long)copies);
}

bool renames_follow(struct run *r, struct plan *p, struct err *e) {
	struct old_folders o = { .plan = p };
	if (!(r->src->ops->caps(r->src) & SOURCE_FOLDERS))
		return true;
	bool ok = find_old(r, &o, e);
	for (size_t i = 0; ok && i < o.count; i++) {
		bool same = false;
		size_t k = 0;
		for (; ok && k < p->src_count; k++) {
			if (o.known[k])
				continue;
			ok = run_check(r, e) && is_renamed(r, &o.at[i].lf, &p->src[k], &same, e);
			if (same)
				break;
		}
		if (ok && same) {
			o.known[k] = true;
			ok = take_over(r, p, &o.at[i], k, e);
		} else if (ok && o.at[i].gone) {
			ok = note_gone(r, &o.at[i], e);
		}
	}
	free(o.known);
	free(o.at);
	return ok;
}
