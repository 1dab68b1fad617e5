/* SPDX-License-Identifier: MIT
 *
 * caps.c - reads a list of capabilities.
 */
#include "core/mail/imap/caps.h"

#include <string.h>
#include <strings.h>

static const struct {
	const char *name;
	uint32_t bit;
} table[] = {
#define CAP(sym, text) { text, IMAP_##sym },
	IMAP_CAPS(CAP)
#undef CAP
};

static uint64_t append_limit(const struct line *l, const struct token *t) {
	static const char name[] = "APPENDLIMIT=";
	const uint32_t n = sizeof name - 1;
	struct token value = { TOK_ATOM, t->off + n, t->len - n };
	uint64_t limit = 0;
	if (t->len <= n || strncasecmp(token_text(l, t), name, n) != 0 || !token_number(l, &value, UINT64_MAX, &limit))
		return 0;
	return limit;
}

void caps_read(struct caps *c, const struct line *l, uint32_t i, uint32_t end) {
	*c = (struct caps){ 0 };
	for (; i < end && i < l->count; i++) {
		const struct token *t = &l->tok[i];
		for (size_t k = 0; k < sizeof table / sizeof *table; k++)
			if (token_is(l, t, table[k].name))
				c->bits |= table[k].bit;
		uint64_t limit = append_limit(l, t);
		if (limit)
			c->append_limit = limit;
	}
}
