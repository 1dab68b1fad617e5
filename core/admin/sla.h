/* SPDX-License-Identifier: MIT
 *
 * sla.h - how a service did in a month against what is promised, as far as its published incidents tell.
 *
 * An estimate: no interface says the uptime (reference/exchange-wire.md section G). Every minute in which an incident
 * (not an advisory) was open counts, once, as if nobody could work, so the real uptime is this or higher. What the list
 * of health does not reach is not guessed: incidents count until it was read, and months before its oldest entry are
 * refused.
 */
#ifndef MAILVAN_ADMIN_SLA_H
#define MAILVAN_ADMIN_SLA_H

#include "core/store/service_cache.h"

#define SLA_PROMISE 99.9 /* percent of a month; Online Services SLA for Exchange Online */
#define SLA_SERVICE "Exchange Online"

struct sla {
	int year, month;    /* UTC */
	wall_ms_t from, to; /* of the month; to: its end */
	unsigned incidents; /* that touched the month */
	uint64_t minutes;   /* of the month */
	uint64_t down;	    /* of them with an incident open, so far */
	double uptime;	    /* percent of the whole month */
	unsigned credit;    /* percent of the fee: 0, 25, 50, 100 */
	wall_ms_t as_of;    /* when health was read: what came later is not known */
	bool over;	    /* the month was, at as_of */
};
/* month 1..12. INPUT: no month, health was never read, or the month is one of which the list knows nothing. */
bool sla_month(struct store *s, int64_t tenant, const char *service, int year, int month, struct sla *out,
	       struct err *e);
/* The month (UTC) of an instant. */
void sla_month_of(wall_ms_t t, int *year, int *month);
/* "2026-11" -> year and month; false when it is none. */
bool sla_parse_month(const char *text, int *year, int *month);

#endif
