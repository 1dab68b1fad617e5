/* SPDX-License-Identifier: MIT
 *
 * test_repair.c - every rung of the repair ladder: what it changes, what it leaves alone, that it does so once,
 * and that it does the same from memory and from a file.
 */
#include "tests/unit/mail/test_repair.h"

static void line_endings(void **state) {
	(void)state;
	stays(REPAIR_LINES, HEAD "\r\nbody\r\n");
	becomes(REPAIR_LINES, "From: a@b\nSubject: x\n\nbody\nmore\r\n",
		"From: a@b\r\nSubject: x\r\n\r\nbody\r\nmore\r\n");
	becomes(REPAIR_LINES, HEAD "\r\none\rtwo\r\n", HEAD "\r\none\r\ntwo\r\n");
	/* Converted twice: one line end, not two. */
	becomes(REPAIR_LINES, "A: b\r\r\n\r\r\nx\r\r\ny\r\n", "A: b\r\n\r\nx\r\ny\r\n");
	/* From a system whose lines end in CR. */
	becomes(REPAIR_LINES, "A: b\rC: d\r\rx\ry\r", "A: b\r\nC: d\r\n\r\nx\r\ny\r\n");
	/* A lone CR must not make a new field. */
	becomes(REPAIR_LINES, "Subject: x\rBcc: victim@x\r\n\r\ny\r\n", "Subject: x Bcc: victim@x\r\n\r\ny\r\n");
	becomes(REPAIR_LINES, HEAD "\r\nno end", HEAD "\r\nno end\r\n");
	becomes(REPAIR_LINES, "\n", "\r\n");
}

#define BINARY \
	"Content-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\nContent-Type: image/x\r\n" \
	"Content-Transfer-Encoding: binary\r\n\r\n"

static void line_endings_leave_data_alone(void **state) {
	(void)state;
	stays(REPAIR_LINES, BINARY "\x89\n\r\n\r\r\r\n--b--\r\n");
	becomes(REPAIR_LINES, BINARY "1\n2\r3\r\n--b--\nepilogue\n", BINARY "1\n2\r3\r\n--b--\r\nepilogue\r\n");
	stays(REPAIR_LINES, "Content-Type: image/x\r\nContent-Transfer-Encoding: binary\r\n\r\n1\n2\r3");
}

static void nul_bytes(void **state) {
	(void)state;
	stays(REPAIR_NUL, HEAD "\r\nbody\r\n");
	becomes(REPAIR_NUL, "Subject: x\0y\r\n\r\nbody\r\n", "Subject: xy\r\n\r\nbody\r\n");
	/* What a body holds stays to the byte. */
	becomes(REPAIR_NUL, HEAD "\r\nbo\0dy\r\n",
		HEAD "MIME-Version: 1.0\r\nContent-Transfer-Encoding: quoted-printable\r\n\r\nbo=00dy\r\n");
	becomes(REPAIR_NUL, BINARY "\0\0\1\r\n--b--\r\n",
		"Content-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\nContent-Type: image/x\r\n"
		"Content-Transfer-Encoding: base64\r\n\r\nAAAB\r\n--b--\r\n");
	/* In base64 it is nothing. */
	becomes(REPAIR_NUL, "Content-Transfer-Encoding: base64\r\n\r\nAA\0AB\r\n",
		"Content-Transfer-Encoding: base64\r\n\r\nAAAB\r\n");
	stays(REPAIR_NUL, "Content-Type: multipart/signed; boundary=b\r\n\r\n--b\r\n\r\nsig\0ned\r\n--b--\r\n");
	becomes(REPAIR_NUL, "Content-Type: multipart/mixed; boundary=b\r\n\r\npre\0amble\r\n--b\r\n\r\nx\r\n--b--\r\n",
		"Content-Type: multipart/mixed; boundary=b\r\n\r\npreamble\r\n--b\r\n\r\nx\r\n--b--\r\n");
}

static void header_lines(void **state) {
	(void)state;
	stays(REPAIR_HEADERS, HEAD "\r\nbody\r\n");
	stays(REPAIR_HEADERS, HEAD "X-Long: a\r\n b\r\n\tc\r\n\r\nFrom me: >From\r\n");
	stays(REPAIR_HEADERS, "\r\nno header at all\r\n");
	becomes(REPAIR_HEADERS, "From me Thu Mar 12\r\n" HEAD "\r\nbody\r\n", HEAD "\r\nbody\r\n");
	becomes(REPAIR_HEADERS, HEAD ">From me Thu Mar 12\r\nTo: c@d\r\n\r\nbody\r\n", HEAD "To: c@d\r\n\r\nbody\r\n");
	/* No empty line. */
	becomes(REPAIR_HEADERS, HEAD, HEAD "\r\n");
	becomes(REPAIR_HEADERS, HEAD "Dear all\r\n\r\nnext\r\n", HEAD "\r\nDear all\r\n\r\nnext\r\n");
	becomes(REPAIR_HEADERS, "Dear all\r\n\r\nno header\r\n", "\r\nDear all\r\n\r\nno header\r\n");
	becomes(REPAIR_HEADERS, " starts with a blank\r\n\r\nx\r\n", "\r\n starts with a blank\r\n\r\nx\r\n");
	/* A line among fields that is none. */
	becomes(REPAIR_HEADERS, "Subject: long and\r\nlonger\r\nTo: c@d\r\n\r\nx\r\n",
		"Subject: long and\r\n longer\r\nTo: c@d\r\n\r\nx\r\n");
	becomes(REPAIR_HEADERS, "To: c@d\r\nBad Name: y\r\nSubject: x\r\n\r\nx\r\n",
		"To: c@d\r\nX-Invalid-Header: Bad Name: y\r\nSubject: x\r\n\r\nx\r\n");
	becomes(REPAIR_HEADERS, "Subject : x\r\n\r\nx\r\n", "Subject: x\r\n\r\nx\r\n");
	becomes(REPAIR_HEADERS, "Subject: a\r\n \r\n b\r\n\r\nx\r\n", "Subject: a\r\n b\r\n\r\nx\r\n");
}

static void header_bytes(void **state) {
	(void)state;
	struct buf out;
	static const char utf8[] =
		"Subject: Grüße aus Köln, Ärger\r\nFrom: \"Jörg Maß\" <j@x>, Ü Ö <u@x> (große Firma)\r\n"
		"Content-Type: text/plain; name=\"ä.txt\"\r\nX-A: \1b\r\n\r\nbödy\r\n";
	assert_true(repair(REPAIR_HEADERS, utf8, sizeof utf8 - 1, &out));
	char *end = strstr(out.data, "\r\n\r\n");
	assert_non_null(end);
	for (char *p = out.data; p < end; p++)
		assert_true((unsigned char)*p < 127 && ((unsigned char)*p >= ' ' || *p == '\r' || *p == '\n'));
	assert_string_equal(end, "\r\n\r\nbödy\r\n");
	shown_as(out.data, out.len, "Subject", "Grüße aus Köln, Ärger");
	shown_as(out.data, out.len, "From", "Jörg Maß <j@x>, Ü Ö <u@x> (große Firma)");
	assert_non_null(strstr(out.data, "<j@x>, "));
	assert_non_null(strstr(out.data, "name=\"=?utf-8?B?"));
	buf_free(&out);
	/* Bytes of the charset that the message names, or of none that anybody knows. */
	becomes(REPAIR_HEADERS, "Subject: \xe4\r\nContent-Type: text/plain; charset=iso-8859-15\r\n\r\n",
		"Subject: =?iso-8859-15?B?5A==?=\r\nContent-Type: text/plain; charset=iso-8859-15\r\n\r\n");
	becomes(REPAIR_HEADERS, "Subject:\xe4\r\n\r\n", "Subject: =?unknown-8bit?B?5A==?=\r\n\r\n");
	/* An address cannot be encoded. */
	stays(REPAIR_HEADERS, "From: <j\xc3\xb6@x>\r\n\r\n");
}

static void long_header_lines(void **state) {
	(void)state;
	struct buf in, out;
	buf_init(&in, 1u << 20);
	buf_puts(&in, "References:");
	for (int i = 0; i < 500; i++)
		buf_printf(&in, " <%d@x.example>", i);
	buf_puts(&in, "\r\nSubject: ");
	for (int i = 0; i < 300; i++)
		buf_puts(&in, "ü ");
	buf_puts(&in, "\r\nX-Endless: ");
	for (int i = 0; i < 1200; i++)
		buf_putc(&in, 'x');
	buf_puts(&in, "\r\n\r\nbody\r\n");
	assert_true(repair(REPAIR_HEADERS, in.data, in.len, &out));
	assert_int_equal(longest_line(&out), 1212); /* nowhere to fold it */
	assert_non_null(strstr(out.data, " <499@x.example>\r\nSubject"));
	buf_free(&in);
	buf_free(&out);
}

static void missing_fields(void **state) {
	(void)state;
	stays(REPAIR_FIELDS, HEAD "\r\nbody\r\n");
	stays(REPAIR_FIELDS, "From: A\r\n <a@b>\r\nDate: Thu, 12 Mar 2020 10:00:00 +0000\r\n\r\n");
	becomes(REPAIR_FIELDS, "Subject: x\r\nFrom: a@b\r\n\r\nbody\r\n",
		"Date: 12 Mar 2020 11:00:00 +0100\r\nSubject: x\r\nFrom: a@b\r\n\r\nbody\r\n");
	becomes(REPAIR_FIELDS, "Date: Thu, 12 Mar 2020 10:00:00 +0000\r\n\r\nbody\r\n",
		"From: Unknown sender <unknown@unknown.invalid>\r\nDate: Thu, 12 Mar 2020 10:00:00 "
		"+0000\r\n\r\nbody\r\n");
	becomes(REPAIR_FIELDS, "Date: yesterday\r\nFrom: root\r\n\r\nbody\r\n",
		"Date: 12 Mar 2020 11:00:00 +0100\r\nFrom: Unknown sender <unknown@unknown.invalid>\r\n"
		"X-Invalid-Date: yesterday\r\nX-Invalid-From: root\r\n\r\nbody\r\n");
	becomes(REPAIR_FIELDS, "\r\nbody\r\n",
		"Date: 12 Mar 2020 11:00:00 +0100\r\nFrom: Unknown sender <unknown@unknown.invalid>\r\n\r\nbody\r\n");
}

static void names(void **state) {
	(void)state;
	enum repair_mode m;
	char text[200];
	struct repair_totals t = { .by_rung = { [REPAIR_LINES] = 2, [REPAIR_WRAP] = 1 }, .all = 3 };
	for (int r = REPAIR_NONE; r < REPAIR_RUNG_COUNT; r++)
		assert_int_equal(repair_parse(repair_name((enum repair_rung)r)), r);
	assert_int_equal(repair_parse("nonsense"), REPAIR_NONE);
	assert_true(repair_mode_parse(REPAIR_MODE_DEFAULT, &m) && m == REPAIR_SAFE);
	assert_false(repair_mode_parse("", &m));
	assert_true(repair_allowed(REPAIR_SAFE, REPAIR_BODY) && !repair_allowed(REPAIR_SAFE, REPAIR_WRAP));
	assert_true(repair_allowed(REPAIR_ALL, REPAIR_WRAP) && !repair_allowed(REPAIR_OFF, REPAIR_LINES));
	repair_totals_text(text, sizeof text, &t);
	assert_string_equal(text, "3 messages arrived repaired: line endings 2, wrapped 1");
	repair_totals_text(text, sizeof text, &(struct repair_totals){ 0 });
	assert_string_equal(text, "");
}

int main(void) {
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(line_endings),
		cmocka_unit_test(line_endings_leave_data_alone),
		cmocka_unit_test(nul_bytes),
		cmocka_unit_test(header_lines),
		cmocka_unit_test(header_bytes),
		cmocka_unit_test(long_header_lines),
		cmocka_unit_test(missing_fields),
		cmocka_unit_test(names),
	};
	if (sodium_init() < 0)
		return 1;
	return cmocka_run_group_tests(tests, NULL, NULL);
}
