/* SPDX-License-Identifier: MIT
 *
 * duplicates.c - open addressing over SipHash-2-4-128: equal hashes count as equal texts.
 */
#include "import/duplicates.h"

#include <stdlib.h>
#include <string.h>
#include <sodium/core.h>
#include <sodium/crypto_shorthash_siphash24.h>
#include <sodium/randombytes.h>

struct duplicate {
	uint64_t hash[2];
	size_t value; /* + 1; 0 = free */
};

_Static_assert(sizeof ((struct duplicates *)0)->key == crypto_shorthash_siphashx24_KEYBYTES, "key");
_Static_assert(sizeof ((struct duplicate *)0)->hash == crypto_shorthash_siphashx24_BYTES, "hash");

static struct duplicate *place(struct duplicate *slots, size_t cap, const uint64_t hash[2]) {
	for (size_t i = (size_t)hash[0] & (cap - 1);; i = (i + 1) & (cap - 1))
		if (!slots[i].value || (slots[i].hash[0] == hash[0] && slots[i].hash[1] == hash[1]))
			return &slots[i];
}

static bool grow(struct duplicates *d) {
	if (d->count * 2 < d->cap)
		return true;
	if (!d->cap) {
		if (sodium_init() < 0)
			return false;
		randombytes_buf(d->key, sizeof d->key);
	}
	size_t cap = d->cap ? d->cap * 2 : 1024;
	struct duplicate *slots = calloc(cap, sizeof *slots);
	if (!slots)
		return false;
	for (size_t i = 0; i < d->cap; i++)
		if (d->slots[i].value)
			*place(slots, cap, d->slots[i].hash) = d->slots[i];
	free(d->slots);
	d->slots = slots;
	d->cap = cap;
	return true;
}

bool duplicates_first(struct duplicates *d, const char *text, size_t n, size_t value, size_t *first) {
	uint64_t hash[2];
	if (!grow(d))
		return false;
	crypto_shorthash_siphashx24((unsigned char *)hash, (const unsigned char *)text, n, d->key);
	struct duplicate *slot = place(d->slots, d->cap, hash);
	if (!slot->value) {
		memcpy(slot->hash, hash, sizeof hash);
		slot->value = value + 1;
		d->count++;
	}
	*first = slot->value - 1;
	return true;
}

void duplicates_free(struct duplicates *d) {
	free(d->slots);
	*d = (struct duplicates){ 0 };
}
