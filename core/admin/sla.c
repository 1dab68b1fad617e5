/* SPDX-License-Identifier: MIT
 *
 * sla.c - see sla.h.
 */
#include "core/admin/sla.h"

#include <stdio.h>
#include <string.h>
#include <time.h>

#include "core/base/text.h"
#include "core/store/records.h"

/* Below the left, the right is credited (Online Services SLA). */
static const struct {
	double below;
	unsigned credit;
} tiers[] = { { 95.0, 100 }, { 99.0, 50 }, { SLA_PROMISE, 25 } };

static wall_ms_t month_start(int year, int month) {
	struct tm tm = { .tm_year = year - 1900, .tm_mon = month - 1, .tm_mday = 1 };
	return (wall_ms_t)timegm(&tm) * 1000;
}

bool sla_parse_month(const char *text, int *year, int *month) {
	char y[5] = "";
	uint64_t a, b;
	if (strlen(text) != 7 || text[4] != '-')
		return false;
	memcpy(y, text, 4);
	if (!text_u64(y, 1970, 9999, &a) || !text_u64(text + 5 + (text[5] == '0'), 1, 12, &b))
		return false;
	*year = (int)a;
	*month = (int)b;
	return true;
}

/* Incidents come by their start: what they cover together is added up as they come. */
struct cover {
	struct sla *sla;
	wall_ms_t until, covered;
};

static bool add_incident(void *arg, const char *code, wall_ms_t started, wall_ms_t ended) {
	struct cover *c = arg;
	wall_ms_t last = c->sla->to < c->sla->as_of ? c->sla->to : c->sla->as_of;
	wall_ms_t from = started > c->sla->from ? started : c->sla->from;
	wall_ms_t to = ended && ended < last ? ended : last;
	(void)code;
	if (to <= from || from >= last)
		return true;
	c->sla->incidents++;
	if (from < c->until)
		from = c->until;
	if (to > from)
		c->covered += to - from;
	if (to > c->until)
		c->until = to;
	return true;
}

void sla_month_of(wall_ms_t t, int *year, int *month) {
	time_t seconds = (time_t)(t / 1000);
	struct tm tm;
	gmtime_r(&seconds, &tm);
	*year = tm.tm_year + 1900;
	*month = tm.tm_mon + 1;
}

/* What the list of health knows of a month: sets as_of. A month before the oldest entry may have had incidents that the
 * service no longer tells. */
static bool within_reach(struct store *s, int64_t tenant, struct sla *x, struct err *e) {
	struct list_state state;
	wall_ms_t oldest;
	int y, m;
	if (!list_state_get(s, tenant, record_health.refresh, &state, e) || !issues_oldest(s, tenant, &oldest, e))
		return false;
	x->as_of = state.refreshed;
	if (!x->as_of)
		return err_set(e, ERR_INPUT,
			       "Health was never read, so nothing is known of incidents: mailvan service health "
			       "--refresh, or F5 on Service > Health");
	if (x->from > x->as_of)
		return err_set(e, ERR_INPUT, "%04d-%02d begins after health was last read", x->year, x->month);
	sla_month_of(oldest ? oldest : x->as_of, &y, &m);
	if (x->from < month_start(y, m))
		return err_set(e, ERR_INPUT,
			       "What was read of health reaches back to %04d-%02d; nothing is known of %04d-%02d", y, m,
			       x->year, x->month);
	return true;
}

bool sla_month(struct store *s, int64_t tenant, const char *service, int year, int month, struct sla *out,
	       struct err *e) {
	if (month < 1 || month > 12 || year < 1970 || year > 9999)
		return err_set(e, ERR_INPUT, "A month is expected as 2026-11");
	*out = (struct sla){ .year = year, .month = month, .from = month_start(year, month) };
	out->to = month == 12 ? month_start(year + 1, 1) : month_start(year, month + 1);
	out->minutes = (uint64_t)(out->to - out->from) / 60000;
	struct cover c = { .sla = out };
	if (!within_reach(s, tenant, out, e) || !incidents_each(s, tenant, service, add_incident, &c, e))
		return false;
	out->over = out->as_of >= out->to;
	out->down = (uint64_t)(c.covered + 59999) / 60000;
	out->uptime = 100.0 * (double)(out->minutes - out->down) / (double)out->minutes;
	for (size_t i = 0; i < sizeof tiers / sizeof tiers[0] && !out->credit; i++)
		if (out->uptime < tiers[i].below)
			out->credit = tiers[i].credit;
	return true;
}
