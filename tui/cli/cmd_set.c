/* SPDX-License-Identifier: MIT
 *
 * cmd_set.c - `mailvan set`: how much at once. A worker that is running obeys within a second.
 */
#include <inttypes.h>
#include <limits.h>
#include <string.h>

#include "tui/cli/commands.h"
#include "tui/cli/limits.h"
#include "tui/cli/rates.h"
#include "tui/cli/rows.h"

#define TRAFFIC_SHOWN 50

/* ---- showing ---- */

static int64_t allowance(struct store *s, const char *account, enum traffic direction) {
	char host[HOST_KEY_MAX];
	struct host_rule rule;
	struct err e;
	snprintf(host, sizeof host, "%.*s", (int)strcspn(account, "/"), account);
	const struct provider *p = provider_of(host);
	if (!host_rule_get(s, host, &rule, &e))
		return 0;
	int64_t said = direction == TRAFFIC_DOWN ? rule.down : rule.up;
	return said == RULE_NO_LIMIT ? 0 : said ? said : !p ? 0 : direction == TRAFFIC_DOWN ? p->down : p->up;
}

struct showing {
	struct cli *c;
	struct store *s;
	json_t *array;
	bool any;
};

static void size_or(char *dst, size_t size, int64_t bytes) {
	if (bytes == RULE_NO_LIMIT)
		text_copy(dst, size, "off");
	else
		text_bytes(dst, size, (uint64_t)bytes);
}

static json_t *json_said(int64_t bytes) {
	return bytes == RULE_NOT_SAID ? json_null() : bytes == RULE_NO_LIMIT ? json_string("off") : json_integer(bytes);
}

static bool show_rule(void *arg, const struct host_rule *r) {
	struct showing *sh = arg;
	char size[24];
	if (sh->array) {
		json_array_append_new(sh->array, json_pack("{s:o, s:o, s:o, s:o}", "host", json_text(r->host), "limit",
							   r->at_once ? json_integer(r->at_once) : json_null(),
							   "budget", json_said(r->down), "budget_up",
							   json_said(r->up)));
		return true;
	}
	fprintf(sh->c->out, "%s:", r->host);
	if (r->at_once)
		fprintf(sh->c->out, " limit %u", r->at_once);
	if (r->down) {
		size_or(size, sizeof size, r->down);
		fprintf(sh->c->out, " budget %s", size);
	}
	if (r->up) {
		size_or(size, sizeof size, r->up);
		fprintf(sh->c->out, " budget %s up", size);
	}
	fputc('\n', sh->c->out);
	return true;
}

/* Accounts that have a day's budget, and how far it is used. */
static bool show_traffic(void *arg, const char *account, enum traffic direction, const struct traffic_day *day) {
	struct showing *sh = arg;
	int64_t limit = allowance(sh->s, account, direction);
	char clean[PLACE_MAX], used[24], all[24], frees[32] = "";
	if (sh->array) {
		json_array_append_new(sh->array,
				      json_pack("{s:o, s:s, s:I, s:o, s:o}", "account", json_text(account), "direction",
						direction == TRAFFIC_DOWN ? "down" : "up", "bytes",
						(json_int_t)day->bytes, "budget",
						limit ? json_integer(limit) : json_null(), "frees",
						json_time(day->frees)));
		return true;
	}
	if (!limit)
		return true;
	text_sanitise(clean, sizeof clean, account, strlen(account));
	text_bytes(used, sizeof used, day->bytes);
	text_bytes(all, sizeof all, (uint64_t)limit);
	clock_text(frees, sizeof frees, day->frees);
	fprintf(sh->c->out, "%s: %s of %s %s in 24 hours, the oldest free at %s\n", clean, used, all,
		direction == TRAFFIC_DOWN ? "read" : "written", frees);
	return true;
}

static int show_json(struct cli *c, struct store *s, uint64_t jobs, uint64_t lanes, uint64_t rate, const char *repair,
		     const char *non_mail, bool read_only) {
	struct showing hosts = { .c = c, .s = s, .array = json_array() },
		       traffic = { .c = c, .s = s, .array = json_array() };
	struct err e;
	json_t *limits = limits_json(s, &e);
	bool ok = limits && hosts.array && traffic.array && host_rules_list(s, show_rule, &hosts, &e) &&
		  traffic_list(s, wall_ms(), TRAFFIC_SHOWN, show_traffic, &traffic, &e);
	if (ok)
		return cli_print_json(
			c,
			json_pack("{s:I, s:I, s:o, s:o, s:o, s:b, s:o, s:o, s:o}", "jobs", (json_int_t)jobs, "lanes",
				  (json_int_t)lanes, "rate", rate ? json_integer((json_int_t)rate) : json_null(),
				  "repair", json_text(repair), "non_mail", json_text(non_mail), "read_only", read_only,
				  "hosts", hosts.array, "limits", limits, "traffic", traffic.array),
			CLI_OK);
	json_decref(limits);
	json_decref(hosts.array);
	json_decref(traffic.array);
	return cli_fail(c, &e);
}

static int show(struct cli *c, struct store *s) {
	struct showing sh = { .c = c, .s = s };
	char text[32], bytes[24], repair[16], non_mail[16], read_only[8];
	uint64_t jobs = JOBS_DEFAULT, lanes = LANES_DEFAULT, rate = 0;
	struct err e;
	if (!setting_get(s, "jobs", text, sizeof text, "", &e))
		return cli_fail(c, &e);
	if (!text_u64(text, 1, JOBS_MAX, &jobs))
		jobs = JOBS_DEFAULT;
	if (!setting_get(s, "lanes", text, sizeof text, "", &e))
		return cli_fail(c, &e);
	if (!text_u64(text, 1, LANES_MAX, &lanes))
		lanes = LANES_DEFAULT;
	if (!setting_get(s, "rate", text, sizeof text, "", &e))
		return cli_fail(c, &e);
	if (!text_parse_bytes(text, &rate))
		rate = 0;
	if (!setting_get(s, "repair", repair, sizeof repair, REPAIR_MODE_DEFAULT, &e) ||
	    !setting_get(s, "non-mail", non_mail, sizeof non_mail, "skip", &e))
		return cli_fail(c, &e);
	if (!setting_get(s, "read-only", read_only, sizeof read_only, "off", &e))
		return cli_fail(c, &e);
	if (c->json)
		return show_json(c, s, jobs, lanes, rate, repair, non_mail, strcmp(read_only, "on") == 0);
	text_bytes(bytes, sizeof bytes, rate);
	fprintf(c->out, "jobs %" PRIu64 "\nlanes %" PRIu64 "\nrate %s%s\nrepair %s\nnon-mail %s\nread-only %s\n", jobs,
		lanes, rate ? bytes : "off", rate ? " per second" : "", repair, non_mail, read_only);
	if (!host_rules_list(s, show_rule, &sh, &e) || !limits_print(c->out, s, UINT_MAX, &e) ||
	    !traffic_list(s, wall_ms(), TRAFFIC_SHOWN, show_traffic, &sh, &e))
		return cli_fail(c, &e);
	return CLI_OK;
}

/* ---- setting ---- */

static bool set_limit(struct store *s, const char *host, const char *value, struct err *e) {
	struct host_rule rule;
	uint64_t n = 0;
	if (strcmp(value, "auto") != 0 && !text_u64(value, 1, JOBS_MAX, &n))
		return err_set(e, ERR_INPUT, "A limit is a number from 1 to %d, or auto; not '%s'", JOBS_MAX, value);
	if (!host_rule_named(s, host, &rule, e))
		return false;
	rule.at_once = (unsigned)n;
	return host_rule_set(s, &rule, e);
}

static bool set_budget(struct store *s, const char *host, const char *value, bool up, struct err *e) {
	struct host_rule rule;
	uint64_t n = RULE_NOT_SAID;
	if (strcmp(value, "off") == 0)
		n = RULE_NO_LIMIT;
	else if (strcmp(value, "auto") != 0 && (!text_parse_bytes(value, &n) || n >= RULE_NO_LIMIT))
		return err_set(e, ERR_INPUT, "A budget is a size such as 2500M, or off, or auto; not '%s'", value);
	if (!host_rule_named(s, host, &rule, e))
		return false;
	*(up ? &rule.up : &rule.down) = (int64_t)n;
	return host_rule_set(s, &rule, e);
}

static bool set_lanes(struct store *s, const char *value, struct err *e) {
	uint64_t n;
	if (!text_u64(value, 1, LANES_MAX, &n))
		return err_set(e, ERR_INPUT, "lanes is a number from 1 to %d; not '%s'", LANES_MAX, value);
	return setting_set(s, "lanes", value, e);
}

static bool set_repair(struct store *s, const char *value, struct err *e) {
	enum repair_mode mode;
	if (!repair_mode_parse(value, &mode))
		return err_set(e, ERR_INPUT, "repair is off, safe or all; not '%s'", value);
	return setting_set(s, "repair", value, e);
}

static bool set_non_mail(struct store *s, const char *value, struct err *e) {
	if (strcmp(value, "skip") != 0 && strcmp(value, "copy") != 0)
		return err_set(e, ERR_INPUT, "non-mail is skip or copy; not '%s'", value);
	return setting_set(s, "non-mail", value, e);
}

static bool set_read_only(struct store *s, const char *value, struct err *e) {
	if (strcmp(value, "on") != 0 && strcmp(value, "off") != 0)
		return err_set(e, ERR_INPUT, "read-only is on or off; not '%s'", value);
	return setting_set(s, "read-only", value, e);
}

static bool set(struct cli *c, struct store *s, struct err *e) {
	const char *what = c->args[0];
	if (strcmp(what, "jobs") == 0)
		return rates_set_jobs(s, c->args[1], e);
	if (strcmp(what, "lanes") == 0)
		return set_lanes(s, c->args[1], e);
	if (strcmp(what, "rate") == 0)
		return rates_set_rate(s, c->args[1], e);
	if (strcmp(what, "repair") == 0)
		return set_repair(s, c->args[1], e);
	if (strcmp(what, "non-mail") == 0)
		return set_non_mail(s, c->args[1], e);
	if (strcmp(what, "read-only") == 0)
		return set_read_only(s, c->args[1], e);
	if (strcmp(what, "limit") == 0)
		return set_limit(s, c->args[1], c->args[2], e);
	return set_budget(s, c->args[1], c->args[2], cli_flag(c, "up"), e);
}

static int run_set(struct cli *c) {
	static const struct {
		const char *name;
		unsigned args;
		const char *usage;
	} forms[] = { { "jobs", 2, "set jobs N" },
		      { "lanes", 2, "set lanes N" },
		      { "rate", 2, "set rate SIZE|off" },
		      { "repair", 2, "set repair off|safe|all" },
		      { "non-mail", 2, "set non-mail skip|copy" },
		      { "read-only", 2, "set read-only on|off" },
		      { "limit", 3, "set limit HOST N|auto" },
		      { "budget", 3, "set budget HOST SIZE|off|auto" } };
	const size_t count = sizeof forms / sizeof *forms;
	struct err e;
	size_t i = 0;
	err_clear(&e);
	bool shows = c->arg_count < 2; /* a name alone asks how it stands */
	while (c->arg_count && i < count && strcmp(forms[i].name, c->args[0]) != 0)
		i++;
	if (i == count)
		return cli_usage_error(
			c, "'%s' is none of jobs, lanes, rate, repair, non-mail, read-only, limit and budget",
			c->args[0]);
	if (!shows && c->arg_count != forms[i].args)
		return cli_usage_error(c, "it goes 'mailvan %s'", forms[i].usage);
	if (cli_flag(c, "up") && (!c->arg_count || strcmp(c->args[0], "budget") != 0))
		return cli_usage_error(c, "--up is for 'set budget'");
	struct store *s = cli_open(c, shows ? STORE_LOOK : STORE_CREATE, NULL);
	if (!s)
		return CLI_USAGE;
	int code = shows || set(c, s, &e) ? show(c, s) : cli_fail(c, &e);
	store_close(s);
	return code;
}

const struct cli_command cmd_set = {
	.name = "set",
	.args = "[NAME VALUE | limit HOST N | budget HOST SIZE]",
	.summary = "say how much is done at once; a running worker obeys",
	.details =
		"jobs N             mailboxes at once (8). With fewer than before, those that run go on to their end.\n"
		"lanes N            pairs of connections for one mailbox at most (4), in its folders or in one large "
		"folder. More than one only while nobody else wants the jobs.\n"
		"rate SIZE|off      bytes per second (not bits) read from all sources together: 20M is 20,000,000.\n"
		"repair off|safe|all\n"
		"                   what is done to messages that a target refuses for their content: safe (which is "
		"what it does) mends line ends, NUL bytes, headers and body encoding, so that a reader shows what it "
		"showed before; all also attaches to a small message what nothing else helps. Repaired messages are "
		"named in the report.\n"
		"non-mail skip|copy what becomes of the folders of an Exchange source that hold no mail (Calendar, "
		"Contacts, Tasks, Notes, Sync Issues and others, known by their names): skip leaves them out and names "
		"them in the report.\n"
		"read-only on|off   on: nothing is changed in a tenant, by the console or by commands (--read-only: "
		"by one command).\n"
		"limit HOST N|auto  mailboxes at once from or to this host; auto: the jobs, less what the host "
		"refuses.\n"
		"budget HOST SIZE|off|auto\n"
		"                   bytes in 24 hours read from each source account on this host, or with --up written "
		"to each target account; auto: what is known of the provider (Gmail 2500M, 500M up).\n\n"
		"Without a value it shows these, the hosts and accounts that take fewer mailboxes at once now and "
		"why, and how much of their budgets accounts have used. HOST is a name, or name:port. A mailbox whose "
		"budget is used up is Queued until bytes are free again; the others go on.\n\n"
		"A host that throttles gets half as many mailboxes at once, one that complains of connections one "
		"fewer; after a calm minute (ten, for connections) one more.",
	.options = (const struct cli_option[]){ { 0, "up", NULL, "with budget: bytes written to target accounts" },
						CLI_OPTIONS_END },
	.flags = CLI_JSON,
	.max_args = 3,
	.run = run_set,
};
