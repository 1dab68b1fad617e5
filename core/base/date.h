/* SPDX-License-Identifier: MIT
 *
 * date.h - the two date formats of mail, and bounds against nonsense.
 */
#ifndef MAILVAN_BASE_DATE_H
#define MAILVAN_BASE_DATE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* An instant and the zone it was written in. INTERNALDATE keeps both, so that a
 * copy is equal to the letter. zone in minutes east of UTC, within +-1439. */
struct mail_date {
	int64_t unix_s;
	int16_t zone_min;
	bool valid;
};

#define DATE_IMAP_MAX 32

/* RFC 9051 date-time, `" d-Mon-yyyy hh:mm:ss +zzzz"` without the quotes, n bytes.
 * Accepts a one-digit day with or without the blank. Rejects impossible values. */
bool date_parse_imap(const char *s, size_t n, struct mail_date *out);
/* Always in range: years are clamped to 1970..9999. Writes without quotes. */
void date_format_imap(char dst[DATE_IMAP_MAX], const struct mail_date *d);
/* RFC 5322 date with the obsolete forms (two-digit year, zone names, comments,
 * missing weekday/seconds). n bytes, may be folded. */
bool date_parse_rfc5322(const char *s, size_t n, struct mail_date *out);
/* Within [1990-01-01, now + 24 h]: believable as the arrival of a message. */
bool date_plausible(const struct mail_date *d, int64_t now_unix_s);

#endif
