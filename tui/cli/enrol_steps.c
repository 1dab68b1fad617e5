/* SPDX-License-Identifier: MIT
 *
 * enrol_steps.c - see enrol_steps.h.
 */
#include "tui/cli/enrol_steps.h"

#include <stdlib.h>
#include <string.h>

#include "import/wiped.h"

bool enrol_judge(struct enrol *x, struct err *e) {
	return enrolment_check(x->s, &x->t, &x->b, false, e) && enrolment_find(x->s, x->t.id, x->b.name, &x->b, e);
}

/* ---- users put in ---- */

struct adding {
	struct enrolment_put *list;
	size_t n, cap;
	struct arena arena;
	bool no_memory;
	enrol_unlisted_fn *unlisted;
	void *arg;
};

static const char *keep(struct adding *a, const char *text) {
	const char *copy = arena_put(&a->arena, text, strlen(text));
	a->no_memory |= !copy;
	return copy;
}

static bool on_user(void *arg, const struct enrolment_user *u) {
	struct adding *a = arg;
	if (a->n == a->cap) {
		size_t cap = a->cap ? a->cap * 2 : 64;
		struct enrolment_put *list = realloc(a->list, cap * sizeof *list);
		a->no_memory |= !list;
		if (!list)
			return false;
		a->list = list;
		a->cap = cap;
	}
	a->list[a->n++] =
		(struct enrolment_put){ .mail = keep(a, u->mail), .upn = keep(a, u->upn), .user = keep(a, u->name) };
	return !a->no_memory;
}

/* One whom the list does not have may be put in too: the check says so. */
static bool add_named(struct enrol *x, struct adding *a, const char *name, struct err *e) {
	size_t before = a->n;
	char clean[200];
	if (!enrolment_users(x->s, x->t.id, name, on_user, a, e))
		return false;
	if (a->n > before || a->no_memory)
		return true;
	text_sanitise(clean, sizeof clean, name, strlen(name));
	if (!enrolment_address(name))
		return err_set(e, ERR_INPUT, "%s is neither in the list of users nor an address", clean);
	if (a->unlisted)
		a->unlisted(a->arg, clean);
	struct enrolment_user u = { 0 };
	text_copy(u.mail, sizeof u.mail, name);
	on_user(a, &u);
	return true;
}

bool enrol_put(struct enrol *x, const char *const *names, size_t n, enrol_unlisted_fn *unlisted, void *arg,
	       size_t *added, struct err *e) {
	struct adding a = { .unlisted = unlisted, .arg = arg };
	char text[80];
	bool ok = n || enrolment_users(x->s, x->t.id, NULL, on_user, &a, e);
	for (size_t i = 0; ok && i < n; i++)
		ok = add_named(x, &a, names[i], e);
	if (ok && a.no_memory)
		ok = err_nomem(e);
	if (ok && a.n == 0)
		ok = err_set(e, ERR_INPUT,
			     "Nobody in the list of users is licensed and has a mailbox; mailvan user list --refresh "
			     "reads it");
	snprintf(text, sizeof text, "%zu users of the tenant", a.n);
	ok = ok && enrolment_put(x->s, &x->b, a.list, a.n, x->who, text, e);
	*added = a.n;
	free(a.list);
	arena_free(&a.arena);
	return ok;
}

bool enrol_put_list(struct enrol *x, const struct enrolment_list *l, struct err *e) {
	struct enrolment_put *puts = calloc(l->n + 1, sizeof *puts);
	char text[80];
	size_t n = 0;
	if (!puts)
		return err_nomem(e);
	for (size_t i = 0; i < l->n; i++)
		if (l->rows[i].outcome != ENROL_SAME)
			puts[n++] = l->rows[i].put;
	snprintf(text, sizeof text, "%zu rows of a list", n);
	bool ok = n == 0 || enrolment_put(x->s, &x->b, puts, n, x->who, text, e);
	free(puts);
	return ok;
}

/* ---- rows that were chosen ---- */

bool enrol_choice_add(struct enrol_choice *ch, const struct enrolment_row *r, struct err *e) {
	if (ch->n == ch->cap) {
		size_t cap = ch->cap ? ch->cap * 2 : 64;
		int64_t *ids = realloc(ch->ids, cap * sizeof *ids);
		if (!ids)
			return err_nomem(e);
		ch->ids = ids;
		ch->cap = cap;
	}
	ch->ids[ch->n++] = r->id;
	size_t at = strlen(ch->names);
	if (at + strlen(r->mail) + 40 < sizeof ch->names)
		snprintf(ch->names + at, sizeof ch->names - at, "%s%s", at ? ", " : "", r->mail);
	else
		ch->unnamed++;
	return true;
}

void enrol_choice_end(struct enrol_choice *ch) {
	if (ch->unnamed)
		snprintf(ch->names + strlen(ch->names), 40, " and %zu more", ch->unnamed);
}

void enrol_choice_free(struct enrol_choice *ch) {
	free(ch->ids);
	*ch = (struct enrol_choice){ 0 };
}

/* The same change for each of them. */
static bool change_rows(struct enrol *x, const struct enrol_choice *ch, struct enrolment_change change,
			const char *action, const char *what, struct err *e) {
	char text[800];
	struct enrolment_change *list = calloc(ch->n + 1, sizeof *list);
	if (!list)
		return err_nomem(e);
	for (size_t i = 0; i < ch->n; i++) {
		list[i] = change;
		list[i].row = ch->ids[i];
	}
	snprintf(text, sizeof text, "%s: %s", what, ch->names);
	bool ok = enrolment_change(x->s, &x->b, list, ch->n, x->who, action, text, e);
	free(list);
	return ok;
}

bool enrol_confirm_rows(struct enrol *x, const struct enrol_choice *ch, bool plan, bool removed, struct err *e) {
	struct enrolment_change change = ENROLMENT_CHANGE_EMPTY;
	char what[80];
	change.data_plan = plan ? 1 : -1;
	change.removed = removed ? 1 : -1;
	snprintf(what, sizeof what, "%s%s%s", plan ? "enterprise data plan" : "", plan && removed ? ", " : "",
		 removed ? "removed from any other server" : "");
	return change_rows(x, ch, change, "enrolment-confirm", what, e);
}

bool enrol_markable(enum enrolment_state to) {
	return to == ENROLMENT_NEW || to == ENROLMENT_SENT || to == ENROLMENT_ACTIVE || to == ENROLMENT_FAILED;
}

bool enrol_mark_rows(struct enrol *x, const struct enrol_choice *ch, enum enrolment_state to, struct err *e) {
	struct enrolment_change change = ENROLMENT_CHANGE_EMPTY;
	change.state = (int)to;
	change.problem = "";
	return change_rows(x, ch, change, "enrolment-mark", enrolment_state_name(to), e);
}

bool enrol_wants_password(const struct enrolment_row *r) {
	return enrolment_open(r->state) && r->expires <= wall_ms();
}
