/* SPDX-License-Identifier: MIT
 *
 * hash.h - BLAKE2b by libsodium, for fingerprints (never for secrets).
 */
#ifndef MAILVAN_BASE_HASH_H
#define MAILVAN_BASE_HASH_H

#include <stddef.h>
#include <stdint.h>
#include <sodium/crypto_generichash.h>

#define HASH_LEN 16

struct hash {
	uint8_t bytes[HASH_LEN];
};

struct hasher {
	crypto_generichash_state state;
};

void hash_begin(struct hasher *h);
void hash_add(struct hasher *h, const void *data, size_t n);
void hash_end(struct hasher *h, struct hash *out);
/* The first 8 bytes as a number, for a column of 64 bits. */
uint64_t hash_u64(const struct hash *h);

#endif
