/* SPDX-License-Identifier: MIT
 *
 * test_ident.c - fingerprints: equal for equal messages however a server serves them, unequal otherwise.
 */
#include <dirent.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <cmocka.h>

#include "core/base/buf.h"
#include "core/mail/mime/header.h"
#include "core/mail/mime/ident.h"

#define CORPUS "/work/shared/mail"

static uint64_t ident_n(const char *text, size_t n) {
	struct header_ident id;
	ident_header(text, n, &id);
	return id.hash;
}

static uint64_t ident(const char *text) { return ident_n(text, strlen(text)); }

static bool has_id(const char *text) {
	struct header_ident id;
	ident_header(text, strlen(text), &id);
	return id.has_message_id;
}

static const char plain[] = "Received: from a by b; Mon, 1 Jan 2024 10:00:00 +0000\r\n"
			    "From: Anna <anna@example.org>\r\n"
			    "Subject: Hello world\r\n"
			    "Date: Mon, 1 Jan 2024 10:00:01 +0000\r\n"
			    "Message-ID: <1@example.org>\r\n"
			    "\r\n"
			    "Subject: not this\r\n";

/* Each text must have the fingerprint of `plain`. */
static void same_message_same_value(void **state) {
	(void)state;
	static const char *const same[] = {
		/* the header only, without and with the empty line */
		"Received: from a by b; Mon, 1 Jan 2024 10:00:00 +0000\r\nFrom: Anna <anna@example.org>\r\n"
		"Subject: Hello world\r\nDate: Mon, 1 Jan 2024 10:00:01 +0000\r\nMessage-ID: <1@example.org>\r\n",
		/* a subset in another order, LF, other case, folded elsewhere, blanks at line ends and before colons */
		"MESSAGE-ID: <1@example.org>\nsubject : Hello\n\tworld  \ndate:Mon, 1 Jan 2024 10:00:01 +0000\n"
		"From:\n Anna <anna@example.org>\nReceived: from a by b;\n \n Mon, 1 Jan 2024 10:00:00 +0000\n\n",
		/* more fields, a second one of each, lower Received lines */
		"X-Seen: 1\r\nReceived: from a by b; Mon, 1 Jan 2024 10:00:00 +0000\r\nReceived: from c by a\r\n"
		"From: Anna <anna@example.org>\r\nFrom: Bob <bob@example.org>\r\nSubject: Hello world\r\nSubject: "
		"two\r\n"
		"Date: Mon, 1 Jan 2024 10:00:01 +0000\r\nMessage-ID: <1@example.org>\r\nMessage-ID: <2@x>\r\n\r\nbody",
		/* an mbox line first, junk lines, an invalid name, CR CR LF everywhere */
		"From anna@example.org Mon Jan  1 10:00:00 2024\r\r\n continued\r\r\nno colon here\r\r\n\tof the "
		"junk\r\r\n"
		"bad name: x\r\r\n: none\r\r\nReceived: from a by b; Mon, 1 Jan 2024 10:00:00 +0000\r\r\n"
		"From: Anna <anna@example.org>\r\r\nSubject: Hello\r\r\n world\r\r\nDate: Mon, 1 Jan 2024 10:00:01 "
		"+0000\r\r\n"
		"Message-ID: <1@example.org>\r\r\n\r\r\nMessage-ID: <body@x>\r\r\n",
	};
	for (size_t i = 0; i < sizeof same / sizeof same[0]; i++) {
		if (ident(same[i]) != ident(plain))
			fail_msg("text %zu has another value", i);
		assert_true(has_id(same[i]));
	}
}

static void every_field_counts(void **state) {
	(void)state;
	static const char *const pairs[][2] = {
		{ "<1@example.org>", "<3@example.org>" }, { "Hello", "Hallo" },	 { "Anna <", "Anne <" },
		{ "10:00:01 +", "10:00:02 +" },		  { "a by b", "a by c" },
	};
	for (size_t i = 0; i < sizeof pairs / sizeof pairs[0]; i++) {
		char text[sizeof plain];
		memcpy(text, plain, sizeof plain);
		char *at = strstr(text, pairs[i][0]);
		assert_non_null(at);
		memcpy(at, pairs[i][1], strlen(pairs[i][1]));
		assert_true(ident(text) != ident(plain));
	}
	/* the order of Received matters: the topmost is the one */
	assert_true(ident("Received: a\nReceived: b\n") == ident("Received: a\n"));
	assert_true(ident("Received: b\nReceived: a\n") != ident("Received: a\n"));
	/* a value does not slide from one field into another */
	assert_true(ident("Subject: x\n") != ident("From: x\n"));
}

static void eight_bit_as_servers_serve_it(void **state) {
	(void)state;
	uint64_t utf8 = ident("Subject: Gr\xC3\xBC\xC3\x9F" "e an \xC3\xA4lle\n");
	assert_true(utf8 == ident("Subject: Gr????e an ??lle\n"));     /* Yahoo, Zimbra */
	assert_true(utf8 == ident("Subject: Gr\xFC\xDF" "e an \xE4lle\n")); /* any other 8-bit charset */
	assert_true(utf8 != ident("Subject: Gre an lle\n"));
	/* Dovecot serves NUL as 0x80 */
	static const char nul[] = "Subject: a\0b\r\n\r\n";
	assert_true(ident_n(nul, sizeof nul - 1) == ident("Subject: a\x80" "b\r\n\r\n"));
	/* a lone CR is a control byte, CR CR LF before a blank a fold */
	assert_true(ident("Subject: a\rb\n") == ident("Subject: a\x01" "b\n"));
	assert_true(ident("Subject: a\r\r\n b\n") == ident("Subject: ab\n"));
}

static void missing_and_empty(void **state) {
	(void)state;
	uint64_t none = ident("");
	assert_true(none == ident("\r\n"));
	assert_true(none == ident("\r\nSubject: body\r\n"));
	assert_true(none == ident("Message-ID:  \r\nSubject:\r\n\r\n"));
	assert_true(none == ident("just a text\r\nwithout header\r\n"));
	assert_true(none != ident("Subject: x"));
	assert_false(has_id("Message-ID: \t\r\nSubject: x\r\n"));
	assert_false(has_id("Subject: x\r\n\r\nMessage-ID: <a@b>\r\n"));
	assert_true(has_id("message-id \t: <a@b>"));
	/* no empty line at all */
	assert_true(ident("Subject: x\r\nDate: y") == ident("Date: y\nSubject: x\n\n"));
}

static void long_headers(void **state) {
	(void)state;
	struct buf b;
	buf_init(&b, 1 << 20);
	for (int i = 0; i < 7000; i++)
		buf_printf(&b, "X-Filler-%d: %070d\r\n", i, i);
	assert_true(b.len > HEADER_KEEP_MAX);
	buf_puts(&b, plain);
	assert_true(ident_n(b.data, b.len) == ident(plain));
	/* a field longer than what is kept of a streaming message gives one value, cut or whole */
	buf_reset(&b);
	buf_puts(&b, "Subject: ");
	while (b.len < HEADER_KEEP_MAX + 200000)
		buf_puts(&b, "word ");
	uint64_t cut = ident_n(b.data, HEADER_KEEP_MAX);
	assert_true(ident_n(b.data, b.len) == cut);
	/* nor does a field behind it count, of which the cut one has nothing */
	buf_puts(&b, "\r\nX-Other: 1\r\nFrom: a@b\r\n\r\n");
	assert_true(ident_n(b.data, b.len) == cut);
	/* what servers take is seen whole */
	buf_reset(&b);
	buf_puts(&b, "Subject: ");
	while (b.len < 300000)
		buf_puts(&b, "word ");
	cut = ident_n(b.data, b.len);
	buf_puts(&b, "\r\nFrom: a@b\r\n\r\n");
	assert_true(ident_n(b.data, b.len) != cut);
	buf_free(&b);
}

static const struct digest_key test_key = { { 7, 1, 2 } };

static struct hash body_chunked(const char *p, size_t n, size_t chunk) {
	struct body_hasher b = { 0 };
	struct hash h;
	ident_body_begin(&b, &test_key);
	for (size_t i = 0; i < n; i += chunk)
		ident_body_add(&b, p + i, n - i < chunk ? n - i : chunk);
	ident_body_end(&b, &h);
	ident_body_drop(&b);
	return h;
}

static bool body_equal(const char *a, size_t an, const char *b, size_t bn) {
	struct hash x = body_chunked(a, an, an + 1), y = body_chunked(b, bn, bn + 1);
	return memcmp(&x, &y, sizeof x) == 0;
}

#define BODY_EQ(a, b) assert_true(body_equal(a, sizeof(a) - 1, b, sizeof(b) - 1))
#define BODY_NE(a, b) assert_false(body_equal(a, sizeof(a) - 1, b, sizeof(b) - 1))

static void body_line_ends(void **state) {
	(void)state;
	BODY_EQ("a\r\nb\r\n", "a\nb\n");
	BODY_EQ("a\r\nb\r\n", "a\rb\r");
	BODY_EQ("a\r\nb\r\n\r\n\r\n", "a\nb");
	BODY_EQ("\r\n\r\n", "");
	BODY_EQ("a\0b", "a\x80" "b");
	BODY_EQ("a\r\r\nb", "a\n\nb"); /* a lone CR and a CRLF */
	BODY_NE("a\r\n\r\nb", "a\r\nb");
	BODY_NE("\na", "a");
	BODY_NE("a b", "a  b");
	BODY_NE("a\nb", "ab");
	BODY_NE("a", "");
}

/* The same, one byte after the other, as the contract words it: what the fast path is held against. */
static size_t body_slow(const char *p, size_t n, char *out) {
	size_t len = 0, newlines = 0;
	for (size_t i = 0; i < n; i++) {
		if (p[i] == '\r' || p[i] == '\n') {
			if (p[i] == '\r' && i + 1 < n && p[i + 1] == '\n')
				i++;
			newlines++;
			continue;
		}
		for (; newlines; newlines--) {
			out[len++] = '\r';
			out[len++] = '\n';
		}
		out[len++] = p[i] ? p[i] : (char)0x80;
	}
	return len;
}

static void body_any_chunking(void **state) {
	(void)state;
	enum { N = 20000 };
	char *text = malloc(N), *slow = malloc((size_t)2 * N);
	assert_non_null(text);
	assert_non_null(slow);
	uint32_t seed = 12345;
	for (int round = 0; round < 60; round++) {
		for (size_t i = 0; i < N; i++) {
			seed = seed * 1664525u + 1013904223u;
			unsigned k = seed >> 24;
			/* rounds differ in how dense line ends are */
			text[i] = k < 8u * (unsigned)(round % 8 + 1) ? "\r\n\0\n\r\r\n\n"[k % 8] : (char)('a' + k % 26);
		}
		/* and the last ones are as mail should be, but for a few bytes */
		for (size_t i = 0; round >= 40 && i + 1 < N; i++) {
			bool odd = i % 4999 == (size_t)round;
			if (text[i] < 'a' && !odd)
				text[i] = 'x';
			if (i % 70 == 68 && !odd)
				text[i] = '\r', text[++i] = '\n';
		}
		struct digest h = { 0 };
		struct hash want;
		digest_begin(&h, &test_key);
		digest_add(&h, slow, body_slow(text, N, slow));
		digest_end(&h, &want);
		digest_drop(&h);
		static const size_t chunks[] = { 1, 2, 3, 7, 64, 4095, 4096, 4097, N };
		for (size_t c = 0; c < sizeof chunks / sizeof chunks[0]; c++) {
			struct hash got = body_chunked(text, N, chunks[c]);
			assert_memory_equal(&got, &want, sizeof want);
		}
	}
	free(text);
	free(slow);
}

/* What a server answers to HEADER.FIELDS: the wanted fields as they stand, others left out. */
static void put_subset(struct buf *to, const char *p, size_t n, bool backwards) {
	static const char *const order[2][5] = { { "subject", "received", "message-id", "from", "date" },
						 { "date", "from", "message-id", "received", "subject" } };
	for (size_t k = 0; k < 5; k++) {
		struct header_scan s;
		struct header_field f;
		header_scan_begin(&s, p, n);
		while (header_scan_next(&s, &f)) {
			if (header_field_named(&f, order[backwards][k])) {
				buf_put(to, f.name, (size_t)(f.value + f.value_len - f.name));
				buf_puts(to, "\r\n");
			}
		}
	}
	buf_puts(to, "\r\n");
}

static void put_crlf(struct buf *to, const char *p, size_t n) {
	for (size_t i = 0; i < n; i++) {
		if (p[i] == '\n' && (i == 0 || p[i - 1] != '\r'))
			buf_putc(to, '\r');
		buf_putc(to, p[i]);
	}
}

static void check_real_message(const char *p, size_t n) {
	struct buf crlf, subset;
	buf_init(&crlf, 1 << 26);
	buf_init(&subset, 1 << 20);
	put_crlf(&crlf, p, n);
	uint64_t whole = ident_n(p, n);
	assert_true(whole == ident_n(crlf.data, crlf.len));
	for (int backwards = 0; backwards < 2; backwards++) {
		buf_reset(&subset);
		put_subset(&subset, p, n, backwards);
		assert_false(subset.failed);
		assert_true(whole == ident_n(subset.data, subset.len));
	}
	const char *empty = crlf.len ? memmem(crlf.data, crlf.len, "\r\n\r\n", 4) : NULL;
	if (empty)
		assert_true(whole == ident_n(crlf.data, (size_t)(empty - crlf.data) + 4));
	struct hash a = body_chunked(p, n, 3), b = body_chunked(crlf.data, crlf.len, 1000);
	assert_memory_equal(&a, &b, sizeof a);
	buf_free(&crlf);
	buf_free(&subset);
}

static unsigned check_folder(const char *dir) {
	unsigned count = 0;
	DIR *d = opendir(dir);
	assert_non_null(d);
	for (struct dirent *ent; (ent = readdir(d));) {
		char path[1024];
		struct stat st;
		snprintf(path, sizeof path, "%s/%s", dir, ent->d_name);
		if (ent->d_name[0] == '.' || stat(path, &st) != 0)
			continue;
		if (S_ISDIR(st.st_mode)) {
			count += check_folder(path);
			continue;
		}
		FILE *f = fopen(path, "rb");
		char *p = malloc((size_t)st.st_size + 1);
		assert_non_null(f);
		assert_non_null(p);
		size_t n = fread(p, 1, (size_t)st.st_size, f);
		check_real_message(p, n);
		free(p);
		fclose(f);
		count++;
	}
	closedir(d);
	return count;
}

static void real_messages(void **state) {
	(void)state;
	struct stat st;
	if (stat(CORPUS, &st) != 0) {
		print_message("%s is not here: real messages not checked\n", CORPUS);
		skip();
	}
	assert_true(check_folder(CORPUS) >= 100);
}

int main(void) {
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(same_message_same_value), cmocka_unit_test(every_field_counts),
		cmocka_unit_test(eight_bit_as_servers_serve_it), cmocka_unit_test(missing_and_empty),
		cmocka_unit_test(long_headers), cmocka_unit_test(body_line_ends),
		cmocka_unit_test(body_any_chunking), cmocka_unit_test(real_messages),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
