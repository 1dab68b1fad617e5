/* SPDX-License-Identifier: MIT
 *
 * verify_look.c - what the target folder holds now, in arrays that can be searched.
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

bool look_reserve(void **at, size_t *cap, size_t count, size_t each, struct err *e) {
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
void sort_where_needed(void *at, size_t n, size_t each, int (*compare)(const void *, const void *)) {
	const char *p = at;
	for (size_t i = 1; i < n; i++)
		if (compare(p + (i - 1) * each, p + i * each) > 0) {
			qsort(at, n, each, compare);
			return;
		}
}

#define SIZE_NOTED ((1u << 25) - 1) /* in copy.size: unknown, or too large and noted */
#define DATE_NOTED UINT32_MAX	    /* in copy.date: before 1970 or beyond 32 bits */

static struct copy *add_copy(struct look *lk, const struct scan_item *item, struct err *e) {
	void *at = lk->copies;
	int64_t date = item->date.unix_s;
	bool small = item->size < SIZE_NOTED, odd = date < 0 || date >= DATE_NOTED;
	bool ok = look_grow(&at, &lk->copy_cap, lk->copy_count, sizeof *lk->copies, e);
	lk->copies = at;
	ok = ok && (small || item->size > INT64_MAX || notes_add(&lk->large, item->uid, (int64_t)item->size, e));
	ok = ok && (!odd || notes_add(&lk->odd, item->uid, date, e));
	if (!ok)
		return NULL;
	struct copy *c = &lk->copies[lk->copy_count++];
	*c = (struct copy){ .uid = item->uid,
			    .flags = item->flags & 31,
			    .size = (small ? (uint32_t)item->size : SIZE_NOTED) & SIZE_NOTED,
			    .date = odd ? DATE_NOTED : (uint32_t)date };
	if (item->size != UINT64_MAX)
		lk->sum.target_bytes += item->size;
	return c;
}

int64_t copy_date(const struct look *lk, const struct copy *c) {
	int64_t date = c->date;
	if (c->date == DATE_NOTED)
		notes_find(&lk->odd, c->uid, &date);
	return date;
}

uint64_t copy_size(const struct look *lk, const struct copy *c) {
	int64_t size;
	if (c->size != SIZE_NOTED)
		return c->size;
	return notes_find(&lk->large, c->uid, &size) ? (uint64_t)size : UINT64_MAX;
}

int64_t copy_arrival(const struct look *lk, uint32_t uid) {
	int64_t date = 0;
	notes_find(&lk->arrivals, uid, &date);
	return date;
}

/* A folder has few different lists of keywords. Where it has many, the later ones are not looked for. */
#define KEYWORDS_SEARCHED 4096

static bool add_keywords(struct look *lk, const struct copy *c, const char *keywords, struct err *e) {
	size_t at = 0;
	if (!*keywords)
		return true;
	while (at < lk->keywords.len && at < KEYWORDS_SEARCHED && strcmp(lk->keywords.data + at, keywords) != 0)
		at += strlen(lk->keywords.data + at) + 1;
	if (at >= lk->keywords.len || at >= KEYWORDS_SEARCHED) {
		at = lk->keywords.len;
		if (!buf_put(&lk->keywords, keywords, strlen(keywords) + 1))
			return err_nomem(e);
	}
	return notes_add(&lk->worded, c->uid, (int64_t)at, e);
}

const char *copy_keywords(const struct look *lk, const struct copy *c) {
	int64_t at;
	return notes_find(&lk->worded, c->uid, &at) ? lk->keywords.data + at : "";
}

static void forget_copies(struct look *lk) {
	lk->copy_count = lk->large.count = lk->odd.count = lk->arrivals.count = lk->worded.count = 0;
	lk->sum.target_bytes = 0;
	buf_reset(&lk->keywords);
}

static bool on_uid(void *arg, const struct scan_item *item, struct err *e) {
	return add_copy(arg, item, e) != NULL;
}

/* Earlier versions took the fingerprint of a copy from so much of these fields, and of a message that streamed by from
 * more: the ledger may know either. */
#define FINGERPRINTED_EARLIER 65536

static bool on_copy(void *arg, const struct scan_item *item, const char *header, size_t n, struct err *e) {
	struct look *lk = arg;
	struct header_ident id;
	struct mail_date arrived;
	struct copy *c = add_copy(lk, item, e);
	if (!c)
		return false;
	ident_header(header, n, &id);
	c->ident = ident_value(&id);
	c->long_header = n > FINGERPRINTED_EARLIER;
	if (lk->pop && header_arrival_date(header, n, wall_ms() / 1000, &arrived) && arrived.unix_s &&
	    arrived.unix_s != item->date.unix_s && !notes_add(&lk->arrivals, c->uid, arrived.unix_s, e))
		return false;
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

static void forget_index(struct look *lk) {
	free(lk->by_ident);
	free(lk->used);
	lk->by_ident = lk->used = NULL;
}

void look_forget(struct look *lk) {
	forget_index(lk);
	free(lk->seen);
	lk->seen = NULL;
	lk->source_count = 0;
	numset_clear(&lk->unseen);
	forget_copies(lk);
}

void look_free(struct look *lk) {
	look_forget(lk);
	numset_free(&lk->unseen);
	free(lk->numbers);
	free(lk->keys);
	free(lk->copies);
	free(lk->large.at);
	free(lk->odd.at);
	free(lk->arrivals.at);
	free(lk->worded.at);
	buf_free(&lk->keywords);
}

struct wanted_folder {
	const char *wire;
	bool found;
};

static bool on_target_folder(void *arg, const struct folder_info *f, struct err *e) {
	struct wanted_folder *w = arg;
	(void)e;
	w->found |= !(f->attrs & (ATTR_NOSELECT | ATTR_NONEXISTENT)) && strcmp(f->wire, w->wire) == 0;
	return true;
}

/* After a refused SELECT (*e): is there no such folder? Not every server says [NONEXISTENT]; the list tells. False
 * with another *e when that cannot be asked. */
static bool ask_whether_gone(struct look *lk, bool *gone, struct err *e) {
	struct wanted_folder w = { .wire = lk->lf.dst_wire };
	struct err why;
	*gone = e->cat == ERR_VANISHED;
	if (*gone)
		return true;
	if (!lk->dst->ops->list(lk->dst, false, on_target_folder, &w, &why)) {
		*e = why;
		return false;
	}
	*gone = !w.found;
	return true;
}

bool look_at_target(struct look *lk, bool headers, struct err *e) {
	struct target *dst = lk->dst;
	forget_copies(lk);
	forget_index(lk);
	if (!dst->ops->select(dst, lk->lf.dst_wire, &lk->dst_status, e))
		return e->scope <= ERR_SCOPE_FOLDER && ask_whether_gone(lk, &lk->target_gone, e) && lk->target_gone;
	lk->at_target = true;
	/* A folder that was made anew has other UIDs. */
	lk->headers = headers |= lk->lf.dst_uidvalidity && lk->lf.dst_uidvalidity != lk->dst_status.uidvalidity;
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
	notes_sort(&lk->large);
	notes_sort(&lk->odd);
	notes_sort(&lk->arrivals);
	notes_sort(&lk->worded);
	return true;
}

struct copy *copy_by_uid(struct look *lk, uint32_t uid) {
	struct copy wanted = { .uid = uid };
	return uid && lk->copy_count ? bsearch(&wanted, lk->copies, lk->copy_count, sizeof wanted, by_uid) : NULL;
}

bool look_index(struct look *lk, struct err *e) {
	if (lk->by_ident || !lk->headers)
		return true;
	lk->by_ident = malloc((lk->copy_count + 1) * sizeof *lk->by_ident);
	lk->used = calloc(lk->copy_count + 1, sizeof *lk->used);
	if (!lk->by_ident || !lk->used) {
		forget_index(lk);
		return err_nomem(e);
	}
	for (size_t i = 0; i < lk->copy_count; i++)
		lk->by_ident[i] = (uint32_t)i;
	if (lk->copy_count)
		qsort_r(lk->by_ident, lk->copy_count, sizeof *lk->by_ident, by_ident, lk->copies);
	return true;
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

bool ident_run(struct look *lk, uint64_t ident, size_t *first, size_t *end, struct err *e) {
	if (!look_index(lk, e))
		return false;
	*first = ident_bound(lk, ident, false);
	*end = ident_bound(lk, ident, true);
	return true;
}

bool copy_by_ident(struct look *lk, uint64_t ident, struct copy **out, struct err *e) {
	size_t first, end;
	*out = NULL;
	if (!ident)
		return true;
	if (!ident_run(lk, ident, &first, &end, e))
		return false;
	while (first < end && first + lk->used[first] < end) {
		struct copy *c = &lk->copies[lk->by_ident[first + lk->used[first]]];
		lk->used[first]++;
		if (!c->owner) {
			*out = c;
			return true;
		}
	}
	return true;
}
