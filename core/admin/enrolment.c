/* SPDX-License-Identifier: MIT
 *
 * enrolment.c - a batch judged, asked for and given passwords; see enrolment.h.
 */
#include "core/admin/enrolment.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/base/password.h"
#include "core/base/text.h"
#include "core/store/records.h"

/* Typed once, on a phone, within a week and after few wrong attempts: 60 bits do. */
#define ACTIVATION_PASSWORD 10U

/* Changes to be stored when the reading is over: the texts are kept here. */
struct verdicts {
	struct enrolment_facts facts;
	bool all;
	struct enrolment_change *list;
	size_t n, cap;
	char **texts; /* which the list borrows */
	size_t text_count, text_cap;
	bool no_memory;
};

static struct enrolment_change *next_change(struct verdicts *v) {
	if (v->n == v->cap) {
		size_t cap = v->cap ? v->cap * 2 : 64;
		struct enrolment_change *list = realloc(v->list, cap * sizeof *list);
		v->no_memory = !list;
		if (!list)
			return NULL;
		v->list = list;
		v->cap = cap;
	}
	v->list[v->n] = (struct enrolment_change)ENROLMENT_CHANGE_EMPTY;
	return &v->list[v->n++];
}

/* A copy that lives as long as the verdicts do; NULL: no memory. */
static const char *keep(struct verdicts *v, const char *text) {
	if (v->text_count == v->text_cap) {
		size_t cap = v->text_cap ? v->text_cap * 2 : 64;
		char **texts = realloc(v->texts, cap * sizeof *texts);
		v->no_memory = !texts;
		if (!texts)
			return NULL;
		v->texts = texts;
		v->text_cap = cap;
	}
	char *copy = strdup(text);
	v->no_memory = !copy;
	if (copy)
		v->texts[v->text_count++] = copy;
	return copy;
}

static void verdicts_free(struct verdicts *v) {
	for (size_t i = 0; i < v->text_count; i++)
		free(v->texts[i]);
	free(v->texts);
	free(v->list);
}

/* Findings of one kind, "; " between, cut where the column ends. */
static void join(char text[1000], const struct enrolment_finding *f, size_t n, bool note) {
	size_t at = 0;
	text[0] = '\0';
	for (size_t i = 0; i < n; i++) {
		size_t more = strlen(f[i].text) + (at ? 2 : 0);
		if (f[i].note != note || at + more >= 1000)
			continue;
		if (at)
			memcpy(text + at, "; ", 2);
		memcpy(text + at + (at ? 2 : 0), f[i].text, strlen(f[i].text) + 1);
		at += more;
	}
}

static bool judge(void *arg, const struct enrolment_row *r) {
	struct enrolment_finding found[ENROLMENT_FINDINGS_MAX];
	struct verdicts *v = arg;
	char text[1000];
	if (!enrolment_open(r->state) || (r->state == ENROLMENT_NEW && !v->all))
		return true;
	size_t n = enrolment_check_row(&v->facts, r, found);
	struct enrolment_change *c = next_change(v);
	if (!c)
		return false;
	c->row = r->id;
	join(text, found, n, true);
	if (!(c->note = keep(v, text)))
		return false;
	join(text, found, n, false);
	c->state = text[0] ? ENROLMENT_PROBLEM : ENROLMENT_READY;
	return (c->problem = keep(v, text)) != NULL;
}

bool enrolment_check(struct store *s, const struct tenant *t, const struct enrolment *b, bool all, struct err *e) {
	struct list_state users;
	if (!list_state_get(s, t->id, record_users.refresh, &users, e))
		return false;
	struct verdicts v = { .facts = { b, t->company, users.refreshed > 0, wall_ms() }, .all = all };
	bool ok = enrolment_rows(s, b, judge, &v, e);
	if (v.no_memory)
		ok = err_nomem(e);
	ok = ok && enrolment_change(s, b, v.list, v.n, "", NULL, "", e);
	verdicts_free(&v);
	return ok;
}

/* ---- the live question ---- */

static bool collect(void *arg, const struct enrolment_row *r) {
	struct verdicts *v = arg;
	if (!enrolment_open(r->state))
		return true;
	struct enrolment_change *c = next_change(v);
	if (!c)
		return false;
	c->row = r->id;
	return keep(v, r->mail) != NULL; /* texts[i] belongs to list[i] */
}

static bool ask_one(struct directory *d, struct verdicts *v, size_t i, struct err *e) {
	struct enrolment_change *c = &v->list[i];
	const char *mail = v->texts[i];
	json_t *answer = d->ops->ask(d, "mailbox", mail, e);
	if (!answer && e->cat != ERR_NO_MAILBOX && !(e->cat == ERR_INPUT && e->scope == ERR_SCOPE_MAILBOX))
		return false;
	c->unreached = answer ? "" : keep(v, e->text);
	c->reached = answer ? wall_ms() : 0;
	json_decref(answer);
	err_clear(e);
	return c->unreached || err_nomem(e);
}

bool enrolment_reach(const struct directory_context *ctx, const struct enrolment *b, struct err *e) {
	struct verdicts v = { 0 };
	struct directory *d = NULL;
	bool ok = enrolment_rows(ctx->store, b, collect, &v, e);
	if (v.no_memory)
		ok = err_nomem(e);
	ok = ok && (d = directory_open(ctx, b->tenant, e)) != NULL;
	for (size_t i = 0; ok && i < v.n; i++)
		ok = ask_one(d, &v, i, e) &&
		     (!ctx->progress || ctx->progress(ctx->progress_arg, i + 1, v.n, 0) ||
		      err_set(e, ERR_CANCELLED, "Stopped: %zu of %zu mailboxes were asked for", i + 1, v.n));
	/* A half that was asked is not kept: the next attempt asks all of them again. */
	ok = ok && enrolment_change(ctx->store, b, v.list, v.n, "", NULL, "", e);
	directory_close(d);
	verdicts_free(&v);
	return ok;
}

/* ---- passwords and marks ---- */

static bool make_password(struct secret *out, struct err *e) {
	char made[ACTIVATION_PASSWORD + 1];
	bool ok = password_make(made, sizeof made, ACTIVATION_PASSWORD) ||
		  err_set(e, ERR_MEMORY, "The system gives no random numbers");
	ok = ok && (secret_set(out, made, strlen(made)) || err_nomem(e));
	explicit_bzero(made, sizeof made);
	return ok;
}

/* Guarded memory is dear: each secret has pages of its own. */
#define AT_ONCE 200U

static bool some_passwords(struct store *s, const struct enrolment *b, const int64_t *rows, size_t n, const char *who,
			   struct err *e) {
	struct enrolment_change list[AT_ONCE];
	struct secret made[AT_ONCE] = { 0 };
	char text[60];
	bool ok = true;
	for (size_t i = 0; ok && i < n; i++) {
		list[i] = (struct enrolment_change)ENROLMENT_CHANGE_EMPTY;
		list[i].row = rows[i];
		list[i].password = &made[i];
		ok = make_password(&made[i], e);
	}
	snprintf(text, sizeof text, "%zu activation passwords made", n);
	ok = ok && enrolment_change(s, b, list, n, who, "enrolment-passwords", text, e);
	for (size_t i = 0; i < n; i++)
		secret_clear(&made[i]);
	return ok;
}

bool enrolment_passwords(struct store *s, const struct enrolment *b, const int64_t *rows, size_t n, const char *who,
			 struct err *e) {
	for (size_t at = 0; at < n; at += AT_ONCE)
		if (!some_passwords(s, b, rows + at, n - at < AT_ONCE ? n - at : AT_ONCE, who, e))
			return false;
	return true;
}

bool enrolment_may_mark(enum enrolment_state from, enum enrolment_state to) {
#define FROM(s) (1U << ENROLMENT_##s)
	static const unsigned from_these[ENROLMENT_STATE_COUNT] = {
		[ENROLMENT_NEW] = FROM(NEW) | FROM(PROBLEM) | FROM(READY) | FROM(SENT) | FROM(FAILED),
		[ENROLMENT_SENT] = FROM(READY) | FROM(SENT) | FROM(FAILED),
		[ENROLMENT_ACTIVE] = FROM(SENT) | FROM(ACTIVE) | FROM(FAILED),
		[ENROLMENT_FAILED] = FROM(SENT) | FROM(ACTIVE) | FROM(FAILED),
	};
#undef FROM
	return (from_these[to] & 1U << from) != 0;
}
