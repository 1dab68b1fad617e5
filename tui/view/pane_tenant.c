/* SPDX-License-Identifier: MIT
 *
 * pane_tenant.c - the tenant at a glance: whose token, which rights, how old the lists are, what is being done.
 */
#include <stdio.h>
#include <string.h>

#include "tui/tables/figures.h"
#include "tui/view/frame.h"
#include "tui/view/screen.h"

struct pen {
	struct grid *g;
	struct rect in;
	int y;
};

#define LABEL_W 16

static void line(struct pen *p, enum style st, const char *label, const char *value) {
	char clean[1200];
	int room = p->in.y + p->in.h - p->y, w = p->in.w - LABEL_W - 1;
	text_sanitise(clean, sizeof clean, value, strlen(value));
	if (room <= 0)
		return;
	grid_text(p->g, p->in.x + 1, p->y, LABEL_W - 2, ST_DIM, label);
	int used = frame_wrap(p->g, p->in.x + LABEL_W, p->y, w, room < 5 ? room : 5, st, clean);
	p->y += used > 0 ? used : 1;
}

static void heading(struct pen *p, const char *text) {
	if (p->y > p->in.y)
		p->y++;
	if (p->y < p->in.y + p->in.h)
		grid_text(p->g, p->in.x + 1, p->y++, p->in.w - 2, ST_STRONG, text);
}

static void token_line(const struct tenant_view *v, struct pen *p, enum token_resource r, const char *label) {
	char text[400];
	long long left = (long long)(v->token[r].expires - v->now) / 60000;
	if (!v->token[r].there)
		line(p, ST_DIM, label, "none yet; it is fetched when it is needed");
	else if (left > 0) {
		snprintf(text, sizeof text, "%s, %lld min left", v->token[r].who, left);
		line(p, ST_TEXT, label, text);
	} else {
		snprintf(text, sizeof text, "%s, expired; renewed when it is needed", v->token[r].who);
		line(p, ST_WARN, label, text);
	}
}

static void draw_badge(const struct console *c, struct pen *p) {
	static const char *const kinds[] = { "", "client secret", "certificate", "device code" };
	const struct tenant_view *v = &c->tenant;
	const struct tenant *t = &v->is;
	char text[700];
	heading(p, "Tenant");
	snprintf(text, sizeof text, "%s%s%s", t->name, *t->company ? ", " : "", t->company);
	line(p, ST_STRONG, "Name", text);
	snprintf(text, sizeof text, "%s, by %s", *t->who ? t->who : t->client_id,
		 (unsigned)t->sign_in < 4 ? kinds[t->sign_in] : "");
	line(p, ST_TEXT, "Signed in as", text);
	token_line(v, p, TOKEN_GRAPH, "Graph token");
	if (*v->token[TOKEN_GRAPH].roles)
		line(p, ST_TEXT, "  its rights", v->token[TOKEN_GRAPH].roles);
	token_line(v, p, TOKEN_EXCHANGE, "Exchange token");
	if (*v->token[TOKEN_EXCHANGE].roles)
		line(p, ST_TEXT, "  its rights", v->token[TOKEN_EXCHANGE].roles);
	line(p, v->read_only ? ST_WARN : ST_TEXT, "Changes", v->read_only ? v->read_only_why : "allowed");
	if (v->tenants > 1) {
		snprintf(text, sizeof text, "this is one of %u: C chooses another", v->tenants);
		line(p, ST_DIM, "Others", text);
	}
}

static void draw_lists(const struct console *c, struct pen *p) {
	heading(p, "Lists");
	for (int k = 0; k < NODE_KIND_COUNT; k++) {
		const struct node_row *n = node_row((enum node_kind)k);
		char age[80], count[32], text[160];
		if (!n->records || n->every_tenant || !n->records->refresh)
			continue;
		tenant_age_text(age, sizeof age, c->tenant.read[k], c->tenant.now);
		text_count(count, sizeof count, c->tenant.counts[k].rows);
		snprintf(text, sizeof text, "%s%s%s", *age ? count : "not read yet: F5 reads all of them",
			 *age && n->count && *n->count ? " " : "", *age && n->count ? n->count : "");
		if (*age)
			snprintf(text + strlen(text), sizeof text - strlen(text), ", %s", age);
		line(p, *age ? ST_TEXT : ST_DIM, n->label, text);
	}
}

/* The page of the promise: two months, and what the figures are worth. */
static void draw_sla(const struct console *c, struct pen *p) {
	bool any = false;
	for (size_t i = 0; i < sizeof c->tenant.sla / sizeof c->tenant.sla[0]; i++) {
		const struct sla *x = &c->tenant.sla[i];
		char text[240], label[24], down[32], minutes[32], credit[40];
		if (!x->year)
			continue;
		if (!any) {
			snprintf(text, sizeof text, "%s, promised %.1f %% of a month", SLA_SERVICE, SLA_PROMISE);
			heading(p, text);
		}
		any = true;
		snprintf(label, sizeof label, "%04d-%02d%s", x->year, x->month, x->over ? "" : " so far");
		text_count(down, sizeof down, x->down);
		text_count(minutes, sizeof minutes, x->minutes);
		snprintf(credit, sizeof credit, x->credit ? "credit tier %u %%" : "no credit", x->credit);
		snprintf(text, sizeof text, "%.3f %% or more: %u %s, %s of %s minutes; %s", x->uptime, x->incidents,
			 x->incidents == 1 ? "incident" : "incidents", down, minutes, credit);
		line(p, x->credit ? ST_WARN : ST_TEXT, label, text);
	}
	if (any)
		line(p, ST_DIM, "",
		     "An estimate: as if nobody could work while an incident was open, until Health was "
		     "read.");
}

void draw_tenant(const struct console *c, struct grid *g, struct rect in) {
	struct pen p = { g, in, in.y };
	char task[TASK_LABEL_MAX + 80];
	if (c->tenant.is.id == 0) {
		frame_wrap(g, in.x + 2, in.y + 2, in.w - 4, in.h - 2, ST_DIM, NO_TENANT_TEXT);
		return;
	}
	draw_badge(c, &p);
	draw_lists(c, &p);
	draw_sla(c, &p);
	if (c->tenant.tasks_open) {
		heading(&p, "Going on");
		tenant_task_text(task, sizeof task, &c->tenant);
		line(&p, ST_BUSY, "Task", task);
	}
}
