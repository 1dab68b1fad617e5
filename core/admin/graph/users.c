/* SPDX-License-Identifier: MIT
 *
 * users.c - the list of users brought up to date (exchange-wire.md D.1): by the mark of the last time where there is
 * one, else in full. Figures that change slowly, and cost more, are asked for once a day.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/admin/graph/users_int.h"
#include "core/base/text.h"
#include "core/store/records.h"

#define FIGURES_MS ((wall_ms_t)24 * 3600 * 1000)

/* A page of a delta has 100 rows unless somebody asks. */
static const char *const large_pages[] = { "Prefer: odata.maxpagesize=999", NULL };

struct reading {
	struct exo *x;
	struct user_rows rows;
	bool stopped;
};

static bool on_user(void *arg, const json_t *user, struct err *e) {
	struct reading *r = arg;
	if (!user_rows_add(&r->rows, user, e))
		return false;
	r->stopped = !exo_progress(r->x, r->rows.n, 0);
	return !r->stopped;
}

/* Refused for what was asked, not for who asked or when. */
static bool try_otherwise(const struct err *e) {
	return e->cat == ERR_INPUT || e->cat == ERR_SERVER_BUG || e->cat == ERR_NO_MAILBOX;
}

static void start_over(struct reading *r) {
	const struct subscriptions *s = r->rows.subscriptions;
	user_rows_free(&r->rows);
	r->rows.subscriptions = s;
}

/* *full: every user was named. delta: the mark for the next time. */
static bool read_users(struct reading *r, const char *last, char *delta, size_t size, bool *full, struct err *e) {
	struct graph *g = exo_graph(r->x, e);
	*full = false;
	if (!g)
		return false;
	if (*last) {
		if (graph_pages(g, last, large_pages, on_user, r, delta, size, e))
			return true;
		/* 410: the mark is too old. Whatever else is wrong with it, a whole list heals it. */
		if (!try_otherwise(e))
			return false;
		start_over(r);
	}
	*full = true;
	if (graph_pages(g, "/users/delta?" USER_SELECT, large_pages, on_user, r, delta, size, e))
		return true;
	if (!try_otherwise(e))
		return false;
	start_over(r);
	delta[0] = '\0';
	return graph_pages(g, "/users?" USER_SELECT "&$top=999", NULL, on_user, r, NULL, 0, e);
}

static bool save(struct exo *x, struct reading *r, bool full, const char *delta, struct err *e) {
	const struct subscriptions *s = r->rows.subscriptions;
	/* A refresh without the names of licences leaves no mark: the next one, which may know them, reads all. */
	if (!s->known && delta)
		delta = "";
	struct users_update u = { .full = full,
				  .users = r->rows.list,
				  .user_count = r->rows.n,
				  .subscriptions = s->known ? s->rows : NULL,
				  .subscription_count = s->n,
				  .delta = delta };
	return users_cache_save(x->base.ctx.store, x->base.tenant.id, &u, e);
}

static bool refresh_list(struct exo *x, const struct subscriptions *s, bool *stopped, struct err *e) {
	struct reading r = { .x = x, .rows = { .subscriptions = s } };
	struct list_state *state = calloc(1, sizeof *state);
	char *delta = calloc(1, sizeof state->delta);
	bool full = false, ok = (state && delta) || err_nomem(e);
	ok = ok && list_state_get(x->base.ctx.store, x->base.tenant.id, "refresh-users", state, e) &&
	     read_users(&r, state->delta, delta, sizeof state->delta, &full, e);
	*stopped = r.stopped;
	if (ok && !r.stopped)
		ok = save(x, &r, full, delta, e);
	user_rows_free(&r.rows);
	free(state);
	free(delta);
	return ok;
}

static bool refresh_one(struct exo *x, const struct subscriptions *s, const char *who, struct err *e) {
	struct reading r = { .x = x, .rows = { .subscriptions = s } };
	struct graph *g = exo_graph(x, e);
	struct buf path;
	json_t *user = NULL;
	buf_init(&path, HTTP_URL_MAX);
	buf_puts(&path, "/users/");
	bool ok = g && ((http_escape(&path, who) && buf_puts(&path, "?" USER_SELECT)) || err_nomem(e)) &&
		  graph_call(g, "GET", path.data, NULL, NULL, &user, NULL, e) && user_rows_add(&r.rows, user, e) &&
		  save(x, &r, false, NULL, e);
	json_decref(user);
	user_rows_free(&r.rows);
	buf_free(&path);
	return ok;
}

struct sign_ins {
	struct exo *x;
	struct user_sign_in *list;
	size_t n, cap;
	bool stopped;
};

static bool on_sign_in(void *arg, const json_t *user, struct err *e) {
	static const char *const members[] = { "lastSignInDateTime", "lastNonInteractiveSignInDateTime",
					       "lastSuccessfulSignInDateTime" };
	struct sign_ins *s = arg;
	const json_t *activity = json_object_get(user, "signInActivity");
	wall_ms_t last = 0;
	if (s->n == s->cap) {
		size_t cap = s->cap ? s->cap * 2 : 1024;
		struct user_sign_in *list = cap <= 2 * USERS_MAX ? realloc(s->list, cap * sizeof *list) : NULL;
		if (!list)
			return err_nomem(e);
		s->list = list;
		s->cap = cap;
	}
	for (size_t i = 0; i < sizeof members / sizeof *members; i++) {
		wall_ms_t t = json_instant(json_str(activity, members[i]));
		last = t > last ? t : last;
	}
	char *guid = strdup(json_str(user, "id"));
	if (!guid)
		return err_nomem(e);
	s->list[s->n++] = (struct user_sign_in){ guid, last };
	s->stopped = !exo_progress(s->x, s->n, 0);
	return !s->stopped;
}

static void forget_sign_ins(struct sign_ins *s) {
	for (size_t i = 0; i < s->n; i++)
		free((void *)(uintptr_t)s->list[i].guid);
	s->n = 0;
}

static bool refresh_sign_ins(struct exo *x, struct err *e) {
	struct sign_ins s = { .x = x };
	struct graph *g = exo_graph(x, e);
	struct err why = { 0 };
	bool read =
		g && graph_pages(g, "/users?$select=id,signInActivity&$top=120", NULL, on_sign_in, &s, NULL, 0, &why);
	bool ok = g != NULL;
	if (ok && !s.stopped && why.cat != ERR_CANCELLED)
		ok = users_cache_sign_ins(x->base.ctx.store, x->base.tenant.id, s.list, read ? s.n : 0,
					  read ? "" : why.text, e);
	forget_sign_ins(&s);
	free(s.list);
	return ok;
}

static bool due(struct exo *x, const char *list, bool *yes, struct err *e) {
	struct list_state *state = calloc(1, sizeof *state);
	bool ok = state ? list_state_get(x->base.ctx.store, x->base.tenant.id, list, state, e) : err_nomem(e);
	/* What could not be read (a role was missing) is tried each time. */
	*yes = ok && (wall_ms() - state->refreshed > FIGURES_MS || state->delta[0]);
	free(state);
	return ok;
}

/* In this order: the report calls rooms shared mailboxes. Kinds are one request, and new rooms are asked for soon. */
static const struct {
	const char *list;
	bool (*read)(struct exo *x, struct err *e);
	bool always;
} figures[] = {
	{ "mailbox-sizes", graph_mailbox_usage, false },
	{ "mailbox-kinds", graph_mailbox_kinds, true },
	{ "sign-ins", refresh_sign_ins, false },
};

/* Who the tenant is, for whoever compares; not being allowed to know is no failure. */
static void note_company(struct exo *x, struct graph *g) {
	json_t *doc = NULL;
	struct err ignored;
	if (!x->base.tenant.company[0] &&
	    graph_call(g, "GET", "/organization?$select=displayName", NULL, NULL, &doc, NULL, &ignored)) {
		const json_t *first = json_array_get(json_object_get(doc, "value"), 0);
		tenant_seen(x->base.ctx.store, x->base.tenant.id, "", json_str(first, "displayName"), "", &ignored);
	}
	json_decref(doc);
}

/* Who may not read the subscriptions sees licences by their numbers. */
static bool names_of_licences(struct graph *g, json_t **list, struct subscriptions *s, struct err *e) {
	*list = g ? graph_subscriptions(g, e) : NULL;
	if (*list)
		return subscriptions_read(*list, s, e);
	bool may_not = g && e->cat == ERR_NO_PERMISSION;
	if (may_not)
		err_clear(e);
	return may_not;
}

static bool refresh_users(struct exo *x, const char *what, struct err *e) {
	struct graph *g = exo_graph(x, e);
	json_t *list;
	struct subscriptions s = { 0 };
	bool stopped = false, yes;
	bool ok = names_of_licences(g, &list, &s, e) &&
		  (what ? refresh_one(x, &s, what, e) : refresh_list(x, &s, &stopped, e));
	for (size_t i = 0; ok && !what && !stopped && i < sizeof figures / sizeof *figures; i++) {
		ok = due(x, figures[i].list, &yes, e) && ((!yes && !figures[i].always) || figures[i].read(x, e));
		stopped = stop_requested(x->base.ctx.stop);
	}
	if (ok && !what && !stopped)
		note_company(x, g);
	subscriptions_free(&s);
	json_decref(list);
	return ok;
}

const struct refresh_row user_refreshes[] = { { "refresh-users", refresh_users }, { NULL, NULL } };
