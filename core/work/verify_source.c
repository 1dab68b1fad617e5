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

static bool add_pop(struct look *lk, const struct scan_item *item, struct err *e) {
	void *numbers = lk->numbers, *keys = lk->keys;
	bool ok = look_grow(&numbers, &lk->number_cap, lk->source_count, sizeof *lk->numbers, e);
	lk->numbers = numbers;
	ok = ok && look_grow(&keys, &lk->key_cap, lk->source_count, sizeof *lk->keys, e);
	lk->keys = keys;
	if (!ok)
		return false;
	lk->keys[lk->source_count] = item->uidl ? uidl_key(item->uidl) : 0;
	lk->numbers[lk->source_count++] = item->number;
	return true;
}

static bool on_source(void *arg, const struct scan_item *item, struct err *e) {
	struct look *lk = arg;
	bool fresh;
	if (item->size != UINT64_MAX)
		lk->sum.source_bytes += item->size;
	return lk->pop ? add_pop(lk, item, e) : numset_add(&lk->unseen, item->uid, &fresh, e);
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
	if (!lk->pop)
		return true;
	lk->seen = calloc(lk->source_count + 1, sizeof *lk->seen);
	return lk->seen ? sort_by_keys(lk, e) : err_nomem(e);
}

bool look_at_source(struct look *lk, const char *wire, struct err *e) {
	struct folder_status st;
	if (!lk->src->ops->select(lk->src, wire, &st, e))
		return false;
	lk->at_source = true;
	lk->sum.source_messages = st.exists;
	if (lk->how->level > VERIFY_COUNTS && st.exists > 0 && !lk->src->ops->scan(lk->src, 1, on_source, lk, e))
		return false;
	if (lk->lf.src_uidvalidity && lk->lf.src_uidvalidity != st.uidvalidity)
		return err_set(e, ERR_UIDVALIDITY_CHANGED,
			       "The source folder was made anew (its UIDVALIDITY changed): migrate again");
	return sort_source(lk, e);
}

static uint32_t number_by_uidl(struct look *lk, uint64_t key) {
	size_t low = 0, high = lk->source_count;
	while (low < high) {
		size_t middle = low + (high - low) / 2;
		if (lk->keys[middle] < key)
			low = middle + 1;
		else
			high = middle;
	}
	/* A UIDL may stand there more than once: one for each row. */
	for (; low < lk->source_count && lk->keys[low] == key; low++)
		if (!lk->seen[low]) {
			lk->seen[low] = true;
			return lk->numbers[low];
		}
	return 0;
}

uint32_t source_number(struct look *lk, const struct ledger_row *row) {
	if (lk->pop)
		return number_by_uidl(lk, uidl_key(row->uidl));
	return numset_take(&lk->unseen, row->uid) ? row->uid : 0;
}

bool source_unseen(const struct look *lk, uint64_t *cursor, uint32_t *number) {
	if (!lk->pop)
		return numset_next(&lk->unseen, cursor, number);
	while (*cursor < lk->source_count)
		if (!lk->seen[(*cursor)++]) {
			*number = lk->numbers[*cursor - 1];
			return true;
		}
	return false;
}
