/* SPDX-License-Identifier: MIT
 *
 * secret.h - the one type that holds a password, token or key in memory.
 *
 * Never format, log or compare it with anything but these functions. The memory
 * is sodium_malloc'ed (guarded, locked where the system allows) and wiped when freed.
 */
#ifndef MAILVAN_BASE_SECRET_H
#define MAILVAN_BASE_SECRET_H

#include <stdbool.h>
#include <stddef.h>

struct secret {
	char *data; /* NUL-terminated; NULL when there is none */
	size_t len;
};

#define SECRET_MAX 65536

bool secret_set(struct secret *s, const char *data, size_t len); /* copies; false: too long or no memory */
bool secret_copy(struct secret *dst, const struct secret *src);
void secret_clear(struct secret *s);
bool secret_present(const struct secret *s);

/* To know a secret again without keeping it, in this process only: a hash under a key that is never written. */
struct secret_key {
	unsigned char bytes[32];
};
struct secret_tag {
	unsigned char bytes[16];
};
void secret_key_new(struct secret_key *k);
void secret_tag_of(struct secret_tag *t, const struct secret_key *k, const struct secret *s);

#endif
