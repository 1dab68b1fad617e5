/* SPDX-License-Identifier: MIT
 *
 * service_principal.c - the app made known to Exchange, so that it can be given mailboxes for IMAP and POP
 * (exchange-wire.md A.5, second half). Full Access itself is permission_changes.c, with the app's object id as trustee.
 */
#include "core/admin/exchange/looks.h"
#include "core/admin/exchange/results.h"

/* target: the client id. The object id is that of the enterprise application, not of the app registration. */
static struct cmdlet cmdlet_of(const struct change *c) {
	return (struct cmdlet){ "New-ServicePrincipal", json_pack("{s:s, s:s, s:s}", "AppId", c->target, "ObjectId",
								  json_str(c->args, "objectId"), "DisplayName",
								  json_str(c->args, "displayName")) };
}

static size_t ask_app(const struct change *c, struct look_question q[LOOK_QUESTIONS_MAX]) {
	q[0].cmdlet = "Get-ServicePrincipal";
	q[0].parameters = json_pack("{s:s}", "Identity", json_str(c->args, "objectId"));
	return 1;
}

static json_t *read_app(const struct change *c, const struct invoke_part *const a[LOOK_QUESTIONS_MAX], struct err *e) {
	bool there = look_single(a[0], json_str(c->args, "objectId"), e) != NULL;
	if (!there && e->cat != ERR_NO_MAILBOX)
		return NULL;
	err_clear(e);
	return json_pack("{s:b}", "exists", there);
}

static bool look(struct exo *x, const struct change *c, size_t n, struct change_look *looks, struct err *e) {
	static const struct look_rules rules = { ask_app, read_app };
	return changes_look(x, &rules, c, n, looks, e);
}

static bool settled(const struct change *c, const json_t *there, struct change_result *r) {
	(void)c;
	if (!json_yes(there, "exists"))
		return false;
	r->state = CHANGE_ALREADY;
	return true;
}

static bool apply(struct exo *x, const struct change *c, size_t n, struct change_result *r, struct err *e) {
	static const struct batch_rules rules = { .cmdlet = cmdlet_of, .settled = settled, .already_type = EXISTS };
	return changes_apply(x, &rules, c, n, r, e);
}

static bool powershell(const struct change *c, struct buf *out, struct err *e) {
	return change_powershell(cmdlet_of, c, out, e);
}

const struct change_row app_changes[] = { { CHANGE_APP_REGISTER, 1, look, apply, powershell, NULL }, { 0 } };
