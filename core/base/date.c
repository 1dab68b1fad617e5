/* SPDX-License-Identifier: MIT
 *
 * date.c - INTERNALDATE and the Date header, by one small scanner.
 *
 * Civil days are counted with integer arithmetic (proleptic Gregorian calendar):
 * mktime and strptime depend on the locale and on the operator's time zone.
 */
#include "core/base/date.h"

#include <stdio.h>
#include <string.h>
#include <strings.h>

static const char months[12][4] = { "Jan", "Feb", "Mar", "Apr", "May", "Jun",
				    "Jul", "Aug", "Sep", "Oct", "Nov", "Dec" };

struct scan {
	const char *p, *end;
};

struct civil {
	int year, month, day, hour, minute, second; /* month 1..12 */
};

static bool is_digit(char c) { return c >= '0' && c <= '9'; }
static bool is_alpha(char c) { return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z'); }

static bool take(struct scan *s, char c) {
	if (s->p == s->end || *s->p != c)
		return false;
	s->p++;
	return true;
}

/* Between min and max digits; the number of digits read, 0 on failure. */
static int take_number(struct scan *s, int min, int max, int *out) {
	int n = 0, v = 0;
	for (; n < max && s->p < s->end && is_digit(*s->p); n++)
		v = v * 10 + (*s->p++ - '0');
	*out = v;
	return n >= min ? n : 0;
}

static bool take_month(struct scan *s, int *month) {
	if (s->end - s->p < 3)
		return false;
	for (int m = 0; m < 12; m++) {
		if (strncasecmp(s->p, months[m], 3) == 0) {
			s->p += 3;
			*month = m + 1;
			return true;
		}
	}
	return false;
}

static bool is_leap(int y) { return y % 4 == 0 && (y % 100 != 0 || y % 400 == 0); }

static int days_in_month(int year, int month) {
	static const char days[] = { 31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31 };
	return month == 2 && is_leap(year) ? 29 : days[month - 1];
}

/* Days from 1970-01-01: whole 400-year eras from 1 March of year 0, so that the leap day ends a year. */
static int64_t days_from_civil(int year, int month, int day) {
	int y = month <= 2 ? year - 1 : year;
	int era = (y >= 0 ? y : y - 399) / 400;
	int of_era = y - era * 400;
	int of_year = (153 * (month + (month > 2 ? -3 : 9)) + 2) / 5 + day - 1;
	return (int64_t)era * 146097 + of_era * 365 + of_era / 4 - of_era / 100 + of_year - 719468;
}

static void civil_from_days(int64_t days, struct civil *c) {
	int64_t z = days + 719468;
	int64_t era = (z >= 0 ? z : z - 146096) / 146097;
	int doe = (int)(z - era * 146097);
	int yoe = (doe - doe / 1460 + doe / 36524 - doe / 146096) / 365;
	int doy = doe - (365 * yoe + yoe / 4 - yoe / 100);
	int mp = (5 * doy + 2) / 153;
	c->day = doy - (153 * mp + 2) / 5 + 1;
	c->month = mp < 10 ? mp + 3 : mp - 9;
	c->year = (int)(era * 400) + yoe + (c->month <= 2);
}

static bool civil_valid(const struct civil *c, int max_second) {
	return c->year >= 1 && c->month >= 1 && c->month <= 12 && c->day >= 1 &&
	       c->day <= days_in_month(c->year, c->month) && c->hour <= 23 && c->minute <= 59 &&
	       c->second <= max_second;
}

static bool finish(const struct civil *c, int zone, struct mail_date *out) {
	out->unix_s = days_from_civil(c->year, c->month, c->day) * 86400 + c->hour * 3600 + c->minute * 60 +
		      c->second - zone * 60;
	out->zone_min = (int16_t)zone;
	out->valid = true;
	return true;
}

/* "+hhmm", and "+hh:mm" as some mailers write it. */
static bool take_zone(struct scan *s, int *zone) {
	int hours, minutes, sign = take(s, '-') ? -1 : take(s, '+') ? 1 : 0;
	if (!sign || !take_number(s, 2, 2, &hours))
		return false;
	take(s, ':');
	if (!take_number(s, 2, 2, &minutes) || hours > 23 || minutes > 59)
		return false;
	*zone = sign * (hours * 60 + minutes);
	return true;
}

bool date_parse_imap(const char *s, size_t n, struct mail_date *out) {
	struct scan in = { s, s + n };
	struct civil c;
	int zone;
	*out = (struct mail_date){ 0 };
	take(&in, ' ');
	if (!take_number(&in, 1, 2, &c.day) || !take(&in, '-') || !take_month(&in, &c.month) || !take(&in, '-') ||
	    !take_number(&in, 4, 4, &c.year) || !take(&in, ' ') || !take_number(&in, 2, 2, &c.hour) ||
	    !take(&in, ':') || !take_number(&in, 2, 2, &c.minute) || !take(&in, ':') ||
	    !take_number(&in, 2, 2, &c.second) || !take(&in, ' ') || !take_zone(&in, &zone))
		return false;
	return in.p == in.end && civil_valid(&c, 60) && finish(&c, zone, out);
}

void date_format_imap(char dst[DATE_IMAP_MAX], const struct mail_date *d) {
	static const int64_t last = 253402300799; /* 9999-12-31 23:59:59 */
	int zone = d->zone_min >= -1439 && d->zone_min <= 1439 ? d->zone_min : 0;
	/* Bounds first: unix_s is foreign and must not overflow when the zone is added. */
	int64_t local = d->unix_s < -86400 ? 0 : d->unix_s > last ? last : d->unix_s + zone * 60;
	local = local < 0 ? 0 : local > last ? last : local;
	struct civil c;
	civil_from_days(local / 86400, &c);
	unsigned day = (unsigned)c.day % 100, year = (unsigned)c.year % 10000, s = (unsigned)(local % 86400);
	unsigned z = (unsigned)(zone < 0 ? -zone : zone);
	snprintf(dst, DATE_IMAP_MAX, "%2u-%s-%04u %02u:%02u:%02u %c%02u%02u", day, months[c.month - 1], year,
		 s / 3600, s / 60 % 60, s % 60, zone < 0 ? '-' : '+', z / 60, z % 60);
}

/* Blanks, folds and (nested) comments; an unclosed comment runs to the end. */
static void skip_cfws(struct scan *s) {
	int depth = 0;
	for (; s->p < s->end; s->p++) {
		char c = *s->p;
		if (c == '(')
			depth++;
		else if (depth && c == ')')
			depth--;
		else if (depth && c == '\\' && s->p + 1 < s->end)
			s->p++;
		else if (!depth && c != ' ' && c != '\t' && c != '\r' && c != '\n')
			return;
	}
}

static size_t word_length(const struct scan *s) {
	size_t n = 0;
	while (s->p + n < s->end && is_alpha(s->p[n]))
		n++;
	return n;
}

/* RFC 5322 4.3: the named zones; every other name means an unknown zone, taken as UTC. */
static int named_zone(const char *name, size_t n) {
	static const struct {
		char name[4];
		int minutes;
	} zones[] = { { "EST", -300 }, { "EDT", -240 }, { "CST", -360 }, { "CDT", -300 },
		      { "MST", -420 }, { "MDT", -360 }, { "PST", -480 }, { "PDT", -420 } };
	for (size_t i = 0; n == 3 && i < sizeof zones / sizeof *zones; i++)
		if (strncasecmp(name, zones[i].name, 3) == 0)
			return zones[i].minutes;
	return 0;
}

static bool take_rfc5322_zone(struct scan *s, int *zone) {
	skip_cfws(s);
	size_t word = word_length(s);
	*zone = named_zone(s->p, word);
	s->p += word;
	if (s->p < s->end && (*s->p == '+' || *s->p == '-'))
		return take_zone(s, zone); /* also "GMT+0100" */
	return true;
}

static bool take_rfc5322_year(struct scan *s, int *year) {
	int digits = take_number(s, 2, 4, year);
	if (digits == 2)
		*year += *year < 50 ? 2000 : 1900;
	else if (digits == 3)
		*year += 1900;
	return digits && !(s->p < s->end && is_digit(*s->p));
}

static bool take_rfc5322_time(struct scan *s, struct civil *c) {
	skip_cfws(s);
	if (!take_number(s, 1, 2, &c->hour))
		return false;
	skip_cfws(s);
	if (!take(s, ':'))
		return false;
	skip_cfws(s);
	if (!take_number(s, 1, 2, &c->minute))
		return false;
	skip_cfws(s);
	c->second = 0;
	if (!take(s, ':'))
		return true;
	skip_cfws(s);
	return take_number(s, 1, 2, &c->second) != 0;
}

bool date_parse_rfc5322(const char *s, size_t n, struct mail_date *out) {
	struct scan in = { s, s + n };
	struct civil c;
	int zone;
	*out = (struct mail_date){ 0 };
	skip_cfws(&in);
	in.p += word_length(&in); /* the weekday says nothing that the rest does not */
	skip_cfws(&in);
	take(&in, ',');
	skip_cfws(&in);
	if (!take_number(&in, 1, 2, &c.day))
		return false;
	skip_cfws(&in);
	take(&in, '-');
	if (!take_month(&in, &c.month))
		return false;
	in.p += word_length(&in); /* "January" */
	skip_cfws(&in);
	take(&in, '-');
	if (!take_rfc5322_year(&in, &c.year) || !take_rfc5322_time(&in, &c) || !take_rfc5322_zone(&in, &zone))
		return false;
	return civil_valid(&c, 60) && finish(&c, zone, out);
}

bool date_plausible(const struct mail_date *d, int64_t now_unix_s) {
	return d->valid && d->unix_s >= 631152000 /* 1990-01-01 */ && d->unix_s <= now_unix_s + 86400;
}
