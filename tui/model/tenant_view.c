/* SPDX-License-Identifier: MIT
 *
 * tenant_view.c - what the console knows of the tenant, read from the store.
 */
#include "tui/model/tenant_view.h"

#include <stdio.h>
#include <string.h>
#include <time.h>

static bool count_tenant(void *arg, const struct tenant *t) {
	struct tenant_view *v = arg;
	if (v->tenants++ == 0)
		v->is = *t;
	return true;
}

/* The one that was chosen, else the first. */
static bool read_tenant(struct tenant_view *v, struct store *s, struct err *e) {
	struct tenant chosen;
	struct err several;
	v->tenants = 0;
	memset(&v->is, 0, sizeof v->is);
	if (!tenants_each(s, count_tenant, v, e))
		return false;
	if (v->tenants > 1 && tenant_find(s, NULL, &chosen, &several))
		v->is = chosen;
	for (int r = TOKEN_GRAPH; r <= TOKEN_EXCHANGE; r++) {
		struct token_row row = { .expires = 0 };
		v->token[r].there = false;
		if (v->is.id && !token_get(s, v->is.id, (enum token_resource)r, false, &row, &v->token[r].there, e))
			return false;
		v->token[r].expires = row.expires;
		text_copy(v->token[r].who, sizeof v->token[r].who, row.who);
		text_copy(v->token[r].roles, sizeof v->token[r].roles, row.roles);
		secret_clear(&row.access);
	}
	return true;
}

static bool count_node(struct tenant_view *v, struct store *s, enum node_kind kind, struct err *e) {
	const struct node_row *n = node_row(kind);
	struct node_count *out = &v->counts[kind];
	struct record_query q = { .list = n->records, .tenant = n->every_tenant ? 0 : v->is.id };
	uint64_t alerts = 0;
	*out = (struct node_count){ .known = false };
	v->read[kind] = 0;
	if (!n->records || (!n->every_tenant && v->is.id == 0))
		return true;
	if (n->count) {
		q.filter = *n->count ? record_filter_find(n->records, n->count) : NULL;
		if (!records_count(s, &q, &out->rows, e))
			return false;
		out->known = !*n->count || out->rows > 0; /* nothing unread, nothing open: no number */
	}
	if (n->alert) {
		q.filter = record_filter_find(n->records, n->alert);
		if (!records_count(s, &q, &alerts, e))
			return false;
		out->alert = alerts > 0;
	}
	return true;
}

static bool read_age(struct tenant_view *v, struct store *s, enum node_kind kind, struct err *e) {
	const struct node_row *n = node_row(kind);
	const struct record_list *l = n->records;
	struct list_state state = { .refreshed = 0 };
	int64_t tenant = n->every_tenant ? 0 : v->is.id;
	if (l && l->refresh && (tenant || n->every_tenant) && !list_state_get(s, tenant, l->refresh, &state, e))
		return false;
	v->read[kind] = state.refreshed;
	return true;
}

static bool take_task(void *arg, const struct record *r) {
	*(int64_t *)arg = r->id;
	return false;
}

static bool task_moves(const struct task_row *t) {
	return t->state == TASK_QUEUED || t->state == TASK_RUNNING;
}

/* Running before queued, the oldest first: the state's name sorts the other way. */
static bool read_task(struct tenant_view *v, struct store *s, int64_t followed, struct err *e) {
	const struct record_list *l = &record_tasks;
	int64_t id = 0;
	struct record_query q = { .list = l,
				  .filter = record_filter_find(l, "open"),
				  .sort = record_column_find(l, "started"),
				  .descending = true };
	if (!records_count(s, &q, &v->tasks_open, e) || (v->tasks_open && !records_each(s, &q, take_task, &id, e)))
		return false;
	struct err none; /* the one that is followed may have been forgotten */
	if (!followed || !task_get(s, followed, &v->task, &none) || !task_moves(&v->task)) {
		memset(&v->task, 0, sizeof v->task);
		if (id && !task_get(s, id, &v->task, e))
			return false;
	}
	tenant_view_runner(v, s);
	return true;
}

bool tenant_view_runner(struct tenant_view *v, struct store *s) {
	bool was = v->task_stuck;
	struct err e;
	v->task_stuck = false;
	if (v->task.state == TASK_RUNNING && v->task.id && !task_runner_gone(s, v->task.id, &v->task_stuck, &e))
		v->task_stuck = was;
	return was != v->task_stuck;
}

bool tenant_moves(const struct tenant_view *v) {
	return v->task.id && task_moves(&v->task) && !v->task_stuck;
}

bool tenant_reads(const struct tenant_view *v, const char *refresh) {
	size_t n = strlen(refresh);
	return tenant_moves(v) && strncmp(v->task.verb, refresh, n) == 0 &&
	       (v->task.verb[n] == '\0' || v->task.verb[n] == ' ');
}

/* What is not known of a month (never read, too long ago) is not a failure. */
static bool read_sla(struct tenant_view *v, struct store *s, struct err *e) {
	int y, m;
	sla_month_of(v->now, &y, &m);
	for (size_t i = 0; i < sizeof v->sla / sizeof v->sla[0]; i++) {
		struct err why = { .cat = ERR_INPUT };
		if (!v->is.id || !sla_month(s, v->is.id, SLA_SERVICE, y, m, &v->sla[i], &why))
			v->sla[i].year = 0;
		if (!v->sla[i].year && why.cat != ERR_INPUT) {
			*e = why;
			return false;
		}
		y -= m == 1;
		m = m == 1 ? 12 : m - 1;
	}
	return true;
}

bool tenant_view_read(struct tenant_view *v, struct store *s, int64_t followed, struct err *e) {
	struct err why;
	v->now = wall_ms();
	v->read_only = !tasks_may_change(s, &why);
	text_copy(v->read_only_why, sizeof v->read_only_why, v->read_only ? why.text : "");
	if (!read_tenant(v, s, e) || !read_task(v, s, followed, e))
		return false;
	for (int k = 0; k < NODE_KIND_COUNT; k++)
		if (!count_node(v, s, (enum node_kind)k, e) || !read_age(v, s, (enum node_kind)k, e))
			return false;
	return read_sla(v, s, e);
}

#define HOUR_MS (60 * 60 * 1000LL)
#define DAY_MS (24 * HOUR_MS)

static void day_text(char *dst, size_t size, wall_ms_t t) {
	struct tm tm;
	time_t seconds = (time_t)(t / 1000);
	if (!localtime_r(&seconds, &tm) || !strftime(dst, size, "%Y-%m-%d", &tm))
		text_copy(dst, size, "?");
}

void tenant_age_text(char *dst, size_t size, wall_ms_t then, wall_ms_t now) {
	char when[32];
	long long age = now > then ? (long long)(now - then) : 0;
	dst[0] = '\0';
	if (then == 0)
		return;
	if (age >= 20 * HOUR_MS) {
		day_text(when, sizeof when, then);
	} else {
		text_time_of_day(when, sizeof when, then);
		when[5] = '\0'; /* minutes are enough */
	}
	if (age < 60 * 1000)
		snprintf(dst, size, "as of %s, just now", when);
	else if (age < 2 * HOUR_MS)
		snprintf(dst, size, "as of %s, %lld min ago", when, age / (60 * 1000));
	else if (age < 2 * DAY_MS)
		snprintf(dst, size, "as of %s, %lld h ago", when, age / HOUR_MS);
	else if (age < 60 * DAY_MS)
		snprintf(dst, size, "as of %s, %lld days ago", when, age / DAY_MS);
	else
		snprintf(dst, size, "as of %s", when);
}

static void task_state_text(char *dst, size_t size, const struct tenant_view *v) {
	const struct task_row *t = &v->task;
	char done[32], all[32], when[16];
	text_count(done, sizeof done, t->done + t->failed);
	text_count(all, sizeof all, t->items);
	text_time_of_day(when, sizeof when, t->throttled_until);
	if (v->task_stuck)
		snprintf(dst, size, ": runner died, resume it in Tasks");
	else if (t->throttled_until > v->now)
		snprintf(dst, size, ": throttled until %s", when);
	else if (t->state == TASK_PAUSED)
		snprintf(dst, size, ": paused");
	else if (t->state == TASK_QUEUED)
		snprintf(dst, size, ": waiting");
	else if (t->items)
		snprintf(dst, size, " %s/%s", done, all);
	else
		snprintf(dst, size, " %s", done);
}

static void shorten(char *dst, size_t size, const char *text) {
	static const char dots[] = "…";
	size_t n = strlen(text);
	if (n < size || size <= sizeof dots) {
		text_copy(dst, size, text);
		return;
	}
	size_t kept = text_sanitise(dst, size - sizeof dots + 1, text, n);
	memcpy(dst + kept, dots, sizeof dots);
}

void tenant_task_text(char *dst, size_t size, const struct tenant_view *v) {
	char state[80], more[40] = "", label[TASK_LABEL_MAX];
	task_state_text(state, sizeof state, v);
	if (v->tasks_open > 1)
		snprintf(more, sizeof more, " +%llu", (unsigned long long)v->tasks_open - 1);
	size_t rest = strlen(state) + strlen(more), room = size > rest ? size - rest : 1;
	shorten(label, room < sizeof label ? room : sizeof label, v->task.label);
	snprintf(dst, size, "%s%s%s", label, state, more);
}

void tenant_task_result(char *dst, size_t size, const struct task_row *t, bool *bad) {
	char done[32], failed[32];
	text_count(done, sizeof done, t->done);
	text_count(failed, sizeof failed, t->failed);
	*bad = t->failed > 0 || t->state == TASK_FAILED;
	if (t->state == TASK_FAILED)
		snprintf(dst, size, "%s failed: %s", t->label, t->error);
	else if (t->state == TASK_STOPPED)
		snprintf(dst, size, "%s was stopped: Resume in Tasks goes on", t->label);
	else if (t->failed)
		snprintf(dst, size, "%s: %s done, %s failed: see Tasks", t->label, done, failed);
	else
		snprintf(dst, size, "%s: %s done", t->label, done);
}
