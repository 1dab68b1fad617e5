/* SPDX-License-Identifier: MIT
 *
 * verify_notes.c - what few messages of a folder have, kept beside them: a number for a UID.
 */
#include <stdlib.h>

#include "core/work/verify_int.h"

bool notes_add(struct notes *l, uint32_t uid, int64_t value, struct err *e) {
	void *at = l->at;
	bool ok = look_grow(&at, &l->cap, l->count, sizeof *l->at, e);
	l->at = at;
	if (ok)
		l->at[l->count++] =
			(struct note){ uid, (uint32_t)((uint64_t)value & UINT32_MAX), (int32_t)(value >> 32) };
	return ok;
}

static int by_uid(const void *va, const void *vb) {
	const struct note *a = va, *b = vb;
	return a->uid < b->uid ? -1 : a->uid > b->uid;
}

void notes_sort(struct notes *l) {
	sort_where_needed(l->at, l->count, sizeof *l->at, by_uid);
}

bool notes_find(const struct notes *l, uint32_t uid, int64_t *value) {
	struct note wanted = { .uid = uid };
	const struct note *n = l->count ? bsearch(&wanted, l->at, l->count, sizeof wanted, by_uid) : NULL;
	if (n)
		*value = n->high * ((int64_t)1 << 32) + n->low;
	return n != NULL;
}
