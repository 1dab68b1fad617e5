/* SPDX-License-Identifier: MIT
 *
 * resolve.c - never append blind: account for what the target folder holds before sending
 * (design section 5.3). One routine serves a crash, a lost acknowledgement, a lost ledger,
 * a target someone else filled, and a changed UIDVALIDITY on either side.
 *
 *   settle -> target fingerprints -> ledger rows of the window -> source fingerprints of rows that
 *   have none -> match by headers -> bodies of what is ambiguous -> match by bodies -> bodies of what no header
 *   pairs -> write it down
 */
#include <stdlib.h>
#include <string.h>

#include "core/base/crash_point.h"
#include "core/work/bodies.h"
#include "core/work/match.h"
#include "core/work/run.h"

#define SETTLE_MAX_MS 60000
#define ROWS_AT_ONCE 256
#define CHANGES_AT_ONCE 256
#define ITEMS_MAX (64u * 1024 * 1024)

struct items {
	struct match_item *at;
	size_t count, cap;
};

struct resolve {
	struct folder_job *job;
	struct items rows, copies;
	bool in_doubt;	/* some row's APPEND may still be on its way */
	uint32_t from;	/* the window: copies with this UID and above; 0: all */
	bool ambiguous; /* a copy in the window may belong to a row in doubt, or to one that was stored long ago */
};

static struct match_item *add_item(struct items *s, struct err *e) {
	if (s->count == s->cap) {
		size_t cap = s->cap ? s->cap * 2 : 256;
		struct match_item *p = cap > ITEMS_MAX ? NULL : realloc(s->at, cap * sizeof *p);
		if (!p) {
			err_nomem(e);
			return NULL;
		}
		s->at = p;
		s->cap = cap;
	}
	struct match_item *it = &s->at[s->count];
	*it = (struct match_item){ .size = UINT64_MAX };
	s->count++;
	return it;
}

/* The server may still be executing an APPEND of the connection that died: wait until UIDNEXT
 * and the message count have stood still for the settle time. */
static bool settle(struct folder_job *f, struct err *e) {
	struct run *r = f->run;
	struct folder_status before = f->dst_status, now;
	mono_ms_t give_up = mono_ms() + SETTLE_MAX_MS + r->settle_ms;
	for (;;) {
		if (!run_sleep(r, r->settle_ms, e))
			return false;
		if (!r->dst->ops->select(r->dst, f->lf.dst_wire, &now, e))
			return false;
		f->dst_status = now;
		if (now.uidnext == before.uidnext && now.exists == before.exists)
			return true;
		if (mono_ms() > give_up)
			return err_set(
				e, ERR_SERVER_BUG,
				"The target folder keeps changing: waiting until it is certain what has arrived");
		before = now;
	}
}

static bool on_copy(void *arg, const struct scan_item *item, const char *header, size_t n, struct err *e) {
	struct resolve *rs = arg;
	struct match_item *it = add_item(&rs->copies, e);
	struct header_ident id;
	if (!it)
		return false;
	ident_header(header, n, &id);
	it->uid = item->uid;
	it->ident = ident_value(&id);
	it->size = item->size;
	return true;
}

static bool add_rows(struct resolve *rs, const struct ledger_row *rows, size_t n, struct err *e) {
	static const struct hash none;
	for (size_t i = 0; i < n; i++) {
		const struct ledger_row *row = &rows[i];
		struct match_item *it = add_item(&rs->rows, e);
		if (!it)
			return false;
		it->uid = row->uid;
		it->claimed = row->state == MSG_INTENT ? 0 : row->dst_uid;
		it->ident = row->ident;
		it->size = row->size;
		it->body = row->body;
		it->body_known = memcmp(&row->body, &none, sizeof none) != 0;
		it->rank = row->state == MSG_INTENT    ? MATCH_INTENT
			   : row->state == MSG_PENDING ? MATCH_PENDING
						       : MATCH_STORED;
		rs->in_doubt |= row->state == MSG_INTENT;
	}
	return true;
}

static bool load_rows(struct resolve *rs, bool whole, uint32_t uidnext, struct err *e) {
	const unsigned all =
		1u << MSG_PENDING | 1u << MSG_INTENT | 1u << MSG_ACKED | 1u << MSG_DONE | 1u << MSG_ADOPTED;
	struct folder_job *f = rs->job;
	struct ledger_row *rows = calloc(ROWS_AT_ONCE, sizeof *rows);
	uint32_t after = 0;
	size_t n = 0;
	bool ok = rows || err_nomem(e);
	while (ok) {
		ok = whole ? ledger_rows(f->run->store, f->lf.id, after, all, rows, ROWS_AT_ONCE, &n, e)
			   : ledger_window_rows(f->run->store, f->lf.id, uidnext, after, rows, ROWS_AT_ONCE, &n, e);
		if (!ok || n == 0)
			break;
		ok = add_rows(rs, rows, n, e);
		after = rows[n - 1].uid;
	}
	free(rows);
	return ok;
}

/* rows.at is in ascending uid order until match_headers sorts it. */
static struct match_item *row_by_uid(struct resolve *rs, uint32_t uid) {
	size_t low = 0, high = rs->rows.count;
	while (low < high) {
		size_t mid = low + (high - low) / 2;
		if (rs->rows.at[mid].uid < uid)
			low = mid + 1;
		else
			high = mid;
	}
	return low < rs->rows.count && rs->rows.at[low].uid == uid ? &rs->rows.at[low] : NULL;
}

static bool on_source_header(void *arg, const struct scan_item *item, const char *header, size_t n, struct err *e) {
	struct resolve *rs = arg;
	uint32_t key = item->uid ? item->uid : item->number;
	struct match_item *it = row_by_uid(rs, folder_uid(rs->job, key));
	struct header_ident id;
	(void)e;
	if (!it)
		return true;
	ident_header(header, n, &id);
	it->ident = ident_value(&id);
	if (it->size == UINT64_MAX)
		it->size = item->size;
	return true;
}

static int by_key(const void *a, const void *b) {
	uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;
	return x < y ? -1 : x > y;
}

/* Rows copied in this or an earlier run carry their fingerprint; the others are asked for at the source. */
static bool source_headers(struct resolve *rs, struct err *e) {
	struct folder_job *f = rs->job;
	uint32_t *keys = malloc((rs->rows.count + 1) * sizeof *keys);
	size_t n = 0;
	if (!keys)
		return err_nomem(e);
	for (size_t i = 0; i < rs->rows.count; i++) {
		uint32_t key = rs->rows.at[i].ident ? 0 : folder_key(f, rs->rows.at[i].uid);
		if (key)
			keys[n++] = key;
	}
	qsort(keys, n, sizeof *keys, by_key);
	bool ok = n == 0 || f->run->src->ops->headers(f->run->src, keys, n, on_source_header, rs, e);
	free(keys);
	return ok;
}

struct hash_fill {
	struct folder_job *job;
	struct match_item **by_key; /* ascending key */
	uint32_t *keys;
	size_t count;
};

static bool on_hash(void *arg, uint32_t key, const struct hash *hash, uint64_t size, struct err *e) {
	struct hash_fill *hf = arg;
	uint32_t *at = bsearch(&key, hf->keys, hf->count, sizeof *hf->keys, by_key);
	(void)e, (void)size;
	if (at) {
		struct match_item *it = hf->by_key[at - hf->keys];
		it->body = *hash;
		it->body_known = true;
	}
	return true;
}

static int by_item_key(const void *va, const void *vb) {
	const struct match_item *a = *(struct match_item *const *)va, *b = *(struct match_item *const *)vb;
	return a->key < b->key ? -1 : a->key > b->key;
}

static bool hash_marked(struct resolve *rs, struct items *side, bool source, struct err *e) {
	struct folder_job *f = rs->job;
	struct hash_fill hf = { .job = f };
	hf.by_key = malloc((side->count + 1) * sizeof(struct match_item *));
	hf.keys = malloc((side->count + 1) * sizeof *hf.keys);
	bool ok = (hf.by_key && hf.keys) || err_nomem(e);
	for (size_t i = 0; ok && i < side->count; i++) {
		struct match_item *it = &side->at[i];
		it->key = source ? folder_key(f, it->uid) : it->uid;
		if (it->needs_body && it->key)
			hf.by_key[hf.count++] = it;
	}
	if (ok) {
		qsort(hf.by_key, hf.count, sizeof(struct match_item *), by_item_key);
		for (size_t i = 0; i < hf.count; i++)
			hf.keys[i] = hf.by_key[i]->key;
		ok = source ? bodies_hash_source(f->run, hf.keys, hf.count, on_hash, &hf, e)
			    : bodies_hash_target(f->run, hf.keys, hf.count, on_hash, &hf, e);
	}
	free(hf.by_key);
	free(hf.keys);
	return ok;
}

static bool change_for(struct resolve *rs, const struct match_item *it, struct ledger_change *c) {
	struct folder_job *f = rs->job;
	*c = (struct ledger_change){ .uid = it->uid, .dst_uid = it->partner, .ident = it->ident };
	if (it->body_known)
		c->body = it->body;
	if (it->partner) {
		c->state = it->rank == MATCH_PENDING ? MSG_ADOPTED : MSG_DONE;
		/* An adopted row stays adopted: it was never sent by us. */
		return it->rank != MATCH_STORED || it->claimed == 0;
	}
	if (it->rank != MATCH_INTENT)
		return false;
	if (it->ident == 0 && folder_key(f, it->uid) == 0) {
		c->state = MSG_VANISHED;
		c->cat = ERR_VANISHED;
		c->text = "Gone from the source while it was in doubt whether its copy had arrived";
	} else {
		c->state = MSG_PENDING;
	}
	return true;
}

static bool write_down(struct resolve *rs, struct err *e) {
	struct folder_job *f = rs->job;
	struct ledger_change *changes = malloc(CHANGES_AT_ONCE * sizeof *changes);
	size_t n = 0;
	bool ok = changes || err_nomem(e);
	for (size_t i = 0; ok && i < rs->rows.count; i++) {
		if (change_for(rs, &rs->rows.at[i], &changes[n]))
			n++;
		if (n == CHANGES_AT_ONCE || (n && i + 1 == rs->rows.count)) {
			ok = ledger_change(f->run->store, &f->run->lease, f->lf.id, changes, n, e);
			n = 0;
		}
	}
	free(changes);
	return ok && ledger_flush(f->run->store, &f->run->lease, e);
}

static bool match(struct resolve *rs, bool whole, struct err *e) {
	struct items *rows = &rs->rows, *copies = &rs->copies;
	if (!source_headers(rs, e))
		return false;
	/* Rows whose header is not to be had sort first, by themselves: ident 0 is no copy's. */
	size_t bodies = match_headers(rows->at, rows->count, copies->at, copies->count, !whole);
	/* UIDNEXT has moved on, but nothing is there: where the window begins was not true either. */
	bool hidden = rs->in_doubt && !copies->count && rs->from && rs->job->dst_status.uidnext > rs->from;
	rs->ambiguous = !whole && (hidden || match_is_ambiguous(rows->at, rows->count, copies->at, copies->count));
	if (rs->ambiguous)
		return true;
	if (bodies > 0) {
		if (!hash_marked(rs, rows, true, e) || !hash_marked(rs, copies, false, e))
			return false;
		CRASH_POINT("resolve: bodies read");
		match_bodies(rows->at, rows->count, copies->at, copies->count);
	}
	bool strangers;
	bodies = match_strangers(rows->at, rows->count, copies->at, copies->count, &strangers);
	if (bodies > 0 && (!hash_marked(rs, rows, true, e) || !hash_marked(rs, copies, false, e)))
		return false;
	if (strangers)
		match_strangers_bodies(rows->at, rows->count, copies->at, copies->count);
	return true;
}

/* ambiguous: nothing was written down, the window does not tell whose copies are in it. */
static bool resolve_window(struct folder_job *f, bool whole, uint32_t uidnext, bool *ambiguous, struct err *e) {
	struct resolve rs = { .job = f, .from = whole ? 0 : uidnext };
	struct run *r = f->run;
	bool ok = load_rows(&rs, whole, uidnext, e);
	log_line(r->cfg->log, LOG_INFO, r->lease.key, "%s: %zu rows are compared with the target (%s)",
		 f->info->display, rs.rows.count, whole ? "whole folder" : "what came since the last intent");
	CRASH_POINT("resolve: rows loaded");
	if (ok && rs.in_doubt)
		ok = settle(f, e);
	CRASH_POINT("resolve: settled");
	if (ok && rs.rows.count)
		ok = r->dst->ops->headers(r->dst, NULL, whole || !uidnext ? 1 : uidnext, on_copy, &rs, e) &&
		     match(&rs, whole, e) && (rs.ambiguous || write_down(&rs, e));
	CRASH_POINT("resolve: written down");
	*ambiguous = rs.ambiguous;
	free(rs.rows.at);
	free(rs.copies.at);
	return ok;
}

bool folder_resolve(struct folder_job *f, bool whole, uint32_t uidnext, struct err *e) {
	bool ambiguous = false;
	bool ok = resolve_window(f, whole, uidnext, &ambiguous, e);
	if (ok && ambiguous)
		ok = resolve_window(f, true, 0, &ambiguous, e);
	if (ok && f->lf.must_match)
		ok = ledger_folder_matched(f->run->store, &f->run->lease, f->lf.id, e);
	if (ok)
		f->lf.must_match = false;
	return ok;
}
