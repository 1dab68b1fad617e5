/* SPDX-License-Identifier: MIT
 *
 * secret.c - guarded memory by libsodium.
 */
#include "core/base/secret.h"

#include <string.h>
#include <sodium/core.h>
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
