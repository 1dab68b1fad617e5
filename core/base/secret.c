/* SPDX-License-Identifier: MIT
 *
 * secret.c - guarded memory by libsodium.
 */
#include "core/base/secret.h"

#include <string.h>
#include <sodium/core.h>
#include <sodium/crypto_generichash.h>
#include <sodium/randombytes.h>
#include <sodium/utils.h>

bool secret_set(struct secret *s, const char *data, size_t len) {
	/* sodium_init is idempotent and thread-safe; without it sodium_malloc has no page size. */
	if (len > SECRET_MAX || sodium_init() < 0)
		return false;
	char *p = sodium_malloc(len + 1);
	if (!p)
		return false;
	if (len)
		memcpy(p, data, len);
	p[len] = '\0';
	secret_clear(s);
	s->data = p;
	s->len = len;
	return true;
}

bool secret_copy(struct secret *dst, const struct secret *src) {
	if (secret_present(src))
		return secret_set(dst, src->data, src->len);
	secret_clear(dst);
	return true;
}

void secret_clear(struct secret *s) {
	sodium_free(s->data); /* wipes */
	*s = (struct secret){ 0 };
}

bool secret_present(const struct secret *s) { return s->data != NULL; }

void secret_key_new(struct secret_key *k) {
	randombytes_buf(k->bytes, sizeof k->bytes);
}

void secret_tag_of(struct secret_tag *t, const struct secret_key *k, const struct secret *s) {
	crypto_generichash(t->bytes, sizeof t->bytes, (const unsigned char *)s->data, s->len, k->bytes,
			   sizeof k->bytes);
}
