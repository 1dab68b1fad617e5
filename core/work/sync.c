/* SPDX-License-Identifier: MIT
 *
 * sync.c - the delta options folder by folder: which are looked at, how the source is listed, and what may go wrong.
 */
#include "core/work/sync.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define ITEMS_MAX 8000000u
#define POOL_MAX (64u * 1024 * 1024)

static bool keep_note(struct run *r, const struct alarm *a, struct err *e) {
	for (size_t i = 0; i < r->note_count; i++)
		if (r->notes[i].folder == a->folder && strcmp(r->notes[i].name, a->name) == 0) {
			r->notes[i] = *a;
			return true;
		}
	if (r->note_count == ALARMS_MAX)
		return true;
	struct alarm *more = realloc(r->notes, (r->note_count + 1) * sizeof *more);
	if (!more)
		return err_nomem(e);
	r->notes = more;
	r->notes[r->note_count++] = *a;
	return true;
}

bool sync_note(struct run *r, int64_t folder, const char *name, struct err *e, const char *fmt, ...) {
	struct run *main = r->main ? r->main : r;
	struct alarm a = { .folder = folder };
	va_list ap;
	text_copy(a.name, sizeof a.name, name);
	va_start(ap, fmt);
	vsnprintf(a.text, sizeof a.text, fmt, ap);
	va_end(ap);
	log_line(r->cfg->log, LOG_WARN, r->lease.key, "%s: %s", a.name, a.text);
	pthread_mutex_lock(&main->voice);
	bool ok = keep_note(main, &a, e);
	pthread_mutex_unlock(&main->voice);
	return ok;
}

static bool on_item(void *arg, const struct scan_item *item, struct err *e) {
	struct sync_folder *f = arg;
	if (f->count == f->cap) {
		size_t cap = f->cap ? f->cap * 2 : 1024;
		struct sync_item *more = cap > ITEMS_MAX ? NULL : realloc(f->items, cap * sizeof *more);
		if (!more)
			return err_nomem(e);
		f->items = more;
		f->cap = cap;
	}
	struct sync_item *it = &f->items[f->count];
	*it = (struct sync_item){ .uid = item->uid, .flags = item->flags, .order = (uint32_t)f->count };
	f->count++;
	if (!item->keywords[0])
		return true;
	/* Keywords repeat from message to message. */
	for (size_t back = 1; back <= 4 && back < f->count; back++)
		if (strcmp(sync_keywords(f, &it[-(ptrdiff_t)back]), item->keywords) == 0) {
			it->keywords = it[-(ptrdiff_t)back].keywords;
			return true;
		}
	it->keywords = (uint32_t)f->pool.len;
	return buf_put(&f->pool, item->keywords, strlen(item->keywords) + 1) || err_nomem(e);
}

static int by_uid(const void *a, const void *b) {
	const struct sync_item *x = a, *y = b;
	if (x->uid != y->uid)
		return x->uid > y->uid ? 1 : -1;
	return (x->order > y->order) - (x->order < y->order);
}

/* Of a UID that was said twice the last word holds. */
static void sort_items(struct sync_folder *f) {
	size_t kept = 0;
	if (f->count)
		qsort(f->items, f->count, sizeof *f->items, by_uid);
	for (size_t i = 0; i < f->count; i++)
		if (i + 1 == f->count || f->items[i].uid != f->items[i + 1].uid)
			f->items[kept++] = f->items[i];
	f->count = kept;
}

static bool list_source(struct sync_folder *f, uint64_t since, struct err *e) {
	struct run *r = f->run;
	buf_init(&f->pool, POOL_MAX);
	/* Offset 0 of the pool means "no keywords". */
	if (!buf_put(&f->pool, "", 1))
		return err_nomem(e);
	if (!r->src->ops->select(r->src, f->info->wire, &f->src, e))
		return false;
	if (f->src.uidvalidity != f->lf.src_uidvalidity)
		return err_set(e, ERR_UIDVALIDITY_CHANGED, "The folder was replaced by another one meanwhile");
	if (!r->src->ops->flags(r->src, since, on_item, f, e))
		return false;
	sort_items(f);
	f->whole = since == 0 && f->count >= f->src.exists;
	return true;
}

bool sync_open_target(struct sync_folder *f, struct err *e) {
	struct run *r = f->run;
	if (f->dst_open)
		return true;
	if (!f->plan->mapped && !plan_targets(r, f->plan, e))
		return false;
	if (!r->dst->ops->select(r->dst, f->lf.dst_wire, &f->dst, e))
		return false;
	if (f->dst.uidvalidity != f->lf.dst_uidvalidity || !f->dst.uidvalidity)
		return err_set(e, ERR_UIDVALIDITY_CHANGED, "The target folder was replaced by another one");
	if (f->dst.read_only)
		return err_set(e, ERR_READ_ONLY, "The target folder is read-only for this login");
	f->dst_open = true;
	return true;
}

static bool load(struct sync_folder *f, struct run *r, struct plan *p, size_t index, bool *found, struct err *e) {
	*f = (struct sync_folder){ .run = r, .plan = p, .info = &p->src[index] };
	if (!ledger_folder_find(r->store, r->lease.mailbox, f->info->wire, &f->lf, found, e))
		return false;
	*found = *found && !f->lf.skipped && f->lf.dst_wire[0] && !f->lf.must_match && f->lf.src_uidvalidity;
	return !*found || delta_get(r->store, f->lf.id, &f->delta, e);
}

static void unload(struct sync_folder *f) {
	free(f->items);
	buf_free(&f->pool);
}

/* Trouble with one folder stays in it. */
static bool contain(struct sync_folder *f, bool ok, const char *name, struct err *e) {
	struct err why = *e;
	if (ok)
		return true;
	/* Both servers had let us in: opened again at once, as after a connection that breaks while copying. */
	if (why.cat == ERR_NET && !why.wait_ms)
		e->retry = ERR_RETRY_NOW;
	if (why.scope > ERR_SCOPE_FOLDER)
		return err_prefix(e, "%s", f->info->display);
	return sync_note(f->run, f->lf.id, name, e, "Not done in this folder: %.300s", why.text);
}

/* An unchanged folder costs no command: the server's HIGHESTMODSEQ is where flags were followed to. */
static bool flags_changed(const struct sync_folder *f) {
	const struct folder_info *i = f->info;
	return f->run->sync.flags && f->lf.counts.copied + f->lf.counts.adopted > 0 &&
	       (!i->status_known || !i->highestmodseq || i->highestmodseq != f->delta.flags_modseq);
}

/* As many messages as there are rows of messages that are not gone: none of them is missing. One that was missing
 * the last time must be looked for all the same: if it is back, that must be known. */
static bool some_missing(const struct sync_folder *f, bool possible) {
	const struct folder_info *i = f->info;
	uint64_t rows = f->lf.counts.source - f->lf.counts.vanished - f->delta.absent_kept;
	return possible && f->lf.counts.copied > 0 &&
	       (!i->status_known || f->delta.absent_open || i->messages != rows || i->uidnext != f->lf.src_uidnext);
}

static bool look(struct run *r, struct plan *p, size_t index, bool deletes, uint64_t *ripe, struct err *e) {
	struct sync_folder f;
	bool found;
	*ripe = 0;
	if (!load(&f, r, p, index, &found, e))
		return false;
	bool flags = found && flags_changed(&f), missing = found && some_missing(&f, deletes);
	if (!flags && !missing)
		return true;
	uint64_t since = missing || !(r->src->ops->caps(r->src) & SOURCE_CONDSTORE) ? 0 : f.delta.flags_modseq;
	bool ok = list_source(&f, since, e);
	ok = contain(&f, ok, "sync-listing", e) && (!ok || !flags || contain(&f, sync_flags(&f, e), "sync-flags", e)) &&
	     (!ok || !missing || contain(&f, sync_deletes_look(&f, ripe, e), "sync-deletes", e));
	unload(&f);
	return ok;
}

static bool remove_in(struct run *r, struct plan *p, size_t index, uint64_t *removed, struct err *e) {
	struct sync_folder f;
	bool found;
	if (!load(&f, r, p, index, &found, e))
		return false;
	return !found || contain(&f, sync_remove(&f, removed, e), "sync-deletes", e);
}

/* The same limit again for the whole mailbox: fifty folders of fifty messages are no trifle. */
static bool remove_all(struct run *r, struct plan *p, const uint64_t *ripe, struct err *e) {
	struct mailbox_row row;
	uint64_t all = 0, removed = 0;
	for (size_t i = 0; i < p->src_count; i++)
		all += ripe[i];
	if (all == 0)
		return true;
	if (!mailbox_get(r->store, r->lease.mailbox, &row, e))
		return false;
	if (all > sync_deletes_limit(row.counts.copied))
		return sync_note(r, 0, "sync-deletes", e,
				 "Nothing was removed: %llu of %llu copied messages of this mailbox are gone from the "
				 "source at once, more than %llu. Look whether the source is complete",
				 (unsigned long long)all, (unsigned long long)row.counts.copied,
				 (unsigned long long)sync_deletes_limit(row.counts.copied));
	for (size_t i = 0; i < p->src_count; i++)
		if (ripe[i] && !remove_in(r, p, i, &removed, e))
			return false;
	log_line(r->cfg->log, LOG_WARN, r->lease.key, "%llu copies of messages deleted at the source were %s",
		 (unsigned long long)removed,
		 r->sync.deletes == SYNC_DELETES_TRASH ? "moved to Trash" : "removed from the target");
	return true;
}

bool sync_after(struct run *r, struct plan *p, struct err *e) {
	bool deletes = false;
	if (!subscriptions_follow(r, p, e))
		return false;
	if (!r->sync.flags && r->sync.deletes == SYNC_DELETES_OFF)
		return true;
	if (!r->src->ops->flags)
		return sync_note(r, 0, "sync-options", e,
				 "A POP3 source knows no flags and shows only part of a mailbox: --sync-flags and "
				 "--sync-deletes do nothing here");
	if (!sync_deletes_possible(r, &deletes, e))
		return false;
	uint64_t *ripe = calloc(p->src_count + 1, sizeof *ripe);
	bool ok = ripe || err_nomem(e);
	for (size_t i = 0; ok && i < p->src_count; i++)
		ok = run_check(r, e) && look(r, p, i, deletes, &ripe[i], e);
	ok = ok && remove_all(r, p, ripe, e);
	free(ripe);
	return ok;
}

bool sync_before(struct run *r, struct plan *p, struct err *e) {
	bool any;
	free(r->notes);
	r->notes = NULL;
	r->note_count = 0;
	r->target_listed = false;
	if (!renames_follow(r, p, e) || !removals_any(r->store, r->lease.mailbox, &any, e))
		return false;
	for (size_t i = 0; any && i < p->src_count; i++) {
		struct sync_folder f;
		bool found;
		if (!load(&f, r, p, i, &found, e) ||
		    (found && !contain(&f, sync_remove_settle(&f, e), "sync-deletes", e)))
			return false;
	}
	return true;
}
