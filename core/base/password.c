/* SPDX-License-Identifier: MIT
 *
 * password.c - see password.h.
 */
#include "core/base/password.h"

#include <string.h>
#include <sodium/core.h>
#include <sodium/randombytes.h>

/* Without 0 O o, 1 l I i, 5 S, 8 B, 2 Z, and without what a shell, a CSV or a phone call makes trouble of. */
static const char *const kinds[] = { "ACDEFGHJKLMNPQRTUVWXY", "abcdefghjkmnpqrstuvwxyz", "34679", "-+=.:!?#%*_/" };
#define KINDS (sizeof kinds / sizeof *kinds)

static char pick(const char *from) {
	return from[randombytes_uniform((unsigned)strlen(from))];
}

static char pick_any(void) {
	size_t all = 0;
	for (size_t k = 0; k < KINDS; k++)
		all += strlen(kinds[k]);
	size_t at = randombytes_uniform((unsigned)all), k = 0;
	while (at >= strlen(kinds[k]))
		at -= strlen(kinds[k++]);
	return kinds[k][at];
}

bool password_make(char *dst, size_t size, size_t length) {
	if (sodium_init() < 0 || length < KINDS || size <= length)
		return false;
	/* A letter first, one of each other kind, the rest as it comes; then all but the first change places. */
	unsigned first = randombytes_uniform(2);
	dst[0] = pick(kinds[first]);
	for (size_t i = 1; i < length; i++)
		dst[i] = i < KINDS ? pick(kinds[(first + i) % KINDS]) : pick_any();
	for (size_t i = length - 1; i > 1; i--) {
		size_t j = 1 + randombytes_uniform((unsigned)i);
		char swap = dst[i];
		dst[i] = dst[j];
		dst[j] = swap;
	}
	dst[length] = '\0';
	return true;
}

bool password_fits(const char *s, size_t n) {
	bool lower = false, upper = false, digit = false, other = false;
	for (size_t i = 0; i < n; i++) {
		unsigned char c = (unsigned char)s[i];
		if (c < 0x20 || c > 0x7e)
			return false;
		if (c >= 'a' && c <= 'z')
			lower = true;
		else if (c >= 'A' && c <= 'Z')
			upper = true;
		else if (c >= '0' && c <= '9')
			digit = true;
		else
			other = true;
	}
	return n >= PASSWORD_RULE_MIN && n <= PASSWORD_RULE_MAX && lower + upper + digit + other >= 3;
}
