/* SPDX-License-Identifier: MIT
 *
 * sla.h - how a service did in a month against what is promised, as far as its published incidents tell.
 *
 * An estimate, and from above: no interface says the uptime (reference/exchange-wire.md section G). Every minute
 * in which an incident (not an advisory) was open counts, once, as if nobody could work.
 */
#ifndef MAILVAN_ADMIN_SLA_H
#define MAILVAN_ADMIN_SLA_H

#include "core/store/service_cache.h"

#define SLA_PROMISE 99.9 /* percent of a month; Online Services SLA for Exchange Online */

struct sla {
	int year, month;    /* UTC */
	wall_ms_t from, to; /* of the month; to: its end */
	unsigned incidents; /* that touched the month */
	uint64_t minutes;   /* of the month */
	uint64_t down;	    /* of them with an incident open, so far */
	double uptime;	    /* percent of the whole month */
	unsigned credit;    /* percent of the fee: 0, 25, 50, 100 */
	bool over;	    /* the month is */
};
/* month 1..12. INPUT otherwise. */
bool sla_month(struct store *s, int64_t tenant, const char *service, int year, int month, wall_ms_t now,
	       struct sla *out, struct err *e);
/* "2026-11" -> year and month; false when it is none. */
bool sla_parse_month(const char *text, int *year, int *month);

#endif
