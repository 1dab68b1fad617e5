/* SPDX-License-Identifier: MIT
 *
 * verify_moved.c - copies that are not in their folder any more: lost, or filed into another one by their owner?
 *
 * Who works in the new mailbox files and deletes: then the copy is in another folder, and copying it again would make
 * two of it. The other folders are read only when a copy is missing, once for a mailbox: 16 bytes for a message that is
 * no copy of its own folder. Only a Message-ID makes it certain enough to say so.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/base/text.h"
#include "core/work/run.h"
#include "core/work/verify_int.h"

#define TAKEN UINT32_MAX

static int by_ident(const void *va, const void *vb) {
	const struct stray *a = va, *b = vb;
	if (a->ident != b->ident)
		return a->ident < b->ident ? -1 : 1;
	return a->folder < b->folder ? -1 : a->folder > b->folder;
}

/* The first of these with this fingerprint that is not taken. */
static struct stray *find(struct stray *at, size_t n, uint64_t ident) {
	size_t low = 0, high = n;
	while (low < high) {
		size_t middle = low + (high - low) / 2;
		if (at[middle].ident < ident)
			low = middle + 1;
		else
			high = middle;
	}
	while (low < n && at[low].ident == ident && at[low].folder == TAKEN)
		low++;
	return low < n && at[low].ident == ident ? &at[low] : NULL;
}

static bool on_header(void *arg, const struct scan_item *item, const char *header, size_t n, struct err *e) {
	struct strays *st = arg;
	struct header_ident id;
	(void)item;
	ident_header(header, n, &id);
	uint64_t ident = ident_value(&id);
	if (!ident_has_message_id(ident))
		return true;
	void *at = st->at;
	bool ok = look_grow(&at, &st->cap, st->count, sizeof *st->at, e);
	st->at = at;
	if (ok)
		st->at[st->count++] = (struct stray){ ident, (uint32_t)st->folder_count - 1 };
	return ok;
}

struct own {
	struct look *lk;
	const char *wire;
	size_t first; /* stray of the folder at hand */
};

static bool on_own_row(struct look *lk, const struct ledger_row *row, void *arg, struct err *e) {
	const struct own *o = arg;
	struct stray *s = find(lk->strays.at + o->first, lk->strays.count - o->first, row->ident);
	(void)e;
	if (s)
		s->folder = TAKEN;
	return true;
}

static bool on_ledger_folder(void *arg, const struct ledger_name *f, struct err *e) {
	struct own *o = arg;
	return strcmp(f->dst_wire, o->wire) != 0 || verify_each_row(o->lk, f->id, VERIFY_COPIED, on_own_row, o, e);
}

/* What the ledger knows to be in a folder is no stray there. */
static bool leave_own_out(struct look *lk, const char *wire, size_t first, struct err *e) {
	struct strays *st = &lk->strays;
	struct own o = { lk, wire, first };
	size_t kept = first;
	if (st->count == first)
		return true;
	qsort(st->at + first, st->count - first, sizeof *st->at, by_ident);
	if (!ledger_folder_names(lk->store, lk->mailbox, on_ledger_folder, &o, e))
		return false;
	for (size_t i = first; i < st->count; i++)
		if (st->at[i].folder != TAKEN)
			st->at[kept++] = st->at[i];
	st->count = kept;
	return true;
}

/* A folder that cannot be read has nothing to say here. */
static bool read_folder(struct look *lk, const struct folder_info *f, struct err *e) {
	struct strays *st = &lk->strays;
	struct target *dst = lk->dst;
	struct folder_status status;
	size_t first = st->count;
	void *at = st->folders;
	bool ok = look_grow(&at, &st->folder_cap, st->folder_count, sizeof *st->folders, e);
	st->folders = at;
	if (!ok)
		return false;
	text_copy(st->folders[st->folder_count++], sizeof *st->folders, f->display);
	if (!dst->ops->select(dst, f->wire, &status, e) ||
	    (status.exists > 0 && !dst->ops->headers(dst, NULL, 1, on_header, st, e)))
		return e->scope <= ERR_SCOPE_FOLDER;
	return leave_own_out(lk, f->wire, first, e);
}

static bool read_all(struct look *lk, struct err *e) {
	struct folder_list list = { 0 };
	struct strays *st = &lk->strays;
	st->count = st->folder_count = 0;
	bool ok = lk->dst->ops->list(lk->dst, false, folder_list_add, &list, e);
	for (size_t i = 0; ok && i < list.count; i++) {
		ok = !stop_requested(lk->ctx->stop) || err_set(e, ERR_CANCELLED, "Stopped before the end");
		ok = ok && (list.at[i].attrs & (ATTR_NOSELECT | ATTR_NONEXISTENT) || read_folder(lk, &list.at[i], e));
	}
	free(list.at);
	if (ok && st->count)
		qsort(st->at, st->count, sizeof *st->at, by_ident);
	st->known = ok;
	/* The folder at hand is the one that is asked again when differences are named. */
	return ok && (!lk->at_target || lk->dst->ops->select(lk->dst, lk->lf.dst_wire, &lk->dst_status, e));
}

static bool tell(struct look *lk, const struct missing *m, const char *folder, struct err *e) {
	struct named d = { .kind = folder ? VERIFY_MOVED : VERIFY_MISSING, .uid = m->uid, .number = m->number,
			   .dst_uid = m->dst_uid, .size = m->size };
	named_date(&d, &m->date);
	if (folder)
		snprintf(d.text, sizeof d.text, "Not in its folder at the target any more, but in %.120s", folder);
	else
		text_copy(d.text, sizeof d.text,
			  lk->target_gone ? "Copied by the ledger, but its folder is not at the target now"
					  : "Copied by the ledger, but not at the target now");
	return verify_differ(lk, &d, e);
}

bool verify_missing_add(struct look *lk, const struct ledger_row *row, uint32_t number, struct err *e) {
	void *at = lk->missing;
	bool ok = look_grow(&at, &lk->missing_cap, lk->missing_count, sizeof *lk->missing, e);
	lk->missing = at;
	if (ok)
		lk->missing[lk->missing_count++] = (struct missing){
			.uid = row->uid, .number = number, .dst_uid = row->dst_uid,
			.ident = row->ident, .size = row->size, .date = row->date
		};
	return ok;
}

bool verify_missing_end(struct look *lk, struct err *e) {
	struct strays *st = &lk->strays;
	size_t kept = 0;
	if (lk->missing_count && !st->known && !read_all(lk, e))
		return false;
	for (size_t i = 0; i < lk->missing_count; i++) {
		struct missing m = lk->missing[i];
		struct stray *s = ident_has_message_id(m.ident) ? find(st->at, st->count, m.ident) : NULL;
		if (!tell(lk, &m, s ? st->folders[s->folder] : NULL, e))
			return false;
		if (s)
			s->folder = TAKEN;
		else
			lk->missing[kept++] = m;
	}
	lk->missing_count = kept;
	return true;
}

void verify_strays_free(struct strays *st) {
	free(st->at);
	free(st->folders);
}
