/* SPDX-License-Identifier: MIT
 *
 * device_changes.c - mobile devices allowed, blocked, wiped and forgotten (exchange-wire.md F.1). Policies are in
 * policy_changes.c.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/admin/exchange/devices.h"
#include "core/admin/exchange/looks.h"
#include "core/admin/exchange/policy_changes.h"
#include "core/admin/exchange/results.h"
#include "core/base/text.h"
#include "core/store/devices_cache.h"

static const char *arg(const struct change *c, const char *name) {
	return json_str(c->args, name);
}

/* ---- which devices a mailbox lets in ---- */

/* A device that is put on one list is taken off the other; of neither list: the organisation's rules hold again. */
static struct cmdlet access_cmdlet(const struct change *c) {
	bool allow = c->verb == CHANGE_DEVICE_ALLOW, block = c->verb == CHANGE_DEVICE_BLOCK;
	return (struct cmdlet){
		"Set-CASMailbox",
		json_pack("{s:s, s:o, s:o}", "Identity", arg(c, "mailbox"), "ActiveSyncAllowedDeviceIDs",
			  hashtable(allow ? "Add" : "Remove", arg(c, "deviceId")), "ActiveSyncBlockedDeviceIDs",
			  hashtable(block ? "Add" : "Remove", arg(c, "deviceId"))),
	};
}

static bool listed(const json_t *row, const char *list, const char *id) {
	const json_t *ids = json_object_get(row, list);
	for (size_t i = 0; i < json_array_size(ids); i++) {
		const char *s = json_string_value(json_array_get(ids, i));
		if (s && text_ieq(s, id))
			return true;
	}
	return false;
}

static size_t ask_access(const struct change *c, struct look_question q[LOOK_QUESTIONS_MAX]) {
	q[0] = (struct look_question){ "Get-CASMailbox", json_pack("{s:s}", "Identity", arg(c, "mailbox")) };
	return 1;
}

static json_t *read_access(const struct change *c, const struct invoke_part *const a[LOOK_QUESTIONS_MAX],
			   struct err *e) {
	const json_t *row = look_single(a[0], arg(c, "mailbox"), e);
	json_t *out =
		row ? json_pack("{s:b, s:b}", "allowed", listed(row, "ActiveSyncAllowedDeviceIDs", arg(c, "deviceId")),
				"blocked", listed(row, "ActiveSyncBlockedDeviceIDs", arg(c, "deviceId")))
		    : NULL;
	if (row && !out)
		err_nomem(e);
	return out;
}

static bool look_access(struct exo *x, const struct change *c, size_t n, struct change_look *looks, struct err *e) {
	static const struct look_rules rules = { ask_access, read_access };
	return changes_look(x, &rules, c, n, looks, e);
}

static bool access_settled(const struct change *c, const json_t *there, struct change_result *r) {
	bool allow = c->verb == CHANGE_DEVICE_ALLOW, block = c->verb == CHANGE_DEVICE_BLOCK;
	if (!there || json_yes(there, "allowed") != allow || json_yes(there, "blocked") != block)
		return false;
	r->state = CHANGE_ALREADY;
	return true;
}

static bool access_done(struct exo *x, const struct change *c, struct change_result *r, struct err *e) {
	bool allow = c->verb == CHANGE_DEVICE_ALLOW, block = c->verb == CHANGE_DEVICE_BLOCK;
	r->after = json_pack("{s:b, s:b}", "allowed", allow, "blocked", block);
	return device_access_changed(x->base.ctx.store, x->base.tenant.id, arg(c, "mailbox"), arg(c, "deviceId"),
				     allow   ? "Allowed"
				     : block ? "Blocked"
					     : "Unknown",
				     e);
}

static int access_inverse(const struct change *c, const json_t *before, struct change_inverse *out, struct err *e) {
	bool allowed = json_yes(before, "allowed"), blocked = json_yes(before, "blocked");
	if (!json_is_object(before)) {
		err_set(e, ERR_INPUT, "Whether the device was allowed before is not known");
		return -1;
	}
	out->verb = allowed ? CHANGE_DEVICE_ALLOW : blocked ? CHANGE_DEVICE_BLOCK : CHANGE_DEVICE_DEFAULT;
	if (out->verb == c->verb)
		return 0;
	out->args = json_pack("{s:s, s:s}", "mailbox", arg(c, "mailbox"), "deviceId", arg(c, "deviceId"));
	return out->args ? 1 : (err_nomem(e), -1);
}

/* ---- wipes ---- */

static struct cmdlet wipe_cmdlet(const struct change *c) {
	json_t *p = json_pack("{s:s}", "Identity", c->target), *notify = json_object_get(c->args, "notify");
	if (p && strcmp(arg(c, "mode"), "full") != 0)
		json_object_set_new(p, "AccountOnly", json_true());
	if (p && json_array_size(notify))
		json_object_set(p, "NotificationEmailAddresses", notify);
	if (p)
		json_object_set_new(p, "Confirm", json_false());
	return (struct cmdlet){ "Clear-MobileDevice", p };
}

static struct cmdlet cancel_cmdlet(const struct change *c) {
	return (struct cmdlet){ "Clear-MobileDevice",
				json_pack("{s:s, s:b, s:b}", "Identity", c->target, "Cancel", 1, "Confirm", 0) };
}

static struct cmdlet remove_cmdlet(const struct change *c) {
	return (struct cmdlet){ "Remove-MobileDevice", json_pack("{s:s, s:b}", "Identity", c->target, "Confirm", 0) };
}

/* What a wipe has to know: the protocol decides what the device understands. */
static size_t ask_device(const struct change *c, struct look_question q[LOOK_QUESTIONS_MAX]) {
	q[0] = (struct look_question){ "Get-MobileDeviceStatistics", json_pack("{s:s}", "Identity", c->target) };
	return 1;
}

static json_t *read_device(const struct change *c, const struct invoke_part *const a[LOOK_QUESTIONS_MAX],
			   struct err *e) {
	char wipe[200];
	const json_t *at = look_single(a[0], c->target, e);
	if (!at && e->cat == ERR_NO_MAILBOX && c->verb == CHANGE_DEVICE_REMOVE) {
		err_clear(e); /* forgotten already, which the removal itself will say */
		return NULL;
	}
	if (!at)
		return NULL;
	device_wipe_words(at, wipe, sizeof wipe);
	json_t *out =
		json_pack("{s:s, s:s, s:s, s:s, s:I, s:b}", "status", json_str(at, "Status"), "clientType",
			  json_str(at, "ClientType"), "clientVersion", json_str(at, "ClientVersion"), "wipe", wipe,
			  "requested", (json_int_t)device_wipe_requested(at), "pending", device_wipe_pending(at));
	if (out && device_wipe_waits(at, false, wipe, sizeof wipe))
		json_object_set_new(out, "account", json_string(wipe));
	if (out && device_wipe_waits(at, true, wipe, sizeof wipe))
		json_object_set_new(out, "full", json_string(wipe));
	json_t *can = json_object_get(at, "IsRemoteWipeSupported");
	if (out && json_is_boolean(can))
		json_object_set(out, "canWipe", can);
	if (!out)
		err_nomem(e);
	return out;
}

static bool look_device(struct exo *x, const struct change *c, size_t n, struct change_look *looks, struct err *e) {
	static const struct look_rules rules = { ask_device, read_device };
	return changes_look(x, &rules, c, n, looks, e);
}

static bool refuse(struct change_result *r, const char *why) {
	r->state = CHANGE_FAILED;
	return !err_set(&r->e, ERR_INPUT, "%s", why);
}

/* Account-only needs ActiveSync 16.1; Outlook's own apps always wipe their own data only (exchange-wire.md F.1). */
static bool speaks_account_only(const json_t *device) {
	const char *version = json_str(device, "clientVersion");
	return !text_ieq(json_str(device, "clientType"), "EAS") || !*version || strtod(version, NULL) >= 16.0999;
}

static bool wipe_settled(const struct change *c, const json_t *there, struct change_result *r) {
	bool full = strcmp(arg(c, "mode"), "full") == 0;
	if (!full && strcmp(arg(c, "mode"), "account") != 0)
		return refuse(r, "A wipe is either \"account\" or \"full\"");
	if (!full && there && !speaks_account_only(there))
		return refuse(
			r, "This device speaks an ActiveSync older than 16.1, which knows no account-only wipe: only "
			   "a full wipe (--full) reaches it, or block it");
	if (full && json_is_false(json_object_get(there, "canWipe")))
		return refuse(r, "Exchange says that this device cannot be wiped from afar");
	/* A second request would only reach a device that was set up anew after the first. */
	if (!*json_str(there, arg(c, "mode")))
		return false;
	r->state = CHANGE_ALREADY;
	text_copy(r->note, sizeof r->note, json_str(there, arg(c, "mode")));
	return true;
}

static bool cancel_settled(const struct change *c, const json_t *there, struct change_result *r) {
	(void)c;
	if (!there || json_yes(there, "pending"))
		return false;
	r->state = CHANGE_ALREADY;
	text_copy(r->note, sizeof r->note, "no wipe was pending");
	return true;
}

static bool remove_settled(const struct change *c, const json_t *there, struct change_result *r) {
	(void)c;
	/* It is allowed, and the device is then wiped or not as it was to be; the operator was told before. */
	if (json_yes(there, "pending"))
		text_copy(r->note, sizeof r->note, "a wipe was pending: the device may never learn of it");
	return false;
}

static bool wipe_done(struct exo *x, const struct change *c, struct change_result *r, struct err *e) {
	bool full = strcmp(arg(c, "mode"), "full") == 0;
	const char *status = full ? "DeviceWipePending" : "AccountOnlyDeviceWipePending";
	r->after = json_pack("{s:s}", "status", status);
	return device_changed(x->base.ctx.store, x->base.tenant.id, c->target, NULL, NULL, status,
			      full ? "full wipe requested" : "account-only wipe requested", e);
}

static bool cancel_done(struct exo *x, const struct change *c, struct change_result *r, struct err *e) {
	r->after = json_pack("{s:s}", "status", "DeviceOk");
	return device_changed(x->base.ctx.store, x->base.tenant.id, c->target, NULL, NULL, "DeviceOk", "", e);
}

static bool remove_done(struct exo *x, const struct change *c, struct change_result *r, struct err *e) {
	(void)r;
	return device_forget(x->base.ctx.store, x->base.tenant.id, c->target, e);
}

/* Each verb: its cmdlet, what is settled before, what follows from it. */
#define DEVICE_VERB(name, cmdlet_of, settled_of, done_of, type)                                                        \
	static bool apply_##name(struct exo *x, const struct change *c, size_t n, struct change_result *r,             \
				 struct err *e) {                                                                      \
		static const struct batch_rules rules = {                                                              \
			.cmdlet = cmdlet_of, .settled = settled_of, .done = done_of, .already_type = type              \
		};                                                                                                     \
		return changes_apply(x, &rules, c, n, r, e);                                                           \
	}                                                                                                              \
	static bool powershell_##name(const struct change *c, struct buf *out, struct err *e) {                        \
		return change_powershell(cmdlet_of, c, out, e);                                                        \
	}

DEVICE_VERB(access, access_cmdlet, access_settled, access_done, NULL)
DEVICE_VERB(wipe, wipe_cmdlet, wipe_settled, wipe_done, NULL)
DEVICE_VERB(cancel, cancel_cmdlet, cancel_settled, cancel_done, NULL)
DEVICE_VERB(remove, remove_cmdlet, remove_settled, remove_done, NOT_FOUND)

/* A wipe whose answer was lost is not asked for a second time when Exchange has the first: between the two the device
 * may have been wiped and set up anew. */
static bool wipe_once(struct exo *x, const struct change *c, size_t n, struct change_result *r, struct err *e) {
	if (!c->again || !c->before || json_int(c->now, "requested", 0) <= json_int(c->before, "requested", 0))
		return apply_wipe(x, c, n, r, e);
	r->state = CHANGED;
	wipe_done(x, c, r, e);
	return true;
}

const struct change_row device_changes[] = {
	{ CHANGE_DEVICE_ALLOW, INVOKE_BATCH_MAX, look_access, apply_access, powershell_access, access_inverse },
	{ CHANGE_DEVICE_BLOCK, INVOKE_BATCH_MAX, look_access, apply_access, powershell_access, access_inverse },
	{ CHANGE_DEVICE_DEFAULT, INVOKE_BATCH_MAX, look_access, apply_access, powershell_access, access_inverse },
	{ CHANGE_DEVICE_WIPE, 1, look_device, wipe_once, powershell_wipe, NULL },
	{ CHANGE_DEVICE_CANCEL_WIPE, INVOKE_BATCH_MAX, look_device, apply_cancel, powershell_cancel, NULL },
	{ CHANGE_DEVICE_REMOVE, INVOKE_BATCH_MAX, look_device, apply_remove, powershell_remove, NULL },
	{ CHANGE_POLICY_SET, 1, policy_look, policy_set_apply, policy_set_powershell, policy_set_inverse },
	{ CHANGE_POLICY_CREATE, 1, NULL, policy_create_apply, policy_create_powershell, NULL },
	{ CHANGE_POLICY_ASSIGN, INVOKE_BATCH_MAX, policy_look, policy_assign_apply, policy_assign_powershell,
	  policy_assign_inverse },
	{ 0 },
};
