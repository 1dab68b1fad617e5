/* SPDX-License-Identifier: MIT
 *
 * test_pop3_unstuff.c - dot-unstuffing is exact, and the same however the bytes are cut.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "core/base/buf.h"
#include "core/mail/pop3/pop3_unstuff.h"

static bool collect(void *arg, const char *p, size_t n, struct err *e) {
	(void)e;
	assert_true(n > 0);
	return buf_put(arg, p, n);
}

/* The body of wire in chunks of at most `chunk` bytes into out; what was used of wire, SIZE_MAX without an end. */
static size_t unstuff(struct buf *out, const char *wire, size_t n, size_t chunk, bool lf_only) {
	struct pop3_unstuff u;
	struct err e = { 0 };
	size_t pos = 0;
	bool done = false;
	buf_reset(out);
	pop3_unstuff_begin(&u, lf_only);
	while (pos < n && !done) {
		size_t used, take = n - pos < chunk ? n - pos : chunk;
		/* a copy of exactly this size, so that ASan sees a read behind it */
		char *piece = malloc(take);
		assert_non_null(piece);
		memcpy(piece, wire + pos, take);
		assert_true(pop3_unstuff_add(&u, piece, take, &used, &done, collect, out, &e));
		free(piece);
		assert_true(done ? used <= take : used == take);
		pos += used;
	}
	return done ? pos : SIZE_MAX;
}

static const struct {
	const char *wire, *body; /* body NULL: no end */
	bool lf_only;
	const char *rest; /* what must be left for the next reply */
} cases[] = {
	{ "a\r\n.\r\n+OK", "a\r\n", false, "+OK" },
	{ ".\r\n", "", false, "" },
	{ "..\r\n.\r\n", ".\r\n", false, "" },
	{ "...\r\n.\r\n", "..\r\n", false, "" },
	{ "..a\r\na.b\r\n.\r\n", ".a\r\na.b\r\n", false, "" },
	{ ".a\r\n.\r\n", "a\r\n", false, "" },	     /* a server that forgot to stuff loses the dot, as RFC 1939 says */
	{ "\r\n\r\n.\r\n", "\r\n\r\n", false, "" },
	{ "a\n.\r\n.\r\n", "a\n.\r\n", false, "" },  /* LF dot is content where lines end in CRLF */
	{ "a\n.\nb\r\n.\r\n", "a\n.\nb\r\n", false, "" },
	{ ".\n.\r\n", NULL, false, "" },	     /* the dot is stuffing, the line goes on */
	{ "a\r\r\n.\r\n", "a\r\r\n", false, "" },
	{ "a\r.\r\n.\r\n", "a\r.\r\n", false, "" },
	{ "..\r.\r\n.\r\n", ".\r.\r\n", false, "" },
	{ ".\rb\r\n.\r\n", "\rb\r\n", false, "" },
	{ ".\r\r\n.\r\n", "\r\r\n", false, "" },
	{ "a\r\n.", NULL, false, "" },
	{ "a\r\n.\r", NULL, false, "" },
	{ "a\n.\n", NULL, false, "" },
	{ "a\n.\n+OK", "a\n", true, "+OK" },
	{ "..\n...\n.\n", ".\n..\n", true, "" },
	{ "a\r\n.\r\n", "a\r\n", true, "" },
	{ "a\r\n.\n", "a\r\n", true, "" },
};

static void exact(void **state) {
	(void)state;
	struct buf out;
	buf_init(&out, 1 << 16);
	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		size_t n = strlen(cases[i].wire);
		for (size_t chunk = 1; chunk <= n; chunk++) {
			size_t used = unstuff(&out, cases[i].wire, n, chunk, cases[i].lf_only);
			if (!cases[i].body) {
				if (used != SIZE_MAX)
					fail_msg("case %zu ends in chunks of %zu", i, chunk);
				continue;
			}
			if (used == SIZE_MAX || strcmp(cases[i].wire + used, cases[i].rest) != 0)
				fail_msg("case %zu does not end right in chunks of %zu", i, chunk);
			if (out.len != strlen(cases[i].body) ||
			    memcmp(out.data ? out.data : "", cases[i].body, out.len) != 0)
				fail_msg("case %zu differs in chunks of %zu", i, chunk);
		}
	}
	buf_free(&out);
}

/* Any message, stuffed as a server does, comes back byte for byte. */
static void round_trip(void **state) {
	(void)state;
	static const size_t chunks[] = { 1, 2, 3, 5, 17, 1000, 65536 };
	struct buf message, wire, out;
	buf_init(&message, 1 << 16);
	buf_init(&wire, 1 << 17);
	buf_init(&out, 1 << 17);
	uint32_t seed = 99;
	for (int round = 0; round < 60; round++) {
		buf_reset(&message);
		buf_reset(&wire);
		for (int i = 0; i < 3000; i++) {
			seed = seed * 1664525u + 1013904223u;
			static const char *const pieces[] = {
				".", "\r\n", "\r", "\n", "x", "\r\n.", "..", "long text "
			};
			buf_puts(&message, pieces[(seed >> 20) % 8]);
		}
		buf_puts(&message, "\r\n");
		buf_putc(&message, '\0');
		buf_puts(&message, "\r\n");
		for (size_t i = 0; i < message.len; i++) {
			bool at_start = i == 0 || (i >= 2 && memcmp(message.data + i - 2, "\r\n", 2) == 0);
			if (at_start && message.data[i] == '.')
				buf_putc(&wire, '.');
			buf_putc(&wire, message.data[i]);
		}
		buf_puts(&wire, ".\r\n");
		for (size_t c = 0; c < sizeof chunks / sizeof chunks[0]; c++) {
			assert_int_equal(unstuff(&out, wire.data, wire.len, chunks[c], false), wire.len);
			assert_int_equal(out.len, message.len);
			assert_memory_equal(out.data, message.data, out.len);
		}
	}
	buf_free(&message);
	buf_free(&wire);
	buf_free(&out);
}

static bool refuse(void *arg, const char *p, size_t n, struct err *e) {
	(void)arg, (void)p, (void)n;
	return err_set(e, ERR_LOCAL_DISK, "full");
}

static void sink_can_end_it(void **state) {
	(void)state;
	struct pop3_unstuff u;
	struct err e = { 0 };
	size_t used;
	bool done;
	pop3_unstuff_begin(&u, false);
	assert_false(pop3_unstuff_add(&u, "abc\r\n..", 7, &used, &done, refuse, NULL, &e));
	assert_int_equal(e.cat, ERR_LOCAL_DISK);
}

int main(void) {
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(exact),
		cmocka_unit_test(round_trip),
		cmocka_unit_test(sink_can_end_it),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
