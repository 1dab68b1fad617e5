/* SPDX-License-Identifier: MIT
 *
 * sync_flags.c - flags that changed at the source since the copy are changed at the target: a merge of three.
 *
 *   base    what the ledger knows: the flags with which the copy was made, or that were followed last
 *   source  what the source says now; only what differs from the base is a change
 *   target  what the copy has now; where its owner has changed the same flag there is nothing left to do, and a flag
 *           that the source has not touched is never looked at
 */
#include <stdlib.h>
#include <string.h>

#include "core/work/keep.h"
#include "core/work/sync.h"

/* One message: what is to be done, and the base for the next time. */
struct change {
	struct sync_copy copy;
	uint32_t set, clear, base;
	const char *now; /* keywords of the source */
	char add[KEYWORDS_MAX], drop[KEYWORDS_MAX];
};

/* What a STORE says. The texts belong to the changes. */
struct order {
	bool add;
	uint32_t flags, dst_uid;
	const char *keywords;
};

struct merge {
	struct sync_folder *f;
	struct change *changes; /* SYNC_AT_ONCE */
	size_t count;
	uint64_t unsure;
};

/* The words of a that b lacks. */
static void words_without(const char *a, const char *b, char *out, size_t size) {
	size_t used = 0;
	out[0] = '\0';
	for (const char *w = a; *w;) {
		size_t n = strcspn(w, " ");
		if (n && !keyword_listed(b, w, n) && used + n + 2 < size) {
			if (used)
				out[used++] = ' ';
			memcpy(out + used, w, n);
			used += n;
			out[used] = '\0';
		}
		w += n + (w[n] == ' ');
	}
}

static void words_both(const char *a, const char *b, char *out, size_t size) {
	char only[KEYWORDS_MAX];
	words_without(a, b, only, sizeof only);
	words_without(a, only, out, size);
}

/* A list that was cut proves nothing about what is not in it. */
static bool cut(const char *keywords) {
	return strlen(keywords) + 128 > KEYWORDS_MAX;
}

/* What the source has changed and the target can store. */
static bool differs(const struct sync_folder *f, const struct ledger_row *row, const struct sync_item *it,
		    struct change *c) {
	uint32_t can = f->dst.permanent_flags & SYNC_FLAGS, changed = (it->flags ^ row->flags) & can;
	char wanted[KEYWORDS_MAX];
	c->now = sync_keywords(f, it);
	c->set = it->flags & changed;
	c->clear = ~it->flags & changed;
	c->base = (row->flags & ~can) | (it->flags & can);
	c->add[0] = c->drop[0] = '\0';
	if (!cut(c->now) && !cut(row->keywords)) {
		words_without(c->now, row->keywords, wanted, sizeof wanted);
		keep_keywords(&f->dst, wanted, c->add, sizeof c->add);
		words_without(row->keywords, c->now, c->drop, sizeof c->drop);
	}
	return changed || *c->add || *c->drop;
}

static int by_order(const void *va, const void *vb) {
	const struct order *a = va, *b = vb;
	if (a->add != b->add)
		return a->add ? -1 : 1;
	if (a->flags != b->flags)
		return a->flags > b->flags ? 1 : -1;
	int words = strcmp(a->keywords, b->keywords);
	return words ? words : (a->dst_uid > b->dst_uid) - (a->dst_uid < b->dst_uid);
}

/* Messages with the same change share a command. */
static bool store(struct merge *m, struct order *orders, size_t n, struct err *e) {
	struct run *r = m->f->run;
	uint32_t uids[2 * SYNC_AT_ONCE];
	if (n)
		qsort(orders, n, sizeof *orders, by_order);
	for (size_t i = 0, k; i < n; i = k) {
		const struct order *o = &orders[i];
		for (k = i; k < n && orders[k].add == o->add && orders[k].flags == o->flags &&
			    strcmp(orders[k].keywords, o->keywords) == 0;
		     k++)
			uids[k - i] = orders[k].dst_uid;
		if (!run_check(r, e) ||
		    !r->dst->ops->store_flags(r->dst, uids, k - i, o->add, o->flags, o->keywords, e))
			return false;
	}
	return true;
}

/* Against the target as it is now: only what is left to do. */
static void against_target(struct change *c) {
	char left[KEYWORDS_MAX];
	c->set &= ~c->copy.flags;
	c->clear &= c->copy.flags;
	words_without(c->add, c->copy.keywords, left, sizeof left);
	text_copy(c->add, sizeof c->add, left);
	words_both(c->drop, c->copy.keywords, left, sizeof left);
	text_copy(c->drop, sizeof c->drop, left);
}

static struct change *change_of(struct merge *m, uint32_t uid) {
	for (size_t i = 0; i < m->count; i++)
		if (m->changes[i].copy.row.uid == uid)
			return &m->changes[i];
	return NULL;
}

/* copies come back in the order of dst_uid. */
static size_t make_orders(struct merge *m, const struct sync_copy *copies, struct order *orders) {
	size_t n = 0;
	for (size_t i = 0; i < m->count; i++) {
		struct change *c = change_of(m, copies[i].row.uid);
		if (!c)
			continue;
		c->copy = copies[i];
		if (!c->copy.ours)
			continue;
		against_target(c);
		if (c->set || *c->add)
			orders[n++] = (struct order){ true, c->set, c->copy.row.dst_uid, c->add };
		if (c->clear || *c->drop)
			orders[n++] = (struct order){ false, c->clear, c->copy.row.dst_uid, c->drop };
	}
	return n;
}

static bool write_base(struct merge *m, struct err *e) {
	struct flags_now now[SYNC_AT_ONCE];
	size_t n = 0;
	for (size_t i = 0; i < m->count; i++) {
		const struct change *c = &m->changes[i];
		if (c->copy.found && !c->copy.ours)
			m->unsure++;
		else /* also when its owner has deleted the copy: there is nothing to follow any more */
			now[n++] = (struct flags_now){ c->copy.row.uid, c->base, c->now };
	}
	return n == 0 || delta_flags(m->f->run->store, &m->f->run->lease, m->f->lf.id, now, n, e);
}

static bool flush(struct merge *m, struct err *e) {
	struct order orders[2 * SYNC_AT_ONCE];
	if (m->count == 0)
		return true;
	struct sync_copy *copies = calloc(m->count, sizeof *copies);
	if (!copies)
		return err_nomem(e);
	for (size_t i = 0; i < m->count; i++)
		copies[i] = m->changes[i].copy;
	bool ok = sync_copies_headers(m->f->run, copies, m->count, e) &&
		  store(m, orders, make_orders(m, copies, orders), e) && write_base(m, e);
	free(copies);
	m->count = 0;
	return ok;
}

static bool consider(struct merge *m, const struct ledger_row *row, const struct sync_item *it, struct err *e) {
	struct sync_folder *f = m->f;
	if (((it->flags ^ row->flags) & SYNC_FLAGS) == 0 && strcmp(sync_keywords(f, it), row->keywords) == 0)
		return true;
	/* What the folder can store is only known when it is open. */
	if (!sync_open_target(f, e))
		return false;
	struct change *c = &m->changes[m->count];
	if (!differs(f, row, it, c))
		return true;
	if (!row->dst_uid || !row->ident) {
		m->unsure++;
		return true;
	}
	c->copy.row = *row;
	m->count++;
	return m->count < SYNC_AT_ONCE || flush(m, e);
}

/* Rows are read from the next item's on, so a short list of changes does not cost a walk through the folder. */
static bool walk(struct merge *m, struct ledger_row *rows, struct err *e) {
	const unsigned copied = 1u << MSG_DONE | 1u << MSG_ACKED | 1u << MSG_ADOPTED;
	struct sync_folder *f = m->f;
	size_t i = 0, n = 0;
	while (i < f->count) {
		uint32_t after = f->items[i].uid - 1;
		if (!run_check(f->run, e) ||
		    !ledger_rows(f->run->store, f->lf.id, after, copied, rows, SYNC_AT_ONCE, &n, e))
			return false;
		if (n == 0)
			break;
		for (size_t k = 0; k < n && i < f->count; k++) {
			while (i < f->count && f->items[i].uid < rows[k].uid)
				i++;
			if (i < f->count && f->items[i].uid == rows[k].uid && !consider(m, &rows[k], &f->items[i++], e))
				return false;
		}
		while (i < f->count && f->items[i].uid <= rows[n - 1].uid)
			i++;
	}
	return flush(m, e);
}

bool sync_flags(struct sync_folder *f, struct err *e) {
	struct merge m = { .f = f };
	struct ledger_row *rows = calloc(SYNC_AT_ONCE, sizeof *rows);
	m.changes = calloc(SYNC_AT_ONCE, sizeof *m.changes);
	bool ok = ((rows && m.changes) || err_nomem(e)) && walk(&m, rows, e);
	free(rows);
	free(m.changes);
	if (ok && m.unsure)
		ok = sync_note(
			f->run, f->lf.id, "sync-flags", e,
			"The flags of %llu messages changed at the source and were not followed: it is not certain "
			"which message of the target is their copy",
			(unsigned long long)m.unsure);
	return ok && delta_flags_done(f->run->store, &f->run->lease, f->lf.id, f->src.highestmodseq, e);
}
