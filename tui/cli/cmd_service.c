/* SPDX-License-Identifier: MIT
 *
 * cmd_service.c - `mailvan service`: health, announcements, feeds and the SLA of the tenant's service.
 */
#include <string.h>

#include "tui/cli/commands.h"
#include "tui/cli/record_output.h"
#include "tui/cli/rows.h"
#include "tui/cli/signals.h"
#include "tui/cli/verbs.h"

/* Reads the list again when that is asked for, then prints it. */
static int show_list(struct cli *c, const struct record_list *l) {
	struct tenant t;
	int code;
	struct store *s = cli_open_tenant(c, &t, &code);
	if (!s)
		return code;
	code = cli_flag(c, "refresh") ? cli_refresh(c, s, &t, l->refresh, NULL) : CLI_OK;
	if (code == CLI_OK)
		code = cli_print_records(c, s, l, t.id, 0);
	store_close(s);
	return code;
}

static bool print_health(void *arg, const char *service, const char *status) {
	struct cli *c = arg;
	fprintf(c->out, "%-40s %s\n", service, status);
	return true;
}

static int do_health(struct cli *c) {
	struct tenant t;
	struct err e;
	int code;
	if (c->json || cli_flag(c, "csv") || cli_flag(c, "filter") || cli_value(c, "match"))
		return show_list(c, &record_health);
	struct store *s = cli_open_tenant(c, &t, &code);
	if (!s)
		return code;
	err_clear(&e);
	code = cli_flag(c, "refresh") ? cli_refresh(c, s, &t, record_health.refresh, NULL) : CLI_OK;
	if (code == CLI_OK && !health_each(s, t.id, print_health, c, &e))
		code = cli_fail(c, &e);
	fputc('\n', c->out);
	if (code == CLI_OK)
		code = cli_print_records(c, s, &record_health, t.id, 0);
	store_close(s);
	return code;
}

static int do_announcements(struct cli *c) {
	return show_list(c, &record_announcements);
}
static int run_health(struct cli *c) {
	return with_signals(c, STOP_STOPPED, do_health);
}
static int run_announcements(struct cli *c) {
	return with_signals(c, STOP_STOPPED, do_announcements);
}

/* Whatever list has a row of that name. */
static const struct record_list *list_with(struct store *s, int64_t tenant, const char *code, int64_t *id,
					   struct err *e) {
	static const struct record_list *const lists[] = { &record_announcements, &record_health, &record_feed };
	for (size_t i = 0; i < sizeof lists / sizeof lists[0]; i++)
		if (!record_find(s, lists[i], tenant, code, id, e) || *id)
			return lists[i];
	err_set(e, ERR_INPUT, "Nothing is called %s in the lists that were read", code);
	return NULL;
}

static int run_show(struct cli *c) {
	struct tenant t;
	struct err e;
	int64_t id = 0;
	int code;
	struct store *s = cli_open_tenant(c, &t, &code);
	if (!s)
		return code;
	err_clear(&e);
	const struct record_list *l = list_with(s, t.id, c->args[0], &id, &e);
	if (!l || !id)
		code = cli_fail(c, &e);
	else
		code = cli_print_record(c, s, l, t.id, c->args[0]);
	if (code == CLI_OK && !records_seen(s, l, &id, 1, true, &e))
		code = cli_fail(c, &e);
	store_close(s);
	return code;
}

/* ---- feeds ---- */

struct feeds_out {
	struct cli *c;
	json_t *array;
	uint64_t n;
};

static bool print_feed(void *arg, const struct feed_row *f) {
	struct feeds_out *o = arg;
	char when[40] = "", url[FEED_URL_MAX];
	o->n++;
	if (o->array)
		return json_array_append_new(o->array,
					     json_pack("{s:o, s:o, s:o, s:o}", "url", json_text(f->url), "title",
						       json_text(f->title), "read", json_time(f->read), "error",
						       json_text_or_null(f->error))) == 0;
	if (f->read)
		clock_text(when, sizeof when, f->read);
	text_sanitise(url, sizeof url, f->url, strlen(f->url));
	fprintf(o->c->out, "%s\n    %s%s%s%s%s\n", url, f->title, f->read ? ", read " : ", never read", when,
		f->error[0] ? ", cannot be read: " : "", f->error);
	return true;
}

static int list_feeds(struct cli *c, struct store *s) {
	struct feeds_out o = { .c = c, .array = c->json ? json_array() : NULL };
	struct err e;
	err_clear(&e);
	if (!feeds_each(s, print_feed, &o, &e)) {
		json_decref(o.array);
		return cli_fail(c, &e);
	}
	if (c->json)
		return cli_print_json(c, json_pack("{s:o}", "feeds", o.array), CLI_OK);
	if (!o.n)
		fputs("No feed is followed; mailvan service feed add URL adds one.\n", c->out);
	return cli_written(c, CLI_OK);
}

struct fault {
	const char *url;
	char text[400];
};

static bool find_fault(void *arg, const struct feed_row *f) {
	struct fault *x = arg;
	if (strcmp(f->url, x->url) == 0)
		text_copy(x->text, sizeof x->text, f->error);
	return true;
}

/* The reading goes well when one of several feeds could be read: whoever adds one wants to know of that one. */
static int read_new_feed(struct cli *c, struct store *s, const char *url) {
	struct fault x = { .url = url };
	struct err e;
	int code = cli_refresh(c, s, NULL, record_feed.refresh, NULL);
	err_clear(&e);
	if (code != CLI_OK)
		return code;
	if (!feeds_each(s, find_fault, &x, &e))
		return cli_fail(c, &e);
	if (!x.text[0])
		return cli_done(c, "feed", url, "followed", CLI_OK);
	cli_note(c, "It is followed from now on, but could not be read: %s", x.text);
	return cli_done(c, "feed", url, "followed", CLI_GAPS);
}

static int do_feed(struct cli *c) {
	const char *what = c->arg_count ? c->args[0] : "entries", *url = c->arg_count > 1 ? c->args[1] : NULL;
	const char *ca = cli_value(c, "ca");
	struct err e;
	int code = CLI_OK;
	err_clear(&e);
	struct store *s = cli_open(c, STORE_CREATE, NULL);
	if (!s)
		return CLI_USAGE;
	if (strcmp(what, "entries") == 0) {
		code = cli_flag(c, "refresh") ? cli_refresh(c, s, NULL, record_feed.refresh, NULL) : CLI_OK;
		if (code == CLI_OK)
			code = cli_print_records(c, s, &record_feed, 0, 0);
	} else if (strcmp(what, "list") == 0) {
		code = list_feeds(c, s);
	} else if (strcmp(what, "add") == 0 && url) {
		if (!feed_add(s, url, ca ? ca : "", &e))
			code = cli_fail(c, &e);
		else
			code = read_new_feed(c, s, url);
	} else if (strcmp(what, "remove") == 0 && url) {
		code = feed_remove(s, url, &e) ? cli_done(c, "feed", url, "removed", CLI_OK) : cli_fail(c, &e);
	} else {
		code = cli_usage_error(c, "usage: mailvan service feed [entries | list | add URL | remove URL]");
	}
	store_close(s);
	return code;
}
static int run_feed(struct cli *c) {
	return with_signals(c, STOP_STOPPED, do_feed);
}

/* ---- SLA ---- */

static int print_sla(struct cli *c, const struct sla *x) {
	int next = x->month == 12 ? 1 : x->month + 1, next_year = x->month == 12 ? x->year + 1 : x->year;
	char month[16], as_of[32], utc[32] = "";
	clock_text(as_of, sizeof as_of, x->as_of);
	time_text(utc, sizeof utc, x->as_of);
	snprintf(month, sizeof month, "%04d-%02d", x->year, x->month);
	if (c->json)
		return cli_print_json(c,
				      json_pack("{s:s, s:s, s:s, s:b, s:b, s:I, s:I, s:i, s:f, s:f, s:i}", "service",
						SLA_SERVICE, "month", month, "as_of", utc, "estimate", 1, "over",
						x->over, "minutes", (json_int_t)x->minutes, "incident_minutes",
						(json_int_t)x->down, "incidents", (int)x->incidents, "uptime",
						x->uptime, "promised", SLA_PROMISE, "credit_percent", (int)x->credit),
				      CLI_OK);
	fprintf(c->out, "%s, %s (UTC)%s\n\n", SLA_SERVICE, month, x->over ? "" : ", not over yet");
	fprintf(c->out, "Promised uptime       %.1f %%\n", SLA_PROMISE);
	fprintf(c->out, "Incidents             %u\n", x->incidents);
	fprintf(c->out, "Minutes with one      %llu of %llu\n", (unsigned long long)x->down,
		(unsigned long long)x->minutes);
	fprintf(c->out, "Estimated uptime      %.3f %%\n", x->uptime);
	fprintf(c->out, "Credit tier           %s", x->credit ? "" : "none\n");
	if (x->credit)
		fprintf(c->out, "%u %% of the month's fee; claim until the end of %04d-%02d\n", x->credit, next_year,
			next);
	fprintf(c->out,
		"\nHealth as of %s. An estimate: no interface tells the real uptime. Every minute in which an\n"
		"incident was open counts as if nobody could work, so the real uptime is this or higher; advisories do "
		"not\n"
		"count. The service decides a claim.\n",
		as_of);
	return cli_written(c, CLI_OK);
}

static int run_sla(struct cli *c) {
	const char *month = cli_value(c, "month");
	struct tenant t;
	struct sla x;
	struct err e;
	int code, y, m;
	err_clear(&e);
	sla_month_of(wall_ms(), &y, &m);
	if (month && !sla_parse_month(month, &y, &m))
		return cli_usage_error(c, "--month expects a month as 2026-11");
	struct store *s = cli_open_tenant(c, &t, &code);
	if (!s)
		return code;
	code = sla_month(s, t.id, SLA_SERVICE, y, m, &x, &e) ? print_sla(c, &x) : cli_fail(c, &e);
	store_close(s);
	return code;
}

static const struct cli_verb service_verbs[] = {
	{ "health", "", "state of the services, incidents and advisories", 0, 0, "tenant " CLI_LIST_OPTION_NAMES,
	  run_health },
	{ "announcements", "", "what the service announces, unread first", 0, 0, "tenant " CLI_LIST_OPTION_NAMES,
	  run_announcements },
	{ "show", "ID", "one announcement or incident in full; it counts as read then", 1, 1, "tenant", run_show },
	{ "feed", "[entries | list | add URL | remove URL]", "RSS and Atom feeds", 0, 2, "ca " CLI_LIST_OPTION_NAMES,
	  run_feed },
	{ "sla", "", "incident minutes of a month against the promise: an estimate", 0, 0, "tenant month", run_sla },
	{ 0 }
};

const struct cli_command cmd_service = {
	.name = "service",
	.args = "VERB",
	.summary = "health, announcements, feeds and the SLA of the tenant's service",
	.details = "health and announcements print what was read last; --refresh asks the tenant (Microsoft Graph, "
		   "ServiceHealth.Read.All and ServiceMessage.Read.All). HTML is reduced to text. sla adds up the "
		   "minutes of the "
		   "month in which an incident was open: an estimate, because no interface tells the real uptime.",
	.options = (const struct cli_option[]){ CLI_TENANT_OPTION,
						CLI_LIST_OPTIONS,
						{ 0, "month", "YYYY-MM", "of sla: the month; this one" },
						{ 0, "ca", "FILE", "of feed add: certificates to trust for this feed" },
						CLI_OPTIONS_END },
	.flags = CLI_JSON,
	.min_args = 1,
	.max_args = 3,
	.verbs = service_verbs,
};
