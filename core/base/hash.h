/* SPDX-License-Identifier: MIT
 *
 * hash.h - fingerprints (never for secrets): BLAKE2b for short texts, Poly1305 under a project's own key for whole
 * messages.
 *
 * Every byte that is copied passes through the digest, so it must cost nothing: libsodium's BLAKE2b does 0.6 GB/s,
 * OpenSSL's SHA-256 1.8 where the processor has instructions for it, libsodium's Poly1305 4.6, OpenSSL's 14
 * (HACKING.md, "Speed"). Both give the same values, so libsodium steps in where OpenSSL has none (FIPS) or no memory.
 * Under a key that no sender of mail knows, and as long as nobody is shown the results, two texts have the same one by
 * chance only: 8 n / 2^106 for n bytes (D. J. Bernstein, The Poly1305-AES message-authentication code, 2005).
 */
#ifndef MAILVAN_BASE_HASH_H
#define MAILVAN_BASE_HASH_H

#include <stddef.h>
#include <stdint.h>
#include <sodium/crypto_generichash.h>
#include <sodium/crypto_onetimeauth.h>

#define HASH_LEN 16 /* crypto_onetimeauth_BYTES too */

struct hash {
	uint8_t bytes[HASH_LEN];
};

struct hasher {
	crypto_generichash_state state;
};

struct digest_key {
	unsigned char bytes[crypto_onetimeauth_KEYBYTES];
};

struct digest {
	struct evp_mac_ctx_st *fast;	/* OpenSSL's, kept from message to message */
	crypto_onetimeauth_state state; /* in use while there is no fast */
};

void hash_begin(struct hasher *h);
void hash_add(struct hasher *h, const void *data, size_t n);
void hash_end(struct hasher *h, struct hash *out);
/* For whole messages. Only comparable under the same key. All zero before the first digest_begin, which may be called
 * again at any time for the next message; digest_drop when there is none. */
void digest_begin(struct digest *d, const struct digest_key *key);
void digest_add(struct digest *d, const void *data, size_t n);
void digest_end(struct digest *d, struct hash *out);
void digest_drop(struct digest *d);
/* The first 8 bytes as a number, for a column of 64 bits. */
uint64_t hash_u64(const struct hash *h);

#endif
