/* SPDX-License-Identifier: MIT
 *
 * test_imap_lex.c - the tokenizer: any chunking gives the same events, limits hold, garbage is harmless.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "core/mail/imap/lex.h"
#include "core/mail/imap/line.h"

/* Events as text: one letter and the bytes; neighbouring DATA joined. */
struct trace {
	struct buf text;
	bool in_data;
};

static bool record(void *arg, const struct lex_event *ev, struct err *e) {
	static const char letters[] = "TANS()[]X{DLE";
	struct trace *t = arg;
	(void)e;
	if (ev->kind == LEX_DATA && t->in_data)
		return buf_put(&t->text, ev->p, ev->n);
	t->in_data = ev->kind == LEX_DATA;
	buf_putc(&t->text, letters[ev->kind]);
	if (ev->kind == LEX_LITERAL)
		buf_printf(&t->text, "%llu", (unsigned long long)ev->size);
	else if (ev->n)
		buf_put(&t->text, ev->p, ev->n);
	return ev->kind == LEX_DATA || buf_putc(&t->text, ' ');
}

/* Chunks of fixed size, or (size 0) random ones by seed. */
static bool run(struct trace *t, const char *p, size_t n, size_t size, unsigned seed, struct err *e) {
	struct lex x;
	lex_init(&x);
	*t = (struct trace){ 0 };
	buf_init(&t->text, 16 << 20);
	bool ok = true;
	for (size_t i = 0, k; i < n && ok; i += k) {
		seed = seed * 1103515245 + 12345;
		k = size ? size : (seed >> 16) % 17 + 1;
		if (k > n - i)
			k = n - i;
		char *chunk = malloc(k); /* exact, so that ASan sees a read past it */
		assert_non_null(chunk);
		memcpy(chunk, p + i, k);
		ok = lex_feed(&x, chunk, k, record, t, e);
		free(chunk);
	}
	lex_free(&x);
	return ok;
}

static void same_in_any_chunking(const char *p, size_t n) {
	struct trace whole, other;
	struct err e = { 0 }, e2 = { 0 };
	bool ok = run(&whole, p, n, n ? n : 1, 0, &e);
	for (unsigned i = 0; i < 12; i++) {
		bool ok2 = run(&other, p, n, i < 4 ? i + 1 : 0, i, &e2);
		assert_int_equal(ok, ok2);
		if (!ok)
			assert_string_equal(e.text, e2.text);
		assert_int_equal(whole.text.len, other.text.len);
		if (whole.text.len)
			assert_memory_equal(whole.text.data, other.text.data, whole.text.len);
		buf_free(&other.text);
	}
	buf_free(&whole.text);
}

static const struct {
	const char *in, *events; /* NULL: refused */
} cases[] = {
	{ "* OK [CAPABILITY IMAP4rev1 LITERAL+] Dovecot ready.\r\n",
	  "T* AOK [ ACAPABILITY AIMAP4rev1 ALITERAL+ ] XDovecot ready. E " },
	{ "* OK ready\n", "T* AOK Xready E " },
	{ "* OK\r\n* NO \r\n", "T* AOK E T* ANO E " },
	{ "+ \r\n+\r\n+ idling\r\n", "T+ E T+ E T+ Xidling E " },
	{ "a1 OK [APPENDUID 38505 3955:3957] done\r\n", "Ta1 AOK [ AAPPENDUID A38505 A3955:3957 ] Xdone E " },
	{ "a1 BAD [X\r\n* 1 EXISTS\r\n", "Ta1 ABAD [ AX ] E T* A1 AEXISTS E " },
	{ "* OK [PERMANENTFLAGS (\\Seen \\* a]b)] x\r\n", "T* AOK [ APERMANENTFLAGS ( A\\Seen A\\* Aa]b ) ] Xx E " },
	{ "* LIST (\\HasNoChildren) \"/\" \"a \\\"b\\\\\"\r\n", "T* ALIST ( A\\HasNoChildren ) S/ Sa \"b\\ E " },
	{ "* LIST () NIL {3}\r\na\nb\r\n", "T* ALIST ( ) NNIL {3 Da\nbL E " },
	{ "* STATUS \"x\" (MESSAGES 9.3e+06 ) \r\n", "T* ASTATUS Sx ( AMESSAGES A9.3e+06 ) E " },
	{ "* 1 FETCH (UID 5 BODY[] {5}\r\nhello FLAGS (\\Seen))\r\n",
	  "T* A1 AFETCH ( AUID A5 ABODY[] {5 DhelloL AFLAGS ( A\\Seen ) ) E " },
	{ "* 1 FETCH (BODY[HEADER.FIELDS (DATE \"a]\")]{0}\r\n)\r\n",
	  "T* A1 AFETCH ( ABODY[HEADER.FIELDS (DATE \"a]\")] {0 L ) E " },
	{ "* 1 FETCH (FLAGS ([x \\Seen) UID 7)\r\n", "T* A1 AFETCH ( AFLAGS ( A[x A\\Seen ) AUID A7 ) E " },
	{ "* X ~{2}\r\n\"(y\r\n", "T* AX {2 D\"(L Ay E " },
	{ "* X {a} {1 {} b\r\n", "T* AX A{a} A{1 A{} Ab E " },
	{ "* X )) ( \"open\r\n* Y\r\n", "T* AX ( Sopen E T* AY E " },
	{ "\r\n\n  \r\n* X nil NILS\r\n", "T* AX Nnil ANILS E " },
	{ "* OK text {5}\r\n* Y\r\n", "T* AOK Xtext {5} E T* AY E " },
	{ "* X {99999999999999999999}\r\n", NULL },
	{ "* X {18446744073709551617}\r\n", NULL },
	{ "* X {4294967296}\r\n", NULL },
	{ "* X {-1}\r\n", NULL },
	{ "* X {}\r\n", NULL },
	{ "* X {+}\r\n", NULL },
	{ "* X {4294967295}\r\nabc", "T* AX {4294967295 Dabc" },
};

static void gives_these_events(void **state) {
	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		struct trace t;
		struct err e = { 0 };
		const char *want = cases[i].events;
		bool ok = run(&t, cases[i].in, strlen(cases[i].in), 4096, 0, &e);
		if (ok != (want != NULL))
			fail_msg("%s: %d %s", cases[i].in, ok, e.text);
		if (!ok) {
			assert_int_equal(e.cat, ERR_SERVER_BUG);
		} else {
			buf_putc(&t.text, '\0');
			assert_string_equal(t.text.data, want);
		}
		buf_free(&t.text);
		same_in_any_chunking(cases[i].in, strlen(cases[i].in));
	}
}

/* Pieces of protocol glued at random: no crash, no hang, one result in every chunking. */
static void garbage_is_harmless(void **state) {
	static const char *const pieces[] = { "* ",  "+ ",	 "a1 ",	  "OK ",	  "NO",	     "[",     "]",
					      "(",   ")",	 "\"",	  "\\",		  "{3}\r\n", "{12",   "}",
					      "~",   "\r",	 "\n",	  "\r\n",	  " ",	     "BODY[", "FETCH",
					      "NIL", "\xff\x80", "x",	  "{3}",	  "FLAGS (", "LIST",  "1",
					      "\t",  "{0}\r\n",	 "UID 5", "BODY[]{2}\r\n" };
	(void)state;
	unsigned seed = 7;
	for (unsigned round = 0; round < 4000; round++) {
		char text[512];
		size_t n = 0;
		for (unsigned k = 0; k < 40 && n < sizeof text - 16; k++) {
			seed = seed * 1664525 + 1013904223;
			const char *piece = pieces[(seed >> 8) % (sizeof pieces / sizeof *pieces)];
			memcpy(text + n, piece, strlen(piece));
			n += strlen(piece);
		}
		same_in_any_chunking(text, n);
	}
}

/* n times the byte c after a start, then an end: is it accepted? */
static bool accepts(const char *start, char c, size_t n, const char *end) {
	struct buf b;
	struct trace t;
	struct err e = { 0 };
	buf_init(&b, 1 << 20);
	buf_puts(&b, start);
	for (size_t i = 0; i < n; i++)
		buf_putc(&b, c);
	buf_puts(&b, end);
	same_in_any_chunking(b.data, b.len);
	bool ok = run(&t, b.data, b.len, b.len, 0, &e);
	buf_free(&t.text);
	buf_free(&b);
	return ok;
}

static void limits_hold(void **state) {
	(void)state;
	assert_true(accepts("* X ", '(', LEX_DEPTH_MAX, "\r\n"));
	assert_false(accepts("* X ", '(', LEX_DEPTH_MAX + 1, "\r\n"));
	assert_true(accepts("* ", 'x', LEX_LINE_MAX - 4, "\r\n"));
	assert_false(accepts("* ", 'x', LEX_LINE_MAX - 3, "\r\n"));
	assert_false(accepts("* OK ", 'x', 70000, "\r\n"));
	assert_false(accepts("* X \"", 'x', 70000, "\"\r\n"));
	assert_false(accepts("", 't', 70000, " OK\r\n"));
	assert_false(accepts("* X {", '1', 70000, "}\r\n"));
	/* Literals do not count. */
	assert_true(accepts("* X {100000}\r\n", 'x', 100000, " y\r\n"));
	/* Closing parentheses that were never opened do not underflow. */
	assert_true(accepts("* X ", ')', 1000, "(((\r\n"));
	assert_true(accepts("", '\n', 200000, "* X\r\n"));
}

static bool collect(void *arg, const struct lex_event *ev, struct err *e) { return line_add(arg, ev, false, e); }

static void read_line(struct line *l, struct lex *x, const char *text, size_t n) {
	struct err e = { 0 };
	line_reset(l);
	assert_true(lex_feed(x, text, n, collect, l, &e));
}

static void lines_are_bounded(void **state) {
	(void)state;
	struct line l;
	struct lex x;
	uint64_t v = 0;
	lex_init(&x);
	line_init(&l);
	static const char list[] =
		"* 7 FETCH (UID 4294967295 FLAGS (\\Seen (deep)) RFC822.SIZE 18446744073709551616)\r\n";
	read_line(&l, &x, list, sizeof list - 1);
	assert_true(l.complete);
	assert_int_equal(l.tag_kind, LINE_UNTAGGED);
	assert_true(line_word(&l, 1, "fetch"));
	assert_true(line_word(&l, 3, "UID"));
	assert_true(token_number(&l, line_at(&l, 4), UINT32_MAX, &v));
	assert_int_equal(v, UINT32_MAX);
	assert_false(token_number(&l, line_at(&l, 4), UINT32_MAX - 1, &v));
	uint32_t after = line_skip(&l, 6);
	assert_true(line_word(&l, after, "RFC822.SIZE"));
	assert_false(token_number(&l, line_at(&l, after + 1), UINT64_MAX, &v));
	/* More tokens than fit: marked, and still one line. */
	struct buf b;
	buf_init(&b, 1 << 20);
	buf_puts(&b, "* SEARCH");
	for (int i = 0; i < LINE_TOKENS_MAX + 10; i++)
		buf_puts(&b, " 1");
	buf_puts(&b, "\r\n");
	read_line(&l, &x, b.data, b.len);
	assert_true(l.complete);
	assert_true(l.overflow);
	assert_int_equal(l.count, LINE_TOKENS_MAX);
	/* A literal of 1 MB where a string is expected is cut, not kept. */
	buf_reset(&b);
	buf_puts(&b, "* LIST () \"/\" {1000000}\r\n");
	for (int i = 0; i < 1000000; i++)
		buf_putc(&b, 'n');
	buf_puts(&b, "\r\n");
	read_line(&l, &x, b.data, b.len);
	assert_true(l.complete);
	assert_false(l.overflow);
	assert_int_equal(line_at(&l, l.count - 1)->len, LINE_LITERAL_KEEP);
	assert_true(l.text.cap <= LINE_BYTES_MAX + 1);
	buf_free(&b);
	line_free(&l);
	lex_free(&x);
}

static void describes_safely(void **state) {
	(void)state;
	struct line l;
	struct lex x;
	char said[200];
	lex_init(&x);
	line_init(&l);
	static const char text[] = "a1 NO [LIMIT] wait \x1b[31m\xe2\x80\xae now\r\n";
	read_line(&l, &x, text, sizeof text - 1);
	line_describe(&l, said, sizeof said);
	assert_string_equal(said, "NO [LIMIT] wait \\x1b[31m\xEF\xBF\xBD now");
	line_free(&l);
	lex_free(&x);
}

int main(void) {
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(gives_these_events), cmocka_unit_test(garbage_is_harmless),
		cmocka_unit_test(limits_hold),	      cmocka_unit_test(lines_are_bounded),
		cmocka_unit_test(describes_safely),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
