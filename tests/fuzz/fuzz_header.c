/* SPDX-License-Identifier: MIT
 *
 * fuzz_header.c - headers: fields lie inside the text, the identity does not depend on what stands behind the header
 * nor on which line ends it has, body hashes not on the pieces, and what people read is clean.
 */
#include "core/mail/mime/header.h"
#include "core/mail/mime/ident.h"
#include "tests/fuzz/fuzz.h"

static size_t walk(const char *text, size_t n) {
	struct header_scan s;
	struct header_field f;
	const char *last = text;
	size_t fields = 0;
	header_scan_begin(&s, text, n);
	while (header_scan_next(&s, &f)) {
		FUZZ_HOLDS(f.name >= last && f.name_len && f.name + f.name_len < f.value);
		FUZZ_HOLDS(f.value + f.value_len <= text + n);
		FUZZ_HOLDS(!memchr(f.name, ':', f.name_len) && !memchr(f.name, '\n', f.name_len));
		last = f.value + f.value_len;
		fields++;
	}
	FUZZ_HOLDS(!header_scan_next(&s, &f));
	return fields;
}

static void check_body(const char *text, size_t n, unsigned choice) {
	struct body_hasher whole = { 0 }, pieces = { 0 };
	struct hash h, h2;
	unsigned round = 0;
	const struct digest_key key = { { 1 } };
	ident_body_begin(&whole, &key);
	ident_body_add(&whole, text, n);
	ident_body_end(&whole, &h);
	ident_body_begin(&pieces, &key);
	for (size_t i = 0, len; i < n; i += len) {
		len = fuzz_piece(choice, &round, n - i);
		ident_body_add(&pieces, text + i, len);
	}
	ident_body_end(&pieces, &h2);
	ident_body_drop(&whole);
	ident_body_drop(&pieces);
	FUZZ_HOLDS(memcmp(&h, &h2, sizeof h) == 0);
}

/* Every LF without a CR gets one. */
static struct buf with_crlf(const char *text, size_t n) {
	struct buf b;
	buf_init(&b, 64u << 20);
	for (size_t i = 0; i < n; i++) {
		if (text[i] == '\n' && (!i || text[i - 1] != '\r'))
			buf_putc(&b, '\r');
		buf_putc(&b, text[i]);
	}
	return b;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
	static const char *const shown[] = { "subject", "from", "date", "message-id" };
	struct header_ident id, other;
	struct mail_date date;
	unsigned choice = fuzz_choice(&data, &size);
	char *text = fuzz_copy(data, size);
	walk(text, size);
	ident_header(text, size, &id);
	const char *end = size ? memmem(text, size, "\n\r\n", 3) : NULL;
	if (end) { /* the header alone is the same */
		ident_header(text, (size_t)(end - text) + 1, &other);
		FUZZ_HOLDS(other.hash == id.hash && other.has_message_id == id.has_message_id);
	}
	struct buf crlf = with_crlf(text, size);
	ident_header(crlf.data ? crlf.data : "", crlf.len, &other);
	FUZZ_HOLDS(other.hash == id.hash && other.has_message_id == id.has_message_id);
	buf_free(&crlf);
	check_body(text, size, choice | 1);
	if (header_arrival_date(text, size, 1767225600, &date))
		FUZZ_HOLDS(date.valid && date_plausible(&date, 1767225600));
	for (size_t i = 0; i < sizeof shown / sizeof *shown; i++) {
		char said[128];
		header_field_text(text, size, shown[i], said, choice % sizeof said + 1);
		fuzz_is_clean(said, choice % sizeof said + 1);
	}
	free(text);
	return 0;
}
