/* SPDX-License-Identifier: MIT
 *
 * device_changes.c - mobile devices allowed, blocked, wiped and forgotten (exchange-wire.md F.1). Policies are in
 * policy_changes.c.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/admin/exchange/devices.h"
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

static json_t *look_access(struct exo *x, const struct change *c, struct err *e) {
	json_t *row = ask_one(x, "Get-CASMailbox", json_pack("{s:s}", "Identity", arg(c, "mailbox")), NULL, e);
	json_t *out =
		row ? json_pack("{s:b, s:b}", "allowed", listed(row, "ActiveSyncAllowedDeviceIDs", arg(c, "deviceId")),
				"blocked", listed(row, "ActiveSyncBlockedDeviceIDs", arg(c, "deviceId")))
		    : NULL;
	if (row && !out)
		err_nomem(e);
	json_decref(row);
	return out;
}

static bool access_settled(const struct change *c, const json_t *before, struct change_result *r) {
	bool allow = c->verb == CHANGE_DEVICE_ALLOW, block = c->verb == CHANGE_DEVICE_BLOCK;
	if (!before || c->again || json_yes(before, "allowed") != allow || json_yes(before, "blocked") != block)
		return false;
	r->state = CHANGE_ALREADY;
	return true;
}

static bool access_done(struct exo *x, const struct change *c, const json_t *before, struct change_result *r,
			struct err *e) {
	bool allow = c->verb == CHANGE_DEVICE_ALLOW, block = c->verb == CHANGE_DEVICE_BLOCK;
	(void)before;
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
static json_t *look_device(struct exo *x, const struct change *c, struct err *e) {
	char wipe[200];
	json_t *at = ask_one(x, "Get-MobileDeviceStatistics", json_pack("{s:s}", "Identity", c->target), NULL, e);
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
	json_t *can = json_object_get(at, "IsRemoteWipeSupported");
	if (out && json_is_boolean(can))
		json_object_set(out, "canWipe", can);
	if (!out)
		err_nomem(e);
	json_decref(at);
	return out;
}

static bool refuse(struct change_result *r, const char *why) {
	r->state = CHANGE_FAILED;
	return !err_set(&r->e, ERR_INPUT, "%s", why);
}

/* Account-only needs ActiveSync 16.1; Outlook's own apps always wipe their own data only (exchange-wire.md F.1). */
static bool speaks_account_only(const json_t *before) {
	const char *version = json_str(before, "clientVersion");
	return !text_ieq(json_str(before, "clientType"), "EAS") || !*version || strtod(version, NULL) >= 16.0999;
}

static bool wipe_settled(const struct change *c, const json_t *before, struct change_result *r) {
	bool full = strcmp(arg(c, "mode"), "full") == 0;
	if (!full && strcmp(arg(c, "mode"), "account") != 0)
		return refuse(r, "A wipe is either \"account\" or \"full\"");
	if (!full && before && !speaks_account_only(before))
		return refuse(
			r, "This device speaks an ActiveSync older than 16.1, which knows no account-only wipe: only "
			   "a full wipe (--full) reaches it, or block it");
	if (full && json_is_false(json_object_get(before, "canWipe")))
		return refuse(r, "Exchange says that this device cannot be wiped from afar");
	return false;
}

static bool cancel_settled(const struct change *c, const json_t *before, struct change_result *r) {
	if (!before || json_yes(before, "pending") || c->again)
		return false;
	r->state = CHANGE_ALREADY;
	text_copy(r->note, sizeof r->note, "no wipe was pending");
	return true;
}

static bool remove_settled(const struct change *c, const json_t *before, struct change_result *r) {
	(void)c;
	/* It is allowed, and the device is then wiped or not as it was to be; the operator was told before. */
	if (json_yes(before, "pending"))
		text_copy(r->note, sizeof r->note, "a wipe was pending: the device may never learn of it");
	return false;
}

static bool wipe_done(struct exo *x, const struct change *c, const json_t *before, struct change_result *r,
		      struct err *e) {
	bool full = strcmp(arg(c, "mode"), "full") == 0;
	const char *status = full ? "DeviceWipePending" : "AccountOnlyDeviceWipePending";
	(void)before;
	r->after = json_pack("{s:s}", "status", status);
	return device_changed(x->base.ctx.store, x->base.tenant.id, c->target, NULL, NULL, status,
			      full ? "full wipe requested" : "account-only wipe requested", e);
}

static bool cancel_done(struct exo *x, const struct change *c, const json_t *before, struct change_result *r,
			struct err *e) {
	(void)before;
	r->after = json_pack("{s:s}", "status", "DeviceOk");
	return device_changed(x->base.ctx.store, x->base.tenant.id, c->target, NULL, NULL, "DeviceOk", "", e);
}

static bool remove_done(struct exo *x, const struct change *c, const json_t *before, struct change_result *r,
			struct err *e) {
	(void)before, (void)r;
	return device_forget(x->base.ctx.store, x->base.tenant.id, c->target, e);
}

/* Each verb: its cmdlet, what is settled before, what follows from it. */
#define DEVICE_VERB(name, cmdlet_of, settled_of, done_of, type)                                                        \
	static bool apply_##name(struct exo *x, const struct change *c, size_t n, struct change_result *r,             \
				 struct err *e) {                                                                      \
		static const struct batch_rules rules = { cmdlet_of, settled_of, done_of, type, false };               \
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
	json_t *before = c->again ? change_before(c) : NULL, *now = before ? look_device(x, c, e) : NULL;
	bool there = json_int(now, "requested", 0) > json_int(before, "requested", 0);
	bool ok = !before || now;
	if (there) {
		r->state = CHANGED;
		wipe_done(x, c, before, r, e);
	}
	json_decref(before);
	json_decref(now);
	return ok && (there || apply_wipe(x, c, n, r, e));
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
