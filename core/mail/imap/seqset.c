/* SPDX-License-Identifier: MIT
 *
 * seqset.c - writes and reads UID sets.
 */
#include "core/mail/imap/seqset.h"

#include <stdio.h>

size_t seqset_write(char *dst, size_t size, const uint32_t *uids, size_t n) {
	size_t len = 0, i = 0;
	dst[0] = '\0';
	while (i < n) {
		char piece[32];
		size_t last = i;
		while (last + 1 < n && uids[last + 1] == uids[last] + 1)
			last++;
		int k = last == i ? snprintf(piece, sizeof piece, "%s%u", i ? "," : "", uids[i])
				  : snprintf(piece, sizeof piece, "%s%u:%u", i ? "," : "", uids[i], uids[last]);
		if (k < 0 || len + (size_t)k >= size)
			break;
		len += (size_t)snprintf(dst + len, size - len, "%s", piece);
		i = last + 1;
	}
	return i;
}

/* A number from 1 to 2^32-1 at *p. */
static bool read_uid(const char **p, const char *end, uint32_t *uid) {
	uint64_t v = 0;
	const char *from = *p;
	for (; *p < end && **p >= '0' && **p <= '9'; ++*p) {
		v = v * 10 + (uint64_t)(**p - '0');
		if (v > UINT32_MAX)
			return false;
	}
	*uid = (uint32_t)v;
	return *p > from && v > 0;
}

bool seqset_read(const char *s, size_t n, uint32_t *uids, size_t count) {
	const char *end = s + n;
	size_t got = 0;
	uint32_t previous = 0;
	for (;;) {
		uint32_t first, last;
		if (!read_uid(&s, end, &first))
			return false;
		last = first;
		if (s < end && *s == ':' && (s++, !read_uid(&s, end, &last)))
			return false;
		if (first <= previous || last < first || last - first >= count - got)
			return false;
		for (uint32_t uid = first;; uid++) {
			uids[got++] = uid;
			if (uid == last)
				break;
		}
		previous = last;
		if (s == end)
			return got == count;
		if (*s++ != ',' || got == count)
			return false;
	}
}
