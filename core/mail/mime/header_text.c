/* SPDX-License-Identifier: MIT
 *
 * header_text.c - what a header says to people: when the message arrived, who wrote what.
 */
#include "core/mail/mime/ident.h"

#include <string.h>

#include "core/base/text.h"
#include "core/mail/mime/header.h"
#include "core/mail/mime/words.h"

#define SHOWN_RAW_MAX 8192 /* of a field that is only shown, nobody reads more */

/* The date of a Received field stands behind its last ';' (RFC 5321 4.4), unless a comment behind
 * the date holds one too; so the last few are tried from the right. */
static bool received_date(const struct header_field *f, struct mail_date *out) {
	size_t end = f->value_len;
	for (int tries = 0; tries < 4; tries++) {
		const char *semicolon = memrchr(f->value, ';', end);
		if (!semicolon)
			return false;
		const char *date = semicolon + 1;
		if (date_parse_rfc5322(date, f->value_len - (size_t)(date - f->value), out))
			return true;
		end = (size_t)(semicolon - f->value);
	}
	return false;
}

bool header_arrival_date(const char *header, size_t n, int64_t now_unix_s, struct mail_date *out) {
	struct mail_date date = { 0 }, d;
	struct header_scan s;
	struct header_field f;
	header_scan_begin(&s, header, n);
	while (header_scan_next(&s, &f)) {
		if (header_field_named(&f, "received")) {
			if (received_date(&f, &d) && date_plausible(&d, now_unix_s)) {
				*out = d;
				return true;
			}
		} else if (!date.valid && header_field_named(&f, "date")) {
			if (date_parse_rfc5322(f.value, f.value_len, &d) && date_plausible(&d, now_unix_s))
				date = d;
		}
	}
	*out = date;
	return date.valid;
}

/* Line ends go, the blank behind them stays (RFC 5322 2.2.3); outer blanks go. */
static size_t unfold(char dst[SHOWN_RAW_MAX], const struct header_field *f) {
	size_t len = 0;
	for (size_t i = 0; i < f->value_len && len < SHOWN_RAW_MAX; i++) {
		char c = f->value[i];
		if (c == '\r' || c == '\n' || (len == 0 && (c == ' ' || c == '\t')))
			continue;
		dst[len++] = c == '\t' ? ' ' : c;
	}
	while (len && dst[len - 1] == ' ')
		len--;
	return len;
}

void header_field_text(const char *header, size_t n, const char *field, char *dst, size_t size) {
	struct header_scan s;
	struct header_field f;
	if (size == 0)
		return;
	dst[0] = '\0';
	header_scan_begin(&s, header, n);
	while (header_scan_next(&s, &f)) {
		if (!header_field_named(&f, field))
			continue;
		char raw[SHOWN_RAW_MAX];
		struct buf text;
		buf_init(&text, 4 * sizeof raw);
		words_decode(&text, raw, unfold(raw, &f));
		text_sanitise(dst, size, text.data ? text.data : "", text.len);
		buf_free(&text);
		return;
	}
}
