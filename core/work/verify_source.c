/* SPDX-License-Identifier: MIT
 *
 * verify_source.c - what the source folder holds now: which messages, and how the source knows them.
 */
#include <stdlib.h>
#include <string.h>

#include "core/work/verify_int.h"

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
	void *numbers = lk->numbers, *keys = lk->keys;
	bool ok = look_grow(&numbers, &lk->number_cap, lk->source_count, sizeof *lk->numbers, e);
	lk->numbers = numbers;
	ok = ok && (!lk->pop || look_grow(&keys, &lk->key_cap, lk->source_count, sizeof *lk->keys, e));
	lk->keys = keys;
	if (!ok)
		return false;
	if (lk->pop)
		lk->keys[lk->source_count] = item->uidl ? uidl_key(item->uidl) : 0;
	lk->numbers[lk->source_count++] = lk->pop ? item->number : item->uid;
	if (item->size != UINT64_MAX)
		lk->sum.source_bytes += item->size;
	return true;
}

static int by_number(const void *va, const void *vb) {
	uint32_t a = *(const uint32_t *)va, b = *(const uint32_t *)vb;
	return a < b ? -1 : a > b;
}

struct keyed {
	uint64_t key;
	uint32_t number;
};

static int by_key(const void *va, const void *vb) {
	const struct keyed *a = va, *b = vb;
	if (a->key != b->key)
		return a->key < b->key ? -1 : 1;
	return by_number(&a->number, &b->number);
}

static bool sort_by_keys(struct look *lk, struct err *e) {
	struct keyed *list = malloc((lk->source_count + 1) * sizeof *list);
	if (!list)
		return err_nomem(e);
	for (size_t i = 0; i < lk->source_count; i++)
		list[i] = (struct keyed){ lk->keys[i], lk->numbers[i] };
	qsort(list, lk->source_count, sizeof *list, by_key);
	for (size_t i = 0; i < lk->source_count; i++) {
		lk->keys[i] = list[i].key;
		lk->numbers[i] = list[i].number;
	}
	free(list);
	return true;
}

static bool sort_source(struct look *lk, struct err *e) {
	if (lk->pop && !sort_by_keys(lk, e))
		return false;
	if (!lk->pop)
		sort_where_needed(lk->numbers, lk->source_count, sizeof *lk->numbers, by_number);
	lk->seen = calloc(lk->source_count + 1, sizeof *lk->seen);
	return lk->seen || err_nomem(e);
}

bool look_at_source(struct look *lk, const char *wire, struct err *e) {
	struct folder_status st;
	if (!lk->src->ops->select(lk->src, wire, &st, e))
		return false;
	lk->at_source = true;
	lk->sum.source_messages = st.exists;
	void *at = lk->numbers;
	bool ok = look_reserve(&at, &lk->number_cap, st.exists, sizeof *lk->numbers, e);
	lk->numbers = at;
	if (!ok ||
	    (lk->how->level > VERIFY_COUNTS && st.exists > 0 && !lk->src->ops->scan(lk->src, 1, on_source, lk, e)))
		return false;
	if (lk->lf.src_uidvalidity && lk->lf.src_uidvalidity != st.uidvalidity)
		return err_set(e, ERR_UIDVALIDITY_CHANGED,
			       "The source folder was made anew (its UIDVALIDITY changed): migrate again");
	return sort_source(lk, e);
}

static bool source_is_below(const struct look *lk, size_t i, uint64_t key) {
	return (lk->pop ? lk->keys[i] : lk->numbers[i]) < key;
}

uint32_t source_number(struct look *lk, const struct ledger_row *row) {
	uint64_t key = lk->pop ? uidl_key(row->uidl) : row->uid;
	size_t low = 0, high = lk->source_count;
	while (low < high) {
		size_t middle = low + (high - low) / 2;
		if (source_is_below(lk, middle, key))
			low = middle + 1;
		else
			high = middle;
	}
	/* A UIDL may stand there more than once: one for each row. */
	for (; low < lk->source_count && (lk->pop ? lk->keys[low] : lk->numbers[low]) == key; low++)
		if (!lk->seen[low]) {
			lk->seen[low] = true;
			return lk->numbers[low];
		}
	return 0;
}
