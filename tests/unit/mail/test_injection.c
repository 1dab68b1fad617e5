/* SPDX-License-Identifier: MIT
 *
 * test_injection.c - no string from a source becomes a second command at a target, and no
 * writing command leaves towards a source.
 *
 * The encoder's bytes are read back by a parser of the server's side (RFC 9051 command, strict),
 * written for this test alone.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <cmocka.h>

#include "core/mail/imap/flags.h"
#include "core/mail/imap/outq.h"
#include "core/mail/target.h"

#define ARGS_MAX 64

struct command {
	char text[ARGS_MAX][600]; /* tag, words, strings, literals; "(" and ")" on their own */
	size_t len[ARGS_MAX];
	size_t count;
};

static bool is_atom_char(char c) { return c > 0x20 && c < 0x7F && !strchr("(){\"", c); }

/* One string or word at p; returns where it ends, NULL when it is not well-formed. */
static const char *read_argument(struct command *c, const char *p, const char *end) {
	char *to = c->text[c->count];
	size_t n = 0;
	if (*p == '(' || *p == ')') {
		to[n++] = *p++;
	} else if (*p == '"') {
		for (p++; p < end && *p != '"'; p++) {
			if (*p == '\\' && ++p == end)
				return NULL;
			if (*p == '\r' || *p == '\n' || *p == '\0' || *p & 0x80 || n == 599)
				return NULL;
			to[n++] = *p;
		}
		if (p == end)
			return NULL;
		p++;
	} else if (*p == '{') {
		for (p++; p < end && *p >= '0' && *p <= '9'; p++)
			n = n * 10 + (size_t)(*p - '0');
		if (p < end && *p == '+')
			p++;
		if (end - p < 3 || memcmp(p, "}\r\n", 3) != 0 || n > 599 || (size_t)(end - p - 3) < n)
			return NULL;
		memcpy(to, p + 3, n);
		p += 3 + n;
	} else {
		while (p < end && is_atom_char(*p) && n < 599)
			to[n++] = *p++;
		if (!n)
			return NULL;
	}
	c->len[c->count++] = n;
	to[n] = '\0';
	return p;
}

/* Exactly one well-formed command from first to last byte. */
static bool read_command(struct command *c, const char *p, size_t n) {
	const char *end = p + n;
	c->count = 0;
	while (p < end && c->count < ARGS_MAX) {
		if (end - p >= 2 && memcmp(p, "\r\n", 2) == 0)
			return p + 2 == end;
		if (*p == ' ')
			p++;
		else if (p < end && (p = read_argument(c, p, end)) == NULL)
			return false;
	}
	return false;
}

static unsigned next_random(unsigned *seed) {
	*seed = *seed * 1664525 + 1013904223;
	return *seed >> 8;
}

/* Protocol pieces and random bytes, no NUL. */
static size_t random_text(char *dst, size_t size, unsigned *seed) {
	static const char *const pieces[] = {
		"\r\n", "\"", "\\",	  "{5}\r\n", "{3+}\r\n", ") ", "(", "A1 CREATE pwned",
		"\r",	"\n", " ",	  "&",	     "*",	 "%",  "]", "INBOX",
		".",	"/",  "\xC3\xBC", "\xFF",    "\x1b[2J",	 "\t", "}", "~{1}\r\n"
	};
	size_t n = 0;
	for (unsigned k = next_random(seed) % 12; k && n + 24 < size; k--) {
		unsigned r = next_random(seed);
		if (r % 3 == 0) {
			dst[n++] = (char)(r >> 4 & 0xFF ? r >> 4 & 0xFF : 1);
			continue;
		}
		const char *piece = pieces[r % (sizeof pieces / sizeof *pieces)];
		memcpy(dst + n, piece, strlen(piece));
		n += strlen(piece);
	}
	dst[n] = '\0';
	return n;
}

static void a_name_stays_one_argument(void **state) {
	(void)state;
	unsigned seed = 99;
	struct err e;
	struct command c;
	char name[300];
	for (unsigned round = 0; round < 60000; round++) {
		struct outq q;
		uint32_t seq;
		assert_true(outq_init(&q, false, &e));
		q.literals = (enum literal_kind)(round % 3);
		size_t n = random_text(name, sizeof name, &seed);
		assert_true(outq_command(&q, "CREATE", &seq, &e) && outq_astring(&q, name, n, &e) && outq_end(&q, &e));
		if (!read_command(&c, q.bytes.data, q.bytes.len))
			fail_msg("not one command: %s", q.bytes.data);
		assert_int_equal(c.count, 3);
		assert_string_equal(c.text[1], "CREATE");
		assert_int_equal(c.len[2], n);
		assert_memory_equal(c.text[2], name, n);
		outq_free(&q);
	}
}

static void names_with_nul_and_arguments_with_line_ends_are_refused(void **state) {
	(void)state;
	struct outq q;
	struct err e;
	uint32_t seq;
	assert_true(outq_init(&q, false, &e));
	assert_true(outq_command(&q, "CREATE", &seq, &e));
	size_t before = q.bytes.len;
	assert_false(outq_astring(&q, "a\0b", 3, &e));
	assert_false(outq_arg(&q, " x\r\nA1 CREATE pwned", &e));
	assert_false(outq_arg(&q, " x\n", &e));
	assert_int_equal(q.bytes.len, before);
	outq_free(&q);
}

/* Keywords: refused, or exactly the same words in the list; never a closed list. */
static void keywords_stay_in_their_list(void **state) {
	(void)state;
	unsigned seed = 5, accepted = 0;
	struct command c;
	char text[300];
	for (unsigned round = 0; round < 60000; round++) {
		struct buf b;
		buf_init(&b, 8192);
		buf_puts(&b, "t APPEND x");
		if (round % 4) {
			random_text(text, sizeof text, &seed);
		} else {
			snprintf(text, sizeof text, "$k%u b-%u", next_random(&seed) % 100, round);
		}
		if (flags_write(&b, FLAG_SEEN | FLAG_DRAFT, text)) {
			buf_puts(&b, "\r\n");
			accepted++;
			if (!read_command(&c, b.data, b.len))
				fail_msg("not one command: %s", b.data);
			assert_string_equal(c.text[3], "(");
			assert_string_equal(c.text[4], "\\Seen");
			assert_string_equal(c.text[5], "\\Draft");
			assert_string_equal(c.text[c.count - 1], ")");
			for (size_t i = 6; i + 1 < c.count; i++)
				assert_true(keyword_is_atom(c.text[i], c.len[i]));
		}
		buf_free(&b);
	}
	assert_true(accepted >= 15000);
}

static void only_atoms_are_keywords(void **state) {
	(void)state;
	assert_true(keyword_is_atom("$Forwarded", 10));
	assert_true(keyword_is_atom("a+b[c", 5));
	assert_false(keyword_is_atom("", 0));
	for (int c = 0; c < 256; c++) {
		char s[] = { 'a', (char)c, 'b' };
		bool special = c <= 0x20 || c >= 0x7F || strchr("(){%*\"\\]", c);
		assert_int_equal(keyword_is_atom(s, 3), !special);
	}
}

static void any_date_stays_a_date(void **state) {
	(void)state;
	unsigned seed = 3;
	for (unsigned round = 0; round < 20000; round++) {
		struct mail_date d = { (int64_t)((uint64_t)next_random(&seed) << 40 | (uint64_t)next_random(&seed)
											      << 16),
				       (int16_t)next_random(&seed), true };
		if (round % 2)
			d.unix_s = (int64_t)(next_random(&seed) * 200ULL);
		struct mail_date back;
		char text[DATE_IMAP_MAX];
		date_format_imap(text, &d);
		assert_int_equal(strlen(text), 26);
		assert_null(strpbrk(text, "\"\\\r\n{"));
		assert_true(date_parse_imap(text, strlen(text), &back));
	}
}

static void a_source_is_only_read(void **state) {
	(void)state;
	static const char *const forbidden[] = { "STORE",
						 "UID STORE",
						 "EXPUNGE",
						 "UID EXPUNGE",
						 "APPEND",
						 "CREATE",
						 "DELETE",
						 "RENAME",
						 "COPY",
						 "UID COPY",
						 "MOVE",
						 "UID MOVE",
						 "CLOSE",
						 "SUBSCRIBE",
						 "UNSUBSCRIBE",
						 "SETACL",
						 "DELETEACL",
						 "SETQUOTA",
						 "SETMETADATA",
						 "REPLACE",
						 "UID REPLACE",
						 "FETCH",
						 "UID",
						 "UID FETCH 1 BODY[]",
						 "noop",
						 "NOOP\r\nA1 STORE",
						 "AUTHENTICATE CRAM-MD5",
						 "" };
	static const char *const allowed[] = { "CAPABILITY", "ID",     "LOGIN",	   "NAMESPACE", "LIST",
					       "LSUB",	     "STATUS", "SELECT",   "EXAMINE",	"UID FETCH",
					       "UID SEARCH", "NOOP",   "UNSELECT", "LOGOUT" };
	struct outq q;
	struct err e;
	uint32_t seq = 77;
	assert_true(outq_init(&q, true, &e));
	for (size_t i = 0; i < sizeof forbidden / sizeof *forbidden; i++) {
		assert_false(outq_command(&q, forbidden[i], &seq, &e));
		assert_int_equal(e.cat, ERR_INPUT); /* a program error */
		assert_int_equal(e.scope, ERR_SCOPE_PROGRAM);
		assert_int_equal(q.bytes.len, 0);   /* not a byte */
		assert_int_equal(seq, 77);
	}
	for (size_t i = 0; i < sizeof allowed / sizeof *allowed; i++)
		assert_true(outq_command(&q, allowed[i], &seq, &e) && outq_end(&q, &e));
	outq_free(&q);
}

static void tags_cannot_be_guessed(void **state) {
	(void)state;
	struct outq a, b;
	struct err e;
	char tag[32];
	uint32_t seq, got;
	assert_true(outq_init(&a, false, &e) && outq_init(&b, false, &e));
	assert_string_not_equal(a.prefix, b.prefix);
	assert_true(outq_command(&a, "NOOP", &seq, &e));
	snprintf(tag, sizeof tag, "%s%u", a.prefix, seq);
	assert_true(outq_seq(&a, tag, strlen(tag), &got));
	assert_int_equal(got, seq);
	assert_false(outq_seq(&b, tag, strlen(tag), &got));
	static const char *const forged[] = { "A1", "1", "", "*", "a1b2c3d41" };
	for (size_t i = 0; i < sizeof forged / sizeof *forged; i++)
		assert_false(outq_seq(&a, forged[i], strlen(forged[i]), &got));
	snprintf(tag, sizeof tag, "%s%u", a.prefix, seq + 1); /* not sent yet */
	assert_false(outq_seq(&a, tag, strlen(tag), &got));
	snprintf(tag, sizeof tag, "%s4294967297", a.prefix); /* 2^32 + 1 */
	assert_false(outq_seq(&a, tag, strlen(tag), &got));
	snprintf(tag, sizeof tag, "%s1x", a.prefix);
	assert_false(outq_seq(&a, tag, strlen(tag), &got));
	outq_free(&a);
	outq_free(&b);
}

/* A refused literal leaves the queue, whatever of it is there, and only it. */
static void a_refused_literal_leaves_the_queue(void **state) {
	(void)state;
	struct err e;
	for (int complete = 0; complete < 2; complete++) {
		struct outq q;
		uint32_t one, two = 0;
		uint64_t from, to;
		const char *p;
		bool sync;
		assert_true(outq_init(&q, false, &e));
		assert_true(outq_command(&q, "ONE", &one, &e) && outq_arg(&q, " ", &e) &&
			    outq_literal(&q, 16, false, &sync, &e) && sync &&
			    outq_data(&q, "A1 CREATE pwned\n", 16, &e));
		if (complete)
			assert_true(outq_end(&q, &e) && outq_command(&q, "TWO", &two, &e) && outq_arg(&q, " ", &e) &&
				    outq_literal(&q, 3, false, &sync, &e) && outq_data(&q, "abc", 3, &e) &&
				    outq_end(&q, &e));
		assert_false(outq_refused(&q, one, &from, &to)); /* its head is not sent yet */
		outq_sent(&q, outq_sendable(&q, &p));
		assert_true(outq_waits(&q) && outq_owes(&q, one));
		assert_false(outq_refused(&q, one + 7, &from, &to));
		assert_true(outq_refused(&q, one, &from, &to));
		assert_int_equal(to - from, complete ? 18 : 16);
		size_t n = outq_sendable(&q, &p);
		if (!complete) {
			assert_int_equal(n, 0);
			assert_false(outq_continue(&q));
		} else {
			assert_int_equal(n, strlen(q.prefix) + strlen("2 TWO {3}\r\n"));
			assert_null(memmem(p, n, "pwned", 5));
			outq_sent(&q, n);
			assert_true(outq_continue(&q));
			assert_int_equal(outq_sendable(&q, &p), 5);
			assert_memory_equal(p, "abc\r\n", 5);
		}
		outq_free(&q);
	}
}

int main(void) {
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_name_stays_one_argument),
		cmocka_unit_test(names_with_nul_and_arguments_with_line_ends_are_refused),
		cmocka_unit_test(keywords_stay_in_their_list),
		cmocka_unit_test(only_atoms_are_keywords),
		cmocka_unit_test(any_date_stays_a_date),
		cmocka_unit_test(a_source_is_only_read),
		cmocka_unit_test(tags_cannot_be_guessed),
		cmocka_unit_test(a_refused_literal_leaves_the_queue),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
