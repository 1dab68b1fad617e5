/* SPDX-License-Identifier: MIT
 *
 * flags.c - reads and writes flag lists.
 */
#include "core/mail/imap/flags.h"

#include <stdlib.h>
#include <string.h>

#include "core/mail/target.h"

#define KEYWORDS_COUNT_MAX 256

static const struct {
	const char *name;
	uint32_t bit;
} system_flags[] = {
	{ "\\Seen", FLAG_SEEN },       { "\\Answered", FLAG_ANSWERED }, { "\\Flagged", FLAG_FLAGGED },
	{ "\\Deleted", FLAG_DELETED }, { "\\Draft", FLAG_DRAFT },
};

bool keyword_is_atom(const char *s, size_t n) {
	for (size_t i = 0; i < n; i++)
		if (s[i] <= 0x20 || s[i] >= 0x7F || strchr("(){%*\"\\]", s[i]))
			return false;
	return n > 0;
}

struct word {
	const char *p;
	size_t n;
};

static int compare_words(const void *a, const void *b) {
	const struct word *x = a, *y = b;
	int d = memcmp(x->p, y->p, x->n < y->n ? x->n : y->n);
	return d ? d : (x->n > y->n) - (x->n < y->n);
}

static bool read_system(struct flag_list *out, const struct line *l, const struct token *t) {
	for (size_t i = 0; i < sizeof system_flags / sizeof *system_flags; i++)
		if (token_is(l, t, system_flags[i].name)) {
			out->system |= system_flags[i].bit;
			return true;
		}
	if (token_is(l, t, "\\*"))
		out->any = true;
	return false;
}

void flags_read(struct flag_list *out, const struct line *l, uint32_t i) {
	struct word words[KEYWORDS_COUNT_MAX];
	size_t count = 0, len = 0;
	out->system = 0;
	out->any = false;
	out->keywords[0] = '\0';
	if (i >= l->count || l->tok[i].kind != TOK_OPEN)
		return;
	for (i++; i < l->count && l->tok[i].kind != TOK_CLOSE; i++) {
		const struct token *t = &l->tok[i];
		if (t->kind == TOK_OPEN || read_system(out, l, t) || !keyword_is_atom(token_text(l, t), t->len))
			continue;
		if (count < KEYWORDS_COUNT_MAX)
			words[count++] = (struct word){ token_text(l, t), t->len };
	}
	if (count > 1)
		qsort(words, count, sizeof *words, compare_words);
	for (size_t k = 0; k < count; k++) {
		if (len + words[k].n + 2 > sizeof out->keywords || (k && compare_words(&words[k - 1], &words[k]) == 0))
			continue;
		if (len)
			out->keywords[len++] = ' ';
		memcpy(out->keywords + len, words[k].p, words[k].n);
		len += words[k].n;
		out->keywords[len] = '\0';
	}
}

bool flags_write(struct buf *b, uint32_t system, const char *keywords) {
	const char *gap = "";
	buf_puts(b, " (");
	for (size_t i = 0; i < sizeof system_flags / sizeof *system_flags; i++) {
		if (!(system & system_flags[i].bit))
			continue;
		buf_puts(b, gap);
		buf_puts(b, system_flags[i].name);
		gap = " ";
	}
	for (const char *p = keywords; *p;) {
		size_t n = strcspn(p, " ");
		if (n && !keyword_is_atom(p, n))
			return false;
		if (n) {
			buf_puts(b, gap);
			buf_put(b, p, n);
			gap = " ";
		}
		p += n + (p[n] == ' ');
	}
	return buf_putc(b, ')');
}
