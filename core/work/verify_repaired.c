/* SPDX-License-Identifier: MIT
 *
 * verify_repaired.c - which rows were sent repaired. Few of many: held for the whole mailbox.
 */
#include <stdlib.h>
#include <string.h>

#include "core/store/repairs.h"
#include "core/work/verify_int.h"

static uint64_t name_hash(const char *folder) {
	struct hasher h;
	struct hash out;
	hash_begin(&h);
	hash_add(&h, folder, strlen(folder));
	hash_end(&h, &out);
	return hash_u64(&out);
}

static int by_row(const void *va, const void *vb) {
	const struct repaired *a = va, *b = vb;
	if (a->folder != b->folder)
		return a->folder < b->folder ? -1 : 1;
	return a->uid < b->uid ? -1 : a->uid > b->uid;
}

struct loading {
	struct look *lk;
	struct err *e;
	bool ok;
};

static bool on_repaired(void *arg, const struct repaired_row *row) {
	struct loading *l = arg;
	struct look *lk = l->lk;
	void *at = lk->repaired;
	l->ok = look_grow(&at, &lk->repaired_cap, lk->repaired_count, sizeof *lk->repaired, l->e);
	lk->repaired = at;
	if (l->ok)
		lk->repaired[lk->repaired_count++] = (struct repaired){ name_hash(row->folder), row->uid,
									row->source_body };
	return l->ok;
}

bool verify_load_repaired(struct look *lk, struct err *e) {
	struct loading l = { lk, e, true };
	if (!mailbox_repairs(lk->store, lk->mailbox, on_repaired, &l, e) || !l.ok)
		return false;
	if (lk->repaired_count)
		qsort(lk->repaired, lk->repaired_count, sizeof *lk->repaired, by_row);
	return true;
}

const struct repaired *verify_repaired(const struct look *lk, uint32_t uid) {
	if (!lk->repaired_count)
		return NULL;
	struct repaired wanted = { .folder = name_hash(lk->sum.source), .uid = uid };
	return bsearch(&wanted, lk->repaired, lk->repaired_count, sizeof wanted, by_row);
}
