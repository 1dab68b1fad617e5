/* SPDX-License-Identifier: MIT
 *
 * ordinals.c - the how-manieth of its equals a UIDL is, within one enumeration of a maildrop.
 *
 * RFC 1939 wants UIDLs to be unique; some servers give two messages the same one. An
 * enumeration may come in several calls: it goes on while the message numbers grow, and a number
 * that does not grow begins the next one. Memory: 16 bytes per message at half load, while it lasts.
 */
#include <stdlib.h>
#include <string.h>

#include "core/base/hash.h"
#include "core/store/ledger_int.h"

#define ENTRIES_MAX ((size_t)1 << 24)

struct entry {
	uint64_t key; /* 0 = free */
	uint32_t seen;
};

struct ordinals {
	struct ordinals *next;
	uint64_t generation;
	int64_t folder;
	uint32_t last;
	struct entry *entries;
	size_t cap, used;
};

static void release(struct ordinals *o) {
	free(o->entries);
	free(o);
}

void ordinals_end(struct store *s, uint64_t generation, int64_t folder) {
	for (struct ordinals **p = &s->ordinals; *p;) {
		struct ordinals *o = *p;
		if (o->generation != generation || (folder != 0 && o->folder != folder)) {
			p = &o->next;
			continue;
		}
		*p = o->next;
		release(o);
	}
}

void ordinals_free_all(struct store *s) {
	while (s->ordinals) {
		struct ordinals *o = s->ordinals;
		s->ordinals = o->next;
		release(o);
	}
}

bool ordinals_begin(struct store *s, uint64_t generation, int64_t folder, uint32_t first_number, struct ordinals **out,
		    struct err *e) {
	for (struct ordinals *o = s->ordinals; o; o = o->next) {
		if (o->generation == generation && o->folder == folder && first_number > o->last) {
			*out = o;
			return true;
		}
	}
	ordinals_end(s, generation, folder);
	struct ordinals *o = calloc(1, sizeof *o);
	if (!o)
		return err_nomem(e);
	o->generation = generation;
	o->folder = folder;
	o->next = s->ordinals;
	s->ordinals = o;
	*out = o;
	return true;
}

/* The entry of the key, or the free one where it belongs. */
static struct entry *place(struct entry *entries, size_t cap, uint64_t key) {
	size_t i = (size_t)key & (cap - 1);
	while (entries[i].key && entries[i].key != key)
		i = (i + 1) & (cap - 1);
	return &entries[i];
}

static bool grow(struct ordinals *o) {
	size_t cap = o->cap ? o->cap * 2 : 1024;
	struct entry *fresh = cap <= ENTRIES_MAX ? calloc(cap, sizeof *fresh) : NULL;
	if (!fresh)
		return false;
	for (size_t i = 0; i < o->cap; i++)
		if (o->entries[i].key)
			*place(fresh, cap, o->entries[i].key) = o->entries[i];
	free(o->entries);
	o->entries = fresh;
	o->cap = cap;
	return true;
}

bool ordinals_next(struct ordinals *o, const char *uidl, uint32_t number, uint32_t *ordinal, struct err *e) {
	struct hasher h;
	struct hash hash;
	if (o->used * 2 >= o->cap && !grow(o))
		return err_nomem(e);
	hash_begin(&h);
	hash_add(&h, uidl, strlen(uidl));
	hash_end(&h, &hash);
	uint64_t key = hash_u64(&hash);
	struct entry *at = place(o->entries, o->cap, key ? key : 1);
	if (!at->key) {
		at->key = key ? key : 1;
		o->used++;
	}
	*ordinal = at->seen++;
	o->last = number;
	return true;
}
