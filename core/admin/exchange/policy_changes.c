/* SPDX-License-Identifier: MIT
 *
 * policy_changes.c - mobile device mailbox policies made, changed and assigned (exchange-wire.md F.1).
 */
#include "core/admin/exchange/policy_changes.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/admin/exchange/looks.h"
#include "core/admin/exchange/policy_settings.h"
#include "core/admin/exchange/results.h"
#include "core/base/text.h"
#include "core/store/devices_cache.h"

static json_t *settings(const struct change *c) {
	return json_object_get(c->args, "settings");
}

/* Identity or Name, and each setting under the name that Exchange has for it. */
static json_t *with_settings(const struct change *c, const char *key) {
	json_t *value, *p = json_pack("{s:s}", key, c->target);
	const char *name;
	json_object_foreach(settings(c), name, value) {
		const struct policy_setting *s = policy_setting_find(name);
		if (p && json_object_set(p, s ? s->name : name, value) != 0) {
			json_decref(p);
			return NULL;
		}
	}
	return p;
}

static struct cmdlet set_cmdlet(const struct change *c) {
	return (struct cmdlet){ "Set-MobileDeviceMailboxPolicy", with_settings(c, "Identity") };
}

static struct cmdlet create_cmdlet(const struct change *c) {
	return (struct cmdlet){ "New-MobileDeviceMailboxPolicy", with_settings(c, "Name") };
}

static struct cmdlet assign_cmdlet(const struct change *c) {
	return (struct cmdlet){ "Set-CASMailbox", json_pack("{s:s, s:s}", "Identity", c->target,
							    "ActiveSyncMailboxPolicy", json_str(c->args, "policy")) };
}

/* A size as the service writes it, as it may be sent back: the bytes in the parentheses. */
static json_t *sendable(const struct policy_setting *s, json_t *value) {
	char number[32];
	const char *text = json_string_value(value);
	int64_t bytes = s->type == POLICY_SIZE && text ? json_quota(text) : -1;
	if (bytes < 0)
		return json_incref(value);
	snprintf(number, sizeof number, "%" PRId64, bytes);
	return json_string(number);
}

/* Of a policy what is going to be changed; of a mailbox the policy it has. */
static size_t ask_policy(const struct change *c, struct look_question q[LOOK_QUESTIONS_MAX]) {
	q[0].cmdlet = c->verb == CHANGE_POLICY_ASSIGN ? "Get-CASMailbox" : "Get-MobileDeviceMailboxPolicy";
	q[0].parameters = json_pack("{s:s}", "Identity", c->target);
	return 1;
}

static json_t *read_policy(const struct change *c, const struct invoke_part *const a[LOOK_QUESTIONS_MAX],
			   struct err *e) {
	bool assign = c->verb == CHANGE_POLICY_ASSIGN;
	const json_t *row = look_single(a[0], c->target, e);
	json_t *value, *out = row ? json_object() : NULL;
	const char *name;
	if (out && assign)
		json_object_set_new(out, "policy", json_string(json_str(row, "ActiveSyncMailboxPolicy")));
	if (out && !assign)
		json_object_foreach(settings(c), name, value) {
			const struct policy_setting *s = policy_setting_find(name);
			json_t *was = s ? json_object_get(row, s->name) : NULL;
			if (was)
				json_object_set_new(out, s->name, sendable(s, was));
		}
	if (row && !out)
		err_nomem(e);
	return out;
}

bool policy_look(struct exo *x, const struct change *c, size_t n, struct change_look *looks, struct err *e) {
	static const struct look_rules rules = { ask_policy, read_policy };
	return changes_look(x, &rules, c, n, looks, e);
}

static bool settings_settled(const struct change *c, const json_t *there, struct change_result *r) {
	(void)there;
	if (policy_settings_check(settings(c), &r->e))
		return false;
	r->state = CHANGE_FAILED;
	return true;
}

static bool assign_settled(const struct change *c, const json_t *there, struct change_result *r) {
	if (!there || !text_ieq(json_str(there, "policy"), json_str(c->args, "policy")))
		return false;
	r->state = CHANGE_ALREADY;
	return true;
}

static bool assign_done(struct exo *x, const struct change *c, struct change_result *r, struct err *e) {
	(void)x;
	r->after = json_pack("{s:s}", "policy", json_str(c->args, "policy"));
	return r->after || err_nomem(e);
}

/* What is cached of the policy with the new settings in it. */
static bool policy_done(struct exo *x, const struct change *c, struct change_result *r, struct err *e) {
	struct store *s = x->base.ctx.store;
	char *cached = NULL;
	r->after = json_incref(settings(c));
	if (!policy_settings_get(s, x->base.tenant.id, c->target, &cached, e))
		return false;
	json_t *all = cached ? json_loads(cached, 0, NULL) : NULL, *value;
	const char *name;
	free(cached);
	if (!all)
		all = json_object();
	json_object_foreach(settings(c), name, value) {
		const struct policy_setting *row = policy_setting_find(name);
		json_object_set(all, row ? row->name : name, value);
	}
	char *text = json_dumps(all, JSON_COMPACT | JSON_SORT_KEYS);
	bool ok = text ? policy_put(s, x->base.tenant.id, c->target, text, e) : err_nomem(e);
	free(text);
	json_decref(all);
	return ok;
}

bool policy_set_apply(struct exo *x, const struct change *c, size_t n, struct change_result *r, struct err *e) {
	static const struct batch_rules rules = { .cmdlet = set_cmdlet,
						  .settled = settings_settled,
						  .done = policy_done };
	return changes_apply(x, &rules, c, n, r, e);
}

bool policy_create_apply(struct exo *x, const struct change *c, size_t n, struct change_result *r, struct err *e) {
	static const struct batch_rules rules = { .cmdlet = create_cmdlet,
						  .settled = settings_settled,
						  .done = policy_done,
						  .already_type = EXISTS,
						  .only_again = true };
	return changes_apply(x, &rules, c, n, r, e);
}

bool policy_assign_apply(struct exo *x, const struct change *c, size_t n, struct change_result *r, struct err *e) {
	static const struct batch_rules rules = { .cmdlet = assign_cmdlet,
						  .settled = assign_settled,
						  .done = assign_done };
	return changes_apply(x, &rules, c, n, r, e);
}

bool policy_set_powershell(const struct change *c, struct buf *out, struct err *e) {
	return change_powershell(set_cmdlet, c, out, e);
}
bool policy_create_powershell(const struct change *c, struct buf *out, struct err *e) {
	return change_powershell(create_cmdlet, c, out, e);
}
bool policy_assign_powershell(const struct change *c, struct buf *out, struct err *e) {
	return change_powershell(assign_cmdlet, c, out, e);
}

int policy_set_inverse(const struct change *c, const json_t *before, struct change_inverse *out, struct err *e) {
	json_t *value, *back = json_object();
	const char *name;
	json_object_foreach(settings(c), name, value) {
		const struct policy_setting *s = policy_setting_find(name);
		json_t *was = s ? json_object_get(before, s->name) : NULL;
		if (!was) {
			json_decref(back);
			err_set(e, ERR_INPUT, "What the policy said before is not known");
			return -1;
		}
		if (!json_equal(was, value))
			json_object_set(back, s->name, was);
	}
	if (json_object_size(back) == 0) {
		json_decref(back);
		return 0;
	}
	out->verb = CHANGE_POLICY_SET;
	out->args = json_pack("{s:o}", "settings", back);
	return out->args ? 1 : (err_nomem(e), -1);
}

int policy_assign_inverse(const struct change *c, const json_t *before, struct change_inverse *out, struct err *e) {
	const char *was = json_str(before, "policy");
	if (!*was) {
		err_set(e, ERR_INPUT, "Which policy the mailbox had is not known");
		return -1;
	}
	if (text_ieq(was, json_str(c->args, "policy")))
		return 0;
	out->verb = CHANGE_POLICY_ASSIGN;
	out->args = json_pack("{s:s}", "policy", was);
	return out->args ? 1 : (err_nomem(e), -1);
}
