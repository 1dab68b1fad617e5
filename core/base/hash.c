/* SPDX-License-Identifier: MIT
 *
 * hash.c - see hash.h.
 */
#include "core/base/hash.h"

void hash_begin(struct hasher *h) { crypto_generichash_init(&h->state, NULL, 0, HASH_LEN); }

void hash_add(struct hasher *h, const void *data, size_t n) {
	if (n)
		crypto_generichash_update(&h->state, data, n);
}

void hash_end(struct hasher *h, struct hash *out) { crypto_generichash_final(&h->state, out->bytes, HASH_LEN); }

void digest_begin(struct digest *d, const struct digest_key *key) { crypto_onetimeauth_init(&d->state, key->bytes); }

void digest_add(struct digest *d, const void *data, size_t n) { crypto_onetimeauth_update(&d->state, data, n); }

void digest_end(struct digest *d, struct hash *out) { crypto_onetimeauth_final(&d->state, out->bytes); }

uint64_t hash_u64(const struct hash *h) {
	uint64_t v = 0;
	for (int i = 0; i < 8; i++)
		v = v << 8 | h->bytes[i];
	return v;
}
