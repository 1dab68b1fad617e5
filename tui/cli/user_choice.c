/* SPDX-License-Identifier: MIT
 *
 * user_choice.c - see user_choice.h.
 */
#include "tui/cli/user_choice.h"

#include <stdlib.h>
#include <string.h>

#include "tui/cli/confirm.h"

#define LICENSES_AT_ONCE 20U

static bool add(struct user_choice *u, const char *upn, const char *licenses) {
	if (u->n == u->cap) {
		size_t cap = u->cap ? u->cap * 2 : 64;
		struct chosen_user *list = realloc(u->list, cap * sizeof *list);
		u->no_memory = !list;
		if (!list)
			return false;
		u->list = list;
		u->cap = cap;
	}
	struct chosen_user who = { arena_put(&u->arena, upn, strlen(upn)),
				   arena_put(&u->arena, licenses, strlen(licenses)) };
	u->no_memory = !who.upn || !who.licenses;
	if (!u->no_memory)
		u->list[u->n++] = who;
	return !u->no_memory;
}

static const char *text_of(const struct record *r, const char *column) {
	return record_cell(r, &record_users, column)->text;
}

static bool on_user(void *arg, const struct record *r) {
	struct user_choice *u = arg;
	if (u->spared && text_ieq(u->spared, r->label)) {
		u->was_spared = true;
		return true;
	}
	u->guests += strcmp(text_of(r, "kind"), "guest") == 0;
	return add(u, r->label, text_of(r, "licenses"));
}

static bool choose_from_list(struct cli *c, struct store *s, const struct tenant *t, struct user_choice *out,
			     struct err *e) {
	const char *filter = cli_value(c, "filter");
	struct list_state state;
	struct record_query q = { .list = &record_users, .tenant = t->id, .text = cli_value(c, "match") };
	if (!cli_flag(c, "all"))
		return err_set(e, ERR_INPUT, "Name users, or say --all (with --filter and --match to leave some out)");
	q.filter = filter ? record_filter_find(&record_users, filter) : NULL;
	if (filter && !q.filter)
		return err_set(e, ERR_INPUT, "The list of users has no filter %.60s; see mailvan help user", filter);
	if (!list_state_get(s, t->id, record_users.refresh, &state, e))
		return false;
	if (!state.refreshed)
		return err_set(e, ERR_INPUT, "The users were never read from the tenant: mailvan user list --refresh");
	return records_each(s, &q, on_user, out, e);
}

static bool choose_named(struct cli *c, struct store *s, const struct tenant *t, struct user_choice *out,
			 struct err *e) {
	int64_t id;
	if (cli_flag(c, "all") || cli_value(c, "filter") || cli_value(c, "match"))
		return err_set(e, ERR_INPUT, "Name users, or say --all with --filter and --match, but not both");
	for (unsigned i = 0; i < c->arg_count; i++) {
		if (!strchr(c->args[i], '@'))
			return err_set(e, ERR_INPUT, "Users are named as name@domain, not %.100s", c->args[i]);
		if (!record_find(s, &record_users, t->id, c->args[i], &id, e))
			return false;
		struct record_query q = { .list = &record_users, .tenant = t->id, .ids = &id, .id_count = 1 };
		/* Who is not in the list may be new: the tenant will know. */
		if (id ? !records_each(s, &q, on_user, out, e) : !add(out, c->args[i], ""))
			return false;
	}
	return true;
}

bool user_choose(struct cli *c, struct store *s, const struct tenant *t, bool spare, struct user_choice *out,
		 struct err *e) {
	*out = (struct user_choice){ .spared = spare && !c->arg_count ? t->who : NULL };
	err_clear(e);
	bool ok = c->arg_count ? choose_named(c, s, t, out, e) : choose_from_list(c, s, t, out, e);
	if (out->no_memory)
		return err_nomem(e);
	if (ok && out->was_spared)
		cli_note(c, "%s is signed in here and is left out; name that user to include it.", t->who);
	return ok && (out->n > 0 || err_set(e, ERR_INPUT, "No user is in the list that fits"));
}

bool user_choice_confirmed(struct cli *c, const struct tenant *t, const struct user_choice *u, const char *label,
			   const char *warning, struct err *e) {
	char question[TASK_LABEL_MAX + TENANT_NAME_MAX + 400], guests[80] = "", n[32];
	if (!cli_flag(c, "all") || cli_flag(c, "dry-run") || cli_flag(c, "powershell"))
		return true;
	text_count(n, sizeof n, u->guests);
	if (u->guests)
		snprintf(guests, sizeof guests, ", %s of them guest%s", n, u->guests == 1 ? "" : "s");
	snprintf(question, sizeof question, "%s of %s%s?%s%.300s", label, t->name, guests, *warning ? "\n" : "",
		 warning);
	return cli_confirmed(c, question, "Nothing was changed", e);
}

void user_choice_free(struct user_choice *u) {
	free(u->list);
	arena_free(&u->arena);
	*u = (struct user_choice){ 0 };
}

bool user_choice_licenses(struct cli *c, struct store *s, const struct tenant *t, const struct user_choice *u,
			  const char *licenses, bool *go, struct err *e) {
	struct user_plan_license l[LICENSES_AT_ONCE];
	size_t n = 0;
	for (const char *p = licenses; *p && n < LICENSES_AT_ONCE; p += strcspn(p, " "), p += *p == ' ') {
		l[n] = (struct user_plan_license){ .free = -1 };
		snprintf(l[n].name, sizeof l[n].name, "%.*s", (int)strcspn(p, " "), p);
		for (size_t i = 0; i < u->n; i++)
			l[n].needs += !user_holds_license(u->list[i].licenses, l[n].name, strlen(l[n].name));
		n++;
	}
	if (n && !user_licenses_free(s, t->id, l, n, e))
		return false;
	*go = user_licenses_suffice(c, l, n);
	return true;
}
