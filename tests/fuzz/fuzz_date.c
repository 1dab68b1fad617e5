/* SPDX-License-Identifier: MIT
 *
 * fuzz_date.c - dates: whatever is accepted can be written, reads back as the same instant and zone, and is one
 * quoted string of a fixed form, since it goes into a command to the target.
 */
#include "core/base/date.h"
#include "tests/fuzz/fuzz.h"

static void check(const struct mail_date *d, bool exact) {
	struct mail_date back;
	char text[DATE_IMAP_MAX], again[DATE_IMAP_MAX];
	FUZZ_HOLDS(d->zone_min >= -1439 && d->zone_min <= 1439);
	date_format_imap(text, d);
	FUZZ_HOLDS(strlen(text) == 26 && !strpbrk(text, "\"\\\r\n{"));
	FUZZ_HOLDS(date_parse_imap(text, strlen(text), &back));
	if (exact)
		FUZZ_HOLDS(back.unix_s == d->unix_s && back.zone_min == d->zone_min);
	date_format_imap(again, &back);
	FUZZ_HOLDS(strcmp(text, again) == 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
	struct mail_date d;
	char *text = fuzz_copy(data, size);
	bool imap = date_parse_imap(text, size, &d);
	FUZZ_HOLDS(imap == d.valid);
	/* What is outside the years that can be written is moved into them. */
	if (imap)
		check(&d, d.unix_s >= 86400 && d.unix_s < 253402214400);
	bool rfc5322 = date_parse_rfc5322(text, size, &d);
	FUZZ_HOLDS(rfc5322 == d.valid);
	if (rfc5322)
		check(&d, d.unix_s >= 86400 && d.unix_s < 253402214400);
	if (size >= sizeof d.unix_s + sizeof d.zone_min) { /* any numbers */
		memcpy(&d.unix_s, data, sizeof d.unix_s);
		memcpy(&d.zone_min, data + sizeof d.unix_s, sizeof d.zone_min);
		d.zone_min = (int16_t)(d.zone_min % 1440);
		check(&d, false);
		date_plausible(&d, 1767225600);
	}
	free(text);
	return 0;
}
