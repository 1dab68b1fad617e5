/* SPDX-License-Identifier: MIT
 *
 * user_steps.c - see user_steps.h (exchange-wire.md D.2 to D.4, D.8). The usage location goes before the licence, which
 * is refused without one.
 */
#include "core/admin/graph/user_steps.h"

#include <stdlib.h>
#include <string.h>

#include "core/base/text.h"

/* body is stolen; json_null(): the request has none. */
static bool add_step(struct user_steps *s, const char *method, const char *upn, const char *rest, json_t *body,
		     struct err *e) {
	struct buf path;
	if (!body || !user_path(&path, upn, rest)) {
		json_decref(body);
		return err_nomem(e);
	}
	/* A POST to the collection has no name in its path. */
	if (!*upn)
		path.data[strlen("/users")] = '\0';
	s->step[s->n++] = (struct user_step){ method, path.data, json_is_null(body) ? NULL : body };
	return true;
}

bool user_holds(const json_t *list, const char *part) {
	for (size_t i = 0; part && i < json_array_size(list); i++) {
		const char *s = json_string_value(json_array_get(list, i));
		if (s && text_ieq(s, part))
			return true;
	}
	return false;
}

/* What the list names and held does (want) or does not hold; ids. as: an object with skuId, or the bare id. */
static json_t *ids(struct graph *g, const json_t *list, const json_t *held, bool want, bool bare, struct err *e) {
	json_t *out = json_array();
	for (size_t i = 0; out && i < json_array_size(list); i++) {
		const char *part = json_string_value(json_array_get(list, i));
		const char *id = part ? graph_sku(g, part, e) : NULL;
		if (!id) {
			json_decref(out);
			return NULL;
		}
		if (user_holds(held, part) == want)
			json_array_append_new(out, bare ? json_string(id)
							: json_pack("{s:s, s:[]}", "skuId", id, "disabledPlans"));
	}
	return out;
}

static void now_licenses(json_t *after, const json_t *add, const json_t *remove) {
	json_t *held = json_array();
	const json_t *was = json_object_get(after, "licenses");
	for (size_t i = 0; i < json_array_size(was); i++)
		if (!user_holds(remove, json_string_value(json_array_get(was, i))))
			json_array_append(held, json_array_get(was, i));
	for (size_t i = 0; i < json_array_size(add); i++)
		if (!user_holds(held, json_string_value(json_array_get(add, i))))
			json_array_append(held, json_array_get(add, i));
	json_object_set_new(after, "licenses", held);
}

/* Only what differs: removing a licence that is not there is refused, and adding one that is would enable plans that
 * somebody has switched off. */
static bool license_step(struct graph *g, struct user_steps *s, const char *upn, const json_t *add,
			 const json_t *remove, struct err *e) {
	const json_t *held = json_object_get(s->after, "licenses");
	json_t *more = ids(g, add, held, false, false, e);
	json_t *less = more ? ids(g, remove, held, true, true, e) : NULL;
	if (!more || !less) {
		json_decref(more);
		return false;
	}
	bool needed = json_array_size(more) || json_array_size(less);
	json_t *body = json_pack("{s:o, s:o}", "addLicenses", more, "removeLicenses", less);
	if (!needed) {
		json_decref(body);
		return true;
	}
	now_licenses(s->after, add, remove);
	return add_step(s, "POST", upn, "/assignLicense", body, e);
}

static bool same_location(const json_t *now, const char *location) {
	return !*location || text_ieq(json_str(now, "usageLocation"), location);
}

const struct user_property user_properties[USER_PROPERTIES] = {
	{ "displayName", "displayName", "DisplayName" },
	{ "givenName", "givenName", "GivenName" },
	{ "surname", "surname", "Surname" },
	{ "department", "department", "Department" },
	{ "jobTitle", "jobTitle", "JobTitle" },
	{ "company", "companyName", "CompanyName" },
};

static bool put_properties(json_t *body, json_t *after, const json_t *args) {
	for (size_t i = 0; i < USER_PROPERTIES; i++) {
		const struct user_property *p = &user_properties[i];
		const char *value = json_str(args, p->arg);
		if (*value && (json_object_set_new(body, p->property, json_string(value)) != 0 ||
			       json_object_set_new(after, p->arg, json_string(value)) != 0))
			return false;
	}
	return true;
}

static bool plan_create(struct graph *g, const struct change *c, const json_t *now, bool ours, struct user_steps *s,
			struct err *e) {
	const json_t *a = c->args;
	if (!json_yes(now, "exists")) {
		if (!c->secret)
			return err_set(e, ERR_INPUT, "A new user needs a password, and this one has none any more");
		json_t *body = json_pack("{s:b, s:s, s:s, s:{s:s, s:b}}", "accountEnabled", 1, "mailNickname",
					 json_str(a, "mailNickname"), "userPrincipalName", c->target, "passwordProfile",
					 "password", c->secret->data, "forceChangePasswordNextSignIn",
					 json_yes(a, "forceChange"));
		const char *location = json_str(a, "usageLocation");
		bool ok = body && put_properties(body, s->after, a) &&
			  (!*location || json_object_set_new(body, "usageLocation", json_string(location)) == 0);
		if (!ok) {
			graph_wipe_password(body);
			json_decref(body);
			return err_set(e, ERR_INPUT, "The user's values are not valid UTF-8");
		}
		json_object_set_new(s->after, "accountEnabled", json_true());
		json_object_set_new(s->after, "usageLocation", json_string(location));
		json_object_set_new(s->after, "exists", json_true());
		s->created = true;
		if (!add_step(s, "POST", "", "", body, e))
			return false;
	} else if (!ours || strcmp(json_str(now, "displayName"), json_str(a, "displayName")) != 0) {
		return err_set(e, ERR_INPUT,
			       "A user of that name exists already: give it licences with `mailvan user license`, "
			       "or choose another name");
	}
	return license_step(g, s, c->target, json_object_get(a, "licenses"), NULL, e);
}

static bool there(const json_t *now, struct err *e) {
	return !now || json_yes(now, "exists") || err_set(e, ERR_NO_MAILBOX, "The tenant has no such user");
}

static bool plan_enable(struct graph *g, const struct change *c, const json_t *now, bool ours, struct user_steps *s,
			struct err *e) {
	const char *location = json_str(c->args, "usageLocation");
	json_t *body = json_object();
	(void)ours;
	if (!json_yes(now, "accountEnabled")) {
		json_object_set_new(body, "accountEnabled", json_true());
		json_object_set_new(s->after, "accountEnabled", json_true());
	}
	if (!same_location(now, location)) {
		json_object_set_new(body, "usageLocation", json_string(location));
		json_object_set_new(s->after, "usageLocation", json_string(location));
	}
	if (json_object_size(body) == 0)
		json_decref(body);
	else if (!add_step(s, "PATCH", c->target, "", body, e))
		return false;
	return license_step(g, s, c->target, json_object_get(c->args, "licenses"), NULL, e);
}

static bool plan_disable(struct graph *g, const struct change *c, const json_t *now, bool ours, struct user_steps *s,
			 struct err *e) {
	(void)ours;
	if (!now || json_yes(now, "accountEnabled")) {
		json_object_set_new(s->after, "accountEnabled", json_false());
		if (!add_step(s, "PATCH", c->target, "", json_pack("{s:b}", "accountEnabled", 0), e))
			return false;
	}
	if (!license_step(g, s, c->target, NULL, json_object_get(c->args, "removeLicenses"), e))
		return false;
	/* Whoever is signed in stays so for an hour otherwise. */
	return s->n == 0 || add_step(s, "POST", c->target, "/revokeSignInSessions", json_null(), e);
}

static bool plan_license(struct graph *g, const struct change *c, const json_t *now, bool ours, struct user_steps *s,
			 struct err *e) {
	const char *location = json_str(c->args, "usageLocation");
	(void)ours;
	if (!same_location(now, location)) {
		json_object_set_new(s->after, "usageLocation", json_string(location));
		if (!add_step(s, "PATCH", c->target, "", json_pack("{s:s}", "usageLocation", location), e))
			return false;
	}
	return license_step(g, s, c->target, json_object_get(c->args, "add"), json_object_get(c->args, "remove"), e);
}

/* Only what differs. A value is taken away by null, which a display name does not take: it is left alone then. */
static bool plan_set(struct graph *g, const struct change *c, const json_t *now, bool ours, struct user_steps *s,
		     struct err *e) {
	json_t *body = json_object();
	bool ok = body != NULL;
	(void)g;
	(void)ours;
	for (size_t i = 0; ok && i < USER_PROPERTIES; i++) {
		const struct user_property *p = &user_properties[i];
		const char *value = json_string_value(json_object_get(c->args, p->arg));
		if (!value || (now && strcmp(json_str(now, p->arg), value) == 0) ||
		    (!*value && strcmp(p->arg, "displayName") == 0))
			continue;
		ok = json_object_set_new(body, p->property, *value ? json_string(value) : json_null()) == 0 &&
		     json_object_set_new(s->after, p->arg, json_string(value)) == 0;
	}
	if (ok && json_object_size(body))
		return add_step(s, "PATCH", c->target, "", body, e);
	json_decref(body);
	return ok || err_set(e, ERR_INPUT, "The user's values are not valid UTF-8");
}

static bool plan_password(struct graph *g, const struct change *c, const json_t *now, bool ours, struct user_steps *s,
			  struct err *e) {
	(void)g;
	(void)now;
	(void)ours;
	if (!c->secret)
		return err_set(e, ERR_INPUT, "There is no password to set any more: give it anew");
	return add_step(s, "PATCH", c->target, "",
			json_pack("{s:{s:s, s:b}}", "passwordProfile", "password", c->secret->data,
				  "forceChangePasswordNextSignIn", json_yes(c->args, "forceChange")),
			e);
}

static const struct {
	enum change_verb verb;
	bool (*plan)(struct graph *g, const struct change *c, const json_t *now, bool ours, struct user_steps *s,
		     struct err *e);
} plans[] = {
	{ CHANGE_USER_CREATE, plan_create },	 { CHANGE_USER_ENABLE, plan_enable },
	{ CHANGE_USER_DISABLE, plan_disable },	 { CHANGE_USER_LICENSE, plan_license },
	{ CHANGE_USER_PASSWORD, plan_password }, { CHANGE_USER_SET, plan_set },
};

bool user_steps_plan(struct graph *g, const struct change *c, const json_t *now, bool ours, struct user_steps *out,
		     struct err *e) {
	*out = (struct user_steps){ .after = now ? json_deep_copy(now) : json_object() };
	if (!out->after)
		return err_nomem(e);
	if (c->verb != CHANGE_USER_CREATE && !there(now, e))
		return false;
	for (size_t i = 0; i < sizeof plans / sizeof *plans; i++)
		if (plans[i].verb == c->verb)
			return plans[i].plan(g, c, now, ours, out, e);
	return err_set(e, ERR_INPUT, "\"%s\" is no change of a user", change_name(c->verb));
}

void user_steps_free(struct user_steps *s) {
	for (size_t i = 0; i < s->n; i++) {
		graph_wipe_password(s->step[i].body);
		json_decref(s->step[i].body);
		free(s->step[i].path);
	}
	json_decref(s->after);
	*s = (struct user_steps){ 0 };
}
