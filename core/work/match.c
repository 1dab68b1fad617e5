/* SPDX-License-Identifier: MIT
 *
 * match.c - see match.h.
 */
#include "core/work/match.h"

#include <stdlib.h>
#include <string.h>

static int by_ident(const void *va, const void *vb) {
	const struct match_item *a = va, *b = vb;
	if (a->ident != b->ident)
		return a->ident < b->ident ? -1 : 1;
	if (a->rank != b->rank)
		return a->rank < b->rank ? -1 : 1;
	return a->uid < b->uid ? -1 : a->uid > b->uid;
}

static size_t group_end(const struct match_item *items, size_t count, size_t start) {
	size_t end = start;
	while (end < count && items[end].ident == items[start].ident)
		end++;
	return end;
}

static void pair(struct match_item *a, struct match_item *b) {
	a->partner = b->uid;
	b->partner = a->uid;
}

static bool sole_pair_settles(const struct match_item *row, const struct match_item *copy, bool in_doubt) {
	if (row->claimed == copy->uid)
		return true;
	if (!ident_has_message_id(row->ident))
		return false;
	if (row->size == copy->size && row->size != UINT64_MAX)
		return true;
	return in_doubt && row->rank != MATCH_PENDING;
}

static size_t mark(struct match_item *items, size_t count) {
	size_t marked = 0;
	for (size_t i = 0; i < count; i++) {
		items[i].needs_body = !items[i].body_known;
		marked += items[i].needs_body;
	}
	return marked;
}

typedef size_t group_fn(struct match_item *rows, size_t row_count, struct match_item *copies, size_t copy_count,
			bool in_doubt);

/* Calls fn for every group of equal headers that has members on both sides. */
static size_t each_group(struct match_item *ledger, size_t ledgers, struct match_item *target, size_t targets,
			 bool in_doubt, group_fn *fn) {
	size_t sum = 0;
	for (size_t i = 0, j = 0; i < ledgers && j < targets;) {
		size_t i_end = group_end(ledger, ledgers, i), j_end = group_end(target, targets, j);
		if (ledger[i].ident == target[j].ident)
			sum += fn(ledger + i, i_end - i, target + j, j_end - j, in_doubt);
		uint64_t left = ledger[i].ident, right = target[j].ident;
		if (left <= right)
			i = i_end;
		if (right <= left)
			j = j_end;
	}
	return sum;
}

static size_t headers_group(struct match_item *rows, size_t row_count, struct match_item *copies, size_t copy_count,
			    bool in_doubt) {
	if (row_count == 1 && copy_count == 1 && sole_pair_settles(rows, copies, in_doubt)) {
		pair(rows, copies);
		return 0;
	}
	return mark(rows, row_count) + mark(copies, copy_count);
}

size_t match_headers(struct match_item *ledger, size_t ledgers, struct match_item *target, size_t targets,
		     bool in_doubt) {
	if (ledgers)
		qsort(ledger, ledgers, sizeof *ledger, by_ident);
	if (targets)
		qsort(target, targets, sizeof *target, by_ident);
	return each_group(ledger, ledgers, target, targets, in_doubt, headers_group);
}

static int by_uid(const void *va, const void *vb) {
	const struct match_item *a = va, *b = vb;
	return a->uid < b->uid ? -1 : a->uid > b->uid;
}

/* copies are in ascending uid order: match_headers sorted them. */
static size_t ambiguous_group(struct match_item *rows, size_t row_count, struct match_item *copies, size_t copy_count,
			      bool in_doubt) {
	bool open = false, astray = false;
	(void)in_doubt;
	for (size_t i = 0; i < row_count; i++) {
		struct match_item claimed = { .uid = rows[i].claimed };
		open |= rows[i].rank == MATCH_INTENT;
		astray |= rows[i].rank == MATCH_STORED &&
			  (!claimed.uid || !bsearch(&claimed, copies, copy_count, sizeof *copies, by_uid));
	}
	return open && astray;
}

bool match_is_ambiguous(struct match_item *ledger, size_t ledgers, struct match_item *target, size_t targets) {
	return each_group(ledger, ledgers, target, targets, true, ambiguous_group) > 0;
}

static int by_body(const void *va, const void *vb) {
	const struct match_item *a = va, *b = vb;
	if (a->body_known != b->body_known)
		return a->body_known ? -1 : 1;
	int c = memcmp(a->body.bytes, b->body.bytes, sizeof a->body.bytes);
	if (c)
		return c;
	if (a->rank != b->rank)
		return a->rank < b->rank ? -1 : 1;
	return a->uid < b->uid ? -1 : a->uid > b->uid;
}

/* Merge of two sorted runs. */
static void pair_bodies(struct match_item *rows, size_t row_count, struct match_item *copies, size_t copy_count) {
	qsort(rows, row_count, sizeof *rows, by_body);
	qsort(copies, copy_count, sizeof *copies, by_body);
	for (size_t i = 0, j = 0; i < row_count && j < copy_count;) {
		if (!rows[i].body_known || !copies[j].body_known)
			break;
		int c = memcmp(rows[i].body.bytes, copies[j].body.bytes, sizeof rows[i].body.bytes);
		if (c == 0)
			pair(&rows[i], &copies[j]);
		i += c <= 0;
		j += c >= 0;
	}
}

/* Items paired before are in groups of their own (sole pairs), never here. */
static size_t bodies_group(struct match_item *rows, size_t row_count, struct match_item *copies, size_t copy_count,
			   bool in_doubt) {
	(void)in_doubt;
	if (!rows[0].partner)
		pair_bodies(rows, row_count, copies, copy_count);
	return 0;
}

void match_bodies(struct match_item *ledger, size_t ledgers, struct match_item *target, size_t targets) {
	each_group(ledger, ledgers, target, targets, false, bodies_group);
}

/* Strangers first, in ascending size. */
static int by_stranger(const void *va, const void *vb) {
	const struct match_item *a = va, *b = vb;
	if (a->stranger != b->stranger)
		return a->stranger ? -1 : 1;
	return a->size < b->size ? -1 : a->size > b->size;
}

/* Returns how many there are, in front. */
static size_t gather_strangers(struct match_item *items, size_t count) {
	size_t n = 0;
	for (size_t i = 0; i < count; i++) {
		items[i].stranger = !items[i].partner && items[i].rank != MATCH_PENDING && items[i].size != UINT64_MAX;
		items[i].needs_body = false;
		n += items[i].stranger;
	}
	if (n)
		qsort(items, count, sizeof *items, by_stranger);
	return n;
}

static size_t size_end(const struct match_item *items, size_t count, size_t start) {
	size_t end = start;
	while (end < count && items[end].size == items[start].size)
		end++;
	return end;
}

static bool holds_intent(const struct match_item *rows, size_t n) {
	for (size_t i = 0; i < n; i++)
		if (rows[i].rank == MATCH_INTENT)
			return true;
	return false;
}

size_t match_strangers(struct match_item *ledger, size_t ledgers, struct match_item *target, size_t targets,
		       bool *any) {
	size_t rows = gather_strangers(ledger, ledgers), copies = gather_strangers(target, targets), marked = 0;
	*any = false;
	for (size_t i = 0, j = 0; i < rows && j < copies;) {
		size_t i_end = size_end(ledger, rows, i), j_end = size_end(target, copies, j);
		uint64_t left = ledger[i].size, right = target[j].size;
		if (left == right && holds_intent(ledger + i, i_end - i)) {
			marked += mark(ledger + i, i_end - i) + mark(target + j, j_end - j);
			*any = true;
		}
		if (left <= right)
			i = i_end;
		if (right <= left)
			j = j_end;
	}
	return marked;
}

void match_strangers_bodies(struct match_item *ledger, size_t ledgers, struct match_item *target, size_t targets) {
	size_t rows = 0, copies = 0;
	while (rows < ledgers && ledger[rows].stranger)
		rows++;
	while (copies < targets && target[copies].stranger)
		copies++;
	if (rows && copies)
		pair_bodies(ledger, rows, target, copies);
}
