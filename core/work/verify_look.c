/* SPDX-License-Identifier: MIT
 *
 * verify_look.c - what source and target folder hold now, in arrays that can be searched.
 */
#include <stdlib.h>
#include <string.h>

#include "core/work/verify_int.h"

bool look_grow(void **at, size_t *cap, size_t count, size_t each, struct err *e) {
	if (count < *cap)
		return true;
	size_t wanted = *cap ? *cap * 2 : 256;
	void *p = wanted > VERIFY_ITEMS_MAX ? NULL : realloc(*at, wanted * each);
	if (!p)
		return err_nomem(e);
	*at = p;
	*cap = wanted;
	return true;
}

/* What a server counts is reserved at once, within reason: growing by doubling costs up to twice as much. */
#define RESERVE_MAX 1000000u

static bool look_reserve(void **at, size_t *cap, size_t count, size_t each, struct err *e) {
	if (count <= *cap || count > RESERVE_MAX)
		return true;
	void *p = realloc(*at, count * each);
	if (!p)
		return err_nomem(e);
	*at = p;
	*cap = count;
	return true;
}

/* Servers tell messages in ascending order almost always, and qsort needs as much memory again as it sorts. */
static void sort_where_needed(void *at, size_t n, size_t each, int (*compare)(const void *, const void *)) {
	const char *p = at;
	for (size_t i = 1; i < n; i++)
		if (compare(p + (i - 1) * each, p + i * each) > 0) {
			qsort(at, n, each, compare);
			return;
		}
}

static uint64_t uidl_key(const char *uidl) {
	struct hasher h;
	struct hash out;
	hash_begin(&h);
	hash_add(&h, uidl, strlen(uidl));
	hash_end(&h, &out);
	return hash_u64(&out);
}

static bool on_source(void *arg, const struct scan_item *item, struct err *e) {
	struct look *lk = arg;
	void *at = lk->source;
	if (!look_grow(&at, &lk->source_cap, lk->source_count, sizeof *lk->source, e))
		return false;
	lk->source = at;
	struct source_key *k = &lk->source[lk->source_count++];
	*k = (struct source_key){ .key = item->uid, .number = item->uid };
	if (item->uidl)
		*k = (struct source_key){ .key = uidl_key(item->uidl), .number = item->number };
	if (item->size != UINT64_MAX)
		lk->sum.source_bytes += item->size;
	return true;
}

static int by_key(const void *va, const void *vb) {
	const struct source_key *a = va, *b = vb;
	if (a->key != b->key)
		return a->key < b->key ? -1 : 1;
	return a->number < b->number ? -1 : a->number > b->number;
}

bool look_at_source(struct look *lk, const char *wire, struct err *e) {
	struct folder_status st;
	if (!lk->src->ops->select(lk->src, wire, &st, e))
		return false;
	lk->at_source = true;
	lk->sum.source_messages = st.exists;
	if (lk->how->level > VERIFY_COUNTS && st.exists > 0 && !lk->src->ops->scan(lk->src, 1, on_source, lk, e))
		return false;
	sort_where_needed(lk->source, lk->source_count, sizeof *lk->source, by_key);
	if (lk->lf.src_uidvalidity && lk->lf.src_uidvalidity != st.uidvalidity)
		return err_set(e, ERR_UIDVALIDITY_CHANGED,
			       "The source folder was made anew (its UIDVALIDITY changed): migrate again");
	return true;
}

struct source_key *source_key_of(struct look *lk, const struct ledger_row *row) {
	uint64_t key = lk->pop ? uidl_key(row->uidl) : row->uid;
	size_t low = 0, high = lk->source_count;
	while (low < high) {
		size_t middle = low + (high - low) / 2;
		if (lk->source[middle].key < key)
			low = middle + 1;
		else
			high = middle;
	}
	/* A UIDL may stand there more than once: one for each row. */
	for (; low < lk->source_count && lk->source[low].key == key; low++)
		if (!lk->source[low].seen)
			return &lk->source[low];
	return NULL;
}

static struct copy *add_copy(struct look *lk, const struct scan_item *item, struct err *e) {
	void *at = lk->copies;
	bool ok = look_grow(&at, &lk->copy_cap, lk->copy_count, sizeof *lk->copies, e);
	lk->copies = at;
	if (!ok)
		return NULL;
	struct copy *c = &lk->copies[lk->copy_count++];
	*c = (struct copy){ .uid = item->uid, .flags = (uint8_t)item->flags, .date = item->date.unix_s,
			    .size = item->size };
	if (item->size != UINT64_MAX)
		lk->sum.target_bytes += item->size;
	return c;
}

/* Many messages in a row have the same keywords, mostly none. */
static bool add_keywords(struct look *lk, struct copy *c, const char *keywords, struct err *e) {
	const struct copy *before = lk->copy_count > 1 ? c - 1 : NULL;
	if (before && strcmp(lk->keywords.data + before->keywords, keywords) == 0) {
		c->keywords = before->keywords;
		return true;
	}
	c->keywords = (uint32_t)lk->keywords.len;
	return buf_put(&lk->keywords, keywords, strlen(keywords) + 1) || err_nomem(e);
}

static bool on_uid(void *arg, const struct scan_item *item, struct err *e) {
	return add_copy(arg, item, e) != NULL;
}

static bool on_copy(void *arg, const struct scan_item *item, const char *header, size_t n, struct err *e) {
	struct look *lk = arg;
	struct header_ident id;
	struct mail_date arrived;
	struct copy *c = add_copy(lk, item, e);
	if (!c)
		return false;
	ident_header(header, n, &id);
	c->ident = ident_value(&id);
	if (lk->pop && header_arrival_date(header, n, wall_ms() / 1000, &arrived))
		c->header_date = arrived.unix_s;
	return add_keywords(lk, c, item->keywords, e);
}

static int by_uid(const void *va, const void *vb) {
	const struct copy *a = va, *b = vb;
	return a->uid < b->uid ? -1 : a->uid > b->uid;
}

static int by_ident(const void *va, const void *vb, void *arg) {
	const struct copy *copies = arg;
	const struct copy *a = &copies[*(const uint32_t *)va], *b = &copies[*(const uint32_t *)vb];
	if (a->ident != b->ident)
		return a->ident < b->ident ? -1 : 1;
	return by_uid(a, b);
}

static bool index_idents(struct look *lk, struct err *e) {
	lk->by_ident = malloc((lk->copy_count + 1) * sizeof *lk->by_ident);
	if (!lk->by_ident)
		return err_nomem(e);
	for (size_t i = 0; i < lk->copy_count; i++)
		lk->by_ident[i] = (uint32_t)i;
	if (lk->copy_count)
		qsort_r(lk->by_ident, lk->copy_count, sizeof *lk->by_ident, by_ident, lk->copies);
	return true;
}

bool look_at_target(struct look *lk, bool headers, struct err *e) {
	struct target *dst = lk->dst;
	lk->headers = headers;
	lk->copy_count = 0;
	lk->sum.target_bytes = 0;
	buf_reset(&lk->keywords);
	free(lk->by_ident);
	lk->by_ident = NULL;
	if (!dst->ops->select(dst, lk->lf.dst_wire, &lk->dst_status, e))
		return false;
	lk->at_target = true;
	lk->sum.target_messages = lk->dst_status.exists;
	if (lk->how->level == VERIFY_COUNTS)
		return true;
	void *at = lk->copies;
	bool ok = look_reserve(&at, &lk->copy_cap, lk->dst_status.exists, sizeof *lk->copies, e);
	lk->copies = at;
	if (!ok)
		return false;
	if (lk->dst_status.exists > 0 &&
	    !(headers ? dst->ops->headers(dst, NULL, 1, on_copy, lk, e) : dst->ops->scan(dst, 1, on_uid, lk, e)))
		return false;
	sort_where_needed(lk->copies, lk->copy_count, sizeof *lk->copies, by_uid);
	return !headers || index_idents(lk, e);
}

struct copy *copy_by_uid(struct look *lk, uint32_t uid) {
	struct copy wanted = { .uid = uid };
	return uid && lk->copy_count ? bsearch(&wanted, lk->copies, lk->copy_count, sizeof wanted, by_uid) : NULL;
}

/* The first index in by_ident whose fingerprint is not below (or, behind: above) the one that is looked for. */
static size_t ident_bound(const struct look *lk, uint64_t ident, bool behind) {
	size_t low = 0, high = lk->by_ident ? lk->copy_count : 0;
	while (low < high) {
		size_t middle = low + (high - low) / 2;
		uint64_t there = lk->copies[lk->by_ident[middle]].ident;
		if (there < ident || (behind && there == ident))
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

void ident_run(const struct look *lk, uint64_t ident, size_t *first, size_t *end) {
	*first = ident_bound(lk, ident, false);
	*end = ident_bound(lk, ident, true);
}

struct copy *copy_by_ident(struct look *lk, uint64_t ident) {
	size_t first, end;
	if (!ident)
		return NULL;
	ident_run(lk, ident, &first, &end);
	if (first == end)
		return NULL;
	struct copy *head = &lk->copies[lk->by_ident[first]];
	for (size_t i = first + head->next; i < end; i++) {
		struct copy *c = &lk->copies[lk->by_ident[i]];
		head->next++;
		if (!c->owner)
			return c;
	}
	return NULL;
}
