/* SPDX-License-Identifier: MIT
 *
 * fuzz_pop3_unstuff.c - multi-line replies: what a server stuffs comes back to the byte, any bytes are read the same
 * whatever the pieces, and what follows the end is left alone.
 */
#include "core/mail/pop3/pop3_unstuff.h"
#include "tests/fuzz/fuzz.h"

static bool take(void *arg, const char *p, size_t n, struct err *e) {
	(void)e;
	FUZZ_HOLDS(n > 0);
	return buf_put(arg, p, n);
}

/* How many bytes were used; *done: the end was among them. */
static size_t unstuff(const char *p, size_t n, bool lf_only, unsigned choice, struct buf *out, bool *done) {
	struct pop3_unstuff u;
	struct err e = { 0 };
	size_t total = 0, used = 0;
	unsigned round = 0;
	pop3_unstuff_begin(&u, lf_only);
	buf_init(out, 64u << 20);
	*done = false;
	while (total < n && !*done) {
		size_t len = fuzz_piece(choice, &round, n - total);
		char *piece = fuzz_copy(p + total, len);
		FUZZ_HOLDS(pop3_unstuff_add(&u, piece, len, &used, done, take, out, &e));
		free(piece);
		FUZZ_HOLDS(used <= len && (*done || used == len));
		total += used;
	}
	return total;
}

static bool same(const struct buf *a, const char *p, size_t n) {
	return a->len == n && (!n || memcmp(a->data, p, n) == 0);
}

/* As RFC 1939 says: a dot in front of lines that begin with one, and the last line ends. */
static void stuff(struct buf *out, const uint8_t *p, size_t n) {
	bool start = true;
	for (size_t i = 0; i < n; i++) {
		if (start && p[i] == '.')
			buf_putc(out, '.');
		buf_putc(out, (char)p[i]);
		start = i && p[i] == '\n' && p[i - 1] == '\r';
	}
	buf_puts(out, start ? ".\r\n" : "\r\n.\r\n");
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
	struct buf whole, pieces, stuffed, back;
	bool done, done2;
	unsigned choice = fuzz_choice(&data, &size);
	const char *p = (const char *)data;
	bool lf_only = choice & 1;
	size_t used = unstuff(p, size, lf_only, 0, &whole, &done);
	FUZZ_HOLDS(whole.len <= used && used <= size);
	FUZZ_HOLDS(unstuff(p, size, lf_only, choice | 2, &pieces, &done2) == used && done == done2);
	FUZZ_HOLDS(same(&pieces, whole.data, whole.len));
	buf_free(&whole);
	buf_free(&pieces);

	buf_init(&stuffed, 64u << 20);
	stuff(&stuffed, data, size);
	size_t length = stuffed.len;
	buf_puts(&stuffed, "+OK next\r\n");
	FUZZ_HOLDS(unstuff(stuffed.data, stuffed.len, false, choice, &back, &done) == length && done);
	bool ended = size == 0 || (size > 1 && memcmp(p + size - 2, "\r\n", 2) == 0);
	FUZZ_HOLDS(back.len == size + (ended ? 0 : 2) && (!size || memcmp(back.data, p, size) == 0));
	buf_free(&back);
	buf_free(&stuffed);
	return 0;
}
