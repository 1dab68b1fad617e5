/* SPDX-License-Identifier: MIT
 *
 * limits.c - learned limits in words and as JSON.
 */
#include "tui/cli/limits.h"

#include <inttypes.h>
#include <string.h>

#include "tui/cli/rows.h"

struct listing {
	FILE *to;
	struct store *s;
	json_t *array;
	unsigned accounts, more; /* still to be printed, and left out */
	bool ok;
	struct err *e;
};

static void print_waiting(FILE *to, uint64_t queued) {
	char n[24];
	text_count(n, sizeof n, queued);
	if (queued)
		fprintf(to, "; %s queued mailbox%s wait%s for it", n, queued == 1 ? "" : "es", queued == 1 ? "s" : "");
}

static bool print_place(void *arg, const struct place_limit *p) {
	struct listing *l = arg;
	char place[PLACE_MAX], until[32];
	uint64_t queued = 0, running = 0;
	bool host = !strchr(p->place, '/'), held = p->held_until > wall_ms();
	if (!held && p->at_once >= p->wish)
		return true;
	if (!host && l->accounts == 0) {
		l->more++;
		return true;
	}
	l->accounts -= !host;
	if (host && !host_load(l->s, p->place, &queued, &running, l->e))
		return l->ok = false;
	text_sanitise(place, sizeof place, p->place, strlen(p->place));
	if (held) {
		clock_text(until, sizeof until, p->held_until);
		fprintf(l->to, "%s starts nothing new until %s", place, until);
	} else {
		clock_text(until, sizeof until, p->changed);
		fprintf(l->to, "%s takes %u of %u at once since %s", place, p->at_once, p->wish, until);
	}
	print_waiting(l->to, queued);
	fprintf(l->to, "%s%s\n", p->why[0] ? ": " : "", p->why);
	return true;
}

static bool print_rule(void *arg, const struct host_rule *r) {
	struct listing *l = arg;
	uint64_t queued, running;
	if (!r->at_once)
		return true;
	if (!host_load(l->s, r->host, &queued, &running, l->e))
		return l->ok = false;
	if (!queued || running < r->at_once)
		return true;
	fprintf(l->to, "%s takes %u at once, as set", r->host, r->at_once);
	print_waiting(l->to, queued);
	fputc('\n', l->to);
	return true;
}

static void print_more(FILE *to, unsigned more) {
	char n[24];
	text_count(n, sizeof n, more);
	if (more)
		fprintf(to, "and %s more account%s: mailvan set\n", n, more == 1 ? "" : "s");
}

bool limits_print(FILE *to, struct store *s, unsigned accounts, struct err *e) {
	struct listing l = { .to = to, .s = s, .accounts = accounts, .ok = true, .e = e };
	if (!place_limits_list(s, print_place, &l, e) || !l.ok)
		return false;
	print_more(to, l.more);
	return host_rules_list(s, print_rule, &l, e) && l.ok;
}

static bool add_place(void *arg, const struct place_limit *p) {
	struct listing *l = arg;
	json_t *o = json_pack("{s:o, s:I, s:I, s:o, s:o, s:o}", "place", json_text(p->place), "at_once",
			      (json_int_t)p->at_once, "wish", (json_int_t)p->wish, "since", json_time(p->changed),
			      "held_until", json_time(p->held_until > wall_ms() ? p->held_until : 0), "why",
			      json_text_or_null(p->why));
	return l->ok = o && json_array_append_new(l->array, o) == 0;
}

json_t *limits_json(struct store *s, struct err *e) {
	struct listing l = { .s = s, .array = json_array(), .ok = true, .e = e };
	if (l.array && place_limits_list(s, add_place, &l, e) && l.ok)
		return l.array;
	if (!l.array || !l.ok)
		err_nomem(e);
	json_decref(l.array);
	return NULL;
}
