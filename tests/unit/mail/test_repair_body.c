/* SPDX-License-Identifier: MIT
 *
 * test_repair_body.c - the rungs that encode and wrap: what a message holds stays the same to the byte, what is sealed
 * is not touched; and all rungs on mutated messages, and on one that is too large to be held.
 */
#include "tests/unit/mail/test_repair.h"

/* --- bodies ----------------------------------------------------------------------------------------------------- */

static size_t qp_decode(const char *p, size_t n, char *to) {
	char *start = to;
	for (size_t i = 0; i < n; i++) {
		if (p[i] != '=') {
			*to++ = p[i];
		} else if (p[i + 1] == '\r') {
			i += 2;
		} else {
			char hex[3] = { p[i + 1], p[i + 2], 0 };
			*to++ = (char)strtoul(hex, NULL, 16);
			i += 2;
		}
	}
	return (size_t)(to - start);
}

static size_t base64_decode(const char *p, size_t n, char *to) {
	size_t len = 0;
	assert_int_equal(sodium_base642bin((unsigned char *)to, n, p, n, "\r\n", &len, NULL,
					   sodium_base64_VARIANT_ORIGINAL), 0);
	return len;
}

/* The body of the n-th part of out, decoded, is this. */
static void part_holds(const struct buf *out, size_t index, const char *expected, size_t n) {
	struct message_text in = { .data = out->data, .fd = -1, .size = out->len };
	struct parts parts;
	struct err e;
	assert_true(parts_map(&in, &parts, &e));
	assert_true(index < parts.count);
	const struct part *p = &parts.at[index];
	char *text = malloc(out->len + 1);
	assert_non_null(text);
	size_t len = (size_t)(p->end - p->body), got = len;
	if (p->coding == CODING_QP)
		got = qp_decode(out->data + p->body, len, text);
	else if (p->coding == CODING_BASE64)
		got = base64_decode(out->data + p->body, len, text);
	else
		memcpy(text, out->data + p->body, len);
	assert_int_equal(got, n);
	assert_memory_equal(text, expected, n);
	free(text);
	parts_free(&parts);
}

static void encoded_alone(const char *body, size_t n, const char *coding) {
	struct buf in, out;
	buf_init(&in, 4u << 20);
	buf_puts(&in, HEAD "Content-Type: text/plain; charset=utf-8\r\nContent-Transfer-Encoding: 8bit\r\n\r\n");
	buf_put(&in, body, n);
	assert_true(repair(REPAIR_BODY, in.data, in.len, &out));
	assert_non_null(strstr(out.data, coding));
	assert_null(strstr(out.data, "8bit"));
	assert_non_null(strstr(out.data, "MIME-Version: 1.0\r\n"));
	assert_true(longest_line(&out) <= 78);
	for (size_t i = 0; i < out.len; i++)
		assert_true((unsigned char)out.data[i] < 127);
	part_holds(&out, 0, body, n);
	buf_free(&in);
	buf_free(&out);
}

static void bodies(void **state) {
	(void)state;
	char *big = malloc(200000);
	assert_non_null(big);
	stays(REPAIR_BODY, HEAD "\r\nplain\r\n");
#define ALONE(body, coding) encoded_alone(body, sizeof body - 1, coding)
	ALONE("Gr\xc3\xbc\xc3\x9f" "e = \t\r\n \r\nblank at the end \r\n.\r\n", "quoted-printable");
	ALONE("\xd0\x9f\xd1\x80\xd0\xb8\r\n", "base64");
	ALONE("gro\xc3\x9f, and no line end", "quoted-printable");
	ALONE("gro\xc3\x9f, and a blank at the end ", "quoted-printable");
	memset(big, 'x', 200000);
	encoded_alone(big, 1500, "quoted-printable");
	for (int i = 0; i < 200000; i++)
		big[i] = (char)(i % 7 == 0 ? 0xe4 : i % 83 == 81 ? '\r' : i % 83 == 82 ? '\n' : 'a' + i % 26);
	big[199998] = '\r';
	big[199999] = '\n';
	encoded_alone(big, 200000, "quoted-printable");
	free(big);
}

#define TWO_PARTS                                                                                                      \
	HEAD "MIME-Version: 1.0\r\nContent-Type: multipart/mixed; boundary=\"the one\"\r\n\r\npreamble\r\n--the "      \
	     "one\r\n"                                                                                                 \
	     "Content-Type: text/plain; charset=iso-8859-1\r\n\r\ngr\xfc\xdf"                                          \
	     "e\r\n--the one  \r\n"                                                                                    \
	     "Content-Type: application/x\r\nContent-Transfer-Encoding: binary\r\n\r\n"

static void parts_of_a_message(void **state) {
	(void)state;
	struct buf out;
	static const char two[] = TWO_PARTS "\xff\n\0\r\x01\r\n--the one--\r\nepilogue\r\n";
	assert_true(repair(REPAIR_BODY, two, sizeof two - 1, &out));
	part_holds(&out, 1, "gr\xfc\xdf" "e", 5);
	part_holds(&out, 2, "\xff\n\0\r\x01", 5);
	assert_non_null(strstr(out.data, "preamble\r\n--the one\r\n"));
	assert_non_null(strstr(out.data, "\r\n--the one--\r\nepilogue\r\n"));
	buf_free(&out);

	/* An attached message is looked into; it must not be encoded itself (RFC 2046 5.2.1). */
	static const char attached[] =
		"Content-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\nContent-Type: message/rfc822\r\n\r\n"
		"Subject: inner\r\n\r\n\xe4\xe4 inner text is here\r\n--b--\r\n";
	assert_true(repair(REPAIR_BODY, attached, sizeof attached - 1, &out));
	part_holds(&out, 2, "\xe4\xe4 inner text is here", 21);
	assert_non_null(strstr(out.data, "message/rfc822\r\n\r\nSubject: inner\r\nContent-Transfer-Encoding: "
					 "quoted-printable\r\n\r\n"));
	buf_free(&out);
}

static void what_must_not_be_encoded(void **state) {
	(void)state;
	stays(REPAIR_BODY, "Content-Type: multipart/signed; boundary=b\r\n\r\n--b\r\n\r\ngr\xfc\xdf" "e\r\n--b\r\n"
			   "Content-Type: application/pgp-signature\r\n\r\nx\r\n--b--\r\n");
	stays(REPAIR_BODY,
	      "Content-Type: multipart/mixed; boundary=a\r\n\r\n--a\r\nContent-Type: multipart/signed; boundary=b"
	      "\r\n\r\n--b\r\n\r\ngr\xfc\xdf"
	      "e\r\n--b--\r\n--a--\r\n");
	stays(REPAIR_BODY, "Content-Type: multipart/encrypted; boundary=b\r\n\r\n--b\r\n\r\n\xff\r\n--b--\r\n");
	stays(REPAIR_BODY, "Content-Type: message/partial; number=1\r\n\r\n\xff\r\n");
	stays(REPAIR_BODY, "Content-Transfer-Encoding: x-uuencode\r\n\r\n\xff\r\n");
	stays(REPAIR_BODY, "Content-Type: multipart/mixed\r\n\r\nno boundary \xff\r\n");
}

static void folded_again(void **state) {
	(void)state;
	struct buf in, out;
	char plain[2000];
	buf_init(&in, 1u << 20);
	for (int i = 0; i < 2000; i++)
		plain[i] = (char)(i * 37);
	buf_puts(&in, HEAD "Content-Transfer-Encoding: base64\r\n\r\n");
	char *to = buf_room(&in, 4000);
	sodium_bin2base64(to, 4000, (unsigned char *)plain, sizeof plain, sodium_base64_VARIANT_ORIGINAL);
	buf_added(&in, strlen(to));
	buf_puts(&in, "\r\n");
	assert_true(repair(REPAIR_BODY, in.data, in.len, &out));
	assert_true(longest_line(&out) <= 78);
	part_holds(&out, 0, plain, sizeof plain);
	buf_free(&out);

	buf_reset(&in);
	buf_puts(&in, HEAD "Content-Transfer-Encoding: Quoted-Printable\r\n\r\nshort =\r\nline=3D=20\r\n");
	for (int i = 0; i < 400; i++)
		buf_puts(&in, "=C3=BCx ");
	buf_puts(&in, "=\r\nend\r\n");
	assert_true(repair(REPAIR_BODY, in.data, in.len, &out));
	assert_true(longest_line(&out) <= 78);
	struct buf want;
	buf_init(&want, 1u << 20);
	buf_puts(&want, "short line= \r\n");
	for (int i = 0; i < 400; i++)
		buf_puts(&want, "\xc3\xbcx ");
	buf_puts(&want, "end\r\n");
	part_holds(&out, 0, want.data, want.len);
	buf_free(&want);
	buf_free(&in);
	buf_free(&out);
}

/* --- the wrapper ------------------------------------------------------------------------------------------------ */

static void wrapped(const char *p, size_t n, bool plain) {
	struct buf out;
	struct header_ident id;
	assert_true(repair(REPAIR_WRAP, p, n, &out));
	for (size_t i = 0; i < out.len; i++)
		assert_true((unsigned char)out.data[i] < 128 && out.data[i] != 0);
	part_holds(&out, 2, p, n);
	assert_true(plain == (strstr(out.data, "Content-Type: message/rfc822\r\n") != NULL));
	ident_header(out.data, out.len, &id);
	assert_true(id.has_message_id);
	buf_free(&out);
}

static void the_wrapper(void **state) {
	(void)state;
	struct buf out;
	static const char bad[] =
		"From: =?utf-8?Q?J=C3=B6rg?= <j@x>\nSubject: \xc3\xa4h\0\nDate: Thu, 12 Mar 2020 10:00:00 +0000\n"
		"\nbare\n\0";
	static const char good[] = HEAD "\r\nplain\r\n";
	wrapped(bad, sizeof bad - 1, false);
	wrapped("\0", 1, false);
	wrapped("\r\n", 2, false); /* an empty header is no message (RFC 2046 5.2.1) */
	struct message_text in = { .data = bad, .fd = -1, .size = sizeof bad - 1 };
	assert_true(apply(REPAIR_WRAP, &in, &out));
	shown_as(out.data, out.len, "Subject", "äh");
	shown_as(out.data, out.len, "From", "Jörg <j@x>");
	shown_as(out.data, out.len, "Date", "12 Mar 2020 10:00:00 +0000");
	buf_free(&out);
	/* As a message, it is the third entity, and its own body the fourth. */
	in = (struct message_text){ .data = good, .fd = -1, .size = sizeof good - 1 };
	assert_true(apply(REPAIR_WRAP, &in, &out));
	assert_non_null(strstr(out.data, "Content-Type: message/rfc822\r\n"));
	assert_non_null(strstr(out.data, "\r\n\r\n" HEAD "\r\nplain\r\n\r\n--=_mailvan_"));
	buf_free(&out);
}

/* --- everything at once ----------------------------------------------------------------------------------------- */

static uint64_t next_random(uint64_t *x) {
	*x ^= *x << 13;
	*x ^= *x >> 7;
	*x ^= *x << 17;
	return *x;
}

static const struct {
	const char *text;
	size_t size;
} seeds[] = {
#define SEED(s) { s, sizeof s - 1 }
	SEED(TWO_PARTS "\xff\n\0\r\x01\r\n--the one--\r\nepilogue\r\n"),
	SEED("Content-Type: multipart/mixed; boundary=\"a\\\"b\"\n\n--a\"b\nContent-Type: message/rfc822\n\n"
	     "Content-Type: multipart/signed; boundary=q\n\n--q\n\nx\0\n--q--\n--a\"b--\n"),
	SEED("From x\r\nSubject: \xc3\xa4 \"q\" (c) <x@y>\r\nFrom: \"\xe4\\\"\" <a@b>, (\xe4) c@d\r\n "
	     "junk\r\njunk\r\nX-A: b\r\n"
	     "\r\nbody =\xe4\r\n"),
	SEED("Content-Transfer-Encoding: quoted-printable\r\n\r\n=C3=BC=\r\n= \r\n==41=4\r\n=\xe4\xe4\r\n"),
	SEED("Content-Transfer-Encoding: base64\r\nDate: x\r\nFrom: y\r\n\r\nQUJD\xe4QUJD\r\n"),
};

static const char *const pieces[] = { "\r",
				      "\n",
				      "\r\n",
				      "\r\n\r\n",
				      "--",
				      "--the one",
				      "--the one--",
				      "--q\r\n",
				      "=",
				      "==",
				      "\"",
				      "(",
				      "<",
				      "Content-Type: multipart/mixed; boundary=q\r\n",
				      ": ",
				      "\xe4",
				      "Content-Transfer-Encoding: binary\r\n",
				      "message/rfc822",
				      "\xc3\xa4\xc3\xa4",
				      " ",
				      ";" };

static size_t mutate(char *p, size_t n, size_t cap, uint64_t *x) {
	for (uint64_t k = next_random(x) % 6 + 1; k; k--) {
		size_t at = n ? next_random(x) % n : 0;
		const char *piece = pieces[next_random(x) % (sizeof pieces / sizeof *pieces)];
		size_t len = strlen(piece), cut = next_random(x) % 12;
		switch (next_random(x) % 4) {
		case 0:
			if (n)
				p[at] = (char)next_random(x);
			break;
		case 1:
			if (n + len < cap) {
				memmove(p + at + len, p + at, n - at);
				memcpy(p + at, piece, len);
				n += len;
			}
			break;
		case 2:
			cut = cut > n - at ? n - at : cut;
			memmove(p + at, p + at + cut, n - at - cut);
			n -= cut;
			break;
		default:
			if (n < cap)
				p[n++] = '\0';
		}
	}
	return n;
}

/* What a rung promises, whatever it was given. */
static void check_rung(enum repair_rung rung, const struct buf *out) {
	struct message_text in = { .data = out->data, .fd = -1, .size = out->len };
	struct parts parts;
	struct err e;
	assert_true(parts_map(&in, &parts, &e));
	if (rung == REPAIR_LINES)
		assert_true(parts.bare_cr == 0 && parts.bare_lf == 0);
	for (size_t i = 0; parts.complete && rung == REPAIR_BODY && i < parts.count; i++) {
		const struct part *p = &parts.at[i];
		if (p->kind == PART_LEAF && p->understood && !p->sealed)
			assert_true(!p->eight_bit && p->longest <= PART_LINE_MAX);
	}
	parts_free(&parts);
}

static void mutations(void **state) {
	enum { CAP = 4096, ROUNDS = 8000 };
	(void)state;
	char *text = malloc(CAP);
	uint64_t x = 88172645463325252u;
	assert_non_null(text);
	for (int i = 0; i < ROUNDS; i++) {
		size_t s = (size_t)i % (sizeof seeds / sizeof *seeds);
		memcpy(text, seeds[s].text, seeds[s].size);
		size_t n = mutate(text, seeds[s].size, CAP, &x);
		struct buf now, next;
		buf_init(&now, 1u << 20);
		assert_true(buf_put(&now, text, n));
		for (int r = REPAIR_LINES; n && r <= REPAIR_WRAP; r++) {
			bool wrap = r == REPAIR_WRAP;
			if (!repair_both((enum repair_rung)r, wrap ? text : now.data, wrap ? n : now.len, &next))
				continue;
			/* A line end that was none can have hidden a boundary: then a second time finds more. */
			unsigned more = wrap ? 0 : settle((enum repair_rung)r, &next, 4);
			if (more > 2)
				fail_msg("%s never ends", repair_name((enum repair_rung)r));
			if (more == 0)
				check_rung((enum repair_rung)r, &next);
			assert_true(next.len <= n * 5 + 4096);
			buf_free(&now);
			now = next;
		}
		buf_free(&now);
	}
	free(text);
}

/* Depth, number and length that a message can name have an end; what lies beyond it is not touched. */
static void bounds(void **state) {
	(void)state;
	struct buf in, out;
	buf_init(&in, 16u << 20);
	for (int i = 0; i < 40; i++)
		buf_printf(&in, "Content-Type: multipart/mixed; boundary=b%d\r\n\r\n--b%d\r\n", i, i);
	buf_puts(&in, "\r\n\xff\r\n");
	assert_false(repair(REPAIR_BODY, in.data, in.len, &out));
	buf_reset(&in);
	buf_puts(&in, "Content-Type: multipart/mixed; boundary=b\r\n\r\n");
	for (int i = 0; i < 2000; i++)
		buf_puts(&in, "--b\r\n\r\n\xff\r\n");
	assert_false(repair(REPAIR_BODY, in.data, in.len, &out));
	buf_reset(&in);
	buf_puts(&in, "X: ");
	for (int i = 0; i < 300000; i++)
		buf_putc(&in, 'x');
	buf_puts(&in, "\xe4\r\n\r\n\xff\r\n");
	assert_false(repair(REPAIR_HEADERS, in.data, in.len, &out));
	assert_false(repair(REPAIR_FIELDS, in.data, in.len, &out));
	assert_false(repair(REPAIR_BODY, in.data, in.len, &out));
	wrapped(in.data, in.len, false);
	buf_free(&in);
	struct message_text empty = { .data = "", .fd = -1 };
	for (int r = REPAIR_NONE; r <= REPAIR_WRAP; r++)
		assert_false(apply((enum repair_rung)r, &empty, &out));
}

static bool count_bytes(void *arg, const char *p, size_t n, struct err *e) {
	(void)p, (void)e;
	*(uint64_t *)arg += n;
	return true;
}

/* Every rung has work in every line of it; none may hold it. */
static void memory_does_not_grow(void **state) {
	enum { LINES = 200000, ALLOWED_KB = 4096 };
	static const char line[] = "bare \n CR \r NUL \0 and \xe4 in a line of some sixty bytes\r\n";
	struct rusage before, after;
	(void)state;
	char path[] = "/tmp/mailvan-repair.XXXXXX";
	int fd = mkstemp(path);
	assert_true(fd >= 0);
	unlink(path);
	FILE *f = fdopen(fd, "w+");
	assert_non_null(f);
	fputs("Subject: \xe4\r\n\r\n", f);
	for (int i = 0; i < LINES; i++)
		fwrite(line, sizeof line - 1, 1, f);
	assert_int_equal(fflush(f), 0);
	struct message_text in = { .fd = fd, .size = (uint64_t)ftell(f) };
	assert_true(in.size > 10 * 1000 * 1000);
	getrusage(RUSAGE_SELF, &before);
	for (int r = REPAIR_LINES; r <= REPAIR_WRAP; r++) {
		uint64_t n = 0;
		struct message_sink sink = { count_bytes, &n };
		struct err e;
		bool changed;
		if (!repair_apply((enum repair_rung)r, &in, &arrived, &sink, &changed, &e))
			fail_msg("%s", e.text);
		assert_true(changed && n >= in.size - LINES * 4);
	}
	getrusage(RUSAGE_SELF, &after);
	print_message("%ld KB more for %llu MB\n", after.ru_maxrss - before.ru_maxrss,
		      (unsigned long long)in.size / 1000000);
	assert_true(after.ru_maxrss - before.ru_maxrss < ALLOWED_KB);
	fclose(f);
}

int main(void) {
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(bodies),
		cmocka_unit_test(parts_of_a_message),
		cmocka_unit_test(what_must_not_be_encoded),
		cmocka_unit_test(folded_again),
		cmocka_unit_test(the_wrapper),
		cmocka_unit_test(mutations),
		cmocka_unit_test(bounds),
		cmocka_unit_test(memory_does_not_grow),
	};
	if (sodium_init() < 0)
		return 1;
	return cmocka_run_group_tests(tests, NULL, NULL);
}
