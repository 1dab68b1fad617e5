/* SPDX-License-Identifier: MIT
 *
 * verify_extra.c - messages at the target that are no row's copy: strangers, or a message that stands there twice.
 *
 * Message-ID, header and size equal: a duplicate. Header equal, the rest not so certain (drafts, no Message-ID): the
 * bodies of that group are read and compared.
 */
#include <stdlib.h>
#include <string.h>

#include "core/base/text.h"
#include "core/work/verify_int.h"

/* A longer run of equal headers is no accident of two: the bodies tell. */
#define RUN_BY_SIZE 1000

static bool tell(struct look *lk, const struct copy *extra, const struct copy *of, const char *text, struct err *e) {
	struct named d = {
		.kind = VERIFY_DUPLICATE, .uid = of->owner, .dst_uid = extra->uid, .size = copy_size(lk, extra)
	};
	struct mail_date date = { .unix_s = copy_date(lk, extra) };
	date.valid = date.unix_s != 0;
	named_date(&d, &date);
	text_copy(d.text, sizeof d.text, text);
	return verify_differ(lk, &d, e);
}

static const struct copy *same_size(const struct look *lk, size_t first, size_t end, const struct copy *extra) {
	uint64_t size = copy_size(lk, extra);
	for (size_t i = first; i < end; i++) {
		const struct copy *c = &lk->copies[lk->by_ident[i]];
		if (c->owner && size != UINT64_MAX && copy_size(lk, c) == size)
			return c;
	}
	return NULL;
}

struct body_of {
	struct hash body;
	const struct copy *copy;
};

/* Equal bodies together, the rows' copies first. */
static int by_body(const void *va, const void *vb) {
	const struct body_of *a = va, *b = vb;
	int c = memcmp(&a->body, &b->body, sizeof a->body);
	if (c)
		return c;
	bool mine = a->copy->owner != 0, its = b->copy->owner != 0;
	if (mine != its)
		return mine ? -1 : 1;
	return a->copy->uid < b->copy->uid ? -1 : a->copy->uid > b->copy->uid;
}

static bool tell_equal(struct look *lk, struct body_of *at, size_t n, uint64_t *duplicates, struct err *e) {
	const struct body_of *of = NULL;
	qsort(at, n, sizeof *at, by_body);
	for (size_t i = 0; i < n; i++) {
		if (at[i].copy->owner) {
			of = &at[i];
		} else if (of && memcmp(&of->body, &at[i].body, sizeof of->body) == 0) {
			*duplicates += 1;
			if (!tell(lk, at[i].copy, of->copy, "Its body is at the target more often than at the source",
				  e))
				return false;
		}
	}
	return true;
}

/* One run of equal headers, with copies and strangers in it: who among the strangers has a copy's body? */
static bool compare_bodies(struct look *lk, size_t first, size_t end, uint64_t *duplicates, struct err *e) {
	size_t n = end - first, read = 0;
	uint32_t *uids = malloc(n * sizeof *uids);
	struct hash *bodies = calloc(n, sizeof *bodies);
	bool *known = calloc(n, sizeof *known);
	struct body_of *list = malloc(n * sizeof *list);
	bool ok = (uids && bodies && known && list) || err_nomem(e);
	for (size_t i = 0; ok && i < n; i++)
		uids[i] = lk->copies[lk->by_ident[first + i]].uid;
	ok = ok && verify_target_hashes(lk, uids, n, bodies, known, e);
	for (size_t i = 0; ok && i < n; i++)
		if (known[i])
			list[read++] = (struct body_of){ bodies[i], &lk->copies[lk->by_ident[first + i]] };
	ok = ok && (!read || tell_equal(lk, list, read, duplicates, e));
	free(uids);
	free(bodies);
	free(known);
	free(list);
	return ok;
}

static bool check_run(struct look *lk, size_t first, size_t end, uint64_t *duplicates, struct err *e) {
	size_t owned = 0;
	bool by_size = end - first <= RUN_BY_SIZE;
	for (size_t i = first; i < end; i++) {
		const struct copy *c = &lk->copies[lk->by_ident[i]];
		owned += c->owner != 0;
		if (by_size && !c->owner && !(ident_has_message_id(c->ident) && same_size(lk, first, end, c)))
			by_size = false;
	}
	if (owned == 0 || owned == end - first)
		return true;
	if (!by_size)
		return compare_bodies(lk, first, end, duplicates, e);
	for (size_t i = first; i < end; i++) {
		const struct copy *c = &lk->copies[lk->by_ident[i]];
		if (c->owner)
			continue;
		*duplicates += 1;
		if (!tell(lk, c, same_size(lk, first, end, c),
			  "The same Message-ID, header and size are at the target more often than at the source", e))
			return false;
	}
	return true;
}

bool verify_extra(struct look *lk, struct err *e) {
	uint64_t duplicates = 0, extras = 0;
	size_t end;
	for (size_t i = 0; i < lk->copy_count; i++)
		extras += !lk->copies[i].owner;
	if (extras && !look_index(lk, e))
		return false;
	for (size_t i = 0; extras && lk->by_ident && i < lk->copy_count; i = end) {
		uint64_t ident = lk->copies[lk->by_ident[i]].ident;
		for (end = i + 1; end < lk->copy_count && lk->copies[lk->by_ident[end]].ident == ident;)
			end++;
		if (end - i > 1 && !check_run(lk, i, end, &duplicates, e))
			return false;
	}
	lk->sum.others = extras - duplicates;
	lk->result->others += extras - duplicates;
	return true;
}
