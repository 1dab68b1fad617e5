/* SPDX-License-Identifier: MIT
 *
 * hash.c - see hash.h.
 */
#include "core/base/hash.h"

#include <openssl/evp.h>

void hash_begin(struct hasher *h) { crypto_generichash_init(&h->state, NULL, 0, HASH_LEN); }

void hash_add(struct hasher *h, const void *data, size_t n) {
	if (n)
		crypto_generichash_update(&h->state, data, n);
}

void hash_end(struct hasher *h, struct hash *out) { crypto_generichash_final(&h->state, out->bytes, HASH_LEN); }

static EVP_MAC_CTX *fast_digest(void) {
	EVP_MAC *mac = EVP_MAC_fetch(NULL, "POLY1305", NULL);
	EVP_MAC_CTX *ctx = mac ? EVP_MAC_CTX_new(mac) : NULL;
	EVP_MAC_free(mac); /* ctx has its own reference */
	return ctx;
}

void digest_begin(struct digest *d, const struct digest_key *key) {
	if (!d->fast)
		d->fast = fast_digest();
	if (d->fast && !EVP_MAC_init(d->fast, key->bytes, sizeof key->bytes, NULL))
		digest_drop(d);
	if (!d->fast)
		crypto_onetimeauth_init(&d->state, key->bytes);
}

/* OpenSSL's only adds up in memory that it has by now: these two do not fail. */
void digest_add(struct digest *d, const void *data, size_t n) {
	if (d->fast)
		EVP_MAC_update(d->fast, data, n);
	else
		crypto_onetimeauth_update(&d->state, data, n);
}

void digest_end(struct digest *d, struct hash *out) {
	size_t n;
	if (d->fast)
		EVP_MAC_final(d->fast, out->bytes, &n, sizeof out->bytes);
	else
		crypto_onetimeauth_final(&d->state, out->bytes);
}

void digest_drop(struct digest *d) {
	EVP_MAC_CTX_free(d->fast);
	d->fast = NULL;
}

uint64_t hash_u64(const struct hash *h) {
	uint64_t v = 0;
	for (int i = 0; i < 8; i++)
		v = v << 8 | h->bytes[i];
	return v;
}
