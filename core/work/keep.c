/* SPDX-License-Identifier: MIT
 *
 * keep.c - see keep.h.
 */
#include "core/work/keep.h"

#include <string.h>
#include <strings.h>

#include "core/mail/target.h"

bool keyword_listed(const char *list, const char *word, size_t n) {
	for (const char *w = list; *w;) {
		size_t k = strcspn(w, " ");
		if (k == n && strncasecmp(w, word, n) == 0)
			return true;
		w += k + (w[k] == ' ');
	}
	return false;
}

uint32_t keep_keywords(const struct folder_status *st, const char *in, char *out, size_t size) {
	uint32_t dropped = 0;
	size_t used = 0;
	out[0] = '\0';
	for (const char *w = in; *w;) {
		size_t n = strcspn(w, " ");
		bool keep = keyword_is_atom(w, n) && (st->keywords_any || keyword_listed(st->keywords, w, n));
		if (keep && used + n + 2 < size) {
			if (used)
				out[used++] = ' ';
			memcpy(out + used, w, n);
			used += n;
			out[used] = '\0';
		} else if (n) {
			dropped++;
		}
		w += n + (w[n] == ' ');
	}
	return dropped;
}
